package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
)

// ErrSignature means a signature that does not verify, or an algorithm that is
// not one of the key's.
var ErrSignature = errors.New("signature does not verify")

// ErrNotIssuer means a certificate that cannot have issued another one: it is
// no CA, or has another name or key identifier.
var ErrNotIssuer = errors.New("not the issuer")

// VerifySignature checks a signature in the form of X.509 (ECDSA in DER) over
// signed, with an RSA, NIST or Brainpool key. It returns an error that wraps
// ErrSignature. MD5 and SHA-1 are refused.
func VerifySignature(pub crypto.PublicKey, alg x509.SignatureAlgorithm, signed, sig []byte) error {
	key, ok := pub.(*brainpool.PublicKey)
	if !ok {
		return verifyStandard(pub, alg, signed, sig)
	}
	hash, ok := ecdsaHashes[alg]
	if !ok {
		return fmt.Errorf("certs: %w: %v with a Brainpool key", ErrSignature, alg)
	}
	h := hash.New()
	h.Write(signed)
	if !key.Verify(h.Sum(nil), sig) {
		return fmt.Errorf("certs: %w", ErrSignature)
	}
	return nil
}

var ecdsaHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.ECDSAWithSHA256: crypto.SHA256,
	x509.ECDSAWithSHA384: crypto.SHA384,
	x509.ECDSAWithSHA512: crypto.SHA512,
}

func verifyStandard(pub crypto.PublicKey, alg x509.SignatureAlgorithm, signed, sig []byte) error {
	holder := x509.Certificate{PublicKey: pub}
	if err := holder.CheckSignature(alg, signed, sig); err != nil {
		return fmt.Errorf("certs: %w: %w", ErrSignature, err)
	}
	return nil
}

// CheckIssuedBy checks that issuer issued c: a CA that may sign certificates,
// its name, its key identifier where c names one, and the signature. It looks
// at no dates. Errors wrap ErrNotIssuer or ErrSignature.
func (c *Certificate) CheckIssuedBy(issuer *Certificate) error {
	switch {
	case !bytes.Equal(c.RawIssuer, issuer.RawSubject):
		return fmt.Errorf("certs: %w: other name", ErrNotIssuer)
	case len(c.AuthorityKeyId) > 0 && len(issuer.SubjectKeyId) > 0 && !bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId):
		return fmt.Errorf("certs: %w: other key identifier", ErrNotIssuer)
	case !issuer.BasicConstraintsValid || !issuer.IsCA:
		return fmt.Errorf("certs: %w: no CA", ErrNotIssuer)
	case issuer.KeyUsage&x509.KeyUsageCertSign == 0:
		return fmt.Errorf("certs: %w: key usage without certificate signing", ErrNotIssuer)
	}
	return VerifySignature(issuer.PublicKey, c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
}
