using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Libkonnektor;

// Judges a trust list, tells what changed since an older one, and which lists a Konnektor has to import, oldest first.
// Needs no Konnektor.
//
//   TrustLists OLD.xml NEW.xml [ENVIRONMENT [DAY [ANCHOR]]]
//
// ENVIRONMENT is prod, ref or test, DAY the one to judge at, ANCHOR a file with the trust anchor in place of those that
// the library has.
static class TrustLists
{
    static int Main(string[] args)
    {
        string old = args[0], newer = args[1];
        string environment = Option(args, 2), at = Option(args, 3), anchor = Option(args, 4);
        try
        {
            using (var konnektor = new KonnektorClient(new Config { FilesOnly = true }))
            {
                Show(konnektor.TslVerify(new TslVerifyRequest { Path = newer, Stored = old, Environment = environment, At = at, Anchor = anchor }));
                Show(konnektor.TslDiff(new TslDiffRequest { Old = old, New = newer, Anchor = anchor }));
                Show(konnektor.TslPlan(new TslPlanRequest { Paths = new List<string> { newer, old }, Environment = environment, At = at, Anchor = anchor }));
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

    // What a PVS should show before it offers the list to a Konnektor.
    static void Show(TslVerifyAnswer answer)
    {
        Console.WriteLine("verdict=" + answer.Verdict + " code=" + (answer.Code ?? 0) + " " + answer.VerdictDe);
        if (answer.List != null)
            Console.WriteLine("list " + answer.List.Sequence + " under " + answer.List.Anchor + ", next until " + Day(answer.List.NextUpdate));
        else
            Console.WriteLine(answer.TextDe + " " + answer.AdviceDe);
        foreach (ListNote note in answer.Notes)
            Console.WriteLine("note: " + note.TextDe);
    }

    static void Show(TslDiffAnswer answer)
    {
        Console.WriteLine(answer.SummaryDe);
        foreach (ListChange change in answer.Changes)
            Console.WriteLine(change.Kind + " " + change.GroupDe + " " + change.Name + ": " + change.DetailDe);
    }

    static void Show(TslPlanAnswer answer)
    {
        Console.WriteLine(answer.SummaryDe);
        for (int i = 0; i < answer.Steps.Count; i++)
            Console.WriteLine("step " + (i + 1) + ": " + Path.GetFileName(answer.Steps[i].Path) + ", needs " + answer.Steps[i].Needs);
        foreach (ListSpare spare in answer.Unused)
            Console.WriteLine("unused: " + Path.GetFileName(spare.Path) + " " + spare.ReasonDe);
    }
}
