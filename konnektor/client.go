// Package konnektor is a client of one TI-Konnektor.
package konnektor

import (
	"context"
	"errors"

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
type Client struct{}

// New checks cfg and returns a Client. It sends and starts nothing.
func New(cfg Config) (*Client, error) { return nil, errors.New("konnektor: not yet") }

// Close closes idle connections.
func (c *Client) Close() error { return nil }

// Invoke implements Invoker.
func (c *Client) Invoke(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder) error {
	return errors.New("konnektor: not yet")
}
