package secunettest

import (
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Phase is how far a restart has come.
type Phase string

// The phases in their order. Each is named after what has just come back, the
// last one after the cards.
const (
	PhaseDown       Phase = "down"       // neither management nor services answer
	PhaseManagement Phase = "management" // management answers, nothing else does
	PhaseServices   Phase = "services"   // SOAP answers, without TI and terminals
	PhaseVPN        Phase = "vpn"        // the tunnels are up, when nothing else is in their way
	PhaseTerminals  Phase = "terminals"  // the terminals are connected, cards are not yet known
	PhaseReady      Phase = "ready"
)

// Timing is when each phase begins, from the request to restart on, by the
// clock of the box. A client of the field waits 30 s, asks every 10 s and gives
// up after ten minutes; the times here are made up to fit in.
type Timing struct{ Management, Services, VPN, Terminals, Ready time.Duration }

func (t Timing) complete() Timing {
	t.Management = or(t.Management, 90*time.Second)
	t.Services = max(or(t.Services, 120*time.Second), t.Management)
	t.VPN = max(or(t.VPN, 150*time.Second), t.Services)
	t.Terminals = max(or(t.Terminals, 180*time.Second), t.VPN)
	t.Ready = max(or(t.Ready, 200*time.Second), t.Terminals)
	return t
}

// phases is a restart under way.
type phases struct {
	begun     time.Time
	phase     Phase
	cards     []konnektortest.Card
	terminals []konnektor.TerminalID // that were connected before
}

// Phase says how far a restart has come; a box that is up is ready.
func (b *Box) Phase() Phase {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phase()
}

func (b *Box) phase() Phase {
	if b.phases == nil {
		return PhaseReady
	}
	return b.phases.phase
}

// Reboot restarts the box as somebody at the box does. Sessions end, changes that
// waited come into effect, cards come back with new handles and locked PINs.
func (b *Box) Reboot() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reboot()
	b.Shut(true)
}

// restartRequest restarts the box when the answer has been sent.
func (b *Box) restartRequest(c *mgmttest.Call) mgmttest.Answer {
	a := done()
	if c.Undone {
		return a
	}
	b.reboot()
	a.Then = func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.phase() == PhaseDown {
			b.Shut(true)
		}
	}
	return a
}

// RebootBefore restarts the box when the next request of an operation arrives:
// it is lost undone.
func (b *Box) RebootBefore(operation string) {
	b.Disturb(operation, mgmttest.Disturbance{Undone: true, Drop: true, Before: b.Reboot}, 1)
}

// RebootAfter restarts the box when the next request of an operation has been
// done: its answer is lost.
func (b *Box) RebootAfter(operation string) {
	b.Disturb(operation, mgmttest.Disturbance{Drop: true, After: b.Reboot}, 1)
}

// reboot begins a restart. The lock is held.
func (b *Box) reboot() {
	now := b.Clock.Now()
	p := b.phases
	if p == nil {
		p = &phases{}
		b.phases = p
	}
	p.begun, p.phase = now, PhaseDown
	b.changes = append(b.changes, Change{now, "restart", "", ""})
	b.ExpireSessions()
	b.endEntries()
	b.Konnektor.SetDown(true)
	b.Konnektor.Reboot()
	for _, t := range b.Konnektor.Model().Terminals {
		if !t.Disconnected {
			p.terminals = append(p.terminals, t.ID)
		}
	}
	for _, c := range b.Konnektor.Cards() {
		if gone, err := b.Konnektor.Remove(c.Handle); err == nil {
			p.cards = append(p.cards, gone)
		}
	}
	for _, id := range p.terminals {
		_ = b.Konnektor.SetConnected(id, false)
	}
	b.setTunnel(konnektortest.TI, false, now)
	b.setTunnel(konnektortest.SIS, false, now)
	b.restart = false
	pending := b.pending
	b.pending = nil
	for _, apply := range pending {
		apply()
	}
}

// advancePhases brings a restart to now. The lock is held.
func (b *Box) advancePhases(now time.Time) {
	p, t := b.phases, b.opts.Timing
	if p == nil {
		return
	}
	passed := now.Sub(p.begun)
	for _, step := range []struct {
		from, to Phase
		at       time.Duration
		do       func()
	}{
		{PhaseDown, PhaseManagement, t.Management, func() {
			b.started = p.begun.Add(t.Management)
			b.Shut(false)
		}},
		{PhaseManagement, PhaseServices, t.Services, func() { b.Konnektor.SetDown(false) }},
		{PhaseServices, PhaseVPN, t.VPN, func() { b.freshVPN = true }},
		{PhaseVPN, PhaseTerminals, t.Terminals, b.connectTerminals},
		{PhaseTerminals, PhaseReady, t.Ready, b.insertCards},
	} {
		if p.phase == step.from && passed >= step.at {
			p.phase = step.to
			step.do()
		}
	}
	if p.phase == PhaseReady {
		b.phases = nil
	}
}

func (b *Box) connectTerminals() {
	for _, id := range b.phases.terminals {
		_ = b.Konnektor.SetConnected(id, true)
	}
}

// insertCards lets the cards be known again. A place that a test has taken
// meanwhile stays taken.
func (b *Box) insertCards() {
	for _, c := range b.phases.cards {
		_, _ = b.Konnektor.InsertCard(c)
	}
}
