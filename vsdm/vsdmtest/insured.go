package vsdmtest

import (
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// Insured is what stands on an eGK: the insured person's data, and how card and
// backend behave. It is a [konnektortest.Content]. Dates are texts as on the
// card, YYYYMMDD, where month and day may be 00.
type Insured struct {
	KVNR                              konnektor.KVNR
	Birth                             string
	First, Last                       string
	Sex                               string // one capital letter: M W X D
	Vorsatzwort, Namenszusatz, Titel  string
	Street                            *Street
	Box                               *Box
	Begin, End                        string // of the insurance; End may be empty
	Insurer                           Insurer
	Paying                            *Insurer // AbrechnenderKostentraeger
	Versichertenart                   string   // 1 member, 3 family, 5 pensioner
	Kostenerstattung                  string   // four digits 0 or 1; empty means that the class is absent
	WOP                               string   // two digits
	Private                           *Private // not nil for a PKV
	Zuzahlungsstatus, ZuzahlungsEnde  string
	BesonderePersonengruppe, DMP      string
	Selektiv                          Selektiv
	Ruhen                             *Ruhen
	Updated                           time.Time // of VSD_Status; zero means 2026-01-02 03:04:05 UTC
	CDMVersion, Namespace, VSDVersion string    // empty means those of the schemas
	Card                              CardState
	Online                            Online
	Stored                            *Receipt // the receipt on the card
	Defects                           map[Field]Defect
}

// Street is a StrassenAdresse. Land is the Wohnsitzlaendercode.
type Street struct{ PLZ, Ort, Land, Strasse, Hausnummer, Zusatz string }

// Box is a PostfachAdresse.
type Box struct{ PLZ, Ort, Postfach, Land string }

// Insurer is a Kostentraeger.
type Insurer struct{ IK, Land, Name string }

// Selektiv is Selektivvertraege: 0, 1 or 9 each, and Art with four digits 0 or
// 1, which may be empty. Empty fields of the others mean 9.
type Selektiv struct{ Aerztlich, Zahnaerztlich, Art string }

// Ruhen is RuhenderLeistungsanspruch. Art 1 is full, 2 limited; End may be
// empty.
type Ruhen struct{ Begin, End, Art string }

// Private is ZusatzinfosPKV. Empty fields are absent.
type Private struct {
	Tarifart, Beihilfe, KVBPBeaK string
	Hospital                     *Hospital
}

// Hospital is StationaereLeistungen of a PKV. Empty fields are absent.
type Hospital struct {
	ClinicCard          string
	Rooms               []Room // at most three
	Doctor, DoctorShare string // Art and Prozentwert of WahlleistungAerztlicheBehandlung
	General             string // AllgemeineKrankenhausleistungen, in percent
}

// Room is WahlleistungUnterkunft: an amount in Euro or a percentage.
type Room struct{ Art, Amount, Percent string }

// CardState is the state of the card itself.
type CardState struct {
	// Generation1 is a card older than generation 2: fault 113.
	Generation1 bool
	// Locked is a card whose health application is locked: fault 114, unless
	// the backend unlocks it by an update.
	Locked bool
	// Certificate is the fault that the check of the card's certificate gives,
	// 106 or 107; 0 means that it is valid.
	Certificate konnektor.Code
	// Open is a card with an interrupted update: fault 3001 until an online
	// check succeeds.
	Open bool
	// ShowOpen reports open transactions in VSD_Status in place of a fault.
	ShowOpen bool
	// NoC2C is a pair of cards without right to the protected data: GVD is
	// missing in the answer.
	NoC2C bool
	// Fault is any other fault that reading the card gives, such as 111; 0
	// means none.
	Fault konnektor.Code
}

// Online is what the backend knows of the card.
type Online struct {
	// E is the result of the online check: 1 to 6; 0 means 2, nothing to do.
	// 4 makes fault 106, as at an online Konnektor.
	E int
	// EC is the backend's code, told with E 3.
	EC int
	// Update is what the card holds after E 1; nil leaves the data as they are.
	Update *Insured
	// Fault ends the call in place of a receipt, such as 12105.
	Fault konnektor.Code
	// Delay is how long the check takes. Beyond the timeout it ends with E 3.
	Delay time.Duration
	// PZ chooses the version of the Pruefziffer, 1 or 2; 0 lets the seed
	// choose, negative omits it.
	PZ int
}

// Receipt is a Pruefungsnachweis on the card.
type Receipt struct {
	E, EC int
	Time  time.Time
	// Mandant is whose key encrypts it; empty means the first that reads.
	Mandant string
	// PZ as in Online.
	PZ int
}

// Describe puts the insured on a card.
func (p Insured) Describe(c *konnektortest.Card) {
	c.Holder = konnektor.Name(strings.TrimSpace(strings.Join([]string{p.Titel, p.First, p.Vorsatzwort, p.Last}, " ")))
	c.Holder = konnektor.Name(strings.Join(strings.Fields(string(c.Holder)), " "))
	c.KVNR = p.KVNR
	if p.Card.Generation1 {
		c.Version = &konnektor.CardVersion{COS: "3.0.0", ObjectSystem: "3.0.0"}
	}
	c.Content = p
}

func (p Insured) private() bool { return p.Private != nil }
