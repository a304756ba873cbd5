package vsdm

import (
	"slices"
	"strings"
)

// The codes of a card stay strings, as they stand on it. A code that is not
// listed here has no Meaning. Source of all lists: Schema_VSD.xsd 5.2.0 and
// Schema_VSD_PKV.xsd 1.0.0.

// Geschlecht is the sex as it stands on the card, one capital letter.
type Geschlecht string

// The letters in use.
const (
	GeschlechtMaennlich  Geschlecht = "M"
	GeschlechtWeiblich   Geschlecht = "W"
	GeschlechtUnbestimmt Geschlecht = "X"
	GeschlechtDivers     Geschlecht = "D"
)

// Meaning is the English meaning, empty for an unknown code.
func (g Geschlecht) Meaning() string {
	return map[Geschlecht]string{
		GeschlechtMaennlich: "male", GeschlechtWeiblich: "female",
		GeschlechtUnbestimmt: "undetermined", GeschlechtDivers: "diverse",
	}[g]
}

// Versichertenart is the kind of membership, one digit.
type Versichertenart string

// The kinds.
const (
	VersichertenartMitglied Versichertenart = "1"
	VersichertenartFamilie  Versichertenart = "3"
	VersichertenartRentner  Versichertenart = "5"
)

// Meaning is the English meaning, empty for an unknown code.
func (a Versichertenart) Meaning() string {
	return map[Versichertenart]string{
		VersichertenartMitglied: "member",
		VersichertenartFamilie:  "insured with the family",
		VersichertenartRentner:  "pensioner, or a pensioner's family",
	}[a]
}

// WOP is the region whose Kassenaerztliche Vereinigung is paid for the person
// (Wohnortprinzip), two digits.
type WOP string

// Region is the name of the region, empty for an unknown code.
func (w WOP) Region() string {
	return map[WOP]string{
		"01": "Schleswig-Holstein", "02": "Hamburg", "03": "Bremen", "17": "Niedersachsen",
		"20": "Westfalen-Lippe", "38": "Nordrhein", "46": "Hessen", "51": "Rheinland-Pfalz",
		"52": "Baden-Württemberg", "71": "Bayern", "72": "Berlin", "73": "Saarland",
		"78": "Mecklenburg-Vorpommern", "83": "Brandenburg", "88": "Sachsen-Anhalt",
		"93": "Thüringen", "98": "Sachsen",
	}[w]
}

// BesonderePersonengruppe is a group of persons with a payer or rules of their
// own, one or two digits; empty for none.
type BesonderePersonengruppe string

// Meaning is the English meaning, empty for an unknown code. A leading zero
// makes no difference.
func (g BesonderePersonengruppe) Meaning() string {
	return map[string]string{
		"4": "social welfare (paragraph 264 SGB V)",
		"6": "victims of war (BVG)",
		"7": "insured abroad, resident in Germany, billed by effort",
		"8": "insured abroad, flat rate",
		"9": "asylum seekers (paragraphs 4 and 6 AsylbLG)",
	}[unpadded(string(g))]
}

// DMPKennzeichnung says in which disease management programmes the person is,
// one or two digits; empty for none.
type DMPKennzeichnung string

// DMP is one disease management programme.
type DMP int

// The programmes.
const (
	DMPDiabetes2        DMP = 1
	DMPBrustkrebs       DMP = 2
	DMPKHK              DMP = 3 // coronary heart disease
	DMPDiabetes1        DMP = 4
	DMPAsthma           DMP = 5
	DMPCOPD             DMP = 6
	DMPHerzinsuffizienz DMP = 7
	DMPDepression       DMP = 8
	DMPRueckenschmerz   DMP = 9
	DMPRheuma           DMP = 10
	DMPOsteoporose      DMP = 11
)

// Meaning is the English name of the programme, empty for an unknown one.
func (d DMP) Meaning() string {
	names := [...]string{
		DMPDiabetes2: "type 2 diabetes", DMPBrustkrebs: "breast cancer", DMPKHK: "coronary heart disease",
		DMPDiabetes1: "type 1 diabetes", DMPAsthma: "asthma", DMPCOPD: "COPD",
		DMPHerzinsuffizienz: "chronic heart failure", DMPDepression: "depression",
		DMPRueckenschmerz: "back pain", DMPRheuma: "rheumatism", DMPOsteoporose: "osteoporosis",
	}
	if d < 1 || int(d) >= len(names) {
		return ""
	}
	return names[d]
}

// dmpCombinations are the codes 30 to 58.
var dmpCombinations = [...][]DMP{
	{DMPDiabetes2, DMPKHK},
	{DMPAsthma, DMPDiabetes2},
	{DMPCOPD, DMPDiabetes2},
	{DMPCOPD, DMPKHK},
	{DMPCOPD, DMPDiabetes2, DMPKHK},
	{DMPAsthma, DMPKHK},
	{DMPAsthma, DMPDiabetes2, DMPKHK},
	{DMPBrustkrebs, DMPDiabetes2},
	{DMPDiabetes1, DMPKHK},
	{DMPAsthma, DMPDiabetes1},
	{DMPAsthma, DMPBrustkrebs},
	{DMPBrustkrebs, DMPKHK},
	{DMPBrustkrebs, DMPCOPD},
	{DMPCOPD, DMPDiabetes1},
	{DMPBrustkrebs, DMPDiabetes2, DMPKHK},
	{DMPAsthma, DMPBrustkrebs, DMPDiabetes2},
	{DMPBrustkrebs, DMPDiabetes1},
	{DMPCOPD, DMPDiabetes1, DMPKHK},
	{DMPBrustkrebs, DMPCOPD, DMPDiabetes2},
	{DMPAsthma, DMPDiabetes1, DMPKHK},
	{DMPAsthma, DMPBrustkrebs, DMPKHK},
	{DMPBrustkrebs, DMPCOPD, DMPKHK},
	{DMPBrustkrebs, DMPCOPD, DMPDiabetes2, DMPKHK},
	{DMPAsthma, DMPBrustkrebs, DMPDiabetes2, DMPKHK},
	{DMPBrustkrebs, DMPDiabetes1, DMPKHK},
	{DMPAsthma, DMPBrustkrebs, DMPDiabetes1},
	{DMPAsthma, DMPBrustkrebs, DMPDiabetes1, DMPKHK},
	{DMPBrustkrebs, DMPCOPD, DMPDiabetes1},
	{DMPBrustkrebs, DMPCOPD, DMPDiabetes1, DMPKHK},
}

const firstCombination = 30

// Programmes takes the code apart; nil for an unknown or empty code. A leading
// zero makes no difference.
func (k DMPKennzeichnung) Programmes() []DMP {
	n := 0
	code := unpadded(string(k))
	for _, c := range code {
		if c < '0' || c > '9' || len(code) > 2 {
			return nil
		}
		n = n*10 + int(c-'0')
	}
	switch {
	case n >= 1 && n <= int(DMPOsteoporose):
		return []DMP{DMP(n)}
	case n >= firstCombination && n < firstCombination+len(dmpCombinations):
		return slices.Clone(dmpCombinations[n-firstCombination])
	}
	return nil
}

// Selektivvertrag says whether there is a selective contract, one digit.
type Selektivvertrag string

// The values.
const (
	SelektivvertragNo     Selektivvertrag = "0"
	SelektivvertragYes    Selektivvertrag = "1"
	SelektivvertragUnused Selektivvertrag = "9" // the insurer does not use the field
)

// ArtDesRuhens is how far a dormant claim is dormant, one digit.
type ArtDesRuhens string

// The values.
const (
	RuhtVollstaendig   ArtDesRuhens = "1" // no claim at all
	RuhtEingeschraenkt ArtDesRuhens = "2" // a limited claim remains
)

// Tarifart is the kind of a private insurance, two digits.
type Tarifart string

// The kinds.
const (
	TarifartIndividual Tarifart = "01"
	TarifartStandard   Tarifart = "02"
	TarifartBasis      Tarifart = "03"
	TarifartNotlagen   Tarifart = "04"
)

// Meaning is the English meaning, empty for an unknown code.
func (t Tarifart) Meaning() string {
	return map[string]string{
		"1": "individual tariff", "2": "standard tariff", "3": "basic tariff", "4": "emergency tariff",
	}[unpadded(string(t))]
}

func unpadded(code string) string { return strings.TrimLeft(code, "0") }
