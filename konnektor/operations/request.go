package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// requestError is a request that does not fit its description.
type requestError struct {
	field string // path such as receipt.result; empty for the whole request
	cause string // never a value out of the request
}

// Error names the field and what is wanted.
func (e *requestError) Error() string {
	if e.field == "" {
		return "request: " + e.cause
	}
	return "request: field " + e.field + ": " + e.cause
}

// checkRequest holds raw against the description t, before anything is decoded.
// It refuses unknown and repeated fields, other types and values, and so any
// nesting deeper than the description. A field that is not required may be
// null, which means absent. Nothing of raw but field names gets into an error.
func checkRequest(raw []byte, t *Type, all types) error {
	if !utf8.Valid(raw) {
		return &requestError{cause: "not UTF-8"}
	}
	c := checker{dec: json.NewDecoder(bytes.NewReader(raw)), types: all}
	c.dec.UseNumber()
	tok, err := c.token("")
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return &requestError{cause: "want a JSON object"}
	}
	if err := c.object("", t); err != nil {
		return err
	}
	if _, err := c.dec.Token(); !errors.Is(err, io.EOF) {
		return &requestError{cause: "more than one JSON value"}
	}
	return nil
}

// checker walks a request.
type checker struct {
	dec   *json.Decoder
	types types
}

// token reads the next token.
func (c *checker) token(path string) (json.Token, error) {
	tok, err := c.dec.Token()
	if err != nil {
		return nil, &requestError{path, "no JSON at byte " + strconv.FormatInt(c.dec.InputOffset()+1, 10)}
	}
	return tok, nil
}

// object checks what follows an opening brace.
func (c *checker) object(path string, t *Type) error {
	seen := make(map[string]bool, len(t.Fields))
	for {
		tok, err := c.token(path)
		if err != nil {
			return err
		}
		name, ok := tok.(string)
		if !ok { // the closing brace; the decoder lets nothing else through
			return missing(path, t, seen)
		}
		f := t.field(name)
		if f == nil {
			return &requestError{path, "unknown field " + quoteName(name)}
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			return &requestError{at, "given twice"}
		}
		seen[name] = true
		if tok, err = c.token(at); err != nil {
			return err
		}
		if err := c.value(at, f, f.Type, tok); err != nil {
			return err
		}
	}
}

// missing reports the first required field that was not seen.
func missing(path string, t *Type, seen map[string]bool) error {
	for _, f := range t.Fields {
		if f.Required && !seen[f.Name] {
			return &requestError{strings.TrimPrefix(path+"."+f.Name, "."), "missing"}
		}
	}
	return nil
}

// value checks one value, of which tok is the first token.
func (c *checker) value(path string, f *Field, kind string, tok json.Token) error {
	if tok == nil {
		if f.Required {
			return &requestError{path, "must not be null"}
		}
		return nil
	}
	switch kind {
	case TypeString:
		s, ok := tok.(string)
		if !ok {
			return &requestError{path, "want a string"}
		}
		return checkEnum(path, f, s)
	case TypeInt64:
		n, ok := tok.(json.Number)
		if !ok {
			return &requestError{path, "want a whole number"}
		}
		return checkRange(path, f, n)
	case TypeBool:
		if _, ok := tok.(bool); !ok {
			return &requestError{path, "want true or false"}
		}
		return nil
	case TypeList:
		if tok != json.Delim('[') {
			return &requestError{path, "want a list"}
		}
		return c.list(path, f)
	default:
		if tok != json.Delim('{') {
			return &requestError{path, "want an object"}
		}
		return c.object(path, c.types[f.Of])
	}
}

// list checks what follows an opening bracket.
func (c *checker) list(path string, f *Field) error {
	kind := f.Of
	if c.types[f.Of] != nil {
		kind = TypeObject
	}
	element := *f
	element.Required = true
	for i := 0; ; i++ {
		at := path + "[" + strconv.Itoa(i) + "]"
		tok, err := c.token(at)
		if err != nil {
			return err
		}
		if tok == json.Delim(']') {
			return nil
		}
		if err := c.value(at, &element, kind, tok); err != nil {
			return err
		}
	}
}

// checkEnum refuses a string that is none of the listed ones.
func checkEnum(path string, f *Field, s string) error {
	if len(f.Enum) == 0 {
		return nil
	}
	for _, e := range f.Enum {
		if s == e {
			return nil
		}
	}
	return &requestError{path, "want one of " + strings.Join(f.Enum, ", ")}
}

// checkRange refuses fractions, exponents and numbers out of range.
func checkRange(path string, f *Field, n json.Number) error {
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		return &requestError{path, "want a whole number"}
	}
	if f.Min != nil && i < *f.Min || f.Max != nil && i > *f.Max {
		return &requestError{path, "want a number " + rangeText(f)}
	}
	return nil
}

// rangeText says which numbers a field takes.
func rangeText(f *Field) string {
	switch {
	case f.Max == nil:
		return fmt.Sprintf("of at least %d", *f.Min)
	case f.Min == nil:
		return fmt.Sprintf("of at most %d", *f.Max)
	}
	return fmt.Sprintf("from %d to %d", *f.Min, *f.Max)
}

// quoteName gives a field name back when it looks like one; anything else might
// be data that came to the wrong place.
func quoteName(s string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	if s == "" || len(s) > 32 || strings.Trim(s, letters) != "" {
		return "(its name is left out: it does not look like one)"
	}
	return s
}
