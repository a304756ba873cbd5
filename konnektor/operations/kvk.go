package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type kvkReadRequestDoc struct {
	CardHandle string `json:"card_handle" doc:"The Krankenversichertenkarte."`
	timeLimit
}

// kvkReadAnswerDoc has the fields of the card by their names there (KBV,
// Merkblatt Krankenversichertenkarte).
type kvkReadAnswerDoc struct {
	KrankenkassenName   string `json:"krankenkassen_name" doc:"The payer."`
	KrankenkassenNummer string `json:"krankenkassen_nummer" doc:"The payer's number."`
	WOP                 string `json:"wop" doc:"VKNR or WOP-Kennzeichen."`
	VersichertenNummer  string `json:"versicherten_nummer" doc:"The number of the insured person; no KVNR."`
	VersichertenStatus  string `json:"versicherten_status" doc:"The status of the insured person."`
	StatusErgaenzung    string `json:"status_ergaenzung" doc:"The DMP-Kennzeichen."`
	Titel               string `json:"titel" doc:"The title."`
	Vorname             string `json:"vorname" doc:"The given name."`
	Namenszusatz        string `json:"namenszusatz" doc:"The name affix."`
	Familienname        string `json:"familienname" doc:"The family name."`
	Geburtsdatum        string `json:"geburtsdatum" format:"date" doc:"The day of birth; empty when the card has none that can be read."`
	Strasse             string `json:"strasse" doc:"Street and house number."`
	Laendercode         string `json:"laendercode" doc:"The country; empty means D."`
	Postleitzahl        string `json:"postleitzahl" doc:"The postal code."`
	Ort                 string `json:"ort" doc:"The town."`
	GueltigBis          string `json:"gueltig_bis" doc:"The month in which the card ends, MMYY."`
	ChecksumOK          bool   `json:"checksum_ok" doc:"The checksum of the card is right."`
	Unread              bool   `json:"unread" table:"-" doc:"The template is not as specified: what could be read is there."`
	Raw                 string `json:"raw" table:"-" format:"base64" doc:"The template as the Konnektor gave it."`
}

func opKVKRead() Operation {
	return define(Operation{
		Name: "kvk.read", Summary: "Reads a Krankenversichertenkarte, the card without certificates that some payers still give out.", Title: titleKVKRead, Repeatable: true,
	}, runKVKRead)
}

func runKVKRead(ctx context.Context, c *call, req kvkReadRequestDoc) (*kvkReadAnswerDoc, error) {
	k, err := c.client.ReadKVK(ctx, konnektor.CardHandle(req.CardHandle))
	if err != nil {
		return nil, err
	}
	a := &kvkReadAnswerDoc{
		KrankenkassenName: k.KrankenkassenName, KrankenkassenNummer: k.KrankenkassenNummer, WOP: k.WOP,
		VersichertenNummer: string(k.VersichertenNummer), VersichertenStatus: string(k.VersichertenStatus),
		StatusErgaenzung: string(k.StatusErgaenzung), Titel: string(k.Titel), Vorname: string(k.Vorname),
		Namenszusatz: string(k.Namenszusatz), Familienname: string(k.Familienname), Strasse: string(k.Strasse),
		Laendercode: string(k.Laendercode), Postleitzahl: string(k.Postleitzahl), Ort: string(k.Ort), GueltigBis: k.GueltigBis,
		ChecksumOK: k.ChecksumOK, Unread: k.Unread, Raw: encodeBytes(k.Raw),
	}
	if born, ok := k.BirthDate(); ok {
		a.Geburtsdatum = born.Format(time.DateOnly)
	}
	return a, nil
}
