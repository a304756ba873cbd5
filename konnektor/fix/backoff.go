package fix

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how a persistent run repeats. The zero fields mean the defaults.
//
// There are two rhythms. As long as the box does not answer at all, attempts
// come with a pause that doubles from Min to Max: often enough to meet a window
// of a few minutes within hours, and one login in minutes is no load for a box.
// As soon as it answers, a responsive window may be open that nobody knows the
// length of: then the next request follows at once, and lost ones are repeated
// every Burst, at once when the lost one took longer, until there was no answer
// for Hold. A box that answers one request in fifty and leaves the others to time
// out after 30 s answers every 25 minutes: Hold keeps the session for that long.
// Where requests take longer, it is kept for a hundred of them, at most for 4 h.
//
// A RunPersistent whose ctx has a deadline that is near comes more often, if Max
// is left to it: it makes 30 attempts at least, as far as Min permits.
type Backoff struct {
	Min, Max time.Duration // 30 s and 5 min
	Burst    time.Duration // 5 s
	Hold     time.Duration // 30 min
	// Rand gives numbers from 0 up to 1 for the jitter; nil means random ones.
	Rand func() float64
}

const defaultMax = 5 * time.Minute

func (b Backoff) withDefaults() Backoff {
	b.Min = positive(b.Min, 30*time.Second)
	b.Max = max(positive(b.Max, defaultMax), b.Min)
	b.Burst = positive(b.Burst, 5*time.Second)
	b.Hold = positive(b.Hold, 30*time.Minute)
	if b.Rand == nil {
		b.Rand = rand.Float64
	}
	return b
}

// shortRun is how many attempts a run is to make before its ctx ends.
const shortRun = 30

// within is b for a run that ends with ctx.
func (b Backoff) within(ctx context.Context) Backoff {
	until, ok := ctx.Deadline()
	if ok && b.Max <= 0 {
		b.Max = min(max(time.Until(until)/shortRun, time.Second), defaultMax)
	}
	return b
}

func positive(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// pause is how long to wait after so many attempts in vain, counted from 1: Min
// doubled each time up to Max, of which the upper half is left to chance, so
// that the workplaces of a practice do not come together. It is never below
// half of Min nor above Max.
func (b Backoff) pause(failed int) time.Duration {
	full := b.Min
	for i := 1; i < failed && full < b.Max; i++ {
		full *= 2
	}
	full = min(full, b.Max)
	return full/2 + time.Duration(b.Rand()*float64(full/2))
}
