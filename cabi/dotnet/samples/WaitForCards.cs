using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Libkonnektor;

// Waits for cards without keeping the caller waiting: in a program with windows the awaits come back to its thread. The
// library opens a port and the Konnektor sends its events there; while none come, the cards are listed every second.
static class WaitForCards
{
    static int Main(string[] args)
    {
        return Run(args[0]).GetAwaiter().GetResult();
    }

    static async Task<int> Run(string config)
    {
        using (var stop = new CancellationTokenSource(TimeSpan.FromMinutes(5)))
        using (var konnektor = new KonnektorClient(File.ReadAllText(config)))
        using (Subscription cards = konnektor.Subscribe("cards.watch", new CardsWatchRequest { Sink = new EventSink() }.ToJson()))
        {
            for (;;)
            {
                KonnektorEvent e = await cards.NextAsync(stop.Token);
                if (e.Kind == EventKind.End)
                    throw new InvalidOperationException(e.Error == null ? "over" : e.Error.Text);
                if (e.Kind != EventKind.Event)
                    continue;
                CardEvent card = CardEvent.Parse(e.Json);
                if (card.Card == null)
                {
                    Console.WriteLine(card.TextDe);     // the Konnektor does not answer, or answers again
                    continue;
                }
                Console.WriteLine(card.Event + " " + card.Card.Type + " " + card.Card.Iccsn);
                if (card.Event != "card.inserted")
                    continue;
                try
                {
                    VsdReadAnswer read = await konnektor.VsdReadAsync(new VsdReadRequest { CardHandle = card.Card.Handle }, stop.Token);
                    Console.WriteLine(read.Person.Nachname);
                }
                catch (KonnektorException failure)      // the next card may do better
                {
                    Console.WriteLine("not read: " + failure.Error.TextDe);
                    continue;
                }
                return 0;
            }
        }
    }
}
