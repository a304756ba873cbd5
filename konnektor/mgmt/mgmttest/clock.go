package mgmttest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is the time of a simulated box, and of the test that drives it. It is
// safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	standing bool
	now      time.Time // of a standing clock
	passed   time.Duration
	start    time.Time // of a running clock: the machine's time when it began
	factor   float64
	alarms   []alarm
	watchers map[int]func()
	next     int
}

// alarm is a channel that waits for a time.
type alarm struct {
	at time.Time
	ch chan time.Time
}

// NewClock makes a clock that stands still until it is moved. The zero time
// means the present, in whole seconds.
func NewClock(start time.Time) *Clock {
	if start.IsZero() {
		start = time.Now().Truncate(time.Second)
	}
	return &Clock{standing: true, now: start.UTC(), watchers: map[int]func(){}}
}

// RunningClock makes a clock that starts at start, the zero time meaning the
// present, and runs factor times as fast as the machine's.
func RunningClock(start time.Time, factor float64) *Clock {
	machine := time.Now()
	if start.IsZero() {
		start = machine
	}
	return &Clock{now: start.UTC(), start: machine, factor: factor, watchers: map[int]func(){}}
}

// Now is the time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

func (c *Clock) read() time.Time {
	if c.standing {
		return c.now
	}
	return c.now.Add(time.Duration(float64(time.Since(c.start)) * c.factor))
}

// Advance moves a standing clock on and runs what watches it. It does nothing to
// a running clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	if !c.standing || d <= 0 {
		c.mu.Unlock()
		return
	}
	c.now, c.passed = c.now.Add(d), c.passed+d
	var waiting []alarm
	for _, a := range c.alarms {
		if a.at.After(c.now) {
			waiting = append(waiting, a)
			continue
		}
		a.ch <- c.now
	}
	c.alarms = waiting
	var watchers []func()
	for _, f := range c.watchers {
		watchers = append(watchers, f)
	}
	c.mu.Unlock()
	for _, f := range watchers {
		f()
	}
}

// Sleep lets d pass: a standing clock moves on by d at once, so that a test of
// ten days takes no time; with a running one it waits. It ends early with the
// error of ctx.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.standing {
		c.Advance(d)
		return nil
	}
	over, stop := c.After(d)
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Elapsed is how long the clock has run, or how far it was moved.
func (c *Clock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.standing {
		return c.passed
	}
	return c.read().Sub(c.now)
}

// After gives the time once when d has passed; stop gives the channel up. With
// Now it makes the clock a konnektor.Clock.
func (c *Clock) After(d time.Duration) (over <-chan time.Time, stop func()) {
	if !c.standing {
		timer := time.NewTimer(time.Duration(float64(d) / c.factor))
		return timer.C, func() { timer.Stop() }
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- c.now
		return ch, func() {}
	}
	c.alarms = append(c.alarms, alarm{c.now.Add(d), ch})
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.alarms = slices.DeleteFunc(c.alarms, func(a alarm) bool { return a.ch == ch })
	}
}

// beat is how often those who watch a running clock are called.
const beat = 200 * time.Millisecond

// Watch calls f whenever the clock has moved, one call at a time, until stop.
// After stop has returned f is not begun again by a running clock.
func (c *Clock) Watch(f func()) (stop func()) {
	if c.standing {
		c.mu.Lock()
		defer c.mu.Unlock()
		id := c.next
		c.next++
		c.watchers[id] = f
		return func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.watchers, id)
		}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}
