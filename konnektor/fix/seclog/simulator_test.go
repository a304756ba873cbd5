package seclog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// settings are the log settings that a simulated box has.
func settings(t *testing.T, box *secunettest.Box) (s struct {
	Crypto string `json:"logSuccessfulCryptoOps"`
	Days   any    `json:"securityLogDays"`
	Logs   []struct {
		Name        string `json:"fmName"`
		Days        any    `json:"logDays"`
		Level       string `json:"severity"`
		Performance string `json:"performanceLog"`
	} `json:"logInfo"`
}) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(box.State().LogSettings), &s))
	return s
}

func reducedOnBox(t *testing.T, box *secunettest.Box) {
	t.Helper()
	s := settings(t, box)
	require.Equal(t, "DISABLED", s.Crypto)
	require.EqualValues(t, "10", fmt.Sprint(s.Days))
	for _, l := range s.Logs {
		if l.Name == "simfm" {
			continue // a log that is not known is touched only when it is asked for
		}
		require.Equal(t, "10", fmt.Sprint(l.Days), l.Name)
		require.Equal(t, "DISABLED", l.Performance)
		require.NotContains(t, []string{"DEBUG", "INFO"}, l.Level)
	}
}

func TestSimulatedBox(t *testing.T) {
	for _, product := range []secunettest.Product{secunettest.Einbox, secunettest.Rechenzentrum, secunettest.HSK} {
		for _, numbers := range []bool{false, true} {
			t.Run(fmt.Sprint(product, numbers), func(t *testing.T) {
				box := secunettest.NewWith(t, secunettest.Options{Product: product, DaysAsNumbers: numbers})
				require.NoError(t, box.Set("logSuccessfulCryptoOps", "ENABLED"))
				before := box.State()
				d := fixtest.Open(t, box)
				o := fixtest.Options(t, box)
				f := seclog.New(seclog.Parameters{AllModules: true})
				dry := o
				dry.DryRun = true
				require.Equal(t, fix.Planned, fix.Run(t.Context(), d, f, dry).Outcome)
				require.Equal(t, before, box.State())

				begun := box.Clock.Now()
				r := fix.Run(t.Context(), d, f, o)
				require.NoError(t, r.Err)
				require.Equal(t, fix.Applied, r.Outcome)
				reducedOnBox(t, box)
				t.Logf("%d steps, %s of the box's time, %v", len(r.Plan), box.Clock.Now().Sub(begun), box.Counters().ByOperation)
				for _, s := range r.Plan {
					require.Equal(t, mgmt.Confirmed, s.Evidence)
				}

				box.Forget()
				require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), d, f, o).Outcome)
				require.Equal(t, []string{"log-settings"}, box.Operations())
				require.NoError(t, d.Close(t.Context()))
				require.Zero(t, box.Counters().Open)
				fixtest.Behaved(t, box)

				h, err := fix.ReadJournal(r.Journal)
				require.NoError(t, err)
				p, err := seclog.RestoreFrom(h.Records)
				require.NoError(t, err)
				up := fix.Run(t.Context(), fixtest.Open(t, box), seclog.New(p), o)
				require.NoError(t, up.Err)
				require.Equal(t, before.LogSettings, box.State().LogSettings)
			})
		}
	}
}

// TestRequestsToABox pins the requests of a whole run, with login and logout.
func TestRequestsToABox(t *testing.T) {
	for _, c := range []struct {
		name string
		p    seclog.Parameters
		all  map[string]int
	}{
		{"in steps", seclog.Parameters{}, map[string]int{"login": 1, "logout": 1, "log-settings": 12, "log-settings-put": 10, "status": 10}},
		{"in one", seclog.Parameters{OneStep: true, Days: 140}, map[string]int{"login": 1, "logout": 1, "log-settings": 2, "log-settings-put": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := secunettest.New(t)
			d := fixtest.Open(t, box)
			r := fix.Run(t.Context(), d, seclog.New(c.p), fixtest.Options(t, box))
			require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
			require.NoError(t, d.Close(t.Context()))
			require.Equal(t, c.all, box.Counters().ByOperation)
			fixtest.Behaved(t, box)
		})
	}
}

func build(params json.RawMessage) (fix.Fix, error) {
	var p seclog.Parameters
	err := json.Unmarshal(params, &p)
	return seclog.New(p), err
}

// TestStuckBox is September 2020: nobody knows which request is answered next.
// The change is made in the first window that is wide enough, with as few answers
// as there can be: login, reading, writing. The answer to writing is lost, for the
// box is busy with so large a change; it is seen later.
func TestStuckBox(t *testing.T) {
	for i, how := range []mgmttest.Stuck{{OneIn: 50}, {OneIn: 50, Answers: 3}, {Every: 6 * time.Hour, For: 30 * time.Minute}} {
		t.Run(fmt.Sprintf("%+v", how), func(t *testing.T) {
			box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.September2020, Stuck: how, Seed: 7})
			begun := box.Clock.Now()
			job := fix.Job{Fix: seclog.Name, Box: "box", Params: json.RawMessage(`{"one_step":true}`)}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i > 0 { // one of them is waited for until the box shows the change
				defer onceChanged(t, box, cancel)()
			}
			r := fix.RunPersistent(ctx, job, fixtest.Opener(t, box), build, fixtest.Options(t, box))
			require.True(t, r.Outcome == fix.Applied || i > 0 && r.Outcome == fix.Pending, "%s: %v", r.Outcome, r.Err)
			reducedOnBox(t, box)

			var served []mgmttest.Request
			sent := 0
			for _, q := range box.Requests() {
				sent++
				if q.Effect {
					served = append(served, q)
				}
				if q.Operation == "log-settings-put" && q.Effect {
					break
				}
			}
			require.Equal(t, []string{"login", "log-settings", "log-settings-put"}, operations(served))
			changed := served[2].At
			require.Less(t, changed.Sub(served[0].At), 10*time.Minute, "all in the window that the first answer showed")
			t.Logf("changed with request %d after %s, in %s; seen %s later; %d attempts, %d requests",
				sent, changed.Sub(begun), changed.Sub(served[0].At), box.Clock.Now().Sub(changed), r.Attempts, len(box.Requests()))
			fixtest.Behaved(t, box)
		})
	}
}

// onceChanged calls f when the box has changed its settings: what follows is waiting.
func onceChanged(t *testing.T, box *secunettest.Box, f func()) (stop func()) {
	t.Helper()
	return box.Clock.Watch(func() {
		if box.State().LogSettings != "" && settings(t, box).Crypto == "DISABLED" {
			f()
		}
	})
}

// TestStuckBoxWhateverTheSeed is the same box with others of its requests answered:
// the defaults of RunPersistent and mgmt.Open change it with three answers, at
// most 150 requests after the first one.
func TestStuckBoxWhateverTheSeed(t *testing.T) {
	for seed := range uint64(3) {
		box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.September2020, Seed: 100 + seed})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		defer onceChanged(t, box, cancel)()
		job := fix.Job{Fix: seclog.Name, Box: "box", Params: json.RawMessage(`{"one_step":true}`)}
		r := fix.RunPersistent(ctx, job, fixtest.Opener(t, box), build, fixtest.Options(t, box))
		require.Contains(t, []fix.Outcome{fix.Applied, fix.Pending}, r.Outcome, "seed %d: %v", seed, r.Err)
		reducedOnBox(t, box)
		var served []int
		for i, q := range box.Requests() {
			if q.Effect && len(served) < 3 {
				served = append(served, i)
			}
		}
		require.Len(t, served, 3)
		put := box.Requests()[served[2]]
		require.Equal(t, "log-settings-put", put.Operation)
		require.Less(t, served[2]-served[0], 150)
		t.Logf("seed %d: changed with request %d", 100+seed, served[2]+1)
	}
}

func TestHardlyAnswers(t *testing.T) {
	require.False(t, seclog.HardlyAnswers(t.Context(), fixtest.Open(t, secunettest.New(t))))
	box := secunettest.NewWith(t, secunettest.Options{Incident: secunettest.September2020, Seed: 7})
	require.True(t, seclog.HardlyAnswers(t.Context(), fixtest.Open(t, box)))
	require.Zero(t, box.Counters().ByOperation["login"])
	require.False(t, seclog.HardlyAnswers(t.Context(), memorybox.New(memorybox.Options{})), "one that cannot be asked")
}

// While a persistent run waits, a person can log in in the same process and
// restart the box that it waits for.
func TestBetweenAttemptsSomebodyElseLogsIn(t *testing.T) {
	box := secunettest.New(t)
	box.SetRestartRequired(true)
	restarted := false
	stop := box.Clock.Watch(func() {
		if restarted {
			return
		}
		restarted = true
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		d := fixtest.Open(t, box)
		defer d.Close(ctx)
		restarter, err := mgmt.As[mgmt.Restarter](d)
		require.NoError(t, err)
		require.NoError(t, restarter.Restart(ctx), "the session was not given back")
	})
	defer stop()
	job := fix.Job{Fix: seclog.Name, Box: "box", Params: json.RawMessage(`{"days":140}`)}
	r := fix.RunPersistent(t.Context(), job, fixtest.Opener(t, box), build, fixtest.Options(t, box))
	require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
	require.True(t, restarted)
	fixtest.Behaved(t, box)
}

// A box that waits for a restart takes a change and does not act upon it: a
// change all at once finds that out with the first answer that shows nothing.
func TestOneStepOnABoxThatWaitsForARestart(t *testing.T) {
	box := secunettest.New(t)
	box.SetRestartRequired(true)
	before := box.State().LogSettings
	d, o := fixtest.Open(t, box), fixtest.Options(t, box)
	r := fix.Run(t.Context(), d, seclog.New(seclog.Parameters{OneStep: true, Days: 140}), o)
	require.Equal(t, fix.Pending, r.Outcome, "%v", r.Err)
	require.Equal(t, fix.ReasonRestartPending, r.Reason)
	require.Equal(t, before, box.State().LogSettings)
	box.Reboot()
	box.Clock.Advance(10 * time.Minute)
	r = fix.Run(t.Context(), d, seclog.New(seclog.Parameters{OneStep: true, Days: 140}), o)
	require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
}

func operations(all []mgmttest.Request) (names []string) {
	for _, q := range all {
		names = append(names, q.Operation)
	}
	return names
}

// A wrong password is tried once, whatever the fix and the runner do.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	box := secunettest.New(t)
	d := fixtest.Open(t, box, func(c *mgmt.Config) {
		c.Credentials = func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: box.User(), Password: "wrong"}, nil
		}
	})
	before := box.State()
	r := fix.Run(t.Context(), d, seclog.New(seclog.Parameters{}), fixtest.Options(t, box))
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonWrongPassword, r.Reason)
	require.Equal(t, 1, box.Counters().AllWrong)
	require.Equal(t, before, box.State())
}

// Another program is logged in at the box: the run waits for it, is refused after
// that and leaves no trace on the box. When the other one has left, it is applied.
func TestAnotherProgramIsLoggedIn(t *testing.T) {
	box := secunettest.New(t)
	other := fixtest.Open(t, box)
	status, err := mgmt.As[mgmt.StatusReader](other)
	require.NoError(t, err)
	_, err = status.Status(t.Context())
	require.NoError(t, err)
	before, sent := box.State(), len(box.Requests())

	d := fixtest.Open(t, box, func(c *mgmt.Config) { c.SlowTimeout = 50 * time.Millisecond })
	r := fix.Run(t.Context(), d, seclog.New(seclog.Parameters{}), fixtest.Options(t, box))
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonBusy, r.Reason)
	require.Equal(t, before, box.State())
	require.Len(t, box.Requests(), sent)

	require.NoError(t, other.Close(t.Context()))
	r = fix.Run(t.Context(), fixtest.Open(t, box), seclog.New(seclog.Parameters{}), fixtest.Options(t, box))
	require.Equal(t, fix.Applied, r.Outcome, "%v", r.Err)
	require.Equal(t, 1, box.Counters().MostOpen)
}

func TestRefusedIgnoredAndLostOnABox(t *testing.T) {
	for name, disturb := range map[string]func(box *secunettest.Box, n int){
		"refused":       func(b *secunettest.Box, n int) { b.Fail("log-settings-put", http.StatusBadRequest, n) },
		"ignored":       func(b *secunettest.Box, n int) { b.Ignore("log-settings-put", n) },
		"lost before":   func(b *secunettest.Box, n int) { b.CutBefore("log-settings-put", n) },
		"lost during":   func(b *secunettest.Box, n int) { b.CutDuring("log-settings-put", n) },
		"lost after":    func(b *secunettest.Box, n int) { b.CutAfter("log-settings-put", n) },
		"no answer":     func(b *secunettest.Box, n int) { b.NoAnswer("log-settings-put", n) },
		"reboot before": func(b *secunettest.Box, _ int) { b.RebootBefore("log-settings-put") },
		"reboot after":  func(b *secunettest.Box, _ int) { b.RebootAfter("log-settings-put") },
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.New(t)
			before := box.State()
			d := fixtest.Open(t, box)
			o := fixtest.Options(t, box)
			disturb(box, 1)
			r := fix.Run(t.Context(), d, seclog.New(seclog.Parameters{}), o)
			switch r.Outcome {
			case fix.Applied:
				reducedOnBox(t, box)
			case fix.RolledBack:
				require.Equal(t, before.LogSettings, box.State().LogSettings)
			default:
				require.Fail(t, "neither applied nor rolled back", "%s: %v", r.Outcome, r.Err)
			}
			r = fix.Run(t.Context(), d, seclog.New(seclog.Parameters{}), o)
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			reducedOnBox(t, box)
			fixtest.Behaved(t, box)
		})
	}
}

// A profile that names another path for writing is found out by the box, and
// nothing has changed.
func TestProfileEntryThatIsWrong(t *testing.T) {
	box := secunettest.New(t)
	before := box.State()
	d := fixtest.Open(t, box, func(c *mgmt.Config) {
		c.Profiles = []json.RawMessage{json.RawMessage(`{"profile":"wrong","vendor":"SECUN","evidence":"operator-supplied","source":"test",
			"entries":[{"operation":"log-settings.set","method":"PUT","path":"/rest/mgmt/nk/protokoll/nowhere","body":"{raw}"}]}`)}
	})
	r := fix.Run(t.Context(), d, seclog.New(seclog.Parameters{}), fixtest.Options(t, box))
	require.Equal(t, fix.RolledBack, r.Outcome, "%v", r.Err)
	require.Equal(t, fix.ReasonRefusedByBox, r.Reason)
	require.Equal(t, mgmt.OperatorSupplied, r.Plan[0].Evidence)
	require.Equal(t, before.LogSettings, box.State().LogSettings)
}
