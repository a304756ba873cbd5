package fix

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// patience is how a persistent run uses a window in which the box answers.
type patience struct {
	backoff Backoff
	since   *stopwatch // since the last answer; nil: none in this attempt
	lost    int        // requests since then, at least
	device  time.Time  // the last answer, as the device tells it
}

// answerer is a device that tells when the box last answered anything. A login
// that is answered before the request behind it is lost shows that a window is
// open; without LastAnswer the runner only sees that the request was lost.
type answerer interface {
	// LastAnswer is when the box last answered; zero means never.
	LastAnswer() time.Time
}

func newPatience(b Backoff, d mgmt.Device) *patience {
	p := &patience{backoff: b}
	if a, ok := d.(answerer); ok {
		p.device = a.LastAnswer()
	}
	return p
}

// answered notes that the box has answered.
func (r *run) answered() {
	if r.patience != nil {
		r.patience.since, r.patience.lost = newStopwatch(r.o.Clock), 0
	}
}

// A window also stays open for some requests when each of them takes long, as they
// do on a box that lets them time out.
const (
	windowRequests = 100
	longestWindow  = 4 * time.Hour
)

// windowOpen says whether the box may answer another try soon. It is asked once
// after each lost request. It is false outside of a persistent run.
func (r *run) windowOpen() bool {
	p := r.patience
	if p == nil {
		return false
	}
	if a, ok := r.device.(answerer); ok {
		if last := a.LastAnswer(); !last.Equal(p.device) {
			p.device = last
			r.answered()
		}
	}
	p.lost++
	if p.since == nil {
		return false
	}
	passed := p.since.passed()
	return passed < p.backoff.Hold || p.lost < windowRequests && passed < longestWindow
}

// patiently calls once, and in a persistent run again while the window is open.
func (r *run) patiently(ctx context.Context, call func(context.Context) error) error {
	err := call(ctx)
	if err == nil {
		r.answered()
		return nil
	}
	return r.again(ctx, err, call)
}

// again repeats a call that was lost, as long as the window is open.
func (r *run) again(ctx context.Context, err error, call func(context.Context) error) error {
	var took time.Duration
	for isLost(err) && ctx.Err() == nil && r.windowOpen() {
		b := r.patience.backoff
		pause := b.Burst/2 + time.Duration(b.Rand()*float64(b.Burst/2))
		if err := r.o.Clock.Sleep(ctx, max(pause-took, b.Burst/10)); err != nil {
			return err
		}
		watch := newStopwatch(r.o.Clock)
		err = call(ctx)
		took = watch.passed()
		if err == nil {
			r.answered()
		}
	}
	return err
}
