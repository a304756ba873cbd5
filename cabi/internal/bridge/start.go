package bridge

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// start runs f on a goroutine of its own. A panic in f ends f, not the host; it
// is logged, and then calls onPanic. No other place of this package or of
// package cabi starts goroutines.
func start(log *slog.Logger, f, onPanic func()) {
	go func() {
		defer func() {
			if p := recover(); p != nil {
				report(log, p)
				onPanic()
			}
		}()
		f()
	}()
}

// protect runs f and turns a panic into false. It is for the goroutine of a
// caller.
func protect(log *slog.Logger, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			report(log, p)
			ok = false
		}
	}()
	f()
	return true
}

// report logs a panic with its stack. Of a value that is no runtime error only
// the type is told: it might quote data.
func report(log *slog.Logger, p any) {
	cause := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		cause = e.Error()
	}
	log.Error("panic", "cause", cause, "stack", string(debug.Stack()))
}
