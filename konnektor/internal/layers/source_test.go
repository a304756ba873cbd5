package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/libkonnektor/libkonnektor"
	root   = "../../.." // of the module, seen from this package
)

// source is one Go file of the module.
type source struct {
	pkg  string // folder inside the module, with slashes
	path string // of the file inside the module
	syn  *ast.File
}

func (s source) test() bool      { return strings.HasSuffix(s.path, "_test.go") }
func (s source) generated() bool { return ast.IsGenerated(s.syn) }

// sources parses every Go file of the module, whatever system it is for.
func sources(t *testing.T) ([]source, *token.FileSet) {
	t.Helper()
	var all []source
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(name, d.Name())
		case path.Ext(name) != ".go":
			return nil
		}
		syn, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{pkg: path.Dir(rel), path: rel, syn: syn})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all, files
}

// enter leaves out the folders that the go command leaves out too.
func enter(name, base string) error {
	if name == root {
		return nil
	}
	if base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir // another module
	}
	return nil
}
