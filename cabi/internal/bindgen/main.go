// Bindgen writes the typed part of the bindings to other languages from the
// list of operations: records, their reading and writing, one method for each
// operation. Run it with go generate in cabi.
//
// Where to look: model.go the types in the order of their use, pascal.go and
// csharp.go the two languages.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// outputs are the generated files, below cabi.
var outputs = map[string]func(*model) string{
	filepath.Join("delphi", "KonnektorOperations.pas"):         pascal,
	filepath.Join("dotnet", "Libkonnektor", "Operations.g.cs"): csharp,
}

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "bindgen:", err)
		os.Exit(1)
	}
}

// write writes all outputs below dir.
func write(dir string) error {
	m, err := newModel(operations.Describe())
	if err != nil {
		return err
	}
	for path, text := range outputs {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text(m)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
