package konnektor

import (
	"context"
	"crypto/tls"
)

// Address is the host and port that Config.URL names.
func (c *Client) Address() string {
	switch {
	case c.base.Port() != "":
		return c.base.Host
	case c.base.Scheme == "https":
		return c.base.Host + ":443"
	}
	return c.base.Host + ":80"
}

// CheckPeer judges a TLS connection that somebody opened to us, by
// Config.Trust: a Konnektor shows there the certificate that it shows as a
// server. It returns a [Failure] that says why the peer is not this Konnektor.
func (c *Client) CheckPeer(ctx context.Context, cs tls.ConnectionState) error {
	const op = "event connection"
	if !c.verifier.configured() {
		return fail(KindConfig, op, "trust: no way to recognise the Konnektor's certificate")
	}
	if err := c.verifier.verify(ctx, cs); err != nil {
		if v, ok := err.(*verdict); ok {
			return &Failure{Op: op, Kind: v.kind, text: v.text, cause: v.cause}
		}
		return &Failure{Op: op, Kind: KindCertificate, text: "certificate was refused", cause: err}
	}
	return nil
}

// Refresh forgets the service directory, so that the next call reads it again:
// after a restart of the Konnektor its services may stand elsewhere.
func (c *Client) Refresh() { c.directory.forget() }
