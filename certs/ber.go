package certs

import (
	"errors"
)

// maxDepth is how deep values of BER may nest. A signature needs 12.
const maxDepth = 32

const (
	constructedBit = 0x20
	indefinite     = 0x80
	longTag        = 0x1f
)

var errBER = errors.New("malformed BER")

// definite rewrites one value of BER so that every length is definite and as
// short as DER wants it; the values themselves stay as they are. What follows the
// value is an error.
func definite(ber []byte) ([]byte, error) {
	out, rest, err := appendDefinite(nil, ber, 0)
	if err == nil && len(rest) > 0 {
		err = errBER
	}
	return out, err
}

func appendDefinite(out, ber []byte, depth int) (der, rest []byte, err error) {
	if len(ber) < 2 || ber[0]&longTag == longTag || depth > maxDepth {
		return nil, nil, errBER
	}
	tag, constructed := ber[0], ber[0]&constructedBit != 0
	content, rest, open, err := readLength(ber[1:])
	if err != nil || open && !constructed {
		return nil, nil, errBER
	}
	if !constructed {
		return append(appendHeader(out, tag, len(content)), content...), rest, nil
	}
	var inner []byte
	for !open && len(content) > 0 || open && !endOfContents(content) {
		if inner, content, err = appendDefinite(inner, content, depth+1); err != nil {
			return nil, nil, err
		}
	}
	if open {
		rest = content[2:]
	}
	return append(appendHeader(out, tag, len(inner)), inner...), rest, nil
}

func endOfContents(b []byte) bool { return len(b) >= 2 && b[0] == 0 && b[1] == 0 }

// readLength reads a length and the content. When the length is open, the
// content reaches to the end of b.
func readLength(b []byte) (content, rest []byte, open bool, err error) {
	length, b := int(b[0]), b[1:]
	switch {
	case length == indefinite:
		return b, nil, true, nil
	case length > indefinite:
		n := length &^ indefinite
		if n > 4 || n > len(b) {
			return nil, nil, false, errBER
		}
		length = 0
		for _, c := range b[:n] {
			length = length<<8 | int(c)
		}
		b = b[n:]
	}
	if length < 0 || length > len(b) {
		return nil, nil, false, errBER
	}
	return b[:length], b[length:], false, nil
}

func appendHeader(out []byte, tag byte, length int) []byte {
	if length < indefinite {
		return append(out, tag, byte(length))
	}
	var digits []byte
	for n := length; n > 0; n >>= 8 {
		digits = append([]byte{byte(n)}, digits...)
	}
	return append(append(out, tag, indefinite|byte(len(digits))), digits...)
}
