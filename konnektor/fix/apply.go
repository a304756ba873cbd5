package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// apply makes the changes, one after the other, each waited for.
func (r *run) apply(ctx context.Context) error {
	if len(r.plan) == 0 {
		return nil
	}
	if err := r.stillThePlan(ctx); err != nil {
		return err
	}
	for i := range r.plan {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.step(ctx, i); err != nil {
			return r.atStep(i, err)
		}
		r.report.Done++
	}
	return nil
}

// atStep says at which step an error came up.
func (r *run) atStep(i int, err error) error {
	e := *endingOf(err)
	e.step = r.plan[i].Key
	return &e
}

// step makes one change.
func (r *run) step(ctx context.Context, i int) error {
	s := r.plan[i]
	if err := r.leaseHolds(); err != nil {
		return err
	}
	if r.leftRead && !slices.ContainsFunc(r.left, func(l Step) bool { return l.Key == s.Key }) {
		return nil // an earlier step has done it, too
	}
	if i > 0 {
		if err := r.restartState(ctx, s); err != nil {
			return err
		}
	}
	if done, err := r.wasBegun(ctx, i); err != nil || done {
		return err
	}
	r.progress(PhaseApply, i+1)
	if err := r.begin(s); err != nil {
		return err
	}
	lost, err := r.ask(ctx, s)
	if err != nil {
		return err
	}
	r.progress(PhaseVisible, i+1)
	err = r.waitVisible(ctx, i)
	if lost != nil && isUnchanged(err) {
		return lost // it was never accepted
	}
	if err != nil {
		return err
	}
	return r.note(stepRecord(EventVisible, s))
}

// leaseHolds asks before a change whether the box is still ours. A lease that
// could not be renewed for too long may have become another's meanwhile.
func (r *run) leaseHolds() error {
	if r.lease.holds() {
		return nil
	}
	return &ending{outcome: Refused, reason: ReasonLeaseLost, foreign: true,
		cause: errors.New("fix: the lease on the box was lost")}
}

// begin writes to disk that the step begins, before the box is asked.
func (r *run) begin(s Step) error {
	rec := stepRecord(EventBegun, s)
	if err := r.note(rec); err != nil {
		return err
	}
	known := slices.IndexFunc(r.begun, func(b begun) bool { return b.record.Step == s.Key })
	if known >= 0 {
		return nil // what was there before the first beginning is what to go back to
	}
	r.begun = append(r.begun, begun{record: rec, undo: s.Undo})
	return nil
}

// isUnchanged says whether the box answered all the time and showed no change.
func isUnchanged(err error) bool {
	var e *ending
	return errors.As(err, &e) && e.reason == ReasonUnchanged
}

// ask sends the change. A lost connection is no failure yet: what shows on the
// box decides.
func (r *run) ask(ctx context.Context, s Step) (lost, failed error) {
	r.leftRead = false
	err := s.Apply(ctx)
	if s.Repeatable && isLost(err) {
		err = r.again(ctx, err, s.Apply)
	}
	rec := Record{Event: EventAnswered, Step: s.Key}
	switch {
	case err == nil:
		r.answered()
	case isLost(err) && s.Later:
		return nil, &ending{outcome: Pending, reason: ReasonUnreachable, cause: err}
	case isLost(err) && ctx.Err() == nil:
		rec.Event, rec.Reason = EventFailed, ReasonUnreachable
	default:
		r.refusedAt(s.Key, isRefused(err))
		return nil, err
	}
	return err, r.note(rec)
}

// refusedAt notes whether the box surely did not do a step.
func (r *run) refusedAt(key string, refused bool) {
	for i := range r.begun {
		if r.begun[i].record.Step == key {
			r.begun[i].refused = refused && !r.begun[i].elsewhere
		}
	}
}

// wasBegun handles a step that another process has begun: it may have been made
// although it is still in the plan.
func (r *run) wasBegun(ctx context.Context, i int) (done bool, err error) {
	s := r.plan[i]
	if r.open == nil || !slices.ContainsFunc(r.open.Begun, func(b Record) bool { return b.Step == s.Key }) {
		return false, nil
	}
	if s.Repeatable {
		return false, nil
	}
	// Not to be made twice: it gets the time to show.
	r.progress(PhaseVisible, i+1)
	err = r.waitVisible(ctx, i)
	if err == nil {
		return true, r.note(stepRecord(EventVisible, s))
	}
	if isUnchanged(err) {
		return false, nil
	}
	return false, err
}

const (
	defaultWait = 2 * time.Minute
	firstPause  = time.Second
	longPause   = 15 * time.Second
)

// waitVisible asks the box until the change shows. A box that does not answer
// meanwhile may be busy with the change, or restarting.
func (r *run) waitVisible(ctx context.Context, i int) error {
	if r.plan[i].Later {
		return r.looksOnce(ctx, i)
	}
	wait := positive(r.plan[i].Wait, defaultWait)
	return r.until(ctx, wait, func(ctx context.Context) (bool, error) { return r.shows(ctx, i) })
}

// looksOnce leaves to a later run what does not show at once.
func (r *run) looksOnce(ctx context.Context, i int) error {
	ok, err := r.shows(ctx, i)
	if isLost(err) {
		err = r.again(ctx, err, func(ctx context.Context) (err error) {
			ok, err = r.shows(ctx, i)
			return err
		})
	}
	switch {
	case err == nil && ok:
		return nil
	case err == nil:
		return &ending{outcome: Pending, reason: r.whyUnseen(ctx), cause: errors.New("fix: accepted, but not to be seen yet")}
	case isLost(err):
		return &ending{outcome: Pending, reason: ReasonUnreachable, cause: err}
	}
	return err
}

// whyUnseen tells a box that is busy with a change from one that waits for a
// restart. It was not asked before the change; now that it answers it is, once.
func (r *run) whyUnseen(ctx context.Context) string {
	reader, err := mgmt.As[mgmt.StatusReader](r.device)
	if err != nil {
		return ReasonUnchanged
	}
	status, err := reader.Status(ctx)
	if err == nil && status.RestartRequired != nil && *status.RestartRequired {
		return ReasonRestartPending
	}
	return ReasonUnchanged
}

// until polls with growing pauses for at most wait. A condition that is not
// fulfilled by then ends it with ReasonUnchanged, or with the last lost answer.
func (r *run) until(ctx context.Context, wait time.Duration, fulfilled func(context.Context) (bool, error)) error {
	watch, pause := newStopwatch(r.o.Clock), firstPause
	for {
		ok, err := fulfilled(ctx)
		if err == nil && ok {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !isLost(err) {
			return err
		}
		rest := wait - watch.passed()
		switch {
		case rest > 0:
			pause = min(pause, rest)
		case err == nil:
			return &ending{outcome: Refused, reason: ReasonUnchanged,
				cause: fmt.Errorf("fix: accepted, but not to be seen after %s", wait)}
		case !r.windowOpen():
			return err
		}
		if err := r.o.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, longPause)
	}
}

// shows says whether step i can be seen to be done.
func (r *run) shows(ctx context.Context, i int) (ok bool, err error) {
	s := r.plan[i]
	lastLater := s.Later && i == len(r.plan)-1 // the plan verifies at the same time
	if visible := s.Visible; visible != nil && !lastLater {
		if ok, err = visible(ctx); err == nil {
			r.answered()
		}
		return ok, err
	}
	left, err := r.fix.Plan(ctx, r.device)
	if err != nil {
		return false, err
	}
	r.answered()
	r.left, r.leftRead = left, true
	done := !slices.ContainsFunc(left, func(l Step) bool { return l.Key == s.Key })
	if done && !partOf(left, r.plan[i+1:]) {
		return false, r.refuse(ReasonPlanChanged, "something else has changed the box meanwhile")
	}
	return done, nil
}

// partOf says whether what is left is no more than what was planned.
func partOf(left, planned Plan) bool {
	for _, l := range left {
		if !slices.ContainsFunc(planned, func(p Step) bool { return p.Key == l.Key && p.After == l.After }) {
			return false
		}
	}
	return true
}

// verify plans again: nothing may be left. The last step's own look at the box
// counts when that was a plan.
func (r *run) verify(ctx context.Context) error {
	r.progress(PhaseVerify, 0)
	if len(r.plan) == 0 || r.leftRead && len(r.left) == 0 {
		return nil
	}
	last := len(r.plan) - 1
	err := r.until(ctx, positive(r.plan[last].Wait, defaultWait), func(ctx context.Context) (bool, error) {
		left, err := r.fix.Plan(ctx, r.device)
		if err == nil {
			r.answered()
		}
		return len(left) == 0, err
	})
	if err != nil {
		return r.atStep(last, err)
	}
	return nil
}
