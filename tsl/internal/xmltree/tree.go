package xmltree

import (
	"errors"
	"fmt"
	"io"
)

// Limits of a document. The largest real list has 6,300 elements and 2,500
// attributes, 13 deep.
const (
	maxDepth      = 64
	maxNodes      = 200_000
	maxAttributes = 32
	maxName       = 256
)

// What a document is refused for, besides mistakes of syntax. Every error of
// Parse is a *SyntaxError; some wrap one of these.
var (
	// ErrDoctype means a document type declaration.
	ErrDoctype = errors.New("DOCTYPE is not allowed")
	// ErrEntity means a reference to an entity that XML does not have by itself.
	ErrEntity = errors.New("entity is not allowed")
	// ErrInstruction means a processing instruction.
	ErrInstruction = errors.New("processing instruction is not allowed")
	// ErrLimit means more depth, elements or attributes than any list has.
	ErrLimit = errors.New("too large")
	// ErrDuplicateID means two elements with the same Id.
	ErrDuplicateID = errors.New("two elements have the same Id")
)

// SyntaxError is the place where reading ended, and why.
type SyntaxError struct {
	Offset int // in bytes from the beginning
	Err    error
}

// Error gives the reason and the place.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%v at byte %d", e.Err, e.Offset) }

// Unwrap gives the reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Element is one element of the document.
type Element struct {
	Space, Name string // namespace and local name
	Attrs       []Attr
	Parent      *Element

	first, last, next *Element
	text              []byte
	owned             bool // text is a copy and may be appended to
}

// Attr is an attribute that is no namespace declaration.
type Attr struct {
	Space, Name, Value string

	prefix string
}

// Selector decides which canonical form is written where. It is called for
// every element, after its attributes are known and before its content is.
// With take, e and everything in it goes to w, as the apex of a canonical form
// of its own; a nil w means nowhere. Without, e belongs to what its parent
// belongs to. Writers are compared with == and are not expected to fail.
type Selector func(e *Element) (w io.Writer, take bool)

// Children iterates over the child elements.
func (e *Element) Children(yield func(*Element) bool) {
	for c := e.first; c != nil; c = c.next {
		if !yield(c) {
			return
		}
	}
}

// First is the first child element, or nil.
func (e *Element) First() *Element { return e.first }

// Last is the last child element, or nil.
func (e *Element) Last() *Element { return e.last }

// Next is the following sibling, or nil.
func (e *Element) Next() *Element { return e.next }

// Text is the character data directly in the element, without that of its
// children. It may be a part of the document: it must not be changed.
func (e *Element) Text() []byte { return e.text }

// Is reports whether the element has this namespace and local name.
func (e *Element) Is(space, name string) bool { return e.Name == name && e.Space == space }

// Child is the first child of the element's own namespace with a name, or nil.
func (e *Element) Child(name string) *Element {
	for c := e.first; c != nil; c = c.next {
		if c.Is(e.Space, name) {
			return c
		}
	}
	return nil
}

// Attr is the value of an attribute without namespace.
func (e *Element) Attr(name string) (value string, ok bool) {
	for i := range e.Attrs {
		if e.Attrs[i].Name == name && e.Attrs[i].Space == "" {
			return e.Attrs[i].Value, true
		}
	}
	return "", false
}

// Blank reports whether the element has no text besides white space.
func (e *Element) Blank() bool {
	for _, c := range e.text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

func (e *Element) addText(b []byte, shared bool) {
	switch {
	case len(b) == 0:
	case e.text == nil && shared:
		e.text = b[:len(b):len(b)]
	case e.owned:
		e.text = append(e.text, b...)
	default:
		e.text = append(append(make([]byte, 0, len(e.text)+len(b)), e.text...), b...)
		e.owned = true
	}
}

func (e *Element) addChild(c *Element) {
	c.Parent = e
	if e.last == nil {
		e.first = c
	} else {
		e.last.next = c
	}
	e.last = c
}

// isID reports whether an attribute identifies its element, for any software
// that may look at the list.
func (a *Attr) isID() bool {
	if len(a.Name) != 2 || a.Name[0]|0x20 != 'i' || a.Name[1]|0x20 != 'd' {
		return false
	}
	return a.Space == "" || a.Space == xmlSpace
}
