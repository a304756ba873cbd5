package tsl_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

// allCases are made once: keys and signatures take their time.
var allCases = sync.OnceValues(func() ([]tsltest.Case, error) {
	m, err := tsltest.Make(tsltest.MakerOptions{})
	if err != nil {
		return nil, err
	}
	return m.Cases()
})

func cases(t testing.TB) []tsltest.Case {
	t.Helper()
	all, err := allCases()
	require.NoError(t, err)
	return all
}

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases(t) {
		require.False(t, seen[c.Name], "case %q exists twice", c.Name)
		seen[c.Name] = true
		t.Run(c.Name, func(t *testing.T) {
			r, err := tsl.Verify(c.XML, c.Options)
			if c.Code != 0 {
				require.ErrorIs(t, err, c.Code)
				require.Nil(t, r)
				var e *tsl.Error
				require.True(t, errors.As(err, &e))
				require.NotEmpty(t, e.Reason)
				return
			}
			require.NoError(t, err)
			if c.Warning == 0 {
				require.Empty(t, r.Warnings)
				return
			}
			require.NotEmpty(t, r.Warnings)
			require.Equal(t, c.Warning, r.Warnings[0].Code)
		})
	}
}
