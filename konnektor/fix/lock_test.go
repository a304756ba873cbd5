package fix

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lock")
	first, err := takeLock(path, "test", time.Now())
	require.NoError(t, err)
	_, err = takeLock(path, "test", time.Now())
	require.ErrorIs(t, err, errBusy)
	data, err := os.ReadFile(path)
	require.NoError(t, err, "who holds it can be read")
	require.Contains(t, string(data), `"program":"test"`)
	first.release()
	second, err := takeLock(path, "test", time.Now())
	require.NoError(t, err)
	second.release()
}

// otherWorkplace counts a lease up whenever the watcher sleeps.
func otherWorkplace(t *testing.T, path string, alive bool) *fakeClock {
	other := leaseFile{Owner: "other"}
	write := func() {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		require.NoError(t, writeLease(f, other))
		require.NoError(t, f.Close())
	}
	write()
	c := newFakeClock()
	c.onSleep = func(*fakeClock) {
		if other.Count++; alive {
			write()
		}
	}
	return c
}

func TestLeaseOfALivingWorkplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lease")
	c := otherWorkplace(t, path, true)
	begun := c.Now()
	_, err := takeLease(t.Context(), path, "target", leaseTTL, c)
	require.ErrorIs(t, err, errBusy)
	require.Less(t, c.Now().Sub(begun), leaseTTL, "seen at the first count")
}

func TestAbandonedLease(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lease")
	c := otherWorkplace(t, path, false)
	// The clock of the other workplace may be wrong by years: nobody looks at it.
	c.onSleep = func(c *fakeClock) { c.set(c.wall.AddDate(-1, 0, 0)) }
	begun := c.Elapsed()
	l, err := takeLease(t.Context(), path, "target", leaseTTL, c)
	require.NoError(t, err)
	require.GreaterOrEqual(t, c.Elapsed()-begun, leaseTTL)
	require.True(t, l.holds())
	l.release()
	require.NoFileExists(t, path)
}

func TestLeaseTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lease")
	l, err := takeLease(t.Context(), path, "target", time.Hour, newFakeClock())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(`{"owner":"other","count":3}`), 0o600))
	require.False(t, l.holds())
	l.renew()
	l.release()
	require.FileExists(t, path, "the other one's lease stays")
}

func TestLeaseIsCountedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lease")
	l, err := takeLease(t.Context(), path, "target", 40*time.Millisecond, newFakeClock())
	require.NoError(t, err)
	defer l.release()
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		now, err := os.ReadFile(path)
		return err == nil && string(now) != string(first)
	}, 10*time.Second, 5*time.Millisecond)
}

// Many workplaces find the same abandoned lease: one at most gets it.
func TestOneOfManyTakesOver(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "box.lease")
		require.NoError(t, os.WriteFile(path, []byte(`{"owner":"gone"}`), 0o600))
		var all sync.WaitGroup
		var mu sync.Mutex
		var got []*lease
		for range 8 {
			all.Go(func() {
				if l, err := takeLease(context.Background(), path, "target", time.Hour, newFakeClock()); err == nil {
					mu.Lock()
					got = append(got, l)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		holding := 0
		for _, l := range got {
			if l.holds() {
				holding++
			}
		}
		require.LessOrEqual(t, holding, 1)
		for _, l := range got {
			l.release()
		}
	}
}

// Two workplaces with folders of their own and a shared one.
func TestTwoWorkplaces(t *testing.T) {
	shared := t.TempDir()
	b := newBox()
	first, second := options(t), options(t)
	first.Shared, second.Shared = shared, shared
	var other Report
	first.Progress = func(p Progress) {
		if p.Phase == PhaseApply && p.Step == 2 {
			clock := newFakeClock()
			clock.onSleep = func(*fakeClock) { renewAll(t, shared) }
			second.Clock = clock
			other = Run(t.Context(), b, reduce(), second)
		}
	}
	r := Run(t.Context(), b, reduce(), first)
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, Refused, other.Outcome)
	require.Equal(t, ReasonBusy, other.Reason)
	require.Len(t, b.sets(), 3)
	left, err := os.ReadDir(shared)
	require.NoError(t, err)
	require.Empty(t, left)
}

// renewAll stands for the time in which the holder of a lease counts it up.
func renewAll(t *testing.T, shared string) {
	paths, err := filepath.Glob(filepath.Join(shared, "*.lease"))
	require.NoError(t, err)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(data, ' '), 0o600))
	}
}

// Another workplace takes the box over in the middle: it is not touched again.
func TestLeaseLostInTheMiddle(t *testing.T) {
	b, o := newBox(), options(t)
	o.Shared = t.TempDir()
	o.Progress = func(p Progress) {
		if p.Phase == PhaseVisible && p.Step == 1 {
			paths, err := filepath.Glob(filepath.Join(o.Shared, "*.lease"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(paths[0], []byte(`{"owner":"other"}`), 0o600))
		}
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Stuck, r.Outcome)
	require.Equal(t, ReasonLeaseLost, r.Reason)
	require.Len(t, b.sets(), 1)
}
