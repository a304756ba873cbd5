package wire

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// badValue records that the element that was read last has a value that is not
// of its type. Its name is one that the caller asked for with Is, so it may
// reach logs.
func (r *Reader) badValue(local []byte, kind string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s is no %s", ErrValue, local, kind)
	}
}

// scalar returns the local name of the current element and its text without
// white space around it, and moves past its end.
func (r *Reader) scalar() (local, text []byte) {
	local = r.local
	return local, bytes.Trim(r.rawText(), " \t\r\n")
}

// Token is [Reader.Text] with white space collapsed, as the schema type token
// wants it.
func (r *Reader) Token() string { return r.copied(collapse(r.rawText())) }

// collapse joins the words of b with one blank. It returns b, or a part of it,
// where that is enough.
func collapse(b []byte) []byte {
	b = bytes.Trim(b, " \t\r\n")
	for i, c := range b {
		if c == '\t' || c == '\n' || c == '\r' || c == ' ' && isSpace(b[i+1]) {
			words := bytes.FieldsFunc(b, func(c rune) bool { return c < 0x80 && isSpace(byte(c)) })
			return bytes.Join(words, []byte(" "))
		}
	}
	return b
}

// Bool reads an xs:boolean: true, false, 1 or 0.
func (r *Reader) Bool() bool {
	local, text := r.scalar()
	v, ok := parseBool(string(text))
	if !ok {
		r.badValue(local, "boolean")
	}
	return v
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// Int reads an integer that fits into 64 bits.
func (r *Reader) Int() int64 {
	local, text := r.scalar()
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		r.badValue(local, "integer")
		return 0
	}
	return n
}

// Uint reads an integer that is not negative and fits into 64 bits.
func (r *Reader) Uint() uint64 {
	local, text := r.scalar()
	n, err := parseUint(text)
	if err != nil {
		r.badValue(local, "number without sign")
		return 0
	}
	return n
}

func parseUint(text []byte) (uint64, error) {
	return strconv.ParseUint(string(bytes.TrimPrefix(text, []byte("+"))), 10, 64)
}

// Base64 reads an xs:base64Binary, with white space anywhere in it. The result
// is not nil, unless there is a problem.
func (r *Reader) Base64() []byte {
	local := r.local
	text, more := r.run()
	if more || bytes.IndexByte(text, '&') >= 0 {
		text = r.baseText(text, more)
	}
	if r.err != nil {
		return nil
	}
	out, err := DecodeBase64(text)
	if err != nil {
		r.badValue(local, "base64")
		return nil
	}
	return out
}

// baseText is the text of an element that run could not give, or not without
// references.
func (r *Reader) baseText(run []byte, more bool) []byte {
	if more {
		return r.rawText()
	}
	return r.unescape(run, false)
}

// DecodeBase64 decodes standard base64 with padding and with white space
// anywhere in it.
func DecodeBase64(text []byte) ([]byte, error) {
	text = bytes.Trim(text, " \t\r\n")
	if bytes.IndexByte(text, ' ') >= 0 || bytes.IndexByte(text, '\t') >= 0 { // the decoder passes over newlines only
		text = withoutSpace(text)
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n], err
}

func withoutSpace(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		if !isSpace(c) {
			out = append(out, c)
		}
	}
	return out
}

// DateTime reads an xs:dateTime, with or without time zone. An empty element
// gives the zero value: devices write one for what they do not know.
func (r *Reader) DateTime() DateTime {
	local, text := r.scalar()
	t, ok := ParseDateTime(string(text))
	if !ok && len(text) > 0 {
		r.badValue(local, "dateTime")
	}
	return t
}

// Date reads an xs:date, with or without time zone. An empty element gives the
// zero value.
func (r *Reader) Date() Date {
	local, text := r.scalar()
	d, ok := ParseDate(string(text))
	if !ok && len(text) > 0 {
		r.badValue(local, "date")
	}
	return d
}

// Duration reads an xs:duration.
func (r *Reader) Duration() Duration {
	local, text := r.scalar()
	d, ok := ParseDuration(string(text))
	if !ok {
		r.badValue(local, "duration")
	}
	return d
}

// OptionalBool is [Reader.Bool] for an element that may be absent. It is nil for
// an empty one, and for a value that is none: that is noted ([Reader.Unreadable])
// and spoils nothing else.
func (r *Reader) OptionalBool() *bool {
	local, text := r.scalar()
	v, ok := parseBool(string(text))
	return optional(r, local, text, v, ok)
}

// OptionalInt is [Reader.Int] as OptionalBool is Bool.
func (r *Reader) OptionalInt() *int64 {
	local, text := r.scalar()
	n, err := strconv.ParseInt(string(text), 10, 64)
	return optional(r, local, text, n, err == nil)
}

// OptionalUint is [Reader.Uint] as OptionalBool is Bool.
func (r *Reader) OptionalUint() *uint64 {
	local, text := r.scalar()
	n, err := parseUint(text)
	return optional(r, local, text, n, err == nil)
}

// OptionalDateTime is [Reader.DateTime] as OptionalBool is Bool.
func (r *Reader) OptionalDateTime() *DateTime {
	local, text := r.scalar()
	t, ok := ParseDateTime(string(text))
	return optional(r, local, text, t, ok)
}

// OptionalDate is [Reader.Date] as OptionalBool is Bool.
func (r *Reader) OptionalDate() *Date {
	local, text := r.scalar()
	d, ok := ParseDate(string(text))
	return optional(r, local, text, d, ok)
}

// OptionalDuration is [Reader.Duration] as OptionalBool is Bool.
func (r *Reader) OptionalDuration() *Duration {
	local, text := r.scalar()
	d, ok := ParseDuration(string(text))
	return optional(r, local, text, d, ok)
}

// optional is the value of an optional element, if text is one.
func optional[T any](r *Reader, local, text []byte, value T, ok bool) *T {
	switch {
	case r.err != nil:
		return nil
	case ok:
		return &value
	case len(text) > 0:
		r.passOver(string(local))
	}
	return nil
}

// AttrBool is [Reader.Attr] for an xs:boolean. An attribute that is none counts as
// absent and is noted ([Reader.Unreadable]).
func (r *Reader) AttrBool(space, local string) (value, ok bool) {
	s, ok := r.Attr(space, local)
	if !ok {
		return false, false
	}
	if value, ok = parseBool(strings.TrimSpace(s)); !ok {
		r.passOver(local)
	}
	return value, ok
}

// AttrInt is [Reader.Attr] for an integer that fits into 64 bits, as AttrBool is
// for a boolean.
func (r *Reader) AttrInt(space, local string) (value int64, ok bool) {
	s, ok := r.Attr(space, local)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		r.passOver(local)
	}
	return n, err == nil
}
