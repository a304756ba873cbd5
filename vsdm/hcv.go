package vsdm

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// HCV is a hash check value (A_27352): five bytes by which a backend sees that
// whoever asks has read the card. It is made of personal data: do not log it.
type HCV [5]byte

// String is the value in base64 in the alphabet for addresses, without padding:
// seven characters, as the E-Rezept-Fachdienst takes it.
func (h HCV) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// HashCheckValue makes the hash check value of begin of insurance and street.
// The street is taken without white space around it and may be empty. It fails
// when beginn is no date, or when strasse has a character that ISO-8859-15 does
// not have.
func HashCheckValue(beginn Date, strasse string) (HCV, error) {
	text, err := latin9(strings.TrimSpace(strasse))
	if err != nil {
		return HCV{}, fmt.Errorf("vsdm: hash check value: Strasse: %w", err)
	}
	if beginn.String() == "" {
		return HCV{}, errors.New("vsdm: hash check value: no Beginn")
	}
	sum := sha256.Sum256(append([]byte(beginn.String()), text...))
	h := HCV(sum[:])
	h[0] &= 0x7F
	return h, nil
}

// HCV is the hash check value of these data.
func (v *VSD) HCV() (HCV, error) {
	strasse := ""
	if a := v.PersoenlicheVersichertendaten.Person.StrassenAdresse; a != nil {
		strasse = a.Strasse
	}
	return HashCheckValue(v.AllgemeineVersicherungsdaten.Versicherungsschutz.Beginn, strasse)
}

// latin9Only are the characters that ISO-8859-15 has in place of those of
// ISO-8859-1 with the same code.
const (
	latin9Only  = "€ŠšŽžŒœŸ"
	latin9Codes = "\xA4\xA6\xA8\xB4\xB8\xBC\xBD\xBE"
)

var errLatin9 = errors.New("a character that ISO-8859-15 does not have")

// latin9 is s in ISO-8859-15.
func latin9(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for _, c := range s {
		special := strings.IndexRune(latin9Only, c)
		switch {
		case special >= 0:
			out = append(out, latin9Codes[utf8.RuneCountInString(latin9Only[:special])])
		case c > 0xFF || strings.IndexByte(latin9Codes, byte(c)) >= 0:
			return nil, errLatin9
		default:
			out = append(out, byte(c))
		}
	}
	return out, nil
}
