package vsdm_test

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

// TestFlags is the table of gemILF_PS V2.17.0 for MODE_ONLINE_CHECK.
func TestFlags(t *testing.T) {
	type pair = vsdm.Flags
	both := pair{PerformOnlineCheck: true, ReadOnlineReceipt: true}
	neither := pair{}
	check := pair{PerformOnlineCheck: true}
	receipt := pair{ReadOnlineReceipt: true}
	cases := []struct {
		mode            vsdm.Mode
		none, good, bad pair
	}{
		{vsdm.ModeFirst, both, neither, both},
		{"", both, neither, both},
		{vsdm.ModeAlways, both, check, both},
		{vsdm.ModeUser, both, check, both},
		{vsdm.ModeNever, receipt, neither, receipt},
	}
	for _, c := range cases {
		got, err := c.mode.Flags(nil)
		require.NoError(t, err)
		require.Equal(t, c.none, got, "%s without receipt", c.mode)
		for e := vsdm.Ergebnis(0); e <= 7; e++ {
			want := c.bad
			if e == vsdm.ErgebnisUpdated || e == vsdm.ErgebnisNoUpdate {
				want = c.good
			}
			got, err := c.mode.Flags(&vsdm.Pruefungsnachweis{Ergebnis: e})
			require.NoError(t, err)
			require.Equal(t, want, got, "%s with stored %d", c.mode, e)
		}
	}
	_, err := vsdm.Mode("SOMETIMES").Flags(nil)
	require.ErrorIs(t, err, konnektor.KindRequest)
}

func TestFlagsCheck(t *testing.T) {
	for _, c := range []struct {
		perform, receipt, standalone, ok bool
	}{
		{false, false, false, true},
		{true, false, false, true},
		{true, true, false, true},
		{false, true, false, false}, // 3039, 3040
		{false, false, true, true},
		{false, true, true, true},
		{true, false, true, false},
		{true, true, true, false},
	} {
		err := vsdm.Flags{PerformOnlineCheck: c.perform, ReadOnlineReceipt: c.receipt}.Check(c.standalone)
		if c.ok {
			require.NoError(t, err, "%+v", c)
		} else {
			require.ErrorIs(t, err, konnektor.KindRequest, "%+v", c)
		}
	}
}
