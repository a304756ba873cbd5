package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtent(t *testing.T) {
	const doc = "\ufeff" + `<?xml version="1.0"?> <a b="1"> <c x='>'/><d>text</d ></a>`
	r := NewReader([]byte(doc))
	require.True(t, r.Root())
	begin, next := r.Extent()
	require.Equal(t, `<a b="1">`, doc[begin:next])
	for _, want := range []string{`<c x='>'/>`, `<d>text</d >`} {
		require.True(t, r.Child(1))
		begin, _ = r.Extent()
		r.Skip()
		_, next = r.Extent()
		require.Equal(t, want, doc[begin:next])
	}
	require.NoError(t, r.Finish())
	begin, next = r.Extent()
	require.Zero(t, begin+next)

	r.Reset([]byte("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>"))
	require.True(t, r.Root())
	begin, next = r.Extent()
	require.Zero(t, begin+next, "its bytes are not those of the document")
}
