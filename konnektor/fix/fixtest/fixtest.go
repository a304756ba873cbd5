// Package fixtest opens drivers on simulated boxes, for tests of fixes.
//
//	box := secunettest.Incident2020September(t)
//	d := fixtest.Open(t, box)
//	r := fix.Run(t.Context(), d, seclog.New(p), fixtest.Options(t, box))
//	fixtest.Behaved(t, box)
package fixtest

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// Config is that of a box, with the calls of the profile "simulator".
func Config(t testing.TB, box *secunettest.Box) mgmt.Config {
	t.Helper()
	u, err := url.Parse(box.URL())
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mgmt.Config{
		Host: host, Port: number,
		Trust:        konnektor.Trust{CertificateSHA256: []string{box.Fingerprint()}},
		DirectoryURL: box.Konnektor.PlainURL(),
		Credentials: func(context.Context) (mgmt.Credentials, error) {
			return mgmt.Credentials{User: box.User(), Password: konnektor.Secret(box.Password())}, nil
		},
		Profiles: []json.RawMessage{secunettest.Profile()}, AllowOperatorSupplied: true,
	}
}

// Files is Config for a program of its own: the password and the profile stand in
// files in dir, so that it can be written as JSON.
func Files(t testing.TB, box *secunettest.Box, dir, password string) mgmt.Config {
	t.Helper()
	cfg := Config(t, box)
	cfg.Credentials, cfg.Profiles = nil, nil
	cfg.CredentialsFile = Write(t, dir, "credentials.json", map[string]string{"user": box.User(), "password": password})
	cfg.ProfileFiles = []string{Write(t, dir, "profile.json", json.RawMessage(secunettest.Profile()))}
	return cfg
}

// Write writes v as JSON to a file in dir that only its owner may read, and returns
// its path.
func Write(t testing.TB, dir, name string, v any) string {
	t.Helper()
	content, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Open opens the driver of a box. It is closed with the test.
func Open(t testing.TB, box *secunettest.Box, change ...func(*mgmt.Config)) mgmt.Device {
	t.Helper()
	cfg := Config(t, box)
	for _, f := range change {
		f(&cfg)
	}
	d, err := mgmt.Open(t.Context(), cfg, secunet.Driver())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}

// Opener opens the driver of a box for a persistent run, which closes it.
func Opener(t testing.TB, box *secunettest.Box) fix.Open {
	t.Helper()
	cfg := Config(t, box)
	return func(ctx context.Context) (mgmt.Device, error) { return mgmt.Open(ctx, cfg, secunet.Driver()) }
}

// Options are those of a run that may do everything, by the clock of the box.
func Options(t testing.TB, box *secunettest.Box) fix.Options {
	t.Helper()
	return fix.Options{Dir: t.TempDir(), Box: "box", Clock: box.Clock, Consented: "test", AllowNoWayBack: true, Version: "fixtest"}
}

// Served is the certificate that a new handshake with the services shows,
// whoever has issued it.
func Served(box *secunettest.Box) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		cfg := box.Konnektor.Config()
		cfg.Trust = konnektor.Trust{OnFirstUse: func(context.Context, *x509.Certificate) error { return nil }}
		client, err := konnektor.New(cfg)
		if err != nil {
			return nil, err
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		all, err := client.ServerCertificate(ctx)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, errors.New("fixtest: no certificate")
		}
		return all[0].Raw, nil
	}
}

// Behaved requires that nothing has broken the rules of the interface: no
// unknown call, one session and one request at a time, no wrong password.
func Behaved(t testing.TB, box *secunettest.Box) {
	t.Helper()
	c := box.Counters()
	if all := box.Complaints(); len(all) > 0 {
		t.Errorf("complaints: %q", all)
	}
	if c.MostOpen > 1 || c.Parallel > 1 || c.AllWrong > 0 {
		t.Errorf("sessions at once %d, requests at once %d, wrong passwords %d", c.MostOpen, c.Parallel, c.AllWrong)
	}
}
