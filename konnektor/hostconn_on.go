//go:build linux && hostthreads

package konnektor

import (
	"net"
	"runtime"
)

// forThreads prepares a connection for the threads that use it: here they are
// those of another program. The shared library is built with the tag. Where Go
// has one processor only, a read must not keep it.
func forThreads(c net.Conn) net.Conn {
	if runtime.GOMAXPROCS(0) < 2 {
		return c
	}
	return newHostConn(c)
}
