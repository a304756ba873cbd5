package brainpool

import (
	"bytes"
	"encoding/asn1"
	"testing"

	"github.com/stretchr/testify/require"
)

// The structures are written with encoding/asn1, which the package does not use.
type testAlgorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue
}

type testSPKI struct {
	Algorithm testAlgorithm
	Point     asn1.BitString
}

type testPKCS8 struct {
	Version    int
	Algorithm  testAlgorithm
	Key        []byte
	Attributes asn1.RawValue  `asn1:"optional,tag:0"`
	Public     asn1.BitString `asn1:"optional,tag:1"`
}

type testSEC1 struct {
	Version int
	Key     []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	require.NoError(t, err)
	return der
}

func bitString(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }

func algorithm(t testing.TB, oid asn1.ObjectIdentifier) testAlgorithm {
	return testAlgorithm{oidECPublicKey, asn1.RawValue{FullBytes: marshal(t, oid)}}
}

func TestRoundTrips(t *testing.T) {
	for _, c := range curves() {
		k := testKey(t, c)
		public, err := ParsePKIXPublicKey(k.PublicKey().MarshalPKIX())
		require.NoError(t, err)
		require.True(t, public.Equal(k.PublicKey()))
		private, err := ParsePKCS8PrivateKey(k.MarshalPKCS8())
		require.NoError(t, err)
		require.True(t, private.Equal(k))
		private, err = ParseECPrivateKey(k.MarshalEC())
		require.NoError(t, err)
		require.True(t, private.Equal(k))
		require.Equal(t, marshal(t, testSPKI{algorithm(t, c.OID()), bitString(k.PublicKey().Bytes())}), k.PublicKey().MarshalPKIX())
	}
}

func TestParsePKIXPublicKeyRefuses(t *testing.T) {
	c := P256r1()
	point := testKey(t, c).PublicKey().Bytes()
	good := marshal(t, testSPKI{algorithm(t, c.OID()), bitString(point)})
	withParameters := func(raw []byte) []byte {
		return marshal(t, testSPKI{testAlgorithm{oidECPublicKey, asn1.RawValue{FullBytes: raw}}, bitString(point)})
	}
	for _, bad := range []struct {
		name   string
		der    []byte
		reason error
	}{
		{"nothing", nil, ErrEncoding},
		{"no sequence", marshal(t, 5), ErrEncoding},
		{"trailing byte", append(bytes.Clone(good), 0), ErrEncoding},
		{"truncated", good[:len(good)-1], ErrEncoding},
		{"parameters missing", withParameters(nil), ErrEncoding},
		{"parameters NULL", withParameters([]byte{5, 0}), ErrEncoding},
		{"implicitCurve and more", withParameters(append(marshal(t, c.OID()), 5, 0)), ErrEncoding},
		{"explicit parameters", withParameters(marshal(t, []int{1})), ErrExplicitCurve},
		{"another curve", withParameters(marshal(t, asn1.ObjectIdentifier{1, 3, 132, 0, 34})), ErrUnknownCurve},
		{"unused bits", marshal(t, testSPKI{algorithm(t, c.OID()), asn1.BitString{Bytes: point, BitLength: 8*len(point) - 1}}), ErrEncoding},
		{"no point", marshal(t, testSPKI{algorithm(t, c.OID()), bitString(nil)}), ErrPoint},
		{"point of another width", marshal(t, testSPKI{algorithm(t, P384r1().OID()), bitString(point)}), ErrPoint},
		{"RSA", marshal(t, testSPKI{testAlgorithm{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue}, bitString(point)}), ErrUnknownCurve},
	} {
		_, err := ParsePKIXPublicKey(bad.der)
		require.ErrorIs(t, err, bad.reason, bad.name)
	}
}

func TestParsePrivateKeyVariants(t *testing.T) {
	for _, c := range curves() {
		k := testKey(t, c)
		small, err := NewPrivateKey(c, append(make([]byte, c.Size()-1), 5))
		require.NoError(t, err)
		public := bitString(k.PublicKey().Bytes())
		inner := marshal(t, testSEC1{Version: 1, Key: k.Bytes()})
		attributes := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: marshal(t, 1)}
		for _, good := range []struct {
			name string
			der  []byte
			want *PrivateKey
		}{
			{"no public key", marshal(t, testPKCS8{Algorithm: algorithm(t, c.OID()), Key: inner}), k},
			{"curve twice", marshal(t, testPKCS8{Algorithm: algorithm(t, c.OID()), Key: k.MarshalEC()}), k},
			{"attributes", marshal(t, testPKCS8{Algorithm: algorithm(t, c.OID()), Key: inner, Attributes: attributes}), k},
			{"version 2", marshal(t, testPKCS8{Version: 1, Algorithm: algorithm(t, c.OID()), Key: inner, Public: public}), k},
			{"leading zeros left out", marshal(t, testPKCS8{Algorithm: algorithm(t, c.OID()), Key: marshal(t, testSEC1{Version: 1, Key: []byte{5}})}), small},
			{"leading zeros added", marshal(t, testPKCS8{Algorithm: algorithm(t, c.OID()), Key: marshal(t, testSEC1{Version: 1, Key: append(make([]byte, 3), k.Bytes()...)})}), k},
		} {
			got, err := ParsePKCS8PrivateKey(good.der)
			require.NoError(t, err, good.name)
			require.True(t, got.Equal(good.want), good.name)
		}
	}
}

func TestParsePrivateKeyRefuses(t *testing.T) {
	c := P256r1()
	k := testKey(t, c)
	other := bitString(append([]byte{4}, c.Elliptic().Params().Gx.Bytes()...))
	sec1 := func(s testSEC1) []byte { return marshal(t, s) }
	for _, bad := range []struct {
		name   string
		der    []byte
		reason error
	}{
		{"nothing", nil, ErrEncoding},
		{"trailing byte", append(k.MarshalEC(), 0), ErrEncoding},
		{"version 2", sec1(testSEC1{Version: 2, Key: k.Bytes(), Curve: c.OID()}), ErrEncoding},
		{"no curve", sec1(testSEC1{Version: 1, Key: k.Bytes()}), ErrEncoding},
		{"another curve", sec1(testSEC1{Version: 1, Key: k.Bytes(), Curve: asn1.ObjectIdentifier{1, 3, 132, 0, 34}}), ErrUnknownCurve},
		{"zero", sec1(testSEC1{Version: 1, Key: make([]byte, 32), Curve: c.OID()}), ErrScalar},
		{"empty", sec1(testSEC1{Version: 1, Key: nil, Curve: c.OID()}), ErrScalar},
		{"n", sec1(testSEC1{Version: 1, Key: c.order, Curve: c.OID()}), ErrScalar},
		{"too long", sec1(testSEC1{Version: 1, Key: append([]byte{1}, k.Bytes()...), Curve: c.OID()}), ErrEncoding},
		{"another public key", sec1(testSEC1{Version: 1, Key: k.Bytes(), Curve: c.OID(), Public: other}), ErrMismatch},
	} {
		_, err := ParseECPrivateKey(bad.der)
		require.ErrorIs(t, err, bad.reason, bad.name)
	}
	inner := sec1(testSEC1{Version: 1, Key: k.Bytes()})
	pkcs8 := func(p testPKCS8) []byte {
		p.Algorithm = algorithm(t, c.OID())
		return marshal(t, p)
	}
	for _, bad := range []struct {
		name   string
		der    []byte
		reason error
	}{
		{"SEC 1 in its place", k.MarshalEC(), ErrEncoding},
		{"version 3", pkcs8(testPKCS8{Version: 2, Key: inner}), ErrEncoding},
		{"public key in version 1", pkcs8(testPKCS8{Key: inner, Public: bitString(k.PublicKey().Bytes())}), ErrEncoding},
		{"another public key", pkcs8(testPKCS8{Version: 1, Key: inner, Public: other}), ErrMismatch},
		{"two curves", pkcs8(testPKCS8{Key: testKey(t, P384r1()).MarshalEC()}), ErrEncoding},
		{"key is no DER", pkcs8(testPKCS8{Key: k.Bytes()}), ErrEncoding},
		{"trailing byte", append(k.MarshalPKCS8(), 0), ErrEncoding},
	} {
		_, err := ParsePKCS8PrivateKey(bad.der)
		require.ErrorIs(t, err, bad.reason, bad.name)
	}
}

// TestTruncated cuts every encoding at every place.
func TestTruncated(t *testing.T) {
	for _, c := range curves() {
		k := testKey(t, c)
		for _, der := range [][]byte{k.MarshalPKCS8(), k.MarshalEC(), k.PublicKey().MarshalPKIX()} {
			for i := range der {
				_, err := ParsePKCS8PrivateKey(der[:i])
				require.Error(t, err)
				_, err = ParseECPrivateKey(der[:i])
				require.Error(t, err)
				_, err = ParsePKIXPublicKey(der[:i])
				require.Error(t, err)
			}
		}
	}
}

func TestSignatureEncoding(t *testing.T) {
	type pair struct{ R, S asn1.RawValue }
	integer := func(b ...byte) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagInteger, Bytes: b} }
	for _, c := range []struct {
		name string
		der  []byte
		want []byte // nil: refused
	}{
		{"smallest", marshal(t, pair{integer(1), integer(2)}), []byte{0, 1, 0, 2}},
		{"high bit", marshal(t, pair{integer(0, 0x80), integer(0, 0xFF, 0xFE)}), []byte{0, 0x80, 0xFF, 0xFE}},
		{"zero is a number", marshal(t, pair{integer(0), integer(0)}), []byte{0, 0, 0, 0}},
		{"negative", marshal(t, pair{integer(0x80), integer(1)}), nil},
		{"not minimal", marshal(t, pair{integer(0, 1), integer(1)}), nil},
		{"empty number", marshal(t, pair{integer(), integer(1)}), nil},
		{"too large", marshal(t, pair{integer(1, 0, 0), integer(1)}), nil},
		{"one number", marshal(t, struct{ R int }{1}), nil},
		{"three numbers", marshal(t, struct{ R, S, T int }{1, 2, 3}), nil},
		{"trailing byte", append(marshal(t, pair{integer(1), integer(2)}), 0), nil},
		{"long form of length", []byte{0x30, 0x81, 6, 2, 1, 1, 2, 1, 2}, nil},
		{"indefinite length", []byte{0x30, 0x80, 2, 1, 1, 2, 1, 2, 0, 0}, nil},
		{"nothing", nil, nil},
	} {
		got := decodeSignature(c.der, 2)
		require.Equal(t, c.want, got, c.name)
		if got != nil {
			require.Equal(t, c.der, encodeSignature(got), c.name)
		}
	}
}
