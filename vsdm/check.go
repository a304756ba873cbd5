package vsdm

import (
	"strings"
	"unicode/utf8"
)

// checker collects where a document departs from its schema.
type checker struct {
	warnings []Warning
	document string
}

// maxWarnings bounds what one answer can make of us. A document with more is
// no better known by its further ones.
const maxWarnings = 100

func (c *checker) warn(element string, p Problem) {
	if len(c.warnings) < maxWarnings {
		c.warnings = append(c.warnings, Warning{c.document, element, p})
	}
}

// bad warns of an element with the value s.
func (c *checker) bad(element, s string, p Problem) {
	if s == "" {
		p = ProblemMissing
	}
	c.warn(element, p)
}

// reported reports whether there is a warning of the element name in this
// document, wherever it stands.
func (c *checker) reported(name string) bool {
	for _, w := range c.warnings {
		if w.Document == c.document && (w.Element == name || strings.HasSuffix(w.Element, "/"+name)) {
			return true
		}
	}
	return false
}

// text checks the length of s in characters and returns it.
func (c *checker) text(element, s string, lowest, highest int) string {
	if len(s) > highest && utf8.RuneCountInString(s) > highest || len(s) < lowest {
		c.bad(element, s, ProblemLength)
	}
	return s
}

// optional is text that may be absent.
func (c *checker) optional(element string, s *string, lowest, highest int) string {
	if !c.given(element, s, lowest > 0) {
		return ""
	}
	return c.text(element, *s, lowest, highest)
}

// given reports whether an element that may be absent has content. filled says
// that it should if it is there.
func (c *checker) given(element string, s *string, filled bool) bool {
	if s != nil && *s == "" && filled {
		c.warn(element, ProblemEmpty)
	}
	return s != nil && *s != ""
}

// digits checks that s has lowest to highest digits.
func (c *checker) digits(element, s string, lowest, highest int) string {
	if len(s) < lowest || len(s) > highest || !allDigits(s) {
		c.bad(element, s, ProblemForm)
	}
	return s
}

func (c *checker) optionalDigits(element string, s *string, lowest, highest int) string {
	if !c.given(element, s, true) {
		return ""
	}
	return c.digits(element, *s, lowest, highest)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// flag reads 0 or 1, as the schema has it, or false or true.
func (c *checker) flag(element, s string) bool {
	if s != "0" && s != "1" {
		c.bad(element, s, ProblemForm)
	}
	return s == "1" || s == "true"
}

// date reads a date. partial says that day and month may be unknown.
func (c *checker) date(element, s string, partial bool) Date {
	d, ok := parseDate(s)
	switch {
	case s == "":
		c.warn(element, ProblemMissing)
	case !ok:
		c.warn(element, ProblemForm)
		return unreadable
	case !d.Real() || !partial && !d.Known():
		c.warn(element, ProblemCalendar)
	}
	return d
}

func (c *checker) optionalDate(element string, s *string) Date {
	if !c.given(element, s, true) {
		return Date{}
	}
	return c.date(element, *s, false)
}

// version checks the attribute CDM_VERSION and returns it. Revisions that
// begin otherwise than with known are not known.
func (c *checker) version(s, known string) string {
	switch {
	case !dotted(s):
		c.bad("CDM_VERSION", s, ProblemForm)
	case !strings.HasPrefix(s, known):
		c.warn("CDM_VERSION", ProblemRevision)
	}
	return s
}

// dotted reports whether s is three numbers with dots between them.
func dotted(s string) bool {
	parts, digits := 1, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.' && digits > 0:
			parts, digits = parts+1, 0
		case c >= '0' && c <= '9' && digits < 4:
			digits++
		default:
			return false
		}
	}
	return parts == 3 && digits > 0
}
