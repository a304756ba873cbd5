package certs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
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

// realCertificates parses every certificate of the real lists once.
func realCertificates(t *testing.T) []*certs.Certificate {
	t.Helper()
	var names []string
	for name := range realLists(t) {
		names = append(names, name)
	}
	slices.Sort(names)
	return realCertificatesOf(t, names...)
}

func realCertificatesOf(t *testing.T, names ...string) []*certs.Certificate {
	t.Helper()
	lists := realLists(t)
	seen := map[[sha256.Size]byte]bool{}
	var all []*certs.Certificate
	for _, name := range names {
		require.Contains(t, lists, name)
		for _, m := range certificateElement.FindAllStringSubmatch(lists[name], -1) {
			b64 := strings.NewReplacer("&#xD;", "", "\n", "", " ", "").Replace(m[1])
			der, err := base64.StdEncoding.DecodeString(b64)
			require.NoError(t, err, name)
			id := sha256.Sum256(der)
			if seen[id] {
				continue
			}
			seen[id] = true
			cert, err := certs.Parse(der)
			require.NoError(t, err, name)
			require.Equal(t, der, cert.Raw)
			all = append(all, cert)
		}
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
	require.Greater(t, len(all), 400)
	require.Greater(t, brainpools, 200)
}
