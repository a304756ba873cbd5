package fix

import (
	"context"
	"encoding/json"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Fix is one change of a Konnektor from outside. It is idempotent by
// construction: Plan compares wanted with found and reads only; a dry run is the
// plan, and verifying is planning again. A Fix keeps nothing between calls.
type Fix interface {
	// Name is the fix's name, such as "seclog"; it stands in the journal.
	Name() string

	// Plan is what is left to do on d; an empty plan means nothing. It reads
	// only. Unknown products and firmware are refused with an error, as is
	// everything that makes the outcome doubtful ([*Refusal]).
	Plan(ctx context.Context, d mgmt.Device) (Plan, error)
}

// Reverser is a Fix that can undo a step that another process began: one that
// was killed. It gets the step as the journal has it.
type Reverser interface {
	// Reverse takes the step back, or does nothing when it was not made.
	Reverse(ctx context.Context, d mgmt.Device, begun Record) error
}

// Plan is what is left to do, in order.
type Plan []Step

// Step is one change, as small as can be verified by itself.
type Step struct {
	// Key names the step within its fix and is the same whenever the same
	// change is planned, in another process too: "security-log-days/140".
	Key string
	// What, Before and After say what changes, for the journal: English,
	// without secrets and without patients.
	What, Before, After string

	// Apply makes the change. It is called once in a run, unless the step is
	// Repeatable or shows, after a lost connection, not to have been made.
	Apply func(ctx context.Context) error
	// Repeatable: applying twice is the same as applying once, as it is when a
	// value is set. A persistent run then repeats Apply until the box answers,
	// without looking in between.
	Repeatable bool
	// Undo takes it back; nil means that there is no way back, and the step
	// runs only with Options.AllowNoWayBack.
	Undo func(ctx context.Context) error
	// Visible reports whether the change can be seen on the box. The runner
	// asks until it can, or Wait has passed: an accepted change that does not
	// show is a failure. Nil means: plan again and see that the step is gone.
	Visible func(ctx context.Context) (bool, error)
	// Wait bounds the time until the change is visible; 0 means 2 min.
	Wait time.Duration

	// Snapshot is what Reverse needs to undo the step in another process; it
	// goes to the snapshot file on disk before Apply. No secrets.
	Snapshot json.RawMessage

	// Evidence is where the endpoints of the step come from.
	Evidence mgmt.Evidence
	// Estimate is how long the step is likely to take; 0 means unknown.
	Estimate time.Duration
	// Restarts: the box restarts in this step, sessions and handles are lost. It
	// is applied although the box waits for a restart.
	Restarts bool
	// Later: the box hardly answers, so that a request more is one too many. When
	// the answer to Apply is lost, or the change does not show at once, nothing is
	// undone: the run ends as Pending, and a later one plans again and sees. Only
	// an answer that refuses the change fails the step.
	Later bool
}

// Refusal is why a fix is not run, found before the first change.
type Refusal struct {
	Fix    string
	Reason string // machine key: restart-pending, unknown-firmware, ...
	Text   string // English
}

// Error is the text.
func (r *Refusal) Error() string { return "fix: " + r.Fix + ": refused: " + r.Text }
