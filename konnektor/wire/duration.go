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

// ParseDuration reads an xs:duration such as PT6H or P1DT30M, with white space
// around it. Fractions of a second are kept to the nanosecond; days, hours,
// minutes and seconds together may be up to 250 years.
func ParseDuration(s string) (Duration, bool) {
	s, negative := strings.CutPrefix(strings.Trim(s, " \t\r\n"), "-")
	s, ok := strings.CutPrefix(s, "P")
	date, clock, hasClock := strings.Cut(s, "T")
	if !ok || hasClock && clock == "" || s == "" {
		return Duration{}, false
	}
	years, date, ok1 := part(date, "Y")
	months, date, ok2 := part(date, "M")
	days, date, ok3 := part(date, "D")
	hours, clock, ok4 := part(clock, "H")
	minutes, clock, ok5 := part(clock, "M")
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || date != "" {
		return Duration{}, false
	}
	seconds, nano, ok := parseSeconds(clock)
	seconds += 60 * (minutes + 60*(hours+24*days))
	if !ok || seconds > maxSeconds {
		return Duration{}, false
	}
	d := Duration{Months: int(12*years + months), Time: time.Duration(seconds)*time.Second + time.Duration(nano)}
	if negative {
		d.Months, d.Time = -d.Months, -d.Time
	}
	return d, true
}

// maxSeconds is 250 years, near what a time.Duration holds; no single part may
// be larger.
const maxSeconds = 250 * 365 * 24 * 60 * 60

// part takes a number followed by unit from the front of s, if it is there.
func part(s, unit string) (n int64, rest string, ok bool) {
	digits, rest, found := strings.Cut(s, unit)
	if !found {
		return 0, s, true
	}
	u, err := strconv.ParseUint(digits, 10, 63)
	return int64(u), rest, err == nil && u <= maxSeconds
}

// parseSeconds reads what stands behind the minutes: nothing, 30S or 1.5S.
func parseSeconds(s string) (seconds int64, nano int, ok bool) {
	if s == "" {
		return 0, 0, true
	}
	whole, found := strings.CutSuffix(s, "S")
	i := strings.IndexByte(whole, '.')
	if i < 0 {
		i = len(whole)
	}
	n, err := strconv.ParseUint(whole[:i], 10, 63)
	nano, rest, ok := fraction(whole[i:])
	return int64(n), nano, found && err == nil && n <= maxSeconds && ok && rest == ""
}
