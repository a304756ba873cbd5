package operations

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/vsdm"
)

// The types of a Field.
const (
	TypeString = "string"
	TypeInt64  = "int64"
	TypeBool   = "bool"
	TypeObject = "object"
	TypeList   = "list"
)

// The formats of a string Field.
const (
	// FormatDate is YYYY-MM-DD. A day of birth may be shorter, YYYY-MM or YYYY,
	// when the card does not know the day or the month.
	FormatDate = "date"
	// FormatDateTime is RFC 3339 in UTC, such as 2026-01-31T08:00:00Z.
	FormatDateTime = "date-time"
	// FormatBase64 is bytes in base64 (RFC 4648, with padding).
	FormatBase64 = "base64"
)

// Field describes one member of a JSON object.
type Field struct {
	Name string `json:"name"`
	// Type is string, int64, bool, object or list.
	Type string `json:"type"`
	// Of names what an object or an element of a list is: a Type of the
	// Document, or string, int64, bool.
	Of string `json:"of,omitempty"`
	// Format is date, date-time, base64 or empty.
	Format string `json:"format,omitempty"`
	// Enum lists the values. A later version may add some to an answer.
	Enum []string `json:"enum,omitempty"`
	// Min and Max bound a number, both included.
	Min *int64 `json:"min,omitempty"`
	Max *int64 `json:"max,omitempty"`
	// Required says of a request that the field must be there, of an answer
	// that it always is.
	Required bool   `json:"required"`
	Doc      string `json:"doc"`
	LabelDE  string `json:"label_de"`

	hidden bool  // left out of tables for people
	index  []int // of the Go field, as reflect has it
}

// Type describes a JSON object.
type Type struct {
	Name   string  `json:"name"`
	Fields []Field `json:"fields"`
}

// field returns the field of that name, or nil.
func (t *Type) field(name string) *Field {
	i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Fields[i]
}

// maxFields is how many fields a type may have: decodeRequest notes in the bits
// of a number which it has seen.
const maxFields = 64

// types collects the descriptions of structs by name.
type types map[string]*Type

// add describes the struct t and all that it holds, and returns its name: the
// Go name with a capital and without the ending Doc.
func (ts types) add(t reflect.Type) (string, error) {
	name := strings.TrimSuffix(t.Name(), "Doc")
	if t.Kind() != reflect.Struct || name == "" {
		return "", fmt.Errorf("operations: %v: no struct with a name", t)
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if ts[name] != nil {
		return name, nil
	}
	d := &Type{Name: name, Fields: []Field{}}
	ts[name] = d
	for _, f := range reflect.VisibleFields(t) {
		if f.Tag.Get("json") == "" {
			continue
		}
		field, err := ts.describe(name, f)
		if err != nil {
			return "", err
		}
		d.Fields = append(d.Fields, field)
	}
	if len(d.Fields) > maxFields {
		return "", fmt.Errorf("operations: %s has more than %d fields", name, maxFields)
	}
	return name, nil
}

// describe turns a struct field with its tags into a Field. The tags are json;
// doc, a sentence; enum, values parted by blanks, or the name of a list in
// enums; format; min and max; and table:"-" for what tables leave out.
func (ts types) describe(owner string, f reflect.StructField) (Field, error) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	d := Field{
		Name:     name,
		Format:   f.Tag.Get("format"),
		Enum:     enum(f.Tag.Get("enum")),
		Required: options == "",
		Doc:      f.Tag.Get("doc"),
		LabelDE:  label(owner, name),
		hidden:   f.Tag.Get("table") == "-",
		index:    f.Index,
	}
	var err error
	if d.Type, d.Of, err = ts.kind(f.Type); err != nil {
		return d, fmt.Errorf("%w (field %s of %s)", err, name, owner)
	}
	if d.Min, err = bound(f, "min"); err != nil {
		return d, err
	}
	d.Max, err = bound(f, "max")
	return d, err
}

// enums are the lists that other packages keep.
var enums = map[string]func() []string{
	"@action": func() []string { return texts(vsdm.Actions()) },
	"@when":   func() []string { return texts(vsdm.Whens()) },
	"@reason": func() []string { return texts(vsdm.Reasons()) },
}

// enum reads a tag enum.
func enum(tag string) []string {
	if list, ok := enums[tag]; ok {
		return list()
	}
	return strings.Fields(tag)
}

// texts turns values into plain strings.
func texts[S ~string](values []S) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}

// kind maps a Go type to the type and the element type of a Field.
func (ts types) kind(t reflect.Type) (kind, of string, err error) {
	switch t.Kind() {
	case reflect.String:
		return TypeString, "", nil
	case reflect.Int64:
		return TypeInt64, "", nil
	case reflect.Bool:
		return TypeBool, "", nil
	case reflect.Pointer:
		if t.Elem().Kind() != reflect.Struct {
			return ts.kind(t.Elem())
		}
		of, err = ts.add(t.Elem())
		return TypeObject, of, err
	case reflect.Struct:
		of, err = ts.add(t)
		return TypeObject, of, err
	case reflect.Slice:
		kind, of, err = ts.kind(t.Elem())
		if kind != TypeObject {
			of = kind
		}
		if kind == TypeList {
			err = fmt.Errorf("operations: a list of lists")
		}
		return TypeList, of, err
	}
	return "", "", fmt.Errorf("operations: %v has no place in JSON documents", t)
}

// bound reads a number from the tag key.
func bound(f reflect.StructField, key string) (*int64, error) {
	s, ok := f.Tag.Lookup(key)
	if !ok {
		return nil, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("operations: tag %s of %s: %w", key, f.Name, err)
	}
	return &n, nil
}
