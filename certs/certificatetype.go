package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Type is a certificate type of the TI: the last number of its object
// identifier 1.2.276.0.76.4.n, which stands among the policies of a certificate
// and, in the trust list, among what a CA may issue.
type Type int

// The certificate types (gemSpec_OID 3.24). TypeTSLSIG is none in the sense of
// that document, but the policy that marks signers of trust lists.
const (
	TypeCHQES     Type = 66
	TypeCHSIG     Type = 67
	TypeCHENC     Type = 68
	TypeCHENCV    Type = 69
	TypeCHAUT     Type = 70
	TypeCHAUTN    Type = 71
	TypeHPQES     Type = 72
	TypeHPENC     Type = 74
	TypeHPAUT     Type = 75
	TypeHCIENC    Type = 76
	TypeHCIAUT    Type = 77
	TypeHCIOSIG   Type = 78
	TypeAKAUT     Type = 79 // the Konnektor's TLS identity
	TypeNKVPN     Type = 80
	TypeVPNKVPN   Type = 81
	TypeSMKTAUT   Type = 82 // the card terminal
	TypeSAKAUT    Type = 113
	TypeFDAUT     Type = 155
	TypeZDTLSS    Type = 157
	TypeVPNKSIS   Type = 165
	TypeFDTLSC    Type = 168
	TypeFDTLSS    Type = 169
	TypeCMTLSCS   Type = 175
	TypeTSLSIG    Type = 176
	TypeFDENC     Type = 202
	TypeFDSIG     Type = 203
	TypeCHAUTALT  Type = 212
	TypeSGDHSMAUT Type = 214
	TypeFDOSIG    Type = 283
	TypeZDSIG     Type = 287
	TypeHSKSIG    Type = 300
	TypeHSKENC    Type = 301
	TypeGEMVER    Type = 321
)

// Holder is what carries the certificates of a type.
type Holder string

// The holders.
const (
	HolderEGK     Holder = "eGK"
	HolderALVI    Holder = "al.vi" // insured person without a card
	HolderHBA     Holder = "HBA"
	HolderSMCB    Holder = "SMC-B"
	HolderGSMCK   Holder = "gSMC-K"
	HolderGSMCKT  Holder = "gSMC-KT"
	HolderVPN     Holder = "VPN-Zugangsdienst"
	HolderService Holder = "Dienst"
	HolderClient  Holder = "Clientmodul"
	HolderHSK     Holder = "HSK"
)

// certificateTypes are names, holders and profiles. The profiles are those of
// gemSpec_PKI 2.14.1, chapter 5, and of gematik's reference library for C.HSK
// and C.CH.AUT_ALT; a type without one is not checked.
var certificateTypes = map[Type]struct {
	name    string
	holder  Holder
	profile *profile
}{
	TypeCHQES:     {"C.CH.QES", HolderEGK, profileSign},
	TypeCHSIG:     {"C.CH.SIG", HolderALVI, profileSign},
	TypeCHENC:     {"C.CH.ENC", HolderEGK, profileEncrypt},
	TypeCHENCV:    {"C.CH.ENCV", HolderEGK, profileEncrypt},
	TypeCHAUT:     {"C.CH.AUT", HolderEGK, profileClientLax},
	TypeCHAUTN:    {"C.CH.AUTN", HolderEGK, profileClientLax},
	TypeHPQES:     {"C.HP.QES", HolderHBA, profileSign},
	TypeHPENC:     {"C.HP.ENC", HolderHBA, profileEncrypt},
	TypeHPAUT:     {"C.HP.AUT", HolderHBA, profileHPAUT},
	TypeHCIENC:    {"C.HCI.ENC", HolderSMCB, profileEncrypt},
	TypeHCIAUT:    {"C.HCI.AUT", HolderSMCB, profileClient},
	TypeHCIOSIG:   {"C.HCI.OSIG", HolderSMCB, profileSign},
	TypeAKAUT:     {"C.AK.AUT", HolderGSMCK, profileBoth},
	TypeNKVPN:     {"C.NK.VPN", HolderGSMCK, profileBoth},
	TypeVPNKVPN:   {"C.VPNK.VPN", HolderVPN, profileBoth},
	TypeSMKTAUT:   {"C.SMKT.AUT", HolderGSMCKT, profileServer},
	TypeSAKAUT:    {"C.SAK.AUT", HolderGSMCK, profileBoth},
	TypeFDAUT:     {"C.FD.AUT", HolderService, nil},
	TypeZDTLSS:    {"C.ZD.TLS-S", HolderService, profileServer},
	TypeVPNKSIS:   {"C.VPNK.VPN-SIS", HolderVPN, profileBoth},
	TypeFDTLSC:    {"C.FD.TLS-C", HolderService, profileClient},
	TypeFDTLSS:    {"C.FD.TLS-S", HolderService, profileServer},
	TypeCMTLSCS:   {"C.CM.TLS-CS", HolderClient, profileBoth},
	TypeTSLSIG:    {"C.TSL.SIG", HolderService, profileTSL},
	TypeFDENC:     {"C.FD.ENC", HolderService, nil},
	TypeFDSIG:     {"C.FD.SIG", HolderService, nil},
	TypeCHAUTALT:  {"C.CH.AUT_ALT", HolderALVI, profileClient},
	TypeSGDHSMAUT: {"C.SGD-HSM.AUT", HolderService, profileDigital},
	TypeFDOSIG:    {"C.FD.OSIG", HolderService, profileSign},
	TypeZDSIG:     {"C.ZD.SIG", HolderService, nil},
	TypeHSKSIG:    {"C.HSK.SIG", HolderHSK, profileHSKSIG},
	TypeHSKENC:    {"C.HSK.ENC", HolderHSK, profileHSKENC},
	TypeGEMVER:    {"C.GEM.VER", HolderService, nil},
}

// String is the name, such as "C.AK.AUT", or the object identifier of a type
// that is not known.
func (t Type) String() string {
	if info, known := certificateTypes[t]; known {
		return info.name
	}
	return "1.2.276.0.76.4." + strconv.Itoa(int(t))
}

// MarshalText is the name.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes; anything else is an error.
func (t *Type) UnmarshalText(text []byte) error {
	if known, ok := TypeByName(string(text)); ok {
		*t = known
		return nil
	}
	number, found := strings.CutPrefix(string(text), "1.2.276.0.76.4.")
	n, err := strconv.ParseUint(number, 10, 31)
	if !found || err != nil {
		return fmt.Errorf("certs: no certificate type: %q", text)
	}
	*t = Type(n)
	return nil
}

// Holder is what carries certificates of the type, or empty.
func (t Type) Holder() Holder { return certificateTypes[t].holder }

// OID is the object identifier.
func (t Type) OID() asn1.ObjectIdentifier { return tiOID(int(t)) }

// TypeByOID is the type with an object identifier; it reports false for what is
// no type that this package knows.
func TypeByOID(oid asn1.ObjectIdentifier) (Type, bool) {
	n, ok := tiNumber(oid)
	_, known := certificateTypes[Type(n)]
	return Type(n), ok && known
}

// TypeByName is the type with a name such as "C.AK.AUT".
func TypeByName(name string) (Type, bool) {
	for t, info := range certificateTypes {
		if info.name == name {
			return t, true
		}
	}
	return 0, false
}

// ti is the arc of the TI, under which its types and roles have their numbers.
var ti = asn1.ObjectIdentifier{1, 2, 276, 0, 76, 4}

func tiOID(n int) asn1.ObjectIdentifier { return append(slices.Clone(ti), n) }

func tiNumber(oid asn1.ObjectIdentifier) (int, bool) {
	if len(oid) != len(ti)+1 || !oid[:len(ti)].Equal(ti) {
		return 0, false
	}
	return oid[len(ti)], true
}

// Types lists the certificate types that the policies name, in their order. Most
// certificates of cards have one; CAs and OCSP signers have none.
func (c *Certificate) Types() []Type {
	var types []Type
	for _, oid := range c.PolicyIdentifiers {
		if t, known := TypeByOID(oid); known {
			types = append(types, t)
		}
	}
	return types
}

// HasType reports whether the certificate is of a type.
func (c *Certificate) HasType(t Type) bool { return slices.Contains(c.Types(), t) }

// Holder is what carries the certificate by its first type, or empty.
func (c *Certificate) Holder() Holder {
	if types := c.Types(); len(types) > 0 {
		return types[0].Holder()
	}
	return ""
}

// IsOCSPSigner reports whether the certificate is for signing OCSP answers.
func (c *Certificate) IsOCSPSigner() bool {
	return !c.IsCA && slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning)
}

// IsTSLSigner reports whether the certificate is for signing trust lists: it has
// the policy and the extended key usage for it.
func (c *Certificate) IsTSLSigner() bool {
	return !c.IsCA && c.HasType(TypeTSLSIG) && slices.ContainsFunc(c.UnknownExtKeyUsage, oidTSLSigning.Equal)
}

// The kinds of certificates that are not the name of a type.
const (
	KindRoot  = "root CA"
	KindCA    = "CA"
	KindOther = "other"
)

// Kind says in a word what the certificate is: the name of its type, "root CA",
// "CA", "C.GEM.OCSP", or "other".
func (c *Certificate) Kind() string {
	switch {
	case c.IsCA && c.selfIssued():
		return KindRoot
	case c.IsCA:
		return KindCA
	case c.IsOCSPSigner():
		return "C.GEM.OCSP"
	}
	if types := c.Types(); len(types) > 0 {
		return types[0].String()
	}
	return KindOther
}
