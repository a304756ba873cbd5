package konnektor_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// refusing is an address of this machine where nobody listens: a port that is
// given to nobody who does not ask for it.
const refusing = "127.0.0.1:1"

// answers starts a plain server whose EventService is handler, and returns a
// Client of it.
func answers(t testing.TB, handler http.HandlerFunc) *konnektor.Client {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/connector.sds" {
			_, _ = io.WriteString(w, directoryOf("EventService", "7.2.0", server.URL+"/ws", ""))
			return
		}
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return open(t, konnektor.Config{URL: server.URL, Call: someone})
}

func cards(t testing.TB, client *konnektor.Client) error {
	t.Helper()
	_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
	return err
}

const plainFault = envelopeHead + `<S:Fault><faultcode>S:Client</faultcode><faultstring>schema: 'KANARIENVOGEL'</faultstring></S:Fault>` + envelopeTail

// TestBadAnswer has what can stand in place of an answer.
func TestBadAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   konnektor.Kind
	}{
		"empty":                  {200, "", konnektor.KindEmpty},
		"white space":            {200, " \r\n", konnektor.KindEmpty},
		"accepted, empty":        {202, "", konnektor.KindEmpty},
		"HTML":                   {200, "<html><body>KANARIENVOGEL</body></html>", konnektor.KindMalformed},
		"JSON":                   {200, `{"error": "KANARIENVOGEL"}`, konnektor.KindMalformed},
		"DOCTYPE":                {200, `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x">` + strings.TrimPrefix(noCards, `<?xml version="1.0" encoding="UTF-8"?>`), konnektor.KindMalformed},
		"entity":                 {200, strings.Replace(noCards, "OK", "&xxe;", 1), konnektor.KindMalformed},
		"no envelope":            {200, `<EVT:GetCardsResponse xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2"/>`, konnektor.KindMalformed},
		"SOAP 1.2":               {200, strings.ReplaceAll(noCards, "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"), konnektor.KindMalformed},
		"no body":                {200, strings.ReplaceAll(noCards, "S:Body", "S:Bode"), konnektor.KindMalformed},
		"empty body":             {200, envelopeHead + envelopeTail, konnektor.KindMalformed},
		"another message":        {200, strings.ReplaceAll(noCards, "GetCardsResponse", "KANARIENVOGEL"), konnektor.KindMalformed},
		"another namespace":      {200, strings.Replace(noCards, "EventService/v7.2", "EventService/v7.3", 1), konnektor.KindMalformed},
		"two messages":           {200, strings.Replace(noCards, "</S:Body>", "<a/></S:Body>", 1), konnektor.KindMalformed},
		"two bodies":             {200, strings.Replace(noCards, "</S:Body>", "</S:Body><S:Body><a/></S:Body>", 1), konnektor.KindMalformed},
		"something behind":       {200, noCards + "KANARIENVOGEL", konnektor.KindMalformed},
		"cut off, length right":  {200, noCards[:len(noCards)/2], konnektor.KindMalformed},
		"deep nesting":           {200, envelopeHead + strings.Repeat("<a>", 50_000), konnektor.KindMalformed},
		"many attributes":        {200, envelopeHead + "<a" + strings.Repeat(` xmlns:b="c"`, 5000) + "/>" + envelopeTail, konnektor.KindMalformed},
		"without Status":         {200, strings.Replace(noCards, statusOK, "", 1), konnektor.KindMalformed},
		"unknown Status":         {200, strings.Replace(noCards, ">OK<", ">KANARIENVOGEL<", 1), konnektor.KindMalformed},
		"UTF-16":                 {200, "\xff\xfe<\x00?\x00x\x00m\x00l\x00", konnektor.KindMalformed},
		"broken UTF-8":           {200, strings.Replace(noCards, "OK", "O\xffK", 1), konnektor.KindMalformed},
		"10 MB":                  {200, noCards + strings.Repeat(" ", 10<<20), konnektor.KindTooLarge},
		"fault without a code":   {500, plainFault, konnektor.KindFault},
		"the same with HTTP 200": {200, plainFault, konnektor.KindFault},
		"the same with HTTP 400": {400, plainFault, konnektor.KindFault},
		"GERROR without trace":   {500, strings.Replace(plainFault, "</S:Fault>", `<detail><G:Error xmlns:G="http://ws.gematik.de/tel/error/v2.0"><G:MessageID/></G:Error></detail></S:Fault>`, 1), konnektor.KindFault},
		"500 without body":       {500, "", konnektor.KindHTTP},
		"500 with HTML":          {500, "<html>KANARIENVOGEL", konnektor.KindHTTP},
		"500 with an answer":     {500, noCards, konnektor.KindHTTP},
		"502":                    {502, "Bad Gateway", konnektor.KindHTTP},
		"404":                    {404, "", konnektor.KindHTTP},
		"401":                    {401, "", konnektor.KindUnauthorized},
		"403 with HTML":          {403, "<html/>", konnektor.KindUnauthorized},
		"moved":                  {307, "", konnektor.KindHTTP},
		"an unknown status":      {599, "", konnektor.KindHTTP},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			err := cards(t, answers(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				require.Equal(t, "/ws", r.URL.Path, "no redirect is followed")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			require.ErrorIs(t, err, c.want)
			require.Equal(t, 1, asked, "not repeated")
			require.NotEmpty(t, konnektor.Remedy(err))
			for _, verb := range []string{"%v", "%+v", "%#v"} {
				require.NotContains(t, fmt.Sprintf(verb, err), "KANARIENVOGEL", "no error quotes an answer")
			}
		})
	}
}

// TestHostileHTTP has what is no HTTP, or HTTP that means no good.
func TestHostileHTTP(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   konnektor.Kind
	}{
		"no HTTP":              {"220 mail.example ESMTP KANARIENVOGEL\r\n", konnektor.KindMalformed},
		"TLS alert":            {"\x15\x03\x03\x00\x02\x02\x28", konnektor.KindMalformed},
		"bad status":           {"HTTP/1.1 KANARIENVOGEL\r\n\r\n", konnektor.KindMalformed},
		"bad header":           {"HTTP/1.1 200 OK\r\nKANARIENVOGEL\r\n\r\n", konnektor.KindMalformed},
		"bad length":           {"HTTP/1.1 200 OK\r\nContent-Length: KANARIENVOGEL\r\n\r\n", konnektor.KindMalformed},
		"endless header":       {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 200_000) + "\r\n\r\n", konnektor.KindTooLarge},
		"many headers":         {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 50_000) + "\r\n", konnektor.KindTooLarge},
		"header cut off":       {"HTTP/1.1 200 OK\r\nX: y\r\n", konnektor.KindUnreachable},
		"header line cut off":  {"HTTP/1.1 200 OK\r\nKANARIENVOGEL", konnektor.KindMalformed},
		"closed at once":       {"", konnektor.KindUnreachable},
		"body cut off":         {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<?xml", konnektor.KindUnreachable},
		"chunk cut off":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n<?xml", konnektor.KindUnreachable},
		"length beyond limit":  {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n<?xml", konnektor.KindTooLarge},
		"body ends with close": {"HTTP/1.1 200 OK\r\n\r\n" + noCards, ""},
		"compressed unasked":   {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", konnektor.KindMalformed},
		"informational first":  {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + noCards, ""},
	} {
		t.Run(name, func(t *testing.T) {
			address := answering(t, c.answer)
			client, _ := serveDirectory(t, func(string) string {
				return directoryOf("EventService", "7.2.0", "http://"+address+"/ws", "")
			})
			err := cards(t, client)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), "KANARIENVOGEL")
		})
	}
}

// TestAnswerLimits has answers as long as they may be, by service, and one byte
// longer.
func TestAnswerLimits(t *testing.T) {
	for service, limit := range map[string]int{
		"VSDService": 256 << 10, "KVKService": 256 << 10, "CardService": 256 << 10, "CardTerminalService": 256 << 10,
		"AuthSignatureService": 256 << 10, "EventService": 4 << 20, "CertificateService": 4 << 20,
		"SignatureService": 48 << 20, "EncryptionService": 48 << 20,
	} {
		t.Run(service, func(t *testing.T) {
			const message = envelopeHead + "<y/>" + envelopeTail
			size := limit
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/connector.sds" {
					_, _ = io.WriteString(w, directoryOf(service, "1.0.0", server.URL+"/ws", ""))
					return
				}
				_, _ = io.WriteString(w, message)
				_, _ = w.Write(bytes.Repeat([]byte{' '}, size-len(message)))
			}))
			t.Cleanup(server.Close)
			client := open(t, konnektor.Config{URL: server.URL, Call: someone})
			call := func() error {
				m := &anyMessage{handle: "h"}
				return client.Invoke(t.Context(), konnektor.Operation{Service: service, Version: "1.0", Name: "Any", Action: "urn:x"}, m, m)
			}
			require.NoError(t, call())
			size++
			require.ErrorIs(t, call(), konnektor.KindTooLarge)
		})
	}
}

func TestUnreachable(t *testing.T) {
	refused := open(t, konnektor.Config{URL: "http://" + refusing})
	_, err := refused.Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	require.ErrorContains(t, err, "refused")

	unknown := open(t, konnektor.Config{URL: "http://" + unknownHost})
	_, err = unknown.Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindUnknownHost)
	require.ErrorContains(t, err, unknownHost)
}

// unknownHost is no name of the DNS, so that no name server is asked.
const unknownHost = "konnektor..example"

// TestProxyIsNotUsed has a proxy in the environment, as PCs in practices do.
func TestProxyIsNotUsed(t *testing.T) {
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"} {
		t.Setenv(name, "http://"+refusing)
	}
	client := open(t, konnektor.Config{URL: "http://" + unknownHost})
	_, err := client.Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindUnknownHost, "not: the proxy refuses")
}

func TestNoAnswer(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{})
	cfg := k.Config()
	cfg.Timeout = 200 * time.Millisecond
	client := open(t, cfg)
	known := func() { // else the directory may be what takes too long
		_, err := client.Services(newDeadline(t))
		require.NoError(t, err)
	}
	known()
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, 1)
	begun := time.Now()
	err := cards(t, client)
	require.ErrorIs(t, err, konnektor.KindTimeout, "Config.Timeout bounds a call without deadline")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(begun), konnektor.DefaultTimeout)

	known()
	k.Disturb("GetCards", konnektortest.Disturbance{Trickle: 20 * time.Millisecond}, 1)
	err = cards(t, client)
	require.ErrorIs(t, err, konnektor.KindTimeout, "an answer byte by byte is no way around it")

	known()
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err = client.Cards(ctx, konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindTimeout)
}

// TestSilentServer accepts connections and says nothing, in TLS too.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	for _, scheme := range []string{"http://", "https://"} {
		_, err := open(t, konnektor.Config{
			URL: scheme + l.Addr().String(), Timeout: 100 * time.Millisecond,
			Trust: konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}},
		}).Services(t.Context())
		require.ErrorIs(t, err, konnektor.KindTimeout)
	}
}

func TestCancelled(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, 1)
	done := make(chan error, 1)
	go func() {
		_, _, err := client.Cards(ctx, konnektor.CardFilter{})
		done <- err
	}()
	require.Eventually(t, func() bool { return k.Counters().Requests["GetCards"] == 1 }, 30*time.Second, time.Millisecond)
	cancel()
	err := <-done
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.ErrorIs(t, err, context.Canceled)
}

// TestRequestRefused has requests that never reach the wire.
func TestRequestRefused(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	for name, call := range map[string]func() error{
		"slot without terminal": func() error {
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{Slot: 1})
			return err
		},
		"negative slot": func() error {
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{Terminal: "T1", Slot: -1})
			return err
		},
		"long terminal": func() error {
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{Terminal: konnektor.TerminalID(strings.Repeat("x", 65))})
			return err
		},
		"unknown card type": func() error {
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{Type: "ECKE"})
			return err
		},
		"terminal and ICCSN": func() error {
			_, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{Terminal: "T1", ICCSN: "80276883110000000011"})
			return err
		},
		"short ICCSN": func() error {
			_, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{ICCSN: "8027"})
			return err
		},
		"no PIN type": func() error {
			_, _, err := client.PINStatus(t.Context(), "handle", "")
			return err
		},
		"control character": func() error {
			_, _, err := client.PINStatus(t.Context(), "handle\x00", konnektor.PINCH)
			return err
		},
		"long handle": func() error {
			_, _, err := client.PINStatus(t.Context(), konnektor.CardHandle(strings.Repeat("x", 129)), konnektor.PINCH)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := call()
			require.ErrorIs(t, err, konnektor.KindRequest)
			require.NotEmpty(t, konnektor.Remedy(err))
		})
	}
	for op, n := range k.Counters().Requests {
		require.Contains(t, []string{"connector.sds"}, op, n)
	}
}

func TestCallWithoutContext(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{})
	cfg := k.Config()
	cfg.Call = konnektor.CallContext{}
	client := open(t, cfg)
	_, err := client.Services(t.Context())
	require.NoError(t, err, "the directory needs none")
	require.ErrorIs(t, cards(t, client), konnektor.KindConfig)
}

func TestWrongPassword(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.Basic})
	cfg := k.Config()
	cfg.Auth.Password += "x"
	err := cards(t, open(t, cfg))
	require.ErrorIs(t, err, konnektor.KindUnauthorized)
	require.Contains(t, konnektor.Remedy(err), "password")
}
