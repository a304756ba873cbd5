package fix

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Print writes the journal for people: each run with its box, its steps and its
// end, times as they were in location (nil means UTC). It is what a vendor hands
// to a practice.
func (h History) Print(w io.Writer, location *time.Location) error {
	if location == nil {
		location = time.UTC
	}
	p := &printer{w: bufio.NewWriter(w), location: location}
	for _, rec := range h.Records {
		p.record(rec)
	}
	if h.HalfLine {
		p.line("NOTE  the last line of this journal is not whole")
	}
	if h.BadLine > 0 {
		p.line("NOTE  line %d does not follow the line before it: it was changed, or lines are lost. What follows cannot be proven:", h.BadLine)
		for _, rec := range h.After {
			p.record(rec)
		}
	}
	return p.w.Flush()
}

type printer struct {
	w        *bufio.Writer
	location *time.Location
	run      string
}

func (p *printer) line(format string, values ...any) {
	fmt.Fprintf(p.w, format+"\n", values...) // a failed write is told by Flush
}

func (p *printer) record(rec Record) {
	if rec.Run != p.run {
		if p.run != "" {
			p.line("")
		}
		p.run = rec.Run
		p.line("RUN   %s  fix %s", plainText(rec.Run), plainText(rec.Fix))
	}
	at := rec.Time.In(p.location).Format("2006-01-02 15:04:05 MST")
	p.line("%s  %-9s %s", at, plainText(string(rec.Event)), strings.Join(details(rec), ", "))
}

// details are the fields of a line that say something.
func details(rec Record) (all []string) {
	add := func(format, value string) {
		if value != "" {
			all = append(all, fmt.Sprintf(format, plainText(value)))
		}
	}
	if rec.Product != nil {
		add("%s", rec.Product.String())
		add("serial %s", rec.Product.Serial)
	}
	add("by %s", rec.Version)
	add("step %s", rec.Step)
	add("%s", rec.What)
	if rec.Before != "" || rec.After != "" {
		all = append(all, plainText(rec.Before)+" -> "+plainText(rec.After))
	}
	add("evidence %s", string(rec.Evidence))
	add("%s", string(rec.Outcome))
	add("reason %s", rec.Reason)
	add("words: %s", rec.Words)
	add("file %s", rec.File)
	for _, code := range rec.Codes {
		all = append(all, "code "+strconv.Itoa(code))
	}
	if rec.Attempt > 0 {
		all = append(all, "attempt "+strconv.Itoa(rec.Attempt))
	}
	return all
}

// plainText keeps what stands in a file from moving the cursor of a terminal.
func plainText(s string) string {
	return strings.Map(func(c rune) rune {
		if !strconv.IsPrint(c) {
			return '?'
		}
		return c
	}, s)
}
