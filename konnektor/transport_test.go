package konnektor_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// rawServer answers each request on a connection with what respond writes;
// false closes the connection. It speaks HTTP by hand, as broken devices do.
func rawServer(t *testing.T, respond func(n int, req *http.Request, w io.Writer) bool) (url string, connections *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	connections = new(atomic.Int32)
	var requests atomic.Int32
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					if !respond(int(requests.Add(1)), req, c) {
						return
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), connections
}

func respondXML(w io.Writer, status, header, body string) {
	fmt.Fprintf(w, "HTTP/1.1 %s\r\nContent-Type: text/xml\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(body), body)
}

// directoryAt is a service directory whose EventService is at url.
func directoryAt(t *testing.T, url string) string {
	t.Helper()
	k := konnektortest.New(t)
	resp, err := http.Get(k.PlainURL() + "/connector.sds")
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), k.PlainURL(), url)
}

func plainClient(t *testing.T, url string) *konnektor.Client {
	t.Helper()
	client, err := konnektor.New(konnektor.Config{
		URL: url, Timeout: 20 * time.Second, RewriteHost: true,
		Call: konnektor.CallContext{MandantID: "M", ClientSystemID: "C", WorkplaceID: "W"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

func TestHeaderWithoutEnd(t *testing.T) {
	url, _ := rawServer(t, func(_ int, _ *http.Request, w io.Writer) bool {
		fmt.Fprint(w, "HTTP/1.1 200 OK\r\n")
		line := "X-Filler: " + strings.Repeat("x", 1000) + "\r\n"
		for range 10_000 {
			if _, err := io.WriteString(w, line); err != nil {
				return false
			}
		}
		return true
	})
	_, err := plainClient(t, url).Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindTooLarge)
}

func TestInformationalAnswersArePassedOver(t *testing.T) {
	var sds string
	url, connections := rawServer(t, func(_ int, _ *http.Request, w io.Writer) bool {
		fmt.Fprint(w, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
		respondXML(w, "200 OK", "", sds)
		return true
	})
	sds = directoryAt(t, url)
	client := plainClient(t, url)
	for range 3 {
		_, err := client.ReloadServices(t.Context())
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, connections.Load())
}

func TestInformationalAnswersWithoutEnd(t *testing.T) {
	url, _ := rawServer(t, func(_ int, _ *http.Request, w io.Writer) bool {
		for range 100 {
			fmt.Fprint(w, "HTTP/1.1 102 Processing\r\n\r\n")
		}
		return true
	})
	_, err := plainClient(t, url).Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindMalformed)
}

func TestServerThatClosesAfterEachAnswer(t *testing.T) {
	var sds string
	for name, header := range map[string]string{"announced": "Connection: close\r\n", "silently": ""} {
		t.Run(name, func(t *testing.T) {
			url, connections := rawServer(t, func(_ int, _ *http.Request, w io.Writer) bool {
				respondXML(w, "200 OK", header, sds)
				return false
			})
			sds = directoryAt(t, url)
			client := plainClient(t, url)
			for range 5 {
				_, err := client.ReloadServices(t.Context())
				require.NoError(t, err)
			}
			require.EqualValues(t, 5, connections.Load())
		})
	}
}

// Failures must give their place among the connections back.
func TestFailuresBlockNobody(t *testing.T) {
	url, _ := rawServer(t, func(n int, _ *http.Request, w io.Writer) bool {
		switch n % 5 {
		case 0:
			respondXML(w, "500 Internal Server Error", "", "broken")
		case 1:
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ncut")
		case 2:
			fmt.Fprint(w, "nonsense\r\n\r\n")
		case 3:
			respondXML(w, "200 OK", "", strings.Repeat("x", 2<<20)) // beyond the limit
		}
		return false
	})
	client := plainClient(t, url)
	for range 60 {
		_, err := client.ReloadServices(t.Context())
		require.Error(t, err)
		require.NotErrorIs(t, err, konnektor.KindTimeout)
	}
}

func TestCancelEndsACallThatHangs(t *testing.T) {
	reached := make(chan struct{}, 100)
	url, _ := rawServer(t, func(int, *http.Request, io.Writer) bool {
		reached <- struct{}{}
		<-t.Context().Done()
		return false
	})
	client := plainClient(t, url)
	for range 20 { // more than there may be connections
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-reached
			cancel()
		}()
		_, err := client.ReloadServices(ctx)
		require.ErrorIs(t, err, konnektor.KindCancelled)
	}
}

func TestIdleConnectionIsLookedAtAndUsed(t *testing.T) {
	k := konnektortest.New(t)
	client, err := konnektor.New(k.Config())
	require.NoError(t, err)
	defer client.Close()
	for range 5 {
		_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
		require.NoError(t, err)
		idle := time.Now()
		require.Eventually(t, func() bool { return time.Since(idle) > 30*time.Millisecond }, time.Minute, time.Millisecond)
	}
	require.EqualValues(t, 1, k.Counters().Handshakes)
}
