package tsl

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/libkonnektor/libkonnektor/tsl/internal/xmltree"
)

// MaxSize bounds a list in bytes. The largest real one has 816 kB.
const MaxSize = 16 << 20

// document is a list as it was read: in a structure that may be looked at, and
// not verified.
type document struct {
	root *xmltree.Element
	size int
	sum  [sha256.Size]byte

	whole, properties hash.Hash    // digests of what the references are about
	info              bytes.Buffer // canonical SignedInfo
	signatures, props int          // how often the elements were seen, anywhere
}

// readDocument does steps 2 and 3 of judging a list: well-formed, then schema.
func readDocument(data []byte) (*document, error) {
	if len(data) > MaxSize {
		return nil, refuse(CodeNotWellFormed, ErrTooLarge, "%d bytes, more than %d", len(data), MaxSize)
	}
	d := &document{size: len(data), sum: sha256.Sum256(data), whole: sha256.New(), properties: sha256.New()}
	root, err := xmltree.Parse(data, d.choose)
	if errors.Is(err, xmltree.ErrDuplicateID) {
		return nil, refuse(CodeSchema, err, "schema")
	}
	if err != nil {
		return nil, refuse(CodeNotWellFormed, err, "no well-formed list")
	}
	d.root = root
	if err := checkSchema(root); err != nil {
		return nil, refuse(CodeSchema, err, "schema")
	}
	return d, nil
}

// choose sends the canonical form of the list without its signature, of
// SignedInfo and of SignedProperties where they are needed. They are found by
// their place, never by an Id.
func (d *document) choose(e *xmltree.Element) (w io.Writer, take bool) {
	if e.Is(spaceDS, "Signature") {
		d.signatures++
		return nil, depth(e) == 1
	}
	switch {
	case e.Parent == nil:
		return d.whole, true
	case e.Is(spaceDS, "SignedInfo") && depth(e) == 2 && e.Parent.Is(spaceDS, "Signature"):
		return &d.info, true
	case e.Is(spaceXAdES, "SignedProperties"):
		d.props++
		if depth(e) == 4 && e.Parent.Parent.Parent.Is(spaceDS, "Signature") {
			return d.properties, true
		}
	}
	return nil, false
}

func depth(e *xmltree.Element) (n int) {
	for e = e.Parent; e != nil; e = e.Parent {
		n++
	}
	return n
}

// list decodes the content. It is given out only after the signature has been
// verified.
func (d *document) list() (*List, error) {
	l, err := decode(d.root)
	if err != nil {
		return nil, refuse(CodeSchema, err, "schema")
	}
	l.Size, l.SHA256 = d.size, d.sum
	return l, nil
}

// signature reads the signature of the list, which is its last child.
func (d *document) signature() (*signature, error) {
	e := d.root.Last()
	switch {
	case e == nil || !e.Is(spaceDS, "Signature"):
		return nil, refuse(CodeSignerMissing, nil, "the list has no signature")
	case d.signatures != 1 || d.props != 1:
		return nil, refuse(CodeSignature, nil, "%d signatures and %d sets of signed properties instead of one each", d.signatures, d.props)
	}
	s, err := readSignature(e)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return nil, known
		}
		return nil, refuse(CodeSignature, err, "signature")
	}
	return s, nil
}

// verify checks that the list, the signed properties and the signature are
// those that the signer's key has signed. Who the signer is, it does not ask.
func (d *document) verify(s *signature) error {
	switch {
	case !bytes.Equal(d.whole.Sum(nil), s.wholeDigest):
		return refuse(CodeSignature, nil, "the content was changed: its digest is another one")
	case !bytes.Equal(d.properties.Sum(nil), s.propertiesDigest):
		return refuse(CodeSignature, nil, "the signed properties were changed: their digest is another one")
	}
	if err := s.verify(d.info.Bytes()); err != nil {
		return refuse(CodeSignature, err, "signature")
	}
	if sum := sha256.Sum256(s.signer.Raw); !bytes.Equal(sum[:], s.signerDigest) {
		return refuse(CodeSignature, nil, "the signed properties name another signer's certificate")
	}
	return nil
}

var errForm = errors.New("form is not allowed")

func formError(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, errForm)...)
}
