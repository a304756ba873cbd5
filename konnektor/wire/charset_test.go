package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCharsets(t *testing.T) {
	text := func(doc string) (string, error) {
		r := NewReader([]byte(doc))
		if !r.Root() {
			return "", r.Finish()
		}
		s := r.Text()
		return s, r.Finish()
	}
	cases := []struct {
		name, doc, want string
		err             error
	}{
		{"no declaration", "<a>ä€</a>", "ä€", nil},
		{"byte order mark", "\ufeff<a>ä</a>", "ä", nil},
		{"byte order mark and declaration", "\ufeff<?xml version='1.0' encoding='utf-8'?><a>ä</a>", "ä", nil},
		{"declaration without encoding", "<?xml version='1.0' ?><a>ä</a>", "ä", nil},
		{"standalone", `<?xml version = "1.0" encoding = 'UTF-8' standalone="yes" ?><a>ä</a>`, "ä", nil},
		{"ISO-8859-15", "<?xml version='1.0' encoding='ISO-8859-15'?><a>\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe\xe4\xa5\xff</a>", "€ŠšŽžŒœŸä¥ÿ", nil},
		{"iso-8859-15, small", "<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>", "€", nil},
		{"ISO-8859-1", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xa4\xa6\xe4</a>", "¤¦ä", nil},
		{"ISO-8859-15, ASCII only", "<?xml version='1.0' encoding='ISO-8859-15'?><a>abc</a>", "abc", nil},
		{"US-ASCII", "<?xml version='1.0' encoding='US-ASCII'?><a>abc&#228;</a>", "abcä", nil},
		{"US-ASCII that is none", "<?xml version='1.0' encoding='US-ASCII'?><a>\xc3\xa4</a>", "", ErrCharset},
		{"UTF-8 that is none", "<?xml version='1.0' encoding='UTF-8'?><a>\xe4</a>", "", ErrCharset},
		{"UTF-16, big endian", "\xfe\xff\x00<\x00a\x00/\x00>", "", ErrCharset},
		{"UTF-16, little endian", "\xff\xfe<\x00a\x00/\x00>\x00", "", ErrCharset},
		{"unknown", "<?xml version='1.0' encoding='EBCDIC'?><a/>", "", ErrCharset},
		{"ISO-8859-15 marked as UTF-8", "\ufeff<?xml version='1.0' encoding='ISO-8859-15'?><a>ä</a>", "", ErrCharset},
		{"an instruction that is no declaration", "<?xml-stylesheet a?><a>ä</a>", "ä", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := text(c.doc)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestASCIIIsNotCopied(t *testing.T) {
	doc := []byte("<?xml version='1.0' encoding='ISO-8859-15'?><a>abc</a>")
	r := NewReader(doc)
	require.Same(t, &doc[0], &r.src[0])
}

// TestKeptReaderChangesCharsets reads documents of all lengths and encodings
// with one Reader, whose buffers are used again.
func TestKeptReaderChangesCharsets(t *testing.T) {
	r := NewReader(nil)
	for _, n := range []int{1, 1000, 3, 100, maxScratch, 2} {
		for encoding, letter := range map[string]string{"ISO-8859-15": "\xa4", "UTF-8": "€"} {
			doc := "<?xml version='1.0' encoding='" + encoding + "'?><a>" + strings.Repeat(letter+"abcdefgh", n) + "</a>"
			r.Reset([]byte(doc))
			require.True(t, r.Root())
			require.Equal(t, strings.Repeat("€abcdefgh", n), r.Text())
			require.NoError(t, r.Finish())
		}
	}
	r.Forget()
	require.LessOrEqual(t, cap(r.decoded), maxScratch)
	require.NotContains(t, string(r.decoded[:cap(r.decoded)]), "abc")
}
