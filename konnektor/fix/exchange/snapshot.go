package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// snapshotVersion is that of the file.
const snapshotVersion = 1

// Snapshot is what a practice has at a time, as far as it is to be there again
// after an exchange. It is a file, in JSON, without secrets and patients.
type Snapshot struct {
	Version int       `json:"version"`
	Taken   time.Time `json:"taken"`

	Address     string       `json:"address,omitempty"` // that the PVS uses
	Product     mgmt.Product `json:"product"`
	Certificate *Certificate `json:"certificate,omitempty"` // of the services
	VPN         *bool        `json:"vpn,omitempty"`         // nil: not told
	States      []string     `json:"states,omitempty"`      // those that are set

	Terminals      []Terminal          `json:"terminals,omitempty"`
	Cards          []Card              `json:"cards,omitempty"`
	Contexts       []Context           `json:"contexts,omitempty"`
	ClientSystems  []ClientCertificate `json:"client_systems,omitempty"`
	PINs           []PIN               `json:"pins,omitempty"`
	Licences       []Licence           `json:"licences,omitempty"`
	FunctionTest   TestResult          `json:"function_test,omitempty"`
	FunctionCodes  []int               `json:"function_codes,omitempty"`
	FunctionReason string              `json:"function_reason,omitempty"` // a kind of konnektor
	Backup         *Backup             `json:"backup,omitempty"`

	// Missing are the parts that this box or this access does not tell.
	Missing []Gap `json:"missing,omitempty"`
}

// Certificate is a certificate by what tells it apart.
type Certificate struct {
	SHA256   string          `json:"sha256"` // of the DER, hexadecimal
	Serial   string          `json:"serial"`
	ICCSN    konnektor.ICCSN `json:"iccsn,omitempty"` // of the gSMC-K
	Key      string          `json:"key"`
	NotAfter time.Time       `json:"not_after"`
}

// Terminal is a card terminal.
type Terminal struct {
	ID          konnektor.TerminalID `json:"id"`
	Name        string               `json:"name,omitempty"`
	MAC         string               `json:"mac,omitempty"`
	IP          string               `json:"ip,omitempty"`
	Firmware    string               `json:"firmware,omitempty"`
	Correlation string               `json:"correlation,omitempty"`
	Connected   bool                 `json:"connected"`
	Expires     time.Time            `json:"expires,omitzero"` // of its gSMC-KT
}

// Card is a card of the practice: SMC-B, HSM-B, HBA or gSMC-KT.
type Card struct {
	Type     konnektor.CardType   `json:"type"`
	ICCSN    konnektor.ICCSN      `json:"iccsn"`
	Terminal konnektor.TerminalID `json:"terminal,omitempty"`
	Slot     int                  `json:"slot,omitempty"`
	Expires  time.Time            `json:"expires,omitzero"`
}

// Context is an Aufrufkontext.
type Context struct {
	Mandant      string `json:"mandant"`
	ClientSystem string `json:"client_system"`
	Workplace    string `json:"workplace"`
}

// ClientCertificate is a certificate that a client system may show.
type ClientCertificate struct {
	ClientSystem string    `json:"client_system"`
	Name         string    `json:"name,omitempty"` // of its file
	NotAfter     time.Time `json:"not_after,omitzero"`
}

// PIN is the state of the PIN of an SMC-B.
type PIN struct {
	ICCSN   konnektor.ICCSN `json:"iccsn"`
	Mandant string          `json:"mandant,omitempty"`
	Status  string          `json:"status"`
}

// Licence is a feature and whether it is licensed.
type Licence struct {
	Feature  string `json:"feature"`
	Licensed bool   `json:"licensed"`
}

// Backup is a backup that the caller has kept. Its password stands nowhere.
type Backup struct {
	File          string    `json:"file"`
	Made          time.Time `json:"made"`
	PublicKeyHash string    `json:"public_key_hash,omitempty"` // shown at the restore
}

// TestResult is how the function test ended; "" means that there was none.
type TestResult string

// The results.
const (
	TestPassed TestResult = "passed"
	TestFailed TestResult = "failed"
)

// Gap is a part of a snapshot that is not known.
type Gap struct {
	Part   string `json:"part"`
	Reason string `json:"reason"` // unsupported, unknown-endpoint, no-access
}

// The reasons of gaps.
const (
	GapUnsupported = "unsupported"
	GapUnknown     = "unknown-endpoint"
	GapNoAccess    = "no-access" // neither management nor services were given
)

// Read reads a snapshot from its file.
func Read(data []byte) (Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("exchange: snapshot: %w", err)
	}
	if s.Version != snapshotVersion || s.Taken.IsZero() {
		return s, errors.New("exchange: snapshot: not of this program, or of another version of it")
	}
	return s, nil
}
