package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// settings is the capability that the fix of these tests changes: whole numbers
// by name.
type settings interface {
	Values(ctx context.Context) (map[string]int, error)
	Set(ctx context.Context, name string, value int) error
}

// fault is what goes wrong with one request to a box.
type fault string

const (
	well       fault = ""
	lostBefore fault = "lost before"    // nothing is done, no answer
	lostAfter  fault = "lost after"     // it is done, no answer
	refusal    fault = "refused"        // answered: not done
	ignored    fault = "ignored"        // answered as done, and not done
	badAccount fault = "wrong password" // the login is refused
	forbidden  fault = "forbidden"      // answered 403: not done
)

// box is the management of a Konnektor in memory.
type box struct {
	mu       sync.Mutex
	product  mgmt.Product
	values   map[string]int
	pending  *bool // Status.RestartRequired
	requests []string
	disturb  func(number int, request string) fault // number counts from 1
	closed   int
}

func newBox() *box {
	no := false
	return &box{
		product: mgmt.Product{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: "5.50.3", Serial: "8027601"},
		values:  map[string]int{"days": 180, "level": 1, "crypto": 1},
		pending: &no,
		disturb: func(int, string) fault { return well },
	}
}

func (b *box) Product() mgmt.Product { return b.product }

func (b *box) Close(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

// call is one request.
func (b *box) call(ctx context.Context, request string, do func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, request)
	lost := &konnektor.Failure{Op: request, Kind: konnektor.KindTimeout}
	switch b.disturb(len(b.requests), request) {
	case lostBefore:
		return lost
	case lostAfter:
		do()
		return lost
	case refusal:
		return &mgmt.RefusedError{Operation: mgmt.Operation(request), Status: 409, Codes: []konnektor.Code{4128}}
	case forbidden:
		return &mgmt.RefusedError{Operation: mgmt.Operation(request), Status: 403}
	case badAccount:
		return &konnektor.Failure{Op: request, Kind: konnektor.KindUnauthorized}
	case ignored:
		return nil
	}
	do()
	return nil
}

func (b *box) Values(ctx context.Context) (values map[string]int, err error) {
	err = b.call(ctx, "get", func() { values = maps.Clone(b.values) })
	if err == nil && values == nil {
		err = &konnektor.Failure{Op: "get", Kind: konnektor.KindEmpty}
	}
	return values, err
}

func (b *box) Set(ctx context.Context, name string, value int) error {
	return b.call(ctx, fmt.Sprintf("set %s %d", name, value), func() { b.values[name] = value })
}

func (b *box) Status(ctx context.Context) (s mgmt.Status, err error) {
	err = b.call(ctx, "status", func() { s.RestartRequired = b.pending })
	return s, err
}

func (b *box) state() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.values)
}

func (b *box) sent() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

func (b *box) sets() (sets []string) {
	for _, r := range b.sent() {
		if strings.HasPrefix(r, "set ") {
			sets = append(sets, r)
		}
	}
	return sets
}

// backupBox is a box that offers a backup.
type backupBox struct {
	*box
	data []byte
	err  error
}

func (b *backupBox) Backup(ctx context.Context, _ mgmt.BackupScope, password string) (mgmt.Backup, error) {
	if len(password) < 20 {
		return mgmt.Backup{}, errors.New("test: password too short")
	}
	return mgmt.Backup{Data: b.data, PublicKeyHash: "0011"}, errors.Join(b.err, ctx.Err())
}

// target is the fix of these tests: it sets numbers, one step each.
type target struct {
	want       map[string]int
	noUndo     bool
	once       bool // not Repeatable, no Reverse
	later      bool
	visible    bool // the steps have their own Visible
	waitWindow time.Duration
}

func (t *target) Name() string { return "target" }

func (t *target) Plan(ctx context.Context, d mgmt.Device) (Plan, error) {
	box, err := mgmt.As[settings](d)
	if err != nil {
		return nil, err
	}
	found, err := box.Values(ctx)
	if err != nil {
		return nil, err
	}
	var p Plan
	for _, name := range slices.Sorted(maps.Keys(t.want)) {
		if found[name] != t.want[name] {
			p = append(p, t.step(box, name, found[name]))
		}
	}
	return p, nil
}

func (t *target) step(box settings, name string, found int) Step {
	want := t.want[name]
	snapshot, _ := json.Marshal(map[string]int{name: found})
	s := Step{
		Key: fmt.Sprintf("%s/%d", name, want), What: name, Before: fmt.Sprint(found), After: fmt.Sprint(want),
		Apply:    func(ctx context.Context) error { return box.Set(ctx, name, want) },
		Undo:     func(ctx context.Context) error { return box.Set(ctx, name, found) },
		Snapshot: snapshot, Evidence: mgmt.Simulator, Estimate: time.Second,
		Repeatable: !t.once, Later: t.later, Wait: t.waitWindow,
	}
	if t.noUndo {
		s.Undo = nil
	}
	if t.visible {
		s.Visible = func(ctx context.Context) (bool, error) {
			v, err := box.Values(ctx)
			return v[name] == want, err
		}
	}
	return s
}

// reversing is a target that can undo what another process began.
type reversing struct{ target }

func (t *reversing) Reverse(ctx context.Context, d mgmt.Device, begun Record) error {
	box, err := mgmt.As[settings](d)
	if err != nil {
		return err
	}
	var before map[string]int
	if err := json.Unmarshal(begun.Snapshot, &before); err != nil || len(before) == 0 {
		return fmt.Errorf("test: no snapshot of %s", begun.Step)
	}
	for name, value := range before {
		if err := box.Set(ctx, name, value); err != nil {
			return err
		}
	}
	return nil
}

func reduce() *reversing {
	return &reversing{target{want: map[string]int{"days": 10, "level": 3, "crypto": 0}}}
}

// fakeClock stands still until somebody sleeps. The wall can be set; what has
// elapsed cannot.
type fakeClock struct {
	mu      sync.Mutex
	wall    time.Time
	elapsed time.Duration
	onSleep func(*fakeClock)
}

func newFakeClock() *fakeClock {
	return &fakeClock{wall: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *fakeClock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.wall, c.elapsed = c.wall.Add(d), c.elapsed+d
	f := c.onSleep
	c.mu.Unlock()
	if f != nil {
		f(c)
	}
	return ctx.Err()
}

func (c *fakeClock) set(wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = wall
}

func options(t *testing.T) Options {
	t.Helper()
	return Options{Dir: t.TempDir(), Consented: "by contract of 2026-01-01", Clock: newFakeClock(), Version: "test/1", disk: hastyDisk{}}
}

// hastyDisk does not wait for the disk: only the tests that kill processes need
// that.
type hastyDisk struct{}

func (hastyDisk) WriteAt(f *os.File, b []byte, off int64) error {
	return realDisk{}.WriteAt(f, b, off)
}
func (hastyDisk) Sync(*os.File) error  { return nil }
func (hastyDisk) SyncDir(string) error { return nil }

func events(t *testing.T, r Report) (names []string) {
	t.Helper()
	h, err := ReadJournal(r.Journal)
	require.NoError(t, err)
	require.False(t, h.Damaged())
	for _, rec := range h.Records {
		if rec.Run == r.Run {
			names = append(names, string(rec.Event))
		}
	}
	return names
}
