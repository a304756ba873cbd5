package mgmttest

import (
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
	*Chassis

	down   time.Duration
	forget func()

	mu       sync.Mutex
	restarts int
	backAt   time.Time // when a restart is over; zero for none
}

// NewBox starts a box that closes with the test.
func NewBox(t testing.TB, o BoxOptions, kind Kind) *Box {
	t.Helper()
	p := o.parts(kind).complete()
	o.Clock = p.Clock
	return ForTest(t, o.Konnektor, p.Services, func(k *konnektortest.Konnektor) (*Box, error) {
		o.Konnektor = k
		return StartBox(o, kind)
	})
}

// parts are those of the chassis.
func (o BoxOptions) parts(kind Kind) Parts {
	o.Services.Style = or(o.Services.Style, kind.Style)
	return Parts{
		Clock: o.Clock, Konnektor: o.Konnektor, Services: o.Services, Listen: o.Listen, Name: kind.Name,
		Account: o.Account, User: kind.User,
	}
}

// StartBox starts a box. The caller closes it.
func StartBox(o BoxOptions, kind Kind) (*Box, error) {
	b := &Box{down: or(o.Down, 3*time.Minute), forget: kind.Forget}
	if _, err := StartChassis(o.parts(kind), boxModel{kind.Handler(b), b}); err != nil {
		return nil, err
	}
	return b, nil
}

// boxModel is a Box as a [Model].
type boxModel struct {
	Handler
	b *Box
}

// Begin takes the chassis: a box without further state is made.
func (m boxModel) Begin(c *Chassis) error {
	m.b.Chassis = c
	return nil
}

// Sync ends a restart whose time has passed.
func (m boxModel) Sync() { m.b.sync() }

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
