package konnektortest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShape(t *testing.T) {
	a, b := Simple("", "a", AnyText), Simple("", "b", Digits(2))
	shape := Sequence("", "r", One(a), Maybe(b), Many(1, 2, a, b), Many(0, 1, Shape{Local: "open", Open: true}))
	for doc, says := range map[string]string{
		"<r><a/><b>12</b><a/></r>":                  "",
		"<r><a>x</a><a/><b>12</b></r>":              "",
		"<r><a/><b>12</b><b>34</b></r>":             "",
		"<r> <a/><a/><open z='1'><any/></open></r>": "",
		"<r/>":                          "incomplete",
		"<r><b>12</b></r>":              "expected",
		"<r><a/></r>":                   `{"":a, "":b}`,
		"<r><a/><a/><a/><a/></r>":       "no further",
		"<r><a/><b>1</b><a/></r>":       "length",
		"<r><a/><b>x1</b><a/></r>":      "length",
		"<r><a/><a/><open/><open/></r>": "no further",
		"<s/>":                          "expected",
		"<r xmlns='u'/>":                "{u}r",
		"<r c='1'><a/><a/></r>":         "attribute c",
		"<r>text<a/><a/></r>":           "text",
		"<r><a><a/></a><a/></r>":        "child",
	} {
		e, err := parseXML([]byte(doc), nil, false)
		require.NoError(t, err, doc)
		err = shape.check(e)
		if says == "" {
			require.NoError(t, err, doc)
			continue
		}
		require.ErrorContains(t, err, says, doc)
		require.ErrorContains(t, err, "cvc-", doc)
	}
}

func TestFacets(t *testing.T) {
	for name, c := range map[string]struct {
		facet     Facet
		good, bad []string
	}{
		"boolean":  {Boolean, []string{"true", "0", " 1\n"}, []string{"", "TRUE", "yes"}},
		"positive": {PositiveInteger, []string{"1", "+007", " 9 "}, []string{"", "0", "000", "-1", "1.0", "1e3", "+"}},
		"length":   {Length(1, 2), []string{"ä", "äö"}, []string{"", "äöü"}},
		"digits":   {Digits(3), []string{"012"}, []string{"12", "0123", "12a", " 12"}},
		"one of":   {OneOf("a", "b"), []string{"a"}, []string{"A", "", " a"}},
	} {
		for _, v := range c.good {
			require.NoError(t, c.facet(v), "%s %q", name, v)
		}
		for _, v := range c.bad {
			require.Error(t, c.facet(v), "%s %q", name, v)
		}
	}
}
