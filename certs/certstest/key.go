package certstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"sync"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
)

// GenerateKey makes a key of a type: RSA of 2048 or 3072 bits, a NIST curve or
// a Brainpool curve.
func GenerateKey(kind certs.KeyType) (crypto.Signer, error) {
	switch kind {
	case certs.KeyRSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case certs.KeyRSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case certs.KeyP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case certs.KeyP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case certs.KeyP521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	}
	if c := brainpool.CurveByName(string(kind)); c != nil {
		return brainpool.GenerateKey(c, nil)
	}
	return nil, fmt.Errorf("certstest: generate key: unknown type %q", kind)
}

// rsaKeys are made once per process and name: each takes a good part of a
// second.
var rsaKeys sync.Map

// namedKey makes the key of something that has a name. RSA keys of the same
// name are the same key.
func namedKey(kind certs.KeyType, name string) (crypto.Signer, error) {
	if !kind.RSA() {
		return GenerateKey(kind)
	}
	made, _ := rsaKeys.LoadOrStore(string(kind)+" "+name, sync.OnceValues(func() (crypto.Signer, error) {
		return GenerateKey(kind)
	}))
	return made.(func() (crypto.Signer, error))()
}

// marshalPublicKey is the SubjectPublicKeyInfo of a key.
func marshalPublicKey(pub crypto.PublicKey) ([]byte, error) {
	if k, ok := pub.(*brainpool.PublicKey); ok {
		return k.MarshalPKIX(), nil
	}
	return x509.MarshalPKIXPublicKey(pub)
}

// MarshalPrivateKey is the unencrypted PKCS#8 of a key in DER.
func MarshalPrivateKey(key crypto.Signer) ([]byte, error) {
	if k, ok := key.(*brainpool.PrivateKey); ok {
		return k.MarshalPKCS8(), nil
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// keyID is the SHA-1 of the key's bits (RFC 5280, 4.2.1.2, method 1).
func keyID(spki []byte) ([]byte, error) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes)
	return sum[:], nil
}

// signature is an algorithm that certificates and OCSP answers are signed with.
type signature struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
	null bool // the algorithm has NULL as parameters
}

var (
	sha256WithRSA   = signature{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, crypto.SHA256, true}
	ecdsaWithSHA256 = signature{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, crypto.SHA256, false}
	ecdsaWithSHA384 = signature{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, crypto.SHA384, false}
	ecdsaWithSHA512 = signature{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, crypto.SHA512, false}
)

func signatureFor(pub crypto.PublicKey) signature {
	switch certs.KeyTypeOf(pub) {
	case certs.KeyP384, certs.KeyBrainpoolP384r1:
		return ecdsaWithSHA384
	case certs.KeyP521, certs.KeyBrainpoolP512r1:
		return ecdsaWithSHA512
	case certs.KeyP256, certs.KeyBrainpoolP256r1:
		return ecdsaWithSHA256
	}
	return sha256WithRSA
}

func (s signature) sign(key crypto.Signer, message []byte) ([]byte, error) {
	h := s.hash.New()
	h.Write(message)
	return key.Sign(rand.Reader, h.Sum(nil), s.hash)
}
