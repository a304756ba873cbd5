// Package known asks a device how well its calls are known, before a fix begins
// what it could not end.
package known

import "github.com/libkonnektor/libkonnektor/konnektor/mgmt"

// Check returns the [*mgmt.UnknownEndpointError] of the first operation for which
// the device has no call. A device that does not tell is believed to have all.
func Check(d mgmt.Device, ops ...mgmt.Operation) error {
	if n, ok := d.(interface {
		Need(ops ...mgmt.Operation) error
	}); ok {
		return n.Need(ops...)
	}
	c, ok := d.(interface{ Can(op mgmt.Operation) bool })
	if !ok {
		return nil
	}
	for _, op := range ops {
		if !c.Can(op) {
			return &mgmt.UnknownEndpointError{Product: d.Product(), Operation: op}
		}
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
