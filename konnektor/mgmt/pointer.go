package mgmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// errValue is a value of another type or range than expected.
var errValue = errors.New("unexpected value")

// splitPointer splits a JSON pointer (RFC 6901). An empty one is the whole.
func splitPointer(pointer string) ([]string, bool) {
	if pointer == "" {
		return nil, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	parts := strings.Split(pointer[1:], "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts, true
}

// lookUp follows a pointer; nil for what is not there. To ask a scalar for a
// member is an error.
func lookUp(v any, pointer string) (any, error) {
	parts, ok := splitPointer(pointer)
	if !ok {
		return nil, errValue
	}
	for _, part := range parts {
		switch at := v.(type) {
		case nil:
			return nil, nil
		case map[string]any:
			v = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 {
				return nil, errValue
			}
			if i >= len(at) {
				return nil, nil
			}
			v = at[i]
		default:
			return nil, errValue
		}
	}
	return v, nil
}

// locate finds the bytes of the value that parts lead to in raw.
func locate(raw []byte, parts []string) (from, to int, ok bool) {
	from, to = 0, len(raw)
	for _, part := range parts {
		start, end, ok := member(raw[from:to], part)
		if !ok {
			return 0, 0, false
		}
		from, to = from+start, from+end
	}
	inner := bytes.TrimSpace(raw[from:to])
	from += bytes.Index(raw[from:to], inner)
	return from, from + len(inner), len(inner) > 0
}

// member finds the bytes of one member or element of raw. As with encoding/json,
// the last of several members with the same name counts.
func member(raw []byte, name string) (from, to int, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	open, err := dec.Token()
	if err != nil {
		return 0, 0, false
	}
	object := open == json.Delim('{')
	if !object && open != json.Delim('[') {
		return 0, 0, false
	}
	for i := 0; dec.More(); i++ {
		key := strconv.Itoa(i)
		if object {
			token, err := dec.Token()
			text, isText := token.(string)
			if err != nil || !isText {
				return 0, 0, false
			}
			key = text
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return 0, 0, false
		}
		if key == name {
			to, ok = int(dec.InputOffset()), true
			from = to - len(value)
		}
	}
	return from, to, ok
}

// replace puts value where pointer leads to in raw and leaves every other byte
// as it is. A number in a string stays in a string.
func replace(raw json.RawMessage, pointer string, value json.RawMessage) (json.RawMessage, error) {
	parts, ok := splitPointer(pointer)
	if !ok {
		return nil, errValue
	}
	from, to, ok := locate(raw, parts)
	if !ok {
		return nil, errValue
	}
	if raw[from] == '"' && len(value) > 0 && value[0] != '"' {
		value = json.RawMessage(strconv.Quote(string(value)))
	}
	out := make(json.RawMessage, 0, len(raw)+len(value))
	return append(append(append(out, raw[:from]...), value...), raw[to:]...), nil
}
