{ What the units promise, against the library with the operations of the tests. The last line is
  "N passed, M failed". }
program BindingTest;
{$APPTYPE CONSOLE}
{$IFDEF FPC}{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}{$ENDIF}
uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, Classes, Math, KonnektorLib, KonnektorCore, KonnektorOperations, Konnektor;

var
  Passed, Failed: Integer;

procedure Check(Ok: Boolean; const What: string);
begin
  if Ok then
    Inc(Passed)
  else
  begin
    Inc(Failed);
    Writeln('failed: ', What);
  end;
end;

{ Words is a text beyond every code page: umlaut, euro, a letter that Windows-1252 lacks, a syringe. }
function Words: TKonText;
begin
  Result := 'M'#$00FC'ller "\'#9' '#$20AC' '#$0142' ';
  Result := Result + WideChar($D83D) + WideChar($DC89);
end;

procedure TestTexts;
var
  S: TKonText;
  D: TDateTime;
  U: UTF8String;
begin
  Check(KonDecode(KonEncode(Words)) = Words, 'UTF-8 there and back');
  Check(Length(KonEncode(Words)) = 23, 'length in UTF-8');
  S := 'a';
  S := S + WideChar($D83D);
  Check(KonDecode(KonEncode(S)) = 'a' + TKonText(WideChar($FFFD)), 'half a surrogate pair');
  SetLength(U, 3);
  U[1] := #$C0;
  U[2] := #$80;
  U[3] := 'x';
  S := KonDecode(U);
  Check((Length(S) = 2) and (S[1] = WideChar($FFFD)) and (S[2] = 'x'), 'not UTF-8');
  Check(KonTryDate('2026-01-31', D) and (D = EncodeDate(2026, 1, 31)), 'date');
  Check(KonTryDate('2026-01-31T08:09:10Z', D) and (Abs(D - EncodeDate(2026, 1, 31) - EncodeTime(8, 9, 10, 0)) < 1e-9), 'time');
  Check(not KonTryDate('2026-01', D), 'month only');
  Check(not KonTryDate('', D), 'no date');
  Check(not KonTryDate('2026-02-30', D), 'no such day');
end;

procedure TestJson;
var
  J: UTF8String;
  L: TKonTextList;
begin
  J := '';
  KonPutText(J, 'text', Words, False);
  KonPutText(J, 'none', '', False);
  KonPutText(J, 'empty', '', True);
  KonPutInt(J, 'int', -5000000000, False);
  KonPutBool(J, 'no', False, True);
  KonPutChoice(J, 'choice', konNo);
  KonPutChoice(J, 'unset', konUnset);
  SetLength(L, 2);
  L[0] := 'a';
  L[1] := Words;
  KonPutList(J, 'list', L, False);
  KonPutJson(J, 'object', '{"in":true}', True);
  KonPutEnd(J);
  Check(KonGetText(J, 'text') = Words, 'text');
  Check(KonGetText(J, 'none') = '', 'left out');
  Check(KonGetInt(J, 'int') = -5000000000, 'int');
  Check(not KonGetBool(J, 'no') and (KonGetText(J, 'choice') = 'false') and (KonGetText(J, 'unset') = ''), 'bools');
  Check((KonGetCount(J, 'list') = 2) and (KonGetList(J, 'list')[1] = Words), 'list');
  Check(KonGetBool(KonGetJson(J, 'object'), 'in'), 'object');
  J := '';
  KonPutEnd(J);
  Check(J = '{}', 'empty object');
end;

procedure TestRecords;
var
  R: TKonVsdReadRequest;
  C: TKonConfig;
  J: UTF8String;
  A: TKonCardsAnswer;
begin
  KonInitVsdReadRequest(R);
  Check(KonVsdReadRequestToJson(R) = '{}', 'empty request');
  R.CardHandle := 'h';
  R.PerformOnlineCheck := konNo;
  SetLength(R.StoredReceipts, 1);
  R.StoredReceipts[0] := 'x';
  Check(KonVsdReadRequestToJson(R) = '{"card_handle":"h","stored_receipts":["x"],"perform_online_check":false}', 'request');
  KonInitConfig(C);
  C.Url := 'http://127.0.0.1:9';
  C.HasCall := True;
  C.Call.MandantId := 'm';
  J := KonConfigToJson(C);
  Check(KonGetText(J, 'call/mandant_id') = 'm', 'configuration');
  A := KonCardsAnswerFromJson('{"cards":[{"handle":"a","slot":2},{"handle":"b"}],"warning":{"code":4}}');
  Check((Length(A.Cards) = 2) and (A.Cards[0].Slot = 2) and (A.Cards[1].Handle = 'b'), 'cards');
  Check(A.HasWarning and (A.Warning.Code = 4) and not A.Cards[0].HasVersion, 'optional records');
end;

procedure TestErrors;
var
  K: TKonConnection;
  Bad: UTF8String;
begin
  SetLength(Bad, 1);
  Bad[1] := #$FF;
  try
    TKonConnection.Create('{').Free;
    Check(False, 'a wrong configuration');
  except
    on E: EKonnektor do
      Check((E.Status = KON_FAILED) and (E.Kind = KON_KIND_CONFIG) and (E.TextDe <> '') and (E.AdviceDe <> '') and
        (E.Remedy = 'admin') and not E.Repeatable and (E.Code = 0) and (E.Message <> ''), 'error document');
  end;
  K := TKonConnection.Create('{"test":true}');
  try
    try
      K.Call('test.panic', '');
      Check(False, 'a defect');
    except
      on E: EKonnektor do
        Check((E.Status = KON_INTERNAL) and (E.Kind = KON_KIND_INTERNAL), 'defect');
    end;
    try
      K.Call('test.echo', Bad);
      Check(False, 'not UTF-8');
    except
      on E: EKonnektor do
        Check((E.Status = KON_BAD_TEXT) and (E.Kind = '') and (Pos('-6', E.Message) > 0), 'status without document');
    end;
    Check(KonGetText(K.Call('test.echo', '{"text":"a"}', K.NewToken), 'text') = 'a', 'call with token');
    Check(KonGetText(K.Call('test.echo', ' { } ', K.NewToken), 'text') = '', 'empty object with token');
    Check(KonGetText(K.Call('test.echo', '', K.NewToken), 'text') = '', 'nothing with token');
  finally
    K.Free;
  end;
end;

type
  { Makes one call on a thread of its own. }
  TCaller = class(TThread)
  public
    Connection: TKonConnection;
    Token: Integer;
    Cancelled: Boolean;
  protected
    procedure Execute; override;
  end;

procedure TCaller.Execute;
begin
  try
    Connection.Call('test.wait', '', Token);
  except
    on EKonCancelled do
      Cancelled := True;
  end;
end;

procedure TestCancel;
var
  K: TKonConnection;
  T: TCaller;
begin
  K := TKonConnection.Create('{"test":true}');
  T := TCaller.Create(True);
  try
    T.Connection := K;
    T.Token := K.NewToken;
    K.Cancel(T.Token); { before the call }
    {$IFDEF FPC}T.Start{$ELSE}T.Resume{$ENDIF};
    T.WaitFor;
    Check(T.Cancelled, 'cancelled');
  finally
    T.Free;
    K.Free;
  end;
end;

type
  TCounter = class(TKonEventThread)
  public
    Count, Dropped: Integer;
    Ended: Boolean;
  protected
    procedure HandleEvent(const Event: TKonEvent); override;
  end;

procedure TCounter.HandleEvent(const Event: TKonEvent);
begin
  case Event.Kind of
    konEvent: Inc(Count);
    konDropped: Inc(Dropped, Event.Count);
    konEnd: Ended := not Event.Failed and (KonGetInt(Event.Json, 'count') = 50);
  end;
end;

procedure TestEvents;
var
  K: TKonConnection;
  T: TCounter;
  E: TKonEvent;
  S: Integer;
begin
  K := TKonConnection.Create('{"test":true}');
  try
    Check(not K.NextEvent(0, 0, E), 'no event');
    T := TCounter.Create(K, 'test.events', '{"count":50}');
    T.WaitFor;
    Check((T.Count = 50) and T.Ended, 'events of a thread');
    T.Free;
    T := TCounter.Create(K, 'test.wait', '');
    T.Stop;
    Check((T.Count = 0) and not T.Ended, 'stopped');
    T.Free;
    S := K.Subscribe('test.panic', '');
    Check(K.NextEvent(S, -1, E) and (E.Subscription = S) and (E.Kind = konEnd) and E.Failed and
      (KonGetText(E.Json, 'kind') = KON_KIND_INTERNAL), 'end with an error');
  finally
    K.Free;
  end;
end;

{ TestHost makes the faults that a host may make, with the library loaded: they stay the host's. }
procedure TestHost;
var
  P: PInteger;
  Zero, Whole: Integer;
  ZeroF, F: Double;
  K: TKonConnection;
begin
  K := TKonConnection.Create('{"test":true}');
  Check(KonGetText(K.Call('test.float', ''), 'text') = '+Inf NaN +Inf 0 NaN 0.333333', 'floating point in the library');
  K.Free;
  P := nil;
  Zero := 0;
  ZeroF := 0;
  Whole := 0;
  try
    Inc(P^);
    Check(False, 'access violation');
  except
    on EAccessViolation do
      Check(True, '');
  end;
  try
    Whole := 1 div Zero;
    Check(False, 'division by zero');
  except
    on EDivByZero do
      Check(Whole = 0, 'division by zero');
  end;
  try
    F := 1 / ZeroF;
    Check(F < 0, 'floating point division by zero');
  except
    on EZeroDivide do
      Check(True, '');
  end;
  Check(not (exZeroDivide in GetExceptionMask), 'exception mask');
end;

begin
  SetExceptionMask([exDenormalized, exUnderflow, exPrecision]); { as Delphi up to 11 }
  try
    LoadKonnektor('');
    LoadKonnektor('');
    TestTexts;
    TestJson;
    TestRecords;
    TestErrors;
    TestCancel;
    TestEvents;
    TestHost;
  except
    on E: Exception do
      Check(False, E.ClassName + ': ' + E.Message);
  end;
  Writeln(Passed, ' passed, ', Failed, ' failed');
  if Failed > 0 then
    Halt(1);
end.
