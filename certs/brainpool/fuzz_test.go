package brainpool

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// The fuzz targets look for panics, and for accepted input that does not come
// out again as it went in.

func FuzzNewPublicKey(f *testing.F) {
	for _, c := range curves() {
		point := testKey(f, c).PublicKey().Bytes()
		f.Add(point)
		f.Add(point[:len(point)-1])
		f.Add(append([]byte{2}, point[1:1+c.Size()]...))
	}
	f.Fuzz(func(t *testing.T, point []byte) {
		for i, c := range curves() {
			k, err := NewPublicKey(c, point)
			if err != nil {
				require.ErrorIs(t, err, ErrPoint)
				continue
			}
			require.Equal(t, point, k.Bytes())
			ref := reference{rfc5639[i].domain()}
			x, y := new(big.Int).SetBytes(point[1:1+c.Size()]), new(big.Int).SetBytes(point[1+c.Size():])
			p := ref.lift(x)
			require.NotNil(t, p, "no point has this x")
			require.True(t, y.Cmp(p.y) == 0 || y.Cmp(ref.neg(p).y) == 0)
		}
	})
}

func FuzzParsePKIXPublicKey(f *testing.F) {
	for _, c := range curves() {
		f.Add(testKey(f, c).PublicKey().MarshalPKIX())
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		k, err := ParsePKIXPublicKey(der)
		if err != nil {
			return
		}
		require.Equal(t, der, k.MarshalPKIX(), "there is one encoding only")
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	for _, c := range curves() {
		k := testKey(f, c)
		f.Add(k.MarshalPKCS8())
		f.Add(k.MarshalEC())
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, parse := range []func([]byte) (*PrivateKey, error){ParsePKCS8PrivateKey, ParseECPrivateKey} {
			k, err := parse(der)
			if err != nil {
				continue
			}
			again, err := ParsePKCS8PrivateKey(k.MarshalPKCS8())
			require.NoError(t, err)
			require.True(t, again.Equal(k))
			require.True(t, bytes.Contains(der, bytes.TrimLeft(k.Bytes(), "\x00")))
		}
	})
}

func FuzzVerify(f *testing.F) {
	digest := bytes.Repeat([]byte{0x42}, 32)
	var keys []*PublicKey
	for _, c := range curves() {
		k := testKey(f, c)
		keys = append(keys, k.PublicKey())
		raw, err := k.signHedged(digest, nil)
		require.NoError(f, err)
		f.Add(digest, raw)
		f.Add(digest, encodeSignature(raw))
	}
	f.Fuzz(func(t *testing.T, digest, sig []byte) {
		for _, public := range keys {
			public.VerifyRaw(digest, sig)
			raw := decodeSignature(sig, public.Curve().Size())
			if raw == nil {
				require.False(t, public.Verify(digest, sig))
				continue
			}
			require.Equal(t, sig, encodeSignature(raw), "there is one encoding only")
			require.Equal(t, public.VerifyRaw(digest, raw), public.Verify(digest, sig))
		}
	})
}
