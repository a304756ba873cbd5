package layers

import (
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestImportsFollowTheTable(t *testing.T) {
	all, _ := sources(t)
	for _, s := range all {
		for _, spec := range s.syn.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if why := forbidden(s.pkg, imported, s.test()); why != "" {
				t.Errorf("%s: %s", s.path, why)
			}
		}
	}
}

// forbidden says why a package must not import another one, or nothing.
func forbidden(pkg, imported string, inTest bool) string {
	if imported == "testing" && !inTest && !isTestPackage(pkg) {
		return "testing is for _test.go files and ...test packages"
	}
	own, inside := strings.CutPrefix(imported, module+"/")
	if !inside {
		if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
			return "" // the standard library
		}
		own = imported
	}
	if inTest && (own == pkg || anyMatches(inTests, own)) {
		return ""
	}
	i := slices.IndexFunc(table, func(r row) bool { return matches(r.pkg, pkg) })
	if i < 0 {
		return "package " + pkg + " has no row in the table"
	}
	if anyMatches(table[i].may, own) {
		return ""
	}
	return pkg + " must not import " + own
}

func anyMatches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

func matches(pattern, pkg string) bool {
	switch pattern {
	case "PUBLIC":
		return isPublic(pkg)
	case "TEST":
		return isTestPackage(pkg) && isOwn(pkg)
	}
	if folder, found := strings.CutSuffix(pattern, "/..."); found {
		return pkg == folder || strings.HasPrefix(pkg, folder+"/")
	}
	ok, _ := path.Match(pattern, pkg)
	return ok
}

func isOwn(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return slices.Contains(topLevel, first)
}

func isTestPackage(pkg string) bool {
	return strings.HasSuffix(pkg, "test") && !slices.Contains(strings.Split(pkg, "/"), "internal")
}

func isPublic(pkg string) bool {
	parts := strings.Split(pkg, "/")
	return isOwn(pkg) && !isTestPackage(pkg) && parts[0] != "cabi" && parts[0] != "examples" &&
		!slices.Contains(parts, "internal") && !slices.Contains(parts, "cmd")
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		inTest, bad   bool
	}{
		{"konnektor", "net/http", false, false},
		{"konnektor", module + "/konnektor/internal/soap", false, false},
		{"konnektor", module + "/vsdm", false, true},
		{"konnektor", module + "/vsdm", true, false},
		{"konnektor", "github.com/stretchr/testify/require", false, true},
		{"konnektor", "github.com/stretchr/testify/require", true, false},
		{"konnektor", "testing", false, true},
		{"konnektor/konnektortest", "testing", false, false},
		{"konnektor/wire", module + "/konnektor", false, true},
		{"konnektor/mgmt/secunet", module + "/konnektor/mgmt", false, false},
		{"konnektor/mgmt/secunet", module + "/konnektor/mgmt/rise", false, true},
		{"konnektor/fix/seclog", module + "/konnektor/mgmt/secunet", false, true},
		{"konnektor/operations", module + "/konnektor/konnektortest", false, true},
		{"konnektor/operations", module + "/konnektor/internal/soap", false, true},
		{"konnektor/cmd/konnektorsim", module + "/vsdm/vsdmtest", false, false},
		{"vsdm", module + "/konnektor/cmd/konnektorctl", true, true},
		{"vsdm", module + "/examples/demo", false, true},
		{"vsdm/unplaced", module + "/konnektor", false, true},
		{"tsl", module + "/konnektor", false, true},
		{"konnektor/internal/soap", "github.com/elsewhere/soap", false, true},
	} {
		assert.Equal(t, c.bad, forbidden(c.pkg, c.imported, c.inTest) != "", "%+v", c)
	}
}

func TestTopLevelFolders(t *testing.T) {
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "dist" { // dist is what make cabi builds
			assert.Contains(t, topLevel, e.Name(), "the top level is a list of what the product offers")
		}
	}
}
