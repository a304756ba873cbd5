package xmltree

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

var (
	errEncoding  = errors.New("not UTF-8")
	errMarkup    = errors.New("malformed markup")
	errEnd       = errors.New("document ends early")
	errOutside   = errors.New("text outside of the root element")
	errNoRoot    = errors.New("no root element")
	errTwoRoots  = errors.New("second root element")
	errMismatch  = errors.New("end tag does not match")
	errDuplicate = errors.New("attribute is given twice")
	errComment   = errors.New("malformed comment")
)

// scanner reads one document.
type scanner struct {
	data  []byte
	pos   int
	sel   Selector
	canon canon

	root  *Element
	open  []tag
	scope []binding
	count int
	slab  []Element
	attrs []rawAttr
	names map[string]string
	ids   map[string]bool
	buf   []byte
}

// tag is an element that has not ended.
type tag struct {
	e     *Element
	qname string
	scope int
	frame frame
}

// rawAttr is an attribute or a namespace declaration as it stands.
type rawAttr struct{ qname, value string }

// Parse reads a document. The tree refers to data, which must not be changed
// as long as the tree is used. Every error is a *SyntaxError. What sel asks for
// has been written completely only when the error is nil.
func Parse(data []byte, sel Selector) (*Element, error) {
	s := &scanner{data: data, sel: sel, names: map[string]string{}, ids: map[string]bool{}}
	if err := s.document(); err != nil {
		return nil, &SyntaxError{s.pos, err}
	}
	return s.root, nil
}

func (s *scanner) document() error {
	if !utf8.Valid(s.data) {
		return errEncoding
	}
	if bytes.HasPrefix(s.data, []byte("\xEF\xBB\xBF")) {
		s.pos = 3
	}
	if err := s.declaration(); err != nil {
		return err
	}
	for s.pos < len(s.data) {
		if err := s.step(); err != nil {
			return err
		}
	}
	switch {
	case len(s.open) > 0:
		return errEnd
	case s.root == nil:
		return errNoRoot
	}
	return nil
}

// step reads text up to the next markup, or one piece of markup.
func (s *scanner) step() error {
	rest := s.data[s.pos:]
	if rest[0] != '<' {
		n := bytes.IndexByte(rest, '<')
		if n < 0 {
			n = len(rest)
		}
		return s.text(rest[:n])
	}
	switch {
	case len(rest) < 2:
		return errEnd
	case rest[1] == '/':
		return s.endTag()
	case rest[1] == '?':
		return ErrInstruction
	case rest[1] == '!':
		return s.exclamation(rest)
	}
	return s.startTag()
}

func (s *scanner) exclamation(rest []byte) error {
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.comment()
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return s.cdata()
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		return ErrDoctype
	}
	return errMarkup
}

// declaration reads the XML declaration, if there is one.
func (s *scanner) declaration() error {
	rest := s.data[s.pos:]
	if !bytes.HasPrefix(rest, []byte("<?xml")) || len(rest) > 5 && !isSpace(rest[5]) {
		return nil
	}
	end := bytes.Index(rest[:min(len(rest), maxName)], []byte("?>"))
	if end < 0 {
		return errMarkup
	}
	if err := checkDeclaration(rest[5:end]); err != nil {
		return err
	}
	s.pos += end + 2
	return nil
}

// checkDeclaration wants version 1.0, then UTF-8 if an encoding is named, then
// perhaps standalone (XML 1.0, production 23).
func checkDeclaration(b []byte) error {
	d := scanner{data: b, names: map[string]string{}}
	if err := d.attributes(); err != nil || d.pos != len(b) || len(d.attrs) == 0 {
		return errMarkup
	}
	at := 0
	for i, a := range d.attrs {
		n := strings.Index("version encoding standalone", a.qname)
		switch {
		case i == 0 && (a.qname != "version" || a.value != "1.0"), i > 0 && n <= at:
			return errMarkup
		case a.qname == "encoding" && !strings.EqualFold(a.value, "UTF-8"):
			return fmt.Errorf("encoding %.20q: %w", a.value, errEncoding)
		case a.qname == "standalone" && a.value != "yes" && a.value != "no",
			a.qname != "version" && a.qname != "encoding" && a.qname != "standalone":
			return errMarkup
		}
		at = n
	}
	return nil
}

func (s *scanner) text(raw []byte) error {
	if len(s.open) == 0 {
		for _, c := range raw {
			if !isSpace(c) {
				return errOutside
			}
		}
		s.pos += len(raw)
		return nil
	}
	e := s.open[len(s.open)-1].e
	if plain(raw) {
		e.addText(raw, true)
		s.canon.raw(raw)
		s.pos += len(raw)
		return nil
	}
	var err error
	var at int
	if s.buf, at, err = unescape(s.buf[:0], raw, false); err != nil {
		s.pos += at
		return err
	}
	e.addText(s.buf, false)
	s.canon.text(s.buf)
	s.pos += len(raw)
	return nil
}

func (s *scanner) cdata() error {
	if len(s.open) == 0 {
		return errOutside
	}
	body := s.data[s.pos+len("<![CDATA["):]
	end := bytes.Index(body, []byte("]]>"))
	if end < 0 {
		return errEnd
	}
	s.buf = s.buf[:0]
	for i := 0; i < end; i++ {
		c := body[i]
		switch {
		case c == '\r':
			if i+1 < end && body[i+1] == '\n' {
				i++
			}
			c = '\n'
		case c < 0x20 && c != '\t' && c != '\n', c == 0xEF && body[i+1] == 0xBF && body[i+2] >= 0xBE:
			return errCharacter
		}
		s.buf = append(s.buf, c)
	}
	s.open[len(s.open)-1].e.addText(s.buf, false)
	s.canon.text(s.buf)
	s.pos += len("<![CDATA[") + end + len("]]>")
	return nil
}

func (s *scanner) comment() error {
	body := s.data[s.pos+len("<!--"):]
	end := bytes.Index(body, []byte("--"))
	if end < 0 {
		return errEnd
	}
	if len(body) < end+3 || body[end+2] != '>' {
		return errComment
	}
	for i, c := range body[:end] {
		if c < 0x20 && !isSpace(c) || c == 0xEF && body[i+1] == 0xBF && body[i+2] >= 0xBE {
			return errCharacter
		}
	}
	s.pos += len("<!--") + end + len("-->")
	return nil
}

func (s *scanner) endTag() error {
	if len(s.open) == 0 {
		return errMismatch
	}
	t := &s.open[len(s.open)-1]
	rest := s.data[s.pos+2:]
	if !bytes.HasPrefix(rest, []byte(t.qname)) {
		return errMismatch
	}
	i := len(t.qname)
	for i < len(rest) && isSpace(rest[i]) {
		i++
	}
	if i == len(rest) {
		return errEnd
	}
	if rest[i] != '>' {
		return errMismatch
	}
	s.pos += 2 + i + 1
	s.close(t)
	return nil
}

func (s *scanner) close(t *tag) {
	s.canon.end(t.qname)
	s.canon.leave(t.frame)
	s.scope = s.scope[:t.scope]
	s.open = s.open[:len(s.open)-1]
}

// startTag reads a start tag or an empty element.
func (s *scanner) startTag() error {
	switch {
	case len(s.open) == 0 && s.root != nil:
		return errTwoRoots
	case len(s.open) == maxDepth:
		return fmt.Errorf("deeper than %d elements: %w", maxDepth, ErrLimit)
	case s.count >= maxNodes:
		return fmt.Errorf("more than %d elements and attributes: %w", maxNodes, ErrLimit)
	}
	s.pos++
	qname, err := s.name()
	if err != nil {
		return err
	}
	if err := s.attributes(); err != nil {
		return err
	}
	s.count += 1 + len(s.attrs)
	empty := s.pos < len(s.data) && s.data[s.pos] == '/'
	if empty {
		s.pos++
	}
	if s.pos >= len(s.data) {
		return errEnd
	}
	if s.data[s.pos] != '>' {
		return errMarkup
	}
	s.pos++
	if err := s.element(qname); err != nil {
		return err
	}
	if empty {
		s.close(&s.open[len(s.open)-1])
	}
	return nil
}

// element opens the element whose tag has just been read.
func (s *scanner) element(qname string) error {
	t := tag{e: s.newElement(), qname: qname, scope: len(s.scope), frame: s.canon.enter()}
	prefix, err := s.resolve(t.e, qname)
	if err != nil {
		return err
	}
	if len(s.open) == 0 {
		s.root = t.e
	} else {
		s.open[len(s.open)-1].e.addChild(t.e)
	}
	s.open = append(s.open, t)
	if s.sel != nil {
		if w, take := s.sel(t.e); take {
			s.canon.take(w)
		}
	}
	s.canon.start(t.e, qname, prefix, s.scope)
	return nil
}

func (s *scanner) newElement() *Element {
	if len(s.slab) == 0 {
		s.slab = make([]Element, min(max(s.count, 16), 1024))
	}
	e := &s.slab[0]
	s.slab = s.slab[1:]
	return e
}

// resolve gives the element and its attributes their names and namespaces.
func (s *scanner) resolve(e *Element, qname string) (prefix string, err error) {
	if err := s.declarations(); err != nil {
		return "", err
	}
	prefix, e.Name, err = splitName(qname)
	if err != nil {
		return "", err
	}
	var ok bool
	if e.Space, ok = s.space(prefix); !ok || prefix == "xmlns" {
		return "", fmt.Errorf("%.40q: %w", prefix, errPrefix)
	}
	for _, raw := range s.attrs {
		if raw.qname == "xmlns" || strings.HasPrefix(raw.qname, "xmlns:") {
			continue
		}
		a, err := s.attr(raw)
		if err != nil {
			return "", err
		}
		for i := range e.Attrs {
			if e.Attrs[i].Name == a.Name && e.Attrs[i].Space == a.Space {
				return "", errDuplicate
			}
		}
		e.Attrs = append(e.Attrs, a)
	}
	return prefix, nil
}

func (s *scanner) space(prefix string) (string, bool) {
	if prefix == "xml" {
		return xmlSpace, true
	}
	return lookup(s.scope, prefix)
}

func (s *scanner) declarations() error {
	from := len(s.scope)
	for _, raw := range s.attrs {
		prefix, is := strings.CutPrefix(raw.qname, "xmlns:")
		if !is {
			if raw.qname != "xmlns" {
				continue
			}
			prefix = ""
		} else if !isNCName(prefix) {
			return errName
		}
		if err := declare(prefix, raw.value); err != nil {
			return err
		}
		for _, b := range s.scope[from:] {
			if b.prefix == prefix {
				return errDuplicate
			}
		}
		s.scope = append(s.scope, binding{prefix, raw.value})
	}
	return nil
}

func (s *scanner) attr(raw rawAttr) (Attr, error) {
	a := Attr{Value: raw.value}
	var err error
	if a.prefix, a.Name, err = splitName(raw.qname); err != nil {
		return a, err
	}
	if a.prefix != "" {
		var ok bool
		if a.Space, ok = s.space(a.prefix); !ok {
			return a, fmt.Errorf("%.40q: %w", a.prefix, errPrefix)
		}
	}
	if a.isID() {
		if s.ids[a.Value] {
			return a, fmt.Errorf("%.60q: %w", a.Value, ErrDuplicateID)
		}
		s.ids[a.Value] = true
	}
	return a, nil
}

// attributes reads the attributes of a tag into s.attrs, up to what is none.
func (s *scanner) attributes() error {
	s.attrs = s.attrs[:0]
	for {
		from := s.pos
		s.skipSpace()
		if s.pos >= len(s.data) || s.data[s.pos] == '>' || s.data[s.pos] == '/' {
			return nil
		}
		if from == s.pos {
			return errMarkup
		}
		if len(s.attrs) == maxAttributes {
			return fmt.Errorf("more than %d attributes: %w", maxAttributes, ErrLimit)
		}
		if err := s.attribute(); err != nil {
			return err
		}
	}
}

func (s *scanner) attribute() error {
	qname, err := s.name()
	if err != nil {
		return err
	}
	s.skipSpace()
	if s.pos >= len(s.data) || s.data[s.pos] != '=' {
		return errMarkup
	}
	s.pos++
	s.skipSpace()
	if s.pos >= len(s.data) || s.data[s.pos] != '"' && s.data[s.pos] != '\'' {
		return errMarkup
	}
	quote := s.data[s.pos]
	s.pos++
	end := bytes.IndexByte(s.data[s.pos:], quote)
	if end < 0 {
		return errEnd
	}
	var at int
	if s.buf, at, err = unescape(s.buf[:0], s.data[s.pos:s.pos+end], true); err != nil {
		s.pos += at
		return err
	}
	s.attrs = append(s.attrs, rawAttr{qname, s.intern(s.buf)})
	s.pos += end + 1
	return nil
}

func (s *scanner) skipSpace() {
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
}

// name reads a qualified name; splitName checks its characters.
func (s *scanner) name() (string, error) {
	from := s.pos
	for s.pos < len(s.data) && nameEnd[s.data[s.pos]] == 0 {
		s.pos++
	}
	switch n := s.pos - from; {
	case s.pos == len(s.data):
		return "", errEnd
	case n == 0:
		return "", errName
	case n > maxName:
		return "", fmt.Errorf("name: %w", ErrLimit)
	}
	return s.intern(s.data[from:s.pos]), nil
}

// nameEnd marks the bytes that end a name.
var nameEnd = func() (t [256]byte) {
	for _, c := range []byte(" \t\r\n=/><\"'&") {
		t[c] = 1
	}
	return t
}()

// maxIntern bounds the texts that are kept once.
const maxIntern = 4096

// intern keeps texts that come again and again once.
func (s *scanner) intern(b []byte) string {
	if v, ok := s.names[string(b)]; ok {
		return v
	}
	v := string(b)
	if len(s.names) < maxIntern && len(b) <= maxName {
		s.names[v] = v
	}
	return v
}
