package konnektor

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Bounds of a connection.
const (
	// connectTimeout bounds the TCP connection and, anew, the TLS handshake.
	connectTimeout = 15 * time.Second
	// maxConnections bounds how many connections a Client has to one host. A
	// call that finds all of them in use waits. What Konnektors allow is not
	// known; a workplace needs one or two.
	maxConnections = 8
	// idleTimeout ends a connection that was not used for so long.
	idleTimeout = 90 * time.Second
	// maxHeader bounds the header of an answer, in bytes.
	maxHeader = 64 << 10
	// bufferSize holds every usual request, and most answers, at once.
	bufferSize = 16 << 10
)

// dialer opens connections and proves whom they lead to.
type dialer struct {
	life     context.Context // ends with the Client
	net      net.Dialer
	verifier *verifier
	cert     *tls.Certificate // nil without client certificate
	sessions tls.ClientSessionCache
	timeout  time.Duration // 0 means connectTimeout
}

// bound gives ctx the time for a connection and lets it end with the Client.
func (d *dialer) bound(ctx context.Context) (context.Context, func()) {
	timeout := d.timeout
	if timeout == 0 {
		timeout = connectTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	stop := context.AfterFunc(d.life, cancel)
	return ctx, func() { stop(); cancel() }
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, done := d.bound(ctx)
	defer done()
	c, err := d.net.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return forThreads(c), nil
}

func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	ctx, done := d.bound(ctx)
	defer done()
	h := &handshake{dialer: d}
	c := tls.Client(raw, h.config(ctx))
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &handshakeError{err: err, verified: h.verified}
	}
	return c, nil
}

// handshake is what is known about one TLS handshake.
type handshake struct {
	dialer   *dialer
	verified bool // the Konnektor's certificate was accepted
}

// handshakeError is a handshake that failed, before or after the Konnektor's
// certificate was accepted.
type handshakeError struct {
	err      error
	verified bool
}

func (e *handshakeError) Error() string { return e.err.Error() }
func (e *handshakeError) Unwrap() error { return e.err }

// config is the TLS configuration of one connection: TLS 1.2 or 1.3, ECDHE with
// AES-GCM on the NIST curves, as gemSpec_Krypt and BSI TR-02102-2 have it.
// Key shares for newer groups are left out: they only make the first message
// longer than one packet.
func (h *handshake) config(ctx context.Context) *tls.Config {
	d := h.dialer
	cfg := &tls.Config{
		MinVersion:       tls.VersionTLS12,
		ServerName:       d.verifier.name,
		CurvePreferences: []tls.CurveID{tls.CurveP256, tls.CurveP384},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
		ClientSessionCache: d.sessions,
		// A request goes out whole or not at all, so that one on a connection
		// that is dead already can be sent anew: nothing of it arrived.
		DynamicRecordSizingDisabled: true,
	}
	if d.cert != nil {
		// The list of issuers that the Konnektor names is not looked at: it
		// accepts certificates that it made or imported one by one.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return d.cert, nil }
	}
	// The certificate of a Konnektor cannot pass the check that crypto/tls has
	// built in: its name is never that of the host, and it may be pinned. Our
	// own check takes its place, on full and on resumed handshakes alike; the
	// two fields stand together and nowhere else.
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		err := d.verifier.verify(ctx, cs)
		h.verified = err == nil
		return err
	}
	return cfg
}
