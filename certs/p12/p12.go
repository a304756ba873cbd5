package p12

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"unicode/utf16"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/internal/ber"
)

const (
	maxFile = 1 << 20 // bytes; a Konnektor writes less than 8 KiB
	maxBags = 256
)

// Reasons for refusing a file. Errors of Decode wrap one of them and quote
// nothing of the file.
var (
	// ErrPassword means that the password is not the file's.
	ErrPassword = errors.New("wrong password")
	// ErrMalformed means that the file is no PKCS#12, or damaged.
	ErrMalformed = errors.New("malformed PKCS#12 file")
	// ErrUnsupported means an algorithm or a kind of content that is not read.
	ErrUnsupported = errors.New("unsupported algorithm or content")
	// ErrTooLarge means a file that demands more memory or work than allowed.
	ErrTooLarge = errors.New("PKCS#12 file demands too much")
	// ErrNoKey means a file without private key, or whose key has no
	// certificate in it.
	ErrNoKey = errors.New("no private key with certificate")
)

// Bundle is what a PKCS#12 file holds: a key, its certificate, and the others.
type Bundle struct {
	// Key is an *rsa.PrivateKey, *ecdsa.PrivateKey or *brainpool.PrivateKey.
	Key crypto.Signer
	// Certificates are in DER: that of Key first, then the others as they
	// stand in the file. They are not checked beyond that.
	Certificates [][]byte
	// Name is the friendlyName of the key; Konnektors write the name of the
	// client system. May be empty.
	Name string
}

// Decode reads a PKCS#12 file in BER or DER. Of several keys it takes the first
// that has a certificate in the file. Its errors wrap ErrPassword, ErrMalformed,
// ErrUnsupported, ErrTooLarge or ErrNoKey; without a MAC in the file a wrong
// password can look like damage. It is safe for concurrent use.
func Decode(file []byte, password string) (*Bundle, error) {
	b, err := decode(file, password, maxIterations)
	if err != nil {
		return nil, fmt.Errorf("p12: %w", err)
	}
	return b, nil
}

type pfx struct {
	Version  int
	AuthSafe contentInfo
	MAC      macData `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type encryptedData struct {
	Version int
	Content struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Encrypted asn1.RawValue `asn1:"tag:0,optional"`
	}
}

type bag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue   `asn1:"tag:0,explicit"`
	Attributes []asn1.RawValue `asn1:"set,optional"`
}

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Encrypted []byte
}

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidX509          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidFriendlyName  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}

	oidBags         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1}
	oidKeyBag       = append(oidBags[:8:8], 1)
	oidShroudedBag  = append(oidBags[:8:8], 2)
	oidCertBag      = append(oidBags[:8:8], 3)
	oidSafeContents = append(oidBags[:8:8], 6)
)

func decode(file []byte, password string, work int) (*Bundle, error) {
	if len(file) > maxFile {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(file))
	}
	var p pfx
	if err := unmarshal(file, &p); err != nil {
		return nil, err
	}
	if p.Version != 3 {
		return nil, fmt.Errorf("%w: version %d", ErrMalformed, p.Version)
	}
	if !p.AuthSafe.Type.Equal(oidData) {
		return nil, fmt.Errorf("%w: signed file", ErrUnsupported)
	}
	safe, err := content(p.AuthSafe)
	if err != nil {
		return nil, err
	}
	r := &reader{work: work}
	if r.password, err = r.findPassword(p.MAC, safe, password); err != nil {
		return nil, err
	}
	if err := r.authSafe(safe); err != nil {
		return nil, err
	}
	return r.bundle()
}

// toDER is ber.ToDER with the errors of this package.
func toDER(encoded []byte) ([]byte, error) {
	der, err := ber.ToDER(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return der, nil
}

// octets is ber.Octets with the errors of this package.
func octets(v asn1.RawValue) ([]byte, error) {
	b, err := ber.Octets(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return b, nil
}

// unmarshal reads one value in BER.
func unmarshal(encoded []byte, v any) error {
	der, err := toDER(encoded)
	if err != nil {
		return err
	}
	if rest, err := asn1.Unmarshal(der, v); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: not the expected structure", ErrMalformed)
	}
	return nil
}

// content is the octet string in a ContentInfo of type data.
func content(c contentInfo) ([]byte, error) {
	var v asn1.RawValue
	if err := unmarshal(c.Content.Bytes, &v); err != nil {
		return nil, err
	}
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagOctetString {
		return nil, fmt.Errorf("%w: content is no octet string", ErrMalformed)
	}
	return octets(v)
}

// reader collects what the bags hold.
type reader struct {
	password password
	work     int // iterations left
	bags     int
	keys     []namedKey
	certs    [][]byte
}

type namedKey struct {
	key  crypto.Signer
	name string
}

func (r *reader) authSafe(safe []byte) error {
	var infos []contentInfo
	if err := unmarshal(safe, &infos); err != nil {
		return err
	}
	for _, info := range infos {
		plain, err := r.open(info)
		if err != nil {
			return err
		}
		if err := r.safeContents(plain, 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) open(info contentInfo) ([]byte, error) {
	switch {
	case info.Type.Equal(oidData):
		return content(info)
	case !info.Type.Equal(oidEncryptedData):
		return nil, fmt.Errorf("%w: content of another type", ErrUnsupported)
	}
	var data encryptedData
	if err := unmarshal(info.Content.Bytes, &data); err != nil {
		return nil, err
	}
	secret, err := octets(data.Content.Encrypted)
	if err != nil {
		return nil, err
	}
	return r.decrypt(data.Content.Algorithm, secret)
}

func (r *reader) safeContents(encoded []byte, depth int) error {
	var bags []bag
	if err := unmarshal(encoded, &bags); err != nil {
		return err
	}
	if r.bags += len(bags); r.bags > maxBags || depth > 4 {
		return fmt.Errorf("%w: more than %d bags, or nested", ErrTooLarge, maxBags)
	}
	for _, b := range bags {
		if err := r.bag(b, depth); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) bag(b bag, depth int) error {
	switch value := b.Value.Bytes; {
	case b.ID.Equal(oidKeyBag):
		return r.key(value, b)
	case b.ID.Equal(oidShroudedBag):
		var e encryptedKey
		if err := unmarshal(value, &e); err != nil {
			return err
		}
		plain, err := r.decrypt(e.Algorithm, e.Encrypted)
		if err != nil {
			return err
		}
		return r.key(plain, b)
	case b.ID.Equal(oidCertBag):
		return r.certificate(value)
	case b.ID.Equal(oidSafeContents):
		return r.safeContents(value, depth+1)
	}
	return nil // a CRL or a secret: nothing for us
}

func (r *reader) key(encoded []byte, b bag) error {
	der, err := toDER(encoded)
	if err != nil {
		return err
	}
	key, err := parseKey(der)
	if err != nil {
		return err
	}
	r.keys = append(r.keys, namedKey{key, friendlyName(b.Attributes)})
	return nil
}

func parseKey(der []byte) (crypto.Signer, error) {
	key, err := brainpool.ParsePKCS8PrivateKey(der)
	switch {
	case err == nil:
		return key, nil
	case !errors.Is(err, brainpool.ErrUnknownCurve):
		return nil, fmt.Errorf("%w: private key: %w", ErrMalformed, err)
	}
	standard, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: private key", ErrUnsupported) // err may quote it
	}
	signer, ok := standard.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: private key that cannot sign", ErrUnsupported)
	}
	return signer, nil
}

func (r *reader) certificate(encoded []byte) error {
	var c struct {
		ID    asn1.ObjectIdentifier
		Value []byte `asn1:"tag:0,explicit"`
	}
	if err := unmarshal(encoded, &c); err != nil {
		return err
	}
	if c.ID.Equal(oidX509) {
		r.certs = append(r.certs, c.Value)
	}
	return nil
}

// bundle finds the certificate of a key and puts it first.
func (r *reader) bundle() (*Bundle, error) {
	for _, k := range r.keys {
		spki, err := marshalPublic(k.key.Public())
		if err != nil {
			continue
		}
		for i, der := range r.certs {
			if !bytes.Contains(der, spki) {
				continue
			}
			all := append([][]byte{der}, r.certs[:i]...)
			return &Bundle{Key: k.key, Certificates: append(all, r.certs[i+1:]...), Name: k.name}, nil
		}
	}
	return nil, ErrNoKey
}

// marshalPublic is the SubjectPublicKeyInfo that the key's certificate repeats
// byte for byte.
func marshalPublic(pub crypto.PublicKey) ([]byte, error) {
	if k, ok := pub.(*brainpool.PublicKey); ok {
		return k.MarshalPKIX(), nil
	}
	return x509.MarshalPKIXPublicKey(pub)
}

func friendlyName(attributes []asn1.RawValue) string {
	for _, raw := range attributes {
		var a struct {
			ID     asn1.ObjectIdentifier
			Values []asn1.RawValue `asn1:"set"`
		}
		if _, err := asn1.Unmarshal(raw.FullBytes, &a); err != nil || !a.ID.Equal(oidFriendlyName) || len(a.Values) == 0 {
			continue
		}
		return bmpString(a.Values[0].Bytes)
	}
	return ""
}

func bmpString(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}
