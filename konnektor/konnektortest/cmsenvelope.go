package konnektortest

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"math/big"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
)

// Object identifiers of CMS with authenticated encryption (RFC 5652, 5083, 5084,
// 5753, 8017).
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidAuthEnveloped = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 23}
	oidAES256GCM     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 46}
	oidAES256Wrap    = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 45}
	oidOAEP          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
	oidMGF1          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECPublicKey   = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidECDHSHA1      = asn1.ObjectIdentifier{1, 3, 133, 16, 840, 63, 0, 2}
	oidECDHSHA256    = asn1.ObjectIdentifier{1, 3, 132, 1, 11, 1}
	oidECDHSHA512    = asn1.ObjectIdentifier{1, 3, 132, 1, 11, 3}
)

// The structures of RFC 5652 and RFC 5083.
type (
	cmsContent struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	authEnveloped struct {
		Version    int
		Recipients []asn1.RawValue `asn1:"set"`
		Encrypted  encryptedContent
		MAC        []byte
		Unauth     []asn1.RawValue `asn1:"optional,omitempty,set,tag:2"`
	}
	encryptedContent struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   []byte `asn1:"optional,tag:0"`
	}
	gcmParameters struct {
		Nonce []byte
		ICV   int `asn1:"optional,default:12"`
	}
	issuerSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	keyTrans struct {
		Version   int
		RID       issuerSerial
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	keyAgree struct {
		Version    int
		Originator asn1.RawValue // [0] with [1] with an originatorKey
		UKM        []byte        `asn1:"explicit,optional,tag:1"`
		Algorithm  pkix.AlgorithmIdentifier
		Keys       []recipientKey
	}
	originatorKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Point     asn1.BitString
	}
	recipientKey struct {
		RID issuerSerial
		Key []byte
	}
	oaepParameters struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:0"`
		MGF  pkix.AlgorithmIdentifier `asn1:"explicit,optional,tag:1"`
	}
	sharedInfo struct {
		Key pkix.AlgorithmIdentifier
		UKM []byte `asn1:"explicit,optional,tag:0"`
		Len []byte `asn1:"explicit,tag:2"`
	}
)

// errNotForUs says that no recipient is the one whose key there is.
var errNotForUs = errors.New("konnektortest: the message is for others")

// sealCMS encrypts data for recipients: AES-256-GCM, the key by RSAES-OAEP with
// SHA-256 or by ECDH on the recipient's curve. unauth are attributes that stay
// readable, DER.
func sealCMS(data []byte, recipients []*certs.Certificate, unauth [][]byte) ([]byte, error) {
	key, nonce, gcm, err := contentCipher()
	if err != nil {
		return nil, err
	}
	parameters, err := asn1.Marshal(gcmParameters{nonce, 16})
	if err != nil {
		return nil, err
	}
	sealed := gcm.Seal(nil, nonce, data, nil)
	e := authEnveloped{
		Encrypted: encryptedContent{oidData, pkix.AlgorithmIdentifier{Algorithm: oidAES256GCM, Parameters: asn1.RawValue{FullBytes: parameters}}, sealed[:len(data)]},
		MAC:       sealed[len(data):],
	}
	for _, attribute := range unauth {
		e.Unauth = append(e.Unauth, asn1.RawValue{FullBytes: attribute})
	}
	for _, r := range recipients {
		info, err := keyFor(r, key)
		if err != nil {
			return nil, err
		}
		e.Recipients = append(e.Recipients, asn1.RawValue{FullBytes: info})
	}
	inner, err := asn1.Marshal(e)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(cmsContent{oidAuthEnveloped, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
}

// contentCipher is AES-256-GCM with a key and a nonce made for one content.
func contentCipher() (key, nonce []byte, gcm cipher.AEAD, err error) {
	key, nonce = make([]byte, 32), make([]byte, 12)
	_, _ = rand.Read(key) // never fails
	_, _ = rand.Read(nonce)
	gcm, err = newGCM(key)
	return key, nonce, gcm, err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// keyFor is the RecipientInfo for one certificate.
func keyFor(cert *certs.Certificate, key []byte) ([]byte, error) {
	rid := issuerSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, cert.SerialNumber}
	switch pub := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, pub, key, nil)
		if err != nil {
			return nil, err
		}
		parameters, err := oaepSHA256()
		if err != nil {
			return nil, err
		}
		return asn1.Marshal(keyTrans{0, rid, pkix.AlgorithmIdentifier{Algorithm: oidOAEP, Parameters: parameters}, wrapped})
	case *brainpool.PublicKey:
		return keyByAgreement(rid, pub, key)
	}
	return nil, NewFault(4200)
}

// oaepSHA256 are the parameters of OAEP with SHA-256 in both places.
func oaepSHA256() (asn1.RawValue, error) {
	h := pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	inner, err := asn1.Marshal(h)
	if err != nil {
		return asn1.RawValue{}, err
	}
	der, err := asn1.Marshal(oaepParameters{h, pkix.AlgorithmIdentifier{Algorithm: oidMGF1, Parameters: asn1.RawValue{FullBytes: inner}}})
	return asn1.RawValue{FullBytes: der}, err
}

// keyByAgreement is a KeyAgreeRecipientInfo with a key of its own.
func keyByAgreement(rid issuerSerial, pub *brainpool.PublicKey, key []byte) ([]byte, error) {
	own, err := brainpool.GenerateKey(pub.Curve(), rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(pub)
	if err != nil {
		return nil, err
	}
	kek, err := agreedKey(sha256.New, shared, nil)
	if err != nil {
		return nil, err
	}
	wrapped, err := wrapKey(kek, key)
	if err != nil {
		return nil, err
	}
	wrap, err := asn1.Marshal(pkix.AlgorithmIdentifier{Algorithm: oidAES256Wrap})
	if err != nil {
		return nil, err
	}
	curve, err := asn1.Marshal(pub.Curve().OID())
	if err != nil {
		return nil, err
	}
	point := own.PublicKey().Bytes()
	from, err := asn1.MarshalWithParams(originatorKey{
		pkix.AlgorithmIdentifier{Algorithm: oidECPublicKey, Parameters: asn1.RawValue{FullBytes: curve}},
		asn1.BitString{Bytes: point, BitLength: 8 * len(point)},
	}, "tag:1")
	if err != nil {
		return nil, err
	}
	return asn1.MarshalWithParams(keyAgree{
		Version:    3,
		Originator: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: from},
		Algorithm:  pkix.AlgorithmIdentifier{Algorithm: oidECDHSHA256, Parameters: asn1.RawValue{FullBytes: wrap}},
		Keys:       []recipientKey{{rid, wrapped}},
	}, "tag:1")
}

// agreedKey is the AES-256 key of an agreement (X9.63 with ECC-CMS-SharedInfo).
func agreedKey(h func() hash.Hash, shared, ukm []byte) ([]byte, error) {
	info, err := asn1.Marshal(sharedInfo{pkix.AlgorithmIdentifier{Algorithm: oidAES256Wrap}, ukm, []byte{0, 0, 1, 0}})
	if err != nil {
		return nil, err
	}
	var key []byte
	for counter := byte(1); len(key) < 32; counter++ {
		sum := h()
		sum.Write(shared)
		sum.Write([]byte{0, 0, 0, counter})
		sum.Write(info)
		key = sum.Sum(key)
	}
	return key[:32], nil
}

// openCMS decrypts a message with the key of a certificate.
func openCMS(message []byte, cert *certs.Certificate, key crypto.Signer) ([]byte, error) {
	var outer cmsContent
	if rest, err := asn1.Unmarshal(message, &outer); err != nil || len(rest) > 0 || !outer.Type.Equal(oidAuthEnveloped) {
		return nil, NewFault(4110)
	}
	var e authEnveloped
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &e); err != nil {
		return nil, NewFault(4110)
	}
	var parameters gcmParameters
	if _, err := asn1.Unmarshal(e.Encrypted.Algorithm.Parameters.FullBytes, &parameters); err != nil ||
		!e.Encrypted.Algorithm.Algorithm.Equal(oidAES256GCM) || len(parameters.Nonce) != 12 || len(e.MAC) != 16 {
		return nil, NewFault(4201)
	}
	for _, r := range e.Recipients {
		contentKey, err := contentKey(r, cert, key)
		if errors.Is(err, errNotForUs) {
			continue
		}
		if err != nil {
			return nil, NewFault(4107)
		}
		gcm, err := newGCM(contentKey)
		if err != nil {
			return nil, NewFault(4107)
		}
		data, err := gcm.Open(nil, parameters.Nonce, append(bytes.Clone(e.Encrypted.Content), e.MAC...), nil)
		if err != nil {
			return nil, NewFault(4109)
		}
		return data, nil
	}
	return nil, NewFault(4106)
}

// contentKey reads the content's key from one RecipientInfo.
func contentKey(r asn1.RawValue, cert *certs.Certificate, key crypto.Signer) ([]byte, error) {
	if r.Class == asn1.ClassContextSpecific && r.Tag == 1 {
		private, ok := key.(*brainpool.PrivateKey)
		if !ok {
			return nil, errNotForUs
		}
		return agreedContentKey(r, cert, private)
	}
	private, ok := key.(*rsa.PrivateKey)
	var t keyTrans
	if _, err := asn1.Unmarshal(r.FullBytes, &t); err != nil || !ok || !t.RID.names(cert) {
		return nil, errNotForUs
	}
	if !t.Algorithm.Algorithm.Equal(oidOAEP) {
		return nil, errors.New("konnektortest: only RSAES-OAEP")
	}
	var p oaepParameters
	if _, err := asn1.Unmarshal(t.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, err
	}
	h := sha1.New
	if p.Hash.Algorithm.Equal(oidSHA256) {
		h = sha256.New
	}
	return rsa.DecryptOAEP(h(), nil, private, t.Key, nil)
}

// names says whether it is the certificate's.
func (i issuerSerial) names(cert *certs.Certificate) bool {
	return bytes.Equal(i.Issuer.FullBytes, cert.RawIssuer) && i.Serial.Cmp(cert.SerialNumber) == 0
}

func agreedContentKey(r asn1.RawValue, cert *certs.Certificate, key *brainpool.PrivateKey) ([]byte, error) {
	var a keyAgree
	if _, err := asn1.UnmarshalWithParams(r.FullBytes, &a, "tag:1"); err != nil {
		return nil, err
	}
	var from originatorKey
	if _, err := asn1.UnmarshalWithParams(a.Originator.Bytes, &from, "tag:1"); err != nil {
		return nil, err
	}
	h, ok := map[string]func() hash.Hash{
		oidECDHSHA1.String(): sha1.New, oidECDHSHA256.String(): sha256.New, oidECDHSHA512.String(): sha512.New,
	}[a.Algorithm.Algorithm.String()]
	if !ok {
		return nil, errors.New("konnektortest: another kind of agreement")
	}
	for _, k := range a.Keys {
		if !k.RID.names(cert) {
			continue
		}
		peer, err := brainpool.NewPublicKey(key.Curve(), from.Point.Bytes)
		if err != nil {
			return nil, err
		}
		shared, err := key.ECDH(peer)
		if err != nil {
			return nil, err
		}
		kek, err := agreedKey(h, shared, a.UKM)
		if err != nil {
			return nil, err
		}
		return unwrapKey(kek, k.Key)
	}
	return nil, errNotForUs
}

// wrapInitial is the initial value of RFC 3394.
var wrapInitial = []byte{0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6, 0xA6}

// wrapKey is AES key wrap (RFC 3394).
func wrapKey(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	out := append(bytes.Clone(wrapInitial), key...)
	n := len(key) / 8
	b := make([]byte, 16)
	for j := range 6 {
		for i := 1; i <= n; i++ {
			copy(b, out[:8])
			copy(b[8:], out[8*i:8*i+8])
			block.Encrypt(b, b)
			b[7] ^= byte(n*j + i)
			copy(out, b[:8])
			copy(out[8*i:], b[8:])
		}
	}
	return out, nil
}

// unwrapKey takes a wrapped key of 32 bytes apart.
func unwrapKey(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	if len(wrapped) != 40 {
		return nil, fmt.Errorf("konnektortest: a wrapped key of %d bytes", len(wrapped))
	}
	out := bytes.Clone(wrapped)
	b := make([]byte, 16)
	for j := 5; j >= 0; j-- {
		for i := 4; i >= 1; i-- {
			copy(b, out[:8])
			b[7] ^= byte(4*j + i)
			copy(b[8:], out[8*i:8*i+8])
			block.Decrypt(b, b)
			copy(out, b[:8])
			copy(out[8*i:], b[8:])
		}
	}
	if !bytes.Equal(out[:8], wrapInitial) {
		return nil, errors.New("konnektortest: the key does not unwrap")
	}
	return out[8:], nil
}
