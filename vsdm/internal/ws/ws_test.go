package ws_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/connectorcontext20"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/pnw10"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsd52"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdpkv10"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdservice52"
)

var update = flag.Bool("update", false, "rewrite the golden requests")

const schema = "conn/vsds/VSDService.xsd"

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return b
}

// decode reads a document into v and returns the Reader.
func decode(t *testing.T, doc []byte, v wire.Decoder) *wire.Reader {
	t.Helper()
	r := wire.NewReader(doc)
	require.True(t, r.Root(), "no root element")
	require.True(t, r.Is(v.ElementName()), "root element %s", r.Local())
	v.DecodeXML(r)
	require.NoError(t, r.Finish())
	return r
}

// like returns a new value of the type of v.
func like(v wire.Decoder) wire.Decoder {
	return reflect.New(reflect.TypeOf(v).Elem()).Interface().(wire.Decoder)
}

var caller = connectorcontext20.ContextType{MandantID: "Mandant1", ClientSystemID: "PVS1", WorkplaceID: "AP1"}

func TestOperation(t *testing.T) {
	require.Equal(t, wire.Operation{
		Service: "VSDService", Version: "5.2", Namespace: "http://ws.gematik.de/conn/vsds/VSDService/v5.2",
		Name: "ReadVSD", Action: "http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD",
	}, vsdservice52.OperationReadVSD)
}

func TestRequests(t *testing.T) {
	var docs []schematest.Document
	for name, req := range map[string]*vsdservice52.ReadVSD{
		"ReadVSD.request": {EhcHandle: "egk", HpcHandle: "smcb", Context: caller},
		"ReadVSD.request-all": {
			EhcHandle: "<egk>", HpcHandle: "hba & more", PerformOnlineCheck: true, ReadOnlineReceipt: true,
			Context: connectorcontext20.ContextType{MandantID: "M", ClientSystemID: "C", WorkplaceID: "W", UserID: new("U")},
		},
	} {
		w := wire.NewWriter(nil)
		req.EncodeXML(w)
		doc, err := w.Bytes()
		require.NoError(t, err)
		path := filepath.Join("testdata", name+".golden.xml")
		if *update {
			require.NoError(t, os.WriteFile(path, append(doc, '\n'), 0o644))
		}
		require.Equal(t, string(file(t, name+".golden.xml")), string(doc)+"\n")
		var again vsdservice52.ReadVSD
		decode(t, doc, &again)
		require.Equal(t, req, &again)
		docs = append(docs, schematest.Document{Name: name, XML: doc})
	}
	schematest.ValidateAll(t, schema, docs...)
}

func TestRequestCarriesContextAndHandles(t *testing.T) {
	req := vsdservice52.ReadVSD{EhcHandle: "egk", HpcHandle: "smcb"}
	req.SetContext("M", "C", "W", "U")
	require.Equal(t, connectorcontext20.ContextType{MandantID: "M", ClientSystemID: "C", WorkplaceID: "W", UserID: new("U")}, req.Context)
	for _, h := range req.Handles() {
		*h += "2"
	}
	require.Equal(t, []string{"egk2", "smcb2"}, []string{req.EhcHandle, req.HpcHandle})
}

func TestAnswers(t *testing.T) {
	berlin := time.FixedZone("", 3600)
	cases := []struct {
		name    string
		want    vsdservice52.ReadVSDResponse
		missing []string
		unread  int
	}{
		{name: "ReadVSD.answer", want: vsdservice52.ReadVSDResponse{
			PersoenlicheVersichertendaten: []byte("PD data"), AllgemeineVersicherungsdaten: []byte("VD"), GeschuetzteVersichertendaten: []byte("GVD"),
			VSDStatus: vsdservice52.VSDStatusType{
				Status: "0", Timestamp: wire.DateTime{Time: time.Date(2026, 2, 28, 10, 11, 12, 345_000_000, berlin), Zoned: true}, Version: "5.2.0",
			},
			Pruefungsnachweis: []byte("PN"),
		}},
		{name: "ReadVSD.answer-least", want: vsdservice52.ReadVSDResponse{
			PersoenlicheVersichertendaten: []byte("PD"), AllgemeineVersicherungsdaten: []byte{},
			VSDStatus: vsdservice52.VSDStatusType{Status: "1", Timestamp: wire.DateTime{Time: time.Date(2026, 2, 28, 10, 11, 12, 0, time.UTC)}, Version: "5.2.0"},
		}},
		{
			name: "ReadVSD.answer-odd", want: vsdservice52.ReadVSDResponse{Pruefungsnachweis: []byte("PN")}, unread: 1,
			missing: []string{"PersoenlicheVersichertendaten", "AllgemeineVersicherungsdaten", "VSD_Status"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc := file(t, c.name+".xml")
			var got vsdservice52.ReadVSDResponse
			r := decode(t, doc, &got)
			require.Equal(t, c.want, got)
			require.Equal(t, c.missing, r.Missing())
			require.Equal(t, c.unread, r.Unread())
			if c.missing == nil {
				schematest.Validate(t, schema, doc)
			}
		})
	}
}

// documents are the VSD documents of testdata.
var documents = []struct {
	name, schema string
	want         wire.Decoder
}{
	{"pd", "fa/vsds/Schema_VSD.xsd", &vsd52.UCPersoenlicheVersichertendatenXML{
		CDMVersion: "5.2.0",
		Versicherter: vsd52.UCPersoenlicheVersichertendatenXMLVersicherter{
			VersichertenID: "X999999999",
			Person: vsd52.Person{
				Geburtsdatum: "19700000", Vorname: "Dåmian", Nachname: "Testmann-Ørsted €uro", Geschlecht: "D",
				Vorsatzwort: new("von"), Namenszusatz: new("Graf"), Titel: new("Dr. h. c."),
				PostfachAdresse: &vsd52.PostfachAdresse{Ort: "Musterstadt", Postfach: "4711", Land: vsd52.LandType{Wohnsitzlaendercode: "A"}},
				StrassenAdresse: &vsd52.StrassenAdresse{
					Postleitzahl: new("01234"), Ort: "Musterstadt", Land: vsd52.LandType{Wohnsitzlaendercode: "D"},
					Strasse: new("Beispielstraße"), Hausnummer: new("12 a"), Anschriftenzusatz: new("Hinterhaus"),
				},
			},
		},
	}},
	{"vd", "fa/vsds/Schema_VSD.xsd", &vsd52.UCAllgemeineVersicherungsdatenXML{
		CDMVersion: "5.2.0",
		Versicherter: vsd52.UCAllgemeineVersicherungsdatenXMLVersicherter{
			Versicherungsschutz: vsd52.Versicherungsschutz{
				Beginn: "20180111", Ende: new("20261231"),
				Kostentraeger: vsd52.VersicherungsschutzKostentraeger{
					Kostentraegerkennung: "109500969", Kostentraegerlaendercode: "D", Name: "Testkasse Süd",
					AbrechnenderKostentraeger: &vsd52.Kostentraeger{Kostentraegerkennung: "109500970", Kostentraegerlaendercode: "D", Name: "Testkasse Bund"},
				},
			},
			Zusatzinfos: vsd52.Zusatzinfos{ZusatzinfosGKV: vsd52.ZusatzinfosGKV{
				Versichertenart: "1",
				ZusatzinfosAbrechnungGKV: vsd52.ZusatzinfosAbrechnungGKV{
					Kostenerstattung: &vsd52.Kostenerstattung{AerztlicheVersorgung: "1", ZahnaerztlicheVersorgung: "0", StationaererBereich: "0", VeranlassteLeistungen: "1"},
					WOP:              "03",
				},
			}},
		},
	}},
	{"gvd", "fa/vsds/Schema_VSD.xsd", &vsd52.UCGeschuetzteVersichertendatenXML{
		CDMVersion: "5.2.0", Zuzahlungsstatus: vsd52.Zuzahlungsstatus{Status: "1", GueltigBis: new("20261231")},
		BesonderePersonengruppe: new("04"), DMPKennzeichnung: new("01"),
		Selektivvertraege:         vsd52.Selektivvertraege{Aerztlich: "1", Zahnaerztlich: "9", Art: new("0100")},
		RuhenderLeistungsanspruch: &vsd52.RuhenderLeistungsanspruch{Beginn: "20260101", Ende: new("20260630"), ArtDesRuhens: "2"},
	}},
	{"pd-pkv", "fa/vsds/Schema_VSD_PKV.xsd", &vsdpkv10.UCPersoenlicheVersichertendatenXML{
		CDMVersion: "1.0.0", KTRTyp: "1",
		Versicherter: vsdpkv10.UCPersoenlicheVersichertendatenXMLVersicherter{
			VersichertenID: "X999999999",
			Person: vsdpkv10.Person{
				Geburtsdatum: "19700000", Vorname: "Dåmian", Nachname: "Testmann-Ørsted €uro", Geschlecht: "D",
				Vorsatzwort: new("von"), Namenszusatz: new("Graf"), Titel: new("Dr. h. c."),
				StrassenAdresse: &vsdpkv10.StrassenAdresse{
					Postleitzahl: new("01234"), Ort: "Musterstadt", Land: vsdpkv10.LandType{Wohnsitzlaendercode: "D"},
					Strasse: new("Beispielstraße"), Hausnummer: new("12 a"), Anschriftenzusatz: new("Hinterhaus"),
				},
			},
		},
	}},
	{"vd-pkv", "fa/vsds/Schema_VSD_PKV.xsd", &vsdpkv10.UCAllgemeineVersicherungsdatenXML{
		CDMVersion: "1.0.0", KTRTyp: "1",
		Versicherter: vsdpkv10.UCAllgemeineVersicherungsdatenXMLVersicherter{
			Versicherungsschutz: vsdpkv10.Versicherungsschutz{
				Beginn: "20180111",
				Kostentraeger: vsdpkv10.VersicherungsschutzKostentraeger{
					Kostentraegerkennung: "109500969", Kostentraegerlaendercode: "D", Name: "Testkasse Süd",
					AbrechnenderKostentraeger: &vsdpkv10.Kostentraeger{Kostentraegerkennung: "109500970", Kostentraegerlaendercode: "D", Name: "Testkasse Bund"},
				},
			},
			Zusatzinfos: vsdpkv10.Zusatzinfos{ZusatzinfosPKV: vsdpkv10.ZusatzinfosPKV{
				Tarifart: "01", Beihilfeberechtigung: new("02"), KVBPBeaK: new("3"),
				StationaereLeistungen: &vsdpkv10.StationaereLeistungen{
					TeilnahmeClinicCardVerfahren: new("1"),
					WahlleistungUnterkunft: []vsdpkv10.WahlleistungUnterkunft{
						{ArtWahlleistungUnterkunft: "1", HoechstbetragWahlleistungUnterkunft: new("00150")},
						{ArtWahlleistungUnterkunft: "2", ProzentwertWahlleistungUnterkunft: new("100")},
					},
					WahlleistungAerztlicheBehandlung: &vsdpkv10.WahlleistungAerztlicheBehandlung{ArtWahlleistungAerztlicheBehandlung: "1"},
					AllgemeineKrankenhausleistungen:  new("050"),
				},
			}},
		},
	}},
	{"gvd-pkv", "fa/vsds/Schema_VSD_PKV.xsd", &vsdpkv10.UCGeschuetzteVersichertendatenXML{CDMVersion: "1.0.0", KTRTyp: "1"}},
	{"pn", "fa/vsds/Pruefungsnachweis.xsd", &pnw10.PN{
		CDMVersion: "1.0.0", TS: "20260228101112", E: "3", EC: new("12103"),
		PZ: new("WDk5OTk5OTk5OTE3NzIyNzM0NzJVUzEwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM="),
	}},
	{"pn-pkv", "fa/vsds/Pruefungsnachweis_PKV.xsd", &pnw10.PN{CDMVersion: "1.0.0", KTRTyp: new("1"), TS: "20260228101112", E: "2"}},
}

func TestDocuments(t *testing.T) {
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			doc := file(t, d.name+".xml")
			got := like(d.want)
			r := decode(t, doc, got)
			require.Equal(t, d.want, got)
			require.Empty(t, r.Missing())
			require.Zero(t, r.Unread())
			schematest.Validate(t, d.schema, doc)
		})
	}
}

// TestUnknownRevision reads a document whose namespace nobody knows by its
// local names, with values that are not of their type.
func TestUnknownRevision(t *testing.T) {
	r := wire.NewReader(file(t, "vd-unknown.xml"))
	require.True(t, r.Root())
	var got vsd52.UCAllgemeineVersicherungsdatenXML
	require.False(t, r.Is(got.ElementName()))
	r.AnyNamespace()
	require.True(t, r.Is(got.ElementName()))
	got.DecodeXML(r)
	require.NoError(t, r.Finish())
	require.Equal(t, vsd52.UCAllgemeineVersicherungsdatenXML{
		CDMVersion: "6.0.0",
		Versicherter: vsd52.UCAllgemeineVersicherungsdatenXMLVersicherter{Versicherungsschutz: vsd52.Versicherungsschutz{
			Beginn: "20180111", Kostentraeger: vsd52.VersicherungsschutzKostentraeger{Kostentraegerkennung: "ABC", Name: "Testkasse"},
		}},
	}, got)
	require.Equal(t, []string{"Kostentraegerlaendercode", "Zusatzinfos"}, r.Missing())
	require.Equal(t, 1, r.Unread())
}

// TestAllocations bounds what encoding and decoding allocate: nothing but what
// is kept.
func TestAllocations(t *testing.T) {
	req := vsdservice52.ReadVSD{EhcHandle: "egk", HpcHandle: "smcb", Context: caller}
	buf := make([]byte, 0, 4096)
	w := wire.NewWriter(buf)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		w.Reset(buf)
		req.EncodeXML(w)
	}))
	require.NoError(t, w.Err())

	doc := file(t, "ReadVSD.answer.xml")
	r := wire.NewReader(nil)
	var got vsdservice52.ReadVSDResponse
	// Four containers, one of them with blanks in it that are taken out first;
	// Status and Version; the time zone of Timestamp.
	const kept = 4 + 1 + 2 + 1
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		r.Reset(doc)
		got = vsdservice52.ReadVSDResponse{}
		if r.Root() {
			got.DecodeXML(r)
		}
	}), float64(kept))
	require.NoError(t, r.Finish())
	require.Equal(t, "5.2.0", got.VSDStatus.Version)
}
