package akaut

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// The reasons of refusals.
const (
	ReasonUnknownProduct  = "unknown-product"
	ReasonUnknownFirmware = "unknown-firmware"
	ReasonOwnCertificate  = "own-certificate"     // imported or self-signed: nothing is wrong with it
	ReasonUnknownSource   = "unknown-source"      // the box shows an identity of an unknown kind
	ReasonNotRenewed      = "not-renewed"         // there is no renewed certificate
	ReasonIncomplete      = "incomplete"          // not all of AK, NK and SAK are renewed
	ReasonNotInTime       = "renewed-not-in-time" // the renewed certificate has expired, or is not valid yet
	ReasonMismatch        = "renewed-mismatch"    // it does not renew the one that is served
	ReasonRegistration    = "registration-data"   // Mandant, contract or SMC-B are not known
	ReasonNotServed       = "not-served"          // switched, and another certificate is served
)

// Product is a kind of box that may be switched.
type Product struct {
	Vendor mgmt.Vendor `json:"vendor"`
	Code   string      `json:"code"` // in any case
	// Firmware is the range of versions; one with an open beginning is refused.
	Firmware mgmt.Firmware `json:"firmware"`
}

// Known are the boxes of which it is published that the switch is the remedy:
// the secunet Einbox from firmware 5.50.3 on (the fault of July 2025). A
// Highspeed-Konnektor is switched by whoever runs it.
func Known() []Product {
	return []Product{{Vendor: mgmt.Secunet, Code: "secu_kon", Firmware: mgmt.Firmware{From: "5.50.3"}}}
}

func (f *Fix) checkProduct(p mgmt.Product) error {
	products := f.p.Products
	if len(products) == 0 {
		products = Known()
	}
	products = slices.DeleteFunc(slices.Clone(products), func(k Product) bool {
		return k.Vendor != p.Vendor || !strings.EqualFold(k.Code, p.Code)
	})
	if len(products) == 0 {
		return refuse(ReasonUnknownProduct, "%s is not among the products that may be switched", p)
	}
	for _, k := range products {
		if k.Firmware.From != "" && k.Firmware.Contains(p.Firmware) {
			return nil
		}
	}
	return refuse(ReasonUnknownFirmware, "%s has a firmware of which nothing is known", p)
}

// The profiles of the certificates of a gSMC-K that are renewed.
const (
	profileAKAUT  = "C.AK.AUT"
	profileNKVPN  = "C.NK.VPN"
	profileSAKAUT = "C.SAK.AUT"
)

// judge finds what speaks against switching, and the certificate that will be
// served.
func (b *box) judge(now time.Time) error {
	switch b.identity.Source {
	case mgmt.IdentityOriginal, mgmt.IdentityRenewed:
	case mgmt.IdentityImported, mgmt.IdentitySelfSigned:
		return refuse(ReasonOwnCertificate, "the box shows a certificate of the practice's own (%s): nothing is to be done", b.identity.Source)
	default:
		return refuse(ReasonUnknownSource, "the box shows an identity of the unknown kind %q", b.identity.Source)
	}
	if !b.has(profileAKAUT) {
		return refuse(ReasonNotRenewed, "there is no renewed certificate of the identity on the box")
	}
	if !b.identity.Complete && !(b.has(profileNKVPN) && b.has(profileSAKAUT)) {
		return refuse(ReasonIncomplete, "not all certificates are renewed: the box fetches the rest by itself, once a day")
	}
	if err := b.match(); err != nil {
		return err
	}
	if err := b.renewed.CheckTime(now); err != nil {
		return refuse(ReasonNotInTime, "the renewed certificate: %v", err)
	}
	if !b.registered() {
		if r := b.request(); r.MandantID == "" || r.ContractID == "" || r.SMCB == "" {
			return refuse(ReasonRegistration, "registering anew needs Mandant, contract and SMC-B")
		}
	}
	return nil
}

func (b *box) has(profile string) bool {
	return slices.ContainsFunc(b.identity.Renewed, func(c mgmt.IdentityCertificate) bool {
		return c.Profile == profile && c.Certificate != nil
	})
}

// match finds the renewed certificate of the identity that takes the place of
// the one that is served: a box may have one for each kind of key.
func (b *box) match() error {
	var last error
	for _, c := range b.identity.Renewed {
		if c.Profile != profileAKAUT || c.Certificate == nil {
			continue
		}
		if c.Certificate.Equal(b.served) {
			b.renewed = c.Certificate // switched already, and not registered anew
			return nil
		}
		if last = renews(b.served, c.Certificate); last == nil {
			b.renewed = c.Certificate
			return nil
		}
	}
	return refuse(ReasonMismatch, "no renewed certificate takes the place of the one that is served: %v", last)
}

// renews reports why next does not take the place of served. A certificate that
// names no type of the TI is told by its key, which is on the card alone.
func renews(served, next *certs.Certificate) error {
	if len(served.Types()) > 0 {
		return certs.CheckRenewal(served, next)
	}
	switch {
	case !bytes.Equal(served.RawSubjectPublicKeyInfo, next.RawSubjectPublicKeyInfo):
		return certs.RenewalCrypt
	case !next.NotAfter.After(served.NotAfter):
		return certs.RenewalDate
	case served.SerialNumber.Cmp(next.SerialNumber) == 0:
		return certs.RenewalSerial
	}
	return nil
}

// request is what the registration needs: what was given, else what the box
// tells.
func (b *box) request() mgmt.RegistrationRequest {
	r := mgmt.RegistrationRequest{MandantID: b.fix.p.Mandant, ContractID: b.fix.p.Contract, SMCB: b.fix.p.SMCB}
	if r.MandantID == "" {
		r.MandantID = b.registration.MandantID
	}
	if r.ContractID == "" {
		r.ContractID = b.registration.ContractID
	}
	return r
}
