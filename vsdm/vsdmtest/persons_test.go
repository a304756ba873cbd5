package vsdmtest_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// latin9Differs are the places where ISO-8859-15 is not ISO-8859-1, from the
// standard.
var latin9Differs = map[byte]rune{
	0xA4: 0x20AC, 0xA6: 0x160, 0xA8: 0x161, 0xB4: 0x17D, 0xB8: 0x17E, 0xBC: 0x152, 0xBD: 0x153, 0xBE: 0x178,
}

// texts decodes a document in its declared charset with encoding/xml and lists
// its texts.
func texts(t *testing.T, doc []byte) []string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		require.Equal(t, "iso-8859-15", strings.ToLower(charset))
		raw, err := io.ReadAll(in)
		var out strings.Builder
		for _, b := range raw {
			if r, differs := latin9Differs[b]; differs {
				out.WriteRune(r)
			} else {
				out.WriteRune(rune(b))
			}
		}
		return strings.NewReader(out.String()), err
	}
	var all []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err, "%s", doc)
		if text, ok := token.(xml.CharData); ok && len(bytes.TrimSpace(text)) > 0 {
			all = append(all, string(text))
		}
	}
}

// TestPersons reads every person in several dialects. The Konnektor holds the
// documents against the schemas when the test ends.
func TestPersons(t *testing.T) {
	declared, prefixed, spaced := 0, 0, 0
	for n := 1; n <= vsdmtest.Persons()+2; n++ {
		for seed := uint64(1); seed <= 2; seed++ {
			b := newBench(t, konnektortest.Options{Seed: uint64(n)*10 + seed})
			p := vsdmtest.Person(n)
			a := b.read(request{egk: b.k.Insert("EGK", p), hpc: b.k.Handle("SMC-B"), check: true, proof: true})
			require.Zero(t, a.code(), a.body)
			pd, ok := a.document("PersoenlicheVersichertendaten")
			require.True(t, ok)
			require.Subset(t, texts(t, pd), []string{string(p.KVNR), p.First, p.Last, p.Birth})
			if p.Street != nil && p.Street.Strasse != "" {
				require.Contains(t, texts(t, pd), p.Street.Strasse)
			}
			vd, ok := a.document("AllgemeineVersicherungsdaten")
			require.True(t, ok)
			require.Subset(t, texts(t, vd), []string{p.Begin, p.Insurer.IK, p.Insurer.Name})
			gvd, ok := a.document("GeschuetzteVersichertendaten")
			require.True(t, ok)
			require.Equal(t, p.Private == nil, len(texts(t, gvd)) > 0)
			require.Equal(t, 2, a.e())
			declared += bytes.Count(pd, []byte("standalone"))
			prefixed += bytes.Count(pd, []byte("<vsd:Person>"))
			field, _ := first(a.body, "PersoenlicheVersichertendaten")
			spaced += strings.Count(field, "\n")
		}
	}
	require.Positive(t, declared*prefixed*spaced, "the seeds vary declaration, prefix and white space")
}

func TestPersonsAreMadeUpAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for n := -3; n <= 200; n++ {
		p := vsdmtest.Person(n)
		require.NoError(t, vsdm.CheckKVNR(p.KVNR), n)
		if n > 0 {
			require.False(t, seen[string(p.KVNR)], "person %d", n)
			seen[string(p.KVNR)] = true
		}
	}
	require.NoError(t, vsdm.CheckKVNR(vsdmtest.Canary().KVNR))
}

func TestCanaryWordsAreOnTheCard(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	egk := b.k.Insert("EGK", vsdmtest.Canary())
	a := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B")})
	pd, _ := a.document("PersoenlicheVersichertendaten")
	vd, _ := a.document("AllgemeineVersicherungsdaten")
	for _, word := range vsdmtest.CanaryWords() {
		require.Contains(t, string(pd)+string(vd), word)
		require.NotContains(t, a.body, word, "the documents are packed")
	}
	card, _ := b.k.Card(egk)
	require.Equal(t, "Kanarititel Kanarivorname Kanarinachname", string(card.Holder))
}

func TestNoProtectedDataWithoutAuthorisation(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	egk := b.k.Insert("EGK", card(vsdmtest.CardState{NoC2C: true, ShowOpen: true}))
	a := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B")})
	_, ok := a.document("GeschuetzteVersichertendaten")
	require.False(t, ok)
	status, _ := first(a.body, "Status")
	require.Equal(t, "1", status)
}

// TestStatusTimes sees times with and without zone.
func TestStatusTimes(t *testing.T) {
	zoned := map[bool]bool{}
	for seed := uint64(1); seed <= 12; seed++ {
		b := newBench(t, konnektortest.Options{Seed: seed})
		a := b.read(request{egk: b.k.Insert("EGK", vsdmtest.Person(7)), hpc: b.k.Handle("SMC-B")})
		text, _ := first(a.body, "Timestamp")
		require.True(t, strings.HasPrefix(text, "2026-01-02T03:04:05"), text)
		zoned[strings.HasSuffix(text, "Z")] = true
		version, _ := first(a.body, "Version")
		require.Equal(t, "1.0.0", version)
	}
	require.Len(t, zoned, 2)
}

func TestMarkings(t *testing.T) {
	p := vsdmtest.Person(1)
	p.CDMVersion, p.Namespace, p.VSDVersion = "5.2.7", "urn:other", "5.2.7"
	b := newBench(t, konnektortest.Options{})
	a := b.read(request{egk: b.k.Insert("EGK", p), hpc: b.k.Handle("SMC-B")})
	pd, _ := a.document("PersoenlicheVersichertendaten")
	require.Contains(t, string(pd), `"urn:other"`)
	require.Contains(t, string(pd), `CDM_VERSION="5.2.7"`)
	version, _ := first(a.body, "Version")
	require.Equal(t, "5.2.7", version)
}

func ExampleKVNR() {
	fmt.Println(string(vsdmtest.KVNR('A', 12345678)))
	// Output: A123456780
}
