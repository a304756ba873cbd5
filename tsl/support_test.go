package tsl_test

import (
	"bytes"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

func anchor(t testing.TB, e tsl.Environment) *certs.Certificate {
	t.Helper()
	a, err := tsl.AnchorOf(e)
	require.NoError(t, err)
	return a
}

func with(e tsl.Environment, anchors ...*certs.Certificate) tsl.Options {
	return tsl.Options{Environment: e, Anchors: anchors}
}

// replace makes a change: the first old becomes new.
func replace(old, new string) func([]byte) []byte {
	return func(x []byte) []byte { return bytes.Replace(x, []byte(old), []byte(new), 1) }
}
