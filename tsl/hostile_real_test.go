//go:build !race

package tsl_test

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
)

// The real lists are large: with the race detector these would take minutes.

func TestTruncatedRealLists(t *testing.T) {
	for _, r := range realLists {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			truncate(t, real(t, r.file), tsl.Options{At: at(t, r.issued), Environment: r.environment})
		})
	}
}

func TestFlippedBytesOfRealLists(t *testing.T) {
	for _, r := range realLists {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			flip(t, real(t, r.file), tsl.Options{At: at(t, r.issued), Environment: r.environment}, 1)
		})
	}
}
