package mgmttest

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// BoxOptions say what box to start, of a vendor of whose management little is
// known: it can be logged in to and restarted. The zero value is a healthy one.
type BoxOptions struct {
	// Clock is the time of the box; nil means one that stands at the present.
	Clock *Clock
	// Konnektor are the services; nil starts some with Services, in the vendor's
	// style.
	Konnektor *konnektortest.Konnektor
	Services  konnektortest.Options
	// Listen is the loopback address of the management port; "" means a free
	// one.
	Listen string
	// Account is the admin account; without a user it has the vendor's usual one
	// and a password made up.
	Account Account
	// Down is how long a restart takes; 0 means three minutes.
	Down time.Duration
}

// Kind is what the boxes of a vendor have in common.
type Kind struct {
	Style konnektortest.Style
	User  string // of the admin account
	Name  string // in the certificate
	// Handler makes the interface of a box.
	Handler func(*Box) Handler
	// Forget runs when a restart begins; nil does nothing.
	Forget func()
}

// Box is a Konnektor with its management interface, of which more than a login
// and a restart is in the hands of its [Handler]. Its methods are safe for
// concurrent use.
type Box struct {
	*Server
	Konnektor *konnektortest.Konnektor
	Clock     *Clock

	own    bool
	down   time.Duration
	forget func()
	unwant func()

	mu       sync.Mutex
	restarts int
	backAt   time.Time // when a restart is over; zero for none
}

// NewBox starts a box that closes with the test.
func NewBox(t testing.TB, o BoxOptions, kind Kind) *Box {
	t.Helper()
	o = o.complete(kind)
	if o.Konnektor == nil {
		o.Konnektor = konnektortest.NewWith(t, o.Services)
	}
	b, err := StartBox(o, kind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func (o BoxOptions) complete(kind Kind) BoxOptions {
	if o.Clock == nil {
		o.Clock = NewClock(time.Time{})
	}
	o.Services.Style = or(o.Services.Style, kind.Style)
	if o.Services.Now == nil {
		o.Services.Now = o.Clock.Now
	}
	o.Account.User = or(o.Account.User, kind.User)
	o.Account.Password = or(o.Account.Password, "Sim!"+rand.Text())
	o.Down = or(o.Down, 3*time.Minute)
	return o
}

// StartBox starts a box. The caller closes it.
func StartBox(o BoxOptions, kind Kind) (*Box, error) {
	o = o.complete(kind)
	b := &Box{Clock: o.Clock, Konnektor: o.Konnektor, own: o.Konnektor == nil, down: o.Down, forget: kind.Forget}
	if b.own {
		k, err := konnektortest.Start(o.Services)
		if err != nil {
			return nil, fmt.Errorf("mgmttest: services: %w", err)
		}
		b.Konnektor = k
	}
	server, err := Start(Options{
		Clock: o.Clock, Seed: b.Konnektor.Seed(), Account: o.Account, Handler: kind.Handler(b), Listen: o.Listen, Name: kind.Name,
	})
	if err != nil {
		if b.own {
			_ = b.Konnektor.Close()
		}
		return nil, err
	}
	b.Server = server
	b.unwant = o.Clock.Watch(b.sync)
	return b, nil
}

// Close stops the management interface, and the services if the box has started
// them. It may be called more than once and always returns nil.
func (b *Box) Close() error {
	b.mu.Lock()
	unwant := b.unwant
	b.unwant = func() {}
	b.mu.Unlock()
	unwant()
	_ = b.Server.Close()
	if b.own {
		_ = b.Konnektor.Close()
	}
	return nil
}

// Restarts says how often the box was restarted.
func (b *Box) Restarts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.restarts
}

// Down says whether a restart is under way: neither management nor services
// answer, and afterwards both do.
func (b *Box) Down() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.backAt.IsZero()
}

// Reboot restarts the box as somebody at the box does.
func (b *Box) Reboot() { b.BeginRestart()() }

// BeginRestart begins a restart that a request asked for. What it returns takes
// the port off the network: for [Answer.Then].
func (b *Box) BeginRestart() (shut func()) {
	if b.forget != nil {
		b.forget()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.restarts++
	b.backAt = b.Clock.Now().Add(b.down)
	b.ExpireSessions()
	b.Konnektor.Reboot()
	b.Konnektor.SetDown(true)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.Shut(!b.backAt.IsZero())
	}
}

// RebootBefore restarts the box when the next request of an operation arrives:
// it is lost undone.
func (b *Box) RebootBefore(operation string) {
	b.Disturb(operation, Disturbance{Undone: true, Drop: true, Before: b.Reboot}, 1)
}

// sync ends a restart whose time has passed.
func (b *Box) sync() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.backAt.IsZero() || b.Clock.Now().Before(b.backAt) {
		return
	}
	b.backAt = time.Time{}
	b.Shut(false)
	b.Konnektor.SetDown(false)
}
