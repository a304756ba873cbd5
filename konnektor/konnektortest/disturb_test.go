package konnektortest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestFail(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	terminals := r.call("GetCardTerminals", Elem("EVT:GetCardTerminals", here))
	r.k.Fail("GetCards", 4093, 2)
	r.k.Fail("GetCards", 3041, 1)
	for _, want := range []konnektor.Code{4093, 4093, 3041, 0} {
		require.Zero(t, r.send(terminals).code(), "another operation is well")
		require.Equal(t, want, r.send(m).code())
	}
	modules := map[konnektor.Code]string{111: "FM_VSDM", 3041: "FM_VSDM", 5021: "FM_NFDM", 6061: "FM_AMTS", 1027: "Konnektor", 4004: "Konnektor"}
	for code, module := range modules {
		r.k.Fail("GetCards", code, 1)
		of := r.send(m).all("CompType")
		require.Equal(t, module, of[len(of)-1], code)
	}
	r.k.Fail("", 4001, -1)
	for range 5 {
		require.EqualValues(t, 4001, r.send(terminals).code())
	}
	_, _, status := r.get("/connector.sds")
	require.Equal(t, http.StatusOK, status, "the directory is no SOAP operation")
	r.k.Heal("")
	require.Zero(t, r.send(m).code())
	r.k.Fail("GetCards", 4001, 0)
	require.Zero(t, r.send(m).code())
	require.Equal(t, 6+len(modules), r.k.Counters().Requests["GetCards"])
}

// get fetches a path.
func (r *raw) get(path string) (body string, header http.Header, status int) {
	r.t.Helper()
	resp, err := r.http.Get(r.k.URL() + path)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return string(b), resp.Header, resp.StatusCode
}

func TestAMalformedRequestUsesUpNoDisturbance(t *testing.T) {
	r := newRaw(t, Options{BadRequests: true})
	m := r.call("GetCards", getCardsIn(here, ""))
	r.k.Fail("GetCards", 4093, 1)
	bad := m
	bad.body = strings.Replace(m.body, here, "", 1)
	require.EqualValues(t, 4000, r.send(bad).code())
	require.EqualValues(t, 4093, r.send(m).code())
	require.Zero(t, r.send(m).code())
}

func TestFaultsInAllShapes(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	vendor := konnektor.Trace{EventID: "1", Instance: "i", LogReference: "l", CompType: "Konnektor", Code: 41000,
		Severity: "Error", ErrorType: "Technical", ErrorText: "vendor <text>", Detail: "d & e"}
	for name, c := range map[string]struct {
		fault  Fault
		status int
		codes  []string
		says   string
	}{
		"vendor traces, gematik's last": {Fault{Code: 4001, Vendor: []konnektor.Trace{vendor, vendor}}, 500, []string{"41000", "41000", "4001"}, "vendor &lt;text&gt;"},
		"at HTTP 200":                   {Fault{Code: 4018, Status: 200}, 200, []string{"4018"}, ""},
		"unknown code":                  {Fault{Code: 39999}, 500, []string{"39999"}, "Fehler 39999"},
		"of the framework":              {Fault{Plain: "no route & so on"}, 500, nil, "no route &amp; so on"},
		"without detail":                {Fault{Code: 4001, NoDetail: true}, 500, nil, "Interner Fehler"},
	} {
		t.Run(name, func(t *testing.T) {
			r.k.Disturb("GetCards", Disturbance{Fault: &c.fault}, 1)
			a := r.send(m)
			require.Equal(t, c.status, a.status)
			require.Equal(t, "Server", a.fault())
			got := a.all("Code")
			if c.fault.Vendor == nil && len(got) == 2 { // the seed's own
				got = got[1:]
			}
			require.Equal(t, c.codes, got)
			if !r.k.dialect.charRefs {
				require.Contains(t, a.body, c.says)
			}
		})
	}
}

func TestWarning(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	r.k.Disturb("GetCards", Disturbance{Warning: &Fault{Code: 4093}}, 1)
	a := r.send(m)
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, []string{"Warning"}, a.all("Result"))
	require.Equal(t, []string{"4093"}, a.all("Code"))
	require.Len(t, a.all("CardHandle"), 2, "the result is there")
	require.Equal(t, []string{"OK"}, r.send(m).all("Result"))
}

func TestOneOrSeveralTraces(t *testing.T) {
	seen := map[int]bool{}
	for seed := uint64(1); seed <= 12; seed++ {
		r := newRaw(t, Options{Seed: seed})
		a := r.send(r.call("GetCards", getCardsIn(callContext("", "Clientsystem1", ""), "")))
		codes := a.all("Code")
		require.Equal(t, "4021", codes[len(codes)-1], "gematik's own comes last")
		seen[len(codes)] = true
	}
	require.Equal(t, map[int]bool{1: true, 2: true}, seen)
}

func TestAnswersThatAreNone(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	well := r.send(m)
	bomb := packed(strings.Repeat("a", 1<<20))
	for name, c := range map[string]struct {
		d    Disturbance
		want func(*testing.T, reply, error)
	}{
		"empty 200":     {Disturbance{Replace: true}, is(200, "")},
		"500, no fault": {Disturbance{Replace: true, Status: 500, Body: []byte("oops")}, is(500, "oops")},
		"edited": {Disturbance{Edit: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("Result"), []byte("Resolt")) }},
			is(200, strings.ReplaceAll(well.body, "Result", "Resolt"))},
		"padded": {Disturbance{Pad: 10 << 20}, func(t *testing.T, a reply, err error) {
			require.NoError(t, err)
			require.Len(t, a.body, len(well.body)+10<<20)
		}},
		"cut":  {Disturbance{Cut: 40}, broken},
		"drop": {Disturbance{Drop: true}, broken},
		"compressed": {Disturbance{Replace: true, Body: bomb, Header: http.Header{"content-encoding": {"gzip"}}},
			is(200, strings.Repeat("a", 1<<20))},
		"trickled": {Disturbance{Trickle: time.Microsecond, TrickleBytes: 100}, is(200, well.body)},
	} {
		t.Run(name, func(t *testing.T) {
			r.k.Disturb("GetCards", c.d, 1)
			a, err := r.try(m)
			c.want(t, a, err)
		})
	}
	require.Zero(t, r.send(m).code())
}

func is(status int, body string) func(*testing.T, reply, error) {
	return func(t *testing.T, a reply, err error) {
		require.NoError(t, err)
		require.Equal(t, status, a.status)
		require.Equal(t, body, a.body)
	}
}

func broken(t *testing.T, _ reply, err error) { require.Error(t, err) }

func packed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

func TestLateAndNever(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	r.k.Disturb("GetCards", Disturbance{Delay: 50 * time.Millisecond}, 1)
	start := time.Now()
	require.Zero(t, r.send(m).code())
	require.GreaterOrEqual(t, time.Since(start), 50*time.Millisecond)

	hang := func(calls int) (giveUp func(), ended chan error) {
		r.k.Disturb("GetCards", Disturbance{Hang: true}, 1)
		m := m
		m.ctx, giveUp = context.WithCancel(t.Context())
		ended = make(chan error, 1)
		go func() {
			_, err := r.try(m)
			ended <- err
		}()
		require.Eventually(t, func() bool { return r.k.Counters().Requests["GetCards"] == calls }, time.Minute, time.Millisecond)
		return giveUp, ended
	}
	giveUp, ended := hang(2)
	giveUp()
	require.ErrorIs(t, <-ended, context.Canceled)

	giveUp, ended = hang(3)
	defer giveUp()
	require.NoError(t, r.k.Close())
	require.Error(t, <-ended, "closing ends what hangs")
	require.NoError(t, r.k.Close())
}

func TestPerformThoughTheAnswerIsLost(t *testing.T) {
	k := New(t)
	var performed atomic.Int32
	k.Install(Service{Name: "Test", Schema: "", Versions: []Version{{Number: "1.0.0", TargetNamespace: "urn:test/v1.0",
		Operations: []Operation{{Name: "Do", SOAPActions: []string{"urn:test#Do"}, Request: Sequence("urn:test", "Do"),
			Handle: func(*Call) (string, error) { performed.Add(1); return "", errors.New("broken") }}}}}})
	r := &raw{t, k, httpClient(t, k.Config())}
	m := message{path: r.path("Test"), action: `"urn:test#Do"`, contentType: "text/xml", body: envelope(`<Do xmlns="urn:test"/>`)}
	require.EqualValues(t, 4001, r.send(m).code(), "an error that is no fault is an internal one")
	k.Disturb("Do", Disturbance{Drop: true}, 1)
	_, err := r.try(m)
	require.Error(t, err)
	require.EqualValues(t, 1, performed.Load())
	k.Disturb("Do", Disturbance{Drop: true, Perform: true}, 1)
	_, err = r.try(m)
	require.Error(t, err)
	require.EqualValues(t, 2, performed.Load())
}

func TestDirectoryIsDisturbed(t *testing.T) {
	r := newRaw(t, Options{})
	r.k.Disturb("connector.sds", Disturbance{Replace: true, Body: []byte("<html/>")}, 1)
	body, _, _ := r.get("/connector.sds")
	require.Equal(t, "<html/>", body)
	body, header, _ := r.get("/connector.sds")
	require.Contains(t, body, "ConnectorServices")
	require.Contains(t, header.Get("Content-Type"), "text/xml")
	require.Equal(t, 2, r.k.Counters().Requests["connector.sds"])
}
