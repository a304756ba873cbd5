package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDeclaration is how long an XML declaration may be.
const maxDeclaration = 256

// decodeCharset returns doc in UTF-8 and where it goes on after a byte order
// mark and the XML declaration. A document of ASCII characters is not copied;
// another one may be, to buf.
func decodeCharset(doc, buf []byte) (src []byte, pos int, err error) {
	if bytes.HasPrefix(doc, []byte("\xFE\xFF")) || bytes.HasPrefix(doc, []byte("\xFF\xFE")) {
		return nil, 0, fmt.Errorf("%w: UTF-16", ErrCharset)
	}
	marked := bytes.HasPrefix(doc, []byte("\xEF\xBB\xBF"))
	if marked {
		pos = 3
	}
	declared := doc[pos:]
	if !bytes.HasPrefix(declared, []byte("<?xml")) || len(declared) < 6 || !isSpace(declared[5]) {
		return doc, pos, nil
	}
	end := bytes.IndexByte(declared[:min(len(declared), maxDeclaration)], '>') - 1
	if end < 5 || declared[end] != '?' {
		return nil, 0, fmt.Errorf("%w: XML declaration does not end", ErrSyntax)
	}
	encoding, ok := declaration(declared[5:end])
	if !ok {
		return nil, 0, fmt.Errorf("%w: XML declaration", ErrSyntax)
	}
	if marked && len(encoding) > 0 && !is(encoding, "UTF-8") {
		return nil, 0, fmt.Errorf("%w: marked UTF-8 and declared otherwise", ErrCharset)
	}
	src, err = toUTF8(doc, buf, encoding)
	return src, pos + end + 2, err
}

// toUTF8 converts doc from the declared encoding. That UTF-8 is UTF-8 shows when
// it is read.
func toUTF8(doc, buf, encoding []byte) ([]byte, error) {
	switch {
	case len(encoding) == 0, is(encoding, "UTF-8"):
		return doc, nil
	case is(encoding, "US-ASCII"), is(encoding, "ASCII"):
		if asciiLength(doc) < len(doc) {
			return nil, fmt.Errorf("%w: declared US-ASCII and is not", ErrCharset)
		}
		return doc, nil
	case is(encoding, "ISO-8859-15"), is(encoding, "LATIN-9"):
		return fromLatin(doc, buf, &latin9), nil
	case is(encoding, "ISO-8859-1"), is(encoding, "LATIN1"):
		return fromLatin(doc, buf, nil), nil
	}
	return nil, fmt.Errorf("%w: declared encoding not supported", ErrCharset)
}

// is reports whether a declared encoding has this name, in whatever case.
func is(encoding []byte, name string) bool {
	return len(encoding) == len(name) && strings.EqualFold(string(encoding), name)
}

// declaration reads the encoding in an XML declaration: version, encoding and
// standalone in this order, the last two optional, with white space before each.
func declaration(b []byte) (encoding []byte, ok bool) {
	version, rest, ok := pseudoAttribute(b, "version")
	if !ok || string(version) != "1.0" {
		return nil, false
	}
	if value, after, ok := pseudoAttribute(rest, "encoding"); ok {
		encoding, rest = value, after
	}
	if value, after, ok := pseudoAttribute(rest, "standalone"); ok && (string(value) == "yes" || string(value) == "no") {
		rest = after
	}
	return encoding, len(trimSpace(rest)) == 0
}

// pseudoAttribute takes name="value", with white space before it, from the
// front of b.
func pseudoAttribute(b []byte, name string) (value, rest []byte, ok bool) {
	after := trimSpace(b)
	if len(after) == len(b) || len(after) < len(name) || string(after[:len(name)]) != name {
		return nil, b, false
	}
	after = trimSpace(after[len(name):])
	if len(after) == 0 || after[0] != '=' {
		return nil, b, false
	}
	after = trimSpace(after[1:])
	if len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return nil, b, false
	}
	end := bytes.IndexByte(after[1:], after[0])
	if end < 0 {
		return nil, b, false
	}
	return after[1 : 1+end], after[2+end:], true
}

// trimSpace returns b without white space at its front.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// asciiLength is how many characters of ASCII stand at the front of b.
func asciiLength(b []byte) int {
	const high = 0x8080808080808080
	n := 0
	for ; n+32 <= len(b); n += 32 {
		w := b[n : n+32]
		if (binary.LittleEndian.Uint64(w)|binary.LittleEndian.Uint64(w[8:])|
			binary.LittleEndian.Uint64(w[16:])|binary.LittleEndian.Uint64(w[24:]))&high != 0 {
			break
		}
	}
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// latin9 are the characters in which ISO-8859-15 differs from ISO-8859-1, from
// firstChanged on; 0 where it does not differ.
var latin9 = [...]rune{
	'€', 0, 'Š', 0, 'š', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'Ž', 0, 0, 0, 'ž', 0, 0, 0, 'Œ', 'œ', 'Ÿ',
}

const firstChanged = 0xA4

// fromLatin turns ISO-8859-1, changed from firstChanged on, into UTF-8. The
// result is b itself where all is ASCII, else it takes the place of what buf
// holds.
func fromLatin(b, buf []byte, changed *[len(latin9)]rune) []byte {
	n := asciiLength(b)
	if n == len(b) {
		return b
	}
	out := buf[:0]
	if cap(out) < len(b)+len(b)/8 {
		out = make([]byte, 0, len(b)+len(b)/8)
	}
	for {
		out = append(out, b[:n]...)
		if n == len(b) {
			return out
		}
		ch := rune(b[n])
		if i := int(ch) - firstChanged; changed != nil && i >= 0 && i < len(changed) && changed[i] != 0 {
			ch = changed[i]
		}
		out = utf8.AppendRune(out, ch)
		b = b[n+1:]
		n = asciiLength(b)
	}
}
