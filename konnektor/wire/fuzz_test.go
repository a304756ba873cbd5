package wire

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzReader holds the Reader against encoding/xml: what the Reader accepts,
// encoding/xml accepts too, with the same names, namespaces, attributes and
// texts. The exceptions:
//
//   - Encoding and XML declaration are judged by their own tests: encoding/xml
//     gets what follows the declaration, in UTF-8.
//   - encoding/xml has the names of an older edition of XML: it may refuse a
//     name with characters beyond ASCII.
//   - encoding/xml leaves tab and newline in attribute values, namespaces among
//     them; XML wants blanks.
func FuzzReader(f *testing.F) {
	for _, doc := range wellFormed {
		f.Add([]byte(doc))
	}
	for _, c := range malformed {
		f.Add([]byte(c.doc))
	}
	f.Add([]byte(message))
	f.Add([]byte("<?xml version='1.0' encoding='ISO-8859-15'?><a>\xa4\xe4</a>"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := readTree(doc)
		if err != nil {
			return
		}
		src, pos, err := decodeCharset(doc, nil)
		require.NoError(t, err)
		want, err := oracleTree(src[pos:])
		if err != nil && strings.Contains(err.Error(), "invalid XML name") && asciiLength(src) < len(src) {
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
		requireRaw(t, doc, got)
		requireSkip(t, doc)
	})
}

// requireRaw checks that each child of the root, taken out with Raw, is the
// same element as a document of its own.
func requireRaw(t *testing.T, doc []byte, root *tree) {
	t.Helper()
	r := NewReader(doc)
	require.True(t, r.Root())
	for i, d := 0, r.Depth(); r.Child(d); i++ {
		child, err := readTree(r.Raw())
		require.NoError(t, err)
		require.Equal(t, root.Children[i], child)
	}
	require.NoError(t, r.Finish())
}

// requireSkip checks that skipping accepts what reading accepts.
func requireSkip(t *testing.T, doc []byte) {
	t.Helper()
	r := NewReader(doc)
	require.True(t, r.Root())
	r.Skip()
	require.Zero(t, r.Depth())
	require.NoError(t, r.Finish())
}

// FuzzWriter writes a text and reads it with both readers.
func FuzzWriter(f *testing.F) {
	for _, s := range escapes {
		f.Add(s)
	}
	f.Add("\x00")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, s string) {
		doc, err := written(func(w *Writer) { writeText(w, s) })
		if err != nil {
			require.ErrorIs(t, err, ErrValue)
			require.True(t, !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !isChar(c) }))
			return
		}
		requireText(t, doc, s)
	})
}

// dateTimeShape is what an xs:dateTime looks like. time.Parse takes hours of one
// digit and a comma for a point too.
var dateTimeShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d)?$`)

// FuzzDateTime holds ParseDateTime against time.Parse, which does not know the
// end of the day as 24:00.
func FuzzDateTime(f *testing.F) {
	for _, s := range []string{
		"2024-02-29T23:59:59Z", "2024-02-29T23:59:59.5", "0000-01-01T00:00:00.123456789999+14:00",
		"2024-02-29T24:00:00Z", "2024-02-30T00:00:00Z", "2024-02-29T23:59:59,5Z", "2024-02-29",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseDateTime(s)
		s = strings.Trim(s, " \t\r\n")
		want, err := time.Parse("2006-01-02T15:04:05Z07:00", s)
		zoned := err == nil
		if err != nil {
			want, err = time.Parse("2006-01-02T15:04:05", s)
		}
		switch {
		case ok && s[11:13] == "24":
			return
		case ok:
			require.NoError(t, err)
			require.True(t, want.Equal(got.Time), "%s, not %s", got, want)
			require.Equal(t, zoned, got.Zoned)
			again, ok := ParseDateTime(got.String())
			require.True(t, ok)
			require.Equal(t, got, again)
		default:
			require.False(t, err == nil && dateTimeShape.MatchString(s), "%s refused", s)
		}
	})
}

// FuzzDuration checks that nothing makes ParseDuration overflow.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"PT6H", "-P1Y2M3DT4H5M6.789S", "P99999999999D", "PT", "P1M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := ParseDuration(s)
		if !ok {
			require.Zero(t, d)
			return
		}
		negative := strings.HasPrefix(strings.Trim(s, " \t\r\n"), "-")
		require.False(t, !negative && (d.Months < 0 || d.Time < 0), "%q gives %v", s, d)
		require.False(t, negative && (d.Months > 0 || d.Time > 0), "%q gives %v", s, d)
	})
}

// FuzzDecodeBase64 holds DecodeBase64 against the standard decoder on a text
// without white space.
func FuzzDecodeBase64(f *testing.F) {
	for _, s := range []string{"", "YWJj", " YW Jj\n YQ==\t", "YWI", "YWI=YWI="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := DecodeBase64(text)
		want, wantErr := base64.StdEncoding.DecodeString(strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(string(text)))
		require.Equal(t, wantErr == nil, err == nil)
		require.Equal(t, want, got)
	})
}
