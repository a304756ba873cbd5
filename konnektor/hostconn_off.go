//go:build !linux || !hostthreads

package konnektor

import "net"

// forThreads prepares a connection for the threads that use it: here they are
// those of Go, which need nothing.
func forThreads(c net.Conn) net.Conn { return c }
