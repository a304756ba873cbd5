package certs

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// CalendarOptions say what a calendar is like.
type CalendarOptions struct {
	// Name is the name of the calendar in programs that show one. May be empty.
	Name string
	// Alarm is how long before each event a program should remind. 0 means not
	// at all.
	Alarm time.Duration
	// WithPast keeps what lies before the time of the Inventory.
	WithPast bool
	// Words makes the texts of an event in another language: of the end of a
	// certificate when d is nil, else of a rule about it. labels are those of
	// every entry of the certificate. nil means English.
	Words func(e *Entry, d *Due, labels string) EventWords
}

// EventWords are the texts of an event in a calendar.
type EventWords struct {
	Summary     string
	Description string // may have several lines
	Category    string
}

// WriteCalendar writes what ends when as iCalendar (RFC 5545): one event for the
// end of each certificate, at its minute, and one for each rule about it, all day
// or at its minute. A certificate under several labels is in it once. The
// identifiers of events stay the same from one Inventory to the next, so that
// importing a newer file corrects the events in place. Without events it is a
// calendar without components, which RFC 5545 does not know, but programs read.
// Errors are those of w.
func (inv *Inventory) WriteCalendar(w io.Writer, o CalendarOptions) error {
	c := &calendar{stamp: inv.At}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//libkonnektor//certs//EN")
	c.line("CALSCALE", "GREGORIAN")
	if o.Name != "" {
		c.text("X-WR-CALNAME", o.Name)
	}
	for i := range inv.Entries {
		e := &inv.Entries[i]
		labels, first := inv.labels(i)
		if !first {
			continue
		}
		for _, ev := range e.events(labels, o.Words) {
			if o.WithPast || ev.at.After(inv.At) {
				c.event(ev, o.Alarm)
			}
		}
	}
	c.line("END", "VCALENDAR")
	if _, err := w.Write(c.out.Bytes()); err != nil {
		return fmt.Errorf("certs: write calendar: %w", err)
	}
	return nil
}

// labels are those of the certificate of an entry, and whether the entry is the
// first one of it.
func (inv *Inventory) labels(i int) (labels string, first bool) {
	var all []string
	for j := range inv.Entries {
		if !sameCertificate(&inv.Entries[i], &inv.Entries[j]) {
			continue
		}
		if j < i {
			return "", false
		}
		all = append(all, inv.Entries[j].Label)
	}
	return strings.Join(all, ", "), true
}

type event struct {
	uid string
	EventWords

	at  time.Time
	day string // of an event for a whole day, in the form of RFC 5545
}

// events are the end of the certificate and its rules.
func (e *Entry) events(labels string, words func(*Entry, *Due, string) EventWords) []event {
	if words == nil {
		words = eventWords
	}
	// Twenty-four digits of the hash are enough to tell certificates apart.
	uid := func(what string) string { return e.SHA256[:24] + "-" + what + "@certs.libkonnektor.invalid" }
	all := []event{{uid: uid("expiry"), EventWords: words(e, nil, labels), at: e.NotAfter}}
	for i := range e.Due {
		d := &e.Due[i]
		all = append(all, event{
			uid: uid(d.Rule), EventWords: words(e, d, labels), at: d.At, day: strings.ReplaceAll(d.Day, "-", ""),
		})
	}
	return all
}

// eventWords are the English words.
func eventWords(e *Entry, d *Due, labels string) EventWords {
	about := fmt.Sprintf("%s\n%s %s %s\nissuer %s, serial number %s\nvalid from %s to %s", labels, e.Kind, e.Name, e.Key,
		e.Issuer, e.Serial, e.NotBefore.Format(time.RFC3339), e.NotAfter.Format(time.RFC3339))
	title := fmt.Sprintf("%s: %s (%s) ", labels, e.Kind, e.Key)
	if d == nil {
		return EventWords{title + "expires", about, "expiry"}
	}
	text := fmt.Sprintf("%s\n%s\nevidence: %s, source: %s", d.What, about, d.Evidence, d.Source)
	if d.Assumed {
		text += "\nonly if the card is of generation 2.0, which is not known"
	}
	if d.Conflict != "" {
		text += "\nconflicting sources: " + d.Conflict
	}
	return EventWords{title + d.What, text, string(d.Effect)}
}

// calendar writes content lines.
type calendar struct {
	out   bytes.Buffer
	stamp time.Time
}

// utcTime is DATE-TIME in UTC (3.3.5).
const utcTime = "20060102T150405Z"

func (c *calendar) event(e event, alarm time.Duration) {
	c.line("BEGIN", "VEVENT")
	c.line("UID", e.uid)
	c.line("DTSTAMP", c.stamp.UTC().Format(utcTime))
	if e.day != "" {
		c.line("DTSTART;VALUE=DATE", e.day) // which lasts one day (3.6.1)
	} else {
		c.line("DTSTART", e.at.UTC().Format(utcTime))
	}
	c.text("SUMMARY", e.Summary)
	c.text("DESCRIPTION", e.Description)
	c.text("CATEGORIES", e.Category)
	c.line("TRANSP", "TRANSPARENT")
	if alarm > 0 {
		c.line("BEGIN", "VALARM")
		c.line("ACTION", "DISPLAY")
		c.text("DESCRIPTION", e.Summary)
		c.line("TRIGGER", fmt.Sprintf("-PT%dM", int(alarm/time.Minute)))
		c.line("END", "VALARM")
	}
	c.line("END", "VEVENT")
}

var escapeText = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// text writes a property of type TEXT (RFC 5545, 3.3.11). Control characters are
// left out.
func (c *calendar) text(name, value string) {
	value = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\r' && isControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, value)
	c.line(name, escapeText.Replace(value))
}

// maxLine is the length of a content line in octets, without its end.
const maxLine = 75

// line writes a content line and folds it between characters (RFC 5545, 3.1).
func (c *calendar) line(name, value string) {
	rest := name + ":" + value
	for limit := maxLine; len(rest) > limit; limit = maxLine - 1 {
		at := limit
		for !utf8.RuneStart(rest[at]) {
			at--
		}
		c.out.WriteString(rest[:at] + "\r\n ")
		rest = rest[at:]
	}
	c.out.WriteString(rest + "\r\n")
}
