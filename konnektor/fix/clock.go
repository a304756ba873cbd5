package fix

import (
	"context"
	"time"
)

// elapser is a Clock that also measures time apart from the clock on the wall,
// which may be set while a run waits.
type elapser interface {
	// Elapsed is how long the clock has run; it never goes back.
	Elapsed() time.Duration
}

// systemClock is the clock of the computer.
type systemClock struct{ start time.Time }

func newSystemClock() systemClock { return systemClock{time.Now()} }

// Now is time.Now.
func (systemClock) Now() time.Time { return time.Now() }

// Elapsed uses the monotonic reading.
func (c systemClock) Elapsed() time.Duration { return time.Since(c.start) }

// Sleep waits with a timer.
func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stopwatch measures by a Clock. It is not fooled by a clock on the wall that is
// set, provided that the Clock can tell; else it at least never goes back.
type stopwatch struct {
	clock Clock
	last  time.Time
	mark  time.Duration
	sum   time.Duration
}

func newStopwatch(c Clock) *stopwatch {
	w := &stopwatch{clock: c, last: c.Now()}
	if e, ok := c.(elapser); ok {
		w.mark = e.Elapsed()
	}
	return w
}

// passed is the time since the stopwatch was made.
func (w *stopwatch) passed() time.Duration {
	if e, ok := w.clock.(elapser); ok {
		return e.Elapsed() - w.mark
	}
	now := w.clock.Now()
	if d := now.Sub(w.last); d > 0 {
		w.sum += d
	}
	w.last = now
	return w.sum
}
