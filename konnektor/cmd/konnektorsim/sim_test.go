package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// patience is how long the tests wait for what comes, if late.
const patience = time.Minute

// running is a simulator that runs as the program does.
type running struct {
	t      *testing.T
	file   string // the control file
	client *konnektor.Client
	stop   context.CancelFunc
	code   chan int
}

// start runs konnektorsim with the flags until the test ends.
func start(t *testing.T, flags ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, file: filepath.Join(t.TempDir(), "sim", "control.json"), stop: stop, code: make(chan int, 1)}
	out, in := io.Pipe()
	var said bytes.Buffer
	go func() {
		args := append([]string{"-print-config", "-control-file", r.file}, flags...)
		if schematest.Available() {
			args = append(args, "-schemas", schematest.Dir(t))
		}
		code := run(ctx, args, in, &said)
		_ = in.Close()
		r.code <- code
	}()
	t.Cleanup(func() {
		stop()
		require.Zero(t, <-r.code, said.String())
		require.NoFileExists(t, r.file)
	})
	var cfg konnektor.Config
	require.NoError(t, json.NewDecoder(out).Decode(&cfg))
	var err error
	r.client, err = konnektor.New(cfg)
	require.NoError(t, err)
	return r
}

// do runs a further command and returns its code and output.
func (r *running) do(args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	var out, said bytes.Buffer
	code = run(r.t.Context(), append(args, "--control-file", r.file), &out, &said)
	return code, strings.TrimSpace(out.String()), said.String()
}

// ok runs a command that must work.
func (r *running) ok(args ...string) string {
	r.t.Helper()
	code, out, said := r.do(args...)
	require.Zero(r.t, code, said)
	return out
}

// types lists the types of cards that a client sees.
func (r *running) types() (types []konnektor.CardType) {
	r.t.Helper()
	cards, _, err := r.client.Cards(r.t.Context(), konnektor.CardFilter{MandantWide: true})
	require.NoError(r.t, err)
	for _, c := range cards {
		types = append(types, c.Type)
	}
	return types
}

// card is the first card of a type that a client sees.
func (r *running) card(kind konnektor.CardType) konnektor.Card {
	r.t.Helper()
	cards, _, err := r.client.Cards(r.t.Context(), konnektor.CardFilter{Type: kind})
	require.NoError(r.t, err)
	require.NotEmpty(r.t, cards)
	return cards[0]
}

func TestPrintedConfigConnects(t *testing.T) {
	for _, flags := range [][]string{
		nil, {"-auth", "plain"}, {"--auth", "tls", "--identity", "rsa"}, {"-auth=basic", "-style=kocobox"},
		{"-style", "rise", "-seed", "5", "-directory-host", "konnektor.konlan"},
		{"-listen", "127.0.0.1:0", "-directory-closed", "-control="},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			r := start(t, flags...)
			require.Equal(t, []konnektor.CardType{"SMC-B", "SMC-KT", "EGK"}, r.types())
		})
	}
}

func TestCommands(t *testing.T) {
	r := start(t, "-person", "0", "-empty")
	require.Empty(t, r.types())
	egk := r.ok("insert", "--person", "2", "--receipt", "1", "--terminal", "T1", "--slot", "3")
	hba := r.ok("insert", "-type", "HBA", "-holder", "Dr. Simulator")
	require.ElementsMatch(t, []konnektor.CardType{"EGK", "HBA"}, r.types())

	var lines []cardLine
	require.NoError(t, json.Unmarshal([]byte(r.ok("cards", "--json")), &lines))
	require.Len(t, lines, 2)
	require.Equal(t, egk, string(lines[0].Handle))
	require.Equal(t, 3, lines[0].Slot)
	require.Contains(t, lines[0].Holder, "Dåmmer-Ørsted")
	require.Contains(t, r.ok("cards"), "Dr. Simulator")

	r.ok("pin", "--handle", egk, "--pin", "PIN.CH", "--state", "BLOCKED", "--tries", "0")
	status, _, err := r.client.PINStatus(t.Context(), konnektor.CardHandle(egk), "PIN.CH")
	require.NoError(t, err)
	require.Equal(t, konnektor.PINBlocked, status.State)

	r.ok("remove", "--terminal", "T1", "--slot", "3")
	r.ok("remove", "--handle", hba)
	require.Empty(t, r.types())

	r.ok("insert")
	r.ok("reboot")
	require.Equal(t, []konnektor.CardType{"EGK"}, r.types())
}

func TestStateAndFailures(t *testing.T) {
	r := start(t)
	r.ok("state", "EC_LOG_OVERFLOW", "on")
	r.ok("state", "TI", "off")
	r.ok("state", "SIS", "off")
	res, _, err := r.client.Resource(t.Context(), konnektor.ResourceQuery{})
	require.NoError(t, err)
	require.False(t, res.Konnektor.TI.Online || res.Konnektor.SIS.Online)
	active := map[string]bool{}
	for _, s := range res.Konnektor.Operating {
		active[s.Condition] = active[s.Condition] || s.Active
	}
	require.True(t, active["EC_LOG_OVERFLOW"] && active["EC_No_VPN_TI_Connection"])

	r.ok("fail", "--operation", "GetCards", "--code", "4004", "--count", "-1")
	_, _, err = r.client.Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.Code(4004))
	r.ok("fail", "--operation", "GetCards", "--count", "0")
	for as, kind := range map[string]error{
		"empty": konnektor.KindEmpty, "garbage": konnektor.KindMalformed, "http500": konnektor.KindHTTP, "plain": konnektor.KindFault,
	} {
		r.ok("fail", "--operation", "GetCards", "--as", as, "--count", "-1")
		_, _, err = r.client.Cards(t.Context(), konnektor.CardFilter{})
		require.ErrorIs(t, err, kind, as)
		r.ok("fail", "--operation", "GetCards", "--count", "0")
	}
	require.NotEmpty(t, r.types())
}

func TestPersonAtTheTerminal(t *testing.T) {
	r := start(t, "-pin-timeout", "1h")
	smcb := r.card(konnektor.CardSMCB)
	r.ok("pin", "--handle", string(smcb.Handle))
	r.ok("react", string(smcb.Terminal), "wrong", "cancel", "nothing")
	verify := func(ctx context.Context) (konnektor.PINResult, error) {
		result, _, err := r.client.VerifyPIN(ctx, konnektor.PINRequest{Card: smcb.Handle, PIN: konnektor.PINSMC})
		return result, err
	}
	result, err := verify(t.Context())
	require.NoError(t, err)
	require.Equal(t, konnektor.PINResult{Result: konnektor.PINOutcomeRejected, LeftTries: 2}, result)
	_, err = verify(t.Context())
	require.ErrorIs(t, err, konnektor.CodePINCancelled)
	impatient, giveUp := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() {
		_, err := verify(impatient)
		given <- err
	}()
	require.Eventually(t, func() bool { return r.ok("asking") == string(smcb.Terminal) }, patience, time.Millisecond)
	giveUp()
	require.ErrorIs(t, <-given, context.Canceled)
	require.Eventually(t, func() bool { return r.ok("asking") == "" }, patience, time.Millisecond)
	result, err = verify(t.Context())
	require.NoError(t, err)
	require.True(t, result.OK())

	code, _, said := r.do("react", "T9", "wrong")
	require.Equal(t, 1, code, said)
	code, _, said = r.do("react", "T1", "sleep")
	require.Equal(t, 1, code, said)
	code, _, _ = r.do("react", "T1")
	require.Equal(t, 2, code)
}

func TestPINTimeout(t *testing.T) {
	r := start(t, "-pin-timeout", "20ms")
	smcb := r.card(konnektor.CardSMCB)
	r.ok("pin", "--handle", string(smcb.Handle))
	r.ok("react", string(smcb.Terminal), "nothing")
	_, _, err := r.client.VerifyPIN(t.Context(), konnektor.PINRequest{Card: smcb.Handle, PIN: konnektor.PINSMC})
	require.ErrorIs(t, err, konnektor.CodePINTimeout)
	require.Empty(t, r.ok("asking"))
}

// TestStateByClock: a state that was on for a while has a new time, whether or
// not somebody saw it.
func TestStateByClock(t *testing.T) {
	r := start(t)
	state := func() konnektor.OperatingState {
		x, _, err := r.client.Resource(t.Context(), konnektor.ResourceQuery{})
		require.NoError(t, err)
		i := slices.IndexFunc(x.Konnektor.Operating, func(s konnektor.OperatingState) bool { return s.Condition == "EC_LOG_OVERFLOW" })
		return x.Konnektor.Operating[i]
	}
	is := func(active bool) {
		t.Helper()
		require.Eventually(t, func() bool { return state().Active == active }, patience, time.Millisecond)
	}
	before := state()
	require.False(t, before.Active)
	r.ok("state", "EC_LOG_OVERFLOW", "on", "--after", "20ms", "--for", "20ms")
	require.Eventually(t, func() bool { return !state().Active && state().Since.After(before.Since) }, patience, time.Millisecond)
	r.ok("state", "EC_LOG_OVERFLOW", "on", "--after", "20ms")
	is(true)
	r.ok("state", "EC_LOG_OVERFLOW", "off", "--for", "20ms")
	is(true)
	r.ok("state", "EC_LOG_OVERFLOW", "off")
	is(false)
	code, _, _ := r.do("state", "EC_NOTHING", "on", "--after", "1h")
	require.Equal(t, 1, code)
	r.ok("state", "EC_LOG_OVERFLOW", "on", "--after", "1h") // does not keep it from ending
}

func TestForget(t *testing.T) {
	r := start(t)
	_, _, err := r.client.Subscribe(t.Context(), konnektor.Subscription{EventTo: "cetp://127.0.0.1:20000", Topic: "CARD"})
	require.NoError(t, err)
	require.Regexp(t, `^\S+  cetp://127\.0\.0\.1:20000  CARD$`, r.ok("subscriptions"))
	require.Equal(t, "1", r.ok("forget"))
	require.Empty(t, r.ok("subscriptions"))
	list, _, err := r.client.Subscriptions(t.Context(), true)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestWhatDoesNotWork(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown state":       {[]string{"state", "EC_X", "on"}, 1, "EC_X"},
		"unknown card":        {[]string{"remove", "--handle", "gone"}, 1, "gone"},
		"unknown type":        {[]string{"insert", "--type", "egk"}, 1, "egk"},
		"unknown disturbance": {[]string{"fail", "--as", "flood"}, 1, "flood"},
		"slot is occupied":    {[]string{"insert", "--terminal", "T1", "--slot", "1"}, 1, "free"},
		"state, one argument": {[]string{"state", "EC_X"}, 2, "on or off"},
		"unknown flag":        {[]string{"cards", "--verbose"}, 2, "verbose"},
		"argument":            {[]string{"reboot", "now"}, 2, "now"},
	} {
		code, _, said := r.do(c.args...)
		require.Equal(t, c.code, code, name)
		require.Contains(t, said, c.says, name)
	}
}

func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown command":     {[]string{"eject"}, 2, "eject"},
		"public address":      {[]string{"-listen", "0.0.0.0:0"}, 1, "loopback"},
		"public control":      {[]string{"-control", "192.0.2.1:0"}, 2, "loopback"},
		"no time":             {[]string{"-max-runtime", "0s"}, 2, "max-runtime"},
		"unknown level":       {[]string{"-auth", "none"}, 1, "none"},
		"too many persons":    {[]string{"-person", "1,2,3,4,5,6,7,8,9"}, 1, "no free slot"},
		"no simulator":        {[]string{"cards", "--control-file", filepath.Join(t.TempDir(), "none")}, 1, "no running simulator"},
		"nobody at the port":  {[]string{"cards", "--control", "127.0.0.1:1"}, 1, "does not answer"},
		"no schemas":          {[]string{"-schemas", t.TempDir()}, 2, "schema"},
		"no address":          {[]string{"cards", "--control", "a b"}, 2, "control"},
		"control file folder": {[]string{"-control-file", "/dev/null/x"}, 1, "control file"},
	} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			args := c.args
			if !strings.Contains(strings.Join(args, " "), "control-file") && strings.HasPrefix(args[0], "-") {
				args = append(args, "-control-file", filepath.Join(t.TempDir(), "c"))
			}
			require.Equal(t, c.code, run(t.Context(), args, io.Discard, &said), said.String())
			require.Contains(t, said.String(), c.says)
		})
	}
}

func TestNoPlaceForTheControlFile(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	var said bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"-max-runtime", "10ms"}, io.Discard, &said))
	require.Contains(t, said.String(), "no control port")
}

// TestInvalidRequests has a client whose request breaks its schema.
func TestInvalidRequests(t *testing.T) {
	if !schematest.Available() {
		t.Skip("no xmllint or no official schemas (GEMATIK_API_DIR)")
	}
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var said bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"-print-config", "-auth", "plain", "-control=", "-schemas", schematest.Dir(t)}, in, &said)
	}()
	var cfg konnektor.Config
	require.NoError(t, json.NewDecoder(out).Decode(&cfg))
	client, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	services, err := client.Services(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(services.Services, func(s konnektor.Service) bool { return s.Name == "EventService" })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, services.Services[i].Endpoint, strings.NewReader(
		`<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>`+
			`<E:GetCards xmlns:E="http://ws.gematik.de/conn/EventService/v7.2"/></S:Body></S:Envelope>`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"http://ws.gematik.de/conn/EventService/v7.2#GetCards"`)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	stop()
	require.Equal(t, 1, <-code)
	require.Contains(t, said.String(), "request of GetCards is not valid after conn/EventService.xsd")
	require.Contains(t, said.String(), "3 messages held against the schemas")
	require.Contains(t, said.String(), "messages that are not valid: 1")
}

func TestStopsByItself(t *testing.T) {
	var said bytes.Buffer
	file := filepath.Join(t.TempDir(), "c")
	require.Zero(t, run(t.Context(), []string{"-max-runtime", "50ms", "-control-file", file}, io.Discard, &said))
	require.Contains(t, said.String(), "simulator at https://127.0.0.1:")
}

func TestControlPortIsGuarded(t *testing.T) {
	r := start(t)
	info, err := os.Stat(r.file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	e, err := readEndpoint(r.file)
	require.NoError(t, err)
	get := func(token, origin string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.Address+"/cards", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", token)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, http.StatusOK, get("Bearer "+e.Token, ""))
	require.Equal(t, http.StatusForbidden, get("", ""))
	require.Equal(t, http.StatusForbidden, get("Bearer "+e.Token[1:], ""))
	require.Equal(t, http.StatusForbidden, get("Bearer "+e.Token, "http://evil.invalid"))

	t.Setenv(tokenVariable, e.Token)
	var out bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"cards", "--control", e.Address}, &out, io.Discard))
	require.Contains(t, out.String(), "EGK")
	t.Setenv(tokenVariable, "wrong")
	require.Equal(t, 1, run(t.Context(), []string{"cards", "--control", e.Address}, io.Discard, io.Discard))
}
