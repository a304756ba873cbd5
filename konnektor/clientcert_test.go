package konnektor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// exportPKCS12 turns the client certificate of a simulator into a file with the
// algorithms that Konnektors use.
func exportPKCS12(t *testing.T, auth konnektor.Auth, password string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl not found")
	}
	dir := t.TempDir()
	cert, key, out := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "cs.p12")
	require.NoError(t, os.WriteFile(cert, []byte(auth.CertificatePEM), 0o600))
	require.NoError(t, os.WriteFile(key, []byte(string(auth.KeyPEM)), 0o600))
	cmd := exec.CommandContext(t.Context(), "openssl", "pkcs12", "-export", "-legacy", "-inkey", key, "-in", cert, "-out", out,
		"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1", "-passout", "pass:"+password)
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, string(text))
	file, err := os.ReadFile(out)
	require.NoError(t, err)
	return file
}

func TestClientCertificateFromPKCS12(t *testing.T) {
	k := konnektortest.New(t)
	cfg := k.Config()
	file := exportPKCS12(t, cfg.Auth, "geheim-07")
	path := filepath.Join(t.TempDir(), "cs.p12")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	for name, auth := range map[string]konnektor.Auth{
		"bytes": {PKCS12: file, PKCS12Password: "geheim-07"},
		"file":  {PKCS12File: path, PKCS12Password: "geheim-07"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Auth = auth
			text, err := cfg.MarshalJSON()
			require.NoError(t, err)
			again, err := konnektor.ParseConfig(text)
			require.NoError(t, err)
			client, err := konnektor.New(again)
			require.NoError(t, err)
			defer client.Close()
			_, _, err = client.Cards(t.Context(), konnektor.CardFilter{})
			require.NoError(t, err)
		})
	}
}

func TestPKCS12Refused(t *testing.T) {
	k := konnektortest.New(t)
	cfg := k.Config()
	pem := cfg.Auth
	file := exportPKCS12(t, pem, "geheim-07")
	brainpool, err := os.ReadFile("../certs/p12/testdata/konnektor.p12")
	require.NoError(t, err)
	for name, auth := range map[string]konnektor.Auth{
		"wrong password": {PKCS12: file, PKCS12Password: "geheim-08"},
		"no file":        {PKCS12Password: "geheim-07"},
		"missing file":   {PKCS12File: "does-not-exist.p12", PKCS12Password: "geheim-07"},
		"damaged":        {PKCS12: file[:len(file)/2], PKCS12Password: "geheim-07"},
		"both kinds":     {PKCS12: file, PKCS12Password: "geheim-07", CertificatePEM: pem.CertificatePEM, KeyPEM: pem.KeyPEM},
		"Brainpool key":  {PKCS12: brainpool, PKCS12Password: "00"},
	} {
		cfg.Auth = auth
		_, err := konnektor.New(cfg)
		require.ErrorIs(t, err, konnektor.KindConfig, name)
		require.NotContains(t, err.Error(), "geheim", name)
	}
}
