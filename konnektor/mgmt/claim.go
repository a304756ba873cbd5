package mgmt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/boxfile"
)

// ErrBusy is the target of errors.Is for a call that was given up because
// somebody else is logged in at the box: a Device of this process, or, with
// Config.StateDir, another process of this computer. Nothing was sent.
var ErrBusy = errors.New("mgmt: somebody else is logged in at this box")

// claim is the right to log in at one box: among the Devices of this process
// and, with a file, among the processes that know the file.
type claim struct {
	turn turn
	dir  string // "" without a file
	path string
	lock *boxfile.Lock
}

// newClaim makes the claim on the box at an address. The file is in dir; "" means
// none.
func newClaim(address, dir string) *claim {
	c := &claim{turn: boxTurn(address), dir: dir}
	if dir != "" {
		c.path = stateFile(dir, address, ".session.lock")
	}
	return c
}

// stateFile is a file about a box.
func stateFile(dir, address, end string) string {
	return filepath.Join(dir, boxfile.Name(address)+end)
}

// take waits until nobody else has the claim, no longer than bound. The error is
// that of ctx and ErrBusy, or a [*StateError].
func (c *claim) take(ctx context.Context, bound time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if err := c.turn.take(ctx); err != nil {
		return errors.Join(err, ErrBusy)
	}
	if c.path == "" {
		return nil
	}
	err := c.lockFile(ctx)
	if err != nil {
		c.turn.leave()
	}
	return err
}

// lockPause is how often a locked file is tried. What locks it gives no sign.
const lockPause = 100 * time.Millisecond

func (c *claim) lockFile(ctx context.Context) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return &StateError{err}
	}
	tick := time.NewTicker(lockPause)
	defer tick.Stop()
	for {
		lock, err := boxfile.Take(c.path, "libkonnektor", time.Now())
		if err == nil {
			c.lock = lock
			return nil
		}
		if !errors.Is(err, boxfile.ErrHeld) {
			return &StateError{err}
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), ErrBusy)
		case <-tick.C:
		}
	}
}

// release gives the claim back.
func (c *claim) release() {
	c.lock.Release()
	c.lock = nil
	c.turn.leave()
}

// StateError is a Config.StateDir that cannot be used. Nothing was sent: without
// it nobody knows who else is logged in.
type StateError struct{ cause error }

// Error gives the cause, without the folder.
func (e *StateError) Error() string { return "mgmt: state_dir: " + withoutPath(e.cause) }

// Unwrap is [konnektor.KindConfig] and the cause.
func (e *StateError) Unwrap() []error { return []error{konnektor.KindConfig, e.cause} }
