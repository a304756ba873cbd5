package brainpool

//lint:file-ignore SA1019 this file exists for the deprecated ways of crypto/ecdsa and crypto/elliptic

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"math/big"
)

// Elliptic is the curve for code that insists on the types of the standard
// library, such as the Verify method of an x509.Certificate whose PublicKey is
// an *ecdsa.PublicKey. There is one value for each curve, so that == works.
//
// It has limits. It is for verification: nothing on this way is constant time.
// crypto/x509 can check signatures with such a key, but neither parse nor
// marshal it, nor issue certificates with it; GODEBUG=fips140=only refuses it.
// The methods of its Params, which take a as -3, give wrong results.
//
// What is no point never panics: no product or sum with it is a point, and no
// signature verifies under it.
func (c *Curve) Elliptic() elliptic.Curve { return c.adapter }

// ECDSA is the key for code that insists on the types of the standard library;
// the limits of [Curve.Elliptic] hold.
func (k *PublicKey) ECDSA() *ecdsa.PublicKey {
	x, y := split(k.xy)
	return &ecdsa.PublicKey{Curve: k.curve.adapter, X: x, Y: y}
}

// FromECDSA is the way back from [PublicKey.ECDSA]. It checks the point, and
// returns an error that wraps [ErrUnknownCurve] or [ErrPoint].
func FromECDSA(k *ecdsa.PublicKey) (*PublicKey, error) {
	a, ok := k.Curve.(*adapter)
	if !ok {
		return nil, fmt.Errorf("brainpool: convert ecdsa key: %w", ErrUnknownCurve)
	}
	xy := a.join(k.X, k.Y)
	if xy == nil {
		return nil, fmt.Errorf("brainpool: convert ecdsa key: %w", ErrPoint)
	}
	return &PublicKey{a.curve, xy}, nil
}

// adapter implements elliptic.Curve. Infinity is (0, 0), as usual there.
type adapter struct {
	curve  *Curve
	params elliptic.CurveParams
}

func newAdapter(c *Curve, d *domain) *adapter {
	return &adapter{c, elliptic.CurveParams{
		P: d.p, N: d.n, B: d.b, Gx: d.x, Gy: d.y, BitSize: 8 * d.size, Name: c.name,
	}}
}

// Params are the parameters without a; see [Curve.Elliptic].
func (a *adapter) Params() *elliptic.CurveParams { return &a.params }

// IsOnCurve reports whether (x, y) is a point other than infinity.
func (a *adapter) IsOnCurve(x, y *big.Int) bool { return a.join(x, y) != nil }

// Add is the sum of two points, and infinity when one of them is none.
func (a *adapter) Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int) {
	p, q := a.join(x1, y1), a.join(x2, y2)
	switch {
	case p != nil && q != nil:
		return split(a.curve.group.add(p, q))
	case p != nil && isInfinity(x2, y2):
		return split(p)
	case q != nil && isInfinity(x1, y1):
		return split(q)
	}
	return new(big.Int), new(big.Int)
}

// Double is twice a point.
func (a *adapter) Double(x1, y1 *big.Int) (x, y *big.Int) { return a.Add(x1, y1, x1, y1) }

// ScalarMult is k times a point. What is no point, infinity included, gives a
// pair that is no point either.
func (a *adapter) ScalarMult(x1, y1 *big.Int, k []byte) (x, y *big.Int) {
	xy := a.join(x1, y1)
	if xy == nil {
		return new(big.Int).Set(a.params.P), new(big.Int).Set(a.params.P)
	}
	return split(a.curve.group.mult(a.scalar(k), xy))
}

// ScalarBaseMult is k times the base point.
func (a *adapter) ScalarBaseMult(k []byte) (x, y *big.Int) {
	return split(a.curve.group.multBase(a.scalar(k)))
}

// scalar is k mod n.
func (a *adapter) scalar(k []byte) []byte {
	v := new(big.Int).SetBytes(k)
	return v.Mod(v, a.params.N).FillBytes(make([]byte, a.curve.size))
}

// join encodes a point, nil when it is none.
func (a *adapter) join(x, y *big.Int) []byte {
	if x == nil || y == nil || x.Sign() < 0 || y.Sign() < 0 ||
		x.BitLen() > a.params.BitSize || y.BitLen() > a.params.BitSize {
		return nil
	}
	size := a.curve.size
	xy := make([]byte, 2*size)
	x.FillBytes(xy[:size])
	y.FillBytes(xy[size:])
	if !a.curve.group.isPoint(xy) {
		return nil
	}
	return xy
}

func isInfinity(x, y *big.Int) bool {
	return x != nil && y != nil && x.Sign() == 0 && y.Sign() == 0
}

// split decodes a point; nil is infinity.
func split(xy []byte) (x, y *big.Int) {
	half := len(xy) / 2
	return new(big.Int).SetBytes(xy[:half]), new(big.Int).SetBytes(xy[half:])
}
