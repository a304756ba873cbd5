package wire

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// written is what write writes, or the problem.
func written(write func(*Writer)) (string, error) {
	w := NewWriter(nil)
	write(w)
	b, err := w.Bytes()
	return string(b), err
}

func TestWriter(t *testing.T) {
	got, err := written(func(w *Writer) {
		w.Raw("<!-- raw -->")
		w.Declare(` xmlns:p="urn:1"`)
		w.Start("p:a")
		w.Attr("b", `1 < "2" & '3'`)
		w.AttrBool("c", true)
		w.Start("empty")
		w.End("empty")
		w.Start("text")
		w.Attr("d", "")
		w.Text("a<b")
		w.Text("&c")
		w.End("text")
		w.Elem("e", "]]>")
		w.Bool("f", false)
		w.Int("g", -1)
		w.Uint("h", 1<<63)
		w.Base64("i", []byte{0, 1, 2, 3})
		w.Start("j")
		w.Base64Text([]byte("abc"))
		w.End("j")
		w.DateTime("k", DateTime{time.Date(2024, 2, 29, 1, 2, 3, 4000, time.FixedZone("", 3600)), true})
		w.DateTime("l", DateTime{time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC), false})
		w.Date("m", Date{2024, 2, 29})
		w.Element("urn:2", "n", RawXML(`<?xml version="1.0"?><!-- out --><n xmlns="urn:2"> <o/> </n> `))
		w.Start("q")
		w.RawBytes([]byte("<r/>"))
		w.End("q")
		w.End("p:a")
	})
	require.NoError(t, err)
	require.Equal(t, `<!-- raw --><p:a xmlns:p="urn:1" b="1 &lt; &quot;2&quot; &amp; '3'" c="true"><empty/><text d="">a&lt;b&amp;c</text>`+
		`<e>]]&gt;</e><f>false</f><g>-1</g><h>9223372036854775808</h><i>AAECAw==</i><j>YWJj</j>`+
		`<k>2024-02-29T01:02:03.000004+01:00</k><l>2024-02-29T01:02:03</l><m>2024-02-29</m>`+
		`<n xmlns="urn:2"> <o/> </n><q><r/></q></p:a>`, got)
	_, err = oracleTree([]byte(got))
	require.NoError(t, err)
}

func TestWriterEndsOpenTag(t *testing.T) {
	got, err := written(func(w *Writer) { w.Start("a") })
	require.NoError(t, err)
	require.Equal(t, "<a>", got)
}

func TestFirstProblemStays(t *testing.T) {
	w := NewWriter(nil)
	first := errors.New("first")
	w.Fail(first)
	w.Fail(errors.New("second"))
	w.Elem("a", "\x00")
	require.Equal(t, first, w.Err())
	_, err := w.Bytes()
	require.Equal(t, first, err)
	w.Reset(nil)
	require.NoError(t, w.Err())
}

// escapes are texts with everything that needs care.
var escapes = []string{
	"", "plain", `<>&"'`, "]]>", "a\tb\nc\rd\r\ne", " two  blanks ", "äß€𝄞", "\u0085\u2028\ufffd", "&amp;", "<![CDATA[x]]>",
}

// TestEscaping checks that both readers get back what was written.
func TestEscaping(t *testing.T) {
	for _, s := range escapes {
		doc, err := written(func(w *Writer) { writeText(w, s) })
		require.NoError(t, err)
		requireText(t, doc, s)
	}
}

func writeText(w *Writer, s string) {
	w.Start("a")
	w.Attr("b", s)
	w.Text(s)
	w.End("a")
}

func requireText(t *testing.T, doc, s string) {
	t.Helper()
	var oracle struct {
		B    string `xml:"b,attr"`
		Text string `xml:",chardata"`
	}
	require.NoError(t, xml.Unmarshal([]byte(doc), &oracle), doc)
	require.Equal(t, s, oracle.B)
	require.Equal(t, s, oracle.Text)
	r := NewReader([]byte(doc))
	require.True(t, r.Root())
	b, ok := r.Attr("", "b")
	require.True(t, ok)
	require.Equal(t, s, b)
	require.Equal(t, s, r.Text())
	require.NoError(t, r.Finish())
}

func TestUnwritableCharacters(t *testing.T) {
	for _, s := range []string{"\x00", "a\x1fb", "\xff", "ä\xc3", "\ufffe", "\uffff", "\xed\xa0\x80"} {
		for name, write := range map[string]func(*Writer){
			"Text": func(w *Writer) { w.Text(s) },
			"Elem": func(w *Writer) { w.Elem("a", s) },
			"Attr": func(w *Writer) { w.Attr("a", s) },
		} {
			_, err := written(write)
			require.ErrorIs(t, err, ErrValue, "%s %q", name, s)
			require.NotContains(t, err.Error(), s)
		}
	}
}

func TestUnwritableValues(t *testing.T) {
	year := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, write := range map[string]func(*Writer){
		"year of a dateTime": func(w *Writer) { w.DateTime("a", DateTime{year, true}) },
		"year of a date":     func(w *Writer) { w.Date("a", Date{-1, 1, 1}) },
		"day of a date":      func(w *Writer) { w.Date("a", Date{2023, 2, 29}) },
		"month of a date":    func(w *Writer) { w.Date("a", Date{2023, 13, 1}) },
		"raw, empty":         func(w *Writer) { w.Element("", "", nil) },
		"raw, malformed":     func(w *Writer) { w.Element("", "", RawXML("<a>")) },
		"raw, two elements":  func(w *Writer) { w.Element("", "", RawXML("<a/><b/>")) },
		"raw, prefix":        func(w *Writer) { w.Element("", "", RawXML("<p:a/>")) },
		"raw, DOCTYPE":       func(w *Writer) { w.Element("", "", RawXML("<!DOCTYPE a><a/>")) },
		"raw, other element": func(w *Writer) { w.Element("urn:1", "a", RawXML(`<a xmlns="urn:2"/>`)) },
	} {
		_, err := written(write)
		require.ErrorIs(t, err, ErrValue, name)
	}
}

func TestFacets(t *testing.T) {
	pattern := NewPattern("a|bc")
	cases := []struct {
		name, want string
		write      func(*Writer)
	}{
		{"length fits", "", func(w *Writer) { w.Length("E", "äöü", 3, 3) }},
		{"too short", "E: shorter than 4 characters", func(w *Writer) { w.Length("E", "äöü", 4, 9) }},
		{"too long", "E: longer than 2 characters", func(w *Writer) { w.Length("E", "äöü", 0, 2) }},
		{"pattern matches", "", func(w *Writer) { w.Match("E", "bc", pattern) }},
		{"pattern matches a part", "E: not of the form that the schema wants", func(w *Writer) { w.Match("E", "ac", pattern) }},
		{"pattern and newline", "E: not of the form that the schema wants", func(w *Writer) { w.Match("E", "a\n", pattern) }},
		{"listed", "", func(w *Writer) { w.Valid("E", true) }},
		{"not listed", "E: not one of the values that the schema lists", func(w *Writer) { w.Valid("E", false) }},
		{"in range", "", func(w *Writer) { w.Range("E", true) }},
		{"out of range", "E: out of range", func(w *Writer) { w.Range("E", false) }},
		{"often enough", "", func(w *Writer) { w.Occurs("E", 1, 1, 1); w.Occurs("E", 1000, 1, 0) }},
		{"too often", "E: stands 2 times", func(w *Writer) { w.Occurs("E", 2, 0, 1) }},
		{"not often enough", "E: stands 0 times", func(w *Writer) { w.Occurs("E", 0, 1, 0) }},
		{"one alternative", "", func(w *Writer) { w.Choice("E", false, false, true) }},
		{"no alternative where none is needed", "", func(w *Writer) { w.Choice("E", true, false, false) }},
		{"no alternative", "E: no alternative of a choice", func(w *Writer) { w.Choice("E", false, false, false) }},
		{"two alternatives", "E: more than one alternative of a choice", func(w *Writer) { w.Choice("E", true, true, true) }},
		{"any alternative", "", func(w *Writer) { w.Any("E", false, true) }},
		{"none of any", "E: no alternative of a choice", func(w *Writer) { w.Any("E", false, false) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := written(c.write)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "wire: bad value: "+c.want)
			require.ErrorIs(t, err, ErrValue)
		})
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 4096)
	w := NewWriter(buf)
	text := strings.Repeat("ä<", 10)
	at := DateTime{time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC), true}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		w.Reset(buf)
		w.Start("a")
		w.Attr("b", text)
		w.Elem("c", text)
		w.Length("c", text, 0, 64)
		w.DateTime("d", at)
		w.Uint("e", 17)
		w.End("a")
	}))
}
