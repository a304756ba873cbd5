package certs

import (
	"bytes"
	"fmt"
)

// RenewalFault is why a certificate is no renewal of another one. The values are
// those of the parameter Fail of the event SMC_K/UPDATE/ERROR
// (gemF_Laufzeitverlaengerung_gSMC-K 1.1.0, TUC_KON_410), and "Type".
type RenewalFault string

// The faults of renewals.
const (
	RenewalType   RenewalFault = "Type"   // of another certificate type
	RenewalICCSN  RenewalFault = "Iccsn"  // of another card
	RenewalDate   RenewalFault = "Date"   // does not end later
	RenewalCrypt  RenewalFault = "Crypt"  // has another key
	RenewalSerial RenewalFault = "Serial" // has the same serial number
)

// Error is the value.
func (f RenewalFault) Error() string { return string(f) }

// CheckRenewal checks that renewed takes the place of original: the same type,
// ICCSN and key, a later end, and another serial number. Its errors wrap the
// first [RenewalFault]. It looks neither at signatures nor at OCSP.
func CheckRenewal(original, renewed *Certificate) error {
	var fault RenewalFault
	switch {
	case !sameTypes(original, renewed):
		fault = RenewalType
	case original.ICCSN() == "" || original.ICCSN() != renewed.ICCSN():
		fault = RenewalICCSN
	case !bytes.Equal(original.RawSubjectPublicKeyInfo, renewed.RawSubjectPublicKeyInfo):
		fault = RenewalCrypt
	case !renewed.NotAfter.After(original.NotAfter):
		fault = RenewalDate
	case original.SerialNumber.Cmp(renewed.SerialNumber) == 0:
		fault = RenewalSerial
	default:
		return nil
	}
	return fmt.Errorf("certs: no renewal: %w", fault)
}

func sameTypes(a, b *Certificate) bool {
	types := a.Types()
	if len(types) == 0 {
		return false
	}
	for _, t := range types {
		if !b.HasType(t) {
			return false
		}
	}
	return len(types) == len(b.Types())
}
