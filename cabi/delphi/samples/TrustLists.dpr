{ Judges a trust list, tells what changed since an older one, and which lists a Konnektor has to import, oldest first.
  Needs no Konnektor.

    TrustLists OLD.xml NEW.xml [ENVIRONMENT [DAY [ANCHOR]]]

  ENVIRONMENT is prod, ref or test, DAY the one to judge at, ANCHOR a file with the trust anchor in place of those that
  the library has. }
program TrustLists;
{$APPTYPE CONSOLE}
uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, Konnektor, KonnektorCore, KonnektorOperations;

{ Judge says what a PVS should show before it offers the list to a Konnektor. }
procedure Judge(K: TKonnektor);
var
  Request: TKonTslVerifyRequest;
  Answer: TKonTslVerifyAnswer;
  I: Integer;
begin
  KonInitTslVerifyRequest(Request);
  Request.Path := ParamStr(2);
  Request.Stored := ParamStr(1);
  Request.Environment := ParamStr(3);
  Request.At := ParamStr(4);
  Request.Anchor := ParamStr(5);
  Answer := K.TslVerify(Request);
  Writeln('verdict=', Answer.Verdict, ' code=', Answer.Code, ' ', Answer.VerdictDe);
  if Answer.HasList then
    Writeln('list ', Answer.List.Sequence, ' under ', Answer.List.Anchor, ', next until ', Answer.List.NextUpdate)
  else
    Writeln(Answer.TextDe, ' ', Answer.AdviceDe);
  for I := 0 to High(Answer.Notes) do
    Writeln('note: ', Answer.Notes[I].TextDe);
end;

procedure Compare(K: TKonnektor);
var
  Request: TKonTslDiffRequest;
  Answer: TKonTslDiffAnswer;
  I: Integer;
begin
  KonInitTslDiffRequest(Request);
  Request.Old := ParamStr(1);
  Request.New := ParamStr(2);
  Request.Anchor := ParamStr(5);
  Answer := K.TslDiff(Request);
  Writeln(Answer.SummaryDe);
  for I := 0 to High(Answer.Changes) do
    with Answer.Changes[I] do
      Writeln(Kind, ' ', GroupDe, ' ', Name, ': ', DetailDe);
end;

procedure Plan(K: TKonnektor);
var
  Request: TKonTslPlanRequest;
  Answer: TKonTslPlanAnswer;
  I: Integer;
begin
  KonInitTslPlanRequest(Request);
  SetLength(Request.Paths, 2);
  Request.Paths[0] := ParamStr(2);
  Request.Paths[1] := ParamStr(1);
  Request.Environment := ParamStr(3);
  Request.At := ParamStr(4);
  Request.Anchor := ParamStr(5);
  Answer := K.TslPlan(Request);
  Writeln(Answer.SummaryDe);
  for I := 0 to High(Answer.Steps) do
    Writeln('step ', I + 1, ': ', ExtractFileName(Answer.Steps[I].Path), ', needs ', Answer.Steps[I].Needs);
  for I := 0 to High(Answer.Unused) do
    Writeln('unused: ', ExtractFileName(Answer.Unused[I].Path), ' ', Answer.Unused[I].ReasonDe);
end;

var
  Config: TKonConfig;
  K: TKonnektor;
begin
  try
    KonInitConfig(Config);
    Config.FilesOnly := konYes;
    K := TKonnektor.CreateFromConfig(Config);
    try
      Judge(K);
      Compare(K);
      Plan(K);
    finally
      K.Free;
    end;
  except
    on E: EKonnektor do
    begin
      Writeln(E.Message, ' ', E.AdviceDe);
      Halt(1);
    end;
  end;
end.
