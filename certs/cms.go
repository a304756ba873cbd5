package certs

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs/internal/ber"
	"github.com/smallstep/pkcs7"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxCMS bounds a CMS message in bytes, its content included.
const maxCMS = 32 << 20

// Reasons for refusing a CMS message. Errors of ParseCMS and Verify wrap one of
// them, or ErrSignature, ErrTooLarge, or what Parse says of a certificate.
var (
	// ErrCMS means bytes that are no CMS SignedData, or damaged.
	ErrCMS = errors.New("malformed CMS message")
	// ErrCMSUnsupported means a message that this package does not read: other
	// types than SignedData, signers named by a key identifier in place of
	// issuer and serial number, and algorithms that the TI does not use.
	ErrCMSUnsupported = errors.New("CMS message of a kind that is not supported")
)

// Message is a CMS SignedData (RFC 5652): a signature, or a bundle of
// certificates without one (p7b). Nothing in it is to be believed until Verify
// has accepted it.
//
// The structure is read by github.com/smallstep/pkcs7. As that stops at Brainpool
// certificates and leaves RSASSA-PSS out, it gets the message without
// certificates and lists of revocations; this package reads the certificates and
// checks the signatures itself. Lists of revocations and OCSP answers inside of
// a message are not looked at.
type Message struct {
	// Certificates are those of the message, in its order. Attribute
	// certificates are left out.
	Certificates []*Certificate
	// Content is what is signed, as far as the message has it.
	Content []byte
	// Detached reports that the message does not have what is signed.
	Detached bool

	contentType string
	signed      *pkcs7.PKCS7
}

var pemTypesCMS = map[string]bool{"PKCS7": true, "CMS": true}

// ParseCMS reads a message in BER, DER or PEM. Its errors wrap ErrCMS,
// ErrCMSUnsupported, ErrTooLarge, or what Parse says of a certificate.
func ParseCMS(data []byte) (*Message, error) {
	if len(data) > maxCMS {
		return nil, fmt.Errorf("certs: %w: CMS message of %d bytes", ErrTooLarge, len(data))
	}
	if block, _ := pem.Decode(data); block != nil && pemTypesCMS[block.Type] {
		data = block.Bytes
	}
	der, err := ber.ToDER(data)
	if err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrCMS, err)
	}
	parts, err := splitCMS(der)
	if err != nil {
		return nil, err
	}
	m := &Message{Detached: parts.detached, contentType: parts.contentType}
	if m.Certificates, err = readCertificateSet(parts.certificates); err != nil {
		return nil, err
	}
	slim, err := parts.slim()
	if err != nil {
		return nil, err
	}
	if m.signed, err = pkcs7.Parse(slim); err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrCMS, err)
	}
	// The parser drops what it cannot read without a word.
	if len(m.signed.Signers) != parts.signerCount {
		return nil, fmt.Errorf("certs: %w: signer", ErrCMSUnsupported)
	}
	m.Content = m.signed.Content
	return m, nil
}

// cmsParts are the pieces of a SignedData in DER, with their headers but for the
// certificates.
type cmsParts struct {
	version, digests, content, signers cryptobyte.String
	certificates                       cryptobyte.String
	contentType                        string
	detached                           bool
	signerCount                        int
}

func splitCMS(der []byte) (*cmsParts, error) {
	malformed := func(what string) (*cmsParts, error) { return nil, fmt.Errorf("certs: %w: %s", ErrCMS, what) }
	input := cryptobyte.String(der)
	var info, outer, data cryptobyte.String
	kind, ok := readOIDAnd(&input, &info)
	if !ok || !input.Empty() {
		return malformed("ContentInfo")
	}
	if kind != pkcs7.OIDSignedData.String() {
		return nil, fmt.Errorf("certs: %w: content type %s", ErrCMSUnsupported, kind)
	}
	if !readTagged(&info, &outer, 0) || !info.Empty() || !outer.ReadASN1(&data, cbasn1.SEQUENCE) || !outer.Empty() {
		return malformed("SignedData")
	}
	p := &cmsParts{}
	var revocations cryptobyte.String
	var has bool
	if !data.ReadASN1Element(&p.version, cbasn1.INTEGER) || !data.ReadASN1Element(&p.digests, cbasn1.SET) ||
		!data.ReadASN1Element(&p.content, cbasn1.SEQUENCE) ||
		!data.ReadOptionalASN1(&p.certificates, &has, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		!data.ReadOptionalASN1(&revocations, &has, cbasn1.Tag(1).ContextSpecific().Constructed()) ||
		!data.ReadASN1Element(&p.signers, cbasn1.SET) || !data.Empty() {
		return malformed("SignedData")
	}
	content, rest := p.content, cryptobyte.String(nil)
	if p.contentType, ok = readOIDAnd(&content, &rest); !ok {
		return malformed("EncapsulatedContentInfo")
	}
	p.detached = rest.Empty()
	signers, all := p.signers, cryptobyte.String(nil)
	for signers.ReadASN1(&all, cbasn1.SET); !all.Empty(); p.signerCount++ {
		if !all.SkipASN1(cbasn1.SEQUENCE) {
			return malformed("SignerInfo")
		}
	}
	return p, nil
}

// readOIDAnd reads a SEQUENCE that begins with an object identifier.
func readOIDAnd(s, rest *cryptobyte.String) (string, bool) {
	var element cryptobyte.String
	if !s.ReadASN1Element(&element, cbasn1.SEQUENCE) {
		return "", false
	}
	oid, parameters, ok := splitAlgorithm(element) // of the same form
	*rest = parameters
	return oid.String(), ok
}

// slim is the message without certificates and revocations.
func (p *cmsParts) slim() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(pkcs7.OIDSignedData)
		b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, part := range []cryptobyte.String{p.version, p.digests, p.content, p.signers} {
					b.AddBytes(part)
				}
			})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("certs: %w: %w", ErrCMS, err)
	}
	return der, nil
}

// readCertificateSet reads a CertificateSet. Choices other than a certificate of
// X.509 have a context tag.
func readCertificateSet(set cryptobyte.String) ([]*Certificate, error) {
	var all []*Certificate
	for !set.Empty() {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if !set.ReadAnyASN1Element(&element, &tag) {
			return nil, fmt.Errorf("certs: %w: certificates", ErrCMS)
		}
		if tag != cbasn1.SEQUENCE {
			continue
		}
		if len(all) == maxBundle {
			return nil, fmt.Errorf("certs: %w: more than %d certificates", ErrTooLarge, maxBundle)
		}
		c, err := Parse(element)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// ParseAll reads the certificates of a file of any usual form: one certificate in
// DER, a p7b bundle in DER or BER, or a PEM text with certificates and bundles.
// It returns an error that wraps ErrNoCertificate when there is none.
func ParseAll(data []byte) ([]*Certificate, error) {
	if len(data) > maxCMS {
		return nil, fmt.Errorf("certs: %w: file of %d bytes", ErrTooLarge, len(data))
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return parseText(data)
	}
	c, err := Parse(data)
	if err == nil {
		return []*Certificate{c}, nil
	}
	if m, errCMS := ParseCMS(data); errCMS == nil && len(m.Certificates) > 0 {
		return m.Certificates, nil
	} else if errCMS == nil || !errors.Is(errCMS, ErrCMS) {
		return nil, errors.Join(errCMS, fmt.Errorf("certs: %w", ErrNoCertificate))
	}
	return nil, err
}

func parseText(text []byte) ([]*Certificate, error) {
	var all []*Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		var more []*Certificate
		switch {
		case block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE":
			c, err := Parse(block.Bytes)
			if err != nil {
				return nil, err
			}
			more = []*Certificate{c}
		case pemTypesCMS[block.Type]:
			m, err := ParseCMS(block.Bytes)
			if err != nil {
				return nil, err
			}
			more = m.Certificates
		}
		if all = append(all, more...); len(all) > maxBundle {
			return nil, fmt.Errorf("certs: %w: more than %d certificates", ErrTooLarge, maxBundle)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("certs: %w", ErrNoCertificate)
	}
	return all, nil
}
