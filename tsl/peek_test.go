package tsl_test

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

func TestCheckTimeIsAskedFor(t *testing.T) {
	_, err := tsl.Verify(nil, tsl.Options{})
	require.ErrorIs(t, err, tsl.ErrCheckTime)
	_, err = tsl.MakePlan(tsl.State{}, nil, tsl.Options{}.At)
	require.ErrorIs(t, err, tsl.ErrCheckTime)
}

func TestPeekTellsDamageFromAnotherAnchor(t *testing.T) {
	m := tsltest.New(t)
	next, err := m.Anchor(2)
	require.NoError(t, err)
	list, err := m.List(tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: next, Active: m.At()}}})
	require.NoError(t, err)
	u, err := tsl.Peek(list.XML)
	require.NoError(t, err)
	require.NoError(t, u.Damage)
	require.Equal(t, list.ID, u.ID)
	require.Equal(t, tsl.Production, u.Environment)
	require.True(t, u.Signer.Equal(list.Signer.Certificate))
	require.Len(t, u.Announces, 1)

	u, err = tsl.Peek(replace("inaccord", "revoked")(list.XML))
	require.NoError(t, err)
	require.ErrorIs(t, u.Damage, tsl.CodeSignature)
	_, err = tsl.Peek([]byte("<html/>"))
	require.ErrorIs(t, err, tsl.CodeSchema)
}
