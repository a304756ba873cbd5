package mgmt_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet"
)

// What no log and no error may contain.
const (
	user     = "kanarienvogel"
	password = "Geheim-Canary-4711"
	token    = "eyCanaryToken"
)

// nobody is a port at which nobody listens, and that no other test is given.
const nobody = 1

// request is what came.
type request struct {
	Method, URI, Body string
	Header            http.Header
}

func (r request) String() string { return r.Method + " " + r.URI }

// box is a small server that answers as the sources have it.
type box struct {
	t       *testing.T
	server  *httptest.Server
	answers map[string]http.HandlerFunc // by method and path, with or without query

	mu       sync.Mutex
	requests []request
	logins   int
	sessions map[string]bool // by token
	wrong    bool            // the password is another one
	most     int             // sessions at once
}

func newBox(t *testing.T) *box {
	b := &box{t: t, answers: map[string]http.HandlerFunc{}, sessions: map[string]bool{}}
	b.server = httptest.NewUnstartedServer(http.HandlerFunc(b.serve))
	b.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.server.StartTLS()
	t.Cleanup(b.server.Close)
	return b
}

func (b *box) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.requests = append(b.requests, request{r.Method, r.URL.RequestURI(), string(body), r.Header.Clone()})
	answer := b.answers[r.Method+" "+r.URL.RequestURI()]
	if answer == nil {
		answer = b.answers[r.Method+" "+r.URL.Path]
	}
	b.mu.Unlock()
	if answer == nil {
		http.Error(w, "no such path: "+token+password, http.StatusNotFound)
		return
	}
	answer(w, r)
}

// on answers a request with a status and a body.
func (b *box) on(what string, status int, body string) {
	b.do(what, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func (b *box) do(what string, answer http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[what] = answer
}

// came lists the requests since the last time.
func (b *box) came() []request {
	b.mu.Lock()
	defer b.mu.Unlock()
	came := b.requests
	b.requests = nil
	return came
}

func (b *box) names() (names []string) {
	for _, r := range b.came() {
		names = append(names, r.String())
	}
	return names
}

func (b *box) config() mgmt.Config {
	host, port, err := net.SplitHostPort(b.server.Listener.Addr().String())
	require.NoError(b.t, err)
	n, err := strconv.Atoi(port)
	require.NoError(b.t, err)
	return mgmt.Config{
		Host: host, Port: n,
		Trust:   konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(b.server.Certificate())}},
		Product: &mgmt.Product{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: "5.50.3"},
		Credentials: func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: user, Password: password}, nil
		},
	}
}

var drivers = []mgmt.Driver{secunet.Driver(), rise.Driver(), rise.TIClientDriver(), kocobox.Driver()}

func (b *box) open(cfg mgmt.Config) mgmt.Device {
	b.t.Helper()
	d, err := mgmt.Open(b.t.Context(), cfg, drivers...)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}

const (
	loginPath  = "/rest/mgmt/ak/konten/login"
	logoutPath = "/rest/mgmt/ak/konten/profil/logout"
	logPath    = "/rest/mgmt/nk/protokoll/einstellungen"
	statusPath = "/rest/mgmt/ak/dienste/status"
)

// secunet makes the box one of secunet: login, logout, and a session for
// everything else.
func newSecunet(t *testing.T) *box {
	b := newBox(t)
	b.do("POST "+loginPath, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins++
		if b.wrong {
			http.Error(w, "wrong "+password, http.StatusUnauthorized)
			return
		}
		issued := fmt.Sprintf("Bearer %s%d", token, b.logins)
		b.sessions[issued] = true
		b.most = max(b.most, len(b.sessions))
		w.Header().Set("Authorization", issued)
		w.WriteHeader(http.StatusNoContent)
	})
	b.do("DELETE "+logoutPath, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.sessions, r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusNoContent)
	})
	return b
}

// with answers only in a session.
func (b *box) inSession(what string, status int, body string) {
	b.do(what, func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		ok := b.sessions[r.Header.Get("Authorization")]
		b.mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// expire ends all sessions.
func (b *box) expire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.sessions)
}

func as[T any](t *testing.T, d mgmt.Device) T {
	t.Helper()
	c, err := mgmt.As[T](d)
	require.NoError(t, err)
	return c
}
