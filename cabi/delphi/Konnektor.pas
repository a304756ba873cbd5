{ libkonnektor for Delphi: read a card in one call.

    K := TKonnektor.CreateFromFile('konnektor.json');
    Card := K.ReadCard;

  KonnektorOperations has the other operations and all records, KonnektorCore the errors. }
unit Konnektor;

{$IFDEF FPC}{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}{$ENDIF}

interface

uses
  SysUtils, Classes, KonnektorLib, KonnektorCore, KonnektorOperations;

type
  { A Konnektor, as one caller sees it. Safe to use from many threads. }
  TKonnektor = class(TKonOperations)
  public
    { Opens it with a configuration made in the program, or from a file with its JSON. }
    constructor CreateFromConfig(const Config: TKonConfig);
    constructor CreateFromFile(const FileName: string);
    { Reads the one eGK that is inserted; with WaitMs it waits that long for one. It blocks: call it from a thread
      of yours, or from where the user may wait. }
    function ReadCard(WaitMs: Integer = 0): TKonVsdReadAnswer;
  end;

  { A thread that takes the events of one subscription and hands them to HandleEvent, on this thread. Stop ends it. }
  TKonEventThread = class(TThread)
  private
    FConnection: TKonConnection;
    FSubscription: Integer;
  protected
    procedure Execute; override;
    { To be overridden. PostMessage or Synchronize from here to a window: never touch it directly. }
    procedure HandleEvent(const Event: TKonEvent); virtual; abstract;
  public
    { Starts the operation, such as 'cards.watch', and the thread. }
    constructor Create(Connection: TKonConnection; const Operation: AnsiString; const Request: UTF8String);
    { Ends the operation and waits for the thread. }
    procedure Stop;
    property Subscription: Integer read FSubscription;
  end;

implementation

constructor TKonnektor.CreateFromConfig(const Config: TKonConfig);
begin
  Create(KonConfigToJson(Config));
end;

constructor TKonnektor.CreateFromFile(const FileName: string);
var
  Stream: TFileStream;
  Json: UTF8String;
begin
  Stream := TFileStream.Create(FileName, fmOpenRead or fmShareDenyWrite);
  try
    SetLength(Json, Stream.Size);
    if Json <> '' then
      Stream.ReadBuffer(Json[1], Length(Json));
  finally
    Stream.Free;
  end;
  Create(Json);
end;

function TKonnektor.ReadCard(WaitMs: Integer): TKonVsdReadAnswer;
var
  Request: TKonVsdReadRequest;
begin
  KonInitVsdReadRequest(Request);
  Request.WaitMs := WaitMs;
  Result := VsdRead(Request);
end;

constructor TKonEventThread.Create(Connection: TKonConnection; const Operation: AnsiString; const Request: UTF8String);
begin
  FConnection := Connection;
  FSubscription := Connection.Subscribe(Operation, Request);
  inherited Create(False);
end;

procedure TKonEventThread.Execute;
var
  Event: TKonEvent;
begin
  try
    while not Terminated and FConnection.NextEvent(FSubscription, -1, Event) do
    begin
      HandleEvent(Event);
      if Event.Kind = konEnd then
        Exit;
    end;
  except
    on EKonnektor do ; { stopped, or the connection was closed }
  end;
end;

procedure TKonEventThread.Stop;
begin
  Terminate;
  FConnection.Unsubscribe(FSubscription);
  WaitFor;
end;

end.
