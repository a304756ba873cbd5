// Code generated from verify256.go by generate.go; DO NOT EDIT.

package brainpool

// Everything in this file takes time that depends on its input. It works on
// public values only: signatures, public keys, tables of the base point.

// multiple512 is a Jacobian point with the powers of z that an addition needs.
type multiple512 struct {
	jacobian512
	zz, zzz limbs512
}

// oddBase512 holds 1, 3, 5, ... 255 times the base point.
type oddBase512 [128]affine512

// addPublic sets r to p+q.
func (c *curve512) addPublic(r, p *jacobian512, q *multiple512) {
	m := &c.p
	if p.z.zeroMask() != 0 {
		*r = q.jacobian512
		return
	}
	var zz, u, s, z, x2, y2 limbs512
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
func (c *curve512) addAffinePublic(r, p *jacobian512, q *affine512) {
	m := &c.p
	if p.z.zeroMask() != 0 {
		r.x, r.y, r.z = q.x, q.y, m.one
		return
	}
	var zz, x2, y2 limbs512
	m.sqr(&zz, &p.z)
	m.mul(&x2, &q.x, &zz)
	m.mul(&y2, &q.y, &zz)
	m.mul(&y2, &y2, &p.z)
	u, s, z := p.x, p.y, p.z
	c.chord(r, p, &u, &s, &x2, &y2, &z)
}

// chord finishes an addition of p, brought to (u, s), and a second point,
// brought to (x2, y2); both belong to the same z. It may change its arguments.
func (c *curve512) chord(r, p *jacobian512, u, s, x2, y2, z *limbs512) {
	m := &c.p
	m.sub(x2, x2, u)
	m.sub(y2, y2, s)
	if x2.zeroMask() != 0 {
		if y2.zeroMask() != 0 {
			c.double(r, p)
		} else {
			*r = jacobian512{y: m.one}
		}
		return
	}
	var h2, h3 limbs512
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
func (c *curve512) multiple(q *multiple512, p *jacobian512) {
	q.jacobian512 = *p
	c.p.sqr(&q.zz, &p.z)
	c.p.mul(&q.zzz, &q.zz, &p.z)
}

// multTwice sets r to u1 times the base point plus u2*q, interleaving signed
// windows of both scalars (Möller).
func (c *curve512) multTwice(r *jacobian512, u1 *limbs512, base *oddBase512, u2 *limbs512, q *affine512) {
	var digits1, digits2 [512 + 1]int16
	recode(digits1[:], u1[:], 9)
	recode(digits2[:], u2[:], 5)
	var odd [8]multiple512
	c.oddMultiples(&odd, q)
	*r = jacobian512{y: c.p.one}
	for i := 512; i >= 0; i-- {
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
func (c *curve512) negatePublic(y *limbs512, digit int16) {
	if digit < 0 {
		var zero limbs512
		c.p.sub(y, &zero, y)
	}
}

// oddMultiples sets table to 1q, 3q, ... 15q.
func (c *curve512) oddMultiples(table *[8]multiple512, q *affine512) {
	p := jacobian512{q.x, q.y, c.p.one}
	c.multiple(&table[0], &p)
	var twice multiple512
	c.double(&p, &p)
	c.multiple(&twice, &p)
	for i := 1; i < len(table); i++ {
		c.addPublic(&p, &table[i-1].jacobian512, &twice)
		c.multiple(&table[i], &p)
	}
}

// newComb computes the table of multBase for the base point g.
func (c *curve512) newComb(g *affine512) *comb512 {
	points := make([]jacobian512, 0, windows512*16)
	base := jacobian512{g.x, g.y, c.p.one}
	for range windows512 {
		var step multiple512
		c.multiple(&step, &base)
		for range 16 {
			points = append(points, base)
			c.addPublic(&base, &base, &step)
		}
		c.double(&base, &points[len(points)-1])
	}
	comb := new(comb512)
	for i, q := range c.normalize(points) {
		comb[i/16][i%16] = q
	}
	return comb
}

// newOddBase computes the table of multTwice for the base point g.
func (c *curve512) newOddBase(g *affine512) *oddBase512 {
	points := make([]jacobian512, len(oddBase512{}))
	points[0] = jacobian512{g.x, g.y, c.p.one}
	var twice multiple512
	c.double(&twice.jacobian512, &points[0])
	c.multiple(&twice, &twice.jacobian512)
	for i := 1; i < len(points); i++ {
		c.addPublic(&points[i], &points[i-1], &twice)
	}
	return (*oddBase512)(c.normalize(points))
}

// normalize makes points affine with one inversion (Montgomery's trick). None
// of them may be infinity.
func (c *curve512) normalize(points []jacobian512) []affine512 {
	m := &c.p
	products := make([]limbs512, len(points))
	product := m.one
	for i := range points {
		products[i] = product
		m.mul(&product, &product, &points[i].z)
	}
	var inverse limbs512
	m.inverse(&inverse, &product)
	affine := make([]affine512, len(points))
	for i := len(points) - 1; i >= 0; i-- {
		var zinv, zz limbs512
		m.mul(&zinv, &inverse, &products[i])
		m.mul(&inverse, &inverse, &points[i].z)
		m.sqr(&zz, &zinv)
		m.mul(&affine[i].x, &points[i].x, &zz)
		m.mul(&zz, &zz, &zinv)
		m.mul(&affine[i].y, &points[i].y, &zz)
	}
	return affine
}
