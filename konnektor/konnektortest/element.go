package konnektortest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
)

// Element is an XML element of a request, with its namespaces resolved.
type Element struct {
	Space, Local string
	Attrs        []Attr // without the declarations of namespaces
	Children     []*Element
	Text         string // its own character data, all pieces joined

	text       []byte            // Text while it is read
	start, end int               // where it stands in the document, in bytes
	scope      map[string]string // prefix to namespace, as declared up to here
	declared   map[string]string // declared by itself
}

// Attr is an attribute.
type Attr struct{ Space, Local, Value string }

// Limits of a document, far beyond what the services need.
const (
	maxDepth    = 64
	maxElements = 100_000
	maxAttrs    = 256
)

// Child returns the first child with the local name, or nil. Requests have
// passed their Shape when a handler sees them, so the local name is enough.
func (e *Element) Child(local string) *Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Local == local {
			return c
		}
	}
	return nil
}

// Value returns the text of the element at the path of local names, or "".
func (e *Element) Value(path ...string) string {
	for _, local := range path {
		e = e.Child(local)
	}
	if e == nil {
		return ""
	}
	return e.Text
}

// Bool returns the xs:boolean at the path; an absent one is false.
func (e *Element) Bool(path ...string) bool { return isTrue(e.Value(path...)) }

func isTrue(boolean string) bool {
	v := strings.TrimSpace(boolean)
	return v == "true" || v == "1"
}

// Attr returns the value of an unqualified attribute, or "".
func (e *Element) Attr(local string) string {
	for _, a := range e.Attrs {
		if a.Space == "" && a.Local == local {
			return a.Value
		}
	}
	return ""
}

func (e *Element) is(space, local string) bool { return e.Space == space && e.Local == local }

func (e *Element) name() string { return "{" + e.Space + "}" + e.Local }

// parser builds the tree from the tokens of encoding/xml. Names are resolved
// here, not by encoding/xml, which lets undeclared prefixes pass.
type parser struct {
	dec   *xml.Decoder
	root  *Element
	open  []*Element
	raw   []xml.Name // the open elements' names as written
	count int
	// soap refuses what SOAP 1.1 section 3 forbids: processing instructions.
	soap bool
}

// parseXML reads one document in UTF-8. scope holds prefixes that count as
// declared around it.
func parseXML(doc []byte, scope map[string]string, soap bool) (*Element, error) {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
	p := &parser{dec: xml.NewDecoder(bytes.NewReader(doc)), soap: soap}
	for {
		start := p.dec.InputOffset()
		token, err := p.dec.RawToken()
		if errors.Is(err, io.EOF) {
			return p.finish()
		}
		if err == nil {
			err = p.token(token, int(start), scope)
		}
		if err != nil {
			return nil, fmt.Errorf("byte %d: %w", p.dec.InputOffset(), err)
		}
	}
}

func (p *parser) finish() (*Element, error) {
	switch {
	case len(p.open) > 0:
		return nil, errors.New("the document ends within " + p.top().Local)
	case p.root == nil:
		return nil, errors.New("the document has no element")
	}
	return p.root, nil
}

func (p *parser) top() *Element {
	if len(p.open) == 0 {
		return nil
	}
	return p.open[len(p.open)-1]
}

func (p *parser) token(token xml.Token, start int, scope map[string]string) error {
	switch t := token.(type) {
	case xml.StartElement:
		return p.startElement(t, start, scope)
	case xml.EndElement:
		return p.endElement(t)
	case xml.CharData:
		if top := p.top(); top != nil {
			top.text = append(top.text, t...)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text outside the root element")
		}
	case xml.Directive:
		return errors.New("DOCTYPE is not allowed")
	case xml.ProcInst:
		if t.Target == "xml" && start > 0 || t.Target != "xml" && p.soap {
			return errors.New("processing instruction is not allowed")
		}
	}
	return nil
}

func (p *parser) startElement(t xml.StartElement, start int, scope map[string]string) error {
	parent := p.top()
	if parent == nil && p.root != nil {
		return errors.New("a second root element")
	}
	if p.count++; p.count > maxElements || len(p.open) >= maxDepth {
		return errors.New("too many or too deep elements")
	}
	if parent != nil {
		scope = parent.scope
	}
	if len(t.Attr) > maxAttrs {
		return errors.New("too many attributes")
	}
	e := &Element{Local: t.Name.Local, start: start}
	if err := e.declare(t.Attr, scope); err != nil {
		return err
	}
	if err := e.resolve(t); err != nil {
		return err
	}
	if parent == nil {
		p.root = e
	} else {
		parent.Children = append(parent.Children, e)
	}
	p.open, p.raw = append(p.open, e), append(p.raw, t.Name)
	return nil
}

func (p *parser) endElement(t xml.EndElement) error {
	n := len(p.open) - 1
	if n < 0 || p.raw[n] != t.Name {
		return errors.New("end tag of " + t.Name.Local + " does not match")
	}
	e := p.open[n]
	e.Text, e.text, e.end = string(e.text), nil, int(p.dec.InputOffset())
	p.open, p.raw = p.open[:n], p.raw[:n]
	return nil
}

// declare sets the scope of e from its xmlns attributes.
func (e *Element) declare(attrs []xml.Attr, scope map[string]string) error {
	e.scope = scope
	for _, a := range attrs {
		prefix := a.Name.Local
		switch {
		case a.Name.Space == "xmlns":
		case a.Name.Space == "" && prefix == "xmlns":
			prefix = ""
		default:
			continue
		}
		if prefix != "" && a.Value == "" || prefix == "xmlns" || prefix == "xml" {
			return errors.New("namespace prefix " + prefix + " cannot be declared so")
		}
		if _, twice := e.declared[prefix]; twice {
			return errors.New("namespace prefix " + prefix + " is declared twice")
		}
		if e.declared == nil {
			e.declared, e.scope = map[string]string{}, maps.Clone(scope)
		}
		if e.scope == nil {
			e.scope = map[string]string{}
		}
		e.declared[prefix], e.scope[prefix] = a.Value, a.Value
	}
	return nil
}

// resolve sets the namespace of e and its attributes.
func (e *Element) resolve(t xml.StartElement) error {
	var err error
	if e.Space, err = e.lookup(t.Name.Space, true); err != nil {
		return err
	}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		space, err := e.lookup(a.Name.Space, false)
		if err != nil {
			return err
		}
		for _, b := range e.Attrs {
			if b.Space == space && b.Local == a.Name.Local {
				return errors.New("attribute " + b.Local + " twice")
			}
		}
		e.Attrs = append(e.Attrs, Attr{space, a.Name.Local, a.Value})
	}
	return nil
}

func (e *Element) lookup(prefix string, element bool) (string, error) {
	switch {
	case prefix == "xml":
		return "http://www.w3.org/XML/1998/namespace", nil
	case prefix == "" && !element:
		return "", nil
	}
	space, ok := e.scope[prefix]
	if !ok && prefix != "" {
		return "", errors.New("namespace prefix " + prefix + " is not declared")
	}
	return space, nil
}

// cut returns the element as a document of its own: its own bytes in doc, with
// the namespaces declared around it added to its tag.
func (e *Element) cut(doc []byte) []byte {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
	text := doc[e.start:e.end]
	name := 1 + bytes.IndexAny(text[1:], " \t\r\n/>")
	var b bytes.Buffer
	b.Write(text[:name])
	for prefix, space := range e.scope {
		if _, own := e.declared[prefix]; own || prefix == "" && space == "" {
			continue
		}
		b.WriteString(" xmlns")
		if prefix != "" {
			b.WriteString(":" + prefix)
		}
		b.WriteString(`="`)
		b.WriteString(escape(space, true))
		b.WriteString(`"`)
	}
	b.Write(text[name:])
	return b.Bytes()
}
