package vsdm

import (
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Mode says when a read includes the online check (MODE_ONLINE_CHECK of
// gemILF_PS V2.17.0). A PVS keeps it in its configuration.
type Mode string

// The modes. The empty Mode means ModeFirst.
const (
	// ModeFirst checks at the first contact in a quarter, which is what the law
	// asks for.
	ModeFirst Mode = "FIRST"
	// ModeAlways checks at every contact.
	ModeAlways Mode = "ALWAYS"
	// ModeUser checks because a user asked for it.
	ModeUser Mode = "USER"
	// ModeNever reads the receipt that the online Konnektor of a standalone
	// setup left on the card. It works at the offline Konnektor only.
	ModeNever Mode = "NEVER"
)

// Flags are the two switches of ReadVSD.
type Flags struct {
	// PerformOnlineCheck has the card checked and updated online.
	PerformOnlineCheck bool
	// ReadOnlineReceipt has the receipt (Pruefungsnachweis) returned.
	ReadOnlineReceipt bool
}

// Flags gives the switches for the best receipt that is stored for this patient
// in this quarter; nil means that there is none (gemILF_PS V2.17.0). The error
// is of konnektor.KindRequest: a Mode that does not exist.
func (m Mode) Flags(stored *Pruefungsnachweis) (Flags, error) {
	good := stored != nil && stored.Ergebnis.Good()
	switch m {
	case ModeFirst, "":
		return Flags{PerformOnlineCheck: !good, ReadOnlineReceipt: !good}, nil
	case ModeAlways, ModeUser:
		return Flags{PerformOnlineCheck: true, ReadOnlineReceipt: !good}, nil
	case ModeNever:
		return Flags{PerformOnlineCheck: false, ReadOnlineReceipt: !good}, nil
	}
	return Flags{}, refused("no such mode")
}

// Check refuses pairs without sense: at an online Konnektor, a receipt without
// online check, which ends in the faults 3039 or 3040; at the offline Konnektor
// of a standalone setup, an online check (gemILF_PS V2.17.0). The error is of
// konnektor.KindRequest.
func (f Flags) Check(standalone bool) error {
	switch {
	case standalone && f.PerformOnlineCheck:
		return refused("online check at the offline Konnektor of a standalone setup")
	case !standalone && f.ReadOnlineReceipt && !f.PerformOnlineCheck:
		return refused("receipt without online check at an online Konnektor")
	}
	return nil
}

// refused is the error for what does not reach the wire.
func refused(why string) error {
	return fmt.Errorf("vsdm: read: %w: %s", konnektor.KindRequest, why)
}
