package konnektortest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

const cryptSpace = "http://ws.gematik.de/conn/EncryptionService/v6.1"

// The formats of EncryptionService.
const (
	formatCMS   = "urn:ietf:rfc:5652"
	formatXML   = "http://www.w3.org/TR/xmlenc-core/"
	formatSMIME = "urn:ietf:rfc:5751"
)

// EncryptionService is the Verschluesselungsdienst in the versions with these
// numbers; none means 6.1.0 and 6.1.1. Version 6.1.0 alone does not know the
// parameter Crypt.
func EncryptionService(numbers ...string) Service {
	if len(numbers) == 0 {
		numbers = []string{"6.1.0", "6.1.1"}
	}
	s := Service{
		Name: "EncryptionService", Schema: "conn/EncryptionService_v6_1_2.xsd",
		MaxRequest: maxDocumentRequest, MTOM: true,
		Prefixes: map[string]string{"CRYPT": cryptSpace, "DSS": dssSpace},
	}
	e := &encryption{crypt: slices.Contains(numbers, "6.1.1")}
	if !e.crypt {
		s.Schema = "conn/EncryptionService.xsd"
	}
	for _, number := range numbers {
		s.Versions = append(s.Versions, Version{
			Number: number, TargetNamespace: "http://ws.gematik.de/conn/EncryptionService/WSDL/v6.1", Operations: e.operations(),
		})
	}
	return s
}

// encryption is the EncryptionService of one Konnektor.
type encryption struct{ crypt bool }

// operations follow EncryptionService.xsd 6.1.1 and 6.1.2; decryption has an own
// segment in its SOAPAction.
func (e *encryption) operations() []Operation {
	onCard := func(name string) Shape {
		parts := []Part{One(CardHandleShape), Maybe(Simple(cryptSpace, "KeyReference", AnyText))}
		if e.crypt {
			parts = append(parts, Maybe(Simple(cryptSpace, "Crypt", OneOf("RSA", "ECC", "RSA_ECC"))))
		}
		return Sequence(cryptSpace, name, parts...)
	}
	document := connDocumentShape()
	element := Shape{Space: cryptSpace, Local: "Element", Text: AnyText,
		Attrs: map[string]Facet{"Type": OneOf(xencElement, xencContent)}, Required: []string{"Type"}}
	return []Operation{{
		Name: "EncryptDocument", SOAPActions: []string{cryptSpace + "#EncryptDocument"}, AllowedIn: InCardStates, Handle: e.encrypt,
		Request: Sequence(cryptSpace, "EncryptDocument", One(ContextShape),
			One(Sequence(cryptSpace, "RecipientKeys", Maybe(onCard("CertificateOnCard")),
				Many(0, 1000, Simple(cryptSpace, "Certificate", base64Binary)))),
			One(document),
			Maybe(Sequence(cryptSpace, "OptionalInputs", Maybe(Simple(cryptSpace, "EncryptionType", OneOf(formatCMS, formatXML, formatSMIME))),
				Many(0, 1000, element), Maybe(Shape{Space: cryptSpace, Local: "UnprotectedProperties", Open: true})))),
	}, {
		Name: "DecryptDocument", SOAPActions: []string{"http://ws.gematik.de/conn/crypt/EncryptionService/v6.1#DecryptDocument"},
		AllowedIn: InCardStates, Handle: e.decrypt,
		Request: Sequence(cryptSpace, "DecryptDocument", One(ContextShape), One(onCard("PrivateKeyOnCard")), One(document),
			Maybe(Shape{Space: cryptSpace, Local: "OptionalInputs", Open: true})),
	}}
}

// algorithms are those that a request names: RSA where it cannot say anything,
// and else either. RSA_ECC gives those that the card has.
func (e *encryption) algorithms(c *Call, key *Element, card *Card) []string {
	switch crypt := key.Value("Crypt"); {
	case crypt == "RSA_ECC" && hasECC(card):
		return []string{"RSA", "ECC"}
	case crypt == "ECC", crypt == "" && e.crypt && hasECC(card) && c.Coin():
		return []string{"ECC"}
	}
	return []string{"RSA"}
}

// recipients are the certificates of a request.
func (e *encryption) recipients(c *Call) ([]*certs.Certificate, error) {
	keys := c.Request.Child("RecipientKeys")
	var all []*certs.Certificate
	if on := keys.Child("CertificateOnCard"); on != nil {
		h := konnektor.CardHandle(on.Value("CardHandle"))
		if err := c.Access(Access{Card: h}); err != nil {
			return nil, err
		}
		card, ok := c.Konnektor.Card(h)
		if !ok {
			return nil, NewFault(4008)
		}
		for _, algorithm := range e.algorithms(c, on, &card) {
			id, err := c.Konnektor.CardIdentity(h, or(on.Value("KeyReference"), "C.ENC"), algorithm)
			if err != nil {
				return nil, err
			}
			all = append(all, id.Certificate)
		}
	}
	for _, child := range keys.Children {
		if child.Local != "Certificate" {
			continue
		}
		cert, err := certs.Parse(bytesOf(child.Text))
		if err != nil {
			return nil, NewFault(4148)
		}
		all = append(all, cert)
	}
	if len(all) == 0 {
		return nil, badRequest("no recipient")
	}
	return all, nil
}

func (e *encryption) encrypt(c *Call) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	to, err := e.recipients(c)
	if err != nil {
		return "", err
	}
	data, isXML := documentOf(c.Request.Child("Document"))
	inputs := c.Request.Child("OptionalInputs")
	format := inputs.Value("EncryptionType")
	if format == "" {
		format = formatCMS
		if isXML {
			format = formatXML
		}
	}
	if format == formatXML {
		return e.encryptXML(c, data, isXML, to)
	}
	if format == formatSMIME && !bytes.Contains(data, []byte(":")) {
		return "", NewFault(4110)
	}
	sealed, err := sealCMS(data, to, unprotected(inputs))
	if err != nil {
		return "", err
	}
	if format == formatSMIME {
		sealed = smime(sealed)
	}
	return Elem("CRYPT:EncryptDocumentResponse", StatusOK(), documentXML(sealed, "application/pkcs7-mime", false)), nil
}

// encryptXML encrypts the elements that the request names, or the root.
func (e *encryption) encryptXML(c *Call, data []byte, isXML bool, to []*certs.Certificate) (string, error) {
	if !isXML {
		return "", NewFault(4110)
	}
	type part struct {
		path    string
		content bool
	}
	var parts []part
	if inputs := c.Request.Child("OptionalInputs"); inputs != nil {
		for _, child := range inputs.Children {
			if child.Local == "Element" {
				parts = append(parts, part{strings.TrimSpace(child.Text), child.Attr("Type") == xencContent})
			}
		}
	}
	if len(parts) == 0 {
		parts = append(parts, part{})
	}
	for _, p := range parts {
		var err error
		if data, err = sealXML(data, p.path, p.content, to); err != nil {
			return "", err
		}
	}
	return Elem("CRYPT:EncryptDocumentResponse", StatusOK(), documentXML(data, "", true)), nil
}

// unprotected is the DER of the attributes that a request wants to stay
// readable.
func unprotected(inputs *Element) [][]byte {
	var all [][]byte
	var walk func(*Element)
	walk = func(e *Element) {
		if e == nil {
			return
		}
		if e.Local == "CMSAttribute" {
			if der := bytesOf(e.Text); der != nil {
				all = append(all, der)
			}
		}
		for _, child := range e.Children {
			walk(child)
		}
	}
	walk(inputs.Child("UnprotectedProperties"))
	slices.SortFunc(all, bytes.Compare)
	return all
}

// smime wraps a CMS message (RFC 8551).
func smime(cms []byte) []byte {
	const head = "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=\"smime.p7m\"\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n"
	text := base64.StdEncoding.EncodeToString(cms)
	var b strings.Builder
	b.WriteString(head)
	for len(text) > 64 {
		b.WriteString(text[:64] + "\r\n")
		text = text[64:]
	}
	b.WriteString(text + "\r\n")
	return []byte(b.String())
}

// unwrapSMIME is the CMS message in a MIME part, or the bytes as they are.
func unwrapSMIME(data []byte) []byte {
	head, body, ok := bytes.Cut(data, []byte("\r\n\r\n"))
	if !ok || !bytes.Contains(bytes.ToLower(head), []byte("pkcs7-mime")) {
		return data
	}
	return bytesOf(string(body))
}

func (e *encryption) decrypt(c *Call) (string, error) {
	key := c.Request.Child("PrivateKeyOnCard")
	h := konnektor.CardHandle(key.Value("CardHandle"))
	card, release, err := c.unlockedHPC(h)
	if err != nil {
		return "", err
	}
	defer release()
	data, isXML := documentOf(c.Request.Child("Document"))
	err = error(NewFault(4106))
	algorithms := e.algorithms(c, key, &card)
	if key.Value("Crypt") == "" && hasECC(&card) && e.crypt {
		algorithms = []string{"RSA", "ECC"} // the document says which
	}
	for _, algorithm := range algorithms {
		id, idErr := c.Konnektor.CardIdentity(h, or(key.Value("KeyReference"), "C.ENC"), algorithm)
		if idErr != nil {
			return "", idErr
		}
		var clear []byte
		if isXML {
			clear, err = openXML(data, id.Certificate, id.Key)
		} else {
			clear, err = openCMS(unwrapSMIME(data), id.Certificate, id.Key)
		}
		var fault *Fault
		if errors.As(err, &fault) && fault.Code == 4106 {
			continue
		}
		if err != nil {
			return "", err
		}
		return Elem("CRYPT:DecryptDocumentResponse", StatusOK(), documentXML(clear, "", isXML)), nil
	}
	return "", err
}

// documentOf is the content of a CONN:Document or SIG:Document, and whether it
// came as XML; nil without one.
func documentOf(d *Element) (data []byte, isXML bool) {
	if d == nil {
		return nil, false
	}
	if x := d.Child("Base64XML"); x != nil {
		return bytesOf(x.Text), true
	}
	return bytesOf(d.Value("Base64Data")), false
}

// documentXML is the text of CONN:Document.
func documentXML(data []byte, mime string, isXML bool) string {
	text := base64.StdEncoding.EncodeToString(data)
	switch {
	case isXML:
		return Elem("CONN:Document", ElemText("CONN:Base64XML", text))
	case mime == "":
		return Elem("CONN:Document", ElemText("DSS:Base64Data", text))
	}
	return Elem("CONN:Document", elemAttr("DSS:Base64Data", "MimeType", mime, text))
}
