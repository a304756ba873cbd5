package vsdm_test

import (
	"fmt"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

func TestCheckKVNR(t *testing.T) {
	// Made-up numbers, the check digits worked out by hand.
	cases := map[konnektor.KVNR]error{
		"A123456780":  nil, // 0 2 | 1 4 3 8 5 3 7 7 = 40
		"A123456781":  vsdm.ErrKVNRCheckDigit,
		"A000000002":  nil, // 0 2 = 2
		"Z000000005":  nil, // 2 3 (12) = 5
		"B213456780":  vsdm.ErrKVNRCheckDigit,
		"a123456780":  vsdm.ErrKVNRForm,
		"Ä12345678":   vsdm.ErrKVNRForm,
		"A12345678":   vsdm.ErrKVNRForm,
		"A1234567800": vsdm.ErrKVNRForm,
		"A12345678X":  vsdm.ErrKVNRForm,
		"A1234X6780":  vsdm.ErrKVNRForm,
		"1123456780":  vsdm.ErrKVNRForm,
		"":            vsdm.ErrKVNRForm,
	}
	for k, want := range cases {
		if want == nil {
			require.NoError(t, vsdm.CheckKVNR(k), string(k))
		} else {
			require.ErrorIs(t, vsdm.CheckKVNR(k), want, string(k))
		}
	}
}

// TestCheckKVNRAgainstSimulator holds the rule against the one by which the
// simulator makes numbers, and against every other check digit.
func TestCheckKVNRAgainstSimulator(t *testing.T) {
	for letter := byte('A'); letter <= 'Z'; letter++ {
		for n := range 40 {
			k := vsdmtest.KVNR(letter, n*2468013)
			require.NoError(t, vsdm.CheckKVNR(k), string(k))
			for digit := byte('0'); digit <= '9'; digit++ {
				other := konnektor.KVNR(fmt.Sprintf("%s%c", string(k[:9]), digit))
				if other != k {
					require.ErrorIs(t, vsdm.CheckKVNR(other), vsdm.ErrKVNRCheckDigit, string(other))
				}
			}
		}
	}
}
