package secunettest

import (
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Entries of the security log in an hour: always, and in addition while
// successful crypto operations are logged. Both are made up for a practice that
// the room of the log suffices for as long as they are not.
const (
	entriesPerHour = 8
	cryptoPerHour  = 350
)

// securityLog counts the entries of the security log by the hour. No entry can be
// deleted by an administrator: they leave when the retention is over, or when
// newer ones need their place.
type securityLog struct {
	capacity int
	at       time.Time // the hour that is being written
	hours    []hour    // oldest first
	total    int
	overflow bool // entries younger than the retention were overwritten
	// defect is that of the firmware of September 2020: a full log keeps the box
	// from answering, until it is half empty.
	defect *mgmttest.Stuck
	stuck  bool
}

type hour struct {
	begin   time.Time
	entries int
}

// newSecurityLog is the log of a box that has run for half a year.
func newSecurityLog(capacity int, now time.Time) securityLog {
	s := securityLog{capacity: capacity, at: now.Truncate(time.Hour)}
	s.fill(180*24, entriesPerHour)
	return s
}

// fill makes it the log of so many hours before now.
func (s *securityLog) fill(hours, entries int) {
	s.hours, s.total = nil, 0
	for i := hours; i > 0; i-- {
		s.hours = append(s.hours, hour{s.at.Add(-time.Duration(i) * time.Hour), entries})
		s.total += entries
	}
	s.trim(365 * day)
}

// trim lets entries go that are too old, and then those that there is no room
// for.
func (s *securityLog) trim(retention time.Duration) {
	for len(s.hours) > 0 && s.at.Sub(s.hours[0].begin) > retention {
		s.total -= s.hours[0].entries
		s.hours = s.hours[1:]
	}
	for s.total > s.capacity {
		gone := min(s.hours[0].entries, s.total-s.capacity)
		s.total -= gone
		s.hours[0].entries -= gone
		s.overflow = true
		if s.hours[0].entries == 0 {
			s.hours = s.hours[1:]
		}
	}
}

// maxHours bounds how many hours are looked at one by one: more than two years.
const maxHours = 20000

// evolveSecurityLog writes the log up to now. The lock is held.
func (b *Box) evolveSecurityLog(now time.Time) {
	s := &b.security
	entries := entriesPerHour
	if b.setting("logSuccessfulCryptoOps") == "ENABLED" {
		entries += cryptoPerHour
	}
	if now.Sub(s.at) > maxHours*time.Hour {
		s.at = now.Add(-maxHours * time.Hour).Truncate(time.Hour)
	}
	for !s.at.Add(time.Hour).After(now) {
		s.hours = append(s.hours, hour{s.at, entries})
		s.total += entries
		s.at = s.at.Add(time.Hour)
		s.trim(time.Duration(b.retention()) * day)
	}
	s.trim(time.Duration(b.retention()) * day)
	b.seize()
}

// seize lets a box with the defect get stuck, or frees it. That it writes no
// entry while it is stuck is a reading.
func (b *Box) seize() {
	s := &b.security
	switch {
	case s.defect == nil:
	case !s.stuck && s.total >= s.capacity*9/10:
		s.stuck = true
		b.Stuck(*s.defect)
	case s.stuck && s.total < s.capacity/2:
		s.stuck = false
		b.Unstick()
	}
}

// SecurityLog is how full the security log is.
type SecurityLog struct {
	Entries, Capacity int
	Oldest            time.Time // the hour of the oldest entry
	Overflow          bool      // EC_LOG_OVERFLOW: only an administrator sets it back
	Stuck             bool      // the box hardly answers because of it
}

// SecurityLog returns how full the security log is.
func (b *Box) SecurityLog() SecurityLog {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.security
	l := SecurityLog{Entries: s.total, Capacity: s.capacity, Overflow: s.overflow, Stuck: s.stuck}
	if len(s.hours) > 0 {
		l.Oldest = s.hours[0].begin
	}
	return l
}

// securityLogState tells a test in another language the same.
func (b *Box) securityLogState(*mgmttest.Call) mgmttest.Answer {
	s := &b.security
	return answer(map[string]any{"entries": s.total, "capacity": s.capacity, "overflow": s.overflow, "stuck": s.stuck})
}

// resetOverflow is what only an administrator can do.
func (b *Box) resetOverflow(c *mgmttest.Call) mgmttest.Answer {
	if b.security.overflow {
		b.change(c, "overflow", "true", "false", func() { b.security.overflow = false })
	}
	return done()
}
