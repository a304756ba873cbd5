package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

var wanted = map[string]int{"days": 10, "level": 3, "crypto": 0}

func TestRunApplies(t *testing.T) {
	b, o := newBox(), options(t)
	var phases []string
	o.Progress = func(p Progress) {
		phases = append(phases, strings.TrimSpace(fmt.Sprintf("%s %d/%d", p.Phase, p.Step, p.Of)))
	}
	r := Run(t.Context(), b, reduce(), o)
	require.NoError(t, r.Err)
	require.Equal(t, Applied, r.Outcome)
	require.Equal(t, 3, r.Done)
	require.Equal(t, wanted, b.state())
	require.Equal(t, []string{"get", "status", "set crypto 0", "get", "status", "set days 10", "get", "status", "set level 3", "get"}, b.sent(),
		"one look at the box a step, and the last one verifies")
	require.Equal(t, []string{"plan 0/0", "permit 0/0", "snapshot 0/0", "apply 1/3", "visible 1/3", "apply 2/3", "visible 2/3",
		"apply 3/3", "visible 3/3", "verify 0/0", "done 0/0"}, phases)
	require.Equal(t, []string{"started", "planned", "planned", "planned", "permitted", "snapshot", "begun", "applied", "visible",
		"begun", "applied", "visible", "begun", "applied", "visible", "ended"}, events(t, r))

	again := Run(t.Context(), b, reduce(), o)
	require.Equal(t, AlreadyDone, again.Outcome)
	require.Len(t, b.sets(), 3)
	require.Equal(t, []string{"ended"}, events(t, again))
}

func TestRunKeepsFilesToItself(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights of files are those of the folder on Windows")
	}
	b, o := &backupBox{box: newBox(), data: []byte("archive")}, options(t)
	o.Dir = filepath.Join(o.Dir, "made")
	o.BackupPassword = func(context.Context) (string, error) { return "KANARIENVOGEL-0123456789", nil }
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Applied, r.Outcome)
	info, err := os.Stat(o.Dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	entries, err := os.ReadDir(o.Dir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
		data, err := os.ReadFile(filepath.Join(o.Dir, e.Name()))
		require.NoError(t, err)
		require.NotContains(t, string(data), "KANARIENVOGEL", e.Name())
	}
	backup, err := os.ReadFile(r.Backup)
	require.NoError(t, err)
	require.Equal(t, "archive", string(backup))
	var s Snapshot
	data, err := os.ReadFile(r.Snapshot)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &s))
	require.Len(t, s.Steps, 3)
	require.Equal(t, "180", s.Steps[1].Before)
	require.NoFileExists(t, newNames(o, b.box).reserve())
}

func newNames(o Options, b *box) names { return names{o.Dir, b.product.Serial, "target"} }

func TestPolicies(t *testing.T) {
	yes := true
	night := Window{From: 22 * time.Hour, To: 4 * time.Hour, Location: time.UTC}
	tests := map[string]struct {
		change  func(o *Options, b *box, f *reversing)
		outcome Outcome
		reason  string
	}{
		"dry run":             {func(o *Options, _ *box, _ *reversing) { o.DryRun = true }, Planned, ReasonDryRun},
		"nobody asked":        {func(o *Options, _ *box, _ *reversing) { o.Consented = "" }, Planned, ReasonNoConsent},
		"consent refused":     {func(o *Options, _ *box, _ *reversing) { o.Consented, o.Consent = "", answers(false, nil) }, Planned, ReasonNoConsent},
		"consent fails":       {func(o *Options, _ *box, _ *reversing) { o.Consented, o.Consent = "", answers(true, errors.New("no")) }, Planned, ReasonNoConsent},
		"consent given":       {func(o *Options, _ *box, _ *reversing) { o.Consented, o.Consent = "", answers(true, nil) }, Applied, ""},
		"outside the window":  {func(o *Options, _ *box, _ *reversing) { o.Window = night }, Planned, ReasonWindow},
		"bad window":          {func(o *Options, _ *box, _ *reversing) { o.Window.To = -1 }, Refused, ReasonOptions},
		"restart pending":     {func(_ *Options, b *box, _ *reversing) { b.pending = &yes }, Refused, ReasonRestartPending},
		"restart not told":    {func(_ *Options, b *box, _ *reversing) { b.pending = nil }, Applied, ""},
		"no way back":         {func(_ *Options, _ *box, f *reversing) { f.noUndo = true }, Refused, ReasonNoWayBack},
		"no way back allowed": {func(o *Options, _ *box, f *reversing) { f.noUndo = true; o.AllowNoWayBack = true }, Applied, ""},
		"no folder":           {func(o *Options, _ *box, _ *reversing) { o.Dir = "" }, Refused, ReasonOptions},
		"no name":             {func(_ *Options, b *box, _ *reversing) { b.product.Serial = "" }, Refused, ReasonNoBoxName},
		"name given":          {func(o *Options, b *box, _ *reversing) { b.product.Serial = ""; o.Box = "konnektor.praxis:443" }, Applied, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, f, o := newBox(), reduce(), options(t)
			before := b.state()
			test.change(&o, b, f)
			r := Run(t.Context(), b, f, o)
			require.Equal(t, test.outcome, r.Outcome, r.Err)
			require.Equal(t, test.reason, r.Reason)
			if test.outcome == Applied {
				require.Equal(t, wanted, b.state())
				return
			}
			require.Equal(t, before, b.state())
			require.Empty(t, b.sets())
			require.NotEmpty(t, r.Next)
		})
	}
}

func answers(yes bool, err error) func(context.Context, Plan) (bool, error) {
	return func(context.Context, Plan) (bool, error) { return yes, err }
}

func TestDryRunLeavesNothingOnDisk(t *testing.T) {
	o := options(t)
	o.DryRun, o.Dir = true, filepath.Join(o.Dir, "new")
	r := Run(t.Context(), newBox(), reduce(), o)
	require.Equal(t, Planned, r.Outcome)
	require.Len(t, r.Plan, 3)
	require.NoDirExists(t, o.Dir)
}

func TestBackup(t *testing.T) {
	tests := map[string]struct {
		data     string
		err      error
		password func(context.Context) (string, error)
		outcome  Outcome
	}{
		"none asked for":        {"x", errors.New("never"), nil, Applied},
		"endpoint unknown":      {"", &mgmt.UnknownEndpointError{}, password("0123456789-0123456789", nil), Applied},
		"the box fails":         {"", errors.New("full"), password("0123456789-0123456789", nil), Refused},
		"an empty archive":      {"", nil, password("0123456789-0123456789", nil), Refused},
		"no password to be had": {"x", nil, password("", errors.New("cancelled")), Refused},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b, o := &backupBox{box: newBox(), data: []byte(test.data), err: test.err}, options(t)
			o.BackupPassword = test.password
			r := Run(t.Context(), b, reduce(), o)
			require.Equal(t, test.outcome, r.Outcome, r.Err)
			if test.outcome == Refused {
				require.Equal(t, ReasonBackup, r.Reason)
				require.Empty(t, b.sets())
			}
		})
	}
}

func password(p string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return p, err }
}

// Whatever goes wrong with any one request, the box is as wanted or as it was.
func TestOneFaultAtEachRequest(t *testing.T) {
	for _, f := range []fault{lostBefore, lostAfter, refusal, ignored, badAccount} {
		for _, visible := range []bool{false, true} {
			for n := 1; n <= 14; n++ {
				t.Run(fmt.Sprintf("%s/%d/visible=%t", f, n, visible), func(t *testing.T) {
					b, o, fix := newBox(), options(t), reduce()
					fix.visible = visible
					before := b.state()
					b.disturb = func(number int, _ string) fault {
						if number == n {
							return f
						}
						return well
					}
					r := Run(t.Context(), b, fix, o)
					switch r.Outcome {
					case Applied:
						require.Equal(t, wanted, b.state())
					case RolledBack:
						require.Equal(t, before, b.state())
						require.NotEmpty(t, r.Step)
						require.Error(t, r.Err)
					case Refused:
						require.Equal(t, before, b.state())
						require.Empty(t, b.sets())
					case Stuck:
						require.Equal(t, badAccount, f, "only a wrong password leaves a box in between: %v", r.Err)
						require.FileExists(t, r.Snapshot)
						require.Len(t, b.sent(), n, "no request behind a wrong password")
					default:
						t.Fatal(r.Outcome)
					}
				})
			}
		}
	}
}

// A box that dies for good leaves a run that the next one goes on with.
func TestBoxDiesAtEachRequest(t *testing.T) {
	for _, mode := range []fault{lostBefore, badAccount} {
		for n := 1; n <= 10; n++ {
			t.Run(fmt.Sprintf("%s/%d", mode, n), func(t *testing.T) {
				b, o := newBox(), options(t)
				b.disturb = func(number int, _ string) fault {
					if number >= n {
						return mode
					}
					return well
				}
				r := Run(t.Context(), b, reduce(), o)
				require.Contains(t, []Outcome{Refused, Stuck}, r.Outcome)
				require.Equal(t, n > 2, len(b.sets()) > 0)
				require.Equal(t, n > 2, r.Outcome == Stuck)
				if r.Outcome == Stuck {
					require.NotEmpty(t, r.Step)
					require.FileExists(t, r.Snapshot)
					open, err := Unfinished(o.Dir)
					require.NoError(t, err)
					require.Len(t, open, 1)
					require.Equal(t, r.Run, open[0].Run)
				}
				b.disturb = func(int, string) fault { return well }
				next := Run(t.Context(), b, reduce(), o)
				require.Contains(t, []Outcome{Applied, RolledBack}, next.Outcome, next.Err)
				if next.Outcome == RolledBack {
					require.Equal(t, map[string]int{"days": 180, "level": 1, "crypto": 1}, b.state())
				} else {
					require.Equal(t, wanted, b.state())
				}
				require.Equal(t, r.Outcome == Stuck, next.Resumed)
				open, err := Unfinished(o.Dir)
				require.NoError(t, err)
				require.Empty(t, open)
			})
		}
	}
}

func TestCancelledRunIsRolledBack(t *testing.T) {
	b, o := newBox(), options(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.disturb = func(_ int, request string) fault {
		if strings.HasPrefix(request, "set days 10") {
			cancel()
		}
		return well
	}
	r := Run(ctx, b, reduce(), o)
	require.Equal(t, RolledBack, r.Outcome, r.Err)
	require.Equal(t, ReasonCancelled, r.Reason)
	require.Equal(t, 2, r.Undone)
	require.Equal(t, map[string]int{"days": 180, "level": 1, "crypto": 1}, b.state())
	sets := b.sets()
	require.Equal(t, []string{"set days 180", "set crypto 1"}, sets[len(sets)-2:], "last first")
}

func TestUndoRefusedIsStuck(t *testing.T) {
	b, o := newBox(), options(t)
	b.disturb = func(_ int, request string) fault {
		if request == "set level 3" || request == "set crypto 1" {
			return refusal
		}
		return well
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Stuck, r.Outcome)
	require.Equal(t, ReasonNotRestored, r.Reason)
	require.Equal(t, "level/3", r.Step)
	require.FileExists(t, r.Snapshot)
	require.NotEmpty(t, r.Next)
	require.Equal(t, map[string]int{"days": 180, "level": 1, "crypto": 0}, b.state())
	h, err := ReadJournal(r.Journal)
	require.NoError(t, err)
	failed := slices.IndexFunc(h.Records, func(rec Record) bool { return rec.Event == EventFailed })
	require.Equal(t, []int{4128}, h.Records[failed].Codes)
}

// An account without the role for a change is no wrong password: nothing was
// changed, or it is undone, and the report says what is missing.
func TestAccountThatMayNotDoThat(t *testing.T) {
	for name, n := range map[string]string{"first": "set crypto 0", "second": "set days 10"} {
		t.Run(name, func(t *testing.T) {
			b, o := newBox(), options(t)
			b.disturb = func(_ int, request string) fault {
				if request == n {
					return forbidden
				}
				return well
			}
			r := Run(t.Context(), b, reduce(), o)
			require.Equal(t, RolledBack, r.Outcome, r.Err)
			require.Equal(t, ReasonForbidden, r.Reason)
			require.Equal(t, newBox().values, b.state())
		})
	}
	b := newBox()
	b.disturb = func(int, string) fault { return forbidden }
	r := Run(t.Context(), b, reduce(), options(t))
	require.Equal(t, Refused, r.Outcome)
	require.Equal(t, ReasonForbidden, r.Reason)
	require.Contains(t, r.Next, "role")
}

// Only what the box or the network does is a lost answer: a disk that fails is not
// waited for.
func TestWhatIsLost(t *testing.T) {
	_, refused := net.Dial("tcp", "127.0.0.1:0")
	require.Error(t, refused)
	for _, err := range []error{
		refused, io.ErrUnexpectedEOF, context.DeadlineExceeded, &net.DNSError{Err: "no such host"}, syscall.ECONNRESET, os.ErrDeadlineExceeded,
		&konnektor.Failure{Kind: konnektor.KindTimeout}, &mgmt.RefusedError{Status: 503}, fmt.Errorf("wrapped: %w", net.ErrClosed),
	} {
		require.True(t, isLost(err), "%v", err)
	}
	_, missing := os.Open(filepath.Join(t.TempDir(), "missing"))
	for _, err := range []error{
		nil, missing, &os.PathError{Op: "write", Path: "journal", Err: syscall.EIO}, syscall.EACCES, context.Canceled, errors.New("else"),
		&mgmt.RefusedError{Status: 409}, &konnektor.Failure{Kind: konnektor.KindUnauthorized},
	} {
		require.False(t, isLost(err), "%v", err)
	}
}

// brokenDisk fails from one write on, not for want of room.
type brokenDisk struct {
	hastyDisk
	left int
}

func (d *brokenDisk) WriteAt(f *os.File, b []byte, off int64) error {
	if d.left--; d.left < 0 {
		return &os.PathError{Op: "write", Path: f.Name(), Err: syscall.EIO}
	}
	return d.hastyDisk.WriteAt(f, b, off)
}

// A disk that breaks at any write leaves the box as wanted or as it was, in a
// persistent run, too, and is told as what it is.
func TestDiskBreaks(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		for left := range 18 {
			s := newSick(t)
			before := s.box.state()
			s.o.disk = &brokenDisk{left: left}
			var r Report
			if persistent {
				r = s.run(t.Context())
			} else {
				r = Run(t.Context(), s.box, reduce(), s.o)
			}
			switch r.Outcome {
			case Refused:
				require.Empty(t, s.box.sets(), "write %d", left)
			case RolledBack:
				require.Equal(t, before, s.box.state(), "write %d", left)
				require.Equal(t, ReasonJournal, r.Reason, "write %d", left)
			case Applied:
				require.Equal(t, wanted, s.box.state(), "write %d", left)
				continue
			default:
				require.Fail(t, "outcome", "write %d: %s: %v", left, r.Outcome, r.Err)
			}
			require.NotEqual(t, ReasonUnreachable, r.Reason, "write %d: %v", left, r.Err)
			require.ErrorIs(t, r.Err, syscall.EIO)
		}
	}
}

func TestSomebodyElseChangesTheBox(t *testing.T) {
	b, o := newBox(), options(t)
	o.Consented = ""
	o.Consent = func(context.Context, Plan) (bool, error) {
		b.values["days"] = 60
		return true, nil
	}
	r := Run(t.Context(), b, reduce(), o)
	require.Equal(t, Refused, r.Outcome)
	require.Equal(t, ReasonPlanChanged, r.Reason)
	require.Empty(t, b.sets())

	o.Consent = func(context.Context, Plan) (bool, error) {
		b.values["days"], b.values["level"], b.values["crypto"] = 10, 3, 0
		return true, nil
	}
	b.values["crypto"] = 1
	require.Equal(t, AlreadyDone, Run(t.Context(), b, reduce(), o).Outcome, "another workplace was quicker")
}

func TestBadPlans(t *testing.T) {
	apply := func(context.Context) error { return nil }
	for name, p := range map[string]Plan{
		"no key":        {{Apply: apply, Undo: apply}},
		"nothing to do": {{Key: "a", Undo: apply}},
		"a key twice":   {{Key: "a", Apply: apply, Undo: apply}, {Key: "a", Apply: apply, Undo: apply}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Run(t.Context(), newBox(), fixedPlan(p), options(t))
			require.Equal(t, Refused, r.Outcome)
			require.Equal(t, ReasonBadPlan, r.Reason)
		})
	}
}

type fixedPlan Plan

func (fixedPlan) Name() string                                      { return "target" }
func (p fixedPlan) Plan(context.Context, mgmt.Device) (Plan, error) { return Plan(p), nil }

func TestOtherBoxIsLeftAlone(t *testing.T) {
	b, o := newBox(), options(t)
	o.Box = "konnektor.praxis"
	b.disturb = func(number int, _ string) fault {
		if number > 4 {
			return lostBefore
		}
		return well
	}
	require.Equal(t, Stuck, Run(t.Context(), b, reduce(), o).Outcome)

	exchanged := newBox()
	exchanged.product.Serial = "8027602"
	r := Run(t.Context(), exchanged, reduce(), o)
	require.Equal(t, Stuck, r.Outcome)
	require.Equal(t, ReasonOtherBox, r.Reason)
	require.Empty(t, exchanged.sets())
}

func TestLaterStepIsLeftToALaterRun(t *testing.T) {
	for _, f := range []fault{lostBefore, lostAfter, ignored} {
		b, o := newBox(), options(t)
		fix := &reversing{target{want: map[string]int{"days": 10}, later: true, visible: true}}
		b.disturb = func(_ int, request string) fault {
			if request == "set days 10" {
				return f
			}
			return well
		}
		r := Run(t.Context(), b, fix, o)
		require.Equal(t, Pending, r.Outcome, f)
		require.NotContains(t, b.sets(), "set days 180")
		b.disturb = func(int, string) fault { return well }
		next := Run(t.Context(), b, fix, o)
		require.Equal(t, Applied, next.Outcome, next.Err)
		require.Equal(t, r.Run, next.Run)
		require.Equal(t, 10, b.state()["days"])
	}
}
