package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Writer appends XML to a buffer. Names are given with their prefix, such as
// CONN:CardHandle; whoever writes the root declares the prefixes.
//
// The first problem stays in the Writer and is reported by Bytes and Err. A
// Writer is for one goroutine.
type Writer struct {
	buf   []byte
	xmlns string // declarations that the next start tag carries
	inTag bool   // a start tag still lacks its >
	err   error
}

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf} }

// Reset makes w append to buf and forgets everything before.
func (w *Writer) Reset(buf []byte) { *w = Writer{buf: buf} }

// Bytes returns what was written, or the first problem.
func (w *Writer) Bytes() ([]byte, error) {
	w.endTag()
	return w.buf, w.err
}

// Err returns the first problem.
func (w *Writer) Err() error { return w.err }

// Fail records a problem, if none is recorded yet. The text of err reaches
// logs: it must not quote a value.
func (w *Writer) Fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Raw appends markup as it is.
func (w *Writer) Raw(s string) {
	w.endTag()
	w.buf = append(w.buf, s...)
}

// RawBytes appends markup as it is.
func (w *Writer) RawBytes(b []byte) {
	w.endTag()
	w.buf = append(w.buf, b...)
}

// Declare makes the next Start carry the namespace declarations xmlns, written
// as in XML with a blank in front.
func (w *Writer) Declare(xmlns string) { w.xmlns = xmlns }

// Start begins an element. Attributes may follow, then its content, then End.
func (w *Writer) Start(name string) {
	w.endTag()
	w.buf = append(append(w.buf, '<'), name...)
	if w.xmlns != "" {
		w.buf = append(w.buf, w.xmlns...)
		w.xmlns = ""
	}
	w.inTag = true
}

// End ends the element that Start began.
func (w *Writer) End(name string) {
	if w.inTag {
		w.inTag = false
		w.buf = append(w.buf, '/', '>')
		return
	}
	w.close(name)
}

func (w *Writer) endTag() {
	if w.inTag {
		w.inTag = false
		w.buf = append(w.buf, '>')
	}
}

// Attr appends an attribute to the start tag that was begun last.
func (w *Writer) Attr(name, value string) {
	w.check(value)
	w.buf = append(append(append(w.buf, ' '), name...), '=', '"')
	w.buf = append(escape(w.buf, value, true), '"')
}

// Text appends s with the characters escaped that have a meaning in markup. A
// character that XML cannot carry is a problem.
func (w *Writer) Text(s string) {
	w.endTag()
	w.check(s)
	w.buf = escape(w.buf, s, false)
}

// Elem appends an element with text in it.
func (w *Writer) Elem(name, text string) {
	w.open(name)
	w.check(text)
	w.buf = escape(w.buf, text, false)
	w.close(name)
}

// Bool appends an element with an xs:boolean.
func (w *Writer) Bool(name string, v bool) {
	w.open(name)
	w.buf = strconv.AppendBool(w.buf, v)
	w.close(name)
}

// Int appends an element with an integer.
func (w *Writer) Int(name string, v int64) {
	w.open(name)
	w.buf = strconv.AppendInt(w.buf, v, 10)
	w.close(name)
}

// Uint appends an element with an integer that is not negative.
func (w *Writer) Uint(name string, v uint64) {
	w.open(name)
	w.buf = strconv.AppendUint(w.buf, v, 10)
	w.close(name)
}

// Base64 appends an element with an xs:base64Binary.
func (w *Writer) Base64(name string, v []byte) {
	w.open(name)
	w.buf = base64.StdEncoding.AppendEncode(w.buf, v)
	w.close(name)
}

// Base64Text appends v as base64 to the content of the current element.
func (w *Writer) Base64Text(v []byte) {
	w.endTag()
	w.buf = base64.StdEncoding.AppendEncode(w.buf, v)
}

// DateTime appends an element with an xs:dateTime. Years from 1 to 9999 can be
// written.
func (w *Writer) DateTime(name string, v DateTime) {
	w.Range(name, v.Year() >= 1 && v.Year() <= 9999)
	w.open(name)
	w.buf = v.append(w.buf)
	w.close(name)
}

// Date appends an element with an xs:date, which must be a day of the calendar
// in the years 1 to 9999.
func (w *Writer) Date(name string, v Date) {
	t := v.Time()
	w.Range(name, v == Date{t.Year(), t.Month(), t.Day()} && v.Year >= 1 && v.Year <= 9999)
	w.open(name)
	w.buf = t.AppendFormat(w.buf, time.DateOnly)
	w.close(name)
}

func (w *Writer) open(name string) {
	w.endTag()
	w.buf = append(append(append(w.buf, '<'), name...), '>')
}

func (w *Writer) close(name string) {
	w.buf = append(append(append(w.buf, '<', '/'), name...), '>')
}

var errChar = errors.New("text has a character that XML cannot carry")

func (w *Writer) check(s string) {
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < utf8.RuneSelf {
			i++
			continue
		}
		ch, n := utf8.DecodeRuneInString(s[i:])
		if ch == utf8.RuneError && n == 1 || !isChar(ch) {
			w.Fail(fmt.Errorf("%w: %w", ErrValue, errChar))
			return
		}
		i += n
	}
}

// escape appends s. A carriage return is always escaped, since a parser would
// turn it into a newline; newline and tab are escaped in attributes, where it
// would turn them into blanks.
func escape(buf []byte, s string, attribute bool) []byte {
	last := 0
	for i := 0; i < len(s); i++ {
		var ref string
		switch c := s[i]; {
		case c == '<':
			ref = "&lt;"
		case c == '>':
			ref = "&gt;"
		case c == '&':
			ref = "&amp;"
		case c == '\r':
			ref = "&#xD;"
		case c == '"' && attribute:
			ref = "&quot;"
		case c == '\n' && attribute:
			ref = "&#xA;"
		case c == '\t' && attribute:
			ref = "&#x9;"
		default:
			continue
		}
		buf = append(append(buf, s[last:i]...), ref...)
		last = i + 1
	}
	return append(buf, s[last:]...)
}

// AttrBool appends an attribute with an xs:boolean.
func (w *Writer) AttrBool(name string, v bool) { w.Attr(name, strconv.FormatBool(v)) }
