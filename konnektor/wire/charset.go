package wire

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDeclaration is how long an XML declaration may be.
const maxDeclaration = 256

// decodeCharset returns doc in UTF-8 and where it goes on after a byte order
// mark and the XML declaration. A document of ASCII characters is not copied.
func decodeCharset(doc []byte) (src []byte, pos int, err error) {
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
	end := bytes.Index(declared[:min(len(declared), maxDeclaration)], []byte("?>"))
	if end < 0 {
		return nil, 0, fmt.Errorf("%w: XML declaration does not end", ErrSyntax)
	}
	encoding, ok := declaration(declared[5:end])
	if !ok {
		return nil, 0, fmt.Errorf("%w: XML declaration", ErrSyntax)
	}
	pos += end + 2
	switch strings.ToUpper(encoding) {
	case "", "UTF-8":
		return doc, pos, nil
	case "US-ASCII", "ASCII":
		if !ascii(doc[pos:]) {
			return nil, 0, fmt.Errorf("%w: declared US-ASCII and is not", ErrCharset)
		}
		return doc, pos, nil
	case "ISO-8859-1", "LATIN1":
		src = fromLatin(doc, nil)
	case "ISO-8859-15", "LATIN-9":
		src = fromLatin(doc, &latin9)
	default:
		return nil, 0, fmt.Errorf("%w: declared encoding not supported", ErrCharset)
	}
	if marked {
		return nil, 0, fmt.Errorf("%w: declared ISO-8859 and marked UTF-8", ErrCharset)
	}
	return src, pos, nil
}

// declaration reads the encoding in an XML declaration: version, encoding and
// standalone in this order, the last two optional, with white space before each.
func declaration(b []byte) (encoding string, ok bool) {
	version, rest, ok := pseudoAttribute(b, "version")
	if !ok || version != "1.0" {
		return "", false
	}
	if value, after, ok := pseudoAttribute(rest, "encoding"); ok {
		encoding, rest = value, after
	}
	if value, after, ok := pseudoAttribute(rest, "standalone"); ok && (value == "yes" || value == "no") {
		rest = after
	}
	return encoding, len(bytes.Trim(rest, " \t\r\n")) == 0
}

// pseudoAttribute takes name="value", with white space before it, from the
// front of b.
func pseudoAttribute(b []byte, name string) (value string, rest []byte, ok bool) {
	trimmed := bytes.TrimLeft(b, " \t\r\n")
	after, found := bytes.CutPrefix(trimmed, []byte(name))
	if !found || len(trimmed) == len(b) {
		return "", b, false
	}
	after, found = bytes.CutPrefix(bytes.TrimLeft(after, " \t\r\n"), []byte("="))
	after = bytes.TrimLeft(after, " \t\r\n")
	if !found || len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return "", b, false
	}
	text, rest, found := bytes.Cut(after[1:], after[:1])
	return string(text), rest, found
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// latin9 are the characters in which ISO-8859-15 differs from ISO-8859-1, from
// 0xA4 on; 0 where it does not differ.
var latin9 = [...]rune{
	0xA4 - 0xA4: '€', 0xA6 - 0xA4: 'Š', 0xA8 - 0xA4: 'š', 0xB4 - 0xA4: 'Ž',
	0xB8 - 0xA4: 'ž', 0xBC - 0xA4: 'Œ', 0xBD - 0xA4: 'œ', 0xBE - 0xA4: 'Ÿ',
}

// fromLatin turns ISO-8859-1, changed from 0xA4 on, into UTF-8.
func fromLatin(b []byte, changed *[len(latin9)]rune) []byte {
	if ascii(b) {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		ch := rune(c)
		if i := int(c) - 0xA4; changed != nil && i >= 0 && i < len(changed) && changed[i] != 0 {
			ch = changed[i]
		}
		out = utf8.AppendRune(out, ch)
	}
	return out
}
