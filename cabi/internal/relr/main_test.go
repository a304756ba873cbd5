package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// packed makes a small library with a packed list of relocations.
func packed(t *testing.T, options ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is missing")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "a.c"), filepath.Join(dir, "a.so")
	text := "#include <stdlib.h>\nstatic int a;\nint *const list[] = {&a, &a, &a};\nvoid *f(void) { return malloc(1); }\n"
	require.NoError(t, os.WriteFile(source, []byte(text), 0o600))
	b, err := exec.Command("gcc", append(options, "-shared", "-fPIC", "-o", library, source)...).CombinedOutput()
	require.NoError(t, err, "%s", b)
	return library
}

func TestFinish(t *testing.T) {
	library := packed(t, "-Wl,-z,pack-relative-relocs")
	versions := func() (names []string) {
		f, err := elf.Open(library)
		require.NoError(t, err)
		defer f.Close()
		needs, err := f.DynamicVersionNeeds()
		require.NoError(t, err)
		for _, of := range needs {
			for _, v := range of.Needs {
				names = append(names, v.Dep)
			}
		}
		return names
	}
	before := versions()
	require.Contains(t, before, newerLoader)
	require.NoError(t, finish(library))
	after := versions()
	require.ElementsMatch(t, before, append(after, newerLoader))
	f, err := elf.Open(library)
	require.NoError(t, err)
	defer f.Close()
	for old, new := range renamed {
		values, err := f.DynValue(old)
		require.NoError(t, err)
		require.Empty(t, values)
		values, err = f.DynValue(elf.DynTag(new))
		require.NoError(t, err)
		require.Len(t, values, 1)
	}
}

func TestFinishRefuses(t *testing.T) {
	plain := packed(t)
	require.ErrorIs(t, finish(plain), errNoList)
	cut, err := os.ReadFile(plain)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(plain, cut[:len(cut)/2], 0o600))
	require.Error(t, finish(plain))
	require.Error(t, finish(filepath.Join(t.TempDir(), "missing")))
}
