package konnektor_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

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

// TestLevels reads a card on all four levels of authentication, from all
// styles of directory, with and without an open directory.
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

func TestRequestOnTheWire(t *testing.T) {
	k, client := connect(t, konnektortest.Options{Auth: konnektortest.Basic})
	require.NoError(t, cards(t, client))
	x, ok := k.Last("GetCards")
	require.True(t, ok)
	require.Equal(t, "text/xml; charset=UTF-8", x.Header.Get("Content-Type"))
	require.Equal(t, `"http://ws.gematik.de/conn/EventService/v7.2#GetCards"`, x.Header.Get("SOAPAction"))
	require.True(t, strings.HasPrefix(x.Header.Get("Authorization"), "Basic "))
	require.Empty(t, x.Header.Get("Accept-Encoding"))
	require.NotContains(t, x.Header, "Idempotency-Key")
	require.True(t, bytes.HasPrefix(x.Request, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)))
	require.NotContains(t, string(x.Request), "Header>", "no SOAP header")
}

// TestKeepAlive makes 1,000 calls on one TLS connection, and then 8 at the same
// time on 8 at most.
func TestKeepAlive(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	for range 1000 {
		require.NoError(t, cards(t, client))
	}
	require.Equal(t, 1, k.Counters().Handshakes)
	require.Equal(t, 1, k.Counters().Connections)

	requireAll(t, 8, func() error {
		for range 50 {
			if _, _, err := client.Cards(t.Context(), konnektor.CardFilter{}); err != nil {
				return err
			}
		}
		return nil
	})
	require.LessOrEqual(t, k.Counters().Handshakes, 8)
}

// TestClose leaves no goroutine behind, whatever state a call was in.
func TestClose(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{})
	before := runtime.NumGoroutine()
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	require.NoError(t, cards(t, client))
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, 1)
	done := make(chan error, 1)
	go func() {
		_, _, err := client.Cards(context.Background(), konnektor.CardFilter{})
		done <- err
	}()
	require.Eventually(t, func() bool { return k.Counters().Requests["GetCards"] == 2 }, 30*time.Second, time.Millisecond)
	require.NoError(t, client.Close())
	err = <-done
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.ErrorContains(t, err, "client closed")
	require.NoError(t, client.Close(), "twice")

	_, err = client.Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.ErrorIs(t, cards(t, client), konnektor.KindCancelled)
	// The simulator's goroutine of the hung call ends too, a little later.
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 30*time.Second, 10*time.Millisecond)
}

// TestLog looks at the one line of each call.
func TestLog(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{})
	var out bytes.Buffer
	cfg := k.Config()
	cfg.Log = slog.New(slog.NewTextHandler(&out, nil))
	client := open(t, cfg)
	require.NoError(t, cards(t, client))
	k.Fail("GetCards", konnektor.CodeBadWorkplace, 1)
	require.Error(t, cards(t, client))
	k.Disturb("GetCards", konnektortest.Disturbance{Replace: true}, 1)
	require.Error(t, cards(t, client))

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 4)
	host := strings.TrimPrefix(k.TLSURL(), "https://")
	for i, want := range []string{
		"level=INFO msg=call op=connector.sds host=" + host, "level=INFO msg=call op=GetCards host=" + host,
		"level=WARN msg=call op=GetCards host=" + host, "level=WARN msg=call op=GetCards host=" + host,
	} {
		require.Contains(t, lines[i], want)
		require.Regexp(t, `ms=[0-9.]+ status=[0-9]+ sent=[0-9]+ received=[0-9]+`, lines[i])
	}
	require.Contains(t, lines[2], "code=4006")
	require.Contains(t, lines[3], "kind=empty")
}
