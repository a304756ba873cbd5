// Readcard prints the insured person on the card that is inserted, and whether
// the card counts as proof.
//
//	go run ./examples/readcard konnektor.json
//
// The file holds a konnektor.Config; konnektorsim -print-config makes one.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: readcard CONFIG.json")
	}
	ctx := context.Background()
	client := must(konnektor.New(must(konnektor.ParseConfig(must(os.ReadFile(os.Args[1]))))))
	defer client.Close()

	egk, smcb := find(ctx, client, konnektor.CardEGK), find(ctx, client, konnektor.CardSMCB)
	v := must(vsdm.Read(ctx, client, vsdm.Request{EGK: egk, SMCB: smcb}))

	person := v.PersoenlicheVersichertendaten.Person
	insurer := v.AllgemeineVersicherungsdaten.Versicherungsschutz.Kostentraeger
	proof := v.Proof(vsdm.Case{Day: vsdm.DateOf(time.Now())})
	fmt.Printf("%s %s, born %s, insured by %s\n", person.Vorname, person.Nachname, person.Geburtsdatum, insurer.Name)
	fmt.Printf("receipt: %v; counts as proof: %v; next: %v\n", v.Pruefungsnachweis, proof.Valid, proof.Next)
}

// find returns the first inserted card of a type.
func find(ctx context.Context, client *konnektor.Client, t konnektor.CardType) konnektor.CardHandle {
	cards, _, err := client.Cards(ctx, konnektor.CardFilter{Type: t})
	if err == nil && len(cards) == 0 {
		err = fmt.Errorf("no %s is inserted", t)
	}
	return must(cards, err)[0].Handle
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
