package vsdm_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

const (
	latin9Declaration = `<?xml version="1.0" encoding="ISO-8859-15" standalone="yes"?>`
	receiptXML        = `<PN xmlns="http://ws.gematik.de/fa/vsdm/pnw/v1.0" CDM_VERSION="1.0.0">` +
		`<TS>20260704081530</TS><E>2</E><PZ>WDAwMDAwMDAwMDE3ODMxNTI5MzBVVDIAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc=</PZ></PN>`
)

// pack makes what a card holds of a document.
func pack(t testing.TB, xml []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(xml)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// latin9 is a document in ISO-8859-15, as cards have it, with a declaration.
// Characters that it does not have become references.
func latin9(t testing.TB, doc string) []byte {
	out := []byte(latin9Declaration)
	special := map[rune]byte{'€': 0xA4, 'Š': 0xA6, 'š': 0xA8, 'Ž': 0xB4, 'ž': 0xB8, 'Œ': 0xBC, 'œ': 0xBD, 'Ÿ': 0xBE}
	for _, c := range doc {
		code, ok := special[c]
		switch {
		case ok:
			out = append(out, code)
		case c > 0xFF || strings.ContainsRune("¤¦¨´¸¼½¾", c):
			out = fmt.Appendf(out, "&#%d;", c)
		default:
			out = append(out, byte(c))
		}
	}
	return out
}

// cardDocuments are the documents of a usual card: some umlauts, an address,
// protected data.
func cardDocuments(t testing.TB) vsdm.Documents {
	p := vsdmtest.Person(1)
	p.First, p.Last, p.Street.Strasse = "Jürgen", "Müller-Testmann", "Görlitzer Straße"
	return vsdm.Documents{
		PD: pack(t, latin9(t, p.PD())), VD: pack(t, latin9(t, p.VD())), GVD: pack(t, latin9(t, p.GVD())),
		PN: pack(t, []byte(receiptXML)),
	}
}
