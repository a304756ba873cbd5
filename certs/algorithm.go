package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrAlgorithm means a signature algorithm that is not read: SHA-1, MD5, unusual
// parameters of PSS, and everything else that the TI does not use.
var ErrAlgorithm = errors.New("signature algorithm not supported")

// signatureAlgorithms are those without parameters, or with NULL.
var signatureAlgorithms = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.3.2":   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3":   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4":   x509.ECDSAWithSHA512,
}

var oidPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// Hash functions by object identifier.
const (
	oidSHA1   = "1.3.14.3.2.26"
	oidSHA256 = "2.16.840.1.101.3.4.2.1"
	oidSHA384 = "2.16.840.1.101.3.4.2.2"
	oidSHA512 = "2.16.840.1.101.3.4.2.3"
)

// pssAlgorithms are the forms of PSS that crypto/x509 knows: MGF1 with the same
// hash, and a salt of its length.
var pssAlgorithms = map[string]struct {
	algorithm x509.SignatureAlgorithm
	salt      int
}{
	oidSHA256: {x509.SHA256WithRSAPSS, 32},
	oidSHA384: {x509.SHA384WithRSAPSS, 48},
	oidSHA512: {x509.SHA512WithRSAPSS, 64},
}

// parseAlgorithm reads an AlgorithmIdentifier of a signature, with its header.
func parseAlgorithm(der []byte) (x509.SignatureAlgorithm, error) {
	oid, parameters, ok := splitAlgorithm(der)
	if !ok {
		return 0, fmt.Errorf("%w: malformed", ErrAlgorithm)
	}
	if oid.Equal(oidPSS) {
		return parsePSS(parameters)
	}
	algorithm, known := signatureAlgorithms[oid.String()]
	if !known || !isNull(parameters) {
		return 0, fmt.Errorf("%w: %v", ErrAlgorithm, oid)
	}
	return algorithm, nil
}

func isNull(parameters []byte) bool {
	return len(parameters) == 0 || bytes.Equal(parameters, asn1.NullBytes)
}

// splitAlgorithm reads an AlgorithmIdentifier into identifier and parameters.
func splitAlgorithm(der []byte) (oid asn1.ObjectIdentifier, parameters []byte, ok bool) {
	input := cryptobyte.String(der)
	var algorithm cryptobyte.String
	if !input.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !input.Empty() || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, nil, false
	}
	return oid, algorithm, true
}

var oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}

// parsePSS reads RSASSA-PSS-params (RFC 4055, 3.1).
func parsePSS(der []byte) (x509.SignatureAlgorithm, error) {
	bad := fmt.Errorf("%w: parameters of RSASSA-PSS", ErrAlgorithm)
	input := cryptobyte.String(der)
	var params, hash, mgf, salt cryptobyte.String
	if !input.ReadASN1(&params, cbasn1.SEQUENCE) || !input.Empty() || !readTagged(&params, &hash, 0) ||
		!readTagged(&params, &mgf, 1) || !readTagged(&params, &salt, 2) {
		return 0, bad
	}
	hashOID, hashParameters, ok := splitAlgorithm(hash)
	mgfOID, mgfHash, okMGF := splitAlgorithm(mgf)
	if !ok || !okMGF || !isNull(hashParameters) || !mgfOID.Equal(oidMGF1) {
		return 0, bad
	}
	innerOID, innerParameters, ok := splitAlgorithm(mgfHash)
	var length, trailer int
	if !ok || !innerOID.Equal(hashOID) || !isNull(innerParameters) || !salt.ReadASN1Integer(&length) || !salt.Empty() {
		return 0, bad
	}
	var field cryptobyte.String
	if readTagged(&params, &field, 3) && (!field.ReadASN1Integer(&trailer) || trailer != 1) || !params.Empty() {
		return 0, bad
	}
	known := pssAlgorithms[hashOID.String()]
	if known.salt == 0 || known.salt != length {
		return 0, bad
	}
	return known.algorithm, nil
}

// readTagged reads what stands under an explicit context tag.
func readTagged(s, out *cryptobyte.String, n uint8) bool {
	return s.ReadASN1(out, cbasn1.Tag(n).ContextSpecific().Constructed())
}
