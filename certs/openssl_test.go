package certs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// openSSL runs the openssl program in a folder of its own.
type openSSL struct{ dir string }

func newOpenSSL(t testing.TB) openSSL {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl program: it is the judge of certificates, OCSP and CMS")
	}
	return openSSL{t.TempDir()}
}

func (o openSSL) try(args ...string) ([]byte, error) {
	cmd := exec.Command("openssl", args...)
	cmd.Dir = o.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("openssl %s: %w: %s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return append(out, stderr.Bytes()...), nil
}

func (o openSSL) run(t testing.TB, args ...string) []byte {
	t.Helper()
	out, err := o.try(args...)
	require.NoError(t, err)
	return out
}

func (o openSSL) write(t testing.TB, name string, content []byte) string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, name), content, 0o600))
	return name
}

func (o openSSL) read(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(o.dir, name))
	require.NoError(t, err)
	return content
}

// identity writes NAME.pem and NAME.key.
func (o openSSL) identity(t testing.TB, name string, id *certstest.Identity) {
	t.Helper()
	o.write(t, name+".pem", id.CertificatePEM())
	key, err := id.KeyPEM()
	require.NoError(t, err)
	o.write(t, name+".key", key)
}
