package konnektor_test

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// TestBrainpoolInChain has a Konnektor whose own certificate can be read, but
// that sends an issuer on a Brainpool curve along.
func TestBrainpoolInChain(t *testing.T) {
	block, _ := pem.Decode([]byte(brainpoolCA))
	_, client := connect(t, konnektortest.Options{Certificate: konnektortest.Certificate{Chain: [][]byte{block.Bytes}}})
	_, err := client.Services(t.Context())
	requireBrainpool(t, err)
}

func requireBrainpool(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, konnektor.KindBrainpool)
	require.Contains(t, konnektor.Remedy(err), "NIST")
}

// TestBrainpoolOfOpenSSL has servers of OpenSSL that show Brainpool
// certificates. It refuses the handshake when the client does not list the
// curve of its own certificate, and sends any chain.
func TestBrainpoolOfOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is missing")
	}
	dir := t.TempDir()
	issue(t, dir, "ca", "brainpoolP256r1", "")
	issue(t, dir, "brainpool", "brainpoolP256r1", "ca")
	issue(t, dir, "nist", "P-256", "ca")
	trust := konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}}

	t.Run("own certificate", func(t *testing.T) {
		url := opensslServer(t, dir, "brainpool", "-cert_chain", "ca.pem", "-tls1_2")
		_, err := open(t, konnektor.Config{URL: url, Trust: trust}).Services(t.Context())
		require.ErrorIs(t, err, konnektor.KindTLS)
		require.ErrorContains(t, err, "Brainpool")
		require.Contains(t, konnektor.Remedy(err), "Brainpool")
	})
	t.Run("issuer", func(t *testing.T) {
		url := opensslServer(t, dir, "nist", "-cert_chain", "ca.pem", "-tls1_2")
		_, err := open(t, konnektor.Config{URL: url, Trust: trust}).Services(t.Context())
		requireBrainpool(t, err)
	})
}

// TestClientCertificateOfOpenSSL has servers of OpenSSL that demand a client
// certificate; they word their refusal otherwise than Go's.
func TestClientCertificateOfOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is missing")
	}
	dir := t.TempDir()
	issue(t, dir, "box", "P-256", "")
	issue(t, dir, "own", "P-256", "")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(text)
	}
	block, _ := pem.Decode([]byte(read("box.pem")))
	box, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	own := konnektor.Auth{CertificatePEM: read("own.pem"), KeyPEM: konnektor.Secret(read("own.key"))}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		for name, auth := range map[string]konnektor.Auth{"none": {}, "another": own} {
			t.Run(version+" "+name, func(t *testing.T) {
				url := opensslServer(t, dir, "box", version, "-Verify", "1", "-verify_return_error", "-CAfile", "box.pem")
				_, err := open(t, konnektor.Config{URL: url, Auth: auth, Trust: konnektor.Trust{
					CertificateSHA256: []string{konnektor.CertificatePin(box)},
				}}).Services(t.Context())
				require.ErrorIs(t, err, konnektor.KindClientCertificate)
			})
		}
	}
}

// issue makes a key and a certificate with openssl, signed by issuer or, with
// none, by itself.
func issue(t *testing.T, dir, name, curve, issuer string) {
	t.Helper()
	args := []string{
		"req", "-new", "-x509", "-sha256", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve, "-nodes",
		"-days", "30", "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name,
	}
	if issuer != "" {
		args = append(args, "-CA", issuer+".pem", "-CAkey", issuer+".key")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// opensslServer starts openssl s_server and returns its address.
func opensslServer(t *testing.T, dir, name string, more ...string) string {
	t.Helper()
	args := []string{"s_server", "-accept", "127.0.0.1:0", "-www", "-groups", "brainpoolP256r1:P-256", "-cert", name + ".pem", "-key", name + ".key"}
	cmd := exec.Command("openssl", append(args, more...)...)
	cmd.Dir = dir
	stdin, err := cmd.StdinPipe() // the server ends with its input
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() {
				for lines.Scan() { // or the pipe fills
				}
			}()
			return "https://" + address
		}
	}
	require.Fail(t, "openssl s_server did not start", filepath.Base(dir))
	return ""
}

// brainpoolCA is a made-up certificate of an issuer on brainpoolP256r1.
const brainpoolCA = `-----BEGIN CERTIFICATE-----
MIIBzTCCAXSgAwIBAgIUXXg5uuR1tGuYiK3d4jfS4No4d6MwCgYIKoZIzj0EAwIw
MzELMAkGA1UEBhMCREUxDTALBgNVBAoMBHRlc3QxFTATBgNVBAMMDFRFU1QuS09N
UC1DQTAgFw0yNjExMjEyMjE3NDhaGA8yMTI2MTAyODIyMTc0OFowMzELMAkGA1UE
BhMCREUxDTALBgNVBAoMBHRlc3QxFTATBgNVBAMMDFRFU1QuS09NUC1DQTBaMBQG
ByqGSM49AgEGCSskAwMCCAEBBwNCAASPH8mzLBSaLzsa52Yw1buS5+sx1HJ16N5r
qqM/TR2+YkYzjhk5giJehNq5eX5pANGygUsNiyQG2ZxyUn5jcrs2o2MwYTAdBgNV
HQ4EFgQUwHRlb5mlwISOVO8/J2frTxqMyrgwHwYDVR0jBBgwFoAUwHRlb5mlwISO
VO8/J2frTxqMyrgwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYI
KoZIzj0EAwIDRwAwRAIgZlgc+ULXl4XzZmjj5GWXcRUSPBlaWcWDx9P+3wiptBUC
IA77Oeqo+hTH3ZLFcoZqVAi84SK6oIHGU2e4RrPtLFUr
-----END CERTIFICATE-----
`
