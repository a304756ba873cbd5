package konnektortest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
)

// The algorithms of the XML signatures. That RSA signs by PKCS #1 is the
// simulator's choice, for xmlsec1 to read it.
const (
	excC14N      = "http://www.w3.org/2001/10/xml-exc-c14n#"
	sha256Digest = "http://www.w3.org/2001/04/xmlenc#sha256"
	rsaSHA256    = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	ecdsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	envelopedSig = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	xadesSpace   = "http://uri.etsi.org/01903/v1.3.2#"
	propertyType = "http://uri.etsi.org/01903#SignedProperties"
)

// place is where a signature stands to its document.
type place int

const (
	detached place = iota
	enveloping
	enveloped
)

// detachedURI is what a detached signature calls its document: nobody has
// published what devices write there.
const detachedURI = "document"

// Places in the text of a signature that are filled once what they depend on
// stands.
const (
	documentHole  = "@@document@@"
	propertyHole  = "@@properties@@"
	signatureHole = "@@signature@@"
)

// signXML makes a XAdES-BES signature, detached or enveloping.
func signXML(doc []byte, at place, s seal) ([]byte, error) {
	canonical, err := (&canonicalizer{pick: first}).canonical(doc)
	if err != nil {
		return nil, NewFault(4112)
	}
	text := signatureText(at, s)
	if at == enveloping {
		text = strings.Replace(text, "</ds:Signature>", `<ds:Object Id="document">`+string(canonical)+"</ds:Object></ds:Signature>", 1)
		if canonical, err = (&canonicalizer{pick: byID("document")}).canonical([]byte(text)); err != nil {
			return nil, err
		}
	}
	text = strings.Replace(text, documentHole, digestText(canonical), 1)
	return fillSignature([]byte(text), s.id)
}

// signEnveloped puts a signature into a document: behind an element, as the
// first child of one, or as the root's last child.
func signEnveloped(doc []byte, after, firstIn string, s seal) ([]byte, error) {
	canonical, err := (&canonicalizer{pick: first}).canonical(doc)
	if err != nil {
		return nil, NewFault(4112)
	}
	at, err := placement(doc, strings.TrimSpace(after), strings.TrimSpace(firstIn))
	if err != nil {
		return nil, err
	}
	text := strings.Replace(signatureText(enveloped, s), documentHole, digestText(canonical), 1)
	signature, err := fillSignature([]byte(text), s.id)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{doc[:at], signature, doc[at:]}, nil), nil
}

// placement is the offset in a document where the signature goes.
func placement(doc []byte, after, firstIn string) (int64, error) {
	switch {
	case after != "":
		s, err := findElement(doc, after)
		return s.end, err
	case firstIn != "":
		s, err := findElement(doc, firstIn)
		return s.openEnd, s.room(err)
	}
	s, err := findElement(doc, "")
	return s.closeStart, s.room(err)
}

// room is err, or code 4112 for an element like <a/>, which has none inside;
// devices need not refuse it.
func (s span) room(err error) error {
	if err == nil && s.openEnd == s.end {
		return NewFault(4112)
	}
	return err
}

func digestText(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// signatureText is the text of ds:Signature with holes.
func signatureText(at place, s seal) string {
	id := s.id
	uri, transforms := detachedURI, ""
	switch at {
	case enveloping:
		uri = "#document"
	case enveloped:
		uri, transforms = "", `<ds:Transform Algorithm="`+envelopedSig+`"></ds:Transform>`
	}
	method := ecdsaSHA256
	if _, isRSA := id.Key.(*rsa.PrivateKey); isRSA {
		method = rsaSHA256
	}
	c14n := `<ds:Transform Algorithm="` + excC14N + `"></ds:Transform>`
	reference := func(attributes, transforms, hole string) string {
		return `<ds:Reference ` + attributes + `><ds:Transforms>` + transforms + c14n + `</ds:Transforms><ds:DigestMethod Algorithm="` + sha256Digest +
			`"></ds:DigestMethod><ds:DigestValue>` + hole + `</ds:DigestValue></ds:Reference>`
	}
	return `<ds:Signature xmlns:ds="` + dsigSpace + `" Id="signature"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + excC14N +
		`"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="` + method + `"></ds:SignatureMethod>` +
		reference(`URI="`+uri+`"`, transforms, documentHole) +
		reference(`Type="`+propertyType+`" URI="#properties"`, "", propertyHole) + `</ds:SignedInfo><ds:SignatureValue>` + signatureHole +
		`</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(id.DER) +
		`</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="` + xadesSpace +
		`" Target="#signature"><xades:SignedProperties Id="properties"><xades:SignedSignatureProperties><xades:SigningTime>` +
		s.at.UTC().Format(time.RFC3339) + `</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="` +
		sha256Digest + `"></ds:DigestMethod><ds:DigestValue>` + digestText(id.DER) + `</ds:DigestValue></xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>` +
		escape(id.Certificate.Issuer.String(), false) + `</ds:X509IssuerName><ds:X509SerialNumber>` + id.Certificate.SerialNumber.String() +
		`</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>` + revocationValues(s.ocsp) + `</xades:QualifyingProperties></ds:Object></ds:Signature>`
}

// fillSignature fills the digest of the properties and the signature.
func fillSignature(text []byte, id *certstest.Identity) ([]byte, error) {
	properties, err := (&canonicalizer{pick: byID("properties")}).canonical(text)
	if err != nil {
		return nil, err
	}
	text = bytes.Replace(text, []byte(propertyHole), []byte(digestText(properties)), 1)
	info, err := (&canonicalizer{pick: local("SignedInfo")}).canonical(text)
	if err != nil {
		return nil, err
	}
	value, err := signBytes(id.Key, info, false)
	if err != nil {
		return nil, err
	}
	if key, ok := id.Key.(*brainpool.PrivateKey); ok {
		if value, err = rawECDSA(value, key.Curve().Size()); err != nil {
			return nil, err
		}
	}
	return bytes.Replace(text, []byte(signatureHole), []byte(base64.StdEncoding.EncodeToString(value)), 1), nil
}

// maxReferences bounds what one signature may sign: each is canonicalized.
const maxReferences = 16

// xmlSignature is what judging needs of a ds:Signature.
type xmlSignature struct {
	Info struct {
		Method struct {
			Algorithm string `xml:"Algorithm,attr"`
		} `xml:"SignatureMethod"`
		References []struct {
			URI    string `xml:"URI,attr"`
			Digest string `xml:"DigestValue"`
		} `xml:"Reference"`
	} `xml:"SignedInfo"`
	Value       string `xml:"SignatureValue"`
	Certificate string `xml:"KeyInfo>X509Data>X509Certificate"`
}

// judgeXML judges the first signature in a text; document is that of a detached
// one. Only the algorithms that the simulator writes are known. What is no XML,
// or beyond the limits of the simulator's parser, counts as without a signature.
func (k *Konnektor) judgeXML(text, document []byte) (string, error) {
	for _, doc := range [][]byte{text, document} {
		if _, err := parseXML(doc, nil, false); doc != nil && err != nil {
			return "", NewFault(4253)
		}
	}
	at, ok := findSignature(text)
	if !ok {
		return "", NewFault(4253)
	}
	var s xmlSignature
	if err := xml.Unmarshal(text[at.start:at.end], &s); err != nil {
		return "", NewFault(4208)
	}
	if len(s.Info.References) > maxReferences {
		return "INVALID", nil
	}
	for _, r := range s.Info.References {
		data, err := referenced(text, document, r.URI, at)
		if err != nil || digestText(data) != strings.Join(strings.Fields(r.Digest), "") {
			return "INVALID", nil
		}
	}
	inside := func(t xml.StartElement, offset int64) bool { return offset > at.start && t.Name.Local == "SignedInfo" }
	info, err := (&canonicalizer{pick: inside}).canonical(text)
	cert, certErr := certs.Parse(bytesOf(s.Certificate))
	switch {
	case certErr != nil:
		return "", NewFault(4206)
	case err != nil || len(s.Info.References) == 0 || !verifyXML(cert, s.Info.Method.Algorithm, info, bytesOf(s.Value)):
		return "INVALID", nil
	case k.personal.issued(cert.Raw) == nil:
		return "INCONCLUSIVE", nil
	}
	return "VALID", nil
}

// referenced is the canonical form of what a Reference names.
func referenced(text, document []byte, uri string, at span) ([]byte, error) {
	switch {
	case uri == "":
		omit := func(_ xml.StartElement, offset int64) bool { return offset == at.start }
		return (&canonicalizer{pick: first, omit: omit}).canonical(text)
	case strings.HasPrefix(uri, "#"):
		return (&canonicalizer{pick: byID(uri[1:])}).canonical(text)
	case document == nil:
		return nil, fmt.Errorf("konnektortest: the document is missing")
	}
	return (&canonicalizer{pick: first}).canonical(document)
}

func verifyXML(cert *certs.Certificate, method string, info, value []byte) bool {
	sum := sha256.Sum256(info)
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return method == rsaSHA256 && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) == nil
	case *brainpool.PublicKey:
		return method == ecdsaSHA256 && key.VerifyRaw(sum[:], value)
	}
	return false
}

// findSignature finds the first ds:Signature.
func findSignature(text []byte) (span, bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		before := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return span{}, false
		}
		if t, ok := token.(xml.StartElement); ok && t.Name == (xml.Name{Space: dsigSpace, Local: "Signature"}) {
			if d.Skip() != nil {
				return span{}, false
			}
			return span{start: before, end: d.InputOffset()}, true
		}
	}
}
