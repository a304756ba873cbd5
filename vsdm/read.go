package vsdm

import (
	"context"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm/internal/ws/vsdservice52"
)

// DefaultKonnektorTimeout is how long a Konnektor may take for one ReadVSD
// (Bedienungsanleitung Highspeed-Konnektor 2.0: 30 s for the whole, 10 s for
// each call to the TI).
const DefaultKonnektorTimeout = 30 * time.Second

const maxKonnektorTimeout = time.Hour

// Request says which card to read and how.
type Request struct {
	// EGK is the handle of the card.
	EGK konnektor.CardHandle
	// SMCB or HBA is the handle of the card that reads: one of the two. It must
	// be unlocked; an HBA needs CallContext.UserID too.
	SMCB konnektor.CardHandle
	HBA  konnektor.CardHandle

	// Mode and Stored decide the flags. Stored is the best receipt that is kept
	// for this patient in this quarter (see Better), nil for none.
	Mode   Mode
	Stored *Pruefungsnachweis
	// Flags, when set, are taken instead of Mode and Stored.
	Flags *Flags
	// Standalone says that the Konnektor is the offline one of a standalone
	// setup: it reads the receipt that the online one left on the card.
	Standalone bool

	// KonnektorTimeout is the time that the Konnektor may take for a ReadVSD, as
	// configured on it. Read waits twice as long (gemILF_PS V2.17.0), unless ctx
	// ends earlier. 0 means DefaultKonnektorTimeout; at most an hour.
	KonnektorTimeout time.Duration
}

// Read reads the data of an eGK (operation ReadVSD of VSDService 5.2).
//
// Each read adds an entry to the card's log and rewrites the receipt on it:
// do not loop it, and let one program at a time read a terminal's slot. Read
// itself sends the request once. The fault 3041 or 3042 means that SMC-B or HBA
// is to be unlocked first, 3001 that a read with online check is to be repeated
// two or three times: [ProofOfError] says what to do about an error.
//
// Errors: those of inv, a *konnektor.Error for a fault; konnektor.KindRequest
// for what is refused before the wire; konnektor.KindMalformed or
// konnektor.KindTooLarge for an answer that cannot be read. None of them quotes
// data of a patient.
func Read(ctx context.Context, inv konnektor.Invoker, req Request) (*VSD, error) {
	msg, err := req.message()
	if err != nil {
		return nil, err
	}
	ctx, cancel := req.deadline(ctx)
	defer cancel()
	var a answer
	if err := inv.Invoke(ctx, vsdservice52.OperationReadVSD, msg, &a); err != nil {
		return nil, fmt.Errorf("vsdm: read card %s: %w", req.EGK, err)
	}
	v, err := a.decode()
	if err != nil {
		return nil, fmt.Errorf("vsdm: read card %s: %w", req.EGK, err)
	}
	v.Flags = Flags{msg.PerformOnlineCheck, msg.ReadOnlineReceipt}
	if v.Pruefungsnachweis != nil && !v.Flags.ReadOnlineReceipt {
		v.Warnings = append(v.Warnings, Warning{Document: docPN, Problem: ProblemUnasked})
	}
	return v, nil
}

// message checks the request and makes the message of it.
func (r *Request) message() (*vsdservice52.ReadVSD, error) {
	switch {
	case r.EGK == "":
		return nil, refused("no handle of an eGK")
	case (r.SMCB == "") == (r.HBA == ""):
		return nil, refused("need the handle of either an SMC-B or an HBA")
	case r.KonnektorTimeout < 0 || r.KonnektorTimeout > maxKonnektorTimeout:
		return nil, refused("KonnektorTimeout not between 0 and an hour")
	case r.Mode == ModeNever && !r.Standalone && r.Flags == nil:
		return nil, refused("mode NEVER works at the offline Konnektor of a standalone setup only")
	}
	flags, err := r.Mode.Flags(r.Stored)
	if r.Flags != nil {
		flags, err = *r.Flags, nil
	}
	if err == nil {
		err = flags.Check(r.Standalone)
	}
	if err != nil {
		return nil, err
	}
	return &vsdservice52.ReadVSD{
		EhcHandle:          string(r.EGK),
		HpcHandle:          string(r.SMCB + r.HBA),
		PerformOnlineCheck: flags.PerformOnlineCheck,
		ReadOnlineReceipt:  flags.ReadOnlineReceipt,
	}, nil
}

// deadline makes ctx end after twice the Konnektor's time, or as it does when
// that is earlier.
func (r *Request) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := r.KonnektorTimeout
	if timeout == 0 {
		timeout = DefaultKonnektorTimeout
	}
	return context.WithTimeout(ctx, 2*timeout)
}
