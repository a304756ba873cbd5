//go:build !race

package tsl_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

// The judges are programs of their own, in which the race detector finds nothing.

// TestRealListsBeforeXmlsec1 has both verdicts on every real list and on what
// is made of it by small changes.
func TestRealListsBeforeXmlsec1(t *testing.T) {
	judge := newXmlsec(t)
	for _, real1 := range realLists {
		data := real(t, real1.file)
		o := tsl.Options{At: at(t, real1.issued).Add(24 * time.Hour), Environment: real1.environment}
		args := judge.signatureOnly(t, data)
		for name, change := range map[string]func([]byte) []byte{
			"as it is":               func(x []byte) []byte { return x },
			"trailing line end":      func(x []byte) []byte { return append(x, '\n') },
			"byte order mark":        func(x []byte) []byte { return append([]byte("\xEF\xBB\xBF"), x...) },
			"CRLF":                   func(x []byte) []byte { return bytes.ReplaceAll(x, []byte("\n"), []byte("\r\n")) },
			"comment":                replace("<SchemeName>", "<!-- - --><SchemeName>"),
			"status changed":         replace("Svcstatus/inaccord", "Svcstatus/revoked"),
			"number changed":         replace("<TSLSequenceNumber>1", "<TSLSequenceNumber>2"),
			"pretty-printed":         func(x []byte) []byte { return bytes.ReplaceAll(x, []byte("><"), []byte(">\n<")) },
			"signing time changed":   replace("<xades:SigningTime>2", "<xades:SigningTime>3"),
			"digest of another list": replace("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
			"character reference":    replace("gematik TSL Scheme", "g&#101;matik TSL Scheme"),
		} {
			t.Run(real1.file+" "+name, func(t *testing.T) {
				list := change(bytes.Clone(data))
				_, err := tsl.Verify(list, o)
				require.Equal(t, judge.accepts(t, args, list), err == nil, "xmlsec1 accepts, and we say: %v", err)
			})
		}
	}
}

// TestRealChainsBeforeXmlsec1 has the chain to the root in it: in time, after
// the signer has expired, and with the anchor of another environment.
func TestRealChainsBeforeXmlsec1(t *testing.T) {
	judge := newXmlsec(t)
	root := realRoot(t).Raw
	for _, c := range []struct {
		name, file, at string
		environment    tsl.Environment
		good           bool
	}{
		{"in time", "prod-10326.xml", "2026-07-15T00:00:00Z", tsl.Production, true},
		{"old signer in time", "prod-10291.xml", "2025-05-01T00:00:00Z", tsl.Production, true},
		{"old signer expired", "prod-10291.xml", "2025-05-27T12:00:00Z", tsl.Production, false},
		{"before the signer", "prod-10326.xml", "2025-04-01T00:00:00Z", tsl.Production, false},
		{"other anchor", "prod-10326.xml", "2026-07-15T00:00:00Z", tsl.Test, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, when, trust := real(t, c.file), at(t, c.at), anchor(t, c.environment)
			_, err := tsl.Verify(list, tsl.Options{At: when, Anchors: []*certs.Certificate{trust}})
			require.Equal(t, c.good, err == nil, err)
			require.Equal(t, c.good, judge.accepts(t, judge.chain(t, root, trust.Raw, when), list))
		})
	}
}

// realRoot is the root above the production anchor, out of roots.json.
func realRoot(t testing.TB) *certs.Certificate {
	t.Helper()
	roots, err := tsl.ReadRoots(real(t, "roots-prod.json"))
	require.NoError(t, err)
	pin, err := tsl.RootFingerprint(tsl.Production)
	require.NoError(t, err)
	reached, _, err := roots.Walk(pin, at(t, "2026-07-15T00:00:00Z"))
	require.NoError(t, err)
	return reached[0].Certificate
}

// TestSignersBeforeXmlsec1 has the verdicts on the certificate of the signer
// where xmlsec1 asks the same as we do: signature and dates.
func TestSignersBeforeXmlsec1(t *testing.T) {
	judge := newXmlsec(t)
	m := tsltest.New(t)
	root, trust := m.PKI().Root(2).DER, m.PKI().TSLCA(1)
	for _, c := range []struct {
		name   string
		under  int
		change certstest.Change
		code   tsl.Code
	}{
		{"valid", 1, certstest.Serial(5), 0},
		{"under another anchor", 2, certstest.Serial(5), tsl.CodeAnchorUnknown},
		{"expired", 1, certstest.Expired(m.At()), tsl.CodeNotInTime},
		{"not valid yet", 1, certstest.NotYetValid(m.At()), tsl.CodeNotInTime},
		{"wrong signature", 1, certstest.BadSignature(), tsl.CodeSignerSignature},
		{"wrong authority key", 1, certstest.WrongAuthorityKey(), tsl.CodeOtherKeyID},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca, err := m.Anchor(c.under)
			require.NoError(t, err)
			signer, err := m.PKI().TSLSigner(ca, c.change)
			require.NoError(t, err)
			list, err := m.List(tsltest.Spec{Signer: signer})
			require.NoError(t, err)
			_, err = tsl.Verify(list.XML, m.Options())
			if c.code != 0 {
				require.ErrorIs(t, err, c.code)
			}
			require.Equal(t, judge.accepts(t, judge.chain(t, root, trust.DER, m.At()), list.XML), err == nil)
		})
	}
}

// TestMadeListsBeforeXmlsec1 has the verdicts up to the root on every list of a
// chain of anchor changes and on lists of every environment, each with its own
// anchor and with another one.
func TestMadeListsBeforeXmlsec1(t *testing.T) {
	judge := newXmlsec(t)
	check := func(t *testing.T, m *tsltest.Maker, list *tsltest.List, generation int) {
		t.Helper()
		for _, other := range []int{generation, generation%3 + 1} {
			ca, err := m.Anchor(other)
			require.NoError(t, err)
			root := m.PKI().Roots()[slices.IndexFunc(m.PKI().Roots(), func(r *certstest.Root) bool {
				return ca.Certificate.CheckIssuedBy(r.Certificate) == nil
			})]
			_, err = tsl.Verify(list.XML, tsl.Options{
				At: list.Issued, Environment: tsl.AnyEnvironment, Anchors: []*certs.Certificate{ca.Certificate},
			})
			require.Equal(t, other == generation, err == nil, err)
			require.Equal(t, err == nil, judge.accepts(t, judge.chain(t, root.DER, ca.DER, list.Issued), list.XML))
		}
	}
	m := tsltest.New(t)
	chain, err := m.Chain(2)
	require.NoError(t, err)
	for i, list := range chain {
		check(t, m, list, i+1)
	}
	for _, e := range []tsl.Environment{tsl.Production, tsl.Reference, tsl.Test} {
		m, err := tsltest.Make(tsltest.MakerOptions{Environment: e})
		require.NoError(t, err)
		check(t, m, makeList(t, m, tsltest.Spec{}), 1)
	}
}

// TestDetachedBeforeOpenSSL has both verdicts on a detached signature.
func TestDetachedBeforeOpenSSL(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl not found")
	}
	m := tsltest.New(t)
	list, err := m.List(tsltest.Spec{})
	require.NoError(t, err)
	bare, err := tsltest.BareDetach(list.XML, list.Signer)
	require.NoError(t, err)
	judge := func(t *testing.T, file, data []byte) bool {
		dir := t.TempDir()
		write := func(name string, b []byte) string {
			name = filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(name, b, 0o600))
			return name
		}
		sig, key := cutContainer(t, file)
		out, err := exec.Command(path, "dgst", "-sha256", "-verify", write("key.pem", key), "-signature", write("sig", sig), write("list.xml", data)).CombinedOutput()
		require.Regexp(t, "Verified OK|Verification [Ff]ailure", string(out))
		return err == nil
	}
	for name, c := range map[string]struct {
		file, data []byte
		good       bool
	}{
		"made":           {list.Detached, list.XML, true},
		"made, bare":     {bare, list.XML, true},
		"made, one more": {list.Detached, append(bytes.Clone(list.XML), '\n'), false},
		"real":           {real(t, "prod-10326.sig"), real(t, "prod-10326.xml"), true},
		"real, other":    {real(t, "prod-10326.sig"), real(t, "prod-10291.xml"), false},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := tsl.ReadDetached(c.file)
			require.NoError(t, err)
			require.Equal(t, c.good, d.Verify(c.data) == nil)
			require.Equal(t, c.good, judge(t, c.file, c.data))
		})
	}
}

// cutContainer takes a .sig file apart without package tsl: the header of the
// file and of the algorithm have 4 and 12 bytes.
func cutContainer(t *testing.T, file []byte) (sig, keyPEM []byte) {
	t.Helper()
	rest := file[16:]
	if rest[0] == 0x03 {
		sig, rest = rest[3:2+int(rest[1])], rest[2+int(rest[1]):]
	} else {
		sig, rest = rest[:2+int(rest[1])], rest[2+int(rest[1]):]
	}
	cert, err := certs.Parse(rest)
	require.NoError(t, err)
	require.Equal(t, x509.ECDSAWithSHA256, cert.SignatureAlgorithm)
	return sig, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: cert.RawSubjectPublicKeyInfo})
}
