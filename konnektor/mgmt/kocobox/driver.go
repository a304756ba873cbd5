// Package kocobox is the driver for the management interface of the CGM KoCoBox
// MED+, a servlet for browsers: login and restart are all that is publicly known
// (profile.json).
//
// The box forces its administrators to renew their password after a long time
// without a login. A login then looks like one with a wrong password:
// [mgmt.ErrLogin].
package kocobox

import (
	_ "embed"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

//go:embed profile.json
var profile []byte

// Port of the management interface.
const Port = 9443

// Driver is the driver for [mgmt.Open].
func Driver() mgmt.Driver { return driver{} }

type driver struct{}

// Recognises takes all products of the vendor.
func (driver) Recognises(p mgmt.Product) bool { return p.Vendor == mgmt.KoCoBox }

// Vendor is KoCo Connector.
func (driver) Vendor() mgmt.Vendor { return mgmt.KoCoBox }

// Ports is 9443.
func (driver) Ports() []int { return []int{Port} }

// Profile is profile.json.
func (driver) Profile() []byte { return profile }

// Open makes the Device.
func (driver) Open(b *mgmt.Base) mgmt.Device { return &Device{b} }

// Device is a KoCoBox. It restarts; every other capability of package mgmt is
// there and answers [mgmt.ErrUnknownEndpoint] until an operator supplies it.
type Device struct{ *mgmt.Base }
