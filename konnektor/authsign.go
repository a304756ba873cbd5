package konnektor

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"log/slog"
	"math/big"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
)

// AuthScheme is how ExternalAuthenticate signs.
type AuthScheme string

// The schemes. The RSA ones are by RFC 3447; PSS has a salt as long as the hash.
const (
	AuthPSS   AuthScheme = "RSASSA-PSS"
	AuthPKCS1 AuthScheme = "RSASSA-PKCS1-v1_5"
	AuthECDSA AuthScheme = "ECDSA"
)

// Types of signatures on the wire. ECDSA came with AuthSignatureService 7.4.1.
const (
	authTypeRSA   = "urn:ietf:rfc:3447"
	authTypeECDSA = "urn:bsi:tr:03111:ecdsa"
)

// AuthRequest is a hash to be signed with the authentication key of an SMC-B or
// HBA, as for logging in at a service of the TI.
type AuthRequest struct {
	Card CardHandle
	// Digest is the hash: 32 bytes of SHA-256, 48 of SHA-384 or 64 of SHA-512.
	Digest Content
	Scheme AuthScheme
	// Certificate is the card's C.AUT for the scheme's kind of key. nil means
	// that it is read from the card.
	Certificate *certs.Certificate
}

// Format writes card, scheme and size, whatever the verb.
func (r AuthRequest) Format(f fmt.State, _ rune) { writeShown(f, r.shown()) }

// LogValue is card, scheme and size.
func (r AuthRequest) LogValue() slog.Value { return slog.StringValue(r.shown()) }

func (r AuthRequest) shown() string {
	return fmt.Sprintf("AuthRequest{%s %s %d bytes}", string(r.Card), string(r.Scheme), len(r.Digest))
}

// AuthSignature is a signature that has been verified. Who has it may log in as
// the card: printing and logging give its scheme only.
type AuthSignature struct {
	Scheme AuthScheme
	// Value is the signature as the Konnektor gave it: for ECDSA in DER or raw,
	// as devices differ.
	Value Content
	// DER is an ECDSA signature as a sequence of two integers, for X.509 and
	// CMS; nil for RSA.
	DER Content
	// Raw is an ECDSA signature as R followed by S (BSI TR-03111), each as long
	// as the curve, for JWT; for RSA it is Value.
	Raw Content
	// Certificate is the one that verifies the signature.
	Certificate *certs.Certificate
}

// Format writes the scheme, whatever the verb.
func (s AuthSignature) Format(f fmt.State, _ rune) { writeShown(f, s.shown()) }

// LogValue is the scheme.
func (s AuthSignature) LogValue() slog.Value { return slog.StringValue(s.shown()) }

func (s AuthSignature) shown() string { return "AuthSignature{" + string(s.Scheme) + "}" }

// authTries is how often a hash is given to the card until the signature
// verifies. Signing a hash again does no harm: only the caller uses it.
const authTries = 3

// ExternalAuthenticate signs a hash with the authentication key of a card, which
// must be unlocked, and verifies the result with the card's certificate. What a
// device gets wrong in the encoding of an ECDSA signature is put right; a
// signature that does not verify is made again, three times at most.
//
// It returns an [*Error], or a [*Failure]: of KindNoService for ECDSA with an
// AuthSignatureService 7.4.0, of KindMalformed when no signature verifies.
// ExternalAuthenticate is safe for concurrent use.
func (c *Client) ExternalAuthenticate(ctx context.Context, r AuthRequest) (AuthSignature, *Warning, error) {
	op := signatureservice74.OperationExternalAuthenticate
	req, err := r.request()
	if err != nil {
		return AuthSignature{}, nil, err
	}
	if r.Scheme == AuthECDSA {
		if err := c.knowsECDSA(ctx); err != nil {
			return AuthSignature{}, nil, err
		}
	}
	if r.Certificate == nil {
		if r.Certificate, err = c.authCertificate(ctx, r); err != nil {
			return AuthSignature{}, nil, err
		}
	}
	for range authTries {
		var resp signatureservice74.ExternalAuthenticateResponse
		if err := c.Invoke(ctx, op, req, &resp); err != nil {
			return AuthSignature{}, nil, err
		}
		warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
		if err != nil {
			return AuthSignature{}, nil, err
		}
		if resp.SignatureObject == nil || resp.SignatureObject.Base64Signature == nil {
			return AuthSignature{}, nil, fail(KindMalformed, op.Name, "answer without a signature")
		}
		if s, ok := r.verify(resp.SignatureObject.Base64Signature.Value); ok {
			return s, warning, nil
		}
	}
	return AuthSignature{}, nil, fail(KindMalformed, op.Name, "the signature does not verify with the card's certificate")
}

// request checks r and makes the message of it.
func (r *AuthRequest) request() (*signatureservice74.ExternalAuthenticate, error) {
	name := signatureservice74.OperationExternalAuthenticate.Name
	in := new(signatureservice74.ExternalAuthenticateOptionalInputs)
	switch r.Scheme {
	case AuthECDSA:
		in.SignatureType = new(string(authTypeECDSA))
	case AuthPSS, AuthPKCS1:
		in.SignatureType = new(string(authTypeRSA))
		in.SignatureSchemes = new(signatureservice74.SignatureSchemes(r.Scheme))
	default:
		return nil, fail(KindRequest, name, "no such scheme")
	}
	switch {
	case r.Card == "":
		return nil, fail(KindRequest, name, "a card is needed")
	case r.hash() == 0:
		return nil, fail(KindRequest, name, "the digest must have 32, 48 or 64 bytes")
	case r.Certificate != nil && !r.fits(r.Certificate):
		return nil, fail(KindRequest, name, "the certificate has another kind of key than the scheme")
	}
	return &signatureservice74.ExternalAuthenticate{
		CardHandle: string(r.Card), OptionalInputs: in,
		BinaryString: signatureservice74.BinaryDocumentType{
			Base64Data: dss10.Base64Data{Value: r.Digest, MimeType: new("application/octet-stream")},
		},
	}, nil
}

// hash is the hash that a digest of this length is of; 0 for none.
func (r *AuthRequest) hash() crypto.Hash {
	switch len(r.Digest) {
	case 32:
		return crypto.SHA256
	case 48:
		return crypto.SHA384
	case 64:
		return crypto.SHA512
	}
	return 0
}

// fits reports whether a certificate has a key for the scheme.
func (r *AuthRequest) fits(cert *certs.Certificate) bool {
	switch cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return r.Scheme != AuthECDSA
	case *brainpool.PublicKey, *ecdsa.PublicKey:
		return r.Scheme == AuthECDSA
	}
	return false
}

// knowsECDSA refuses an AuthSignatureService that has RSA only (version history
// of its WSDL).
func (c *Client) knowsECDSA(ctx context.Context) error {
	op := signatureservice74.OperationExternalAuthenticate
	services, err := c.Services(ctx)
	if err != nil {
		return err
	}
	service, _ := services.find(op)
	if number, told := parseVersion(service.Version); told && number[2] == 0 {
		return fail(KindNoService, op.Name, "AuthSignatureService 7.4.0 has RSA only")
	}
	return nil
}

// authCertificate reads the card's certificate for the scheme.
func (c *Client) authCertificate(ctx context.Context, r AuthRequest) (*certs.Certificate, error) {
	crypt := CryptRSA
	if r.Scheme == AuthECDSA {
		crypt = CryptECC
	}
	all, _, err := c.CardCertificates(ctx, r.Card, []CertificateRef{CertificateAUT}, crypt)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.Ref == CertificateAUT && one.Certificate != nil && r.fits(one.Certificate) {
			return one.Certificate, nil
		}
	}
	return nil, fail(KindMalformed, signatureservice74.OperationExternalAuthenticate.Name, "the card's certificate cannot be read or has another kind of key")
}

// verify reads a signature and reports whether it is one of the digest.
func (r *AuthRequest) verify(value []byte) (AuthSignature, bool) {
	s := AuthSignature{Scheme: r.Scheme, Value: value, Certificate: r.Certificate}
	switch key := r.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		s.Raw = value
		if r.Scheme == AuthPSS {
			return s, rsa.VerifyPSS(key, r.hash(), r.Digest, value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
		}
		return s, rsa.VerifyPKCS1v15(key, r.hash(), r.Digest, value) == nil
	case *brainpool.PublicKey:
		return s.ecdsa((key.Curve().BitSize()+7)/8, func(raw []byte) bool { return key.VerifyRaw(r.Digest, raw) })
	case *ecdsa.PublicKey:
		return s.ecdsa((key.Curve.Params().BitSize+7)/8, func(raw []byte) bool {
			half := len(raw) / 2
			return ecdsa.Verify(key, r.Digest, new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:]))
		})
	}
	return s, false
}

// ecdsa fills DER and Raw from whichever reading of the value verifies: R and S
// after each other or a sequence of integers.
func (s AuthSignature) ecdsa(size int, verifies func(raw []byte) bool) (AuthSignature, bool) {
	readings := [][]byte{integers(s.Value, size)}
	if len(s.Value) == 2*size {
		readings = append(readings, s.Value)
	}
	for _, raw := range readings {
		if raw == nil || !verifies(raw) {
			continue
		}
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
		if err != nil {
			return s, false
		}
		s.Raw, s.DER = raw, der
		return s, true
	}
	return s, false
}

// integers turns a sequence of two integers into R followed by S, each of size
// bytes; nil when it is none. It takes integers that lack the zero byte of a
// positive number or have too many of them.
func integers(der []byte, size int) []byte {
	var pair struct{ R, S asn1.RawValue }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 {
		return nil
	}
	raw := make([]byte, 2*size)
	for i, v := range []asn1.RawValue{pair.R, pair.S} {
		n := new(big.Int).SetBytes(v.Bytes)
		if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagInteger || v.IsCompound || (n.BitLen()+7)/8 > size {
			return nil
		}
		n.FillBytes(raw[i*size : (i+1)*size])
	}
	return raw
}
