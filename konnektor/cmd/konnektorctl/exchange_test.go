package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

func TestExchangeFromTheShell(t *testing.T) {
	box, args := incident(t, secunettest.Options{})
	args[slices.Index(args, "fix")] = "exchange"
	dir := t.TempDir()
	before, after, report := filepath.Join(dir, "before.json"), filepath.Join(dir, "after.json"), filepath.Join(dir, "report.md")
	take := func(more ...string) result { return ctl(t, append(append(slices.Clone(args), "take"), more...)...) }
	r := take(before, "--backup", write(t, "backup.tar", "x"), "--backup-key-hash", "ab")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Kartenterminals")
	require.Equal(t, exitUsage, take(before).code, "it is there already")
	r = ctl(t, "exchange", "ready", before)
	require.Equal(t, exitOK, r.code, r.stdout+r.stderr)
	require.Contains(t, r.stdout, "Eine Sicherung liegt vor.")

	box.CutVPN(true)
	r = take(after, "--json")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.NotContains(t, r.stdout, box.Password())
	r = ctl(t, "exchange", "compare", before, after, "--done", "cables", "--out", report, "--json")
	require.Equal(t, exitFault, r.code, r.stderr)
	var answer struct {
		Level string
		Text  string `json:"report_de"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &answer))
	require.Equal(t, "error", answer.Level)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Equal(t, answer.Text, string(text))
	for _, file := range []string{before, after, report} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), file)
	}
	require.Equal(t, exitUsage, ctl(t, "exchange", "compare", before, after, "--out", report).code)
	require.Equal(t, exitUsage, ctl(t, "exchange", "ready", report).code)
}
