package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const fastSpace = "urn:fast"

// walkFast reads the children a, b and c of the root, and those of s, with
// Leaf, LeafToken and Enter where they answer; walkSlowly with Child alone.
func walkFast(r *Reader, d int) (found []string) {
	for {
		if s, ok := r.Leaf(d, fastSpace, "a"); ok {
			found = append(found, "a="+s)
		} else if s, ok := r.LeafToken(d, fastSpace, "b"); ok {
			found = append(found, "b="+s)
		} else if r.Enter(d, fastSpace, "s") {
			found = append(append(append(found, "s("), walkFast(r, d+1)...), ")")
		} else if !r.Child(d) {
			return found
		} else {
			found = append(found, readOne(r, d, walkFast)...)
		}
	}
}

func walkSlowly(r *Reader, d int) (found []string) {
	for r.Child(d) {
		found = append(found, readOne(r, d, walkSlowly)...)
	}
	return found
}

func readOne(r *Reader, d int, walk func(*Reader, int) []string) []string {
	switch {
	case r.Is(fastSpace, "a"):
		return []string{"a=" + r.Text()}
	case r.Is(fastSpace, "b"):
		return []string{"b=" + r.Token()}
	case r.Is(fastSpace, "s"):
		return append(append([]string{"s("}, walk(r, d+1)...), ")")
	}
	return nil
}

func sameWalk(t *testing.T, doc string, share, anySpace bool) (found []string) {
	run := func(walk func(*Reader, int) []string) (found []string, text string, unread int) {
		r := NewReader([]byte(doc))
		if share {
			r.ShareText()
		}
		if anySpace {
			r.AnyNamespace()
		}
		if r.Root() {
			found = walk(r, 1)
		}
		if err := r.Finish(); err != nil {
			return nil, err.Error(), 0
		}
		return found, "", r.Unread()
	}
	fast, fastErr, fastUnread := run(walkFast)
	slow, slowErr, slowUnread := run(walkSlowly)
	require.Equal(t, slow, fast, doc)
	require.Equal(t, slowErr == "", fastErr == "", "%s: %s, %s", doc, slowErr, fastErr)
	require.Equal(t, slowUnread, fastUnread, doc)
	return slow
}

var fastDocs = []string{
	`<r xmlns="urn:fast"><a>1</a><b>2</b><s><a>3</a><s/></s><a/></r>`,
	`<r xmlns="urn:fast"><a>x&amp;y</a><a>x<!-- -->y</a><b> 2  3 </b><a>müßig</a><a>]]</a></r>`,
	"<r xmlns=\"urn:fast\"><a>line\r\nend</a>\n <a> 1 </a ><b\n>2</b></r>",
	`<r xmlns="urn:fast"><a xmlns="urn:other">1</a><a>2</a><s xmlns="urn:other"><a>3</a></s><s><a>4</a></s></r>`,
	`<f:r xmlns:f="urn:fast"><f:a>1</f:a><a>2</a><f:s xmlns="urn:fast"><a>3</a></f:s><a>4</a></f:r>`,
	`<r xmlns="urn:other"><a>1</a><s xmlns="urn:fast"><a>2</a></s><a>3</a></r>`,
	`<r><a>1</a><s><b>2</b></s></r>`,
	`<r xmlns="urn:fast"><a>1</b></r>`,
	`<r xmlns="urn:fast"><a>1<a>2</a></a><a>3</aa></r>`,
	`<r xmlns="urn:fast"><s><a>1</a></r>`,
	"<r xmlns=\"urn:fast\"><a>\x01</a></r>",
	"<r xmlns=\"urn:fast\"><a>\xff</a></r>",
	`<r xmlns="urn:fast"><a>]]></a></r>`,
	`<r xmlns="urn:fast"><a>`,
	`<r xmlns="urn:fast"><a`,
	`<r xmlns="urn:fast">` + strings.Repeat("<s>", MaxDepth-1) + strings.Repeat("</s>", MaxDepth-1) + `</r>`,
	`<r xmlns="urn:fast">` + strings.Repeat("<s>", MaxDepth) + strings.Repeat("</s>", MaxDepth) + `</r>`,
	`<r xmlns="urn:fast">` + strings.Repeat("<a>1</a>", MaxElements-1) + `</r>`,
	`<r xmlns="urn:fast">` + strings.Repeat("<a>1</a>", MaxElements) + `</r>`,
	`<r xmlns="urn:fast"/>`,
}

// TestFastWay finds with Enter and Leaf what Child finds.
func TestFastWay(t *testing.T) {
	for _, doc := range fastDocs {
		for _, share := range []bool{true, false} {
			sameWalk(t, doc, share, false)
			sameWalk(t, doc, share, true)
		}
	}
	require.Equal(t, []string{"a=1", "b=2", "s(", "a=3", "s(", ")", ")", "a="}, sameWalk(t, fastDocs[0], true, false))
}

// TestLeafMoves says when Leaf answers at all.
func TestLeafMoves(t *testing.T) {
	r := NewReader([]byte(`<r xmlns="urn:fast"><a>1</a><b>2</b><s><a>3</a></s></r>`))
	require.True(t, r.Root())
	_, ok := r.Leaf(1, "urn:other", "a")
	require.False(t, ok, "another namespace")
	_, ok = r.Leaf(1, fastSpace, "b")
	require.False(t, ok, "another element")
	_, ok = r.Leaf(2, fastSpace, "a")
	require.False(t, ok, "another depth")
	s, ok := r.Leaf(1, fastSpace, "a")
	require.True(t, ok)
	require.Equal(t, "1", s)
	require.False(t, r.Enter(1, fastSpace, "s"), "not yet")
	s, ok = r.LeafToken(1, fastSpace, "b")
	require.True(t, ok)
	require.Equal(t, "2", s)
	require.True(t, r.Enter(1, fastSpace, "s"))
	require.True(t, r.Is(fastSpace, "s"))
	require.Equal(t, 2, r.Depth())
	s, ok = r.Leaf(2, fastSpace, "a")
	require.True(t, ok)
	require.Equal(t, "3", s)
	require.False(t, r.Child(2))
	require.False(t, r.Child(1))
	require.NoError(t, r.Finish())
}

func FuzzFastWay(f *testing.F) {
	for _, doc := range fastDocs {
		if len(doc) < 1000 {
			f.Add(doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		sameWalk(t, doc, true, false)
		sameWalk(t, doc, false, true)
	})
}
