package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// startIncident runs konnektorsim in the middle of an incident until the test
// ends.
func startIncident(t *testing.T, flags ...string) (incidentReport, *http.Client) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var said bytes.Buffer
	code := make(chan int, 1)
	control := t.TempDir()
	go func() {
		code <- run(ctx, append([]string{"-print-config", "-control-file", filepath.Join(control, "control.json")}, flags...), in, &said)
		_ = in.Close()
	}()
	var r incidentReport
	t.Cleanup(func() {
		stop()
		require.Zero(t, <-code, said.String())
		if !strings.Contains(strings.Join(flags, " "), "-incident-dir") {
			require.NoDirExists(t, r.Files.Folder, "a folder of its own is removed")
		}
	})
	require.NoError(t, json.NewDecoder(out).Decode(&r))
	content, err := os.ReadFile(r.Files.Certificate)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(content))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "conn-at-pu"}}
	t.Cleanup(transport.CloseIdleConnections)
	return r, &http.Client{Transport: transport, Timeout: patience}
}

// login logs in with the credentials file, as often as it takes.
func login(t *testing.T, r incidentReport, c *http.Client) (token string, tries int) {
	t.Helper()
	var file struct{ User, Password string }
	content, err := os.ReadFile(r.Files.Credentials)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &file))
	body, err := json.Marshal(map[string]string{"username": file.User, "password": file.Password})
	require.NoError(t, err)
	for tries = 1; tries <= 100; tries++ {
		resp, err := c.Post(r.ManagementURL+"/rest/mgmt/ak/konten/login", "application/json", bytes.NewReader(body))
		if err != nil {
			continue
		}
		resp.Body.Close()
		require.Equal(t, http.StatusNoContent, resp.StatusCode)
		return resp.Header.Get("Authorization"), tries
	}
	t.Fatal("no answer in a hundred")
	return "", 0
}

// raised are the operating states of a box as the services tell them.
func raised(t *testing.T, cfg konnektor.Config) (names []string) {
	t.Helper()
	client, err := konnektor.New(cfg)
	require.NoError(t, err)
	info, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{})
	require.NoError(t, err)
	for _, s := range info.Konnektor.Operating {
		if s.Active {
			names = append(names, s.Condition)
		}
	}
	return names
}

func TestIncidentsStartServicesAndManagementTogether(t *testing.T) {
	for name, state := range map[string]string{"2020-05": "EC_No_VPN_TI_Connection", "2025-07": "EC_No_VPN_TI_Connection"} {
		t.Run(name, func(t *testing.T) {
			r, c := startIncident(t, "-incident", name)
			require.Equal(t, name, r.Incident)
			require.Contains(t, raised(t, r.Services), state)
			token, tries := login(t, r, c)
			require.Equal(t, 1, tries)
			require.NotEmpty(t, token)

			content, err := os.ReadFile(r.Files.Management)
			require.NoError(t, err)
			cfg, err := mgmt.ParseConfig(content)
			require.NoError(t, err)
			require.Equal(t, r.Management, cfg)
			credentials, err := mgmt.ReadCredentials(cfg.CredentialsFile)
			require.NoError(t, err)
			require.Equal(t, "super", credentials.User)
			profile, err := os.ReadFile(r.Files.Profile)
			require.NoError(t, err)
			_, err = mgmt.ReadProfile(profile)
			require.NoError(t, err)
			services, err := os.ReadFile(r.Files.Services)
			require.NoError(t, err)
			var saved konnektor.Config
			require.NoError(t, json.Unmarshal(services, &saved))
			require.Equal(t, r.Services, saved)

			sum := sha256.Sum256(decodePEM(t, r.Files.Certificate))
			require.Equal(t, hex.EncodeToString(sum[:]), r.Fingerprint)
			require.Equal(t, []string{r.Fingerprint}, cfg.Trust.CertificateSHA256)
		})
	}
}

func decodePEM(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	block, _ := pem.Decode(content)
	require.NotNil(t, block)
	return block.Bytes
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access lists, not modes")
	}
	dir := t.TempDir()
	open := filepath.Join(dir, "credentials.json")
	require.NoError(t, os.WriteFile(open, []byte("old"), 0o644))
	r, _ := startIncident(t, "-incident", "2020-05", "-incident-dir", dir, "-missed-changes", "3")
	require.Len(t, r.Files.Lists, 4)
	for _, name := range append(r.Files.Lists, r.Files.Credentials, r.Files.Profile, r.Files.Services, r.Files.Management) {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}

func TestListsOfTheIncidentLeadToTheNewest(t *testing.T) {
	r, _ := startIncident(t, "-incident", "2020-05", "-missed-changes", "2")
	anchor, err := certs.Parse(decodePEM(t, r.Files.Anchor))
	require.NoError(t, err)
	var files []tsl.File
	for _, name := range r.Files.Lists {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		files = append(files, tsl.File{Name: filepath.Base(name), Data: content})
	}
	plan, err := tsl.MakePlan(tsl.State{Environment: tsl.Production, Anchor: anchor}, files, time.Now())
	require.NoError(t, err)
	require.Empty(t, plan.Missing)
	require.Len(t, plan.Steps, 3)
}

func TestStuckBoxAnswersSomeRequestsInARow(t *testing.T) {
	r, c := startIncident(t, "-incident", "2020-09", "-stuck-answers", "40", "-speed", "20")
	token, _ := login(t, r, c)
	answered := 0
	for range 50 {
		req, err := http.NewRequest("GET", r.ManagementURL+"/rest/mgmt/nk/protokoll/einstellungen", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", token)
		resp, err := c.Do(req)
		if err != nil {
			continue
		}
		var s map[string]any
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&s))
		resp.Body.Close()
		require.Equal(t, "ENABLED", s["logSuccessfulCryptoOps"])
		answered++
	}
	require.Less(t, answered, 50)
	require.Greater(t, answered, 20)
}

func TestRebootTakesManagementAlong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "control.json")
	r, c := startIncident(t, "-incident", "2025-07", "-speed", "200", "-control-file", file)
	token, _ := login(t, r, c)
	var out, said bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"reboot", "--control-file", file}, &out, &said), said.String())
	require.Eventually(t, func() bool {
		req, err := http.NewRequest("GET", r.ManagementURL+"/rest/mgmt/ak/dienste/status/ping", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", token)
		resp, err := c.Do(req)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusUnauthorized
	}, patience, 50*time.Millisecond, "the box comes back and the session is lost")
}

func TestIncidentFlagsAreChecked(t *testing.T) {
	for _, flags := range [][]string{
		{"-incident", "2021-01"},
		{"-incident", "2020-05", "-style", "rise"},
		{"-incident", "2020-05", "-missed-changes", "0"},
		{"-incident", "2020-09", "-stuck-answers", "51"},
		{"-incident", "2020-09", "-speed", "NaN"},
	} {
		var out, said bytes.Buffer
		require.Equal(t, 2, run(t.Context(), flags, &out, &said), flags)
		require.Contains(t, said.String(), "usage")
	}
}
