package boxfile

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const holds = "BOXFILE_TEST_HOLDS"

// TestMain is also the other process: it takes a lock and stands still.
func TestMain(m *testing.M) {
	path := os.Getenv(holds)
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := Take(path, "other", time.Now()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lock")
	first, err := Take(path, "test", time.Now())
	require.NoError(t, err)
	_, err = Take(path, "test", time.Now())
	require.ErrorIs(t, err, ErrHeld)
	data, err := os.ReadFile(path)
	require.NoError(t, err, "who holds it can be read")
	require.Contains(t, string(data), `"program":"test"`)
	first.Release()
	second, err := Take(path, "test", time.Now())
	require.NoError(t, err)
	second.Release()
	(*Lock)(nil).Release()

	_, err = Take(filepath.Join(path, "below a file"), "test", time.Now())
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrHeld)
}

// TestLockEndsWithItsProcess kills the process that holds a lock.
func TestLockEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box.lock")
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), holds+"="+path)
	in, err := other.StdinPipe()
	require.NoError(t, err)
	defer in.Close()
	out, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", said)
	_, err = Take(path, "test", time.Now())
	require.ErrorIs(t, err, ErrHeld)
	require.NoError(t, other.Process.Kill())
	_ = other.Wait() // it was killed
	lock, err := Take(path, "test", time.Now())
	require.NoError(t, err)
	lock.Release()
}

func TestName(t *testing.T) {
	require.Equal(t, "80276883110000012345", Name("80276883110000012345"))
	require.Equal(t, "konnektor.praxis", Name("Konnektor.Praxis"))
	seen := map[string]string{}
	for _, box := range []string{
		"192.0.2.7:8500", "192.0.2.7_8500", "[2001:db8::1]:8500", "..", "", "a/b", `a\b`, "a b", "größe", "grösse",
		strings.Repeat("x", 200), strings.Repeat("x", 201),
	} {
		name := Name(box)
		require.Empty(t, seen[name], box)
		seen[name] = box + "!"
		require.NotContains(t, name, "/")
		require.NotContains(t, name, `\`)
		require.NotEmpty(t, name)
		require.LessOrEqual(t, len(name), 60)
	}
}
