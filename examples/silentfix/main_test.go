package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// asProgram makes the test binary the program itself.
const asProgram = "SILENTFIX_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// silentfix runs the program and returns its exit code.
func silentfix(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(b)
	}
	require.NoError(t, err)
	return 0, string(b)
}

// settings is the file with those of a box, without anything that its vendor has
// not published.
func settings(t *testing.T, box *secunettest.Box, password string) string {
	t.Helper()
	dir := t.TempDir()
	cfg := fixtest.Files(t, box, dir, password)
	cfg.ProfileFiles, cfg.AllowOperatorSupplied = nil, false
	return fixtest.Write(t, dir, "management.json", cfg)
}

func TestSilentFix(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{
		Incident: secunettest.September2020, Stuck: mgmttest.Stuck{OneIn: 50, Answers: 50}, Clock: mgmttest.RunningClock(time.Time{}, 1),
	})
	file, dir := settings(t, box, box.Password()), t.TempDir()
	code, out := silentfix(t, file, dir)
	require.Zero(t, code, out)
	require.Contains(t, out, "applied ")
	require.Contains(t, box.State().LogSettings, `"logSuccessfulCryptoOps":"DISABLED"`)
	code, out = silentfix(t, file, dir)
	require.Zero(t, code, out)
	require.Contains(t, out, "already-done ")
}

// The updater is killed while the box makes the fourth change: started again it goes
// on there, and makes nothing twice.
func TestKilledAndStartedAgain(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{
		Incident: secunettest.September2020, Stuck: mgmttest.Stuck{OneIn: 50, Answers: 50}, Clock: mgmttest.RunningClock(time.Time{}, 1),
	})
	file, dir := settings(t, box, box.Password()), t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], file, dir)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	box.Disturb("log-settings-put", mgmttest.Disturbance{}, 3)
	started := make(chan struct{})
	box.Disturb("log-settings-put", mgmttest.Disturbance{After: func() { <-started; _ = cmd.Process.Kill() }}, 1)
	require.NoError(t, cmd.Start())
	close(started)
	require.Error(t, cmd.Wait())
	code, out := silentfix(t, file, dir)
	require.Zero(t, code, out)
	require.Contains(t, out, "applied ")
	seen := map[string]int{}
	for _, q := range box.Requests() {
		if q.Operation == "log-settings-put" {
			seen[string(q.Body)]++
			require.Equal(t, 1, seen[string(q.Body)])
		}
	}
	require.Len(t, seen, 13)
}

func TestExitCodes(t *testing.T) {
	box := secunettest.New(t)
	code, out := silentfix(t, settings(t, box, "not the password"), t.TempDir(), "1")
	require.Equal(t, 40, code, out)
	require.Equal(t, 1, box.Counters().ByOperation["login"], "one try only")
	code, _ = silentfix(t, filepath.Join(t.TempDir(), "missing"), t.TempDir())
	require.Equal(t, 2, code)
	code, _ = silentfix(t)
	require.Equal(t, 2, code)
}
