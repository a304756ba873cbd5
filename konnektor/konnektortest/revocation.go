package konnektortest

import (
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// oidOCSPInfo is id-ri-ocsp-response (RFC 5940).
var oidOCSPInfo = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}

// otherRevocation is OtherRevocationInfoFormat (RFC 5652, 10.2.1).
type otherRevocation struct {
	Format asn1.ObjectIdentifier
	Info   asn1.RawValue
}

// revocation is the OCSP answer about the signer where the request wants one.
// warning says why there is none: before version 7.5.6 devices embed it into
// qualified signatures only (history of SignatureService_V7_5_6.xsd), and the
// simulator into CAdES and XAdES only, with a way into the TI.
func (j *signJob) revocation(request *Element) (ocsp []byte, warning konnektor.Code, err error) {
	kind := request.Value("OptionalInputs", "SignatureType")
	switch {
	case !request.Bool("IncludeRevocationInfo"):
		return nil, 0, nil
	case kind != typeCAdES && kind != typeXAdES, !j.qualified && !j.embedsAll:
		return nil, 4261, nil
	case !j.Konnektor.Online(TI):
		return nil, 1028, nil
	}
	ocsp, err = j.Konnektor.ocspAnswer(j.id)
	return ocsp, 0, err
}

// ocspAnswer asks the responder of the simulated TI about a certificate.
func (k *Konnektor) ocspAnswer(id *certstest.Identity) ([]byte, error) {
	responder, err := k.personal.responder(id, k)
	if err != nil {
		return nil, fmt.Errorf("konnektortest: OCSP: %w", err)
	}
	request, err := (&certs.OCSPRequest{Certificate: id.Certificate, Issuer: id.Issuer.Certificate}).Marshal()
	if err != nil {
		return nil, err
	}
	return responder.Answer(request)
}

// responder is that of the certificate's CA, which knows the certificate.
func (p *personalization) responder(id *certstest.Identity, k *Konnektor) (*certstest.Responder, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	responder := p.responders[id.Issuer]
	if responder == nil {
		algorithm := "ECC"
		if _, isRSA := id.Key.(*rsa.PrivateKey); isRSA {
			algorithm = "RSA"
		}
		pki, err := newPKI[algorithm]()
		if err != nil {
			return nil, err
		}
		signer, err := pki.OCSPSigner(id.Issuer)
		if err != nil {
			return nil, err
		}
		responder = certstest.NewResponder(id.Issuer, signer, k.now)
		if p.responders == nil {
			p.responders = map[*certstest.CA]*certstest.Responder{}
		}
		p.responders[id.Issuer] = responder
	}
	responder.Add(id)
	return responder, nil
}

// revocationInfo is the field crls of a SignedData with an OCSP answer, and the
// version that the message has with it (RFC 5652, 5.1).
func revocationInfo(ocsp []byte) (version int, field []asn1.RawValue, err error) {
	if ocsp == nil {
		return 1, nil, nil
	}
	der, err := asn1.MarshalWithParams(otherRevocation{oidOCSPInfo, asn1.RawValue{FullBytes: ocsp}}, "tag:1")
	return 5, []asn1.RawValue{{FullBytes: der}}, err
}

// revocationValues are the unsigned properties of a XAdES signature with an OCSP
// answer.
func revocationValues(ocsp []byte) string {
	if ocsp == nil {
		return ""
	}
	return "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:RevocationValues><xades:OCSPValues><xades:EncapsulatedOCSPValue>" +
		base64.StdEncoding.EncodeToString(ocsp) +
		"</xades:EncapsulatedOCSPValue></xades:OCSPValues></xades:RevocationValues></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
}
