package wire

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Pattern is a pattern facet of the schema, parsed when it is needed first.
//
// It stands here because package regexp, with its tables of all scripts, would
// be a large part of a small library.
type Pattern struct {
	parsed func() (alternatives, error)
}

// alternatives are the branches of a pattern or of a group in it, one of which
// must match.
type alternatives [][]piece

// piece is a character or a group, so and so many times.
type piece struct {
	class           class
	group           alternatives // in place of class when it is not nil
	lowest, highest int          // highest is endless where nothing bounds it
}

// endless is the highest number of a piece that may stand any number of times.
const endless = -1

// class is a set of characters.
type class struct {
	not    bool      // all but these
	ranges [][2]rune // first and last
}

// NewPattern returns a Pattern for expr, which must match the whole value. It
// has the meaning of package regexp and is made of characters, \d and other
// escapes, classes such as [a-z0-9_], groups in parentheses, alternatives, and
// the numbers * + ? {2} {2,} {2,5}. With anything else it matches nothing; see
// Check.
func NewPattern(expr string) *Pattern {
	return &Pattern{sync.OnceValues(func() (alternatives, error) {
		r := patternReader{expr}
		all, err := r.alternatives()
		if err == nil && r.rest != "" {
			err = r.bad()
		}
		if err != nil {
			return nil, fmt.Errorf("wire: pattern %q: %w", expr, err)
		}
		return all, nil
	})}
}

// Check returns an error when the pattern is none that NewPattern takes.
func (p *Pattern) Check() error {
	_, err := p.parsed()
	return err
}

// matches reports whether the pattern matches the whole of s, in a time that
// grows with the length of s times that of the pattern.
func (p *Pattern) matches(s string) bool {
	all, err := p.parsed()
	return err == nil && utf8.ValidString(s) && slices.Contains(all.ends(s, []int{0}), len(s))
}

// ends are the places in s up to which one of a matches, from any of the places
// from. No place stands there twice, here and below.
func (a alternatives) ends(s string, from []int) []int {
	if len(a) == 1 {
		return sequenceEnds(a[0], s, from)
	}
	var all placeSet
	for _, sequence := range a {
		all.add(sequenceEnds(sequence, s, from))
	}
	return all.list
}

func sequenceEnds(sequence []piece, s string, from []int) []int {
	for i := range sequence {
		if from = sequence[i].ends(s, from); len(from) == 0 {
			return nil
		}
	}
	return from
}

func (p *piece) ends(s string, from []int) []int {
	for range p.lowest {
		if from = p.once(s, from); len(from) == 0 {
			return nil
		}
	}
	if p.highest == p.lowest {
		return from
	}
	var all placeSet
	from = all.add(from)
	for n := p.lowest; n != p.highest && len(from) > 0; n++ {
		from = all.add(p.once(s, from))
	}
	return all.list
}

func (p *piece) once(s string, from []int) []int {
	if p.group != nil {
		return p.group.ends(s, from)
	}
	to := make([]int, 0, len(from))
	for _, at := range from {
		if r, n := utf8.DecodeRuneInString(s[at:]); n > 0 && p.class.has(r) {
			to = append(to, at+n)
		}
	}
	return to
}

func (c *class) has(r rune) bool {
	in := slices.ContainsFunc(c.ranges, func(of [2]rune) bool { return of[0] <= r && r <= of[1] })
	return in != c.not
}

// placeSet is a set of places in a text.
type placeSet struct {
	list []int
	has  map[int]bool
}

// add adds places and returns those that are new.
func (p *placeSet) add(places []int) []int {
	if p.has == nil {
		p.has = map[int]bool{}
	}
	before := len(p.list)
	for _, at := range places {
		if !p.has[at] {
			p.has[at] = true
			p.list = append(p.list, at)
		}
	}
	return p.list[before:]
}

// patternReader reads a pattern; rest is what it has not read yet.
type patternReader struct{ rest string }

func (r *patternReader) bad() error { return fmt.Errorf("not supported: %q", r.rest) }

// take reads c if it is next.
func (r *patternReader) take(c byte) bool {
	found := r.next(c)
	if found {
		r.rest = r.rest[1:]
	}
	return found
}

func (r *patternReader) next(c byte) bool { return r.rest != "" && r.rest[0] == c }

func (r *patternReader) alternatives() (all alternatives, err error) {
	for {
		sequence := []piece{}
		for r.rest != "" && !r.next('|') && !r.next(')') {
			p, err := r.piece()
			if err != nil {
				return nil, err
			}
			sequence = append(sequence, p)
		}
		all = append(all, sequence)
		if !r.take('|') {
			return all, nil
		}
	}
}

func (r *patternReader) piece() (p piece, err error) {
	switch {
	case r.take('('):
		if p.group, err = r.alternatives(); err == nil && !r.take(')') {
			err = r.bad()
		}
	case r.take('['):
		p.class, err = r.class()
	case strings.IndexByte("*+?{}]^$.", r.rest[0]) >= 0:
		err = r.bad()
	default:
		p.class.ranges, err = r.character()
	}
	if err != nil {
		return p, err
	}
	return p, r.number(&p)
}

// class reads a class after its opening bracket.
func (r *patternReader) class() (c class, err error) {
	c.not = r.take('^')
	for !r.take(']') {
		if r.rest == "" || r.next('[') {
			return c, r.bad()
		}
		first, err := r.character()
		if err != nil {
			return c, err
		}
		if r.next('-') && !strings.HasPrefix(r.rest, "-]") {
			r.rest = r.rest[1:]
			last, err := r.character()
			if err != nil || last[0][0] < first[0][0] || first[0][0] != first[0][1] || last[0][0] != last[0][1] {
				return c, r.bad()
			}
			first[0][1] = last[0][1]
		}
		c.ranges = append(c.ranges, first...)
	}
	if len(c.ranges) == 0 {
		return c, r.bad()
	}
	return c, nil
}

// patternEscapes are the characters that an escape stands for.
var patternEscapes = map[byte][2]rune{'d': {'0', '9'}, 'n': {'\n', '\n'}, 'r': {'\r', '\r'}, 't': {'\t', '\t'}}

// character reads one character, or an escape.
func (r *patternReader) character() ([][2]rune, error) {
	c, n := utf8.DecodeRuneInString(r.rest)
	if c == utf8.RuneError {
		return nil, r.bad()
	}
	if c != '\\' {
		r.rest = r.rest[n:]
		return [][2]rune{{c, c}}, nil
	}
	if len(r.rest) < 2 {
		return nil, r.bad()
	}
	of, ok := patternEscapes[r.rest[1]]
	if !ok {
		if strings.IndexByte(`\.-[](){}*+?|^$`, r.rest[1]) < 0 {
			return nil, r.bad()
		}
		of = [2]rune{rune(r.rest[1]), rune(r.rest[1])}
	}
	r.rest = r.rest[2:]
	return [][2]rune{of}, nil
}

// number reads how often p stands.
func (r *patternReader) number(p *piece) error {
	p.lowest, p.highest = 1, 1
	switch {
	case r.take('*'):
		p.lowest, p.highest = 0, endless
	case r.take('+'):
		p.highest = endless
	case r.take('?'):
		p.lowest = 0
	case r.take('{'):
		inside, rest, ok := strings.Cut(r.rest, "}")
		if !ok || p.between(inside) != nil {
			return r.bad()
		}
		r.rest = rest
	}
	if r.rest != "" && strings.IndexByte("*+?{", r.rest[0]) >= 0 {
		return r.bad()
	}
	return nil
}

// between reads the numbers of {2}, {2,} and {2,5}.
func (p *piece) between(text string) error {
	lowest, highest, two := strings.Cut(text, ",")
	low, err := count(lowest)
	if err != nil {
		return err
	}
	p.lowest, p.highest = low, low
	switch {
	case two && highest == "":
		p.highest = endless
	case two:
		if p.highest, err = count(highest); err == nil && p.highest < low {
			err = strconv.ErrRange
		}
	}
	return err
}

// count reads a number as package regexp does: without zeros before it, and up
// to 1000.
func count(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err == nil && (n < 0 || n > 1000 || strconv.Itoa(n) != s) {
		err = strconv.ErrRange
	}
	return n, err
}
