package seclog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/seclog"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// overflowing is a box as in September 2020: everything is logged and kept.
func overflowing(t *testing.T) *memorybox.Box {
	t.Helper()
	box := memorybox.New(memorybox.Options{})
	box.Change(func(s *memorybox.State) {
		s.Log.SuccessfulCryptoOps = true
		for i := range s.Log.Modules {
			s.Log.Modules[i].Performance = true
			s.Log.Modules[i].Level = mgmt.LevelDebug
		}
	})
	return box
}

func options(t *testing.T, box *memorybox.Box) fix.Options {
	t.Helper()
	return fix.Options{Dir: t.TempDir(), Clock: box.Clock(), Consented: "test"}
}

func run(t *testing.T, box *memorybox.Box, p seclog.Parameters) fix.Report {
	t.Helper()
	return fix.Run(t.Context(), box, seclog.New(p), options(t, box))
}

// reduced requires the least settings of everything that the fix touches.
func reduced(t *testing.T, s mgmt.LogSettings, before mgmt.LogSettings) {
	t.Helper()
	require.False(t, s.SuccessfulCryptoOps)
	require.Equal(t, 10, s.SecurityLogDays)
	for i, m := range s.Modules {
		if m.Name == "other" {
			require.Equal(t, before.Modules[i], m, "a log that is not known stays as it is")
			continue
		}
		require.Equal(t, mgmt.ModuleLog{Name: m.Name, Level: mgmt.LevelWarning, Days: 10}, m)
	}
}

func TestReducesInStepsThatTheBoxCanBear(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	r := run(t, box, seclog.Parameters{})
	require.NoError(t, r.Err)
	require.Equal(t, fix.Applied, r.Outcome)
	reduced(t, box.State().Log, before)
	var keys []string
	for _, s := range r.Plan {
		keys = append(keys, s.Key)
		require.NotNil(t, s.Undo)
	}
	require.Equal(t, []string{
		"crypto-ops/off",
		"performance/system-off/amts-off/epa-off/nfdm-off/vsdm-off",
		"level/system-WARNING/amts-WARNING/epa-WARNING/nfdm-WARNING/vsdm-WARNING",
		"security-log-days/140", "security-log-days/100", "security-log-days/60", "security-log-days/20", "security-log-days/10",
		"module-log-days/system-140/amts-140/epa-140/nfdm-140/vsdm-140",
		"module-log-days/system-100/amts-100/epa-100/nfdm-100/vsdm-100",
		"module-log-days/system-60/amts-60/epa-60/nfdm-60/vsdm-60",
		"module-log-days/system-20/amts-20/epa-20/nfdm-20/vsdm-20",
		"module-log-days/system-10/amts-10/epa-10/nfdm-10/vsdm-10",
	}, keys)
}

func TestNothingToDo(t *testing.T) {
	box := overflowing(t)
	require.Equal(t, fix.Applied, run(t, box, seclog.Parameters{}).Outcome)
	box.Forget()
	r := run(t, box, seclog.Parameters{})
	require.Equal(t, fix.AlreadyDone, r.Outcome)
	require.Equal(t, []mgmt.Operation{mgmt.OpLogSettingsGet}, box.Operations())
}

func TestDryRunChangesNothing(t *testing.T) {
	box := overflowing(t)
	before := box.State()
	o := options(t, box)
	o.DryRun = true
	r := fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
	require.Equal(t, fix.Planned, r.Outcome)
	require.Len(t, r.Plan, 13)
	require.Equal(t, before, box.State())
	require.Equal(t, []mgmt.Operation{mgmt.OpLogSettingsGet}, box.Operations())
}

func TestPlans(t *testing.T) {
	for name, c := range map[string]struct {
		p      seclog.Parameters
		change func(*mgmt.LogSettings)
		keys   []string
	}{
		"as delivered": {seclog.Parameters{Modules: []string{"none"}}, nil,
			[]string{"security-log-days/140", "security-log-days/100", "security-log-days/60", "security-log-days/20", "security-log-days/10"}},
		"the largest retention": {seclog.Parameters{Days: 325, Modules: []string{"none"}}, func(s *mgmt.LogSettings) { s.SecurityLogDays = 365 },
			[]string{"security-log-days/325"}},
		"a day more than one step": {seclog.Parameters{Days: 324, Modules: []string{"none"}}, func(s *mgmt.LogSettings) { s.SecurityLogDays = 365 },
			[]string{"security-log-days/325", "security-log-days/324"}},
		"a shorter retention stays":          {seclog.Parameters{Days: 30, Modules: []string{"none"}}, func(s *mgmt.LogSettings) { s.SecurityLogDays = 20 }, nil},
		"a retention that is not told stays": {seclog.Parameters{Modules: []string{"none"}}, func(s *mgmt.LogSettings) { s.SecurityLogDays = 0 }, nil},
		"a stricter level stays":             {seclog.Parameters{Days: 180, Modules: []string{"vsdm"}}, func(s *mgmt.LogSettings) { s.Modules[4].Level = mgmt.LevelFatal }, nil},
		"a level that nobody knows stays":    {seclog.Parameters{Days: 180}, func(s *mgmt.LogSettings) { s.Modules[4].Level = "TRACE" }, nil},
		"another level":                      {seclog.Parameters{Days: 180, Level: mgmt.LevelFatal, Modules: []string{"epa"}}, nil, []string{"level/epa-FATAL"}},
		"all logs": {seclog.Parameters{Days: 150, AllModules: true}, func(s *mgmt.LogSettings) { s.Modules = s.Modules[4:] },
			[]string{"security-log-days/150", "module-log-days/vsdm-150/other-150"}},
		"logs that are kept for different times": {seclog.Parameters{Days: 10, Modules: []string{"system", "vsdm"}},
			func(s *mgmt.LogSettings) { s.SecurityLogDays, s.Modules[0].Days, s.Modules[4].Days = 10, 70, 45 },
			[]string{"module-log-days/system-30/vsdm-10", "module-log-days/system-10"}},
		"at once": {seclog.Parameters{OneStep: true}, nil, []string{"all/10"}},
		"up again": {seclog.Parameters{Restore: &seclog.Values{SecurityLogDays: new(100), SuccessfulCryptoOps: new(true)}},
			func(s *mgmt.LogSettings) { s.SecurityLogDays = 10 },
			[]string{"crypto-ops/on", "security-log-days/50", "security-log-days/90", "security-log-days/100"}},
		"up again in a log that is no longer there": {seclog.Parameters{Restore: &seclog.Values{Modules: []seclog.ModuleValues{{Name: "gone", Days: new(180)}}}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			box := memorybox.New(memorybox.Options{})
			if c.change != nil {
				box.Change(func(s *memorybox.State) { c.change(&s.Log) })
			}
			plan, err := seclog.New(c.p).Plan(t.Context(), box)
			require.NoError(t, err)
			var keys []string
			for _, s := range plan {
				keys = append(keys, s.Key)
				require.NotEqual(t, s.Before, s.After)
			}
			require.Equal(t, c.keys, keys)
		})
	}
}

func TestParametersThatMakeNoSense(t *testing.T) {
	for name, p := range map[string]seclog.Parameters{
		"too short":               {Days: 9},
		"too long":                {Days: 366},
		"no such level":           {Level: "QUIET"},
		"nothing to restore":      {Restore: &seclog.Values{}},
		"restored in one step":    {OneStep: true, Restore: &seclog.Values{SecurityLogDays: new(180)}},
		"restored too long":       {Restore: &seclog.Values{SecurityLogDays: new(400)}},
		"module restored too far": {Restore: &seclog.Values{Modules: []seclog.ModuleValues{{Name: "vsdm", Days: new(1)}}}},
		"no such level restored":  {Restore: &seclog.Values{Modules: []seclog.ModuleValues{{Name: "vsdm", Level: "X"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			box := memorybox.New(memorybox.Options{})
			_, err := seclog.New(p).Plan(t.Context(), box)
			require.Error(t, err)
			require.Empty(t, box.Calls())
		})
	}
}

// A box that hardly answers gets one request that changes something, and none to
// look at it.
func TestOneStepIsAReadingAndAWriting(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	plan, err := seclog.New(seclog.Parameters{OneStep: true}).Plan(t.Context(), box)
	require.NoError(t, err)
	require.Len(t, plan, 1)
	require.True(t, plan[0].Later)
	require.True(t, plan[0].Repeatable)
	require.NoError(t, plan[0].Apply(t.Context()))
	require.Equal(t, []mgmt.Operation{mgmt.OpLogSettingsGet, mgmt.OpLogSettingsSet}, box.Operations())
	reduced(t, box.State().Log, before)
}

func TestOneStepWhoseAnswerIsLostIsSeenLater(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	o := options(t, box)
	box.Disturb(mgmt.OpLogSettingsSet, memorybox.NoAnswer)
	f := seclog.New(seclog.Parameters{OneStep: true})
	r := fix.Run(t.Context(), box, f, o)
	require.Equal(t, fix.Pending, r.Outcome)
	reduced(t, box.State().Log, before)
	r = fix.Run(t.Context(), box, f, o)
	require.Equal(t, fix.Applied, r.Outcome)
	require.True(t, r.Resumed)
	require.Equal(t, 1, count(box, mgmt.OpLogSettingsSet))
}

func TestTheWayBackUp(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	o := options(t, box)
	r := fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
	require.Equal(t, fix.Applied, r.Outcome)

	h, err := fix.ReadJournal(r.Journal)
	require.NoError(t, err)
	p, err := seclog.RestoreFrom(h.Records)
	require.NoError(t, err)
	stored, err := json.Marshal(p) // as in a job file
	require.NoError(t, err)
	var again seclog.Parameters
	require.NoError(t, json.Unmarshal(stored, &again))

	up := fix.Run(t.Context(), box, seclog.New(again), o)
	require.NoError(t, up.Err)
	require.Equal(t, fix.Applied, up.Outcome)
	require.Equal(t, before, box.State().Log)
	require.Len(t, up.Plan, 13)
}

func TestRestoreFromARecordThatIsNone(t *testing.T) {
	_, err := seclog.RestoreFrom([]fix.Record{{Fix: "akaut", Snapshot: json.RawMessage(`{"security_log_days":180}`)}, {Fix: "seclog"}})
	require.EqualError(t, err, "seclog: restore: no settings in 2 records")
	_, err = seclog.RestoreFrom([]fix.Record{{Fix: "seclog", Step: "all/10", Snapshot: json.RawMessage(`[]`)}})
	require.Error(t, err)
}

// A restore of all settings at once names them all.
func TestValuesOfAllSettings(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	values := seclog.ValuesOf(before)
	require.Equal(t, fix.Applied, run(t, box, seclog.Parameters{AllModules: true}).Outcome)
	require.Equal(t, fix.Applied, run(t, box, seclog.Parameters{Restore: &values}).Outcome)
	require.Equal(t, before, box.State().Log)
}

func TestProductsThatCannot(t *testing.T) {
	box := memorybox.New(memorybox.Options{})
	_, err := seclog.New(seclog.Parameters{}).Plan(t.Context(), struct{ mgmt.Device }{box})
	require.ErrorIs(t, err, mgmt.ErrUnsupported)
	box.Disturb(mgmt.OpLogSettingsGet, memorybox.Unknown)
	_, err = seclog.New(seclog.Parameters{}).Plan(t.Context(), box)
	require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
}

func TestRestartPendingIsRefused(t *testing.T) {
	box := overflowing(t)
	before := box.State()
	box.NeedRestart()
	r := run(t, box, seclog.Parameters{})
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonRestartPending, r.Reason)
	require.Equal(t, before, box.State())
	require.Zero(t, count(box, mgmt.OpLogSettingsSet))
}

func TestRefusedAndIgnored(t *testing.T) {
	for name, how := range map[string]memorybox.Disturbance{"refused": memorybox.Refused, "ignored": memorybox.Ignored} {
		for at := range 13 {
			t.Run(fmt.Sprintf("%s at step %d", name, at), func(t *testing.T) {
				box := overflowing(t)
				before := box.State()
				wells := make([]memorybox.Disturbance, at)
				box.Disturb(mgmt.OpLogSettingsSet, append(wells, how)...)
				r := run(t, box, seclog.Parameters{})
				require.Equal(t, fix.RolledBack, r.Outcome)
				require.Equal(t, r.Plan[at].Key, r.Step)
				require.Equal(t, before, box.State())
				require.LessOrEqual(t, widest(box), 40)
			})
		}
	}
}

// Whatever happens to whichever request: the box has its former values, or the
// new ones, or the report says what is left to do, and another run mends it.
func TestWhateverHappensToWhicheverRequest(t *testing.T) {
	reference := overflowing(t)
	before := reference.State().Log
	require.Equal(t, fix.Applied, run(t, reference, seclog.Parameters{}).Outcome)
	after := reference.State().Log
	for _, i := range memorybox.Interruptions(reference.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			box := overflowing(t)
			box.Plan(i)
			o := options(t, box)
			r := fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
			switch r.Outcome {
			case fix.Applied:
				require.Equal(t, after, box.State().Log)
			case fix.RolledBack, fix.Refused:
				require.Equal(t, before, box.State().Log)
			case fix.Stuck:
				require.NotEmpty(t, r.Step)
				require.FileExists(t, r.Snapshot)
				require.NotEmpty(t, r.Next)
			default:
				require.Fail(t, "outcome", r.Outcome)
			}
			require.NoError(t, box.Clock().Sleep(t.Context(), memorybox.BootTime))
			again := fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
			if again.Outcome == fix.RolledBack { // the first run's way back is finished first
				require.Equal(t, before, box.State().Log)
				again = fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, again.Outcome, "%v", again.Err)
			require.Equal(t, after, box.State().Log)
			require.LessOrEqual(t, widest(box), 40)
		})
	}
}

// A process that is killed at any request leaves what the next one brings to its
// end; no step is made twice that shows.
func TestKilledAtAnyRequest(t *testing.T) {
	reference := overflowing(t)
	require.Equal(t, fix.Applied, run(t, reference, seclog.Parameters{}).Outcome)
	after := reference.State().Log
	for _, i := range memorybox.Kills(reference.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			box := overflowing(t)
			box.Plan(i)
			o := options(t, box)
			require.False(t, memorybox.Process(func() { fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o) }))
			r := fix.Run(t.Context(), box, seclog.New(seclog.Parameters{}), o)
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.Equal(t, after, box.State().Log)
			require.LessOrEqual(t, widest(box), 40)
			unfinished, err := fix.Unfinished(o.Dir)
			require.NoError(t, err)
			require.Empty(t, unfinished)
		})
	}
}

func TestReverseOfAKilledRun(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	f := seclog.New(seclog.Parameters{})
	plan, err := f.Plan(t.Context(), box)
	require.NoError(t, err)
	for _, s := range plan[:5] {
		require.NoError(t, s.Apply(t.Context()))
	}
	for i := 4; i >= 0; i-- {
		require.NoError(t, f.Reverse(t.Context(), box, fix.Record{Step: plan[i].Key, Snapshot: plan[i].Snapshot}))
	}
	require.Equal(t, before, box.State().Log)
	require.LessOrEqual(t, widest(box), 40)
	require.Error(t, f.Reverse(t.Context(), box, fix.Record{Step: "x"}))
}

func TestCancelledRunIsUndone(t *testing.T) {
	box := overflowing(t)
	before := box.State().Log
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t, box)
	o.Progress = func(p fix.Progress) {
		if p.Phase == fix.PhaseApply && p.Step == 7 {
			cancel()
		}
	}
	r := fix.Run(ctx, box, seclog.New(seclog.Parameters{}), o)
	require.Equal(t, fix.RolledBack, r.Outcome)
	require.Equal(t, before, box.State().Log)
}

// TestRequests pins what the fix asks of a box, the least there is.
func TestRequests(t *testing.T) {
	box := overflowing(t)
	require.Equal(t, fix.Applied, run(t, box, seclog.Parameters{}).Outcome)
	require.Equal(t, 13, count(box, mgmt.OpLogSettingsSet))
	require.Equal(t, 1+13+1, count(box, mgmt.OpLogSettingsGet), "plan, one look for each step, verify")

	sick := overflowing(t)
	require.Equal(t, fix.Applied, run(t, sick, seclog.Parameters{OneStep: true}).Outcome)
	require.Equal(t, []mgmt.Operation{mgmt.OpLogSettingsGet, mgmt.OpLogSettingsSet, mgmt.OpLogSettingsGet}, sick.Operations())
}

func count(box *memorybox.Box, op mgmt.Operation) (n int) {
	for _, o := range box.Operations() {
		if o == op {
			n++
		}
	}
	return n
}

// widest is the largest change of a retention that the box was asked for.
func widest(box *memorybox.Box) int {
	all := box.History()
	most := 0
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		most = max(most, a.SecurityLogDays-b.SecurityLogDays, b.SecurityLogDays-a.SecurityLogDays)
		for m := range a.Modules {
			most = max(most, a.Modules[m].Days-b.Modules[m].Days, b.Modules[m].Days-a.Modules[m].Days)
		}
	}
	return most
}
