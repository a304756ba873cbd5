// Package bridge is the C interface in plain Go: handles, calls that can be
// cancelled, subscriptions with their events, and the log, over the operations
// of package operations. Package cabi puts C functions in front of it and does
// nothing else, so that all of this is tested without C.
//
// No function panics, whatever it is given, and none lets a panic of an
// operation through.
//
// # Where to look
//
//	library.go   Library: handles, open and close
//	status.go    Status codes
//	session.go   one handle: its calls, tokens and cancelling
//	keep.go      results that did not fit into the caller's buffer
//	events.go    subscriptions and the queues of their events
//	pointer.go   a value out of a JSON text
//	blocks.go    memory that was handed to the host
//	log.go       the log file
//	start.go     the one place that starts goroutines, and what a panic becomes
package bridge
