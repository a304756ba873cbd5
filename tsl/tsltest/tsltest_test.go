package tsltest_test

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

func TestListsAreValid(t *testing.T) {
	for _, e := range []tsl.Environment{tsl.Production, tsl.Reference, tsl.Test} {
		m, err := tsltest.Make(tsltest.MakerOptions{Environment: e})
		require.NoError(t, err)
		list, err := m.List(tsltest.Spec{})
		require.NoError(t, err)
		o := m.Options()
		o.Detached = list.Detached
		r, err := tsl.Verify(list.XML, o)
		require.NoError(t, err)
		require.Equal(t, e, r.List.Environment)
		require.Equal(t, list.Sequence, r.List.Sequence)
		require.Equal(t, list.ID, r.List.ID)
		require.Len(t, r.List.Services, len(m.Services()))
		require.Empty(t, r.Warnings)
		require.True(t, r.Detached)
		for _, s := range r.List.In(tsl.GroupCVC) {
			_, err := tsl.ParseCVC(s.CVC)
			require.NoError(t, err)
		}
	}
}
