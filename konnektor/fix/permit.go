package fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// permit asks everything that may speak against a change, and writes the plan to
// the journal. Nothing was changed yet, except by a run that is gone on with.
func (r *run) permit(ctx context.Context) error {
	r.progress(PhasePermit, 0)
	if r.o.DryRun {
		return &ending{outcome: Planned, reason: ReasonDryRun}
	}
	if len(r.plan) == 0 {
		return r.note(r.resumedRecord())
	}
	if err := r.wayBack(); err != nil {
		return r.begunOr(err)
	}
	if err := r.inWindow(); err != nil {
		return err
	}
	if err := r.restartState(ctx, r.plan[0]); err != nil {
		return r.begunOr(err)
	}
	words, err := r.consent(ctx)
	if err != nil {
		return err
	}
	return r.notePlan(words)
}

// wayBack refuses steps that cannot be undone. A run that has begun was allowed
// those of its plan.
func (r *run) wayBack() error {
	if r.o.AllowNoWayBack || r.open != nil && r.withinConsent() {
		return nil
	}
	for _, s := range r.plan {
		if s.Undo == nil {
			return r.refuse(ReasonNoWayBack, fmt.Sprintf("step %s cannot be undone: allow it with AllowNoWayBack", s.Key))
		}
	}
	return nil
}

// inWindow looks at the maintenance window. What was begun is finished.
func (r *run) inWindow() error {
	if len(r.begun) > 0 || r.o.Window.Open(r.o.Clock.Now()) {
		return nil
	}
	return &ending{outcome: Planned, reason: ReasonWindow}
}

// restartState refuses a change while the box waits for a restart: it would be
// accepted and take no effect. A step that restarts the box may go on, and a box
// that hardly answers is not asked.
func (r *run) restartState(ctx context.Context, s Step) error {
	if s.Restarts || s.Later || r.noRestartState {
		return nil
	}
	reader, err := mgmt.As[mgmt.StatusReader](r.device)
	if err != nil {
		r.noRestartState = true
		return nil
	}
	var status mgmt.Status
	err = r.patiently(ctx, func(ctx context.Context) (err error) {
		status, err = reader.Status(ctx)
		return err
	})
	switch {
	case errors.Is(err, mgmt.ErrUnsupported), errors.Is(err, mgmt.ErrUnknownEndpoint),
		err == nil && status.RestartRequired == nil:
		r.noRestartState = true
		return nil
	case err != nil:
		return err
	case *status.RestartRequired:
		return r.refuse(ReasonRestartPending, "the box waits for a restart and would not act upon a change before")
	}
	return nil
}

// consent returns the words in which somebody has consented.
func (r *run) consent(ctx context.Context) (string, error) {
	switch {
	case r.open != nil && r.withinConsent():
		return r.open.Consent, nil
	case r.o.Consented != "":
		return r.o.Consented, nil
	case r.o.Consent == nil:
		return "", r.noConsent(nil)
	}
	r.replan = true
	given, err := r.o.Consent(ctx, slices.Clone(r.plan))
	if err != nil || !given {
		return "", r.noConsent(err)
	}
	return "asked, and consented", nil
}

func (r *run) noConsent(err error) error {
	if len(r.begun) > 0 {
		return &ending{reason: ReasonNoConsent, cause: errors.New("fix: no consent to what is left of a run that was begun")}
	}
	return &ending{outcome: Planned, reason: ReasonNoConsent, cause: err}
}

// withinConsent says whether what is left was part of the plan that an
// interrupted run had consent for.
func (r *run) withinConsent() bool {
	if r.open.Consent == "" {
		return false
	}
	for _, s := range r.plan {
		if !slices.ContainsFunc(r.open.Planned, func(p Record) bool { return p.Step == s.Key && p.After == s.After }) {
			return false
		}
	}
	return true
}

// notePlan writes the beginning of the run: what, on which box, by whose leave.
func (r *run) notePlan(words string) error {
	lines := []Record{r.resumedRecord()}
	if r.open == nil {
		lines[0].Event = EventStarted
		lines = append(lines, r.original...)
	}
	lines = append(lines, Record{Event: EventConsent, Words: words})
	if err := r.note(lines...); err != nil {
		return &ending{outcome: Refused, reason: reasonOr(err, ReasonJournal), cause: err}
	}
	return nil
}

func (r *run) resumedRecord() Record {
	p := r.device.Product()
	return Record{Event: EventResumed, Version: r.o.Version, Product: &p}
}

// planRecords are the steps of a plan for the journal.
func planRecords(p Plan) (records []Record) {
	for _, s := range p {
		rec := stepRecord(EventPlanned, s)
		rec.Snapshot = nil
		records = append(records, rec)
	}
	return records
}

func stepRecord(event Event, s Step) Record {
	return Record{Event: event, Step: s.Key, What: s.What, Before: s.Before, After: s.After,
		Evidence: s.Evidence, Snapshot: s.Snapshot, Restarts: s.Restarts}
}

// reasonOr is the reason of an error, or another one when it says nothing.
func reasonOr(err error, otherwise string) string {
	if reason := reasonOf(err); reason != ReasonFailed {
		return reason
	}
	return otherwise
}

// planAge is how old a plan may be when the first change begins: an older one is
// made again, for the box may have changed since.
// In a persistent run it is rarePlanAge.
const (
	planAge     = 10 * time.Second
	rarePlanAge = 10 * time.Minute
)

// stillThePlan plans again when time has passed, and stops when the plan is not
// the one that was consented to.
func (r *run) stillThePlan(ctx context.Context) error {
	age := planAge
	if r.patience != nil {
		age = rarePlanAge // a rare answer is not spent on looking twice
	}
	if !r.replan && r.planned.passed() < age {
		return nil
	}
	before := planRecords(r.plan)
	plan, err := r.readPlan(ctx)
	switch {
	case err != nil:
		return r.begunOr(err)
	case len(plan) == 0 && len(r.begun) == 0:
		return &ending{outcome: AlreadyDone}
	case samePlan(before, planRecords(plan)), len(r.begun) > 0 && lessOf(before, planRecords(plan)):
		return nil // what has come to show meanwhile was begun by another process
	}
	return r.begunOr(r.refuse(ReasonPlanChanged, "the box has changed since the plan was made"))
}

// samePlan compares what a person was shown.
func samePlan(a, b []Record) bool { return slices.EqualFunc(a, b, sameStep) }

func sameStep(a, b Record) bool {
	return a.Step == b.Step && a.Before == b.Before && a.After == b.After
}

// lessOf says whether each step of now was in before.
func lessOf(before, now []Record) bool {
	for _, s := range now {
		if !slices.ContainsFunc(before, func(b Record) bool { return sameStep(b, s) }) {
			return false
		}
	}
	return true
}
