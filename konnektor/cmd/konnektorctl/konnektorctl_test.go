package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

var update = flag.Bool("update", false, "write golden files anew")

// simulator is a Konnektor whose choices are always the same.
func simulator(t *testing.T, auth konnektortest.Auth) *konnektortest.Konnektor {
	t.Helper()
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: auth, Seed: 1, Style: konnektortest.Secunet})
	vsdmtest.Install(k)
	return k
}

// write writes a file for the test.
func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

// config writes the settings for k to a file.
func config(t *testing.T, k *konnektortest.Konnektor) string {
	t.Helper()
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	return write(t, "konnektor.json", string(raw))
}

// result is one run of the program.
type result struct {
	code           int
	stdout, stderr string
}

// ctl runs the program.
func ctl(t *testing.T, args ...string) result {
	t.Helper()
	return ctlWith(t.Context(), "", args...)
}

func ctlWith(ctx context.Context, stdin string, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// running is the program in the background.
type running struct {
	stdout, stderr lockedBuffer
	done           chan int
}

func start(ctx context.Context, stdin string, args ...string) *running {
	r := &running{done: make(chan int, 1)}
	go func() { r.done <- run(ctx, args, strings.NewReader(stdin), &r.stdout, &r.stderr) }()
	return r
}

// result waits for the end.
func (r *running) result() result {
	code := <-r.done
	return result{code, r.stdout.String(), r.stderr.String()}
}

// lockedBuffer can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eventually waits for what happens at once unless the computer is busy.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, time.Minute, time.Millisecond, what)
}

// changing are the parts of an output that differ from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	same    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "<handle>"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:<port>"},
	{regexp.MustCompile(`\d\d\.\d\d\.20\d\d \d\d:\d\d`), "<moment>"},
	{regexp.MustCompile(`\d\d\.\d\d\.20(2[7-9]|3\d)`), "<in years>"},
	{regexp.MustCompile(`20\d\d-Q\d`), "<quarter>"},
	{regexp.MustCompile(`(?m) +$`), ""},
}

// golden compares an output with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	for _, c := range changing {
		got = c.pattern.ReplaceAllString(got, c.same)
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestTables(t *testing.T) {
	k := simulator(t, konnektortest.ClientCertificate)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	require.NoError(t, k.SetState("EC_LOG_OVERFLOW", true))
	file := config(t, k)
	for name, args := range map[string][]string{
		"services":      {"services"},
		"cards":         {"cards"},
		"cards_egk":     {"cards", "--type", "EGK", "--terminal", "T1"},
		"cards_none":    {"cards", "--type", "KVK"},
		"terminals":     {"terminals"},
		"terminals_all": {"terminals", "--mandant-wide"},
		"state":         {"state"},
		"state_all":     {"state", "--all"},
		"pin":           {"pin"},
		"pin_one":       {"pin", string(k.Handle(konnektor.CardSMCB)), "PIN.SMC"},
		"vsd":           {"vsd"},
		"vsd_standard":  {"vsd", "--mode", "ALWAYS", "--smcb", string(k.Handle(konnektor.CardSMCB))},
	} {
		t.Run(name, func(t *testing.T) {
			r := ctl(t, append([]string{"--config", file}, args...)...)
			require.Equal(t, exitOK, r.code, r.stderr)
			golden(t, name, r.stdout)
		})
	}
}

func TestPersonsOnScreen(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	file := config(t, k)
	for name, c := range map[string]struct {
		change func(*vsdmtest.Insured)
		person int
		code   int
	}{
		"vsd_private":   {func(*vsdmtest.Insured) {}, 8, exitOK},
		"vsd_protected": {func(*vsdmtest.Insured) {}, 4, exitOK},
		"vsd_post_box":  {func(*vsdmtest.Insured) {}, 11, exitOK},
		"vsd_ended":     {func(*vsdmtest.Insured) {}, 10, exitNoProof},
		"vsd_dormant":   {func(*vsdmtest.Insured) {}, 5, exitNoProof},
		"vsd_offline":   {func(p *vsdmtest.Insured) { p.Online = vsdmtest.Online{E: 3, EC: 12999} }, 1, exitOK},
	} {
		t.Run(name, func(t *testing.T) {
			p := vsdmtest.Person(c.person)
			c.change(&p)
			egk := k.Insert(konnektor.CardEGK, p)
			r := ctl(t, "--config", file, "vsd", "--egk", string(egk))
			require.Equal(t, c.code, r.code, r.stderr)
			golden(t, name, r.stdout)
			_, err := k.Remove(egk)
			require.NoError(t, err)
		})
	}
}

// undated takes the date out that the directory is written anew with.
func undated(answer string) string {
	return regexp.MustCompile(`"information_date":"[^"]*"`).ReplaceAllString(answer, "")
}

// --json prints what the operation answers, unchanged.
func TestJSONIsTheAnswer(t *testing.T) {
	k := simulator(t, konnektortest.TLS)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	t.Setenv(envConfig, config(t, k))
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	s, err := operations.Open(raw, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for name, args := range map[string][]string{
		"services":   {"services", "--reload"},
		"cards":      {"cards"},
		"terminals":  {"terminals"},
		"state":      {"state", "--all"},
		"pin.status": {"pin"},
	} {
		want, err := s.Call(t.Context(), name, nil)
		require.NoError(t, err)
		r := ctl(t, append(args, "--json")...)
		require.Equal(t, exitOK, r.code, r.stderr)
		require.Equal(t, undated(string(want))+"\n", undated(r.stdout), name)
		require.Empty(t, r.stderr)
		r = ctl(t, "call", name, "{}")
		require.Equal(t, undated(string(want))+"\n", undated(r.stdout), name)
	}
	r := ctl(t, "--json", "vsd", "--egk", string(egk))
	require.Equal(t, exitOK, r.code, r.stderr)
	require.True(t, json.Valid([]byte(r.stdout)))
	require.Contains(t, r.stdout, `"proof":{"verdict_de":`)
	require.Contains(t, r.stderr, `{"event":"vsd.reading"`)
}

func TestCall(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	t.Setenv(envConfig, config(t, k))
	r := ctl(t, "call", "vsd.read")
	require.Equal(t, exitOK, r.code, r.stderr)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	require.Len(t, lines, 2, "an event, then the answer")
	require.Contains(t, lines[0], `"event":"vsd.reading"`)
	require.Contains(t, lines[1], `"person":`)

	r = ctlWith(t.Context(), `{"card_type":"EGK"}`, "call", "cards", "-")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Equal(t, 1, strings.Count(r.stdout, `"type":`))
	ctx, pass := konnektortest.Deadline(t.Context())
	before := k.Counters().Requests["GetCards"]
	waiting := start(ctx, `{"card_type":"KVK"}`, "call", "cards.wait", "-", "--timeout", "24h")
	eventually(t, "the second list", func() bool { return k.Counters().Requests["GetCards"] >= before+2 })
	pass()
	r = waiting.result()
	require.Equal(t, exitNoCard, r.code, r.stderr)
	r = ctlWith(t.Context(), strings.Repeat(" ", operations.MaxRequest+10), "call", "cards", "-")
	require.Equal(t, exitUsage, r.code)
	for _, request := range []string{"null", "[]", "{", "x"} {
		r = ctl(t, "call", "cards", request, "--timeout", "1s")
		require.Equal(t, exitUsage, r.code, request)
		require.Contains(t, r.stderr, "JSON object", request)
	}
}

func TestWait(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	file := config(t, k)
	reading := start(t.Context(), "", "--config", file, "vsd", "--wait=1h")
	eventually(t, "it waits", func() bool { return k.Counters().Requests["GetCards"] >= 2 })
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	r := reading.result()
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "Bitte die Gesundheitskarte stecken\n")
	require.Contains(t, r.stdout, "gilt als Leistungsnachweis")
}

func TestCancelled(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	file := config(t, k)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reading := start(ctx, "", "--config", file, "vsd", "--wait")
	eventually(t, "it waits", func() bool { return k.Counters().Requests["GetCards"] >= 2 })
	cancel()
	r := reading.result()
	require.Equal(t, exitCancelled, r.code)
	require.Contains(t, r.stderr, "Der Vorgang wurde abgebrochen.")
}

func TestExitCodes(t *testing.T) {
	t.Setenv(envConfig, "")
	k := simulator(t, konnektortest.ClientCertificate)
	file := config(t, k)
	for name, c := range map[string]struct {
		args   []string
		fail   konnektor.Code
		code   int
		stderr string
	}{
		"help":               {[]string{"--help"}, 0, exitOK, ""},
		"no command":         {nil, 0, exitOK, ""},
		"a fault":            {[]string{"--config", file, "cards"}, 4004, exitFault, "Der Mandant ist am Konnektor nicht bekannt."},
		"unknown command":    {[]string{"card"}, 0, exitUsage, `unknown command "card"`},
		"unknown flag":       {[]string{"cards", "--all"}, 0, exitUsage, "unknown flag: --all"},
		"too many arguments": {[]string{"pin", "a", "b", "c"}, 0, exitUsage, "at most 2 arg(s)"},
		"no settings":        {[]string{"cards"}, 0, exitUsage, "KONNEKTOR_CONFIG"},
		"no such file":       {[]string{"--config", "/nonexistent", "cards"}, 0, exitUsage, "Einstellungen"},
		"a folder":           {[]string{"--config", "/", "cards"}, 0, exitUsage, "Einstellungen"},
		"no JSON":            {[]string{"--config", "konnektorctl_test.go", "cards"}, 0, exitUsage, "no JSON"},
		"no trust":           {[]string{"--url", "https://127.0.0.1:1", "cards"}, 0, exitUsage, "trust"},
		"wrong value":        {[]string{"--config", file, "cards", "--type", "egk"}, 0, exitUsage, "want one of EGK"},
		"wrong slot":         {[]string{"--config", file, "cards", "--slot", "300"}, 0, exitUsage, "from 1 to 255"},
		"wrong day":          {[]string{"--config", file, "vsd", "--day", "morgen"}, 0, exitUsage, "field day"},
		"negative timeout":   {[]string{"--config", file, "cards", "--timeout=-1s"}, 0, exitUsage, "timeout_ms"},
		"no receipt":         {[]string{"--config", file, "vsd", "--receipt", "/nonexistent"}, 0, exitUsage, "/nonexistent"},
		"unknown operation":  {[]string{"--config", file, "call", "cards.eat"}, 0, exitUsage, "cards.eat: unknown operation"},
		"not reachable":      {[]string{"--config", file, "--url", "https://127.0.0.1:1", "cards"}, 0, exitConnection, "nicht erreichbar"},
		"not trusted":        {[]string{"--config", file, "--server-name", "example.invalid", "cards"}, 0, exitConnection, "anderen Namen"},
		"not let in":         {[]string{"--url", k.URL(), "--ca", ca(t, k), "--mandant", "Mandant1", "--clientsystem", "Clientsystem1", "--arbeitsplatz", "Arbeitsplatz1", "cards"}, 0, exitConnection, "Zertifikat dieses Rechners"},
		"no card":            {[]string{"--config", file, "vsd"}, 0, exitNoCard, "Es steckt keine passende Karte."},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fail != 0 {
				k.Fail("GetCards", c.fail, 1)
			}
			r := ctl(t, c.args...)
			require.Equal(t, c.code, r.code, r.stderr)
			require.Contains(t, r.stderr, c.stderr)
			if c.code == exitOK {
				require.Contains(t, r.stdout, "Exit codes:")
			} else if !strings.HasPrefix(strings.Join(c.args, " "), "--config "+file+" call") {
				require.Empty(t, r.stdout)
			}
		})
	}
}

// ca writes the CA of k to a file.
func ca(t *testing.T, k *konnektortest.Konnektor) string {
	t.Helper()
	return write(t, "ca.pem", k.CAsPEM())
}

func TestErrorAsJSON(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	k.Fail("GetCards", 4093, -1)
	cfg := k.Config()
	cfg.BusyTimeout = -1
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	r := ctl(t, "--json", "--config", write(t, "c.json", string(raw)), "cards")
	require.Equal(t, exitFault, r.code)
	var e struct {
		Code       int
		Repeatable bool
		TextDE     string `json:"text_de"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &e))
	require.Equal(t, 4093, e.Code)
	require.True(t, e.Repeatable)
	require.Contains(t, r.stderr, e.TextDE)
}

// The flags are enough without a file.
func TestFlagsAlone(t *testing.T) {
	t.Setenv(envConfig, "")
	k := simulator(t, konnektortest.ClientCertificate)
	cfg := k.Config()
	context := []string{"--url", cfg.URL, "--mandant", cfg.Call.MandantID, "--clientsystem", cfg.Call.ClientSystemID, "--arbeitsplatz", cfg.Call.WorkplaceID}
	r := ctl(t, append(context, "cards", "--ca", ca(t, k),
		"--cert", write(t, "cert.pem", cfg.Auth.CertificatePEM), "--key", write(t, "key.pem", string(cfg.Auth.KeyPEM)))...)
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "Praxisausweis")
}

func TestPassword(t *testing.T) {
	k := simulator(t, konnektortest.Basic)
	cfg := k.Config()
	password := string(cfg.Auth.Password)
	cfg.Auth.Password = ""
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	file := write(t, "konnektor.json", string(raw))
	t.Setenv(envPassword, "wrong")
	r := ctl(t, "--config", file, "cards")
	require.Equal(t, exitConnection, r.code, r.stderr)
	require.Contains(t, r.stderr, "Anmeldung")
	r = ctl(t, "--config", file, "cards", "--password-file", write(t, "password", password+"\r\nmore"))
	require.Equal(t, exitOK, r.code, r.stderr)
	t.Setenv(envPassword, password)
	r = ctl(t, "--config", file, "cards", "-v")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "GetCards")
	require.NotContains(t, r.stderr+r.stdout, password)
}

func TestPKCS12(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed: it makes the PKCS#12 file of this test")
	}
	k := simulator(t, konnektortest.ClientCertificate)
	cfg := k.Config()
	p12 := filepath.Join(t.TempDir(), "client.p12")
	out, err := exec.CommandContext(t.Context(), openssl, "pkcs12", "-export", "-passout", "pass:geheim", "-out", p12,
		"-in", write(t, "cert.pem", cfg.Auth.CertificatePEM), "-inkey", write(t, "key.pem", string(cfg.Auth.KeyPEM))).CombinedOutput()
	require.NoError(t, err, "%s", out)
	cfg.Auth = konnektor.Auth{}
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	file := write(t, "konnektor.json", string(raw))
	r := ctl(t, "--config", file, "--p12", p12, "--password-file", write(t, "password", "geheim"), "cards")
	require.Equal(t, exitOK, r.code, r.stderr)
	t.Setenv(envPassword, "wrong")
	r = ctl(t, "--config", file, "--p12", p12, "cards")
	require.Equal(t, exitUsage, r.code, r.stderr)
}

// --verbose shows calls, never a patient.
func TestVerboseShowsNoPatient(t *testing.T) {
	k := simulator(t, konnektortest.Plain)
	k.Insert(konnektor.CardEGK, vsdmtest.Canary())
	r := ctl(t, "--config", config(t, k), "--verbose", "vsd")
	require.Equal(t, exitOK, r.code, r.stderr)
	require.Contains(t, r.stderr, "ReadVSD")
	for _, word := range vsdmtest.CanaryWords() {
		require.NotContains(t, r.stderr, word)
	}
}

func TestOperations(t *testing.T) {
	t.Setenv(envConfig, "")
	r := ctl(t, "operations")
	require.Equal(t, exitOK, r.code)
	for _, o := range operations.List() {
		require.Contains(t, r.stdout, o.Name+" ")
	}
	want, err := operations.Describe().JSON()
	require.NoError(t, err)
	r = ctl(t, "operations", "--json")
	require.Equal(t, string(want), r.stdout)
}

// The help lists every exit code.
func TestHelpNamesTheExitCodes(t *testing.T) {
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "130"} {
		assert.Regexp(t, `(?m)^  `+code+` +\S`, help)
	}
	for _, kind := range operations.Describe().Kinds {
		_, named := exitCodes[kind.Kind]
		isFault := kind.Kind == operations.KindKonnektor || kind.Remedy == operations.RemedyProgram ||
			kind.Remedy == konnektor.RemedyRetry || kind.Kind == konnektor.KindNoService
		assert.True(t, named || isFault, "kind %s ends with exit code 1 by accident", kind.Kind)
	}
}
