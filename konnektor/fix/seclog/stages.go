package seclog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// maxStep is the largest change of a retention at once, in days: a larger one
// may block the box for long (Bedienungsanleitung Highspeed-Konnektor 2.0,
// 6.4.6).
const maxStep = 40

// The bounds of a retention in days (Bedienungsanleitung Highspeed-Konnektor
// 2.0, 12.3).
const (
	minDays = 10
	maxDays = 365
)

// knownModules are the logs that the fix touches unless others are named.
var knownModules = []string{"system", "amts", "epa", "nfdm", "vsdm"}

// levels are from the most to the least talkative.
var levels = []mgmt.LogLevel{mgmt.LevelDebug, mgmt.LevelInfo, mgmt.LevelWarning, mgmt.LevelError, mgmt.LevelFatal}

// reduced is what of s has to change so that s is at most what p allows. A box
// that does not tell a retention has 0, and keeps it.
func (p Parameters) reduced(s mgmt.LogSettings) Values {
	var v Values
	if s.SuccessfulCryptoOps {
		v.SuccessfulCryptoOps = new(false)
	}
	if s.SecurityLogDays > p.days() {
		v.SecurityLogDays = new(p.days())
	}
	for _, m := range s.Modules {
		if !p.touches(m.Name) {
			continue
		}
		if m.Performance {
			v.ensure(m.Name).Performance = new(false)
		}
		if moreTalkative(m.Level, p.level()) {
			v.ensure(m.Name).Level = p.level()
		}
		if m.Days > p.days() {
			v.ensure(m.Name).Days = new(p.days())
		}
	}
	return v
}

// moreTalkative reports whether a box with level a writes more than with b. A
// level that is not known does not.
func moreTalkative(a, b mgmt.LogLevel) bool {
	i := slices.Index(levels, a)
	return i >= 0 && i < slices.Index(levels, b)
}

// restored is what of s has to change so that s is as v says. Logs that the box
// does not have any more are left out.
func restored(v Values, s mgmt.LogSettings) Values {
	found := v.of(s)
	var out Values
	if v.SuccessfulCryptoOps != nil && *v.SuccessfulCryptoOps != *found.SuccessfulCryptoOps {
		out.SuccessfulCryptoOps = v.SuccessfulCryptoOps
	}
	if v.SecurityLogDays != nil && *v.SecurityLogDays != *found.SecurityLogDays {
		out.SecurityLogDays = v.SecurityLogDays
	}
	for _, have := range found.Modules {
		want := v.module(have.Name)
		if have.Level != want.Level {
			out.ensure(have.Name).Level = want.Level
		}
		if want.Days != nil && *have.Days != *want.Days {
			out.ensure(have.Name).Days = want.Days
		}
		if want.Performance != nil && *have.Performance != *want.Performance {
			out.ensure(have.Name).Performance = want.Performance
		}
	}
	return out
}

// stage is one change on the way, of one kind of setting.
type stage struct {
	key, what string
	to        Values
}

// stages lead from s to target, each as small as the box can bear. The order is
// that of the effect on an overflowing log: fewer entries first.
func stages(s mgmt.LogSettings, target Values) []stage {
	var all []stage
	if target.SuccessfulCryptoOps != nil {
		to := Values{SuccessfulCryptoOps: target.SuccessfulCryptoOps}
		all = append(all, stage{"crypto-ops/" + onOff(*target.SuccessfulCryptoOps), "logging of successful cryptographic operations", to})
	}
	all = append(all, switches(target)...)
	all = append(all, securityDays(s, target)...)
	return append(all, moduleDays(s, target)...)
}

// switches are the stages of the performance logs and of the levels.
func switches(target Values) []stage {
	var performance, level Values
	for _, m := range target.Modules {
		if m.Performance != nil {
			performance.ensure(m.Name).Performance = m.Performance
		}
		if m.Level != "" {
			level.ensure(m.Name).Level = m.Level
		}
	}
	var all []stage
	if !performance.empty() {
		all = append(all, stage{"performance" + named(performance), "performance logs", performance})
	}
	if !level.empty() {
		all = append(all, stage{"level" + named(level), "log levels", level})
	}
	return all
}

// named tells the stages of different logs and values apart.
func named(v Values) string {
	var b strings.Builder
	for _, m := range v.Modules {
		b.WriteString("/" + m.Name + "-")
		if m.Performance != nil {
			b.WriteString(onOff(*m.Performance))
		}
		b.WriteString(string(m.Level))
		if m.Days != nil {
			b.WriteString(strconv.Itoa(*m.Days))
		}
	}
	return b.String()
}

// securityDays are the stages of the security log's retention.
func securityDays(s mgmt.LogSettings, target Values) []stage {
	var all []stage
	for found := s.SecurityLogDays; target.SecurityLogDays != nil && found != *target.SecurityLogDays; {
		found = towards(found, *target.SecurityLogDays)
		to := Values{SecurityLogDays: new(found)}
		all = append(all, stage{"security-log-days/" + strconv.Itoa(found), "retention of the security log", to})
	}
	return all
}

// moduleDays are the stages of the other logs' retention: in each of them every
// log that is not there yet goes on.
func moduleDays(s mgmt.LogSettings, target Values) []stage {
	var all []stage
	for {
		var to Values
		for _, m := range s.Modules {
			if want := target.module(m.Name); want != nil && want.Days != nil && *want.Days != m.Days {
				to.ensure(m.Name).Days = new(towards(m.Days, *want.Days))
			}
		}
		if to.empty() {
			return all
		}
		s = to.set(s)
		all = append(all, stage{"module-log-days" + named(to), "retention of the logs of system and Fachmodule", to})
	}
}

// towards is the next retention on the way from one to another.
func towards(from, to int) int {
	return min(max(to, from-maxStep), from+maxStep)
}
