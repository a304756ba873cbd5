package mgmt_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// TestStateDirCannotBeUsed has a file where the folder should be: without it
// nobody knows who else is logged in, so nothing is sent.
func TestStateDirCannotBeUsed(t *testing.T) {
	b := newSecunet(t)
	cfg := b.config()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	cfg.StateDir = filepath.Join(file, "below")
	d := b.open(cfg)
	for range 2 { // and nobody is kept waiting by the first failure
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		var state *mgmt.StateError
		require.ErrorAs(t, err, &state)
		require.ErrorIs(t, err, konnektor.KindConfig)
		require.NotContains(t, err.Error(), file)
	}
	require.Empty(t, b.came())
}

// TestRefusedBefore opens the box anew after a refusal, as operations do for each
// call: with a state folder the password is not sent again, another one is.
func TestRefusedBefore(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	b.wrong = true
	cfg := b.config()
	cfg.StateDir = t.TempDir()
	secret := konnektor.Secret(password)
	cfg.Credentials = func(context.Context) (mgmt.Credentials, error) {
		return mgmt.Credentials{User: user, Password: secret}, nil
	}
	ask := func() error {
		d := b.open(cfg)
		defer d.Close(t.Context())
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		return err
	}
	for range 3 {
		err := ask()
		require.ErrorIs(t, err, mgmt.ErrLogin)
		require.ErrorIs(t, err, konnektor.KindUnauthorized)
		require.NotContains(t, err.Error(), cfg.StateDir)
		require.Equal(t, 1, b.count())
	}
	b.wrong = false
	secret = "another one"
	require.NoError(t, ask())
	require.Equal(t, 2, b.count())
	secret = password
	require.ErrorIs(t, ask(), mgmt.ErrLogin, "the old one is still known")
	require.Equal(t, 2, b.count())
}

// TestBusyBoxIsNotRemembered has a box refuse a login without a word on the
// password.
func TestBusyBoxIsNotRemembered(t *testing.T) {
	b := newSecunet(t)
	b.on("POST "+loginPath, 503, "")
	cfg := b.config()
	cfg.StateDir = t.TempDir()
	for range 2 {
		d := b.open(cfg)
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		var refused *mgmt.RefusedError
		require.ErrorAs(t, err, &refused)
		require.NoError(t, d.Close(t.Context()))
	}
	require.Len(t, b.came(), 2)
}
