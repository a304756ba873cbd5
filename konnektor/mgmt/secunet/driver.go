// Package secunet is the driver for the management interface of secunet
// Konnektors: Einbox, Rechenzentrums- and Highspeed-Konnektor.
//
// What the calls are stands in profile.json, with the public source of each.
// Nobody has published a specification: secunet hands out its own on request
// (Bedienungsanleitung Highspeed-Konnektor 2.0, chapter 5), and what it has
// beyond these calls goes into a profile of the operator.
//
// The role Lokaler Admin suffices for all of it, a Remote-Admin does not.
package secunet

import (
	_ "embed"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

//go:embed profile.json
var profile []byte

// Ports of the management interface. The second one of a Highspeed-Konnektor
// shows the certificate of the device, also when another one was uploaded.
const (
	Port       = 8500
	PortSecond = 9500
)

// Driver is the driver for [mgmt.Open].
func Driver() mgmt.Driver { return driver{} }

type driver struct{}

// Recognises takes all products of secunet.
func (driver) Recognises(p mgmt.Product) bool { return p.Vendor == mgmt.Secunet }

// Vendor is secunet.
func (driver) Vendor() mgmt.Vendor { return mgmt.Secunet }

// Ports are 8500 and 9500.
func (driver) Ports() []int { return []int{Port, PortSecond} }

// Profile is profile.json.
func (driver) Profile() []byte { return profile }

// Open makes the Device.
func (driver) Open(b *mgmt.Base) mgmt.Device { return &Device{b} }

// Device is a secunet Konnektor. Every capability of package mgmt is there.
type Device struct{ *mgmt.Base }
