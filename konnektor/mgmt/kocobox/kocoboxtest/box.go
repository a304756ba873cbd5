package kocoboxtest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// Options say what box to start; the zero value is a healthy one.
type Options struct {
	mgmttest.BoxOptions
	// WithoutTextarea leaves the token out of the start page, so that only the
	// info service has it.
	WithoutTextarea bool
	// PasswordExpired shows a form for a new password after the login, as the
	// box does after a long time without one.
	PasswordExpired bool
}

// Box is a running Konnektor with its management interface. Its methods, also
// those of [mgmttest.Box], are safe for concurrent use.
type Box struct {
	*mgmttest.Box
	opts Options

	mu     sync.Mutex
	visits map[string]*visit // by the session cookie
}

// visit is what belongs to a session cookie.
type visit struct {
	session string // empty before the login, and after a wrong one
	token   string // for changes
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
		return nil, fmt.Errorf("kocoboxtest: %w", err)
	}
	return b, nil
}

func prepare(o Options) (*Box, mgmttest.Kind) {
	b := &Box{opts: o, visits: map[string]*visit{}}
	return b, mgmttest.Kind{
		Style: konnektortest.KoCoBox, User: "koco-root", Name: "kocobox",
		Handler: func(own *mgmttest.Box) mgmttest.Handler { b.Box = own; return handler{b} },
		Forget: func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			clear(b.visits)
		},
	}
}
