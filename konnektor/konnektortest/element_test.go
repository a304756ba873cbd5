package konnektortest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	root, err := parseXML([]byte(`<a:b xmlns:a="urn:a" xmlns="urn:d" c="1" a:c="2"><d xml:lang="de">t<!--x-->u</d><e xmlns=""/></a:b>`), nil, true)
	require.NoError(t, err)
	require.Equal(t, "{urn:a}b", root.name())
	require.Equal(t, []Attr{{"", "c", "1"}, {"urn:a", "c", "2"}}, root.Attrs)
	require.Equal(t, "urn:d", root.Child("d").Space)
	require.Equal(t, "tu", root.Value("d"))
	require.Empty(t, root.Child("e").Space)
	require.Empty(t, root.Value("no", "such"))
	require.Nil(t, root.Child("no").Child("such"))
}

func TestParseRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing": "", "open": "<a>", "end tag alone": "</a>", "two roots": "<a/><b/>",
		"undeclared prefix": "<p:a/>", "undeclared prefix of an attribute": `<a p:b=""/>`,
		"attribute twice": `<a b="1" b="2"/>`, "attribute twice by namespace": `<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`,
		"prefix undeclared again": `<p:a xmlns:p="u"><p:b xmlns:p=""/></p:a>`, "prefix declared twice": `<a xmlns:p="u" xmlns:p="v"/>`,
		"prefix xmlns declared": `<a xmlns:xmlns="u"/>`, "too deep": strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100),
		"too many attributes": "<a " + strings.Repeat(`b="" `, maxAttrs+1) + "/>",
		"too many":            "<a>" + strings.Repeat("<b/>", maxElements) + "</a>",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseXML([]byte(doc), nil, true)
			require.Error(t, err)
		})
	}
}

func TestCutKeepsTheNamespacesAround(t *testing.T) {
	doc := []byte(`<e:E xmlns:e="urn:e" xmlns:p="urn:p" xmlns="urn:d"><e:B xmlns=""><p:x a='"'><y/></p:x></e:B></e:E>`)
	root, err := parseXML(doc, nil, true)
	require.NoError(t, err)
	cut := root.Child("B").Child("x").cut(doc)
	again, err := parseXML(cut, nil, true)
	require.NoError(t, err, "%s", cut)
	require.Equal(t, "{urn:p}x", again.name())
	require.Equal(t, "{}y", again.Children[0].name())
	require.Equal(t, "urn:e", again.scope["e"])
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(envelope(getCardsIn(here, "T1"))))
	f.Add([]byte(`<a xmlns:b="c"><b:d e="f"/>&amp;<![CDATA[x]]></a>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		root, err := parseXML(doc, nil, true)
		if err != nil {
			return
		}
		again, err := parseXML(root.cut(doc), nil, true)
		if err != nil {
			t.Fatalf("cut %q: %v", root.cut(doc), err)
		}
		if again.name() != root.name() || len(again.Children) != len(root.Children) {
			t.Fatal("another element was cut out")
		}
		if _, err := payload(doc); err == nil && root.Local != "Envelope" {
			t.Fatal("an envelope that is none")
		}
	})
}
