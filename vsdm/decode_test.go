package vsdm_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

const (
	spaceGKV = "http://ws.gematik.de/fa/vsdm/vsd/v5.2"
	spacePKV = "http://ws.gematik.de/fa/vsdm/vsd_pkv/v1.0"
)

// gkv and pkv are root elements of documents after the schemas.
func gkv(root, inner string) string {
	return `<` + root + ` xmlns="` + spaceGKV + `" CDM_VERSION="5.2.0">` + inner + `</` + root + `>`
}

func pkv(root, inner string) string {
	return `<` + root + ` xmlns="` + spacePKV + `" CDM_VERSION="1.0.0" KTR_TYP="1">` + inner + `</` + root + `>`
}

const (
	rootPD  = "UC_PersoenlicheVersichertendatenXML"
	rootVD  = "UC_AllgemeineVersicherungsdatenXML"
	rootGVD = "UC_GeschuetzteVersichertendatenXML"

	wholePD = `<Versicherter><Versicherten_ID>A123456780</Versicherten_ID><Person>` +
		`<Geburtsdatum>19530000</Geburtsdatum><Vorname>Zoë Änne</Vorname><Nachname>Müßig-Œuvre</Nachname>` +
		`<Geschlecht>X</Geschlecht><Vorsatzwort>von der</Vorsatzwort><Namenszusatz>Freifrau</Namenszusatz><Titel>Prof. Dr.</Titel>` +
		`<PostfachAdresse><Postleitzahl>10999</Postleitzahl><Ort>Musterstadt</Ort><Postfach>12 34</Postfach>` +
		`<Land><Wohnsitzlaendercode>D</Wohnsitzlaendercode></Land></PostfachAdresse>` +
		`<StrassenAdresse><Postleitzahl>12345</Postleitzahl><Ort>Beispielhausen</Ort><Land><Wohnsitzlaendercode>A</Wohnsitzlaendercode></Land>` +
		`<Strasse>Süßstraße</Strasse><Hausnummer>7 ½</Hausnummer><Anschriftenzusatz>c/o Šimek &amp; Söhne</Anschriftenzusatz></StrassenAdresse>` +
		`</Person></Versicherter>`
	wholeCover = `<Versicherungsschutz><Beginn>20180111</Beginn><Ende>20301231</Ende><Kostentraeger>` +
		`<Kostentraegerkennung>109500969</Kostentraegerkennung><Kostentraegerlaendercode>D</Kostentraegerlaendercode><Name>Testkasse</Name>` +
		`<AbrechnenderKostentraeger><Kostentraegerkennung>109500970</Kostentraegerkennung>` +
		`<Kostentraegerlaendercode>D</Kostentraegerlaendercode><Name>Zahlende Testkasse</Name></AbrechnenderKostentraeger></Kostentraeger></Versicherungsschutz>`
	wholeVD = `<Versicherter>` + wholeCover + `<Zusatzinfos><ZusatzinfosGKV><Versichertenart>5</Versichertenart>` +
		`<Zusatzinfos_Abrechnung_GKV><Kostenerstattung><AerztlicheVersorgung>1</AerztlicheVersorgung>` +
		`<ZahnaerztlicheVersorgung>0</ZahnaerztlicheVersorgung><StationaererBereich>1</StationaererBereich>` +
		`<VeranlassteLeistungen>0</VeranlassteLeistungen></Kostenerstattung><WOP>02</WOP></Zusatzinfos_Abrechnung_GKV></ZusatzinfosGKV></Zusatzinfos></Versicherter>`
	wholeGVD = `<Zuzahlungsstatus><Status>1</Status><Gueltig_bis>20261231</Gueltig_bis></Zuzahlungsstatus>` +
		`<BesonderePersonengruppe>9</BesonderePersonengruppe><DMP_Kennzeichnung>34</DMP_Kennzeichnung>` +
		`<Selektivvertraege><Aerztlich>1</Aerztlich><Zahnaerztlich>9</Zahnaerztlich><Art>1010</Art></Selektivvertraege>` +
		`<RuhenderLeistungsanspruch><Beginn>20260101</Beginn><Ende>20261231</Ende><ArtDesRuhens>2</ArtDesRuhens></RuhenderLeistungsanspruch>`
	wholePKV = `<Versicherter>` + wholeCover + `<Zusatzinfos><ZusatzinfosPKV><Tarifart>03</Tarifart>` +
		`<Beihilfeberechtigung>01</Beihilfeberechtigung><KVB_PBeaK>02</KVB_PBeaK><StationaereLeistungen>` +
		`<TeilnahmeClinicCardVerfahren>1</TeilnahmeClinicCardVerfahren>` +
		`<WahlleistungUnterkunft><ArtWahlleistungUnterkunft>01</ArtWahlleistungUnterkunft><HoechstbetragWahlleistungUnterkunft>120</HoechstbetragWahlleistungUnterkunft></WahlleistungUnterkunft>` +
		`<WahlleistungUnterkunft><ArtWahlleistungUnterkunft>02</ArtWahlleistungUnterkunft><ProzentwertWahlleistungUnterkunft>80</ProzentwertWahlleistungUnterkunft></WahlleistungUnterkunft>` +
		`<WahlleistungAerztlicheBehandlung><ArtWahlleistungAerztlicheBehandlung>01</ArtWahlleistungAerztlicheBehandlung>` +
		`<ProzentwertWahlleistungAerztlicheBehandlung>100</ProzentwertWahlleistungAerztlicheBehandlung></WahlleistungAerztlicheBehandlung>` +
		`<AllgemeineKrankenhausleistungen>50</AllgemeineKrankenhausleistungen></StationaereLeistungen></ZusatzinfosPKV></Zusatzinfos></Versicherter>`
)

var (
	wantPD = vsdm.PersoenlicheVersichertendaten{
		CDMVersion: "5.2.0", VersichertenID: "A123456780",
		Person: vsdm.Person{
			Geburtsdatum: vsdm.Date{Year: 1953}, Vorname: "Zoë Änne", Nachname: "Müßig-Œuvre",
			Geschlecht: vsdm.GeschlechtUnbestimmt, Vorsatzwort: "von der", Namenszusatz: "Freifrau", Titel: "Prof. Dr.",
			PostfachAdresse: &vsdm.PostfachAdresse{Postleitzahl: "10999", Ort: "Musterstadt", Postfach: "12 34", Wohnsitzlaendercode: "D"},
			StrassenAdresse: &vsdm.StrassenAdresse{
				Postleitzahl: "12345", Ort: "Beispielhausen", Wohnsitzlaendercode: "A",
				Strasse: "Süßstraße", Hausnummer: "7 ½", Anschriftenzusatz: "c/o Šimek & Söhne",
			},
		},
	}
	wantCover = vsdm.Versicherungsschutz{
		Beginn: vsdm.Date{Year: 2018, Month: 1, Day: 11}, Ende: vsdm.Date{Year: 2030, Month: 12, Day: 31},
		Kostentraeger:             vsdm.Kostentraeger{Kostentraegerkennung: "109500969", Kostentraegerlaendercode: "D", Name: "Testkasse"},
		AbrechnenderKostentraeger: &vsdm.Kostentraeger{Kostentraegerkennung: "109500970", Kostentraegerlaendercode: "D", Name: "Zahlende Testkasse"},
	}
	wantVD = vsdm.AllgemeineVersicherungsdaten{
		CDMVersion: "5.2.0", Versicherungsschutz: wantCover,
		ZusatzinfosGKV: &vsdm.ZusatzinfosGKV{
			Versichertenart:  vsdm.VersichertenartRentner,
			Kostenerstattung: &vsdm.Kostenerstattung{AerztlicheVersorgung: true, StationaererBereich: true},
			WOP:              "02",
		},
	}
	wantGVD = &vsdm.GeschuetzteVersichertendaten{
		CDMVersion:              "5.2.0",
		Zuzahlungsstatus:        &vsdm.Zuzahlungsstatus{Status: true, GueltigBis: vsdm.Date{Year: 2026, Month: 12, Day: 31}},
		BesonderePersonengruppe: "9", DMPKennzeichnung: "34",
		Selektivvertraege: &vsdm.Selektivvertraege{Aerztlich: "1", Zahnaerztlich: "9", Art: "1010"},
		RuhenderLeistungsanspruch: &vsdm.RuhenderLeistungsanspruch{
			Beginn: vsdm.Date{Year: 2026, Month: 1, Day: 1}, Ende: vsdm.Date{Year: 2026, Month: 12, Day: 31}, ArtDesRuhens: vsdm.RuhtEingeschraenkt,
		},
	}
	wantPKV = &vsdm.ZusatzinfosPKV{
		Tarifart: vsdm.TarifartBasis, Beihilfeberechtigung: "01", KVBPBeaK: "02",
		StationaereLeistungen: &vsdm.StationaereLeistungen{
			TeilnahmeClinicCardVerfahren: true,
			WahlleistungUnterkunft:       []vsdm.WahlleistungUnterkunft{{Art: "01", Hoechstbetrag: "120"}, {Art: "02", Prozentwert: "80"}},
			WahlleistungAerztlicheBehandlung: &vsdm.WahlleistungAerztlicheBehandlung{
				Art: "01", Prozentwert: "100",
			},
			AllgemeineKrankenhausleistungen: "50",
		},
	}
)

// decodeXML decodes documents in ISO-8859-15; empty ones are left out.
func decodeXML(t testing.TB, pd, vd, gvd string) (*vsdm.VSD, error) {
	docs := vsdm.Documents{PD: pack(t, latin9(t, pd)), VD: pack(t, latin9(t, vd))}
	if gvd != "" {
		docs.GVD = pack(t, latin9(t, gvd))
	}
	return vsdm.Decode(docs)
}

func TestDecodeGKV(t *testing.T) {
	v, err := decodeXML(t, gkv(rootPD, wholePD), gkv(rootVD, wholeVD), gkv(rootGVD, wholeGVD))
	require.NoError(t, err)
	require.Equal(t, &vsdm.VSD{
		PersoenlicheVersichertendaten: wantPD,
		AllgemeineVersicherungsdaten:  wantVD,
		GeschuetzteVersichertendaten:  wantGVD,
	}, v)
	require.False(t, v.PKV())
}

func TestDecodePKV(t *testing.T) {
	v, err := decodeXML(t, pkv(rootPD, wholePD), pkv(rootVD, wholePKV), pkv(rootGVD, ""))
	require.NoError(t, err)
	pd := wantPD
	pd.CDMVersion = "1.0.0"
	require.Equal(t, &vsdm.VSD{
		PersoenlicheVersichertendaten: pd,
		AllgemeineVersicherungsdaten:  vsdm.AllgemeineVersicherungsdaten{CDMVersion: "1.0.0", Versicherungsschutz: wantCover, ZusatzinfosPKV: wantPKV},
		GeschuetzteVersichertendaten:  &vsdm.GeschuetzteVersichertendaten{CDMVersion: "1.0.0"},
	}, v)
	require.True(t, v.PKV())
}

func TestDecodeWithoutGVD(t *testing.T) {
	v, err := decodeXML(t, gkv(rootPD, wholePD), gkv(rootVD, wholeVD), "")
	require.NoError(t, err)
	require.Nil(t, v.GeschuetzteVersichertendaten)
	require.Nil(t, v.Pruefungsnachweis)
	require.Empty(t, v.Warnings)
}

// TestDecodeSpellings has the same document in other words of XML.
func TestDecodeSpellings(t *testing.T) {
	pd := gkv(rootPD, wholePD)
	prefixed := strings.NewReplacer("</", "</v:", "<", "<v:", "xmlns=", "xmlns:v=").Replace(strings.ReplaceAll(pd, "</", "\x00"))
	prefixed = strings.ReplaceAll(prefixed, "\x00", "</v:")
	ascii := strings.NewReplacer("ë", "&#xEB;", "Ä", "&#196;", "ü", "&#252;", "ß", "&#xdf;", "Œ", "&#338;", "½", "&#189;", "Š", "&#x160;", "ö", "&#246;").Replace(pd)
	latin1 := strings.NewReplacer("Œ", "&#338;", "Š", "&#x160;").Replace(pd)
	cases := map[string][]byte{
		"UTF-8":                 []byte(`<?xml version="1.0" encoding="UTF-8"?>` + pd),
		"UTF-8 undeclared":      []byte(pd),
		"byte order mark":       []byte("\xEF\xBB\xBF" + pd),
		"ISO-8859-15 in quotes": append([]byte(`<?xml version='1.0' encoding='iso-8859-15'?>`), latin9(t, pd)[len(latin9Declaration):]...),
		"ISO-8859-1":            append([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?>`), latin9(t, latin1)[len(latin9Declaration):]...),
		"US-ASCII":              []byte(`<?xml version="1.0" encoding="US-ASCII"?>` + ascii),
		"prefix":                latin9(t, prefixed),
		"indented":              latin9(t, strings.ReplaceAll(pd, "><", ">\r\n\t <")),
		"comments":              latin9(t, strings.ReplaceAll(pd, "><", "><!-- x --><?x y?><")),
		"CDATA":                 latin9(t, strings.Replace(pd, "Zoë Änne", "Zo<![CDATA[ë Än]]>ne", 1)),
		"comment in text":       latin9(t, strings.Replace(pd, "Zoë Änne", "Zoë<!-- x --> Änne", 1)),
	}
	for name, doc := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := vsdm.Decode(vsdm.Documents{PD: pack(t, doc), VD: pack(t, latin9(t, gkv(rootVD, wholeVD)))})
			require.NoError(t, err)
			require.Empty(t, v.Warnings)
			require.Equal(t, wantPD, v.PersoenlicheVersichertendaten)
		})
	}
}

// TestDecodeTolerates has documents that break the schema; what can be read of
// them is read, and each breach is a warning that quotes nothing.
func TestDecodeTolerates(t *testing.T) {
	const pd, vd, gvd = "PersoenlicheVersichertendaten", "AllgemeineVersicherungsdaten", "GeschuetzteVersichertendaten"
	cases := []struct {
		name, doc, old, new, element string
		problem                      vsdm.Problem
	}{
		{"birthday in words", pd, "19530000", "unbekannt", "Person/Geburtsdatum", vsdm.ProblemForm},
		{"birthday with dashes", pd, "19530000", "1953-01-01", "Person/Geburtsdatum", vsdm.ProblemForm},
		{"birthday on 30 February", pd, "19530000", "19530230", "Person/Geburtsdatum", vsdm.ProblemCalendar},
		{"no birthday", pd, "<Geburtsdatum>19530000</Geburtsdatum>", "", "Person/Geburtsdatum", vsdm.ProblemMissing},
		{"empty birthday", pd, "19530000", "", "Person/Geburtsdatum", vsdm.ProblemMissing},
		{"no first name", pd, "<Vorname>Zoë Änne</Vorname>", "", "Person/Vorname", vsdm.ProblemMissing},
		{"long last name", pd, "Müßig-Œuvre", strings.Repeat("ß", 46), "Person/Nachname", vsdm.ProblemLength},
		{"sex in words", pd, ">X<", ">weiblich<", "Person/Geschlecht", vsdm.ProblemForm},
		{"sex in small letters", pd, ">X<", ">w<", "Person/Geschlecht", vsdm.ProblemForm},
		{"long title", pd, "Prof. Dr.", strings.Repeat("T", 21), "Person/Titel", vsdm.ProblemLength},
		{"long street", pd, "Süßstraße", strings.Repeat("S", 47), "Person/StrassenAdresse/Strasse", vsdm.ProblemLength},
		{"no town", pd, "<Ort>Beispielhausen</Ort>", "", "Ort", vsdm.ProblemMissing},
		{"empty post code", pd, ">12345<", "><", "Person/StrassenAdresse/Postleitzahl", vsdm.ProblemEmpty},
		{"long country", pd, ">A<", ">AUTX<", "Person/StrassenAdresse/Land/Wohnsitzlaendercode", vsdm.ProblemLength},
		{"KVNR in small letters", pd, "A123456780", "a123456780", "Versicherten_ID", vsdm.ProblemForm},
		{"KVNR with wrong check digit", pd, "A123456780", "A123456789", "Versicherten_ID", vsdm.ProblemCheckDigit},
		{"no KVNR", pd, "<Versicherten_ID>A123456780</Versicherten_ID>", "", "Versicherten_ID", vsdm.ProblemMissing},
		{"unknown element", pd, "<Titel>", "<Neu>x</Neu><Titel>", "", vsdm.ProblemUnread},
		{"element of another namespace", pd, "<Titel>", `<Titel xmlns="urn:x">x</Titel><Titel>`, "", vsdm.ProblemUnread},
		{"no version", pd, ` CDM_VERSION="5.2.0"`, "", "CDM_VERSION", vsdm.ProblemMissing},
		{"version in words", pd, `"5.2.0"`, `"new"`, "CDM_VERSION", vsdm.ProblemForm},
		{"version of the future", pd, `"5.2.0"`, `"6.0.0"`, "CDM_VERSION", vsdm.ProblemRevision},
		{"no such month", vd, "20180111", "20181311", "Versicherungsschutz/Beginn", vsdm.ProblemForm},
		{"begin without day", vd, "20180111", "20180100", "Versicherungsschutz/Beginn", vsdm.ProblemCalendar},
		{"end on 31 April", vd, "20301231", "20300431", "Versicherungsschutz/Ende", vsdm.ProblemCalendar},
		{"empty end", vd, "20301231", "", "Versicherungsschutz/Ende", vsdm.ProblemEmpty},
		{"IK in letters", vd, "109500969", "10950096X", "Kostentraeger/Kostentraegerkennung", vsdm.ProblemForm},
		{"IK too long", vd, "109500970", "1095009701", "AbrechnenderKostentraeger/Kostentraegerkennung", vsdm.ProblemForm},
		{"insurer without name", vd, "<Name>Testkasse</Name>", "", "Name", vsdm.ProblemMissing},
		{"WOP with one digit", vd, "<WOP>02<", "<WOP>2<", "Zusatzinfos_Abrechnung_GKV/WOP", vsdm.ProblemForm},
		{"no WOP", vd, "<WOP>02</WOP>", "", "Zusatzinfos_Abrechnung_GKV/WOP", vsdm.ProblemMissing},
		{"Versichertenart with two digits", vd, ">5<", ">50<", "ZusatzinfosGKV/Versichertenart", vsdm.ProblemForm},
		{"flag true in words", vd, "<AerztlicheVersorgung>1", "<AerztlicheVersorgung>true", "Kostenerstattung/AerztlicheVersorgung", vsdm.ProblemForm},
		{"status 2", gvd, "<Status>1", "<Status>2", "Zuzahlungsstatus/Status", vsdm.ProblemForm},
		{"DMP in letters", gvd, ">34<", ">KHK<", "DMP_Kennzeichnung", vsdm.ProblemForm},
		{"empty group", gvd, ">9</Besondere", "></Besondere", "BesonderePersonengruppe", vsdm.ProblemEmpty},
		{"Art with three digits", gvd, "1010", "101", "Selektivvertraege/Art", vsdm.ProblemForm},
		{"no contracts", gvd, "<Selektivvertraege><Aerztlich>1</Aerztlich><Zahnaerztlich>9</Zahnaerztlich><Art>1010</Art></Selektivvertraege>", "", "Selektivvertraege", vsdm.ProblemMissing},
		{"dormant in an unknown way", gvd, "<ArtDesRuhens>2", "<ArtDesRuhens>ganz", "RuhenderLeistungsanspruch/ArtDesRuhens", vsdm.ProblemForm},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			docs := map[string]string{pd: gkv(rootPD, wholePD), vd: gkv(rootVD, wholeVD), gvd: gkv(rootGVD, wholeGVD)}
			require.Contains(t, docs[c.doc], c.old)
			docs[c.doc] = strings.Replace(docs[c.doc], c.old, c.new, 1)
			v, err := decodeXML(t, docs[pd], docs[vd], docs[gvd])
			require.NoError(t, err)
			require.Equal(t, []vsdm.Warning{{Document: c.doc, Element: c.element, Problem: c.problem}}, v.Warnings)
		})
	}
}

// TestDecodeUnreadableEnd must not make an endless insurance, exemption or dormant
// claim of an end that cannot be read: what hangs on it stays open, and a warning
// names it.
func TestDecodeUnreadableEnd(t *testing.T) {
	const odd = "31.12.2020"
	gvd := strings.Replace(strings.ReplaceAll(wholeGVD, "20261231", odd), "<ArtDesRuhens>2", "<ArtDesRuhens>1", 1)
	v, err := decodeXML(t, gkv(rootPD, wholePD), gkv(rootVD, strings.Replace(wholeVD, "20301231", odd, 1)), gkv(rootGVD, gvd))
	require.NoError(t, err)
	day := day("20260704")
	require.Equal(t, vsdm.Unknown, v.AllgemeineVersicherungsdaten.Versicherungsschutz.On(day))
	require.Equal(t, vsdm.Unknown, v.GeschuetzteVersichertendaten.Zuzahlungsstatus.Exempt(day))
	require.Equal(t, vsdm.Unknown, v.GeschuetzteVersichertendaten.RuhenderLeistungsanspruch.On(day))
	require.Equal(t, []vsdm.Warning{
		{Document: "AllgemeineVersicherungsdaten", Element: "Versicherungsschutz/Ende", Problem: vsdm.ProblemForm},
		{Document: "GeschuetzteVersichertendaten", Element: "Zuzahlungsstatus/Gueltig_bis", Problem: vsdm.ProblemForm},
		{Document: "GeschuetzteVersichertendaten", Element: "RuhenderLeistungsanspruch/Ende", Problem: vsdm.ProblemForm},
	}, v.Warnings)

	v.Pruefungsnachweis = &vsdm.Pruefungsnachweis{Timestamp: time.Date(2026, 7, 4, 8, 0, 0, 0, time.UTC), Ergebnis: 1}
	p := v.Proof(vsdm.Case{Day: day})
	require.Equal(t, vsdm.Unknown, p.Valid)
	require.Subset(t, p.Reasons, []vsdm.Reason{vsdm.ReasonCoverUnknown, vsdm.ReasonDormantUnknown})
}

func TestDecodeOtherOrder(t *testing.T) {
	swapped := strings.Replace(wholePD, "<Vorname>Zoë Änne</Vorname><Nachname>Müßig-Œuvre</Nachname>", "<Nachname>Müßig-Œuvre</Nachname><Vorname>Zoë Änne</Vorname>", 1)
	v, err := decodeXML(t, gkv(rootPD, swapped), gkv(rootVD, wholeVD), "")
	require.NoError(t, err)
	require.Equal(t, wantPD, v.PersoenlicheVersichertendaten)
}

// TestDecodeRevisions reads documents of schemas that are not known, and of 5.1.
func TestDecodeRevisions(t *testing.T) {
	for name, space := range map[string]string{
		"5.1":    "http://ws.gematik.de/fa/vsds/UC_PersoenlicheVersichertendatenXML/v5.1",
		"future": "http://ws.gematik.de/fa/vsdm/vsd/v6.0",
		"none":   "",
	} {
		t.Run(name, func(t *testing.T) {
			doc := strings.Replace(gkv(rootPD, wholePD), spaceGKV, space, 1)
			v, err := decodeXML(t, doc, gkv(rootVD, wholeVD), "")
			require.NoError(t, err)
			require.Equal(t, []vsdm.Warning{{Document: "PersoenlicheVersichertendaten", Problem: vsdm.ProblemRevision}}, v.Warnings)
			require.Equal(t, wantPD, v.PersoenlicheVersichertendaten)
		})
	}
	future := strings.Replace(pkv(rootVD, wholePKV), spacePKV, "http://ws.gematik.de/fa/vsdm/vsd_pkv/v2.0", 1)
	v, err := decodeXML(t, gkv(rootPD, wholePD), future, strings.Replace(pkv(rootGVD, ""), spacePKV, "urn:future", 1))
	require.NoError(t, err)
	require.True(t, v.PKV())
	require.Equal(t, wantPKV, v.AllgemeineVersicherungsdaten.ZusatzinfosPKV)
	require.Len(t, v.Warnings, 2)
}

// TestDecodeMany has a document with very many departures: they are bounded.
func TestDecodeMany(t *testing.T) {
	room := "<WahlleistungUnterkunft><ArtWahlleistungUnterkunft>x</ArtWahlleistungUnterkunft></WahlleistungUnterkunft>"
	vd := strings.Replace(wholePKV, "<WahlleistungUnterkunft>", strings.Repeat(room, 500)+"<WahlleistungUnterkunft>", 1)
	v, err := decodeXML(t, gkv(rootPD, wholePD), pkv(rootVD, vd), "")
	require.NoError(t, err)
	require.Len(t, v.Warnings, 100)
}

// TestDecodeRefuses has everything that cannot be read, in each of the four
// documents in turn.
func TestDecodeRefuses(t *testing.T) {
	flip := func(at int) func(z []byte) []byte {
		return func(z []byte) []byte {
			z = bytes.Clone(z)
			z[(at+len(z))%len(z)] ^= 0xFF
			return z
		}
	}
	repack := func(change func(xml string) string) func(z []byte) []byte {
		return func([]byte) []byte { return pack(t, []byte(change("<x>geheim</x>"))) }
	}
	cases := map[string]struct {
		change func(z []byte) []byte
		want   konnektor.Kind
	}{
		"no gzip":           {func([]byte) []byte { return []byte("a token text in place of a document") }, konnektor.KindMalformed},
		"one byte":          {func([]byte) []byte { return []byte{0x1F} }, konnektor.KindMalformed},
		"cut":               {func(z []byte) []byte { return z[:len(z)/2] }, konnektor.KindMalformed},
		"wrong magic":       {flip(0), konnektor.KindMalformed},
		"wrong checksum":    {flip(-6), konnektor.KindMalformed},
		"wrong length":      {flip(-2), konnektor.KindMalformed},
		"trailing byte":     {func(z []byte) []byte { return append(bytes.Clone(z), 0) }, konnektor.KindMalformed},
		"second member":     {func(z []byte) []byte { return append(bytes.Clone(z), z...) }, konnektor.KindMalformed},
		"6 KiB and a byte":  {func(z []byte) []byte { return make([]byte, 6<<10+1) }, konnektor.KindTooLarge},
		"bomb":              {repack(func(s string) string { return s + strings.Repeat(" ", 4<<20) }), konnektor.KindTooLarge},
		"64 KiB and more":   {repack(func(s string) string { return s + strings.Repeat(" ", 64<<10) }), konnektor.KindTooLarge},
		"nothing in it":     {repack(func(string) string { return "" }), konnektor.KindMalformed},
		"text":              {repack(func(string) string { return "geheim" }), konnektor.KindMalformed},
		"other document":    {repack(func(s string) string { return s }), konnektor.KindMalformed},
		"not closed":        {repack(func(string) string { return "<geheim>" }), konnektor.KindMalformed},
		"DOCTYPE":           {repack(func(s string) string { return `<!DOCTYPE x [<!ENTITY e "geheim">]>` + s }), konnektor.KindMalformed},
		"entity":            {repack(func(string) string { return "<x>&geheim;</x>" }), konnektor.KindMalformed},
		"deep":              {repack(func(string) string { return strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65) }), konnektor.KindMalformed},
		"unknown charset":   {repack(func(s string) string { return `<?xml version="1.0" encoding="geheim"?>` + s }), konnektor.KindMalformed},
		"UTF-16":            {repack(func(string) string { return "\xFF\xFE<\x00x\x00" }), konnektor.KindMalformed},
		"no UTF-8":          {repack(func(string) string { return "<x>\xE4</x>" }), konnektor.KindMalformed},
		"control character": {repack(func(string) string { return "<x>\x01</x>" }), konnektor.KindMalformed},
	}
	names := []string{"PersoenlicheVersichertendaten", "AllgemeineVersicherungsdaten", "GeschuetzteVersichertendaten", "Pruefungsnachweis"}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for i, doc := range names {
				docs := cardDocuments(t)
				field := []*[]byte{&docs.PD, &docs.VD, &docs.GVD, &docs.PN}[i]
				*field = c.change(*field)
				v, err := vsdm.Decode(docs)
				require.Nil(t, v)
				require.ErrorIs(t, err, c.want, doc)
				require.ErrorContains(t, err, "vsdm: decode: ")
				require.ErrorContains(t, err, doc)
				require.NotContains(t, err.Error(), "geheim")
				require.NotEmpty(t, konnektor.Remedy(err))
			}
		})
	}
}

func TestDecodeMissing(t *testing.T) {
	docs := cardDocuments(t)
	for name, d := range map[string]vsdm.Documents{
		"PersoenlicheVersichertendaten": {VD: docs.VD, PN: docs.PN},
		"AllgemeineVersicherungsdaten":  {PD: docs.PD, PN: docs.PN},
	} {
		_, err := vsdm.Decode(d)
		require.ErrorIs(t, err, konnektor.KindMalformed)
		require.ErrorContains(t, err, "no "+name)
	}
}

// TestDecodeMixedUp hands documents to the wrong place.
func TestDecodeMixedUp(t *testing.T) {
	docs := cardDocuments(t)
	docs.PD, docs.VD = docs.VD, docs.PD
	_, err := vsdm.Decode(docs)
	require.ErrorIs(t, err, konnektor.KindMalformed)
}

// TestDecodeEveryPerson decodes all hand-made persons of the simulator and
// finds what they are made of, without a warning.
func TestDecodeEveryPerson(t *testing.T) {
	for n := 1; n <= vsdmtest.Persons(); n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			p := vsdmtest.Person(n)
			v, err := decodeXML(t, p.PD(), p.VD(), p.GVD())
			require.NoError(t, err)
			require.Empty(t, v.Warnings)
			samePerson(t, p, v)
		})
	}
}

// samePerson compares what was read with what the simulator's person is.
func samePerson(t *testing.T, p vsdmtest.Insured, v *vsdm.VSD) {
	pd, vd := v.PersoenlicheVersichertendaten, v.AllgemeineVersicherungsdaten
	require.Equal(t, string(p.KVNR), string(pd.VersichertenID))
	require.Equal(t, []string{p.Birth, p.First, p.Last, p.Sex, p.Vorsatzwort, p.Namenszusatz, p.Titel}, []string{
		pd.Person.Geburtsdatum.String(), pd.Person.Vorname, pd.Person.Nachname, string(pd.Person.Geschlecht),
		pd.Person.Vorsatzwort, pd.Person.Namenszusatz, pd.Person.Titel,
	})
	require.Equal(t, p.Street == nil, pd.Person.StrassenAdresse == nil)
	if s := p.Street; s != nil {
		a := pd.Person.StrassenAdresse
		require.Equal(t, *s, vsdmtest.Street{PLZ: a.Postleitzahl, Ort: a.Ort, Land: a.Wohnsitzlaendercode, Strasse: a.Strasse, Hausnummer: a.Hausnummer, Zusatz: a.Anschriftenzusatz})
	}
	require.Equal(t, p.Box == nil, pd.Person.PostfachAdresse == nil)
	if b := p.Box; b != nil {
		a := pd.Person.PostfachAdresse
		require.Equal(t, *b, vsdmtest.Box{PLZ: a.Postleitzahl, Ort: a.Ort, Postfach: a.Postfach, Land: a.Wohnsitzlaendercode})
	}
	s := vd.Versicherungsschutz
	require.Equal(t, []string{p.Begin, p.End}, []string{s.Beginn.String(), s.Ende.String()})
	k := s.Kostentraeger
	require.Equal(t, p.Insurer, vsdmtest.Insurer{IK: k.Kostentraegerkennung, Land: k.Kostentraegerlaendercode, Name: k.Name})
	require.Equal(t, p.Paying == nil, s.AbrechnenderKostentraeger == nil)
	require.Equal(t, p.Private != nil, v.PKV())
	if p.Private != nil {
		require.Equal(t, p.Private.Tarifart, string(vd.ZusatzinfosPKV.Tarifart))
		require.Equal(t, p.Private.Hospital == nil, vd.ZusatzinfosPKV.StationaereLeistungen == nil)
		return
	}
	require.Equal(t, p.Versichertenart, string(vd.ZusatzinfosGKV.Versichertenart))
	require.Equal(t, p.WOP, string(vd.ZusatzinfosGKV.WOP))
	if g := v.GeschuetzteVersichertendaten; g != nil {
		require.Equal(t, []string{p.BesonderePersonengruppe, p.DMP}, []string{string(g.BesonderePersonengruppe), string(g.DMPKennzeichnung)})
		require.Equal(t, p.Zuzahlungsstatus == "1", g.Zuzahlungsstatus.Status)
		require.Equal(t, p.ZuzahlungsEnde, g.Zuzahlungsstatus.GueltigBis.String())
		require.Equal(t, p.Ruhen == nil, g.RuhenderLeistungsanspruch == nil)
		if r := p.Ruhen; r != nil {
			got := g.RuhenderLeistungsanspruch
			require.Equal(t, *r, vsdmtest.Ruhen{Begin: got.Beginn.String(), End: got.Ende.String(), Art: string(got.ArtDesRuhens)})
		}
	}
}

// TestDecodeTwice decodes different cards with the same kept buffers.
func TestDecodeTwice(t *testing.T) {
	long, short := vsdmtest.Person(12), vsdmtest.Person(11)
	first, err := decodeXML(t, long.PD(), long.VD(), long.GVD())
	require.NoError(t, err)
	second, err := decodeXML(t, short.PD(), short.VD(), "")
	require.NoError(t, err)
	samePerson(t, long, first)
	samePerson(t, short, second)
}

func TestWarningString(t *testing.T) {
	w := vsdm.Warning{Document: "PersoenlicheVersichertendaten", Element: "Person/Vorname", Problem: vsdm.ProblemMissing}
	require.Equal(t, "PersoenlicheVersichertendaten: Person/Vorname: missing", w.String())
	w.Element = ""
	require.Equal(t, "PersoenlicheVersichertendaten: missing", w.String())
}
