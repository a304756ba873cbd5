package wire

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves in text: ASCII without
// controls, carriage return (to be normalised), &, and ] (which may begin ]]>).
var plain = func() (t [256]bool) {
	for c := range 0x80 {
		t[c] = c >= 0x20 || c == '\t' || c == '\n'
	}
	t['&'], t[']'], t[0x7f] = false, false, true
	return t
}()

// unescape checks a run of text and resolves its references. The result is the
// run itself where nothing is to be done, else scratch that the next call
// reuses.
func (r *Reader) unescape(run []byte, attribute bool) []byte {
	i := 0
	for i < len(run) && plain[run[i]] && (!attribute || run[i] >= ' ') {
		i++
	}
	if i == len(run) {
		return run
	}
	out := append(r.text[:0], run[:i]...)
	for i < len(run) && r.err == nil {
		switch c := run[i]; {
		case c == '&':
			n, ch := r.reference(run[i:])
			out = utf8.AppendRune(out, ch)
			i += n
		case c == '\r':
			if i+1 < len(run) && run[i+1] == '\n' {
				i++
			}
			out = append(out, newline(attribute))
			i++
		case attribute && (c == '\n' || c == '\t'):
			out = append(out, ' ')
			i++
		case c == ']' && !attribute && bytes.HasPrefix(run[i:], []byte("]]>")):
			r.syntax("]]> in text")
		case c >= utf8.RuneSelf:
			ch, n := utf8.DecodeRune(run[i:])
			if n == 1 || !isChar(ch) {
				r.Fail(fmt.Errorf("%w: no UTF-8", ErrCharset))
			}
			out = append(out, run[i:i+n]...)
			i += n
		case !isChar(rune(c)):
			r.syntax("control character")
		default:
			out = append(out, c)
			i++
		}
	}
	r.text = out[:0]
	return out
}

func newline(attribute bool) byte {
	if attribute {
		return ' '
	}
	return '\n'
}

// reference resolves the character or entity reference at the beginning of b.
func (r *Reader) reference(b []byte) (int, rune) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		r.syntax("& without reference")
		return len(b), 0
	}
	name := string(b[1:end])
	if ch, ok := entities[name]; ok {
		return end + 1, ch
	}
	digits, isNumber := strings.CutPrefix(name, "#")
	if !isNumber {
		r.Fail(fmt.Errorf("%w: entity", ErrForbidden))
		return end + 1, 0
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isChar(rune(n)) || n > utf8.MaxRune {
		r.syntax("bad character reference")
		return end + 1, 0
	}
	return end + 1, rune(n)
}

var entities = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "apos": '\'', "quot": '"'}

// isChar is the production Char of XML 1.0.
func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' ||
		c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

// checkIgnored checks text between elements, which is not kept.
func (r *Reader) checkIgnored(run []byte) {
	for _, c := range run {
		if !plain[c] {
			r.unescape(run, false)
			return
		}
	}
}

// checkChars checks what stands in a comment or a CDATA section.
func (r *Reader) checkChars(run []byte) {
	for i := 0; i < len(run); {
		if c := run[i]; c >= 0x20 && c < utf8.RuneSelf {
			i++
			continue
		}
		ch, n := utf8.DecodeRune(run[i:])
		if ch == utf8.RuneError && n == 1 || !isChar(ch) {
			r.Fail(fmt.Errorf("%w: no UTF-8", ErrCharset))
			return
		}
		i += n
	}
}

func normalizeNewlines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\r"), []byte("\n"))
}

func (r *Reader) badValue(kind string) {
	r.Fail(fmt.Errorf("%w: %s is no %s", ErrValue, r.local, kind))
}

// Token is [Reader.Text] with white space collapsed, as the schema type token
// wants it.
func (r *Reader) Token() string {
	t := r.rawText(true)
	for _, c := range t {
		if isSpace(c) {
			return strings.Join(strings.FieldsFunc(string(t), func(c rune) bool { return c < 0x80 && isSpace(byte(c)) }), " ")
		}
	}
	return string(t)
}

// Bool reads an xs:boolean: true, false, 1 or 0.
func (r *Reader) Bool() bool {
	local := r.local
	switch string(bytes.TrimSpace(r.rawText(true))) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	r.local = local
	r.badValue("boolean")
	return false
}

// Int reads an integer that fits into 64 bits.
func (r *Reader) Int() int64 {
	local := r.local
	n, err := strconv.ParseInt(string(bytes.TrimSpace(r.rawText(true))), 10, 64)
	if err != nil {
		r.local = local
		r.badValue("integer")
	}
	return n
}

// Uint reads an integer that is not negative and fits into 64 bits.
func (r *Reader) Uint() uint64 {
	n := r.Int()
	if n < 0 {
		r.badValue("number without sign")
		return 0
	}
	return uint64(n)
}

// Float reads an xs:double or xs:decimal.
func (r *Reader) Float() float64 {
	local := r.local
	f, err := strconv.ParseFloat(string(bytes.TrimSpace(r.rawText(true))), 64)
	if err != nil {
		r.local = local
		r.badValue("number")
	}
	return f
}

// Base64 reads an xs:base64Binary, with white space anywhere in it.
func (r *Reader) Base64() []byte {
	local := r.local
	text := r.rawText(false)
	if r.err != nil {
		return nil
	}
	out, err := DecodeBase64(text)
	if err != nil {
		r.local = local
		r.badValue("base64")
		return nil
	}
	return out
}

// DecodeBase64 decodes standard base64 with padding and with white space
// anywhere in it.
func DecodeBase64(text []byte) ([]byte, error) {
	text = bytes.TrimSpace(text)
	if bytes.IndexByte(text, ' ') >= 0 || bytes.IndexByte(text, '\t') >= 0 {
		text = bytes.Join(bytes.Fields(text), nil)
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	return out[:n], err
}

// AttrBool is [Reader.Attr] for an xs:boolean.
func (r *Reader) AttrBool(space, local string) (value, ok bool) {
	s, ok := r.Attr(space, local)
	if !ok {
		return false, false
	}
	switch strings.TrimSpace(s) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	r.Fail(fmt.Errorf("%w: attribute %s is no boolean", ErrValue, local))
	return false, false
}

// AttrInt is [Reader.Attr] for an integer that fits into 64 bits.
func (r *Reader) AttrInt(space, local string) (value int64, ok bool) {
	s, ok := r.Attr(space, local)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		r.Fail(fmt.Errorf("%w: attribute %s is no integer", ErrValue, local))
		return 0, false
	}
	return n, true
}
