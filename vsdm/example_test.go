package vsdm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// simulator starts a Konnektor with one inserted card, in place of a real one.
func simulator(person vsdmtest.Insured) (k *konnektortest.Konnektor, client *konnektor.Client, egk konnektor.CardHandle) {
	k, err := konnektortest.Start(konnektortest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	vsdmtest.Install(k)
	client, err = konnektor.New(k.Config())
	if err != nil {
		log.Fatal(err)
	}
	return k, client, k.Insert(konnektor.CardEGK, person)
}

func ExampleRead() {
	k, client, egk := simulator(vsdmtest.Person(1))
	defer k.Close()
	defer client.Close()

	ctx := context.Background()
	v, err := vsdm.Read(ctx, client, vsdm.Request{EGK: egk, SMCB: k.Handle(konnektor.CardSMCB)})
	if err != nil {
		log.Fatal(err)
	}
	person := v.PersoenlicheVersichertendaten.Person
	fmt.Println(person.Vorname, person.Nachname, person.Geburtsdatum)
	fmt.Println(v.AllgemeineVersicherungsdaten.Versicherungsschutz.Kostentraeger.Name)
	proof := v.Proof(vsdm.Case{Day: vsdm.DateOf(time.Now())})
	fmt.Println("valid:", proof.Valid, "billable:", proof.Billable)
	// A whole struct with a patient in it does not show the patient.
	fmt.Println(person)
	// Output:
	// Tilda Testmann 19800101
	// Testkrankenkasse Ehrenwort
	// valid: yes billable: yes
	// ***
}

func ExampleProofOfError() {
	person := vsdmtest.Person(1)
	person.Card.Locked = true
	k, client, egk := simulator(person)
	defer k.Close()
	defer client.Close()

	_, err := vsdm.Read(context.Background(), client, vsdm.Request{EGK: egk, SMCB: k.Handle(konnektor.CardSMCB)})
	fmt.Println("locked:", errors.Is(err, konnektor.CodeCardLocked))
	proof := vsdm.ProofOfError(err, vsdm.Case{Day: vsdm.DateOf(time.Now())})
	fmt.Println("valid:", proof.Valid)
	for _, step := range proof.Next {
		fmt.Printf("%s %q\n", step.Action, step.When)
	}
	// Output:
	// locked: true
	// valid: no
	// newer-card ""
	// insurer "no-other-card"
	// replacement-procedure "no-other-card"
}

func ExampleMode_Flags() {
	stored := &vsdm.Pruefungsnachweis{Ergebnis: vsdm.ErgebnisNoUpdate}
	for _, mode := range []vsdm.Mode{vsdm.ModeFirst, vsdm.ModeAlways} {
		first, _ := mode.Flags(nil)
		again, _ := mode.Flags(stored)
		fmt.Printf("%s %+v %+v\n", mode, first, again)
	}
	// Output:
	// FIRST {PerformOnlineCheck:true ReadOnlineReceipt:true} {PerformOnlineCheck:false ReadOnlineReceipt:false}
	// ALWAYS {PerformOnlineCheck:true ReadOnlineReceipt:true} {PerformOnlineCheck:true ReadOnlineReceipt:false}
}

func ExampleDate_Age() {
	day := vsdm.Date{Year: 2026, Month: 7, Day: 4}
	birth, _ := vsdm.ParseDate("19530000") // day and month unknown
	least, most, _ := birth.Age(day)
	fmt.Println(least, "to", most)
	// Output:
	// 72 to 73
}

func ExampleHashCheckValue() {
	hcv, err := vsdm.HashCheckValue(vsdm.Date{Year: 2018, Month: 1, Day: 11}, "Beispielstrasse")
	fmt.Println(hcv, err)
	// Output:
	// F9ZD7cI <nil>
}

func ExampleBetter() {
	stored := &vsdm.Pruefungsnachweis{Ergebnis: vsdm.ErgebnisUpdated}
	later := &vsdm.Pruefungsnachweis{Ergebnis: vsdm.ErgebnisUpdateFailed}
	fmt.Println(vsdm.Better(stored, later) == stored)
	// Output:
	// true
}
