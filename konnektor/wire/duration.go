package wire

import (
	"strconv"
	"strings"
	"time"
)

// Duration is an xs:duration: months, whose length is not fixed, and the rest.
type Duration struct {
	Months int
	Time   time.Duration
}

// ParseDuration reads an xs:duration such as PT6H or P1DT30M. Fractions of a
// second are kept to the nanosecond.
func ParseDuration(s string) (Duration, bool) {
	s, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return Duration{}, false
	}
	date, clock, hasClock := strings.Cut(s, "T")
	if hasClock && clock == "" || date == "" && clock == "" {
		return Duration{}, false
	}
	var d Duration
	if !d.addDate(date) || !d.addClock(clock) {
		return Duration{}, false
	}
	if negative {
		d.Months, d.Time = -d.Months, -d.Time
	}
	return d, true
}

// maxPart bounds every number of a duration, so that nothing overflows.
const maxPart = 100_000

func (d *Duration) addDate(s string) bool {
	for _, unit := range []byte("YMD") {
		n, rest, ok := part(s, unit)
		if !ok {
			return false
		}
		s = rest
		switch unit {
		case 'Y':
			d.Months += 12 * n
		case 'M':
			d.Months += n
		case 'D':
			d.Time += time.Duration(n) * 24 * time.Hour
		}
	}
	return s == ""
}

func (d *Duration) addClock(s string) bool {
	h, s, ok1 := part(s, 'H')
	m, s, ok2 := part(s, 'M')
	if !ok1 || !ok2 {
		return false
	}
	d.Time += time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s == "" {
		return true
	}
	seconds, ok := strings.CutSuffix(s, "S")
	if !ok || strings.Trim(seconds, "0123456789.") != "" || strings.HasPrefix(seconds, ".") {
		return false
	}
	f, err := strconv.ParseFloat(seconds, 64)
	if err != nil || f > maxPart {
		return false
	}
	d.Time += time.Duration(f * float64(time.Second))
	return true
}

// part takes a number followed by unit from the front of s, if it is there.
func part(s string, unit byte) (n int, rest string, ok bool) {
	digits, rest, found := strings.Cut(s, string(unit))
	if !found {
		return 0, s, true
	}
	u, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || u > maxPart {
		return 0, s, false
	}
	return int(u), rest, true
}

// Duration reads an xs:duration.
func (r *Reader) Duration() Duration {
	local := r.local
	d, ok := ParseDuration(string(r.rawText(true)))
	if !ok {
		r.local = local
		r.badValue("duration")
	}
	return d
}
