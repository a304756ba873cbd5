package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// afterFailure decides what becomes of begun steps. A box that somebody else has
// is left alone, and so are one that does not accept the account, for another
// login might lock it, and one that waits for a restart, for it would not act upon
// the way back either. A persistent run goes on when the box answers again.
func (r *run) afterFailure(ctx context.Context, failure error) error {
	e := endingOf(failure)
	if other := r.sameBox(); other != nil {
		e = endingOf(other)
	}
	switch {
	case r.patience != nil && slices.Contains(passing, e.reason),
		e.outcome == Pending || r.patience != nil && !e.foreign && (isLost(e) || ctx.Err() != nil):
		return &ending{outcome: Pending, reason: e.reason, step: e.step, cause: e.cause}
	case e.foreign, e.reason == ReasonWrongPassword, e.reason == ReasonRestartPending:
		return r.stuck(e, nil)
	}
	return r.rollBack(ctx, e)
}

// passing are the reasons for which a persistent run waits with what it has
// begun: other people see to them.
var passing = []string{ReasonRestartPending, ReasonLeaseLost}

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
	if leftAlone(undone) {
		return r.notUndone(e, errors.Join(undone, unwritten))
	}
	if err := r.proveFormer(ctx); err != nil {
		return r.notUndone(e, errors.Join(undone, err, unwritten))
	}
	return &ending{outcome: RolledBack, reason: e.reason, step: e.step, cause: errors.Join(e.cause, unwritten)}
}

// leftAlone says whether the way back has ended at a box that must not be touched:
// it does not accept the account, or another workplace has it.
func leftAlone(err error) bool {
	var e *ending
	return isCredentials(err) || errors.As(err, &e) && e.foreign
}

// notUndone ends a roll-back that did not succeed. A persistent run goes on with it
// when the box answers again.
func (r *run) notUndone(e *ending, rollback error) error {
	s := r.stuck(e, rollback)
	if r.patience != nil && (s.reason == ReasonUnreachable || s.reason == ReasonLeaseLost) {
		s.outcome = Pending
	}
	return s
}

// undoAll undoes what was begun. A step that cannot be undone does not keep those
// before it from it, unless the box must not be touched any more. A journal that
// cannot be written does not either: the box comes first.
func (r *run) undoAll(ctx context.Context) (failed, unwritten error) {
	for _, b := range slices.Backward(r.begun) {
		if b.refused {
			continue
		}
		if err := r.leaseHolds(); err != nil {
			return errors.Join(failed, err), unwritten
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
			if isCredentials(err) {
				return failed, unwritten // another try might lock the account
			}
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
func (r *run) stuck(e *ending, rollback error) *ending {
	s := &ending{outcome: Stuck, reason: e.reason, step: e.step, cause: errors.Join(e.cause, rollback)}
	if s.step == "" && len(r.begun) > 0 {
		s.step = r.begun[len(r.begun)-1].record.Step
	}
	var back *ending
	switch {
	case rollback == nil:
	case isCredentials(rollback):
		s.reason = ReasonWrongPassword
	case errors.As(rollback, &back) && back.foreign:
		s.reason = back.reason
	case isLost(rollback):
		s.reason = ReasonUnreachable
	default:
		s.reason = ReasonNotRestored
	}
	return s
}
