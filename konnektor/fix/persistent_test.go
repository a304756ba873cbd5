package fix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// loginBox is a box with sessions: the first request of a device is a login,
// which may be lost or refused like any other.
type loginBox struct {
	*box
	in     bool
	last   time.Time
	logins int
	clock  Clock
}

func (b *loginBox) enter(ctx context.Context) error {
	if b.in {
		return nil
	}
	b.logins++
	err := b.call(ctx, "login", func() { b.in = true })
	if b.in {
		b.last = b.clock.Now()
	}
	return err
}

func (b *loginBox) LastAnswer() time.Time { return b.last }

func (b *loginBox) Values(ctx context.Context) (map[string]int, error) {
	if err := b.enter(ctx); err != nil {
		return nil, err
	}
	return b.box.Values(ctx)
}

func (b *loginBox) Set(ctx context.Context, name string, value int) error {
	if err := b.enter(ctx); err != nil {
		return err
	}
	return b.box.Set(ctx, name, value)
}

func (b *loginBox) Close(ctx context.Context) error {
	b.in = false
	return b.box.Close(ctx)
}

// sick is a persistent run against a box that hardly answers.
type sick struct {
	box    *box
	device *loginBox
	clock  *fakeClock
	o      Options
	opened int
	fix    *reversing
}

func newSick(t *testing.T) *sick {
	s := &sick{box: newBox(), clock: newFakeClock(), o: options(t), fix: reduce()}
	s.box.pending = nil
	s.o.Clock = s.clock
	s.o.Backoff.Max = 30 * time.Minute
	s.o.Backoff.Rand = func() float64 { return 0.5 }
	return s
}

func (s *sick) open(context.Context) (mgmt.Device, error) {
	s.opened++
	s.device = &loginBox{box: s.box, clock: s.clock}
	return s.device, nil
}

func (s *sick) build(json.RawMessage) (Fix, error) { return s.fix, nil }

func (s *sick) job() Job { return Job{Fix: "target", Box: "8027601"} }

func (s *sick) run(ctx context.Context) Report {
	return RunPersistent(ctx, s.job(), s.open, s.build, s.o)
}

// onlyEvery answers one request in n, at a place that moves.
func onlyEvery(n int) func(int, string) fault {
	return func(number int, _ string) fault {
		if number%n == (number/n*7)%n {
			return well
		}
		return lostBefore
	}
}

func TestPersistentOnAHealthyBox(t *testing.T) {
	s := newSick(t)
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, 1, r.Attempts)
	require.Equal(t, 1, s.device.logins)
	require.Equal(t, 1, s.box.closed, "logged out")
	jobs, err := Jobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.Equal(t, Applied, jobs[0].Outcome)
	require.Equal(t, r.Run, jobs[0].Run)
	left, err := UnfinishedJobs(s.o.Dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// A box that answers one request in fifty: every answer is used.
func TestOneAnswerInFifty(t *testing.T) {
	s := newSick(t)
	s.fix.want = map[string]int{"days": 10}
	s.box.disturb = onlyEvery(50)
	s.o.Backoff.Hold = time.Hour
	begun := s.clock.Now()
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, 10, s.box.state()["days"])
	answered := 0
	for number, request := range s.box.sent() {
		if s.box.disturb(number+1, request) == well {
			answered++
		}
	}
	require.LessOrEqual(t, answered, 5, "login, plan, status, change, look: none was wasted")
	require.Less(t, s.clock.Now().Sub(begun), 2*24*time.Hour)
}

// The same box keeps each request that it does not answer until the client gives
// up: the session of the one login that was answered serves until its end.
func TestOneAnswerInFiftyThatHangs(t *testing.T) {
	for seed := range uint64(8) {
		hang := []time.Duration{30 * time.Second, 2 * time.Minute}[seed%2]
		t.Run(fmt.Sprint(seed, hang), func(t *testing.T) {
			s := newSick(t)
			s.o.Backoff = Backoff{}
			s.fix.want, s.fix.later = map[string]int{"days": 10}, true
			logins, rng := 0, rand.New(rand.NewPCG(seed, 50))
			place := 0
			s.box.disturb = func(number int, request string) fault {
				if number%50 == 1 {
					place = rng.IntN(50)
				}
				if (number-1)%50 != place {
					_ = s.clock.Sleep(t.Context(), hang)
					return lostBefore
				}
				if request == "login" {
					logins++
				}
				return well
			}
			begun := s.clock.Now()
			r := s.run(t.Context())
			require.Equal(t, Applied, r.Outcome, r.Err)
			t.Logf("%s, %d logins answered, %d attempts", s.clock.Now().Sub(begun), logins, r.Attempts)
			require.LessOrEqual(t, logins, 6)
			require.Less(t, s.clock.Now().Sub(begun), 2*24*time.Hour)
		})
	}
}

// Between attempts nobody keeps the box's one admin session from others, unless a
// window may still be open.
func TestSessionIsGivenBackBetweenAttempts(t *testing.T) {
	s := newSick(t)
	yes, no := true, false
	s.box.pending = &yes
	s.clock.onSleep = func(c *fakeClock) {
		require.Equal(t, s.opened, s.box.closed, "a person who restarts the box must be able to log in")
		if c.elapsed > time.Hour {
			s.box.pending = &no
		}
	}
	require.Equal(t, Applied, s.run(t.Context()).Outcome)
}

// Ten days with a window of two minutes now and then.
func TestRareWindows(t *testing.T) {
	s := newSick(t)
	begun := s.clock.Now()
	s.box.disturb = func(int, string) fault {
		if s.clock.Now().Sub(begun)%(26*time.Hour) >= 26*time.Hour-35*time.Minute {
			return well
		}
		return lostBefore
	}
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, wanted, s.box.state())
	require.Less(t, s.clock.Now().Sub(begun), 27*time.Hour, "in the first window")
	require.Len(t, s.box.sets(), 3)
	require.NotContains(t, s.box.sets(), "set days 180", "nothing was undone")
}

func TestTenDaysWithoutAnAnswer(t *testing.T) {
	s := newSick(t)
	s.box.disturb = func(int, string) fault { return lostBefore }
	begun := s.clock.Now()
	r := s.run(t.Context())
	require.Equal(t, Refused, r.Outcome)
	require.Equal(t, ReasonExpired, r.Reason)
	require.InDelta(t, 10*24, s.clock.Now().Sub(begun).Hours(), 1)
	require.Greater(t, r.Attempts, 400)
	require.Less(t, r.Attempts, 1000)
	jobs, err := Jobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs[0].Log, maxJobLog)
	require.Equal(t, ReasonExpired, jobs[0].Reason)
	h, err := ReadJournal(newNames(s.o, s.box).journal())
	require.NoError(t, err)
	require.LessOrEqual(t, len(h.Records), 2, "the journal is not filled with attempts")
}

// What was begun when the time is over is undone.
func TestExpiryUndoes(t *testing.T) {
	for _, dead := range []bool{false, true} {
		s := newSick(t)
		s.o.Backoff.Min, s.o.Backoff.Max = 3*time.Hour, 3*time.Hour
		s.fix.want = map[string]int{"crypto": 0, "days": 10}
		begun, crypto := s.clock.Now(), false
		s.box.disturb = func(_ int, request string) fault {
			crypto = crypto || request == "set crypto 0"
			over := !dead && s.clock.Now().Sub(begun) >= 10*24*time.Hour-time.Minute
			if crypto && request != "set crypto 0" && (!over || request == "set days 10") {
				return lostBefore
			}
			return well
		}
		r := s.run(t.Context())
		if dead {
			require.Equal(t, Stuck, r.Outcome, r.Err)
			require.NotEmpty(t, r.Step)
			require.Equal(t, 0, s.box.state()["crypto"])
			continue
		}
		require.Equal(t, RolledBack, r.Outcome, r.Err)
		require.Equal(t, ReasonExpired, r.Reason)
		require.Equal(t, newBox().values, s.box.state())
	}
}

// One try with a wrong password, whenever it becomes wrong.
func TestWrongPasswordEndsAtOnce(t *testing.T) {
	for n := 1; n <= 9; n++ {
		s := newSick(t)
		wrong := 0
		s.box.disturb = func(number int, request string) fault {
			if number >= n {
				wrong++
				return badAccount
			}
			return well
		}
		r := s.run(t.Context())
		require.Equal(t, ReasonWrongPassword, r.Reason, n)
		require.Equal(t, 1, wrong, "request %d: one try", n)
		require.Equal(t, 1, r.Attempts)
		jobs, err := Jobs(s.o.Dir)
		require.NoError(t, err)
		require.Equal(t, ReasonWrongPassword, jobs[0].Reason)
	}
}

func TestWrongPasswordWhenOpening(t *testing.T) {
	s := newSick(t)
	tries := 0
	r := RunPersistent(t.Context(), s.job(), func(context.Context) (mgmt.Device, error) {
		tries++
		return nil, &konnektor.Failure{Op: "login", Kind: konnektor.KindUnauthorized}
	}, s.build, s.o)
	require.Equal(t, Refused, r.Outcome)
	require.Equal(t, ReasonWrongPassword, r.Reason)
	require.Equal(t, 1, tries)
}

// The PVS is closed at any moment and started again: the job goes on.
func TestRestartsOfThePVS(t *testing.T) {
	s := newSick(t)
	s.box.disturb = onlyEvery(4)
	s.o.Backoff.Hold = time.Hour
	starts := 0
	for ; starts < 500; starts++ {
		ctx, cancel := context.WithCancel(t.Context())
		sleeps := 0
		s.clock.onSleep = func(*fakeClock) {
			if sleeps++; sleeps == 25 {
				cancel()
			}
		}
		r := s.run(ctx)
		cancel()
		if r.Outcome != Pending {
			require.Equal(t, Applied, r.Outcome, r.Err)
			break
		}
		jobs, err := UnfinishedJobs(s.o.Dir)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
	}
	require.Positive(t, starts)
	require.Equal(t, wanted, s.box.state())
	jobs, err := Jobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs, 1, "always the same job")
}

func TestNewerJobSupersedes(t *testing.T) {
	s := newSick(t)
	s.box.disturb = func(int, string) fault { return lostBefore }
	newer := s.job()
	newer.Params = json.RawMessage(`{"days": 20}`)
	var second Report
	s.clock.onSleep = func(*fakeClock) {
		s.clock.onSleep = nil
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // it stores its job and does not wait for the first one
		second = RunPersistent(ctx, newer, s.open, s.build, s.o)
	}
	first := s.run(t.Context())
	require.Equal(t, Refused, first.Outcome)
	require.Equal(t, ReasonSuperseded, first.Reason)
	require.Equal(t, Pending, second.Outcome)
	jobs, err := UnfinishedJobs(s.o.Dir)
	require.NoError(t, err)
	require.Len(t, jobs, 1)
	require.Equal(t, 2, jobs[0].Number)

	s.box.disturb = func(int, string) fault { return well }
	require.Equal(t, Applied, RunPersistent(t.Context(), newer, s.open, s.build, s.o).Outcome)
}

func TestSameJobTwiceIsBusy(t *testing.T) {
	s := newSick(t)
	s.box.disturb = func(int, string) fault { return lostBefore }
	var second Report
	ctx, cancel := context.WithCancel(t.Context())
	s.clock.onSleep = func(*fakeClock) {
		s.clock.onSleep = nil
		second = s.run(t.Context())
		cancel()
	}
	first := s.run(ctx)
	require.Equal(t, Pending, first.Outcome)
	require.Equal(t, ReasonCancelled, first.Reason)
	require.Equal(t, Pending, second.Outcome)
	require.Equal(t, ReasonBusy, second.Reason)
}

// Two programs begin the same job at the same moment: it is done once, and nothing
// waits afterwards.
func TestTwoBeginTheSameJob(t *testing.T) {
	for range 20 {
		first := newSick(t)
		second := newSick(t)
		second.box, second.o.Dir = first.box, first.o.Dir
		var reports [2]Report
		var both sync.WaitGroup
		for i, s := range []*sick{first, second} {
			both.Go(func() { reports[i] = s.run(t.Context()) })
		}
		both.Wait()
		done := 0
		for _, r := range reports {
			if r.Outcome == Applied {
				done++
			} else {
				require.Contains(t, []string{string(AlreadyDone), ReasonBusy, ReasonSuperseded}, cmp.Or(r.Reason, string(r.Outcome)), r.Err)
			}
		}
		require.Equal(t, 1, done, "%v", reports)
		require.Len(t, first.box.sets(), 3)
		waiting, err := UnfinishedJobs(first.o.Dir)
		require.NoError(t, err)
		require.Empty(t, waiting)
	}
}

// The clock on the wall is set while the job runs, and between two starts.
func TestWrongClock(t *testing.T) {
	for name, jump := range map[string]time.Duration{"ten years back": -10 * 365 * 24 * time.Hour, "ten years forward": 10 * 365 * 24 * time.Hour} {
		t.Run(name+", while it runs", func(t *testing.T) {
			s := newSick(t)
			s.o.Backoff.Min, s.o.Backoff.Max = 3*time.Hour, 3*time.Hour
			s.box.disturb = func(int, string) fault { return lostBefore }
			s.clock.onSleep = func(c *fakeClock) {
				c.onSleep = nil
				c.set(c.wall.Add(jump))
			}
			begun := s.clock.Elapsed()
			r := s.run(t.Context())
			require.Equal(t, ReasonExpired, r.Reason)
			require.InDelta(t, 240, (s.clock.Elapsed() - begun).Hours(), 4, "ten days are ten days")
		})
		t.Run(name+", between two starts", func(t *testing.T) {
			s := newSick(t)
			s.box.disturb = func(int, string) fault { return lostBefore }
			ctx, cancel := context.WithCancel(t.Context())
			s.clock.onSleep = func(*fakeClock) { cancel() }
			require.Equal(t, Pending, s.run(ctx).Outcome)
			s.clock.onSleep = nil
			s.clock.set(s.clock.wall.Add(jump))
			s.box.disturb = func(int, string) fault { return well }
			r := s.run(t.Context())
			require.Equal(t, Applied, r.Outcome, "at least one more attempt: %v", r.Err)
		})
	}
}

func TestPersistentPolicies(t *testing.T) {
	s := newSick(t)
	s.o.Window = Window{From: 22 * time.Hour, To: 4 * time.Hour, Location: time.UTC}
	r := s.run(t.Context())
	require.Equal(t, Applied, r.Outcome, r.Err)
	require.Equal(t, 22, s.clock.Now().Hour(), "waited for the window, and not longer")
	require.Equal(t, 2, r.Attempts)

	s = newSick(t)
	yes, no := true, false
	s.box.pending = &yes
	s.clock.onSleep = func(c *fakeClock) {
		if c.elapsed > time.Hour {
			s.box.pending = &no
		}
	}
	require.Equal(t, Applied, s.run(t.Context()).Outcome, "somebody has restarted the box")

	for name, want := range map[string]func(*sick){
		ReasonNoWayBack:    func(s *sick) { s.fix.noUndo = true },
		ReasonRefusedByBox: func(s *sick) { s.box.disturb = refuses("set days 10") },
		ReasonUnchanged:    func(s *sick) { s.box.disturb = ignores("set days 10") },
	} {
		s := newSick(t)
		want(s)
		r := s.run(t.Context())
		require.Equal(t, name, r.Reason, r.Err)
		require.Equal(t, 1, r.Attempts)
		require.Equal(t, newBox().values, s.box.state())
	}
}

func refuses(request string) func(int, string) fault {
	return func(_ int, r string) fault {
		if r == request {
			return refusal
		}
		return well
	}
}

func ignores(request string) func(int, string) fault {
	return func(_ int, r string) fault {
		if r == request {
			return ignored
		}
		return well
	}
}

func TestJobsThatMakeNoSense(t *testing.T) {
	s := newSick(t)
	require.Equal(t, ReasonOptions, RunPersistent(t.Context(), Job{}, s.open, s.build, s.o).Reason)
	r := RunPersistent(t.Context(), s.job(), s.open, func(json.RawMessage) (Fix, error) { return nil, errors.New("no such fix") }, s.o)
	require.Equal(t, Refused, r.Outcome)
	r = RunPersistent(t.Context(), Job{Fix: "other", Box: "b"}, s.open, s.build, s.o)
	require.Equal(t, Refused, r.Outcome, "build made another fix")
	require.Zero(t, s.opened)

	require.NoError(t, os.WriteFile(filepath.Join(s.o.Dir, "x-y-1"+jobEnd), []byte(`{"format":"no"}`), 0o600))
	jobs, err := Jobs(s.o.Dir)
	require.Error(t, err)
	require.NotEmpty(t, jobs, "the others are listed all the same")
}

func TestPauses(t *testing.T) {
	for _, rand := range []float64{0, 0.5, 0.999} {
		b := Backoff{Rand: func() float64 { return rand }}.withDefaults()
		last := time.Duration(0)
		for failed := 1; failed < 100; failed++ {
			p := b.pause(failed)
			require.GreaterOrEqual(t, p, b.Min/2)
			require.LessOrEqual(t, p, b.Max)
			require.GreaterOrEqual(t, p, last)
			last = p
		}
		require.GreaterOrEqual(t, last, b.Max/2)
	}
}

// A job and its journal hold no password, wherever it went wrong.
func TestNoSecretsOnDisk(t *testing.T) {
	s := newSick(t)
	s.box.disturb = onlyEvery(3)
	s.o.BackupPassword = password("KANARIENVOGEL-0123456789", nil)
	s.run(t.Context())
	paths, err := filepath.Glob(filepath.Join(s.o.Dir, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.False(t, strings.Contains(string(data), "KANARIENVOGEL"), fmt.Sprint(path))
	}
}
