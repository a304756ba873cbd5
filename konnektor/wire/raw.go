package wire

import (
	"bytes"
	"fmt"
)

// RawXML is one element as a document of its own, in UTF-8 and with every
// namespace that it needs declared.
type RawXML []byte

// Raw returns the current element with the namespace declarations in scope
// added, and moves past its end. The octets of the element itself stay as they
// are, apart from the encoding of the document.
func (r *Reader) Raw() RawXML {
	if r.err != nil || len(r.open) == 0 {
		return nil
	}
	f := r.open[len(r.open)-1]
	head := r.src[f.start:f.end]
	declarations := r.outerDeclarations(f.binds)
	r.declared += len(declarations)
	if r.declared > maxDeclared {
		r.forbidden("too many namespace declarations around raw elements")
	}
	r.Skip()
	if r.err != nil {
		return nil
	}
	rest := r.src[f.start+len(head) : r.pos]
	return bytes.Join([][]byte{head, declarations, rest}, nil)
}

// Extent is where the current element begins in the document, and where reading
// goes on: after Skip that is behind the element. It is in bytes of the document,
// and zero when that is not in UTF-8.
func (r *Reader) Extent() (begin, next int) {
	if len(r.open) == 0 || len(r.decoded) > 0 && &r.decoded[0] == &r.src[0] {
		return 0, 0
	}
	return r.open[len(r.open)-1].start, r.pos
}

// outerDeclarations writes the declarations in scope that do not belong to the
// current element, whose own begin at n.
func (r *Reader) outerDeclarations(n int) []byte {
	var out []byte
	for i := n - 1; i >= 0; i-- {
		b := r.binds[i]
		if len(b.uri) == 0 || isDeclared(r.binds[i+1:], b.prefix) {
			continue
		}
		out = append(out, " xmlns"...)
		if len(b.prefix) > 0 {
			out = append(append(out, ':'), b.prefix...)
		}
		out = append(out, '=', '"')
		out = append(escape(out, string(b.uri), true), '"')
	}
	return out
}

// Element appends raw, a document that holds one element of the given name; an
// empty local name stands for any. A document that is malformed or holds
// another element is a problem. Elements around it must not declare a default
// namespace, since raw may stand outside any.
func (w *Writer) Element(space, local string, raw RawXML) {
	w.endTag()
	r := NewReader(raw)
	if r.Root() && local != "" && !r.Is(space, local) {
		r.Unexpected(local)
	}
	start := 0
	if r.err == nil {
		start = r.open[0].start
	}
	r.Skip()
	end := r.pos
	if err := r.Finish(); err != nil {
		w.Fail(fmt.Errorf("%w: raw XML of %q: %w", ErrValue, local, err))
		return
	}
	w.buf = append(w.buf, r.src[start:end]...)
}

// AnyContent is the content of an element for which the schema allows anything.
// Attributes are not kept.
type AnyContent struct {
	// Elements are the child elements.
	Elements []RawXML
	// Text is the text between them.
	Text string
}

// EncodeAs writes v as the element name: its text, then its elements.
func (v *AnyContent) EncodeAs(w *Writer, name string) {
	w.Start(name)
	if v.Text != "" {
		w.Text(v.Text)
	}
	for _, e := range v.Elements {
		w.Element("", "", e)
	}
	w.End(name)
}

// DecodeXML reads the element on which r stands.
func (v *AnyContent) DecodeXML(r *Reader) {
	run, more := r.run()
	if !more {
		run = r.unescape(run, false)
	} else {
		var text []byte
		for r.next(func(b []byte) { text = append(text, b...) }) {
			v.Elements = append(v.Elements, r.Raw())
		}
		run = text
	}
	if r.err == nil {
		v.Text = string(run)
	}
}

// Grow appends a zero value to s and returns its place.
func Grow[T any](s *[]T) *T {
	var zero T
	*s = append(*s, zero)
	return &(*s)[len(*s)-1]
}
