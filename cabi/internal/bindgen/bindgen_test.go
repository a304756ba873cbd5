package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/stretchr/testify/require"
)

// The bindings in the repository must be those of the operations.
func TestBindingsAreUpToDate(t *testing.T) {
	m, err := newModel(operations.Describe())
	require.NoError(t, err)
	for path, text := range outputs {
		b, err := os.ReadFile(filepath.Join("..", "..", path))
		require.NoError(t, err)
		require.True(t, text(m) == string(b), "%s is out of date: run go generate in cabi", path)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	require.Error(t, write(dir), "no folders to write to")
	for path := range outputs {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
	}
	require.NoError(t, write(dir))
	for path := range outputs {
		require.FileExists(t, filepath.Join(dir, path))
	}
}

func TestModelRefuses(t *testing.T) {
	object := func(name, of string) operations.Type {
		return operations.Type{Name: name, Fields: []operations.Field{{Name: "x", Type: operations.TypeObject, Of: of}}}
	}
	_, err := newModel(operations.Document{Types: []operations.Type{object("A", "B"), object("B", "A")}})
	require.ErrorContains(t, err, "holds itself")
	_, err = newModel(operations.Document{Types: []operations.Type{object("A", "B")}})
	require.ErrorContains(t, err, "type B: not described (field x of A)")
}

func TestModelMarks(t *testing.T) {
	m, err := newModel(operations.Describe())
	require.NoError(t, err)
	require.True(t, m.byName["VsdReadRequest"].write)
	require.False(t, m.byName["VsdReadRequest"].read)
	require.True(t, m.byName["Person"].read)
	require.False(t, m.byName["Person"].write)
	require.True(t, m.byName["Trust"].write, "part of the configuration")
}

func TestNames(t *testing.T) {
	require.Equal(t, "CardHandle", camel("card_handle"))
	require.Equal(t, "VsdRead", camel("vsd.read"))
	require.Equal(t, "NoTls", camel("no-tls"))
	require.Equal(t, "Type_", pascalName("type"))
	require.Equal(t, "TypeDe", pascalName("type_de"))
}
