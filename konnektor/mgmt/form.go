package mgmt

import (
	"bytes"
	"strings"
)

// maxFields bounds the fields of a page that are looked at.
const maxFields = 1000

// formField is the value of a textarea or input of an HTML page, or empty.
func formField(page []byte, name string) string {
	for range maxFields {
		f, rest, ok := cutField(page)
		if !ok {
			return ""
		}
		page = rest
		attributes := attributesOf(f.attributes)
		if attributes["name"] != name && attributes["id"] != name {
			continue
		}
		if f.input {
			return attributes["value"]
		}
		return strings.TrimSpace(string(f.text))
	}
	return ""
}

// field is a textarea or an input.
type field struct {
	input      bool
	attributes []byte
	text       []byte // behind the tag, up to the next one
}

// cutField finds the first field of a page and what comes after it.
func cutField(page []byte) (f field, rest []byte, ok bool) {
	for {
		at := bytes.IndexByte(page, '<')
		if at < 0 {
			return f, nil, false
		}
		page = page[at+1:]
		tag, behind := cutWord(page)
		f.input = strings.EqualFold(string(tag), "input")
		if !f.input && !strings.EqualFold(string(tag), "textarea") {
			continue
		}
		attributes, after, closed := bytes.Cut(behind, []byte(">"))
		if !closed {
			return f, nil, false // no tag ends from here on
		}
		f.attributes = attributes
		f.text = after
		if end := bytes.IndexByte(after, '<'); end >= 0 {
			f.text = after[:end]
		}
		return f, after[len(f.text):], true
	}
}

// cutWord cuts off letters, digits and underscores.
func cutWord(text []byte) (word, rest []byte) {
	end := 0
	for end < len(text) && isWord(text[end]) {
		end++
	}
	return text[:end], text[end:]
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_'
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

func trimBlanks(text []byte) []byte {
	for len(text) > 0 && isBlank(text[0]) {
		text = text[1:]
	}
	return text
}

// attributesOf are the attributes of a tag that have a value, by their names in
// lower case.
func attributesOf(text []byte) map[string]string {
	all := map[string]string{}
	for range maxFields {
		for len(text) > 0 && !isWord(text[0]) && text[0] != '-' {
			text = text[1:]
		}
		end := 0
		for end < len(text) && (isWord(text[end]) || text[end] == '-') {
			end++
		}
		if end == 0 {
			return all
		}
		name := strings.ToLower(string(text[:end]))
		text = text[end:]
		if behind := trimBlanks(text); len(behind) > 0 && behind[0] == '=' {
			if value, rest, ok := cutValue(trimBlanks(behind[1:])); ok {
				all[name], text = string(value), rest
			}
		}
	}
	return all
}

// cutValue cuts off a value, in quotes or up to the next blank.
func cutValue(text []byte) (value, rest []byte, ok bool) {
	if len(text) == 0 {
		return nil, nil, false
	}
	if text[0] == '"' || text[0] == '\'' {
		return bytes.Cut(text[1:], text[:1])
	}
	end := 0
	for end < len(text) && !isBlank(text[end]) && !bytes.ContainsRune([]byte(`"'>`), rune(text[end])) {
		end++
	}
	return text[:end], text[end:], end > 0
}
