package memorybox

import (
	"context"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// How long a restart takes until the box answers again, and until the VPN is up
// again after that.
const (
	BootTime = 4 * time.Minute
	VPNTime  = time.Minute
)

// Clock stands still until it is moved. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock begins at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the clock.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// Options say what box to make. Zero fields mean a healthy Einbox.
type Options struct {
	Product mgmt.Product
	Clock   *Clock
	// List is the state of the trust list; NextUpdate is that of its list.
	List       *tsl.State
	NextUpdate time.Time
	// Renewed are the certificates of the renewed identity, Original that which
	// the box has from delivery (C.AK.AUT, DER).
	Original []byte
	Renewed  []mgmt.IdentityCertificate
}

// Box is the box. It is safe for concurrent use.
type Box struct {
	mu      sync.Mutex
	product mgmt.Product
	clock   *Clock
	planned map[mgmt.Operation][]Disturbance
	codes   []konnektor.Code
	calls   []Call

	up, started, vpn time.Time // answers from, began at, tunnel from
	restarts         int
	state            State
	pending          *State // from the next restart on
	history          []mgmt.LogSettings
	list             *tsl.State
	nextUpdate       time.Time
	stale            []string // operating states that are evaluated at start
	original         []byte
	renewed          []mgmt.IdentityCertificate
	terminals        []konnektor.TerminalID
	unplugged        konnektor.TerminalID
	smcbs            []SMCB
}

// State is what a fix can change.
type State struct {
	Log        mgmt.LogSettings
	Online     bool
	Sequence   int
	Source     mgmt.IdentitySource
	Registered mgmt.Registration
}

// New makes a box.
func New(o Options) *Box {
	b := &Box{product: o.Product, clock: o.Clock, planned: map[mgmt.Operation][]Disturbance{}, list: o.List,
		nextUpdate: o.NextUpdate, original: o.Original, renewed: o.Renewed}
	if b.product == (mgmt.Product{}) {
		b.product = mgmt.Product{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: "5.50.3", Serial: "memory"}
	}
	if b.clock == nil {
		b.clock = NewClock(time.Date(2026, 7, 15, 9, 0, 0, 0, time.UTC))
	}
	b.state = State{Log: delivered(), Online: true, Source: mgmt.IdentityOriginal,
		Registered: mgmt.Registration{Registered: true, ContractID: "contract", MandantID: "m1"}}
	if b.list != nil && b.list.List != nil {
		b.state.Sequence = b.list.List.Sequence
	}
	b.started = b.clock.Now().Add(-24 * time.Hour)
	b.up, b.vpn = b.started, b.started
	b.evaluate()
	b.history = []mgmt.LogSettings{b.state.Log}
	return b
}

// Product is that of the options.
func (b *Box) Product() mgmt.Product { return b.product }

// Close does nothing.
func (b *Box) Close(context.Context) error { return nil }

// Evidence is that of a box that is none.
func (b *Box) Evidence(mgmt.Operation) mgmt.Evidence { return mgmt.Simulator }

// State is the present state.
func (b *Box) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// Change alters the state as somebody else would.
func (b *Box) Change(f func(*State)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.state)
	b.history = []mgmt.LogSettings{b.state.Log}
}

// Clock is the box's clock.
func (b *Box) Clock() *Clock { return b.clock }

// NeedRestart makes the box wait for a restart: changes take effect after it.
func (b *Box) NeedRestart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	pending := b.state
	b.pending = &pending
}

// Restarts is how often the box was restarted.
func (b *Box) Restarts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.restarts
}

// target is where changes go.
func (b *Box) target() *State {
	if b.pending != nil {
		return b.pending
	}
	return &b.state
}

// restart is under the lock.
func (b *Box) restart() {
	b.restarts++
	b.up = b.clock.Now().Add(BootTime)
	b.started, b.vpn = b.up, b.up.Add(VPNTime)
	if b.pending != nil {
		b.state, b.pending = *b.pending, nil
	}
	for i := range b.smcbs {
		b.smcbs[i].Unlocked = false
	}
	b.evaluate()
}

// Restart restarts the box.
func (b *Box) Restart(ctx context.Context) error {
	return b.call(ctx, mgmt.OpRestart, func() error {
		b.restart()
		return nil
	})
}

// Status is what the box tells of itself. The states of the trust list are those
// at its start.
func (b *Box) Status(ctx context.Context) (mgmt.Status, error) {
	var s mgmt.Status
	err := b.call(ctx, mgmt.OpStatus, func() error {
		s = mgmt.Status{Started: b.started, RestartRequired: new(b.pending != nil)}
		s.TI = konnektor.VPN{Online: b.vpnUp(), Since: b.vpn}
		for _, name := range []string{tsl.StateOverdue, tsl.StateBeyondGrace, tsl.StateAnchorOutOfDate} {
			s.Operating = append(s.Operating, konnektor.OperatingState{
				Condition: name, Severity: "Fatal", Type: "Security", Active: contains(b.stale, name), Since: b.started,
			})
		}
		return nil
	})
	return s, err
}

func (b *Box) vpnUp() bool {
	return b.state.Online && len(b.stale) == 0 && !b.clock.Now().Before(b.vpn)
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}
