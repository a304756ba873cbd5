package mgmt

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVendorsProfiles(t *testing.T) {
	files, err := filepath.Glob("*/*.json")
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := ReadProfile(data)
		require.NoError(t, err, file)
		for _, e := range p.Entries {
			require.Equal(t, Confirmed, e.Evidence, "%s: %s", file, e.Operation)
		}
		require.Contains(t, schemes, p.Auth)
	}
}
