package konnektortest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// prefixes are the prefixes in which the texts of answers are written, as the
// official schemas use them. A dialect replaces them.
var prefixes = map[string]string{
	"S":       "http://schemas.xmlsoap.org/soap/envelope/",
	"CONN":    "http://ws.gematik.de/conn/ConnectorCommon/v5.0",
	"CCTX":    "http://ws.gematik.de/conn/ConnectorContext/v2.0",
	"CARDCMN": "http://ws.gematik.de/conn/CardServiceCommon/v2.0",
	"CARD":    "http://ws.gematik.de/conn/CardService/v8.1",
	"CTI":     "http://ws.gematik.de/conn/CardTerminalInfo/v8.0",
	"EVT":     "http://ws.gematik.de/conn/EventService/v7.2",
	"GERROR":  "http://ws.gematik.de/tel/error/v2.0",
	"PI":      "http://ws.gematik.de/int/version/ProductInformation/v1.1",
	"SD":      "http://ws.gematik.de/conn/ServiceDirectory/v3.1",
	"SI":      "http://ws.gematik.de/conn/ServiceInformation/v2.0",
}

// Elem returns the text of an element: name with its prefix, and what is in it.
// An answer is written with it, in the order of the schema.
func Elem(name string, inner ...string) string {
	return "<" + name + ">" + strings.Join(inner, "") + "</" + name + ">"
}

// ElemText returns the text of an element with simple content.
func ElemText(name, text string) string { return Elem(name, escape(text, false)) }

// contentEscapes and attributeEscapes are made once: they cost more than their use.
var (
	contentEscapes   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;")
	attributeEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;",
		`"`, "&quot;", "'", "&#39;", "\n", "&#10;", "\t", "&#9;")
)

func escape(s string, attribute bool) string {
	if attribute {
		return attributeEscapes.Replace(s)
	}
	return contentEscapes.Replace(s)
}

// naming is how a dialect names namespaces.
type naming int

const (
	official    naming = iota // the prefixes of the schemas
	numbered                  // ns2, ns3, ...
	defaulted                 // the default namespace, declared anew wherever it changes
	defaultedPI               // the product information so, the rest by official prefixes
)

// dialect is a way to write XML that the specifications leave open. A Konnektor
// keeps one for its life, as a real one does.
type dialect struct {
	naming    naming
	envelope  string // prefix of the SOAP envelope
	early     bool   // declare all prefixes at the envelope, else at the payload
	emptyBody bool   // xmlns="" on Body, as seen in the field
	indent    bool
	header    bool // an empty Header
	xmlDecl   string
	selfClose bool // <a/> for an empty element
	quote     string
	charRefs  bool // non-ASCII characters as references
	zone      int  // how dateTime shows its zone
	vendor    bool // a trace of the maker's own before gematik's

	removedType bool // CARD/REMOVED calls the type Type, else CardType
}

func newDialect(r *rand.Rand) dialect {
	coin := func() bool { return r.IntN(2) == 0 }
	return dialect{
		naming:   naming(r.IntN(3)),
		envelope: []string{"S", "soap", "soapenv", "SOAP-ENV", "env"}[r.IntN(5)],
		early:    coin(), emptyBody: r.IntN(3) == 0, indent: r.IntN(3) == 0, header: r.IntN(4) == 0,
		xmlDecl: []string{
			"", `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' encoding='utf-8'?>` + "\n",
			`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n",
		}[r.IntN(4)],
		selfClose: coin(),
		quote:     []string{`"`, `'`}[r.IntN(2)],
		charRefs:  r.IntN(4) == 0,
		zone:      r.IntN(3),
		vendor:    r.IntN(3) == 0,

		removedType: coin(),
	}
}

// xmlWriter writes one document in a dialect.
type xmlWriter struct {
	dialect
	b     strings.Builder
	names map[string]string // namespace to prefix
}

// render rewrites text, which uses the known prefixes, in the dialect. extra
// are the prefixes of the service.
func (d dialect) render(text string, extra map[string]string) (string, error) {
	scope := maps.Clone(prefixes)
	maps.Copy(scope, extra)
	root, err := parseXML([]byte(text), scope, false)
	if err != nil {
		return "", fmt.Errorf("konnektortest: the answer is not XML: %w", err)
	}
	w := &xmlWriter{dialect: d, names: d.prefixesFor(root, scope)}
	w.b.WriteString(d.xmlDecl)
	w.element(root, map[string]bool{}, "", 0)
	return w.b.String(), nil
}

// prefixesFor gives every namespace in the tree its prefix.
func (d dialect) prefixesFor(root *Element, scope map[string]string) map[string]string {
	spaces := map[string]bool{}
	collect(root, spaces)
	names := map[string]string{}
	for i, space := range slices.Sorted(maps.Keys(spaces)) {
		switch {
		case space == prefixes["S"]:
			names[space] = d.envelope
		case d.naming == numbered:
			names[space] = fmt.Sprintf("ns%d", i+2)
		case d.naming == official || d.naming == defaultedPI && space != prefixes["PI"]:
			names[space] = officialPrefix(scope, space)
		}
	}
	return names
}

func officialPrefix(scope map[string]string, space string) string {
	for _, prefix := range slices.Sorted(maps.Keys(scope)) {
		if scope[prefix] == space {
			return prefix
		}
	}
	return "x"
}

func collect(e *Element, spaces map[string]bool) {
	if e.Space != "" {
		spaces[e.Space] = true
	}
	for _, c := range e.Children {
		collect(c, spaces)
	}
}

// element writes e. known are the namespaces whose prefix is declared, def is
// the default namespace in force.
func (w *xmlWriter) element(e *Element, known map[string]bool, def string, depth int) {
	name, attrs := e.Local, ""
	known = maps.Clone(known)
	switch prefix := w.names[e.Space]; {
	case e.Space != "" && prefix != "":
		name = prefix + ":" + e.Local
		attrs += w.declarations(e, known)
	case e.Space != def:
		attrs, def = w.attr("xmlns", e.Space), e.Space
	}
	if e.is(prefixes["S"], "Body") && w.emptyBody && def == "" {
		attrs += w.attr("xmlns", "")
	}
	for _, a := range e.Attrs {
		attrs += w.attr(a.Local, a.Value)
	}
	w.line(depth)
	if e.Text == "" && len(e.Children) == 0 && w.selfClose {
		w.b.WriteString("<" + name + attrs + "/>")
		return
	}
	w.b.WriteString("<" + name + attrs + ">")
	w.content(e, known, def, depth)
	w.b.WriteString("</" + name + ">")
}

func (w *xmlWriter) content(e *Element, known map[string]bool, def string, depth int) {
	if len(e.Children) == 0 {
		w.b.WriteString(w.text(e.Text))
		return
	}
	for _, c := range e.Children {
		w.element(c, known, def, depth+1)
	}
	w.line(depth)
}

// declarations declares the prefixes that e, or with an early dialect anything
// in it, needs. The payload's are declared at the payload otherwise.
func (w *xmlWriter) declarations(e *Element, known map[string]bool) string {
	spaces := map[string]bool{e.Space: true}
	if w.early || e.Space != prefixes["S"] {
		collect(e, spaces)
	}
	attrs := ""
	for _, space := range slices.Sorted(maps.Keys(spaces)) {
		if prefix := w.names[space]; prefix != "" && !known[space] {
			known[space] = true
			attrs += w.attr("xmlns:"+prefix, space)
		}
	}
	return attrs
}

func (w *xmlWriter) attr(name, value string) string {
	return " " + name + "=" + w.quote + escape(value, true) + w.quote
}

func (w *xmlWriter) text(s string) string {
	s = escape(s, false)
	if !w.charRefs {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r > '~' {
			fmt.Fprintf(&b, "&#x%X;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (w *xmlWriter) line(depth int) {
	if w.indent && w.b.Len() > 0 {
		if !strings.HasSuffix(w.b.String()[max(0, w.b.Len()-1):], "\n") {
			w.b.WriteString("\n")
		}
		w.b.WriteString(strings.Repeat("  ", depth))
	}
}
