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

// Words are the texts of a record in a language.
type Words struct {
	Title, Before, After, Findings, Checklist, ByHand string
	// Columns head the findings: check, subject, before, after, text.
	Columns [5]string
	// Rows name what tells the boxes apart: when it was taken, box, serial number,
	// address, certificate (key, end, serial number), terminals, cards, contexts,
	// function test, backup.
	Rows  [10]string
	Level func(Level) string
	Stage func(Stage) string
	Test  func(TestResult) string
	Item  func(Item) string
	Time  func(time.Time) string
	// Finding is a finding in words: its check, subject, before, after and text.
	Finding func(Finding) Finding
}

// english has the words of Markdown.
var english = Words{
	Title: "Exchange of a Konnektor", Before: "before", After: "after", Findings: "Findings", Checklist: "Checklist", ByHand: "by hand",
	Columns: [5]string{"check", "subject", "before", "after", ""},
	Rows:    [10]string{"taken", "box", "serial number", "address", "certificate", "terminals", "cards", "contexts", "function test", "backup"},
	Level:   func(l Level) string { return string(l) },
	Stage:   func(s Stage) string { return string(s) },
	Test:    func(r TestResult) string { return string(r) },
	Item:    func(i Item) string { return i.Text },
	Time:    func(t time.Time) string { return t.Format(time.RFC3339) },
	Finding: func(f Finding) Finding { return f },
}

// Markdown is the record as a document.
func (h HandOver) Markdown() string { return h.MarkdownIn(&english) }

// MarkdownIn is Markdown in another language. Every member of w must be set.
func (h HandOver) MarkdownIn(w *Words) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", w.Title, w.Time(h.At))
	fmt.Fprintf(&b, "| | %s | %s |\n|---|---|---|\n", w.Before, w.After)
	for _, row := range h.rows(w) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row[0], cell(row[1]), cell(row[2]))
	}
	fmt.Fprintf(&b, "\n## %s (%s)\n\n| | %s |\n|---|---|---|---|---|---|\n", w.Findings, w.Level(h.Level), strings.Join(w.Columns[:], " | "))
	for _, f := range h.Findings {
		level := w.Level(f.Level)
		f = w.Finding(f)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", level, cell(f.Check), cell(f.Subject), cell(f.Before), cell(f.After), cell(f.Text))
	}
	fmt.Fprintf(&b, "\n## %s\n\n", w.Checklist)
	for _, item := range h.List {
		who := ""
		if item.Person {
			who = " (" + w.ByHand + ")"
		}
		fmt.Fprintf(&b, "- [%s] %s: %s%s\n", mark(item.Done), w.Stage(item.Stage), w.Item(item.Item), who)
	}
	return b.String()
}

// rows are what tells the two boxes apart.
func (h HandOver) rows(w *Words) [][3]string {
	of := func(s Snapshot) []string {
		cert, backup := "", ""
		if s.Certificate != nil {
			cert = s.Certificate.words()
		}
		if s.Backup != nil {
			backup = strings.TrimSpace(s.Backup.File + " " + s.Backup.PublicKeyHash)
		}
		return []string{w.Time(s.Taken), s.Product.String(), s.Product.Serial, s.Address, cert,
			fmt.Sprint(len(s.Terminals)), fmt.Sprint(len(s.Cards)), fmt.Sprint(len(s.Contexts)), w.Test(s.FunctionTest), backup}
	}
	before, after := of(h.Before), of(h.After)
	var rows [][3]string
	for i, name := range w.Rows {
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
