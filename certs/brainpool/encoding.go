package brainpool

import (
	"bytes"
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// oidECPublicKey is id-ecPublicKey (RFC 5480, 2.1.1).
var oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

// Context tags of ECPrivateKey (RFC 5915, 3) and of OneAsymmetricKey (RFC 5958).
var (
	tagParameters = tag.Tag(0).Constructed().ContextSpecific()
	tagPublicKey  = tag.Tag(1).Constructed().ContextSpecific()
	tagAttributes = tag.Tag(0).Constructed().ContextSpecific()
	tagPublicBits = tag.Tag(1).ContextSpecific()
)

// ParsePKIXPublicKey reads a SubjectPublicKeyInfo in strict DER. Its errors wrap
// [ErrUnknownCurve] when the key is of another kind, [ErrExplicitCurve],
// [ErrPoint] or [ErrEncoding].
func ParsePKIXPublicKey(der []byte) (*PublicKey, error) {
	const what = "public key"
	input := cryptobyte.String(der)
	var info cryptobyte.String
	if !input.ReadASN1(&info, tag.SEQUENCE) || !input.Empty() {
		return nil, malformed(what, "SubjectPublicKeyInfo")
	}
	c, err := readAlgorithm(&info, what)
	if err != nil {
		return nil, err
	}
	var bits []byte
	if !info.ReadASN1BitStringAsBytes(&bits) || !info.Empty() {
		return nil, malformed(what, "subjectPublicKey")
	}
	return NewPublicKey(c, bits)
}

// MarshalPKIX is the SubjectPublicKeyInfo in DER, with a named curve.
func (k *PublicKey) MarshalPKIX() []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addAlgorithm(b, k.curve)
		b.AddASN1BitString(k.Bytes())
	})
	return b.BytesOrPanic()
}

// ParsePKCS8PrivateKey reads an unencrypted PrivateKeyInfo (RFC 5958) in strict
// DER. A public key that stands in it must be the right one. Its errors wrap
// [ErrUnknownCurve] when the key is of another kind, [ErrExplicitCurve],
// [ErrScalar], [ErrMismatch] or [ErrEncoding]; they never quote the key.
func ParsePKCS8PrivateKey(der []byte) (*PrivateKey, error) {
	const what = "PKCS#8 private key"
	input := cryptobyte.String(der)
	var info, content, attributes, public cryptobyte.String
	var version int
	var hasAttributes, hasPublic bool
	if !input.ReadASN1(&info, tag.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1Integer(&version) || version < 0 || version > 1 {
		return nil, malformed(what, "PrivateKeyInfo")
	}
	c, err := readAlgorithm(&info, what)
	if err != nil {
		return nil, err
	}
	if !info.ReadASN1(&content, tag.OCTET_STRING) ||
		!info.ReadOptionalASN1(&attributes, &hasAttributes, tagAttributes) ||
		!info.ReadOptionalASN1(&public, &hasPublic, tagPublicBits) ||
		!info.Empty() || hasPublic && version == 0 {
		return nil, malformed(what, "PrivateKeyInfo")
	}
	k, err := readECPrivateKey(content, c, what)
	if err != nil {
		return nil, err
	}
	if hasPublic && !bytes.Equal(public, append([]byte{0}, k.public.Bytes()...)) {
		return nil, fmt.Errorf("brainpool: parse %s: %w", what, ErrMismatch)
	}
	return k, nil
}

// MarshalPKCS8 is the unencrypted PrivateKeyInfo in DER, with a named curve and
// the public key, as OpenSSL writes it.
func (k *PrivateKey) MarshalPKCS8() []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, k.public.curve)
		b.AddASN1(tag.OCTET_STRING, func(b *cryptobyte.Builder) { k.addECPrivateKey(b, false) })
	})
	return b.BytesOrPanic()
}

// ParseECPrivateKey reads an ECPrivateKey (SEC 1, RFC 5915) in strict DER, the
// content of "EC PRIVATE KEY" in PEM. Its errors are those of
// [ParsePKCS8PrivateKey].
func ParseECPrivateKey(der []byte) (*PrivateKey, error) {
	return readECPrivateKey(der, nil, "EC private key")
}

// MarshalEC is the ECPrivateKey in DER, with a named curve and the public key.
func (k *PrivateKey) MarshalEC() []byte {
	var b cryptobyte.Builder
	k.addECPrivateKey(&b, true)
	return b.BytesOrPanic()
}

func (k *PrivateKey) addECPrivateKey(b *cryptobyte.Builder, withCurve bool) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(k.d)
		if withCurve {
			b.AddASN1(tagParameters, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(k.public.curve.oid)
			})
		}
		b.AddASN1(tagPublicKey, func(b *cryptobyte.Builder) {
			b.AddASN1BitString(k.public.Bytes())
		})
	})
}

// readECPrivateKey reads an ECPrivateKey. c is the curve that the surrounding
// structure names, or nil.
func readECPrivateKey(der []byte, c *Curve, what string) (*PrivateKey, error) {
	input := cryptobyte.String(der)
	var key, secret, params, public cryptobyte.String
	var version int
	var hasParams, hasPublic bool
	if !input.ReadASN1(&key, tag.SEQUENCE) || !input.Empty() ||
		!key.ReadASN1Integer(&version) || version != 1 ||
		!key.ReadASN1(&secret, tag.OCTET_STRING) ||
		!key.ReadOptionalASN1(&params, &hasParams, tagParameters) ||
		!key.ReadOptionalASN1(&public, &hasPublic, tagPublicKey) || !key.Empty() {
		return nil, malformed(what, "ECPrivateKey")
	}
	if hasParams {
		named, err := readCurve(&params, what)
		if err != nil {
			return nil, err
		}
		if !params.Empty() || c != nil && c != named {
			return nil, malformed(what, "two curves")
		}
		c = named
	}
	if c == nil {
		return nil, malformed(what, "no curve")
	}
	secret = trimLeft(secret, c.size)
	if len(secret) > c.size {
		return nil, malformed(what, "too long")
	}
	k, err := NewPrivateKey(c, append(make([]byte, c.size-len(secret)), secret...))
	if err != nil {
		return nil, fmt.Errorf("brainpool: parse %s: %w", what, ErrScalar)
	}
	if hasPublic {
		return k.withPublic(public, what)
	}
	return k, nil
}

// trimLeft drops leading zeros beyond size. RFC 5915 demands exactly the size,
// but some writers leave zeros out and some add them.
func trimLeft(secret []byte, size int) []byte {
	for len(secret) > size && secret[0] == 0 {
		secret = secret[1:]
	}
	return secret
}

// withPublic returns k when the BIT STRING in public is its public key.
func (k *PrivateKey) withPublic(public cryptobyte.String, what string) (*PrivateKey, error) {
	var point []byte
	if !public.ReadASN1BitStringAsBytes(&point) || !public.Empty() {
		return nil, malformed(what, "publicKey")
	}
	if !bytes.Equal(point, k.public.Bytes()) {
		return nil, fmt.Errorf("brainpool: parse %s: %w", what, ErrMismatch)
	}
	return k, nil
}

func addAlgorithm(b *cryptobyte.Builder, c *Curve) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidECPublicKey)
		b.AddASN1ObjectIdentifier(c.oid)
	})
}

// readAlgorithm reads an AlgorithmIdentifier for EC keys.
func readAlgorithm(info *cryptobyte.String, what string) (*Curve, error) {
	var algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !info.ReadASN1(&algorithm, tag.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed(what, "AlgorithmIdentifier")
	}
	if !oid.Equal(oidECPublicKey) {
		return nil, fmt.Errorf("brainpool: parse %s: %w: algorithm %v", what, ErrUnknownCurve, oid)
	}
	c, err := readCurve(&algorithm, what)
	if err == nil && !algorithm.Empty() {
		return nil, malformed(what, "AlgorithmIdentifier")
	}
	return c, err
}

// readCurve reads ECParameters: a named curve; the other choices are refused.
func readCurve(s *cryptobyte.String, what string) (*Curve, error) {
	if s.PeekASN1Tag(tag.SEQUENCE) {
		return nil, fmt.Errorf("brainpool: parse %s: %w", what, ErrExplicitCurve)
	}
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1ObjectIdentifier(&oid) {
		return nil, malformed(what, "ECParameters")
	}
	c := CurveByOID(oid)
	if c == nil {
		return nil, fmt.Errorf("brainpool: parse %s: %w: curve %v", what, ErrUnknownCurve, oid)
	}
	return c, nil
}

func malformed(what, part string) error {
	return fmt.Errorf("brainpool: parse %s: %w: %s", what, ErrEncoding, part)
}
