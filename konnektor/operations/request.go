package operations

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// requestError is a request that does not fit its description.
type requestError struct {
	field string // path such as stored_receipts[0]; empty for the whole request
	cause string // never a value out of the request
}

// Error names the field and what is wanted.
func (e *requestError) Error() string {
	if e.field == "" {
		return "request: " + e.cause
	}
	return "request: field " + e.field + ": " + e.cause
}

// decodeRequest reads raw, a JSON object of type t, into a struct of the type
// that t describes. It refuses unknown and repeated fields, other types and
// values, and so any nesting deeper than the description. A field that is not
// required may be null, which means absent. Nothing of raw but field names gets
// into an error.
func decodeRequest(raw []byte, t *Type, all types, into reflect.Value) error {
	if !utf8.Valid(raw) {
		return &requestError{cause: "not UTF-8"}
	}
	d := decoder{scanner{in: raw}, all}
	if !d.take('{') {
		return d.wrong("", "want a JSON object")
	}
	if err := d.object("", t, into); err != nil {
		return err
	}
	if d.peek(); d.at < len(raw) {
		return &requestError{cause: "more than one JSON value"}
	}
	return nil
}

// decoder reads a request.
type decoder struct {
	scanner
	types types
}

// wrong says what was wanted, or where the JSON breaks when no value is next.
func (d *decoder) wrong(path, want string) error {
	if c := d.peek(); d.at < len(d.in) && strings.IndexByte(`"{[-0123456789tfn`, c) >= 0 {
		return &requestError{path, want}
	}
	return d.broken(path)
}

// broken says where the JSON breaks.
func (d *decoder) broken(path string) error {
	return &requestError{path, "no JSON at byte " + strconv.Itoa(d.at+1)}
}

// object reads what follows an opening brace.
func (d *decoder) object(path string, t *Type, into reflect.Value) error {
	var seen uint64
	for first := true; !first || !d.take('}'); first = false {
		name, ok := d.text()
		if !ok || !d.take(':') {
			return d.broken(path)
		}
		i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == name })
		if i < 0 {
			return &requestError{path, "unknown field " + quoteName(name)}
		}
		f, at := &t.Fields[i], join(path, name)
		if seen&(1<<i) != 0 {
			return &requestError{at, "given twice"}
		}
		seen |= 1 << i
		if err := d.value(at, f, f.Type, into.FieldByIndex(f.index)); err != nil {
			return err
		}
		if d.take('}') {
			break
		}
		if !d.take(',') {
			return d.broken(path)
		}
	}
	for i, f := range t.Fields {
		if f.Required && seen&(1<<i) == 0 {
			return &requestError{join(path, f.Name), "missing"}
		}
	}
	return nil
}

// join is the path of a field.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value reads one value.
func (d *decoder) value(path string, f *Field, kind string, into reflect.Value) error {
	if d.word("null") {
		if f.Required {
			return &requestError{path, "must not be null"}
		}
		return nil
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch kind {
	case TypeString:
		return d.stringValue(path, f, into)
	case TypeInt64:
		return d.intValue(path, f, into)
	case TypeBool:
		yes := d.word("true")
		if !yes && !d.word("false") {
			return d.wrong(path, "want true or false")
		}
		into.SetBool(yes)
		return nil
	case TypeList:
		return d.list(path, f, into)
	}
	if !d.take('{') {
		return d.wrong(path, "want an object")
	}
	return d.object(path, d.types[f.Of], into)
}

func (d *decoder) stringValue(path string, f *Field, into reflect.Value) error {
	if d.peek() != '"' {
		return d.wrong(path, "want a string")
	}
	s, ok := d.text()
	switch {
	case !ok:
		return d.broken(path)
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, s):
		return &requestError{path, "want one of " + strings.Join(f.Enum, ", ")}
	}
	into.SetString(s)
	return nil
}

// intValue refuses fractions, exponents and numbers out of range.
func (d *decoder) intValue(path string, f *Field, into reflect.Value) error {
	if c := d.peek(); c != '-' && (c < '0' || c > '9') {
		return d.wrong(path, "want a whole number")
	}
	s, ok := d.number()
	if !ok {
		return d.broken(path)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
		return &requestError{path, "want a whole number"}
	case f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max:
		return &requestError{path, "want a number " + rangeText(f)}
	}
	into.SetInt(n)
	return nil
}

// list reads a list.
func (d *decoder) list(path string, f *Field, into reflect.Value) error {
	if !d.take('[') {
		return d.wrong(path, "want a list")
	}
	element := *f
	element.Required = true
	kind := f.Of
	if d.types[f.Of] != nil {
		kind = TypeObject
	}
	into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	for i := 0; i > 0 || !d.take(']'); i++ {
		v := reflect.New(into.Type().Elem()).Elem()
		if err := d.value(path+"["+strconv.Itoa(i)+"]", &element, kind, v); err != nil {
			return err
		}
		into.Set(reflect.Append(into, v))
		if d.take(']') {
			break
		}
		if !d.take(',') {
			return d.broken(path)
		}
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
