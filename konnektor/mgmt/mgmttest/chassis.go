package mgmttest

import (
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// Chassis is what every simulated box consists of: the services of a Konnektor, a
// management port and a clock. What the box does is its [Model]. Its methods are
// safe for concurrent use.
type Chassis struct {
	*Server
	Konnektor *konnektortest.Konnektor // the services
	Clock     *Clock

	own    bool // the services were started here
	unwant func()
	once   sync.Once
}

// Model is the box behind the port of a chassis.
type Model interface {
	Handler
	// Begin makes the first state of the box. Services and port are there; no
	// request is answered yet. Its error ends the start.
	Begin(c *Chassis) error
	// Sync brings the box to the time of its clock. It runs after Begin and
	// whenever the clock has moved.
	Sync()
}

// Parts say what chassis to start.
type Parts struct {
	// Clock is the time of the box; nil means one that stands at the present.
	Clock *Clock
	// Konnektor are the services; nil starts some with Services, which has the
	// box's clock unless it has one.
	Konnektor *konnektortest.Konnektor
	Services  konnektortest.Options
	// Seed is for what the box does by chance; 0 means that of the Konnektor.
	Seed uint64
	// Listen is the loopback address of the management port; "" means a free
	// one. Name is the common name in its certificate.
	Listen, Name string
	// Account is the admin account. One without a user has User, one without a
	// password has one made up.
	Account Account
	User    string
}

func (p Parts) complete() Parts {
	p.Clock = or(p.Clock, NewClock(time.Time{}))
	if p.Services.Now == nil {
		p.Services.Now = p.Clock.Now
	}
	p.Account.User = or(p.Account.User, p.User)
	p.Account.Password = or(p.Account.Password, "Sim!"+rand.Text())
	return p
}

// StartChassis starts the chassis of a box. The caller closes it.
func StartChassis(p Parts, m Model) (*Chassis, error) {
	p = p.complete()
	c := &Chassis{Clock: p.Clock, Konnektor: p.Konnektor, own: p.Konnektor == nil}
	if c.own {
		k, err := konnektortest.Start(p.Services)
		if err != nil {
			return nil, fmt.Errorf("mgmttest: services: %w", err)
		}
		c.Konnektor = k
	}
	server, err := newServer(Options{
		Clock: p.Clock, Seed: or(p.Seed, c.Konnektor.Seed()), Account: p.Account, Handler: m, Listen: p.Listen, Name: p.Name,
	})
	if err != nil {
		c.closeServices()
		return nil, err
	}
	c.Server = server
	if err := m.Begin(c); err != nil {
		_ = c.Close()
		return nil, err
	}
	m.Sync()
	c.unwant = p.Clock.Watch(m.Sync)
	server.run()
	return c, nil
}

// Close stops the management interface, and the services if they were started
// with it. It may be called more than once and always returns nil.
func (c *Chassis) Close() error {
	c.once.Do(func() {
		if c.unwant != nil {
			c.unwant()
		}
		_ = c.Server.Close()
		c.closeServices()
	})
	return nil
}

func (c *Chassis) closeServices() {
	if c.own {
		_ = c.Konnektor.Close()
	}
}

// ForTest starts a box that closes with the test, and its services with it: those
// of a test tell their seed when it fails. With services in have it starts none.
// start gets them.
func ForTest[B io.Closer](t testing.TB, have *konnektortest.Konnektor, services konnektortest.Options, start func(*konnektortest.Konnektor) (B, error)) B {
	t.Helper()
	if have == nil {
		have = konnektortest.NewWith(t, services)
	}
	b, err := start(have)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}
