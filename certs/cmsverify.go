package certs

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// SignedBy is one signature of a message that has been verified.
type SignedBy struct {
	// Certificate is the signer's, from the message. Whether it leads to a trust
	// anchor is another question; see [Pool.Chain].
	Certificate *Certificate
	// Time is when the signer says to have signed, or zero. Nobody else
	// vouches for it.
	Time time.Time
}

// Verify checks every signature of a message over its content, or, if it is
// detached, over the content given. The content given must be nil otherwise. It
// checks no certificate.
//
// SHA-256, SHA-384 and SHA-512 are accepted with RSA (PKCS #1 and PSS), the NIST
// curves and Brainpool; the salt of PSS must have the length of the hash. The
// content type, and an ESS signing-certificate-v2 attribute where there is one,
// must fit. Errors wrap ErrSignature, or ErrCMSUnsupported for other algorithms;
// one signature that is wrong is enough for one.
func (m *Message) Verify(content []byte) ([]SignedBy, error) {
	switch {
	case len(m.signed.Signers) == 0:
		return nil, fmt.Errorf("certs: %w: message has no signature", ErrSignature)
	case m.Detached:
		// An empty document can be signed, too.
	case content != nil:
		return nil, fmt.Errorf("certs: %w: message has its own content", ErrSignature)
	default:
		content = m.Content
	}
	var all []SignedBy
	for i := range m.signed.Signers {
		s, err := m.signer(i)
		if err != nil {
			return nil, err
		}
		by, err := s.verify(content, m.contentType)
		if err != nil {
			return nil, err
		}
		all = append(all, by)
	}
	return all, nil
}

// signer is a SignerInfo.
type signer struct {
	certificate       *Certificate
	digest, algorithm pkix.AlgorithmIdentifier
	attributes        []attribute
	signature         []byte
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

func (m *Message) signer(i int) (*signer, error) {
	info := m.signed.Signers[i]
	s := &signer{digest: info.DigestAlgorithm, algorithm: info.DigestEncryptionAlgorithm, signature: info.EncryptedDigest}
	for _, a := range info.AuthenticatedAttributes {
		s.attributes = append(s.attributes, attribute{a.Type, a.Value})
	}
	s.certificate = m.find(info.IssuerAndSerialNumber.IssuerName.FullBytes, info.IssuerAndSerialNumber.SerialNumber)
	if s.certificate == nil {
		return nil, fmt.Errorf("certs: %w: message lacks the certificate of the signer", ErrSignature)
	}
	return s, nil
}

func (m *Message) find(issuer []byte, serial *big.Int) *Certificate {
	for _, c := range m.Certificates {
		if serial != nil && c.SerialNumber.Cmp(serial) == 0 && bytes.Equal(c.RawIssuer, issuer) {
			return c
		}
	}
	return nil
}

var digestAlgorithms = map[string]crypto.Hash{
	oidSHA256: crypto.SHA256, oidSHA384: crypto.SHA384, oidSHA512: crypto.SHA512,
}

func (s *signer) verify(content []byte, contentType string) (SignedBy, error) {
	by := SignedBy{Certificate: s.certificate}
	hash := digestAlgorithms[s.digest.Algorithm.String()]
	if hash == 0 {
		return by, fmt.Errorf("certs: %w: digest algorithm %v", ErrCMSUnsupported, s.digest.Algorithm)
	}
	algorithm, err := s.signatureAlgorithm(hash)
	if err != nil {
		return by, fmt.Errorf("certs: %w: %w", ErrCMSUnsupported, err)
	}
	signed := content
	if len(s.attributes) > 0 {
		if signed, err = s.checkAttributes(content, contentType, hash); err != nil {
			return by, err
		}
		by.Time = s.signingTime()
	} else if contentType != pkcs7.OIDData.String() {
		return by, fmt.Errorf("certs: %w: content type is not signed", ErrSignature)
	}
	return by, VerifySignature(s.certificate.PublicKey, algorithm, signed, s.signature)
}

// Algorithms that name the key only, and leave the hash to the digest algorithm.
var (
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	rsaAlgorithms  = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA}
	ecAlgorithms   = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}
	algorithmsHash = map[x509.SignatureAlgorithm]crypto.Hash{
		x509.SHA256WithRSA: crypto.SHA256, x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
		x509.SHA256WithRSAPSS: crypto.SHA256, x509.SHA384WithRSAPSS: crypto.SHA384, x509.SHA512WithRSAPSS: crypto.SHA512,
		x509.ECDSAWithSHA256: crypto.SHA256, x509.ECDSAWithSHA384: crypto.SHA384, x509.ECDSAWithSHA512: crypto.SHA512,
	}
)

func (s *signer) signatureAlgorithm(hash crypto.Hash) (x509.SignatureAlgorithm, error) {
	switch {
	case s.algorithm.Algorithm.Equal(oidRSA):
		return rsaAlgorithms[hash], nil
	case s.algorithm.Algorithm.Equal(oidECPublicKey):
		return ecAlgorithms[hash], nil
	}
	der, err := asn1.Marshal(s.algorithm)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrAlgorithm, err)
	}
	algorithm, err := parseAlgorithm(der)
	if err == nil && algorithmsHash[algorithm] != hash {
		return 0, fmt.Errorf("%w: %v with another digest", ErrAlgorithm, algorithm)
	}
	return algorithm, err
}

var oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

// checkAttributes checks the signed attributes and returns what the signature is
// over: their encoding as a SET OF (RFC 5652, 5.4).
func (s *signer) checkAttributes(content []byte, contentType string, hash crypto.Hash) ([]byte, error) {
	var kind asn1.ObjectIdentifier
	if !s.attribute(pkcs7.OIDAttributeContentType, &kind) || kind.String() != contentType {
		return nil, fmt.Errorf("certs: %w: content type is not the signed one", ErrSignature)
	}
	var digest []byte
	h := hash.New()
	h.Write(content)
	if !s.attribute(pkcs7.OIDAttributeMessageDigest, &digest) || !bytes.Equal(digest, h.Sum(nil)) {
		return nil, fmt.Errorf("certs: %w: content is not the signed one", ErrSignature)
	}
	var ess asn1.RawValue
	if s.has(oidSigningCertificateV2) && (!s.attribute(oidSigningCertificateV2, &ess) || !s.isNamedBy(ess.FullBytes)) {
		return nil, fmt.Errorf("certs: %w: certificate is not the signed one", ErrSignature)
	}
	der, err := asn1.MarshalWithParams(s.attributes, "set")
	if err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrCMS, err)
	}
	return der, nil
}

func (s *signer) has(oid asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(s.attributes, func(a attribute) bool { return a.Type.Equal(oid) })
}

// attribute reads the one value of an attribute that occurs once.
func (s *signer) attribute(oid asn1.ObjectIdentifier, value any) bool {
	found := 0
	for _, a := range s.attributes {
		if !a.Type.Equal(oid) {
			continue
		}
		found++
		if rest, err := asn1.Unmarshal(a.Values.Bytes, value); err != nil || len(rest) > 0 {
			return false
		}
	}
	return found == 1
}

func (s *signer) signingTime() time.Time {
	var at time.Time
	if !s.attribute(pkcs7.OIDAttributeSigningTime, &at) {
		return time.Time{}
	}
	return at.UTC()
}

// isNamedBy reports whether the first entry of a SigningCertificateV2 (RFC 5035,
// 3) is the hash of the signer's certificate.
func (s *signer) isNamedBy(der []byte) bool {
	input := cryptobyte.String(der)
	var attribute, list, first, algorithm, sum cryptobyte.String
	if !input.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1(&list, cbasn1.SEQUENCE) ||
		!list.ReadASN1(&first, cbasn1.SEQUENCE) {
		return false
	}
	hash := crypto.SHA256
	if first.PeekASN1Tag(cbasn1.SEQUENCE) {
		if !first.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) {
			return false
		}
		oid, _, _ := splitAlgorithm(algorithm)
		hash = digestAlgorithms[oid.String()]
	}
	if hash == 0 || !first.ReadASN1(&sum, cbasn1.OCTET_STRING) {
		return false
	}
	h := hash.New()
	h.Write(s.certificate.Raw)
	return bytes.Equal(sum, h.Sum(nil))
}
