package fix

import (
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
type Backoff struct {
	Min, Max time.Duration // 30 s and 5 min
	Burst    time.Duration // 5 s
	Hold     time.Duration // 30 min
	// Rand gives numbers from 0 up to 1 for the jitter; nil means random ones.
	Rand func() float64
}

func (b Backoff) withDefaults() Backoff {
	b.Min = positive(b.Min, 30*time.Second)
	b.Max = max(positive(b.Max, 5*time.Minute), b.Min)
	b.Burst = positive(b.Burst, 5*time.Second)
	b.Hold = positive(b.Hold, 30*time.Minute)
	if b.Rand == nil {
		b.Rand = rand.Float64
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
