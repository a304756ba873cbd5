package wire

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// decodeCharset returns doc in UTF-8 without byte order mark and without XML
// declaration. A document of ASCII characters is not copied.
func decodeCharset(doc []byte) ([]byte, error) {
	if bytes.HasPrefix(doc, []byte("\xFE\xFF")) || bytes.HasPrefix(doc, []byte("\xFF\xFE")) {
		return nil, fmt.Errorf("%w: UTF-16", ErrCharset)
	}
	doc = bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF"))
	if !bytes.HasPrefix(doc, []byte("<?xml")) || len(doc) < 6 || !isSpace(doc[5]) {
		return doc, nil
	}
	end := bytes.Index(doc[:min(len(doc), 256)], []byte("?>"))
	if end < 0 {
		return nil, fmt.Errorf("%w: XML declaration does not end", ErrSyntax)
	}
	version, encoding, ok := declaration(doc[5:end])
	if !ok || version != "1.0" && version != "1.1" {
		return nil, fmt.Errorf("%w: XML declaration", ErrSyntax)
	}
	body := doc[end+2:]
	switch strings.ToUpper(encoding) {
	case "", "UTF-8":
		return body, nil
	case "US-ASCII", "ASCII":
		if !ascii(body) {
			return nil, fmt.Errorf("%w: declared US-ASCII", ErrCharset)
		}
		return body, nil
	case "ISO-8859-1", "LATIN1":
		return fromLatin(body, false), nil
	case "ISO-8859-15", "LATIN-9":
		return fromLatin(body, true), nil
	}
	return nil, fmt.Errorf("%w: declared encoding not supported", ErrCharset)
}

// declaration reads version, encoding and standalone in this order.
func declaration(b []byte) (version, encoding string, ok bool) {
	seen := 0
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		if len(b) == 0 {
			return version, encoding, version != ""
		}
		name, rest, found := bytes.Cut(b, []byte("="))
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if !found || len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
			return "", "", false
		}
		value, after, found := bytes.Cut(rest[1:], rest[:1])
		if !found {
			return "", "", false
		}
		rank := map[string]int{"version": 1, "encoding": 2, "standalone": 3}[strings.TrimSpace(string(name))]
		if rank <= seen {
			return "", "", false
		}
		seen = rank
		switch rank {
		case 1:
			version = string(value)
		case 2:
			encoding = string(value)
		}
		b = after
	}
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// latin9 are the eight characters in which ISO-8859-15 differs from ISO-8859-1.
var latin9 = map[byte]rune{
	0xA4: '€', 0xA6: 'Š', 0xA8: 'š', 0xB4: 'Ž', 0xB8: 'ž', 0xBC: 'Œ', 0xBD: 'œ', 0xBE: 'Ÿ',
}

func fromLatin(b []byte, nine bool) []byte {
	if ascii(b) {
		return b
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		ch := rune(c)
		if nine && c >= 0xA4 && c <= 0xBE {
			if special, ok := latin9[c]; ok {
				ch = special
			}
		}
		out = utf8.AppendRune(out, ch)
	}
	return out
}
