package tsl_test

import (
	"crypto/sha256"
	"encoding/json"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

func TestRealRoots(t *testing.T) {
	roots, err := tsl.ReadRoots(real(t, "roots-prod.json"))
	require.NoError(t, err)
	pin, err := tsl.RootFingerprint(tsl.Production)
	require.NoError(t, err)
	reached, stopped, err := roots.Walk(pin, at(t, "2026-07-15T00:00:00Z"))
	require.NoError(t, err)
	require.Empty(t, stopped)
	require.Len(t, reached, 10)
	require.Equal(t, "RCA4", reached[0].Name)
	require.NoError(t, anchor(t, tsl.Production).CheckIssuedBy(reached[0].Certificate))
	for _, r := range reached {
		before := reached[0].Certificate
		for _, cross := range r.Way {
			require.NoError(t, cross.CheckIssuedBy(before))
			before = cross
		}
		require.Equal(t, before.RawSubjectPublicKeyInfo, r.Certificate.RawSubjectPublicKeyInfo)
	}
	other, err := tsl.RootFingerprint(tsl.Test)
	require.NoError(t, err)
	_, _, err = roots.Walk(other, at(t, "2026-07-15T00:00:00Z"))
	require.ErrorIs(t, err, tsl.CodeCrossCertificate)

	// RCA2 expires on 2026-12-07: the others stay.
	reached, stopped, err = roots.Walk(pin, at(t, "2027-01-15T00:00:00Z"))
	require.NoError(t, err)
	require.Len(t, reached, 9)
	require.Len(t, stopped, 1)
	require.Contains(t, stopped[0], "from RCA3 to GEM.RCA2")
}

func madeRoots(t testing.TB) (*certstest.PKI, []map[string]any) {
	t.Helper()
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	file, err := p.RootsJSON()
	require.NoError(t, err)
	var entries []map[string]any
	require.NoError(t, json.Unmarshal(file, &entries))
	return p, entries
}

func TestWalk(t *testing.T) {
	p, original := madeRoots(t)
	evil, _ := madeRoots(t)
	root4 := p.Root(4)
	leaf, err := p.TSLSigner(p.TSLCA(2))
	require.NoError(t, err)
	for _, c := range []struct {
		name    string
		change  func(e []map[string]any) []map[string]any
		reached int
		stopped string
	}{
		{"whole", func(e []map[string]any) []map[string]any { return e }, 3, ""},
		{"in another order", func(e []map[string]any) []map[string]any { e[0], e[2] = e[2], e[0]; return e }, 3, ""},
		{"cross certificate missing", func(e []map[string]any) []map[string]any { e[1]["next"] = ""; return e }, 2, ""},
		{"root of another PKI", func(e []map[string]any) []map[string]any { e[2]["cert"] = evil.Root(4).DER; return e }, 2, "no root of this name and key"},
		{"cross certificate of another PKI", func(e []map[string]any) []map[string]any { e[1]["next"] = evil.Root(3).Next.DER; return e }, 2, "issue"},
		{"cross certificate is no CA", func(e []map[string]any) []map[string]any { e[2]["next"] = leaf.DER; return e }, 3, "issue"},
		{"root instead of cross certificate", func(e []map[string]any) []map[string]any { e[1]["next"] = root4.DER; return e }, 2, "issue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := json.Marshal(original)
			require.NoError(t, err)
			var entries []map[string]any
			require.NoError(t, json.Unmarshal(text, &entries))
			file, err := json.Marshal(c.change(entries))
			require.NoError(t, err)
			roots, err := tsl.ReadRoots(file)
			require.NoError(t, err)
			reached, stopped, err := roots.Walk(sha256.Sum256(p.Root(2).DER), p.At())
			require.NoError(t, err)
			require.Len(t, reached, c.reached)
			if c.stopped == "" {
				require.Empty(t, stopped)
				return
			}
			require.Len(t, stopped, 1)
			require.Contains(t, stopped[0], c.stopped)
		})
	}
}

func TestReadRootsRefuses(t *testing.T) {
	for _, file := range []string{"", "null", "[]", "{}", "[{}]", `[{"cert":"AAAA"}]`, `[{"cert":"*"}]`, "<html>", "[[[[[[[[", `[{"cert":1}]`} {
		_, err := tsl.ReadRoots([]byte(file))
		require.ErrorIs(t, err, tsl.CodeCrossCertificate, file)
	}
	_, err := tsl.ReadRoots(make([]byte, 2<<20))
	require.ErrorIs(t, err, tsl.ErrTooLarge)
	_, err = tsl.RootFingerprint(tsl.UnknownEnvironment)
	require.Error(t, err)
}
