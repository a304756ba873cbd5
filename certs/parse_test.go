package certs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// realLists returns the texts of the TI's trust lists, or skips.
func realLists(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "testdata", "tsl")
	files, _ := filepath.Glob(filepath.Join(dir, "*.xml"))
	if len(files) == 0 {
		t.Skip("real trust lists not found in ../shared/testdata/tsl")
	}
	lists := make(map[string]string, len(files))
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		lists[filepath.Base(f)] = string(text)
	}
	return lists
}

var certificateElement = regexp.MustCompile(`X509Certificate[^>]*>([^<]+)<`)

// realCertificates are the certificates of all real lists, each once.
func realCertificates(t *testing.T) []*certs.Certificate {
	t.Helper()
	var names []string
	for name := range realLists(t) {
		names = append(names, name)
	}
	slices.Sort(names)
	return realCertificatesOf(t, names...)
}

// parsedLists keeps the certificates of a list for the other tests.
var parsedLists sync.Map // of []*certs.Certificate, by the name of the list

func realCertificatesOf(t *testing.T, names ...string) []*certs.Certificate {
	t.Helper()
	lists := realLists(t)
	seen := map[[sha256.Size]byte]bool{}
	var all []*certs.Certificate
	for _, name := range names {
		require.Contains(t, lists, name)
		parsed, found := parsedLists.Load(name)
		if !found {
			parsed = parseList(t, name, lists[name])
			parsedLists.Store(name, parsed)
		}
		for _, cert := range parsed.([]*certs.Certificate) {
			if id := sha256.Sum256(cert.Raw); !seen[id] {
				seen[id] = true
				all = append(all, cert)
			}
		}
	}
	return all
}

func parseList(t *testing.T, name, text string) (all []*certs.Certificate) {
	t.Helper()
	for _, m := range certificateElement.FindAllStringSubmatch(text, -1) {
		b64 := strings.NewReplacer("&#xD;", "", "\n", "", " ", "").Replace(m[1])
		der, err := base64.StdEncoding.DecodeString(b64)
		require.NoError(t, err, name)
		cert, err := certs.Parse(der)
		require.NoError(t, err, name)
		require.Equal(t, der, cert.Raw)
		all = append(all, cert)
	}
	return all
}

func TestParseEveryCertificateOfTheRealLists(t *testing.T) {
	all := realCertificates(t)
	brainpools := 0
	for _, c := range all {
		if c.KeyType().Brainpool() {
			brainpools++
		}
	}
	t.Logf("%d certificates, %d with Brainpool keys", len(all), brainpools)
	require.Len(t, all, 627)
	require.Equal(t, 360, brainpools)
}

// TestKindsOfRealCertificates has what the production list consists of.
func TestKindsOfRealCertificates(t *testing.T) {
	kinds, roles := map[string]int{}, map[string]int{}
	for _, c := range realCertificatesOf(t, "prod-10326.xml") {
		kinds[c.Kind()]++
		for _, r := range c.Roles() {
			roles[r.String()]++
		}
	}
	require.Equal(t, map[string]int{
		"CA": 99, "root CA": 12, "C.GEM.OCSP": 136, "C.TSL.SIG": 1, "C.FD.TLS-C": 2, "C.FD.TLS-S": 4,
		"other": 3, // signers of the BNetzA and of the CRL
	}, kinds)
	require.Equal(t, map[string]int{"TI-Gateway Zugangsmodul": 4, "Technische Zertifikatsausgabestelle eines Anbieters SMC-B": 2}, roles)
}

// TestDamagedKeys are what no certificate of the TI may have.
func TestDamagedKeys(t *testing.T) {
	p := lightPKI(t)
	for _, kind := range []certs.KeyType{
		certs.KeyBrainpoolP256r1, certs.KeyBrainpoolP384r1, certs.KeyBrainpoolP512r1, certs.KeyP256, certs.KeyP384, certs.KeyP521,
	} {
		key, err := certstest.GenerateKey(kind)
		require.NoError(t, err)
		issue := func(changes ...certstest.Change) error {
			id, err := p.CA(certstest.KompCA, certs.KeyP256).Issue(certstest.Template{NotBefore: p.At(), NotAfter: p.At()}, key, changes...)
			require.NoError(t, err)
			c, err := certs.Parse(id.DER)
			if err == nil {
				require.Equal(t, kind, c.KeyType())
				require.Equal(t, kind.Brainpool(), strings.HasPrefix(string(kind), "brainpool"))
			}
			return err
		}
		require.NoError(t, issue(), kind)
		require.ErrorIs(t, issue(certstest.ExplicitCurve()), brainpool.ErrExplicitCurve, kind)
		require.ErrorIs(t, issue(certstest.TrailingBytes(0)), certs.ErrMalformed, kind)
		off := certs.ErrMalformed
		if kind.Brainpool() {
			off = brainpool.ErrPoint
		}
		require.ErrorIs(t, issue(certstest.PointOffCurve()), off, kind)
	}
	_, err := certs.Parse(make([]byte, 1<<20))
	require.ErrorIs(t, err, certs.ErrTooLarge)
	_, err = certs.ParseAll(make([]byte, 100<<20))
	require.ErrorIs(t, err, certs.ErrTooLarge)
	_, err = certs.ParsePEM([]byte("<html>"))
	require.ErrorIs(t, err, certs.ErrNoCertificate)
	many := bytes.Repeat(p.Root(2).CertificatePEM(), 1025)
	_, err = certs.ParsePEM(many)
	require.ErrorIs(t, err, certs.ErrTooLarge)
	_, err = certs.ParseAll(many)
	require.ErrorIs(t, err, certs.ErrTooLarge)
	all, err := certs.ParsePEM(many[:3*len(many)/1025])
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.False(t, all[0].Equal(nil))
}
