using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Libkonnektor;

// Shows the certificates in a file, judges them by a trust list, and tells until when they can be used. Needs no
// Konnektor; with Konnektor = true the same calls read those of a Konnektor.
//
//   Certificates FILE [DAY [LIST [ANCHOR]]]
//
// DAY is the one to judge at, LIST a trust list, ANCHOR a file with the trust anchor in place of those that the library
// has. Writes a table for spreadsheets to inventory.csv.
static class Certificates
{
    static int Main(string[] args)
    {
        string at = Option(args, 1);
        try
        {
            using (var konnektor = new KonnektorClient(new Config { FilesOnly = true }))
            {
                Show(konnektor.CertsShow(new CertsShowRequest { Path = args[0], At = at, List = Option(args, 2), Anchor = Option(args, 3) }));
                Show(konnektor.CertsInventory(new CertsInventoryRequest
                {
                    Files = new List<CertFile> { new CertFile { Path = args[0], Label = "Terminal 1" } }, At = at, WithCsv = true
                }));
            }
            return 0;
        }
        catch (KonnektorException e)
        {
            Console.WriteLine(e.Message + " " + e.Error.AdviceDe);
            return 1;
        }
    }

    static string Option(string[] args, int i)
    {
        return i < args.Length ? args[i] : null;
    }

    static string Day(DateTime? moment)
    {
        return string.Format(CultureInfo.InvariantCulture, "{0:yyyy-MM-dd}", moment);
    }

    static void Show(CertsShowAnswer answer)
    {
        foreach (Certificate c in answer.Certificates)
            Console.WriteLine(c.Kind + " " + c.Key + " " + c.Iccsn + " until " + Day(c.NotAfter) + ", " + c.Check + " " + c.CheckDe);
    }

    static void Show(CertsInventoryAnswer answer)
    {
        foreach (Inventory e in answer.Entries)
            Console.WriteLine(e.Label + ": " + e.Kind + " " + e.Key + " state=" + e.State + ", " + e.DaysLeft + " days left");
        foreach (CertDue due in answer.Due)
            Console.WriteLine(due.Day + " " + due.Rule + ": " + due.WhatDe + " (" + due.SureDe + ")");
        File.WriteAllText("inventory.csv", answer.Csv);
    }
}
