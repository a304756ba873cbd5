package cetp

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is a listener without network, so that its connections keep the time of
// a bubble of synctest.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return new(net.TCPAddr) }

func (p *pipes) dial() net.Conn {
	own, theirs := net.Pipe()
	p.dialled <- theirs
	return own
}

// endsAfter is how long the sink keeps a connection on which nothing more comes.
func endsAfter(t *testing.T, c net.Conn) time.Duration {
	t.Helper()
	begun := time.Now()
	_, err := io.Copy(io.Discard, c)
	require.False(t, err != nil && !errors.Is(err, io.ErrClosedPipe), "%v", err)
	require.NoError(t, c.Close())
	return time.Since(begun)
}

// TestSlowPeers: a peer that says nothing is let go quietly after IdleTimeout,
// one that does not finish what it began after FrameTimeout, however it drips.
func TestSlowPeers(t *testing.T) {
	const event = `<Event xmlns="http://ws.gematik.de/conn/EventService/v7.2"><Topic>B</Topic><Type>Other</Type><Severity>Info</Severity>` +
		`<SubscriptionID>s</SubscriptionID><Message/></Event>`
	synctest.Test(t, func(t *testing.T) {
		cfg, err := Config{}.complete()
		require.NoError(t, err)
		find, err := cfg.certificates()
		require.NoError(t, err)
		p := &pipes{make(chan net.Conn), make(chan struct{})}
		s := newSink(cfg, find, p)
		defer func() { require.NoError(t, s.Close()) }()
		events := s.Events()
		write := func(c net.Conn, b []byte) {
			_, err := c.Write(b)
			require.NoError(t, err)
		}
		trouble := func() int64 { synctest.Wait(); st := s.Stats(); return st.Refused + st.Bad }

		require.Equal(t, DefaultIdleTimeout, endsAfter(t, p.dial()))
		c := p.dial()
		for range 3 {
			time.Sleep(DefaultIdleTimeout - time.Second) // synctest's own time
			write(c, frameOf(event))
			n, err := events.Next(t.Context())
			require.NoError(t, err)
			require.Equal(t, "B", n.Event.Topic)
		}
		require.Equal(t, DefaultIdleTimeout, endsAfter(t, c))
		require.Zero(t, trouble(), "idle ones are none")

		for i, begin := range []string{"C", "CETP\x00\x00", string(frameOf(event)[:40]), "\x16"} {
			c := p.dial()
			write(c, []byte(begin))
			require.Equal(t, DefaultFrameTimeout, endsAfter(t, c), "%q", begin)
			require.EqualValues(t, i+1, trouble(), "%q", begin)
		}
		c, taken := p.dial(), 0
		for _, b := range frameOf(event) {
			if _, err := c.Write([]byte{b}); err != nil {
				break
			}
			taken++
			time.Sleep(3 * time.Second)
		}
		require.Equal(t, 4, taken, "at 0, 3, 6 and 9 s")
		require.EqualValues(t, 5, trouble())
		require.EqualValues(t, 5, trouble())
	})
}
