package brainpool

import (
	"bytes"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// encodeSignature turns r followed by s into DER (RFC 3279, 2.2.3).
func encodeSignature(raw []byte) []byte {
	half := len(raw) / 2
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addInteger(b, raw[:half])
		addInteger(b, raw[half:])
	})
	return b.BytesOrPanic()
}

func addInteger(b *cryptobyte.Builder, v []byte) {
	v = bytes.TrimLeft(v, "\x00")
	b.AddASN1(tag.INTEGER, func(b *cryptobyte.Builder) {
		if len(v) == 0 || v[0] >= 0x80 {
			b.AddUint8(0)
		}
		b.AddBytes(v)
	})
}

// decodeSignature turns DER into r followed by s, each of size bytes; nil when
// it is not strict DER of two numbers that fit.
func decodeSignature(der []byte, size int) []byte {
	input := cryptobyte.String(der)
	var pair cryptobyte.String
	var r, s []byte
	if !input.ReadASN1(&pair, tag.SEQUENCE) || !input.Empty() ||
		!pair.ReadASN1Integer(&r) || !pair.ReadASN1Integer(&s) || !pair.Empty() ||
		len(r) > size || len(s) > size {
		return nil
	}
	raw := make([]byte, 2*size)
	copy(raw[size-len(r):], r)
	copy(raw[2*size-len(s):], s)
	return raw
}
