package judgetest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds everything that a judge does at a stretch.
const patience = 5 * time.Minute

// needProgram skips the test when a judge's program is not installed.
func needProgram(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

// needFile skips the test when a file of a Debian package is not there.
func needFile(t testing.TB, path, pkg string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not installed: no %s", pkg, path)
	}
}

// run runs a program to its end and returns its standard output.
func run(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	out, err := tryRun(t, dir, name, args...)
	require.NoError(t, err)
	return out
}

func tryRun(t testing.TB, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Logf("%s: %s", filepath.Base(name), problems.String())
	}
	return string(out), err
}

// process is a judge that runs beside the test.
type process struct {
	in    io.WriteCloser
	lines <-chan string
	// end stops the program and returns what it wrote to its standard error.
	end func() string
}

// start runs a program until the end of the test.
func start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	var problems strings.Builder
	cmd.Stderr = &problems
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := make(chan string, 1024)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		defer close(lines)
		s := bufio.NewScanner(out)
		s.Buffer(nil, 1<<22)
		for s.Scan() {
			lines <- s.Text()
		}
	}()
	end := sync.OnceValue(func() string {
		cancel()
		for range lines { // whatever the test did not read
		}
		<-drained
		_ = cmd.Wait() // it was stopped
		return problems.String()
	})
	t.Cleanup(func() {
		if said := end(); t.Failed() {
			t.Logf("%s: %s", filepath.Base(name), said)
		}
	})
	return &process{in, lines, end}
}

// line waits for the next line that the program prints.
func (p *process) line(t testing.TB) string {
	t.Helper()
	select {
	case line, ok := <-p.lines:
		require.True(t, ok, "the judge has ended")
		return line
	case <-time.After(patience):
		require.FailNow(t, "the judge is silent")
		return ""
	}
}

// cached returns a folder of the user's cache that build has filled, or a
// temporary one where there is no cache. Everything in parts, and every file
// under the folders, is part of what makes it another folder.
func cached(t testing.TB, parts, folders []string, build func(dir string)) string {
	t.Helper()
	hash := sha256.New()
	for _, p := range parts {
		_, _ = io.WriteString(hash, p+"\x00")
	}
	for _, folder := range folders {
		require.NoError(t, hash256(hash, folder))
	}
	base, err := os.UserCacheDir()
	if err != nil {
		base = t.TempDir()
	}
	base = filepath.Join(base, "libkonnektor-judges")
	dir := filepath.Join(base, hex.EncodeToString(hash.Sum(nil)[:12]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	require.NoError(t, os.MkdirAll(base, 0o755))
	fresh, err := os.MkdirTemp(base, "new-")
	require.NoError(t, err)
	defer os.RemoveAll(fresh)
	build(fresh)
	if err := os.Rename(fresh, dir); err != nil {
		require.DirExists(t, dir, "another process has built it meanwhile, or: %v", err)
	}
	return dir
}

func hash256(w io.Writer, folder string) error {
	return filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = w.Write(append([]byte(d.Name()+"\x00"), content...))
		return err
	})
}
