package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is how a type stands in Go.
type kind int

const (
	kindText     kind = iota // string as it stands
	kindToken                // string with white space collapsed
	kindBool                 // bool
	kindInt                  // int64
	kindUint                 // uint64
	kindBytes                // []byte, base64 on the wire
	kindDateTime             // wire.DateTime
	kindDate                 // wire.Date
	kindDuration             // wire.Duration
	kindEnum                 // a string type with constants
	kindStruct               // a struct with methods
	kindAny                  // wire.AnyContent
	kindRaw                  // wire.RawXML
)

// scalar says that not every text is a value, and that one is no content of its
// own as bytes are.
func (k kind) scalar() bool {
	switch k {
	case kindBool, kindInt, kindUint, kindDateTime, kindDate, kindDuration:
		return true
	}
	return false
}

// builtins are the types of XML Schema that the schemas use.
var builtins = map[string]kind{
	"string": kindText, "normalizedString": kindText,
	"token": kindToken, "anyURI": kindToken, "language": kindToken, "NCName": kindToken,
	"ID": kindToken, "IDREF": kindToken, "IDREFS": kindToken,
	"boolean": kindBool,
	"integer": kindInt, "int": kindInt, "long": kindInt, "short": kindInt,
	"nonNegativeInteger": kindUint, "positiveInteger": kindUint, "unsignedLong": kindUint,
	"unsignedInt": kindUint, "unsignedShort": kindUint,
	"base64Binary": kindBytes, "dateTime": kindDateTime, "date": kindDate, "duration": kindDuration,
	"anyType": kindAny,
}

// unbounded is the max of a repeated field without limit.
const unbounded = 0

// facets restrict the values of a simple type. Zero means no restriction, nil
// no bound.
type facets struct {
	minLength, maxLength int
	patterns             []string
	lowest, highest      *int64
}

// typ is a type of the schemas in Go.
type typ struct {
	kind   kind
	facets facets

	// Of enumerations and structs:
	space  string // namespace
	goName string // empty until named, for anonymous types of local elements
	local  string // name in the schema: of the type or of the element around it
	named  bool   // local is the name of a type
	parent *typ   // the type around an anonymous type
	encode bool   // part of a request

	values []string // of an enumeration

	attrs   []*field // of a struct
	fields  []*field
	choices []*choice
	value   *typ // text content of a struct
}

// choice is a choice of alternatives. One of them may stand, or any of them any
// number of times if the choice repeats.
type choice struct {
	optional bool
	repeats  bool
	fields   []*field
}

// field is an element or attribute within a struct. With kindRaw and an empty
// local name it stands for any further elements.
type field struct {
	goName   string
	name     name
	typ      *typ
	required bool
	max      int // 1 or a limit or unbounded
	min      int
	choice   *choice
}

func (f *field) repeated() bool { return f.max != 1 }

// root is an element with which a document begins.
type root struct {
	name   name
	typ    *typ
	goName string
	encode bool // a request
}

// model is everything that is generated into one folder.
type model struct {
	lib        library
	types      map[*node]*typ    // by the node that defines them
	merged     map[string]*typ   // anonymous types by their digest
	all        []*typ            // in order of discovery
	roots      map[string][]root // by namespace
	operations map[string][]operation
}

func newModel(lib library, t target, dir string) (*model, error) {
	m := &model{
		lib: lib, types: map[*node]*typ{}, merged: map[string]*typ{},
		roots: map[string][]root{}, operations: map[string][]operation{},
	}
	for _, file := range t.wsdls {
		ops, err := readWSDL(dir, file)
		if err != nil {
			return nil, err
		}
		for _, op := range ops {
			space := op.request.space
			m.operations[space] = append(m.operations[space], op)
			if err := m.addRoot(op.request, true); err != nil {
				return nil, err
			}
			if err := m.addRoot(op.response, false); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range t.roots {
		if err := m.addRoot(n, false); err != nil {
			return nil, err
		}
	}
	for _, roots := range m.roots {
		for _, r := range roots {
			if r.encode {
				r.typ.markEncode()
			}
		}
	}
	return m, m.assignNames()
}

func (m *model) addRoot(n name, encode bool) error {
	e, err := m.lib.element(n)
	if err != nil {
		return err
	}
	t, err := m.elementType(e, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	if t.kind != kindStruct {
		return fmt.Errorf("%s: a document that is no complex type", n)
	}
	m.roots[n.space] = append(m.roots[n.space], root{name: n, typ: t, goName: goName(n.local), encode: encode})
	return nil
}

func (t *typ) markEncode() {
	if t.encode {
		return
	}
	t.encode = true
	for _, f := range slices.Concat(t.attrs, t.fields) {
		f.typ.markEncode()
	}
}

// elementType is the type of the element e, declared inside parent unless it is
// global.
func (m *model) elementType(e *node, parent *typ) (*typ, error) {
	if t := e.attrs["type"]; t != "" {
		n, err := e.resolve(t)
		if err != nil {
			return nil, err
		}
		return m.namedType(n)
	}
	if c := e.child("simpleType"); c != nil {
		return m.simpleType(c, e.attrs["name"], parent)
	}
	if c := e.child("complexType"); c != nil {
		return m.complexType(c, e.attrs["name"], parent)
	}
	return &typ{kind: kindAny}, nil
}

func (m *model) namedType(n name) (*typ, error) {
	if n.space == xsdSpace {
		k, ok := builtins[n.local]
		if !ok {
			return nil, fmt.Errorf("type %s of XML Schema is not supported", n.local)
		}
		t := &typ{kind: k}
		if n.local == "positiveInteger" {
			t.facets.lowest = new(int64(1))
		}
		return t, nil
	}
	def, err := m.lib.typ(n)
	if err != nil {
		return nil, err
	}
	if def.kind == "simpleType" {
		return m.simpleType(def, "", nil)
	}
	return m.complexType(def, "", nil)
}

// simpleType turns a simple type into Go. local is the name of the element or
// attribute around an anonymous one.
func (m *model) simpleType(def *node, local string, parent *typ) (*typ, error) {
	if t := m.types[def]; t != nil {
		return t, nil
	}
	restriction := def.child("restriction")
	if restriction == nil {
		return nil, fmt.Errorf("%s: a simple type that is no restriction", def.schema.files[0])
	}
	n, err := restriction.resolve(restriction.attrs["base"])
	if err != nil {
		return nil, err
	}
	base, err := m.namedType(n)
	if err != nil {
		return nil, err
	}
	t := &typ{kind: base.kind, facets: base.facets}
	if base.kind == kindEnum {
		*t = *base
		m.types[def] = base
		return base, nil
	}
	if textOnly[def.schema.space] {
		if t.kind != kindText {
			t.kind = kindToken
		}
		m.types[def] = t
		return t, nil
	}
	if err := t.restrict(restriction); err != nil {
		return nil, err
	}
	if len(t.values) > 0 {
		t.kind, t.facets = kindEnum, facets{}
		return m.register(t, def, local, parent), nil
	}
	m.types[def] = t
	return t, nil
}

// restrict adds the facets of a restriction.
func (t *typ) restrict(restriction *node) error {
	var patterns []string
	for _, c := range restriction.children {
		value := c.attrs["value"]
		number, err := strconv.ParseInt(cmp.Or(value, "0"), 10, 64)
		if err != nil && c.kind != "enumeration" && c.kind != "pattern" {
			return fmt.Errorf("facet %s: %w", c.kind, err)
		}
		switch c.kind {
		case "enumeration":
			t.values = append(t.values, value)
		case "pattern":
			patterns = append(patterns, value)
		case "length":
			t.facets.minLength, t.facets.maxLength = int(number), int(number)
		case "minLength":
			t.facets.minLength = int(number)
		case "maxLength":
			t.facets.maxLength = int(number)
		case "minInclusive":
			t.facets.lowest = &number
		case "maxInclusive":
			t.facets.highest = &number
		case "totalDigits":
		default:
			return fmt.Errorf("facet %s is not supported", c.kind)
		}
	}
	// Patterns of one restriction are alternatives, those of its base apply too.
	if len(patterns) > 0 {
		t.facets.patterns = append(slices.Clone(t.facets.patterns), strings.Join(patterns, "|"))
	}
	return nil
}

// register makes t the type that def defines. Anonymous types of one package
// with the same name and the same definition are one type.
func (m *model) register(t *typ, def *node, local string, parent *typ) *typ {
	t.space, t.local, t.parent = def.schema.space, local, parent
	if n := def.attrs["name"]; n != "" {
		t.local, t.named, t.parent = n, true, nil
	}
	switch {
	case t.parent == nil:
		t.goName = goName(t.local)
	default:
		key := t.space + " " + t.local + " " + def.digest()
		if same := m.merged[key]; same != nil {
			m.types[def] = same
			return same
		}
		m.merged[key] = t
	}
	m.types[def] = t
	m.all = append(m.all, t)
	return t
}

// complexType turns a complex type into a struct.
func (m *model) complexType(def *node, local string, parent *typ) (*typ, error) {
	if t := m.types[def]; t != nil {
		return t, nil
	}
	t := &typ{kind: kindStruct}
	if same := m.register(t, def, local, parent); same != t {
		return same, nil
	}
	if err := m.addContent(t, def); err != nil {
		return nil, fmt.Errorf("%s: %w", cmp.Or(t.local, "type"), err)
	}
	return t, nil
}

// addContent adds what a complex type or an extension of one declares.
func (m *model) addContent(t *typ, def *node) error {
	for _, c := range def.children {
		var err error
		switch c.kind {
		case "sequence", "all", "choice", "element", "any":
			err = m.addParticle(t, c, occurrence{1, 1}, nil)
		case "attribute":
			err = m.addAttribute(t, c)
		case "simpleContent", "complexContent":
			err = m.addExtension(t, c)
		default:
			err = fmt.Errorf("%s in a complex type is not supported", c.kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *model) addExtension(t *typ, content *node) error {
	ext := content.child("extension")
	if ext == nil {
		return fmt.Errorf("%s without extension is not supported", content.kind)
	}
	n, err := ext.resolve(ext.attrs["base"])
	if err != nil {
		return err
	}
	if content.kind == "simpleContent" {
		if t.value, err = m.namedType(n); err != nil {
			return err
		}
		if t.value.kind == kindStruct {
			return fmt.Errorf("extension of complex simple content is not supported")
		}
	} else {
		base, err := m.lib.typ(n)
		if err != nil {
			return err
		}
		if err := m.addContent(t, base); err != nil {
			return err
		}
	}
	return m.addContent(t, ext)
}

// occurrence is how often a particle stands; max unbounded means any number.
type occurrence struct{ min, max int }

func occurs(n *node) (occurrence, error) {
	o := occurrence{1, 1}
	if s := n.attrs["minOccurs"]; s != "" {
		var err error
		if o.min, err = strconv.Atoi(s); err != nil {
			return o, err
		}
	}
	switch s := n.attrs["maxOccurs"]; s {
	case "":
	case "unbounded":
		o.max = unbounded
	default:
		var err error
		if o.max, err = strconv.Atoi(s); err != nil || o.max < 1 {
			return o, fmt.Errorf("maxOccurs %q", s)
		}
	}
	return o, nil
}

// within combines the occurrence of a particle with that of its group.
func (o occurrence) within(group occurrence) occurrence {
	o.min = min(o.min, group.min)
	if group.max != 1 {
		o.max = unbounded
	}
	return o
}

// addParticle adds the elements of a group, or one element, to t.
func (m *model) addParticle(t *typ, n *node, group occurrence, alternative *choice) error {
	own, err := occurs(n)
	if err != nil {
		return err
	}
	o := own.within(group)
	switch n.kind {
	case "element":
		return m.addElement(t, n, o, alternative)
	case "any":
		f := &field{goName: "Any", typ: &typ{kind: kindRaw}, max: unbounded}
		f.choice = alternative.with(f)
		t.fields = append(t.fields, f)
		return nil
	case "sequence", "all":
		if alternative != nil || o.max != 1 && len(n.children) > 1 {
			return fmt.Errorf("a sequence that repeats or is an alternative is not supported")
		}
		for _, c := range n.children {
			if err := m.addParticle(t, c, o, nil); err != nil {
				return err
			}
		}
		return nil
	case "choice":
		return m.addChoice(t, n, o, alternative)
	}
	return fmt.Errorf("%s is not supported", n.kind)
}

// with adds f to the alternatives of c, if there is a choice.
func (c *choice) with(f *field) *choice {
	if c != nil {
		c.fields = append(c.fields, f)
	}
	return c
}

func (m *model) addChoice(t *typ, n *node, o occurrence, alternative *choice) error {
	if alternative != nil {
		return fmt.Errorf("a choice within a choice is not supported")
	}
	c := &choice{optional: o.min == 0, repeats: o.max != 1}
	t.choices = append(t.choices, c)
	o.min = 0
	for _, child := range n.children {
		if err := m.addParticle(t, child, o, c); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) addElement(t *typ, n *node, o occurrence, alternative *choice) error {
	def := n
	qualified, err := elementName(n)
	if err != nil {
		return err
	}
	parent := t
	if n.attrs["ref"] != "" {
		if def, err = m.lib.element(qualified); err != nil {
			return err
		}
		parent = nil
	}
	f := &field{name: qualified, goName: goName(qualified.local), min: o.min, max: o.max}
	f.required = o.min > 0 && alternative == nil
	switch {
	case opaque[qualified] != "":
		f.typ = &typ{kind: kindRaw}
	case longIntegers[qualified]:
		f.typ = &typ{kind: kindToken}
	default:
		if f.typ, err = m.elementType(def, parent); err != nil {
			return fmt.Errorf("%s: %w", qualified.local, err)
		}
	}
	for _, other := range t.fields {
		if other.goName == f.goName {
			return fmt.Errorf("%s stands twice", qualified)
		}
	}
	f.choice = alternative.with(f)
	t.fields = append(t.fields, f)
	return nil
}

func elementName(n *node) (name, error) {
	if ref := n.attrs["ref"]; ref != "" {
		return n.resolve(ref)
	}
	qualified := name{local: n.attrs["name"]}
	if n.schema.qualified && n.attrs["form"] != "unqualified" || n.attrs["form"] == "qualified" {
		qualified.space = n.schema.space
	}
	return qualified, nil
}

func (m *model) addAttribute(t *typ, n *node) error {
	if n.attrs["use"] == "prohibited" {
		return nil
	}
	f := &field{name: name{local: n.attrs["name"]}, max: 1, required: n.attrs["use"] == "required"}
	var err error
	switch {
	case n.attrs["ref"] == "xml:lang":
		f.name, err = n.resolve("xml:lang")
		f.typ = &typ{kind: kindToken}
	case n.attrs["ref"] != "" || n.attrs["form"] == "qualified":
		return fmt.Errorf("attribute with namespace is not supported")
	case n.attrs["type"] != "" || n.child("simpleType") != nil:
		f.typ, err = m.elementType(n, t)
	default:
		return fmt.Errorf("attribute %s without type", f.name.local)
	}
	if err != nil {
		return err
	}
	f.goName = goName(f.name.local)
	t.attrs = append(t.attrs, f)
	return nil
}

// assignNames names the anonymous types: after their element where that name is
// free in the package and says something, else with the name of the type around
// them in front.
func (m *model) assignNames() error {
	wanted := map[string]int{}
	for _, t := range m.all {
		wanted[t.space+" "+goName(t.local)]++
	}
	for space, roots := range m.roots {
		for _, r := range roots {
			if r.typ.named {
				wanted[space+" "+r.goName]++
			}
		}
	}
	used := map[string]bool{}
	for _, t := range m.all {
		if t.goName == "" {
			t.goName = goName(t.local)
			if wanted[t.space+" "+t.goName] > 1 || t.goName == "Type" {
				t.goName = t.parent.goName + t.goName
			}
		}
		key := t.space + " " + t.goName
		if used[key] {
			return fmt.Errorf("two types %s in %s", t.goName, t.space)
		}
		used[key] = true
	}
	return nil
}
