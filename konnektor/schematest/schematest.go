// Package schematest holds XML against the official schemas with xmllint, for
// tests of the wire: of ours, and of whoever sends or simulates messages.
//
// The schemas are looked for in the folder that GEMATIK_API_DIR names, else in
// ../shared/gematik-api beside the module: a clone of gematik/api-telematik. A
// test that cannot be judged, since they or xmllint are not there, is skipped
// with one line that says what is missing; with CI=true in the environment,
// where everything is installed, it fails instead.
//
// The functions are safe for concurrent use.
package schematest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// timeout bounds one run of xmllint.
const timeout = 5 * time.Minute

// Document is one element to be judged.
type Document struct {
	// Name says in a failure which document it was.
	Name string
	// XML is the element with every namespace that it needs declared: what
	// stands in the Body of an envelope, not the envelope.
	XML []byte
}

// Validate fails the test unless element, a document of its own, is valid after
// the schema: a path below the folder of the schemas such as
// conn/EventService.xsd.
func Validate(t testing.TB, schema string, element []byte) {
	t.Helper()
	ValidateAll(t, schema, Document{Name: "document", XML: element})
}

// ValidateAll is Validate for many documents with one run of xmllint. Each
// invalid document is reported by its name.
func ValidateAll(t testing.TB, schema string, docs ...Document) {
	t.Helper()
	for name, complaint := range Complaints(t, schema, docs...) {
		t.Errorf("%s is not valid after %s:\n%s", name, schema, complaint)
	}
}

// Complaints returns what xmllint says about each invalid document, by the
// name of the document.
func Complaints(t testing.TB, schema string, docs ...Document) map[string]string {
	t.Helper()
	if len(docs) == 0 {
		return nil
	}
	xmllint(t)
	complaints, err := Judge(context.Background(), Dir(t), schema, docs...)
	if err != nil {
		t.Fatal(err)
	}
	return complaints
}

// Judge is Complaints outside of tests. dir is the folder of the schemas; ctx,
// and five minutes, bound the run of xmllint.
func Judge(ctx context.Context, dir, schema string, docs ...Document) (map[string]string, error) {
	files, err := os.MkdirTemp("", "schematest-")
	if err != nil {
		return nil, fmt.Errorf("schematest: %w", err)
	}
	defer os.RemoveAll(files)
	args := []string{"--nonet", "--noout", "--schema", filepath.Join(dir, filepath.FromSlash(schema))}
	for i, d := range docs {
		path := filepath.Join(files, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(path, d.XML, 0o600); err != nil {
			return nil, fmt.Errorf("schematest: %w", err)
		}
		args = append(args, path)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	said, err := exec.CommandContext(ctx, "xmllint", args...).CombinedOutput()
	complaints := verdicts(string(said), files, docs)
	if err != nil && (len(complaints) == 0 || ctx.Err() != nil) {
		return nil, fmt.Errorf("schematest: xmllint with %s: %w\n%s", schema, err, said)
	}
	return complaints, nil
}

// Check says what is missing to judge with the schemas in dir: xmllint, or the
// schemas themselves.
func Check(dir string) error {
	if _, err := exec.LookPath("xmllint"); err != nil {
		return errors.New("schematest: xmllint is not installed (Debian: libxml2-utils)")
	}
	if !holdsSchemas(dir) {
		return errors.New("schematest: no official schemas in " + dir + ": it should be a clone of gematik/api-telematik")
	}
	return nil
}

func holdsSchemas(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "conn", "EventService.xsd"))
	return err == nil
}

// verdicts takes xmllint's words apart. A document is valid if and only if
// xmllint says "FILE validates"; whatever else it says about a file is a
// complaint.
func verdicts(said, files string, docs []Document) map[string]string {
	lines := strings.Split(said, "\n")
	complaints := map[string]string{}
	for i, d := range docs {
		path := filepath.Join(files, fmt.Sprintf("%d.xml", i))
		if slices.Contains(lines, path+" validates") {
			continue
		}
		var about []string
		for _, line := range lines {
			if strings.HasPrefix(line, path) {
				about = append(about, strings.TrimPrefix(line, path+":"))
			}
		}
		complaints[d.Name] = strings.Join(about, "\n")
	}
	return complaints
}

// Available says whether xmllint and the schemas are there, for whoever judges
// only where that is possible.
func Available() bool { return Check(folder()) == nil }

// folder is where the official schemas are looked for.
func folder() string {
	if dir := os.Getenv("GEMATIK_API_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(moduleRoot(), "..", "shared", "gematik-api")
}

// Dir returns the folder of the official schemas.
func Dir(t testing.TB) string {
	t.Helper()
	dir := folder()
	if !holdsSchemas(dir) {
		unjudged(t, "no official schemas in "+dir+": set GEMATIK_API_DIR to a clone of gematik/api-telematik")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatalf("schematest: %v", err)
	}
	return abs
}

// moduleRoot is the folder of the go.mod above the working directory, or the
// working directory.
func moduleRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for parent := dir; ; parent = filepath.Dir(parent) {
		if _, err := os.Stat(filepath.Join(parent, "go.mod")); err == nil {
			return parent
		}
		if parent == filepath.Dir(parent) {
			return dir
		}
	}
}

func xmllint(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		unjudged(t, "xmllint is not installed (Debian: libxml2-utils)")
	}
}

// unjudged ends the test: skipped, or failed where everything is installed.
func unjudged(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}
