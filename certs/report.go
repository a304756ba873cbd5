package certs

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// columns are the header of a table, and how an entry fills it.
var columns = []struct {
	name string
	cell func(*Entry) string
}{
	{"label", func(e *Entry) string { return e.Label }},
	{"kind", func(e *Entry) string { return e.Kind }},
	{"holder", func(e *Entry) string { return string(e.Holder) }},
	{"name", func(e *Entry) string { return e.Name }},
	{"iccsn", func(e *Entry) string { return string(e.ICCSN) }},
	{"telematik-id", func(e *Entry) string { return string(e.TelematikID) }},
	{"key", func(e *Entry) string { return string(e.Key) }},
	{"generation", func(e *Entry) string { return string(e.Generation) }},
	{"renewal", func(e *Entry) string { return e.Renewal }},
	{"not before", func(e *Entry) string { return e.NotBefore.Format(time.RFC3339) }},
	{"not after", func(e *Entry) string { return e.NotAfter.Format(time.RFC3339) }},
	{"days left", func(e *Entry) string { return strconv.Itoa(e.DaysLeft) }},
	{"state", func(e *Entry) string { return string(e.State) }},
	{"usable until", func(e *Entry) string { return e.UsableUntil.Format(time.RFC3339) }},
	{"due", dueText},
	{"issuer", func(e *Entry) string { return e.Issuer }},
	{"serial", func(e *Entry) string { return e.Serial }},
	{"sha256", func(e *Entry) string { return e.SHA256 }},
}

// dueText lists the rules: day, what, and how sure.
func dueText(e *Entry) string {
	var texts []string
	for _, d := range e.Due {
		text := fmt.Sprintf("%s %s: %s (%s)", d.day(), d.Effect, d.What, d.Evidence)
		if d.Assumed {
			text += " (if the card is of generation 2.0)"
		}
		if d.Conflict != "" {
			text += " (conflicting sources: " + d.Conflict + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// day is the day of a rule as people say it.
func (d *Due) day() string {
	if d.Day != "" {
		return d.Day
	}
	return d.At.Format(time.DateOnly)
}

// Table is the Inventory as text: a header, and one row an entry.
func (inv *Inventory) Table() (header []string, rows [][]string) {
	for _, c := range columns {
		header = append(header, c.name)
	}
	for i := range inv.Entries {
		row := make([]string, len(columns))
		for j, c := range columns {
			row[j] = c.cell(&inv.Entries[i])
		}
		rows = append(rows, row)
	}
	return header, rows
}

// WriteCSV writes the table as CSV, as [WriteCSV] does, with its errors.
func (inv *Inventory) WriteCSV(w io.Writer, separator rune) error {
	header, rows := inv.Table()
	return WriteCSV(w, header, rows, separator)
}

// WriteCSV writes a table as CSV (RFC 4180, but with the separator given; 0
// means a comma). Cells that a spreadsheet would take for a formula begin with an
// apostrophe. Errors are those of w, or of encoding/csv for a separator that is
// none.
func WriteCSV(w io.Writer, header []string, rows [][]string, separator rune) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if separator != 0 {
		out.Comma = separator
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("certs: write CSV: %w", err)
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = harmless(cell)
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("certs: write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("certs: write CSV: %w", err)
	}
	return nil
}

// harmless puts an apostrophe before what spreadsheets calculate, and leaves
// plain numbers as they are.
func harmless(cell string) string {
	if _, err := strconv.Atoi(cell); err == nil && !strings.HasPrefix(cell, "+") {
		return cell
	}
	if trimmed := strings.TrimLeft(cell, " \u00a0\ufeff"); trimmed != "" && strings.ContainsRune("=+-@\t\r\n|", rune(trimmed[0])) {
		return "'" + cell
	}
	return cell
}
