package wire

import (
	"strings"
	"time"
)

// DateTime is an xs:dateTime. Devices sometimes leave the time zone out; then
// Zoned is false and Time reads as if it were UTC.
type DateTime struct {
	time.Time
	Zoned bool
}

const (
	zonedLayout = "2006-01-02T15:04:05.999999999Z07:00"
	localLayout = "2006-01-02T15:04:05.999999999"
)

// ParseDateTime reads an xs:dateTime between the years 0000 and 9999, with
// white space around it. Fractions of a second are kept to the nanosecond.
func ParseDateTime(s string) (DateTime, bool) {
	s = strings.Trim(s, " \t\r\n")
	if len(s) < len("2006-01-02T15:04:05") || s[10] != 'T' {
		return DateTime{}, false
	}
	d, ok := parseDay(s[:10])
	hour, ok1 := digits(s[11:13])
	minute, ok2 := digits(s[14:16])
	second, ok3 := digits(s[17:19])
	if !ok || !ok1 || !ok2 || !ok3 || s[13] != ':' || s[16] != ':' {
		return DateTime{}, false
	}
	nano, rest, ok4 := fraction(s[19:])
	endOfDay := hour == 24 && minute == 0 && second == 0 && nano == 0
	if !ok4 || hour > 23 && !endOfDay || minute > 59 || second > 59 {
		return DateTime{}, false
	}
	zone, zoned, ok5 := parseZone(rest)
	if !ok5 {
		return DateTime{}, false
	}
	return DateTime{time.Date(d.Year, d.Month, d.Day, hour, minute, second, nano, zone), zoned}, true
}

// String is the lexical form of the schema.
func (t DateTime) String() string { return string(t.append(nil)) }

func (t DateTime) append(b []byte) []byte {
	if t.Zoned {
		return t.AppendFormat(b, zonedLayout)
	}
	return t.AppendFormat(b, localLayout)
}

// Date is an xs:date. Devices may add a time zone, which is dropped.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads an xs:date between the years 0000 and 9999, with or without
// time zone, with white space around it.
func ParseDate(s string) (Date, bool) {
	s = strings.Trim(s, " \t\r\n")
	if len(s) < len(time.DateOnly) {
		return Date{}, false
	}
	d, ok := parseDay(s[:10])
	if _, _, zoneOK := parseZone(s[10:]); !ok || !zoneOK {
		return Date{}, false
	}
	return d, true
}

// String is the lexical form of the schema, without time zone.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// parseDay reads ten characters such as 2026-02-28.
func parseDay(s string) (Date, bool) {
	century, ok1 := digits(s[0:2])
	year, ok2 := digits(s[2:4])
	month, ok3 := digits(s[5:7])
	day, ok4 := digits(s[8:10])
	d := Date{100*century + year, time.Month(month), day}
	ok := ok1 && ok2 && ok3 && ok4 && s[4] == '-' && s[7] == '-' && day > 0 && month > 0
	if t := d.Time(); !ok || t.Month() != d.Month || t.Day() != d.Day {
		return Date{}, false
	}
	return d, true
}

// digits reads two digits.
func digits(s string) (int, bool) {
	tens, ones := s[0]-'0', s[1]-'0'
	return 10*int(tens) + int(ones), tens <= 9 && ones <= 9
}

// fraction reads the fraction of a second from the front of s, if there is one.
func fraction(s string) (nano int, rest string, ok bool) {
	if !strings.HasPrefix(s, ".") {
		return 0, s, true
	}
	n, unit := 1, 100_000_000
	for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		nano += int(s[n]-'0') * unit
		unit /= 10
	}
	return nano, s[n:], n > 1
}

// parseZone reads a time zone: Z, one such as +02:00, or none, which counts as
// UTC.
func parseZone(s string) (zone *time.Location, zoned, ok bool) {
	switch {
	case s == "":
		return time.UTC, false, true
	case s == "Z":
		return time.UTC, true, true
	case len(s) != len("+02:00") || s[0] != '+' && s[0] != '-' || s[3] != ':':
		return nil, false, false
	}
	hours, ok1 := digits(s[1:3])
	minutes, ok2 := digits(s[4:6])
	offset := 60 * (60*hours + minutes)
	if !ok1 || !ok2 || minutes > 59 || offset > 14*60*60 {
		return nil, false, false
	}
	if s[0] == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC, true, true
	}
	return time.FixedZone("", offset), true, true
}
