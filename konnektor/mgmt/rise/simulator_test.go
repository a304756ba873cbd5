package rise_test

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise/risetest"
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
	}, rise.TIClientDriver(), rise.Driver())
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
	for name, demanding := range map[string]bool{"login once": false, "login in the restart too": true} {
		t.Run(name, func(t *testing.T) {
			b := risetest.NewWith(t, risetest.Options{CredentialsAtReboot: demanding})
			d := open(t, b.Box, nil)
			require.IsType(t, &rise.Device{}, d)
			status, err := as[mgmt.StatusReader](t, d).Status(t.Context())
			require.NoError(t, err)
			require.True(t, status.TI.Online)
			b.ExpireSessions()
			_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
			require.NoError(t, err)
			require.Equal(t, 2, b.Counters().Logins)
			require.NoError(t, as[mgmt.Restarter](t, d).Restart(t.Context()))
			require.Equal(t, 1, b.Count("reboot"))
			require.Empty(t, b.Complaints())
		})
	}
}

func TestSimulatedBoxWrongPassword(t *testing.T) {
	b := risetest.New(t)
	known := b.Password()
	b.SetPassword("another")
	d := openAs(t, b.Box, nil, known)
	for range 4 {
		_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
		require.ErrorIs(t, err, mgmt.ErrLogin)
	}
	require.Equal(t, 1, b.Count("login"))
	require.Empty(t, b.Complaints())
}

func TestSimulatedTIClient(t *testing.T) {
	b := risetest.NewTIClient(t)
	c, ok := open(t, b.Box, &mgmt.Product{Vendor: mgmt.RISE, Code: "RHSK"}).(*rise.TIClient)
	require.True(t, ok)
	list, err := c.TerminalStates(t.Context())
	require.NoError(t, err)
	require.True(t, json.Valid(list))
	id := b.Konnektor.Model().Terminals[0].ID
	_, err = c.TerminalState(t.Context(), id)
	require.NoError(t, err)
	_, err = c.ChangeCorrelation(t.Context(), id, rise.Gepairt)
	require.NoError(t, err)
	_, err = c.Add(t.Context(), "192.0.2.9", 4742)
	require.NoError(t, err)
	_, err = c.Proxies(t.Context())
	require.NoError(t, err)
	_, err = c.Tasks(t.Context())
	require.NoError(t, err)
	_, err = c.PINPlus(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, b.Count("token"))
	require.Empty(t, b.Complaints())
	_, err = as[mgmt.StatusReader](t, c).Status(t.Context())
	require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
}
