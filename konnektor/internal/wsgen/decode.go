package main

import (
	"fmt"
	"strings"
)

// decode writes the method that reads a struct.
func (e *emitter) decode(t *typ) {
	e.p("// DecodeXML reads the element on which r stands.")
	e.p("func (v *%s) DecodeXML(r *%s) {", t.goName, e.wire("Reader"))
	for _, f := range t.attrs {
		e.decodeAttribute(f)
	}
	switch {
	case t.value != nil:
		e.p("v.Value = %s", e.read(t.value))
	case len(t.fields) == 0:
		e.p("r.Skip()")
	default:
		e.decodeChildren(t)
	}
	e.p("}\n")
}

func (e *emitter) decodeAttribute(f *field) {
	get, value := "Attr", "s"
	switch f.typ.kind {
	case kindBool:
		get = "AttrBool"
	case kindInt:
		get = "AttrInt"
	case kindEnum:
		value = e.typeName(f.typ) + "(s)"
	case kindText, kindToken:
	default:
		e.fail("attribute %s: cannot be read", f.name.local)
	}
	if f.pointer() {
		value = "new(" + value + ")"
	}
	space := `""`
	if f.name.space != "" {
		e.imports[wirePkg] = true
		space = "wire.XMLSpace"
	}
	e.p("if s, ok := r.%s(%s, %q); ok {\nv.%s = %s\n}", get, space, f.name.local, f.goName, value)
}

// decodeChildren writes the loop over the child elements. A bit of seen stands
// for each element that must be there.
func (e *emitter) decodeChildren(t *typ) {
	var required []string
	any := ""
	for _, f := range t.fields {
		switch {
		case f.name.local == "":
			any = fmt.Sprintf("v.%s = append(v.%s, r.Raw())", f.goName, f.goName)
		case f.required:
			required = append(required, fmt.Sprintf("%q", f.name.local))
		}
	}
	if len(required) > 64 {
		e.fail("%s: more than 64 required elements", t.local)
	}
	if any != "" && len(t.fields) == 1 {
		e.p("for d := r.Depth(); r.Child(d); {\n%s\n}", any)
		return
	}
	if len(required) > 0 {
		e.p("var seen uint64")
	}
	if textOnly[t.space] {
		e.p("d := r.Depth()")
		e.decodeInOrder(t)
		e.p("for r.Child(d) {\nswitch {")
	} else {
		e.p("for d := r.Depth(); r.Child(d); {\nswitch {")
	}
	e.decodeCases(t)
	if any != "" {
		e.p("default:\n%s", any)
	}
	e.p("}\n}")
	if len(required) > 0 {
		e.p("if seen != 1<<%d-1 {\nr.Require(seen, %s)\n}", len(required), strings.Join(required, ", "))
	}
}

// decodeInOrder writes what reads the child elements as long as they come in
// the usual form and order. The loop behind it reads all others. It is written
// for the documents of a card, of which there are four in each ReadVSD.
func (e *emitter) decodeInOrder(t *typ) {
	bit := 0
	for _, f := range t.fields {
		seen := ""
		if f.required {
			seen = fmt.Sprintf("seen |= 1 << %d\n", bit)
			bit++
		}
		if f.name.local == "" || f.repeated() {
			continue
		}
		place := fmt.Sprintf("(d, %s, %q)", e.spaceOf(f.name.space), f.name.local)
		leaf := map[kind]string{kindText: "Leaf", kindToken: "LeafToken"}[f.typ.kind]
		switch {
		case leaf != "" && f.pointer():
			e.p("if s, ok := r.%s%s; ok {\n%sv.%s = new(s)\n}", leaf, place, seen, f.goName)
		case leaf != "":
			e.p("if s, ok := r.%s%s; ok {\n%sv.%s = s\n}", leaf, place, seen, f.goName)
		default:
			e.p("if r.Enter%s {", place)
			if seen != "" {
				e.p("%s", strings.TrimSpace(seen))
			}
			e.decodeField(f)
			e.p("}")
		}
	}
}

func (e *emitter) decodeCases(t *typ) {
	bit := 0
	for _, f := range t.fields {
		if f.name.local == "" {
			continue
		}
		e.p("case r.Is(%s, %q):", e.spaceOf(f.name.space), f.name.local)
		if f.required {
			e.p("seen |= 1 << %d", bit)
			bit++
		}
		e.decodeField(f)
	}
}

func (e *emitter) decodeField(f *field) {
	v := "v." + f.goName
	if f.typ.kind == kindStruct || f.typ.kind == kindAny {
		switch {
		case f.repeated():
			e.p("%s(&%s).DecodeXML(r)", e.wire("Grow"), v)
		case f.pointer():
			e.p("%s = new(%s)\n%s.DecodeXML(r)", v, e.goType(f.typ), v)
		default:
			e.p("%s.DecodeXML(r)", v)
		}
		return
	}
	read := e.read(f.typ)
	lenient := strings.Replace(read, "r.", "r.Optional", 1)
	switch {
	case f.typ.kind.scalar() && f.pointer():
		e.p("%s = %s", v, lenient)
	case f.typ.kind.scalar() && explains[e.space]:
		e.p("if x := %s; x != nil {\n%s = *x\n}", lenient, v)
	case f.repeated():
		e.p("%s = append(%s, %s)", v, v, read)
	case f.pointer():
		e.p("%s = new(%s)", v, read)
	default:
		e.p("%s = %s", v, read)
	}
}

// read is the Go expression that reads a value of a simple type.
func (e *emitter) read(t *typ) string {
	switch t.kind {
	case kindText:
		return "r.Text()"
	case kindToken:
		return "r.Token()"
	case kindBool:
		return "r.Bool()"
	case kindInt:
		return "r.Int()"
	case kindUint:
		return "r.Uint()"
	case kindBytes:
		return "r.Base64()"
	case kindDateTime:
		return "r.DateTime()"
	case kindDate:
		return "r.Date()"
	case kindDuration:
		return "r.Duration()"
	case kindEnum:
		return e.typeName(t) + "(r.Token())"
	case kindRaw:
		return "r.Raw()"
	}
	e.fail("cannot be read")
	return ""
}
