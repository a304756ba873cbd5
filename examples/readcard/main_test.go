package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestReadme finds the program of the README in this one, and a Config that is
// one in its JSON.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	block := func(language, begin string) string {
		_, rest, found := strings.Cut(string(readme), "```"+language+"\n"+begin)
		require.True(t, found)
		text, _, _ := strings.Cut(rest, "```")
		return begin + text
	}
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	for line := range strings.Lines(block("go", "func main() {\n")) {
		require.Contains(t, string(source), line)
	}
	cfg, err := konnektor.ParseConfig([]byte(block("json", "{")))
	require.NoError(t, err)
	require.NotEmpty(t, cfg.Call.MandantID)
}
