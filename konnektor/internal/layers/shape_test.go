package layers

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPackagesHaveAComment(t *testing.T) {
	all, _ := sources(t)
	has := map[string]bool{}
	for _, s := range all {
		if !s.test() {
			has[s.pkg] = has[s.pkg] || s.syn.Doc != nil
		} else if _, known := has[s.pkg]; !known {
			has[s.pkg] = false
		}
	}
	for pkg, ok := range has {
		if !ok {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

func TestExportedNamesHaveAComment(t *testing.T) {
	all, files := sources(t)
	for _, s := range all {
		if s.test() || s.generated() || !isPublic(s.pkg) && !isTestPackage(s.pkg) {
			continue
		}
		for _, name := range undocumented(s.syn) {
			t.Errorf("%s: %s has no doc comment", files.Position(name.Pos()), name.Name)
		}
	}
}

// undocumented lists the exported names of a file that nothing is said about.
// A comment above a group of constants or variables counts for all of them.
func undocumented(file *ast.File) (names []*ast.Ident) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				names = append(names, undocumentedSpec(spec, d.Doc != nil)...)
			}
		}
	}
	return names
}

func undocumentedSpec(spec ast.Spec, groupDoc bool) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && !groupDoc {
			return []*ast.Ident{s.Name}
		}
		if i, ok := s.Type.(*ast.InterfaceType); ok && s.Name.IsExported() {
			return undocumentedMethods(i)
		}
	case *ast.ValueSpec:
		if s.Doc == nil && s.Comment == nil && !groupDoc {
			return slices.DeleteFunc(slices.Clone(s.Names), func(n *ast.Ident) bool { return !n.IsExported() })
		}
	}
	return nil
}

func undocumentedMethods(i *ast.InterfaceType) (names []*ast.Ident) {
	for _, m := range i.Methods.List {
		if len(m.Names) == 1 && m.Names[0].IsExported() && m.Doc == nil && m.Comment == nil {
			names = append(names, m.Names[0])
		}
	}
	return names
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	name, ok := typ.(*ast.Ident)
	return !ok || name.IsExported()
}

func TestFunctionsAreShortAndNoneRunsByItself(t *testing.T) {
	all, files := sources(t)
	for _, s := range all {
		if s.generated() {
			continue
		}
		for _, decl := range s.syn.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := lines(files, f); n > maxFunction && !s.test() {
				t.Errorf("%s: %s has %d lines: look for the second thing it does", files.Position(f.Pos()), f.Name.Name, n)
			}
			if f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: nothing runs before main", files.Position(f.Pos()))
			}
		}
	}
}

func lines(files *token.FileSet, f *ast.FuncDecl) int {
	return files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
}

func TestFilesAreNamedAfterTheirSubject(t *testing.T) {
	all, _ := sources(t)
	for _, s := range all {
		assert.NotContains(t, []string{"util.go", "utils.go", "helpers.go", "common.go", "types.go", "misc.go"},
			path.Base(s.path), s.path)
	}
}

// TestGermanIsInOneFile looks for what an umlaut or a question gives away as German
// in the packages and programs whose texts all stand in german.go.
func TestGermanIsInOneFile(t *testing.T) {
	all, files := sources(t)
	for _, s := range all {
		if s.test() || path.Base(s.path) == "german.go" || !anyMatches([]string{"konnektor/operations", "konnektor/cmd/*", "cabi/..."}, s.pkg) {
			continue
		}
		ast.Inspect(s.syn, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && (strings.ContainsAny(text.Value, "äöüßÄÖÜ") || strings.Contains(text.Value, "[j/N]")) {
				t.Errorf("%s: German belongs in konnektor/operations/german.go", files.Position(text.Pos()))
			}
			return true
		})
	}
}
