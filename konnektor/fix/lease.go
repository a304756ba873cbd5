package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// A lease keeps workplaces apart: one file for a box in a folder that all of
// them see. Its holder counts it up every quarter of leaseTTL. Clocks of two
// workplaces need not agree: who finds a lease watches it by its own clock, and
// only one that has not been counted up for the whole leaseTTL is taken over.
//
// What it promises: as long as the folder can be reached, no second workplace
// begins to change the box while the first one holds the lease. A holder asks
// before every step whether the lease is still its own.
//
// What it cannot promise: a holder that stands still for longer than leaseTTL (a
// computer in standby) in the middle of one request to the box finds out only
// after that request. Against this, and for practices without a shared folder,
// every run plans again right before it applies and stops when the plan is not
// the one that was consented to; what another workplace has changed already is
// seen there. The management of the box itself offers no lock.
const leaseTTL = 2 * time.Minute

// leaseFile is the content of a lease.
type leaseFile struct {
	Owner string `json:"owner"` // newID
	Count int64  `json:"count"`
	Host  string `json:"host,omitempty"`
	Fix   string `json:"fix,omitempty"`
}

// lease is a lease that we hold.
type lease struct {
	path string
	ttl  time.Duration
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	own     leaseFile
	foreign bool
	renewed time.Time // by the monotonic clock
}

// takeLease takes the lease, waits for one that seems abandoned, or returns
// errBusy as soon as its holder shows life.
func takeLease(ctx context.Context, path, fix string, ttl time.Duration, c Clock) (*lease, error) {
	host, _ := os.Hostname()
	l := &lease{path: path, ttl: ttl, stop: make(chan struct{}), own: leaseFile{Owner: newID(), Host: host, Fix: fix}}
	err := l.create()
	if errors.Is(err, fs.ErrExist) {
		if err = l.watch(ctx, c); err == nil {
			err = l.create()
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, errBusy
	}
	if err != nil {
		return nil, err
	}
	l.renewed = time.Now()
	l.done.Go(l.keep)
	return l, nil
}

// create makes the file; another one of that name is fs.ErrExist.
func (l *lease) create() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("fix: lease: %w", err)
	}
	if err := errors.Join(writeLease(f, l.own), f.Close()); err != nil {
		os.Remove(l.path) // nobody is to wait for a lease that nobody has
		return err
	}
	return nil
}

func writeLease(f *os.File, own leaseFile) error {
	line, err := json.Marshal(own)
	if err == nil {
		_, err = f.WriteAt(append(line, '\n'), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("fix: lease: %w", err)
	}
	return nil
}

// watch returns nil when the lease of another was not counted up for the whole
// ttl, and is out of the way.
func (l *lease) watch(ctx context.Context, c Clock) error {
	first, err := readFile(l.path, 4096)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	watch := newStopwatch(c)
	for watch.passed() < l.ttl {
		if err := c.Sleep(ctx, l.ttl/8); err != nil {
			return err
		}
		now, err := readFile(l.path, 4096)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case string(now) != string(first):
			return errBusy
		}
	}
	return l.clear(first)
}

// clear moves an abandoned lease away. Of several that do so one has it in its
// hands; who finds another lease there puts it back.
func (l *lease) clear(abandoned []byte) error {
	away := l.path + "." + l.own.Owner
	if err := os.Rename(l.path, away); err != nil {
		return errBusy
	}
	found, err := readFile(away, 4096)
	if err == nil && string(found) == string(abandoned) {
		return os.Remove(away)
	}
	if os.Link(away, l.path) == nil {
		os.Remove(away)
		return errBusy
	}
	os.Rename(away, l.path)
	return errBusy
}

// keep counts the lease up until it is released.
func (l *lease) keep() {
	tick := time.NewTicker(l.ttl / 4)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			l.renew()
		}
	}
}

// renew counts up, after a look whether the lease is still ours.
func (l *lease) renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.foreign || l.look() != nil || l.foreign {
		return
	}
	l.own.Count++
	f, err := os.OpenFile(l.path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	if errors.Join(writeLease(f, l.own), f.Close()) == nil {
		l.renewed = time.Now()
	}
}

// look reads the lease and notes when it has become another's. The lock is held.
func (l *lease) look() error {
	data, err := readFile(l.path, 4096)
	if errors.Is(err, fs.ErrNotExist) {
		l.foreign = true
		return nil
	}
	if err != nil {
		return err
	}
	var found leaseFile
	if json.Unmarshal(data, &found) != nil || found.Owner != l.own.Owner {
		l.foreign = true
	}
	return nil
}

// holds says whether the next change may begin: no other workplace has the box, and
// none can have taken it because the folder was out of reach for the whole ttl. It
// is safe on nil, which stands for no shared folder.
func (l *lease) holds() bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.look()
	return !l.foreign && (err == nil || time.Since(l.renewed) < l.ttl)
}

// release gives the lease back. It is safe on nil.
func (l *lease) release() {
	if l == nil {
		return
	}
	close(l.stop)
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.look() == nil && !l.foreign {
		os.Remove(l.path)
	}
}
