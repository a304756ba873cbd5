//go:build !race

package tsl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

// BenchmarkVerify is parsing and verifying the production list, 648 kB.
func BenchmarkVerify(b *testing.B) {
	data := real(b, "prod-10326.xml")
	o := tsl.Options{At: at(b, "2026-07-15T00:00:00Z")}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := tsl.Verify(data, o)
		require.NoError(b, err)
	}
}

// BenchmarkVerifyBesideXmlsec1 takes turns with the xmlsec1 process, so that
// both have the same machine. The aim is a ratio of at most 0.5.
func BenchmarkVerifyBesideXmlsec1(b *testing.B) {
	judge := newXmlsec(b)
	data := real(b, "prod-10326.xml")
	file := filepath.Join(b.TempDir(), "list.xml")
	require.NoError(b, os.WriteFile(file, data, 0o600))
	args := judge.signatureOnly(b, data)
	o := tsl.Options{At: at(b, "2026-07-15T00:00:00Z")}
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		_, err := tsl.Verify(data, o)
		ours += time.Since(start)
		require.NoError(b, err)
		start = time.Now()
		err = exec.Command(judge.path, append(args, file)...).Run()
		theirs += time.Since(start)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "of-xmlsec1")
	b.ReportMetric(float64(ours.Microseconds())/1000/float64(b.N), "ours-ms/op")
	b.ReportMetric(float64(theirs.Microseconds())/1000/float64(b.N), "xmlsec1-ms/op")
}
