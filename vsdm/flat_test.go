//go:build unix

package vsdm_test

import (
	"runtime"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

// TestMemoryStaysFlat makes a thousand reads from a server in another process:
// what the client holds afterwards is what it held after the first few.
func TestMemoryStaysFlat(t *testing.T) {
	url, cert := startBenchServer(t, benchAnswer(t))
	client, err := konnektor.New(konnektor.Config{
		URL: url, Call: benchCall,
		Trust: konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(cert)}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	read := func(times int) (held uint64, goroutines int) {
		for range times {
			_, err := vsdm.Read(t.Context(), client, vsdm.Request{EGK: benchEGK, SMCB: benchSMCB})
			require.NoError(t, err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what sync.Pool kept goes with the second
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	before, goroutines := read(50)
	after, now := read(1000)
	require.LessOrEqual(t, after, before+64<<10, "64 bytes a read would be seen")
	require.LessOrEqual(t, now, goroutines)
}
