package vsdm_test

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

// TestDocumentsAfterSchema holds the documents of these tests against the
// official schemas, so that the tests decode what cards may hold.
func TestDocumentsAfterSchema(t *testing.T) {
	schematest.ValidateAll(t, "fa/vsds/Schema_VSD.xsd",
		schematest.Document{Name: "PD", XML: []byte(gkv(rootPD, wholePD))},
		schematest.Document{Name: "VD", XML: []byte(gkv(rootVD, wholeVD))},
		schematest.Document{Name: "GVD", XML: []byte(gkv(rootGVD, wholeGVD))})
	schematest.ValidateAll(t, "fa/vsds/Schema_VSD_PKV.xsd",
		schematest.Document{Name: "PD", XML: []byte(pkv(rootPD, wholePD))},
		schematest.Document{Name: "VD", XML: []byte(pkv(rootVD, wholePKV))},
		schematest.Document{Name: "GVD", XML: []byte(pkv(rootGVD, ""))})
	schematest.Validate(t, "fa/vsds/Pruefungsnachweis.xsd", []byte(receiptXML))
}

//go:embed testdata/leaves.py
var leavesPy string

// leaves has Python's gzip and XML read packed documents: from the path of each
// element with text to that text.
func leaves(t *testing.T, packed ...[]byte) []map[string]string {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is not installed")
		}
		t.Skip("python3 is not installed: no oracle for gzip and XML")
	}
	var in bytes.Buffer
	for _, z := range packed {
		in.WriteString(base64.StdEncoding.EncodeToString(z) + "\n")
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", leavesPy)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var read []map[string]string
	require.NoError(t, json.Unmarshal(out, &read))
	require.Len(t, read, len(packed))
	return read
}

// TestDecodeAgainstPython decodes all persons and many made-up ones, and finds
// in each document what Python finds, no more and no less.
func TestDecodeAgainstPython(t *testing.T) {
	var packed [][]byte
	var ours []map[string]string
	for n := 1; n <= vsdmtest.Persons()+20; n++ {
		p := vsdmtest.Person(n)
		docs := vsdm.Documents{PD: pack(t, latin9(t, p.PD())), VD: pack(t, latin9(t, p.VD())), GVD: pack(t, latin9(t, p.GVD())), PN: pack(t, []byte(receiptXML))}
		v, err := vsdm.Decode(docs)
		require.NoError(t, err)
		packed = append(packed, docs.PD, docs.VD, docs.GVD, docs.PN)
		ours = append(ours, flatPD(v), flatVD(v), flatGVD(v), flatPN(v))
	}
	for i, theirs := range leaves(t, packed...) {
		require.Equal(t, theirs, ours[i], "person %d, document %d", i/4+1, i%4)
	}
}

// flat collects values by path; empty ones are absent.
type flat map[string]string

// put adds the values of the elements names, which stand below at.
func (f flat) put(at, names string, values ...string) {
	for i, name := range strings.Fields(names) {
		if values[i] != "" {
			f[at+name] = values[i]
		}
	}
}

func flatPD(v *vsdm.VSD) map[string]string {
	f, p := flat{}, v.PersoenlicheVersichertendaten.Person
	f.put("Versicherter/", "Versicherten_ID", string(v.PersoenlicheVersichertendaten.VersichertenID))
	f.put("Versicherter/Person/", "Geburtsdatum Vorname Nachname Geschlecht Vorsatzwort Namenszusatz Titel",
		p.Geburtsdatum.String(), p.Vorname, p.Nachname, string(p.Geschlecht), p.Vorsatzwort, p.Namenszusatz, p.Titel)
	if a := p.PostfachAdresse; a != nil {
		f.put("Versicherter/Person/PostfachAdresse/", "Postleitzahl Ort Postfach Land/Wohnsitzlaendercode",
			a.Postleitzahl, a.Ort, a.Postfach, a.Wohnsitzlaendercode)
	}
	if a := p.StrassenAdresse; a != nil {
		f.put("Versicherter/Person/StrassenAdresse/", "Postleitzahl Ort Land/Wohnsitzlaendercode Strasse Hausnummer Anschriftenzusatz",
			a.Postleitzahl, a.Ort, a.Wohnsitzlaendercode, a.Strasse, a.Hausnummer, a.Anschriftenzusatz)
	}
	return f
}

func flatVD(v *vsdm.VSD) map[string]string {
	f, s := flat{}, v.AllgemeineVersicherungsdaten.Versicherungsschutz
	f.put("Versicherter/Versicherungsschutz/", "Beginn Ende", s.Beginn.String(), s.Ende.String())
	payer := "Kostentraegerkennung Kostentraegerlaendercode Name"
	f.put("Versicherter/Versicherungsschutz/Kostentraeger/", payer,
		s.Kostentraeger.Kostentraegerkennung, s.Kostentraeger.Kostentraegerlaendercode, s.Kostentraeger.Name)
	if k := s.AbrechnenderKostentraeger; k != nil {
		f.put("Versicherter/Versicherungsschutz/Kostentraeger/AbrechnenderKostentraeger/", payer,
			k.Kostentraegerkennung, k.Kostentraegerlaendercode, k.Name)
	}
	if g := v.AllgemeineVersicherungsdaten.ZusatzinfosGKV; g != nil {
		f.put("Versicherter/Zusatzinfos/ZusatzinfosGKV/", "Versichertenart Zusatzinfos_Abrechnung_GKV/WOP", string(g.Versichertenart), string(g.WOP))
		if k := g.Kostenerstattung; k != nil {
			f.put("Versicherter/Zusatzinfos/ZusatzinfosGKV/Zusatzinfos_Abrechnung_GKV/Kostenerstattung/", "AerztlicheVersorgung ZahnaerztlicheVersorgung StationaererBereich VeranlassteLeistungen",
				digit(k.AerztlicheVersorgung), digit(k.ZahnaerztlicheVersorgung), digit(k.StationaererBereich), digit(k.VeranlassteLeistungen))
		}
	}
	if p := v.AllgemeineVersicherungsdaten.ZusatzinfosPKV; p != nil {
		flatPKV(f, p)
	}
	return f
}

func flatPKV(f flat, p *vsdm.ZusatzinfosPKV) {
	const at = "Versicherter/Zusatzinfos/ZusatzinfosPKV/"
	f.put(at, "Tarifart Beihilfeberechtigung KVB_PBeaK", string(p.Tarifart), p.Beihilfeberechtigung, p.KVBPBeaK)
	s := p.StationaereLeistungen
	if s == nil {
		return
	}
	f.put(at+"StationaereLeistungen/", "TeilnahmeClinicCardVerfahren AllgemeineKrankenhausleistungen", digit(s.TeilnahmeClinicCardVerfahren), s.AllgemeineKrankenhausleistungen)
	for i, u := range s.WahlleistungUnterkunft {
		f.put(fmt.Sprintf("%sStationaereLeistungen/WahlleistungUnterkunft[%d]/", at, i),
			"ArtWahlleistungUnterkunft HoechstbetragWahlleistungUnterkunft ProzentwertWahlleistungUnterkunft",
			u.Art, u.Hoechstbetrag, u.Prozentwert)
	}
	if w := s.WahlleistungAerztlicheBehandlung; w != nil {
		f.put(at+"StationaereLeistungen/WahlleistungAerztlicheBehandlung/", "ArtWahlleistungAerztlicheBehandlung ProzentwertWahlleistungAerztlicheBehandlung", w.Art, w.Prozentwert)
	}
}

func flatGVD(v *vsdm.VSD) map[string]string {
	f, g := flat{}, v.GeschuetzteVersichertendaten
	f.put("", "BesonderePersonengruppe DMP_Kennzeichnung", string(g.BesonderePersonengruppe), string(g.DMPKennzeichnung))
	if z := g.Zuzahlungsstatus; z != nil {
		f["Zuzahlungsstatus/Status"] = digit(z.Status)
		if !z.GueltigBis.IsZero() {
			f["Zuzahlungsstatus/Gueltig_bis"] = z.GueltigBis.String()
		}
	}
	if s := g.Selektivvertraege; s != nil {
		f.put("Selektivvertraege/", "Aerztlich Zahnaerztlich Art", string(s.Aerztlich), string(s.Zahnaerztlich), s.Art)
	}
	if r := g.RuhenderLeistungsanspruch; r != nil {
		f.put("RuhenderLeistungsanspruch/", "Beginn Ende ArtDesRuhens", r.Beginn.String(), r.Ende.String(), string(r.ArtDesRuhens))
	}
	return f
}

func flatPN(v *vsdm.VSD) map[string]string {
	p := v.Pruefungsnachweis
	return map[string]string{
		"TS": p.Timestamp.Format("20060102150405"),
		"E":  strconv.Itoa(int(p.Ergebnis)),
		"PZ": base64.StdEncoding.EncodeToString(p.Pruefziffer.Raw),
	}
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
