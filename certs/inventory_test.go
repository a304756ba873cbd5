package certs_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// practice is a PKI with the cards of a practice, and their items.
func practice(t testing.TB) (*certstest.PKI, []certs.Item) {
	t.Helper()
	p := certstest.New(t)
	var items []certs.Item
	add := func(label string, kind certstest.CardKind, complete bool, o certstest.CardOptions) *certstest.Card {
		card, err := p.Card(kind, o)
		require.NoError(t, err)
		for _, c := range card.Certificates() {
			items = append(items, certs.Item{Label: label, Certificate: c, Complete: complete})
		}
		return card
	}
	add("SMC-B, Terminal 1", certstest.SMCB, true, certstest.CardOptions{})
	add("SMC-B alt", certstest.SMCB, true, certstest.CardOptions{Generation20: true})
	add("Terminal 1", certstest.GSMCKT, false, certstest.CardOptions{Generation20: true})
	add("eGK", certstest.EGK, true, certstest.CardOptions{Name: "Kanari Vogel", KVNR: "X110999888"})
	old := add("Konnektor", certstest.GSMCK, true, certstest.CardOptions{WithoutRSA: true, NotBefore: p.At().AddDate(-4, -10, 0)})
	renewed, err := old.Renew(p.At().AddDate(0, 0, -1), p.At().AddDate(3, 0, 0))
	require.NoError(t, err)
	for _, c := range renewed.Certificates() {
		items = append(items, certs.Item{Label: "Konnektor", Certificate: c, Complete: true})
	}
	items = append(items, certs.Item{Label: "TLS des Konnektors", Certificate: renewed.Certificates()[0]}, certs.Item{Label: "nothing"})
	return p, items
}

func entries(inv *certs.Inventory, label string) []certs.Entry {
	return slices.DeleteFunc(slices.Clone(inv.Entries), func(e certs.Entry) bool { return e.Label != label })
}

func dues(e certs.Entry) []string {
	var ids []string
	for _, d := range e.Due {
		ids = append(ids, d.Rule)
	}
	return ids
}

func TestInventory(t *testing.T) {
	p, items := practice(t)
	inv := certs.NewInventory(items, certs.InventoryOptions{At: p.At()})
	require.Len(t, inv.Entries, len(items)-1)
	for _, e := range entries(inv, "SMC-B, Terminal 1") {
		require.Equal(t, certs.Generation21, e.Generation)
		require.Equal(t, certs.StateValid, e.State)
		require.NotContains(t, dues(e), "hba-smcb-g20-end")
		require.Equal(t, e.NotAfter, e.UsableUntil)
		require.Equal(t, certs.HolderSMCB, e.Holder)
		require.Equal(t, []string{"Betriebsstätte Arzt"}, e.Roles)
		require.True(t, e.TelematikID.Valid())
	}
	for _, e := range entries(inv, "SMC-B alt") {
		require.Equal(t, certs.Generation20, e.Generation)
		require.Contains(t, dues(e), "hba-smcb-g20-end")
		require.Equal(t, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), e.UsableUntil)
		i := slices.IndexFunc(e.Due, func(d certs.Due) bool { return d.Rule == "hba-smcb-g20-end" })
		require.True(t, e.Due[i].Past)
		require.Equal(t, "2026-06-30", e.Due[i].Day)
		require.NotEmpty(t, e.Due[i].Source)
		require.NotEmpty(t, e.Due[i].Conflict)
		require.False(t, e.Due[i].Assumed)
	}
	terminal := entries(inv, "Terminal 1")[0]
	require.Empty(t, terminal.Generation, "one RSA certificate does not prove generation 2.0")
	i := slices.IndexFunc(terminal.Due, func(d certs.Due) bool { return d.Rule == "gsmckt-g20-end" })
	require.True(t, terminal.Due[i].Assumed)
	require.Equal(t, certs.EvidenceSecondary, terminal.Due[i].Evidence)
	require.Equal(t, terminal.NotAfter, terminal.UsableUntil)
	require.Equal(t, "gsmckt-expires-soon", terminal.Due[len(terminal.Due)-1].Rule)
	require.Equal(t, terminal.NotAfter.AddDate(0, 0, -35), terminal.Due[len(terminal.Due)-1].At)
	require.Equal(t, []string{"rsa-shutdown", "gsmckt-g20-end", "gsmckt-expires-soon"}, dues(terminal))

	box := entries(inv, "Konnektor")
	require.Len(t, box, 6)
	for i, e := range box {
		require.Equal(t, certs.Generation21, e.Generation)
		require.Equal(t, map[bool]string{true: "original", false: "renewed"}[i < 3], e.Renewal)
		require.Equal(t, map[bool]certs.State{true: certs.StateSoon, false: certs.StateValid}[i < 3], e.State)
		switch {
		case i < 3:
			require.Empty(t, dues(e), "the renewed one counts")
		case e.Kind == "C.NK.VPN":
			require.Equal(t, []string{"gsmck-renewal-window", "konnektor-exchange"}, dues(e))
			require.Equal(t, e.NotAfter.AddDate(0, 0, -180), e.Due[0].At)
			require.Equal(t, e.NotAfter.AddDate(0, -3, 0), e.Due[1].At)
		default:
			require.Equal(t, []string{"konnektor-exchange"}, dues(e))
		}
	}
	require.Equal(t, "renewed", entries(inv, "TLS des Konnektors")[0].Renewal)
}

func TestDaysLeftAndState(t *testing.T) {
	p := lightPKI(t)
	id, err := p.TSLSigner(p.TSLCA(1))
	require.NoError(t, err)
	c := id.Certificate
	for _, step := range []struct {
		at    time.Time
		days  int
		state certs.State
	}{
		{c.NotBefore.Add(-time.Second), 1277, certs.StateNotYetValid},
		{c.NotAfter.AddDate(0, 0, -91), 91, certs.StateValid},
		{c.NotAfter.AddDate(0, 0, -89), 89, certs.StateSoon},
		{c.NotAfter.Add(-time.Hour), 0, certs.StateSoon},
		{c.NotAfter, 0, certs.StateSoon},
		{c.NotAfter.Add(time.Second), -1, certs.StateExpired},
		{c.NotAfter.Add(24 * time.Hour), -1, certs.StateExpired},
		{c.NotAfter.Add(24*time.Hour + 1), -2, certs.StateExpired},
	} {
		e := certs.NewInventory([]certs.Item{{Certificate: c}}, certs.InventoryOptions{At: step.at}).Entries[0]
		require.Equal(t, step.days, e.DaysLeft, step.at)
		require.Equal(t, step.state, e.State, step.at)
	}
}

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range certs.Rules() {
		require.Regexp(t, `^[a-z0-9-]+$`, r.ID)
		require.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		require.NotEmpty(t, r.What, r.ID)
		require.NotEmpty(t, r.Source, r.ID)
		require.NotEmpty(t, r.Evidence, r.ID)
		require.NotEmpty(t, r.Effect, r.ID)
		require.NotEqual(t, r.Day.IsZero(), r.Days == 0 && r.Months == 0, r.ID)
		require.True(t, len(r.Types) > 0 || len(r.Issuers) > 0 || r.Subject != "", r.ID)
	}
	for _, id := range []string{"gsmckt-g20-end", "hba-smcb-g20-end", "rsa-shutdown"} {
		i := slices.IndexFunc(certs.Rules(), func(r certs.Rule) bool { return r.ID == id })
		require.NotEmpty(t, certs.Rules()[i].Conflict, id)
	}
	only := []certs.Rule{{ID: "own", Types: []certs.Type{certs.TypeTSLSIG}, Days: 1}}
	p := lightPKI(t)
	id, err := p.TSLSigner(p.TSLCA(1))
	require.NoError(t, err)
	e := certs.NewInventory([]certs.Item{{Certificate: id.Certificate}}, certs.InventoryOptions{At: p.At(), Rules: only}).Entries[0]
	require.Equal(t, []string{"own"}, dues(e))
}

// TestRulesMeetRealCertificates finds what the dates were read from.
func TestRulesMeetRealCertificates(t *testing.T) {
	var items []certs.Item
	for _, c := range realCertificatesOf(t, "prod-10291.xml", "prod-10326.xml") {
		items = append(items, certs.Item{Label: "TSL", Certificate: c})
	}
	inv := certs.NewInventory(items, certs.InventoryOptions{At: time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)})
	for _, e := range inv.Entries {
		name, _, _ := strings.Cut(e.Name, " ")
		for _, r := range certs.Rules() {
			if slices.Contains(r.Issuers, name) && r.Through {
				require.Equal(t, r.Day.Format(time.DateOnly), e.NotAfter.Format(time.DateOnly), e.Name)
			}
		}
		if name == "GEM.TSL-CA3" {
			require.Equal(t, []string{"tsl-anchor-expiring"}, dues(e))
		}
	}
}

func TestInventoryNamesNoInsuredPerson(t *testing.T) {
	p, items := practice(t)
	inv := certs.NewInventory(items, certs.InventoryOptions{At: p.At()})
	var all bytes.Buffer
	require.NoError(t, json.NewEncoder(&all).Encode(inv))
	require.NoError(t, inv.WriteCSV(&all, 0))
	require.NoError(t, inv.WriteCalendar(&all, certs.CalendarOptions{WithPast: true}))
	for _, word := range []string{"Kanari", "Vogel", "X110999888"} {
		require.NotContains(t, all.String(), word)
	}
	require.Contains(t, all.String(), "eGK")
}

func TestCSVCannotCalculate(t *testing.T) {
	p := lightPKI(t)
	var items []certs.Item
	for _, label := range []string{"=1+1", "+49", "-2", "@SUM(A1)", "\tx", "  =1", "a;b", "Praxis \"Süd\"", "line\nbreak", "-x"} {
		id, err := p.TSLSigner(p.TSLCA(1), certstest.CommonName(`=HYPERLINK("http://x.invalid")`))
		require.NoError(t, err)
		items = append(items, certs.Item{Label: label, Certificate: id.Certificate})
	}
	inv := certs.NewInventory(items, certs.InventoryOptions{At: p.At()})
	for _, separator := range []rune{0, ';'} {
		var out bytes.Buffer
		require.NoError(t, inv.WriteCSV(&out, separator))
		in := csv.NewReader(&out)
		if separator != 0 {
			in.Comma = separator
		}
		rows, err := in.ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 1+len(items))
		header, table := inv.Table()
		require.Equal(t, header, rows[0])
		for i, row := range rows[1:] {
			require.Len(t, row, len(header))
			for j, cell := range row {
				require.NotRegexp(t, `^\s*[=+@|]`, cell)
				require.NotRegexp(t, `^\s*-\D`, cell)
				require.Equal(t, strings.ReplaceAll(table[i][j], "\r\n", "\n"), strings.TrimPrefix(cell, "'"))
			}
		}
		require.Equal(t, "'=1+1", rows[1][0])
		require.Equal(t, "-2", rows[3][0], "a number")
	}
	require.Error(t, inv.WriteCSV(failing{}, 0))
	require.Error(t, inv.WriteCSV(&bytes.Buffer{}, '\n'))
	require.Error(t, inv.WriteCalendar(failing{}, certs.CalendarOptions{}))
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

// contentLine is that of RFC 5545, 3.1.
var contentLine = regexp.MustCompile(`^[A-Z-]+(;VALUE=DATE)?:[^\x00-\x1f\x7f]*$`)

// events checks a calendar by the rules of RFC 5545 and returns its events.
func events(t *testing.T, text string) []map[string]string {
	t.Helper()
	require.True(t, strings.HasSuffix(text, "\r\n"))
	require.NotContains(t, strings.ReplaceAll(text, "\r\n", ""), "\n")
	for line := range strings.SplitSeq(text, "\r\n") {
		require.LessOrEqual(t, len(line), 75)
		require.True(t, strings.ToValidUTF8(line, "") == line, "folded inside of a character")
	}
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n")
	var open []string
	var all []map[string]string
	for _, line := range lines {
		require.Regexp(t, contentLine, line)
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "BEGIN":
			if open = append(open, value); value == "VEVENT" {
				all = append(all, map[string]string{})
			}
		case "END":
			require.Equal(t, open[len(open)-1], value)
			open = open[:len(open)-1]
		default:
			if open[len(open)-1] == "VEVENT" {
				require.NotContains(t, all[len(all)-1], name)
				all[len(all)-1][name] = value
			}
		}
	}
	require.Empty(t, open)
	return all
}

func TestCalendar(t *testing.T) {
	p, items := practice(t)
	items[0].Label = `Comma, semicolon; backslash \ ` + "and\nline " + strings.Repeat("äöü€", 40)
	write := func(at time.Time, o certs.CalendarOptions) string {
		var out bytes.Buffer
		require.NoError(t, certs.NewInventory(items, certs.InventoryOptions{At: at}).WriteCalendar(&out, o))
		return out.String()
	}
	text := write(p.At(), certs.CalendarOptions{Name: "Zertifikate", Alarm: 24 * time.Hour})
	require.True(t, strings.HasPrefix(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"))
	require.Contains(t, text, "TRIGGER:-PT1440M\r\n")
	all := events(t, text)
	uids := map[string]bool{}
	for _, e := range all {
		require.NotEmpty(t, e["SUMMARY"])
		require.False(t, uids[e["UID"]], e["UID"])
		uids[e["UID"]] = true
		require.Equal(t, "20260715T120000Z", e["DTSTAMP"])
		start, err := time.Parse("20060102T150405Z", e["DTSTART"])
		if e["DTSTART"] == "" {
			start, err = time.Parse("20060102", e["DTSTART;VALUE=DATE"])
		}
		require.NoError(t, err)
		require.True(t, start.After(p.At().AddDate(0, 0, -1)), "what is past stays out")
	}
	i := slices.IndexFunc(all, func(e map[string]string) bool { return strings.HasPrefix(e["SUMMARY"], "Comma") })
	require.Contains(t, all[i]["SUMMARY"], `Comma\, semicolon\; backslash \\ and\nline äöü€`)
	i = slices.IndexFunc(all, func(e map[string]string) bool {
		return strings.HasSuffix(e["UID"], "-gsmckt-g20-end@certs.libkonnektor.invalid")
	})
	require.Equal(t, "20261231", all[i]["DTSTART;VALUE=DATE"])
	require.Contains(t, all[i]["DESCRIPTION"], "conflicting sources")
	require.Contains(t, text, "Konnektor\\, TLS des Konnektors", "one event for a certificate under two labels")

	later := events(t, write(p.At().AddDate(0, 0, 1), certs.CalendarOptions{}))
	require.Len(t, later, len(all))
	for i, e := range later {
		require.Equal(t, all[i]["UID"], e["UID"], "identifiers are stable")
	}
	words := events(t, write(p.At(), certs.CalendarOptions{Words: func(e *certs.Entry, d *certs.Due, labels string) certs.EventWords {
		if d == nil {
			return certs.EventWords{Summary: "Ende", Description: e.Kind, Category: labels}
		}
		return certs.EventWords{Summary: d.Rule, Description: e.Kind}
	}}))
	require.Len(t, words, len(all))
	for i, e := range words {
		require.Equal(t, all[i]["UID"], e["UID"])
		if rule := strings.SplitN(strings.TrimSuffix(e["UID"], "@certs.libkonnektor.invalid"), "-", 2)[1]; rule != "expiry" {
			require.Equal(t, rule, e["SUMMARY"])
			continue
		}
		require.Equal(t, "Ende", e["SUMMARY"])
	}
	past := events(t, write(p.At(), certs.CalendarOptions{WithPast: true}))
	require.Greater(t, len(past), len(all))
	require.Empty(t, events(t, write(p.At().AddDate(50, 0, 0), certs.CalendarOptions{})))
}

// TestPythonReadsTheCalendar has the icalendar module of Python read it.
func TestPythonReadsTheCalendar(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import icalendar").Run() != nil {
		t.Skip("no python3-icalendar: it is the judge of calendars")
	}
	p, items := practice(t)
	items[0].Label = "Praxis, Süd; \\ " + strings.Repeat("ß", 60)
	inv := certs.NewInventory(items, certs.InventoryOptions{At: p.At()})
	var out bytes.Buffer
	require.NoError(t, inv.WriteCalendar(&out, certs.CalendarOptions{WithPast: true, Alarm: time.Hour}))
	want := events(t, out.String())
	cmd := exec.Command(python, "-c", `
import sys, icalendar
for e in icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT"):
    assert not e.errors, e.errors
    s = e.decoded("dtstart")
    print(e["uid"], s.strftime("%Y%m%d"), e["summary"], sep="\t")`)
	cmd.Env = append(cmd.Environ(), "PYTHONIOENCODING=utf-8")
	cmd.Stdin = bytes.NewReader(out.Bytes())
	read, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", read)
	lines := strings.Split(strings.TrimSpace(string(read)), "\n")
	require.Len(t, lines, len(want))
	unescape := strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\n`, "\n")
	for i, line := range lines {
		start := want[i]["DTSTART"] + want[i]["DTSTART;VALUE=DATE"]
		require.Equal(t, want[i]["UID"]+"\t"+start[:8]+"\t"+unescape.Replace(want[i]["SUMMARY"]), line)
	}
}
