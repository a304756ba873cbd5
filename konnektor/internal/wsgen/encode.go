package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// encode writes the method that writes a struct.
func (e *emitter) encode(t *typ) {
	e.p("// EncodeAs writes v as the element name.")
	e.p("func (v *%s) EncodeAs(w *%s, name string) {", t.goName, e.wire("Writer"))
	e.p("w.Start(name)")
	for _, f := range t.attrs {
		e.optional(f, func(v string) { e.encodeAttribute(f, v) })
	}
	if t.value != nil {
		e.encodeValue(t.value)
	}
	for _, c := range t.choices {
		e.checkChoice(c)
	}
	for _, f := range t.fields {
		e.encodeField(f)
	}
	e.p("w.End(name)\n}\n")
}

// checkChoice writes the check that a choice is made as the schema wants it.
func (e *emitter) checkChoice(c *choice) {
	var set []string
	for _, f := range c.fields {
		set = append(set, isSet(f))
	}
	switch {
	case !c.repeats:
		e.p("w.Choice(name, %t, %s)", c.optional, strings.Join(set, ", "))
	case !c.optional:
		e.p("w.Any(name, %s)", strings.Join(set, ", "))
	}
}

func isSet(f *field) string {
	if f.repeated() {
		return "len(v." + f.goName + ") > 0"
	}
	return "v." + f.goName + " != nil"
}

// optional writes what body writes, guarded where the field may be absent.
func (e *emitter) optional(f *field, body func(v string)) {
	v := "v." + f.goName
	if f.required {
		body(v)
		return
	}
	e.p("if %s != nil {", v)
	if f.pointer() && f.typ.kind != kindStruct && f.typ.kind != kindAny && f.typ.kind != kindEnum {
		v = "*" + v
	}
	body(v)
	e.p("}")
}

func (e *emitter) encodeField(f *field) {
	if !f.repeated() {
		e.optional(f, func(v string) { e.encodeElement(f, v) })
		return
	}
	if f.min > 0 || f.max > 1 {
		e.p("w.Occurs(%q, len(v.%s), %d, %d)", e.elementOrAny(f), f.goName, f.min, f.max)
	}
	if f.typ.kind == kindStruct || f.typ.kind == kindAny {
		e.p("for i := range v.%s {", f.goName)
		e.encodeElement(f, "v."+f.goName+"[i]")
	} else {
		e.p("for _, x := range v.%s {", f.goName)
		e.encodeElement(f, "x")
	}
	e.p("}")
}

func (e *emitter) elementOrAny(f *field) string {
	if f.name.local == "" {
		return "any"
	}
	return e.qname(f.name)
}

// encodeElement writes one element with the value v.
func (e *emitter) encodeElement(f *field, v string) {
	if f.typ.kind == kindRaw {
		space := `""`
		if f.name.local != "" {
			space = e.spaceOf(f.name.space)
		}
		e.p("w.Element(%s, %q, %s)", space, f.name.local, v)
		return
	}
	q := e.qname(f.name)
	e.checks(f.typ, q, v)
	switch f.typ.kind {
	case kindText, kindToken:
		e.p("w.Elem(%q, %s)", q, v)
	case kindEnum:
		e.p("w.Elem(%q, string(%s))", q, deref(f, v))
	case kindStruct, kindAny:
		e.p("%s.EncodeAs(w, %q)", v, q)
	case kindBool:
		e.p("w.Bool(%q, %s)", q, v)
	case kindInt:
		e.p("w.Int(%q, %s)", q, v)
	case kindUint:
		e.p("w.Uint(%q, %s)", q, v)
	case kindBytes:
		e.p("w.Base64(%q, %s)", q, v)
	case kindDateTime:
		e.p("w.DateTime(%q, %s)", q, v)
	case kindDate:
		e.p("w.Date(%q, %s)", q, v)
	default:
		e.fail("%s: cannot be written", q)
	}
}

// deref is the value of an enumeration, whose methods work on the pointer too.
func deref(f *field, v string) string {
	if f.pointer() {
		return "*" + v
	}
	return v
}

// encodeAttribute writes an attribute with the value v.
func (e *emitter) encodeAttribute(f *field, v string) {
	n := f.name.local
	if f.name.space != "" {
		n = "xml:" + n
	}
	e.checks(f.typ, n, v)
	switch f.typ.kind {
	case kindText, kindToken:
		e.p("w.Attr(%q, %s)", n, v)
	case kindEnum:
		e.p("w.Attr(%q, string(%s))", n, deref(f, v))
	case kindBool:
		e.p("w.AttrBool(%q, %s)", n, v)
	default:
		e.fail("attribute %s: cannot be written", n)
	}
}

func (e *emitter) encodeValue(t *typ) {
	e.checks(t, "text", "v.Value")
	switch t.kind {
	case kindText, kindToken:
		e.p("w.Text(v.Value)")
	case kindBytes:
		e.p("w.Base64Text(v.Value)")
	default:
		e.fail("text content of this type cannot be written")
	}
}

// checks writes the checks of the facets of t.
func (e *emitter) checks(t *typ, q, v string) {
	c := t.facets
	switch t.kind {
	case kindEnum:
		e.p("w.Valid(%q, %s.Valid())", q, v)
	case kindText, kindToken:
		if c.minLength > 0 || c.maxLength > 0 {
			e.p("w.Length(%q, %s, %d, %d)", q, v, c.minLength, c.maxLength)
		}
		for _, p := range c.patterns {
			e.p("w.Match(%q, %s, %s)", q, v, e.pattern(q, p))
		}
	case kindInt, kindUint:
		if c.lowest != nil && (t.kind == kindInt || *c.lowest > 0) {
			e.p("w.Range(%q, %s >= %d)", q, v, *c.lowest)
		}
		if c.highest != nil {
			e.p("w.Range(%q, %s <= %d)", q, v, *c.highest)
		}
	}
}

// pattern is the variable that holds a pattern.
func (e *emitter) pattern(q, xsd string) string {
	expr, err := goPattern(xsd)
	if err != nil {
		e.fail("%s: %w", q, err)
	}
	if known, ok := e.patterns[expr]; ok {
		return known
	}
	_, local, _ := strings.Cut(q, ":")
	v := "pattern" + goName(local)
	for _, other := range e.patterns {
		if other == v {
			v = fmt.Sprintf("%s%d", v, len(e.patterns))
		}
	}
	e.patterns[expr] = v
	return v
}

// goPattern turns a pattern of XML Schema into one of Go. It accepts what the
// schemas use and what means the same in both.
func goPattern(xsd string) (string, error) {
	var b strings.Builder
	class := false
	for i := 0; i < len(xsd); i++ {
		c := xsd[i]
		switch {
		case c == '\\':
			i++
			if i == len(xsd) || !strings.ContainsRune(`d.-\`, rune(xsd[i])) {
				return "", fmt.Errorf("pattern %s is not supported", xsd)
			}
			b.WriteByte('\\')
			c = xsd[i]
		case c == '^' || c == '$' || class && c == '[':
			return "", fmt.Errorf("pattern %s is not supported", xsd)
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '.' && !class:
			b.WriteString(`[^\n\r]`)
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), wire.NewPattern(b.String()).Check()
}

// carriers writes the methods through which a client fills in context and
// handles.
func (e *emitter) carriers(r root) {
	for _, f := range r.typ.fields {
		if f.typ.space == cctx && f.typ.local == "ContextType" && f.required {
			e.p("// SetContext implements wire.ContextCarrier.")
			e.p("func (v *%s) SetContext(mandantID, clientSystemID, workplaceID, userID string) {", r.goName)
			e.p("v.%s.SetContext(mandantID, clientSystemID, workplaceID, userID)\n}\n", f.goName)
		}
	}
	var fixed []string
	var body strings.Builder
	handles(r.typ, "v", false, &fixed, &body)
	if len(fixed) == 0 && body.Len() == 0 {
		return
	}
	e.p("// Handles implements wire.HandleCarrier.")
	e.p("func (v *%s) Handles() []*string {", r.goName)
	if body.Len() == 0 {
		e.p("return []*string{%s}\n}\n", strings.Join(fixed, ", "))
		return
	}
	e.p("var all []*string")
	if len(fixed) > 0 {
		e.p("all = append(all, %s)", strings.Join(fixed, ", "))
	}
	e.p("%sreturn all\n}\n", body.String())
}

// handles collects the fields that hold a card handle: those that always stand
// in fixed, code that appends the others in body.
func handles(t *typ, path string, guarded bool, fixed *[]string, body *strings.Builder) {
	for _, f := range t.fields {
		v := path + "." + f.goName
		isHandle := strings.HasSuffix(f.name.local, "Handle") && f.typ.kind == kindText
		switch {
		case isHandle && f.repeated():
			fmt.Fprintf(body, "for i := range %s {\nall = append(all, &%s[i])\n}\n", v, v)
		case isHandle && f.pointer():
			fmt.Fprintf(body, "if %s != nil {\nall = append(all, %s)\n}\n", v, v)
		case isHandle && guarded:
			fmt.Fprintf(body, "all = append(all, &%s)\n", v)
		case isHandle:
			*fixed = append(*fixed, "&"+v)
		case f.typ.kind == kindStruct && hasHandle(f.typ, nil):
			nested(f, v, guarded, fixed, body)
		}
	}
}

func nested(f *field, v string, guarded bool, fixed *[]string, body *strings.Builder) {
	switch {
	case f.repeated():
		fmt.Fprintf(body, "for i := range %s {\n", v)
		handles(f.typ, v+"[i]", true, fixed, body)
		body.WriteString("}\n")
	case f.pointer():
		fmt.Fprintf(body, "if %s != nil {\n", v)
		handles(f.typ, v, true, fixed, body)
		body.WriteString("}\n")
	default:
		handles(f.typ, v, guarded, fixed, body)
	}
}

func hasHandle(t *typ, seen []*typ) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	return slices.ContainsFunc(t.fields, func(f *field) bool {
		return strings.HasSuffix(f.name.local, "Handle") && f.typ.kind == kindText || hasHandle(f.typ, seen)
	})
}
