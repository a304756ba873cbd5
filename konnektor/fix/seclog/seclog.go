package seclog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Name is the name of the fix, as it stands in journals and job files.
const Name = "seclog"

// Parameters say how far to go. The zero value is for a box whose log overflows:
// everything down to the least, in careful steps.
type Parameters struct {
	// Days is the longest retention that is left, 10 to 365; 0 means 10.
	Days int `json:"days,omitempty"`
	// Level is the most talkative level that is left; "" means WARNING. A log with
	// a stricter level keeps it.
	Level mgmt.LogLevel `json:"level,omitempty"`
	// Modules are the logs to touch beside the security log, by fmName; none means
	// system, amts, epa, nfdm and vsdm. AllModules means all that the box has.
	Modules    []string `json:"modules,omitempty"`
	AllModules bool     `json:"all_modules,omitempty"`

	// OneStep makes the whole change in one request, for a box that hardly
	// answers: see the package comment.
	OneStep bool `json:"one_step,omitempty"`

	// Restore is the way back up: the settings to go to instead of the least ones,
	// in steps of the same size. See [RestoreFrom].
	Restore *Values `json:"restore,omitempty"`
}

func (p Parameters) days() int            { return cmp.Or(p.Days, minDays) }
func (p Parameters) level() mgmt.LogLevel { return cmp.Or(p.Level, mgmt.LevelWarning) }

func (p Parameters) touches(module string) bool {
	switch {
	case p.AllModules:
		return true
	case len(p.Modules) > 0:
		return slices.Contains(p.Modules, module)
	}
	return slices.Contains(knownModules, module)
}

// check refuses parameters that no box takes.
func (p Parameters) check() error {
	switch {
	case !inRange(p.days()):
		return fmt.Errorf("seclog: %d days: a retention has %d to %d", p.days(), minDays, maxDays)
	case !slices.Contains(levels, p.level()):
		return fmt.Errorf("seclog: level %q: there is no such", p.Level)
	case p.Restore == nil:
		return nil
	case p.OneStep:
		return errors.New("seclog: restore: nothing is urgent about it: without OneStep")
	case p.Restore.empty():
		return errors.New("seclog: restore: to nothing")
	case p.Restore.SecurityLogDays != nil && !inRange(*p.Restore.SecurityLogDays):
		return fmt.Errorf("seclog: restore: %d days: a retention has %d to %d", *p.Restore.SecurityLogDays, minDays, maxDays)
	}
	for _, m := range p.Restore.Modules {
		if m.Days != nil && !inRange(*m.Days) || m.Level != "" && !slices.Contains(levels, m.Level) {
			return fmt.Errorf("seclog: restore: %s: no such retention or level", m.Name)
		}
	}
	return nil
}

func inRange(days int) bool { return days >= minDays && days <= maxDays }

// Fix is the fix. It is safe for concurrent use.
type Fix struct{ p Parameters }

// New makes the fix. Parameters that make no sense are an error of Plan.
func New(p Parameters) *Fix { return &Fix{p: p} }

// Name is "seclog".
func (f *Fix) Name() string { return Name }

// Plan compares the log settings with those wanted. It returns an error that
// wraps [mgmt.ErrUnsupported] or [mgmt.ErrUnknownEndpoint] for a product whose
// settings cannot be changed from outside.
func (f *Fix) Plan(ctx context.Context, d mgmt.Device) (fix.Plan, error) {
	if err := f.p.check(); err != nil {
		return nil, err
	}
	log, err := mgmt.As[mgmt.LogConfigurer](d)
	if err != nil {
		return nil, err
	}
	found, err := log.LogSettings(ctx)
	if err != nil {
		return nil, err
	}
	target := f.target(found)
	if target.empty() {
		return nil, nil
	}
	if err := known.Check(d, mgmt.OpLogSettingsSet); err != nil {
		return nil, err
	}
	b := &box{log: log, last: found, evidence: known.Evidence(d, mgmt.OpLogSettingsSet)}
	if f.p.OneStep {
		what := stage{"all/" + strconv.Itoa(f.p.days()), "log settings, all at once", target}
		return fix.Plan{b.step(what, found, true)}, nil
	}
	var plan fix.Plan
	for _, st := range stages(found, target) {
		plan = append(plan, b.step(st, found, false))
		found = st.to.set(found)
	}
	return plan, nil
}

func (f *Fix) target(found mgmt.LogSettings) Values {
	if f.p.Restore != nil {
		return restored(*f.p.Restore, found)
	}
	return f.p.reduced(found)
}

// Reverse sets back what a step changed that another process began.
func (f *Fix) Reverse(ctx context.Context, d mgmt.Device, begun fix.Record) error {
	var before Values
	if err := json.Unmarshal(begun.Snapshot, &before); err != nil || before.empty() {
		return fmt.Errorf("seclog: step %s: no snapshot of the settings before it", begun.Step)
	}
	log, err := mgmt.As[mgmt.LogConfigurer](d)
	if err != nil {
		return err
	}
	return (&box{log: log}).goBack(ctx, before)
}

// box is a box within one plan.
type box struct {
	log      mgmt.LogConfigurer
	evidence mgmt.Evidence
	last     mgmt.LogSettings // as last read or written
}

// wait is how long a change may take to show: the box may delete entries before
// it answers again, or have restarted meanwhile. The estimates are for a box that
// is well.
const (
	wait           = 15 * time.Minute
	estimateDays   = time.Minute
	estimateOthers = 5 * time.Second
)

// step is the change st of settings that are found as they are before it.
func (b *box) step(st stage, found mgmt.LogSettings, later bool) fix.Step {
	before := st.to.of(found)
	snapshot, _ := json.Marshal(before) // strings, numbers and booleans
	step := fix.Step{
		Key: st.key, What: st.what, Before: before.String(), After: st.to.String(),
		Apply:    func(ctx context.Context) error { return b.write(ctx, st.to) },
		Undo:     func(ctx context.Context) error { return b.goBack(ctx, before) },
		Visible:  func(ctx context.Context) (bool, error) { return b.shows(ctx, st.to) },
		Snapshot: snapshot, Wait: wait, Evidence: b.evidence, Estimate: estimateOthers,
		Repeatable: true, Later: later,
	}
	if st.changesDays() {
		step.Estimate = estimateDays
	}
	return step
}

func (st stage) changesDays() bool {
	return st.to.SecurityLogDays != nil || slices.ContainsFunc(st.to.Modules, func(m ModuleValues) bool { return m.Days != nil })
}

func (b *box) write(ctx context.Context, v Values) error {
	s := v.set(b.last)
	if err := b.log.SetLogSettings(ctx, s); err != nil {
		return err
	}
	b.last = s
	return nil
}

func (b *box) shows(ctx context.Context, v Values) (bool, error) {
	s, err := b.log.LogSettings(ctx)
	if err != nil {
		return false, err
	}
	b.last = s
	return v.in(s), nil
}

// goBack sets v, in as many requests as the size of the change demands, and
// reads back after each. It needs to know nothing of what the box has now.
func (b *box) goBack(ctx context.Context, v Values) error {
	s, err := b.log.LogSettings(ctx)
	if err != nil {
		return err
	}
	b.last = s
	for _, st := range stages(s, restored(v, s)) {
		if err := b.write(ctx, st.to); err != nil {
			return err
		}
		ok, err := b.shows(ctx, st.to)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("seclog: %s: the box took the change back and does not show it", st.what)
		}
	}
	return nil
}
