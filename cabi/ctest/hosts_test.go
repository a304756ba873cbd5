//go:build !race

package ctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBehaviour(t *testing.T) {
	each(t, func(t *testing.T, on *target) { on.pass(t, on.compile(t, "behaviour.c"), on.tested(t)) })
}

func TestStress(t *testing.T) {
	each(t, func(t *testing.T, on *target) { on.pass(t, on.compile(t, "stress.c"), on.tested(t)) })
}

func TestFloatingPoint(t *testing.T) {
	each(t, func(t *testing.T, on *target) { on.pass(t, on.compile(t, "floating.c"), on.tested(t)) })
}

func TestHandlers(t *testing.T) {
	each(t, func(t *testing.T, on *target) { on.pass(t, on.compile(t, "handlers.c"), on.tested(t)) })
}

func TestLoading(t *testing.T) {
	each(t, func(t *testing.T, on *target) {
		second := copyFile(t, on.tested(t), filepath.Join(t.TempDir(), "second"+filepath.Ext(on.library)))
		on.pass(t, on.compile(t, "loading.c"), on.tested(t), second)
	})
}

// The loader brings the library in by itself, at the start of a program and with
// others looking on; an own namespace has a second copy.
func TestLoaders(t *testing.T) {
	exe, library := linux.compile(t, "loaders.c"), linux.tested(t)
	auditor := filepath.Join(t.TempDir(), "auditor.so")
	command(t, "gcc", "-shared", "-fPIC", "-o", auditor, filepath.Join("programs", "loaders.c"), "-ldl")
	ways := []string{"usual", "lazy", "global", "deepbind", "namespace", "namespace-beside"}
	for _, environment := range []string{"", "LD_BIND_NOW=1", "LD_AUDIT=" + auditor, "LD_PRELOAD=" + library} {
		name, value, _ := strings.Cut(environment, "=")
		t.Run(name, func(t *testing.T) {
			if name != "" {
				t.Setenv(name, value)
			}
			for _, way := range ways {
				linux.pass(t, exe, library, way)
			}
		})
	}
	t.Run("sanitizers", func(t *testing.T) {
		for _, sanitizer := range []string{"address,undefined", "thread"} {
			linux.pass(t, linux.compile(t, "loaders.c", "-fsanitize="+sanitizer), library, "usual")
		}
	})
}

// What Go says when it ends the process must be in the log, and no data with it.
func TestCrashIsLogged(t *testing.T) {
	each(t, func(t *testing.T, on *target) {
		log := filepath.Join(t.TempDir(), "kon.log")
		out, err := on.run(t, on.compile(t, "crash.c"), on.tested(t), log)
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", out)
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		require.Contains(t, string(text), "panic: crash on purpose")
		require.Contains(t, string(text), "goroutine ")
		require.Contains(t, string(text), `"msg":"panic","cause":"*errors.errorString"`)
		require.NotContains(t, string(text), "secret of a patient")
	})
}

// A call from DllMain stands still, as the header says. It must do no more than
// that; where it comes back, all the better.
func TestLoaderLock(t *testing.T) {
	need(t, win64.runs...)
	dll := win64.compile(t, "loaderlock.c", "-shared", "-DLOADERLOCK_DLL")
	exe := win64.compile(t, "loaderlock.c")
	t.Setenv("KON_LIBRARY", win64.tested(t))
	cmd := exec.CommandContext(t.Context(), "wine", exe, dll)
	cmd.Env = wineEnv()
	out := output(t, cmd)
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	require.Eventually(t, func() bool { return out() != "" }, runLimit, 10*time.Millisecond)
	select {
	case err := <-ended:
		require.NoError(t, err, "it neither waits nor succeeds")
	case <-time.After(2 * time.Second):
		require.NoError(t, cmd.Process.Kill())
		<-ended
	}
}

// sanitize are the options of the address and the undefined behaviour
// sanitizers.
var sanitize = []string{"-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"}

func TestSanitizers(t *testing.T) {
	for _, program := range []string{"behaviour.c", "stress.c", "floating.c"} {
		t.Run(program, func(t *testing.T) {
			asan.pass(t, asan.compile(t, program, sanitize...), asan.tested(t))
		})
	}
}

// The sanitizer must see these, also inside the library.
func TestMisuseIsSeen(t *testing.T) {
	exe := asan.compile(t, "misuse.c", sanitize...)
	asan.pass(t, exe, asan.tested(t), "none")
	for misuse, report := range map[string]string{
		"leak":           "LeakSanitizer: detected memory leaks",
		"use-after-free": "AddressSanitizer: heap-use-after-free",
		"wrong-free":     "AddressSanitizer: attempting double-free",
		"lying-buffer":   "AddressSanitizer: heap-buffer-overflow",
		"lying-length":   "AddressSanitizer: heap-buffer-overflow",
		"no-nul":         "AddressSanitizer: heap-buffer-overflow",
	} {
		t.Run(misuse, func(t *testing.T) {
			out, err := asan.run(t, exe, asan.tested(t), misuse)
			require.Error(t, err)
			require.Contains(t, out, report)
		})
	}
}

func TestValgrind(t *testing.T) {
	need(t, "valgrind")
	exe := linux.compile(t, "misuse.c")
	supp := filepath.Join(t.TempDir(), "goroutines.supp")
	require.NoError(t, os.WriteFile(supp, []byte(goroutineStacks()), 0o600))
	memcheck := func(misuse string) *exec.Cmd {
		return exec.Command("valgrind", "--quiet", "--suppressions="+supp, "--undef-value-errors=no", "--leak-check=full",
			"--show-leak-kinds=definite", "--errors-for-leak-kinds=definite", "--error-exitcode=9", exe, linux.tested(t), misuse)
	}
	out, err := memcheck("none").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, closingLine, string(out))
	for _, misuse := range []string{"leak", "wrong-free", "use-after-free"} {
		out, err := memcheck(misuse).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s: %s", misuse, out)
		require.Equal(t, 9, exit.ExitCode(), "%s: %s", misuse, out)
	}
}

// goroutineStacks tells valgrind not to judge where the library reads and writes:
// it takes the stack of a goroutine that shrinks for memory given back, and then
// objects that come to lie there for invalid. The address sanitizer judges that
// (TestMisuseIsSeen); valgrind judges the C heap.
func goroutineStacks() string {
	var b strings.Builder
	for _, size := range []int{1, 2, 4, 8, 16, 32} {
		fmt.Fprintf(&b, "{\n   goroutine-stacks\n   Memcheck:Addr%d\n   obj:*/libkonnektor.so.1\n}\n", size)
	}
	return b.String()
}
