package restart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/boot"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Name is the name of the fix, as it stands in journals and job files.
const Name = "restart"

// The reasons of refusals.
const (
	ReasonCoolDown   = "cool-down"   // the last restart is too recent
	ReasonCannotTell = "cannot-tell" // the product does not say whether it waits for a restart
)

// defaultCoolDown is how long after a restart there is no other one.
const defaultCoolDown = 30

// clockTolerance is how far the clock of the box may be behind ours when a
// restart is recognised by the time at which the box started.
const clockTolerance = 5 * time.Minute

// Parameters say when to restart. They are data, for a job file.
type Parameters struct {
	// Requested is when somebody asked for a restart: it is made unless the box
	// has started since. The zero time means: only if the box waits for one.
	Requested time.Time `json:"requested,omitzero"`
	// CoolDownMinutes is how long after a restart there is no other one; 0 means
	// 30, less means no cool-down.
	CoolDownMinutes int `json:"cool_down_minutes,omitempty"`
	// Last is when the box was last restarted as a journal knows it; the time at
	// which the box says it started counts as well.
	Last time.Time `json:"last,omitzero"`
	// EnterPIN lets the terminal of each SMC-B whose PIN is locked again ask for
	// it. Without it they are told.
	EnterPIN bool `json:"enter_pin,omitempty"`
}

func (p Parameters) coolDown() time.Duration {
	return time.Duration(cmp.Or(p.CoolDownMinutes, defaultCoolDown)) * time.Minute
}

// Hooks are what the fix needs of its caller; zero fields have a default or are
// left out.
type Hooks struct {
	// Now is the time; nil means time.Now.
	Now func() time.Time
	// Services reports whether the services for client systems answer; nil leaves
	// the phase out. With it a product without a status can be restarted, too.
	Services func(ctx context.Context) error
	// Terminals lists the connected terminals; nil means as management does.
	Terminals func(ctx context.Context) ([]konnektor.TerminalID, error)
	// Cards lists the inserted SMC-Bs; nil means as management does.
	Cards func(ctx context.Context) ([]konnektor.ICCSN, error)
	// Phase is told each phase when it begins.
	Phase func(Phase)
	// PINs is told which PINs of SMC-Bs are locked now and were not before.
	PINs func(ctx context.Context, locked []PIN)
	// Subscriptions renews what the restart has ended; nil leaves it out.
	Subscriptions func(ctx context.Context) error
}

// Fix is the fix. It is safe for concurrent use if its hooks are. It stands for
// one restart: once it has seen one, it plans none.
type Fix struct {
	p     Parameters
	hooks Hooks
	seen  atomic.Bool
}

// New makes the fix.
func New(p Parameters, h Hooks) *Fix {
	if h.Now == nil {
		h.Now = time.Now
	}
	return &Fix{p: p, hooks: h}
}

// Name is "restart".
func (f *Fix) Name() string { return Name }

// Plan finds out whether there is a reason, and how the practice looks before.
// It returns an error that wraps [mgmt.ErrUnsupported] or
// [mgmt.ErrUnknownEndpoint], and a [*fix.Refusal] within the cool-down.
func (f *Fix) Plan(ctx context.Context, d mgmt.Device) (fix.Plan, error) {
	restarter, err := mgmt.As[mgmt.Restarter](d)
	if err != nil {
		return nil, err
	}
	if err := known.Check(d, mgmt.OpRestart); err != nil {
		return nil, err
	}
	reader, status, err := f.status(ctx, d)
	if err != nil {
		return nil, err
	}
	reason, err := f.reason(status)
	if err != nil || reason == "" {
		return nil, err
	}
	c := &course{fix: f, device: d, watch: boot.NewWatch(reader, status), vpn: status.TI.Online}
	if err := c.look(ctx); err != nil {
		return nil, err
	}
	plan := fix.Plan{c.restart(restarter, reason)}
	if len(c.pins) > 0 {
		plan = append(plan, c.askForPINs())
	}
	if f.hooks.Subscriptions != nil {
		plan = append(plan, c.subscriptions())
	}
	return plan, nil
}

// status is that of the box, and how to ask for it later. A product that tells
// nothing of itself can still be restarted on request when the caller sees whether
// its services answer.
func (f *Fix) status(ctx context.Context, d mgmt.Device) (mgmt.StatusReader, mgmt.Status, error) {
	reader, err := mgmt.As[mgmt.StatusReader](d)
	var status mgmt.Status
	if err == nil {
		status, err = reader.Status(ctx)
	}
	silent := errors.Is(err, mgmt.ErrUnsupported) || errors.Is(err, mgmt.ErrUnknownEndpoint)
	if silent && f.hooks.Services != nil && !f.p.Requested.IsZero() {
		return alive(f.hooks.Services), mgmt.Status{}, nil
	}
	return reader, status, err
}

// alive is the status of a box that shows no more than that it answers.
type alive func(ctx context.Context) error

// Status tells nothing, or that the box does not answer.
func (a alive) Status(ctx context.Context) (mgmt.Status, error) { return mgmt.Status{}, a(ctx) }

// Reverse has nothing to take back: a restart changes no setting.
func (f *Fix) Reverse(_ context.Context, _ mgmt.Device, begun fix.Record) error {
	if begun.Step == keyRestart {
		return errors.New("restart: there is no way back")
	}
	return nil
}

// reason is why to restart, "" for no reason.
func (f *Fix) reason(s mgmt.Status) (string, error) {
	reason := ""
	switch {
	case f.p.Requested.IsZero() && s.RestartRequired == nil:
		return "", f.refuse(ReasonCannotTell, "the product does not say whether it waits for a restart")
	case f.p.Requested.IsZero():
		if *s.RestartRequired {
			reason = "the box waits for it"
		}
	case !f.seen.Load() && (s.Started.IsZero() || s.Started.Before(f.p.Requested.Add(-clockTolerance))):
		reason = "requested"
	}
	if reason == "" {
		return "", nil
	}
	last := f.p.Last
	if s.Started.After(last) {
		last = s.Started
	}
	if age := f.hooks.Now().Sub(last); !last.IsZero() && age.Abs() < f.p.coolDown() {
		return "", f.refuse(ReasonCoolDown, "the last restart was %s ago", age.Round(time.Minute))
	}
	return reason, nil
}

func (f *Fix) refuse(reason, format string, args ...any) error {
	return &fix.Refusal{Fix: Name, Reason: reason, Text: fmt.Sprintf(format, args...)}
}
