package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decodeStrict reads one JSON value: no unknown field, no key twice, nothing
// behind it.
func decodeStrict(data []byte, into any) error {
	if err := noKeyTwice(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// noKeyTwice reads data as one JSON value and refuses objects with a repeated
// key: of two values, two readers may take different ones.
func noKeyTwice(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []map[string]bool // nil for an array
	key := false               // the next string is a key
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch v := t.(type) {
		case json.Delim:
			if open, err = nest(open, v); err != nil {
				return err
			}
			key = len(open) > 0 && open[len(open)-1] != nil
		case string:
			if key {
				keys := open[len(open)-1]
				if keys[v] {
					return fmt.Errorf("key %q twice", v)
				}
				keys[v], key = true, false
				continue
			}
			key = len(open) > 0 && open[len(open)-1] != nil
		default:
			key = len(open) > 0 && open[len(open)-1] != nil
		}
		if len(open) == 0 {
			return onlyValue(d)
		}
	}
}

// maxNesting is far above what the files of this package have.
const maxNesting = 32

func nest(open []map[string]bool, d json.Delim) ([]map[string]bool, error) {
	if len(open) >= maxNesting {
		return nil, errors.New("nested too deeply")
	}
	switch d {
	case '{':
		return append(open, map[string]bool{}), nil
	case '[':
		return append(open, nil), nil
	}
	return open[:len(open)-1], nil
}

func onlyValue(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}
