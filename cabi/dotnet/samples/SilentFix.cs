using System;
using System.IO;
using Libkonnektor;

// What the updater of a PVS runs, without a window: reduces the logs of a Konnektor whose log overflows (September 2020).
// Started again after it was killed or is pending, it goes on with what was begun and makes nothing twice.
//
//   SilentFix SETTINGS.json [MINUTES [PAUSE_MS]]
//
// SETTINGS.json has the members management and fixes. The exit code is that of konnektorctl fix apply: 0 done or nothing
// to do, 2 wrong settings, 10 pending, 20 rolled back, 30 stuck, 40 refused.
static class SilentFix
{
    const string Consent = "Wartungsvertrag, Update 9.13 der Praxissoftware";
    const long Minutes = 15;    // how long it may take; the next start goes on

    static int Main(string[] args)
    {
        try
        {
            using (var konnektor = new KonnektorClient(File.ReadAllText(args[0])))
                return ReduceLogs(konnektor, args);
        }
        catch (KonnektorException e)
        {
            Console.WriteLine(e.Message + " " + e.Error.AdviceDe);
            return 2;
        }
    }

    // Asks the box for its settings, and goes on only where something is to be done.
    static int ReduceLogs(KonnektorClient konnektor, string[] args)
    {
        var request = new FixApplyRequest
        {
            Fix = "seclog", Consent = Consent, TimeoutMs = (args.Length > 1 ? long.Parse(args[1]) : Minutes) * 60000,
        };
        if (args.Length > 2)
            request.RetryMinMs = request.RetryMaxMs = long.Parse(args[2]);
        FixReport report = konnektor.FixApply(request);
        Console.WriteLine(report.Outcome + ": " + report.TitleDe + ": " + report.OutcomeDe);
        if (report.ReasonDe != null)
            Console.WriteLine(report.ReasonDe + " " + report.NextDe);
        switch (report.Outcome)
        {
            case "applied":
            case "already-done": return 0;
            case "pending": return 10;
            case "rolled-back": return 20;
            case "stuck": return 30;
            default: return 40;
        }
    }
}
