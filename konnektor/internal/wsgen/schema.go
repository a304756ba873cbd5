package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const xsdSpace = "http://www.w3.org/2001/XMLSchema"

// name is a qualified name.
type name struct{ space, local string }

func (n name) String() string { return "{" + n.space + "}" + n.local }

// node is an element of a schema file. Annotations and comments are left out.
type node struct {
	kind     string            // local name in the XSD namespace, such as sequence
	attrs    map[string]string // those without namespace
	children []*node
	prefixes map[string]string // prefixes in scope
	schema   *schema
}

// schema is one schema file, or several variants of one namespace merged.
type schema struct {
	space     string
	version   string
	files     []string // relative to the folder of the schemas
	qualified bool     // elementFormDefault
	elements  map[string]*node
	types     map[string]*node
	attrs     map[string]*node
	order     []string // names of the elements in the order of the file
}

// charset reads the encodings that the schemas declare. Those that are no
// UTF-8 are plain ASCII in fact; anything else is refused.
func charset(label string, input io.Reader) (io.Reader, error) {
	if !strings.EqualFold(label, "US-ASCII") {
		return nil, fmt.Errorf("encoding %s is not known", label)
	}
	b, err := io.ReadAll(input)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 }) {
		return nil, errors.New("declared US-ASCII but is not")
	}
	return strings.NewReader(string(b)), nil
}

// readSchema reads one file.
func readSchema(dir, file string) (*schema, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := xml.NewDecoder(f)
	d.CharsetReader = charset
	s := &schema{files: []string{file}, elements: map[string]*node{}, types: map[string]*node{}, attrs: map[string]*node{}}
	root, err := readNodes(d, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if root == nil || root.kind != "schema" {
		return nil, fmt.Errorf("%s: no schema", file)
	}
	s.space = root.attrs["targetNamespace"]
	s.version = root.attrs["version"]
	s.qualified = root.attrs["elementFormDefault"] == "qualified"
	for _, c := range root.children {
		switch c.kind {
		case "element":
			s.elements[c.attrs["name"]] = c
			s.order = append(s.order, c.attrs["name"])
		case "complexType", "simpleType":
			s.types[c.attrs["name"]] = c
		case "attribute":
			s.attrs[c.attrs["name"]] = c
		}
	}
	return s, nil
}

// readNodes reads the tree of schema elements.
func readNodes(d *xml.Decoder, s *schema) (*node, error) {
	var root *node
	var stack []*node
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Space != xsdSpace || t.Name.Local == "annotation" {
				if err := d.Skip(); err != nil {
					return nil, err
				}
				continue
			}
			n := newNode(t, stack, s)
			if len(stack) == 0 {
				root = n
			} else {
				parent := stack[len(stack)-1]
				parent.children = append(parent.children, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

func newNode(t xml.StartElement, stack []*node, s *schema) *node {
	n := &node{kind: t.Name.Local, attrs: map[string]string{}, prefixes: map[string]string{}, schema: s}
	if len(stack) > 0 {
		n.prefixes = stack[len(stack)-1].prefixes
	}
	copied := false
	for _, a := range t.Attr {
		prefix := ""
		switch {
		case a.Name.Space == "xmlns":
			prefix = a.Name.Local
		case a.Name.Space == "" && a.Name.Local == "xmlns":
		case a.Name.Space == "":
			n.attrs[a.Name.Local] = a.Value
			continue
		default:
			continue
		}
		if !copied {
			own := make(map[string]string, len(n.prefixes)+1)
			for k, v := range n.prefixes {
				own[k] = v
			}
			n.prefixes, copied = own, true
		}
		n.prefixes[prefix] = a.Value
	}
	return n
}

// resolve turns a name with prefix, as the attributes of n write it, into a
// qualified name.
func (n *node) resolve(s string) (name, error) {
	prefix, local, found := strings.Cut(s, ":")
	if !found {
		prefix, local = "", s
	}
	if prefix == "xml" {
		return name{"http://www.w3.org/XML/1998/namespace", local}, nil
	}
	space, ok := n.prefixes[prefix]
	if !ok && found {
		return name{}, fmt.Errorf("%s: prefix of %s is not declared", n.schema.files[0], s)
	}
	return name{space, local}, nil
}

// child returns the first child of one of the kinds.
func (n *node) child(kinds ...string) *node {
	for _, c := range n.children {
		if slices.Contains(kinds, c.kind) {
			return c
		}
	}
	return nil
}

// digest is a text that is the same for nodes with the same meaning.
func (n *node) digest() string {
	var b strings.Builder
	n.writeDigest(&b)
	return b.String()
}

func (n *node) writeDigest(b *strings.Builder) {
	b.WriteString(n.kind)
	keys := make([]string, 0, len(n.attrs))
	for k := range n.attrs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(b, " %s=%q", k, n.attrs[k])
	}
	b.WriteByte('(')
	for _, c := range n.children {
		c.writeDigest(b)
	}
	b.WriteByte(')')
}

// library is all the schemas of a folder, the newest of each namespace.
type library map[string]*schema

// readLibrary reads every schema below dir. Of several files of one namespace
// it keeps the one with the highest version; files of equal version are
// variants of each other and are merged.
func readLibrary(dir string) (library, error) {
	lib := library{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".xsd" {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		s, err := readSchema(dir, filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		return lib.add(s)
	})
	return lib, err
}

func (lib library) add(s *schema) error {
	old := lib[s.space]
	switch {
	case old == nil || compareVersions(s.version, old.version) > 0:
		lib[s.space] = s
	case compareVersions(s.version, old.version) == 0:
		return old.merge(s)
	}
	return nil
}

// compareVersions compares versions of numbers with dots between them.
func compareVersions(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return all
		}
		all = append(all, n)
	}
	return all
}

// merge adds a variant of the same namespace. Both must declare the same
// elements with the same content; an attribute that only one of them has
// becomes optional.
func (s *schema) merge(other *schema) error {
	for local, e := range other.elements {
		mine := s.elements[local]
		if mine == nil {
			return fmt.Errorf("%s and %s: %s is in one of them only", s.files[0], other.files[0], local)
		}
		if err := mergeAttributes(mine, e); err != nil {
			return fmt.Errorf("%s and %s: %s: %w", s.files[0], other.files[0], local, err)
		}
	}
	for local, t := range other.types {
		if s.types[local] == nil {
			s.types[local] = t
		}
	}
	s.files = append(s.files, other.files...)
	return nil
}

func mergeAttributes(a, b *node) error {
	ta, tb := a.child("complexType"), b.child("complexType")
	if ta == nil || tb == nil {
		return errors.New("no complex type in it")
	}
	if contentDigest(ta) != contentDigest(tb) {
		return errors.New("content differs")
	}
	for _, c := range ta.children {
		if c.kind == "attribute" && attribute(tb, c.attrs["name"]) == nil {
			c.attrs["use"] = "optional"
		}
	}
	for _, c := range tb.children {
		if c.kind == "attribute" && attribute(ta, c.attrs["name"]) == nil {
			c.attrs["use"] = "optional"
			ta.children = append(ta.children, c)
		}
	}
	return nil
}

func contentDigest(t *node) string {
	var b strings.Builder
	for _, c := range t.children {
		if c.kind != "attribute" {
			c.writeDigest(&b)
		}
	}
	return b.String()
}

func attribute(t *node, local string) *node {
	for _, c := range t.children {
		if c.kind == "attribute" && c.attrs["name"] == local {
			return c
		}
	}
	return nil
}

func (lib library) element(n name) (*node, error) {
	if s := lib[n.space]; s != nil && s.elements[n.local] != nil {
		return s.elements[n.local], nil
	}
	return nil, fmt.Errorf("no element %s in the schemas", n)
}

func (lib library) typ(n name) (*node, error) {
	if s := lib[n.space]; s != nil && s.types[n.local] != nil {
		return s.types[n.local], nil
	}
	return nil, fmt.Errorf("no type %s in the schemas", n)
}
