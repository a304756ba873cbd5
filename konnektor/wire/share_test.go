package wire

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// shared reports whether s is a part of whole, not a copy.
func shared(s, whole string) bool {
	begin := uintptr(unsafe.Pointer(unsafe.StringData(whole)))
	at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
	return at >= begin && at+uintptr(len(s)) <= begin+uintptr(len(whole))
}

func TestShareText(t *testing.T) {
	const doc = `<?xml version="1.0" encoding="ISO-8859-15"?>` +
		"<a><b>plain</b><b>m\xFC\xDFig</b><b>a&amp;b</b><b>x<!-- -->y</b><b/><b> two  words </b><b>line\r\nend</b><b>last</b></a>"
	want := []struct {
		text   string
		shared bool
	}{
		{"plain", true}, {"müßig", true}, {"a&b", false}, {"xy", false}, {"", false},
		{" two  words ", true}, {"line\nend", false}, {"last", true},
	}
	r := NewReader([]byte(doc))
	for _, share := range []bool{true, false} {
		r.Reset([]byte(doc))
		if share {
			r.ShareText()
		}
		require.True(t, r.Root())
		whole := r.whole
		for _, w := range want {
			require.True(t, r.Child(1))
			got := r.Text()
			require.Equal(t, w.text, got)
			if got != "" {
				require.Equal(t, share && w.shared, shared(got, whole), got)
			}
		}
		require.NoError(t, r.Finish())
	}
	r.Reset([]byte("<a><b> one </b><b>two  words</b></a>"))
	r.ShareText()
	require.True(t, r.Root())
	whole := r.whole
	require.True(t, r.Child(1))
	token := r.Token()
	require.Equal(t, "one", token)
	require.True(t, shared(token, whole))
	require.True(t, r.Child(1))
	require.Equal(t, "two words", r.Token())
}

// TestShareTextOutlivesReader keeps texts when the Reader goes on.
func TestShareTextOutlivesReader(t *testing.T) {
	doc := []byte("<a>first</a>")
	r := NewReader(doc)
	r.ShareText()
	require.True(t, r.Root())
	first := r.Text()
	copy(doc, "<b>other</b>")
	r.Reset(doc)
	r.Forget()
	require.Equal(t, "first", first)
}
