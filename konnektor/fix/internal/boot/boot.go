// Package boot watches a Konnektor restart, for the fixes that need it.
package boot

import (
	"context"
	"errors"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// How long a restart takes: a client of secunet boxes gives up after 10 min
// (avimedical/smcb-unlocker), and a box is waited for a little longer.
const (
	Estimate = 5 * time.Minute
	Wait     = 15 * time.Minute
)

// Watch is one restart of a box: made before it, asked after it. It is for one
// goroutine.
type Watch struct {
	status mgmt.StatusReader
	before time.Time // Started before the restart; zero: not told
	gone   bool
}

// NewWatch is for the restart of a box whose status is s before it.
func NewWatch(reader mgmt.StatusReader, s mgmt.Status) *Watch {
	return &Watch{status: reader, before: s.Started}
}

// Back reports whether the box answers again after the restart, and its status
// then. A box that tells when it started is back when it has started anew. One
// that does not tell is back when it answers after it did not: a box that is back
// sooner than anybody looks is then not recognised.
//
// That a box does not answer is no error while it restarts; what it refuses is.
func (w *Watch) Back(ctx context.Context) (bool, mgmt.Status, error) {
	s, err := w.status.Status(ctx)
	var refused *mgmt.RefusedError
	switch {
	case ctx.Err() != nil:
		return false, mgmt.Status{}, ctx.Err()
	case errors.As(err, &refused) && refused.Status < 500:
		return false, mgmt.Status{}, err
	case err != nil:
		w.gone = true
		return false, mgmt.Status{}, nil
	case !w.before.IsZero() && !s.Started.IsZero():
		return !s.Started.Equal(w.before), s, nil
	}
	return w.gone, s, nil
}
