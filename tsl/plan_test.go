package tsl_test

import (
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

func chainFiles(t testing.TB, m *tsltest.Maker, changes int) []tsl.File {
	t.Helper()
	chain, err := m.Chain(changes)
	require.NoError(t, err)
	var files []tsl.File
	for i, list := range chain {
		files = append(files, tsl.File{Name: string(rune('a'+i)) + ".xml", Data: list.XML})
	}
	return files
}

func stepNames(p *tsl.Plan) string {
	var names []string
	for _, s := range p.Steps {
		names = append(names, strings.TrimSuffix(s.File, ".xml"))
	}
	return strings.Join(names, " ")
}

func TestPlanOverSeveralAnchorChanges(t *testing.T) {
	m := tsltest.New(t)
	files := chainFiles(t, m, 3)
	files[0], files[2] = files[2], files[0] // in no order
	p, err := tsl.MakePlan(m.State(), files, m.At())
	require.NoError(t, err)
	require.Equal(t, "a b c d", stepNames(p))
	require.Empty(t, p.Missing)
	require.Empty(t, p.NotUsed)
	fourth, err := m.Anchor(4)
	require.NoError(t, err)
	require.True(t, p.Final.Anchor.Equal(fourth.Certificate))
	words := strings.Join(p.Steps[0].Words(), "\n")
	require.Contains(t, words, "needs trust anchor LK.TSL-CA1")
	require.Contains(t, words, "brings trust anchor LK.TSL-CA2")
	require.Contains(t, words, "1009 the list should have been replaced")
	require.Contains(t, words, "expired on")
	require.Empty(t, p.Steps[3].Result.Warnings)

	_, _, err = m.State().Accept(files[3].Data, tsl.Options{At: m.At(), Historic: true})
	require.Error(t, err, "without the steps before it the newest list is refused")
}

func TestPlanWithAMissingList(t *testing.T) {
	m := tsltest.New(t)
	files := chainFiles(t, m, 3)
	p, err := tsl.MakePlan(m.State(), append(files[:1:1], files[2:]...), m.At())
	require.NoError(t, err)
	require.Equal(t, "a", stepNames(p))
	require.Contains(t, p.Missing, "LK.TSL-CA4")
	require.Len(t, p.NotUsed, 2)
}

func TestPlanTakesTheShortestWay(t *testing.T) {
	m := tsltest.New(t)
	second, err := m.Anchor(2)
	require.NoError(t, err)
	announce := []tsltest.Announcement{{Anchor: second, Active: m.At().Add(-20 * day)}}
	list := func(name string, s tsltest.Spec) tsl.File {
		return tsl.File{Name: name + ".xml", Data: makeList(t, m, s).XML}
	}
	files := []tsl.File{
		list("a", tsltest.Spec{Issued: m.At().Add(-90 * day)}),
		list("b", tsltest.Spec{Issued: m.At().Add(-80 * day), Announce: announce}),
		list("c", tsltest.Spec{Issued: m.At().Add(-70 * day), Announce: announce}),
		list("d", tsltest.Spec{Issued: m.At().Add(-20 * day), Generation: 2}),
		list("e", tsltest.Spec{Issued: m.At().Add(-day), Generation: 2}),
		{Name: "broken.xml", Data: replace("inaccord", "revoked")(list("x", tsltest.Spec{}).Data)},
		{Name: "page.xml", Data: []byte("<!DOCTYPE html>")},
		list("other", tsltest.Spec{Environment: tsl.Test}),
	}
	p, err := tsl.MakePlan(m.State(), files, m.At())
	require.NoError(t, err)
	require.Equal(t, "c e", stepNames(p))
	reasons := map[string]string{}
	for _, n := range p.NotUsed {
		reasons[n.File] = n.Reason
	}
	require.Len(t, reasons, 6)
	require.Contains(t, reasons["broken.xml"], "1013")
	require.Contains(t, reasons["page.xml"], "1011")
	require.Contains(t, reasons["other.xml"], "environment test")
	require.Contains(t, reasons["b.xml"], "not needed")

	device := m.State()
	device, _, err = device.Accept(files[3].Data, tsl.Options{At: m.At()})
	require.Error(t, err, "it does not know the anchor")
	device, _, err = device.Accept(files[2].Data, tsl.Options{At: m.At(), Historic: true})
	require.NoError(t, err)
	p, err = tsl.MakePlan(device, files, m.At())
	require.NoError(t, err)
	require.Equal(t, "e", stepNames(p), "the device knows the announcement")
}

func TestPlanWaitsForAnAnchor(t *testing.T) {
	m := tsltest.New(t)
	second, err := m.Anchor(2)
	require.NoError(t, err)
	active := m.At().Add(5 * day)
	files := []tsl.File{
		{Name: "a.xml", Data: makeList(t, m, tsltest.Spec{Announce: []tsltest.Announcement{{Anchor: second, Active: active}}}).XML},
		{Name: "b.xml", Data: makeList(t, m, tsltest.Spec{Generation: 2}).XML},
	}
	p, err := tsl.MakePlan(m.State(), files, m.At())
	require.NoError(t, err)
	require.Equal(t, "a b", stepNames(p))
	require.Zero(t, p.Steps[0].NotBefore)
	require.Equal(t, active, p.Steps[1].NotBefore)
	require.Contains(t, strings.Join(p.Steps[1].Words(), "\n"), "not before "+active.Format("2006-01-02T15:04:05Z"))
}

// TestPlanLeavesOutWhatOnlyLooksRight has an announcing list whose signer's
// certificate is not from the anchor that it names: names and keys fit, and the
// step turns out wrong.
func TestPlanLeavesOutWhatOnlyLooksRight(t *testing.T) {
	m := tsltest.New(t)
	second, err := m.Anchor(2)
	require.NoError(t, err)
	announce := []tsltest.Announcement{{Anchor: second, Active: m.At().Add(-day)}}
	signer, err := m.PKI().TSLSigner(m.PKI().TSLCA(1), certstest.BadSignature())
	require.NoError(t, err)
	files := []tsl.File{
		{Name: "a.xml", Data: makeList(t, m, tsltest.Spec{Announce: announce}).XML},
		{Name: "b.xml", Data: makeList(t, m, tsltest.Spec{Announce: announce, Signer: signer}).XML},
		{Name: "c.xml", Data: makeList(t, m, tsltest.Spec{Generation: 2}).XML},
	}
	p, err := tsl.MakePlan(m.State(), files, m.At())
	require.NoError(t, err)
	require.Equal(t, "a c", stepNames(p))
	require.Contains(t, p.NotUsed[0].Reason, "1024")
}

func TestPlanForADeviceThatIsUpToDate(t *testing.T) {
	m := tsltest.New(t)
	list := makeList(t, m, tsltest.Spec{})
	device, _, err := m.State().Accept(list.XML, tsl.Options{At: m.At()})
	require.NoError(t, err)
	p, err := tsl.MakePlan(device, []tsl.File{{Name: "a.xml", Data: list.XML}}, m.At())
	require.NoError(t, err)
	require.Empty(t, p.Steps)
	require.Empty(t, p.Missing)
	require.Equal(t, []tsl.NotUsed{{File: "a.xml", Kind: tsl.UnusedKnown, Reason: "the device has this list"}}, p.NotUsed)
	_, err = tsl.MakePlan(tsl.State{}, nil, m.At())
	require.ErrorIs(t, err, tsl.CodeAnchorMissing)
}

func TestPlanWithRealLists(t *testing.T) {
	device, err := tsl.NewState(tsl.Production)
	require.NoError(t, err)
	p, err := tsl.MakePlan(device, []tsl.File{
		{Name: "prod-10326.xml", Data: real(t, "prod-10326.xml")}, {Name: "prod-10291.xml", Data: real(t, "prod-10291.xml")},
		{Name: "ref-10699.xml", Data: real(t, "ref-10699.xml")},
	}, at(t, "2026-07-15T00:00:00Z"))
	require.NoError(t, err)
	require.Equal(t, "prod-10326", stepNames(p), "one anchor: the newest is enough")
	require.Len(t, p.NotUsed, 2)
	require.Equal(t, []*certs.Certificate{anchor(t, tsl.Production)}, []*certs.Certificate{p.Final.Anchor})
}
