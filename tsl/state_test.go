package tsl_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

const day = 24 * time.Hour

func makeList(t testing.TB, m *tsltest.Maker, s tsltest.Spec) *tsltest.List {
	t.Helper()
	list, err := m.List(s)
	require.NoError(t, err)
	return list
}

// TestAnchorChangeIsFollowed goes through TUC_PKI_013: announced, not yet in
// force, in force, and the old anchor gone.
func TestAnchorChangeIsFollowed(t *testing.T) {
	m := tsltest.New(t)
	next, err := m.Anchor(2)
	require.NoError(t, err)
	active := m.At().Add(10 * day)
	announcing := makeList(t, m, tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: next, Active: active}}})
	old := makeList(t, m, tsltest.Spec{Issued: m.At()})
	early := makeList(t, m, tsltest.Spec{Issued: m.At(), Generation: 2})
	o := tsl.Options{At: m.At()}

	s := m.State()
	_, _, err = s.Accept(early.XML, o)
	require.ErrorIs(t, err, tsl.CodeAnchorUnknown, "nobody has announced it")
	s, r, err := s.Accept(announcing.XML, o)
	require.NoError(t, err)
	require.True(t, r.Announced.Certificate.Equal(next.Certificate))
	require.Equal(t, active, r.Announced.Active)
	require.Same(t, s.Announced, r.Announced)
	require.True(t, s.AnchorAt(active.Add(-time.Second)).Equal(m.State().Anchor))
	require.True(t, s.AnchorAt(active).Equal(next.Certificate))

	_, _, err = s.Accept(early.XML, o)
	require.ErrorIs(t, err, tsl.CodeAnchorUnknown, "it is not in force yet")
	s, r, err = s.Accept(announcing.XML, o)
	require.NoError(t, err)
	require.True(t, r.Same)
	s, _, err = s.Accept(old.XML, o)
	require.NoError(t, err, "the old anchor is in force")
	require.NotNil(t, s.Announced, "a list that announces nothing leaves the announcement as it is")

	o.At = active
	late := makeList(t, m, tsltest.Spec{Issued: m.At()})
	_, _, err = s.Accept(late.XML, o)
	require.ErrorIs(t, err, tsl.CodeAnchorUnknown, "the old anchor is no longer in force")
	first := makeList(t, m, tsltest.Spec{Issued: m.At(), Generation: 2})
	s, _, err = s.Accept(first.XML, o)
	require.NoError(t, err)
	require.True(t, s.Anchor.Equal(next.Certificate))
	require.Nil(t, s.Announced)
	require.Equal(t, first.Sequence, s.List.Sequence)
}

func TestLaterAnnouncementTakesOver(t *testing.T) {
	m := tsltest.New(t)
	second, err := m.Anchor(2)
	require.NoError(t, err)
	third, err := m.Anchor(3)
	require.NoError(t, err)
	s, o := m.State(), tsl.Options{At: m.At()}
	for _, a := range []tsltest.Announcement{{Anchor: second, Active: m.At().Add(day)}, {Anchor: third, Active: m.At().Add(2 * day)}} {
		s, _, err = s.Accept(makeList(t, m, tsltest.Spec{Announce: []tsltest.Announcement{a}}).XML, o)
		require.NoError(t, err)
	}
	require.True(t, s.Announced.Certificate.Equal(third.Certificate))
}

func TestStateInJSON(t *testing.T) {
	m := tsltest.New(t)
	next, err := m.Anchor(2)
	require.NoError(t, err)
	s, _, err := m.State().Accept(makeList(t, m, tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: next, Active: m.At().Add(day)}}}).XML, tsl.Options{At: m.At()})
	require.NoError(t, err)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	var read tsl.State
	require.NoError(t, json.Unmarshal(text, &read))
	require.True(t, read.Anchor.Equal(s.Anchor))
	require.True(t, read.Announced.Certificate.Equal(s.Announced.Certificate))
	require.Equal(t, s.Announced.Active, read.Announced.Active)
	require.Equal(t, s.List, read.List)

	_, err = json.Marshal(tsl.State{})
	require.Error(t, err)
	for _, bad := range []string{"{}", `{"anchor":"AAAA"}`, "[]", `{"anchor":1}`} {
		require.Error(t, json.Unmarshal([]byte(bad), &read), bad)
	}
	start, err := tsl.NewState(tsl.Reference)
	require.NoError(t, err)
	require.Equal(t, "GEM.TSL-CA28 TEST-ONLY", start.Anchor.Subject.CommonName)
	_, err = tsl.NewState(tsl.UnknownEnvironment)
	require.Error(t, err)
}

func TestStateWithoutAnchor(t *testing.T) {
	m := tsltest.New(t)
	_, _, err := tsl.State{}.Accept(makeList(t, m, tsltest.Spec{}).XML, tsl.Options{At: m.At()})
	require.ErrorIs(t, err, tsl.CodeAnchorMissing)
}
