using System;
using System.Collections.Generic;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Libkonnektor;

// What the binding promises, against the library with the operations of the tests. With the argument "constants" it
// prints those of Native; else the last line is "N passed, M failed".
static class BindingTest
{
    static int passed, failed;

    static void Check(bool ok, string what)
    {
        if (ok)
        {
            passed++;
            return;
        }
        failed++;
        Console.WriteLine("failed: " + what);
    }

    static void Throws<T>(Action action, Func<T, bool> right, string what) where T : Exception
    {
        try
        {
            action();
            Check(false, what + ": nothing thrown");
        }
        catch (T e)
        {
            Check(right(e), what + ": " + e.Message);
        }
    }

    static int Main(string[] args)
    {
        if (args.Length == 1 && args[0] == "constants")
            return Constants();
        try
        {
            Errors();
            Calls();
            Cancelling().Wait();
            Events().Wait();
            Types();
            Host();
            Threads();
            Disposing();
        }
        catch (Exception e)
        {
            Check(false, e.ToString());
        }
        Console.WriteLine(passed + " passed, " + failed + " failed");
        return failed == 0 ? 0 : 1;
    }

    static int Constants()
    {
        Type native = typeof(KonnektorClient).Assembly.GetType("Libkonnektor.Native", true);
        foreach (FieldInfo f in native.GetFields(BindingFlags.NonPublic | BindingFlags.Static))
            if (f.IsLiteral && f.Name.StartsWith("KON_", StringComparison.Ordinal))
                Console.WriteLine(f.Name + " " + f.GetRawConstantValue());
        return 0;
    }

    static KonnektorClient Open()
    {
        return new KonnektorClient("{\"test\":true}");
    }

    static void Errors()
    {
        Check(KonnektorClient.LibraryVersion.Contains("."), "version");
        Throws<KonnektorException>(() => new KonnektorClient("{"), e => e.Error.Kind == ErrorKind.Config && e.Error.TextDe != "" &&
            e.Error.AdviceDe != "" && e.Error.Remedy == "admin" && e.Message == e.Error.TextDe, "configuration");
        using (KonnektorClient k = Open())
        {
            Throws<KonnektorException>(() => k.Call("test.panic", null), e => e.Error.Kind == ErrorKind.Internal, "defect");
            Throws<KonnektorException>(() => k.Call("no.such", "{}"), e => e.Error.Kind == ErrorKind.UnknownOperation, "unknown");
            Throws<KonnektorException>(() => k.Call("test.echo", "{\"call_token\":0}"), e => e.Status == -5 && e.Error.Kind == "status", "no document");
        }
    }

    static void Calls()
    {
        using (KonnektorClient k = Open())
        {
            const string words = "Müller € ł \U0001F489 \"\\\t";
            string request = Json("text", words);
            Check(k.Call("test.echo", request).Contains("Müller € ł \U0001F489"), "text there and back");
            using (CancellationTokenSource source = new CancellationTokenSource())
            {
                Check(k.CallAsync("test.echo", request, source.Token).Result.Contains("Müller"), "with token");
                Check(k.CallAsync("test.echo", " { } ", source.Token).Result == "{\"text\":\"\"}", "empty object with token");
                Check(k.CallAsync("test.echo", null, source.Token).Result == "{\"text\":\"\"}", "nothing with token");
            }
        }
    }

    static string Json(string name, string text)
    {
        return new VsdReadRequest { CardHandle = text }.ToJson().Replace("card_handle", name);
    }

    static async Task Cancelling()
    {
        using (KonnektorClient k = Open())
        {
            for (int i = 0; i < 20; i++)
            {
                using (CancellationTokenSource source = new CancellationTokenSource())
                {
                    Task<string> call = k.CallAsync("test.wait", "{}", source.Token);
                    if (i % 2 == 0)
                        await Task.Delay(i);
                    source.Cancel();
                    try
                    {
                        await call;
                        Check(false, "not cancelled");
                    }
                    catch (OperationCanceledException)
                    {
                        Check(true, "");
                    }
                }
            }
            Check(await k.CallAsync("test.echo", "{}") != null, "a call after that");
        }
    }

    static async Task Events()
    {
        using (KonnektorClient k = Open())
        {
            Subscription s = k.Subscribe("test.events", "{\"count\":3}");
            for (int i = 0; i < 3; i++)
            {
                KonnektorEvent e = await s.NextAsync();
                GC.Collect();
                Check(e.Kind == EventKind.Event && e.Json == "{\"event\":\"test\",\"number\":" + i + "}", "event " + e.Json);
            }
            KonnektorEvent end = await s.NextAsync();
            Check(end.Kind == EventKind.End && end.Json == "{\"count\":3}" && end.Error == null, "end");
            s = k.Subscribe("test.panic", "");
            end = s.Next(TimeSpan.FromSeconds(60));
            Check(end.Kind == EventKind.End && end.Json == null && end.Error.Kind == ErrorKind.Internal, "end with an error");
            using (s = k.Subscribe("test.wait", ""))
            {
                Check(s.Next(TimeSpan.FromMilliseconds(20)) == null, "no event");
                using (CancellationTokenSource source = new CancellationTokenSource(50))
                {
                    try
                    {
                        await s.NextAsync(source.Token);
                        Check(false, "event");
                    }
                    catch (OperationCanceledException)
                    {
                        Check(true, "");
                    }
                }
            }
        }
    }

    static void Types()
    {
        Check(new VsdReadRequest().ToJson() == "{}", "empty request");
        string json = new VsdReadRequest { CardHandle = "h", StoredReceipts = new List<string> { "x" }, PerformOnlineCheck = false, WaitMs = 5 }.ToJson();
        Check(json == "{\"card_handle\":\"h\",\"wait_ms\":5,\"stored_receipts\":[\"x\"],\"perform_online_check\":false}", json);
        json = new Config { Url = "u", Call = new Call { MandantId = "m" } }.ToJson();
        Check(json == "{\"url\":\"u\",\"call\":{\"mandant_id\":\"m\"}}", json);
        CardsAnswer a = CardsAnswer.Parse("{\"cards\":[{\"handle\":\"a\",\"slot\":2,\"insert_time\":\"2026-01-31T08:09:10Z\"},{}],\"warning\":{\"code\":4}}");
        Check(a.Cards.Count == 2 && a.Cards[0].Slot == 2 && a.Cards[0].Version == null && a.Warning.Code == 4, "cards");
        Check(a.Cards[0].InsertTime == new DateTime(2026, 1, 31, 8, 9, 10, DateTimeKind.Utc) && a.Cards[1].InsertTime == null, "time");
        foreach (string bad in new[] { "", "[]", "{", "{\"a\":}", "{\"a\":1}x", "{\"a\":\"\\x\"}", "{\"a\":\"\n\"}", new string('[', 200) })
            Throws<FormatException>(() => CardsAnswer.Parse(bad), e => true, bad);
        Check(CardEvent.Parse("{\"event\":\"\\u00fc\\n\\ud83d\\udc89\"}").Event == "ü\n\U0001F489", "escapes");
    }

    // The faults of the host stay its own.
    static void Host()
    {
        object nothing = Environment.TickCount < 0 && Environment.TickCount > 0 ? new object() : null;
        int zero = nothing == null ? 0 : 1;
        Throws<NullReferenceException>(() => nothing.ToString(), e => true, "null reference");
        Throws<DivideByZeroException>(() => (1 / zero).ToString(), e => true, "division by zero");
    }

    static void Threads()
    {
        using (KonnektorClient k = Open())
        {
            List<Task> tasks = new List<Task>();
            for (int i = 0; i < 8; i++)
                tasks.Add(Task.Run(() =>
                {
                    for (int n = 0; n < 200; n++)
                        if (k.Call("test.echo", "{\"text\":\"" + n + "\"}") != "{\"text\":\"" + n + "\"}")
                            throw new InvalidOperationException("another answer");
                }));
            Task.WaitAll(tasks.ToArray());
            Check(true, "");
        }
    }

    static void Disposing()
    {
        KonnektorClient k = Open();
        Task<string> call = k.CallAsync("test.wait", "{}");
        while (call.Status != TaskStatus.Running)
            Thread.Yield();
        Thread.Sleep(50);
        k.Dispose();
        k.Dispose();
        Throws<AggregateException>(() => call.Wait(60000), e => e.InnerException is KonnektorException || e.InnerException is ObjectDisposedException, "call on a closed handle");
        Throws<ObjectDisposedException>(() => k.Call("test.echo", "{}"), e => true, "closed");
    }
}
