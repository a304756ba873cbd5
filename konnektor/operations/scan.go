package operations

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the tokens of a JSON document that is UTF-8. Package
// encoding/json is not used for requests: it takes fields in any case and more
// than once, and reading twice, to check and to decode, costs more than all the
// rest of a call. A fuzz target holds the scanner against it.
type scanner struct {
	in []byte
	at int
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.in) {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take skips white space and the byte c, if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at == len(s.in) {
		return false
	}
	s.at++
	return true
}

// word skips the literal w, if it is next.
func (s *scanner) word(w string) bool {
	if s.peek(); !bytes.HasPrefix(s.in[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// text reads a string.
func (s *scanner) text() (string, bool) {
	if !s.take('"') {
		return "", false
	}
	start := s.at
	for ; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; {
		case c == '"':
			s.at++
			return string(s.in[start : s.at-1]), true
		case c == '\\':
			return s.escaped(append([]byte(nil), s.in[start:s.at]...))
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped reads the rest of a string in which there are escapes.
func (s *scanner) escaped(out []byte) (string, bool) {
	for s.at < len(s.in) {
		c := s.in[s.at]
		s.at++
		switch {
		case c == '"':
			return string(out), true
		case c < ' ':
			s.at--
			return "", false
		case c != '\\':
			out = append(out, c)
		default:
			r, ok := s.escape()
			if !ok {
				return "", false
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", false
}

// escape reads what follows a backslash. Half a surrogate pair is U+FFFD.
func (s *scanner) escape() (rune, bool) {
	if s.at == len(s.in) {
		return 0, false
	}
	c := s.in[s.at]
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), c); i >= 0 {
		s.at++
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	r, ok := s.unit()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	before := s.at
	if s.at < len(s.in) && s.in[s.at] == '\\' {
		s.at++
		if low, ok := s.unit(); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, true
			}
		}
	}
	s.at = before
	return utf8.RuneError, true
}

// unit reads u and four hexadecimal digits.
func (s *scanner) unit() (rune, bool) {
	if len(s.in)-s.at < 5 || s.in[s.at] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.in[s.at+1:s.at+5]), 16, 16)
	if err != nil {
		return 0, false
	}
	s.at += 5
	return rune(n), true
}

// number reads a number.
func (s *scanner) number() (string, bool) {
	s.peek()
	start := s.at
	s.skip("-")
	if !s.skip("0") && !s.digits() {
		return "", false
	}
	if s.skip(".") && !s.digits() {
		return "", false
	}
	if s.skip("eE") {
		s.skip("+-")
		if !s.digits() {
			return "", false
		}
	}
	return string(s.in[start:s.at]), true
}

// skip skips one byte out of set.
func (s *scanner) skip(set string) bool {
	if s.at == len(s.in) || bytes.IndexByte([]byte(set), s.in[s.at]) < 0 {
		return false
	}
	s.at++
	return true
}

// digits skips at least one digit.
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.in) && s.in[s.at] >= '0' && s.in[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}
