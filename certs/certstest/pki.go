package certstest

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// Options say what PKI to make; the zero value is a good one.
type Options struct {
	// Name is the first word of all names. RSA keys are the same in every PKI
	// of a name. Empty means "LK".
	Name string
	// At is the time at which everything is valid. The zero time means
	// [DefaultTime].
	At time.Time
	// WithoutRSA leaves out what has RSA keys, which take a second or two the
	// first time in a process.
	WithoutRSA bool
	// OCSP is the address that certificates name as the OCSP responder. Empty
	// means one that does not exist.
	OCSP string
}

// DefaultTime is when everything is valid unless Options say otherwise.
var DefaultTime = time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)

// CAKind is what a CA issues certificates for.
type CAKind string

// The kinds of CA.
const (
	KompCA CAKind = "KOMP-CA" // components: gSMC-K, gSMC-KT
	VPNKCA CAKind = "VPNK-CA" // VPN concentrators
	SMCBCA CAKind = "SMCB-CA"
	HBACA  CAKind = "HBA-CA"
	EGKCA  CAKind = "EGK-CA"
)

// PKI is a TI of its own. It does not change after it has been made, apart from
// what it issues, and is safe for concurrent use.
type PKI struct {
	at    time.Time
	name  string
	ocsp  string
	roots []*Root
	cas   map[caID]*CA
	tsl   []*CA
}

type caID struct {
	kind CAKind
	key  certs.KeyType
}

// New makes a PKI with default options, or fails the test.
func New(t testing.TB) *PKI {
	t.Helper()
	p, err := Make(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Make makes a PKI: roots 1 (RSA), 2 (brainpoolP256r1), 3 (P-256) and 4
// (brainpoolP256r1), the CAs of all kinds, and a TSL CA under root 2 and under
// root 4.
func Make(o Options) (*PKI, error) {
	p := &PKI{at: o.At, name: o.Name, ocsp: o.OCSP, cas: map[caID]*CA{}}
	if p.name == "" {
		p.name = "LK"
	}
	if p.at.IsZero() {
		p.at = DefaultTime
	}
	p.at = p.at.UTC().Truncate(time.Second)
	if p.ocsp == "" {
		p.ocsp = "http://ocsp.lk.invalid/ocsp"
	}
	if err := p.makeRoots(o.WithoutRSA); err != nil {
		return nil, fmt.Errorf("certstest: %w", err)
	}
	if err := p.makeCAs(o.WithoutRSA); err != nil {
		return nil, fmt.Errorf("certstest: %w", err)
	}
	return p, nil
}

// At is the time at which everything is valid.
func (p *PKI) At() time.Time { return p.at }

// Identity is a certificate with its key.
type Identity struct {
	// DER is the certificate as it was made.
	DER []byte
	// Certificate is DER when [certs.Parse] accepts it, and nil otherwise.
	Certificate *certs.Certificate
	Key         crypto.Signer
	// Issuer is nil for roots.
	Issuer *CA
}

// CertificatePEM is the certificate as PEM.
func (i *Identity) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.DER})
}

// KeyPEM is the unencrypted key as PEM.
func (i *Identity) KeyPEM() ([]byte, error) {
	der, err := MarshalPrivateKey(i.Key)
	if err != nil {
		return nil, fmt.Errorf("certstest: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// CA is an identity that issues certificates.
type CA struct {
	Identity
	// OCSP is the responder that its certificates name.
	OCSP string
}

// Issue makes a certificate for a key. It fails for keys of kinds that it does
// not know and for names that cannot be encoded.
func (ca *CA) Issue(t Template, key crypto.Signer, changes ...Change) (*Identity, error) {
	if t.OCSP == "" {
		t.OCSP = ca.OCSP
	}
	for _, change := range changes {
		change(&t)
	}
	by := issuer{name: ca.Certificate.RawSubject, keyID: ca.Certificate.SubjectKeyId, key: ca.Key}
	der, err := create(&t, key.Public(), by)
	if err != nil {
		return nil, fmt.Errorf("certstest: issue %s: %w", t.Subject.CommonName, err)
	}
	cert, _ := certs.Parse(der)
	return &Identity{DER: der, Certificate: cert, Key: key, Issuer: ca}, nil
}

// SelfSigned makes a certificate that its own key has signed: a root, or what a
// Konnektor makes for itself.
func SelfSigned(t Template, key crypto.Signer, changes ...Change) (*Identity, error) {
	for _, change := range changes {
		change(&t)
	}
	name, err := t.subject()
	if err != nil {
		return nil, fmt.Errorf("certstest: self-signed: %w", err)
	}
	der, err := create(&t, key.Public(), issuer{name: name, key: key})
	if err != nil {
		return nil, fmt.Errorf("certstest: self-signed: %w", err)
	}
	cert, _ := certs.Parse(der)
	return &Identity{DER: der, Certificate: cert, Key: key}, nil
}

// Root is a root CA with its cross certificates.
type Root struct {
	CA
	Number int
	// Next is the following root as this one certifies it, Previous the one
	// before; nil at the ends.
	Next, Previous *Identity
}

var rootKeys = []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1, certs.KeyP256, certs.KeyBrainpoolP256r1}

// Roots lists the roots in their order.
func (p *PKI) Roots() []*Root { return p.roots }

// Root is a root by its number, from 1, or nil.
func (p *PKI) Root(number int) *Root {
	for _, r := range p.roots {
		if r.Number == number {
			return r
		}
	}
	return nil
}

func (p *PKI) makeRoots(withoutRSA bool) error {
	for i, kind := range rootKeys {
		if withoutRSA && kind.RSA() {
			continue
		}
		t := p.caTemplate(fmt.Sprintf("RCA%d", i+1), "Zentrale Root-CA der Telematikinfrastruktur")
		// Roots begin a year apart, as new ones join the old.
		t.NotBefore, t.NotAfter, t.PathLen = p.at.AddDate(i-5, 0, 0), p.at.AddDate(i+5, 0, 0), -1
		key, err := namedKey(kind, t.Subject.CommonName)
		if err != nil {
			return err
		}
		id, err := SelfSigned(t, key)
		if err != nil {
			return err
		}
		p.roots = append(p.roots, &Root{CA: CA{*id, p.ocsp}, Number: i + 1})
	}
	return p.crossCertify()
}

func (p *PKI) crossCertify() (err error) {
	for i, r := range p.roots {
		if i+1 < len(p.roots) {
			if r.Next, err = p.cross(r, p.roots[i+1]); err != nil {
				return err
			}
		}
		if i > 0 {
			if r.Previous, err = p.cross(r, p.roots[i-1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// cross is what one root certifies of another: valid as long as both are.
func (p *PKI) cross(by, of *Root) (*Identity, error) {
	t := p.caTemplate("", "")
	t.RawSubject, t.PathLen = of.Certificate.RawSubject, -1
	t.NotBefore, t.NotAfter = by.Certificate.NotBefore, of.Certificate.NotAfter
	if of.Certificate.NotBefore.After(t.NotBefore) {
		t.NotBefore = of.Certificate.NotBefore
	}
	if by.Certificate.NotAfter.Before(t.NotAfter) {
		t.NotAfter = by.Certificate.NotAfter
	}
	return by.Issue(t, of.Key)
}

// CrossCertificates lists all cross certificates.
func (p *PKI) CrossCertificates() []*certs.Certificate {
	var all []*certs.Certificate
	for _, r := range p.roots {
		for _, cross := range []*Identity{r.Previous, r.Next} {
			if cross != nil {
				all = append(all, cross.Certificate)
			}
		}
	}
	return all
}

// rootEntry is one root in roots.json.
type rootEntry struct {
	Name string `json:"name"`
	CN   string `json:"cn"`
	SKI  string `json:"ski"`
	From string `json:"nvb"`
	To   string `json:"nva"`
	Cert string `json:"cert"`
	Prev string `json:"prev"`
	Next string `json:"next"`
}

// RootsJSON is the roots and cross certificates in the form of roots.json.
func (p *PKI) RootsJSON() ([]byte, error) {
	const layout = "2006-01-02T15:04:05"
	encode := func(i *Identity) string {
		if i == nil {
			return ""
		}
		return base64.StdEncoding.EncodeToString(i.DER)
	}
	var all []rootEntry
	for _, r := range p.roots {
		c := r.Certificate
		name, _, _ := strings.Cut(c.Subject.CommonName, " ")
		all = append(all, rootEntry{
			Name: name[strings.LastIndex(name, ".")+1:], CN: c.Subject.CommonName, SKI: hex.EncodeToString(c.SubjectKeyId),
			From: c.NotBefore.Format(layout), To: c.NotAfter.Format(layout),
			Cert: encode(&r.Identity), Prev: encode(r.Previous), Next: encode(r.Next),
		})
	}
	return json.MarshalIndent(all, "", "  ")
}

// caTemplate is what CAs share: eight years, of which one has passed.
func (p *PKI) caTemplate(name, unit string) Template {
	return Template{
		Subject: pkix.Name{
			Country: []string{"DE"}, Organization: []string{p.name + " GmbH NOT-VALID"}, OrganizationalUnit: []string{unit},
			CommonName: p.name + "." + name + " TEST-ONLY",
		},
		NotBefore: p.at.AddDate(-1, 0, 0), NotAfter: p.at.AddDate(7, 0, 0),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		Policies: []asn1.ObjectIdentifier{OIDPolicy},
		CA:       true,
	}
}

// branches say which CAs there are, and under which root.
var branches = []struct {
	kind CAKind
	unit string
	keys []certs.KeyType
}{
	{KompCA, "Komponenten-CA der Telematikinfrastruktur", []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1, certs.KeyP256}},
	{VPNKCA, "VPN-Zugangsdienst-CA der Telematikinfrastruktur", []certs.KeyType{certs.KeyBrainpoolP256r1}},
	{SMCBCA, "Institution des Gesundheitswesens-CA der Telematikinfrastruktur", []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1}},
	{HBACA, "Heilberufsausweis-CA der Telematikinfrastruktur", []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1}},
	{EGKCA, "Elektronische Gesundheitskarte-CA der Telematikinfrastruktur", []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1}},
}

// rootOf is the number of the root above the CAs with a kind of key.
var rootOf = map[certs.KeyType]int{certs.KeyRSA2048: 1, certs.KeyBrainpoolP256r1: 2, certs.KeyP256: 3}

// tslRoots are the roots above the TSL CAs of both generations.
var tslRoots = []int{2, 4}

func (p *PKI) makeCAs(withoutRSA bool) error {
	for _, branch := range branches {
		for i, kind := range branch.keys {
			if withoutRSA && kind.RSA() {
				continue
			}
			ca, err := p.makeCA(fmt.Sprintf("%s%d", branch.kind, i+1), branch.unit, kind, p.Root(rootOf[kind]))
			if err != nil {
				return err
			}
			p.cas[caID{branch.kind, kind}] = ca
		}
	}
	for i, root := range tslRoots {
		name := fmt.Sprintf("TSL-CA%d", i+1)
		ca, err := p.makeCA(name, "TSL-Signer-CA der Telematikinfrastruktur", certs.KeyBrainpoolP256r1, p.Root(root))
		if err != nil {
			return err
		}
		p.tsl = append(p.tsl, ca)
	}
	return nil
}

func (p *PKI) makeCA(name, unit string, kind certs.KeyType, root *Root) (*CA, error) {
	t := p.caTemplate(name, unit)
	key, err := namedKey(kind, t.Subject.CommonName)
	if err != nil {
		return nil, err
	}
	id, err := root.Issue(t, key)
	if err != nil {
		return nil, err
	}
	return &CA{*id, p.ocsp}, nil
}

// CA is the CA of a kind with a type of key, or nil when there is none: all
// kinds have brainpoolP256r1, all but VPNKCA have RSA, and KompCA has P-256.
func (p *PKI) CA(kind CAKind, key certs.KeyType) *CA { return p.cas[caID{kind, key}] }

// CAs lists all CAs but those for trust lists.
func (p *PKI) CAs() []*CA {
	var all []*CA
	for _, branch := range branches {
		for _, kind := range branch.keys {
			if ca := p.CA(branch.kind, kind); ca != nil {
				all = append(all, ca)
			}
		}
	}
	return all
}

// TSLCA is the trust anchor of a generation: 1 is under root 2, and 2 under
// root 4. It is nil for others; [PKI.NewTSLCA] makes more.
func (p *PKI) TSLCA(generation int) *CA {
	if generation < 1 || generation > len(p.tsl) {
		return nil
	}
	return p.tsl[generation-1]
}

// NewTSLCA makes a trust anchor of any later generation, or one that differs
// from the usual ones.
func (p *PKI) NewTSLCA(generation int, changes ...Change) (*CA, error) {
	t := p.caTemplate(fmt.Sprintf("TSL-CA%d", generation), "TSL-Signer-CA der Telematikinfrastruktur")
	key, err := GenerateKey(certs.KeyBrainpoolP256r1)
	if err != nil {
		return nil, err
	}
	id, err := p.Root(tslRoots[1]).Issue(t, key, changes...)
	if err != nil {
		return nil, err
	}
	if id.Certificate == nil {
		return nil, errors.New("certstest: make TSL CA: the changes leave no certificate to parse")
	}
	return &CA{*id, p.ocsp}, nil
}

// TSLSigner makes a signer of trust lists under a TSL CA (profile C.TSL.SIG),
// with a new key.
func (p *PKI) TSLSigner(ca *CA, changes ...Change) (*Identity, error) {
	key, err := GenerateKey(certs.KeyBrainpoolP256r1)
	if err != nil {
		return nil, err
	}
	return ca.Issue(Template{
		Subject: pkix.Name{
			Country: []string{"DE"}, Organization: []string{p.name + " GmbH NOT-VALID"},
			CommonName: p.name + " TSL Signing Unit TEST-ONLY",
		},
		NotBefore: p.at.AddDate(0, -6, 0), NotAfter: p.at.AddDate(3, 0, 0),
		KeyUsage: x509.KeyUsageContentCommitment,
		EKU:      []asn1.ObjectIdentifier{EKUTSL},
		Policies: []asn1.ObjectIdentifier{OIDPolicyTSL},
	}, key, changes...)
}
