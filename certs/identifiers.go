package certs

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// TelematikID identifies a physician, a practice or another participant of the
// TI (gemSpec_PKI 2.14.1, 4.7). Compare it byte by byte. It may be another one
// on the next card of the same holder.
type TelematikID string

// maxTelematikID is in characters (GS-A_4587).
const maxTelematikID = 128

// Valid reports whether the text has the form of a Telematik-ID: one or two
// digits, a hyphen, and the issuer's part, at most 128 characters.
func (id TelematikID) Valid() bool {
	prefix, rest, found := strings.Cut(string(id), "-")
	return found && rest != "" && len(id) <= maxTelematikID && (len(prefix) == 1 || len(prefix) == 2) && digits(prefix)
}

// sectors are the prefixes of Tab_PKI_101 (GS-A_4710-02), with their names there.
var sectors = map[string]string{
	"1": "Ärzteschaft", "2": "Zahnärzteschaft", "3": "Apothekerschaft", "4": "Psychotherapeutenschaft",
	"5": "Krankenhaus und Vorsorge- und Rehaeinrichtungen", "7": "KTR-AdV", "8": "Kostenträger",
	"9": "Weitere Organisationen des Gesundheitswesens", "10": "Weitere Leistungserbringer des Gesundheitswesens",
	"11": "Gesundheitshandwerke",
}

// Sector is the part of the health system that the prefix stands for, in
// German, or empty. It tells who gave the number out, not what the holder does:
// practices of psychotherapists may have theirs from a Kassenärztliche
// Vereinigung.
func (id TelematikID) Sector() string {
	prefix, _, _ := strings.Cut(string(id), "-")
	return sectors[prefix]
}

// TelematikID is the first registration number of the Admission, or empty: in
// certificates of the eGK and of components, and where there is no Admission
// that can be read.
func (c *Certificate) TelematikID() TelematikID {
	professions, err := c.Admission()
	if err != nil {
		return ""
	}
	for _, p := range professions {
		if p.RegistrationNumber != "" {
			return TelematikID(p.RegistrationNumber)
		}
	}
	return ""
}

// ICCSN is the serial number of a card: 20 digits, of which the first five are
// 80276 (CardServiceCommon v2.0, IccsnType).
type ICCSN string

// Valid reports whether the text has the form of an ICCSN.
func (n ICCSN) Valid() bool {
	return len(n) == 20 && strings.HasPrefix(string(n), "80") && digits(string(n))
}

func digits(s string) bool {
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// ICCSN is the serial number of the card as far as the certificate tells it, or
// empty.
//
// Certificates of gSMC-K and gSMC-KT have it in the common name, those of the
// gSMC-K followed by the date of issue (Tab_PKI_241 to 244). In those of HBA and
// SMC-B the serialNumber of the subject may be <TSP-ID>.<ICCSN>, but issuers are
// free to write another number of the same length (gemSpec_PKI 2.14.1, 5.2.1.3),
// so that theirs is a good guess and no proof. The eGK's do not have it.
func (c *Certificate) ICCSN() ICCSN {
	if n, _, _ := strings.Cut(c.Subject.CommonName, "-"); ICCSN(n).Valid() {
		return ICCSN(n)
	}
	serial := c.Subject.SerialNumber
	if at := strings.IndexByte(serial, '.'); at >= 0 {
		serial = serial[at+1:]
	}
	if ICCSN(serial).Valid() {
		return ICCSN(serial)
	}
	return ""
}

// KVNR is the unchangeable part of a Krankenversichertennummer: one capital
// letter and nine digits.
//
// A KVNR names a patient. Printing it with any verb, logging it with slog and
// encoding it as JSON or other text give "***"; string(k) is the one way to the
// value. A program that stores or sends it converts it on purpose.
type KVNR string

// Valid reports whether the text has the form of a KVNR; the check digit is not
// calculated.
func (k KVNR) Valid() bool {
	return len(k) == 10 && k[0] >= 'A' && k[0] <= 'Z' && digits(string(k[1:]))
}

// String is "***", or empty for the empty KVNR.
func (k KVNR) String() string {
	if k == "" {
		return ""
	}
	return "***"
}

// GoString is String.
func (k KVNR) GoString() string { return k.String() }

// Format writes String, whatever the verb.
func (k KVNR) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue is String.
func (k KVNR) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is String, so that no encoder writes a KVNR by accident.
func (k KVNR) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// KVNR is the number of the insured person in a certificate of an eGK, or empty.
// It stands in an organizationalUnitName beside the Institutionskennzeichen
// (gemSpec_PKI 2.14.1, 5.1.3); certificates with a pseudonym do not have it.
func (c *Certificate) KVNR() KVNR {
	for _, unit := range c.Subject.OrganizationalUnit {
		if KVNR(unit).Valid() && c.personal() {
			return KVNR(unit)
		}
	}
	return ""
}

// personal reports whether the certificate names an insured person.
func (c *Certificate) personal() bool {
	for _, t := range c.Types() {
		if h := t.Holder(); h == HolderEGK || h == HolderALVI {
			return true
		}
	}
	return c.HasRole(RoleVersicherter)
}

// DisplayName is the common name of the subject, or "***" in a certificate that
// names an insured person, which stays out of tables and logs.
func (c *Certificate) DisplayName() string {
	if c.personal() {
		return "***"
	}
	return c.Subject.CommonName
}
