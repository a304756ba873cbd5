package konnektortest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// xpath is a filter of a subscription: the part of XPath 1.0 that gemILF_PS
// V2.17.0, 4.1.4.2, uses in its examples. That is paths of names, *, .., .,
// text() and //, predicates, = and != with texts, and, or, not() and brackets.
// Prefixes are passed over, as the second example there leaves them out.
type xpath struct {
	holds func(at *node) bool
}

// node is an element with the way up to the document, which has no element.
type node struct {
	element *Element
	parent  *node
	text    string // of a text node
	left    *int   // of the steps that a filter may go
}

// maxSteps bounds the work for one filter and one event: predicates inside of
// predicates multiply.
const maxSteps = 100_000

// matches says whether the filter holds for a document. One that has not found
// out after maxSteps holds for what it has seen up to there.
func (x *xpath) matches(root *Element) bool {
	left := maxSteps
	return x.holds(&node{element: &Element{Children: []*Element{root}}, left: &left})
}

// step goes from one node to others.
type step func(*node) []*node

// xpathParser reads an expression by descent.
type xpathParser struct {
	tokens []string
	depth  int
}

// maxFilterDepth bounds brackets within brackets.
const maxFilterDepth = 32

var errXPath = errors.New("the filter is no expression that the simulator knows")

func parseXPath(s string) (*xpath, error) {
	tokens, err := scanXPath(s)
	if err != nil {
		return nil, err
	}
	p := &xpathParser{tokens: tokens}
	holds, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%w: at %q", errXPath, p.tokens[0])
	}
	return &xpath{holds}, err
}

// scanXPath cuts the text into tokens. A quoted text keeps its first quote.
func scanXPath(s string) ([]string, error) {
	var tokens []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		n := 1
		switch {
		case s[0] == '"' || s[0] == '\'':
			end := strings.IndexByte(s[1:], s[0])
			if end < 0 {
				return nil, fmt.Errorf("%w: an open quote", errXPath)
			}
			tokens, s = append(tokens, s[:end+1]), s[end+2:]
			continue
		case strings.HasPrefix(s, "//") || strings.HasPrefix(s, "..") || strings.HasPrefix(s, "!="):
			n = 2
		case strings.IndexByte("/[]().=*", s[0]) >= 0:
		default:
			n = strings.IndexFunc(s, func(r rune) bool { return !nameRune(r) })
			if n < 0 {
				n = len(s)
			}
			if n == 0 {
				return nil, fmt.Errorf("%w: at %q", errXPath, s[:1])
			}
		}
		tokens, s = append(tokens, s[:n]), s[n:]
	}
	return tokens, nil
}

func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-:", r)
}

func (p *xpathParser) take(token string) bool {
	if len(p.tokens) > 0 && p.tokens[0] == token {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *xpathParser) or() (func(*node) bool, error) {
	return p.chain("or", p.and, func(a, b bool) bool { return a || b })
}

func (p *xpathParser) and() (func(*node) bool, error) {
	return p.chain("and", p.comparison, func(a, b bool) bool { return a && b })
}

func (p *xpathParser) chain(word string, part func() (func(*node) bool, error), join func(a, b bool) bool) (func(*node) bool, error) {
	holds, err := part()
	for err == nil && p.take(word) {
		left := holds
		var right func(*node) bool
		if right, err = part(); err == nil {
			holds = func(n *node) bool { return join(left(n), right(n)) }
		}
	}
	return holds, err
}

// comparison reads a bracket, not(), or a path, alone or compared with a text.
func (p *xpathParser) comparison() (func(*node) bool, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, fmt.Errorf("%w: too deep", errXPath)
	}
	defer func() { p.depth-- }()
	negated := len(p.tokens) > 1 && p.tokens[0] == "not" && p.tokens[1] == "("
	if negated {
		p.tokens = p.tokens[1:]
	}
	if p.take("(") {
		holds, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("%w: an open bracket", errXPath)
		}
		if err != nil || !negated {
			return holds, err
		}
		return func(n *node) bool { return !holds(n) }, nil
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	equal := p.take("=")
	if !equal && !p.take("!=") {
		return func(n *node) bool { return len(path(n)) > 0 }, nil
	}
	if len(p.tokens) == 0 || p.tokens[0][0] != '"' && p.tokens[0][0] != '\'' {
		return nil, fmt.Errorf("%w: a comparison without text", errXPath)
	}
	want := p.tokens[0][1:]
	p.tokens = p.tokens[1:]
	return func(n *node) bool {
		return slices.ContainsFunc(path(n), func(m *node) bool { return (m.value() == want) == equal })
	}, nil
}

// path reads steps.
func (p *xpathParser) path() (step, error) {
	var steps []step
	switch {
	case p.take("//"):
		steps = append(steps, top, descendants)
	case p.take("/"):
		steps = append(steps, top)
	}
	for {
		s, err := p.step()
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
		for p.take("[") {
			holds, err := p.or()
			if err == nil && !p.take("]") {
				err = fmt.Errorf("%w: an open predicate", errXPath)
			}
			if err != nil {
				return nil, err
			}
			steps = append(steps, func(n *node) []*node {
				if holds(n) {
					return []*node{n}
				}
				return nil
			})
		}
		switch {
		case p.take("//"):
			steps = append(steps, descendants)
		case !p.take("/"):
			return walk(steps), nil
		}
	}
}

// step reads one step.
func (p *xpathParser) step() (step, error) {
	if len(p.tokens) == 0 {
		return nil, fmt.Errorf("%w: it ends too early", errXPath)
	}
	token := p.tokens[0]
	p.tokens = p.tokens[1:]
	switch {
	case token == ".":
		return func(n *node) []*node { return []*node{n} }, nil
	case token == "..":
		return func(n *node) []*node { return n.up() }, nil
	case token == "*":
		return children(func(*Element) bool { return true }), nil
	case token == "text" && p.take("("):
		if !p.take(")") {
			return nil, fmt.Errorf("%w: text without brackets", errXPath)
		}
		return func(n *node) []*node { return []*node{{parent: n, text: n.value(), left: n.left}} }, nil
	case !unicode.IsLetter(rune(token[0])) || len(p.tokens) > 0 && p.tokens[0] == "(":
		return nil, fmt.Errorf("%w: at %q", errXPath, token)
	}
	prefix, local, prefixed := strings.Cut(token, ":")
	if !prefixed {
		local = prefix
	}
	if local == "" || strings.Contains(local, ":") {
		return nil, fmt.Errorf("%w: at %q", errXPath, token)
	}
	return children(func(e *Element) bool { return e.Local == local }), nil
}

// walk joins steps. What several ways lead to counts once.
func walk(steps []step) step {
	return func(n *node) []*node {
		at := []*node{n}
		for _, s := range steps {
			var next []*node
			seen := map[spot]bool{}
			for _, m := range at {
				for _, found := range s(m) {
					if p := found.spot(); !seen[p] {
						seen[p] = true
						next = append(next, found)
					}
				}
			}
			at = next
		}
		return at
	}
}

// spot tells nodes apart: those of elements, and those of their texts.
type spot struct {
	element *Element
	text    bool
}

func (n *node) spot() spot {
	if n.element == nil && n.parent != nil {
		return spot{n.parent.element, true}
	}
	return spot{n.element, false}
}

func top(n *node) []*node {
	for n.parent != nil {
		n = n.parent
	}
	return []*node{n}
}

func descendants(n *node) []*node {
	all := []*node{n}
	for _, c := range children(func(*Element) bool { return true })(n) {
		all = append(all, descendants(c)...)
	}
	return all
}

func children(which func(*Element) bool) step {
	return func(n *node) []*node {
		var list []*node
		if n.element == nil {
			return nil
		}
		for _, c := range n.element.Children {
			if *n.left--; *n.left < 0 {
				return nil
			}
			if which(c) {
				list = append(list, &node{element: c, parent: n, left: n.left})
			}
		}
		return list
	}
}

func (n *node) up() []*node {
	if n.parent == nil {
		return nil
	}
	return []*node{n.parent}
}

// value is the text of the node and of all below it.
func (n *node) value() string {
	if n.element == nil {
		return n.text
	}
	text := n.element.Text
	for _, c := range n.element.Children {
		text += (&node{element: c}).value()
	}
	return text
}
