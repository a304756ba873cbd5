package brainpool

import (
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// curves are all curves, for tests that run on each.
func curves() []*Curve { return []*Curve{P256r1(), P384r1(), P512r1()} }

// eachCurve runs f on every curve, with the reference for it.
func eachCurve(t *testing.T, f func(t *testing.T, c *Curve, ref reference)) {
	t.Helper()
	for i, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) { f(t, c, reference{rfc5639[i].domain()}) })
	}
}

// reference is plain affine arithmetic on y^2 = x^3 + ax + b, from the school
// book. It shares nothing with the package but the parameters, which
// TestParametersAgreeWithOpenSSL checks.
type reference struct{ *domain }

// refPoint is a point; nil is infinity.
type refPoint struct{ x, y *big.Int }

func (r reference) generator() *refPoint { return &refPoint{r.x, r.y} }

func (r reference) add(p, q *refPoint) *refPoint {
	if p == nil {
		return q
	}
	if q == nil {
		return p
	}
	var slope *big.Int
	if p.x.Cmp(q.x) != 0 {
		slope = r.div(new(big.Int).Sub(q.y, p.y), new(big.Int).Sub(q.x, p.x))
	} else if p.y.Cmp(q.y) == 0 && p.y.Sign() != 0 {
		top := new(big.Int).Mul(p.x, p.x)
		top.Mul(top, big.NewInt(3)).Add(top, r.a)
		slope = r.div(top, new(big.Int).Lsh(p.y, 1))
	} else {
		return nil
	}
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, p.x).Sub(x, q.x).Mod(x, r.p)
	y := new(big.Int).Sub(p.x, x)
	y.Mul(y, slope).Sub(y, p.y).Mod(y, r.p)
	return &refPoint{x, y}
}

func (r reference) div(a, b *big.Int) *big.Int {
	b = new(big.Int).Mod(b, r.p)
	a = new(big.Int).Mul(a, b.ModInverse(b, r.p))
	return a.Mod(a, r.p)
}

func (r reference) neg(p *refPoint) *refPoint {
	y := new(big.Int).Neg(p.y)
	return &refPoint{p.x, y.Mod(y, r.p)}
}

func (r reference) mult(k *big.Int, p *refPoint) *refPoint {
	return r.multiplier(p)(k)
}

// multiplier is mult for many products with one point; it keeps the doublings.
func (r reference) multiplier(p *refPoint) func(k *big.Int) *refPoint {
	doubled := []*refPoint{p}
	return func(k *big.Int) (sum *refPoint) {
		for i := range k.BitLen() {
			if i == len(doubled) {
				doubled = append(doubled, r.add(doubled[i-1], doubled[i-1]))
			}
			if k.Bit(i) == 1 {
				sum = r.add(sum, doubled[i])
			}
		}
		return sum
	}
}

// signed is k times the base point, for any sign.
func signed(ref reference, k int) *refPoint {
	if k < 0 {
		return ref.neg(signed(ref, -k))
	}
	return ref.mult(big.NewInt(int64(k)), ref.generator())
}

// encode gives x followed by y, nil for infinity.
func (r reference) encode(p *refPoint) []byte {
	if p == nil {
		return nil
	}
	xy := make([]byte, 2*r.size)
	p.x.FillBytes(xy[:r.size])
	p.y.FillBytes(xy[r.size:])
	return xy
}

// bytes gives v in as many bytes as the curve has.
func (r reference) bytes(v *big.Int) []byte { return v.FillBytes(make([]byte, r.size)) }

// lift finds a point with the given x, or nil. All p are 3 modulo 4.
func (r reference) lift(x *big.Int) *refPoint {
	yy := new(big.Int).Exp(x, big.NewInt(3), r.p)
	yy.Add(yy, new(big.Int).Mul(r.a, x)).Add(yy, r.b).Mod(yy, r.p)
	y := new(big.Int).ModSqrt(yy, r.p)
	if y == nil {
		return nil
	}
	return &refPoint{x, y}
}

// edges are numbers that fit into the width of m and are near its limits or
// have a special pattern.
func edges(m *big.Int) []*big.Int {
	bits := m.BitLen()
	list := []*big.Int{}
	add := func(v *big.Int) {
		if v.Sign() >= 0 && v.BitLen() <= bits {
			list = append(list, v)
		}
	}
	one := big.NewInt(1)
	for d := int64(-3); d <= 3; d++ {
		add(big.NewInt(d))
		add(new(big.Int).Add(m, big.NewInt(d)))
		add(new(big.Int).Add(new(big.Int).Rsh(m, 1), big.NewInt(d)))
		add(new(big.Int).Add(new(big.Int).Lsh(one, uint(bits)), big.NewInt(d)))
	}
	for i := 1; i < bits; i += bits/16 + 1 {
		power := new(big.Int).Lsh(one, uint(i))
		add(power)
		add(new(big.Int).Sub(power, one))
		add(new(big.Int).Sub(m, power))
	}
	for _, pattern := range []int64{0x5, 0xA, 0x1F, 0x10, 0x21} {
		v := new(big.Int)
		for range bits / 8 {
			v.Lsh(v, 8).Or(v, big.NewInt(pattern))
		}
		add(v)
	}
	return list
}

func randomBelow(t testing.TB, m *big.Int) *big.Int {
	t.Helper()
	v, err := rand.Int(rand.Reader, m)
	require.NoError(t, err)
	return v
}
