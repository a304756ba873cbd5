package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
)

// real is the path of a file of the TI's download points, or skips.
func real(t *testing.T, name string) string {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "shared", "testdata", "tsl", name)
	if _, err := os.Stat(file); err != nil {
		t.Skip("real trust lists not found in ../shared/testdata/tsl")
	}
	return file
}

// withoutSettings runs the program where no Konnektor is configured.
func withoutSettings(t *testing.T, args ...string) result {
	t.Helper()
	t.Setenv(envConfig, "")
	t.Setenv("TZ", "UTC")
	return ctl(t, args...)
}

// shortPaths leaves the folder of the real lists out of an output.
func shortPaths(s string) string {
	return strings.ReplaceAll(s, filepath.Join("..", "..", "..", "..", "shared", "testdata", "tsl")+string(filepath.Separator), "")
}

func TestRealListsOnScreen(t *testing.T) {
	newer, older, sig := real(t, "prod-10326.xml"), real(t, "prod-10291.xml"), real(t, "prod-10326.sig")
	ref, test := real(t, "ref-10699.xml"), real(t, "test-10654.xml")
	at := []string{"--at", "2026-07-15T00:00:00Z"}
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"tsl_verify":          {[]string{"verify", newer, "--sig", sig, "--stored", older}, exitOK},
		"tsl_verify_ref":      {[]string{"verify", ref, "--env", "ref", "--at", "2026-07-23"}, exitOK},
		"tsl_verify_test":     {[]string{"verify", test, "--env", "test", "--at", "2026-02-21"}, exitOK},
		"tsl_verify_other":    {[]string{"verify", ref}, exitFault},
		"tsl_verify_expired":  {[]string{"verify", newer, "--at", "2027-01-01"}, exitFault},
		"tsl_verify_rollback": {[]string{"verify", older, "--stored", newer, "--at", "2025-05-01"}, exitFault},
		"tsl_verify_none":     {[]string{"verify", sig}, exitUsage},
		"tsl_show":            {[]string{"show", newer, "--group", "cvc-root"}, exitOK},
		"tsl_diff":            {[]string{"diff", older, newer}, exitOK},
		"tsl_plan":            {[]string{"plan", newer, ref, older, "--stored", older}, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"tsl"}, c.args...)
			if !strings.Contains(strings.Join(args, " "), "--at") {
				args = append(args, at...)
			}
			r := withoutSettings(t, args...)
			require.Equal(t, c.code, r.code, r.stderr)
			golden(t, name, shortPaths(r.stdout))
		})
	}
}

// Every real list is accepted with its own anchor and refused with the other.
func TestRealListsByTheirAnchors(t *testing.T) {
	anchors := map[tsl.Environment]string{}
	for _, e := range []tsl.Environment{tsl.Production, tsl.Reference} {
		anchor, err := tsl.AnchorOf(e)
		require.NoError(t, err)
		anchors[e] = write(t, string(e)+".der", string(anchor.Raw))
	}
	for _, c := range []struct {
		file, at, sig string
		own, other    tsl.Environment
	}{
		{"prod-10291.xml", "2025-05-01", "", tsl.Production, tsl.Reference},
		{"prod-10326.xml", "2026-07-15", "prod-10326.sig", tsl.Production, tsl.Reference},
		{"ref-10699.xml", "2026-07-23", "", tsl.Reference, tsl.Production},
		{"test-10654.xml", "2026-02-21", "", tsl.Reference, tsl.Production},
	} {
		t.Run(c.file, func(t *testing.T) {
			args := []string{"--json", "tsl", "verify", real(t, c.file), "--at", c.at, "--env", "any", "--anchor"}
			if c.sig != "" {
				args = append(args[:len(args)-1], "--sig", real(t, c.sig), "--anchor")
			}
			r := withoutSettings(t, append(args, anchors[c.own])...)
			require.Equal(t, exitOK, r.code, r.stdout)
			r = withoutSettings(t, append(args, anchors[c.other])...)
			require.Equal(t, exitFault, r.code, r.stdout)
			require.Contains(t, r.stdout, `"code":1027`)
			require.Contains(t, r.stdout, `"damaged":false`, "only the anchor is against it")
		})
	}
}

func TestListsInJSON(t *testing.T) {
	m := tsltest.New(t)
	list, err := m.List(tsltest.Spec{})
	require.NoError(t, err)
	anchor, err := m.Anchor(1)
	require.NoError(t, err)
	file, anchorFile := write(t, "list.xml", string(list.XML)), write(t, "anchor.pem", string(anchor.CertificatePEM()))
	at := m.At().Format("2006-01-02T15:04:05Z07:00")
	var v struct {
		Verdict string `json:"verdict"`
		Code    int64  `json:"code"`
	}

	r := withoutSettings(t, "--json", "tsl", "verify", file, "--anchor", anchorFile, "--at", at)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &v))
	require.Equal(t, "valid", v.Verdict)

	r = withoutSettings(t, "--json", "tsl", "verify", file, "--at", at)
	require.Equal(t, exitFault, r.code)
	require.Empty(t, r.stderr)
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &v))
	require.Equal(t, "refused", v.Verdict)
	require.EqualValues(t, 1027, v.Code)

	r = withoutSettings(t, "call", "tsl.verify", `{"path":"/nonexistent"}`)
	require.Equal(t, exitUsage, r.code, r.stdout)
	require.Contains(t, r.stdout, `"kind":"file"`)
	require.Equal(t, exitUsage, withoutSettings(t, "call", "cards").code, "this one needs settings")
}

func TestListsThatCannotBeRead(t *testing.T) {
	r := withoutSettings(t, "tsl", "verify", "/nonexistent")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.stderr, "Die Datei kann nicht gelesen oder geschrieben werden.")
	require.Equal(t, exitUsage, withoutSettings(t, "tsl", "verify", write(t, "page.xml", "<html/>")).code)
	require.Equal(t, exitUsage, withoutSettings(t, "tsl", "verify").code)
	require.Equal(t, exitUsage, withoutSettings(t, "tsl", "verify", "x", "--env", "production").code)
	require.Equal(t, exitOK, withoutSettings(t, "tsl").code)
	r = withoutSettings(t, "tsl", "fetch", filepath.Join(t.TempDir(), "list.xml"), "--from", "http://127.0.0.1:1/list.xml")
	require.Equal(t, exitConnection, r.code)
	require.Contains(t, r.stderr, "konnte nicht heruntergeladen werden")
}
