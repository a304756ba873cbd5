package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// What a document may have at most; more is [ErrForbidden]. The largest
// messages of the official schemas stay far below.
const (
	// MaxDepth is how deep elements may nest.
	MaxDepth = 64
	// MaxElements is how many elements a document may have.
	MaxElements = 200_000

	maxAttributes = 128     // of one element, declarations included
	maxNamespaces = 256     // declarations in scope at once
	maxDeclared   = 4 << 20 // bytes of declarations added by all calls of Raw
	maxNoted      = 32      // missing elements that are noted, and unreadable values
	maxScratch    = 64 << 10
)

// XMLSpace is the namespace of the prefix xml.
const XMLSpace = "http://www.w3.org/XML/1998/namespace"

// Problems that a [Reader] or a [Writer] reports, to be told apart with
// errors.Is.
var (
	// ErrSyntax means that the document is no well-formed XML.
	ErrSyntax = errors.New("wire: not well-formed")
	// ErrForbidden means a DOCTYPE, an entity, or more of something than the
	// limits allow.
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
// does not read is skipped by the next Child; the whole document is checked all
// the same. A Reader is for one goroutine and must not be copied.
type Reader struct {
	src []byte
	pos int
	err error

	open     []frame   // the open elements, the current one last
	binds    []binding // the namespace declarations in scope
	attrs    []attr    // attributes of the element that was opened last
	space    []byte    // namespace of the element that was opened last
	local    []byte    // its local name
	empty    bool      // it was written as <a/>: its end is still to be taken
	elements int       // opened so far
	unread   int       // skipped by Child
	declared int       // bytes of declarations that Raw added
	scratch  []byte    // for text that is not one run of the source
	decoded  []byte    // for a document that is not in UTF-8
	whole    string    // copy of the source, for ShareText

	anySpace     bool
	defaultSpace string // the default namespace, when it has been looked up
	missing      []string
	unreadable   []string

	// What an ordinary message needs, so that reading it allocates nothing.
	openArray [16]frame
	bindArray [24]binding
	attrArray [8]attr
}

// NewReader returns a Reader for doc, which must not change while it is read.
// A byte order mark and the encodings UTF-8, US-ASCII, ISO-8859-1 and
// ISO-8859-15 are understood.
func NewReader(doc []byte) *Reader {
	r := new(Reader)
	r.Reset(doc)
	return r
}

// Reset makes r read doc from its beginning, as a new Reader would, and keeps
// its buffers.
func (r *Reader) Reset(doc []byte) {
	if r.open == nil {
		r.open, r.binds, r.attrs = r.openArray[:0], r.bindArray[:0], r.attrArray[:0]
	}
	r.open, r.binds, r.attrs = r.open[:0], r.binds[:0], r.attrs[:0]
	r.space, r.local, r.whole, r.defaultSpace = nil, nil, "", ""
	if cap(r.scratch) > maxScratch {
		r.scratch = nil
	}
	if cap(r.decoded) > maxScratch {
		r.decoded = nil
	}
	r.empty, r.anySpace = false, false
	r.elements, r.unread, r.declared = 0, 0, 0
	r.missing, r.unreadable = nil, nil
	r.src, r.pos, r.err = decodeCharset(doc, r.decoded)
	if len(r.src) > 0 && &r.src[0] != &doc[0] {
		r.decoded = r.src
	}
}

// Forget lets go of the document and overwrites what was copied from it, so
// that a Reader kept for the next Reset holds no data.
func (r *Reader) Forget() {
	clear(r.scratch[:cap(r.scratch)])
	clear(r.decoded[:cap(r.decoded)])
	r.Reset(nil)
	clear(r.open[:cap(r.open)])
	clear(r.binds[:cap(r.binds)])
	clear(r.attrs[:cap(r.attrs)])
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
	if r.err == nil {
		r.err = fmt.Errorf("%w at byte %d: %s", ErrSyntax, r.pos, what)
	}
}

func (r *Reader) forbidden(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w at byte %d: %s", ErrForbidden, r.pos, what)
	}
}

// Root moves to the root element. It is called once, before anything else.
func (r *Reader) Root() bool {
	for r.err == nil {
		r.skipSpace()
		switch {
		case r.pos == len(r.src):
			r.syntax("no element")
		case r.src[r.pos] != '<':
			r.syntax("text before the root element")
		case !r.markup():
			return r.openTag()
		}
	}
	return false
}

// Depth is the number of open elements: 1 on the root element.
func (r *Reader) Depth() int { return len(r.open) }

// Child moves to the next child of the element at the given depth, and past
// that element's end when there is none. Text between the children is passed
// over.
func (r *Reader) Child(depth int) bool {
	for r.err == nil && len(r.open) > depth {
		r.unread++
		r.Skip()
	}
	if r.err != nil || len(r.open) < depth || depth == 0 {
		return false
	}
	if r.empty {
		r.closeEmpty()
		return false
	}
	return r.next(nil)
}

// next moves to the next child of the current element, or past its end. It
// passes text to keep, checked and with references resolved, if keep is given.
func (r *Reader) next(keep func([]byte)) bool {
	for r.err == nil {
		i := bytes.IndexByte(r.src[r.pos:], '<')
		if i < 0 {
			r.syntax("document ends inside an element")
			return false
		}
		run := r.src[r.pos : r.pos+i]
		switch {
		case keep != nil:
			keep(r.unescape(run, false))
		case i > 0:
			r.checkText(run)
		}
		if r.err != nil {
			return false
		}
		r.pos += i
		switch {
		case r.peek("</"):
			r.closeTag()
			return false
		case !r.peek("<!") && !r.peek("<?"):
			return r.openTag()
		case keep != nil && r.peek("<![CDATA["):
			keep(r.cdata())
		default:
			r.markup()
		}
	}
	return false
}

// Skip moves past the end of the current element.
func (r *Reader) Skip() {
	for depth := len(r.open); r.err == nil && depth > 0 && len(r.open) >= depth; {
		if r.empty {
			r.closeEmpty()
		} else {
			r.next(nil)
		}
	}
}

// Finish skips the rest of the document and returns the first problem met in
// all of it.
func (r *Reader) Finish() error {
	for r.err == nil && len(r.open) > 0 {
		r.Skip()
	}
	if r.err == nil && r.elements == 0 {
		r.syntax("no element")
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

// Is reports whether the element that was reached last has this namespace and
// local name.
func (r *Reader) Is(space, local string) bool {
	return string(r.local) == local && (r.anySpace || string(r.space) == space)
}

// AnyNamespace makes Is look at local names only, until Reset: for documents of
// a revision whose namespace is not known.
func (r *Reader) AnyNamespace() { r.anySpace = true }

// Local is the local name of the element that was reached last.
func (r *Reader) Local() string { return string(r.local) }

// Space is the namespace of the element that was reached last.
func (r *Reader) Space() string { return string(r.space) }

// Unexpected records that the current element should not stand here. want says
// what should.
func (r *Reader) Unexpected(want string) {
	r.Fail(fmt.Errorf("%w: want %s", ErrElement, want))
}

// Require notes those of names as missing whose bit in seen is not set, the
// first name having the lowest bit.
func (r *Reader) Require(seen uint64, names ...string) {
	for i, name := range names {
		if seen&(1<<i) == 0 && r.err == nil && len(r.missing) < maxNoted {
			r.missing = append(r.missing, name)
		}
	}
}

// Missing returns the local names of elements that the schema requires and that
// were not there, 32 at most. That is no error by itself: a device may leave out
// what nobody needs.
func (r *Reader) Missing() []string { return r.missing }

// Unreadable returns the names, each once and 32 at most, of optional elements and
// attributes whose value was not of its type and that therefore count as absent.
// They are names that the caller asked for, so they may reach logs.
func (r *Reader) Unreadable() []string { return r.unreadable }

// passOver notes an optional element or attribute that cannot be read.
func (r *Reader) passOver(local string) {
	if r.err == nil && len(r.unreadable) < maxNoted && !slices.Contains(r.unreadable, local) {
		r.unreadable = append(r.unreadable, local)
	}
}

// Unread is the number of elements that Child has skipped because the caller
// did not read them, not counting what was inside them.
func (r *Reader) Unread() int { return r.unread }

// Attr returns an attribute of the current element. An attribute without
// prefix has no namespace. Attr answers only until the next move.
func (r *Reader) Attr(space, local string) (string, bool) {
	for i := range r.attrs {
		a := &r.attrs[i]
		if string(a.local) == local && string(a.space) == space {
			v := r.copied(r.unescape(a.value, true))
			return v, r.err == nil
		}
	}
	return "", false
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
