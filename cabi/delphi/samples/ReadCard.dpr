program ReadCard;
{$APPTYPE CONSOLE}
uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, Konnektor, KonnektorCore, KonnektorOperations;
var
  K: TKonnektor;
  Card: TKonVsdReadAnswer;
begin
  try
    K := TKonnektor.CreateFromFile(ParamStr(1)); { the configuration, as JSON }
    try
      Card := K.ReadCard;
      Writeln(Card.Person.Vorname, ' ', Card.Person.Nachname, ', ', Card.Person.VersichertenId);
      Writeln(Card.Versicherungsschutz.Kostentraeger.Name);
      Writeln('E=', Card.Pruefungsnachweis.Ergebnis, ' valid=', Card.Proof.Valid, ' billable=', Card.Proof.Billable);
    finally
      K.Free;
    end;
  except
    on E: EKonnektor do
      Writeln(E.Message, ' ', E.AdviceDe);
  end;
end.
