//go:build !windows

package fix

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// The child process is this test program again. It runs the fix against a box
// that the parent serves, and kills itself at the n-th point.
const (
	envDir    = "FIX_TEST_DIR"
	envURL    = "FIX_TEST_URL"
	envKillAt = "FIX_TEST_KILL_AT"
	envPlain  = "FIX_TEST_PLAIN" // the fix is no Reverser
)

func TestMain(m *testing.M) {
	if os.Getenv(envDir) == "" {
		os.Exit(m.Run())
	}
	r := childRun()
	json.NewEncoder(os.Stdout).Encode(childReport{r.Outcome, r.Reason, r.Resumed, r.Journal, r.Run, errorText(r.Err)})
	os.Exit(0)
}

type childReport struct {
	Outcome Outcome
	Reason  string
	Resumed bool
	Journal string
	Run     string
	Err     string
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func childRun() Report {
	at, _ := strconv.Atoi(os.Getenv(envKillAt))
	var f Fix = reduce()
	if os.Getenv(envPlain) != "" {
		f = &reduce().target
	}
	return Run(context.Background(), &httpBox{os.Getenv(envURL)}, f, Options{
		Dir: os.Getenv(envDir), Consented: "in advance", Clock: newFakeClock(), disk: &killingDisk{at: at},
	})
}

// killingDisk kills its process at the n-th point: before a write, in the middle
// of it, before and after each fsync.
type killingDisk struct{ at, point int }

func (d *killingDisk) here() {
	if d.point++; d.point == d.at {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (d *killingDisk) WriteAt(f *os.File, b []byte, off int64) error {
	d.here()
	half := len(b) / 2
	if _, err := f.WriteAt(b[:half], off); err != nil {
		return err
	}
	d.here()
	_, err := f.WriteAt(b[half:], off+int64(half))
	return err
}

func (d *killingDisk) Sync(*os.File) error {
	d.here()
	d.here()
	return nil // a killed process leaves what it has written
}

func (d *killingDisk) SyncDir(string) error {
	d.here()
	return nil
}

// httpBox is a box behind HTTP.
type httpBox struct{ url string }

func (b *httpBox) Product() mgmt.Product       { return newBox().product }
func (b *httpBox) Close(context.Context) error { return nil }

func (b *httpBox) Values(ctx context.Context) (values map[string]int, err error) {
	body, err := b.ask(ctx, http.MethodGet, "/")
	if err != nil {
		return nil, err
	}
	return values, json.Unmarshal(body, &values)
}

func (b *httpBox) Set(ctx context.Context, name string, value int) error {
	_, err := b.ask(ctx, http.MethodPut, fmt.Sprintf("/?name=%s&value=%d", name, value))
	return err
}

func (b *httpBox) ask(ctx context.Context, method, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, &konnektor.Failure{Op: method, Kind: konnektor.KindUnreachable}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &mgmt.RefusedError{Operation: mgmt.Operation(method), Status: resp.StatusCode}
	}
	return io.ReadAll(resp.Body)
}

// server serves a box; it survives the processes that change it.
type server struct {
	mu     sync.Mutex
	box    *box
	refuse string
	onSet  func(before bool) // around a change
}

func (s *server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if req.Method == http.MethodGet {
		json.NewEncoder(w).Encode(s.box.values)
		return
	}
	name := req.URL.Query().Get("name")
	value, _ := strconv.Atoi(req.URL.Query().Get("value"))
	s.box.requests = append(s.box.requests, fmt.Sprintf("set %s %d", name, value))
	if s.refuse == s.box.requests[len(s.box.requests)-1] {
		w.WriteHeader(http.StatusConflict)
		return
	}
	if s.onSet != nil {
		s.onSet(true)
	}
	s.box.values[name] = value
	if s.onSet != nil {
		s.onSet(false)
	}
}

// around sets what happens around a change; nil means nothing.
func (s *server) around(f func(before bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onSet = f
}

// child runs the fix in a process of its own and says whether it was killed.
func child(t *testing.T, dir, url string, killAt int, env ...string) (report childReport, killed bool) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	// The race detector would wait a second before each exit.
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", envDir+"="+dir, envURL+"="+url, envKillAt+"="+strconv.Itoa(killAt))
	c.Env = append(c.Env, env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		require.Equal(t, syscall.SIGKILL, status.Signal(), errs.String())
		return report, true
	}
	require.NoError(t, err, errs.String())
	require.NoError(t, json.Unmarshal(out.Bytes(), &report), out.String())
	return report, false
}

// Killed at every point of every write, then run again: the box ends as wanted,
// and no step that showed was made a second time.
func TestKilledAtEachPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("short: starts over a hundred processes")
	}
	for env, by := range map[string]int{"": 1, envPlain + "=1": 3} {
		for n := 1; ; n += by {
			require.Less(t, n, 200)
			s := &server{box: newBox()}
			listening := httptest.NewServer(s)
			dir := t.TempDir()
			_, killed := child(t, dir, listening.URL, n, env)
			shown := shownSteps(s.box)
			r, again := child(t, dir, listening.URL, 0, env)
			require.False(t, again)
			listening.Close()
			if !killed {
				require.Equal(t, AlreadyDone, r.Outcome)
				require.Greater(t, n, 40, "a run has more points than that")
				break
			}
			require.Contains(t, []Outcome{Applied, AlreadyDone}, r.Outcome, "point %d: %s", n, r.Err)
			require.Equal(t, wanted, s.box.state(), "point %d", n)
			if len(shown) > 0 && !r.Resumed {
				// Killed behind the last line: the run had ended.
				require.Equal(t, AlreadyDone, r.Outcome, "point %d: what has begun is known", n)
				require.Len(t, shown, 3)
			}
			for _, set := range shown {
				require.Equal(t, 1, strings.Count(strings.Join(s.box.sets(), "\n"), set), "point %d: %s", n, set)
			}
			h, err := ReadJournal(r.Journal)
			require.NoError(t, err)
			require.False(t, h.Damaged())
			require.Nil(t, h.Open())
			require.Equal(t, EventEnded, h.Records[len(h.Records)-1].Event)
		}
	}
}

// shownSteps are the changes that can be seen on the box.
func shownSteps(b *box) (shown []string) {
	for name, value := range b.state() {
		if value == wanted[name] {
			shown = append(shown, fmt.Sprintf("set %s %d", name, value))
		}
	}
	return shown
}

// A run that is being rolled back and killed at every point is rolled back.
func TestKilledWhileRollingBack(t *testing.T) {
	if testing.Short() {
		t.Skip("short: starts over a hundred processes")
	}
	before := newBox().values
	for n := 1; ; n++ {
		require.Less(t, n, 200)
		s := &server{box: newBox(), refuse: "set level 3"}
		listening := httptest.NewServer(s)
		dir := t.TempDir()
		first, killed := child(t, dir, listening.URL, n)
		r, _ := child(t, dir, listening.URL, 0)
		listening.Close()
		require.Equal(t, before, s.box.state(), "point %d", n)
		if !killed {
			require.Equal(t, RolledBack, first.Outcome, first.Err)
			break
		}
		require.Equal(t, RolledBack, r.Outcome, "point %d: %s", n, r.Err)
	}
}

// Killed while a request is at the box, before and after the box has acted.
func TestKilledInARequest(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := 1; n <= 3; n++ {
			s := &server{box: newBox()}
			listening := httptest.NewServer(s)
			dir := t.TempDir()
			c := exec.CommandContext(t.Context(), os.Args[0])
			c.Env = append(os.Environ(), envDir+"="+dir, envURL+"="+listening.URL)
			seen := 0
			s.around(func(b bool) {
				if b == before {
					if seen++; seen == n {
						c.Process.Kill()
					}
				}
			})
			s.mu.Lock()
			require.NoError(t, c.Start())
			s.mu.Unlock()
			require.Error(t, c.Wait())
			s.around(nil)
			r, _ := child(t, dir, listening.URL, 0)
			listening.Close()
			require.Equal(t, Applied, r.Outcome, r.Err)
			require.True(t, r.Resumed)
			require.Equal(t, wanted, s.box.state())
			require.Len(t, s.box.sets(), 3, "what showed was not made again")
		}
	}
}

// Two processes on one computer: one of them is refused.
func TestTwoProcesses(t *testing.T) {
	s := &server{box: newBox()}
	listening := httptest.NewServer(s)
	defer listening.Close()
	dir := t.TempDir()
	inStep, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.around(func(before bool) {
		if before {
			once.Do(func() { close(inStep); <-goOn })
		}
	})
	done := make(chan childReport, 1)
	go func() {
		defer close(done) // also when it fails
		r, _ := child(t, dir, listening.URL, 0)
		done <- r
	}()
	select {
	case <-inStep:
	case <-time.After(2 * time.Minute):
		t.Fatal("the first process did not begin")
	}
	// The box is in the middle of a request: the second one must not even ask.
	o := options(t)
	o.Dir = dir
	second := Run(t.Context(), &httpBox{"http://127.0.0.1:1"}, reduce(), o)
	close(goOn)
	require.Equal(t, Refused, second.Outcome)
	require.Equal(t, ReasonBusy, second.Reason)
	require.Equal(t, Applied, (<-done).Outcome)
	require.Len(t, s.box.sets(), 3)
}
