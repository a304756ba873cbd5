package konnektor

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/soap"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Operation describes one SOAP operation as its WSDL has it.
type Operation = wire.Operation

// Invoker sends one SOAP operation to a Konnektor; [*Client] is one.
type Invoker interface {
	// Invoke sends req and reads resp. It adds the CallContext to a req that is
	// a wire.ContextCarrier.
	Invoke(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder) error
}

// Client talks to one Konnektor. It is safe for concurrent use.
type Client struct {
	cfg       Config
	base      *url.URL
	basic     string // the Authorization header; empty without password
	verifier  *verifier
	transport *transport
	directory directory
	handles   handleMemory
	life      context.Context // ends with Close
	end       context.CancelFunc
	closed    atomic.Bool
}

// New checks cfg and returns a Client. It reads the files that cfg names; it
// sends and starts nothing. The caller closes the Client.
//
// A cfg that cannot work gives a [Failure] of [KindConfig].
func New(cfg Config) (*Client, error) {
	base, err := cfg.baseURL()
	if err != nil {
		return nil, err
	}
	if err := cfg.check(base); err != nil {
		return nil, err
	}
	verifier, err := newVerifier(cfg.Trust)
	if err != nil {
		return nil, err
	}
	if base.Scheme == "https" && !verifier.configured() {
		return nil, configFailure("trust: an https URL needs CAs, a pin or OnFirstUse")
	}
	cert, err := cfg.Auth.clientCertificate()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, verifier: verifier, basic: cfg.Auth.basic()}
	c.life, c.end = context.WithCancel(context.Background())
	c.transport = newTransport(&dialer{
		life: c.life, verifier: verifier, cert: cert,
		sessions: tls.NewLRUClientSessionCache(maxConnections),
	})
	return c, nil
}

// Close ends the calls that are under way, which return a [Failure] of
// [KindCancelled], and closes all connections. Later calls fail alike. A second
// Close does nothing. The error is always nil.
func (c *Client) Close() error {
	c.closed.Store(true)
	c.end()
	c.transport.CloseIdleConnections()
	return nil
}

// Format writes the address, whatever the verb: a Client holds secrets.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "konnektor.Client("+c.base.Host+")") // fmt keeps no error of a Formatter
}

// LogValue is the address.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.base.Host) }

// begin gives a call its deadline and lets it end with the Client.
func (c *Client) begin(ctx context.Context) (context.Context, func()) {
	var cancel context.CancelFunc
	if _, ok := ctx.Deadline(); ok {
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithTimeout(ctx, c.cfg.timeout())
	}
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		if c.closed.Load() { // a connection that came back after Close
			c.transport.CloseIdleConnections()
		}
	}
}

// Invoke sends req and reads resp. It is the one way to the wire:
//
//   - It fills the Context of a req that is a wire.ContextCarrier.
//   - It finds the endpoint in the service directory.
//   - A ctx without deadline gets that of Config.Timeout.
//   - A call that the Konnektor refused because the card is in use is repeated
//     for Config.BusyTimeout, and one with a stale card handle once with the
//     new handle of the same card, which it writes into req; both only where
//     the operation allows it. PIN and signature operations are never repeated.
//
// A deadline that passes while a call is repeated gives the refusal that was
// repeated, an [*Error], and not a [Failure] of [KindTimeout]: the call could not
// be made because the card is in use. A call that its caller cancels, or that
// ends with the Client, is of [KindCancelled] then as always.
//
// Invoke returns an [*Error] for a fault of the Konnektor and a [*Failure] for
// everything else. It is safe for concurrent use, with a req and a resp for
// each call. resp is undefined after an error.
func (c *Client) Invoke(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder) error {
	return c.invoke(ctx, op, req, resp, 0)
}

// invoke is Invoke for an answer that may be as large as size says, in bytes,
// or as large as usual, whatever is more.
func (c *Client) invoke(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder, size int64) error {
	ctx, done := c.begin(ctx)
	defer done()
	if carrier, ok := req.(wire.ContextCarrier); ok {
		call := c.cfg.Call
		if call == (CallContext{}) {
			return fail(KindConfig, op.Name, "the Config has no CallContext")
		}
		carrier.SetContext(call.MandantID, call.ClientSystemID, call.WorkplaceID, call.UserID)
	}
	again := newRepeater(c, op, req)
	for {
		err := c.once(ctx, op, req, resp, size)
		if err == nil || !again.after(ctx, err) {
			return again.result(ctx, err)
		}
	}
}

// once sends req once.
func (c *Client) once(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder, size int64) error {
	to, err := c.endpoint(ctx, op)
	if err != nil {
		return err
	}
	to.Limit = max(to.Limit, size)
	begun := time.Now()
	result, err := soap.Post(ctx, c.transport, to.Endpoint, req, resp)
	switch {
	case err != nil:
		err = c.classify(ctx, op.Name, to.URL.Host, result.HTTPStatus, err)
	case result.Fault != nil:
		err = faultError(op.Name, to.URL.Host, result)
	}
	if err != nil {
		c.directory.doubt(err)
	}
	c.log(ctx, op.Name, to.URL.Host, result, begun, err)
	return err
}

// faultError turns a fault into an *Error, or into a *Failure when it has no
// code.
func faultError(op, host string, result soap.Result) error {
	f := result.Fault
	if f.Error == nil {
		return &Failure{
			Op: op, Kind: KindFault, Host: host, HTTPStatus: result.HTTPStatus,
			FaultString: Detail(f.String), text: "SOAP fault without a code",
		}
	}
	return newError(op, result.HTTPStatus, f.Error)
}
