package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// asProgram makes the test binary the program itself.
const asProgram = "READCARD_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// readcard runs the program.
func readcard(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run()
	return out.String(), problems.String(), err
}

func TestReadcard(t *testing.T) {
	k := konnektortest.New(t)
	vsdmtest.Install(k)
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "konnektor.json")
	require.NoError(t, os.WriteFile(file, raw, 0o600))

	_, stderr, err := readcard(t, file)
	require.Error(t, err)
	require.Contains(t, stderr, "no EGK is inserted")

	p := vsdmtest.Person(2)
	k.Insert(konnektor.CardEGK, p)
	stdout, stderr, err := readcard(t, file)
	require.NoError(t, err, stderr)
	require.Contains(t, stdout, p.First+" "+p.Last+", born "+p.Birth+", insured by "+p.Insurer.Name)
	require.Contains(t, stdout, "receipt: E 2 at ")
	require.Contains(t, stdout, "counts as proof: yes; next: []")

	_, stderr, err = readcard(t)
	require.Error(t, err)
	require.Contains(t, stderr, "usage:")
}
