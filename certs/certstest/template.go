package certstest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// Object identifiers of certificates of the TI.
var (
	// OIDPolicy is oid_policy_gem_or_cp.
	OIDPolicy = TI(163)
	// OIDPolicyHBA is the policy of HBA and SMC-B (oid_policy_hba_cp).
	OIDPolicyHBA = TI(145)
	// OIDPolicyTSL marks signers of trust lists.
	OIDPolicyTSL = TI(176)

	// EKUServer is serverAuth.
	EKUServer = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}
	// EKUClient is clientAuth.
	EKUClient = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	// EKUMail is emailProtection.
	EKUMail = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}
	// EKUOCSP is OCSPSigning.
	EKUOCSP = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}
	// EKUTSL is id-tsl-kp-tslSigning.
	EKUTSL = asn1.ObjectIdentifier{0, 4, 0, 2231, 3, 0}
)

// TI is the object identifier 1.2.276.0.76.4.n.
func TI(n int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 276, 0, 76, 4, n}
}

// Template is what a certificate says. Zero fields are left out of it, apart
// from those that say otherwise.
type Template struct {
	// Serial is a random number of 63 bits when it is nil.
	Serial  *big.Int
	Subject pkix.Name
	// RawSubject is a name in DER that goes before Subject.
	RawSubject          []byte
	NotBefore, NotAfter time.Time

	KeyUsage x509.KeyUsage
	EKU      []asn1.ObjectIdentifier
	Policies []asn1.ObjectIdentifier
	// CA writes the BasicConstraints of a CA, with PathLen unless it is
	// negative.
	CA      bool
	PathLen int
	// OCSP is the address of the OCSP responder.
	OCSP     string
	DNSNames []string
	// Admission is left out when it is nil.
	Admission *Admission
	// Extra are further extensions, as they are.
	Extra []pkix.Extension

	// AuthorityKeyID is that of the issuer when it is nil, and left out when
	// it is empty.
	AuthorityKeyID []byte
	// NoSubjectKeyID leaves the key identifier out.
	NoSubjectKeyID bool

	damage damage
}

// Admission is the extension with the professions of the holder.
type Admission struct {
	Items              []string // texts
	OIDs               []asn1.ObjectIdentifier
	RegistrationNumber string // the Telematik-ID
}

// damage is what is wrong with a certificate beyond what it says.
type damage struct {
	signature     bool
	explicitCurve bool
	offCurve      bool
	trailing      []byte
}

// Change alters a template before the certificate is made.
type Change func(*Template)

// Valid sets the validity.
func Valid(from, to time.Time) Change {
	return func(t *Template) { t.NotBefore, t.NotAfter = from, to }
}

// Expired ends the validity an hour before the time.
func Expired(at time.Time) Change {
	return Valid(at.AddDate(-5, 0, 0), at.Add(-time.Hour))
}

// NotYetValid begins the validity an hour after the time.
func NotYetValid(at time.Time) Change {
	return Valid(at.Add(time.Hour), at.AddDate(5, 0, 0))
}

// Serial sets the serial number.
func Serial(n int64) Change {
	return func(t *Template) { t.Serial = big.NewInt(n) }
}

// KeyUsage sets the key usage; 0 leaves the extension out.
func KeyUsage(u x509.KeyUsage) Change {
	return func(t *Template) { t.KeyUsage = u }
}

// ExtKeyUsage sets the extended key usage; none leaves the extension out.
func ExtKeyUsage(oids ...asn1.ObjectIdentifier) Change {
	return func(t *Template) { t.EKU = oids }
}

// Policies sets the certificate policies, certificate types among them; none
// leaves the extension out.
func Policies(oids ...asn1.ObjectIdentifier) Change {
	return func(t *Template) { t.Policies = oids }
}

// CommonName sets the common name of the subject.
func CommonName(name string) Change {
	return func(t *Template) { t.RawSubject, t.Subject.CommonName = nil, name }
}

// NoOCSP names no OCSP responder.
func NoOCSP() Change {
	return func(t *Template) { t.OCSP = "" }
}

// WrongAuthorityKey names an issuer's key that does not exist.
func WrongAuthorityKey() Change {
	return func(t *Template) { t.AuthorityKeyID = []byte("\x00no key of any issuer") }
}

// NoAuthorityKey leaves the issuer's key identifier out.
func NoAuthorityKey() Change {
	return func(t *Template) { t.AuthorityKeyID = []byte{} }
}

// BadSignature spoils the signature, in its last bit.
func BadSignature() Change {
	return func(t *Template) { t.damage.signature = true }
}

// ExplicitCurve spells the parameters of the key's curve out instead of naming
// the curve. It has no effect on RSA keys.
func ExplicitCurve() Change {
	return func(t *Template) { t.damage.explicitCurve = true }
}

// PointOffCurve moves the public point off its curve. It has no effect on RSA
// keys.
func PointOffCurve() Change {
	return func(t *Template) { t.damage.offCurve = true }
}

// TrailingBytes appends bytes to the certificate.
func TrailingBytes(b ...byte) Change {
	return func(t *Template) { t.damage.trailing = b }
}
