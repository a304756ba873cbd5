package konnektortest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// tool runs a foreign program that must end well and returns what it wrote to the
// file out.
func tool(t *testing.T, files map[string][]byte, name string, args ...string) []byte {
	t.Helper()
	dir, output, err := runTool(t, files, name, args...)
	require.NoError(t, err, "%s %v: %s", name, args, output)
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	require.NoError(t, err)
	return out
}

// runTool runs a foreign program in a folder of its own; it skips the test where
// the program is missing.
func runTool(t *testing.T, files map[string][]byte, name string, args ...string) (dir, output string, err error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	dir = t.TempDir()
	for file, data := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	return dir, string(said), err
}

// cardKey is a key of a card and its certificate, PEM.
func cardKey(t *testing.T, k *konnektortest.Konnektor, h konnektor.CardHandle, ref, algorithm string) map[string][]byte {
	t.Helper()
	id, err := k.CardIdentity(h, ref, algorithm)
	require.NoError(t, err)
	key, err := id.KeyPEM()
	require.NoError(t, err)
	return map[string][]byte{"key.pem": key, "cert.pem": id.CertificatePEM()}
}

func TestEncryptionBothWays(t *testing.T) {
	k, client, a := practice(t)
	secret := bytes.Repeat([]byte("Befund ü "), 100)
	for _, crypt := range []konnektor.Crypt{konnektor.CryptRSA, konnektor.CryptECC} {
		t.Run(string(crypt), func(t *testing.T) {
			sealed, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
				Content: secret, Type: konnektor.EncryptionCMS, Key: &konnektor.CardKey{Card: a.HPC, Crypt: crypt},
			})
			require.NoError(t, err)
			clear, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{
				Content: sealed.Content, Key: konnektor.CardKey{Card: a.HPC, Crypt: crypt},
			})
			require.NoError(t, err)
			require.Equal(t, secret, []byte(clear.Content))

			files := cardKey(t, k, a.HPC, "C.ENC", string(crypt))
			files["message"] = sealed.Content
			require.Equal(t, secret, tool(t, files, "openssl", "cms", "-decrypt", "-binary", "-inform", "DER",
				"-in", "message", "-inkey", "key.pem", "-recip", "cert.pem", "-out", "out"), "openssl reads it")

			files["message"] = secret
			args := []string{"cms", "-encrypt", "-binary", "-aes-256-gcm", "-outform", "DER", "-in", "message", "-out", "out", "-recip", "cert.pem"}
			if crypt == konnektor.CryptRSA {
				args = append(args, "-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
			} else {
				args = append(args, "-keyopt", "ecdh_kdf_md:sha256")
			}
			theirs := tool(t, files, "openssl", args...)
			clear, _, err = client.DecryptDocument(t.Context(), konnektor.Decryption{
				Content: theirs, Key: konnektor.CardKey{Card: a.HPC, Crypt: crypt},
			})
			require.NoError(t, err, "it reads openssl's")
			require.Equal(t, secret, []byte(clear.Content))
		})
	}
}

func TestEncryptionForOthers(t *testing.T) {
	k, client, a := practice(t)
	hba := k.Insert(konnektor.CardHBA)
	id, err := k.CardIdentity(hba, "C.ENC", "ECC")
	require.NoError(t, err)
	sealed, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
		Content: []byte("x"), Type: konnektor.EncryptionCMS, Certificates: [][]byte{id.DER},
	})
	require.NoError(t, err)
	_, _, err = client.DecryptDocument(t.Context(), konnektor.Decryption{Content: sealed.Content, Key: konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptECC}})
	require.ErrorIs(t, err, konnektor.CodeWrongKey)
	_, _, err = client.DecryptDocument(t.Context(), konnektor.Decryption{Content: []byte("nonsense"), Key: konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptECC}})
	require.ErrorIs(t, err, konnektor.CodeDocumentFormat)
	broken := bytes.Clone(sealed.Content)
	broken[len(broken)-1] ^= 1
	cfg := k.Config()
	cfg.Call.UserID = "arzt1"
	doctor, err := konnektor.New(cfg)
	require.NoError(t, err)
	defer doctor.Close()
	require.NoError(t, k.SetPIN(hba, konnektor.PINCH, konnektor.PINVerified, 3))
	_, _, err = doctor.DecryptDocument(t.Context(), konnektor.Decryption{Content: broken, Key: konnektor.CardKey{Card: hba, Crypt: konnektor.CryptECC}})
	require.ErrorIs(t, err, konnektor.CodeSymmetricDecryption)
	clear, _, err := doctor.DecryptDocument(t.Context(), konnektor.Decryption{Content: sealed.Content, Key: konnektor.CardKey{Card: hba, Crypt: konnektor.CryptECC}})
	require.NoError(t, err)
	require.Equal(t, "x", string(clear.Content))
}

func TestXMLEncryption(t *testing.T) {
	k, client, a := practice(t)
	document := []byte(`<a:Akte xmlns:a="urn:akte"><a:Name>offen</a:Name><a:Befund art="x">geheim &amp; ü</a:Befund></a:Akte>`)
	key := konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptRSA}
	for name, elements := range map[string][]konnektor.EncryptedElement{
		"root": nil, "element": {{XPath: "/a:Akte/a:Befund"}}, "content": {{XPath: "//Befund", ContentOnly: true}},
	} {
		t.Run(name, func(t *testing.T) {
			sealed, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
				Content: document, Type: konnektor.EncryptionXML, Key: &key, Elements: elements,
			})
			require.NoError(t, err)
			require.NotContains(t, string(sealed.Content), "geheim")
			clear, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{Content: sealed.Content, XML: true, Key: key})
			require.NoError(t, err)
			require.Equal(t, string(document), string(clear.Content))

			files := cardKey(t, k, a.HPC, "C.ENC", "RSA")
			files["message"] = sealed.Content
			theirs := tool(t, files, "xmlsec1", "--decrypt", "--output", "out", "--privkey-pem", "key.pem,cert.pem", "message")
			require.Contains(t, string(theirs), "geheim &amp; ", "xmlsec1 reads it")
		})
	}
	_, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
		Content: document, Type: konnektor.EncryptionXML, Key: &key, Elements: []konnektor.EncryptedElement{{XPath: "/none"}},
	})
	require.ErrorIs(t, err, konnektor.Code(4103))
}

func TestSMIME(t *testing.T) {
	k, client, a := practice(t)
	mail := []byte("Content-Type: text/plain\r\n\r\nguten Tag\r\n")
	sealed, _, err := client.EncryptDocument(t.Context(), konnektor.Encryption{
		Content: mail, Type: konnektor.EncryptionSMIME, Key: &konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptRSA},
	})
	require.NoError(t, err)
	files := cardKey(t, k, a.HPC, "C.ENC", "RSA")
	files["message"] = sealed.Content
	require.Equal(t, mail, tool(t, files, "openssl", "cms", "-decrypt", "-binary", "-inform", "SMIME",
		"-in", "message", "-inkey", "key.pem", "-recip", "cert.pem", "-out", "out"))
	clear, _, err := client.DecryptDocument(t.Context(), konnektor.Decryption{Content: sealed.Content, Key: konnektor.CardKey{Card: a.HPC, Crypt: konnektor.CryptRSA}})
	require.NoError(t, err)
	require.Equal(t, mail, []byte(clear.Content))
}
