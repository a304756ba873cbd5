package bridge

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Kind is the kind of a JSON value. The numbers are those of konnektor.h.
type Kind int32

// The kinds of JSON values.
const (
	KindNull   Kind = 0
	KindBool   Kind = 1
	KindNumber Kind = 2
	KindString Kind = 3
	KindList   Kind = 4
	KindObject Kind = 5
)

// JSONGet takes the value out of a JSON text to which a JSON Pointer (RFC 6901)
// leads. The value of a string is its characters, every other one is its JSON.
// In a list "#" stands for the number of elements. Of members with the same
// name the first counts.
func JSONGet(text []byte, pointer string) (value []byte, kind Kind, status Status) {
	switch s := checkText(text); {
	case s != OK:
		return nil, 0, s
	case pointer != "" && pointer[0] != '/':
		return nil, 0, BadArgument
	case !json.Valid(text):
		return nil, 0, BadText
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if pointer != "" {
		for step := range strings.SplitSeq(pointer[1:], "/") {
			if step == "#" && inList(dec, text) {
				return count(dec)
			}
			if !enter(dec, unescape.Replace(step)) {
				return nil, 0, NotFound
			}
		}
	}
	var doc json.RawMessage
	if dec.Decode(&doc) != nil {
		return nil, 0, BadText
	}
	return plain(doc)
}

// unescape undoes the two escapes of a JSON Pointer.
var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// inList reports whether the next value of dec, which reads the valid text, is
// a list.
func inList(dec *json.Decoder, text []byte) bool {
	rest := bytes.TrimLeft(text[dec.InputOffset():], " \t\r\n:,")
	return rest[0] == '['
}

// count reads a list and returns the number of its elements.
func count(dec *json.Decoder) ([]byte, Kind, Status) {
	n := 0
	if _, err := dec.Token(); err != nil {
		return nil, 0, BadText
	}
	for ; dec.More(); n++ {
		if skip(dec) != nil {
			return nil, 0, BadText
		}
	}
	return []byte(strconv.Itoa(n)), KindNumber, OK
}

// enter goes from the next value of dec down to the one that step names. It
// returns false when there is none.
func enter(dec *json.Decoder, step string) bool {
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return false
	}
	for i := 0; dec.More(); i++ {
		name := strconv.Itoa(i)
		if open == json.Delim('{') {
			t, err := dec.Token()
			if err != nil {
				return false
			}
			name, _ = t.(string)
		}
		if name == step {
			return true
		}
		if skip(dec) != nil {
			return false
		}
	}
	return false
}

// skip reads a value.
func skip(dec *json.Decoder) error {
	var value json.RawMessage
	return dec.Decode(&value)
}

// plain is doc as JSONGet returns it.
func plain(doc json.RawMessage) ([]byte, Kind, Status) {
	switch doc = bytes.TrimSpace(doc); doc[0] {
	case '{':
		return doc, KindObject, OK
	case '[':
		return doc, KindList, OK
	case 't', 'f':
		return doc, KindBool, OK
	case 'n':
		return doc, KindNull, OK
	case '"':
		var s string
		if json.Unmarshal(doc, &s) != nil {
			return nil, 0, BadText
		}
		return []byte(s), KindString, OK
	}
	return doc, KindNumber, OK
}
