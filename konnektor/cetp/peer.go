package cetp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// readBuffer is what is read at once from a connection.
const readBuffer = 16 << 10

// handshakeByte is the first byte of a TLS connection; a frame begins with C.
const handshakeByte = 0x16

// peer is one connection to the sink.
type peer struct {
	sink    *Sink
	conn    net.Conn
	address string
	active  atomic.Int64         // the sink's count when bytes came last
	state   *tls.ConnectionState // with Config.VerifyKonnektor

	mu      sync.Mutex
	trusted map[*Keeper]bool
}

func (p *peer) touch() { p.active.Store(p.sink.count.Add(1)) }

// serve reads frames until the connection ends.
func (p *peer) serve() {
	defer p.sink.exit(p)
	defer p.conn.Close()
	from, err := p.open()
	if err != nil {
		if !quiet(err) {
			p.sink.counters.refused.Add(1)
			p.sink.cfg.Log.Warn("event sink: connection refused", "peer", p.address, "err", err)
		}
		return
	}
	if err := p.read(from); !quiet(err) && p.sink.life.Err() == nil {
		p.sink.counters.bad.Add(1)
		p.sink.cfg.Log.Warn("event sink: connection broken off", "peer", p.address, "err", err)
	}
}

// quiet reports whether a connection ended as connections do: between frames.
func quiet(err error) bool { return err == io.EOF || errors.Is(err, errIdle) }

var errIdle = errors.New("cetp: no frame for a while")

// open finds out how the peer speaks, TLS or plain.
func (p *peer) open() (net.Conn, error) {
	cfg := &p.sink.cfg
	if err := p.conn.SetDeadline(time.Now().Add(cfg.IdleTimeout)); err != nil {
		return nil, err
	}
	first := make([]byte, 1)
	if _, err := io.ReadFull(p.conn, first); err != nil {
		if errors.Is(err, io.EOF) || isTimeout(err) {
			return nil, errIdle // nothing was said
		}
		return nil, err
	}
	conn := &begunConn{Conn: p.conn, first: first}
	switch {
	case first[0] == handshakeByte:
		return p.handshake(conn)
	case first[0] != magic[0]:
		return nil, ErrMagic
	case cfg.RequireTLS || cfg.VerifyKonnektor:
		return nil, errors.New("cetp: a connection without TLS")
	}
	return conn, nil
}

// handshake does the TLS handshake.
func (p *peer) handshake(conn net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(p.sink.life, p.sink.cfg.FrameTimeout)
	defer cancel()
	t := tls.Server(conn, p.sink.tls)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	if p.sink.cfg.VerifyKonnektor {
		state := t.ConnectionState()
		p.state = &state
	}
	return t, nil
}

// read reads frames until one is broken or the connection ends.
func (p *peer) read(conn net.Conn) error {
	cfg := &p.sink.cfg
	buffered := bufio.NewReaderSize(conn, readBuffer)
	begun := false // the next frame
	frames := frameReader{from: buffered, max: cfg.MaxFrame, begun: func() {
		begun = true
		p.touch()
		_ = conn.SetReadDeadline(time.Now().Add(cfg.FrameTimeout))
	}}
	for {
		if buffered.Buffered() == 0 {
			_ = conn.SetReadDeadline(time.Now().Add(cfg.IdleTimeout))
		}
		begun = false
		content, err := frames.next()
		switch {
		case err != nil && !begun && isTimeout(err):
			return errIdle
		case err != nil:
			return err
		}
		p.frame(content)
	}
}

// frame reads the event in a frame.
func (p *peer) frame(content []byte) {
	s := p.sink
	s.counters.frames.Add(1)
	event, err := konnektor.ParseEvent(content)
	if err != nil {
		s.counters.bad.Add(1)
		s.cfg.Log.Warn("event sink: no event", "peer", p.address, "bytes", len(content), "err", err)
		return
	}
	event.Received, event.Peer = s.cfg.Clock.Now(), p.address
	s.deliver(delivery{&event, len(content)}, p)
}

// of reports whether the peer may speak for the Konnektor of k.
func (p *peer) of(k *Keeper) bool {
	if p.state == nil {
		return true // nobody asked
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ok, known := p.trusted[k]
	if !known {
		ctx, cancel := context.WithTimeout(p.sink.life, p.sink.cfg.FrameTimeout)
		defer cancel()
		ok = k.client.CheckPeer(ctx, *p.state) == nil
		if p.trusted == nil {
			p.trusted = map[*Keeper]bool{}
		}
		p.trusted[k] = ok
	}
	return ok
}

// trustedBy are the keepers for whose Konnektor the peer may speak.
func (p *peer) trustedBy(keepers []*Keeper) []*Keeper {
	var all []*Keeper
	for _, k := range keepers {
		if p.of(k) {
			all = append(all, k)
		}
	}
	return all
}

// nearest narrows several keepers of one subscription ID down to those whose
// Konnektor has the peer's address. An ID is unique within one Konnektor only;
// behind NAT the address says nothing, and all of them hear the event.
func (p *peer) nearest(keepers []*Keeper) []*Keeper {
	if len(keepers) < 2 {
		return keepers
	}
	own, _, _ := net.SplitHostPort(p.address) // empty when it is none, which no address is
	var near []*Keeper
	for _, k := range keepers {
		if host, _, err := net.SplitHostPort(k.client.Address()); err == nil && host == own {
			near = append(near, k)
		}
	}
	if len(near) == 0 {
		return keepers
	}
	return near
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// begunConn is a connection whose first bytes were read already.
type begunConn struct {
	net.Conn
	first []byte
}

func (c *begunConn) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}
