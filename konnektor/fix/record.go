package fix

import (
	"encoding/json"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Event is what a line of the journal says.
type Event string

// The events of a run, in the order in which they come. A step has begun when
// its line is on disk, before the box is asked.
const (
	EventStarted  Event = "started"   // a run: version, product
	EventResumed  Event = "resumed"   // another process goes on with it
	EventPlanned  Event = "planned"   // one line a step
	EventConsent  Event = "permitted" // Words: who consented
	EventSnapshot Event = "snapshot"  // File; Words: hash of the backup's key
	EventBegun    Event = "begun"     // a step, before Apply
	EventAnswered Event = "applied"   // the box has accepted it
	EventVisible  Event = "visible"   // the change shows
	EventFailed   Event = "failed"    // a step, or the run
	EventUndoing  Event = "undoing"   // a step, before Undo
	EventUndone   Event = "undone"    // the box has accepted that
	EventPaused   Event = "paused"    // a persistent run goes on later
	EventDamaged  Event = "damaged"   // File: the damaged journal, kept aside
	EventEnded    Event = "ended"     // Outcome
)

// Record is one line of the journal. No secrets, no patients.
type Record struct {
	Seq      int             `json:"seq"`
	Time     time.Time       `json:"time"`
	Run      string          `json:"run"`
	Fix      string          `json:"fix"`
	Event    Event           `json:"event"`
	Version  string          `json:"version,omitempty"`
	Product  *mgmt.Product   `json:"product,omitempty"`
	Step     string          `json:"step,omitempty"` // Step.Key
	What     string          `json:"what,omitempty"`
	Before   string          `json:"before,omitempty"`
	After    string          `json:"after,omitempty"`
	Evidence mgmt.Evidence   `json:"evidence,omitempty"`
	Snapshot json.RawMessage `json:"snapshot,omitempty"`
	Restarts bool            `json:"restarts,omitempty"` // Step.Restarts
	Outcome  Outcome         `json:"outcome,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Codes    []int           `json:"codes,omitempty"`
	Attempt  int             `json:"attempt,omitempty"`
	Words    string          `json:"words,omitempty"`
	File     string          `json:"file,omitempty"` // without its folder
}
