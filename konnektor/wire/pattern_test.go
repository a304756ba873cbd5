package wire

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// patterns are those of the official schemas, and what else the grammar has.
var patterns = []string{
	`([0-9])*`, `0|1`, `[0-1]{4}`, `[0-9]{20}`, `[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}`, `[A-Z][A-Z][A-Z]-[0-9][0-9][0-9]`,
	`[a-zA-Z 0-9_.\-äöüÄÖÜß]*`, `cetp://[^\n\r]*`, `\d{4}(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])`,
	`[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}(-25[0-5]|-2[0-4][0-9]|-[0-1]?[0-9]?[0-9]){0,1}`,
	`([0-9A-Fa-f]{1,4}:){1,5}(:[0-9A-Fa-f]{1,4}){1,2}`, `::`, ``, `a|`, `(a|ab)(c|bcd)(d*)`, `(a*)*b`, `(a?){3,}`, `(a|b+)+`,
	`[^a]`, `[\d-]`, `[-a]`, `(()|a)+`,
}

func TestPatternAgainstRegexp(t *testing.T) {
	values := []string{"", "0", "1", "01", "0101", strings.Repeat("7", 20), "1.2.3", "12.34.567", "ABC-123", "Ä b_c-9.", "cetp://x:1", "cetp://x\n",
		"20240229", "20241329", "1.2.3-255", "1.2.3-256", "ab:cd::1", "::", "a", "aa", "ab", "abc", "abcd", "aaab", "b", "-", "\n", "ä", "\xff"}
	for _, expr := range patterns {
		require.NoError(t, NewPattern(expr).Check(), expr)
		for _, v := range values {
			require.Equal(t, judged(expr, v), NewPattern(expr).matches(v), "%q on %q", expr, v)
		}
	}
}

// judged is what package regexp says. Text that is no UTF-8 has no place in XML.
func judged(expr, value string) bool {
	return strings.ToValidUTF8(value, "") == value && regexp.MustCompile(`\A(?:`+expr+`)\z`).MatchString(value)
}

func TestPatternRefuses(t *testing.T) {
	for _, expr := range []string{`^a`, `a$`, `a.`, `*`, `a**`, `a+?`, `a{`, `a{x}`, `a{2,1}`, `a{70000}`, `(a`, `a)`, `[a`, `[]`, `[z-a]`, `[a-z-[e]]`,
		`[[:alpha:]]`, `[a-\d]`, `\p{L}`, `\b`, `a\`, `(?i)a`, "\xff"} {
		require.Error(t, NewPattern(expr).Check(), expr)
		require.False(t, NewPattern(expr).matches("a"), expr)
	}
}

// A value of any length takes a time that grows with its length only.
func TestPatternIsLinear(t *testing.T) {
	long := strings.Repeat("a", 1<<18)
	require.False(t, NewPattern(`(a*)*b`).matches(long))
	require.False(t, NewPattern(`(a|aa)*b`).matches(long))
	require.True(t, NewPattern(`(a|b)*`).matches(long))
}

func FuzzPattern(f *testing.F) {
	for i, expr := range patterns {
		f.Add(expr, patterns[len(patterns)-1-i])
	}
	f.Fuzz(func(t *testing.T, expr, value string) {
		if len(expr) > 64 || len(value) > 64 {
			return // the same with short ones
		}
		p := NewPattern(expr)
		if p.Check() != nil {
			return
		}
		if _, err := regexp.Compile(expr); err != nil {
			return // larger than package regexp takes
		}
		require.Equal(t, judged(expr, value), p.matches(value))
	})
}
