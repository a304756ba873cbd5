package certs

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidOCSPNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidHashSHA1  = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
)

const (
	// nonceSize is in bytes; RFC 9654 wants 32 from clients.
	nonceSize = 32
	// ocspTimeout is how long Konnektors wait for a responder, and Send when it
	// is not told.
	ocspTimeout = 3 * time.Second
)

// certID names a certificate in OCSP: always with SHA-1 in the TI, where it
// protects nothing.
type certID struct {
	name, key []byte
	serial    *big.Int
}

func newCertID(cert, issuer *Certificate) (certID, error) {
	info := cryptobyte.String(issuer.RawSubjectPublicKeyInfo)
	var spki cryptobyte.String
	var key []byte
	if !info.ReadASN1(&spki, cbasn1.SEQUENCE) || !spki.SkipASN1(cbasn1.SEQUENCE) || !spki.ReadASN1BitStringAsBytes(&key) {
		return certID{}, fmt.Errorf("certs: %w: key of the issuer", ErrMalformed)
	}
	nameHash, keyHash := sha1.Sum(issuer.RawSubject), sha1.Sum(key)
	return certID{nameHash[:], keyHash[:], cert.SerialNumber}, nil
}

func (id certID) equal(other certID) bool {
	return bytes.Equal(id.name, other.name) && bytes.Equal(id.key, other.key) && id.serial.Cmp(other.serial) == 0
}

func (id certID) add(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidHashSHA1)
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(id.name)
		b.AddASN1OctetString(id.key)
		b.AddASN1BigInt(id.serial)
	})
}

// OCSPRequest asks for the status of one certificate.
type OCSPRequest struct {
	Certificate, Issuer *Certificate
	// Nonce comes back in the answer. It is left out when it is empty.
	Nonce []byte
}

// NewOCSPRequest makes a request with a random nonce. The issuer must be the one
// of the certificate, else it returns an error that wraps ErrNotIssuer or
// ErrSignature.
func NewOCSPRequest(cert, issuer *Certificate) (*OCSPRequest, error) {
	if err := cert.CheckIssuedBy(issuer); err != nil {
		return nil, err
	}
	r := &OCSPRequest{cert, issuer, make([]byte, nonceSize)}
	if _, err := io.ReadFull(rand.Reader, r.Nonce); err != nil {
		return nil, fmt.Errorf("certs: OCSP request: %w", err)
	}
	return r, nil
}

// Marshal is the OCSPRequest in DER (RFC 6960, 4.1.1), not signed. Its errors
// wrap ErrMalformed; there is none for an issuer that Parse has read.
func (r *OCSPRequest) Marshal() ([]byte, error) {
	id, err := newCertID(r.Certificate, r.Issuer)
	if err != nil {
		return nil, err
	}
	sequence := func(b *cryptobyte.Builder, inner cryptobyte.BuilderContinuation) { b.AddASN1(cbasn1.SEQUENCE, inner) }
	var b cryptobyte.Builder
	sequence(&b, func(b *cryptobyte.Builder) {
		sequence(b, func(b *cryptobyte.Builder) {
			sequence(b, func(b *cryptobyte.Builder) { sequence(b, id.add) })
			if len(r.Nonce) > 0 {
				b.AddASN1(cbasn1.Tag(2).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					sequence(b, func(b *cryptobyte.Builder) { sequence(b, r.addNonce) })
				})
			}
		})
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("certs: OCSP request: %w", err)
	}
	return der, nil
}

func (r *OCSPRequest) addNonce(b *cryptobyte.Builder) {
	b.AddASN1ObjectIdentifier(oidOCSPNonce)
	b.AddASN1(cbasn1.OCTET_STRING, func(b *cryptobyte.Builder) { b.AddASN1OctetString(r.Nonce) })
}

// Send posts the request to a responder and returns its answer as it is; see
// [ParseOCSPResponse]. Nothing but the client given is used. When ctx has no
// deadline, it waits three seconds. Its errors are a *CheckError with
// CodeOCSPUnavailable, or those of Marshal.
func (r *OCSPRequest) Send(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	if client == nil {
		return nil, refuse(CodeOCSPUnavailable, nil, "no HTTP client given")
	}
	body, err := r.Marshal()
	if err != nil {
		return nil, err
	}
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, ocspTimeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, refuse(CodeOCSPUnavailable, err, "address of the responder")
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	req.Header.Set("Accept", "application/ocsp-response")
	answer, err := client.Do(req)
	if err != nil {
		return nil, refuse(CodeOCSPUnavailable, err, "responder does not answer")
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, refuse(CodeOCSPUnavailable, nil, "responder answers with HTTP status %d", answer.StatusCode)
	}
	der, err := io.ReadAll(io.LimitReader(answer.Body, maxOCSPResponse+1))
	if err == nil && len(der) > maxOCSPResponse {
		err = errors.New("answer too large")
	}
	if err != nil {
		return nil, refuse(CodeOCSPUnavailable, err, "answer of the responder")
	}
	return der, nil
}

// Query sends the request and verifies the answer with the options, whose nonce
// is set to that of the request. Its errors are those of Send, ParseOCSPResponse
// and [OCSPResponse.Verify]; with one of Verify the answer is returned as well.
func (r *OCSPRequest) Query(ctx context.Context, client *http.Client, url string, o OCSPOptions) (*OCSPResponse, error) {
	der, err := r.Send(ctx, client, url)
	if err != nil {
		return nil, err
	}
	answer, err := ParseOCSPResponse(der)
	if err != nil {
		return nil, err
	}
	o.Nonce = r.Nonce
	return answer, answer.Verify(r.Certificate, r.Issuer, o)
}
