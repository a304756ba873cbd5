package operations_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// english are words of the values that the fixes write to their journals.
var english = regexp.MustCompile(`(?i)\b(days?|until|valid|serial|registered|renewed|certificates?|terminals?|connected|unlocked|locked|restart|restarted|` +
	`security|successful|crypto|operations|on|off|list|announces|states?|outdated|practice|person|started|line|DEBUG|WARNING|ERROR)\b`)

// TestJournalsAreInGerman has every fix write a journal: printed, it is a record for
// the practice.
func TestJournalsAreInGerman(t *testing.T) {
	lists := func(t *testing.T, box *secunettest.Box) string {
		dir := t.TempDir()
		var paths []string
		for _, l := range box.Lists() {
			path := filepath.Join(dir, l.Name)
			require.NoError(t, os.WriteFile(path, l.XML, 0o600))
			paths = append(paths, path)
		}
		raw, err := json.Marshal(paths)
		require.NoError(t, err)
		return `,"tslimport":{"lists":` + string(raw) + `}`
	}
	nothing := func(*testing.T, *secunettest.Box) string { return "" }
	for name, c := range map[string]struct {
		options secunettest.Options
		more    func(*testing.T, *secunettest.Box) string
		says    []string
	}{
		"seclog": {secunettest.Options{}, nothing, []string{
			"Vorhaltedauer des Sicherheitsprotokolls ändern, Sicherheitsprotokoll 180 Tage -> Sicherheitsprotokoll 140 Tage", "Systemprotokoll, AMTS, ePA, NFDM, VSDM: 20 Tage"}},
		"tslimport": {secunettest.Options{Incident: secunettest.May2020}, lists, []string{
			"Leistungsumfang Online ausschalten, an -> aus", "-> Liste ", "kündigt den Vertrauensanker "}},
		"akaut":   {secunettest.Options{Incident: secunettest.July2025}, nothing, []string{"ursprüngliche Identität, ", "-> erneuerte Identität, ", "Seriennummer "}},
		"restart": {secunettest.Options{}, nothing, []string{"verbundene Kartenterminals: ", "-> neu gestartet, sonst wie vorher"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.Clock = mgmttest.RunningClock(time.Time{}, 400)
			box := secunettest.NewWith(t, c.options)
			if name == "restart" {
				box.SetRestartRequired(true)
			}
			m := manage(t, box, box.Password())
			var r report
			request := `{"fix":"` + name + `"` + c.more(t, box)
			if name == "restart" {
				request += `,"restart":{"cool_down_minutes":-1}`
			}
			m.call("fix.apply", request+`,"consent":"Wartungsvertrag","allow_no_way_back":true}`, &r)
			require.Equal(t, "applied", r.Outcome, "%+v %v", r, r.Error)
			var journal struct {
				Text string `json:"text_de"`
			}
			m.call("fix.journal", `{}`, &journal)
			for _, text := range c.says {
				require.Contains(t, journal.Text, text)
			}
			// Names stay: of the fix, of files and of the trust anchor.
			require.Empty(t, english.FindAllString(regexp.MustCompile(`\(\w+\), Lauf|Datei \S+|Vertrauensanker [^,\n]*`).ReplaceAllString(journal.Text, ""), -1), journal.Text)
		})
	}
}
