package konnektor_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// hang ends the connection under an answer, after some bytes of it.
func hang(t *testing.T, w http.ResponseWriter, first string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	require.NoError(t, err)
	_, _ = conn.Write([]byte(first))
	_ = conn.Close()
}

func TestHTTPClient(t *testing.T) {
	id := newIdentity(t, nil)
	var posts atomic.Int32
	late := newDeadline(t)
	server := serve(t, with(id), func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		switch r.URL.Path {
		case "/ok":
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte("tea"))
		case "/away":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/lost":
			hang(t, w, "")
		case "/cut":
			hang(t, w, "HTTP/1.1 200 OK\r\nContent-Le")
		case "/half":
			hang(t, w, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
		case "/silent":
			late.pass()
			<-r.Context().Done()
		}
	})
	client, err := konnektor.NewHTTPClient(konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(id.cert)}}, konnektor.HTTPOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	do := func(url string) (konnektor.HTTPAnswer, error) {
		ctx := t.Context()
		if strings.HasSuffix(url, "/silent") {
			ctx = late
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
		require.NoError(t, err)
		posts.Store(0)
		return client.Do(req, "op", 100)
	}
	answer, err := do(server.URL + "/ok")
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, answer.Status)
	require.Equal(t, "tea", string(answer.Body))
	answer, err = do(server.URL + "/away")
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, answer.Status, "no redirect is followed")

	for path, want := range map[string]konnektor.Kind{
		"/lost": konnektor.KindUnreachable, "/cut": konnektor.KindMalformed, "/half": konnektor.KindUnreachable, "/silent": konnektor.KindTimeout,
	} {
		answer, err := do(server.URL + path)
		require.ErrorIs(t, err, want, path)
		require.True(t, answer.Sent, path)
		require.Equal(t, int32(1), posts.Load(), "%s: nothing is sent twice", path)
		require.Contains(t, err.Error(), "op")
	}
	answer, err = do(strings.Replace(server.URL, "https", "http", 1))
	require.ErrorIs(t, err, konnektor.KindConfig)
	require.False(t, answer.Sent)
	answer, err = do("https://" + refusing)
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	require.False(t, answer.Sent)
	require.NoError(t, client.Close())
	_, err = do(server.URL + "/ok")
	require.ErrorIs(t, err, konnektor.KindCancelled)
}

func TestHTTPClientTrustsNobodyByItself(t *testing.T) {
	_, err := konnektor.NewHTTPClient(konnektor.Trust{}, konnektor.HTTPOptions{})
	require.ErrorIs(t, err, konnektor.KindConfig)
	_, err = konnektor.NewHTTPClient(konnektor.Trust{CertificateSHA256: []string{strings.Repeat("00", 32)}}, konnektor.HTTPOptions{ConnectTimeout: -1})
	require.ErrorIs(t, err, konnektor.KindConfig)
}
