package ws_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// FuzzAnswers reads whatever comes as each answer whose name its root element
// has, whatever its namespace: no panic, and a Reader that has come to the end.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.xml")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		doc, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(doc)
	}
	messages := map[string][]wire.Decoder{}
	for _, a := range answers {
		_, name := a.want.ElementName()
		messages[name] = append(messages[name], a.want)
	}
	for _, q := range requests {
		_, name := q.msg.ElementName()
		messages[name] = append(messages[name], q.msg)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := wire.NewReader(doc)
		if !r.Root() {
			require.Error(t, r.Finish())
			return
		}
		for _, m := range messages[r.Local()] {
			r.Reset(doc)
			r.AnyNamespace()
			require.True(t, r.Root())
			v := like(m)
			v.DecodeXML(r)
			if r.Finish() == nil {
				require.Zero(t, r.Depth())
				reencode(t, v)
			}
		}
	})
}

// reencode writes a request that was read, if it may be written, and reads it
// again.
func reencode(t *testing.T, v wire.Decoder) {
	t.Helper()
	m, ok := v.(message)
	if !ok {
		return
	}
	w := wire.NewWriter(nil)
	m.EncodeXML(w)
	doc, err := w.Bytes()
	if err != nil {
		require.ErrorIs(t, err, wire.ErrValue)
		return
	}
	decode(t, doc, like(m))
}
