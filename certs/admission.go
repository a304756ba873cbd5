package certs

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrAdmission means an Admission that cannot be read.
var ErrAdmission = errors.New("malformed admission")

var oidAdmission = asn1.ObjectIdentifier{1, 3, 36, 8, 3, 3}

// maxProfessions bounds the ProfessionInfos, and what each of them lists. Real
// ones have one entry of each.
const maxProfessions = 64

// Profession is a ProfessionInfo of an Admission (Common PKI 2.0, part 1, table
// 29).
type Profession struct {
	Items []string // texts, in German
	OIDs  []asn1.ObjectIdentifier
	// RegistrationNumber is the Telematik-ID. Empty in certificates of the eGK
	// and of components.
	RegistrationNumber string
}

// Admission lists the professions and institutions of the holder. It returns
// nothing when the certificate has no such extension, and an error that wraps
// ErrAdmission when it cannot be read.
func (c *Certificate) Admission() ([]Profession, error) {
	for _, e := range c.Extensions {
		if e.Id.Equal(oidAdmission) {
			return ParseAdmission(e.Value)
		}
	}
	return nil, nil
}

// ParseAdmission reads the value of the extension 1.3.36.8.3.3 in DER. The
// authorities that it names are passed over. Its errors wrap ErrAdmission.
func ParseAdmission(der []byte) ([]Profession, error) {
	input := cryptobyte.String(der)
	var syntax, contents cryptobyte.String
	if !input.ReadASN1(&syntax, cbasn1.SEQUENCE) || !input.Empty() || !skipGeneralName(&syntax) ||
		!syntax.ReadASN1(&contents, cbasn1.SEQUENCE) || !syntax.Empty() {
		return nil, fmt.Errorf("certs: %w: AdmissionSyntax", ErrAdmission)
	}
	var all []Profession
	for !contents.Empty() {
		var admissions, infos cryptobyte.String
		if !contents.ReadASN1(&admissions, cbasn1.SEQUENCE) || !skipTagged(&admissions, 0) || !skipTagged(&admissions, 1) ||
			!admissions.ReadASN1(&infos, cbasn1.SEQUENCE) || !admissions.Empty() {
			return nil, fmt.Errorf("certs: %w: Admissions", ErrAdmission)
		}
		for !infos.Empty() {
			p, ok := readProfession(&infos)
			if !ok || len(all) == maxProfessions {
				return nil, fmt.Errorf("certs: %w: ProfessionInfo", ErrAdmission)
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// skipGeneralName passes over an optional GeneralName, which has a context tag.
func skipGeneralName(s *cryptobyte.String) bool {
	if s.Empty() || s.PeekASN1Tag(cbasn1.SEQUENCE) {
		return true
	}
	var name cryptobyte.String
	var tag cbasn1.Tag
	return s.ReadAnyASN1(&name, &tag) && tag&0xc0 == 0x80
}

func skipTagged(s *cryptobyte.String, n uint8) bool {
	return s.SkipOptionalASN1(cbasn1.Tag(n).ContextSpecific().Constructed())
}

func readProfession(infos *cryptobyte.String) (p Profession, ok bool) {
	var info, items cryptobyte.String
	if !infos.ReadASN1(&info, cbasn1.SEQUENCE) || !skipTagged(&info, 0) || !info.ReadASN1(&items, cbasn1.SEQUENCE) {
		return p, false
	}
	for !items.Empty() {
		text, ok := readText(&items)
		if !ok || len(p.Items) == maxProfessions {
			return p, false
		}
		p.Items = append(p.Items, text)
	}
	if info.PeekASN1Tag(cbasn1.SEQUENCE) {
		if p.OIDs, ok = readOIDs(&info); !ok {
			return p, false
		}
	}
	if info.PeekASN1Tag(cbasn1.PrintableString) {
		if p.RegistrationNumber, ok = readText(&info); !ok {
			return p, false
		}
	}
	return p, info.SkipOptionalASN1(cbasn1.OCTET_STRING) && info.Empty()
}

func readOIDs(s *cryptobyte.String) ([]asn1.ObjectIdentifier, bool) {
	var list cryptobyte.String
	if !s.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, false
	}
	var oids []asn1.ObjectIdentifier
	for !list.Empty() {
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&oid) || len(oids) == maxProfessions {
			return nil, false
		}
		oids = append(oids, oid)
	}
	return oids, true
}

const tagBMPString = cbasn1.Tag(30)

// readText reads a DirectoryString (RFC 5280, 4.1.2.4) without control
// characters. TeletexString is taken as Latin-1, as everybody does.
func readText(s *cryptobyte.String) (string, bool) {
	var raw cryptobyte.String
	var tag cbasn1.Tag
	if !s.ReadAnyASN1(&raw, &tag) {
		return "", false
	}
	var text string
	switch tag {
	case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String:
		text = string(raw)
	case cbasn1.T61String:
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		text = string(runes)
	case tagBMPString:
		var units []uint16
		for ; len(raw) >= 2; raw = raw[2:] {
			units = append(units, uint16(raw[0])<<8|uint16(raw[1]))
		}
		if len(raw) != 0 {
			return "", false
		}
		text = string(utf16.Decode(units))
	default:
		return "", false
	}
	return text, utf8.ValidString(text) && !slices.ContainsFunc([]rune(text), isControl)
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

// Roles lists what the holder is, in the order of the Admission and each once.
// It is empty when the certificate has no Admission or none that can be read;
// [Certificate.Admission] tells the difference.
func (c *Certificate) Roles() []Role {
	professions, err := c.Admission()
	if err != nil {
		return nil
	}
	var roles []Role
	for _, p := range professions {
		for _, oid := range p.OIDs {
			if r, ok := RoleByOID(oid); ok && !slices.Contains(roles, r) {
				roles = append(roles, r)
			}
		}
	}
	return roles
}

// HasRole reports whether the Admission names a role.
func (c *Certificate) HasRole(r Role) bool { return slices.Contains(c.Roles(), r) }
