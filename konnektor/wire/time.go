package wire

import (
	"bytes"
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

// ParseDateTime reads an xs:dateTime between the years 0000 and 9999.
func ParseDateTime(s string) (DateTime, bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(zonedLayout, s); err == nil {
		return DateTime{t, true}, true
	}
	if t, err := time.Parse(localLayout, s); err == nil {
		return DateTime{t, false}, true
	}
	return DateTime{}, false
}

// String is the lexical form of the schema.
func (t DateTime) String() string {
	if t.Zoned {
		return t.Format(zonedLayout)
	}
	return t.Format(localLayout)
}

// Date is an xs:date. Devices may add a time zone, which is dropped.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads an xs:date, with or without time zone.
func ParseDate(s string) (Date, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{"2006-01-02", "2006-01-02Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return Date{t.Year(), t.Month(), t.Day()}, true
		}
	}
	return Date{}, false
}

// String is the lexical form of the schema, without time zone.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// Time is the beginning of the day in UTC.
func (d Date) Time() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// DateTime reads an xs:dateTime, with or without time zone.
func (r *Reader) DateTime() DateTime {
	local := r.local
	t, ok := ParseDateTime(string(bytes.TrimSpace(r.rawText(true))))
	if !ok {
		r.local = local
		r.badValue("dateTime")
	}
	return t
}

// Date reads an xs:date, with or without time zone.
func (r *Reader) Date() Date {
	local := r.local
	d, ok := ParseDate(string(bytes.TrimSpace(r.rawText(true))))
	if !ok {
		r.local = local
		r.badValue("date")
	}
	return d
}
