package secunettest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Box is a running Konnektor with its management interface. Its methods are safe
// for concurrent use. Requests, Fail, CutBefore, Counters and so on are those of
// [mgmttest.Server].
type Box struct {
	*mgmttest.Chassis

	opts Options
	rng  *rand.Rand

	mu       sync.Mutex
	started  time.Time
	phases   *phases // nil when the box is up
	restart  bool    // a restart is pending
	pending  []func()
	changes  []Change
	settings map[string]any
	security securityLog
	lines    []logLine
	logged   time.Time // until when the system log has been written
	trust    trust
	identity identity
	registry registration
	online   bool
	vpn      [2]tunnel
	cutVPN   bool
	freshVPN bool // nothing was in its way since the restart
	states   map[string]*operatingState
	handles  map[konnektor.CardHandle]string
	numbers  int
	entries  []*pinEntry
	internal map[string]any // settings of KSR and terminals that changed
	licensed bool
}

// Product is one of the products with this interface.
type Product string

// The products. Their lists differ.
const (
	Einbox        Product = "Einboxkonnektor"
	Rechenzentrum Product = "Rechenzentrumskonnektor"
	HSK           Product = "Highspeedkonnektor"
)

// Options say what box to start; the zero value is a healthy Einbox.
type Options struct {
	Product  Product // "" means Einbox
	Firmware string  // "" means 5.50.3
	// Clock is the time of the box; nil means one that stands at the present.
	Clock *mgmttest.Clock
	// Seed decides when a stuck box answers, and what is in the logs; 0 means
	// that of the Konnektor.
	Seed uint64
	// Konnektor are the services; nil starts some with Services. It must be of
	// style Secunet to be recognised.
	Konnektor *konnektortest.Konnektor
	Services  konnektortest.Options
	// Listen is the loopback address of the management port; "" means a free
	// one.
	Listen string
	// Account is the admin account; without a user it is super with a password
	// made up.
	Account mgmttest.Account

	// DaysAsNumbers writes days as JSON numbers; strings were seen from the user
	// interface, numbers from one client.
	DaysAsNumbers bool
	// Ignored are changes that are answered as done and are not done, by the
	// names in [Change]: what an HSK does with what it does not support. An HSK
	// ignores "online" in any case.
	Ignored []string
	// Capacity is how many entries the security log has room for; 0 means
	// 50000. The real number is not known.
	Capacity int
	// LongBlock is how long a change of retention by more than 40 days blocks
	// the interface; 0 means half an hour and a minute for each day beyond. The
	// manual says only that it may be long.
	LongBlock time.Duration
	// OfflineImport demands that Leistungsumfang Online is off while a trust
	// list is imported, as the manual of the HSK describes it for the box.
	OfflineImport bool
	// VPNAfterRestart lets the tunnel come back only after a restart, once its
	// cause has gone.
	VPNAfterRestart bool
	// SwitchSuffices lets the switch to the renewed ID.AK.AUT alone cure the
	// incident of July 2025, as one report says.
	SwitchSuffices bool
	// ManagementFollows shows the ID.AK.AUT on the management port too. A box has
	// a certificate of its own there; the second port of an HSK shows that of the
	// device.
	ManagementFollows bool
	// Timing is how long the phases of a restart take.
	Timing Timing
	// Incident starts the box in the middle of an incident; "" means a healthy
	// one. MissedChanges is how many changes of the trust anchor it slept through
	// in that of May 2020; 0 means 1. Stuck is how it hardly answers in that of
	// September 2020; the zero value means one request in fifty.
	Incident      Incident
	MissedChanges int
	Stuck         mgmttest.Stuck
}

// New starts a healthy Einbox that closes with the test.
func New(t testing.TB) *Box {
	t.Helper()
	return NewWith(t, Options{})
}

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Box {
	t.Helper()
	o = o.complete()
	return mgmttest.ForTest(t, o.Konnektor, o.services(), func(k *konnektortest.Konnektor) (*Box, error) {
		o.Konnektor = k
		return Start(o)
	})
}

// Start starts a box. The caller closes it.
func Start(o Options) (*Box, error) {
	b := newBox(o.complete())
	_, err := mgmttest.StartChassis(mgmttest.Parts{
		Clock: b.opts.Clock, Konnektor: o.Konnektor, Services: b.opts.services(), Seed: o.Seed,
		Listen: o.Listen, Name: "conn-at-pu", Account: o.Account, User: "super",
	}, handler{b})
	if err != nil {
		return nil, fmt.Errorf("secunettest: %w", err)
	}
	return b, nil
}

func (o Options) services() konnektortest.Options {
	s := o.Services
	o.incidentServices(&s)
	if s.Now == nil {
		s.Now = o.Clock.Now
	}
	s.Style = or(s.Style, konnektortest.Secunet)
	s.Directory.FirmwareVersion = or(s.Directory.FirmwareVersion, o.Firmware)
	return s
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (o Options) complete() Options {
	o.Clock = or(o.Clock, mgmttest.NewClock(time.Time{}))
	o.Product = or(o.Product, Einbox)
	o.Firmware = or(o.Firmware, o.Incident.firmware())
	o.Capacity = or(o.Capacity, 50000)
	if o.Product == HSK && !slices.Contains(o.Ignored, "online") {
		o.Ignored = append([]string{"online"}, o.Ignored...)
	}
	o.Timing = o.Timing.complete()
	return o
}

func newBox(o Options) *Box {
	return &Box{
		opts: o, online: true,
		states:  map[string]*operatingState{},
		handles: map[konnektor.CardHandle]string{}, numbers: 40,
		internal: map[string]any{},
	}
}

// Begin makes a healthy box, and then what is wrong with it.
func (h handler) Begin(c *mgmttest.Chassis) error {
	b, now := h.b, c.Clock.Now()
	b.Chassis, b.rng = c, rand.New(rand.NewPCG(c.Seed(), 5))
	b.started, b.logged = now.Add(-time.Hour).Truncate(time.Second), now.Add(-24*time.Hour)
	b.vpn[konnektortest.TI] = tunnel{up: true, since: b.started}
	b.vpn[konnektortest.SIS] = tunnel{up: true, since: b.started}
	b.settings = b.firstSettings()
	b.security = newSecurityLog(b.opts.Capacity, now)
	b.firstIdentity()
	return b.begin(b.opts.Incident)
}

// Sync brings the box to the time of its clock.
func (h handler) Sync() { h.b.sync() }

// sync brings the box to the time of its clock.
func (b *Box) sync() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.evolve()
}

// evolve does the work of sync. The lock is held.
func (b *Box) evolve() {
	now := b.Clock.Now()
	b.advancePhases(now)
	b.evolveSecurityLog(now)
	b.evolveStates(now)
	b.evolveSystemLog(now)
}

// CutVPN takes the tunnel to the TI away for a reason outside of the box, or
// gives it back.
func (b *Box) CutVPN(cut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cutVPN = cut
	b.evolve()
}
