package layers

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"
)

const sample = `package sample

// A is told about.
type A struct{}

type B interface {
	C()
	D() // is told about
}

// E is told about.
type E interface{ F() }

// These belong together.
const (
	G = 1
	H = 2
)

var (
	I, j = 1, 2
	K    = 3 // is told about
)

func L()     {}
func (A) M() {}
func (n) O() {}
func p()     {}
`

func TestUndocumentedFindsEachKindOfName(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "sample.go", sample, parser.ParseComments)
	require.NoError(t, err)
	var names []string
	for _, n := range undocumented(file) {
		names = append(names, n.Name)
	}
	require.Equal(t, []string{"B", "F", "I", "L", "M"}, names)
}
