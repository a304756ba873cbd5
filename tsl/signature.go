package tsl

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl/internal/xmltree"
)

// The one set of algorithms that a list may be signed with. There is nothing
// to negotiate: all lists seen since 2025 have it.
const (
	algC14N      = "http://www.w3.org/2001/10/xml-exc-c14n#"
	algECDSA     = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	algEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	algSHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"

	typeProperties = "http://uri.etsi.org/01903#SignedProperties"
)

// signature is an XAdES signature in the form that lists have: enveloped, two
// references, one certificate.
type signature struct {
	signer                                      *certs.Certificate
	signingTime                                 time.Time
	value                                       []byte // r and s
	wholeDigest, propertiesDigest, signerDigest []byte
}

// verify checks the value over the canonical SignedInfo.
func (s *signature) verify(info []byte) error {
	if t := s.signer.KeyType(); t != certs.KeyBrainpoolP256r1 && t != certs.KeyP256 {
		return formError("key of type %s", t)
	}
	if len(s.value) != 64 {
		return formError("value of %d bytes", len(s.value))
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(s.value[:32]), new(big.Int).SetBytes(s.value[32:]),
	})
	if err != nil {
		return err
	}
	return certs.VerifySignature(s.signer.PublicKey, x509.ECDSAWithSHA256, info, der)
}

// readSignature wants exactly the elements that the lists have, in their order.
func readSignature(e *xmltree.Element) (*signature, error) {
	parts, err := exactly(e, "SignedInfo", "SignatureValue", "KeyInfo", "Object")
	if err != nil {
		return nil, err
	}
	s := &signature{}
	if s.signer, err = readSigner(parts[2]); err != nil {
		return nil, refuse(CodeSignerMissing, err, "the signer's certificate cannot be read")
	}
	if s.value, err = leafBase64(parts[1]); err != nil {
		return nil, err
	}
	id, _ := e.Attr("Id")
	propertiesID, err := s.readProperties(parts[3], id)
	if err != nil {
		return nil, err
	}
	if err := s.readInfo(parts[0], propertiesID); err != nil {
		return nil, err
	}
	return s, nil
}

func readSigner(keyInfo *xmltree.Element) (*certs.Certificate, error) {
	data, err := exactly(keyInfo, "X509Data")
	if err != nil {
		return nil, err
	}
	cert, err := exactly(data[0], "X509Certificate")
	if err != nil {
		return nil, err
	}
	der, err := leafBase64(cert[0])
	if err != nil {
		return nil, err
	}
	return certs.Parse(der)
}

// readInfo reads SignedInfo: the list without this signature, then the signed
// properties.
func (s *signature) readInfo(e *xmltree.Element, propertiesID string) error {
	parts, err := exactly(e, "CanonicalizationMethod", "SignatureMethod", "Reference", "Reference")
	if err != nil {
		return err
	}
	if err := algorithm(parts[0], algC14N); err != nil {
		return err
	}
	if err := algorithm(parts[1], algECDSA); err != nil {
		return err
	}
	if uri, ok := parts[2].Attr("URI"); !ok || uri != "" {
		return formError("first reference to %.60q instead of the list", uri)
	}
	if s.wholeDigest, err = readReference(parts[2], algEnveloped, algC14N); err != nil {
		return err
	}
	uri, _ := parts[3].Attr("URI")
	kind, _ := parts[3].Attr("Type")
	if propertiesID == "" || uri != "#"+propertiesID || kind != typeProperties {
		return formError("second reference to %.60q instead of the signed properties", uri)
	}
	s.propertiesDigest, err = readReference(parts[3], algC14N)
	return err
}

func readReference(e *xmltree.Element, transforms ...string) ([]byte, error) {
	parts, err := exactly(e, "Transforms", "DigestMethod", "DigestValue")
	if err != nil {
		return nil, err
	}
	found, err := exactly(parts[0], strings.Fields(strings.Repeat("Transform ", len(transforms)))...)
	if err != nil {
		return nil, err
	}
	for i, t := range found {
		if err := algorithm(t, transforms[i]); err != nil {
			return nil, err
		}
	}
	return readDigest(parts[1], parts[2])
}

func readDigest(method, value *xmltree.Element) ([]byte, error) {
	if err := algorithm(method, algSHA256); err != nil {
		return nil, err
	}
	digest, err := leafBase64(value)
	if err == nil && len(digest) != sha256.Size {
		err = formError("digest of %d bytes", len(digest))
	}
	return digest, err
}

// readProperties reads Object and returns the Id of its SignedProperties.
func (s *signature) readProperties(object *xmltree.Element, signatureID string) (string, error) {
	q := object.First()
	if q == nil || q.Next() != nil || !q.Is(spaceXAdES, "QualifyingProperties") {
		return "", formError("Object without QualifyingProperties")
	}
	if target, _ := q.Attr("Target"); signatureID == "" || target != "#"+signatureID {
		return "", formError("properties of %.60q", target)
	}
	signed, err := exactly(q, "SignedProperties")
	if err != nil {
		return "", err
	}
	if err := s.readSigned(signed[0]); err != nil {
		return "", err
	}
	id, _ := signed[0].Attr("Id")
	return id, nil
}

func (s *signature) readSigned(e *xmltree.Element) error {
	of := e.Child("SignedSignatureProperties")
	if of == nil {
		return formError("no SignedSignatureProperties")
	}
	when, what := of.Child("SigningTime"), of.Child("SigningCertificate")
	if when == nil || what == nil {
		return formError("no SigningTime or no SigningCertificate")
	}
	var err error
	if s.signingTime, err = parseTime(textOf(when)); err != nil {
		return fmt.Errorf("SigningTime: %w", err)
	}
	cert, err := exactly(what, "Cert")
	if err != nil {
		return err
	}
	parts, err := exactly(cert[0], "CertDigest", "IssuerSerial")
	if err != nil {
		return err
	}
	method := parts[0].First()
	if method == nil || method.Next() == nil || method.Next().Next() != nil ||
		!method.Is(spaceDS, "DigestMethod") || !method.Next().Is(spaceDS, "DigestValue") {
		return formError("CertDigest")
	}
	s.signerDigest, err = readDigest(method, method.Next())
	return err
}

// exactly returns the children of an element, which have to be these, in the
// element's namespace, with no text between them.
func exactly(e *xmltree.Element, names ...string) ([]*xmltree.Element, error) {
	var found []*xmltree.Element
	c := e.First()
	for _, name := range names {
		if c == nil || !c.Is(e.Space, name) {
			return nil, formError("%s without %s where it has to be", e.Name, name)
		}
		found = append(found, c)
		c = c.Next()
	}
	if c != nil {
		return nil, formError("%s with %.40q where it must not be", e.Name, c.Name)
	}
	if !e.Blank() {
		return nil, formError("%s with text", e.Name)
	}
	return found, nil
}

func algorithm(e *xmltree.Element, want string) error {
	found, _ := e.Attr("Algorithm")
	if found != want {
		return formError("%s %.80q", e.Name, found)
	}
	_, err := exactly(e) // nothing in it: no parameters
	return err
}

func leafBase64(e *xmltree.Element) ([]byte, error) {
	if e.First() != nil {
		return nil, formError("%s with elements in it", e.Name)
	}
	b, err := decodeBase64(e.Text())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	return b, nil
}
