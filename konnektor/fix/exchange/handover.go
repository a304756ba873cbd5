package exchange

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// HandOver is the record of an exchange, for the practice. It holds no secrets
// and no patients.
type HandOver struct {
	At       time.Time  `json:"at"`
	Before   Snapshot   `json:"before"`
	After    Snapshot   `json:"after"`
	Findings []Finding  `json:"findings"`
	List     []ItemDone `json:"checklist"`
	// Level is that of the worst finding.
	Level Level `json:"level"`
}

// ItemDone is an entry of the checklist and whether it is done.
type ItemDone struct {
	Item
	// Done is what a person said of a person's item, or the checks of others; nil
	// when nobody knows.
	Done *bool `json:"done,omitempty"`
}

// NewHandOver compares, and puts the checklist beside it: done says of the items
// of people, by key, whether they were done.
func NewHandOver(before, after Snapshot, at time.Time, done map[string]bool) HandOver {
	h := HandOver{At: at.UTC().Truncate(time.Second), Before: before, After: after, Findings: Compare(before, after, at)}
	h.Level = Worst(h.Findings)
	ready := Ready(before, nil, before.Taken)
	for _, item := range checklist {
		entry := ItemDone{Item: item}
		if is, known := done[item.Key]; known && item.Person {
			entry.Done = &is
		}
		if !item.Person {
			found := h.Findings
			if item.Stage == StageBefore {
				found = ready
			}
			entry.Done = passed(found, item.Key)
		}
		h.List = append(h.List, entry)
	}
	return h
}

// order is that of the levels, the worst last.
var order = []Level{LevelOK, LevelInfo, LevelOpen, LevelWarning, LevelError}

// Worst is the level of the worst of findings.
func Worst(all []Finding) Level {
	worst := LevelOK
	for _, f := range all {
		if slices.Index(order, f.Level) > slices.Index(order, worst) {
			worst = f.Level
		}
	}
	return worst
}

// passed is what the findings of a check say: nil when they leave it open, or
// there are none.
func passed(all []Finding, check string) *bool {
	var of []Finding
	for _, f := range all {
		if f.Check == check {
			of = append(of, f)
		}
	}
	switch Worst(of) {
	case LevelError:
		return new(false)
	case LevelOpen:
		return nil
	}
	if len(of) == 0 {
		return nil
	}
	return new(true)
}

// Markdown is the record as a document.
func (h HandOver) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Exchange of a Konnektor\n\n%s\n\n", h.At.Format(time.RFC3339))
	b.WriteString("| | before | after |\n|---|---|---|\n")
	for _, row := range h.rows() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row[0], cell(row[1]), cell(row[2]))
	}
	fmt.Fprintf(&b, "\n## Findings (%s)\n\n| | check | subject | before | after | |\n|---|---|---|---|---|---|\n", h.Level)
	for _, f := range h.Findings {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.Level, f.Check, cell(f.Subject), cell(f.Before), cell(f.After), cell(f.Text))
	}
	b.WriteString("\n## Checklist\n\n")
	for _, item := range h.List {
		who := ""
		if item.Person {
			who = " (by hand)"
		}
		fmt.Fprintf(&b, "- [%s] %s: %s%s\n", mark(item.Done), item.Stage, item.Text, who)
	}
	return b.String()
}

// rows are what tells the two boxes apart.
func (h HandOver) rows() [][3]string {
	of := func(s Snapshot) []string {
		cert, backup := "", ""
		if s.Certificate != nil {
			cert = s.Certificate.words()
		}
		if s.Backup != nil {
			backup = strings.TrimSpace(s.Backup.File + " " + s.Backup.PublicKeyHash)
		}
		return []string{s.Taken.Format(time.RFC3339), s.Product.String(), s.Product.Serial, s.Address, cert,
			fmt.Sprint(len(s.Terminals)), fmt.Sprint(len(s.Cards)), fmt.Sprint(len(s.Contexts)), string(s.FunctionTest), backup}
	}
	before, after := of(h.Before), of(h.After)
	var rows [][3]string
	for i, name := range []string{"taken", "box", "serial number", "address", "certificate", "terminals", "cards", "contexts", "function test", "backup"} {
		rows = append(rows, [3]string{name, before[i], after[i]})
	}
	return rows
}

// cell keeps a text of a box from being anything but text in a table: what stands
// in a file or on a page might be shown by a browser.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "[", "\\[", "`", "'").Replace(s)
}

func mark(done *bool) string {
	switch {
	case done == nil:
		return " "
	case *done:
		return "x"
	}
	return "!"
}
