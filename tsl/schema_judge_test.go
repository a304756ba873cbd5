//go:build !race

package tsl_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

// ourSchema are the cases in which the schema and we differ on purpose.
var ourSchema = map[string]string{
	"number beyond all numbers":         "XML Schema has numbers without end",
	"Id of the signed properties twice": "the schema says nothing of Ids in extensions",
	"signature in an extension":         "we count it, and do not look into it",
}

// TestSchemaBeforeXmllint has the verdict of xmllint with the official schema on
// every case that is XML: the same as ours.
func TestSchemaBeforeXmllint(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint not found")
	}
	dir := os.Getenv("GEMATIK_API_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "gematik-api")
	}
	schema := filepath.Join(dir, "ext", "tsl.xsd")
	if _, err := os.Stat(schema); err != nil {
		t.Skip("official schema tsl.xsd not found: set GEMATIK_API_DIR")
	}
	for _, c := range cases(t) {
		_, err := tsl.Verify(c.XML, c.Options)
		if errors.Is(err, tsl.CodeNotWellFormed) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "list.xml")
			require.NoError(t, os.WriteFile(file, c.XML, 0o600))
			out, judged := exec.Command(xmllint, "--nonet", "--noout", "--schema", schema, file).CombinedOutput()
			require.Regexp(t, "validates|fails to validate", string(out))
			if ourSchema[c.Name] != "" {
				require.NotEqual(t, judged == nil, !errors.Is(err, tsl.CodeSchema), "they agree now")
				return
			}
			require.Equal(t, judged == nil, !errors.Is(err, tsl.CodeSchema), "we: %v\nxmllint: %.600s", err, out)
		})
	}
}
