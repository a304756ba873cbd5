package mgmt

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The expressions that the code by hand stands for: they are the oracle.
var (
	placeholderPattern = regexp.MustCompile(`\{([a-z_]+)(\|text)?\}`)
	fieldPattern       = regexp.MustCompile(`(?i)<(textarea|input)\b([^>]*)>([^<]*)`)
	attributePattern   = regexp.MustCompile(`([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
)

func placeholdersByPattern(text string) (all []string) {
	for _, m := range placeholderPattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1]+m[2])
	}
	return append(all, placeholderPattern.ReplaceAllString(text, ""))
}

func placeholdersByHand(text string) (all []string) {
	left := ""
	for {
		before, name, asText, rest, ok := cutPlaceholder(text)
		if !ok {
			return append(all, left+text)
		}
		if asText {
			name += "|text"
		}
		all, left, text = append(all, name), left+before, rest
	}
}

func formFieldByPattern(page []byte, name string) string {
	for _, m := range fieldPattern.FindAllSubmatch(page, maxFields) {
		attributes := map[string]string{}
		for _, a := range attributePattern.FindAllSubmatch(m[2], maxFields) {
			attributes[strings.ToLower(string(a[1]))] = string(a[2]) + string(a[3]) + string(a[4])
		}
		if attributes["name"] != name && attributes["id"] != name {
			continue
		}
		if strings.EqualFold(string(m[1]), "input") {
			return attributes["value"]
		}
		text, _, _ := bytes.Cut(m[3], []byte("<"))
		return strings.TrimSpace(string(text))
	}
	return ""
}

func TestPlaceholders(t *testing.T) {
	for _, text := range []string{
		"", "a", "{", "}", "{}", "{a}", "{a|text}", "{a|texts}", "{A}", "{{a}", "{a}}", "{a}{b_c}", "x{a}y{b|text}z",
		"{a{b}", "{a|text", "{a|text}}", "{_}", "/rest/{id}/x?{a}", "{a|text|text}", "{ä}",
	} {
		require.Equal(t, placeholdersByPattern(text), placeholdersByHand(text), text)
	}
}

func TestFormFields(t *testing.T) {
	for _, page := range []string{
		"", "<", "<input", "<input>", "<input name=a value=b>", `<INPUT Name="a" VALUE='b c'>`, "<textarea id=a> text </textarea>",
		"<inputs name=a value=b>", "<input-x name=a value=b>", "<input name=a><input name=a value=b>", `<input name="a" value="b>c">`,
		"<textarea name = a >x<b>y</textarea>", `<input value=b name='a'/>`, `<input name="a`, `<input data-name=a name=b value=c>`,
		`<input name=a value="b" value='c'>`, `<<input name=a value=b>`, `<input name=a value=>`, `<input = name=a value=b=c>`,
		`<input name="x" disabled value=1><textarea name=a>&lt;t</textarea>`, "<input\nname=a\tvalue\f=\r\"b\">", `<input x="y' name=a z='>`,
	} {
		for _, name := range []string{"a", "b", ""} {
			require.Equal(t, formFieldByPattern([]byte(page), name), formField([]byte(page), name), "%q %q", page, name)
		}
	}
	many := strings.Repeat("<input name=x>", maxFields) + "<input name=a value=b>"
	require.Empty(t, formField([]byte(many), "a"))
}

// FuzzPatterns holds what is written by hand against the expressions.
func FuzzPatterns(f *testing.F) {
	f.Add(`<input name="a" value='b'>{a|text}{b}`)
	f.Add("<textarea id=a>x</textarea>{{a}}")
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, fmt.Sprint(placeholdersByPattern(text)), fmt.Sprint(placeholdersByHand(text)))
		for _, name := range []string{"a", "name", ""} {
			require.Equal(t, formFieldByPattern([]byte(text), name), formField([]byte(text), name), "%q", text)
		}
	})
}
