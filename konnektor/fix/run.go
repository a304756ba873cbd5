package fix

import (
	"context"
	"log/slog"
	"time"
)

// Outcome is how a run ended.
type Outcome string

// The outcomes. Stuck means that a person is needed: the report names the step,
// the snapshot and the next move.
const (
	AlreadyDone Outcome = "already-done"
	Planned     Outcome = "planned" // dry run, or consent or window missing
	Applied     Outcome = "applied"
	RolledBack  Outcome = "rolled-back"
	Pending     Outcome = "pending" // a persistent run tries again later
	Refused     Outcome = "refused"
	Stuck       Outcome = "stuck"
)

// Options are the policies of one run.
type Options struct {
	// Dir keeps journal, snapshots, backups, locks and jobs; made with owner-only
	// rights. Required.
	Dir string
	// DryRun plans and changes nothing.
	DryRun bool
	// Consent is asked once, with the plan, before the first change; nil refuses
	// unless Consented.
	Consent func(ctx context.Context, p Plan) (bool, error)
	// Consented: the vendor's consent was given in advance, in these words; they
	// go to the journal.
	Consented string
	// Window is when changes may begin; the zero Window means always.
	Window Window
	// AllowNoWayBack lets steps without Undo run.
	AllowNoWayBack bool
	// Backup, when not nil, makes a full backup before the first change where
	// the box offers one; it gives the password for it.
	BackupPassword func(ctx context.Context) (string, error)
	// Progress is called for every change of phase, from the goroutine of Run;
	// nil means nobody is told.
	Progress func(Progress)
	Log      *slog.Logger // nil means no logging
	// Clock is the time; nil means the real one.
	Clock Clock
	// Version is the program that runs the fix, for the journal.
	Version string
}

// Window is a time of day in Location from From up to To (which may be on the
// next day), on Days (none means all).
type Window struct {
	From, To time.Duration // since midnight
	Days     []time.Weekday
	Location *time.Location // nil means local time
}

// Clock is where time comes from.
type Clock interface {
	Now() time.Time
	// Sleep waits for d or until ctx ends, and then returns ctx's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Phase is what a run is doing.
type Phase string

// The phases, in order. PhaseWaiting is between the attempts of a persistent
// run.
const (
	PhaseWaiting  Phase = "waiting"
	PhasePlan     Phase = "plan"
	PhasePermit   Phase = "permit"
	PhaseSnapshot Phase = "snapshot"
	PhaseApply    Phase = "apply"
	PhaseVisible  Phase = "visible"
	PhaseVerify   Phase = "verify"
	PhaseRollback Phase = "roll-back"
	PhaseDone     Phase = "done"
)

// Progress is one event of a run.
type Progress struct {
	Fix      string
	Run      string // the run's ID, as in the journal
	Phase    Phase
	Step, Of int    // step n of m, from 1; 0 outside steps
	Key      string // of the step
	Attempt  int    // of a persistent run, from 1
	Next     time.Time
	Left     time.Duration // estimate; 0 means unknown
}

// Report is how a run ended.
type Report struct {
	Fix      string
	Run      string
	Outcome  Outcome
	Plan     Plan // as planned at the start
	Done     int  // steps that are applied and visible
	Undone   int
	Step     string // the key of the step that failed or is stuck
	Reason   string // machine key of a refusal or failure
	Snapshot string // file
	Backup   string // file
	Journal  string // file
	Next     string // the next move, English; German texts: operations
	Err      error  // what failed; nil for AlreadyDone, Planned, Applied
}
