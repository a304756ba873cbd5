package xmltree

import (
	"cmp"
	"io"
	"slices"
	"sort"
	"strings"
)

// canon writes the canonical form of one subtree at a time.
type canon struct {
	w        io.Writer
	buf      []byte
	rendered []binding // declarations written by elements that are still open
	base     int       // those from here on belong to the subtree
	attrs    []*Attr
	needed   []binding
}

// frame is what has to be put back when an element ends.
type frame struct {
	w        io.Writer
	base     int
	rendered int
}

// enter remembers where things stand before an element.
func (c *canon) enter() frame { return frame{c.w, c.base, len(c.rendered)} }

// take begins a subtree of its own.
func (c *canon) take(w io.Writer) {
	c.flush()
	c.w, c.base = w, len(c.rendered)
}

// leave goes back to where things stood.
func (c *canon) leave(f frame) {
	if c.w != f.w || c.base != f.base {
		c.flush()
	}
	c.w, c.base = f.w, f.base
	c.rendered = c.rendered[:f.rendered]
}

const flushAt = 8 << 10

func (c *canon) flush() {
	if c.w != nil && len(c.buf) > 0 {
		c.w.Write(c.buf) // a hash or a buffer: neither fails
	}
	c.buf = c.buf[:0]
}

// start writes a start tag: declarations of the prefixes that the element and
// its attributes use, unless an open element of the subtree wrote the same;
// then the attributes by namespace and name.
func (c *canon) start(e *Element, qname, prefix string, scope []binding) {
	if c.w == nil {
		return
	}
	if len(c.buf) >= flushAt {
		c.flush()
	}
	c.buf = append(append(c.buf, '<'), qname...)
	c.needed = c.needed[:0]
	c.need(prefix, e.Space, scope)
	c.attrs = c.attrs[:0]
	for i := range e.Attrs {
		a := &e.Attrs[i]
		c.attrs = append(c.attrs, a)
		if a.prefix != "" && a.prefix != "xml" {
			c.need(a.prefix, a.Space, scope)
		}
	}
	if len(c.needed) > 1 {
		sort.Slice(c.needed, func(i, j int) bool { return c.needed[i].prefix < c.needed[j].prefix })
	}
	for _, n := range c.needed {
		c.declaration(n)
	}
	c.rendered = append(c.rendered, c.needed...)
	slices.SortFunc(c.attrs, func(a, b *Attr) int {
		return cmp.Or(strings.Compare(a.Space, b.Space), strings.Compare(a.Name, b.Name))
	})
	for _, a := range c.attrs {
		c.attribute(a)
	}
	c.buf = append(c.buf, '>')
}

func (c *canon) need(prefix, space string, scope []binding) {
	if prefix == "xml" {
		return
	}
	last, _ := lookup(c.rendered[c.base:], prefix)
	n := binding{prefix, space}
	if last != space && !slices.Contains(c.needed, n) {
		c.needed = append(c.needed, n)
	}
}

func (c *canon) declaration(n binding) {
	c.buf = append(c.buf, " xmlns"...)
	if n.prefix != "" {
		c.buf = append(append(c.buf, ':'), n.prefix...)
	}
	c.value(n.space)
}

func (c *canon) attribute(a *Attr) {
	c.buf = append(c.buf, ' ')
	if a.prefix != "" {
		c.buf = append(append(c.buf, a.prefix...), ':')
	}
	c.buf = append(c.buf, a.Name...)
	c.value(a.Value)
}

func (c *canon) value(v string) {
	c.buf = append(c.buf, '=', '"')
	for i := range len(v) {
		switch v[i] {
		case '&':
			c.buf = append(c.buf, "&amp;"...)
		case '<':
			c.buf = append(c.buf, "&lt;"...)
		case '"':
			c.buf = append(c.buf, "&quot;"...)
		case '\t':
			c.buf = append(c.buf, "&#x9;"...)
		case '\n':
			c.buf = append(c.buf, "&#xA;"...)
		case '\r':
			c.buf = append(c.buf, "&#xD;"...)
		default:
			c.buf = append(c.buf, v[i])
		}
	}
	c.buf = append(c.buf, '"')
}

func (c *canon) end(qname string) {
	if c.w == nil {
		return
	}
	c.buf = append(append(append(c.buf, '<', '/'), qname...), '>')
}

// raw writes text that is its own canonical form.
func (c *canon) raw(text []byte) {
	if c.w == nil {
		return
	}
	if len(text) >= flushAt {
		c.flush()
		c.w.Write(text)
		return
	}
	c.buf = append(c.buf, text...)
}

// text writes text that has to be escaped.
func (c *canon) text(text []byte) {
	if c.w == nil {
		return
	}
	for _, b := range text {
		switch b {
		case '&':
			c.buf = append(c.buf, "&amp;"...)
		case '<':
			c.buf = append(c.buf, "&lt;"...)
		case '>':
			c.buf = append(c.buf, "&gt;"...)
		case '\r':
			c.buf = append(c.buf, "&#xD;"...)
		default:
			c.buf = append(c.buf, b)
		}
	}
	if len(c.buf) >= flushAt {
		c.flush()
	}
}
