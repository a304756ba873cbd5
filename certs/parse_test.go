package certs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
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

func TestParseEveryCertificateOfTheRealLists(t *testing.T) {
	seen := map[string]bool{}
	brainpools := 0
	for name, text := range realLists(t) {
		for _, m := range certificateElement.FindAllStringSubmatch(text, -1) {
			b64 := strings.NewReplacer("&#xD;", "", "\n", "", " ", "").Replace(m[1])
			der, err := base64.StdEncoding.DecodeString(b64)
			require.NoError(t, err, name)
			print := sha256.Sum256(der)
			if id := hex.EncodeToString(print[:]); seen[id] {
				continue
			} else {
				seen[id] = true
			}
			cert, err := certs.Parse(der)
			require.NoError(t, err, name)
			require.Equal(t, der, cert.Raw)
			if cert.KeyType().Brainpool() {
				brainpools++
			}
		}
	}
	t.Logf("%d certificates, %d with Brainpool keys", len(seen), brainpools)
	require.Greater(t, len(seen), 400)
	require.Greater(t, brainpools, 200)
}
