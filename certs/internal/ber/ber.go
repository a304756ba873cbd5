// Package ber turns BER into DER as far as Konnektors make it necessary: in
// PKCS#12 files and CMS messages, with indefinite lengths and octet strings in
// pieces. The values themselves stay as they are.
//
// Source: X.690.
package ber

import (
	"encoding/asn1"
	"errors"
)

// maxDepth is how deep values may nest. A Konnektor's files and messages need 12.
const maxDepth = 32

// What a value is refused for.
var (
	errCutOff   = errors.New("value is cut off")
	errNoEnd    = errors.New("value does not end")
	errTag      = errors.New("long tag")
	errLength   = errors.New("bad length")
	errDepth    = errors.New("values nest too deep")
	errOctets   = errors.New("no octet string in an octet string")
	errTrailing = errors.New("bytes after the value")
)

const (
	constructedBit = 0x20
	longTag        = 0x1f
	indefinite     = 0x80
	tagOctetString = 0x04
)

// ToDER turns the one value that b holds into DER: definite, shortest lengths,
// and octet strings in one piece. It does not look into octet strings. Values
// that are cut off, nest deeper than 32 or have something behind them are an
// error.
func ToDER(b []byte) ([]byte, error) {
	der, rest, err := First(b)
	if err == nil && len(rest) > 0 {
		return nil, errTrailing
	}
	return der, err
}

// First is ToDER for the value at the beginning of b, and what follows it, which
// is no error.
func First(b []byte) (der, rest []byte, err error) {
	der, n, err := convert(nil, b, 0)
	if err != nil {
		return nil, nil, err
	}
	return der, b[n:], nil
}

// Octets are the octets of an octet string under any tag: as they are, or joined
// where the value is constructed. Other values in it are an error.
func Octets(v asn1.RawValue) ([]byte, error) {
	if !v.IsCompound {
		return v.Bytes, nil
	}
	var out []byte
	for rest := v.Bytes; len(rest) > 0; {
		var n int
		var err error
		if out, n, err = joinOctets(out, rest, 0); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	return out, nil
}

// element is one value in BER.
type element struct {
	tag         byte // identifier octet: class, constructed bit and number
	content     []byte
	indefinite  bool
	constructed bool
	size        int // of the whole encoding
}

// readElement reads the value at the beginning of b. The content of an
// indefinite value reaches to the end of b; its size is not known yet.
func readElement(b []byte) (element, error) {
	switch {
	case len(b) < 2:
		return element{}, errCutOff
	case b[0]&longTag == longTag:
		return element{}, errTag
	}
	e := element{tag: b[0], constructed: b[0]&constructedBit != 0}
	length, header := int(b[1]), 2
	switch {
	case length == indefinite:
		if !e.constructed {
			return element{}, errLength
		}
		e.indefinite, e.content = true, b[2:]
		return e, nil
	case length > indefinite:
		n := length &^ indefinite
		if n > 4 || len(b) < 2+n {
			return element{}, errLength
		}
		length = 0
		for _, c := range b[2 : 2+n] {
			length = length<<8 | int(c)
		}
		header += n
	}
	if length < 0 || length > len(b)-header {
		return element{}, errCutOff
	}
	e.content, e.size = b[header:header+length], header+length
	return e, nil
}

// convert appends the value at the beginning of b as DER and returns how many
// bytes of b it took.
func convert(out, b []byte, depth int) ([]byte, int, error) {
	if depth > maxDepth {
		return nil, 0, errDepth
	}
	e, err := readElement(b)
	if err != nil {
		return nil, 0, err
	}
	if !e.constructed {
		return appendValue(out, e.tag, e.content), e.size, nil
	}
	tag, piece := e.tag, convert
	if tag == tagOctetString|constructedBit {
		tag, piece = tagOctetString, joinOctets
	}
	var body []byte
	size, err := e.children(func(rest []byte) (n int, err error) {
		body, n, err = piece(body, rest, depth+1)
		return n, err
	})
	if err != nil {
		return nil, 0, err
	}
	return appendValue(out, tag, body), size, nil
}

// children calls each for what is left of a constructed value's content until
// that ends. It returns the size of the whole value.
func (e *element) children(each func(rest []byte) (int, error)) (int, error) {
	rest := e.content
	for {
		if e.indefinite {
			if len(rest) < 2 {
				return 0, errNoEnd
			}
			if rest[0] == 0 && rest[1] == 0 {
				return 2 + len(e.content) - len(rest) + 2, nil
			}
		} else if len(rest) == 0 {
			return e.size, nil
		}
		n, err := each(rest)
		if err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
}

// joinOctets appends the octets of the octet string at the beginning of b.
func joinOctets(out, b []byte, depth int) ([]byte, int, error) {
	if depth > maxDepth {
		return nil, 0, errDepth
	}
	e, err := readElement(b)
	switch {
	case err != nil:
		return nil, 0, err
	case e.tag&^constructedBit != tagOctetString:
		return nil, 0, errOctets
	case !e.constructed:
		return append(out, e.content...), e.size, nil
	}
	size, err := e.children(func(rest []byte) (n int, err error) {
		out, n, err = joinOctets(out, rest, depth+1)
		return n, err
	})
	return out, size, err
}

// appendValue appends tag, the shortest length and content.
func appendValue(out []byte, tag byte, content []byte) []byte {
	length := len(content)
	if length < indefinite {
		return append(append(out, tag, byte(length)), content...)
	}
	digits := 1
	for length>>(8*digits) > 0 {
		digits++
	}
	out = append(out, tag, indefinite|byte(digits))
	for i := digits - 1; i >= 0; i-- {
		out = append(out, byte(length>>(8*i)))
	}
	return append(out, content...)
}
