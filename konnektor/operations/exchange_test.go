package operations_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/exchange"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// taken is what a test looks at in an answer of exchange.take.
type taken struct {
	Terminals, Cards int64
	FunctionTestDE   string `json:"function_test_de"`
	Missing          []struct{ Part, PartDE, Reason string }
	Snapshot         string
}

// judged is what it looks at in one of exchange.ready and exchange.compare.
type judged struct {
	Level     string
	SummaryDE string `json:"summary_de"`
	Findings  []struct {
		Level, Check, Key string
		TextDE            string `json:"text_de"`
	}
	Checklist []struct {
		Key, Stage string
		Person     bool
		Done       *bool
		TextDE     string `json:"text_de"`
	}
	ReportDE string `json:"report_de"`
}

func (j *judged) keys(level string) (all []string) {
	for _, f := range j.Findings {
		if f.Level == level {
			all = append(all, f.Check+" "+f.Key)
		}
	}
	return all
}

func asked(t *testing.T, v map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func TestExchange(t *testing.T) {
	box := running(t, secunettest.Options{})
	vsdmtest.Install(box.Konnektor)
	m := manage(t, box, box.Password())
	patient := vsdmtest.Person(1)
	box.Konnektor.Insert(konnektor.CardEGK, patient)
	before := box.State()
	file := filepath.Join(t.TempDir(), "before.json")
	var old taken
	m.call("exchange.take", asked(t, map[string]any{"file": file, "read_card": true,
		"backup": map[string]any{"file": "backup.tar", "made": time.Now().UTC().Format(time.RFC3339), "public_key_hash": "ab"}}), &old)
	require.Equal(t, before, box.State(), "it reads only")
	require.Positive(t, old.Terminals)
	require.Positive(t, old.Cards)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.JSONEq(t, old.Snapshot, string(written))
	require.NotContains(t, string(written), box.Password())
	s, err := exchange.Read(written)
	require.NoError(t, err)
	require.Equal(t, exchange.TestPassed, s.FunctionTest, "%v %s", s.FunctionCodes, s.FunctionReason)
	for _, c := range s.Cards {
		require.NotEqual(t, konnektor.CardEGK, c.Type, "no patients")
	}
	require.NotContains(t, m.said.String(), patient.KVNR)
	require.NotContains(t, m.said.String(), patient.Last)
	require.NotNil(t, s.Certificate)

	_, err = m.Call(t.Context(), "exchange.take", []byte(asked(t, map[string]any{"file": file})))
	var e *operations.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, operations.KindFile, e.Kind, "a snapshot is never written over")

	var ready judged
	m.call("exchange.ready", asked(t, map[string]any{"before_file": file}), &ready)
	require.NotContains(t, ready.keys("error"), "backup-kept no-backup")
	require.Contains(t, ready.keys("ok"), "backup-kept ok")
	require.Contains(t, ready.keys("open"), "firmware-equal not-read")
	for _, item := range ready.Checklist {
		require.True(t, item.Person, item.Key)
	}

	box.CutVPN(true)
	compareExchange(m, old)
}

// compareExchange compares with what the box has now: it is the same one, without
// VPN.
func compareExchange(m *managed, old taken) {
	t := m.t
	t.Helper()
	var now taken
	m.call("exchange.take", `{}`, &now)
	require.Equal(t, "nicht gemacht", now.FunctionTestDE)
	var end judged
	m.call("exchange.compare", asked(t, map[string]any{"before": old.Snapshot, "after": now.Snapshot,
		"done": []string{"cables"}, "not_done": []string{"kim"}}), &end)
	require.Equal(t, "error", end.Level)
	require.Contains(t, end.keys("error"), "vpn vpn-down")
	require.Contains(t, end.keys("warning"), "product same-box")
	require.Contains(t, end.ReportDE, "# Konnektortausch\n")
	require.Contains(t, end.ReportDE, "Das VPN zur TI steht nicht: Ist der Konnektor angemeldet?")
	require.Contains(t, end.ReportDE, "- [x] Beim Tausch: Der alte Konnektor ist heruntergefahren")
	require.Contains(t, end.ReportDE, "- [!] Nach dem Tausch: Eine KIM-Nachricht an sich selbst kommt an. (von Hand)")
	require.Len(t, end.Checklist, len(exchange.Checklist()))
	for _, item := range end.Checklist {
		require.NotEmpty(t, item.TextDE, item.Key)
	}
}

func TestExchangeReadyWithoutBackup(t *testing.T) {
	var j judged
	raw, err := operations.NewFiles().Call(t.Context(), "exchange.ready",
		[]byte(`{"at":"2026-07-15","before":"{\"version\":1,\"taken\":\"2026-07-15T09:00:00Z\",\"certificate\":{\"sha256\":\"aa\",\"not_after\":\"2026-10-01T00:00:00Z\"}}"}`))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &j))
	require.Equal(t, []string{"backup-kept no-backup"}, j.keys("error"))
	require.Equal(t, []string{"server-certificate expires-soon"}, j.keys("warning"))
	require.Equal(t, "Den Tausch noch nicht beginnen: Zuerst die Fehler beheben.", j.SummaryDE)
	require.Contains(t, string(raw), `"soon_months":3,"backup_hours":24`)
	require.Contains(t, string(raw), `"subject":"Zertifikat des alten Konnektors","after":"01.10.2026"`)
}

func TestExchangeRequestsAreChecked(t *testing.T) {
	files := operations.NewFiles()
	good := `{\"version\":1,\"taken\":\"2026-07-15T09:00:00Z\"}`
	both := `"before":"` + good + `","after":"` + good + `"`
	for request, want := range map[string]struct {
		field string
		kind  konnektor.Kind
	}{
		`{}`:                           {"before_file", konnektor.KindRequest},
		`{"before":"{}","after":"{}"}`: {"before", operations.KindFormat},
		`{"before_file":"nowhere"}`:    {"before_file", operations.KindFile},
		`{"before":"{}","before_file":"nowhere"}`:          {"before_file", konnektor.KindRequest},
		`{` + both + `,"done":["vpn"]}`:                    {"done", konnektor.KindRequest},
		`{` + both + `,"done":["kim"],"not_done":["kim"]}`: {"not_done", konnektor.KindRequest},
		`{` + both + `,"at":"soon"}`:                       {"at", konnektor.KindRequest},
	} {
		_, err := files.Call(t.Context(), "exchange.compare", []byte(request))
		var e *operations.Error
		require.ErrorAs(t, err, &e, request)
		require.Equal(t, want.kind, e.Kind, request)
		require.Equal(t, want.field, e.Field, request)
	}
}
