package p12

import (
	"encoding/asn1"
	"fmt"
)

// maxDepth is how deep values may nest. A Konnektor's file needs 12.
const maxDepth = 32

// element is one BER value.
type element struct {
	tag         byte // identifier octet: class, constructed bit and number
	content     []byte
	indefinite  bool
	size        int // of the whole encoding
	constructed bool
}

const (
	constructedBit = 0x20
	tagOctetString = 0x04
)

// readElement reads the value at the beginning of b. The content of an
// indefinite value reaches to the end of b; its size is not known yet.
func readElement(b []byte) (element, error) {
	if len(b) < 2 {
		return element{}, fmt.Errorf("%w: value is cut off", ErrMalformed)
	}
	e := element{tag: b[0], constructed: b[0]&constructedBit != 0}
	if b[0]&0x1f == 0x1f {
		return element{}, fmt.Errorf("%w: long tag", ErrMalformed)
	}
	length, header := int(b[1]), 2
	switch {
	case length == 0x80:
		if !e.constructed {
			return element{}, fmt.Errorf("%w: primitive value without length", ErrMalformed)
		}
		e.indefinite, e.content = true, b[2:]
		return e, nil
	case length > 0x80:
		n := length & 0x7f
		if n > 4 || len(b) < 2+n {
			return element{}, fmt.Errorf("%w: bad length", ErrMalformed)
		}
		length = 0
		for _, c := range b[2 : 2+n] {
			length = length<<8 | int(c)
		}
		header += n
	}
	if length < 0 || length > len(b)-header {
		return element{}, fmt.Errorf("%w: value is cut off", ErrMalformed)
	}
	e.content, e.size = b[header:header+length], header+length
	return e, nil
}

// toDER turns the one BER value that b holds into DER: definite, shortest
// lengths and joined octet strings. It does not look into octet strings.
func toDER(b []byte) ([]byte, error) {
	out, n, err := convert(nil, b, 0)
	if err != nil {
		return nil, err
	}
	if n != len(b) {
		return nil, fmt.Errorf("%w: bytes after the value", ErrMalformed)
	}
	return out, nil
}

// convert appends the value at the beginning of b as DER and returns how many
// bytes of b it took.
func convert(out, b []byte, depth int) ([]byte, int, error) {
	if depth > maxDepth {
		return nil, 0, fmt.Errorf("%w: nested deeper than %d", ErrMalformed, maxDepth)
	}
	e, err := readElement(b)
	if err != nil {
		return nil, 0, err
	}
	if !e.constructed {
		return appendTLV(out, e.tag, e.content), e.size, nil
	}
	joined := e.tag == tagOctetString|constructedBit
	var body []byte
	n, err := children(e, func(rest []byte) (int, error) {
		var n int
		var err error
		if joined {
			body, n, err = joinOctets(body, rest, depth+1)
		} else {
			body, n, err = convert(body, rest, depth+1)
		}
		return n, err
	})
	if err != nil {
		return nil, 0, err
	}
	if joined {
		return appendTLV(out, tagOctetString, body), n, nil
	}
	return appendTLV(out, e.tag, body), n, nil
}

// children calls each for what is left of a constructed value's content until
// that ends. It returns the size of the whole value.
func children(e element, each func(rest []byte) (int, error)) (int, error) {
	rest := e.content
	for {
		if e.indefinite {
			if len(rest) < 2 {
				return 0, fmt.Errorf("%w: value does not end", ErrMalformed)
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
		return nil, 0, fmt.Errorf("%w: nested deeper than %d", ErrMalformed, maxDepth)
	}
	e, err := readElement(b)
	if err != nil {
		return nil, 0, err
	}
	if e.tag&^constructedBit != tagOctetString {
		return nil, 0, fmt.Errorf("%w: no octet string in an octet string", ErrMalformed)
	}
	if !e.constructed {
		return append(out, e.content...), e.size, nil
	}
	n, err := children(e, func(rest []byte) (int, error) {
		var n int
		var err error
		out, n, err = joinOctets(out, rest, depth+1)
		return n, err
	})
	return out, n, err
}

func appendTLV(out []byte, tag byte, content []byte) []byte {
	out = append(out, tag)
	switch n := len(content); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 1<<8:
		out = append(out, 0x81, byte(n))
	case n < 1<<16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}

// octets are the octets of an octet string under any tag: as they are, or
// joined where the value is constructed.
func octets(v asn1.RawValue) ([]byte, error) {
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

// unmarshal reads one value in BER.
func unmarshal(ber []byte, v any) error {
	der, err := toDER(ber)
	if err != nil {
		return err
	}
	if rest, err := asn1.Unmarshal(der, v); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: not the expected structure", ErrMalformed)
	}
	return nil
}
