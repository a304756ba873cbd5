package konnektortest

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// canonicalizer writes exclusive canonical XML without comments
// (http://www.w3.org/2001/10/xml-exc-c14n#) of one element of a document. White
// space in attributes is taken as the reader gives it, which is not a blank
// where it stands as itself: documents with that come out differently.
type canonicalizer struct {
	pick func(start xml.StartElement, at int64) bool // the element to begin with
	omit func(start xml.StartElement, at int64) bool // elements to leave out; may be nil

	scopes   []map[string]string // prefix to namespace, as declared
	rendered []map[string]string // as written
	names    []string            // end tags to be written
	depth    int                 // of the picked element, 0 before it
	done     bool
	out      bytes.Buffer
}

// canonical is the canonical form of the element that c picks.
func (c *canonicalizer) canonical(doc []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	c.scopes, c.rendered = []map[string]string{{"xml": xmlSpace}}, []map[string]string{{}}
	for !c.done {
		at := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := c.token(d, token, at); err != nil {
			return nil, err
		}
	}
	if !c.done {
		return nil, errors.New("konnektortest: nothing to canonicalize")
	}
	return c.out.Bytes(), nil
}

func (c *canonicalizer) token(d *xml.Decoder, token xml.Token, at int64) error {
	switch t := token.(type) {
	case xml.StartElement:
		if c.omit != nil && c.omit(t, at) {
			return skipRaw(d)
		}
		c.start(t, at)
	case xml.EndElement:
		c.end()
	case xml.CharData:
		if c.depth > 0 {
			c.out.WriteString(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;").Replace(string(t)))
		}
	case xml.ProcInst:
		if c.depth > 0 {
			fmt.Fprintf(&c.out, "<?%s", t.Target)
			if len(t.Inst) > 0 {
				fmt.Fprintf(&c.out, " %s", t.Inst)
			}
			c.out.WriteString("?>")
		}
	case xml.Directive:
		return errors.New("konnektortest: a document type")
	}
	return nil
}

// skipRaw leaves out what is in an element, up to its end.
func skipRaw(d *xml.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.RawToken()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func (c *canonicalizer) start(t xml.StartElement, at int64) {
	scope := maps.Clone(c.scopes[len(c.scopes)-1])
	var attrs []xml.Attr
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			scope[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			scope[""] = a.Value
		default:
			attrs = append(attrs, a)
		}
	}
	c.scopes = append(c.scopes, scope)
	if c.depth == 0 && !c.pick(t, at) {
		return
	}
	c.depth++
	c.write(t, attrs, scope)
}

// write writes a start tag: the namespaces that it uses and that are not
// written yet, then the attributes by namespace and name.
func (c *canonicalizer) write(t xml.StartElement, attrs []xml.Attr, scope map[string]string) {
	rendered := maps.Clone(c.rendered[len(c.rendered)-1])
	used := map[string]bool{t.Name.Space: true}
	for _, a := range attrs {
		if a.Name.Space != "" {
			used[a.Name.Space] = true
		}
	}
	delete(used, "xml")
	name := qualified(t.Name)
	c.out.WriteString("<" + name)
	for _, prefix := range slices.Sorted(maps.Keys(used)) {
		if rendered[prefix] == scope[prefix] {
			continue
		}
		rendered[prefix] = scope[prefix]
		if prefix == "" {
			c.out.WriteString(` xmlns="` + attributeText(scope[prefix]) + `"`)
		} else {
			c.out.WriteString(" xmlns:" + prefix + `="` + attributeText(scope[prefix]) + `"`)
		}
	}
	space := func(a xml.Attr) string {
		if a.Name.Space == "" {
			return ""
		}
		return scope[a.Name.Space]
	}
	slices.SortFunc(attrs, func(a, b xml.Attr) int {
		return cmp.Or(strings.Compare(space(a), space(b)), strings.Compare(a.Name.Local, b.Name.Local))
	})
	for _, a := range attrs {
		c.out.WriteString(" " + qualified(a.Name) + `="` + attributeText(a.Value) + `"`)
	}
	c.out.WriteString(">")
	c.rendered, c.names = append(c.rendered, rendered), append(c.names, name)
}

func attributeText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;").Replace(s)
}

func (c *canonicalizer) end() {
	c.scopes = c.scopes[:len(c.scopes)-1]
	if c.depth == 0 {
		return
	}
	last := len(c.names) - 1
	c.out.WriteString("</" + c.names[last] + ">")
	c.names, c.rendered = c.names[:last], c.rendered[:len(c.rendered)-1]
	c.depth--
	c.done = c.depth == 0
}

// byID picks the element whose attribute Id has a value.
func byID(id string) func(xml.StartElement, int64) bool {
	return func(t xml.StartElement, _ int64) bool {
		return slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name == xml.Name{Local: "Id"} && a.Value == id })
	}
}

// first picks the first element: the root.
func first(xml.StartElement, int64) bool { return true }

// local picks the elements with a local name.
func local(name string) func(xml.StartElement, int64) bool {
	return func(t xml.StartElement, _ int64) bool { return t.Name.Local == name }
}
