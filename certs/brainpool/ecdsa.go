package brainpool

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
)

// Sign signs a digest and returns the signature in DER, as X.509, CMS and TLS
// want it. It implements [crypto.Signer].
//
// The nonce comes from RFC 6979 with additional random bytes (section 3.6), so
// that neither a repeated random value nor a fault in a deterministic
// calculation gives the key away. The generator uses the hash that belongs to
// the curve: SHA-256, SHA-384 or SHA-512. A nil random means
// [crypto/rand.Reader]; an error of random is returned.
//
// opts may be nil; else the digest must have the length of its hash. A digest
// longer than the curve is cut, as ECDSA says; an empty one is refused.
func (k *PrivateKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	raw, err := k.SignRaw(random, digest, opts)
	if err != nil {
		return nil, err
	}
	return encodeSignature(raw), nil
}

// SignRaw is like Sign, but returns r followed by s, each of [Curve.Size] bytes,
// as XML signatures and JWS want it (BSI TR-03111, 5.2.1). Errors are the same.
func (k *PrivateKey) SignRaw(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := checkDigest(digest, opts); err != nil {
		return nil, fmt.Errorf("brainpool: sign: %w", err)
	}
	if random == nil {
		random = rand.Reader
	}
	extra := make([]byte, k.public.curve.size)
	if _, err := io.ReadFull(random, extra); err != nil {
		return nil, fmt.Errorf("brainpool: sign: %w", err)
	}
	return k.signHedged(digest, extra)
}

func checkDigest(digest []byte, opts crypto.SignerOpts) error {
	if len(digest) == 0 {
		return errors.New("empty digest")
	}
	if opts == nil || opts.HashFunc() == 0 {
		return nil
	}
	if size := opts.HashFunc().Size(); len(digest) != size {
		return fmt.Errorf("digest of %d bytes, but %v has %d", len(digest), opts.HashFunc(), size)
	}
	return nil
}

// signHedged signs with the given additional input of the nonce generator. Tests
// fix it; without any, the signature is the deterministic one of RFC 6979.
func (k *PrivateKey) signHedged(digest, extra []byte) ([]byte, error) {
	c := k.public.curve
	e := c.leftmost(digest)
	nonces := newNonces(c.hash.New, k.d, c.group.reduce(e), extra)
	nonce := make([]byte, c.size)
	for range maxTries {
		nonces.next(nonce)
		if !c.group.isScalar(nonce) {
			continue
		}
		if raw := c.group.sign(k.d, nonce, e); raw != nil {
			return raw, nil
		}
	}
	return nil, errors.New("brainpool: sign: no nonce found")
}

// Verify reports whether sig is a signature of the digest in strict DER. Its
// time depends on its arguments, which are no secrets.
func (k *PublicKey) Verify(digest, sig []byte) bool {
	raw := decodeSignature(sig, k.curve.size)
	return raw != nil && k.VerifyRaw(digest, raw)
}

// VerifyRaw reports whether sig is a signature of the digest as r followed by s,
// each of exactly [Curve.Size] bytes.
func (k *PublicKey) VerifyRaw(digest, sig []byte) bool {
	if len(digest) == 0 || len(sig) != 2*k.curve.size {
		return false
	}
	return k.curve.group.verify(k.xy, k.curve.leftmost(digest), sig)
}
