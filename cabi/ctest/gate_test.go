//go:build !race

package ctest

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// gate passes on what a program sends to a box, until a condition holds: from then
// on it keeps everything back, so that the program can be killed in the middle of a
// call however fast the machine is.
type gate struct {
	listener net.Listener
	to       string
	reached  chan struct{} // closed when the first message was kept back

	mu     sync.Mutex
	closes func() bool   // nil: it stays open
	opened chan struct{} // nil: it is open
}

// openGate starts one that ends with the test.
func openGate(t testing.TB, to string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{listener: l, to: to, reached: make(chan struct{})}
	t.Cleanup(func() {
		_ = l.Close()
		g.open()
	})
	go g.serve()
	return g
}

func (g *gate) port() int { return g.listener.Addr().(*net.TCPAddr).Port }

// closeWhen closes the gate before the next message for which the condition holds.
func (g *gate) closeWhen(condition func() bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closes = condition
}

// open lets everything pass from now on.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closes = nil; g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// pass waits until a message may go on.
func (g *gate) pass() {
	g.mu.Lock()
	if g.opened == nil && g.closes != nil && g.closes() {
		g.opened = make(chan struct{})
		close(g.reached)
	}
	opened := g.opened
	g.mu.Unlock()
	if opened != nil {
		<-opened
	}
}

func (g *gate) serve() {
	for {
		program, err := g.listener.Accept()
		if err != nil {
			return
		}
		go g.connect(program)
	}
}

// connect copies both ways until one side ends.
func (g *gate) connect(program net.Conn) {
	defer program.Close()
	box, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	defer box.Close()
	go func() {
		_, _ = io.Copy(program, box)
		_ = program.Close()
	}()
	_, _ = io.Copy(gated{g, box}, program)
}

// gated is a connection to the box through the gate.
type gated struct {
	*gate
	box net.Conn
}

func (c gated) Write(p []byte) (int, error) {
	c.pass()
	return c.box.Write(p)
}
