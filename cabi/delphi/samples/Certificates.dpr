{ Shows the certificates in a file, judges them by a trust list, and tells until when they can be used. Needs no
  Konnektor; with Request.Konnektor := konYes the same calls read those of a Konnektor.

    Certificates FILE [DAY [LIST [ANCHOR]]]

  DAY is the one to judge at, LIST a trust list, ANCHOR a file with the trust anchor in place of those that the library
  has. Writes a table for spreadsheets to inventory.csv. }
program Certificates;
{$APPTYPE CONSOLE}
uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, Classes, Konnektor, KonnektorCore, KonnektorOperations;

procedure Show(K: TKonnektor);
var
  Request: TKonCertsShowRequest;
  Answer: TKonCertsShowAnswer;
  I: Integer;
begin
  KonInitCertsShowRequest(Request);
  Request.Path := ParamStr(1);
  Request.At := ParamStr(2);
  Request.List := ParamStr(3);
  Request.Anchor := ParamStr(4);
  Answer := K.CertsShow(Request);
  for I := 0 to High(Answer.Certificates) do
    with Answer.Certificates[I] do
      Writeln(Kind, ' ', Key, ' ', Iccsn, ' until ', NotAfter, ', ', Check, ' ', CheckDe);
end;

procedure Save(const FileName: string; const Text: UTF8String);
var
  Stream: TFileStream;
begin
  Stream := TFileStream.Create(FileName, fmCreate);
  try
    if Text <> '' then
      Stream.WriteBuffer(Text[1], Length(Text));
  finally
    Stream.Free;
  end;
end;

procedure Inventory(K: TKonnektor);
var
  Request: TKonCertsInventoryRequest;
  Answer: TKonCertsInventoryAnswer;
  I: Integer;
begin
  KonInitCertsInventoryRequest(Request);
  SetLength(Request.Files, 1);
  Request.Files[0].Path := ParamStr(1);
  Request.Files[0].Label_ := 'Terminal 1';
  Request.At := ParamStr(2);
  Request.WithCsv := konYes;
  Answer := K.CertsInventory(Request);
  for I := 0 to High(Answer.Entries) do
    with Answer.Entries[I] do
      Writeln(Label_, ': ', Kind, ' ', Key, ' state=', State, ', ', DaysLeft, ' days left');
  for I := 0 to High(Answer.Due) do
    with Answer.Due[I] do
      Writeln(Day, ' ', Rule, ': ', WhatDe, ' (', SureDe, ')');
  Save('inventory.csv', KonEncode(Answer.Csv));
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
      Show(K);
      Inventory(K);
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
