package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"strconv"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
)

// KeyType names the algorithm and the size of a key.
type KeyType string

// The key types of the TI.
const (
	KeyRSA2048         KeyType = "RSA-2048"
	KeyRSA3072         KeyType = "RSA-3072"
	KeyRSA4096         KeyType = "RSA-4096"
	KeyP256            KeyType = "P-256"
	KeyP384            KeyType = "P-384"
	KeyP521            KeyType = "P-521"
	KeyBrainpoolP256r1 KeyType = "brainpoolP256r1"
	KeyBrainpoolP384r1 KeyType = "brainpoolP384r1"
	KeyBrainpoolP512r1 KeyType = "brainpoolP512r1"
	KeyUnknown         KeyType = "unknown"
)

// KeyTypeOf names the type of a public key. RSA keys of other sizes are named
// in the same way, such as RSA-1024.
func KeyTypeOf(pub crypto.PublicKey) KeyType {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return KeyType("RSA-" + strconv.Itoa(k.N.BitLen()))
	case *ecdsa.PublicKey:
		return KeyType(k.Curve.Params().Name)
	case *brainpool.PublicKey:
		return KeyType(k.Curve().Name())
	}
	return KeyUnknown
}

// KeyType names the type of the certificate's key.
func (c *Certificate) KeyType() KeyType { return KeyTypeOf(c.PublicKey) }

// RSA reports whether the type is RSA of any size.
func (k KeyType) RSA() bool { return len(k) > 4 && k[:4] == "RSA-" }

// Brainpool reports whether crypto/tls and crypto/x509 do not know the type.
func (k KeyType) Brainpool() bool { return len(k) > 9 && k[:9] == "brainpool" }
