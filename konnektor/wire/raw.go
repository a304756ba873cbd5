package wire

// RawXML is one element as a document of its own, in UTF-8 and with every
// namespace that it needs declared.
type RawXML []byte

// AnyContent is the content of an element for which the schema allows anything.
type AnyContent struct {
	// Elements are the child elements.
	Elements []RawXML
	// Text is the text between them.
	Text string
}

// EncodeAs writes v as the element name.
func (v *AnyContent) EncodeAs(w *Writer, name string) {
	w.Start(name)
	if v.Text != "" {
		w.Text(v.Text)
	}
	for _, e := range v.Elements {
		w.Element("", "", e)
	}
	w.End(name)
}

// DecodeXML reads the element on which r stands.
func (v *AnyContent) DecodeXML(r *Reader) {
	v.Text = r.content(func() { v.Elements = append(v.Elements, r.Raw()) })
}

// Grow appends a zero value to s and returns its place.
func Grow[T any](s *[]T) *T {
	var zero T
	*s = append(*s, zero)
	return &(*s)[len(*s)-1]
}
