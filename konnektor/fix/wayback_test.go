package fix

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dying is a box that answers no request from number n on.
func dying(n int) func(int, string) fault {
	return func(number int, _ string) fault {
		if number >= n {
			return lostBefore
		}
		return well
	}
}

func healthy(int, string) fault { return well }

// A box that took the place of the one on which a run was begun is left alone, also
// when the fix refuses it, and when the journal has lost which box it was.
func TestExchangedBoxIsNotRolledBack(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"":                       func(d []byte) []byte { return d },
		"the first line is lost": func(d []byte) []byte { return d[bytes.IndexByte(d, '\n')+1:] },
	} {
		t.Run(name, func(t *testing.T) {
			b, o := newBox(), options(t)
			o.Box = "konnektor.praxis"
			b.disturb = dying(5)
			first := Run(t.Context(), b, reduce(), o)
			require.Equal(t, Stuck, first.Outcome)
			data, err := os.ReadFile(first.Journal)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(first.Journal, damage(data), 0o600))

			other := newBox()
			other.product.Serial = "8027602"
			other.disturb = refuses("get")
			r := Run(t.Context(), other, reduce(), o)
			require.Equal(t, Stuck, r.Outcome, r.Err)
			require.Equal(t, ReasonOtherBox, r.Reason)
			require.Empty(t, other.sets())

			b.disturb = healthy
			require.Equal(t, RolledBack, Run(t.Context(), b, reduce(), o).Outcome, "the box is back")
			require.Equal(t, newBox().values, b.state())
		})
	}
}

// A password that becomes wrong on the way back is tried once.
func TestWrongPasswordWhileRollingBack(t *testing.T) {
	b, o := newBox(), options(t)
	failed, wrong := false, 0
	b.disturb = func(_ int, request string) fault {
		if failed {
			wrong++
			return badAccount
		}
		if failed = request == "set level 3"; failed {
			return refusal
		}
		return well
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Stuck, r.Outcome)
	require.Equal(t, ReasonWrongPassword, r.Reason)
	require.Equal(t, 1, wrong)
	require.Equal(t, "level/3", r.Step)

	b.disturb = healthy
	next := Run(t.Context(), b, reduce(), o)
	require.Equal(t, RolledBack, next.Outcome, next.Err)
	require.Equal(t, ReasonRefusedByBox, next.Reason, "why it failed is not forgotten")
	require.Equal(t, newBox().values, b.state())
}

// Another workplace takes the box over on the way back: it is not touched again.
func TestLeaseLostWhileRollingBack(t *testing.T) {
	b, o := newBox(), options(t)
	o.Shared = t.TempDir()
	b.disturb = refuses("set level 3")
	o.Progress = func(p Progress) {
		if p.Phase == PhaseRollback {
			takeAllLeases(t, o.Shared)
		}
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Stuck, r.Outcome, r.Err)
	require.Equal(t, ReasonLeaseLost, r.Reason)
	require.Len(t, b.sets(), 3, "no way back")
}

func takeAllLeases(t *testing.T, shared string) {
	paths, err := filepath.Glob(filepath.Join(shared, "*.lease"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		require.NoError(t, os.WriteFile(path, []byte(`{"owner":"other"}`), 0o600))
	}
}

// A persistent run that loses the box to another workplace comes back later.
func TestPersistentRunComesBackAfterAnotherWorkplace(t *testing.T) {
	s := newSick(t)
	s.o.Shared = t.TempDir()
	taken := false
	s.o.Progress = func(p Progress) {
		if p.Phase == PhaseVisible && !taken {
			taken = true
			takeAllLeases(t, s.o.Shared)
		}
	}
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, 2, r.Attempts)
	require.Len(t, s.box.sets(), 3, "nothing was undone and nothing made twice")
}

// A persistent run that has to go back on a box that does not answer meanwhile
// does so when it answers again.
func TestRollBackIsFinishedLater(t *testing.T) {
	s := newSick(t)
	refused := time.Time{}
	s.box.disturb = func(_ int, request string) fault {
		switch {
		case !refused.IsZero() && s.clock.Now().Sub(refused) < 7*time.Hour:
			return lostBefore
		case request == "set level 3":
			refused = s.clock.Now()
			return refusal
		}
		return well
	}
	r := s.run(t.Context())
	require.Equal(t, RolledBack, r.Outcome, r.Err)
	require.Equal(t, ReasonRefusedByBox, r.Reason)
	require.Equal(t, "level/3", r.Step)
	require.Greater(t, r.Attempts, 1)
	require.Equal(t, newBox().values, s.box.state())
	open, err := Unfinished(s.o.Dir)
	require.NoError(t, err)
	require.Empty(t, open)
}

// Somebody makes a change in the middle that wants a restart: what was begun is
// gone on with after it, for the box would not act upon the way back either.
func TestRestartPendingInTheMiddle(t *testing.T) {
	yes, no := true, false
	pendingAfterFirst := func(b *box) {
		b.disturb = func(_ int, request string) fault {
			if request == "set crypto 0" {
				b.pending = &yes
			}
			return well
		}
	}
	b, o := newBox(), options(t)
	pendingAfterFirst(b)
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Stuck, r.Outcome, r.Err)
	require.Equal(t, ReasonRestartPending, r.Reason)
	require.Contains(t, r.Next, "restart the box")
	b.pending, b.disturb = &no, healthy
	next := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Applied, next.Outcome, next.Err)
	require.True(t, next.Resumed)
	require.Len(t, b.sets(), 3)

	s := newSick(t)
	s.box.pending = &no
	pendingAfterFirst(s.box)
	s.clock.onSleep = func(c *fakeClock) {
		if c.elapsed > time.Hour {
			s.box.pending = &no
		}
	}
	require.Equal(t, Applied, s.run(t.Context()).Outcome)
	require.Len(t, s.box.sets(), 3)
}

// What an interrupted run has begun may come to show while the next one asks: that
// is no change by somebody else.
func TestBegunStepShowsWhileTheNextRunAsks(t *testing.T) {
	b, o := newBox(), options(t)
	clock := newFakeClock()
	o.Clock = clock
	b.disturb = func(_ int, request string) fault {
		if request == "set days 10" {
			return lostBefore
		}
		return well
	}
	first := reduce()
	first.later = true
	require.Equal(t, Pending, Run(t.Context(), b, first, o).Outcome)
	asked := false
	b.disturb = func(_ int, request string) fault {
		if request == "status" && !asked {
			asked = true
			require.NoError(t, clock.Sleep(context.Background(), time.Minute))
			b.values["days"] = 10
		}
		return well
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, wanted, b.state())
	require.NotContains(t, b.sets(), "set days 180")
}

// Who goes on with a job need not know what was allowed when it was made.
func TestJobKeepsItsPolicies(t *testing.T) {
	s := newSick(t)
	s.fix.noUndo = true
	s.o.AllowNoWayBack = true
	s.o.Window = Window{From: 22 * time.Hour, To: 4 * time.Hour, Days: []time.Weekday{time.Tuesday}, Location: time.UTC}
	ctx, cancel := context.WithCancel(t.Context())
	s.clock.onSleep = func(*fakeClock) { cancel() }
	require.Equal(t, Pending, s.run(ctx).Outcome)
	s.clock.onSleep = nil
	s.o.AllowNoWayBack, s.o.Window = false, Window{Location: time.UTC}
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, "Tuesday 22", s.clock.Now().Format("Monday 15"))
	jobs, err := Jobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.True(t, jobs[0].AllowNoWayBack)

	// A run that was allowed to begin may be finished.
	b, o := newBox(), options(t)
	f := &target{want: wanted, noUndo: true}
	o.AllowNoWayBack = true
	b.disturb = dying(5)
	require.Equal(t, Stuck, Run(t.Context(), b, f, o).Outcome)
	b.disturb, o.AllowNoWayBack = healthy, false
	require.Equal(t, Applied, Run(t.Context(), b, f, o).Outcome)
}

// The share of the practice is not there yet when the PVS starts: a job waits for it.
func TestSharedFolderThatComesLater(t *testing.T) {
	b, o := newBox(), options(t)
	o.Shared = filepath.Join(t.TempDir(), "share")
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Refused, r.Outcome)
	require.Equal(t, ReasonSharedFolder, r.Reason)
	require.Empty(t, b.sent())

	s := newSick(t)
	s.o.Shared = o.Shared
	s.clock.onSleep = func(*fakeClock) { require.NoError(t, os.MkdirAll(o.Shared, 0o700)) }
	r = s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, 2, r.Attempts)
}

// A program that begins a job at each start does not fill the folder.
func TestEndedJobsAreRemoved(t *testing.T) {
	s := newSick(t)
	for range maxEnded + 5 {
		s.run(t.Context())
	}
	jobs, err := Jobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs, maxEnded)
	require.Equal(t, 6, jobs[0].Number, "the oldest are gone")
	require.Equal(t, maxEnded+5, jobs[maxEnded-1].Number)
}

func TestShortRunsComeOftener(t *testing.T) {
	soon, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	late, cancelLate := context.WithTimeout(t.Context(), 240*time.Hour)
	defer cancelLate()
	require.LessOrEqual(t, Backoff{}.within(soon).withDefaults().Max, 30*time.Second)
	require.GreaterOrEqual(t, Backoff{}.within(soon).withDefaults().Max, Backoff{}.withDefaults().Min)
	require.Equal(t, defaultMax, Backoff{}.within(late).withDefaults().Max)
	require.Equal(t, defaultMax, Backoff{}.within(t.Context()).withDefaults().Max)
	require.Equal(t, time.Hour, Backoff{Max: time.Hour}.within(soon).withDefaults().Max, "as it was asked for")
}

// The power fails at any byte of the journal: the next run knows what was begun as
// far as the box was asked, and ends well.
func TestJournalCutAtAnyByte(t *testing.T) {
	for _, back := range []bool{false, true} {
		b := newBox()
		o, path, data := journalOf(t, b, back)
		before := b.state()
		for n := 0; n < len(data); n += 11 {
			b.values = map[string]int{"days": before["days"], "level": before["level"], "crypto": before["crypto"]}
			require.NoError(t, os.WriteFile(path, data[:n], 0o600))
			r := Run(t.Context(), b, reduce(), o)
			switch r.Outcome {
			case Applied:
				require.Equal(t, wanted, b.state(), "byte %d", n)
			case RolledBack:
				require.True(t, back, "byte %d", n)
				require.Equal(t, newBox().values, b.state(), "byte %d", n)
			default:
				require.Fail(t, "outcome", "byte %d: %s: %v", n, r.Outcome, r.Err)
			}
			h, err := ReadJournal(path)
			require.NoError(t, err)
			require.False(t, h.Damaged(), "byte %d", n)
			require.Nil(t, h.Open(), "byte %d", n)
			if r.Damaged != "" {
				require.NoError(t, os.Remove(r.Damaged))
			}
		}
	}
}
