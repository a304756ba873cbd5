{ Waits for cards while the message loop of the program goes on: a thread takes the events and posts them, as it would
  to a form. Here the window has no face, and a timer shows that the loop lives. Ends when a card has been inserted.
  The library opens a port and the Konnektor sends its events there; while none come, the cards are listed every
  second. }
program WaitForCards;
{$APPTYPE CONSOLE}
{$IFDEF FPC}{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}{$ENDIF}
uses
  Windows, Messages, SysUtils, Konnektor, KonnektorCore, KonnektorOperations;

const
  WM_KONNEKTOR = WM_APP + 1;
  ONLY_MESSAGES = HWND(-3); { HWND_MESSAGE, which older compilers do not know }

type
  PKonEvent = ^TKonEvent;

  { Hands the events over to the thread of the window. }
  TCardWatcher = class(TKonEventThread)
  private
    FWindow: HWND;
  protected
    procedure HandleEvent(const Event: TKonEvent); override;
  end;

procedure TCardWatcher.HandleEvent(const Event: TKonEvent);
var
  P: PKonEvent;
begin
  New(P);
  P^ := Event;
  if not PostMessageW(FWindow, WM_KONNEKTOR, 0, LPARAM(P)) then
    Dispose(P);
end;

var
  Ticks: Integer;
  Done: Boolean;

{ ShowEvent runs on the thread of the window: here a form would be changed. }
procedure ShowEvent(P: PKonEvent);
var
  Card: TKonCardEvent;
begin
  try
    if P^.Kind = konEvent then
    begin
      Card := KonCardEventFromJson(P^.Json);
      if Card.HasCard then
        Writeln(Card.Event, ' ', Card.Card.Type_, ' ', Card.Card.Iccsn)
      else
        Writeln(Card.Event); { the Konnektor does not answer, or answers again: Card.TextDe }
      Done := Card.Event = 'card.inserted';
    end
    else
      Done := P^.Kind = konEnd;
    Flush(Output);
  finally
    Dispose(P);
  end;
end;

procedure MessageLoop;
var
  Msg: TMsg;
begin
  while not Done and GetMessageW(Msg, 0, 0, 0) do
    case Msg.message of
      WM_KONNEKTOR: ShowEvent(PKonEvent(Msg.lParam));
      WM_TIMER: Inc(Ticks);
    else
      DispatchMessageW(Msg);
    end;
end;

var
  K: TKonnektor;
  Watcher: TCardWatcher;
  Window: HWND;
  Request: TKonCardsWatchRequest;
begin
  K := TKonnektor.CreateFromFile(ParamStr(1));
  try
    Window := CreateWindowExW(0, 'STATIC', nil, 0, 0, 0, 0, 0, ONLY_MESSAGES, 0, 0, nil);
    SetTimer(Window, 1, 20, nil);
    KonInitCardsWatchRequest(Request);
    Request.HasSink := True;
    Watcher := TCardWatcher.Create(K, 'cards.watch', KonCardsWatchRequestToJson(Request));
    Watcher.FWindow := Window;
    try
      MessageLoop;
    finally
      Watcher.Stop;
      Watcher.Free;
    end;
    Writeln('loop alive: ', Ticks > 0);
  finally
    K.Free;
  end;
end.
