package vsdm

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// VSD are the insured person's data (Versichertenstammdaten) as one ReadVSD
// returned them.
//
// A VSD and each part of it is masked when it is printed, logged or encoded as
// a whole, JSON included: a program that stores or sends data of a patient takes
// the fields that it needs. Empty strings and nil pointers stand for what the
// card does not have. A VSD is plain data; reading it concurrently is safe.
type VSD struct {
	PersoenlicheVersichertendaten PersoenlicheVersichertendaten
	AllgemeineVersicherungsdaten  AllgemeineVersicherungsdaten
	// GeschuetzteVersichertendaten is nil when the Konnektor returned none: card
	// and SMC-B or HBA did not authenticate each other.
	GeschuetzteVersichertendaten *GeschuetzteVersichertendaten
	Status                       VSDStatus
	// Pruefungsnachweis is nil when none was asked for or returned.
	Pruefungsnachweis *Pruefungsnachweis

	// Flags are those that the data were read with; zero for [Decode].
	Flags Flags
	// Warnings tell where card or Konnektor departs from the schema. The data
	// are usable all the same.
	Warnings []Warning
}

// PKV reports whether the insurer is a private one.
func (v VSD) PKV() bool { return v.AllgemeineVersicherungsdaten.ZusatzinfosPKV != nil }

// String shows kind, version, receipt and the number of warnings, nothing of
// the patient.
func (v VSD) String() string {
	kind, receipt := "GKV", "no receipt"
	if v.PKV() {
		kind = "PKV"
	}
	if v.Pruefungsnachweis != nil {
		receipt = v.Pruefungsnachweis.String()
	}
	return fmt.Sprintf("VSD(%s, %s, %d warnings)", kind, receipt, len(v.Warnings))
}

// GoString is String.
func (v VSD) GoString() string { return v.String() }

// Format writes String, whatever the verb.
func (v VSD) Format(f fmt.State, _ rune) { write(f, v.String()) }

// LogValue is String.
func (v VSD) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalText is String, so that no encoder writes a patient by accident.
func (v VSD) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// PersoenlicheVersichertendaten (PD) say who the insured person is.
type PersoenlicheVersichertendaten struct {
	masked
	CDMVersion     string // of the schema, such as 5.2.0
	VersichertenID konnektor.KVNR
	Person         Person
}

// Person is the insured person. Lengths are those of the schema; a card may
// break them, which is a warning.
type Person struct {
	masked
	Geburtsdatum    Date   // day, or day and month, may be unknown
	Vorname         string // all of them, 1 to 45 characters
	Nachname        string // 1 to 45 characters
	Geschlecht      Geschlecht
	Vorsatzwort     string // such as von; at most 20 characters
	Namenszusatz    string // such as Freiherr; at most 20 characters
	Titel           string // at most 20 characters
	PostfachAdresse *PostfachAdresse
	StrassenAdresse *StrassenAdresse
}

// PostfachAdresse is the address of a post box.
type PostfachAdresse struct {
	masked
	Postleitzahl        string // at most 10 characters
	Ort                 string // at most 40 characters
	Postfach            string // at most 8 characters
	Wohnsitzlaendercode string // as on number plates, such as D; at most 3 characters
}

// StrassenAdresse is the address of a house.
type StrassenAdresse struct {
	masked
	Postleitzahl        string // at most 10 characters
	Ort                 string // at most 40 characters
	Wohnsitzlaendercode string // as on number plates, such as D; at most 3 characters
	Strasse             string // at most 46 characters; may hold the house number
	Hausnummer          string // at most 9 characters
	Anschriftenzusatz   string // at most 40 characters
}

// AllgemeineVersicherungsdaten (VD) say how the person is insured: exactly one
// of ZusatzinfosGKV and ZusatzinfosPKV is set.
type AllgemeineVersicherungsdaten struct {
	masked
	CDMVersion          string // of the schema, such as 5.2.0, or 1.0.0 for PKV
	Versicherungsschutz Versicherungsschutz
	ZusatzinfosGKV      *ZusatzinfosGKV
	ZusatzinfosPKV      *ZusatzinfosPKV
}

// Versicherungsschutz says from when to when and by whom the person is insured.
type Versicherungsschutz struct {
	masked
	Beginn        Date
	Ende          Date // zero when none is set
	Kostentraeger Kostentraeger
	// AbrechnenderKostentraeger is the insurer that pays instead; nil for none.
	AbrechnenderKostentraeger *Kostentraeger
}

// On reports whether the person is insured on a day of the calendar in Germany
// ([DateOf]): Beginn <= day <= Ende. It is Unknown where that hangs on a part of
// a date that is not known or could not be read.
func (s Versicherungsschutz) On(day Date) Answer { return within(s.Beginn, s.Ende, day) }

// within reports whether begin <= day <= end; a zero end is none.
func within(begin, end, day Date) Answer {
	if end.IsZero() {
		return begin.NotAfter(day)
	}
	return both(begin.NotAfter(day), day.NotAfter(end))
}

// Kostentraeger is an insurer.
type Kostentraeger struct {
	masked
	Kostentraegerkennung     string // the Institutionskennzeichen, 9 digits
	Kostentraegerlaendercode string // such as D; at most 3 characters
	Name                     string // at most 45 characters
}

// ZusatzinfosGKV is what statutory insurers add.
type ZusatzinfosGKV struct {
	masked
	Versichertenart Versichertenart
	// Kostenerstattung is nil when the insurer does not use it.
	Kostenerstattung *Kostenerstattung
	WOP              WOP
}

// Kostenerstattung says for what the person pays first and is reimbursed.
type Kostenerstattung struct {
	masked
	AerztlicheVersorgung     bool
	ZahnaerztlicheVersorgung bool
	StationaererBereich      bool
	VeranlassteLeistungen    bool
}

// ZusatzinfosPKV is what private insurers add.
type ZusatzinfosPKV struct {
	masked
	Tarifart              Tarifart
	Beihilfeberechtigung  string // 00 not stated, 01 entitled; empty for none
	KVBPBeaK              string // 00 not stated, 01 PBeaKK, 02 KVB; empty for none
	StationaereLeistungen *StationaereLeistungen
}

// StationaereLeistungen is what a private insurer pays in hospitals.
type StationaereLeistungen struct {
	masked
	TeilnahmeClinicCardVerfahren bool
	WahlleistungUnterkunft       []WahlleistungUnterkunft // 0 to 3
	// WahlleistungAerztlicheBehandlung is nil for none.
	WahlleistungAerztlicheBehandlung *WahlleistungAerztlicheBehandlung
	AllgemeineKrankenhausleistungen  string // per cent, 0 to 100; empty for none
}

// WahlleistungUnterkunft is a chosen accommodation, with one of a highest
// amount and a share.
type WahlleistungUnterkunft struct {
	masked
	Art           string // 00 not stated, 01 one bed, 02 two, 03 more, 04 difference of 01 and 02
	Hoechstbetrag string // euros a day, 0 to 99999
	Prozentwert   string // per cent, 0 to 100
}

// WahlleistungAerztlicheBehandlung is a chosen treatment in hospital.
type WahlleistungAerztlicheBehandlung struct {
	masked
	Art         string // 00 not stated, 01 head physician, 02 general, 03 Belegarzt
	Prozentwert string // per cent, 0 to 100; empty for none
}

// GeschuetzteVersichertendaten (GVD) are the data that a card shows to those
// only who authenticate with an SMC-B or HBA. For PKV all of them are empty.
type GeschuetzteVersichertendaten struct {
	masked
	CDMVersion string // of the schema, such as 5.2.0
	// Zuzahlungsstatus is nil when the card has none.
	Zuzahlungsstatus        *Zuzahlungsstatus
	BesonderePersonengruppe BesonderePersonengruppe
	DMPKennzeichnung        DMPKennzeichnung
	// Selektivvertraege is nil when the card has none.
	Selektivvertraege *Selektivvertraege
	// RuhenderLeistungsanspruch is nil when the claim is not dormant.
	RuhenderLeistungsanspruch *RuhenderLeistungsanspruch
}

// Zuzahlungsstatus says whether the person is exempt from co-payment.
type Zuzahlungsstatus struct {
	masked
	Status     bool // exempt
	GueltigBis Date // the last day of the exemption; zero for none
}

// Exempt reports whether the person is exempt from co-payment on a day.
func (z Zuzahlungsstatus) Exempt(day Date) Answer {
	switch {
	case !z.Status:
		return No
	case z.GueltigBis.IsZero():
		return Yes
	}
	return day.NotAfter(z.GueltigBis)
}

// Selektivvertraege says which selective contracts the person has.
type Selektivvertraege struct {
	masked
	Aerztlich     Selektivvertrag
	Zahnaerztlich Selektivvertrag
	// Art has four digits 0 or 1: care by the family doctor (paragraph 73b
	// SGB V), not used, structured programmes (137f), integrated care (140a).
	// Empty for none.
	Art string
}

// RuhenderLeistungsanspruch says that a claim is dormant.
type RuhenderLeistungsanspruch struct {
	masked
	Beginn       Date
	Ende         Date // zero when none is set
	ArtDesRuhens ArtDesRuhens
}

// On reports whether the claim is dormant on a day, fully or in part as
// ArtDesRuhens says.
func (r RuhenderLeistungsanspruch) On(day Date) Answer { return within(r.Beginn, r.Ende, day) }

// VSDStatus is the state of the data on the card (VSD_Status).
type VSDStatus struct {
	// Offen says that an update was interrupted, so that the data may not fit
	// together (Status 1).
	Offen bool
	// Timestamp is when the data were updated last; zero when it could not be
	// read. Devices may leave the zone out: then it is read as UTC.
	Timestamp time.Time
	Version   string // of the schema, such as 5.2.0
}

// Warning tells of one departure from the schema. It quotes no data.
type Warning struct {
	// Document is the part of the answer: the name of its element in
	// ReadVSDResponse.
	Document string
	// Element is the path within the document, such as Person/Geburtsdatum, or
	// a name alone; empty for the document itself.
	Element string
	Problem Problem
}

// String is such as "PersoenlicheVersichertendaten: Person/Vorname: missing".
func (w Warning) String() string {
	if w.Element == "" {
		return w.Document + ": " + string(w.Problem)
	}
	return w.Document + ": " + w.Element + ": " + string(w.Problem)
}

// Problem is what a Warning is about, an English text that does not change.
type Problem string

// The problems.
const (
	ProblemRevision   Problem = "unknown revision of the schema"
	ProblemMissing    Problem = "missing"
	ProblemEmpty      Problem = "empty"
	ProblemUnread     Problem = "unknown elements left out"
	ProblemForm       Problem = "not of the form that the schema gives"
	ProblemLength     Problem = "not of the length that the schema gives"
	ProblemCalendar   Problem = "not a day of the calendar"
	ProblemCheckDigit Problem = "wrong check digit"
	ProblemPZ         Problem = "cannot be read"
	ProblemOpen       Problem = "an update of the card was interrupted"
	ProblemUnasked    Problem = "not asked for"
)
