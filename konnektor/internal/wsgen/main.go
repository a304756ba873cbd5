// Command wsgen generates the wire types of the Konnektor's services and of the
// VSD documents from the official WSDL and XSD files.
//
// It is run from the module root, by make generate. The files are looked for
// in the folder that GEMATIK_API_DIR names, else in ../shared/gematik-api: a
// clone of gematik/api-telematik at the commit that README names.
//
// Service, operation, messages and SOAPAction come from the WSDL through
// gowsdl's model. The schemas are read by this program itself, since order,
// choice, occurrence and the namespaces of references must survive. A construct
// of XML Schema that it does not know ends it with an error: nothing is left
// out in silence.
//
// Where to look: config.go says what is generated, schema.go reads schemas,
// wsdl.go reads services, model.go turns types into Go, names.go names them,
// emit.go, encode.go and decode.go write the source.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "wsgen:", err)
		os.Exit(1)
	}
}

// run generates every target below the module root.
func run(root string) error {
	schemas, err := schemaDir(root)
	if err != nil {
		return err
	}
	files, err := generateAll(schemas)
	if err != nil {
		return err
	}
	if err := removeStale(root, files); err != nil {
		return err
	}
	for path, src := range files {
		path = filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, src, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// schemaDir finds the official files.
func schemaDir(root string) (string, error) {
	dir := os.Getenv("GEMATIK_API_DIR")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "gematik-api")
	}
	if _, err := os.Stat(filepath.Join(dir, "conn", "EventService.wsdl")); err != nil {
		return "", fmt.Errorf("no official WSDL and XSD files in %s: set GEMATIK_API_DIR to a clone of gematik/api-telematik: %w", dir, err)
	}
	return dir, nil
}

// generateAll returns every generated file by its path below the module root.
func generateAll(schemas string) (map[string][]byte, error) {
	lib, err := readLibrary(schemas)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, t := range targets {
		files, err := generate(lib, t, schemas)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.dir, err)
		}
		for path, src := range files {
			all[path] = src
		}
	}
	return all, nil
}

// removeStale deletes generated files that are generated no more.
func removeStale(root string, files map[string][]byte) error {
	stale, err := staleFiles(root, files)
	for _, path := range stale {
		if err := os.Remove(filepath.Join(root, filepath.FromSlash(path))); err != nil {
			return err
		}
	}
	return err
}

// staleFiles lists the generated files on disk that are not among files.
func staleFiles(root string, files map[string][]byte) ([]string, error) {
	var stale []string
	for _, t := range targets {
		paths, err := fs.Glob(os.DirFS(root), t.dir+"/*/*.go")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, path := range paths {
			p := filepath.Base(filepath.Dir(path))
			if filepath.Base(path) == p+".go" && files[path] == nil {
				stale = append(stale, path)
			}
		}
	}
	return stale, nil
}
