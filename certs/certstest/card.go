package certstest

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// CardKind is what is on a card.
type CardKind string

// The kinds of cards. Their types of certificates are those that practices meet.
const (
	EGK    CardKind = "EGK"    // C.CH.AUT
	SMCB   CardKind = "SMC-B"  // C.HCI.AUT, C.HCI.ENC, C.HCI.OSIG
	HBA    CardKind = "HBA"    // C.HP.AUT, C.HP.ENC, C.HP.QES
	GSMCK  CardKind = "SMC-K"  // C.AK.AUT, C.NK.VPN, C.SAK.AUT
	GSMCKT CardKind = "SMC-KT" // C.SMKT.AUT
)

// CardOptions say what card to make. The zero value, with a kind, is a good
// card of generation 2.1.
type CardOptions struct {
	// Generation20 leaves all but the RSA certificates out.
	Generation20 bool
	// WithoutRSA leaves the RSA certificates out.
	WithoutRSA bool
	// ICCSN is made up when it is empty.
	ICCSN string
	// Name is the common name of the holder, where a certificate has one. It
	// is made up when it is empty.
	Name string
	// Role is the professionOID, as the number after 1.2.276.0.76.4. 0 means
	// a usual one of the kind.
	Role int
	// TelematikID is made up when it is empty; eGK, gSMC-K and gSMC-KT have
	// none.
	TelematikID string
	// KVNR is made up when it is empty; only the eGK has one.
	KVNR string
	// NotBefore is when the certificates begin. The zero time means 30 days
	// before the time of the PKI. They end five years later.
	NotBefore time.Time
	// Changes apply to every certificate of the card.
	Changes []Change
}

// Card is a card with its certificates.
type Card struct {
	Kind  CardKind
	ICCSN string
	// Identities are in the order of the types, RSA before brainpoolP256r1.
	Identities []*Identity

	pki     *PKI
	options CardOptions
	keys    int64 // which of the RSA keys
}

// rsaCards is after how many cards of a process RSA keys repeat, as making them
// takes long.
const rsaCards = 4

// cardType is a type of certificate on a card.
type cardType struct {
	typ          int // after 1.2.276.0.76.4
	rsa, ec      x509.KeyUsage
	eku          []asn1.ObjectIdentifier
	dns          string
	role         int // 0 means that of the card
	policy       asn1.ObjectIdentifier
	withoutCheck bool // names no OCSP responder
}

const (
	digital   = x509.KeyUsageDigitalSignature
	nonRep    = x509.KeyUsageContentCommitment
	encipher  = x509.KeyUsageKeyEncipherment
	data      = x509.KeyUsageDataEncipherment
	agreement = x509.KeyUsageKeyAgreement
)

// cards are the profiles of gemSpec_PKI 2.14.1, chapter 5.
var cards = map[CardKind]struct {
	ca    CAKind
	role  int
	types []cardType
}{
	EGK: {EGKCA, 49, []cardType{
		{typ: 70, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUClient}},
	}},
	SMCB: {SMCBCA, 50, []cardType{
		{typ: 77, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUClient}},
		{typ: 76, rsa: encipher | data, ec: agreement},
		{typ: 78, rsa: nonRep, ec: nonRep},
	}},
	HBA: {HBACA, 30, []cardType{
		{typ: 75, rsa: digital | encipher, ec: digital | agreement, eku: []asn1.ObjectIdentifier{EKUClient, EKUMail}, policy: OIDPolicyHBA},
		{typ: 74, rsa: encipher | data, ec: agreement, policy: OIDPolicyHBA},
		{typ: 72, rsa: nonRep, ec: nonRep},
	}},
	GSMCK: {KompCA, 103, []cardType{
		{typ: 79, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUClient, EKUServer}, dns: "konnektor.konlan"},
		{typ: 80, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUClient, EKUServer}, role: 104},
		{typ: 113, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUClient, EKUServer}, role: 119},
	}},
	GSMCKT: {KompCA, 105, []cardType{
		{typ: 82, rsa: digital | encipher, ec: digital, eku: []asn1.ObjectIdentifier{EKUServer}, withoutCheck: true},
	}},
}

// roleItems are texts of professions.
var roleItems = map[int]string{
	30: "Ärztin/Arzt", 31: "Zahnärztin/Zahnarzt", 32: "Apotheker/-in", 49: "Versicherte/-r", 50: "Betriebsstätte Arzt",
	51: "Zahnarztpraxis", 53: "Krankenhaus", 54: "Öffentliche Apotheke", 103: "Anwendungskonnektor",
	104: "Netzkonnektor", 105: "Kartenterminal", 119: "Signaturanwendungskomponente",
}

// number counts the cards of a process, so that no two are the same.
var number atomic.Int64

// Card makes a card.
func (p *PKI) Card(kind CardKind, o CardOptions) (*Card, error) {
	shape, known := cards[kind]
	if !known {
		return nil, fmt.Errorf("certstest: make card: unknown kind %q", kind)
	}
	n := number.Add(1)
	if o.ICCSN == "" {
		o.ICCSN = fmt.Sprintf("8027688311%010d", n)
	}
	o = p.complete(kind, o, n, shape.role)
	c := &Card{Kind: kind, ICCSN: o.ICCSN, pki: p, options: o, keys: n % rsaCards}
	for _, typ := range shape.types {
		for _, key := range []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1} {
			if key.RSA() && o.WithoutRSA || !key.RSA() && o.Generation20 {
				continue
			}
			id, err := c.issue(p.CA(shape.ca, key), key, typ)
			if err != nil {
				return nil, err
			}
			c.Identities = append(c.Identities, id)
		}
	}
	return c, nil
}

// complete fills in what the options leave open.
func (p *PKI) complete(kind CardKind, o CardOptions, n int64, role int) CardOptions {
	if o.NotBefore.IsZero() {
		o.NotBefore = p.at.AddDate(0, 0, -30)
	}
	if o.Role == 0 {
		o.Role = role
	}
	if o.Name == "" {
		o.Name = map[CardKind]string{EGK: "Erna Beispiel", SMCB: "Praxis Muster", HBA: "Dr. Max Muster"}[kind]
	}
	if o.TelematikID == "" && (kind == SMCB || kind == HBA) {
		o.TelematikID = fmt.Sprintf("1-%s-Testkarte-%s", kind, o.ICCSN[5:])
	}
	if o.KVNR == "" && kind == EGK {
		o.KVNR = fmt.Sprintf("X%09d", 110000000+n)
	}
	return o
}

func (c *Card) issue(ca *CA, kind certs.KeyType, typ cardType, changes ...Change) (*Identity, error) {
	if ca == nil {
		return nil, fmt.Errorf("certstest: make card %s: the PKI has no CA with %s", c.Kind, kind)
	}
	key, err := namedKey(kind, fmt.Sprintf("%s %s %d %d", c.pki.name, c.Kind, typ.typ, c.keys))
	if err != nil {
		return nil, fmt.Errorf("certstest: make card %s: %w", c.Kind, err)
	}
	return c.issueFor(ca, key, typ, changes...)
}

func (c *Card) issueFor(ca *CA, key crypto.Signer, typ cardType, changes ...Change) (*Identity, error) {
	t := c.template(typ)
	t.KeyUsage = typ.ec
	if certs.KeyTypeOf(key.Public()).RSA() {
		t.KeyUsage = typ.rsa
	}
	all := slices.Clone(c.options.Changes)
	if typ.withoutCheck {
		all = append([]Change{NoOCSP()}, all...)
	}
	return ca.Issue(t, key, append(all, changes...)...)
}

func (c *Card) template(typ cardType) Template {
	o := c.options
	t := Template{
		Subject:   c.subject(),
		NotBefore: o.NotBefore, NotAfter: o.NotBefore.AddDate(5, 0, 0).Add(-time.Second),
		EKU:      typ.eku,
		Policies: []asn1.ObjectIdentifier{OIDPolicy, TI(typ.typ)},
	}
	if typ.policy != nil {
		t.Policies[0] = typ.policy
	}
	if typ.dns != "" {
		t.DNSNames = []string{typ.dns}
	}
	role := typ.role
	if role == 0 {
		role = o.Role
	}
	t.Admission = &Admission{Items: []string{roleItems[role]}, OIDs: []asn1.ObjectIdentifier{TI(role)}, RegistrationNumber: o.TelematikID}
	if roleItems[role] == "" {
		t.Admission.Items = []string{"TEST-ONLY"}
	}
	return t
}

// subject is where the kinds of cards have what identifies them.
func (c *Card) subject() pkix.Name {
	o := c.options
	switch c.Kind {
	case EGK:
		return pkix.Name{
			Country: []string{"DE"}, Organization: []string{"Musterkasse NOT-VALID"},
			OrganizationalUnit: []string{o.KVNR, "999567890"}, CommonName: o.Name + " TEST-ONLY",
		}
	case GSMCK:
		return pkix.Name{
			Country: []string{"DE"}, Organization: []string{"Konnektorbau NOT-VALID"},
			CommonName: o.ICCSN + "-" + o.NotBefore.Format("20060102"),
		}
	case GSMCKT:
		return pkix.Name{Country: []string{"DE"}, Organization: []string{"Terminalbau NOT-VALID"}, CommonName: o.ICCSN}
	}
	return pkix.Name{
		Country: []string{"DE"}, Organization: []string{"123456789 NOT-VALID"},
		SerialNumber: "10." + o.ICCSN, CommonName: o.Name + " TEST-ONLY",
	}
}

// Get is the identity of a type and kind of key, or nil.
func (c *Card) Get(typ certs.Type, key certs.KeyType) *Identity {
	for _, id := range c.Identities {
		if id.Certificate != nil && id.Certificate.HasType(typ) && id.Certificate.KeyType() == key {
			return id
		}
	}
	return nil
}

// Certificates lists the certificates of the card that can be parsed.
func (c *Card) Certificates() []*certs.Certificate {
	var all []*certs.Certificate
	for _, id := range c.Identities {
		if id.Certificate != nil {
			all = append(all, id.Certificate)
		}
	}
	return all
}

// Renew makes the card again with later certificates for the same keys and
// ICCSN, as a Konnektor downloads them for its gSMC-K. Changes apply to every
// certificate.
func (c *Card) Renew(notBefore, notAfter time.Time, changes ...Change) (*Card, error) {
	renewed := &Card{Kind: c.Kind, ICCSN: c.ICCSN, pki: c.pki, options: c.options}
	changes = append([]Change{Valid(notBefore, notAfter)}, changes...)
	for _, old := range c.Identities {
		for _, typ := range cards[c.Kind].types {
			if old.Certificate == nil || !old.Certificate.HasType(certs.Type(typ.typ)) {
				continue
			}
			id, err := renewed.issueFor(old.Issuer, old.Key, typ, changes...)
			if err != nil {
				return nil, err
			}
			renewed.Identities = append(renewed.Identities, id)
		}
	}
	return renewed, nil
}
