package fix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// goOn takes over a run that another process has begun. Its steps count as begun
// here: what shows is not made again, what is left is finished, and when that
// fails all of it is rolled back, as far as the fix is a [Reverser].
func (r *run) goOn(open *OpenRun) {
	r.open, r.report.Run, r.report.Resumed = open, open.Run, true
	r.report.Snapshot, r.report.Backup = r.besides(open.Snapshot), r.besides(open.Backup)
	r.original = r.plannedBy(open)
	for _, rec := range open.Begun {
		r.begun = append(r.begun, begun{record: rec, undo: r.reverse(rec), elsewhere: true})
	}
}

// plannedBy is the plan before the first change: from the snapshot file, else
// from the journal, whose lines may be damaged. The file also knows the box when
// the journal has lost it.
func (r *run) plannedBy(open *OpenRun) []Record {
	s, err := ReadSnapshot(r.names.snapshot(open.Run))
	if err != nil || s.Run != open.Run {
		return open.Planned
	}
	if open.Started.Product == nil {
		open.Started.Product = &s.Product
	}
	var planned []Record
	for _, step := range s.Steps {
		planned = append(planned, Record{Event: EventPlanned, Step: step.Key, What: step.What, Before: step.Before, After: step.After})
	}
	return planned
}

// reverse undoes a step that another process has begun.
func (r *run) reverse(rec Record) func(context.Context) error {
	reverser, ok := r.fix.(Reverser)
	if !ok {
		return nil
	}
	return func(ctx context.Context) error { return reverser.Reverse(ctx, r.device, rec) }
}

// restarting says whether another process may just have restarted the box.
func (r *run) restarting() bool {
	return r.patience == nil && r.open != nil && slices.ContainsFunc(r.open.Begun, func(rec Record) bool {
		return rec.Restarts && !slices.Contains(r.open.Visible, rec.Step)
	})
}

// restartTime is how long a box is waited for that may be restarting: one of
// secunet is given up after 10 min (avimedical/smcb-unlocker).
const restartTime = 15 * time.Minute

// planAfterRestart plans as soon as the box answers again.
func (r *run) planAfterRestart(ctx context.Context) (plan Plan, err error) {
	err = r.until(ctx, restartTime, func(ctx context.Context) (bool, error) {
		plan, err = r.readPlan(ctx)
		return err == nil, err
	})
	return plan, err
}

// sameBox stops when a run was begun on another box than the one that answers
// now: it was exchanged meanwhile, or the address is another one's.
func (r *run) sameBox() error {
	if r.open == nil || r.open.Started.Product == nil {
		return nil
	}
	was, is := *r.open.Started.Product, r.device.Product()
	if was.Vendor == is.Vendor && (was.Serial == is.Serial || was.Serial == "" || is.Serial == "") {
		return nil
	}
	return &ending{reason: ReasonOtherBox, foreign: true,
		cause: fmt.Errorf("fix: run %s was begun on %s, serial %q: this is %s, serial %q", r.open.Run, was, was.Serial, is, is.Serial)}
}

// Resume goes on with a run of this fix on this box that another process has
// begun, and does nothing when there is none (AlreadyDone, with ReasonNoneOpen).
func Resume(ctx context.Context, d mgmt.Device, f Fix, o Options) Report {
	r := newRun(d, f, o)
	if err := r.check(); err != nil {
		return r.end(err)
	}
	h, err := ReadJournal(r.names.journal())
	if open := h.Open(); err == nil && open != nil {
		return Run(ctx, d, f, o)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r.end(&ending{outcome: Refused, reason: ReasonJournal, cause: err})
	}
	return r.end(&ending{outcome: AlreadyDone, reason: ReasonNoneOpen})
}

// giveUp undoes what was begun, and refuses when nothing was.
func (r *run) giveUp(ctx context.Context) Report {
	defer r.release()
	if err := r.prepare(ctx); err != nil {
		return r.end(err)
	}
	e := &ending{outcome: Refused, reason: ReasonExpired, cause: errors.New("fix: the time for it is over")}
	if len(r.begun) == 0 {
		return r.end(e)
	}
	return r.end(r.rollBack(ctx, e))
}
