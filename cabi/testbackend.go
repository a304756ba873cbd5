//go:build cgo && cabitest

package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/cabi/internal/bridge"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// openBackend of the build for tests. The configuration {"test":true} opens a
// handle with the operations below; they do on purpose what must never happen.
// Nothing of this file is in the shipped library.
var openBackend bridge.Opener = func(config []byte, log *slog.Logger) (bridge.Backend, error) {
	if string(config) != `{"test":true}` {
		return bridge.OpenSession(config, log)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &testBackend{ctx: ctx, cancel: cancel}, nil
}

// testBackend runs the operations of the tests.
type testBackend struct {
	emitted atomic.Int64 // events of test.events
	ctx     context.Context
	cancel  context.CancelCauseFunc
	running sync.WaitGroup
}

// testRequest is what the operations take.
type testRequest struct {
	Count int    `json:"count"`
	Text  string `json:"text"`
}

// Close implements bridge.Backend.
func (b *testBackend) Close() error {
	b.cancel(operations.KindClosed)
	b.running.Wait()
	return nil
}

// Stream implements bridge.Backend.
func (b *testBackend) Stream(ctx context.Context, name string, request []byte, emit func([]byte)) ([]byte, error) {
	b.running.Add(1)
	defer b.running.Done()
	var req testRequest
	if len(request) > 0 {
		if err := json.Unmarshal(request, &req); err != nil {
			return nil, operations.NewError(name, err)
		}
	}
	if emit == nil {
		emit = func([]byte) {}
	}
	answer, err := b.run(ctx, name, req, emit)
	if err != nil {
		return nil, operations.NewError(name, err)
	}
	return json.Marshal(answer)
}

// run finds the operation.
func (b *testBackend) run(ctx context.Context, name string, req testRequest, emit func([]byte)) (any, error) {
	switch name {
	case "test.echo":
		return map[string]string{"text": req.Text}, nil
	case "test.large":
		return map[string]string{"text": strings.Repeat("x", req.Count)}, nil
	case "test.panic":
		panic(errors.New(req.Text))
	case "test.nil":
		var nowhere *testRequest
		return nowhere.Count, nil
	case "test.crash":
		go func() { panic(errors.New("crash on purpose")) }()
		select {}
	case "test.wait":
		return b.wait(ctx)
	case "test.events":
		for i := range req.Count {
			emit([]byte(`{"event":"test","number":` + strconv.Itoa(i) + `}`))
			b.emitted.Add(1)
		}
		return map[string]int{"count": req.Count}, nil
	case "test.emitted":
		return map[string]int64{"count": b.emitted.Load()}, nil
	case "test.collect":
		for range req.Count {
			runtime.GC()
		}
		return map[string]int{"count": req.Count}, nil
	case "test.deep":
		return map[string]int{"count": deep(req.Count)}, nil
	case "test.float":
		return map[string]string{"text": floats()}, nil
	case "test.pipe":
		return brokenPipe()
	case "test.goroutines":
		return map[string]int{"count": runtime.NumGoroutine()}, nil
	}
	return nil, operations.KindUnknownOperation
}

// wait waits until somebody ends it.
func (b *testBackend) wait(ctx context.Context) (any, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-b.ctx.Done():
		return nil, context.Cause(b.ctx)
	case <-time.After(time.Minute):
		return nil, context.DeadlineExceeded
	}
}

// brokenPipe writes into a pipe that nobody reads, which raises a signal.
func brokenPipe() (any, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	r.Close()
	if _, err = w.Write([]byte("x")); err == nil {
		return nil, errors.New("cabi: the pipe is not broken")
	}
	return map[string]string{"text": "broken"}, nil
}

// deep calls itself n times.
//
//go:noinline
func deep(n int) int {
	if n == 0 {
		return 0
	}
	return deep(n-1) + 1
}

// floats divides by zero and overflows here, on fresh goroutines and on fresh
// threads, and says what came out.
func floats() string {
	results := make(chan string, 9)
	results <- float()
	for i := range 8 {
		go func() {
			if i%2 == 0 {
				runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			}
			results <- float()
		}()
	}
	all := map[string]bool{}
	for range cap(results) {
		all[<-results] = true
	}
	if len(all) > 1 {
		return "different results"
	}
	for r := range all {
		return r
	}
	return ""
}

// float does arithmetic that raises every exception of IEEE 754.
func float() (text string) {
	defer func() {
		if recover() != nil {
			text = "panic"
		}
	}()
	zero, big, small := 0.0, math.MaxFloat64, math.SmallestNonzeroFloat64
	runtime.KeepAlive(&zero)
	sum := []float64{1 / zero, zero / zero, big * 10, small / 3, math.Sqrt(zero - 1), 1.0 / 3.0}
	for _, v := range sum {
		text += strconv.FormatFloat(v, 'g', 6, 64) + " "
	}
	return strings.TrimSpace(text)
}
