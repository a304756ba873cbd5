//go:build !race

package tsl_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// xmlsec asks the xmlsec1 program.
type xmlsec struct{ path string }

// chain are the arguments for checking a list up to a root that is trusted, by
// way of the trust anchor, at a time.
func (x xmlsec) chain(t testing.TB, root, anchor []byte, at time.Time) []string {
	t.Helper()
	dir := plainDir(t)
	trusted, between := filepath.Join(dir, "root.pem"), filepath.Join(dir, "anchor.pem")
	require.NoError(t, os.WriteFile(trusted, pemOf(root), 0o600))
	require.NoError(t, os.WriteFile(between, pemOf(anchor), 0o600))
	return []string{"--verify", "--trusted-pem", trusted, "--untrusted-pem", between, "--enabled-key-data", "x509",
		"--verification-gmt-time", at.UTC().Format("2006-01-02 15:04:05"), signedPropertiesID, signedPropertiesElement}
}

func newXmlsec(t testing.TB) xmlsec {
	t.Helper()
	path, err := exec.LookPath("xmlsec1")
	if err != nil {
		t.Skip("xmlsec1 not found")
	}
	return xmlsec{path}
}

const signedPropertiesID = "--id-attr:Id"
const signedPropertiesElement = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"

// signatureOnly are the arguments for checking a list with the certificate that
// is in its signature, without any chain. Where there is none, xmlsec1 looks for
// a key in vain.
func (x xmlsec) signatureOnly(t testing.TB, list []byte) []string {
	t.Helper()
	args := []string{"--verify", "--enabled-key-data", "raw-x509-cert,x509,ec", signedPropertiesID, signedPropertiesElement}
	if der := signerDER(list); len(der) > 0 {
		signer := filepath.Join(plainDir(t), "signer.pem")
		require.NoError(t, os.WriteFile(signer, pemOf(der), 0o600))
		args = append(args, "--pubkey-cert-pem", signer)
	}
	return args
}

// plainDir is a directory for files to be named to xmlsec1, which takes a comma
// in a path for the end of it. The name of a test may have one.
func plainDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "xmlsec1")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

// signerDER cuts the certificate out of the signature as text.
func signerDER(list []byte) []byte {
	_, after, _ := bytes.Cut(list, []byte("<ds:X509Certificate>"))
	text, _, _ := bytes.Cut(after, []byte("</ds:X509Certificate>"))
	text = bytes.ReplaceAll(text, []byte("&#xD;"), nil)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, _ := base64.StdEncoding.Decode(der, text)
	return der[:n]
}

// accepts reports what xmlsec1 says about a list. It has to say something: a
// program that was killed is no verdict.
func (x xmlsec) accepts(t testing.TB, args []string, list []byte) bool {
	t.Helper()
	file := filepath.Join(plainDir(t), "list.xml")
	require.NoError(t, os.WriteFile(file, list, 0o600))
	out, err := exec.Command(x.path, append(args[:len(args):len(args)], file)...).CombinedOutput()
	if err == nil {
		require.Contains(t, string(out), "OK\n")
		return true
	}
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Positive(t, exit.ExitCode(), "xmlsec1 was killed: %s", out)
	t.Logf("xmlsec1: %.600s", out)
	return false
}
