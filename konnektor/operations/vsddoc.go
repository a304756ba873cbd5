package operations

import (
	"encoding/base64"

	"github.com/libkonnektor/libkonnektor/vsdm"
)

// The documents of VSD have the names of the schema VSD 5.2, written as JSON
// members are. Codes stay as they stand on the card; a member that ends in _de
// says what a code means and is empty for an unknown one.

type personDoc struct {
	VersichertenID  string              `json:"versicherten_id" doc:"The unchangeable part of the Versichertennummer."`
	Titel           string              `json:"titel" doc:"The title."`
	Vorname         string              `json:"vorname" doc:"All first names."`
	Vorsatzwort     string              `json:"vorsatzwort" doc:"Such as von."`
	Namenszusatz    string              `json:"namenszusatz" doc:"Such as Freiherr."`
	Nachname        string              `json:"nachname" doc:"The family name."`
	Geburtsdatum    string              `json:"geburtsdatum" format:"date" doc:"The day of birth. Shorter when the card does not know day or month."`
	Geschlecht      string              `json:"geschlecht" table:"-" doc:"M, W, X or D."`
	GeschlechtDE    string              `json:"geschlecht_de" doc:"The same in a word."`
	StrassenAdresse *strassenAdresseDoc `json:"strassen_adresse,omitempty" doc:"The address of the house."`
	PostfachAdresse *postfachAdresseDoc `json:"postfach_adresse,omitempty" doc:"The address of the post box."`
}

type strassenAdresseDoc struct {
	Strasse             string `json:"strasse" doc:"The street; may hold the number, too."`
	Hausnummer          string `json:"hausnummer" doc:"The number."`
	Anschriftenzusatz   string `json:"anschriftenzusatz" doc:"What else belongs to the address."`
	Postleitzahl        string `json:"postleitzahl" doc:"The postal code."`
	Ort                 string `json:"ort" doc:"The town."`
	Wohnsitzlaendercode string `json:"wohnsitzlaendercode" doc:"The country as on number plates, such as D."`
}

type postfachAdresseDoc struct {
	Postfach            string `json:"postfach" doc:"The post box."`
	Postleitzahl        string `json:"postleitzahl" doc:"The postal code."`
	Ort                 string `json:"ort" doc:"The town."`
	Wohnsitzlaendercode string `json:"wohnsitzlaendercode" doc:"The country as on number plates, such as D."`
}

type versicherungsschutzDoc struct {
	Kostentraeger             kostentraegerDoc  `json:"kostentraeger" doc:"The insurer."`
	AbrechnenderKostentraeger *kostentraegerDoc `json:"abrechnender_kostentraeger,omitempty" doc:"The insurer that pays instead."`
	Beginn                    string            `json:"beginn" format:"date" doc:"The first day of the insurance."`
	Ende                      string            `json:"ende" format:"date" doc:"The last day of the insurance; empty when none is set."`
}

type kostentraegerDoc struct {
	Name                     string `json:"name" doc:"The name."`
	Kostentraegerkennung     string `json:"kostentraegerkennung" doc:"The Institutionskennzeichen, nine digits."`
	Kostentraegerlaendercode string `json:"kostentraegerlaendercode" doc:"The country, such as D."`
}

type zusatzinfosGKVDoc struct {
	Versichertenart   string               `json:"versichertenart" table:"-" doc:"1, 3 or 5."`
	VersichertenartDE string               `json:"versichertenart_de" doc:"What that means."`
	WOP               string               `json:"wop" table:"-" doc:"The region whose Kassenaerztliche Vereinigung is paid, two digits."`
	WOPRegion         string               `json:"wop_region" doc:"The name of the region."`
	Kostenerstattung  *kostenerstattungDoc `json:"kostenerstattung,omitempty" doc:"For what the person pays first and is reimbursed."`
}

type kostenerstattungDoc struct {
	AerztlicheVersorgung     bool `json:"aerztliche_versorgung" doc:"For treatment by physicians."`
	ZahnaerztlicheVersorgung bool `json:"zahnaerztliche_versorgung" doc:"For treatment by dentists."`
	StationaererBereich      bool `json:"stationaerer_bereich" doc:"For treatment in hospital."`
	VeranlassteLeistungen    bool `json:"veranlasste_leistungen" doc:"For what physicians order."`
}

type zusatzinfosPKVDoc struct {
	Tarifart              string                    `json:"tarifart" table:"-" doc:"01 to 04."`
	TarifartDE            string                    `json:"tarifart_de" doc:"What that means."`
	Beihilfeberechtigung  string                    `json:"beihilfeberechtigung" table:"-" doc:"00 not stated, 01 entitled; empty for none."`
	BeihilfeDE            string                    `json:"beihilfeberechtigung_de" doc:"What that means."`
	KVBPBeaK              string                    `json:"kvb_pbeak" table:"-" doc:"00 not stated, 01 PBeaKK, 02 KVB; empty for none."`
	KVBPBeaKDE            string                    `json:"kvb_pbeak_de" doc:"What that means."`
	StationaereLeistungen *stationaereLeistungenDoc `json:"stationaere_leistungen,omitempty" doc:"What is paid in hospitals."`
}

type stationaereLeistungenDoc struct {
	ClinicCard                       bool                 `json:"teilnahme_clinic_card_verfahren" doc:"Takes part in the clinic card scheme."`
	AllgemeineKrankenhausleistungen  string               `json:"allgemeine_krankenhausleistungen" doc:"Per cent, 0 to 100; empty for none."`
	WahlleistungUnterkunft           []wahlleistungDoc    `json:"wahlleistung_unterkunft" doc:"Chosen accommodation."`
	WahlleistungAerztlicheBehandlung *wahlleistungArztDoc `json:"wahlleistung_aerztliche_behandlung,omitempty" doc:"Chosen treatment."`
}

type wahlleistungDoc struct {
	Art           string `json:"art" table:"-" doc:"00 not stated, 01 one bed, 02 two beds, 03 more, 04 difference of 01 and 02."`
	ArtDE         string `json:"art_de" doc:"What that means."`
	Hoechstbetrag string `json:"hoechstbetrag" doc:"Euros a day, 0 to 99999; empty for none."`
	Prozentwert   string `json:"prozentwert" doc:"Per cent, 0 to 100; empty for none."`
}

type wahlleistungArztDoc struct {
	Art         string `json:"art" table:"-" doc:"00 not stated, 01 head physician, 02 general, 03 Belegarzt."`
	ArtDE       string `json:"art_de" doc:"What that means."`
	Prozentwert string `json:"prozentwert" doc:"Per cent, 0 to 100; empty for none."`
}

type geschuetzteDoc struct {
	Zuzahlungsstatus          *zuzahlungsstatusDoc  `json:"zuzahlungsstatus,omitempty" doc:"Whether the person is exempt from co-payment."`
	BesonderePersonengruppe   string                `json:"besondere_personengruppe" table:"-" doc:"The code; empty for none."`
	BesonderePersonengruppeDE string                `json:"besondere_personengruppe_de" doc:"What that means."`
	DMPKennzeichnung          string                `json:"dmp_kennzeichnung" table:"-" doc:"The code; empty for none."`
	DMP                       []string              `json:"dmp_de" doc:"The disease management programmes of that code."`
	Selektivvertraege         *selektivvertraegeDoc `json:"selektivvertraege,omitempty" doc:"Which selective contracts the person has."`
	Ruhend                    *ruhendDoc            `json:"ruhender_leistungsanspruch,omitempty" doc:"The claim is dormant."`
}

type zuzahlungsstatusDoc struct {
	Befreit    bool   `json:"befreit" doc:"Exempt from co-payment."`
	GueltigBis string `json:"gueltig_bis" format:"date" doc:"The last day of the exemption; empty when none is set."`
}

type selektivvertraegeDoc struct {
	Aerztlich       string `json:"aerztlich" table:"-" doc:"0 no, 1 yes, 9 not used by the insurer."`
	AerztlichDE     string `json:"aerztlich_de" doc:"What that means."`
	Zahnaerztlich   string `json:"zahnaerztlich" table:"-" doc:"0 no, 1 yes, 9 not used by the insurer."`
	ZahnaerztlichDE string `json:"zahnaerztlich_de" doc:"What that means."`
	Art             string `json:"art" table:"-" doc:"Four digits 0 or 1: care by the family doctor, not used, structured programmes, integrated care. Empty for none."`
}

type ruhendDoc struct {
	Beginn       string `json:"beginn" format:"date" doc:"The first day."`
	Ende         string `json:"ende" format:"date" doc:"The last day; empty when none is set."`
	ArtDesRuhens string `json:"art_des_ruhens" table:"-" doc:"1 no claim at all, 2 a limited claim remains."`
	ArtDE        string `json:"art_des_ruhens_de" doc:"What that means."`
}

type vsdStatusDoc struct {
	Offen     bool   `json:"offen" doc:"An update was interrupted: the data may not fit together."`
	Timestamp string `json:"timestamp" format:"date-time" doc:"When the data were updated last; empty when it could not be read."`
	Version   string `json:"version" table:"-" doc:"The version of the schema, such as 5.2.0."`
}

type nachweisDoc struct {
	Ergebnis    int64           `json:"ergebnis" doc:"The result of the online check (E), 1 to 6; 0 when it could not be read."`
	ErgebnisDE  string          `json:"ergebnis_de" doc:"What that means."`
	Timestamp   string          `json:"timestamp" format:"date-time" doc:"When the check was made; empty when it could not be read."`
	Quarter     string          `json:"quarter" doc:"The quarter in Germany in which it was made, such as 2026-Q3."`
	ErrorCode   int64           `json:"error_code,omitempty" doc:"With result 3: the code of the central service, if it gave one."`
	ErrorDE     string          `json:"error_de,omitempty" doc:"What the code means."`
	PKV         bool            `json:"pkv" table:"-" doc:"The insurer is a private one."`
	Pruefziffer *pruefzifferDoc `json:"pruefziffer,omitempty" table:"-" doc:"The check value, with results 1 and 2."`
	Base64      string          `json:"base64" table:"-" doc:"The whole receipt as it came. Keep it for billing; backends and stored_receipt of vsd.read take it unchanged. It names a person."`
}

type pruefzifferDoc struct {
	Version    int64  `json:"version" doc:"1, or 2 for the encrypted one."`
	Betreiber  string `json:"betreiber" doc:"The letter of the operator of the central service."`
	KeyVersion string `json:"key_version" doc:"The version of the operator's key."`
	KVNR       string `json:"kvnr" doc:"Version 1 only: the Versichertennummer."`
	Time       string `json:"time" format:"date-time" doc:"Version 1 only: when it was made."`
	Anlass     string `json:"anlass" doc:"Version 1 only: U the update flags were asked for, V data were updated, C card management."`
	Base64     string `json:"base64" doc:"All of it."`
}

func newPerson(pd *vsdm.PersoenlicheVersichertendaten) personDoc {
	p := &pd.Person
	d := personDoc{
		VersichertenID: string(pd.VersichertenID),
		Titel:          p.Titel, Vorname: p.Vorname, Vorsatzwort: p.Vorsatzwort, Namenszusatz: p.Namenszusatz,
		Nachname: p.Nachname, Geburtsdatum: cardDate(p.Geburtsdatum),
		Geschlecht: string(p.Geschlecht), GeschlechtDE: geschlechtGerman[p.Geschlecht],
	}
	if a := p.StrassenAdresse; a != nil {
		d.StrassenAdresse = &strassenAdresseDoc{
			a.Strasse, a.Hausnummer, a.Anschriftenzusatz, a.Postleitzahl, a.Ort, a.Wohnsitzlaendercode,
		}
	}
	if a := p.PostfachAdresse; a != nil {
		d.PostfachAdresse = &postfachAdresseDoc{a.Postfach, a.Postleitzahl, a.Ort, a.Wohnsitzlaendercode}
	}
	return d
}

func newSchutz(v *vsdm.Versicherungsschutz) versicherungsschutzDoc {
	d := versicherungsschutzDoc{
		Kostentraeger: *newKostentraeger(&v.Kostentraeger),
		Beginn:        cardDate(v.Beginn), Ende: cardDate(v.Ende),
	}
	if v.AbrechnenderKostentraeger != nil {
		d.AbrechnenderKostentraeger = newKostentraeger(v.AbrechnenderKostentraeger)
	}
	return d
}

func newKostentraeger(k *vsdm.Kostentraeger) *kostentraegerDoc {
	return &kostentraegerDoc{k.Name, k.Kostentraegerkennung, k.Kostentraegerlaendercode}
}

func newGKV(z *vsdm.ZusatzinfosGKV) *zusatzinfosGKVDoc {
	if z == nil {
		return nil
	}
	d := &zusatzinfosGKVDoc{
		Versichertenart: string(z.Versichertenart), VersichertenartDE: versichertenartGerman[z.Versichertenart],
		WOP: string(z.WOP), WOPRegion: z.WOP.Region(),
	}
	if k := z.Kostenerstattung; k != nil {
		d.Kostenerstattung = &kostenerstattungDoc{
			k.AerztlicheVersorgung, k.ZahnaerztlicheVersorgung, k.StationaererBereich, k.VeranlassteLeistungen,
		}
	}
	return d
}

func newPKV(z *vsdm.ZusatzinfosPKV) *zusatzinfosPKVDoc {
	if z == nil {
		return nil
	}
	d := &zusatzinfosPKVDoc{
		Tarifart: string(z.Tarifart), TarifartDE: tarifartGerman[z.Tarifart],
		Beihilfeberechtigung: z.Beihilfeberechtigung, BeihilfeDE: beihilfeGerman[z.Beihilfeberechtigung],
		KVBPBeaK: z.KVBPBeaK, KVBPBeaKDE: kvbGerman[z.KVBPBeaK],
	}
	if s := z.StationaereLeistungen; s != nil {
		d.StationaereLeistungen = &stationaereLeistungenDoc{
			ClinicCard:                      s.TeilnahmeClinicCardVerfahren,
			AllgemeineKrankenhausleistungen: s.AllgemeineKrankenhausleistungen,
			WahlleistungUnterkunft:          []wahlleistungDoc{},
		}
		for _, w := range s.WahlleistungUnterkunft {
			list := &d.StationaereLeistungen.WahlleistungUnterkunft
			*list = append(*list, wahlleistungDoc{w.Art, unterkunftGerman[w.Art], w.Hoechstbetrag, w.Prozentwert})
		}
		if w := s.WahlleistungAerztlicheBehandlung; w != nil {
			d.StationaereLeistungen.WahlleistungAerztlicheBehandlung = &wahlleistungArztDoc{
				w.Art, behandlungGerman[w.Art], w.Prozentwert,
			}
		}
	}
	return d
}

func newGeschuetzte(g *vsdm.GeschuetzteVersichertendaten) *geschuetzteDoc {
	if g == nil {
		return nil
	}
	d := &geschuetzteDoc{
		BesonderePersonengruppe:   string(g.BesonderePersonengruppe),
		BesonderePersonengruppeDE: germanGruppe(g.BesonderePersonengruppe),
		DMPKennzeichnung:          string(g.DMPKennzeichnung),
		DMP:                       []string{},
	}
	for _, p := range g.DMPKennzeichnung.Programmes() {
		d.DMP = append(d.DMP, dmpGerman[p])
	}
	if z := g.Zuzahlungsstatus; z != nil {
		d.Zuzahlungsstatus = &zuzahlungsstatusDoc{z.Status, cardDate(z.GueltigBis)}
	}
	if s := g.Selektivvertraege; s != nil {
		d.Selektivvertraege = &selektivvertraegeDoc{
			string(s.Aerztlich), selektivGerman[s.Aerztlich],
			string(s.Zahnaerztlich), selektivGerman[s.Zahnaerztlich], s.Art,
		}
	}
	if r := g.RuhenderLeistungsanspruch; r != nil {
		d.Ruhend = &ruhendDoc{
			cardDate(r.Beginn), cardDate(r.Ende), string(r.ArtDesRuhens), ruhensGerman[r.ArtDesRuhens],
		}
	}
	return d
}

func newNachweis(n *vsdm.Pruefungsnachweis) *nachweisDoc {
	if n == nil {
		return nil
	}
	d := &nachweisDoc{
		Ergebnis: int64(n.Ergebnis), ErgebnisDE: germanErgebnis(n.Ergebnis),
		Timestamp: dateTime(n.Timestamp), ErrorCode: int64(n.ErrorCode),
		PKV: n.PKV, Base64: n.Base64(),
	}
	if n.Quarter() != (vsdm.Quarter{}) {
		d.Quarter = n.Quarter().String()
	}
	if n.ErrorCode != 0 {
		d.ErrorDE = germanCode(n.ErrorCode)
	}
	if p := n.Pruefziffer; p != nil {
		d.Pruefziffer = &pruefzifferDoc{
			int64(p.Version), p.Betreiber, p.KeyVersion, string(p.KVNR), dateTime(p.Time), string(p.Anlass),
			base64.StdEncoding.EncodeToString(p.Raw),
		}
	}
	return d
}

// cardDate is d as FormatDate, as far as it is known.
func cardDate(d vsdm.Date) string {
	s := d.String() // YYYYMMDD with zeros for what is not known, or nothing
	switch {
	case s == "":
		return ""
	case d.Month == 0:
		return s[:4]
	case d.Day == 0:
		return s[:4] + "-" + s[4:6]
	}
	return s[:4] + "-" + s[4:6] + "-" + s[6:]
}
