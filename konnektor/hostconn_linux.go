package konnektor

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// hostWait is how long a read waits in its thread for the answer before it
// leaves that to the runtime.
const hostWait = time.Millisecond

// hostWaiting is set while a read of the process waits in its thread. More than
// one at a time would keep the processors of Go from others who want to run.
var hostWaiting atomic.Bool

// hostConn is a connection for calls that come from threads of another program.
// A goroutine that C called is tied to its thread: when it waits for the network
// as usual, another thread has to take over and to wake it again, which makes a
// quick call a fifth longer. Therefore a read first waits for a short while in
// its own thread, and only then as usual. A device whose last answer took longer
// is waited for as usual at once.
type hostConn struct {
	*net.TCPConn
	raw      syscall.RawConn
	wait     time.Duration
	slow     atomic.Bool
	deadline atomic.Int64 // of reads, in nanoseconds since 1970; 0 means none
}

// newHostConn returns c itself when it is no TCP connection.
func newHostConn(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	return &hostConn{TCPConn: tcp, raw: raw, wait: hostWait}
}

// Read ends at its deadline; a deadline that is set while it waits in its thread
// counts up to hostWait later.
func (c *hostConn) Read(b []byte) (int, error) {
	began := time.Now()
	if wait := c.patience(began); wait > 0 && hostWaiting.CompareAndSwap(false, true) {
		c.await(wait)
		hostWaiting.Store(false)
	}
	n, err := c.TCPConn.Read(b)
	if n > 0 {
		c.slow.Store(time.Since(began) > c.wait)
	}
	return n, err
}

// patience is how long a read that begins now may wait in its thread.
func (c *hostConn) patience(now time.Time) time.Duration {
	if c.slow.Load() {
		return 0
	}
	if d := c.deadline.Load(); d != 0 {
		return min(c.wait, time.Unix(0, d).Sub(now))
	}
	return c.wait
}

// await returns when there is something to read, or the end of the connection,
// or when the time is over. What went wrong the read that follows will tell.
func (c *hostConn) await(limit time.Duration) {
	_ = c.raw.Control(func(fd uintptr) {
		p := struct {
			fd              int32
			events, revents int16
		}{fd: int32(fd), events: 1} // POLLIN
		t := syscall.NsecToTimespec(int64(limit))
		_, _, _ = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
	})
}

func (c *hostConn) SetDeadline(t time.Time) error {
	c.note(t)
	return c.TCPConn.SetDeadline(t)
}

func (c *hostConn) SetReadDeadline(t time.Time) error {
	c.note(t)
	return c.TCPConn.SetReadDeadline(t)
}

func (c *hostConn) note(t time.Time) {
	if t.IsZero() {
		c.deadline.Store(0)
	} else {
		c.deadline.Store(t.UnixNano())
	}
}
