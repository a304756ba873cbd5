package tsl_test

import (
	"errors"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

func cases(t testing.TB) []tsltest.Case {
	t.Helper()
	all, err := tsltest.New(t).Cases()
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

// TestCasesBeforeXmlsec1 has the verdict of xmlsec1 on every case: what we take
// it takes, and what it takes and we do not, we refuse for a reason of ours.
func TestCasesBeforeXmlsec1(t *testing.T) {
	judge := newXmlsec(t)
	for _, c := range cases(t) {
		if len(c.XML) > tsl.MaxSize {
			continue // it has a limit of its own
		}
		t.Run(c.Name, func(t *testing.T) {
			good := judge.accepts(t, judge.signatureOnly(t, c.XML), c.XML)
			require.Equal(t, c.Good, good)
			if c.Code == 0 {
				require.True(t, good)
			}
		})
	}
}
