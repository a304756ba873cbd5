package konnektor

import "time"

// Clock tells the time and wakes who waits for it. nil stands for the clock of
// the computer wherever a Clock may be given; tests give one of their own. A
// Clock is safe for concurrent use.
type Clock interface {
	// Now is the time of the clock on the wall, which may be set.
	Now() time.Time
	// After returns a channel that receives once d is over, however the clock on
	// the wall is set meanwhile, and a function that gives the channel up.
	After(d time.Duration) (over <-chan time.Time, stop func())
}

// SystemClock is the clock of the computer.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// After starts a time.Timer.
func (SystemClock) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
