package kocobox_test

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox/kocoboxtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

func open(t *testing.T, b *mgmttest.Box, p *mgmt.Product) mgmt.Device {
	return openAs(t, b, p, b.Password())
}

func openAs(t *testing.T, b *mgmttest.Box, p *mgmt.Product, password string) mgmt.Device {
	t.Helper()
	u, err := url.Parse(b.URL())
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	services := b.Konnektor.Config()
	d, err := mgmt.Open(t.Context(), mgmt.Config{
		Host: host, Port: n, Trust: konnektor.Trust{CertificateSHA256: []string{b.Fingerprint()}}, Product: p,
		DirectoryURL: services.URL, DirectoryTrust: services.Trust, DirectoryAuth: services.Auth,
		Credentials: func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: b.User(), Password: konnektor.Secret(password)}, nil
		},
	}, kocobox.Driver())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close(context.Background())) })
	return d
}

func as[T any](t *testing.T, d mgmt.Device) T {
	t.Helper()
	c, err := mgmt.As[T](d)
	require.NoError(t, err)
	return c
}

func TestSimulatedBox(t *testing.T) {
	for name, o := range map[string]kocoboxtest.Options{"token of the page": {}, "token of the service": {WithoutTextarea: true}} {
		t.Run(name, func(t *testing.T) {
			b := kocoboxtest.NewWith(t, o)
			d := open(t, b.Box, nil)
			require.Equal(t, mgmt.KoCoBox, d.Product().Vendor)
			require.NoError(t, as[mgmt.Restarter](t, d).Restart(t.Context()))
			require.Equal(t, 1, b.Count("reboot"))
			require.Equal(t, 1, b.Count("login"))
			require.Empty(t, b.Complaints())
		})
	}
}

func TestSimulatedBoxWrongPassword(t *testing.T) {
	for name, o := range map[string]kocoboxtest.Options{"wrong": {}, "no page": {WithoutTextarea: true}, "expired": {PasswordExpired: true}} {
		t.Run(name, func(t *testing.T) {
			b := kocoboxtest.NewWith(t, o)
			known := b.Password()
			if !o.PasswordExpired {
				b.SetPassword("another")
			}
			d := openAs(t, b.Box, nil, known)
			for range 4 {
				require.ErrorIs(t, as[mgmt.Restarter](t, d).Restart(t.Context()), mgmt.ErrLogin)
			}
			require.Equal(t, 1, b.Count("login"))
			require.Zero(t, b.Count("reboot"))
		})
	}
}
