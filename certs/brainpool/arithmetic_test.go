//go:build !race

package brainpool

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// limbs is what the three widths have in common.
type limbs[L any] interface {
	*L
	set(b []byte)
	put(b []byte)
	zeroMask() uint64
}

type modulus[L any] interface {
	mul(z, x, y *L)
	sqr(z, x *L)
	add(z, x, y *L)
	sub(z, x, y *L)
	half(z, x *L)
	reduce(z, x *L)
	inverse(z, x *L)
	toMontgomery(z, x *L)
	contains(x *L) uint64
}

func TestLimbsAgainstBig(t *testing.T) {
	for i := range rfc5639 {
		d := rfc5639[i].domain()
		for _, m := range []struct {
			name string
			m    *big.Int
		}{{"p", d.p}, {"n", d.n}} {
			t.Run(rfc5639[i].name+"/"+m.name, func(t *testing.T) {
				switch d.size {
				case 32:
					mod := new(modulus256)
					mod.init(m.m)
					checkModulus[limbs256](t, mod, m.m)
				case 48:
					mod := new(modulus384)
					mod.init(m.m)
					checkModulus[limbs384](t, mod, m.m)
				case 64:
					mod := new(modulus512)
					mod.init(m.m)
					checkModulus[limbs512](t, mod, m.m)
				}
			})
		}
	}
}

// checkModulus compares every operation modulo m with math/big, for all pairs
// of edges and for random numbers.
func checkModulus[L any, P limbs[L]](t *testing.T, mod modulus[L], m *big.Int) {
	size := m.BitLen() / 8
	rInverse := new(big.Int).Lsh(big.NewInt(1), uint(m.BitLen()))
	r := new(big.Int).Mod(rInverse, m)
	rInverse.ModInverse(rInverse, m)
	get := func(x *L) *big.Int {
		b := make([]byte, size)
		P(x).put(b)
		return new(big.Int).SetBytes(b)
	}
	equal := func(what string, want, x, y *big.Int, z *L) {
		t.Helper()
		if want.Mod(want, m).Cmp(get(z)) != 0 {
			t.Fatalf("%s of %x and %x is %x, not %x", what, x, y, get(z), want)
		}
	}
	check := func(x, y *big.Int) {
		var a, b, z L
		P(&a).set(x.FillBytes(make([]byte, size)))
		P(&b).set(y.FillBytes(make([]byte, size)))
		mod.reduce(&z, &a)
		equal("reduce", new(big.Int).Set(x), x, y, &z)
		require.Equal(t, x.Cmp(m) < 0, mod.contains(&a) != 0)
		require.Equal(t, x.Sign() == 0, P(&a).zeroMask() != 0)
		if y.Cmp(m) >= 0 {
			return
		}
		xy := new(big.Int).Mul(x, y)
		mod.mul(&z, &a, &b)
		equal("mul", xy.Mul(xy, rInverse), x, y, &z)
		mod.mul(&z, &b, &a)
		equal("mul", xy, y, x, &z)
		if x.Cmp(m) >= 0 {
			return
		}
		mod.add(&z, &a, &b)
		equal("add", new(big.Int).Add(x, y), x, y, &z)
		mod.sub(&z, &a, &b)
		equal("sub", new(big.Int).Sub(x, y), x, y, &z)
	}
	single := func(x *big.Int) {
		var a, z L
		P(&a).set(x.FillBytes(make([]byte, size)))
		square := new(big.Int).Mul(x, x)
		mod.sqr(&z, &a)
		equal("sqr", square.Mul(square, rInverse), x, x, &z)
		mod.half(&z, &a)
		mod.add(&z, &z, &z)
		equal("half", new(big.Int).Set(x), x, x, &z)
		mod.toMontgomery(&z, &a)
		equal("toMontgomery", new(big.Int).Mul(x, r), x, x, &z)
		mod.inverse(&z, &z)
		inverse := new(big.Int)
		if x.Sign() != 0 {
			inverse.ModInverse(x, m)
		}
		equal("inverse", inverse.Mul(inverse, r), x, x, &z)
	}
	list := edges(m)
	for range 25 {
		list = append(list, randomBelow(t, m))
	}
	for _, x := range list {
		if x.Cmp(m) < 0 {
			single(x)
		}
		for _, y := range list {
			check(x, y)
		}
	}
}

func TestScalarsAgainstReference(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		q := ref.mult(randomBelow(t, ref.n), ref.generator())
		timesG, timesQ := ref.multiplier(ref.generator()), ref.multiplier(q)
		scalars := edges(ref.n)
		for range 8 {
			scalars = append(scalars, randomBelow(t, ref.n))
		}
		for _, k := range scalars {
			b := ref.bytes(k)
			require.Equal(t, ref.encode(timesG(k)), c.group.multBase(b), "%x times the base point", k)
			require.Equal(t, ref.encode(timesQ(k)), c.group.mult(b, ref.encode(q)), "%x times a point", k)
			require.Equal(t, k.Sign() > 0 && k.Cmp(ref.n) < 0, c.group.isScalar(b), "%x in 1..n-1", k)
			require.Equal(t, ref.bytes(new(big.Int).Mod(k, ref.n)), c.group.reduce(b), "%x mod n", k)
		}
		require.Nil(t, c.group.multBase(make([]byte, c.size)), "0 times the base point is infinity")
		require.Nil(t, c.group.multBase(ref.bytes(ref.n)), "n times the base point is infinity")
	})
}

// curveArithmetic is what the three widths have in common; P is a homogeneous
// point, A an affine one.
type curveArithmetic[P, A any] interface {
	infinity(p *P)
	lift(p *P, q *A)
	add(r, p, q *P)
	addAffine(r, p *P, q *A)
	doubleTimes(p *P, count int)
}

type pointCoder[P, A any] interface {
	setXY(q *A, xy []byte) bool
	xy(q *P) []byte
}

func TestAdditionIsComplete(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		switch g := c.group.(type) {
		case *group256:
			checkAddition[point256, affine256](t, &g.curve, g, ref)
		case *group384:
			checkAddition[point384, affine384](t, &g.curve, g, ref)
		case *group512:
			checkAddition[point512, affine512](t, &g.curve, g, ref)
		}
	})
}

// checkAddition adds all pairs of small multiples of the base point, infinity
// and opposites among them, in several representations.
func checkAddition[P, A any](t *testing.T, c curveArithmetic[P, A], coder pointCoder[P, A], ref reference) {
	const limit = 4
	representations := func(k int) []P {
		var p, shifted, infinity P
		c.infinity(&infinity)
		if k == 0 {
			p = infinity
		} else {
			var q A
			require.True(t, coder.setXY(&q, ref.encode(signed(ref, k))))
			c.lift(&p, &q)
		}
		c.add(&shifted, &p, &infinity) // the same point, another z
		doubled := shifted
		c.doubleTimes(&doubled, 0)
		return []P{p, shifted, doubled}
	}
	for i := -limit; i <= limit; i++ {
		for j := -limit; j <= limit; j++ {
			want := ref.encode(signed(ref, i+j))
			for _, p := range representations(i) {
				for _, q := range representations(j) {
					var sum P
					c.add(&sum, &p, &q)
					require.Equal(t, want, coder.xy(&sum), "%d + %d", i, j)
				}
				if j == 0 {
					twice := p
					c.doubleTimes(&twice, 3)
					require.Equal(t, ref.encode(signed(ref, 8*i)), coder.xy(&twice), "8 times %d", i)
					continue
				}
				var q A
				var sum P
				require.True(t, coder.setXY(&q, ref.encode(signed(ref, j))))
				c.addAffine(&sum, &p, &q)
				require.Equal(t, want, coder.xy(&sum), "%d + affine %d", i, j)
			}
		}
	}
}

// TestVerifyAgainstReference verifies signatures that were built backwards, from
// the products that verification adds. Small ones make the sum meet infinity,
// doublings and cancellations.
func TestVerifyAgainstReference(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		for _, key := range []int{1, 2, 3, -1, -2, 7} {
			for _, u1 := range []int{0, 1, 2, 3, 5, -1, -2, 255} {
				for _, u2 := range []int{1, 2, -1, -3, 15} {
					sum := signed(ref, u1+u2*key)
					checkSum(t, c, ref, signed(ref, key), big.NewInt(int64(u1)), big.NewInt(int64(u2)), sum)
				}
			}
		}
		timesG := ref.multiplier(ref.generator())
		for range 5 {
			q := timesG(randomBelow(t, ref.n))
			u1, u2 := randomBelow(t, ref.n), randomBelow(t, ref.n)
			checkSum(t, c, ref, q, u1, u2, ref.add(timesG(u1), ref.mult(u2, q)))
		}
	})
}

// checkSum builds a signature for which verification must compute
// u1*G + u2*q = sum.
func checkSum(t *testing.T, c *Curve, ref reference, q *refPoint, u1, u2 *big.Int, sum *refPoint) {
	t.Helper()
	r := big.NewInt(4711) // any value when the sum is infinity: it must be refused
	if sum != nil {
		r.Mod(sum.x, ref.n)
	}
	s := new(big.Int).ModInverse(new(big.Int).Mod(u2, ref.n), ref.n)
	s.Mul(s, r).Mod(s, ref.n)
	e := new(big.Int).Mul(u1, s)
	e.Mod(e, ref.n)
	rs := append(ref.bytes(r), ref.bytes(s)...)
	require.Equal(t, sum != nil, c.group.verify(ref.encode(q), ref.bytes(e), rs), "u1 %v, u2 %v", u1, u2)
	rs[ref.size-1] ^= 1
	require.False(t, c.group.verify(ref.encode(q), ref.bytes(e), rs), "another r, u1 %v, u2 %v", u1, u2)
	rs[ref.size-1] ^= 1
	rs[2*ref.size-1] ^= 1
	require.False(t, c.group.verify(ref.encode(q), ref.bytes(e), rs), "another s, u1 %v, u2 %v", u1, u2)
}

// TestVerifyXAboveOrder uses a point whose x coordinate is between n and p, so
// that r is x-n. No signer meets one by chance.
func TestVerifyXAboveOrder(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		x := new(big.Int).Set(ref.n)
		point := ref.lift(x)
		for point == nil {
			x = new(big.Int).Add(x, big.NewInt(1))
			point = ref.lift(x)
		}
		require.Negative(t, x.Cmp(ref.p))
		u1, u2 := big.NewInt(12345), big.NewInt(67890)
		q := ref.add(point, ref.neg(ref.mult(u1, ref.generator())))
		q = ref.mult(new(big.Int).ModInverse(u2, ref.n), q)
		r := new(big.Int).Sub(x, ref.n)
		if r.Sign() == 0 {
			t.Fatal("the first point has x = n; r would be 0")
		}
		s := new(big.Int).ModInverse(u2, ref.n)
		s.Mul(s, r).Mod(s, ref.n)
		e := new(big.Int).Mul(u1, s)
		e.Mod(e, ref.n)
		require.True(t, c.group.verify(ref.encode(q), ref.bytes(e), append(ref.bytes(r), ref.bytes(s)...)))
		r.Add(r, big.NewInt(1))
		require.False(t, c.group.verify(ref.encode(q), ref.bytes(e), append(ref.bytes(r), ref.bytes(s)...)))
	})
}

func TestSignAgainstReference(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		timesG := ref.multiplier(ref.generator())
		values := append(edges(ref.n), randomBelow(t, ref.n), randomBelow(t, ref.n))
		for i, d := range values {
			nonce, e := values[(i*7+3)%len(values)], values[(i*5+1)%len(values)]
			inRange := func(v *big.Int) bool { return v.Sign() > 0 && v.Cmp(ref.n) < 0 }
			if !inRange(d) || !inRange(nonce) {
				continue
			}
			r := new(big.Int).Mod(timesG(nonce).x, ref.n)
			s := new(big.Int).Mul(d, r)
			s.Add(s, e).Mul(s, new(big.Int).ModInverse(nonce, ref.n)).Mod(s, ref.n)
			want := append(ref.bytes(r), ref.bytes(s)...)
			if s.Sign() == 0 {
				want = nil
			}
			require.Equal(t, want, c.group.sign(ref.bytes(d), ref.bytes(nonce), ref.bytes(e)), "d %x, nonce %x, e %x", d, nonce, e)
		}
	})
}

// TestSignRefusesZero builds the digest for which s becomes 0.
func TestSignRefusesZero(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		d, nonce := big.NewInt(11), big.NewInt(13)
		e := new(big.Int).Mul(d, ref.mult(nonce, ref.generator()).x)
		e.Neg(e).Mod(e, ref.n)
		require.Nil(t, c.group.sign(ref.bytes(d), ref.bytes(nonce), ref.bytes(e)))
		e.Add(e, big.NewInt(1)).Mod(e, ref.n)
		require.NotNil(t, c.group.sign(ref.bytes(d), ref.bytes(nonce), ref.bytes(e)))
	})
}

func TestDigitsSumUpToTheScalar(t *testing.T) {
	for _, words := range []int{4, 6, 8} {
		limit := new(big.Int).Lsh(big.NewInt(1), uint(64*words))
		list := append(edges(new(big.Int).Sub(limit, big.NewInt(1))), randomBelow(t, limit), randomBelow(t, limit))
		for _, k := range list {
			limbs := make([]uint64, words)
			getLimbs(limbs, k.FillBytes(make([]byte, 8*words)))
			require.Equal(t, k, sumOfWindows(t, limbs), "signed windows of %x", k)
			for _, width := range []int{5, 9} {
				require.Equal(t, k, sumOfDigits(t, limbs, width), "width %d digits of %x", width, k)
			}
		}
	}
}

func sumOfWindows(t *testing.T, k []uint64) *big.Int {
	t.Helper()
	sum := new(big.Int)
	for i := 64*len(k)/5 + 1 - 1; i >= 0; i-- {
		size, negative := signedWindow(k, i)
		require.LessOrEqual(t, size, uint64(16))
		require.Contains(t, []uint64{0, ^uint64(0)}, negative)
		digit := big.NewInt(int64(size))
		if negative != 0 {
			digit.Neg(digit)
		}
		sum.Lsh(sum, 5).Add(sum, digit)
	}
	return sum
}

func sumOfDigits(t *testing.T, k []uint64, width int) *big.Int {
	t.Helper()
	digits := make([]int16, 64*len(k)+1)
	recode(digits, k, width)
	sum := new(big.Int)
	last := len(digits)
	for i := len(digits) - 1; i >= 0; i-- {
		sum.Lsh(sum, 1).Add(sum, big.NewInt(int64(digits[i])))
		if digits[i] == 0 {
			continue
		}
		require.Equal(t, int16(1), abs(digits[i])%2)
		require.Less(t, abs(digits[i]), int16(1)<<(width-1))
		if last < len(digits) {
			require.GreaterOrEqual(t, last-i, width)
		}
		last = i
	}
	return sum
}

func TestPointsAreChecked(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		zero := new(big.Int)
		good := ref.generator()
		for _, bad := range []*refPoint{
			{zero, zero},
			{good.x, zero},
			{good.x, new(big.Int).Add(good.y, big.NewInt(1))},
			{new(big.Int).Add(good.x, big.NewInt(1)), good.y},
			{ref.p, good.y},
			{good.x, ref.p},
			{new(big.Int).Sub(ref.p, big.NewInt(1)), zero},
		} {
			require.False(t, c.group.isPoint(ref.encode(bad)), "%x", ref.encode(bad))
			require.Nil(t, c.group.mult(ref.bytes(big.NewInt(2)), ref.encode(bad)))
			require.False(t, c.group.verify(ref.encode(bad), ref.bytes(big.NewInt(1)), append(ref.bytes(big.NewInt(1)), ref.bytes(big.NewInt(1))...)))
		}
		// The same residues above p: congruent, but not in range.
		small := ref.lift(big.NewInt(1))
		for x := int64(2); small == nil; x++ {
			small = ref.lift(big.NewInt(x))
		}
		require.True(t, c.group.isPoint(ref.encode(small)))
		require.False(t, c.group.isPoint(ref.encode(&refPoint{new(big.Int).Add(small.x, ref.p), small.y})))
	})
}
