package operations_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// lists is a maker of trust lists with a folder for them.
type lists struct {
	*tsltest.Maker
	dir, anchor string
	session     *operations.Session
}

func newLists(t *testing.T) *lists {
	t.Helper()
	l := &lists{Maker: tsltest.New(t), dir: t.TempDir(), session: operations.NewFiles()}
	t.Cleanup(func() { require.NoError(t, l.session.Close()) })
	anchor, err := l.Anchor(1)
	require.NoError(t, err)
	l.anchor = l.file(t, "anchor.der", anchor.DER)
	return l
}

func (l *lists) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(l.dir, name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func (l *lists) make(t *testing.T, s tsltest.Spec) *tsltest.List {
	t.Helper()
	list, err := l.List(s)
	require.NoError(t, err)
	return list
}

// verdictJSON is what the tests look at.
type verdictJSON struct {
	Verdict   string `json:"verdict"`
	VerdictDE string `json:"verdict_de"`
	Code      int64  `json:"code"`
	Reason    string `json:"reason"`
	TextDE    string `json:"text_de"`
	AdviceDE  string `json:"advice_de"`
	Same      bool   `json:"same"`
	Detached  bool   `json:"detached"`
	List      *struct {
		Sequence int64  `json:"sequence"`
		Anchor   string `json:"anchor"`
	} `json:"list"`
	Claims *struct {
		Sequence int64 `json:"sequence"`
		Damaged  bool  `json:"damaged"`
	} `json:"claims"`
	Written  bool `json:"written"`
	Services []struct {
		Group string `json:"group"`
		Name  string `json:"name"`
	} `json:"services"`
	Ends []struct {
		WhatDE string `json:"what_de"`
	} `json:"ends"`
	Notes []struct {
		Code int64 `json:"code"`
	} `json:"notes"`
}

// ask calls an operation on files with the anchor of the maker.
func (l *lists) ask(t *testing.T, name string, request map[string]any) []byte {
	t.Helper()
	answer, err := l.session.Call(t.Context(), name, l.request(t, request))
	require.NoError(t, err)
	fits(t, name, answer)
	return answer
}

func (l *lists) request(t *testing.T, request map[string]any) []byte {
	t.Helper()
	full := map[string]any{"anchor": l.anchor, "at": l.At().Format(time.RFC3339)}
	for name, value := range request {
		full[name] = value
	}
	raw, err := json.Marshal(full)
	require.NoError(t, err)
	return raw
}

func (l *lists) verdict(t *testing.T, name string, request map[string]any) verdictJSON {
	t.Helper()
	var v verdictJSON
	require.NoError(t, json.Unmarshal(l.ask(t, name, request), &v))
	require.NotEmpty(t, v.VerdictDE)
	if v.Verdict != "valid" {
		require.NotEmpty(t, v.Reason)
		require.NotEmpty(t, v.TextDE)
		require.NotEmpty(t, v.AdviceDE)
		require.Nil(t, v.List, "nothing unverified is shown as the list")
	}
	return v
}

func TestTSLVerify(t *testing.T) {
	l := newLists(t)
	older, newer := l.make(t, tsltest.Spec{Sequence: 10400}), l.make(t, tsltest.Spec{Sequence: 10401})
	oldFile, newFile := l.file(t, "old.xml", older.XML), l.file(t, "new.xml", newer.XML)
	broken := l.file(t, "broken.xml", append([]byte("<!-- -->"), newer.XML[:len(newer.XML)/2]...))
	altered := l.make(t, tsltest.Spec{Sequence: 10402})
	altered.XML[len(altered.XML)/3] ^= 1
	for name, c := range map[string]struct {
		request map[string]any
		want    verdictJSON
	}{
		"valid":           {map[string]any{"path": newFile, "stored": oldFile, "detached": l.file(t, "new.sig", newer.Detached)}, verdictJSON{Verdict: "valid", Detached: true}},
		"the same":        {map[string]any{"path": newFile, "stored": newFile}, verdictJSON{Verdict: "valid", Same: true}},
		"older":           {map[string]any{"path": oldFile, "stored": newFile}, verdictJSON{Verdict: "refused", Code: 1007}},
		"beyond grace":    {map[string]any{"path": newFile, "at": "2027-07-15"}, verdictJSON{Verdict: "refused", Code: 1009}},
		"other .sig":      {map[string]any{"path": newFile, "detached": l.file(t, "old.sig", older.Detached)}, verdictJSON{Verdict: "refused", Code: 1013}},
		"other list":      {map[string]any{"path": newFile, "environment": "ref"}, verdictJSON{Verdict: "refused", Code: 1007}},
		"built-in anchor": {map[string]any{"path": newFile, "anchor": ""}, verdictJSON{Verdict: "refused", Code: 1027}},
		"half of it":      {map[string]any{"path": broken}, verdictJSON{Verdict: "unreadable", Code: 1011}},
		"HTML":            {map[string]any{"path": l.file(t, "x.html", []byte("<html><body>404</body></html>"))}, verdictJSON{Verdict: "unreadable", Code: 1012}},
	} {
		t.Run(name, func(t *testing.T) {
			v := l.verdict(t, "tsl.verify", c.request)
			require.Equal(t, c.want.Verdict, v.Verdict, v.Reason)
			require.Equal(t, c.want.Code, v.Code)
			require.Equal(t, c.want.Same, v.Same)
			require.Equal(t, c.want.Detached, v.Detached)
			require.Equal(t, v.Verdict == "refused", v.Claims != nil)
			if v.Claims != nil {
				require.False(t, v.Claims.Damaged)
			}
		})
	}
	v := l.verdict(t, "tsl.verify", map[string]any{"path": l.file(t, "altered.xml", altered.XML)})
	require.NotEqual(t, "valid", v.Verdict)
}

// With an OCSP answer the status of the signer counts.
func TestTSLVerifyWithOCSP(t *testing.T) {
	l := newLists(t)
	list, ca := l.make(t, tsltest.Spec{}), l.PKI().TSLCA(1)
	by, err := l.PKI().OCSPSigner(ca)
	require.NoError(t, err)
	request, err := certs.NewOCSPRequest(list.Signer.Certificate, ca.Certificate)
	require.NoError(t, err)
	der, err := request.Marshal()
	require.NoError(t, err)
	file := l.file(t, "list.xml", list.XML)
	verify := func(change func(*certstest.OCSPAnswer)) verdictJSON {
		responder := certstest.NewResponder(ca, by, l.At)
		responder.Add(list.Signer)
		responder.Change(change)
		answer, err := responder.Answer(der)
		require.NoError(t, err)
		return l.verdict(t, "tsl.verify", map[string]any{"path": file, "ocsp": l.file(t, "list.ocsp", answer)})
	}
	require.Equal(t, "valid", verify(nil).Verdict)
	v := verify(func(a *certstest.OCSPAnswer) { a.Status, a.RevokedAt = certs.OCSPRevoked, l.At().Add(-time.Hour) })
	require.Equal(t, "refused", v.Verdict)
	require.EqualValues(t, 1047, v.Code)
	require.Equal(t, "Das Zertifikat des Unterzeichners ist gesperrt.", v.TextDE)
	v = l.verdict(t, "tsl.verify", map[string]any{"path": file, "ocsp": l.anchor})
	require.Equal(t, "refused", v.Verdict)
	require.EqualValues(t, 1029, v.Code)
}

// Every case of tsltest ends as it says, through the operation as well.
func TestTSLVerifyCases(t *testing.T) {
	l := newLists(t)
	cases, err := l.Cases()
	require.NoError(t, err)
	require.Greater(t, len(cases), 20)
	for _, c := range cases {
		if c.Options.Historic || c.Options.Stored != nil || c.Options.Detached != nil || len(c.Options.Anchors) != 1 {
			continue // not what a request can say
		}
		if len(c.XML) == 0 || len(c.XML) > tsl.MaxSize {
			continue // the file is refused before: TestFilesThatCannotBeUsed
		}
		if c.Options.Grace != 0 {
			continue // the operation has the Konnektor's default grace period only
		}
		t.Run(c.Name, func(t *testing.T) {
			request := map[string]any{
				"path": l.file(t, "case.xml", c.XML), "anchor": l.file(t, "case.der", c.Options.Anchors[0].Raw),
				"at": c.Options.At.Format(time.RFC3339Nano),
			}
			if c.Options.Environment != "" {
				request["environment"] = string(c.Options.Environment)
			}
			v := l.verdict(t, "tsl.verify", request)
			require.Equal(t, c.Code == 0, v.Verdict == "valid", v.Reason)
			require.EqualValues(t, c.Code, v.Code)
		})
	}
}

func TestTSLShow(t *testing.T) {
	l := newLists(t)
	file := l.file(t, "list.xml", l.make(t, tsltest.Spec{}).XML)
	v := l.verdict(t, "tsl.show", map[string]any{"path": file, "at": "2030-01-01", "outlook_days": 3660})
	require.Equal(t, "valid", v.Verdict, "judged at its own time")
	require.EqualValues(t, 1009, v.Notes[len(v.Notes)-1].Code)
	require.Equal(t, "richtig unterschrieben, aber abgelaufen", v.VerdictDE)
	require.NotEmpty(t, v.Ends)
	all := len(v.Services)
	require.GreaterOrEqual(t, all, len(l.Services()), "one entry a certificate")

	v = l.verdict(t, "tsl.show", map[string]any{"path": file, "group": "cvc-root"})
	require.NotEmpty(t, v.Services)
	require.Less(t, len(v.Services), all)
	for _, s := range v.Services {
		require.Equal(t, "cvc-root", s.Group)
	}
	v = l.verdict(t, "tsl.show", map[string]any{"path": file, "anchor": ""})
	require.Equal(t, "refused", v.Verdict)
	require.Empty(t, v.Services, "of a refused list nothing is shown as its content")
}

func TestTSLDiff(t *testing.T) {
	l := newLists(t)
	services := l.Services()
	before := l.file(t, "before.xml", l.make(t, tsltest.Spec{}).XML)
	services[0].Status = tsl.StatusRevoked
	after := l.file(t, "after.xml", l.make(t, tsltest.Spec{Services: services[:len(services)-1]}).XML)
	var d struct {
		SummaryDE string `json:"summary_de"`
		Changes   []struct{ Kind, Group, Name string }
	}
	require.NoError(t, json.Unmarshal(l.ask(t, "tsl.diff", map[string]any{"old": before, "new": after}), &d))
	require.Contains(t, d.SummaryDE, "1 entfallen, 1 gesperrt.")
	require.Len(t, d.Changes, 2)
	require.Equal(t, "revoked", d.Changes[0].Kind)
	require.Equal(t, "ca", d.Changes[0].Group)

	_, err := l.session.Call(t.Context(), "tsl.diff", l.request(t, map[string]any{"old": before, "new": after, "anchor": ""}))
	e := failure(t, err)
	require.Equal(t, operations.KindTrustList, e.Kind)
	require.EqualValues(t, 1027, e.Code)
	require.Equal(t, "old", e.Field)
}

func TestTSLPlan(t *testing.T) {
	l := newLists(t)
	chain, err := l.Chain(2)
	require.NoError(t, err)
	var paths []string
	for i := len(chain) - 1; i >= 0; i-- {
		paths = append(paths, l.file(t, "chain"+string(rune('0'+i))+".xml", chain[i].XML))
	}
	paths = append(paths, l.file(t, "page.xml", []byte("<html/>")))
	type planJSON struct {
		SummaryDE string `json:"summary_de"`
		MissingDE string `json:"missing_de"`
		Sequence  int64  `json:"sequence"`
		Steps     []struct {
			Path, Needs, Brings string
			TextDE              string `json:"text_de"`
		}
		Unused []struct {
			ReasonDE string `json:"reason_de"`
		}
	}
	var p planJSON
	require.NoError(t, json.Unmarshal(l.ask(t, "tsl.plan", map[string]any{"paths": paths}), &p))
	require.Len(t, p.Steps, 3)
	require.Equal(t, paths[2], p.Steps[0].Path, "the oldest first")
	require.NotEmpty(t, p.Steps[0].Brings)
	require.Equal(t, p.Steps[0].Brings, p.Steps[1].Needs)
	require.EqualValues(t, chain[2].Sequence, p.Sequence)
	require.Equal(t, "ist keine Vertrauensliste oder beschädigt", p.Unused[0].ReasonDE)

	p = planJSON{}
	require.NoError(t, json.Unmarshal(l.ask(t, "tsl.plan", map[string]any{"paths": paths[:1]}), &p))
	require.Empty(t, p.Steps)
	require.NotEmpty(t, p.MissingDE)

	p = planJSON{}
	require.NoError(t, json.Unmarshal(l.ask(t, "tsl.plan", map[string]any{"paths": paths, "stored": paths[2]}), &p))
	require.Len(t, p.Steps, 2, "the device has the first")

	for name, request := range map[string]map[string]any{
		"no file":          {"paths": []string{}},
		"sequence alone":   {"paths": paths, "sequence": 10400},
		"stored and an Id": {"paths": paths, "sequence": 10400, "id": "x", "stored": paths[0]},
	} {
		_, err := l.session.Call(t.Context(), "tsl.plan", l.request(t, request))
		require.Equal(t, konnektor.KindRequest, failure(t, err).Kind, name)
	}
}

func TestTSLFetch(t *testing.T) {
	l := newLists(t)
	served := map[string][]byte{}
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		data, ok := served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	serve := func(list *tsltest.List) { served["/list.xml"], served["/list.sig"] = list.XML, list.Detached }
	target := filepath.Join(l.dir, "kept.xml")
	request := map[string]any{"path": target, "urls": []string{server.URL + "/none.xml", server.URL + "/list.xml"}}

	first := l.make(t, tsltest.Spec{Sequence: 10400})
	serve(first)
	v := l.verdict(t, "tsl.fetch", request)
	require.Equal(t, "valid", v.Verdict, v.Reason)
	require.True(t, v.Written)
	require.True(t, v.Detached)
	kept, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, first.XML, kept)

	v = l.verdict(t, "tsl.fetch", request)
	require.True(t, v.Same)
	require.False(t, v.Written)

	serve(l.make(t, tsltest.Spec{Sequence: 10399}))
	v = l.verdict(t, "tsl.fetch", request)
	require.Equal(t, "refused", v.Verdict, "a server that goes back")
	require.EqualValues(t, 1007, v.Code)

	second := l.make(t, tsltest.Spec{Sequence: 10401})
	serve(second)
	v = l.verdict(t, "tsl.fetch", request)
	require.True(t, v.Written)
	kept, err = os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, second.XML, kept)

	delete(served, "/list.xml")
	_, err = l.session.Call(t.Context(), "tsl.fetch", l.request(t, request))
	e := failure(t, err)
	require.Equal(t, operations.KindDownload, e.Kind)
	require.EqualValues(t, 1006, e.Code)
	require.True(t, e.Repeatable)
	after, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, kept, after, "what is there stays")
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	l := newLists(t)
	huge := l.file(t, "huge.xml", nil)
	require.NoError(t, os.Truncate(huge, 1<<30))
	good := l.file(t, "good.xml", l.make(t, tsltest.Spec{}).XML)
	for name, c := range map[string]struct {
		request map[string]any
		kind    konnektor.Kind
		field   string
	}{
		"missing":          {map[string]any{"path": filepath.Join(l.dir, "canary")}, operations.KindFile, "path"},
		"a folder":         {map[string]any{"path": l.dir}, operations.KindFile, "path"},
		"a device":         {map[string]any{"path": os.DevNull}, operations.KindFile, "path"},
		"1 GiB":            {map[string]any{"path": huge}, operations.KindFile, "path"},
		"empty":            {map[string]any{"path": l.file(t, "empty.xml", nil)}, operations.KindFile, "path"},
		"no name":          {map[string]any{"path": ""}, konnektor.KindRequest, "path"},
		"no time":          {map[string]any{"path": good, "at": "morgen"}, konnektor.KindRequest, "at"},
		"anchor is a list": {map[string]any{"path": good, "anchor": good}, operations.KindFormat, "anchor"},
		"stored is none":   {map[string]any{"path": good, "stored": l.anchor}, operations.KindTrustList, "stored"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.session.Call(t.Context(), "tsl.verify", l.request(t, c.request))
			e := failure(t, err)
			require.Equal(t, c.kind, e.Kind, "%s", e.JSON())
			require.Equal(t, c.field, e.Field)
			require.NotContains(t, string(e.JSON()), "canary", "no path in an error")
		})
	}
}

func TestSessionForFilesOnly(t *testing.T) {
	s, err := operations.Open([]byte(`{"url":"", "files_only":true}`), nil)
	require.NoError(t, err)
	e := fail(t, s, "cards", ``)
	require.Equal(t, konnektor.KindConfig, e.Kind)
	require.Equal(t, operations.KindFile, fail(t, s, "tsl.show", `{"path":"/nonexistent"}`).Kind)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.Equal(t, operations.KindClosed, fail(t, s, "tsl.show", `{"path":"/nonexistent"}`).Kind)
	for _, config := range []string{
		`{"files_only":false}`, `{"files_only":true,"timeout":"5s"}`, `{"files_only":true,"url":"https://192.0.2.7"}`, `{"files_only":"yes"}`,
	} {
		_, err := operations.Open([]byte(config), nil)
		require.Equal(t, konnektor.KindConfig, failure(t, err).Kind, config)
	}
}
