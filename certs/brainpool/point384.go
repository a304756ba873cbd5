// Code generated from point256.go by generate.go; DO NOT EDIT.

package brainpool

// curve384 is the twisted curve brainpoolP384t1: y^2 = x^3 - 3x + b. It is
// isomorphic to brainpoolP384r1 (RFC 5639, 2.1), and with a = -3 the formulas
// are shorter. Coordinates are in Montgomery form modulo p.
//
// Everything in this file runs in constant time.
type curve384 struct {
	p modulus384
	b limbs384
}

// affine384 is a point other than infinity.
type affine384 struct{ x, y limbs384 }

// point384 is the point (x/z, y/z), homogeneous; infinity is (0 : 1 : 0).
type point384 struct{ x, y, z limbs384 }

// jacobian384 is the point (x/z^2, y/z^3); infinity has z = 0 and y not 0.
type jacobian384 struct{ x, y, z limbs384 }

// infinity sets p to the neutral element.
func (c *curve384) infinity(p *point384) {
	*p = point384{y: c.p.one}
}

// lift sets p to the affine point q.
func (c *curve384) lift(p *point384, q *affine384) {
	p.x, p.y, p.z = q.x, q.y, c.p.one
}

// add sets r to p+q for all p and q. Renes, Costello, Batina: Complete addition
// formulas for prime order elliptic curves, algorithm 4.
func (c *curve384) add(r, p, q *point384) {
	m := &c.p
	var t0, t1, t2, t3, t4, x, y limbs384
	m.mul(&t0, &p.x, &q.x)
	m.mul(&t1, &p.y, &q.y)
	m.mul(&t2, &p.z, &q.z)
	m.add(&t3, &p.x, &p.y)
	m.add(&x, &q.x, &q.y)
	m.mul(&t3, &t3, &x)
	m.add(&x, &t0, &t1)
	m.sub(&t3, &t3, &x) // x1*y2 + x2*y1
	m.add(&t4, &p.y, &p.z)
	m.add(&x, &q.y, &q.z)
	m.mul(&t4, &t4, &x)
	m.add(&x, &t1, &t2)
	m.sub(&t4, &t4, &x) // y1*z2 + y2*z1
	m.add(&x, &p.x, &p.z)
	m.add(&y, &q.x, &q.z)
	m.mul(&y, &x, &y)
	m.add(&x, &t0, &t2)
	m.sub(&y, &y, &x) // x1*z2 + x2*z1
	c.finish(r, &t0, &t1, &t2, &t3, &t4, &y)
}

// addAffine sets r to p+q for all p and every q but infinity; the same paper,
// algorithm 5.
func (c *curve384) addAffine(r, p *point384, q *affine384) {
	m := &c.p
	var t0, t1, t3, t4, x, y limbs384
	m.mul(&t0, &p.x, &q.x)
	m.mul(&t1, &p.y, &q.y)
	m.add(&t3, &q.x, &q.y)
	m.add(&x, &p.x, &p.y)
	m.mul(&t3, &t3, &x)
	m.add(&x, &t0, &t1)
	m.sub(&t3, &t3, &x)
	m.mul(&t4, &q.y, &p.z)
	m.add(&t4, &t4, &p.y)
	m.mul(&y, &q.x, &p.z)
	m.add(&y, &y, &p.x)
	t2 := p.z
	c.finish(r, &t0, &t1, &t2, &t3, &t4, &y)
}

// finish is the common second half of add and addAffine: from xx = x1*x2,
// yy = y1*y2, zz = z1*z2 and the three mixed sums of products.
func (c *curve384) finish(r *point384, xx, yy, zz, xy, yz, xz *limbs384) {
	m := &c.p
	var x, z, t, u limbs384
	m.mul(&z, &c.b, zz)
	m.sub(&x, xz, &z)
	m.add(&z, &x, &x)
	m.add(&x, &x, &z)
	m.sub(&z, yy, &x)
	m.add(&x, yy, &x)
	m.mul(&u, &c.b, xz)
	m.add(&t, zz, zz)
	m.add(zz, &t, zz)
	m.sub(&u, &u, zz)
	m.sub(&u, &u, xx)
	m.add(&t, &u, &u)
	m.add(&u, &t, &u)
	m.add(&t, xx, xx)
	m.add(xx, &t, xx)
	m.sub(xx, xx, zz)
	m.mul(&t, yz, &u)
	m.mul(&u, xx, &u)
	m.mul(&r.y, &x, &z)
	m.add(&r.y, &r.y, &u)
	m.mul(&x, xy, &x)
	m.sub(&r.x, &x, &t)
	m.mul(&z, yz, &z)
	m.mul(&t, xy, xx)
	m.add(&r.z, &z, &t)
}

// double sets r to 2p for all p: the order is odd, so that no point has y = 0.
func (c *curve384) double(r, p *jacobian384) {
	m := &c.p
	var a, d, s, t limbs384
	m.sqr(&t, &p.z)
	m.sub(&a, &p.x, &t)
	m.add(&t, &p.x, &t)
	m.mul(&a, &a, &t)
	m.add(&t, &a, &a)
	m.add(&a, &a, &t) // 3(x-z^2)(x+z^2), the slope
	m.add(&d, &p.y, &p.y)
	m.mul(&r.z, &d, &p.z)
	m.sqr(&d, &d)
	m.mul(&s, &d, &p.x) // 4xy^2
	m.sqr(&d, &d)
	m.half(&d, &d) // 8y^4
	m.sqr(&t, &a)
	m.sub(&t, &t, &s)
	m.sub(&r.x, &t, &s)
	m.sub(&s, &s, &r.x)
	m.mul(&s, &s, &a)
	m.sub(&r.y, &s, &d)
}

// doubleTimes sets p to 2^count * p. Doubling costs eight multiplications on
// Jacobian coordinates and the conversion six, against thirteen for each
// complete doubling.
func (c *curve384) doubleTimes(p *point384, count int) {
	m := &c.p
	var j jacobian384
	j.z = p.z
	m.mul(&j.x, &p.x, &p.z)
	m.sqr(&j.y, &p.z)
	m.mul(&j.y, &j.y, &p.y)
	j.y.pick(&p.y, &j.y, p.z.zeroMask()) // infinity keeps y not 0
	for range count {
		c.double(&j, &j)
	}
	p.y = j.y
	m.mul(&p.x, &j.x, &j.z)
	m.sqr(&p.z, &j.z)
	m.mul(&p.z, &p.z, &j.z)
}

// affine sets q to p; infinity becomes (0, 0), which is on no curve with b not
// 0, and ok is zero.
func (c *curve384) affine(q *affine384, p *point384) (ok uint64) {
	var zinv limbs384
	c.p.inverse(&zinv, &p.z)
	c.p.mul(&q.x, &p.x, &zinv)
	c.p.mul(&q.y, &p.y, &zinv)
	return ^p.z.zeroMask()
}

// windows384 is the number of signed 5-bit windows of a scalar.
const windows384 = 384/5 + 1

// table384 holds 1q to 16q.
type table384 [16]point384

// mult sets r to k*q for every k and q.
func (c *curve384) mult(r *point384, k *limbs384, q *point384) {
	var table table384
	table[0] = *q
	for i := 1; i < len(table); i++ {
		c.add(&table[i], &table[i-1], q)
	}
	var t point384
	c.lookup(r, &table, k, windows384-1)
	for i := windows384 - 2; i >= 0; i-- {
		c.doubleTimes(r, 5)
		c.lookup(&t, &table, k, i)
		c.add(r, r, &t)
	}
}

// lookup sets r to the multiple that window i of k asks for.
func (c *curve384) lookup(r *point384, table *table384, k *limbs384, i int) {
	size, negative := signedWindow(k[:], i)
	*r = point384{}
	for j := range table {
		mask := equalMask(size, uint64(j+1))
		r.x.orMasked(&table[j].x, mask)
		r.y.orMasked(&table[j].y, mask)
		r.z.orMasked(&table[j].z, mask)
	}
	r.y.orMasked(&c.p.one, equalMask(size, 0))
	c.negateMasked(&r.y, negative)
}

// negateMasked sets y to -y where mask is all ones.
func (c *curve384) negateMasked(y *limbs384, mask uint64) {
	var zero, negated limbs384
	c.p.sub(&negated, &zero, y)
	y.pick(&negated, y, mask)
}

// comb384 holds, for each window i, the multiples 1 to 16 of 2^(5i) times the
// base point.
type comb384 [windows384][16]affine384

// multBase sets r to k times the base point of the comb, for every k.
func (c *curve384) multBase(r *point384, k *limbs384, comb *comb384) {
	c.infinity(r)
	var sum point384
	for i := range comb {
		size, negative := signedWindow(k[:], i)
		var q affine384
		for j := range comb[i] {
			mask := equalMask(size, uint64(j+1))
			q.x.orMasked(&comb[i][j].x, mask)
			q.y.orMasked(&comb[i][j].y, mask)
		}
		c.negateMasked(&q.y, negative)
		c.addAffine(&sum, r, &q)
		skip := equalMask(size, 0) // q is no point then
		r.x.pick(&r.x, &sum.x, skip)
		r.y.pick(&r.y, &sum.y, skip)
		r.z.pick(&r.z, &sum.z, skip)
	}
}

// inverse sets z to 1/x mod m by Fermat, all in Montgomery form; 0 gives 0. The
// exponent m-2 is public and steers the loop.
func (m *modulus384) inverse(z, x *limbs384) {
	var powers [16]limbs384
	powers[0] = m.one
	for i := 1; i < len(powers); i++ {
		m.mul(&powers[i], &powers[i-1], x)
	}
	r := m.one
	for i := 384/4 - 1; i >= 0; i-- {
		for range 4 {
			m.sqr(&r, &r)
		}
		if digit := m.exp[i/16] >> (i % 16 * 4) & 15; digit != 0 {
			m.mul(&r, &r, &powers[digit])
		}
	}
	*z = r
}

// toMontgomery sets z to x in Montgomery form.
func (m *modulus384) toMontgomery(z, x *limbs384) {
	m.mul(z, x, &m.rr)
}

// contains is all ones where x is below m.
func (m *modulus384) contains(x *limbs384) uint64 {
	var reduced, difference limbs384
	m.reduce(&reduced, x)
	for i := range x {
		difference[i] = x[i] ^ reduced[i]
	}
	return difference.zeroMask()
}

// set reads x from its big-endian encoding of 384/8 bytes.
func (x *limbs384) set(b []byte) {
	getLimbs(x[:], b)
}

// put writes x to its big-endian encoding of 384/8 bytes.
func (x *limbs384) put(b []byte) {
	putLimbs(b, x[:])
}
