package brainpool

import (
	"math/big"
	"sync"
)

// group256 is the [group] of brainpoolP256r1. It calculates on the twisted
// curve; in and out carry coordinates there and back.
type group256 struct {
	curve curve256
	n     modulus256
	order *big.Int // n

	inX, inY   limbs256 // z^2*R^2 and z^3*R^2: from a number of brainpoolP256r1
	outX, outY limbs256 // z^-2 and z^-3: to a number of brainpoolP256r1

	comb    func() *comb256
	oddBase func() *oddBase256
}

func newGroup256(d *domain) *group256 {
	p := d.p
	g := &group256{order: d.n}
	g.curve.p.init(p)
	g.n.init(d.n)
	z2 := new(big.Int).Exp(d.z, big.NewInt(2), p)
	z3 := new(big.Int).Exp(d.z, big.NewInt(3), p)
	r := new(big.Int).Lsh(big.NewInt(1), 256)
	b := new(big.Int).Mul(d.b, new(big.Int).Exp(z2, big.NewInt(3), p))
	g.curve.b.setBig(b.Mul(b, r).Mod(b, p))
	r.Mul(r, r)
	g.inX.setBig(new(big.Int).Mod(new(big.Int).Mul(z2, r), p))
	g.inY.setBig(new(big.Int).Mod(new(big.Int).Mul(z3, r), p))
	g.outX.setBig(new(big.Int).ModInverse(z2, p))
	g.outY.setBig(new(big.Int).ModInverse(z3, p))
	var base affine256
	g.setXY(&base, d.base())
	g.comb = sync.OnceValue(func() *comb256 { return g.curve.newComb(&base) })
	g.oddBase = sync.OnceValue(func() *oddBase256 { return g.curve.newOddBase(&base) })
	return g
}

// init computes what belongs to the modulus v.
func (m *modulus256) init(v *big.Int) {
	r := new(big.Int).Lsh(big.NewInt(1), 256)
	word := new(big.Int).Lsh(big.NewInt(1), 64)
	m.m.setBig(v)
	m.inv = -new(big.Int).ModInverse(v, word).Uint64()
	m.exp.setBig(new(big.Int).Sub(v, big.NewInt(2)))
	m.one.setBig(new(big.Int).Mod(r, v))
	m.rr.setBig(r.Mul(r, r).Mod(r, v))
}

func (x *limbs256) setBig(v *big.Int) {
	var b [256 / 8]byte
	x.set(v.FillBytes(b[:]))
}

// setXY reads a point and reports whether its coordinates are below p and on
// the curve.
func (g *group256) setXY(q *affine256, xy []byte) bool {
	m := &g.curve.p
	q.x.set(xy[:256/8])
	q.y.set(xy[256/8:])
	inRange := m.contains(&q.x) & m.contains(&q.y)
	m.mul(&q.x, &q.x, &g.inX)
	m.mul(&q.y, &q.y, &g.inY)
	var left, right, t limbs256
	m.sqr(&left, &q.y)
	m.sqr(&right, &q.x)
	m.add(&t, &m.one, &m.one)
	m.add(&t, &t, &m.one)
	m.sub(&right, &right, &t)
	m.mul(&right, &right, &q.x)
	m.add(&right, &right, &g.curve.b)
	m.sub(&left, &left, &right)
	return inRange&left.zeroMask() != 0
}

// xy encodes the point q; infinity gives nil.
func (g *group256) xy(q *point256) []byte {
	var a affine256
	if g.curve.affine(&a, q) == 0 {
		return nil
	}
	b := make([]byte, 2*256/8)
	g.curve.p.mul(&a.x, &a.x, &g.outX)
	g.curve.p.mul(&a.y, &a.y, &g.outY)
	a.x.put(b[:256/8])
	a.y.put(b[256/8:])
	return b
}

func (g *group256) isPoint(xy []byte) bool {
	var q affine256
	return g.setXY(&q, xy)
}

func (g *group256) isScalar(b []byte) bool {
	var k limbs256
	k.set(b)
	return g.n.contains(&k)&^k.zeroMask() != 0
}

func (g *group256) reduce(b []byte) []byte {
	var k limbs256
	k.set(b)
	g.n.reduce(&k, &k)
	reduced := make([]byte, 256/8)
	k.put(reduced)
	return reduced
}

func (g *group256) multBase(k []byte) []byte {
	var scalar limbs256
	var r point256
	scalar.set(k)
	g.curve.multBase(&r, &scalar, g.comb())
	return g.xy(&r)
}

func (g *group256) mult(k, xy []byte) []byte {
	var scalar limbs256
	var q affine256
	var p, r point256
	if !g.setXY(&q, xy) {
		return nil
	}
	scalar.set(k)
	g.curve.lift(&p, &q)
	g.curve.mult(&r, &scalar, &p)
	return g.xy(&r)
}

func (g *group256) add(xy1, xy2 []byte) []byte {
	var q1, q2 affine256
	var r point256
	if !g.setXY(&q1, xy1) || !g.setXY(&q2, xy2) {
		return nil
	}
	g.curve.lift(&r, &q1)
	g.curve.addAffine(&r, &r, &q2)
	return g.xy(&r)
}

func (g *group256) sign(d, k, e []byte) []byte {
	var key, nonce, hash, r, s limbs256
	var kg point256
	var q affine256
	key.set(d)
	nonce.set(k)
	hash.set(e)
	g.curve.multBase(&kg, &nonce, g.comb())
	g.curve.affine(&q, &kg)
	g.curve.p.mul(&r, &q.x, &g.outX)
	g.n.reduce(&r, &r)

	n := &g.n
	n.reduce(&hash, &hash)
	n.toMontgomery(&nonce, &nonce)
	n.inverse(&nonce, &nonce)
	n.toMontgomery(&key, &key)
	n.mul(&s, &key, &r) // d*r, no longer in Montgomery form
	n.add(&s, &s, &hash)
	n.mul(&s, &nonce, &s)
	if r.zeroMask()|s.zeroMask() != 0 {
		return nil
	}
	rs := make([]byte, 2*256/8)
	r.put(rs[:256/8])
	s.put(rs[256/8:])
	return rs
}

func (g *group256) verify(xy, e, rs []byte) bool {
	var q affine256
	if !g.setXY(&q, xy) || !g.isScalar(rs[:256/8]) || !g.isScalar(rs[256/8:]) {
		return false
	}
	var r, u1, u2 limbs256
	r.set(rs[:256/8])
	u1.set(e)
	s := new(big.Int).SetBytes(rs[256/8:])
	u2.setBig(s.ModInverse(s, g.order))
	n := &g.n
	n.toMontgomery(&u2, &u2)
	n.mul(&u1, &u2, &u1)
	n.mul(&u2, &u2, &r)
	var sum jacobian256
	g.curve.multTwice(&sum, &u1, g.oddBase(), &u2, &q)
	return g.hasX(&sum, &r)
}

// hasX reports whether the x coordinate of q is r modulo n. It brings r to the
// coordinates of q, which saves an inversion.
func (g *group256) hasX(q *jacobian256, r *limbs256) bool {
	if q.z.zeroMask() != 0 {
		return false
	}
	m := &g.curve.p
	var zz, x limbs256
	m.sqr(&zz, &q.z)
	m.mul(&x, r, &g.inX)
	m.mul(&x, &x, &zz)
	if x == q.x {
		return true
	}
	// x may also be r+n, when that is below p.
	var limit, wrapped limbs256
	m.sub(&limit, &limit, &g.n.m) // p-n
	if !less(r[:], limit[:]) {
		return false
	}
	m.add(&wrapped, r, &g.n.m)
	m.mul(&x, &wrapped, &g.inX)
	m.mul(&x, &x, &zz)
	return x == q.x
}
