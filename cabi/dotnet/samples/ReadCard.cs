using System;
using System.IO;
using Libkonnektor;

static class ReadCard
{
    static int Main(string[] args)
    {
        try
        {
            using (var konnektor = new KonnektorClient(File.ReadAllText(args[0]))) // the configuration, as JSON
            {
                VsdReadAnswer card = konnektor.ReadCard();
                Console.WriteLine(card.Person.Vorname + " " + card.Person.Nachname + ", " + card.Person.VersichertenId);
                Console.WriteLine(card.Versicherungsschutz.Kostentraeger.Name);
                Console.WriteLine("E=" + card.Pruefungsnachweis.Ergebnis + " valid=" + card.Proof.Valid + " billable=" + card.Proof.Billable);
            }
            return 0;
        }
        catch (KonnektorException e)
        {
            Console.WriteLine(e.Message + " " + e.Error.AdviceDe);
            return 1;
        }
    }
}
