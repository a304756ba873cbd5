package schematest_test

import (
	"fmt"
	"runtime"
	"testing"
)

// ending is a test that keeps how it ended instead of ending.
type ending struct {
	testing.TB
	skipped, failed bool
	why             string
}

func (e *ending) Skip(args ...any) {
	e.skipped, e.why = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func (e *ending) Fatal(args ...any) {
	e.failed, e.why = true, fmt.Sprint(args...)
	runtime.Goexit()
}
