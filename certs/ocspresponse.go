package certs

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// maxOCSPResponse is in bytes. Real ones have less than 4 KiB.
	maxOCSPResponse = 256 << 10
	// maxSingleResponses and maxResponderCerts bound what an answer lists.
	// Real ones have one of each.
	maxSingleResponses = 16
	maxResponderCerts  = 8
	maxExtensions      = 32
)

// OCSPStatus is what a responder says about a certificate.
type OCSPStatus string

// The states of a certificate.
const (
	OCSPGood    OCSPStatus = "good"
	OCSPRevoked OCSPStatus = "revoked"
	OCSPUnknown OCSPStatus = "unknown"
)

// OCSPResponse is an answer about one or more certificates. Until Verify has
// accepted it, nothing in it is to be believed.
//
// This package reads OCSP itself: golang.org/x/crypto/ocsp cannot check Brainpool
// signatures, stops at responders with Brainpool certificates, and hands out no
// nonce.
type OCSPResponse struct {
	Raw        []byte
	ProducedAt time.Time
	// Certificates are what the responder sends along, its own first as a rule.
	Certificates []*Certificate

	// The following are about the certificate that Verify was called for.

	Status     OCSPStatus
	ThisUpdate time.Time
	NextUpdate time.Time // zero when the responder gives none
	RevokedAt  time.Time // zero unless revoked
	// Reason is the number of the CRLReason (RFC 5280, 5.3.1); 0 also when
	// none is given.
	Reason int
	// Responder is who signed the answer.
	Responder *Certificate

	tbs, signature []byte
	algorithm      x509.SignatureAlgorithm
	name, keyHash  []byte // one of them says who the responder is
	singles        []singleResponse
	extensions     []pkix.Extension
}

type singleResponse struct {
	id                     certID
	status                 OCSPStatus
	thisUpdate, nextUpdate time.Time
	revokedAt              time.Time
	reason                 int
	extensions             []pkix.Extension
}

var oidBasicResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}

var errOCSP = errors.New("malformed OCSP answer")

// statusNames are the errors of a responder (RFC 6960, 4.2.1).
var statusNames = map[int]string{
	1: "malformed request", 2: "internal error", 3: "try later", 5: "signature required", 6: "unauthorized",
}

// ParseOCSPResponse reads an OCSPResponse in DER (RFC 6960, 4.2.1). Its errors
// are a *CheckError: CodeOCSPStatus for an answer that is an error of the
// responder, and CodeOCSPCheck for what cannot be read.
func ParseOCSPResponse(der []byte) (*OCSPResponse, error) {
	if len(der) > maxOCSPResponse {
		return nil, refuse(CodeOCSPCheck, ErrTooLarge, "OCSP answer of %d bytes", len(der))
	}
	input := cryptobyte.String(der)
	var answer, outer, typed, content cryptobyte.String
	var status int
	var oid asn1.ObjectIdentifier
	if !input.ReadASN1(&answer, cbasn1.SEQUENCE) || !input.Empty() || !answer.ReadASN1Enum(&status) {
		return nil, refuse(CodeOCSPCheck, errOCSP, "OCSPResponse")
	}
	if status != 0 {
		if name, known := statusNames[status]; known {
			return nil, refuse(CodeOCSPStatus, nil, "responder answers: %s", name)
		}
		return nil, refuse(CodeOCSPStatus, nil, "responder answers with status %d", status)
	}
	if !readTagged(&answer, &outer, 0) || !answer.Empty() || !outer.ReadASN1(&typed, cbasn1.SEQUENCE) || !outer.Empty() ||
		!typed.ReadASN1ObjectIdentifier(&oid) || !typed.ReadASN1(&content, cbasn1.OCTET_STRING) || !typed.Empty() {
		return nil, refuse(CodeOCSPCheck, errOCSP, "ResponseBytes")
	}
	if !oid.Equal(oidBasicResponse) {
		return nil, refuse(CodeOCSPCheck, errOCSP, "response type %v", oid)
	}
	r := &OCSPResponse{Raw: bytes.Clone(der)}
	if err := r.readBasic(content); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *OCSPResponse) readBasic(input cryptobyte.String) error {
	var basic, tbs, algorithm, list cryptobyte.String
	var hasCerts bool
	if !input.ReadASN1(&basic, cbasn1.SEQUENCE) || !input.Empty() || !basic.ReadASN1Element(&tbs, cbasn1.SEQUENCE) ||
		!basic.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !basic.ReadASN1BitStringAsBytes(&r.signature) ||
		!basic.ReadOptionalASN1(&list, &hasCerts, cbasn1.Tag(0).ContextSpecific().Constructed()) || !basic.Empty() {
		return refuse(CodeOCSPCheck, errOCSP, "BasicOCSPResponse")
	}
	var err error
	if r.algorithm, err = parseAlgorithm(algorithm); err != nil {
		return refuse(CodeOCSPSignature, err, "signature of the OCSP answer")
	}
	r.tbs = bytes.Clone(tbs)
	if hasCerts {
		if err := r.readCertificates(list); err != nil {
			return err
		}
	}
	if !r.readData(tbs) {
		return refuse(CodeOCSPCheck, errOCSP, "ResponseData")
	}
	return nil
}

func (r *OCSPResponse) readCertificates(list cryptobyte.String) error {
	var certificates cryptobyte.String
	if !list.ReadASN1(&certificates, cbasn1.SEQUENCE) || !list.Empty() {
		return refuse(CodeOCSPCheck, errOCSP, "certificates")
	}
	for !certificates.Empty() {
		var der cryptobyte.String
		if !certificates.ReadASN1Element(&der, cbasn1.SEQUENCE) || len(r.Certificates) == maxResponderCerts {
			return refuse(CodeOCSPCheck, errOCSP, "certificates")
		}
		c, err := Parse(der)
		if err != nil {
			return refuse(CodeOCSPCheck, err, "certificate of the responder")
		}
		r.Certificates = append(r.Certificates, c)
	}
	return nil
}

func (r *OCSPResponse) readData(tbs cryptobyte.String) bool {
	var data, responses cryptobyte.String
	if !tbs.ReadASN1(&data, cbasn1.SEQUENCE) || !skipTagged(&data, 0) || !r.readResponder(&data) ||
		!data.ReadASN1GeneralizedTime(&r.ProducedAt) || !data.ReadASN1(&responses, cbasn1.SEQUENCE) {
		return false
	}
	for !responses.Empty() {
		s, ok := readSingle(&responses)
		if !ok || len(r.singles) == maxSingleResponses {
			return false
		}
		r.singles = append(r.singles, s)
	}
	var ok bool
	r.extensions, ok = readExtensions(&data, 1)
	return ok && data.Empty() && len(r.singles) > 0
}

// readResponder reads the ResponderID: a name, or the hash of a key.
func (r *OCSPResponse) readResponder(data *cryptobyte.String) bool {
	var id, value cryptobyte.String
	if data.PeekASN1Tag(cbasn1.Tag(1).ContextSpecific().Constructed()) {
		if !readTagged(data, &id, 1) || !id.ReadASN1Element(&value, cbasn1.SEQUENCE) || !id.Empty() {
			return false
		}
		r.name = bytes.Clone(value)
		return true
	}
	if !readTagged(data, &id, 2) || !id.ReadASN1(&value, cbasn1.OCTET_STRING) || !id.Empty() {
		return false
	}
	r.keyHash = bytes.Clone(value)
	return len(value) == sha1.Size
}

func readSingle(responses *cryptobyte.String) (s singleResponse, ok bool) {
	var single cryptobyte.String
	if !responses.ReadASN1(&single, cbasn1.SEQUENCE) || !readCertID(&single, &s.id) || !s.readStatus(&single) ||
		!single.ReadASN1GeneralizedTime(&s.thisUpdate) {
		return s, false
	}
	var next cryptobyte.String
	var hasNext bool
	if !single.ReadOptionalASN1(&next, &hasNext, cbasn1.Tag(0).ContextSpecific().Constructed()) ||
		hasNext && (!next.ReadASN1GeneralizedTime(&s.nextUpdate) || !next.Empty()) {
		return s, false
	}
	s.extensions, ok = readExtensions(&single, 1)
	return s, ok && single.Empty()
}

// readCertID reads a CertID. One with another hash than SHA-1 is read, too, but
// equals none of ours.
func readCertID(s *cryptobyte.String, id *certID) bool {
	var seq, algorithm, name, key cryptobyte.String
	id.serial = new(big.Int)
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) ||
		!seq.ReadASN1(&name, cbasn1.OCTET_STRING) || !seq.ReadASN1(&key, cbasn1.OCTET_STRING) ||
		!seq.ReadASN1Integer(id.serial) || !seq.Empty() {
		return false
	}
	if oid, _, ok := splitAlgorithm(algorithm); ok && oid.String() == oidSHA1 {
		id.name, id.key = bytes.Clone(name), bytes.Clone(key)
	}
	return true
}

// readStatus reads a CertStatus.
func (s *singleResponse) readStatus(single *cryptobyte.String) bool {
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !single.ReadAnyASN1(&value, &tag) {
		return false
	}
	switch tag {
	case cbasn1.Tag(0).ContextSpecific():
		s.status = OCSPGood
	case cbasn1.Tag(2).ContextSpecific():
		s.status = OCSPUnknown
	case cbasn1.Tag(1).ContextSpecific().Constructed():
		s.status = OCSPRevoked
		return s.readRevoked(value)
	default:
		return false
	}
	return value.Empty()
}

func (s *singleResponse) readRevoked(value cryptobyte.String) bool {
	var reason cryptobyte.String
	var hasReason bool
	if !value.ReadASN1GeneralizedTime(&s.revokedAt) ||
		!value.ReadOptionalASN1(&reason, &hasReason, cbasn1.Tag(0).ContextSpecific().Constructed()) {
		return false
	}
	return (!hasReason || reason.ReadASN1Enum(&s.reason) && reason.Empty()) && value.Empty()
}

// readExtensions reads optional Extensions under a context tag.
func readExtensions(s *cryptobyte.String, n uint8) ([]pkix.Extension, bool) {
	var outer, list cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&outer, &present, cbasn1.Tag(n).ContextSpecific().Constructed()) {
		return nil, false
	}
	if !present {
		return nil, true
	}
	if !outer.ReadASN1(&list, cbasn1.SEQUENCE) || !outer.Empty() {
		return nil, false
	}
	var all []pkix.Extension
	for !list.Empty() {
		var e pkix.Extension
		var inner, value cryptobyte.String
		if !list.ReadASN1(&inner, cbasn1.SEQUENCE) || !inner.ReadASN1ObjectIdentifier(&e.Id) ||
			inner.PeekASN1Tag(cbasn1.BOOLEAN) && !inner.ReadASN1Boolean(&e.Critical) ||
			!inner.ReadASN1(&value, cbasn1.OCTET_STRING) || !inner.Empty() || len(all) == maxExtensions {
			return nil, false
		}
		e.Value = bytes.Clone(value)
		all = append(all, e)
	}
	return all, true
}
