package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// incident starts a box in the middle of an incident and returns the arguments
// that name it.
func incident(t *testing.T, o secunettest.Options) (box *secunettest.Box, args []string) {
	t.Helper()
	if o.Clock == nil {
		o.Clock = mgmttest.RunningClock(time.Time{}, 100)
	}
	box = secunettest.NewWith(t, o)
	dir := t.TempDir()
	return box, []string{
		"--config", fixtest.Write(t, dir, "services.json", box.Konnektor.Config()), "fix",
		"--management", fixtest.Write(t, dir, "management.json", fixtest.Files(t, box, dir, box.Password())), "--dir", filepath.Join(dir, "fixes"),
	}
}

func TestSilentFixes(t *testing.T) {
	for name, c := range map[string]struct {
		options secunettest.Options
		fix     []string
	}{
		"2020-05": {secunettest.Options{Incident: secunettest.May2020}, []string{"tslimport", "--allow-no-way-back"}},
		"2020-09": {secunettest.Options{Incident: secunettest.September2020, Stuck: mgmttest.Stuck{OneIn: 50, Answers: 50}}, []string{"seclog"}},
		"2025-07": {secunettest.Options{Incident: secunettest.July2025}, []string{"akaut", "--allow-no-way-back"}},
	} {
		t.Run(name, func(t *testing.T) {
			box, args := incident(t, c.options)
			for _, l := range box.Lists() {
				c.fix = append(c.fix, "--list", write(t, l.Name, string(l.XML)))
			}
			log := filepath.Join(t.TempDir(), "log")
			apply := append(append(args[:len(args):len(args)], "apply", "--silent", "--log", log), c.fix...)
			r := ctl(t, apply...)
			require.Equal(t, exitOK, r.code, r.stderr)
			require.Empty(t, r.stdout+r.stderr, "silent")
			text, err := os.ReadFile(log)
			require.NoError(t, err)
			require.Contains(t, string(text), `"outcome":"applied"`)
			require.NotContains(t, string(text), box.Password())
			r = ctl(t, append(args[:len(args):len(args)], "journal")...)
			require.Equal(t, exitOK, r.code, r.stderr)
			require.Contains(t, r.stdout, "Beendet: Ausgeführt und geprüft")
		})
	}
}

func TestFixIsRefused(t *testing.T) {
	box, args := incident(t, secunettest.Options{})
	before := box.State()
	r := ctl(t, append(args[:len(args):len(args)], "apply", "seclog")...)
	require.Equal(t, exitRefused, r.code, r.stderr)
	require.Contains(t, r.stderr, "[j/N]", "nobody has said yes")
	require.Equal(t, before, box.State())
	r = ctl(t, append(args[:len(args):len(args)], "apply", "other", "--silent")...)
	require.Equal(t, exitUsage, r.code, r.stderr)
	require.Equal(t, exitUsage, ctl(t, "fix", "apply", "seclog", "--silent").code)
}

func TestLogFileTurns(t *testing.T) {
	var l logFile
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, l.open(path))
	line := string(make([]byte, 100_000))
	for range 25 {
		l.line(line)
	}
	require.NoError(t, l.close())
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(maxLog))
	}
}
