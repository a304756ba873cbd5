package konnektortest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
)

// Object identifiers of CAdES (RFC 5652, RFC 5035, RFC 4056).
var (
	oidSignedData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidPSSSignature       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidECDSASHA256        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

type (
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      signedContent
		Certificates asn1.RawValue
		Revocations  []asn1.RawValue `asn1:"optional,omitempty,tag:1,set"`
		Signers      []signerInfo    `asn1:"set"`
	}
	signedContent struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,optional,omitempty,tag:0"`
	}
	signerInfo struct {
		Version    int
		SID        issuerSerial
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
	}
	cmsAttribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	pssParameters struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
		MGF  pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
		Salt int                      `asn1:"explicit,tag:2"`
	}
)

// seal is who signs, and what goes into the signature beside the document.
type seal struct {
	id   *certstest.Identity
	at   time.Time // the zero time is left out of a CMS message, as PAdES has it
	ocsp []byte    // an OCSPResponse about the signer; nil for none
}

// signCMS is a CAdES-BES signature over data. include is the content that the
// message carries, nil for none.
func signCMS(s seal, data, include []byte) ([]byte, error) {
	id, digest := s.id, sha256.Sum256(data)
	attributes, err := signedAttributes(id.Certificate, digest[:], s.at)
	if err != nil {
		return nil, err
	}
	algorithm, err := cmsAlgorithm(id.Key)
	if err != nil {
		return nil, err
	}
	set, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes})
	if err != nil {
		return nil, err
	}
	value, err := signBytes(id.Key, set, true)
	if err != nil {
		return nil, err
	}
	version, revocations, err := revocationInfo(s.ocsp)
	if err != nil {
		return nil, err
	}
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	inner, err := asn1.Marshal(signedData{
		Version: version, Digests: []pkix.AlgorithmIdentifier{hash}, Content: signedContent{oidData, include},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: id.DER},
		Revocations:  revocations,
		Signers: []signerInfo{{
			Version: 1, SID: issuerSerial{asn1.RawValue{FullBytes: id.Certificate.RawIssuer}, id.Certificate.SerialNumber}, Digest: hash,
			Attributes: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: attributes},
			Algorithm:  algorithm, Signature: value,
		}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(cmsContent{oidSignedData, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
}

// signedAttributes are the attributes of CAdES-BES, in the order of DER. The
// zero time is left out, as PAdES has it.
func signedAttributes(cert *certs.Certificate, digest []byte, at time.Time) ([]byte, error) {
	sum := sha256.Sum256(cert.Raw)
	type generalNames struct {
		Name asn1.RawValue
	}
	type certID struct {
		Hash   []byte
		Issuer struct {
			Names  generalNames
			Serial asn1.RawValue
		}
	}
	id := certID{Hash: sum[:]}
	id.Issuer.Names.Name = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: cert.RawIssuer}
	serial, err := asn1.Marshal(cert.SerialNumber)
	if err != nil {
		return nil, err
	}
	id.Issuer.Serial = asn1.RawValue{FullBytes: serial}
	var all [][]byte
	for _, a := range []struct {
		kind  asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData}, {oidMessageDigest, digest},
		{oidSigningCertificate, struct{ Certs []certID }{[]certID{id}}}, {oidSigningTime, at.UTC().Truncate(time.Second)},
	} {
		if a.kind.Equal(oidSigningTime) && at.IsZero() {
			continue
		}
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(cmsAttribute{a.kind, []asn1.RawValue{{FullBytes: value}}})
		if err != nil {
			return nil, err
		}
		all = append(all, der)
	}
	slices.SortFunc(all, bytes.Compare)
	return bytes.Join(all, nil), nil
}

// cmsAlgorithm is ECDSA or RSASSA-PSS, both with SHA-256.
func cmsAlgorithm(key crypto.Signer) (pkix.AlgorithmIdentifier, error) {
	if _, isRSA := key.(*rsa.PrivateKey); !isRSA {
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}, nil
	}
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	inner, err := asn1.Marshal(hash)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, err
	}
	der, err := asn1.Marshal(pssParameters{hash, pkix.AlgorithmIdentifier{Algorithm: oidMGF1, Parameters: asn1.RawValue{FullBytes: inner}}, sha256.Size})
	return pkix.AlgorithmIdentifier{Algorithm: oidPSSSignature, Parameters: asn1.RawValue{FullBytes: der}}, err
}

// signBytes signs the SHA-256 of data: ECDSA, RSASSA-PSS or PKCS #1.
func signBytes(key crypto.Signer, data []byte, pss bool) ([]byte, error) {
	sum := sha256.Sum256(data)
	var opts crypto.SignerOpts = crypto.SHA256
	if _, isRSA := key.(*rsa.PrivateKey); isRSA && pss {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return key.Sign(rand.Reader, sum[:], opts)
}

// judgeCMS judges a CMS message; content is the document of a detached one. A
// signer of whom the simulated TI knows nothing makes it inconclusive.
func (k *Konnektor) judgeCMS(message, content []byte) (string, error) {
	m, err := certs.ParseCMS(message)
	if err != nil {
		return "", NewFault(4110)
	}
	if !m.Detached {
		content = nil
	}
	signers, err := m.Verify(content)
	if err != nil {
		return "INVALID", nil
	}
	for _, s := range signers {
		if k.personal.issued(s.Certificate.Raw) == nil {
			return "INCONCLUSIVE", nil
		}
	}
	return "VALID", nil
}
