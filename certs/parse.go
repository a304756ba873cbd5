package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxCertificate bounds a certificate in bytes. The largest of the TI's trust
// lists has less than 3 KiB.
const maxCertificate = 64 << 10

// maxBundle bounds the certificates that ParsePEM reads from one text.
const maxBundle = 1024

// Reasons for refusing a certificate. Errors of Parse and ParsePEM wrap one of
// them, or one of package brainpool for the key.
var (
	// ErrMalformed means bytes that are no certificate.
	ErrMalformed = errors.New("malformed certificate")
	// ErrTooLarge means more bytes or more certificates than the TI has use for.
	ErrTooLarge = errors.New("certificate too large")
	// ErrNoCertificate means a text without any certificate.
	ErrNoCertificate = errors.New("no certificate found")
)

// Certificate is a parsed certificate of the TI.
//
// The embedded certificate is what crypto/x509 makes of it, with one
// difference: for a Brainpool key its PublicKey is a *brainpool.PublicKey,
// which the methods of x509.Certificate that check signatures do not know. Use
// those of Certificate.
//
// A Certificate does not change and is safe for concurrent use.
type Certificate struct {
	*x509.Certificate
}

// Parse reads one certificate in DER. It is as strict as crypto/x509, reads
// Brainpool keys as well, and refuses keys with explicit curve parameters,
// points off the curve and trailing bytes.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > maxCertificate {
		return nil, fmt.Errorf("certs: %w: %d bytes", ErrTooLarge, len(der))
	}
	cert, err := parse(der)
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	return &Certificate{cert}, nil
}

func parse(der []byte) (*x509.Certificate, error) {
	key, swapped, err := swapKey(der)
	if err != nil {
		return nil, err
	}
	if key == nil {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		return cert, nil
	}
	cert, err := x509.ParseCertificate(swapped)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return restore(cert, key, der)
}

// restore puts the certificate's own bytes and key back.
func restore(cert *x509.Certificate, key *brainpool.PublicKey, der []byte) (*x509.Certificate, error) {
	parts, err := split(der)
	if err != nil {
		return nil, err
	}
	cert.Raw = bytes.Clone(der)
	cert.RawTBSCertificate = bytes.Clone(parts.tbs)
	cert.RawSubjectPublicKeyInfo = bytes.Clone(parts.spki)
	cert.PublicKey = key
	return cert, nil
}

// parts are pieces of a certificate in DER: tbs with its header, before and
// after the key inside of it, the key, and what follows tbs.
type parts struct {
	tbs, head, spki, tail, rest []byte
}

func split(der []byte) (parts, error) {
	var p parts
	in := cryptobyte.String(der)
	var cert, tbs cryptobyte.String
	if !in.ReadASN1(&cert, cbasn1.SEQUENCE) || !in.Empty() ||
		!cert.ReadASN1Element(&tbs, cbasn1.SEQUENCE) {
		return p, ErrMalformed
	}
	p.tbs, p.rest = tbs, cert
	var body cryptobyte.String
	if !tbs.ReadASN1(&body, cbasn1.SEQUENCE) {
		return p, ErrMalformed
	}
	all := body
	version := cbasn1.Tag(0).Constructed().ContextSpecific()
	if !body.SkipOptionalASN1(version) || !body.SkipASN1(cbasn1.INTEGER) ||
		!body.SkipASN1(cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) ||
		!body.SkipASN1(cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) {
		return p, ErrMalformed
	}
	p.head = all[:len(all)-len(body)]
	var spki cryptobyte.String
	if !body.ReadASN1Element(&spki, cbasn1.SEQUENCE) {
		return p, ErrMalformed
	}
	p.spki, p.tail = spki, body
	return p, nil
}

// swapKey returns the Brainpool key of a certificate, and the certificate with
// another key in its place. It returns no key when the standard parser can read
// the certificate as it is.
func swapKey(der []byte) (*brainpool.PublicKey, []byte, error) {
	p, err := split(der)
	if err != nil {
		return nil, nil, err
	}
	if !isEC(p.spki) {
		return nil, nil, nil
	}
	key, err := brainpool.ParsePKIXPublicKey(p.spki)
	if errors.Is(err, brainpool.ErrUnknownCurve) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(p.head)
			b.AddBytes(standIn)
			b.AddBytes(p.tail)
		})
		b.AddBytes(p.rest)
	})
	swapped, err := b.Bytes()
	return key, swapped, err
}

var oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

func isEC(spki cryptobyte.String) bool {
	var info, algorithm cryptobyte.String
	var oid asn1.ObjectIdentifier
	return spki.ReadASN1(&info, cbasn1.SEQUENCE) && info.ReadASN1(&algorithm, cbasn1.SEQUENCE) &&
		algorithm.ReadASN1ObjectIdentifier(&oid) && oid.Equal(oidECPublicKey)
}

// standIn is the SubjectPublicKeyInfo of the base point of P-256, a key that
// the standard parser accepts. Its private key is 1: it must never verify
// anything, and restore takes it out of every certificate.
var standIn = []byte("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04" +
	"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96" +
	"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5")

// ParsePEM reads every certificate of a PEM text, in its order. Other blocks
// and text between the blocks are passed over. Its errors are those of Parse,
// ErrNoCertificate, and ErrTooLarge for more than 1,024 certificates.
func ParsePEM(text []byte) ([]*Certificate, error) {
	var all []*Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		if len(all) == maxBundle {
			return nil, fmt.Errorf("certs: %w: more than %d certificates", ErrTooLarge, maxBundle)
		}
		cert, err := Parse(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, cert)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("certs: %w", ErrNoCertificate)
	}
	return all, nil
}

// Equal reports whether two certificates are the same bytes.
func (c *Certificate) Equal(other *Certificate) bool {
	return c != nil && other != nil && bytes.Equal(c.Raw, other.Raw)
}

// selfIssued reports whether subject and issuer are the same name.
func (c *Certificate) selfIssued() bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }
