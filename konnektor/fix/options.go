package fix

import (
	"context"
	"log/slog"
	"time"
)

// Options are the policies of one run. The zero fields mean the documented
// default; Dir is required.
type Options struct {
	// Dir keeps journal, snapshots, backups, locks and jobs; made with owner-only
	// rights (on Windows it has the rights of the folder above: choose one that
	// only the program's user may read). Required.
	Dir string
	// Box names the Konnektor in files and locks: its serial number, or the
	// address by which it is configured, always the same. "" means the serial
	// number that the device tells; a device that tells none is refused.
	Box string
	// Shared is a folder that all workplaces see, such as the data share of the
	// PVS. A lease file in it keeps a second workplace from changing the same box
	// at the same time; see lease.go for what it can promise. "" means that only
	// the processes of this computer exclude each other.
	Shared string

	// DryRun plans and changes nothing, neither on the box nor on disk.
	DryRun bool
	// Consent is asked once, with the plan, before the first change; nil refuses
	// unless Consented.
	Consent func(ctx context.Context, p Plan) (bool, error)
	// Consented: the vendor's consent was given in advance, in these words; they
	// go to the journal.
	Consented string
	// Window is when changes may begin; the zero Window means always. What has
	// begun is finished outside of it, too.
	Window Window
	// AllowNoWayBack lets steps without Undo run.
	AllowNoWayBack bool
	// BackupPassword, when not nil, makes a full backup before the first change
	// where the box offers one; it gives the password for it.
	BackupPassword func(ctx context.Context) (string, error)

	// Progress is called for every change of phase, from the goroutine of Run;
	// nil means nobody is told.
	Progress func(Progress)
	Log      *slog.Logger // nil means no logging
	// Clock is the time; nil means the real one.
	Clock Clock
	// Backoff is how a persistent run repeats; Run does not use it.
	Backoff Backoff
	// Version is the program that runs the fix, for the journal.
	Version string

	disk     disk          // nil means the real one
	leaseTTL time.Duration // 0 means leaseTTL
}

// Clock is where time comes from.
type Clock interface {
	// Now is the time of the clock on the wall, which may be set meanwhile.
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
