package ws_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsd52"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdservice52"
)

// oracleAnswer is vsdservice52.ReadVSDResponse as encoding/xml wants it, with
// the base64 left as it is.
type oracleAnswer struct {
	XMLName xml.Name `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 ReadVSDResponse"`
	PD      []byte   `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 PersoenlicheVersichertendaten"`
	VD      []byte   `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 AllgemeineVersicherungsdaten"`
	GVD     []byte   `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 GeschuetzteVersichertendaten"`
	Status  struct {
		Status    string    `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 Status"`
		Timestamp time.Time `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 Timestamp"`
		Version   string    `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 Version"`
	} `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 VSD_Status"`
	PN []byte `xml:"http://ws.gematik.de/conn/vsds/VSDService/v5.2 Pruefungsnachweis"`
}

func BenchmarkDecodeAnswer(b *testing.B) {
	doc := file(b, "ReadVSD.answer.xml")
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		r := wire.NewReader(nil)
		for b.Loop() {
			r.Reset(doc)
			var v vsdservice52.ReadVSDResponse
			if r.Root() {
				v.DecodeXML(r)
			}
			if err := r.Finish(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v oracleAnswer
			if err := xml.Unmarshal(doc, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// oraclePD is vsd52.UCPersoenlicheVersichertendatenXML as encoding/xml wants it.
type oraclePD struct {
	CDMVersion string `xml:"CDM_VERSION,attr"`
	ID         string `xml:"Versicherter>Versicherten_ID"`
	Person     struct {
		Geburtsdatum, Vorname, Nachname, Geschlecht, Vorsatzwort, Namenszusatz, Titel string

		StrassenAdresse, PostfachAdresse *struct {
			Postleitzahl, Ort, Postfach, Strasse, Hausnummer, Anschriftenzusatz string

			Land string `xml:"Land>Wohnsitzlaendercode"`
		}
	} `xml:"Versicherter>Person"`
}

func BenchmarkDecodeDocument(b *testing.B) {
	doc := file(b, "pd.xml")
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		r := wire.NewReader(nil)
		for b.Loop() {
			r.Reset(doc)
			var v vsd52.UCPersoenlicheVersichertendatenXML
			if r.Root() {
				v.DecodeXML(r)
			}
			if err := r.Finish(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var v oraclePD
			d := xml.NewDecoder(bytes.NewReader(doc))
			d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return latin{in}, nil }
			if err := d.Decode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// latin stands for a reader of ISO-8859-15: what it costs is left out.
type latin struct{ io.Reader }

func (l latin) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	for i := range p[:n] {
		p[i] &= 0x7f
	}
	return n, err
}

func BenchmarkEncodeRequest(b *testing.B) {
	b.ReportAllocs()
	buf := make([]byte, 0, 4096)
	w := wire.NewWriter(buf)
	req := vsdservice52.ReadVSD{EhcHandle: "egk", HpcHandle: "smcb", PerformOnlineCheck: true, ReadOnlineReceipt: true, Context: caller}
	for b.Loop() {
		w.Reset(buf)
		req.EncodeXML(w)
	}
}
