package fix

import (
	"encoding/json"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Record is one line of the journal. No secrets, no patients.
type Record struct {
	Time     time.Time       `json:"time"`
	Run      string          `json:"run"`
	Fix      string          `json:"fix"`
	Event    string          `json:"event"` // planned, permitted, begun, applied, visible, ...
	Version  string          `json:"version,omitempty"`
	Product  *mgmt.Product   `json:"product,omitempty"`
	Step     string          `json:"step,omitempty"` // Step.Key
	What     string          `json:"what,omitempty"`
	Before   string          `json:"before,omitempty"`
	After    string          `json:"after,omitempty"`
	Evidence mgmt.Evidence   `json:"evidence,omitempty"`
	Snapshot json.RawMessage `json:"snapshot,omitempty"`
	Outcome  Outcome         `json:"outcome,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Codes    []int           `json:"codes,omitempty"`
	Attempt  int             `json:"attempt,omitempty"`
}
