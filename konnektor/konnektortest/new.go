package konnektortest

import (
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// New starts a Konnektor with the default options that closes with the test. A
// failing test logs the seed. Where the official schemas and xmllint are at
// hand, the test fails when a request or an answer was not valid.
func New(t testing.TB) *Konnektor {
	t.Helper()
	return NewWith(t, Options{})
}

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Konnektor {
	t.Helper()
	o.Judge = o.Judge || schematest.Available()
	k, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	k.fatal = func(err error) { t.Helper(); t.Fatal(err) }
	t.Cleanup(func() {
		_ = k.Close()
		k.validate(t)
		if t.Failed() {
			t.Logf("konnektortest: repeat with %s=%d (style %s)", seedVariable, k.opts.Seed, k.opts.Style)
		}
	})
	return k
}
