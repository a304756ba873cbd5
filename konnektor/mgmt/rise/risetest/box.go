package risetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Options say what box to start; the zero value is a healthy one.
type Options struct {
	mgmttest.BoxOptions
	// CredentialsAtReboot demands the login once more in the body of the request
	// to restart: one client sends it, whether it is needed is not known.
	CredentialsAtReboot bool
}

// Box is a running Konnektor with its management interface. Its methods, also
// those of [mgmttest.Box], are safe for concurrent use.
type Box struct {
	*mgmttest.Box
	opts Options

	mu      sync.Mutex
	cookies map[string]string // JSESSIONID to session; "" before the login
}

// New starts a box that closes with the test.
func New(t testing.TB) *Box {
	t.Helper()
	return NewWith(t, Options{})
}

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Box {
	t.Helper()
	b, kind := prepare(o)
	mgmttest.NewBox(t, o.BoxOptions, kind)
	return b
}

// Start starts a box. The caller closes it.
func Start(o Options) (*Box, error) {
	b, kind := prepare(o)
	if _, err := mgmttest.StartBox(o.BoxOptions, kind); err != nil {
		return nil, fmt.Errorf("risetest: %w", err)
	}
	return b, nil
}

func prepare(o Options) (*Box, mgmttest.Kind) {
	b := &Box{opts: o, cookies: map[string]string{}}
	return b, mgmttest.Kind{
		Style: konnektortest.RISE, User: "admin", Name: "rise-konnektor",
		Handler: func(own *mgmttest.Box) mgmttest.Handler { b.Box = own; return handler{b} },
		Forget: func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			clear(b.cookies)
		},
	}
}

// answer is a JSON answer.
func answer(v any) mgmttest.Answer {
	b, err := json.Marshal(v)
	if err != nil {
		return mgmttest.Answer{Status: http.StatusInternalServerError}
	}
	return mgmttest.Answer{Status: http.StatusOK, Body: b, Header: http.Header{"Content-Type": {"application/json"}}}
}

// complain refuses a request that breaks the rules.
func complain(c *mgmttest.Call, status int, why string) mgmttest.Answer {
	c.Complaint = why
	return mgmttest.Answer{Status: status}
}
