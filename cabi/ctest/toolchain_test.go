//go:build !race

package ctest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// root is the folder of the repository.
var root = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		dir = "../.."
	}
	return dir
}()

// work is the folder of this run.
var work string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "cabi-")
		if err != nil {
			fmt.Fprintln(os.Stderr, "ctest:", err)
			return 1
		}
		defer os.RemoveAll(dir)
		work = dir
		// The 32-bit programs see the folder for temporary files, which outlives
		// this run as Wine's server does.
		if err := os.Setenv("KON_TMP", os.TempDir()); err != nil {
			fmt.Fprintln(os.Stderr, "ctest:", err)
			return 1
		}
		return m.Run()
	}())
}

// cached is a file below the folder that cabi/build/setup fills.
func cached(elements ...string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(append([]string{dir, "libkonnektor", "cabi"}, elements...)...)
}

// need skips the test when a program or a part of cabi/build/setup is missing.
func need(t testing.TB, what ...string) {
	t.Helper()
	for _, w := range what {
		_, err := exec.LookPath(w)
		_, missing := os.Stat(cached(w + ".key"))
		if err != nil && missing != nil {
			t.Skipf("%s is missing: run cabi/build/setup on Debian as root", w)
		}
	}
}

// target is one build of the library.
type target struct {
	name    string // for cabi/build/build
	library string // file name
	cc      string
	exe     string   // ending of programs
	fpc     []string // Free Pascal with its options
	needs   []string // to build
	runs    []string // to run
	warm    sync.Once
}

var (
	linux = &target{name: "linux-x64", library: "libkonnektor.so.1", cc: "gcc",
		fpc: []string{"ppcx64"}, needs: []string{"gcc"}}
	win64 = &target{name: "win-x64", library: "konnektor.dll", cc: "x86_64-w64-mingw32-gcc", exe: ".exe",
		fpc:   []string{"ppcx64", "-n", "-Twin64", "-Fu" + cached("fpc", "units64")},
		needs: []string{"x86_64-w64-mingw32-gcc"}, runs: []string{"wine", "wine64", "stub"}}
	win32 = &target{name: "win-x86", library: "konnektor.dll", cc: "i686-w64-mingw32-gcc", exe: ".exe",
		fpc:   []string{cached("fpc", "bin", "ppcross386"), "-n", "-Twin32", "-Fu" + cached("fpc", "units32")},
		needs: []string{"i686-w64-mingw32-gcc"}, runs: []string{"chroot", "wine32", "stub"}}
	asan = &target{name: "linux-x64-asan", library: "libkonnektor.so.1", cc: "gcc", needs: []string{"gcc"}}

	targets = []*target{linux, win64, win32}
)

// each runs a test once a target.
func each(t *testing.T, test func(t *testing.T, on *target)) {
	for _, on := range targets {
		t.Run(on.name, func(t *testing.T) { test(t, on) })
	}
}

// builds remembers where libraries lie that were built already.
var builds sync.Map // name and tags -> func() (string, error)

// lookAtSources looks at every file of the repository, so that go test knows
// on what its result depends: it does not see what other processes read.
var lookAtSources = sync.OnceValue(func() error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "dist"):
			return filepath.SkipDir
		}
		_, err = os.Stat(path)
		return err
	})
})

// build builds the library for a target, once a run, and returns its folder.
func (on *target) build(t testing.TB, tags string) string {
	t.Helper()
	need(t, on.needs...)
	require.NoError(t, lookAtSources())
	once, _ := builds.LoadOrStore(on.name+tags, sync.OnceValues(func() (string, error) {
		out := filepath.Join(work, "dist"+tags+on.name)
		b, err := exec.Command(filepath.Join(root, "cabi", "build", "build"), "-tags", tags, "-o", out, on.name).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, b)
		}
		return filepath.Join(out, on.name), err
	}))
	dir, err := once.(func() (string, error))()
	require.NoError(t, err)
	return dir
}

// shipped is the path of the library as it is shipped.
func (on *target) shipped(t testing.TB) string {
	t.Helper()
	return filepath.Join(on.build(t, ""), on.library)
}

// tested is the path of the library with the operations of the tests.
func (on *target) tested(t testing.TB) string {
	t.Helper()
	return filepath.Join(on.build(t, "cabitest"), on.library)
}

// compile compiles one of the C programs.
func (on *target) compile(t testing.TB, source string, options ...string) string {
	t.Helper()
	need(t, on.needs...)
	exe := filepath.Join(t.TempDir(), strings.TrimSuffix(source, ".c")+on.exe)
	args := []string{"-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-msse2", "-o", exe,
		filepath.Join("programs", source)}
	if on.exe == "" {
		args = append(args, "-ldl", "-lpthread")
	}
	command(t, on.cc, append(args, options...)...)
	return exe
}

// command runs a program that must succeed, in this folder.
func command(t testing.TB, name string, args ...string) string {
	t.Helper()
	b, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), b)
	return string(b)
}

// runLimit bounds a program.
const runLimit = 3 * time.Minute

// command is a program of the target, to be run in its own folder, and how to
// read what it prints.
func (on *target) command(t testing.TB, exe string, args ...string) (*exec.Cmd, func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runLimit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, exe, args...)
	switch on {
	case win64:
		cmd = exec.CommandContext(ctx, "wine", append([]string{exe}, args...)...)
		on.warm.Do(func() { keep(t, exec.Command("wineserver", "-p30")) })
	case win32:
		script := []string{cached("chroot"), cached("wine32")}
		wine32 := filepath.Join(root, "cabi", "build", "wine32")
		cmd = exec.CommandContext(ctx, wine32, append(append(script, exe), args...)...)
		on.warm.Do(func() { keep(t, exec.Command(wine32, append(script, "--keep", "30")...)) })
	}
	cmd.Dir = filepath.Dir(exe)
	cmd.Env = wineEnv()
	return cmd, output(t, cmd)
}

// run runs a program of the target and returns what it printed.
func (on *target) run(t testing.TB, exe string, args ...string) (string, error) {
	t.Helper()
	need(t, on.runs...)
	cmd, out := on.command(t, exe, args...)
	err := cmd.Run()
	return out(), err
}

// output sends what cmd prints to a file, and returns how to read it. A pipe
// would be held open by what Wine leaves running.
func output(t testing.TB, cmd *exec.Cmd) func() string {
	t.Helper()
	f, err := os.CreateTemp(work, "out-")
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	cmd.Stdout, cmd.Stderr = f, f
	return func() string {
		b, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		return strings.ReplaceAll(string(b), "\r\n", "\n")
	}
}

// wineEnv is the environment of programs that may run on Wine.
func wineEnv() []string {
	return append(os.Environ(), "WINEPREFIX="+cached("wine64", "prefix"), "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=mscoree,mshtml=", "DISPLAY=")
}

// keep starts Wine's server, which goes into the background and ends by itself:
// without it every program would wait for a new one. It gets no pipe of ours,
// which it would hold open.
func keep(t testing.TB, server *exec.Cmd) {
	t.Helper()
	server.Env = wineEnv()
	err := server.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 2 {
		return // the one of an earlier run is still up
	}
	require.NoError(t, err, "start Wine's server")
}

// closingLine is how the programs end.
var closingLine = regexp.MustCompile(`(?m)^([0-9]+) passed, ([0-9]+) failed$`)

// pass runs a program that must pass at least one check and fail none.
func (on *target) pass(t testing.TB, exe string, args ...string) string {
	t.Helper()
	out, err := on.run(t, exe, args...)
	require.NoError(t, err, "%s", out)
	m := closingLine.FindStringSubmatch(out)
	require.NotNil(t, m, "no closing line in %q", out)
	require.NotEqual(t, "0", m[1])
	require.Equal(t, "0", m[2], "%s", out)
	return out
}

// copyFile copies a file and returns the new path.
func copyFile(t testing.TB, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, b, 0o755))
	return to
}
