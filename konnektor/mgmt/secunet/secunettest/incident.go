package secunettest

import (
	"fmt"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// Incident is one of the incidents of the field, as it is at the time of the
// box's clock: dates are moved to there.
type Incident string

// The incidents.
const (
	// May2020: a change of the trust anchor was missed; the list on the box ages,
	// the tunnel is down. Cured by the lists of [Box.Lists] in their order.
	May2020 Incident = "2020-05"
	// September2020: the security log has overflowed and keeps the box from
	// answering. Cured by less to log and, up to ten days later, by the log's age.
	September2020 Incident = "2020-09"
	// July2025: a box with RSA only and renewed certificates that it neither is
	// registered with nor shows; the tunnel is down. Cured by registering it again
	// and then switching ID.AK.AUT.
	July2025 Incident = "2025-07"
)

// Incidents lists them.
func Incidents() []Incident { return []Incident{May2020, September2020, July2025} }

// firmware is that of the time. Those of 2020 are made up to be plausible; that
// of 2025 is the first one that was affected.
func (i Incident) firmware() string {
	switch i {
	case May2020:
		return "2.1.0"
	case September2020:
		return "3.5.0"
	}
	return "5.50.3"
}

// Incident2020May starts a box that slept through so many changes of the trust
// anchor. With one its list is within the grace period, with three beyond.
func Incident2020May(t testing.TB, changes int) *Box {
	t.Helper()
	return NewWith(t, Options{Incident: May2020, MissedChanges: changes})
}

// Incident2020September starts a box that is stuck with an overflowed security
// log and answers one request in fifty.
func Incident2020September(t testing.TB) *Box {
	t.Helper()
	return NewWith(t, Options{Incident: September2020})
}

// Incident2025July starts a box that lost the tunnel for want of its renewed
// certificates.
func Incident2025July(t testing.TB) *Box {
	t.Helper()
	return NewWith(t, Options{Incident: July2025})
}

// incidentServices sets what an incident wants of the services.
func (o Options) incidentServices(s *konnektortest.Options) {
	if o.Incident == July2025 && s.Identity == "" {
		s.Identity = konnektortest.RSA2048
		now := o.Clock.Now()
		s.Certificate.NotBefore, s.Certificate.NotAfter = now.AddDate(-5, 0, 40), now.AddDate(0, 0, 40)
	}
}

// begin brings the box into the middle of an incident.
func (b *Box) begin(i Incident) error {
	switch i {
	case "":
		return b.firstTrust()
	case May2020:
		return b.beginMay()
	case September2020:
		b.beginSeptember()
		return b.firstTrust()
	case July2025:
		if err := b.firstTrust(); err != nil {
			return err
		}
		return b.beginJuly()
	}
	return fmt.Errorf("unknown incident %q", i)
}

// maker makes lists that are valid by the box's clock.
func (b *Box) maker() (*tsltest.Maker, error) {
	pki, err := certstest.Make(certstest.Options{At: b.Clock.Now(), WithoutRSA: true})
	if err != nil {
		return nil, err
	}
	return tsltest.Make(tsltest.MakerOptions{PKI: pki})
}

// firstTrust gives the box a list of yesterday.
func (b *Box) firstTrust() error {
	m, err := b.maker()
	if err != nil {
		return err
	}
	return b.use(m, b.Clock.Now().Add(-day))
}

// use makes a list of the first anchor, issued at a time, and puts it into use.
func (b *Box) use(m *tsltest.Maker, issued time.Time) error {
	l, err := m.List(tsltest.Spec{Issued: issued})
	if err != nil {
		return err
	}
	state, r, err := m.State().Accept(l.XML, tsl.Options{At: issued.Add(time.Hour), Historic: true})
	if err != nil {
		return err
	}
	b.trust.state, b.trust.nextUpdate, b.trust.updated = state, r.List.NextUpdate, issued.Add(day)
	return nil
}

// spacing is how far the lists with a change of anchor are apart.
const spacing = 20 * day

// beginMay gives the box a list from two weeks before the first change that it
// missed. That the tunnel wants the newest list stands for the trust anchor of the
// TI's name service, whose change failed in 2020.
func (b *Box) beginMay() error {
	m, err := b.maker()
	if err != nil {
		return err
	}
	changes := max(b.opts.MissedChanges, 1)
	now := b.Clock.Now()
	if err := b.use(m, now.Add(-15*day-time.Duration(changes)*spacing)); err != nil {
		return err
	}
	for i := range changes + 1 {
		spec := tsltest.Spec{Issued: now.Add(-day - time.Duration(changes-i)*spacing), Generation: i + 1}
		if i < changes {
			next, err := m.Anchor(i + 2)
			if err != nil {
				return err
			}
			spec.Announce = []tsltest.Announcement{{Anchor: next, Active: spec.Issued.Add(spacing / 2)}}
		}
		l, err := m.List(spec)
		if err != nil {
			return err
		}
		b.trust.lists = append(b.trust.lists, List{fmt.Sprintf("TSL-%d.xml", l.Sequence), l.XML, l.Sequence, i < changes})
		b.trust.needs = l.Sequence
	}
	return nil
}

// beginSeptember fills the security log with successful crypto operations.
func (b *Box) beginSeptember() {
	b.set("logSuccessfulCryptoOps", "ENABLED")
	b.set("logInfo.system.severity", "INFO")
	for _, m := range b.modules() {
		b.set("logInfo."+m.(map[string]any)["fmName"].(string)+".performanceLog", "ENABLED")
	}
	how := b.opts.Stuck
	if how == (mgmttest.Stuck{}) {
		how.OneIn = 50
	}
	s := &b.security
	s.defect = &how
	perHour := entriesPerHour + cryptoPerHour
	s.fill(s.capacity/perHour+1, perHour)
	s.trim(time.Duration(b.retention()) * day)
	s.overflow = true
}

// beginJuly gives the box renewed certificates that end in less than 180 days,
// which is when its firmware began to act.
func (b *Box) beginJuly() error {
	now := b.Clock.Now()
	if err := b.Renew(now.AddDate(-1, 0, 0), now.AddDate(0, 0, 176), true); err != nil {
		return err
	}
	b.licensed = true
	b.registry.demand = now.AddDate(0, 0, -1)
	return nil
}
