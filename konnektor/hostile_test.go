package konnektor_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// refusing is an address of this machine where nobody listens.
func refusing(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
