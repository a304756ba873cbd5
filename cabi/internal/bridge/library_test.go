package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/stretchr/testify/require"
)

// deadline bounds every wait of these tests.
const deadline = 10 * time.Second

// script is a Backend of a few operations that do what the tests want.
type script struct {
	ctx     context.Context
	cancel  context.CancelFunc
	started chan string // gets the request of every "wait" that runs
	runs    sync.Map    // request -> times "count" has run
}

func newScript() *script {
	ctx, cancel := context.WithCancel(context.Background())
	return &script{ctx: ctx, cancel: cancel, started: make(chan string, 100)}
}

func (s *script) Close() error { s.cancel(); return nil }

func (s *script) Stream(ctx context.Context, name string, request []byte, emit func([]byte)) ([]byte, error) {
	switch name {
	case "echo":
		return request, nil
	case "wait":
		s.started <- string(request)
		select {
		case <-ctx.Done():
			return nil, operations.NewError(name, ctx.Err())
		case <-s.ctx.Done():
			return nil, operations.NewError(name, operations.KindClosed)
		}
	case "timeout":
		return nil, operations.NewError(name, context.DeadlineExceeded)
	case "fail":
		return nil, operations.NewError(name, konnektor.KindNotInserted)
	case "strange":
		return nil, errors.New("no error of an operation")
	case "panic":
		panic(errors.New(string(request)))
	case "nil":
		var p *script
		return nil, p.ctx.Err()
	case "events":
		for range len(request) {
			emit([]byte(`{"event":"x"}`))
		}
		return []byte(`{}`), nil
	case "count":
		n, _ := s.runs.LoadOrStore(string(request), new(int))
		*n.(*int)++
		return bytes.Repeat([]byte("x"), 100), nil
	}
	return nil, operations.NewError(name, operations.KindUnknownOperation)
}

// library is a Library whose handles run s.
func library(t *testing.T, s *script) (l *Library, handle int32) {
	t.Helper()
	l = New(func([]byte, *slog.Logger) (Backend, error) { return s, nil })
	handle, doc, status := l.Open([]byte("{}"))
	require.Equal(t, OK, status)
	require.Nil(t, doc)
	t.Cleanup(func() { l.Close(handle) })
	return l, handle
}

// kind is the kind in an error document.
func kind(t *testing.T, doc []byte) string {
	t.Helper()
	var e struct {
		Kind string `json:"kind"`
	}
	require.NoError(t, json.Unmarshal(doc, &e), "%s", doc)
	return e.Kind
}

// received waits for a value of c.
func received[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(deadline):
		require.Fail(t, "nothing happened in time")
		panic(errors.New("unreachable"))
	}
}

func TestOpenSession(t *testing.T) {
	l := New(OpenSession)
	h, doc, status := l.Open([]byte(`{"url":`))
	require.Equal(t, Failed, status)
	require.Zero(t, h)
	require.Equal(t, "config", kind(t, doc))
	h, _, status = l.Open([]byte(`{"url":"http://127.0.0.1:9","call":{"mandant_id":"m","client_system_id":"c","workplace_id":"w"}}`))
	require.Equal(t, OK, status)
	doc, status = l.Call(h, "cards", []byte(`{"call_token":5}`))
	require.Equal(t, Failed, status)
	require.Equal(t, "unreachable", kind(t, doc))
	require.Equal(t, OK, l.Close(h))
}

func TestOpenRefuses(t *testing.T) {
	l := New(func([]byte, *slog.Logger) (Backend, error) { panic(errors.New("open")) })
	_, doc, status := l.Open(nil)
	require.Equal(t, Internal, status)
	require.Equal(t, "internal", kind(t, doc))
	_, _, status = l.Open([]byte("\xff"))
	require.Equal(t, BadText, status)
	_, _, status = l.Open(make([]byte, MaxText+1))
	require.Equal(t, TooLarge, status)
}

func TestHandlesAreNeverUsedTwice(t *testing.T) {
	l, first := library(t, newScript())
	sub, status := l.Subscribe(first, "wait", nil)
	require.Equal(t, OK, status)
	require.Greater(t, sub, first)
	require.Equal(t, OK, l.Close(first))
	require.Equal(t, BadHandle, l.Close(first))
	second, _, status := l.Open(nil)
	require.Equal(t, OK, status)
	require.Greater(t, second, sub)
	for _, wrong := range []int32{0, -1, first, sub, second + 1, -1 << 31, 1<<31 - 1} {
		_, status := l.Call(wrong, "echo", nil)
		require.Equal(t, BadHandle, status)
		_, status = l.CallInto(wrong, "echo", nil, nil)
		require.Equal(t, BadHandle, status)
		_, status = l.Subscribe(wrong, "echo", nil)
		require.Equal(t, BadHandle, status)
		_, status = l.NextEvent(wrong, 0)
		require.Equal(t, BadHandle, status)
		require.Equal(t, BadHandle, l.Cancel(wrong, 0))
		require.Equal(t, BadHandle, l.Close(wrong))
		require.Equal(t, BadHandle, l.Unsubscribe(wrong))
	}
	l.mu.Lock()
	l.last = 1<<31 - 1
	l.mu.Unlock()
	_, _, status = l.Open(nil)
	require.Equal(t, Busy, status)
	_, status = l.Subscribe(second, "wait", nil)
	require.Equal(t, Busy, status)
	require.Equal(t, OK, l.Close(second))
}

func TestTooManyHandles(t *testing.T) {
	l := New(func([]byte, *slog.Logger) (Backend, error) { return newScript(), nil })
	for range maxSessions {
		_, _, status := l.Open(nil)
		require.Equal(t, OK, status)
	}
	_, _, status := l.Open(nil)
	require.Equal(t, Busy, status)
	require.Equal(t, OK, l.Close(1))
	_, _, status = l.Open(nil)
	require.Equal(t, OK, status)
}

func TestCall(t *testing.T) {
	l, h := library(t, newScript())
	for _, c := range []struct {
		op, request string
		status      Status
		kind        string
	}{
		{"echo", `{"kind":"mine"}`, OK, "mine"},
		{"fail", "", Failed, "not-inserted"},
		{"timeout", "", Timeout, "timeout"},
		{"strange", "", Internal, "internal"},
		{"panic", `"secret"`, Internal, "internal"},
		{"nil", "", Internal, "internal"},
		{"none", "", Failed, "unknown-operation"},
	} {
		t.Run(c.op, func(t *testing.T) {
			doc, status := l.Call(h, c.op, []byte(c.request))
			require.Equal(t, c.status, status)
			require.Equal(t, c.kind, kind(t, doc))
			require.NotContains(t, string(doc), "secret")
		})
	}
	_, status := l.Call(h, "\xff", nil)
	require.Equal(t, BadText, status)
	_, status = l.Call(h, "echo", []byte("\xed\xa0\x80"))
	require.Equal(t, BadText, status)
	_, status = l.Call(h, "echo", make([]byte, MaxText+1))
	require.Equal(t, TooLarge, status)
	_, status = l.Call(h, strings.Repeat("x", MaxText+1), nil)
	require.Equal(t, TooLarge, status)
}

func TestCancel(t *testing.T) {
	s := newScript()
	l, h := library(t, s)
	results := make(chan Status)
	wait := func(request string) {
		_, status := l.Call(h, "wait", []byte(request))
		results <- status
	}
	require.Equal(t, BadArgument, l.Cancel(h, -1))
	go wait(`{"call_token":7}`)
	require.Equal(t, "{}", received(t, s.started))
	require.Equal(t, NotFound, l.Cancel(h, 8))
	require.Equal(t, OK, l.Cancel(h, 7))
	require.Equal(t, Cancelled, received(t, results))
	require.Equal(t, NotFound, l.Cancel(h, 7), "it is over")

	go wait(`{"call_token":8}`) // cancelled above, before it came
	require.Equal(t, Cancelled, received(t, results))
	<-s.started
	go wait(`{"call_token":8}`) // remembered once only
	received(t, s.started)
	go wait(``)
	received(t, s.started)
	require.Equal(t, OK, l.Cancel(h, 0))
	require.Equal(t, Cancelled, received(t, results))
	require.Equal(t, Cancelled, received(t, results))
	_, status := l.Call(h, "echo", nil)
	require.Equal(t, OK, status, "later calls work again")
}

func TestEarlyCancelsAreBounded(t *testing.T) {
	l, h := library(t, newScript())
	for token := range int32(3 * maxEarly) {
		require.Equal(t, NotFound, l.Cancel(h, token+1))
	}
	s := l.session(h)
	require.Len(t, s.early, maxEarly)
	require.Contains(t, s.early, int32(3*maxEarly))
	for token := range s.early {
		s.early[token] = time.Now().Add(-earlyLife)
	}
	require.Equal(t, NotFound, l.Cancel(h, 1))
	require.Len(t, s.early, 1, "what is too old is forgotten")
	s.early[1] = time.Now().Add(-earlyLife)
	_, status := l.Call(h, "echo", []byte(`{"call_token":1}`))
	require.Equal(t, OK, status)
}

func TestCloseEndsEverything(t *testing.T) {
	s := newScript()
	l, h := library(t, s)
	before := runtime.NumGoroutine()
	results := make(chan Status)
	go func() { _, status := l.Call(h, "wait", nil); results <- status }()
	received(t, s.started)
	sub, status := l.Subscribe(h, "wait", nil)
	require.Equal(t, OK, status)
	received(t, s.started)
	go func() { _, status := l.NextEvent(h, -1); results <- status }()
	go func() { _, status := l.NextEvent(sub, -1); results <- status }()
	se := l.session(h)
	require.Equal(t, OK, l.Close(h))
	for range 3 {
		status := received(t, results)
		require.Contains(t, []Status{Closed, BadHandle}, status) // BadHandle when it came after the close
	}
	require.Equal(t, BadHandle, l.Unsubscribe(sub))
	r := se.call("echo", nil) // one that found the session just before
	require.Equal(t, Closed, r.status)
	require.Equal(t, "closed", kind(t, r.document))
	for end := time.Now().Add(deadline); runtime.NumGoroutine() > before; runtime.Gosched() {
		require.True(t, time.Now().Before(end), "goroutines are left behind")
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	s := newSession(&stubborn{release}, slog.New(slog.DiscardHandler))
	require.Equal(t, Timeout, s.close(10*time.Millisecond))
}

// stubborn does not end when it is closed.
type stubborn struct{ release chan struct{} }

func (s *stubborn) Close() error { <-s.release; return nil }
func (s *stubborn) Stream(context.Context, string, []byte, func([]byte)) ([]byte, error) {
	return nil, nil
}

func TestCutToken(t *testing.T) {
	for _, c := range []struct {
		request string
		token   int32
		rest    string
		ok      bool
	}{
		{``, 0, ``, true},
		{`{"a":1}`, 0, `{"a":1}`, true},
		{`{"call_token":1}`, 1, `{}`, true},
		{` {"b": [1, 2], "call_token" : 2147483647, "a":{"call_token":5}} `, 2147483647, `{"b":[1, 2],"a":{"call_token":5}}`, true},
		{`{"a":1,"a":2,"call_token":1}`, 1, `{"a":1,"a":2}`, true}, // for the operation to refuse
		{`{"a":"call_token"}`, 0, `{"a":"call_token"}`, true},
		{`{"call_token":0}`, 0, ``, false},
		{`{"call_token":-1}`, 0, ``, false},
		{`{"call_token":2147483648}`, 0, ``, false},
		{`{"call_token":1.0}`, 0, ``, false},
		{`{"call_token":"1"}`, 0, ``, false},
		{`{"call_token":null}`, 0, ``, false},
		{`{"call_token":1,"call_token":2}`, 0, ``, false},
		{`["call_token"]`, 0, `["call_token"]`, true},
		{`{"call_token":1`, 0, `{"call_token":1`, true},
		{`{"call_token":1}}`, 0, `{"call_token":1}}`, true},
	} {
		token, rest, ok := cutToken([]byte(c.request))
		require.Equal(t, c.ok, ok, c.request)
		if ok {
			require.Equal(t, c.token, token, c.request)
			require.Equal(t, c.rest, string(rest), c.request)
		}
	}
}

func TestCallInto(t *testing.T) {
	s := newScript()
	l, h := library(t, s)
	runs := func(request string) int {
		n, ok := s.runs.Load(request)
		require.True(t, ok)
		return *n.(*int)
	}
	n, status := l.CallInto(h, "count", []byte("a"), nil)
	require.Equal(t, SmallBuffer, status)
	require.Equal(t, 100, n)
	buffer := bytes.Repeat([]byte("#"), 120)
	n, status = l.CallInto(h, "count", []byte("b"), buffer)
	require.Equal(t, OK, status, "another call is not answered with the kept result")
	require.Equal(t, 100, n)
	n, status = l.CallInto(h, "count", []byte("a"), buffer[:101])
	require.Equal(t, OK, status)
	require.Equal(t, 100, n)
	require.Equal(t, "x\x00#", string(buffer[99:102]))
	require.Equal(t, 1, runs("a"), "the operation does not run twice")
	_, status = l.CallInto(h, "count", []byte("a"), buffer)
	require.Equal(t, OK, status)
	require.Equal(t, 2, runs("a"), "a result is fetched once")

	for range 3 { // a buffer that does not grow means the call anew
		_, status = l.CallInto(h, "count", []byte("c"), buffer[:100])
		require.Equal(t, SmallBuffer, status)
	}
	require.Equal(t, 3, runs("c"))
	n, status = l.CallInto(h, "fail", nil, nil)
	require.Equal(t, SmallBuffer, status)
	buffer = make([]byte, n+1)
	_, status = l.CallInto(h, "fail", nil, buffer)
	require.Equal(t, Failed, status, "the status of the call is kept too")
	require.Equal(t, "not-inserted", kind(t, buffer[:n]))
}

func TestKeeperForgets(t *testing.T) {
	var k keeper
	for i := range 3 * maxKept {
		k.put("op", []byte{byte(i)}, result{})
	}
	require.Len(t, k.list, maxKept)
	_, ok := k.take("op", []byte{0}, 10)
	require.False(t, ok)
	_, ok = k.take("op", []byte{3*maxKept - 1}, 10)
	require.True(t, ok)
	for i := range k.list {
		k.list[i].since = time.Now().Add(-keepLife - time.Second)
	}
	_, ok = k.take("op", []byte{3*maxKept - 2}, 10)
	require.False(t, ok)
	require.Empty(t, k.list)
}

func TestBlocks(t *testing.T) {
	var b Blocks
	_, ok := b.Remove(1)
	require.False(t, ok)
	b.Add(1, 10)
	size, ok := b.Remove(1)
	require.True(t, ok)
	require.Equal(t, 10, size)
	_, ok = b.Remove(1)
	require.False(t, ok)
}

func TestStartReportsPanics(t *testing.T) {
	var out bytes.Buffer
	done := make(chan struct{})
	start(slog.New(slog.NewJSONHandler(&out, nil)), func() { panic(errors.New("secret")) }, func() { close(done) })
	received(t, done)
	require.Contains(t, out.String(), "*errors.errorString")
	require.Contains(t, out.String(), "TestStartReportsPanics")
	require.NotContains(t, out.String(), "secret")
}

func TestLog(t *testing.T) {
	l, h := library(t, newScript())
	path := filepath.Join(t.TempDir(), "Größe.log")
	t.Cleanup(func() { l.SetLog("", 0) })
	require.Equal(t, BadArgument, l.SetLog(path, 0))
	require.Equal(t, BadArgument, l.SetLog(path, 5))
	require.Equal(t, BadText, l.SetLog("\xff", 1))
	require.Equal(t, Failed, l.SetLog(filepath.Join(path, "none", "x.log"), 1))
	log := l.log.With("a", 1).WithGroup("g").With("b", 2) // made before there is a file
	require.False(t, log.Enabled(t.Context(), slog.LevelError))
	require.Equal(t, OK, l.SetLog(path, 2))
	log.Info("too low")
	log.Warn("told", "c", 3)
	_, status := l.Call(h, "panic", []byte("secret"))
	require.Equal(t, Internal, status)
	require.Equal(t, OK, l.SetLog("", 0))
	log.Error("too late")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"msg":"told","a":1,"g":{"b":2,"c":3}}`)
	require.Contains(t, string(text), `"msg":"panic"`)
	for _, word := range []string{"secret", "too low", "too late"} {
		require.NotContains(t, string(text), word)
	}
}

func TestLogStartsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.log")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), maxLog-10), 0o600))
	l := New(OpenSession)
	require.Equal(t, OK, l.SetLog(path, 3))
	t.Cleanup(func() { l.SetLog("", 0) })
	l.log.Info("first")
	l.log.Info("second")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 2, bytes.Count(text, []byte("\n")))
	old, err := os.Stat(path + ".1")
	require.NoError(t, err)
	require.EqualValues(t, maxLog-10, old.Size())

	f := l.logs.file.Load()
	f.size = maxLog
	require.NoError(t, os.Remove(path+".1"))
	require.NoError(t, os.MkdirAll(filepath.Join(path+".1", "full"), 0o700)) // cannot be replaced
	l.log.Info("third")
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), "third", "a file that cannot be renamed grows on")
}
