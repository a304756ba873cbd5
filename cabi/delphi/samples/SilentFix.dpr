{ What the updater of a PVS runs, without a window: reduces the logs of a Konnektor whose log overflows (September
  2020). Started again after it was killed or is pending, it goes on with what was begun and makes nothing twice.

    SilentFix SETTINGS.json [MINUTES [PAUSE_MS]]

  SETTINGS.json has the members management and fixes. The exit code is that of konnektorctl fix apply: 0 done or nothing
  to do, 2 wrong settings, 10 pending, 20 rolled back, 30 stuck, 40 refused. }
program SilentFix;
{$APPTYPE CONSOLE}
uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, Konnektor, KonnektorCore, KonnektorOperations;

const
  CONSENT = 'Wartungsvertrag, Update 9.13 der Praxissoftware';
  MINUTES = 15; { how long it may take; the next start goes on }

function TimeoutMs: Int64;
begin
  Result := StrToIntDef(ParamStr(2), MINUTES) * 60000;
end;

{ ExitCodeOf turns an outcome into an exit code, and tells what a person has to know. }
function ExitCodeOf(const Report: TKonFixReport): Integer;
begin
  Writeln(Report.Outcome, ': ', Report.TitleDe, ': ', Report.OutcomeDe);
  if Report.ReasonDe <> '' then
    Writeln(Report.ReasonDe, ' ', Report.NextDe);
  if (Report.Outcome = 'applied') or (Report.Outcome = 'already-done') then
    Result := 0
  else if Report.Outcome = 'pending' then
    Result := 10
  else if Report.Outcome = 'rolled-back' then
    Result := 20
  else if Report.Outcome = 'stuck' then
    Result := 30
  else
    Result := 40;
end;

{ ReduceLogs asks the box for its settings, and goes on only where something is to be done. }
function ReduceLogs(K: TKonnektor): Integer;
var
  Request: TKonFixApplyRequest;
begin
  KonInitFixApplyRequest(Request);
  Request.Fix := 'seclog';
  Request.Consent := CONSENT;
  Request.TimeoutMs := TimeoutMs;
  Request.RetryMinMs := StrToIntDef(ParamStr(3), 0);
  Request.RetryMaxMs := Request.RetryMinMs;
  Result := ExitCodeOf(K.FixApply(Request));
end;

var
  K: TKonnektor;
begin
  try
    K := TKonnektor.CreateFromFile(ParamStr(1));
    try
      ExitCode := ReduceLogs(K);
    finally
      K.Free;
    end;
  except
    on E: EKonnektor do
    begin
      Writeln(E.Message, ' ', E.AdviceDe);
      ExitCode := 2;
    end;
  end;
end.
