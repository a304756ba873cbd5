package fix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Run runs one fix on one box: it plans, is permitted, keeps what was, applies
// step by step and waits for each change to show, plans again to verify, and
// rolls the begun steps back when that fails. It keeps a journal, goes on with a
// run that another process has begun, and does nothing twice that shows.
//
// Run never leaves a box in between without saying so: after a failure the
// former values were read from the box again (RolledBack), or Stuck names the
// step, the snapshot and the next move. A cancelled ctx ends it like a failure,
// the roll-back included, which then has its own bound.
//
// Run does not close the device. Several Runs at once are safe: for the same box
// one of them is refused with ReasonBusy.
func Run(ctx context.Context, d mgmt.Device, f Fix, o Options) Report {
	return newRun(d, f, o).whole(ctx)
}

// run is one run. It is used by one goroutine.
type run struct {
	device mgmt.Device
	fix    Fix
	o      Options
	names  names
	report Report
	log    *slog.Logger

	lock    *lock
	lease   *lease
	journal *journal
	open    *OpenRun // what an interrupted run has begun

	plan     Plan       // what is to do
	planned  *stopwatch // since that was read
	left     Plan       // as last read after a step
	leftRead bool       // nothing was changed since left was read
	original []Record   // the plan before the first change, to prove a roll-back
	begun    []begun    // in order
	replan   bool       // people or the box took their time since the plan

	noRestartState bool // the box does not tell whether it waits for a restart
	patience       *patience
	attempt        int
}

// begun is a step whose Apply was called, here or by another process.
type begun struct {
	record    Record
	undo      func(ctx context.Context) error // nil: no way back
	refused   bool                            // the box surely did not do it
	elsewhere bool                            // begun by another process
}

func newRun(d mgmt.Device, f Fix, o Options) *run {
	if o.Clock == nil {
		o.Clock = newSystemClock()
	}
	if o.disk == nil {
		o.disk = realDisk{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &run{device: d, fix: f, o: o, log: o.Log, report: Report{Run: newID()}}
	if f != nil {
		r.report.Fix = f.Name()
	}
	return r
}

func (r *run) name() string { return r.report.Fix }

// whole is the run from its beginning to its end.
func (r *run) whole(ctx context.Context) Report {
	defer r.release()
	err := inOrder(ctx, r.prepare, r.makePlan, r.permit, r.keep, r.apply, r.verify)
	if err != nil && len(r.begun) > 0 {
		err = r.afterFailure(ctx, err)
	}
	return r.end(err)
}

// inOrder does one after the other until one fails or ctx ends.
func inOrder(ctx context.Context, phases ...func(context.Context) error) error {
	for _, phase := range phases {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := phase(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare takes the box and opens the journal. A dry run needs neither.
func (r *run) prepare(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	if r.o.DryRun {
		return nil
	}
	if err := makeDir(r.o.Dir); err != nil {
		return &ending{outcome: Refused, reason: ReasonJournal, cause: err}
	}
	if err := r.takeBox(ctx); err != nil {
		return err
	}
	return r.openJournal()
}

// check looks at the Options.
func (r *run) check() error {
	switch {
	case r.device == nil || r.fix == nil || r.name() == "" || r.o.Dir == "":
		return r.refuse(ReasonOptions, "device, fix and Options.Dir are needed")
	case r.o.Window.check() != nil:
		return r.refuse(ReasonOptions, r.o.Window.check().Error())
	}
	box := r.o.Box
	if box == "" {
		box = r.device.Product().Serial
	}
	if box == "" && !r.o.DryRun {
		return r.refuse(ReasonNoBoxName, "the box tells no serial number: set Options.Box")
	}
	r.names = names{dir: r.o.Dir, box: box, fix: r.name()}
	return nil
}

// takeBox excludes the other processes of this computer and of other workplaces.
func (r *run) takeBox(ctx context.Context) (err error) {
	where := ReasonJournal
	r.lock, err = takeLock(r.names.lock(), r.o.Version, r.o.Clock.Now())
	if err == nil && r.o.Shared != "" {
		where = ReasonSharedFolder
		ttl := positive(r.o.leaseTTL, leaseTTL)
		r.lease, err = takeLease(ctx, r.names.lease(r.o.Shared), r.name(), ttl, r.o.Clock)
	}
	if errors.Is(err, errBusy) {
		return r.refuse(ReasonBusy, "another run is changing this box")
	}
	if err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, where), cause: err}
	}
	return nil
}

// openJournal reads what other runs have left.
func (r *run) openJournal() error {
	j, h, err := openJournal(r.o.disk, r.names, r.o.Clock.Now())
	if err != nil {
		reason := ReasonJournal
		if errors.Is(err, syscall.ENOSPC) {
			reason = ReasonDiskFull
		}
		return &ending{outcome: Refused, reason: reason, cause: err}
	}
	r.journal, r.report.Journal, r.report.Damaged = j, h.Path, h.Kept
	open := h.Open()
	if open != nil {
		r.goOn(open)
	}
	if h.Kept == "" {
		return nil
	}
	r.log.Warn("journal was damaged", "half_line", h.HalfLine, "bad_line", h.BadLine)
	if err := r.noteDamage(h, open); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonJournal), cause: err}
	}
	return nil
}

// noteDamage tells of the damage, and repeats what the lines behind it say of the
// run that is gone on with: the journal has lost them.
func (r *run) noteDamage(h History, open *OpenRun) error {
	err := r.note(Record{Event: EventDamaged, File: filepath.Base(h.Kept), Words: damageWords(h)})
	if err != nil || open == nil {
		return err
	}
	var repeated []Record
	for _, rec := range h.After {
		if rec.Run == open.Run {
			repeated = append(repeated, rec)
		}
	}
	if len(repeated) == 0 {
		return nil
	}
	return r.journal.add(repeated...)
}

func damageWords(h History) string {
	if h.BadLine > 0 {
		return fmt.Sprintf("line %d does not follow the line before it; %d lines behind it are kept aside", h.BadLine, len(h.After))
	}
	return "the last line was not whole"
}

// makePlan asks the fix what is left to do.
func (r *run) makePlan(ctx context.Context) error {
	r.progress(PhasePlan, 0)
	plan, err := r.readPlan(ctx)
	if isLost(err) && r.restarting() {
		plan, err = r.planAfterRestart(ctx)
	}
	if err != nil {
		return r.begunOr(err)
	}
	r.report.Plan = plan
	if err := r.sameBox(); err != nil {
		return err
	}
	if r.open != nil && r.open.Undoing && len(plan) > 0 {
		return r.begunOr(&ending{reason: cmp.Or(r.open.Why, ReasonFailed), step: r.open.FailedAt,
			cause: errors.New("fix: the run was being rolled back when it was interrupted")})
	}
	if len(plan) == 0 && r.open == nil {
		return &ending{outcome: AlreadyDone}
	}
	if r.open == nil {
		r.original = planRecords(plan)
	}
	return nil
}

// readPlan plans, and checks what the fix says.
func (r *run) readPlan(ctx context.Context) (Plan, error) {
	var plan Plan
	err := r.patiently(ctx, func(ctx context.Context) (err error) {
		plan, err = r.fix.Plan(ctx, r.device)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.plan, r.planned = plan, newStopwatch(r.o.Clock)
	seen := map[string]bool{}
	for _, s := range plan {
		if s.Key == "" || seen[s.Key] || s.Apply == nil {
			return nil, r.refuse(ReasonBadPlan, fmt.Sprintf("step %q: no or a repeated key, or nothing to apply", s.Key))
		}
		seen[s.Key] = true
	}
	return plan, nil
}

// begunOr is err for a run that has begun a step: then it counts as a failure of
// that run, which is rolled back or stays open. Else nothing was changed.
func (r *run) begunOr(err error) error {
	if len(r.begun) == 0 {
		return endingOf(err)
	}
	return err
}

// note writes lines to the journal.
func (r *run) note(records ...Record) error {
	if r.journal == nil {
		return nil
	}
	now := r.o.Clock.Now()
	for i := range records {
		records[i].Run, records[i].Fix, records[i].Time = r.report.Run, r.name(), now
		records[i].Attempt = r.attempt
	}
	if err := r.journal.add(records...); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonJournal), cause: err}
	}
	return nil
}

// progress tells the caller.
func (r *run) progress(phase Phase, step int) {
	p := Progress{Fix: r.name(), Run: r.report.Run, Phase: phase, Attempt: r.attempt}
	if step > 0 {
		p.Step, p.Of, p.Key = step, len(r.plan), r.plan[step-1].Key
		for _, s := range r.plan[step-1:] {
			p.Left += s.Estimate
		}
	}
	r.log.Debug("fix", "fix", p.Fix, "run", p.Run, "phase", string(phase), "step", p.Key)
	if r.o.Progress != nil {
		r.o.Progress(p)
	}
}

// end writes the last line and makes the report.
func (r *run) end(err error) Report {
	e := &ending{outcome: Applied}
	if err != nil {
		e = endingOf(err)
	}
	r.report.Outcome, r.report.Reason, r.report.Err = e.outcome, e.reason, e.cause
	if e.step != "" {
		r.report.Step = e.step
	}
	r.report.Next = nextMove(r.report)
	if failed := r.lastLine(); failed != nil && r.report.Outcome != Refused {
		r.report.Err = errors.Join(r.report.Err, failed)
	}
	r.progress(PhaseDone, 0)
	return r.report
}

// lastLine is the end of the run in the journal, or its pause: a run that could
// not be ended because the box was out of reach is gone on with by the next one.
func (r *run) lastLine() error {
	if r.journal == nil {
		return nil
	}
	rec := Record{Event: EventEnded, Outcome: r.report.Outcome, Reason: r.report.Reason,
		Step: r.report.Step, Codes: codesOf(r.report.Err)}
	switch {
	case len(r.begun) == 0 && r.report.Reason == ReasonUnreachable && r.attempt > 0:
		return nil // the job tells it: ten days of a dead box would fill the journal
	case len(r.begun) > 0 && r.staysOpen():
		rec.Event = EventPaused
	case len(r.begun) == 0:
		p := r.device.Product()
		rec.Version, rec.Product = r.o.Version, &p
	}
	return r.note(rec)
}

// staysOpen says whether the next run goes on with this one.
func (r *run) staysOpen() bool {
	if r.report.Outcome == Pending {
		return true
	}
	return r.report.Outcome == Stuck && slices.Contains(outOfReach, r.report.Reason)
}

// outOfReach are the reasons of a stuck run that another time may be over.
var outOfReach = []string{ReasonUnreachable, ReasonWrongPassword, ReasonCancelled, ReasonLeaseLost, ReasonOtherBox, ReasonDiskFull, ReasonJournal, ReasonRestartPending}

// release gives the box back.
func (r *run) release() {
	r.journal.close()
	r.lease.release()
	r.lock.release()
}
