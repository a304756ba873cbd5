package fix

import (
	"fmt"
	"slices"
	"time"
)

// Window is a time of day in Location from From up to To (which may be on the
// next day), on Days (none means all). From equal to To is a whole day when Days
// are given, and no window at all when none are.
//
// A window that crosses midnight belongs to the day on which it opens. From and
// To are what the clock on the wall shows: on the day that summer time begins or
// ends, a window that spans the change is an hour shorter or longer, and a time
// that the day does not have is an hour later.
type Window struct {
	From, To time.Duration // since midnight, 0 to 24 h
	Days     []time.Weekday
	Location *time.Location // nil means local time
}

// always says whether there is no window.
func (w Window) always() bool { return w.From == w.To && len(w.Days) == 0 }

// check says what is wrong with a window.
func (w Window) check() error {
	for _, t := range []time.Duration{w.From, w.To} {
		if t < 0 || t > 24*time.Hour {
			return fmt.Errorf("fix: window: %s is no time of day", t)
		}
	}
	for _, d := range w.Days {
		if d < time.Sunday || d > time.Saturday {
			return fmt.Errorf("fix: window: %d is no weekday", d)
		}
	}
	return nil
}

// Open says whether t is in the window.
func (w Window) Open(t time.Time) bool {
	if w.always() {
		return true
	}
	for _, back := range []int{0, -1} {
		from, to, ok := w.on(t, back)
		if ok && !t.Before(from) && t.Before(to) {
			return true
		}
	}
	return false
}

// Next is when the window opens next, t itself when it is open.
func (w Window) Next(t time.Time) time.Time {
	if w.Open(t) {
		return t
	}
	for ahead := range 9 {
		if from, _, ok := w.on(t, ahead); ok && from.After(t) {
			return from
		}
	}
	return time.Time{}
}

// on is the window that opens on the day of t plus days.
func (w Window) on(t time.Time, days int) (from, to time.Time, ok bool) {
	location := w.Location
	if location == nil {
		location = time.Local
	}
	y, m, d := t.In(location).Date()
	day := time.Date(y, m, d+days, 12, 0, 0, 0, location)
	if len(w.Days) > 0 && !slices.Contains(w.Days, day.Weekday()) {
		return from, to, false
	}
	from = onTheWall(y, m, d+days, w.From, location)
	to = onTheWall(y, m, d+days, w.To, location)
	if w.To <= w.From {
		to = onTheWall(y, m, d+days+1, w.To, location)
	}
	return from, to, true
}

// onTheWall is when the clock on the wall shows since, whatever the day's length.
func onTheWall(y int, m time.Month, d int, since time.Duration, location *time.Location) time.Time {
	hours, rest := int(since/time.Hour), since%time.Hour
	return time.Date(y, m, d, hours, int(rest/time.Minute), int(rest%time.Minute/time.Second), int(rest%time.Second), location)
}
