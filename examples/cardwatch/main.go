// Cardwatch waits for cards and prints each insured person: the Konnektor tells
// by an event that a card is inserted. While events stay away, as behind a
// firewall, the cards are listed instead.
//
//	go run ./examples/cardwatch konnektor.json [HOST:PORT]
//
// The file holds a konnektor.Config; konnektorsim -print-config makes one.
// HOST:PORT is where the events arrive, a free port when left out.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: cardwatch CONFIG.json [HOST:PORT]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client := must(konnektor.New(must(konnektor.ParseConfig(must(os.ReadFile(os.Args[1]))))))
	defer client.Close()
	sink := must(cetp.Listen(cetp.Config{Listen: append(os.Args, "")[2]}))
	defer sink.Close() // unsubscribes
	keeper := must(sink.Keep(client, cetp.KeeperConfig{}))
	egks := konnektor.WatchRequest{Filter: konnektor.CardFilter{Type: konnektor.CardEGK}, Events: keeper.Events()}

	for change, err := range client.Watch(ctx, egks) {
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Fatal(err)
		case change.Kind == konnektor.CardInserted || change.Kind == konnektor.CardPresent:
			show(ctx, client, change.Card.Handle)
		}
	}
}

// show prints the insured person on a card.
func show(ctx context.Context, client *konnektor.Client, egk konnektor.CardHandle) {
	smcbs, _, err := client.Cards(ctx, konnektor.CardFilter{Type: konnektor.CardSMB})
	if err != nil || len(smcbs) == 0 {
		log.Print("no SMC-B is inserted: ", err)
		return
	}
	v, err := vsdm.Read(ctx, client, vsdm.Request{EGK: egk, SMCB: smcbs[0].Handle})
	if err != nil {
		log.Print(err) // the next card may be readable
		return
	}
	person := v.PersoenlicheVersichertendaten.Person
	fmt.Printf("%s %s, born %s, insured by %s\n", person.Vorname, person.Nachname, person.Geburtsdatum,
		v.AllgemeineVersicherungsdaten.Versicherungsschutz.Kostentraeger.Name)
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
