package certs_test

import (
	"fmt"
	"log"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
)

// A practice wants to know how long its card terminal can be used. A certificate
// of a real one comes from a file or from the Konnektor, see ParseAll.
func ExampleNewInventory() {
	pki, err := certstest.Make(certstest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	card, err := pki.Card(certstest.GSMCKT, certstest.CardOptions{Generation20: true})
	if err != nil {
		log.Fatal(err)
	}
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	inventory := certs.NewInventory([]certs.Item{
		{Label: "Terminal Anmeldung", Certificate: card.Certificates()[0], Complete: true},
	}, certs.InventoryOptions{At: at})
	for _, e := range inventory.Entries {
		fmt.Println(e.Label, e.Kind, e.Key, "generation", e.Generation, e.State)
		for _, due := range e.Due {
			fmt.Println(due.At.Format(time.DateOnly), due.Effect, due.Rule, due.Evidence)
		}
	}
	// Output:
	// Terminal Anmeldung C.SMKT.AUT RSA-2048 generation 2.0 valid
	// 2026-07-01 planned rsa-shutdown planned
	// 2027-01-01 ends gsmckt-g20-end secondary
	// 2031-05-11 act gsmckt-expires-soon confirmed
}
