package restart_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

const (
	unlockedSMCB konnektor.ICCSN = "80276001010000000001"
	lockedSMCB   konnektor.ICCSN = "80276001010000000002"
)

// practice is a box with two terminals and two SMC-Bs, one of them in use, and
// what the caller is told.
type practice struct {
	box   *memorybox.Box
	hooks restart.Hooks

	phases  []restart.Phase
	locked  []restart.PIN
	renewed int
}

func newPractice(t *testing.T) *practice {
	t.Helper()
	p := &practice{box: memorybox.New(memorybox.Options{})}
	p.box.Equip([]konnektor.TerminalID{"ct1", "ct2"},
		memorybox.SMCB{ICCSN: unlockedSMCB, Mandant: "m1", Terminal: "ct1", Unlocked: true, Retries: new(3)},
		memorybox.SMCB{ICCSN: lockedSMCB, Mandant: "m2", Terminal: "ct2", Retries: new(3)})
	p.hooks = restart.Hooks{
		Now:           p.box.Clock().Now,
		Phase:         func(phase restart.Phase) { p.phases = append(p.phases, phase) },
		PINs:          func(_ context.Context, locked []restart.PIN) { p.locked = locked },
		Subscriptions: func(context.Context) error { p.renewed++; return nil },
	}
	return p
}

func (p *practice) options(t *testing.T) fix.Options {
	t.Helper()
	return fix.Options{Dir: t.TempDir(), Clock: p.box.Clock(), Consented: "test", AllowNoWayBack: true}
}

func (p *practice) run(t *testing.T, parameters restart.Parameters) fix.Report {
	t.Helper()
	return fix.Run(t.Context(), p.box, restart.New(parameters, p.hooks), p.options(t))
}

func (p *practice) requested() restart.Parameters {
	return restart.Parameters{Requested: p.box.Clock().Now()}
}

func TestWhenTheBoxWaitsForIt(t *testing.T) {
	p := newPractice(t)
	p.box.NeedRestart()
	r := p.run(t, restart.Parameters{})
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	require.Equal(t, 1, p.box.Restarts())
	require.Equal(t, []restart.Phase{
		restart.PhaseDown, restart.PhaseServices, restart.PhaseVPN, restart.PhaseTerminals, restart.PhaseCards, restart.PhaseReady,
	}, p.phases)
	require.Equal(t, []restart.PIN{{ICCSN: unlockedSMCB, MandantID: "m1", Terminal: "ct1", Retries: new(3)}}, p.locked,
		"the one that was in use is told, the other one was locked before")
	require.Equal(t, 1, p.renewed)
	require.Nil(t, r.Plan[0].Undo)
}

func TestNothingToDo(t *testing.T) {
	p := newPractice(t)
	require.Equal(t, fix.AlreadyDone, p.run(t, restart.Parameters{}).Outcome)
	require.Equal(t, []mgmt.Operation{mgmt.OpStatus}, p.box.Operations())
	require.Zero(t, p.box.Restarts())
}

func TestRequestedIsMadeOnce(t *testing.T) {
	p := newPractice(t)
	parameters := p.requested()
	require.Equal(t, fix.Applied, p.run(t, parameters).Outcome)
	require.Equal(t, fix.AlreadyDone, p.run(t, parameters).Outcome, "in another process, by the time of the start")
	require.Equal(t, 1, p.box.Restarts())
}

func TestDryRunChangesNothing(t *testing.T) {
	p := newPractice(t)
	o := p.options(t)
	o.DryRun = true
	r := fix.Run(t.Context(), p.box, restart.New(p.requested(), p.hooks), o)
	require.Equal(t, fix.Planned, r.Outcome)
	require.Zero(t, p.box.Restarts())
	require.Empty(t, p.phases)
	require.NotContains(t, p.box.Operations(), mgmt.OpRestart)
	require.Contains(t, r.Plan[0].Before, "2 terminals connected, 2 SMC-B, 1 of them unlocked")
}

func TestNoWayBackMustBeAllowed(t *testing.T) {
	p := newPractice(t)
	o := p.options(t)
	o.AllowNoWayBack = false
	r := fix.Run(t.Context(), p.box, restart.New(p.requested(), p.hooks), o)
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonNoWayBack, r.Reason)
}

func TestCoolDown(t *testing.T) {
	for name, c := range map[string]struct {
		after   time.Duration // since the first restart was over
		p       func(p *practice) restart.Parameters
		outcome fix.Outcome
	}{
		"too soon":               {time.Minute, (*practice).requested, fix.Refused},
		"later":                  {time.Hour, (*practice).requested, fix.Applied},
		"later as well, by hand": {time.Hour, func(p *practice) restart.Parameters { r := p.requested(); r.CoolDownMinutes = 90; return r }, fix.Refused},
		"a journal knows better": {time.Hour, func(p *practice) restart.Parameters { r := p.requested(); r.Last = p.box.Clock().Now(); return r }, fix.Refused},
		"without":                {10 * time.Minute, func(p *practice) restart.Parameters { r := p.requested(); r.CoolDownMinutes = -1; return r }, fix.Applied},
		"the box waits, too soon": {time.Minute, func(p *practice) restart.Parameters {
			p.box.NeedRestart()
			return restart.Parameters{}
		}, fix.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPractice(t)
			require.Equal(t, fix.Applied, p.run(t, p.requested()).Outcome)
			require.NoError(t, p.box.Clock().Sleep(t.Context(), 6*time.Minute+c.after))
			parameters := c.p(p)
			r := p.run(t, parameters)
			require.Equal(t, c.outcome, r.Outcome, "%v", r.Err)
			if c.outcome == fix.Refused {
				require.Equal(t, restart.ReasonCoolDown, r.Reason)
				require.Equal(t, 1, p.box.Restarts())
			}
		})
	}
}

func TestPINIsEnteredAtTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name    string
		entered bool
		retries int
		asked   int
		told    int
	}{
		{"somebody enters it", true, 3, 1, 0},
		{"nobody is there", false, 3, 1, 1},
		{"the last try is not taken", true, 1, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPractice(t)
			p.box.Equip([]konnektor.TerminalID{"ct1"},
				memorybox.SMCB{ICCSN: unlockedSMCB, Mandant: "m1", Terminal: "ct1", Unlocked: true, Entered: c.entered, Retries: &c.retries})
			parameters := p.requested()
			parameters.EnterPIN = true
			r := p.run(t, parameters)
			require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
			require.Equal(t, c.asked, count(p.box, mgmt.OpPINVerify))
			require.Len(t, p.locked, c.told)
		})
	}
}

func TestTerminalThatDoesNotComeBack(t *testing.T) {
	p := newPractice(t)
	f := restart.New(p.requested(), p.hooks)
	plan, err := f.Plan(t.Context(), p.box)
	require.NoError(t, err)
	require.NoError(t, plan[0].Apply(t.Context()))
	p.box.Unplug("ct2")
	require.NoError(t, p.box.Clock().Sleep(t.Context(), time.Hour))
	done, err := plan[0].Visible(t.Context())
	require.NoError(t, err)
	require.False(t, done)
	require.Equal(t, restart.PhaseTerminals, p.phases[len(p.phases)-1])
}

func TestServicesAreWaitedFor(t *testing.T) {
	p := newPractice(t)
	down := 3
	p.hooks.Services = func(context.Context) error {
		if down--; down > 0 {
			return errors.New("not yet")
		}
		return nil
	}
	require.Equal(t, fix.Applied, p.run(t, p.requested()).Outcome)
	require.LessOrEqual(t, down, 0)
}

// A box that tells neither when it started nor what it waits for is restarted on
// request only, and recognised by its absence.
func TestBoxThatTellsLittle(t *testing.T) {
	p := newPractice(t)
	silent := &silent{p.box}
	_, err := restart.New(restart.Parameters{}, p.hooks).Plan(t.Context(), silent)
	var refusal *fix.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, restart.ReasonCannotTell, refusal.Reason)

	r := fix.Run(t.Context(), silent, restart.New(p.requested(), p.hooks), p.options(t))
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	require.Equal(t, 1, p.box.Restarts())
}

// silent is a box without times and without capabilities beside status and
// restart.
type silent struct{ box *memorybox.Box }

func (s *silent) Product() mgmt.Product             { return s.box.Product() }
func (s *silent) Close(ctx context.Context) error   { return s.box.Close(ctx) }
func (s *silent) Restart(ctx context.Context) error { return s.box.Restart(ctx) }
func (s *silent) Status(ctx context.Context) (mgmt.Status, error) {
	status, err := s.box.Status(ctx)
	return mgmt.Status{TI: status.TI}, err
}

// A product without any status is restarted on request and watched by its
// services.
func TestBoxThatTellsNothing(t *testing.T) {
	p := newPractice(t)
	mute := &mute{p.box}
	_, err := restart.New(p.requested(), p.hooks).Plan(t.Context(), mute)
	require.ErrorIs(t, err, mgmt.ErrUnsupported)
	p.hooks.Services = func(ctx context.Context) error { _, err := p.box.Served(ctx); return err }
	_, err = restart.New(restart.Parameters{}, p.hooks).Plan(t.Context(), mute)
	require.ErrorIs(t, err, mgmt.ErrUnsupported, "nobody can tell whether it waits for a restart")
	r := fix.Run(t.Context(), mute, restart.New(p.requested(), p.hooks), p.options(t))
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	require.Equal(t, 1, p.box.Restarts())
	require.Equal(t, restart.PhaseReady, p.phases[len(p.phases)-1])
}

// mute is a box that can be restarted and no more.
type mute struct{ box *memorybox.Box }

func (m *mute) Product() mgmt.Product             { return m.box.Product() }
func (m *mute) Close(ctx context.Context) error   { return m.box.Close(ctx) }
func (m *mute) Restart(ctx context.Context) error { return m.box.Restart(ctx) }

func TestProductsThatCannot(t *testing.T) {
	p := newPractice(t)
	_, err := restart.New(p.requested(), p.hooks).Plan(t.Context(), struct{ mgmt.Device }{p.box})
	require.ErrorIs(t, err, mgmt.ErrUnsupported)
	p.box.Disturb(mgmt.OpStatus, memorybox.Unknown)
	_, err = restart.New(p.requested(), p.hooks).Plan(t.Context(), p.box)
	require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
	for _, op := range []mgmt.Operation{mgmt.OpTerminals, mgmt.OpCards, mgmt.OpMandanten, mgmt.OpPINStatus} {
		p.box.Disturb(op, memorybox.Unknown)
		plan, err := restart.New(p.requested(), p.hooks).Plan(t.Context(), p.box)
		require.NoError(t, err, "%s: what a product does not tell is not waited for", op)
		require.NotEmpty(t, plan)
	}
}

func TestRefusedAndIgnored(t *testing.T) {
	p := newPractice(t)
	p.box.Disturb(mgmt.OpRestart, memorybox.Refused)
	require.Equal(t, fix.RolledBack, p.run(t, p.requested()).Outcome)
	p.box.Disturb(mgmt.OpRestart, memorybox.Ignored)
	require.Equal(t, fix.RolledBack, p.run(t, p.requested()).Outcome, "it is as it was")
	require.Zero(t, p.box.Restarts())
}

func TestWhateverHappensToWhicheverRequest(t *testing.T) {
	reference := newPractice(t)
	require.Equal(t, fix.Applied, reference.run(t, reference.requested()).Outcome)
	calls := reference.box.Calls()
	for _, i := range memorybox.Interruptions(calls[:min(len(calls), 30)]) {
		t.Run(i.Name, func(t *testing.T) {
			p := newPractice(t)
			p.box.Plan(i)
			o, parameters := p.options(t), p.requested()
			r := fix.Run(t.Context(), p.box, restart.New(parameters, p.hooks), o)
			for range 2 {
				require.NoError(t, p.box.Clock().Sleep(t.Context(), time.Hour))
				r = fix.Run(t.Context(), p.box, restart.New(parameters, p.hooks), o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.GreaterOrEqual(t, p.box.Restarts(), 1)
			require.LessOrEqual(t, count(p.box, mgmt.OpRestart), 2)
		})
	}
}

// A process that is killed at any request leaves what the next one brings to its
// end; the box restarts once.
func TestKilledAtAnyRequest(t *testing.T) {
	reference := newPractice(t)
	require.Equal(t, fix.Applied, reference.run(t, reference.requested()).Outcome)
	calls := reference.box.Calls()
	for _, i := range memorybox.Kills(calls[:min(len(calls), 30)]) {
		t.Run(i.Name, func(t *testing.T) {
			p := newPractice(t)
			p.box.Plan(i)
			o, parameters := p.options(t), p.requested()
			require.False(t, memorybox.Process(func() { fix.Run(t.Context(), p.box, restart.New(parameters, p.hooks), o) }))
			r := fix.Run(t.Context(), p.box, restart.New(parameters, p.hooks), o)
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.Equal(t, 1, p.box.Restarts())
			unfinished, err := fix.Unfinished(o.Dir)
			require.NoError(t, err)
			require.Empty(t, unfinished)
		})
	}
}

func count(box *memorybox.Box, op mgmt.Operation) (n int) {
	for _, o := range box.Operations() {
		if o == op {
			n++
		}
	}
	return n
}

func TestReverse(t *testing.T) {
	p := newPractice(t)
	f := restart.New(restart.Parameters{}, p.hooks)
	require.Error(t, f.Reverse(t.Context(), p.box, fix.Record{Step: "restart"}))
	require.NoError(t, f.Reverse(t.Context(), p.box, fix.Record{Step: "subscriptions"}))
}

func TestParametersAreData(t *testing.T) {
	want := restart.Parameters{Requested: time.Date(2026, 7, 1, 2, 3, 4, 0, time.UTC), CoolDownMinutes: 5, EnterPIN: true}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"requested":"2026-07-01T02:03:04Z","cool_down_minutes":5,"enter_pin":true}`, string(data))
	var got restart.Parameters
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, want, got)
}

// TestRequests pins what the fix asks of a box until the restart: how often it
// looks afterwards is a matter of time.
func TestRequests(t *testing.T) {
	p := newPractice(t)
	require.Equal(t, fix.Applied, p.run(t, p.requested()).Outcome)
	require.Equal(t, []mgmt.Operation{
		mgmt.OpStatus, mgmt.OpTerminals, mgmt.OpCards, mgmt.OpMandanten, mgmt.OpPINStatus, mgmt.OpPINStatus,
		mgmt.OpRestart, mgmt.OpStatus,
	}, p.box.Operations()[:8])
	require.Equal(t, 1, count(p.box, mgmt.OpRestart))
}
