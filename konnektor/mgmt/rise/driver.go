// Package rise is the driver for the management interface of RISE: that of the
// box, of which login, state of the VPN and restart are publicly known
// (profile.json), and that of the TI-Client in front of a virtual Konnektor
// (ticlient.json).
package rise

import (
	_ "embed"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

//go:embed profile.json
var profile []byte

// Port of the management interface of a box.
const Port = 8443

// HighspeedCode is the ProductCode of the virtual Konnektor (seen by
// swobspace/cocard).
const HighspeedCode = "RHSK"

// Driver is the driver for boxes, for [mgmt.Open].
func Driver() mgmt.Driver { return driver{} }

type driver struct{}

// Recognises takes all products of RISE but the virtual Konnektor.
func (driver) Recognises(p mgmt.Product) bool {
	return p.Vendor == mgmt.RISE && !virtual(p)
}

func virtual(p mgmt.Product) bool { return strings.Contains(strings.ToUpper(p.Code), HighspeedCode) }

// Vendor is RISE.
func (driver) Vendor() mgmt.Vendor { return mgmt.RISE }

// Ports is 8443.
func (driver) Ports() []int { return []int{Port} }

// Profile is profile.json.
func (driver) Profile() []byte { return profile }

// Open makes the Device.
func (driver) Open(b *mgmt.Base) mgmt.Device { return &Device{b} }

// Device is a box of RISE. It tells whether the VPN is up, and restarts; every
// other capability of package mgmt is there and answers
// [mgmt.ErrUnknownEndpoint] until an operator supplies it.
type Device struct{ *mgmt.Base }
