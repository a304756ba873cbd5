package cetp

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Values of a Config whose fields are zero.
const (
	DefaultQueue          = 1024
	DefaultMaxConnections = 64
	DefaultFrameTimeout   = 10 * time.Second
	DefaultIdleTimeout    = 2 * time.Minute
)

// Config says where a sink listens. Zero fields mean the documented default.
type Config struct {
	// Listen is the address, host:port. An empty host means all addresses of
	// this computer, port 0 or an empty text a free port. A firewall in between
	// wants a fixed one.
	Listen string `json:"listen,omitempty"`

	// Announce is what Konnektors are told in place of the address found, a host
	// or host:port: for a sink behind NAT or with a name.
	Announce string `json:"announce,omitempty"`

	// RequireTLS refuses events over plain TCP. Without it a sink takes both, on
	// one port: a Konnektor sends in plain exactly when its administrator has
	// switched TLS off (gemSpec_Kon, TIP1-A_4595).
	RequireTLS bool `json:"require_tls,omitempty"`

	// CertificateFile and KeyFile hold the sink's certificate and key in PEM.
	// Without them the sink makes its own, which lives as long as the sink.
	CertificateFile string `json:"certificate_file,omitempty"`
	KeyFile         string `json:"key_file,omitempty"`

	// VerifyKonnektor asks for the Konnektor's certificate and takes events only
	// over TLS and only from a Konnektor that the Trust of its client accepts. It
	// is off by default: crypto/tls cannot read a certificate on a Brainpool
	// curve, so such a Konnektor could send nothing. Without it an event is
	// authentic only as far as its subscription ID is secret; what it says should
	// be looked up at the Konnektor before anything depends on it, as
	// konnektor.Client.Watch does.
	VerifyKonnektor bool `json:"verify_konnektor,omitempty"`

	// MaxFrame is the largest event in bytes; 0 means DefaultMaxFrame.
	MaxFrame int `json:"max_frame,omitempty"`
	// MaxConnections bounds the connections at a time; 0 means
	// DefaultMaxConnections. One more ends that which was silent for longest.
	MaxConnections int `json:"max_connections,omitempty"`
	// Queue is how many events wait for one consumer at most; 0 means
	// DefaultQueue. The oldest are dropped then, and the consumer is told.
	Queue int `json:"queue,omitempty"`

	// FrameTimeout bounds a TLS handshake, and a frame from its first to its last
	// byte; 0 means 10 s. IdleTimeout ends a connection without frames; 0 means
	// 2 min.
	FrameTimeout time.Duration `json:"-"`
	IdleTimeout  time.Duration `json:"-"`

	// Log receives topics and trouble, no patient data; nil means no logging.
	Log *slog.Logger `json:"-"`
	// Clock is nil in programs. It does not bound connections.
	Clock konnektor.Clock `json:"-"`
}

// complete fills in the defaults.
func (c Config) complete() (Config, error) {
	c.Listen = cmp.Or(c.Listen, ":0")
	c.Queue = cmp.Or(c.Queue, DefaultQueue)
	c.MaxConnections = cmp.Or(c.MaxConnections, DefaultMaxConnections)
	c.MaxFrame = cmp.Or(c.MaxFrame, DefaultMaxFrame)
	c.FrameTimeout = cmp.Or(c.FrameTimeout, DefaultFrameTimeout)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, DefaultIdleTimeout)
	if c.Clock == nil {
		c.Clock = konnektor.SystemClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.Queue < 0 || c.MaxConnections < 0 || c.MaxFrame < 0 || c.FrameTimeout < 0 || c.IdleTimeout < 0:
		return c, errors.New("cetp: config: a negative limit")
	case (c.CertificateFile == "") != (c.KeyFile == ""):
		return c, errors.New("cetp: config: certificate_file and key_file belong together")
	}
	return c, c.checkAnnounce()
}

func (c Config) checkAnnounce() error {
	host, port, err := splitAnnounce(c.Announce)
	switch {
	case err != nil || strings.ContainsAny(host, " /?#@\r\n"):
		return errors.New("cetp: config: announce: want a host or host:port")
	case port == "":
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("cetp: config: announce: the port is not 1 to 65535")
	}
	return nil
}

// splitAnnounce splits a host, a bare IPv6 address among them, or host:port.
func splitAnnounce(s string) (host, port string, err error) {
	if net.ParseIP(s) != nil || !strings.Contains(s, ":") {
		return s, "", nil
	}
	return net.SplitHostPort(s)
}

// certificates returns what finds the sink's certificate.
func (c Config) certificates() (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if c.CertificateFile == "" {
		own, err := newOwnCertificates(c.Announce)
		if err != nil {
			return nil, fmt.Errorf("cetp: certificate: %w", err)
		}
		return own.get, nil
	}
	cert, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("cetp: config: certificate: %w", err)
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }, nil
}
