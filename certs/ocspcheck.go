package certs

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// oidCertHash is the hash of the certificate that an answer is about (Common
// PKI 2.0, part 4).
var oidCertHash = asn1.ObjectIdentifier{1, 3, 36, 8, 3, 13}

// Times that the TI allows for OCSP (gemSpec_PKI, and gematik's approval tests).
const (
	// DefaultOCSPTolerance is how much clocks may differ.
	DefaultOCSPTolerance = 37500 * time.Millisecond
	// DefaultOCSPGrace is how old a stored answer may be.
	DefaultOCSPGrace = 10 * time.Minute
)

// OCSPOptions say how an answer is verified.
type OCSPOptions struct {
	// At is the time of the check.
	At time.Time
	// Nonce is that of the request. With one the answer must be fresh; without
	// one it may be as old as Grace.
	Nonce []byte
	// Responders are the OCSP signers of the trust list. When it is nil, a
	// responder is accepted that the issuer of the certificate has made one
	// (RFC 6960, 4.2.2.2), or the issuer itself: so it is for signers of trust
	// lists, whose responder no list can name.
	Responders []*Certificate
	// WithoutCertHash accepts an answer without CertHash; the TI never does.
	// A CertHash that is there must be right.
	WithoutCertHash bool
	// Tolerance and Grace replace the defaults unless they are 0.
	Tolerance, Grace time.Duration
}

// Verify checks the answer for a certificate, and sets the fields about it. It
// returns nil when the certificate is good. When the answer is to be believed and
// says something else, the error has CodeRevoked, if the revocation was at or
// before the time of the check, or CodeStatusUnknown.
//
// Its other errors, all a *CheckError, mean that the answer must not be believed:
// CodeOCSPSigner, CodeOCSPSignature, CodeOCSPCheck for times and for an answer
// about another certificate, CodeNoCertHash, CodeOtherCertHash and CodeNonce.
// Fields are then not set.
func (r *OCSPResponse) Verify(cert, issuer *Certificate, o OCSPOptions) error {
	if o.Tolerance == 0 {
		o.Tolerance = DefaultOCSPTolerance
	}
	if o.Grace == 0 {
		o.Grace = DefaultOCSPGrace
	}
	responder, err := r.findResponder(issuer, o)
	if err != nil {
		return err
	}
	single, err := r.find(cert, issuer)
	if err != nil {
		return err
	}
	if err := r.checkExtensions(single, o); err != nil {
		return err
	}
	if err := r.checkTimes(single, o); err != nil {
		return err
	}
	if err := single.checkCertHash(cert, o); err != nil {
		return err
	}
	r.Status, r.ThisUpdate, r.NextUpdate = single.status, single.thisUpdate, single.nextUpdate
	r.RevokedAt, r.Reason, r.Responder = single.revokedAt, single.reason, responder
	switch {
	case r.Status == OCSPUnknown:
		return refuse(CodeStatusUnknown, nil, "the responder does not know the certificate")
	case r.Status == OCSPRevoked && !r.RevokedAt.After(o.At):
		return refuse(CodeRevoked, nil, "revoked on %s", r.RevokedAt.Format(time.RFC3339))
	}
	return nil
}

// findResponder finds who has signed, and checks that it may.
func (r *OCSPResponse) findResponder(issuer *Certificate, o OCSPOptions) (*Certificate, error) {
	candidates := slices.Concat(r.Certificates, o.Responders, []*Certificate{issuer})
	var last error
	for _, c := range candidates {
		if !r.isResponder(c) {
			continue
		}
		if last = c.mayRespond(issuer, o); last != nil {
			continue
		}
		err := VerifySignature(c.PublicKey, r.algorithm, r.tbs, r.signature)
		if err == nil {
			return c, nil
		}
		last = refuse(CodeOCSPSignature, err, "signature of the OCSP answer")
	}
	if last != nil {
		return nil, last
	}
	return nil, refuse(CodeOCSPSigner, nil, "no certificate of the responder")
}

func (r *OCSPResponse) isResponder(c *Certificate) bool {
	if r.name != nil {
		return bytes.Equal(r.name, c.RawSubject)
	}
	id, err := newCertID(c, c)
	return err == nil && bytes.Equal(r.keyHash, id.key) && len(r.keyHash) == sha1.Size
}

// mayRespond checks that c may sign answers about certificates of an issuer.
func (c *Certificate) mayRespond(issuer *Certificate, o OCSPOptions) error {
	if err := c.CheckTime(o.At); err != nil {
		return refuse(CodeOCSPSigner, err, "certificate of the responder")
	}
	if o.Responders != nil {
		if !slices.ContainsFunc(o.Responders, c.Equal) {
			return refuse(CodeOCSPSigner, nil, "responder is not in the trust list")
		}
		return nil
	}
	if c.Equal(issuer) {
		return nil
	}
	if !c.IsOCSPSigner() {
		return refuse(CodeOCSPSigner, nil, "responder has no extended key usage for OCSP")
	}
	if err := c.CheckIssuedBy(issuer); err != nil {
		return refuse(CodeOCSPSigner, err, "responder was not made one by the issuer")
	}
	return c.checkExtensions()
}

// find returns what the answer says about a certificate.
func (r *OCSPResponse) find(cert, issuer *Certificate) (*singleResponse, error) {
	want, err := newCertID(cert, issuer)
	if err != nil {
		return nil, err
	}
	for i := range r.singles {
		if r.singles[i].id.equal(want) {
			return &r.singles[i], nil
		}
	}
	return nil, refuse(CodeOCSPCheck, nil, "answer is about another certificate")
}

// checkExtensions checks the nonce, and that no extension must be understood
// that is not.
func (r *OCSPResponse) checkExtensions(single *singleResponse, o OCSPOptions) error {
	var nonce []byte
	for _, e := range r.extensions {
		if e.Id.Equal(oidOCSPNonce) {
			nonce = e.Value
		} else if e.Critical {
			return refuse(CodeOCSPCheck, nil, "unknown critical extension %v", e.Id)
		}
	}
	for _, e := range single.extensions {
		if e.Critical && !e.Id.Equal(oidCertHash) {
			return refuse(CodeOCSPCheck, nil, "unknown critical extension %v", e.Id)
		}
	}
	if len(o.Nonce) == 0 {
		return nil
	}
	value := cryptobyte.String(nonce)
	var sent cryptobyte.String
	if !value.ReadASN1(&sent, cbasn1.OCTET_STRING) || !value.Empty() || !bytes.Equal(sent, o.Nonce) {
		return refuse(CodeNonce, nil, "nonce is not that of the request")
	}
	return nil
}

func (r *OCSPResponse) checkTimes(single *singleResponse, o OCSPOptions) error {
	earliest, latest := o.At.Add(-o.Tolerance), o.At.Add(o.Tolerance)
	oldest := earliest
	if len(o.Nonce) == 0 {
		oldest = o.At.Add(-o.Grace).Add(-o.Tolerance)
	}
	switch {
	case r.ProducedAt.After(latest), single.thisUpdate.After(latest):
		return refuse(CodeOCSPCheck, nil, "answer is from the future: produced at %s", r.ProducedAt.Format(time.RFC3339))
	case r.ProducedAt.Before(oldest):
		return refuse(CodeOCSPCheck, nil, "answer is too old: produced at %s", r.ProducedAt.Format(time.RFC3339))
	case !single.nextUpdate.IsZero() && single.nextUpdate.Before(earliest):
		return refuse(CodeOCSPCheck, nil, "answer is outdated since %s", single.nextUpdate.Format(time.RFC3339))
	}
	return nil
}

func (s *singleResponse) checkCertHash(cert *Certificate, o OCSPOptions) error {
	i := slices.IndexFunc(s.extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidCertHash) })
	if i < 0 {
		if o.WithoutCertHash {
			return nil
		}
		return refuse(CodeNoCertHash, nil, "answer without hash of the certificate")
	}
	hash, err := readCertHash(s.extensions[i].Value)
	if err != nil {
		return refuse(CodeOtherCertHash, err, "hash of the certificate")
	}
	if sum := sha256.Sum256(cert.Raw); !bytes.Equal(hash, sum[:]) {
		return refuse(CodeOtherCertHash, nil, "answer has the hash of another certificate")
	}
	return nil
}

// readCertHash reads a CertHash. The TI uses SHA-256.
func readCertHash(der []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var seq, algorithm, hash cryptobyte.String
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() || !seq.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&hash, cbasn1.OCTET_STRING) || !seq.Empty() {
		return nil, errOCSP
	}
	if oid, parameters, ok := splitAlgorithm(algorithm); !ok || oid.String() != oidSHA256 || !isNull(parameters) {
		return nil, errors.New("not SHA-256")
	}
	return hash, nil
}
