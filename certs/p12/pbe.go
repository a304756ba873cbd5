package p12

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"
)

// legacy are the ciphers of RFC 7292, appendix C, by the last number of their
// OID. Keys and vectors come from SHA-1.
var legacy = map[int]struct {
	key, iv int
	block   func(key []byte) (cipher.Block, error)
}{
	1: {16, 0, nil}, // RC4
	2: {5, 0, nil},
	3: {24, 8, des.NewTripleDESCipher},
	4: {16, 8, func(k []byte) (cipher.Block, error) {
		return des.NewTripleDESCipher(append(k[:16:16], k[:8]...))
	}},
	5: {16, 8, func(k []byte) (cipher.Block, error) { return newRC2(k), nil }},
	6: {5, 8, func(k []byte) (cipher.Block, error) { return newRC2(k), nil }},
}

var (
	oidLegacy = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1}
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// decrypt opens what was encrypted under the password.
func (r *reader) decrypt(alg pkix.AlgorithmIdentifier, secret []byte) ([]byte, error) {
	oid := alg.Algorithm
	switch {
	case oid.Equal(oidPBES2):
		return r.decryptPBES2(alg.Parameters.FullBytes, secret)
	case len(oid) == 8 && oid[:7].Equal(oidLegacy):
		return r.decryptLegacy(oid[7], alg.Parameters.FullBytes, secret)
	}
	return nil, fmt.Errorf("%w: encryption %s", ErrUnsupported, oidName(oid))
}

func (r *reader) decryptLegacy(number int, parameters, secret []byte) ([]byte, error) {
	scheme, ok := legacy[number]
	if !ok {
		return nil, fmt.Errorf("%w: encryption %s.%d", ErrUnsupported, oidName(oidLegacy), number)
	}
	var p struct {
		Salt       []byte
		Iterations int
	}
	if err := unmarshal(parameters, &p); err != nil {
		return nil, err
	}
	if err := r.spend(p.Iterations); err != nil {
		return nil, err
	}
	key := derive(sha1.New, forKey, r.password.bmp, p.Salt, p.Iterations, scheme.key)
	if scheme.block == nil {
		stream, err := rc4.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("%w: RC4", ErrUnsupported)
		}
		plain := make([]byte, len(secret))
		stream.XORKeyStream(plain, secret)
		return plain, nil
	}
	if err := r.spend(p.Iterations); err != nil {
		return nil, err
	}
	iv := derive(sha1.New, forIV, r.password.bmp, p.Salt, p.Iterations, scheme.iv)
	block, err := scheme.block(key)
	if err != nil {
		return nil, fmt.Errorf("%w: cipher", ErrUnsupported)
	}
	return decryptCBC(block, iv, secret)
}

type pbes2 struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// prfs are the HMACs of RFC 8018, B.1.
var prfs = map[string]func() hash.Hash{
	"":                    sha1.New, // the default
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

var ciphers = map[string]struct {
	key   int
	block func(key []byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

func (r *reader) decryptPBES2(parameters, secret []byte) ([]byte, error) {
	var p pbes2
	if err := unmarshal(parameters, &p); err != nil {
		return nil, err
	}
	if !p.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, fmt.Errorf("%w: key derivation %s", ErrUnsupported, oidName(p.KDF.Algorithm))
	}
	scheme, ok := ciphers[p.Cipher.Algorithm.String()]
	if !ok {
		return nil, fmt.Errorf("%w: cipher %s", ErrUnsupported, oidName(p.Cipher.Algorithm))
	}
	var iv []byte
	if err := unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	key, err := r.pbkdf2(p.KDF.Parameters.FullBytes, scheme.key)
	if err != nil {
		return nil, err
	}
	block, err := scheme.block(key)
	if err != nil {
		return nil, fmt.Errorf("%w: cipher", ErrUnsupported)
	}
	return decryptCBC(block, iv, secret)
}

func (r *reader) pbkdf2(parameters []byte, size int) ([]byte, error) {
	var p pbkdf2Parameters
	if err := unmarshal(parameters, &p); err != nil {
		return nil, err
	}
	prf, ok := prfs[p.PRF.Algorithm.String()]
	if !ok {
		return nil, fmt.Errorf("%w: key derivation with HMAC %s", ErrUnsupported, oidName(p.PRF.Algorithm))
	}
	if p.KeyLength != 0 && p.KeyLength != size {
		return nil, fmt.Errorf("%w: key length", ErrMalformed)
	}
	if err := r.spend(p.Iterations); err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(prf, string(r.password.utf8), p.Salt, p.Iterations, size)
	if err != nil {
		return nil, fmt.Errorf("%w: key derivation", ErrUnsupported)
	}
	return key, nil
}

// decryptCBC opens secret and takes the padding off. Wrong padding means a
// wrong password: without a MAC this is where it shows.
func decryptCBC(block cipher.Block, iv, secret []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(secret) == 0 || len(secret)%size != 0 || len(iv) != size {
		return nil, fmt.Errorf("%w: encrypted content", ErrMalformed)
	}
	plain := make([]byte, len(secret))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, secret)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size {
		return nil, ErrPassword
	}
	for _, c := range plain[len(plain)-pad:] {
		if int(c) != pad {
			return nil, ErrPassword
		}
	}
	return plain[:len(plain)-pad], nil
}
