package konnektortest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Shape is the content that a schema allows for one element. The shapes of the
// requests are written by hand from the official XSDs and know nothing of the
// library's generated types.
type Shape struct {
	Space, Local string
	// Attrs are the attributes that may stand there, with their facets; Required
	// are those of them that must.
	Attrs    map[string]Facet
	Required []string
	// Text is the facet of simple content; nil means element content.
	Text Facet
	// Parts are the children, in order.
	Parts []Part
	// All lets the children stand in any order, each part at most once (xs:all).
	All bool
	// Open lets any content pass.
	Open bool
}

// Part is one place in a sequence: an element, or a choice of elements, with
// its occurrence.
type Part struct {
	Min, Max int
	Choice   []Shape // one of these
}

// One is a part that stands exactly once.
func One(s ...Shape) Part { return Part{1, 1, s} }

// Maybe is a part that stands at most once.
func Maybe(s ...Shape) Part { return Part{0, 1, s} }

// Many is a part that stands min to max times.
func Many(min, max int, s ...Shape) Part { return Part{min, max, s} }

// Simple is the shape of an element with simple content.
func Simple(space, local string, f Facet) Shape { return Shape{Space: space, Local: local, Text: f} }

// All is the shape of an element whose children stand in any order.
func All(space, local string, parts ...Part) Shape {
	return Shape{Space: space, Local: local, Parts: parts, All: true}
}

// Sequence is the shape of an element with element content.
func Sequence(space, local string, parts ...Part) Shape {
	return Shape{Space: space, Local: local, Parts: parts}
}

const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// check holds e against the shape. The error says what a validator would say.
func (s Shape) check(e *Element) error {
	if !e.is(s.Space, s.Local) {
		return fmt.Errorf("cvc-elt.1: element %s where {%s}%s is expected", e.name(), s.Space, s.Local)
	}
	if s.Open {
		return nil
	}
	if err := s.checkAttrs(e); err != nil {
		return err
	}
	if s.Text != nil {
		return s.checkText(e)
	}
	if strings.TrimSpace(e.Text) != "" {
		return fmt.Errorf("cvc-complex-type.2.3: element %s has text, only elements are allowed", e.name())
	}
	return s.checkChildren(e)
}

func (s Shape) checkAttrs(e *Element) error {
	for _, a := range e.Attrs {
		if a.Space == schemaInstance && (a.Local == "schemaLocation" || a.Local == "noNamespaceSchemaLocation") {
			continue
		}
		facet, ok := s.Attrs[a.Local]
		if !ok || a.Space != "" {
			return fmt.Errorf("cvc-complex-type.3.2.2: attribute %s is not allowed in element %s", a.Local, e.name())
		}
		if err := facet(a.Value); err != nil {
			return fmt.Errorf("cvc-attribute.3: attribute %s of element %s: %w", a.Local, e.name(), err)
		}
	}
	for _, name := range s.Required {
		if !slices.ContainsFunc(e.Attrs, func(a Attr) bool { return a.Space == "" && a.Local == name }) {
			return fmt.Errorf("cvc-complex-type.4: attribute %s is missing in element %s", name, e.name())
		}
	}
	return nil
}

func (s Shape) checkText(e *Element) error {
	if len(e.Children) > 0 {
		return fmt.Errorf("cvc-type.3.1.2: element %s has the child %s, only text is allowed", e.name(), e.Children[0].name())
	}
	if err := s.Text(e.Text); err != nil {
		return fmt.Errorf("cvc-type.3.1.3: element %s: %w", e.name(), err)
	}
	return nil
}

func (s Shape) checkChildren(e *Element) error {
	if s.All {
		return s.checkAll(e)
	}
	rest := e.Children
	for _, part := range s.Parts {
		n := 0
		for len(rest) > 0 && n < part.Max {
			shape := part.match(rest[0])
			if shape == nil {
				break
			}
			if err := shape.check(rest[0]); err != nil {
				return err
			}
			rest, n = rest[1:], n+1
		}
		if n >= part.Min {
			continue
		}
		if len(rest) > 0 {
			return fmt.Errorf("cvc-complex-type.2.4.a: element %s in element %s where %s is expected", rest[0].name(), e.name(), part)
		}
		return fmt.Errorf("cvc-complex-type.2.4.b: element %s is incomplete, %s is expected", e.name(), part)
	}
	if len(rest) > 0 {
		return fmt.Errorf("cvc-complex-type.2.4.d: element %s in element %s where no further one is expected", rest[0].name(), e.name())
	}
	return nil
}

// checkAll is checkChildren for xs:all.
func (s Shape) checkAll(e *Element) error {
	seen := make([]bool, len(s.Parts))
	for _, child := range e.Children {
		at := slices.IndexFunc(s.Parts, func(p Part) bool { return p.match(child) != nil })
		if at < 0 || seen[at] {
			return fmt.Errorf("cvc-complex-type.2.4.d: element %s in element %s where it is not expected", child.name(), e.name())
		}
		seen[at] = true
		if err := s.Parts[at].match(child).check(child); err != nil {
			return err
		}
	}
	for i, p := range s.Parts {
		if p.Min > 0 && !seen[i] {
			return fmt.Errorf("cvc-complex-type.2.4.b: element %s is incomplete, %s is expected", e.name(), p)
		}
	}
	return nil
}

func (p Part) match(e *Element) *Shape {
	return find(p.Choice, func(s Shape) bool { return e.is(s.Space, s.Local) })
}

// String lists the names of the part, as validators do.
func (p Part) String() string {
	names := make([]string, len(p.Choice))
	for i, s := range p.Choice {
		names[i] = `"` + s.Space + `":` + s.Local
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// Facet checks a simple value; its error says what is wrong with it.
type Facet func(value string) error

// AnyText allows every text.
func AnyText(string) error { return nil }

// MaxLength allows up to n characters.
func MaxLength(n int) Facet { return Length(0, n) }

// Length allows from min to max characters.
func Length(min, max int) Facet {
	return func(v string) error {
		if n := len([]rune(v)); n < min || n > max {
			return fmt.Errorf("value has %d characters, %d to %d are allowed", n, min, max)
		}
		return nil
	}
}

// Boolean is xs:boolean.
func Boolean(v string) error {
	return OneOf("true", "false", "1", "0")(strings.Trim(v, " \t\r\n"))
}

// OneOf is an enumeration.
func OneOf(values ...string) Facet {
	return func(v string) error {
		for _, ok := range values {
			if v == ok {
				return nil
			}
		}
		return fmt.Errorf("value %q is not one of %v", v, values)
	}
}

// PositiveInteger is xs:positiveInteger.
func PositiveInteger(v string) error {
	v = strings.TrimPrefix(strings.Trim(v, " \t\r\n"), "+")
	if !digits(v) || strings.Trim(v, "0") == "" {
		return fmt.Errorf("value %q is not a positive integer", v)
	}
	return nil
}

// Digits is n decimal digits.
func Digits(n int) Facet {
	return func(v string) error {
		if len(v) != n || !digits(v) {
			return errors.New("value is not a number of the length demanded")
		}
		return nil
	}
}

func digits(v string) bool {
	return v != "" && strings.Trim(v, "0123456789") == ""
}
