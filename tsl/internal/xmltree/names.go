package xmltree

import (
	"errors"
	"strings"
	"unicode/utf8"
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

var (
	errName        = errors.New("not a name")
	errPrefix      = errors.New("prefix is not declared")
	errDeclaration = errors.New("namespace declaration is not allowed")
)

// binding is a namespace declaration in scope.
type binding struct{ prefix, space string }

// lookup finds the namespace of a prefix; "" is the default namespace.
func lookup(scope []binding, prefix string) (string, bool) {
	for i := len(scope) - 1; i >= 0; i-- {
		if scope[i].prefix == prefix {
			return scope[i].space, true
		}
	}
	return "", prefix == ""
}

// declare checks a declaration after Namespaces in XML 1.0, 2.2 and 3, and
// refuses relative names as canonicalization does.
func declare(prefix, space string) error {
	switch {
	case prefix == "xmlns", space == xmlnsSpace, (prefix == "xml") != (space == xmlSpace),
		prefix != "" && space == "",
		space != "" && !strings.Contains(space, ":"):
		return errDeclaration
	}
	return nil
}

// splitName splits a qualified name and checks both parts.
func splitName(q string) (prefix, local string, err error) {
	prefix, local, found := strings.Cut(q, ":")
	if !found {
		prefix, local = "", q
	} else if !isNCName(prefix) {
		return "", "", errName
	}
	if !isNCName(local) {
		return "", "", errName
	}
	return prefix, local, nil
}

func isNCName(s string) bool {
	for i, r := range s {
		if r < utf8.RuneSelf {
			c := nameClass[r]
			if c == 0 || i == 0 && c != nameStart {
				return false
			}
		} else if !isNameRune(r, i == 0) {
			return false
		}
	}
	return s != ""
}

const (
	nameStart = 1
	nameOther = 2
)

// nameClass is what ASCII characters are good for in a name without colon.
var nameClass = func() (t [utf8.RuneSelf]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			t[c] = nameStart
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = nameOther
		}
	}
	return t
}()

// isNameRune tells the characters beyond ASCII of a name (XML 1.0, fifth
// edition, productions 4 and 4a).
func isNameRune(r rune, start bool) bool {
	for _, x := range nameRanges {
		if r >= x[0] && r <= x[1] {
			return true
		}
	}
	return !start && (r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040)
}

var nameRanges = [...][2]rune{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x1FFF}, {0x200C, 0x200D},
	{0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
}
