package konnektortest

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is a clock that stands still until a test moves it. Its Now is one for
// Options.Now, and it is a konnektor.Clock for what waits. It is safe for
// concurrent use.
type Clock struct {
	mu     sync.Mutex
	now    time.Time     // on the wall
	passed time.Duration // whatever the wall says
	timers []*clockTimer
	more   chan struct{} // closed when one more waits
}

type clockTimer struct {
	at   time.Duration
	over chan time.Time
}

// NewClock returns a clock that shows t.
func NewClock(t time.Time) *Clock { return &Clock{now: t, more: make(chan struct{})} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After returns a channel that receives when the clock has moved by d.
func (c *Clock) After(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &clockTimer{c.passed + d, make(chan time.Time, 1)}
	if d <= 0 {
		t.over <- c.now
		return t.over, func() {}
	}
	c.timers = append(c.timers, t)
	close(c.more)
	c.more = make(chan struct{})
	return t.over, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(o *clockTimer) bool { return o == t })
	}
}

// Advance moves the clock and wakes who waited so long.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.passed = c.now.Add(d), c.passed+d
	c.timers = slices.DeleteFunc(c.timers, func(t *clockTimer) bool {
		over := t.at <= c.passed
		if over {
			t.over <- c.now
		}
		return over
	})
}

// Set sets the clock on the wall, which wakes nobody.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Await waits until n wait for the clock, at most for limit on the computer's
// clock, and says whether so many do.
func (c *Clock) Await(n int, limit time.Duration) bool {
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		c.mu.Lock()
		enough, more := len(c.timers) >= n, c.more
		c.mu.Unlock()
		if enough {
			return true
		}
		select {
		case <-more:
		case <-end.C:
			return false
		}
	}
}

// Waiting says how many wait, and how long until the first of them is woken; 0
// when nobody waits.
func (c *Clock) Waiting() (n int, first time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.timers {
		if left := t.at - c.passed; n == 0 || left < first {
			first = left
		}
		n++
	}
	return n, first
}

// Deadline returns a context whose deadline passes when pass is called, and not
// before: for tests of what happens at a deadline, however busy the computer is.
// It has no time that it tells, and ends with parent, too.
func Deadline(parent context.Context) (ctx context.Context, pass func()) {
	d := &deadline{Context: parent, done: make(chan struct{})}
	stop := context.AfterFunc(parent, func() { d.end(parent.Err()) })
	return d, func() {
		stop()
		d.end(context.DeadlineExceeded)
	}
}

type deadline struct {
	context.Context
	done chan struct{}

	mu  sync.Mutex
	err error
}

func (d *deadline) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
		close(d.done)
	}
}

func (d *deadline) Done() <-chan struct{} { return d.done }

func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}
