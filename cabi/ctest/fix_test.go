//go:build !race

package ctest

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// incident is a konnektorsim in the middle of September 2020, and the settings of
// an updater for it, which reaches the box through a gate.
type incident struct {
	dir, settings string
	gate          *gate
}

// startIncident starts one that answers so many of fifty requests in a row.
func startIncident(t testing.TB, answers string) incident {
	t.Helper()
	dir := t.TempDir()
	s := startSimulator(t, "--incident", "2020-09", "--incident-dir", dir, "--stuck-answers", answers)
	_ = s // its answer to --print-config is not that of an updater
	management, err := os.ReadFile(filepath.Join(dir, "management.json"))
	require.NoError(t, err)
	var access mgmt.Config
	require.NoError(t, json.Unmarshal(management, &access))
	i := incident{dir: filepath.Join(dir, "fixes"), settings: filepath.Join(dir, "updater.json"), gate: openGate(t, net.JoinHostPort(access.Host, strconv.Itoa(access.Port)))}
	access.Port = i.gate.port()
	settings, err := json.Marshal(map[string]any{
		"management": access,
		"fixes":      map[string]any{"dir": i.dir, "box": "box", "program": "updater of the test"},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(i.settings, settings, 0o600))
	return i
}

// records are the lines of the journal; none as long as there is none.
func (i incident) records() []fix.Record {
	h, err := fix.ReadJournal(fix.JournalPath(i.dir, "box", "seclog"))
	if err != nil {
		return nil
	}
	return h.Records
}

// count says how many lines there are of an event.
func (i incident) count(event fix.Event) (n int) {
	for _, r := range i.records() {
		if r.Event == event {
			n++
		}
	}
	return n
}

// judgeJournal holds the journal to what it has to say of one run that went well,
// in whatever number of processes: every step accepted once.
func (i incident) judgeJournal(t *testing.T) {
	accepted := map[string]int{}
	runs := map[string]bool{}
	records := i.records()
	for _, r := range records {
		runs[r.Run] = true
		if r.Event == fix.EventAnswered {
			accepted[r.Step]++
		}
	}
	require.Len(t, runs, 1, "the second process goes on with the run of the first")
	require.NotEmpty(t, accepted)
	for step, n := range accepted {
		require.Equal(t, 1, n, "%s was made more than once", step)
	}
	last := records[len(records)-1]
	require.Equal(t, fix.EventEnded, last.Event)
	require.Equal(t, fix.Applied, last.Outcome)
	require.Equal(t, 1, i.count(fix.EventStarted))
}

// updater makes the command that runs the sample, and tells how to read what it
// prints.
type updater func(args ...string) (*exec.Cmd, func() string)

// end runs it to its end.
func (run updater) end(args ...string) (string, error) {
	cmd, out := run(args...)
	err := cmd.Run()
	return out(), err
}

// judgeUpdater lets an updater repair the box, kills it in the middle, and starts
// it again.
func judgeUpdater(t *testing.T, run updater) {
	box := startIncident(t, "50")
	box.gate.closeWhen(func() bool { return box.count(fix.EventVisible) >= 2 })
	first, out := run(box.settings, "5", "200")
	first.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, first.Start())
	ended := make(chan error, 1)
	go func() { ended <- first.Wait() }()
	select {
	case <-box.gate.reached:
	case <-time.After(runLimit):
		require.Fail(t, "no second step", "%s", out())
	}
	require.NoError(t, syscall.Kill(-first.Process.Pid, syscall.SIGKILL), "with what Wine has started for it")
	<-ended
	require.Zero(t, box.count(fix.EventEnded), "it was waiting for an answer")
	box.gate.open()

	said, err := run.end(box.settings, "5", "200")
	require.NoError(t, err, "%s", said)
	require.Contains(t, said, "applied: Protokollmenge verringern: ")
	box.judgeJournal(t)

	said, err = run.end(box.settings, "5", "200")
	require.NoError(t, err, "%s", said)
	require.Contains(t, said, "already-done: ")

	settings, err := os.ReadFile(box.settings)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(box.settings, []byte(strings.Replace(string(settings), "credentials.json", "nowhere.json", 1)), 0o600))
	said, err = run.end(box.settings, "5", "200")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", said)
	require.Equal(t, 40, exit.ExitCode(), "%s", said)
}

func TestSilentFixInPascal(t *testing.T) {
	each(t, func(t *testing.T, on *target) {
		dir := t.TempDir()
		copyFile(t, on.shipped(t), filepath.Join(dir, on.library))
		exe := on.pascal(t, filepath.Join(root, "cabi", "delphi", "samples", "SilentFix.dpr"), "Delphi", dir)
		need(t, on.runs...)
		judgeUpdater(t, func(args ...string) (*exec.Cmd, func() string) { return on.command(t, exe, args...) })
	})
}

func TestSilentFixInCSharp(t *testing.T) {
	dir := filepath.Dir(assembly(t))
	copyFile(t, linux.shipped(t), filepath.Join(dir, "libkonnektor.so"))
	exe := csharp(t, filepath.Join(dir, "Libkonnektor.dll"), filepath.Join(root, "cabi", "dotnet", "samples", "SilentFix.cs"))
	judgeUpdater(t, func(args ...string) (*exec.Cmd, func() string) {
		cmd := exec.CommandContext(t.Context(), "mono", append([]string{exe}, args...)...)
		cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+dir, "LC_ALL=C.UTF-8")
		return cmd, output(t, cmd)
	})
}
