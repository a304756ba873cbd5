package restart_test

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/restart"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox/kocoboxtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise/risetest"
)

// Boxes that tell little of themselves: RISE tells its VPN, a KoCoBox nothing.
func TestOtherVendors(t *testing.T) {
	for _, c := range []struct {
		name   string
		box    func() *mgmttest.Box
		driver mgmt.Driver
	}{
		{"RISE", func() *mgmttest.Box { return risetest.New(t).Box }, rise.Driver()},
		{"KoCoBox", func() *mgmttest.Box { return kocoboxtest.New(t).Box }, kocobox.Driver()},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := c.box()
			d := open(t, box, c.driver)
			client, err := konnektor.New(box.Konnektor.Config())
			require.NoError(t, err)
			defer client.Close()
			hooks := restart.Hooks{Now: box.Clock.Now, Services: func(ctx context.Context) error {
				_, err := client.ReloadServices(ctx)
				return err
			}}
			o := fix.Options{Dir: t.TempDir(), Box: "box", Clock: box.Clock, Consented: "test", AllowNoWayBack: true}
			r := fix.Run(t.Context(), d, restart.New(restart.Parameters{}, hooks), o)
			require.Equal(t, fix.Refused, r.Outcome, "it does not tell whether it waits for a restart")
			require.Zero(t, box.Restarts())

			r = fix.Run(t.Context(), d, restart.New(restart.Parameters{Requested: box.Clock.Now()}, hooks), o)
			require.NoError(t, r.Err)
			require.Equal(t, fix.Applied, r.Outcome)
			require.Equal(t, 1, box.Restarts())
			require.Equal(t, mgmt.Confirmed, r.Plan[0].Evidence)
			t.Log(box.Operations())
			require.Empty(t, box.Complaints())
			require.LessOrEqual(t, box.Counters().Parallel, 1)
		})
	}
}

func open(t *testing.T, box *mgmttest.Box, driver mgmt.Driver) mgmt.Device {
	t.Helper()
	u, err := url.Parse(box.URL())
	require.NoError(t, err)
	host, port, err := net.SplitHostPort(u.Host)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	d, err := mgmt.Open(t.Context(), mgmt.Config{
		Host: host, Port: number, DirectoryURL: box.Konnektor.PlainURL(),
		Trust: konnektor.Trust{CertificateSHA256: []string{box.Fingerprint()}},
		Credentials: func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: box.User(), Password: konnektor.Secret(box.Password())}, nil
		},
	}, driver)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}
