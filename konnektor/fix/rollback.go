package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// afterFailure decides what becomes of begun steps. A box that somebody else has
// is left alone, and so is one that does not accept the account: another login
// might lock it. A persistent run goes on when the box answers again.
func (r *run) afterFailure(ctx context.Context, failure error) error {
	e := endingOf(failure)
	if e.foreign || e.reason == ReasonWrongPassword {
		return r.stuck(e, nil)
	}
	if e.outcome == Pending || r.patience != nil && (isLost(e) || ctx.Err() != nil) {
		return &ending{outcome: Pending, reason: e.reason, step: e.step, cause: e.cause}
	}
	return r.rollBack(ctx, e)
}

// rollbackTime is the least time that a roll-back has, by the computer's clock.
const rollbackTime = 5 * time.Minute

// rollBack undoes the begun steps, last first, whether ctx was cancelled or not,
// and reads from the box that it has its former values.
func (r *run) rollBack(ctx context.Context, e *ending) error {
	bound := rollbackTime
	for _, s := range r.plan {
		bound += s.Wait
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
	defer cancel()
	r.progress(PhaseRollback, 0)
	unwritten := r.note(Record{Event: EventFailed, Step: e.step, Reason: e.reason, Codes: codesOf(e.cause)})
	undone, unwrittenToo := r.undoAll(ctx)
	unwritten = errors.Join(unwritten, unwrittenToo)
	if err := r.proveFormer(ctx); err != nil {
		return r.stuck(e, errors.Join(undone, err, unwritten))
	}
	return &ending{outcome: RolledBack, reason: e.reason, step: e.step, cause: errors.Join(e.cause, unwritten)}
}

// undoAll undoes what was begun. A step that cannot be undone does not keep those
// before it from it. A journal that cannot be written does not either: the box
// comes first.
func (r *run) undoAll(ctx context.Context) (failed, unwritten error) {
	for _, b := range slices.Backward(r.begun) {
		if b.refused {
			continue
		}
		if b.undo == nil {
			failed = errors.Join(failed, fmt.Errorf("fix: step %s cannot be undone", b.record.Step))
			continue
		}
		rec := b.record
		rec.Event, rec.Before, rec.After = EventUndoing, rec.After, rec.Before
		unwritten = errors.Join(unwritten, r.note(rec))
		if err := r.undo(ctx, b); err != nil {
			failed = errors.Join(failed, fmt.Errorf("fix: undo %s: %w", b.record.Step, err))
			continue
		}
		r.report.Undone++
		unwritten = errors.Join(unwritten, r.note(Record{Event: EventUndone, Step: b.record.Step}))
	}
	return failed, unwritten
}

// undo undoes one step, again when the connection is lost.
func (r *run) undo(ctx context.Context, b begun) error {
	return r.until(ctx, defaultWait, func(ctx context.Context) (bool, error) {
		err := b.undo(ctx)
		return err == nil, err
	})
}

// proveFormer plans again: what was to be done before the first change is to be
// done again, from the same values.
func (r *run) proveFormer(ctx context.Context) error {
	if len(r.original) == 0 {
		return errors.New("fix: the former values are not known: the journal has lost the plan")
	}
	err := r.until(ctx, defaultWait, func(ctx context.Context) (bool, error) {
		plan, err := r.fix.Plan(ctx, r.device)
		return err == nil && samePlan(planRecords(plan), r.original), err
	})
	if isUnchanged(err) {
		return &ending{reason: ReasonNotRestored, cause: errors.New("fix: the box does not show its former values")}
	}
	return err
}

// stuck ends a run that a person has to look after.
func (r *run) stuck(e *ending, rollback error) error {
	s := &ending{outcome: Stuck, reason: e.reason, step: e.step, cause: errors.Join(e.cause, rollback)}
	if s.step == "" && len(r.begun) > 0 {
		s.step = r.begun[len(r.begun)-1].record.Step
	}
	switch {
	case rollback == nil:
	case isCredentials(rollback):
		s.reason = ReasonWrongPassword
	case isLost(rollback):
		s.reason = ReasonUnreachable
	default:
		s.reason = ReasonNotRestored
	}
	return s
}
