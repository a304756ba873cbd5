package secunettest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Change is what was really changed on the box, in the order in which it came
// into effect. The names are those of the settings as the interface has them
// (logSuccessfulCryptoOps, securityLogDays, logInfo.system.severity,
// logInfo.vsdm.logDays, ...) and tsl, online, identity, registration, licence,
// overflow, restart, terminal, pin, ksr.
type Change struct {
	At            time.Time
	Name          string
	Before, After string
}

// Changes returns all changes since the start.
func (b *Box) Changes() []Change {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.changes)
}

// State is what a fix could change. Two are equal with == when nothing changed.
type State struct {
	LogSettings     string // JSON, keys sorted
	TSLSequence     int
	TSLID           string
	Anchor          string // subject
	Online          bool
	Identity        string // SMC-K_ORIGINAL, SMC-K_RENEWED, ...
	Certificate     string // SHA-256 of what the services show
	Registered      string // "", original or renewed
	Licensed        bool
	RestartRequired bool
	Pending         int // changes that wait for the restart
	Restarts        int
}

// State returns what a fix could change, as it is now.
func (b *Box) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	settings, _ := json.Marshal(b.settings)
	s := State{
		LogSettings: string(settings), Online: b.online, Identity: b.identity.source,
		Certificate: fingerprint(b.Konnektor.ServerCertificate()), Registered: b.registry.with,
		Licensed: b.licensed, RestartRequired: b.restart, Pending: len(b.pending),
	}
	if b.trust.state.List != nil {
		s.TSLSequence, s.TSLID = b.trust.state.List.Sequence, b.trust.state.List.ID
	}
	if b.trust.state.Anchor != nil {
		s.Anchor = b.trust.state.Anchor.Subject.CommonName
	}
	for _, c := range b.changes {
		if c.Name == "restart" {
			s.Restarts++
		}
	}
	return s
}

// change makes a change, unless the request is to have no effect, the product
// ignores it, or a pending restart comes first: then it waits. The lock is held.
func (b *Box) change(c *mgmttest.Call, name, before, after string, apply func()) {
	if c != nil && c.Undone || before == after || slices.Contains(b.opts.Ignored, name) {
		return
	}
	now := func() {
		b.changes = append(b.changes, Change{b.Clock.Now(), name, before, after})
		apply()
		b.logChange(name, after)
	}
	if b.restart {
		b.pending = append(b.pending, now)
		return
	}
	now()
}

// SetRestartRequired sets or takes back that a restart is pending: as long as it
// is, every change is accepted and waits for the restart.
func (b *Box) SetRestartRequired(required bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.restart = required
	b.evolve()
}

// RestartRequired says whether a restart is pending.
func (b *Box) RestartRequired() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.restart
}
