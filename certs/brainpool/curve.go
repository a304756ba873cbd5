package brainpool

import (
	"crypto"
	"crypto/elliptic"
	"encoding/asn1"
	"sync"
)

//go:generate go run generate.go

// Curve is one of the three curves of this package. There is one *Curve of
// each, so that they can be compared with ==. A Curve is safe for concurrent
// use.
type Curve struct {
	name  string
	oid   asn1.ObjectIdentifier
	size  int         // bytes of a coordinate and of a scalar
	hash  crypto.Hash // of the nonce generator
	group group
	order []byte // n, big-endian

	adapter elliptic.Curve
}

// group is the arithmetic of a curve. Scalars and coordinates are big-endian,
// as many bytes as the curve has, points are x followed by y; whoever calls
// takes care of the lengths. What takes a scalar k, d or nonce runs in constant
// time, the other methods do not.
type group interface {
	// isScalar reports whether k is in 1..n-1.
	isScalar(k []byte) bool
	// reduce is b mod n, for any b.
	reduce(b []byte) []byte
	// isPoint reports whether both coordinates are below p and on the curve.
	isPoint(xy []byte) bool
	// multBase is k times the base point, nil for infinity.
	multBase(k []byte) []byte
	// mult is k times a point, nil for infinity and for no point.
	mult(k, xy []byte) []byte
	// add is the sum of two points, nil for infinity and for no point.
	add(xy1, xy2 []byte) []byte
	// sign is r followed by s, nil for a nonce that gives r = 0 or s = 0.
	sign(d, nonce, e []byte) []byte
	// verify checks r followed by s against the left-most bits e of a digest.
	verify(xy, e, rs []byte) bool
}

var p256r1 = sync.OnceValue(func() *Curve {
	return newCurve(&rfc5639[0], crypto.SHA256, func(d *domain) group { return newGroup256(d) })
})

var p384r1 = sync.OnceValue(func() *Curve {
	return newCurve(&rfc5639[1], crypto.SHA384, func(d *domain) group { return newGroup384(d) })
})

var p512r1 = sync.OnceValue(func() *Curve {
	return newCurve(&rfc5639[2], crypto.SHA512, func(d *domain) group { return newGroup512(d) })
})

// P256r1 is brainpoolP256r1, the curve of the TI.
func P256r1() *Curve { return p256r1() }

// P384r1 is brainpoolP384r1.
func P384r1() *Curve { return p384r1() }

// P512r1 is brainpoolP512r1.
func P512r1() *Curve { return p512r1() }

func newCurve(p *parameters, hash crypto.Hash, newGroup func(*domain) group) *Curve {
	d := p.domain()
	c := &Curve{name: p.name, oid: p.oid, size: d.size, hash: hash}
	c.group = newGroup(d)
	c.order = d.n.FillBytes(make([]byte, d.size))
	c.adapter = newAdapter(c, d)
	return c
}

// CurveByOID is the curve that a SubjectPublicKeyInfo or a private key names,
// or nil when it is none of the three.
func CurveByOID(oid asn1.ObjectIdentifier) *Curve {
	for i, p := range rfc5639 {
		if p.oid.Equal(oid) {
			return curveByIndex(i)
		}
	}
	return nil
}

// CurveByName is the curve with a name as in RFC 5639, such as
// "brainpoolP256r1", or nil when it is none of the three.
func CurveByName(name string) *Curve {
	for i, p := range rfc5639 {
		if p.name == name {
			return curveByIndex(i)
		}
	}
	return nil
}

func curveByIndex(i int) *Curve {
	return [...]func() *Curve{P256r1, P384r1, P512r1}[i]()
}

// Name is the name of the curve in RFC 5639, such as "brainpoolP256r1".
func (c *Curve) Name() string { return c.name }

// String is the name of the curve.
func (c *Curve) String() string { return c.name }

// OID identifies the curve in certificates and keys.
func (c *Curve) OID() asn1.ObjectIdentifier { return append(asn1.ObjectIdentifier(nil), c.oid...) }

// Size is the number of bytes of a coordinate, a private key, an ECDH secret
// and of either half of a signature: 32, 48 or 64.
func (c *Curve) Size() int { return c.size }

// BitSize is 256, 384 or 512.
func (c *Curve) BitSize() int { return 8 * c.size }

// leftmost is the number of a digest as ECDSA takes it: the left-most bits, as
// many as the curve has (BSI TR-03111, 4.2.1). All three orders fill their
// bytes, so that no shift is needed.
func (c *Curve) leftmost(digest []byte) []byte {
	e := make([]byte, c.size)
	if len(digest) > c.size {
		digest = digest[:c.size]
	}
	copy(e[c.size-len(digest):], digest)
	return e
}
