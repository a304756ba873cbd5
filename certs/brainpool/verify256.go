package brainpool

// Everything in this file takes time that depends on its input. It works on
// public values only: signatures, public keys, tables of the base point.

// multiple256 is a Jacobian point with the powers of z that an addition needs.
type multiple256 struct {
	jacobian256
	zz, zzz limbs256
}

// oddBase256 holds 1, 3, 5, ... 255 times the base point.
type oddBase256 [128]affine256

// addPublic sets r to p+q.
func (c *curve256) addPublic(r, p *jacobian256, q *multiple256) {
	m := &c.p
	if p.z.zeroMask() != 0 {
		*r = q.jacobian256
		return
	}
	var zz, u, s, z, x2, y2 limbs256
	m.sqr(&zz, &p.z)
	m.mul(&u, &p.x, &q.zz)
	m.mul(&s, &p.y, &q.zzz)
	m.mul(&x2, &q.x, &zz)
	m.mul(&y2, &q.y, &zz)
	m.mul(&y2, &y2, &p.z)
	m.mul(&z, &p.z, &q.z)
	c.chord(r, p, &u, &s, &x2, &y2, &z)
}

// addAffinePublic sets r to p+q.
func (c *curve256) addAffinePublic(r, p *jacobian256, q *affine256) {
	m := &c.p
	if p.z.zeroMask() != 0 {
		r.x, r.y, r.z = q.x, q.y, m.one
		return
	}
	var zz, x2, y2 limbs256
	m.sqr(&zz, &p.z)
	m.mul(&x2, &q.x, &zz)
	m.mul(&y2, &q.y, &zz)
	m.mul(&y2, &y2, &p.z)
	u, s, z := p.x, p.y, p.z
	c.chord(r, p, &u, &s, &x2, &y2, &z)
}

// chord finishes an addition of p, brought to (u, s), and a second point,
// brought to (x2, y2); both belong to the same z. It may change its arguments.
func (c *curve256) chord(r, p *jacobian256, u, s, x2, y2, z *limbs256) {
	m := &c.p
	m.sub(x2, x2, u)
	m.sub(y2, y2, s)
	if x2.zeroMask() != 0 {
		if y2.zeroMask() != 0 {
			c.double(r, p)
		} else {
			*r = jacobian256{y: m.one}
		}
		return
	}
	var h2, h3 limbs256
	m.sqr(&h2, x2)
	m.mul(&h3, &h2, x2)
	m.mul(u, u, &h2)
	m.mul(&r.z, z, x2)
	m.sqr(&r.x, y2)
	m.sub(&r.x, &r.x, &h3)
	m.sub(&r.x, &r.x, u)
	m.sub(&r.x, &r.x, u)
	m.sub(u, u, &r.x)
	m.mul(u, u, y2)
	m.mul(s, s, &h3)
	m.sub(&r.y, u, s)
}

// multiple fills in the powers of z.
func (c *curve256) multiple(q *multiple256, p *jacobian256) {
	q.jacobian256 = *p
	c.p.sqr(&q.zz, &p.z)
	c.p.mul(&q.zzz, &q.zz, &p.z)
}

// multTwice sets r to u1 times the base point plus u2*q, interleaving signed
// windows of both scalars (Möller).
func (c *curve256) multTwice(r *jacobian256, u1 *limbs256, base *oddBase256, u2 *limbs256, q *affine256) {
	var digits1, digits2 [256 + 1]int16
	recode(digits1[:], u1[:], 9)
	recode(digits2[:], u2[:], 5)
	var odd [8]multiple256
	c.oddMultiples(&odd, q)
	*r = jacobian256{y: c.p.one}
	for i := 256; i >= 0; i-- {
		if r.z.zeroMask() == 0 {
			c.double(r, r)
		}
		if d := digits2[i]; d != 0 {
			term := odd[abs(d)/2]
			c.negatePublic(&term.y, d)
			c.addPublic(r, r, &term)
		}
		if d := digits1[i]; d != 0 {
			term := base[abs(d)/2]
			c.negatePublic(&term.y, d)
			c.addAffinePublic(r, r, &term)
		}
	}
}

// negatePublic sets y to -y for a negative digit.
func (c *curve256) negatePublic(y *limbs256, digit int16) {
	if digit < 0 {
		var zero limbs256
		c.p.sub(y, &zero, y)
	}
}

// oddMultiples sets table to 1q, 3q, ... 15q.
func (c *curve256) oddMultiples(table *[8]multiple256, q *affine256) {
	p := jacobian256{q.x, q.y, c.p.one}
	c.multiple(&table[0], &p)
	var twice multiple256
	c.double(&p, &p)
	c.multiple(&twice, &p)
	for i := 1; i < len(table); i++ {
		c.addPublic(&p, &table[i-1].jacobian256, &twice)
		c.multiple(&table[i], &p)
	}
}

// newComb computes the table of multBase for the base point g.
func (c *curve256) newComb(g *affine256) *comb256 {
	points := make([]jacobian256, 0, windows256*16)
	base := jacobian256{g.x, g.y, c.p.one}
	for range windows256 {
		var step multiple256
		c.multiple(&step, &base)
		for range 16 {
			points = append(points, base)
			c.addPublic(&base, &base, &step)
		}
		c.double(&base, &points[len(points)-1])
	}
	comb := new(comb256)
	for i, q := range c.normalize(points) {
		comb[i/16][i%16] = q
	}
	return comb
}

// newOddBase computes the table of multTwice for the base point g.
func (c *curve256) newOddBase(g *affine256) *oddBase256 {
	points := make([]jacobian256, len(oddBase256{}))
	points[0] = jacobian256{g.x, g.y, c.p.one}
	var twice multiple256
	c.double(&twice.jacobian256, &points[0])
	c.multiple(&twice, &twice.jacobian256)
	for i := 1; i < len(points); i++ {
		c.addPublic(&points[i], &points[i-1], &twice)
	}
	return (*oddBase256)(c.normalize(points))
}

// normalize makes points affine with one inversion (Montgomery's trick). None
// of them may be infinity.
func (c *curve256) normalize(points []jacobian256) []affine256 {
	m := &c.p
	products := make([]limbs256, len(points))
	product := m.one
	for i := range points {
		products[i] = product
		m.mul(&product, &product, &points[i].z)
	}
	var inverse limbs256
	m.inverse(&inverse, &product)
	affine := make([]affine256, len(points))
	for i := len(points) - 1; i >= 0; i-- {
		var zinv, zz limbs256
		m.mul(&zinv, &inverse, &products[i])
		m.mul(&inverse, &inverse, &points[i].z)
		m.sqr(&zz, &zinv)
		m.mul(&affine[i].x, &points[i].x, &zz)
		m.mul(&zz, &zz, &zinv)
		m.mul(&affine[i].y, &points[i].y, &zz)
	}
	return affine
}
