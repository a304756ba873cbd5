package konnektor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/soap"
)

// HTTPClient sends HTTP requests to a Konnektor that are no SOAP calls: those of
// its management interface. Trust, connections and errors are those of a
// [Client]. It follows no redirect. It is safe for concurrent use.
type HTTPClient struct {
	verifier  *verifier
	transport *transport
	life      context.Context // ends with Close
	end       context.CancelFunc
	closed    atomic.Bool
}

// HTTPOptions are the bounds of an [HTTPClient].
type HTTPOptions struct {
	// ConnectTimeout bounds the TCP connection and, anew, the TLS handshake. 0
	// means 15 s.
	ConnectTimeout time.Duration
}

// NewHTTPClient checks trust and reads the files that it names. It sends and
// starts nothing. The caller closes the client.
//
// A trust that cannot work, or that trusts nothing, gives a [Failure] of
// [KindConfig].
func NewHTTPClient(trust Trust, o HTTPOptions) (*HTTPClient, error) {
	verifier, err := newVerifier(trust)
	switch {
	case err != nil:
		return nil, err
	case !verifier.configured():
		return nil, configFailure("trust: needs CAs, a pin or OnFirstUse")
	case o.ConnectTimeout < 0:
		return nil, configFailure("connect timeout: negative")
	}
	c := &HTTPClient{verifier: verifier}
	c.life, c.end = context.WithCancel(context.Background())
	c.transport = newTransport(&dialer{
		life: c.life, verifier: verifier, timeout: o.ConnectTimeout,
		sessions: tls.NewLRUClientSessionCache(maxConnections),
	})
	return c, nil
}

// HTTPAnswer is what a Konnektor answered.
type HTTPAnswer struct {
	Status int
	Header http.Header
	Body   []byte
	// Sent says, also beside an error, that the request was written: the
	// Konnektor may have carried it out.
	Sent bool
}

// Do sends req, whose URL must be https, and reads the answer up to limit
// bytes. Any status is an answer. Errors are a [*Failure] with op as its
// operation; they quote nothing that the Konnektor sent.
//
// A GET is sent again when a kept connection turns out to be dead before any
// answer; nothing else ever is.
func (c *HTTPClient) Do(req *http.Request, op string, limit int64) (HTTPAnswer, error) {
	if req.URL.Scheme != "https" {
		return HTTPAnswer{}, fail(KindConfig, op, "not https")
	}
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	req = req.WithContext(ctx)
	if req.Body == nil && req.Method != http.MethodGet {
		req.Body = http.NoBody // without a body the transport would send it again
	}
	answer, err := c.do(req, limit)
	if err == nil {
		return answer, nil
	}
	answer.Sent = answer.Sent || errors.Is(err, errSent)
	failure := &Failure{Op: op, Host: req.URL.Host, HTTPStatus: answer.Status}
	return answer, classify(ctx, c.closed.Load(), failure, err)
}

func (c *HTTPClient) do(req *http.Request, limit int64) (HTTPAnswer, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return HTTPAnswer{}, err
	}
	defer resp.Body.Close()
	answer := HTTPAnswer{Status: resp.StatusCode, Header: resp.Header, Sent: true}
	answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil && req.Context().Err() == nil && connectionLost(err):
		return answer, fmt.Errorf("%w: %w", soap.ErrCut, err)
	case err != nil:
		return answer, err
	case int64(len(answer.Body)) > limit:
		return answer, soap.ErrTooLarge
	}
	return answer, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (c *HTTPClient) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Close ends the requests that are under way and closes all connections. A
// second Close does nothing. The error is always nil.
func (c *HTTPClient) Close() error {
	c.closed.Store(true)
	c.end()
	c.transport.CloseIdleConnections()
	return nil
}

// Format writes the number of pins only, whatever the verb.
func (c *HTTPClient) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "konnektor.HTTPClient("+strconv.Itoa(len(c.verifier.certificates)+len(c.verifier.keys))+" pins)") // fmt keeps no error of a Formatter
}

// LogValue is the text of Format.
func (c *HTTPClient) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
