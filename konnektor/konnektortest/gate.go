package konnektortest

import (
	"net"
	"sync"
)

// Gate is a listener that can be shut while its port stays taken: as long as it
// is shut, connections end at once, old ones and new ones. It is safe for
// concurrent use.
type Gate struct {
	net.Listener

	mu   sync.Mutex
	shut bool
	open map[*gated]struct{}
}

// NewGate makes an open gate before a listener.
func NewGate(l net.Listener) *Gate { return &Gate{Listener: l, open: map[*gated]struct{}{}} }

// Shut shuts the gate or opens it.
func (g *Gate) Shut(shut bool) {
	g.mu.Lock()
	g.shut = shut
	var ending []*gated
	if shut {
		for c := range g.open {
			ending = append(ending, c)
		}
	}
	g.mu.Unlock()
	for _, c := range ending {
		_ = c.Close()
	}
}

// Accept waits for the next connection that the gate lets in.
func (g *Gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &gated{Conn: conn, gate: g}
		if g.enter(c) {
			return c, nil
		}
		_ = conn.Close()
	}
}

func (g *Gate) enter(c *gated) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.open[c] = struct{}{}
	return true
}

// gated is a connection that came through a gate.
type gated struct {
	net.Conn
	gate *Gate
}

// Close ends the connection.
func (c *gated) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.open, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// SetDown takes the Konnektor off the network, as in a restart, or brings it
// back: while it is down every connection ends at once.
func (k *Konnektor) SetDown(down bool) {
	for _, g := range k.gates {
		g.Shut(down)
	}
}
