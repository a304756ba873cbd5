{ libkonnektor: a handle as a class, errors as exceptions, JSON without a parser.

  KonnektorOperations adds a method and typed records for each operation, Konnektor what a program uses. }
unit KonnektorCore;

{$IFDEF FPC}{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}{$ENDIF}

interface

uses
  SysUtils, KonnektorLib;

type
  { Text with all letters of Unicode, also before Delphi 2009. }
{$IFDEF UNICODE}
  TKonText = string;
{$ELSE}
  TKonText = WideString;
{$ENDIF}
  TKonTextList = array of TKonText;

  { A yes or no that may be left out of a request. }
  TKonChoice = (konUnset, konNo, konYes);

  { Every failure of an operation. Message is for people, in German. }
  EKonnektor = class(Exception)
  private
    FStatus: Integer;
    FJson: UTF8String;
    function GetText(const Name: AnsiString): TKonText;
    function GetKind: TKonText;
    function GetRemedy: TKonText;
    function GetTextEn: TKonText;
    function GetTextDe: TKonText;
    function GetAdviceDe: TKonText;
    function GetCode: Integer;
    function GetRepeatable: Boolean;
  public
    constructor CreateStatus(Status: Integer; const Json: UTF8String);
    { One of KON_... }
    property Status: Integer read FStatus;
    { The error document; its type is Error of the list of operations. }
    property Json: UTF8String read FJson;
    { What sort of failure: KON_KIND_... of KonnektorOperations. }
    property Kind: TKonText read GetKind;
    { The code of a fault of the Konnektor, else 0. }
    property Code: Integer read GetCode;
    { Who can do something about it: retry, user, admin, ... }
    property Remedy: TKonText read GetRemedy;
    { Another try does no harm and may succeed. }
    property Repeatable: Boolean read GetRepeatable;
    { What happened: in English for the log, in German for the screen; and what the practice can do. }
    property TextEn: TKonText read GetTextEn;
    property TextDe: TKonText read GetTextDe;
    property AdviceDe: TKonText read GetAdviceDe;
  end;
  EKonTimeout = class(EKonnektor);
  EKonCancelled = class(EKonnektor);

  TKonEventKind = (konEvent, konDropped, konEnd);

  { What NextEvent hands out. }
  TKonEvent = record
    Subscription: Integer;
    Kind: TKonEventKind;
    Json: UTF8String;  { konEvent: the event; konEnd: the answer or the error document }
    Failed: Boolean;   { konEnd: Json is an error document }
    Count: Integer;    { konDropped: how many events were thrown away }
  end;

  { A handle. All methods but Destroy may be called from any thread, also at the same time. }
  TKonConnection = class
  private
    FHandle: Integer;
    FLastToken: Integer;
  public
    { Opens a handle from the JSON of a configuration; loads the library from the folder of the program, unless
      LoadKonnektor was called before. Sends nothing. }
    constructor Create(const ConfigJson: UTF8String);
    { Ends all calls and subscriptions and waits for them. }
    destructor Destroy; override;
    { Runs an operation with a JSON object and returns its answer. Raises EKonnektor. Token: see NewToken. }
    function Call(const Operation: AnsiString; const Request: UTF8String; Token: Integer = 0): UTF8String;
    { A number for one call, with which another thread can cancel it. }
    function NewToken: Integer;
    { Cancels the call with that token, even if it comes later; 0 cancels all. The call raises EKonCancelled. }
    procedure Cancel(Token: Integer = 0);
    { Starts an operation in the background; its events come from NextEvent. }
    function Subscribe(const Operation: AnsiString; const Request: UTF8String): Integer;
    { Ends it and waits for its end. NextEvent of other threads then raises EKonCancelled. }
    procedure Unsubscribe(Subscription: Integer);
    { Waits at most TimeoutMs for an event of one subscription, or with Subscription 0 of all; -1 waits without end.
      False: none came. }
    function NextEvent(Subscription, TimeoutMs: Integer; out Event: TKonEvent): Boolean;
    property Handle: Integer read FHandle;
  end;

{ Appends the log of the library to a file; '' ends that. Level is KON_LOG_... }
procedure KonSetLog(const FileName: TKonText; Level: Integer);

{ UTF-8 and UTF-16; what is not valid becomes U+FFFD. }
function KonDecode(const S: UTF8String): TKonText;
function KonEncode(const S: TKonText): UTF8String;

{ A day "YYYY-MM-DD" or a time "YYYY-MM-DDThh:mm:ssZ" (UTC) as TDateTime. False: empty or not complete, as a birthday
  whose day is not known. }
function KonTryDate(const S: TKonText; out Date: TDateTime): Boolean;

{ Values of JSON texts: of the member Name of an object. What is not there is '', 0, False or empty. }
function KonGetText(const Json: UTF8String; const Name: AnsiString): TKonText;
function KonGetInt(const Json: UTF8String; const Name: AnsiString): Int64;
function KonGetBool(const Json: UTF8String; const Name: AnsiString): Boolean;
function KonGetJson(const Json: UTF8String; const Name: AnsiString): UTF8String;
function KonGetCount(const Json: UTF8String; const Name: AnsiString): Integer;
function KonGetItem(const Json: UTF8String; const Name: AnsiString; Index: Integer): UTF8String;
function KonGetList(const Json: UTF8String; const Name: AnsiString): TKonTextList;

{ Members of a JSON object that is being written: begin with '', close with KonPutEnd. Unless Always, what is empty, 0,
  False or konUnset is left out. }
procedure KonPutText(var Json: UTF8String; const Name: AnsiString; const Value: TKonText; Always: Boolean);
procedure KonPutInt(var Json: UTF8String; const Name: AnsiString; Value: Int64; Always: Boolean);
procedure KonPutBool(var Json: UTF8String; const Name: AnsiString; Value: Boolean; Always: Boolean);
procedure KonPutChoice(var Json: UTF8String; const Name: AnsiString; Value: TKonChoice);
procedure KonPutList(var Json: UTF8String; const Name: AnsiString; const Value: TKonTextList; Always: Boolean);
procedure KonPutJson(var Json: UTF8String; const Name: AnsiString; const Value: UTF8String; Always: Boolean);
procedure KonPutEnd(var Json: UTF8String);

implementation

{$IFDEF MSWINDOWS}
uses
  Windows;
{$ENDIF}

{ Take turns a text of the library into one of ours and frees it. }
function Take(P: PAnsiChar; Len: Integer): UTF8String;
begin
  Result := '';
  if P = nil then
    Exit;
  if Len > 0 then
  begin
    SetLength(Result, Len);
    Move(P^, Result[1], Len);
  end;
  kon_free(P);
end;

procedure Check(Status: Integer; const Json: UTF8String);
begin
  case Status of
    KON_OK: ;
    KON_TIMEOUT: raise EKonTimeout.CreateStatus(Status, Json);
    KON_CANCELLED: raise EKonCancelled.CreateStatus(Status, Json);
  else
    raise EKonnektor.CreateStatus(Status, Json);
  end;
end;

{ Unicode }

{ NextCode decodes one character at I and moves I behind it. }
function NextCode(const S: UTF8String; var I: Integer): Cardinal;
const
  Least: array[0..3] of Cardinal = (0, $80, $800, $10000);
var
  First, Code: Cardinal;
  More, K: Integer;
begin
  First := Ord(S[I]);
  Inc(I);
  Result := $FFFD;
  if First < $80 then
  begin
    Result := First;
    Exit;
  end
  else if (First and $E0) = $C0 then More := 1
  else if (First and $F0) = $E0 then More := 2
  else if (First and $F8) = $F0 then More := 3
  else
    Exit;
  Code := First and ($3F shr More);
  for K := 1 to More do
  begin
    if (I > Length(S)) or ((Ord(S[I]) and $C0) <> $80) then
      Exit;
    Code := (Code shl 6) or Cardinal(Ord(S[I]) and $3F);
    Inc(I);
  end;
  if (Code >= Least[More]) and (Code <= $10FFFF) and ((Code < $D800) or (Code > $DFFF)) then
    Result := Code;
end;

function KonDecode(const S: UTF8String): TKonText;
var
  I, N: Integer;
  Code: Cardinal;
begin
  SetLength(Result, Length(S));
  I := 1;
  N := 0;
  while I <= Length(S) do
  begin
    Code := NextCode(S, I);
    Inc(N);
    if Code < $10000 then
      Result[N] := WideChar(Code)
    else
    begin
      Result[N] := WideChar($D800 + (Code - $10000) shr 10);
      Inc(N);
      Result[N] := WideChar($DC00 + (Code - $10000) and $3FF);
    end;
  end;
  SetLength(Result, N);
end;

function KonEncode(const S: TKonText): UTF8String;
var
  I, N: Integer;
  Code, Low: Cardinal;

  procedure Put(B: Cardinal);
  begin
    Inc(N);
    Result[N] := AnsiChar(B);
  end;

begin
  SetLength(Result, 3 * Length(S));
  I := 1;
  N := 0;
  while I <= Length(S) do
  begin
    Code := Ord(S[I]);
    Inc(I);
    if (Code >= $D800) and (Code <= $DFFF) then
    begin
      Low := 0;
      if I <= Length(S) then
        Low := Ord(S[I]);
      if (Code < $DC00) and (Low >= $DC00) and (Low <= $DFFF) then
      begin
        Inc(I);
        Code := $10000 + (Code - $D800) shl 10 + (Low - $DC00);
      end
      else
        Code := $FFFD;
    end;
    if Code < $80 then
      Put(Code)
    else if Code < $800 then
    begin
      Put($C0 or (Code shr 6));
      Put($80 or (Code and $3F));
    end
    else if Code < $10000 then
    begin
      Put($E0 or (Code shr 12));
      Put($80 or ((Code shr 6) and $3F));
      Put($80 or (Code and $3F));
    end
    else
    begin
      Put($F0 or (Code shr 18));
      Put($80 or ((Code shr 12) and $3F));
      Put($80 or ((Code shr 6) and $3F));
      Put($80 or (Code and $3F));
    end;
  end;
  SetLength(Result, N);
end;

function Digits(const S: TKonText; From, Count: Integer; out Value: Word): Boolean;
var
  I: Integer;
begin
  Value := 0;
  Result := Length(S) >= From + Count - 1;
  if Result then
    for I := From to From + Count - 1 do
    begin
      Result := Result and (S[I] >= '0') and (S[I] <= '9');
      Value := Value * 10 + Ord(S[I]) - Ord('0');
    end;
end;

function KonTryDate(const S: TKonText; out Date: TDateTime): Boolean;
var
  Year, Month, Day, Hour, Minute, Second: Word;
  Time: TDateTime;
begin
  Date := 0;
  Result := Digits(S, 1, 4, Year) and Digits(S, 6, 2, Month) and Digits(S, 9, 2, Day) and
    TryEncodeDate(Year, Month, Day, Date);
  if Result and (Length(S) > 10) then
  begin
    Result := Digits(S, 12, 2, Hour) and Digits(S, 15, 2, Minute) and Digits(S, 18, 2, Second) and
      TryEncodeTime(Hour, Minute, Second, 0, Time);
    if Result then
      Date := Date + Time;
  end;
end;

{ Reading JSON }

{ Get takes the value at a JSON Pointer. }
function Get(const Json: UTF8String; const Pointer: AnsiString; out Value: UTF8String; out Kind: Integer): Boolean;
var
  P: PAnsiChar;
  Len: Integer;
begin
  Value := '';
  Kind := KON_JSON_NULL;
  Result := kon_json_get(PAnsiChar(Json), Length(Json), PAnsiChar(Pointer), Length(Pointer), Kind, P, Len) = KON_OK;
  if Result then
    Value := Take(P, Len);
  Result := Result and (Kind <> KON_JSON_NULL);
end;

function KonGetText(const Json: UTF8String; const Name: AnsiString): TKonText;
var
  Value: UTF8String;
  Kind: Integer;
begin
  Result := '';
  if Get(Json, '/' + Name, Value, Kind) then
    Result := KonDecode(Value);
end;

function KonGetInt(const Json: UTF8String; const Name: AnsiString): Int64;
begin
  Result := StrToInt64Def(string(KonGetText(Json, Name)), 0);
end;

function KonGetBool(const Json: UTF8String; const Name: AnsiString): Boolean;
begin
  Result := KonGetText(Json, Name) = 'true';
end;

function KonGetJson(const Json: UTF8String; const Name: AnsiString): UTF8String;
var
  Kind: Integer;
begin
  if not Get(Json, '/' + Name, Result, Kind) then
    Result := '';
end;

function KonGetCount(const Json: UTF8String; const Name: AnsiString): Integer;
begin
  Result := Integer(KonGetInt(Json, Name + '/#'));
end;

function KonGetItem(const Json: UTF8String; const Name: AnsiString; Index: Integer): UTF8String;
begin
  Result := KonGetJson(Json, Name + '/' + AnsiString(IntToStr(Index)));
end;

function KonGetList(const Json: UTF8String; const Name: AnsiString): TKonTextList;
var
  I: Integer;
begin
  SetLength(Result, KonGetCount(Json, Name));
  for I := 0 to High(Result) do
    Result[I] := KonGetText(Json, Name + '/' + AnsiString(IntToStr(I)));
end;

{ Writing JSON }

procedure PutName(var Json: UTF8String; const Name: AnsiString);
begin
  if Json = '' then
    Json := '{'
  else
    Json := Json + ',';
  Json := Json + '"' + UTF8String(Name) + '":';
end;

{ Quoted is a JSON string. It works on bytes: what a string conversion would make of them depends on the compiler. }
function Quoted(const S: TKonText): UTF8String;
const
  Hex: array[0..15] of AnsiChar = '0123456789ABCDEF';
var
  Text: UTF8String;
  I, N: Integer;

  procedure Put(C: AnsiChar);
  begin
    Inc(N);
    Result[N] := C;
  end;

begin
  Text := KonEncode(S);
  SetLength(Result, 6 * Length(Text) + 2);
  N := 0;
  Put('"');
  for I := 1 to Length(Text) do
  begin
    if (Text[I] = '"') or (Text[I] = '\') then
      Put('\')
    else if Text[I] < ' ' then
    begin
      Put('\');
      Put('u');
      Put('0');
      Put('0');
      Put(Hex[Ord(Text[I]) shr 4]);
      Put(Hex[Ord(Text[I]) and 15]);
      Continue;
    end;
    Put(Text[I]);
  end;
  Put('"');
  SetLength(Result, N);
end;

procedure KonPutText(var Json: UTF8String; const Name: AnsiString; const Value: TKonText; Always: Boolean);
begin
  if Always or (Value <> '') then
    KonPutJson(Json, Name, Quoted(Value), True);
end;

procedure KonPutInt(var Json: UTF8String; const Name: AnsiString; Value: Int64; Always: Boolean);
begin
  if Always or (Value <> 0) then
    KonPutJson(Json, Name, UTF8String(IntToStr(Value)), True);
end;

procedure KonPutBool(var Json: UTF8String; const Name: AnsiString; Value: Boolean; Always: Boolean);
begin
  if Value then
    KonPutJson(Json, Name, 'true', True)
  else if Always then
    KonPutJson(Json, Name, 'false', True);
end;

procedure KonPutChoice(var Json: UTF8String; const Name: AnsiString; Value: TKonChoice);
begin
  if Value <> konUnset then
    KonPutBool(Json, Name, Value = konYes, True);
end;

procedure KonPutList(var Json: UTF8String; const Name: AnsiString; const Value: TKonTextList; Always: Boolean);
var
  I: Integer;
  List: UTF8String;
begin
  List := '';
  for I := 0 to High(Value) do
  begin
    if I > 0 then
      List := List + ',';
    List := List + Quoted(Value[I]);
  end;
  if Always or (Length(Value) > 0) then
    KonPutJson(Json, Name, '[' + List + ']', True);
end;

procedure KonPutJson(var Json: UTF8String; const Name: AnsiString; const Value: UTF8String; Always: Boolean);
begin
  if not Always and (Value = '{}') then
    Exit;
  PutName(Json, Name);
  Json := Json + Value;
end;

procedure KonPutEnd(var Json: UTF8String);
begin
  if Json = '' then
    Json := '{';
  Json := Json + '}';
end;

{ EKonnektor }

constructor EKonnektor.CreateStatus(Status: Integer; const Json: UTF8String);
begin
  FStatus := Status;
  FJson := Json;
  if Json = '' then
    inherited Create('libkonnektor: status ' + IntToStr(Status))
  else if GetCode <> 0 then
    inherited Create(string(GetTextDe) + ' (' + IntToStr(GetCode) + ')')
  else
    inherited Create(string(GetTextDe));
end;

function EKonnektor.GetText(const Name: AnsiString): TKonText;
begin
  Result := '';
  if FJson <> '' then
    Result := KonGetText(FJson, Name);
end;

function EKonnektor.GetKind: TKonText;
begin
  Result := GetText('kind');
end;

function EKonnektor.GetRemedy: TKonText;
begin
  Result := GetText('remedy');
end;

function EKonnektor.GetTextEn: TKonText;
begin
  Result := GetText('text');
end;

function EKonnektor.GetTextDe: TKonText;
begin
  Result := GetText('text_de');
end;

function EKonnektor.GetAdviceDe: TKonText;
begin
  Result := GetText('advice_de');
end;

function EKonnektor.GetCode: Integer;
begin
  Result := StrToIntDef(string(GetText('code')), 0);
end;

function EKonnektor.GetRepeatable: Boolean;
begin
  Result := GetText('repeatable') = 'true';
end;

{ TKonConnection }

constructor TKonConnection.Create(const ConfigJson: UTF8String);
var
  P: PAnsiChar;
  Len, Status: Integer;
begin
  inherited Create;
  LoadKonnektor('');
  Status := kon_open(PAnsiChar(ConfigJson), Length(ConfigJson), FHandle, P, Len);
  Check(Status, Take(P, Len));
end;

destructor TKonConnection.Destroy;
begin
  if FHandle > 0 then
    kon_close(FHandle);
  inherited Destroy;
end;

{ From is what stands in S from Index on. }
function From(const S: UTF8String; Index: Integer): UTF8String;
begin
  SetLength(Result, Length(S) - Index + 1);
  if Result <> '' then
    Move(S[Index], Result[1], Length(Result));
end;

{ WithToken adds the token of a call to its request. }
function WithToken(const Request: UTF8String; Token: Integer): UTF8String;
var
  I: Integer;
begin
  Result := Request;
  if Token <= 0 then
    Exit;
  I := 1;
  while (I <= Length(Request)) and (Request[I] <= ' ') do
    Inc(I);
  Result := '{"call_token":' + UTF8String(IntToStr(Token));
  if I > Length(Request) then
    Result := Result + '}'
  else if Request[I] <> '{' then
    Result := Request { no object: for the library to refuse }
  else
  begin
    repeat
      Inc(I);
    until (I > Length(Request)) or (Request[I] > ' ');
    if (I <= Length(Request)) and (Request[I] <> '}') then
      Result := Result + ',';
    Result := Result + From(Request, I);
  end;
end;

function TKonConnection.Call(const Operation: AnsiString; const Request: UTF8String; Token: Integer): UTF8String;
var
  P: PAnsiChar;
  Len, Status: Integer;
  Text: UTF8String;
begin
  Text := WithToken(Request, Token);
  Status := kon_call(FHandle, PAnsiChar(Operation), Length(Operation), PAnsiChar(Text), Length(Text), P, Len);
  Result := Take(P, Len);
  Check(Status, Result);
end;

function TKonConnection.NewToken: Integer;
begin
  Result := InterlockedIncrement(FLastToken);
end;

procedure TKonConnection.Cancel(Token: Integer);
begin
  kon_cancel(FHandle, Token);
end;

function TKonConnection.Subscribe(const Operation: AnsiString; const Request: UTF8String): Integer;
begin
  Check(kon_subscribe(FHandle, PAnsiChar(Operation), Length(Operation), PAnsiChar(Request), Length(Request), Result), '');
end;

procedure TKonConnection.Unsubscribe(Subscription: Integer);
begin
  kon_unsubscribe(Subscription);
end;

function TKonConnection.NextEvent(Subscription, TimeoutMs: Integer; out Event: TKonEvent): Boolean;
var
  P: PAnsiChar;
  Len, Status: Integer;
  Json: UTF8String;
  Kind: TKonText;
begin
  Event.Subscription := 0;
  Event.Kind := konEvent;
  Event.Json := '';
  Event.Failed := False;
  Event.Count := 0;
  if Subscription = 0 then
    Subscription := FHandle;
  Status := kon_next_event(Subscription, TimeoutMs, P, Len);
  Json := Take(P, Len);
  Result := Status <> KON_TIMEOUT;
  if not Result then
    Exit;
  Check(Status, Json);
  Event.Subscription := Integer(KonGetInt(Json, 'subscription'));
  Kind := KonGetText(Json, 'kind');
  if Kind = 'dropped' then
  begin
    Event.Kind := konDropped;
    Event.Count := Integer(KonGetInt(Json, 'count'));
  end
  else if Kind = 'end' then
  begin
    Event.Kind := konEnd;
    Event.Json := KonGetJson(Json, 'answer');
    Event.Failed := Event.Json = '';
    if Event.Failed then
      Event.Json := KonGetJson(Json, 'error');
  end
  else
    Event.Json := KonGetJson(Json, 'data');
end;

procedure KonSetLog(const FileName: TKonText; Level: Integer);
var
  Path: UTF8String;
begin
  LoadKonnektor('');
  Path := KonEncode(FileName);
  Check(kon_set_log(PAnsiChar(Path), Length(Path), Level), '');
end;

end.
