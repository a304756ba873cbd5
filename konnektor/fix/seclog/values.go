package seclog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Values are some of the log settings: what is nil, empty or not named is left
// alone. Values are data, for a job file or a journal.
type Values struct {
	SuccessfulCryptoOps *bool `json:"successful_crypto_ops,omitempty"`
	// SecurityLogDays is the retention of the security log, 10 to 365 days.
	SecurityLogDays *int           `json:"security_log_days,omitempty"`
	Modules         []ModuleValues `json:"modules,omitempty"`
}

// ModuleValues are some of the settings of one log: of the system or of a
// Fachmodul.
type ModuleValues struct {
	Name        string        `json:"name"`
	Level       mgmt.LogLevel `json:"level,omitempty"`
	Days        *int          `json:"days,omitempty"` // 10 to 365
	Performance *bool         `json:"performance,omitempty"`
}

// ValuesOf are all of the settings.
func ValuesOf(s mgmt.LogSettings) Values {
	v := Values{SuccessfulCryptoOps: &s.SuccessfulCryptoOps, SecurityLogDays: &s.SecurityLogDays}
	for _, m := range s.Modules {
		v.Modules = append(v.Modules, ModuleValues{
			Name: m.Name, Level: m.Level, Days: new(m.Days), Performance: new(m.Performance),
		})
	}
	return v
}

// empty reports whether v changes nothing.
func (v Values) empty() bool {
	return v.SuccessfulCryptoOps == nil && v.SecurityLogDays == nil && len(v.Modules) == 0
}

// module is what v says about a log, nil for nothing.
func (v *Values) module(name string) *ModuleValues {
	i := slices.IndexFunc(v.Modules, func(m ModuleValues) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return &v.Modules[i]
}

// ensure is what v says about a log; it begins to say something if need be.
func (v *Values) ensure(name string) *ModuleValues {
	if m := v.module(name); m != nil {
		return m
	}
	v.Modules = append(v.Modules, ModuleValues{Name: name})
	return &v.Modules[len(v.Modules)-1]
}

// set puts v into a copy of s.
func (v Values) set(s mgmt.LogSettings) mgmt.LogSettings {
	s.Modules = slices.Clone(s.Modules)
	put(&s.SuccessfulCryptoOps, v.SuccessfulCryptoOps)
	put(&s.SecurityLogDays, v.SecurityLogDays)
	for i := range s.Modules {
		m := v.module(s.Modules[i].Name)
		if m == nil {
			continue
		}
		s.Modules[i].Level = cmp.Or(m.Level, s.Modules[i].Level)
		put(&s.Modules[i].Days, m.Days)
		put(&s.Modules[i].Performance, m.Performance)
	}
	return s
}

func put[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// in reports whether s is as v says. A log that is not in s contradicts v.
func (v Values) in(s mgmt.LogSettings) bool {
	if !is(s.SuccessfulCryptoOps, v.SuccessfulCryptoOps) || !is(s.SecurityLogDays, v.SecurityLogDays) {
		return false
	}
	for _, want := range v.Modules {
		i := slices.IndexFunc(s.Modules, func(m mgmt.ModuleLog) bool { return m.Name == want.Name })
		if i < 0 {
			return false
		}
		m := s.Modules[i]
		if want.Level != "" && want.Level != m.Level || !is(m.Days, want.Days) || !is(m.Performance, want.Performance) {
			return false
		}
	}
	return true
}

func is[T comparable](value T, want *T) bool { return want == nil || *want == value }

// of are the values that v has an opinion about, as s has them.
func (v Values) of(s mgmt.LogSettings) Values {
	var found Values
	if v.SuccessfulCryptoOps != nil {
		found.SuccessfulCryptoOps = new(s.SuccessfulCryptoOps)
	}
	if v.SecurityLogDays != nil {
		found.SecurityLogDays = new(s.SecurityLogDays)
	}
	for _, m := range s.Modules {
		want := v.module(m.Name)
		if want == nil {
			continue
		}
		one := found.ensure(m.Name)
		if want.Level != "" {
			one.Level = m.Level
		}
		if want.Days != nil {
			one.Days = new(m.Days)
		}
		if want.Performance != nil {
			one.Performance = new(m.Performance)
		}
	}
	return found
}

// String is v in a few words, for a journal.
func (v Values) String() string {
	var parts []string
	if v.SuccessfulCryptoOps != nil {
		parts = append(parts, "successful crypto operations "+onOff(*v.SuccessfulCryptoOps))
	}
	if v.SecurityLogDays != nil {
		parts = append(parts, fmt.Sprintf("security log %d days", *v.SecurityLogDays))
	}
	for _, m := range v.Modules {
		var of []string
		if m.Level != "" {
			of = append(of, string(m.Level))
		}
		if m.Days != nil {
			of = append(of, fmt.Sprintf("%d days", *m.Days))
		}
		if m.Performance != nil {
			of = append(of, "performance "+onOff(*m.Performance))
		}
		parts = append(parts, m.Name+" "+strings.Join(of, " "))
	}
	return strings.Join(parts, ", ")
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}
