package tslimport_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/memorybox"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/tslimport"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// world is a box that has been offline since a list of long ago, and the lists
// that there were since, each but the last one with a change of the anchor.
type world struct {
	box    *memorybox.Box
	maker  *tsltest.Maker
	lists  []*tsltest.List
	folder string
	names  []string
	hooks  tslimport.Hooks
}

var made = sync.OnceValues(func() (*tsltest.Maker, error) { return tsltest.Make(tsltest.MakerOptions{}) })

func asleep(t *testing.T, changes int) *world {
	t.Helper()
	maker, err := made()
	require.NoError(t, err)
	w := &world{maker: maker, folder: t.TempDir()}
	w.lists, err = w.maker.Chain(changes)
	require.NoError(t, err)
	for _, l := range w.lists {
		w.keep(t, fmt.Sprintf("TSL_%d.xml", l.Sequence), l.XML)
	}
	state, at := w.maker.State(), w.maker.At()
	state.List = &tsl.Stored{Environment: tsl.Production, Sequence: w.lists[0].Sequence - 1, ID: "ID31000020260101000000Z"}
	w.box = memorybox.New(memorybox.Options{Clock: memorybox.NewClock(at), List: &state, NextUpdate: at.AddDate(-1, 0, 0)})
	w.hooks = tslimport.Hooks{Now: w.box.Clock().Now}
	return w
}

func (w *world) keep(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(w.folder, name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	w.names = append(w.names, path)
}

func (w *world) newest() int { return w.lists[len(w.lists)-1].Sequence }

func (w *world) fix() *tslimport.Fix {
	return tslimport.New(tslimport.Parameters{Lists: w.names}, w.hooks)
}

func (w *world) options(t *testing.T) fix.Options {
	t.Helper()
	return fix.Options{Dir: t.TempDir(), Clock: w.box.Clock(), Consented: "test", AllowNoWayBack: true}
}

func (w *world) run(t *testing.T) fix.Report {
	t.Helper()
	return fix.Run(t.Context(), w.box, w.fix(), w.options(t))
}

// well requires that the box has the newest list, is online and has its VPN.
func (w *world) well(t *testing.T) {
	t.Helper()
	s, err := w.box.Status(t.Context())
	require.NoError(t, err)
	require.True(t, s.TI.Online)
	for _, o := range s.Operating {
		require.False(t, o.Active, o.Condition)
	}
	require.Equal(t, w.newest(), w.box.State().Sequence)
}

func TestImportsEveryListWithAnAnchorChangeOldestFirst(t *testing.T) {
	for _, changes := range []int{0, 1, 3} {
		t.Run(strconv.Itoa(changes), func(t *testing.T) {
			w := asleep(t, changes)
			r := w.run(t)
			require.NoError(t, r.Err)
			require.Equal(t, fix.Applied, r.Outcome)
			w.well(t)
			keys := []string{"online/off"}
			for _, l := range w.lists {
				keys = append(keys, "tsl/"+strconv.Itoa(l.Sequence))
			}
			var planned []string
			for _, s := range r.Plan {
				planned = append(planned, s.Key)
				require.Equal(t, len(s.Key) > 4 && s.Key[:4] == "tsl/", s.Undo == nil, "%s: a list has no way back, all else has", s.Key)
			}
			require.Equal(t, append(keys, "online/on", "restart"), planned)
			require.Equal(t, 1, w.box.Restarts())
		})
	}
}

func TestNothingToDo(t *testing.T) {
	w := asleep(t, 1)
	require.Equal(t, fix.Applied, w.run(t).Outcome)
	w.box.Forget()
	r := w.run(t)
	require.Equal(t, fix.AlreadyDone, r.Outcome)
	require.Equal(t, []mgmt.Operation{mgmt.OpTSLState, mgmt.OpStatus}, w.box.Operations())
}

// A box whose list is not stale is left alone, though there is a newer one.
func TestListThatIsNotStale(t *testing.T) {
	w := asleep(t, 0)
	require.Equal(t, fix.Applied, w.run(t).Outcome)
	newer, err := w.maker.List(tsltest.Spec{})
	require.NoError(t, err)
	w.keep(t, "newer.xml", newer.XML)
	require.Equal(t, fix.AlreadyDone, w.run(t).Outcome)

	f := tslimport.New(tslimport.Parameters{Lists: w.names, Newer: true}, w.hooks)
	require.Equal(t, fix.Applied, fix.Run(t.Context(), w.box, f, w.options(t)).Outcome)
	require.Equal(t, newer.Sequence, w.box.State().Sequence)
	require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), w.box, f, w.options(t)).Outcome)
}

func TestDryRunChangesNothing(t *testing.T) {
	w := asleep(t, 1)
	before := w.box.State()
	o := w.options(t)
	o.DryRun = true
	r := fix.Run(t.Context(), w.box, w.fix(), o)
	require.Equal(t, fix.Planned, r.Outcome)
	require.Len(t, r.Plan, 5)
	require.Equal(t, before, w.box.State())
	require.Equal(t, []mgmt.Operation{mgmt.OpTSLState, mgmt.OpStatus, mgmt.OpOnlineGet}, w.box.Operations())
}

func TestNoWayBackMustBeAllowed(t *testing.T) {
	w := asleep(t, 1)
	o := w.options(t)
	o.AllowNoWayBack = false
	r := fix.Run(t.Context(), w.box, w.fix(), o)
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, fix.ReasonNoWayBack, r.Reason)
}

func TestFilesThatDoNotHelp(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		change func(t *testing.T, w *world)
	}{
		"none": {tslimport.ReasonFiles, func(_ *testing.T, w *world) { w.names = nil }},
		"a file that is not there": {tslimport.ReasonFiles, func(_ *testing.T, w *world) {
			w.hooks.ReadFile = func(string) ([]byte, error) { return nil, fs.ErrNotExist }
		}},
		"too large": {tslimport.ReasonFiles, func(_ *testing.T, w *world) {
			w.hooks.ReadFile = func(string) ([]byte, error) { return make([]byte, tsl.MaxSize+1), nil }
		}},
		"the newest list alone": {tslimport.ReasonListMissing, func(_ *testing.T, w *world) { w.names = w.names[len(w.names)-1:] }},
		"one in the middle is missing": {tslimport.ReasonListMissing, func(_ *testing.T, w *world) {
			w.names = append(w.names[:1:1], w.names[2:]...)
		}},
		"an old list alone": {tslimport.ReasonListExpired, func(_ *testing.T, w *world) { w.names = w.names[:1] }},
		"no lists": {tslimport.ReasonNoNewerList, func(t *testing.T, w *world) {
			w.names = nil
			w.keep(t, "x.xml", []byte("<nothing/>"))
		}},
		"a damaged list": {tslimport.ReasonListMissing, func(t *testing.T, w *world) {
			data := append([]byte(nil), w.lists[1].XML...)
			data[len(data)/2] ^= 1
			require.NoError(t, os.WriteFile(w.names[1], data, 0o600))
		}},
		"lists of another environment": {tslimport.ReasonNoNewerList, func(t *testing.T, w *world) {
			m, err := tsltest.Make(tsltest.MakerOptions{Environment: tsl.Test})
			require.NoError(t, err)
			l, err := m.List(tsltest.Spec{Sequence: 99999})
			require.NoError(t, err)
			w.names = nil
			w.keep(t, "test.xml", l.XML)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := asleep(t, 2)
			c.change(t, w)
			before := w.box.State()
			r := w.run(t)
			require.Equal(t, fix.Refused, r.Outcome, "%v", r.Err)
			require.Equal(t, c.reason, r.Reason, "%v", r.Err)
			require.Equal(t, before, w.box.State())
		})
	}
}

// An anchor that is announced for later does not let its lists in.
func TestAnchorThatIsNotInForceYet(t *testing.T) {
	w := asleep(t, 0)
	anchor, err := w.maker.Anchor(2)
	require.NoError(t, err)
	at := w.maker.At()
	announcing, err := w.maker.List(tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: anchor, Active: at.AddDate(0, 0, 3)}}})
	require.NoError(t, err)
	under, err := w.maker.List(tsltest.Spec{Generation: 2})
	require.NoError(t, err)
	w.names = nil
	w.keep(t, "a.xml", announcing.XML)
	w.keep(t, "b.xml", under.XML)
	r := w.run(t)
	require.Equal(t, fix.Refused, r.Outcome)
	require.Equal(t, tslimport.ReasonNotYet, r.Reason)
}

// A box that the box's own list has told of the next anchor needs that list among
// the files only.
func TestAnchorThatTheBoxHasHeardOf(t *testing.T) {
	w := asleep(t, 1)
	first, r, err := w.maker.State().Accept(w.lists[0].XML, tsl.Options{At: w.maker.At(), Historic: true})
	require.NoError(t, err)
	state := first
	w.box = memorybox.New(memorybox.Options{Clock: memorybox.NewClock(w.maker.At()), List: &state, NextUpdate: r.List.NextUpdate})
	w.hooks.Now = w.box.Clock().Now
	report := w.run(t)
	require.NoError(t, report.Err)
	require.Equal(t, fix.Applied, report.Outcome)
	require.Len(t, report.Plan, 4)
	w.well(t)
}

func TestRefusedByTheBox(t *testing.T) {
	for code, reason := range map[konnektor.Code]tslimport.Refused{
		4128: tslimport.RefusedUnknown, 1007: tslimport.RefusedSequence, 1013: tslimport.RefusedSignature,
		1027: tslimport.RefusedAnchor, 42023: tslimport.RefusedAnchorNotYet, 42024: tslimport.RefusedAnchorEnded,
		42035: tslimport.RefusedNeedsECC, 46552: tslimport.RefusedOnline, 46557: tslimport.RefusedUnreadable, 9: tslimport.RefusedUnknown,
	} {
		t.Run(strconv.Itoa(int(code)), func(t *testing.T) {
			w := asleep(t, 1)
			before := w.box.State()
			w.box.RefuseWith(4128, code)
			w.box.Disturb(mgmt.OpTSLImport, memorybox.Refused)
			r := w.run(t)
			require.Equal(t, fix.RolledBack, r.Outcome)
			require.Equal(t, string(reason), r.Reason)
			require.Equal(t, before, w.box.State(), "the switch is on again")
			var refused *tslimport.ImportError
			require.ErrorAs(t, r.Err, &refused)
			require.Equal(t, reason, refused.Reason)
			require.Equal(t, w.lists[0].Sequence, refused.Sequence)
			require.ErrorIs(t, r.Err, refused)
			var box *mgmt.RefusedError
			require.ErrorAs(t, r.Err, &box)
		})
	}
}

// After the first list there is no way back; the box is left online, and the
// next run goes on from where it stands.
func TestRefusedHalfWay(t *testing.T) {
	for _, how := range []memorybox.Disturbance{memorybox.Refused, memorybox.Ignored} {
		w := asleep(t, 2)
		w.box.Disturb(mgmt.OpTSLImport, memorybox.Well, how)
		o := w.options(t)
		r := fix.Run(t.Context(), w.box, w.fix(), o)
		require.Equal(t, fix.Stuck, r.Outcome)
		require.Equal(t, "tsl/"+strconv.Itoa(w.lists[1].Sequence), r.Step)
		require.True(t, w.box.State().Online)
		require.Equal(t, w.lists[0].Sequence, w.box.State().Sequence)
		require.NotEmpty(t, r.Next)
	}
}

// Whatever happens to whichever call: the box is never left offline, and another
// run brings it to the end.
func TestWhateverHappensToWhicheverRequest(t *testing.T) {
	reference := asleep(t, 1)
	require.Equal(t, fix.Applied, reference.run(t).Outcome)
	for _, i := range memorybox.Interruptions(reference.box.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			w := asleep(t, 1)
			w.box.Plan(i)
			o := w.options(t)
			r := fix.Run(t.Context(), w.box, w.fix(), o)
			if r.Outcome == fix.Stuck {
				require.NotEmpty(t, r.Step)
				require.NotEmpty(t, r.Next)
			} else {
				require.Contains(t, []fix.Outcome{fix.Applied, fix.RolledBack, fix.Refused}, r.Outcome)
				require.True(t, w.box.State().Online)
			}
			for again := 0; again < 3 && r.Outcome != fix.Applied; again++ {
				require.NoError(t, w.box.Clock().Sleep(t.Context(), time.Hour))
				if r = fix.Run(t.Context(), w.box, w.fix(), o); r.Outcome == fix.AlreadyDone {
					break
				}
			}
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.NoError(t, w.box.Clock().Sleep(t.Context(), memorybox.VPNTime)) // it may have restarted during the last look
			w.well(t)
			require.LessOrEqual(t, w.box.Restarts(), 3)
		})
	}
}

// A process that is killed at any request leaves what the next one brings to its
// end, without importing or restarting twice what shows.
func TestKilledAtAnyRequest(t *testing.T) {
	reference := asleep(t, 1)
	require.Equal(t, fix.Applied, reference.run(t).Outcome)
	for _, i := range memorybox.Kills(reference.box.Calls()) {
		t.Run(i.Name, func(t *testing.T) {
			w := asleep(t, 1)
			w.box.Plan(i)
			o := w.options(t)
			require.False(t, memorybox.Process(func() { fix.Run(t.Context(), w.box, w.fix(), o) }))
			r := fix.Run(t.Context(), w.box, w.fix(), o)
			require.Contains(t, []fix.Outcome{fix.Applied, fix.AlreadyDone}, r.Outcome, "%v", r.Err)
			require.NoError(t, w.box.Clock().Sleep(t.Context(), memorybox.BootTime+memorybox.VPNTime))
			w.well(t)
			require.Equal(t, 1, w.box.Restarts())
			unfinished, err := fix.Unfinished(o.Dir)
			require.NoError(t, err)
			require.Empty(t, unfinished)
		})
	}
}

// A run that was killed at any step is brought to its end by the next one.
func TestGoesOnAfterEachStep(t *testing.T) {
	steps := 6
	for until := range steps {
		t.Run(strconv.Itoa(until), func(t *testing.T) {
			w := asleep(t, 2)
			plan, err := w.fix().Plan(t.Context(), w.box)
			require.NoError(t, err)
			require.Len(t, plan, steps)
			for _, s := range plan[:until] {
				require.NoError(t, s.Apply(t.Context()))
			}
			r := w.run(t)
			require.NoError(t, r.Err)
			require.Equal(t, fix.Applied, r.Outcome)
			require.Len(t, r.Plan, steps-until)
			w.well(t)
		})
	}
}

func keys(p fix.Plan) (all []string) {
	for _, s := range p {
		all = append(all, s.Key)
	}
	return all
}

// A box that stays stale after everything was done is not restarted for ever.
func TestStatesThatStay(t *testing.T) {
	w := asleep(t, 0)
	require.Equal(t, fix.Applied, w.run(t).Outcome)
	stays := &stale{Box: w.box}
	_, err := w.fix().Plan(t.Context(), stays)
	var refusal *fix.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, tslimport.ReasonStillStale, refusal.Reason)
	require.NoError(t, w.box.Clock().Sleep(t.Context(), time.Hour))
	plan, err := w.fix().Plan(t.Context(), stays)
	require.NoError(t, err)
	require.Equal(t, []string{"restart"}, keys(plan))
}

// stale is a box that goes on telling an old state, in another spelling.
type stale struct{ *memorybox.Box }

func (s *stale) Status(ctx context.Context) (mgmt.Status, error) {
	status, err := s.Box.Status(ctx)
	status.Operating = append(status.Operating, konnektor.OperatingState{Condition: "EC_TSL_OUT_OF_DATE_Beyond_Grace_Period", Active: true})
	return status, err
}

func TestProductWithoutTheSwitch(t *testing.T) {
	w := asleep(t, 0)
	f := tslimport.New(tslimport.Parameters{Lists: w.names, NoSwitch: true}, w.hooks)
	plan, err := f.Plan(t.Context(), w.box)
	require.NoError(t, err)
	require.Equal(t, []string{"tsl/" + strconv.Itoa(w.newest()), "restart"}, keys(plan))
	require.NotContains(t, w.box.Operations(), mgmt.OpOnlineGet)
}

func TestBoxThatStaysOffline(t *testing.T) {
	w := asleep(t, 0)
	w.box.Change(func(s *memorybox.State) { s.Online = false })
	f := tslimport.New(tslimport.Parameters{Lists: w.names, StaysOffline: true}, w.hooks)
	r := fix.Run(t.Context(), w.box, f, w.options(t))
	require.NoError(t, r.Err)
	require.Equal(t, []string{"tsl/" + strconv.Itoa(w.newest()), "restart"}, keys(r.Plan))
	require.False(t, w.box.State().Online)
	require.Equal(t, fix.AlreadyDone, fix.Run(t.Context(), w.box, f, w.options(t)).Outcome)
}

func TestProductsThatCannot(t *testing.T) {
	w := asleep(t, 0)
	_, err := w.fix().Plan(t.Context(), struct{ mgmt.Device }{w.box})
	require.ErrorIs(t, err, mgmt.ErrUnsupported)
	for _, op := range []mgmt.Operation{mgmt.OpTSLState, mgmt.OpStatus, mgmt.OpOnlineGet} {
		w.box.Disturb(op, memorybox.Unknown)
		_, err = w.fix().Plan(t.Context(), w.box)
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint, op)
	}
}

func TestReverse(t *testing.T) {
	w := asleep(t, 0)
	f := w.fix()
	w.box.Change(func(s *memorybox.State) { s.Online = false })
	require.NoError(t, f.Reverse(t.Context(), w.box, fix.Record{Step: "online/off"}))
	require.True(t, w.box.State().Online)
	require.NoError(t, f.Reverse(t.Context(), w.box, fix.Record{Step: "online/off"}))
	require.NoError(t, f.Reverse(t.Context(), w.box, fix.Record{Step: "online/on"}))
	require.Error(t, f.Reverse(t.Context(), w.box, fix.Record{Step: "tsl/1"}))
	w.box.Change(func(s *memorybox.State) { s.Online = false })
	w.box.Disturb(mgmt.OpOnlineSet, memorybox.Ignored)
	require.Error(t, f.Reverse(t.Context(), w.box, fix.Record{Step: "online/off"}))
}

// TestRequests pins what the fix asks of a box for one anchor change. The runner
// asks for the status before each step that is no restart.
func TestRequests(t *testing.T) {
	w := asleep(t, 1)
	require.Equal(t, fix.Applied, w.run(t).Outcome)
	var ops []mgmt.Operation
	for _, c := range w.box.Calls() {
		if c.Operation != mgmt.OpStatus {
			ops = append(ops, c.Operation)
		}
	}
	require.Equal(t, []mgmt.Operation{
		mgmt.OpTSLState, mgmt.OpOnlineGet,
		mgmt.OpOnlineSet, mgmt.OpOnlineGet,
		mgmt.OpTSLImport, mgmt.OpTSLState,
		mgmt.OpTSLImport, mgmt.OpTSLState,
		mgmt.OpOnlineSet, mgmt.OpOnlineGet,
		mgmt.OpRestart,
		mgmt.OpTSLState,
	}, ops)
}

func TestErrorOfALostImportStaysAsItIs(t *testing.T) {
	w := asleep(t, 0)
	plan, err := w.fix().Plan(t.Context(), w.box)
	require.NoError(t, err)
	w.box.Disturb(mgmt.OpTSLImport, memorybox.Lost)
	err = plan[1].Apply(t.Context())
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	require.False(t, errors.As(err, new(*tslimport.ImportError)))
}
