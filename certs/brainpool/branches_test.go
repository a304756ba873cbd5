//go:build !race && amd64

package brainpool

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// straight are the functions that must not branch at all, besides the check of
// the stack at their start. Everything that a secret passes through is made of
// them, of loops over fixed counts, and of signedWindow.
const straight = `mul|sqr|add|sub|half|reduce|toMontgomery|addAffine|finish|double|affine|negateMasked|orMasked|pick|zeroMask`

var (
	textLine = regexp.MustCompile(`^TEXT .*brainpool\.(\S+)\(SB\)`)
	jumpLine = regexp.MustCompile(`^\s+\S+\s+0x[0-9a-f]+\s+[0-9a-f]+\s+(J\S+)`)
)

// TestCompiledArithmeticDoesNotBranch compiles this package once more, because
// go test runs programs without a symbol table, and reads the machine code: what
// the package doc says of the compiler is checked for the one in use.
func TestCompiledArithmeticDoesNotBranch(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.Command("go", "test", "-c", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "go test -c: %s", out)
	pattern := `brainpool\.\(\*(modulus|curve|limbs)(256|384|512)\)\.(` + straight + `)$`
	code, err := exec.Command("go", "tool", "objdump", "-s", pattern, program).Output()
	require.NoError(t, err, "go tool objdump")
	seen := map[string]int{}
	var function string
	lines := bufio.NewScanner(bytes.NewReader(code))
	for lines.Scan() {
		if m := textLine.FindStringSubmatch(lines.Text()); m != nil {
			function = m[1]
			seen[function] = 0
		} else if m := jumpLine.FindStringSubmatch(lines.Text()); m != nil && m[1] != "JMP" {
			seen[function]++
			require.Equal(t, "JBE", m[1], "%s: %s", function, lines.Text())
		}
	}
	for function, jumps := range seen {
		require.LessOrEqual(t, jumps, 1, "%s: more than the check of the stack", function)
	}
	for _, name := range strings.Split("mul sqr add sub half reduce pick zeroMask", " ") {
		for _, width := range []string{"256", "384", "512"} {
			found := false
			for function := range seen {
				found = found || strings.Contains(function, width+").") && strings.HasSuffix(function, "."+name)
			}
			require.True(t, found, "no code found for %s of width %s", name, width)
		}
	}
}
