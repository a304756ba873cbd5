package tsl_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// xmlsec asks the xmlsec1 program.
type xmlsec struct{ path string }

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
// is in its signature, without any chain.
func (x xmlsec) signatureOnly(t testing.TB, list []byte) []string {
	t.Helper()
	signer := filepath.Join(t.TempDir(), "signer.pem")
	require.NoError(t, os.WriteFile(signer, signerPEM(t, list), 0o600))
	return []string{"--verify", "--pubkey-cert-pem", signer, "--enabled-key-data", "raw-x509-cert,x509,ec",
		signedPropertiesID, signedPropertiesElement}
}

// signerPEM cuts the certificate out of the signature as text.
func signerPEM(t testing.TB, list []byte) []byte {
	t.Helper()
	_, after, found := bytes.Cut(list, []byte("<ds:X509Certificate>"))
	require.True(t, found)
	text, _, found := bytes.Cut(after, []byte("</ds:X509Certificate>"))
	require.True(t, found)
	text = bytes.ReplaceAll(text, []byte("&#xD;"), nil)
	text = bytes.ReplaceAll(text, []byte("\n"), nil)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der[:n]})
}

// accepts reports what xmlsec1 says about a list.
func (x xmlsec) accepts(t testing.TB, args []string, list []byte) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "list.xml")
	require.NoError(t, os.WriteFile(file, list, 0o600))
	return exec.Command(x.path, append(args[:len(args):len(args)], file)...).Run() == nil
}
