package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Writer appends XML to a buffer. The first problem stays in it and is reported
// by Bytes. A Writer is for one goroutine.
type Writer struct {
	buf []byte
	err error
}

// NewWriter returns a Writer that appends to buf.
func NewWriter(buf []byte) *Writer { return &Writer{buf: buf} }

// Bytes returns what was written, or the first problem.
func (w *Writer) Bytes() ([]byte, error) { return w.buf, w.err }

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
func (w *Writer) Raw(s string) { w.buf = append(w.buf, s...) }

// RawBytes appends markup as it is.
func (w *Writer) RawBytes(b []byte) { w.buf = append(w.buf, b...) }

// Text appends s with the characters escaped that have a meaning in markup. A
// character that XML cannot carry is a problem.
func (w *Writer) Text(s string) {
	w.check(s)
	w.buf = escape(w.buf, s, false)
}

// Elem appends the element name, prefix included, with text in it.
func (w *Writer) Elem(name, text string) {
	w.open(name)
	w.Text(text)
	w.close(name)
}

// Attr appends an attribute. It must follow an open tag that has not ended.
func (w *Writer) Attr(name, value string) {
	w.check(value)
	w.buf = append(append(append(w.buf, ' '), name...), '=', '"')
	w.buf = append(escape(w.buf, value, true), '"')
}

// Bool appends an element with an xs:boolean.
func (w *Writer) Bool(name string, v bool) { w.Elem(name, strconv.FormatBool(v)) }

// Int appends an element with an integer.
func (w *Writer) Int(name string, v int64) { w.Elem(name, strconv.FormatInt(v, 10)) }

// Uint appends an element with an integer that is not negative.
func (w *Writer) Uint(name string, v uint64) { w.Elem(name, strconv.FormatUint(v, 10)) }

// Float appends an element with an xs:double.
func (w *Writer) Float(name string, v float64) {
	w.Elem(name, strconv.FormatFloat(v, 'g', -1, 64))
}

// Base64 appends an element with an xs:base64Binary.
func (w *Writer) Base64(name string, v []byte) {
	w.open(name)
	w.buf = base64.StdEncoding.AppendEncode(w.buf, v)
	w.close(name)
}

// DateTime appends an element with an xs:dateTime.
func (w *Writer) DateTime(name string, v DateTime) { w.Elem(name, v.String()) }

// Date appends an element with an xs:date.
func (w *Writer) Date(name string, v Date) { w.Elem(name, v.String()) }

func (w *Writer) open(name string) {
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
