package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

// report prints what go test without -v prints, and keeps why tests were
// skipped.
type report struct {
	w                       io.Writer
	output                  map[string][]string // by test, until it passes
	skips                   map[string][]string // tests by reason
	passed, failed, skipped int
}

func newReport(w io.Writer) *report {
	return &report{w: w, output: map[string][]string{}, skips: map[string][]string{}}
}

func (r *report) add(e event) {
	key := e.Package + "." + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.w, e.Output)
	case "output":
		if e.Test == "" && closing(e.Output) {
			fmt.Fprint(r.w, e.Output)
			return
		}
		if !strings.HasPrefix(e.Output, "=== ") {
			r.output[key] = append(r.output[key], e.Output)
		}
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		delete(r.output, key)
	case "skip":
		if e.Test != "" {
			r.skipped++
			why := reason(r.output[key])
			r.skips[why] = append(r.skips[why], key[strings.LastIndex(e.Package, "/")+1:])
		}
		delete(r.output, key)
	case "fail":
		if e.Test != "" {
			r.failed++
		} else {
			r.flush(e.Package) // of tests that never ended too: a panic or a timeout
		}
	}
}

// closing reports whether a line of a package says how its tests ended.
func closing(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t")
}

// flush prints what the tests of a package said that did not pass.
func (r *report) flush(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(r.output)) {
		if strings.HasPrefix(key, pkg+".") {
			fmt.Fprint(r.w, strings.Join(r.output[key], ""))
			delete(r.output, key)
		}
	}
}

// reason finds the words of t.Skip in the output of a test.
func reason(lines []string) string {
	why := "no reason given"
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "--- ") {
			continue
		}
		why = line
		if _, text, found := strings.Cut(line, ".go:"); found {
			if _, text, found = strings.Cut(text, ": "); found {
				why = text
			}
		}
	}
	return why
}

// close prints the skipped tests by reason, and the sums.
func (r *report) close() {
	for _, why := range slices.Sorted(maps.Keys(r.skips)) {
		tests := r.skips[why]
		fmt.Fprintf(r.w, "skipped %d: %s: %s\n", len(tests), why, strings.Join(tests, " "))
	}
	fmt.Fprintf(r.w, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
}
