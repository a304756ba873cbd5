//go:build !race

package tsl_test

import (
	"runtime"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

// TestMemory holds what verifying a real list allocates against the size of the
// file: at most 12 times as much is the aim.
func TestMemory(t *testing.T) {
	data := real(t, "prod-10326.xml")
	o := tsl.Options{At: at(t, "2026-07-15T00:00:00Z")}
	_, err := tsl.Verify(data, o) // the anchor is parsed once
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = tsl.Verify(data, o)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	used := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(data))
	t.Logf("%.1f times the file", used)
	require.Less(t, used, 12.0)
}
