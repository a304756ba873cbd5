package konnektortest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// certificateSpaces are the namespaces of the CertificateService.
var certificateSpaces = map[string]string{
	"CERT":    "http://ws.gematik.de/conn/CertificateService/v6.0",
	"CERTCMN": "http://ws.gematik.de/conn/CertificateServiceCommon/v2.0",
}

// CertificateService is the Zertifikatsdienst in the versions with these
// numbers; none means 6.0.0 and 6.0.1, which is what every Konnektor has at the
// start. Version 6.0.0 alone does not know the parameter Crypt: it gives RSA
// certificates, and answers 4000 to a request with it, as was seen on a
// Konnektor of PTV3.
//
// The cards have certificates of a small TI of their own, made at the first
// call; those of cards of object system 4.4.0 and later also on brainpoolP256r1.
func CertificateService(numbers ...string) Service {
	if len(numbers) == 0 {
		numbers = []string{"6.0.0", "6.0.1"}
	}
	s := Service{Name: "CertificateService", Schema: "conn/CertificateService_v6_0_2.xsd", Prefixes: certificateSpaces}
	d := &certificates{crypt: slices.Contains(numbers, "6.0.1")}
	if !d.crypt {
		s.Schema = "conn/CertificateService.xsd"
	}
	for _, number := range numbers {
		s.Versions = append(s.Versions, Version{
			Number: number, TargetNamespace: "http://ws.gematik.de/conn/CertificateService/WSDL/v6.0", Operations: d.operations(),
		})
	}
	return s
}

// certificates is the CertificateService of one Konnektor.
type certificates struct {
	crypt bool // the parameter Crypt is known
}

// operations follow CertificateService.xsd 6.0.1, which WSDL 6.0.0 has, and
// 6.0.2 of WSDL 6.0.1, which adds Crypt.
func (d *certificates) operations() []Operation {
	cert, common := certificateSpaces["CERT"], certificateSpaces["CERTCMN"]
	read := []Part{One(CardHandleShape), One(ContextShape), One(Sequence(cert, "CertRefList",
		Many(1, 100, Simple(cert, "CertRef", OneOf("C.AUT", "C.ENC", "C.SIG", "C.QES")))))}
	check := []Part{Maybe(CardHandleShape), One(ContextShape)}
	if d.crypt {
		crypt := Maybe(Simple(cert, "Crypt", OneOf("RSA", "ECC")))
		read, check = append(read, crypt), append(check, crypt)
	}
	verify := []Part{
		One(ContextShape), One(Simple(common, "X509Certificate", base64Binary)),
		Maybe(Simple(cert, "VerificationTime", dateTime)),
	}
	readable := append(slices.Clone(InCardStates), "EC_Secure_KeyStore_Not_Available")
	judgeable := append(slices.Clone(InModuleStates), "EC_Secure_KeyStore_Not_Available", "EC_FW_Not_Valid_Status_Blocked")
	op := func(name string, parts []Part, allowed []string, handle func(*Call) (string, error)) Operation {
		return Operation{
			Name: name, SOAPActions: []string{cert + "#" + name}, Request: Sequence(cert, name, parts...),
			AllowedIn: allowed, Handle: handle,
		}
	}
	return []Operation{
		op("ReadCardCertificate", read, readable, d.read),
		op("CheckCertificateExpiration", check, readable, d.check),
		op("VerifyCertificate", verify, judgeable, d.verify),
	}
}

// base64Binary is xs:base64Binary.
func base64Binary(v string) error {
	if _, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(v), "")); err != nil {
		return fmt.Errorf("value is no base64: %w", err)
	}
	return nil
}

// dateTime is xs:dateTime in the forms that programs write.
func dateTime(v string) error {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, strings.TrimSpace(v)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("value %q is not a dateTime", v)
}

// cardProfile is what certificates a type of card has: the reference and the
// number of the certificate type after 1.2.276.0.76.4.
type cardProfile struct {
	kind certstest.CardKind
	refs map[string]int
}

// profileOf says what is on a card, or false for cards that the operations do
// not take.
func profileOf(t konnektor.CardType) (cardProfile, bool) {
	switch t {
	case konnektor.CardSMCB, konnektor.CardHSMB:
		return cardProfile{certstest.SMCB, map[string]int{"C.AUT": 77, "C.ENC": 76, "C.SIG": 78}}, true
	case konnektor.CardHBA:
		return cardProfile{certstest.HBA, map[string]int{"C.AUT": 75, "C.ENC": 74, "C.QES": 72}}, true
	case konnektor.CardEGK:
		return cardProfile{certstest.EGK, map[string]int{"C.AUT": 70}}, true
	}
	return cardProfile{}, false
}

// algorithm is RSA or ECC: what the request says, RSA where it cannot say
// anything, and else either.
func (d *certificates) algorithm(c *Call) string {
	switch crypt := c.Request.Value("Crypt"); {
	case crypt != "":
		return crypt
	case d.crypt && c.Coin():
		return "ECC"
	}
	return "RSA"
}

// certificate is the certificate of a type on a card, or nil.
func certificate(card *certstest.Card, number int) *certstest.Identity {
	for _, id := range card.Identities {
		for _, t := range id.Certificate.Types() {
			if int(t) == number {
				return id
			}
		}
	}
	return nil
}

func (d *certificates) read(c *Call) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	if err := c.Access(Access{Card: h}); err != nil {
		return "", err
	}
	card, ok := c.Konnektor.Card(h)
	if !ok {
		return "", NewFault(4008)
	}
	profile, ok := profileOf(card.Type)
	if !ok {
		return "", NewFault(4209)
	}
	algorithm := d.algorithm(c)
	if algorithm == "ECC" && !hasECC(&card) {
		return "", NewFault(4258)
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	own, err := c.Konnektor.personal.card(profile.kind, string(card.ICCSN), string(card.Holder), algorithm)
	if err != nil {
		return "", err
	}
	var list string
	for _, ref := range c.Request.Child("CertRefList").Children {
		number, ok := profile.refs[ref.Text]
		if !ok {
			return "", NewFault(4149)
		}
		id := certificate(own, number)
		if id == nil {
			return "", NewFault(4147)
		}
		list += Elem("CERTCMN:X509DataInfo", ElemText("CERTCMN:CertRef", ref.Text), x509XML(id))
	}
	return Elem("CERT:ReadCardCertificateResponse", StatusOK(), Elem("CERTCMN:X509DataInfoList", list)), nil
}

// x509XML is the text of X509Data.
func x509XML(id *certstest.Identity) string {
	return Elem("CERTCMN:X509Data",
		Elem("CERTCMN:X509IssuerSerial",
			ElemText("CERTCMN:X509IssuerName", id.Certificate.Issuer.String()),
			ElemText("CERTCMN:X509SerialNumber", id.Certificate.SerialNumber.String())),
		ElemText("CERTCMN:X509SubjectName", id.Certificate.Subject.String()),
		ElemText("CERTCMN:X509Certificate", base64.StdEncoding.EncodeToString(id.DER)))
}

// hasECC says whether a card has keys on elliptic curves: object system 4.4.0
// and later (gemILF_PS).
func hasECC(c *Card) bool {
	if c.Version == nil {
		return false
	}
	var major, minor int
	_, err := fmt.Sscanf(c.Version.ObjectSystem, "%d.%d", &major, &minor)
	return err == nil && (major > 4 || major == 4 && minor >= 4)
}

// gsmck is the ICCSN of the Konnektor's own card, which its TLS certificate
// names.
const gsmck = "80276883110000000003"

func (d *certificates) check(c *Call) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	if err := c.Access(Access{Card: h}); err != nil {
		return "", err
	}
	algorithm := d.algorithm(c)
	if h != "" {
		card, ok := c.Konnektor.Card(h)
		if !ok {
			return "", NewFault(4008)
		}
		text, err := c.expiration(&card, algorithm)
		if err != nil {
			return "", err
		}
		return Elem("CERT:CheckCertificateExpirationResponse", StatusOK(), text), nil
	}
	own, err := c.Konnektor.personal.card(certstest.GSMCK, gsmck, "", algorithm)
	if err != nil {
		return "", err
	}
	list := expirationXML(&Card{ICCSN: gsmck}, certificate(own, 79))
	for _, card := range c.Konnektor.Cards() {
		if card.Type == konnektor.CardEGK || algorithm == "ECC" && !hasECC(&card) || c.Access(Access{Card: card.Handle, AnyWorkplace: true}) != nil {
			continue
		}
		if _, ok := profileOf(card.Type); !ok {
			continue
		}
		text, err := c.expiration(&card, algorithm)
		if err != nil {
			return "", err
		}
		list += text
	}
	return Elem("CERT:CheckCertificateExpirationResponse", StatusOK(), list), nil
}

// expiration is the entry of one card: its authentication certificate.
func (c *Call) expiration(card *Card, algorithm string) (string, error) {
	profile, ok := profileOf(card.Type)
	switch {
	case !ok:
		return "", NewFault(4209)
	case algorithm == "ECC" && !hasECC(card):
		return "", NewFault(4258)
	}
	own, err := c.Konnektor.personal.card(profile.kind, string(card.ICCSN), string(card.Holder), algorithm)
	if err != nil {
		return "", err
	}
	return expirationXML(card, certificate(own, profile.refs["C.AUT"])), nil
}

func expirationXML(card *Card, id *certstest.Identity) string {
	return Elem("CERT:CertificateExpiration",
		ElemText("CERT:CtID", string(card.Terminal)), ElemText("CONN:CardHandle", string(card.Handle)),
		ElemText("CERT:ICCSN", string(card.ICCSN)),
		ElemText("CERT:subject_commonName", id.Certificate.Subject.CommonName),
		ElemText("CERT:serialNumber", id.Certificate.SerialNumber.String()),
		ElemText("CERT:validity", id.Certificate.NotAfter.UTC().Format(time.DateOnly)))
}

// verify knows the certificates that were read, and finds others issued by
// nobody whom it trusts.
func (d *certificates) verify(c *Call) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	der := bytesOf(c.Request.Value("X509Certificate"))
	status, roles := Elem("CERT:VerificationResult", "VALID"), ""
	if id := c.Konnektor.personal.issued(der); id != nil {
		for _, role := range id.Certificate.Roles() {
			roles += ElemText("CERT:Role", fmt.Sprintf("1.2.276.0.76.4.%d", int(role)))
		}
	} else {
		status = Elem("CERT:VerificationResult", "INVALID") + (&Fault{Code: 1027}).gerror(c.Konnektor.ids)
	}
	if roles == "" { // the schema wants one
		roles = Elem("CERT:Role")
	}
	return Elem("CERT:VerifyCertificateResponse", StatusOK(),
		Elem("CERT:VerificationStatus", status), Elem("CERT:RoleList", roles)), nil
}
