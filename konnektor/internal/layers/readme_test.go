package layers

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmeSaysWhyOfEachDependency compares the table of dependencies in the
// README with what is imported.
func TestReadmeSaysWhyOfEachDependency(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	_, section, found := strings.Cut(string(readme), "\n## Dependencies\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([\w./-]+) \| \w`).FindAllStringSubmatch(section, -1) {
		if row[1] != "module" {
			told[row[1]] = true
		}
	}
	imported := map[string]bool{}
	all, _ := sources(t)
	for _, s := range all {
		for _, spec := range s.syn.Imports {
			parts := strings.Split(strings.Trim(spec.Path.Value, `"`), "/")
			if strings.Contains(parts[0], ".") && !strings.HasPrefix(spec.Path.Value, `"`+module) {
				imported[strings.TrimPrefix(strings.Join(parts[:3], "/"), "github.com/")] = true
			}
		}
	}
	require.Equal(t, imported, told)
}
