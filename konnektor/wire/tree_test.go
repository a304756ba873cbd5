package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// tree is an element as the tests compare it: attributes in order of their
// names, white space in them and in namespaces as blanks.
type tree struct {
	Space, Local string
	Attrs        []string
	Text         string
	Children     []*tree
}

var blanks = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

func newTree(space, local string) *tree {
	return &tree{Space: blanks.Replace(space), Local: local}
}

func (t *tree) attr(space, local, value string) {
	t.Attrs = append(t.Attrs, blanks.Replace(space)+" "+local+"="+blanks.Replace(value))
}

// readTree reads a document with our Reader.
func readTree(doc []byte) (*tree, error) {
	r := NewReader(doc)
	var t *tree
	if r.Root() {
		t = r.tree()
	}
	return t, r.Finish()
}

// tree reads the current element.
func (r *Reader) tree() *tree {
	t := newTree(r.Space(), r.Local())
	for _, a := range r.attrs {
		value, ok := r.Attr(string(a.space), string(a.local))
		if !ok {
			r.Fail(errors.New("attribute lost"))
		}
		t.attr(string(a.space), string(a.local), value)
	}
	slices.Sort(t.Attrs)
	if r.empty {
		r.closeEmpty()
		return t
	}
	var text []byte
	for r.next(func(b []byte) { text = append(text, b...) }) {
		t.Children = append(t.Children, r.tree())
	}
	t.Text = string(text)
	return t
}

// oracleTree reads a document with encoding/xml.
func oracleTree(doc []byte) (*tree, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		return nil, errors.New("the oracle gets UTF-8")
	}
	root := &tree{}
	stack := []*tree{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root.Children[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			t := oracleElement(token)
			top.Children = append(top.Children, t)
			stack = append(stack, t)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.Text += string(token)
		}
	}
}

func oracleElement(start xml.StartElement) *tree {
	t := newTree(start.Name.Space, start.Name.Local)
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
			t.attr(a.Name.Space, a.Name.Local, a.Value)
		}
	}
	slices.Sort(t.Attrs)
	return t
}
