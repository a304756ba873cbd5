// Package known asks a device how well its calls are known, before a fix begins
// what it could not end.
package known

import "github.com/libkonnektor/libkonnektor/konnektor/mgmt"

// needer is a device that tells which calls it has.
type needer interface {
	Need(ops ...mgmt.Operation) error
}

// Check returns the [*mgmt.UnknownEndpointError] of the first operation for which
// the device has no call. A device that does not tell is believed to have all.
func Check(d mgmt.Device, ops ...mgmt.Operation) error {
	if n, ok := d.(needer); ok {
		return n.Need(ops...)
	}
	return nil
}

// Evidence is where the call for an operation comes from; "" where the device
// does not tell.
func Evidence(d mgmt.Device, op mgmt.Operation) mgmt.Evidence {
	if e, ok := d.(mgmt.Evidencer); ok {
		return e.Evidence(op)
	}
	return ""
}
