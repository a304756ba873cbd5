package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const passAndSkip = `
{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestGood"}
{"Action":"output","Package":"m/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"m/a","Test":"TestGood","Output":"    a_test.go:3: chatter\n"}
{"Action":"pass","Package":"m/a","Test":"TestGood"}
{"Action":"run","Package":"m/a","Test":"TestSchema/one"}
{"Action":"output","Package":"m/a","Test":"TestSchema/one","Output":"=== RUN   TestSchema/one\n"}
{"Action":"output","Package":"m/a","Test":"TestSchema/one","Output":"    a_test.go:9: xmllint: not installed\n"}
{"Action":"output","Package":"m/a","Test":"TestSchema/one","Output":"    --- SKIP: TestSchema/one (0.00s)\n"}
{"Action":"skip","Package":"m/a","Test":"TestSchema/one"}
{"Action":"output","Package":"m/a","Output":"PASS\n"}
{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.01s\n"}
{"Action":"pass","Package":"m/a"}
{"Action":"output","Package":"m/b","Output":"?   \tm/b\t[no test files]\n"}
{"Action":"skip","Package":"m/b"}
`

const failAndPanic = `
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"    a_test.go:3: want 1, have 2\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"output","Package":"m/a","Test":"TestHung","Output":"panic: test timed out\n"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.01s\n"}
{"Action":"fail","Package":"m/a"}
{"Action":"build-output","ImportPath":"m/c","Output":"c.go:1: syntax error\n"}
`

func read(t *testing.T, events string) (*report, string) {
	t.Helper()
	var out strings.Builder
	r := newReport(&out)
	require.NoError(t, r.read(strings.NewReader(events)))
	r.close()
	return r, out.String()
}

func TestReportNamesSkippedTestsByReason(t *testing.T) {
	r, out := read(t, passAndSkip)
	require.Equal(t, 1, r.skipped, "a package without tests is no skipped test")
	require.Equal(t, "ok  \tm/a\t0.01s\n"+
		"skipped 1: xmllint: not installed: a.TestSchema/one\n"+
		"1 passed, 0 failed, 1 skipped\n", out)
}

func TestReportShowsWhatFailed(t *testing.T) {
	r, out := read(t, failAndPanic)
	require.Equal(t, 1, r.failed)
	for _, line := range []string{"want 1, have 2", "panic: test timed out", "FAIL\tm/a", "syntax error"} {
		require.Contains(t, out, line)
	}
}

func TestReadRefusesWhatIsNotAnEvent(t *testing.T) {
	require.Error(t, newReport(&strings.Builder{}).read(strings.NewReader("{}\nnonsense\n")))
}
