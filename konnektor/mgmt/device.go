package mgmt

import (
	"context"
	"errors"
	"fmt"
)

// Device is the management interface of one Konnektor, logged in when it is
// first needed. What every vendor can do is little; everything else is a
// capability: an interface of one to three methods in capabilities.go that a
// driver may have, asked for with [As].
//
// A Device has one admin session at a time and sends one request at a time. It
// is safe for concurrent use: calls wait for each other.
type Device interface {
	// Product is what Open recognised. It sends nothing.
	Product() Product

	// Close logs out and closes the connections. It is safe to call it twice.
	Close(ctx context.Context) error
}

// As returns the capability T of d, or an error that wraps [ErrUnsupported].
// A capability whose endpoint nobody has published is there, and its methods
// answer [ErrUnknownEndpoint].
func As[T any](d Device) (T, error) {
	if t, ok := d.(T); ok {
		return t, nil
	}
	var zero T
	return zero, &UnsupportedError{Product: d.Product(), Capability: fmt.Sprintf("%T", &zero)[1:]}
}

// ErrUnsupported is the target of errors.Is for a capability that a product
// does not have.
var ErrUnsupported = errors.New("mgmt: not supported by this product")

// ErrUnknownEndpoint is the target of errors.Is for an operation whose endpoint
// nobody has published. The error is an [*UnknownEndpointError] and carries the
// procedure by hand.
var ErrUnknownEndpoint = errors.New("mgmt: endpoint unknown")

// UnsupportedError says which product lacks which capability.
type UnsupportedError struct {
	Product    Product
	Capability string // the name of the interface
}

// Error names vendor, product and capability.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("mgmt: %s: no %s", e.Product, e.Capability)
}

// Unwrap is [ErrUnsupported].
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }

// UnknownEndpointError is the answer of an operation whose endpoint nobody has
// published for this product and firmware, and that no operator supplied.
type UnknownEndpointError struct {
	Product   Product
	Operation Operation
	// Procedure is what a person does instead, in German, one step an entry.
	Procedure []string
}

// Error names product and operation.
func (e *UnknownEndpointError) Error() string {
	return fmt.Sprintf("mgmt: %s: %s: endpoint unknown", e.Product, e.Operation)
}

// Unwrap is [ErrUnknownEndpoint].
func (e *UnknownEndpointError) Unwrap() error { return ErrUnknownEndpoint }

// Vendor is ProductVendorID as in the service directory.
type Vendor string

// The vendors with a driver.
const (
	Secunet Vendor = "SECUN"
	RISE    Vendor = "RISEG"
	KoCoBox Vendor = "KOCOC"
)

// Product is what is known of a Konnektor without its management interface,
// completed by the driver where it can.
type Product struct {
	Vendor   Vendor `json:"vendor"`
	Code     string `json:"code"`               // ProductCode, such as secu_kon
	Name     string `json:"name,omitempty"`     // ProductName
	Firmware string `json:"firmware,omitempty"` // FWVersion, such as 5.50.3
	Hardware string `json:"hardware,omitempty"`
	Type     string `json:"type,omitempty"`   // ProductTypeVersion (PTV)
	Serial   string `json:"serial,omitempty"` // empty until the driver has read it
}

// String is vendor, code and firmware.
func (p Product) String() string {
	return fmt.Sprintf("%s/%s %s", p.Vendor, p.Code, p.Firmware)
}
