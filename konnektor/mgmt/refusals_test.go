package mgmt

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	r := newRefusals("192.0.2.7:8500", dir)
	first, second := Credentials{"kanarienvogel", "Geheim-4711"}, Credentials{"kanarienvogel", "Geheim-4712"}
	at := time.Date(2025, 7, 8, 9, 10, 11, 12, time.UTC)
	known := func(c Credentials) *refusal {
		found, err := r.find(c)
		require.NoError(t, err)
		return found
	}
	require.Nil(t, known(first))
	require.NoError(t, r.add(first, 401, at))
	require.NoError(t, r.add(second, 403, at))
	require.Equal(t, 401, known(first).Status)
	require.Equal(t, 403, known(second).Status)
	require.Equal(t, at.Truncate(time.Second), known(first).At)
	require.Nil(t, known(Credentials{"kanarienvoge", "lGeheim-4711"}))
	require.Nil(t, known(Credentials{"Kanarienvogel", "Geheim-4711"}))

	other := newRefusals("192.0.2.8:8500", dir)
	found, err := other.find(first)
	require.NoError(t, err)
	require.Nil(t, found, "another box")
	require.Nil(t, newRefusals("192.0.2.7:8500", ""))

	data, err := os.ReadFile(r.path)
	require.NoError(t, err)
	for _, secret := range []string{"kanarienvogel", "Geheim", "4711"} {
		require.False(t, bytes.Contains(data, []byte(secret)))
	}
	info, err := os.Stat(r.path)
	require.NoError(t, err)
	require.Empty(t, ownerOnly(info))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing beside the file")
}

// TestManyRefusals sees that the file does not grow, and forgets the oldest.
func TestManyRefusals(t *testing.T) {
	r := newRefusals("box:8500", t.TempDir())
	for i := range maxRefusals + 1 {
		require.NoError(t, r.add(Credentials{"u", konnektor.Secret("p" + strconv.Itoa(i))}, 401, time.Now()))
	}
	file, err := r.read()
	require.NoError(t, err)
	require.Len(t, file.Refused, maxRefusals)
	oldest, err := r.find(Credentials{"u", "p0"})
	require.NoError(t, err)
	require.Nil(t, oldest)
	info, err := os.Stat(r.path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(maxRefusalFile))
}

// TestDamagedRefusals has a file that nobody can make sense of: it tells nothing,
// and the next refusal replaces it.
func TestDamagedRefusals(t *testing.T) {
	c := Credentials{"u", "p"}
	for name, content := range map[string]string{
		"empty": "", "no JSON": "<html>", "half": `{"salt":"AAAA`, "no salt": `{"refused":[{"check":""}]}`,
		"large": string(bytes.Repeat([]byte("["), 1<<20)), "short salt": `{"salt":"AAAA","refused":[{"check":"AAAA"}]}`,
		"empty check": `{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","refused":[{"check":""}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRefusals("box:8500", t.TempDir())
			require.NoError(t, os.WriteFile(r.path, []byte(content), 0o600))
			found, err := r.find(c)
			require.NoError(t, err)
			require.Nil(t, found)
			require.NoError(t, r.add(c, 401, time.Now()))
			found, err = r.find(c)
			require.NoError(t, err)
			require.NotNil(t, found)
		})
	}
}

// TestRefusalsCannotBeKept has a folder in the way.
func TestRefusalsCannotBeKept(t *testing.T) {
	r := newRefusals("box:8500", t.TempDir())
	require.NoError(t, os.MkdirAll(filepath.Join(r.path, "folder"), 0o700))
	var state *StateError
	_, err := r.find(Credentials{"u", "p"})
	require.ErrorAs(t, err, &state)
	require.ErrorIs(t, err, konnektor.KindConfig)
	require.NotContains(t, err.Error(), r.path)
	require.ErrorAs(t, r.add(Credentials{"u", "p"}, 401, time.Now()), &state)
	require.ErrorAs(t, r.replace(nil), &state)
	require.NotContains(t, r.replace(nil).Error(), r.path)
}
