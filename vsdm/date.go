package vsdm

import (
	"fmt"
	"time"
)

// Answer is the answer to a question that a card may leave open.
type Answer int8

// The answers. Unknown is the zero value.
const (
	Unknown Answer = iota
	Yes
	No
)

// String is yes, no or unknown.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

func settle(yes, no bool) Answer {
	switch {
	case yes:
		return Yes
	case no:
		return No
	}
	return Unknown
}

func both(a, b Answer) Answer { return settle(a == Yes && b == Yes, a == No || b == No) }

// Date is a day of the calendar as a card gives it (YYYYMMDD). A part that is 0
// is not known: a card may carry a birth date without day, or without day and
// month (VSD schema 5.2, Geburtsdatum). The zero Date means that there is none;
// a negative Year, that the card has something that is no date.
type Date struct {
	Year, Month, Day int
}

// ParseDate reads YYYYMMDD, with 00 for an unknown month or day. It takes what
// the schema takes, so a day that no month has, such as 31 February, passes:
// see [Date.Real].
func ParseDate(s string) (Date, error) {
	d, ok := parseDate(s)
	if !ok {
		return Date{}, fmt.Errorf("vsdm: date: not of the form YYYYMMDD")
	}
	return d, nil
}

func parseDate(s string) (Date, bool) {
	if len(s) != len("YYYYMMDD") {
		return Date{}, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return Date{}, false
		}
		n = n*10 + int(s[i]-'0')
	}
	d := Date{n / 10000, n / 100 % 100, n % 100}
	return d, d.Month <= 12 && d.Day <= 31
}

// unreadable stands for what is no date.
var unreadable = Date{Year: -1}

// String is the date as it stands on a card, YYYYMMDD, with 00 for what is
// unknown; empty for the zero Date and for what is no date.
func (d Date) String() string {
	if d.IsZero() || d.Year < 0 {
		return ""
	}
	return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day)
}

// IsZero reports whether there is no date at all.
func (d Date) IsZero() bool { return d == Date{} }

// Known reports whether year, month and day are all given.
func (d Date) Known() bool { return d.Year > 0 && d.Month > 0 && d.Day > 0 }

// Real reports whether a day of the calendar fits the known parts: 31 February
// does not, and neither does a known day in an unknown month.
func (d Date) Real() bool {
	if d.Year < 1 || d.Year > 9999 || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Month == 0 && d.Day > 0 {
		return false
	}
	return d.Day <= daysIn(d.Year, d.Month)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// earliest and latest bound the day as integers YYYYMMDD.
func (d Date) earliest() int { return d.Year*10000 + max(d.Month, 1)*100 + max(d.Day, 1) }

func (d Date) latest() int {
	month, day := d.Month, d.Day
	if month == 0 {
		month, day = 12, 31
	}
	if day == 0 {
		day = 31
	}
	return d.Year*10000 + month*100 + day
}

// NotAfter reports whether d is the same day as other or an earlier one. The
// answer is Unknown where it hangs on a part that is not known, and for a zero
// Date.
func (d Date) NotAfter(other Date) Answer {
	if d.Year <= 0 || other.Year <= 0 {
		return Unknown
	}
	return settle(d.latest() <= other.earliest(), d.earliest() > other.latest())
}

// Age is how many years old somebody born on d is on day, in completed years.
// With an unknown day or month of birth two ages may be possible: then most is
// one more than least. ok is false where nothing can be said: no year of birth,
// an incomplete day, or a birth after day.
func (d Date) Age(day Date) (least, most int, ok bool) {
	if d.Year <= 0 || !day.Known() || d.NotAfter(day) == No {
		return 0, 0, false
	}
	years := func(birth int) int { return (day.earliest() - birth) / 10000 }
	return max(years(d.latest()), 0), years(d.earliest()), true
}

// DateOf is the day that the calendar in Germany shows at the instant t. It
// needs no time zone database; it follows the summer time of the European
// Union as it stands since 1996.
func DateOf(t time.Time) Date {
	year, month, day := inGermany(t).Date()
	return Date{year, int(month), day}
}

// inGermany shifts t so that its UTC fields read as the time in Germany.
func inGermany(t time.Time) time.Time {
	t = t.UTC()
	offset := time.Hour
	begin, end := lastSunday(t.Year(), time.March), lastSunday(t.Year(), time.October)
	if !t.Before(begin) && t.Before(end) {
		offset = 2 * time.Hour
	}
	return t.Add(offset)
}

// lastSunday is 01:00 UTC on the last Sunday of a month that has 31 days.
func lastSunday(year int, month time.Month) time.Time {
	t := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, -int(t.Weekday()))
}

// Quarter is a quarter of a year, the period for which a receipt holds.
type Quarter struct {
	Year   int
	Number int // 1 to 4
}

// QuarterOf is the quarter in which a day lies; the zero Quarter when year or
// month are not known.
func QuarterOf(d Date) Quarter {
	if d.Year <= 0 || d.Month == 0 {
		return Quarter{}
	}
	return Quarter{d.Year, (d.Month + 2) / 3}
}

// String is such as 2026-Q3.
func (q Quarter) String() string { return fmt.Sprintf("%04d-Q%d", q.Year, q.Number) }
