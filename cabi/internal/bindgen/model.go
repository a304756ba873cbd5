package main

import (
	"fmt"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// model is the list of operations as the bindings need it.
type model struct {
	operations.Document
	types  []*objectType // each after those that it holds
	byName map[string]*objectType
}

// objectType is a JSON object with what the bindings do with it.
type objectType struct {
	operations.Type
	read, write bool // it comes from the library, goes to it
	state       int  // of the sorting: 0 not seen, 1 under way, 2 done
}

// newModel sorts the types of d. It returns an error for types that hold
// themselves or do not exist.
func newModel(d operations.Document) (*model, error) {
	m := &model{Document: d, byName: map[string]*objectType{}}
	for _, t := range d.Types {
		m.byName[t.Name] = &objectType{Type: t}
	}
	for _, t := range d.Types {
		if err := m.sort(t.Name); err != nil {
			return nil, err
		}
	}
	m.mark(d.Config, func(t *objectType) *bool { return &t.write })
	m.mark(d.Error, func(t *objectType) *bool { return &t.read })
	for _, o := range d.Operations {
		m.mark(o.Request, func(t *objectType) *bool { return &t.write })
		m.mark(o.Answer, func(t *objectType) *bool { return &t.read })
		m.mark(o.Event, func(t *objectType) *bool { return &t.read })
	}
	return m, nil
}

// sort appends a type behind all that it holds.
func (m *model) sort(name string) error {
	t := m.byName[name]
	switch {
	case t == nil:
		return fmt.Errorf("type %s: not described", name)
	case t.state == 2:
		return nil
	case t.state == 1:
		return fmt.Errorf("type %s: holds itself", name)
	}
	t.state = 1
	for _, f := range t.Fields {
		if holds(f) {
			if err := m.sort(f.Of); err != nil {
				return fmt.Errorf("%w (field %s of %s)", err, f.Name, name)
			}
		}
	}
	t.state = 2
	m.types = append(m.types, t)
	return nil
}

// mark sets a flag of a type and of all that it holds.
func (m *model) mark(name string, flag func(*objectType) *bool) {
	t := m.byName[name]
	if t == nil || *flag(t) {
		return
	}
	*flag(t) = true
	for _, f := range t.Fields {
		m.mark(f.Of, flag)
	}
}

// holds reports whether a field is an object or a list of objects.
func holds(f operations.Field) bool {
	return f.Type == operations.TypeObject || f.Type == operations.TypeList && !scalar(f.Of)
}

func scalar(kind string) bool {
	return kind == operations.TypeString || kind == operations.TypeInt64 || kind == operations.TypeBool
}

// camel turns a name such as card_handle, vsd.read or no-tls into CardHandle.
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("_.-", r) }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// sentence is a doc text on one line, with what else a reader needs to know of
// the field.
func sentence(f operations.Field) string {
	s := f.Doc
	if len(f.Enum) > 0 {
		s += " One of: " + strings.Join(f.Enum, ", ") + "."
	}
	return s
}
