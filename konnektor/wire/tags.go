package wire

import (
	"bytes"
	"unicode/utf8"
)

// frame is an open element.
type frame struct {
	start int // where its tag begins
	end   int // where its name ends, which begins after start
	binds int // len(binds) before its declarations
}

// nameOf is the name of an open element as written, prefix included.
func (r *Reader) nameOf(f frame) []byte { return r.src[f.start+1 : f.end] }

// binding is a namespace declaration. The default namespace has no prefix; no
// uri undeclares it.
type binding struct {
	prefix, uri []byte
}

// attr is an attribute; its value is as written, but checked.
type attr struct {
	prefix, local, space, value []byte
}

// openTag takes a start tag and makes its element the current one.
func (r *Reader) openTag() bool {
	if r.err != nil {
		return false
	}
	if len(r.open) == MaxDepth || r.elements == MaxElements {
		r.forbidden("too many elements, or too deep")
		return false
	}
	r.elements++
	n, colon := scanName(r.src[r.pos+1:])
	f := frame{start: r.pos, end: r.pos + 1 + n, binds: len(r.binds)}
	if n == 0 {
		r.pos++
		r.syntax("no name")
		return false
	}
	r.pos = f.end
	r.attrs = r.attrs[:0]
	if r.pos < len(r.src) && r.src[r.pos] == '>' { // as most tags go on
		r.pos++
		r.empty = false
	} else if !r.attributes() {
		return false
	}
	r.open = append(r.open, f)
	return r.resolve(f, colon)
}

// name takes the name that stands here.
func (r *Reader) name() []byte {
	n := nameLength(r.src[r.pos:])
	if n == 0 {
		r.syntax("no name")
		return nil
	}
	r.pos += n
	return r.src[r.pos-n : r.pos]
}

// attributes takes everything up to and including the end of a start tag.
func (r *Reader) attributes() bool {
	for total := 0; ; total++ {
		before := r.pos
		r.skipSpace()
		switch {
		case r.pos == len(r.src):
			r.syntax("document ends inside a tag")
		case r.src[r.pos] == '>':
			r.pos++
			r.empty = false
			return true
		case r.peek("/>"):
			r.pos += 2
			r.empty = true
			return true
		case before == r.pos:
			r.syntax("no white space before an attribute")
		case total == maxAttributes:
			r.forbidden("too many attributes")
		default:
			r.attribute()
		}
		if r.err != nil {
			return false
		}
	}
}

func (r *Reader) attribute() {
	name := r.name()
	if name == nil {
		return
	}
	r.skipSpace()
	if !r.peek("=") {
		r.syntax("attribute without value")
		return
	}
	r.pos++
	r.skipSpace()
	if !r.peek(`"`) && !r.peek("'") {
		r.syntax("attribute value without quotes")
		return
	}
	value, _, found := bytes.Cut(r.src[r.pos+1:], r.src[r.pos:r.pos+1])
	switch {
	case !found:
		r.syntax("attribute value does not end")
	case bytes.IndexByte(value, '<') >= 0:
		r.syntax("< in an attribute value")
	default:
		r.keep(name, value)
		r.pos += len(value) + 2
	}
}

// keep stores an attribute or declares a namespace.
func (r *Reader) keep(name, value []byte) {
	prefix, local, ok := splitName(name)
	switch {
	case !ok:
		r.syntax("bad attribute name")
	case len(prefix) == 0 && string(local) == "xmlns":
		r.bind(nil, value)
	case string(prefix) == "xmlns":
		r.bind(local, value)
	default:
		r.unescape(value, true) // for its checks; Attr does it again when asked
		r.attrs = append(r.attrs, attr{prefix: prefix, local: local, value: value})
	}
}

func (r *Reader) bind(prefix, value []byte) {
	uri := r.unescape(value, true)
	if len(uri) > 0 && (len(value) == 0 || &uri[0] != &value[0]) {
		uri = bytes.Clone(uri)
	}
	switch {
	case len(prefix) > 0 && len(uri) == 0:
		r.syntax("prefix without namespace")
	case string(prefix) == "xmlns", string(uri) == "http://www.w3.org/2000/xmlns/":
		r.syntax("prefix xmlns declared")
	case (string(prefix) == "xml") != (string(uri) == XMLSpace):
		r.syntax("prefix xml declared otherwise")
	case len(r.binds) == maxNamespaces:
		r.forbidden("too many namespace declarations")
	default:
		r.binds = append(r.binds, binding{prefix, uri})
		r.defaultSpace = ""
	}
}

// resolve finds the namespaces of the element just opened and of its
// attributes, and refuses the same name twice. colon is where the first colon
// stands in the element's name, negative for none.
func (r *Reader) resolve(f frame, colon int) bool {
	own := r.binds[f.binds:]
	for i := range own {
		if isDeclared(own[:i], own[i].prefix) {
			r.syntax("prefix declared twice")
			return false
		}
	}
	prefix, local, ok := []byte(nil), r.nameOf(f), true
	if colon >= 0 {
		if prefix, local, ok = splitName(local); !ok {
			r.syntax("bad element name")
			return false
		}
	}
	r.local = local
	if r.space, ok = r.lookup(prefix); !ok && len(prefix) > 0 {
		r.syntax("prefix not declared")
		return false
	}
	for i := range r.attrs {
		if !r.resolveAttribute(i) {
			return false
		}
	}
	return true
}

func (r *Reader) resolveAttribute(i int) bool {
	a := &r.attrs[i]
	if len(a.prefix) > 0 {
		var ok bool
		if a.space, ok = r.lookup(a.prefix); !ok {
			r.syntax("prefix not declared")
			return false
		}
	}
	for _, b := range r.attrs[:i] {
		if bytes.Equal(a.local, b.local) && bytes.Equal(a.space, b.space) {
			r.syntax("attribute given twice")
			return false
		}
	}
	return true
}

// lookup finds the namespace that a prefix stands for.
func (r *Reader) lookup(prefix []byte) ([]byte, bool) {
	for i := len(r.binds) - 1; i >= 0; i-- {
		if bytes.Equal(r.binds[i].prefix, prefix) {
			return r.binds[i].uri, true
		}
	}
	if string(prefix) == "xml" {
		return []byte(XMLSpace), true
	}
	return nil, false
}

func isDeclared(binds []binding, prefix []byte) bool {
	for i := range binds {
		if bytes.Equal(binds[i].prefix, prefix) {
			return true
		}
	}
	return false
}

// closeTag takes the end tag of the current element.
func (r *Reader) closeTag() {
	f := r.open[len(r.open)-1]
	name := r.nameOf(f)
	if !bytes.HasPrefix(r.src[r.pos+2:], name) {
		r.syntax("end tag of another element")
		return
	}
	r.pos += 2 + len(name)
	r.skipSpace()
	if !r.peek(">") {
		r.syntax("end tag of another element")
		return
	}
	r.pos++
	r.pop(f)
}

// closeEmpty takes the end of an element that was written as <a/>.
func (r *Reader) closeEmpty() {
	r.empty = false
	r.pop(r.open[len(r.open)-1])
}

func (r *Reader) pop(f frame) {
	if len(r.binds) > f.binds {
		r.binds = r.binds[:f.binds]
		r.defaultSpace = ""
	}
	r.open = r.open[:len(r.open)-1]
	r.attrs = r.attrs[:0]
}

// nameLength is the length of the name at the beginning of b, colons included;
// 0 if there is none.
func nameLength(b []byte) int {
	n, _ := scanName(b)
	return n
}

// scanName is nameLength, and where the first colon stands, negative for none.
func scanName(b []byte) (n, colon int) {
	colon = -1
	all := byte(0)
	for i, c := range b {
		if !nameByte[c] {
			break
		}
		if c == ':' && colon < 0 {
			colon = i
		}
		all |= c
		n++
	}
	switch {
	case n == 0 || b[0] == '-' || b[0] == '.' || b[0] >= '0' && b[0] <= '9':
		return 0, -1
	case all >= utf8.RuneSelf && !isName(b[:n]):
		return 0, -1
	}
	return n, colon
}

// nameByte marks the bytes of which names consist.
var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
	}
	return t
}()

// isName checks the characters beyond ASCII in a name.
func isName(b []byte) bool {
	for i := 0; i < len(b); {
		c, n := utf8.DecodeRune(b[i:])
		if n == 1 && c == utf8.RuneError || c >= utf8.RuneSelf && !isNameStart(c) && (i == 0 || !isNameRest(c)) {
			return false
		}
		i += n
	}
	return true
}

// isNameStart is the production NameStartChar of XML 1.0 beyond ASCII.
func isNameStart(c rune) bool {
	switch {
	case c == 0xD7, c == 0xF7, c == 0x37E:
		return false
	}
	return c >= 0xC0 && c <= 0x2FF || c >= 0x370 && c <= 0x1FFF || c >= 0x200C && c <= 0x200D ||
		c >= 0x2070 && c <= 0x218F || c >= 0x2C00 && c <= 0x2FEF || c >= 0x3001 && c <= 0xD7FF ||
		c >= 0xF900 && c <= 0xFDCF || c >= 0xFDF0 && c <= 0xFFFD || c >= 0x10000 && c <= 0xEFFFF
}

// isNameRest is what the production NameChar adds beyond ASCII.
func isNameRest(c rune) bool {
	return c == 0xB7 || c >= 0x300 && c <= 0x36F || c >= 0x203F && c <= 0x2040
}

// splitName splits prefix:local. A name has at most one colon, with a name on
// either side.
func splitName(name []byte) (prefix, local []byte, ok bool) {
	i := bytes.IndexByte(name, ':')
	if i < 0 {
		return nil, name, true
	}
	prefix, local = name[:i], name[i+1:]
	ok = i > 0 && bytes.IndexByte(local, ':') < 0 && len(local) > 0 && nameLength(local) == len(local)
	return prefix, local, ok
}
