package cetp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// dialTimeout bounds the look for the own address.
const dialTimeout = 5 * time.Second

// EventTo is the address that a Konnektor at the given host:port reaches the
// sink under, as cetp://host:port: Config.Announce, else the address that the
// sink listens at, else that of this computer on the way to the Konnektor.
func (s *Sink) EventTo(ctx context.Context, konnektorAddress string) (string, error) {
	host, port, err := splitAnnounce(s.cfg.Announce)
	if err != nil {
		return "", err // not after complete
	}
	own := s.listener.Addr().(*net.TCPAddr)
	if port == "" {
		port = fmt.Sprint(own.Port)
	}
	switch {
	case host != "":
	case !own.IP.IsUnspecified() && s.lookup == nil:
		host = own.IP.String()
	default:
		if host, err = s.find(ctx, konnektorAddress); err != nil {
			return "", err
		}
	}
	return "cetp://" + net.JoinHostPort(host, port), nil
}

// find finds the own address; a test has its own way.
func (s *Sink) find(ctx context.Context, to string) (string, error) {
	if s.lookup != nil {
		return s.lookup(ctx, to)
	}
	return ownAddress(ctx, to)
}

// ownAddress is the address of this computer towards another one. A UDP socket
// that is connected tells it and sends nothing; where that fails, a TCP
// connection does.
func ownAddress(ctx context.Context, to string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var d net.Dialer
	var errs []error
	for _, network := range []string{"udp", "tcp"} {
		c, err := d.DialContext(ctx, network, to)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		host, _, err := net.SplitHostPort(c.LocalAddr().String())
		_ = c.Close()
		if err == nil {
			return host, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("cetp: own address towards %s: %w", to, errors.Join(errs...))
}
