package tsl_test

import (
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
