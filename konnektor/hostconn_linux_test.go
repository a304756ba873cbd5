package konnektor

import (
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hostPair is a connection as calls from another program have it, and its other
// end.
func hostPair(t *testing.T) (*hostConn, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	dialled, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { dialled.Close() })
	other, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { other.Close() })
	c, ok := newHostConn(dialled).(*hostConn)
	require.True(t, ok)
	return c, other
}

func TestHostConnReads(t *testing.T) {
	c, other := hostPair(t)
	for _, wait := range []time.Duration{time.Hour, 1, time.Hour, time.Hour} { // whatever comes is quick, or slow
		c.wait = wait
		go func() { _, _ = other.Write([]byte("answer")) }()
		b := make([]byte, 6)
		_, err := io.ReadFull(c, b)
		require.NoError(t, err)
		require.Equal(t, "answer", string(b))
		require.Equal(t, wait == 1, c.slow.Load(), "it was waited for in the thread in vain")
		require.Equal(t, wait == 1, c.patience(time.Now()) == 0)
	}
	require.NoError(t, other.Close())
	_, err := c.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
}

// A read beside one that waits in its thread waits as usual.
func TestHostConnWaitsOnceAtATime(t *testing.T) {
	c, other := hostPair(t)
	hostWaiting.Store(true)
	defer hostWaiting.Store(false)
	time.AfterFunc(time.Millisecond, func() { _, _ = other.Write([]byte("a")) })
	_, err := c.Read(make([]byte, 1))
	require.NoError(t, err)
	require.True(t, hostWaiting.Load(), "it has taken the turn of the other")
}

func TestHostConnDeadlines(t *testing.T) {
	c, _ := hostPair(t)
	now := time.Now()
	for _, set := range []func(time.Time) error{c.SetDeadline, c.SetReadDeadline} {
		require.NoError(t, set(now.Add(-time.Second)))
		require.LessOrEqual(t, c.patience(now), time.Duration(0))
		require.NoError(t, set(now.Add(hostWait/2)))
		require.LessOrEqual(t, c.patience(now), hostWait/2)
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, set(time.Time{}))
		require.NotZero(t, c.patience(now))
	}
}

// What ends a read that waits in its thread, once that is over: a deadline in the
// past, as the end of a ctx sets it, and Close.
func TestHostConnEnds(t *testing.T) {
	for name, end := range map[string]func(*hostConn) error{
		"deadline": func(c *hostConn) error { return c.SetDeadline(time.Unix(1, 0)) },
		"close":    (*hostConn).Close, // returns when the read does
	} {
		t.Run(name, func(t *testing.T) {
			c, other := hostPair(t)
			c.wait = time.Hour
			read, ended := make(chan error, 1), make(chan error, 1)
			go func() {
				_, err := c.Read(make([]byte, 1))
				read <- err
			}()
			require.Eventually(t, hostWaiting.Load, time.Minute, time.Millisecond)
			go func() { ended <- end(c) }()
			require.Eventually(t, func() bool {
				_, err := c.TCPConn.Write([]byte("x")) // fails with the connection, or its time
				return err != nil
			}, time.Minute, time.Millisecond)
			_, err := other.Write([]byte("late"))
			require.NoError(t, err)
			require.Error(t, <-read)
			require.NoError(t, <-ended)
		})
	}
}

func TestHostConnLeavesOthersAlone(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	require.Same(t, a, newHostConn(a))
}
