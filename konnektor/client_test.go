package konnektor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// connect starts a simulator and returns a Client of it.
func connect(t testing.TB, o konnektortest.Options) (*konnektortest.Konnektor, *konnektor.Client) {
	t.Helper()
	k := konnektortest.NewWith(t, o)
	return k, open(t, k.Config())
}

// open returns a Client that closes with the test.
func open(t testing.TB, cfg konnektor.Config) *konnektor.Client {
	t.Helper()
	c, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestLevels(t *testing.T) {
	for _, auth := range []konnektortest.Auth{
		konnektortest.Plain, konnektortest.TLS, konnektortest.Basic, konnektortest.ClientCertificate,
	} {
		for _, style := range []konnektortest.Style{konnektortest.Secunet, konnektortest.KoCoBox, konnektortest.RISE} {
			for _, closed := range []bool{false, true} {
				t.Run(string(auth)+" "+string(style), func(t *testing.T) {
					k, c := connect(t, konnektortest.Options{Auth: auth, Style: style, DirectoryClosed: closed})
					egk := k.Insert(konnektor.CardEGK, konnektortest.Holder("Test"))
					cards, warning, err := c.Cards(t.Context(), konnektor.CardFilter{Type: konnektor.CardEGK})
					require.NoError(t, err)
					require.Nil(t, warning)
					require.Len(t, cards, 1)
					require.Equal(t, egk, cards[0].Handle)
				})
			}
		}
	}
}
