package brainpool

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testKey is the first key of RFC 7027 for the curve.
func testKey(t testing.TB, c *Curve) *PrivateKey {
	t.Helper()
	d, _ := new(big.Int).SetString(rfc7027[c.Name()].dA, 16)
	k, err := NewPrivateKey(c, d.FillBytes(make([]byte, c.Size())))
	require.NoError(t, err)
	return k
}

func TestCurves(t *testing.T) {
	for i, c := range curves() {
		require.Same(t, c, CurveByName(c.Name()))
		require.Same(t, c, CurveByOID(c.OID()))
		require.Equal(t, 8*c.Size(), c.BitSize())
		require.Equal(t, []int{256, 384, 512}[i], c.BitSize())
		require.Equal(t, fmt.Sprintf("brainpoolP%dr1", c.BitSize()), c.String())
		c.OID()[0] = 9
		require.Equal(t, 1, c.OID()[0], "a caller must not be able to change the OID")
	}
	require.Nil(t, CurveByName("P-256"))
	require.Nil(t, CurveByOID(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}))
}

func TestGenerateKey(t *testing.T) {
	for _, c := range curves() {
		a, err := GenerateKey(c, nil)
		require.NoError(t, err)
		b, err := GenerateKey(c, nil)
		require.NoError(t, err)
		require.False(t, a.Equal(b))
		require.False(t, a.PublicKey().Equal(b.PublicKey()))

		_, err = GenerateKey(c, iotest.ErrReader(io.ErrUnexpectedEOF))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = GenerateKey(c, bytes.NewReader(make([]byte, 5)))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = GenerateKey(c, zeros{})
		require.ErrorIs(t, err, ErrScalar, "a broken source must not be asked for ever")

		// The first candidate is n, which is out of range.
		k, err := GenerateKey(c, bytes.NewReader(append(bytes.Clone(c.order), testKey(t, c).Bytes()...)))
		require.NoError(t, err)
		require.True(t, k.Equal(testKey(t, c)))
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestNewPrivateKeyRange(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		one := big.NewInt(1)
		last := new(big.Int).Sub(ref.n, one)
		for _, d := range []*big.Int{one, big.NewInt(2), last} {
			k, err := NewPrivateKey(c, ref.bytes(d))
			require.NoError(t, err)
			require.Equal(t, ref.encode(ref.mult(d, ref.generator())), k.PublicKey().Bytes()[1:])
			require.Equal(t, ref.bytes(d), k.Bytes())
		}
		for _, d := range []*big.Int{new(big.Int), ref.n, new(big.Int).Add(ref.n, one)} {
			_, err := NewPrivateKey(c, ref.bytes(d))
			require.ErrorIs(t, err, ErrScalar)
		}
		for _, size := range []int{0, 1, c.Size() - 1, c.Size() + 1} {
			_, err := NewPrivateKey(c, make([]byte, size))
			require.ErrorIs(t, err, ErrEncoding)
		}
	})
}

func TestKeysDoNotShareMemory(t *testing.T) {
	k := testKey(t, P256r1())
	d := k.Bytes()
	other, err := NewPrivateKey(P256r1(), d)
	require.NoError(t, err)
	d[0] ^= 1
	require.True(t, other.Equal(k))
	k.Bytes()[1] ^= 1
	require.True(t, other.Equal(k))
	point := k.PublicKey().Bytes()
	public, err := NewPublicKey(P256r1(), point)
	require.NoError(t, err)
	point[5] ^= 1
	k.PublicKey().Bytes()[6] ^= 1
	require.True(t, public.Equal(k.Public()))
}

// TestFirstUseByManyAtOnce begins with a curve that has no tables yet.
func TestFirstUseByManyAtOnce(t *testing.T) {
	c := newCurve(&rfc5639[0], crypto.SHA256, func(d *domain) group { return newGroup256(d) })
	k := testKey(t, c)
	digest := sha256.Sum256([]byte("text"))
	v := rfc7027[c.Name()]
	secret, point := unhex(t, v.z), append([]byte{4}, unhex(t, v.qB)...)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			sig, err := k.Sign(nil, digest[:], nil)
			assert.NoError(t, err)
			assert.True(t, k.PublicKey().Verify(digest[:], sig))
			peer, err := NewPublicKey(c, point)
			assert.NoError(t, err)
			shared, err := k.ECDH(peer)
			assert.NoError(t, err)
			assert.Equal(t, secret, shared)
		})
	}
	all.Wait()
}

func TestEqual(t *testing.T) {
	a, b := testKey(t, P256r1()), testKey(t, P384r1())
	require.True(t, a.Equal(testKey(t, P256r1())))
	require.False(t, a.Equal(b))
	require.False(t, a.Equal(a.PublicKey()))
	require.False(t, a.PublicKey().Equal(b.PublicKey()))
	require.False(t, a.PublicKey().Equal(a))
	require.False(t, a.PublicKey().Equal(nil))
}

func TestNewPublicKeyRefuses(t *testing.T) {
	for _, c := range curves() {
		good := testKey(t, c).PublicKey().Bytes()
		changed := func(i int, b byte) []byte {
			p := bytes.Clone(good)
			p[i] = b
			return p
		}
		for name, point := range map[string][]byte{
			"nothing":              nil,
			"infinity":             {0},
			"too short":            good[:len(good)-1],
			"too long":             append(bytes.Clone(good), 0),
			"compressed":           append([]byte{2}, good[1:1+c.Size()]...),
			"hybrid":               changed(0, 6),
			"compressed as long":   changed(0, 2),
			"not on the curve":     changed(len(good)-1, good[len(good)-1]^1),
			"x out of range":       changed(1, 0xFF),
			"y out of range":       changed(1+c.Size(), 0xFF),
			"zeros":                append([]byte{4}, make([]byte, 2*c.Size())...),
			"point of a wider one": append([]byte{4}, make([]byte, 2*c.Size()+32)...),
		} {
			_, err := NewPublicKey(c, point)
			require.ErrorIs(t, err, ErrPoint, name)
		}
	}
}

func TestECDHOfTwoCurves(t *testing.T) {
	_, err := testKey(t, P256r1()).ECDH(testKey(t, P384r1()).PublicKey())
	require.ErrorIs(t, err, ErrMismatch)
}

func TestSign(t *testing.T) {
	for _, c := range curves() {
		k := testKey(t, c)
		digest := sha256.Sum256([]byte("message"))
		var signer crypto.Signer = k
		require.Same(t, k.PublicKey(), signer.Public())
		sig, err := signer.Sign(nil, digest[:], crypto.SHA256)
		require.NoError(t, err)
		require.True(t, k.PublicKey().Verify(digest[:], sig))
		require.False(t, k.PublicKey().VerifyRaw(digest[:], sig))
		raw, err := k.SignRaw(nil, digest[:], crypto.SHA256)
		require.NoError(t, err)
		require.Len(t, raw, 2*c.Size())
		require.True(t, k.PublicKey().VerifyRaw(digest[:], raw))
		require.True(t, k.PublicKey().Verify(digest[:], encodeSignature(raw)))

		again, err := k.SignRaw(nil, digest[:], nil)
		require.NoError(t, err)
		require.NotEqual(t, raw, again, "signatures are hedged with random bytes")
		fixed, err := k.SignRaw(zeros{}, digest[:], nil)
		require.NoError(t, err)
		again, err = k.SignRaw(zeros{}, digest[:], nil)
		require.NoError(t, err)
		require.Equal(t, fixed, again, "the random bytes are all there is besides key and digest")
		digest[0] ^= 1
		again, err = k.SignRaw(zeros{}, digest[:], nil)
		require.NoError(t, err)
		require.NotEqual(t, fixed[:c.Size()], again[:c.Size()], "a broken source of randomness does not repeat a nonce")
	}
}

func TestSignRefuses(t *testing.T) {
	k := testKey(t, P256r1())
	_, err := k.Sign(nil, nil, nil)
	require.ErrorContains(t, err, "brainpool: sign: empty digest")
	_, err = k.Sign(nil, make([]byte, 31), crypto.SHA256)
	require.ErrorContains(t, err, "digest of 31 bytes, but SHA-256 has 32")
	broken := errors.New("broken")
	_, err = k.Sign(iotest.ErrReader(broken), make([]byte, 32), nil)
	require.ErrorIs(t, err, broken)
}

func TestVerifyRefuses(t *testing.T) {
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		k := testKey(t, c)
		digest := bytes.Repeat([]byte{0x17}, c.Size())
		raw, err := k.SignRaw(nil, digest, nil)
		require.NoError(t, err)
		r, s := raw[:c.Size()], raw[c.Size():]
		zero, n := make([]byte, c.Size()), c.order
		for name, bad := range map[string][]byte{
			"nothing":   nil,
			"r is 0":    append(bytes.Clone(zero), s...),
			"s is 0":    append(bytes.Clone(r), zero...),
			"both 0":    make([]byte, 2*c.Size()),
			"r is n":    append(bytes.Clone(n), s...),
			"s is n":    append(bytes.Clone(r), n...),
			"short":     raw[:len(raw)-1],
			"long":      append(bytes.Clone(raw), 0),
			"exchanged": append(bytes.Clone(s), r...),
		} {
			require.False(t, k.PublicKey().VerifyRaw(digest, bad), name)
		}
		require.False(t, k.PublicKey().VerifyRaw(nil, raw))
		require.False(t, k.PublicKey().Verify(nil, encodeSignature(raw)))
		// -s is the other signature that ECDSA knows for the same digest.
		negated := new(big.Int).Sub(ref.n, new(big.Int).SetBytes(s))
		require.True(t, k.PublicKey().VerifyRaw(digest, append(bytes.Clone(r), ref.bytes(negated)...)))
	})
}

func TestPrivateKeyIsMasked(t *testing.T) {
	k := testKey(t, P256r1())
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%x", "%s", "%q"} {
		fmt.Fprintf(&out, verb+"\n", k)
		fmt.Fprintf(&out, verb+"\n", *k)
		fmt.Fprintf(&out, verb+"\n", []any{k, struct{ Key *PrivateKey }{k}, map[string]PrivateKey{"k": *k}})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("key", "k", k, "v", *k, "list", []*PrivateKey{k})
	}
	text, err := json.Marshal(map[string]any{"k": k, "v": *k})
	require.NoError(t, err)
	out.Write(text)
	require.Contains(t, out.String(), "brainpool.PrivateKey(brainpoolP256r1)")
	secret := k.Bytes()
	for _, form := range []string{"%x", "%X", "%d", "%v"} {
		part := strings.Trim(fmt.Sprintf(form, secret[4:10]), "[]")
		require.NotContains(t, out.String(), part)
	}
	require.Equal(t, "brainpool.PrivateKey()", fmt.Sprint(PrivateKey{}))
}
