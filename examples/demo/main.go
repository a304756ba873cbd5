// Demo starts a simulated Konnektor in this process, connects to it over TLS
// with a client certificate and reads two cards: one with online check, one
// while the Konnektor has no connection to the TI. It prints in German what a
// practice would see.
//
//	make demo
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

func main() {
	if err := demo(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func demo(ctx context.Context, out io.Writer) error {
	k, err := konnektortest.Start(konnektortest.Options{Auth: konnektortest.ClientCertificate})
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }() // the process ends
	vsdmtest.Install(k)
	client, err := konnektor.New(k.Config())
	if err != nil {
		return err
	}
	s := operations.New(client)
	defer func() { _ = s.Close() }()

	services, err := client.Services(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s, %s\nTLS mit Client-Zertifikat, Name im Zertifikat: %s\n",
		services.Product.Name, services.Product.FirmwareVersion, k.URL(), konnektor.DefaultServerName)
	if err := show(ctx, out, k, s, vsdmtest.Person(1)); err != nil {
		return err
	}
	k.SetOnline(konnektortest.TI, false)
	fmt.Fprintf(out, "\nJetzt ohne Verbindung zur Telematikinfrastruktur:\n")
	return show(ctx, out, k, s, vsdmtest.Person(2))
}

// vsd is what the demo shows of an answer of vsd.read; operations.json lists all
// of it.
type vsd struct {
	Person struct {
		VersichertenID string `json:"versicherten_id"`
		Vorname        string `json:"vorname"`
		Nachname       string `json:"nachname"`
		Geburtsdatum   string `json:"geburtsdatum"`
	} `json:"person"`
	Versicherungsschutz struct {
		Kostentraeger struct {
			Name                 string `json:"name"`
			Kostentraegerkennung string `json:"kostentraegerkennung"`
		} `json:"kostentraeger"`
	} `json:"versicherungsschutz"`
	Pruefungsnachweis struct {
		Ergebnis   int    `json:"ergebnis"`
		ErgebnisDE string `json:"ergebnis_de"`
		Quarter    string `json:"quarter"`
	} `json:"pruefungsnachweis"`
	Proof struct {
		VerdictDE string `json:"verdict_de"`
		Next      []struct {
			TextDE string `json:"text_de"`
		} `json:"next"`
	} `json:"proof"`
}

// show inserts a card, reads it and takes it out.
func show(ctx context.Context, out io.Writer, k *konnektortest.Konnektor, s *operations.Session, p vsdmtest.Insured) error {
	egk := k.Insert(konnektor.CardEGK, p)
	if egk == "" {
		return errors.New("demo: no slot for the card")
	}
	answer, err := s.Call(ctx, "vsd.read", nil)
	if err != nil {
		return err
	}
	var v vsd
	if err := json.Unmarshal(answer, &v); err != nil {
		return err
	}
	steps := []string{}
	for _, step := range v.Proof.Next {
		steps = append(steps, step.TextDE)
	}
	line := func(label, format string, values ...any) {
		fmt.Fprintf(out, "  %-18s"+format+"\n", append([]any{label}, values...)...)
	}
	fmt.Fprintln(out)
	line("Versichert", "%s %s, geboren %s, %s", v.Person.Vorname, v.Person.Nachname, v.Person.Geburtsdatum, v.Person.VersichertenID)
	line("Kostenträger", "%s (%s)", v.Versicherungsschutz.Kostentraeger.Name, v.Versicherungsschutz.Kostentraeger.Kostentraegerkennung)
	line("Prüfungsnachweis", "E %d, %s: %s", v.Pruefungsnachweis.Ergebnis, v.Pruefungsnachweis.Quarter, v.Pruefungsnachweis.ErgebnisDE)
	line("Urteil", "%s", v.Proof.VerdictDE)
	if len(steps) > 0 {
		line("Nächste Schritte", "%s", strings.Join(steps, "; "))
	}
	_, err = k.Remove(egk)
	return err
}
