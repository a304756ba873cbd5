package operations_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/fixtest"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// managed is a box with a Session for it.
type managed struct {
	*operations.Session
	t    *testing.T
	box  *secunettest.Box
	said bytes.Buffer // every answer, event and error
}

// openManaged opens a Session for services with the management of a box, whose files
// are in dir.
func openManaged(t *testing.T, box *secunettest.Box, services konnektor.Config, dir, password string) *operations.Session {
	t.Helper()
	raw, err := json.Marshal(services)
	require.NoError(t, err)
	var config map[string]any
	require.NoError(t, json.Unmarshal(raw, &config))
	config["management"] = fixtest.Files(t, box, dir, password)
	config["fixes"] = map[string]any{"dir": filepath.Join(dir, "fixes"), "box": "box", "program": "test"}
	raw, err = json.Marshal(config)
	require.NoError(t, err)
	s, err := operations.Open(raw, nil)
	require.NoError(t, err)
	return s
}

// manage opens a Session with the management of a box. Nothing that it says ever
// holds the password.
func manage(t *testing.T, box *secunettest.Box, password string) *managed {
	t.Helper()
	s := openManaged(t, box, box.Konnektor.Config(), t.TempDir(), password)
	m := &managed{Session: s, t: t, box: box}
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NotContains(t, m.said.String(), password)
		require.NotContains(t, m.said.String(), box.User()+`"`)
	})
	return m
}

// report is what a test looks at in an answer.
type report struct {
	Outcome, Reason string
	ReasonDE        string `json:"reason_de"`
	Steps           []struct {
		Key, TextDE string
		WayBack     bool `json:"way_back"`
	}
	Done, Attempts int64
	Journal        string
	Pin            *struct {
		SHA256 string `json:"certificate_sha256"`
	}
	Error *operations.Error
}

func (m *managed) call(name, request string, answer any) (events []string) {
	m.t.Helper()
	return m.callUntil(name, request, "", answer)
}

// callUntil is call whose deadline passes with the first event of that phase.
func (m *managed) callUntil(name, request, phase string, answer any) (events []string) {
	m.t.Helper()
	ctx, pass := konnektortest.Deadline(m.t.Context())
	raw, err := m.Stream(ctx, name, []byte(request), func(e []byte) {
		events = append(events, string(e))
		if phase != "" && strings.Contains(string(e), `"phase":"`+phase+`"`) {
			pass()
		}
	})
	require.NoError(m.t, err)
	m.said.Write(raw)
	m.said.WriteString(strings.Join(events, ""))
	require.NoError(m.t, json.Unmarshal(raw, answer))
	text, err := operations.Text(name, raw)
	require.NoError(m.t, err)
	m.said.WriteString(text)
	return events
}

// running is a box whose clock runs, fast.
func running(t *testing.T, o secunettest.Options) *secunettest.Box {
	t.Helper()
	o.Clock = mgmttest.RunningClock(time.Time{}, 100)
	return secunettest.NewWith(t, o)
}

func TestFixAndBack(t *testing.T) {
	box := running(t, secunettest.Options{})
	m := manage(t, box, box.Password())
	before := box.State()
	var r report
	m.call("fix.plan", `{"fix":"seclog"}`, &r)
	require.Equal(t, "planned", r.Outcome)
	require.Equal(t, "dry-run", r.Reason)
	require.Len(t, r.Steps, 10)
	r = report{}
	m.call("fix.apply", `{"fix":"seclog"}`, &r)
	require.Equal(t, "no-consent", r.Reason)
	require.Equal(t, before, box.State(), "nothing without consent")

	r = report{}
	events := m.call("fix.apply", `{"fix":"seclog","consent":"words of the test"}`, &r)
	require.Equal(t, "applied", r.Outcome, "%+v", r)
	require.EqualValues(t, 10, r.Done)
	for _, phase := range []string{"plan", "permit", "snapshot", "apply", "visible", "verify", "done"} {
		require.Contains(t, strings.Join(events, ""), `"phase":"`+phase+`"`)
	}
	require.Contains(t, strings.Join(events, ""), "Schritt 3 von 10: ")
	m.call("fix.apply", `{"fix":"seclog","consent":"again"}`, &r)
	require.Equal(t, "already-done", r.Outcome)

	var journal struct {
		Journals []struct {
			Records []struct{ Event, Words string }
		}
		Text string `json:"text_de"`
	}
	m.call("fix.journal", `{"fix":"seclog"}`, &journal)
	require.Len(t, journal.Journals, 1)
	require.Contains(t, journal.Text, "Erlaubt: words of the test")
	require.Contains(t, journal.Text, "Beendet: Ausgeführt und geprüft")

	var settings struct {
		Settings struct {
			Days int64 `json:"security_log_days"`
		}
		Report *report
	}
	m.call("mgmt.log_settings", `{}`, &settings)
	require.EqualValues(t, 10, settings.Settings.Days)
	m.call("mgmt.log_settings", `{"set":{"security_log_days":60},"consent":"up"}`, &settings)
	require.EqualValues(t, 60, settings.Settings.Days)
	require.Equal(t, "applied", settings.Report.Outcome)

	m.call("fix.apply", `{"fix":"seclog","seclog":{"undo":true},"consent":"back"}`, &r)
	require.Equal(t, "applied", r.Outcome)
	require.Equal(t, before.LogSettings, box.State().LogSettings)
	require.Zero(t, box.Counters().Open, "every session was logged out")
}

func TestFixOfMay2020(t *testing.T) {
	box := running(t, secunettest.Options{Incident: secunettest.May2020, MissedChanges: 2})
	m := manage(t, box, box.Password())
	dir := t.TempDir()
	var lists []string
	for _, l := range box.Lists() {
		name := filepath.Join(dir, l.Name)
		require.NoError(t, os.WriteFile(name, l.XML, 0o600))
		lists = append(lists, name)
	}
	parameters, err := json.Marshal(map[string]any{"lists": lists})
	require.NoError(t, err)
	request := `{"fix":"tslimport","tslimport":` + string(parameters) + `,"consent":"yes"`
	var r report
	m.call("fix.apply", request+`}`, &r)
	require.Equal(t, "refused", r.Outcome)
	require.Equal(t, "no-way-back", r.Reason)
	r = report{}
	m.call("fix.apply", request+`,"allow_no_way_back":true}`, &r)
	require.Equal(t, "applied", r.Outcome, "%+v %v", r, r.Error)
	require.Equal(t, box.Lists()[2].Sequence, box.State().TSLSequence)
}

func TestFixOfJuly2025(t *testing.T) {
	box := running(t, secunettest.Options{Incident: secunettest.July2025})
	m := manage(t, box, box.Password())
	var check struct {
		Summary  string `json:"summary_de"`
		Verdicts []struct{ Rule, Answer, Fix string }
	}
	m.call("fix.check", `{}`, &check)
	for _, v := range check.Verdicts {
		require.Equal(t, map[string]string{"2020-05": "not-affected", "2020-09": "not-affected", "2025-07": "affected", "4001": "cannot-tell"}[v.Rule], v.Answer, v.Rule)
	}
	require.Contains(t, check.Summary, "nicht deregistrieren")
	var r report
	m.call("fix.apply", `{"fix":"akaut","consent":"yes","allow_no_way_back":true}`, &r)
	require.Equal(t, "applied", r.Outcome, "%+v %v", r, r.Error)
	require.Equal(t, "SMC-K_RENEWED", box.State().Identity)
}

func TestWrongPasswordIsTriedOnce(t *testing.T) {
	box := running(t, secunettest.Options{})
	m := manage(t, box, "wrong-canary-word")
	var r report
	m.call("fix.apply", `{"fix":"seclog","consent":"yes"}`, &r)
	require.Equal(t, "refused", r.Outcome)
	require.Equal(t, "wrong-password", r.Reason)
	require.Equal(t, operations.KindManagementLogin, r.Error.Kind)
	require.Equal(t, 1, box.Counters().ByOperation["login"])

	_, err := m.Call(t.Context(), "mgmt.status", nil)
	var told *operations.Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, operations.KindManagementLogin, told.Kind)
	require.Contains(t, told.TextDE, "nicht noch einmal versucht")
	require.Contains(t, told.AdviceDE, ".refused.json")
	require.Equal(t, 1, box.Counters().ByOperation["login"], "not by another operation either")
}

// TestSomebodyElseIsLoggedIn is no Konnektor that does not answer.
func TestSomebodyElseIsLoggedIn(t *testing.T) {
	e := operations.NewError("mgmt.status", errors.Join(konnektor.KindTimeout, mgmt.ErrBusy))
	require.Equal(t, konnektor.KindTimeout, e.Kind)
	require.Contains(t, e.TextDE, "anderes Programm")
	require.Contains(t, e.AdviceDE, "warten")
}

func TestPendingIsResumed(t *testing.T) {
	box := running(t, secunettest.Options{})
	m := manage(t, box, box.Password())
	box.CutBefore("", -1)
	var r report
	m.callUntil("fix.apply", `{"fix":"seclog","seclog":{"one_step":false},"consent":"yes","timeout_ms":86400000,"retry_min_ms":100,"retry_max_ms":100}`, "waiting", &r)
	require.Equal(t, "pending", r.Outcome, "%+v", r)
	var status struct {
		Waiting bool
		Jobs    []struct{ Fix, Box string }
	}
	m.call("fix.status", `{}`, &status)
	require.True(t, status.Waiting)
	require.Len(t, status.Jobs, 1)
	box.Heal("")
	var resumed struct{ Reports []report }
	m.call("fix.resume", `{"consent":"yes","retry_min_ms":100,"retry_max_ms":100}`, &resumed)
	require.Len(t, resumed.Reports, 1)
	require.Equal(t, "applied", resumed.Reports[0].Outcome, "%+v", resumed)
	m.call("fix.resume", `{"consent":"yes"}`, &resumed)
	require.Empty(t, resumed.Reports)
}

func TestManagementIsRead(t *testing.T) {
	box := running(t, secunettest.Options{})
	m := manage(t, box, box.Password())
	var status struct {
		Product   struct{ Vendor, Code string }
		Operating []struct{ Condition string }
		TI        struct{ Online bool }
	}
	m.call("mgmt.status", `{}`, &status)
	require.Equal(t, "SECUN", status.Product.Vendor)
	require.NotEmpty(t, status.Operating)
	require.True(t, status.TI.Online)
	var info struct {
		Product struct{ Firmware string }
	}
	m.call("mgmt.info", `{}`, &info)
	require.NotEmpty(t, info.Product.Firmware)
	var logs struct {
		Entries []struct {
			Time, Text string
			Fields     []struct{ Key string }
		}
	}
	m.call("mgmt.logs", `{}`, &logs)
	for _, e := range logs.Entries {
		require.Empty(t, e.Text)
		require.Empty(t, e.Fields)
	}
	var r report
	m.call("mgmt.restart", `{}`, &r)
	require.Equal(t, "no-consent", r.Reason)
	require.Zero(t, box.State().Restarts)
}

func TestFixRequestsAreChecked(t *testing.T) {
	box := running(t, secunettest.Options{})
	m := manage(t, box, box.Password())
	for request, field := range map[string]string{
		`{"fix":"seclog","restart":{}}`:                          "restart",
		`{"fix":"tslimport","consent":"yes"}`:                    "tslimport.lists",
		`{"fix":"other"}`:                                        "fix",
		`{"fix":"seclog","consent":"yes","window_from":"22:00"}`: "window_from",
		`{"fix":"seclog","window_from":"22","window_to":"23"}`:   "window_from",
		`{"fix":"seclog","seclog":{"undo":true,"restore":{}}}`:   "seclog.undo",
		`{"fix":"restart","restart":{"requested":"yesterday"}}`:  "restart.requested",
		`{"fix":"seclog","seclog":{"days":9}}`:                   "seclog.days",
	} {
		_, err := m.Call(t.Context(), "fix.apply", []byte(request))
		var e *operations.Error
		require.ErrorAs(t, err, &e, request)
		require.Equal(t, konnektor.KindRequest, e.Kind, request)
		require.Equal(t, field, e.Field, request)
	}
	require.Zero(t, box.Counters().ByOperation["login"])
}

func TestSettingsOfManagementAreChecked(t *testing.T) {
	for _, config := range []string{
		`{"management":{"host":""}, "fixes":{"dir":""}}`, `{"management":{"hots":"x"}}`, `{"fixes":{"dir":"x","more":1}}`,
		`{"management":{"host":"x"},"management":{"host":"y"}}`, `{"fixes":1}`, `{"management"`,
	} {
		_, err := operations.Open([]byte(config), nil)
		var e *operations.Error
		require.ErrorAs(t, err, &e, config)
		require.Equal(t, konnektor.KindConfig, e.Kind, config)
	}
	s, err := operations.Open([]byte(`{"fixes":{"dir":"nowhere"}}`), nil)
	require.NoError(t, err)
	_, err = s.Call(t.Context(), "fix.status", nil)
	require.NoError(t, err)
	for _, name := range []string{"fix.plan", "mgmt.status", "cards"} {
		_, err = s.Call(t.Context(), name, []byte(`{"fix":"seclog"}`))
		var e *operations.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, konnektor.KindConfig, e.Kind, name)
	}
}
