package brainpool

//lint:file-ignore SA1019 tests of the deprecated ways of crypto/ecdsa and crypto/elliptic

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAdapterAgainstReference(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		e := c.Elliptic()
		require.Equal(t, c.Elliptic(), e)
		require.Equal(t, ref.n, e.Params().N)
		equal := func(want *refPoint, x, y *big.Int) {
			t.Helper()
			if want == nil {
				want = &refPoint{new(big.Int), new(big.Int)}
			}
			require.Equal(t, 0, want.x.Cmp(x))
			require.Equal(t, 0, want.y.Cmp(y))
		}
		call := func(f func(x1, y1, x2, y2 *big.Int) (*big.Int, *big.Int), p, q *refPoint) (x, y *big.Int) {
			zero := &refPoint{new(big.Int), new(big.Int)}
			if p == nil {
				p = zero
			}
			if q == nil {
				q = zero
			}
			return f(p.x, p.y, q.x, q.y)
		}
		points := []*refPoint{nil, signed(ref, 1), signed(ref, -1), signed(ref, 2), signed(ref, -2), signed(ref, 5)}
		for _, p := range points {
			for _, q := range points {
				x, y := call(e.Add, p, q)
				equal(ref.add(p, q), x, y)
			}
		}
		for _, k := range []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(77), ref.n, new(big.Int).Lsh(ref.n, 9), randomBelow(t, ref.n)} {
			x, y := e.ScalarBaseMult(k.Bytes())
			equal(ref.mult(new(big.Int).Mod(k, ref.n), ref.generator()), x, y)
			five := signed(ref, 5)
			x, y = e.ScalarMult(five.x, five.y, append([]byte{0, 0}, k.Bytes()...))
			equal(ref.mult(new(big.Int).Mod(k, ref.n), five), x, y)
		}
		x, y := e.Double(ref.x, ref.y)
		equal(signed(ref, 2), x, y)
	})
}

func TestStandardLibraryVerifies(t *testing.T) {
	for _, c := range curves() {
		k := testKey(t, c)
		message := []byte("to be signed")
		digest := sha256.Sum256(message)
		sig, err := k.Sign(nil, digest[:], nil)
		require.NoError(t, err)
		public := k.PublicKey().ECDSA()
		require.True(t, public.Equal(k.PublicKey().ECDSA()))
		require.True(t, ecdsa.VerifyASN1(public, digest[:], sig))
		cert := &x509.Certificate{PublicKeyAlgorithm: x509.ECDSA, PublicKey: public}
		require.NoError(t, cert.CheckSignature(x509.ECDSAWithSHA256, message, sig))
		require.Error(t, cert.CheckSignature(x509.ECDSAWithSHA256, message[1:], sig))
		back, err := FromECDSA(public)
		require.NoError(t, err)
		require.True(t, back.Equal(k.PublicKey()))
	}
}

func TestFromECDSARefuses(t *testing.T) {
	_, err := FromECDSA(&ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)})
	require.ErrorIs(t, err, ErrUnknownCurve)
	_, err = FromECDSA(&ecdsa.PublicKey{})
	require.ErrorIs(t, err, ErrUnknownCurve)
	for _, p := range noPoints() {
		_, err = FromECDSA(&ecdsa.PublicKey{Curve: P256r1().Elliptic(), X: p.x, Y: p.y})
		require.ErrorIs(t, err, ErrPoint)
	}
}

func noPoints() []refPoint {
	d := rfc5639[0].domain()
	wide := new(big.Int).Lsh(big.NewInt(1), 300)
	return []refPoint{
		{new(big.Int), new(big.Int)}, {d.x, d.x}, {d.p, d.p}, {big.NewInt(-1), d.y},
		{new(big.Int).Add(d.x, d.p), d.y}, {wide, d.y}, {d.x, wide}, {nil, nil}, {d.x, nil},
	}
}

// TestAdapterIsSafeOffTheCurve forges a signature that would verify if a
// product with no point were taken for infinity: then r is the x coordinate of
// a known multiple of the base point.
func TestAdapterIsSafeOffTheCurve(t *testing.T) {
	c := P256r1()
	e := c.Elliptic()
	ref := reference{rfc5639[0].domain()}
	digest := sha256.Sum256([]byte("forged"))
	u1 := big.NewInt(3)
	r := new(big.Int).Mod(signed(ref, 3).x, ref.n)
	s := new(big.Int).SetBytes(digest[:])
	s.Mul(s, new(big.Int).ModInverse(u1, ref.n)).Mod(s, ref.n)
	sig := encodeSignature(append(ref.bytes(r), ref.bytes(s)...))
	for _, p := range noPoints() {
		require.False(t, e.IsOnCurve(p.x, p.y))
		x, y := e.Add(p.x, p.y, ref.x, ref.y)
		if isInfinity(p.x, p.y) {
			require.Equal(t, ref.x, x)
		} else {
			require.True(t, isInfinity(x, y))
		}
		e.Double(p.x, p.y)
		x, y = e.ScalarMult(p.x, p.y, []byte{5})
		require.False(t, e.IsOnCurve(x, y))
		require.False(t, isInfinity(x, y))
		require.False(t, ecdsa.VerifyASN1(&ecdsa.PublicKey{Curve: e, X: p.x, Y: p.y}, digest[:], sig))
	}
}
