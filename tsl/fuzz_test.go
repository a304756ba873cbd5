package tsl_test

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// seed is a list with one service, made once and kept in testdata: every
// process that fuzzes has to have the same one.
type seed struct {
	list, detached, anchor, root, roots []byte
}

func (s *seed) files() map[string]*[]byte {
	return map[string]*[]byte{
		"list.xml": &s.list, "list.sig": &s.detached, "anchor.der": &s.anchor, "root.der": &s.root, "roots.json": &s.roots,
	}
}

func readSeed(t testing.TB) (s seed) {
	t.Helper()
	for name, content := range s.files() {
		var err error
		*content, err = os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
	}
	return s
}

// options are those with which the seed is valid.
func (s *seed) options(t testing.TB) tsl.Options {
	t.Helper()
	anchor, err := certs.Parse(s.anchor)
	require.NoError(t, err)
	return tsl.Options{At: certstest.DefaultTime, Anchors: []*certs.Certificate{anchor}}
}

func TestSeed(t *testing.T) {
	if *update {
		m := tsltest.New(t)
		next, err := m.Anchor(2)
		require.NoError(t, err)
		list := makeList(t, m, tsltest.Spec{Services: m.Services()[4:6], Announce: []tsltest.Announcement{{Anchor: next, Active: m.At()}}})
		roots, err := m.PKI().RootsJSON()
		require.NoError(t, err)
		made := seed{list.XML, list.Detached, m.PKI().TSLCA(1).DER, m.PKI().Root(2).DER, roots}
		for name, content := range made.files() {
			require.NoError(t, os.WriteFile(filepath.Join("testdata", name), *content, 0o644))
		}
	}
	s := readSeed(t)
	o := s.options(t)
	o.Detached = s.detached
	r, err := tsl.Verify(s.list, o)
	require.NoError(t, err)
	require.NotNil(t, r.Announced)
	roots, err := tsl.ReadRoots(s.roots)
	require.NoError(t, err)
	reached, _, err := roots.Walk(sha256.Sum256(s.root), certstest.DefaultTime)
	require.NoError(t, err)
	require.Len(t, reached, 3)
}

// FuzzVerify wants every list that is accepted to say what was signed, and
// every other one to end in an *Error with a code.
func FuzzVerify(f *testing.F) {
	s := readSeed(f)
	o := s.options(f)
	signed, err := tsl.Verify(s.list, o)
	require.NoError(f, err)
	f.Add(s.list)
	for _, c := range cases(f) {
		if len(c.XML) < 1000 {
			f.Add(c.XML)
		}
	}
	for _, edit := range []func([]byte) []byte{
		replace("<SchemeInformation>", "<!-- x --><SchemeInformation>"), replace("LK TSL", "L&#75; <![CDATA[TSL]]>"),
		replace("<ds:SignatureValue>", "<ds:SignatureValue> "), replace("<ds:Object>", "<ds:Object>\n"), replace("inaccord", "revoked"),
	} {
		f.Add(edit(s.list))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := tsl.Verify(data, o)
		if err != nil {
			var e *tsl.Error
			require.ErrorAs(t, err, &e)
			require.NotZero(t, e.Code)
			_, _ = tsl.Peek(data)
			return
		}
		want := *signed.List
		want.Size, want.SHA256 = len(data), sha256.Sum256(data)
		require.Equal(t, &want, r.List)
		require.True(t, r.Signer.Equal(signed.Signer))
		require.Equal(t, signed.SigningTime, r.SigningTime)
		require.True(t, r.Announced.Certificate.Equal(signed.Announced.Certificate))
	})
}

func FuzzReadDetached(f *testing.F) {
	s := readSeed(f)
	genuine, err := tsl.ReadDetached(s.detached)
	require.NoError(f, err)
	f.Add(s.detached)
	f.Add([]byte("0\x0c0\x06\x06\x04*\x86H\xce\x03\x02\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := tsl.ReadDetached(data)
		if err != nil {
			var e *tsl.Error
			require.ErrorAs(t, err, &e)
			require.NotZero(t, e.Code)
			return
		}
		if d.Signer.Equal(genuine.Signer) {
			require.Error(t, d.Verify([]byte("other bytes")))
		}
	})
}

// FuzzReadRoots wants no root to be reached that the genuine file has not.
func FuzzReadRoots(f *testing.F) {
	s := readSeed(f)
	pin := sha256.Sum256(s.root)
	f.Add(s.roots)
	f.Add([]byte(`[{"cert":"","prev":"","next":""}]`))
	genuine := map[[sha256.Size]byte]bool{}
	roots, err := tsl.ReadRoots(s.roots)
	require.NoError(f, err)
	reached, _, err := roots.Walk(pin, certstest.DefaultTime)
	require.NoError(f, err)
	for _, r := range reached {
		genuine[sha256.Sum256(r.Certificate.Raw)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		roots, err := tsl.ReadRoots(data)
		if err != nil {
			require.ErrorIs(t, err, tsl.CodeCrossCertificate)
			return
		}
		reached, _, err := roots.Walk(pin, certstest.DefaultTime)
		if err != nil {
			return
		}
		for _, r := range reached {
			require.True(t, genuine[sha256.Sum256(r.Certificate.Raw)], "a root that nobody certified is reached")
		}
	})
}

func FuzzParseCVC(f *testing.F) {
	m := tsltest.New(f)
	for _, s := range verified(f, m, tsltest.Spec{}).List.In(tsl.GroupCVC) {
		f.Add(s.CVC)
	}
	f.Add([]byte("\x7f\x21\x82\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := tsl.ParseCVC(data)
		if err == nil {
			require.Len(t, c.Holder, 11)
			require.False(t, strings.ContainsAny(c.Holder, "\x00\n"))
		}
	})
}

// FuzzState wants every state that can be read to be written again as it is.
func FuzzState(f *testing.F) {
	s := readSeed(f)
	o := s.options(f)
	state := tsl.State{Environment: tsl.Production, Anchor: o.Anchors[0]}
	state, _, err := state.Accept(s.list, o)
	require.NoError(f, err)
	require.NotNil(f, state.Announced)
	text, err := json.Marshal(state)
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"anchor":"AAAA","announced":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var read, again tsl.State
		if json.Unmarshal(data, &read) != nil {
			return
		}
		text, err := json.Marshal(read)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, read, again)
	})
}
