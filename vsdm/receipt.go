package vsdm

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Ergebnis is the result of an online check (E of a Pruefungsnachweis, schema
// pnw 1.0). 0 stands for a value that could not be read.
type Ergebnis int

// The results.
const (
	ErgebnisUpdated            Ergebnis = 1 // VSD on the card were updated
	ErgebnisNoUpdate           Ergebnis = 2 // no update was necessary
	ErgebnisUpdateFailed       Ergebnis = 3 // an update was technically not possible
	ErgebnisCertificateInvalid Ergebnis = 4 // the card's certificate is invalid; standalone only
	ErgebnisCheckFailed        Ergebnis = 5 // the certificate could not be checked online
	ErgebnisOfflineTooLong     Ergebnis = 6 // as 3, and longest time offline is exceeded
)

// Known reports whether e is one of 1 to 6.
func (e Ergebnis) Known() bool { return e >= ErgebnisUpdated && e <= ErgebnisOfflineTooLong }

// Good reports whether the online check succeeded: 1 or 2.
func (e Ergebnis) Good() bool { return e == ErgebnisUpdated || e == ErgebnisNoUpdate }

// Counts reports whether a receipt with this result makes the card count as
// proof: every known one but 4 (gemILF_PS V2.17.0).
func (e Ergebnis) Counts() bool { return e.Known() && e != ErgebnisCertificateInvalid }

// rank orders results by what they are worth.
func (e Ergebnis) rank() int {
	switch {
	case e.Good():
		return 3
	case e.Counts():
		return 2
	case e.Known():
		return 1
	}
	return 0
}

// Pruefungsnachweis is the receipt of an online check (schema pnw 1.0).
//
// It may carry a KVNR: printing, logging and encoding show time and result
// only. To keep a receipt, store Raw; [DecodePruefungsnachweis] reads it again.
type Pruefungsnachweis struct {
	// CDMVersion is the version of its schema, such as 1.0.0.
	CDMVersion string
	// PKV says that the insurer is a private one (KTR_TYP 1).
	PKV bool
	// Timestamp is when the check was made (TS), to the second. Devices write
	// UTC, and it is read as UTC; that all vendors do is not known. Zero when it
	// could not be read.
	Timestamp time.Time
	Ergebnis  Ergebnis
	// ErrorCode says more about result 3 (EC), in the numbers of the central
	// services; 0 means none.
	ErrorCode konnektor.Code
	// Pruefziffer is nil when there is none or when it could not be read; it
	// comes with results 1 and 2 only.
	Pruefziffer *Pruefziffer
	// Raw is the whole receipt as it came, gzip(XML). Backends get it unchanged.
	Raw []byte
}

// Base64 is the field as the Konnektor sent it, without white space. Backends
// such as the E-Rezept-Fachdienst take it unchanged; in an address it needs to
// be escaped, as net/url does.
func (p Pruefungsnachweis) Base64() string { return base64.StdEncoding.EncodeToString(p.Raw) }

// Quarter is the quarter of the calendar in Germany in which the check was
// made; the zero Quarter when its time could not be read.
func (p Pruefungsnachweis) Quarter() Quarter {
	if p.Timestamp.IsZero() {
		return Quarter{}
	}
	return QuarterOf(DateOf(p.Timestamp))
}

// in reports whether the receipt belongs to q. One whose time could not be read
// counts by the word of who hands it in.
func (p Pruefungsnachweis) in(q Quarter) bool { return p.Timestamp.IsZero() || p.Quarter() == q }

// Better returns the receipt to keep of two for the same patient and quarter;
// nil stands for none. A later one replaces the stored one only when it is
// worth more: a check that succeeded (1, 2) before one that was not possible
// (3, 5, 6) before an invalid certificate (4). For billing, every receipt of
// the quarter is kept nevertheless (gemILF_PS V2.17.0).
func Better(stored, later *Pruefungsnachweis) *Pruefungsnachweis {
	switch {
	case stored == nil:
		return later
	case later == nil || later.Ergebnis.rank() <= stored.Ergebnis.rank():
		return stored
	}
	return later
}

// String shows time and result, nothing of the patient.
func (p Pruefungsnachweis) String() string {
	at := "unknown time"
	if !p.Timestamp.IsZero() {
		at = p.Timestamp.UTC().Format(time.RFC3339)
	}
	if p.ErrorCode != 0 {
		return fmt.Sprintf("E %d EC %d at %s", p.Ergebnis, int(p.ErrorCode), at)
	}
	return fmt.Sprintf("E %d at %s", p.Ergebnis, at)
}

// GoString is String.
func (p Pruefungsnachweis) GoString() string { return p.String() }

// Format writes String, whatever the verb.
func (p Pruefungsnachweis) Format(f fmt.State, _ rune) { write(f, p.String()) }

// LogValue is String.
func (p Pruefungsnachweis) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText is String, so that no encoder writes a KVNR by accident.
func (p Pruefungsnachweis) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
