package wire

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

func (w *Writer) bad(name, what string) {
	w.Fail(fmt.Errorf("%w: %s: %s", ErrValue, name, what))
}

// Length records a problem with the element or attribute name unless s has
// lowest to highest characters.
func (w *Writer) Length(name, s string, lowest, highest int) {
	switch n := utf8.RuneCountInString(s); {
	case n < lowest:
		w.bad(name, fmt.Sprintf("shorter than %d characters", lowest))
	case n > highest:
		w.bad(name, fmt.Sprintf("longer than %d characters", highest))
	}
}

// Match records a problem with the element or attribute name unless s matches
// the whole pattern.
func (w *Writer) Match(name, s string, p *Pattern) {
	if !p.matches(s) {
		w.bad(name, "not of the form that the schema wants")
	}
}

// Valid records a problem with the element or attribute name unless ok.
func (w *Writer) Valid(name string, ok bool) {
	if !ok {
		w.bad(name, "not one of the values that the schema lists")
	}
}

// Range records a problem with the element or attribute name unless ok.
func (w *Writer) Range(name string, ok bool) {
	if !ok {
		w.bad(name, "out of range")
	}
}

// Occurs records a problem unless the element name stands lowest to highest
// times; highest 0 means any number.
func (w *Writer) Occurs(name string, n, lowest, highest int) {
	if n < lowest || highest > 0 && n > highest {
		w.bad(name, fmt.Sprintf("stands %d times", n))
	}
}

// Choice records a problem with the element name unless exactly one of its
// alternatives is set, or none where that is allowed.
func (w *Writer) Choice(name string, optional bool, set ...bool) {
	n := 0
	for _, s := range set {
		if s {
			n++
		}
	}
	switch {
	case n > 1:
		w.bad(name, "more than one alternative of a choice")
	case n == 0 && !optional:
		w.bad(name, "no alternative of a choice")
	}
}

// Any records a problem with the element name unless one of its alternatives is
// set at least.
func (w *Writer) Any(name string, set ...bool) {
	if !slices.Contains(set, true) {
		w.bad(name, "no alternative of a choice")
	}
}
