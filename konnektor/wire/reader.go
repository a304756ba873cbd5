package wire

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep elements may nest. The deepest message of the official
// schemas stays below 40.
const MaxDepth = 64

// maxAttributes is how many attributes and namespace declarations one element
// may have.
const maxAttributes = 128

// maxMissing is how many missing elements are noted.
const maxMissing = 32

// Problems that a [Reader] reports, to be told apart with errors.Is.
var (
	// ErrSyntax means that the document is no well-formed XML.
	ErrSyntax = errors.New("wire: not well-formed")
	// ErrForbidden means a DOCTYPE, an entity or nesting beyond MaxDepth.
	ErrForbidden = errors.New("wire: forbidden construct")
	// ErrCharset means an encoding that is unknown or not the declared one.
	ErrCharset = errors.New("wire: unreadable character encoding")
	// ErrValue means a value that is not of the type that the schema gives it.
	ErrValue = errors.New("wire: bad value")
	// ErrElement means an element other than the expected one.
	ErrElement = errors.New("wire: unexpected element")
)

// Reader walks through one XML document, element by element.
//
//	r := wire.NewReader(doc)
//	if r.Root() {
//		for d := r.Depth(); r.Child(d); {
//			if r.Is(space, "CardHandle") {
//				handle = r.Text()
//			}
//		}
//	}
//	err := r.Finish()
//
// The first problem ends the walk: Root and Child answer false from then on,
// values are zero, and Err and Finish report it. An element that the caller
// does not read is skipped by the next Child. A Reader is for one goroutine.
type Reader struct {
	src []byte
	pos int
	err error

	open  []frame   // the open elements, the current one last
	binds []binding // the namespace declarations in scope
	attrs []attr    // attributes of the element that was opened last
	space []byte    // namespace of the element that was opened last
	local []byte    // its local name
	empty bool      // it was written as <a/>: its end is still to be taken
	text  []byte    // scratch for text that is not one run of the source

	anySpace bool     // Is looks at local names only
	missing  []string // required elements that were not there
}

type frame struct {
	name  []byte // as written, prefix included
	start int    // where its tag begins
	binds int    // len(binds) before its declarations
}

type binding struct {
	prefix, uri []byte
}

type attr struct {
	prefix, local, value []byte
}

// XMLSpace is the namespace of the prefix xml.
const XMLSpace = "http://www.w3.org/XML/1998/namespace"

// NewReader returns a Reader for doc, which must not change while it is read.
// A byte order mark and the encodings UTF-8, US-ASCII, ISO-8859-1 and
// ISO-8859-15 are understood.
func NewReader(doc []byte) *Reader {
	r := new(Reader)
	r.Reset(doc)
	return r
}

// Reset makes r read doc from its beginning and keeps its buffers.
func (r *Reader) Reset(doc []byte) {
	*r = Reader{open: r.open[:0], binds: r.binds[:0], attrs: r.attrs[:0], text: r.text[:0]}
	r.src, r.err = decodeCharset(doc)
}

// Err returns the first problem met so far.
func (r *Reader) Err() error { return r.err }

// Fail records a problem that the caller found, if none is recorded yet. The
// text of err reaches logs: it must not quote the document.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *Reader) syntax(what string) {
	r.Fail(fmt.Errorf("%w at byte %d: %s", ErrSyntax, r.pos, what))
}

// Root moves to the root element.
func (r *Reader) Root() bool {
	for r.err == nil {
		r.skipSpace()
		switch {
		case r.pos == len(r.src):
			r.syntax("no element")
		case !r.markup():
			return r.err == nil && r.openTag()
		}
	}
	return false
}

// Depth is the number of open elements: 1 on the root element.
func (r *Reader) Depth() int { return len(r.open) }

// Child moves to the next child of the element at the given depth, and past
// that element's end when there is none.
func (r *Reader) Child(depth int) bool {
	for r.err == nil && len(r.open) > depth {
		r.Skip()
	}
	for r.err == nil && len(r.open) == depth {
		if r.empty {
			r.closeEmpty()
			return false
		}
		i := bytes.IndexByte(r.src[r.pos:], '<')
		if i < 0 {
			r.syntax("document ends inside an element")
			return false
		}
		r.checkIgnored(r.src[r.pos : r.pos+i])
		r.pos += i
		switch {
		case r.err != nil:
			return false
		case r.peek("</"):
			r.closeTag()
			return false
		case !r.markup():
			return r.err == nil && r.openTag()
		}
	}
	return false
}

// Skip moves past the end of the current element.
func (r *Reader) Skip() {
	depth := len(r.open)
	for r.err == nil && len(r.open) >= depth && depth > 0 {
		if r.empty {
			r.closeEmpty()
			continue
		}
		i := bytes.IndexByte(r.src[r.pos:], '<')
		if i < 0 {
			r.syntax("document ends inside an element")
			return
		}
		r.checkIgnored(r.src[r.pos : r.pos+i])
		r.pos += i
		switch {
		case r.err != nil:
		case r.peek("</"):
			r.closeTag()
		case !r.markup():
			r.openTag()
		}
	}
}

// Finish skips the rest of the document and returns the first problem met in
// all of it.
func (r *Reader) Finish() error {
	for r.err == nil && len(r.open) > 0 {
		r.Skip()
	}
	for r.err == nil {
		r.skipSpace()
		if r.pos == len(r.src) {
			break
		}
		if !r.markup() {
			r.syntax("content after the root element")
		}
	}
	return r.err
}

// Is reports whether the current element has this namespace and local name.
func (r *Reader) Is(space, local string) bool {
	return string(r.local) == local && (r.anySpace || string(r.space) == space)
}

// AnyNamespace makes Is look at local names only, for documents of a revision
// whose namespace is not known.
func (r *Reader) AnyNamespace() { r.anySpace = true }

// Missing returns the names of elements that the schema requires and that were
// not there. That is no error: a device may leave out what nobody needs.
func (r *Reader) Missing() []string { return r.missing }

// Require notes those of names as missing whose bit in seen is not set.
func (r *Reader) Require(seen uint64, names ...string) {
	for i, name := range names {
		if seen&(1<<i) == 0 && r.err == nil && len(r.missing) < maxMissing {
			r.missing = append(r.missing, name)
		}
	}
}

// Local is the local name of the element that was reached last.
func (r *Reader) Local() string { return string(r.local) }

// Space is the namespace of the element that was reached last.
func (r *Reader) Space() string { return string(r.space) }

// Unexpected records that the current element should not stand here.
func (r *Reader) Unexpected(want string) {
	r.Fail(fmt.Errorf("%w: want %s", ErrElement, want))
}

// Attr returns an attribute of the current element. An attribute without
// prefix has no namespace. Attr answers only until the next move.
func (r *Reader) Attr(space, local string) (string, bool) {
	for _, a := range r.attrs {
		if string(a.local) != local {
			continue
		}
		if s, ok := r.attrSpace(a); ok && string(s) == space {
			v := r.unescape(a.value, true)
			return string(v), r.err == nil
		}
	}
	return "", false
}

func (r *Reader) attrSpace(a attr) ([]byte, bool) {
	if len(a.prefix) == 0 {
		return nil, true
	}
	return r.lookup(a.prefix)
}

// Text returns the text of the current element and moves past its end.
// Elements inside it are skipped and comments left out.
func (r *Reader) Text() string {
	t := r.rawText(true)
	if len(t) == 0 {
		return ""
	}
	return string(t)
}

// rawText returns the text of the current element, valid until the next call.
// checked says that characters are to be checked; a caller that checks them by
// itself spares the pass.
func (r *Reader) rawText(checked bool) []byte {
	if r.err != nil || len(r.open) == 0 {
		return nil
	}
	if r.empty {
		r.closeEmpty()
		return nil
	}
	// Most elements are one run of text up to their end tag.
	if i := bytes.IndexByte(r.src[r.pos:], '<'); i >= 0 && r.pos+i+1 < len(r.src) && r.src[r.pos+i+1] == '/' {
		run := r.src[r.pos : r.pos+i]
		if checked || bytes.IndexByte(run, '&') >= 0 {
			run = r.unescape(run, false)
		}
		r.pos += i
		if r.err == nil {
			r.closeTag()
		}
		return run
	}
	return r.mixedText(r.Skip)
}

// content calls child on each child element, which must move past its end, and
// returns the text between them.
func (r *Reader) content(child func()) string {
	if r.err != nil || len(r.open) == 0 {
		return ""
	}
	if r.empty {
		r.closeEmpty()
		return ""
	}
	return string(r.mixedText(child))
}

func (r *Reader) mixedText(child func()) []byte {
	var all []byte
	for r.err == nil {
		i := bytes.IndexByte(r.src[r.pos:], '<')
		if i < 0 {
			r.syntax("document ends inside an element")
			return nil
		}
		all = append(all, r.unescape(r.src[r.pos:r.pos+i], false)...)
		r.pos += i
		switch {
		case r.err != nil:
		case r.peek("</"):
			r.closeTag()
			return all
		case r.peek("<![CDATA["):
			all = append(all, r.cdata()...)
		case !r.markup():
			if r.openTag() {
				child()
			}
		}
	}
	return nil
}

// Raw returns the current element as a document of its own, with the namespace
// declarations in scope added, and moves past its end.
func (r *Reader) Raw() RawXML {
	if r.err != nil || len(r.open) == 0 {
		return nil
	}
	f := r.open[len(r.open)-1]
	outer := append([]binding(nil), r.binds[:f.binds]...)
	own := append([]binding(nil), r.binds[f.binds:]...)
	start := f.start
	head := start + 1 + len(f.name)
	r.Skip()
	if r.err != nil {
		return nil
	}
	out := append([]byte(nil), r.src[start:head]...)
	for i := len(outer) - 1; i >= 0; i-- {
		b := outer[i]
		if declared(own, b.prefix) {
			continue
		}
		own = append(own, b)
		if len(b.uri) == 0 {
			continue
		}
		out = append(out, " xmlns"...)
		if len(b.prefix) > 0 {
			out = append(append(out, ':'), b.prefix...)
		}
		out = append(out, '=', '"')
		out = append(escape(out, string(b.uri), true), '"')
	}
	return append(out, r.src[head:r.pos]...)
}

func declared(binds []binding, prefix []byte) bool {
	for _, b := range binds {
		if bytes.Equal(b.prefix, prefix) {
			return true
		}
	}
	return false
}

// pos0 is where the tag of the current element begins.
func (r *Reader) pos0() int { return r.open[len(r.open)-1].start }

// markup takes a comment, a processing instruction or, inside the root, a CDATA
// section, and reports whether it stood on one.
func (r *Reader) markup() bool {
	switch {
	case r.peek("<!--"):
		r.comment()
	case r.peek("<?"):
		r.instruction()
	case r.peek("<![CDATA[") && len(r.open) > 0:
		r.cdata()
	case r.peek("<!"):
		r.Fail(fmt.Errorf("%w at byte %d: DOCTYPE", ErrForbidden, r.pos))
	default:
		return false
	}
	return r.err == nil
}

func (r *Reader) comment() {
	body := r.src[r.pos+4:]
	i := bytes.Index(body, []byte("--"))
	if i < 0 || i+2 >= len(body) || body[i+2] != '>' {
		r.syntax("comment does not end")
		return
	}
	r.checkChars(body[:i])
	r.pos += 4 + i + 3
}

func (r *Reader) instruction() {
	body := r.src[r.pos+2:]
	i := bytes.Index(body, []byte("?>"))
	n := nameLength(body)
	if i < 0 || n == 0 || n > i {
		r.syntax("processing instruction does not end")
		return
	}
	if len(body[:n]) == 3 && bytes.EqualFold(body[:n], []byte("xml")) {
		r.syntax("XML declaration not at the beginning")
		return
	}
	r.checkChars(body[:i])
	r.pos += 2 + i + 2
}

func (r *Reader) cdata() []byte {
	body := r.src[r.pos+len("<![CDATA["):]
	i := bytes.Index(body, []byte("]]>"))
	if i < 0 {
		r.syntax("CDATA section does not end")
		return nil
	}
	r.checkChars(body[:i])
	r.pos += len("<![CDATA[") + i + 3
	return normalizeNewlines(body[:i])
}

// openTag takes a start tag and makes its element the current one.
func (r *Reader) openTag() bool {
	if len(r.open) == MaxDepth {
		r.Fail(fmt.Errorf("%w: elements nest deeper than %d", ErrForbidden, MaxDepth))
		return false
	}
	f := frame{start: r.pos, binds: len(r.binds)}
	r.pos++
	n := nameLength(r.src[r.pos:])
	if n == 0 {
		r.syntax("no element name")
		return false
	}
	f.name = r.src[r.pos : r.pos+n]
	r.pos += n
	r.attrs = r.attrs[:0]
	if !r.attributes() {
		return false
	}
	r.open = append(r.open, f)
	return r.resolve(f)
}

// attributes takes everything up to and including the end of a start tag.
func (r *Reader) attributes() bool {
	for total := 0; ; total++ {
		before := r.pos
		r.skipSpace()
		switch {
		case r.pos == len(r.src):
			r.syntax("document ends inside a tag")
			return false
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
			return false
		case total == maxAttributes:
			r.Fail(fmt.Errorf("%w: more than %d attributes", ErrForbidden, maxAttributes))
			return false
		}
		if !r.attribute() {
			return false
		}
	}
}

func (r *Reader) attribute() bool {
	n := nameLength(r.src[r.pos:])
	if n == 0 {
		r.syntax("no attribute name")
		return false
	}
	name := r.src[r.pos : r.pos+n]
	r.pos += n
	r.skipSpace()
	if !r.peek("=") {
		r.syntax("attribute without value")
		return false
	}
	r.pos++
	r.skipSpace()
	if r.pos == len(r.src) || (r.src[r.pos] != '"' && r.src[r.pos] != '\'') {
		r.syntax("attribute value without quotes")
		return false
	}
	end := bytes.IndexByte(r.src[r.pos+1:], r.src[r.pos])
	if end < 0 {
		r.syntax("attribute value does not end")
		return false
	}
	value := r.src[r.pos+1 : r.pos+1+end]
	if bytes.IndexByte(value, '<') >= 0 {
		r.syntax("< in an attribute value")
		return false
	}
	r.pos += end + 2
	return r.keep(name, value)
}

// keep stores an attribute or declares a namespace.
func (r *Reader) keep(name, value []byte) bool {
	a := attr{value: value}
	var ok bool
	if a.prefix, a.local, ok = splitName(name); !ok {
		r.syntax("bad attribute name")
		return false
	}
	if len(a.prefix) == 0 && string(a.local) == "xmlns" {
		return r.bind(nil, value)
	}
	if string(a.prefix) == "xmlns" {
		return r.bind(a.local, value)
	}
	r.unescape(value, true) // for its checks; Attr unescapes again when asked
	r.attrs = append(r.attrs, a)
	return r.err == nil
}

func (r *Reader) bind(prefix, value []byte) bool {
	uri := r.unescape(value, true)
	if r.err != nil {
		return false
	}
	if len(uri) > 0 && (len(value) == 0 || &uri[0] != &value[0]) {
		uri = bytes.Clone(uri)
	}
	switch {
	case len(prefix) > 0 && len(uri) == 0:
		r.syntax("prefix without namespace")
	case string(prefix) == "xmlns", string(uri) == "http://www.w3.org/2000/xmlns/":
		r.syntax("xmlns declared")
	case (string(prefix) == "xml") != (string(uri) == XMLSpace):
		r.syntax("prefix xml declared otherwise")
	}
	r.binds = append(r.binds, binding{prefix, uri})
	return r.err == nil
}

// resolve finds the namespaces of the element just opened and of its
// attributes, and refuses the same name twice.
func (r *Reader) resolve(f frame) bool {
	prefix, local, ok := splitName(f.name)
	if !ok {
		r.syntax("bad element name")
		return false
	}
	own := r.binds[f.binds:]
	for i := range own {
		if declared(own[:i], own[i].prefix) {
			r.syntax("prefix declared twice")
			return false
		}
	}
	for i, a := range r.attrs {
		space, ok := r.attrSpace(a)
		if !ok {
			r.syntax("unknown prefix")
			return false
		}
		for _, b := range r.attrs[:i] {
			other, _ := r.attrSpace(b)
			if bytes.Equal(a.local, b.local) && bytes.Equal(space, other) {
				r.syntax("attribute given twice")
				return false
			}
		}
	}
	r.local = local
	if r.space, ok = r.lookup(prefix); !ok && len(prefix) > 0 {
		r.syntax("unknown prefix")
		return false
	}
	return true
}

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

func (r *Reader) closeTag() {
	f := r.open[len(r.open)-1]
	rest := r.src[r.pos+2:]
	if !bytes.HasPrefix(rest, f.name) {
		r.syntax("end tag of another element")
		return
	}
	r.pos += 2 + len(f.name)
	r.skipSpace()
	if !r.peek(">") {
		r.syntax("end tag of another element")
		return
	}
	r.pos++
	r.pop(f)
}

func (r *Reader) closeEmpty() {
	r.empty = false
	r.pop(r.open[len(r.open)-1])
}

func (r *Reader) pop(f frame) {
	r.binds = r.binds[:f.binds]
	r.open = r.open[:len(r.open)-1]
	r.attrs = r.attrs[:0]
}

func (r *Reader) peek(s string) bool {
	return len(r.src)-r.pos >= len(s) && string(r.src[r.pos:r.pos+len(s)]) == s
}

func (r *Reader) skipSpace() {
	for r.pos < len(r.src) && isSpace(r.src[r.pos]) {
		r.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// nameLength is the length of the name at the beginning of b. Beyond ASCII,
// every character counts as part of a name.
func nameLength(b []byte) int {
	n := 0
	for n < len(b) && nameByte[b[n]] {
		n++
	}
	if n > 0 && (b[0] == '-' || b[0] == '.' || b[0] >= '0' && b[0] <= '9') {
		return 0
	}
	if !utf8.Valid(b[:n]) {
		return 0
	}
	return n
}

var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
	}
	return t
}()

// splitName splits prefix:local. A name has at most one colon, with something
// on either side.
func splitName(name []byte) (prefix, local []byte, ok bool) {
	i := bytes.IndexByte(name, ':')
	if i < 0 {
		return nil, name, true
	}
	prefix, local = name[:i], name[i+1:]
	return prefix, local, i > 0 && nameLength(local) == len(local) && len(local) > 0 && bytes.IndexByte(local, ':') < 0
}
