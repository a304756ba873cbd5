package xmltree

import (
	"bytes"
	"errors"
	"strconv"
	"unicode/utf8"
)

var (
	errCharacter = errors.New("character is not allowed")
	errReference = errors.New("malformed reference")
	errCDATAEnd  = errors.New("]]> in text")
)

// textSpecial marks the bytes that need a second look: those to be unescaped,
// normalized, escaped in the canonical form or refused. 0xEF begins U+FFFE and
// U+FFFF, which are no characters.
var textSpecial = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = c != '\t' && c != '\n'
	}
	t['&'], t['>'], t['<'], t[0xEF] = true, true, true, true
	return t
}()

func plain(b []byte) bool {
	for _, c := range b {
		if textSpecial[c] {
			return false
		}
	}
	return true
}

// unescape appends the characters that raw stands for to dst: references
// resolved, line ends normalized (XML 1.0, 2.11). In an attribute white space
// becomes a space (3.3.3). It returns the place of a mistake.
func unescape(dst, raw []byte, attribute bool) ([]byte, int, error) {
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '&':
			n, r, err := reference(raw[i:])
			if err != nil {
				return dst, i, err
			}
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			c = '\n'
		case c == 0xEF && len(raw) > i+2 && raw[i+1] == 0xBF && raw[i+2] >= 0xBE,
			c < 0x20 && c != '\t' && c != '\n', c == '<':
			return dst, i, errCharacter
		case c == '>' && !attribute && i >= 2 && raw[i-1] == ']' && raw[i-2] == ']':
			return dst, i, errCDATAEnd
		}
		if attribute && (c == '\t' || c == '\n') {
			c = ' '
		}
		dst = append(dst, c)
		i++
	}
	return dst, 0, nil
}

// maxReference is longer than any reference that is allowed.
const maxReference = 16

// reference reads a reference, which begins with an ampersand, and returns
// its length and the character it stands for.
func reference(b []byte) (int, rune, error) {
	end := bytes.IndexByte(b[:min(len(b), maxReference)], ';')
	if end < 2 {
		return 0, 0, errReference
	}
	name := string(b[1:end])
	if name[0] != '#' {
		if r, ok := predefined[name]; ok {
			return end + 1, r, nil
		}
		return 0, 0, ErrEntity
	}
	base, digits := 10, name[1:]
	if digits != "" && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if digits == "" || digits[0] == '+' || digits[0] == '-' {
		return 0, 0, errReference
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isCharacter(rune(v)) {
		return 0, 0, errReference
	}
	return end + 1, rune(v), nil
}

var predefined = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// isCharacter tells what a document may contain (XML 1.0, production 2).
func isCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
