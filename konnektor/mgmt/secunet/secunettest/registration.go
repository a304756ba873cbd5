package secunettest

import (
	"net/http"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// The certificates that the box may be registered with.
const (
	registeredOriginal = "original"
	registeredRenewed  = "renewed"
)

// registration is that at the VPN access service.
type registration struct {
	with, contract, mandant string
	// demand is from when on the access service wants the renewed certificates;
	// zero for never. The mechanism of July 2025 is not known: this is a reading.
	demand time.Time
}

// registrationBlocks says whether the access service keeps the tunnel down.
func (b *Box) registrationBlocks(now time.Time) bool {
	r := &b.registry
	if r.with == "" {
		return true
	}
	if r.demand.IsZero() || now.Before(r.demand) {
		return false
	}
	// A box with a certificate of its own towards clients was not affected.
	if b.identity.source != Original && b.identity.source != Renewed {
		return false
	}
	if b.opts.SwitchSuffices {
		return b.identity.source != Renewed
	}
	return r.with != registeredRenewed || b.identity.source != Renewed
}

func (b *Box) registrationState(*mgmttest.Call) mgmttest.Answer {
	r := b.registry
	return answer(map[string]any{
		"registered": r.with != "", "renewed": r.with == registeredRenewed, "contractId": r.contract, "mandantId": r.mandant,
	})
}

// Codes of a refused registration.
const (
	registrationFailed = 43013
	notOnline          = 48103
)

// putRegistration registers the box, with the renewed certificates when it has
// all of them. It needs what the manual names: the Mandant, an SMC-B of the
// Mandant that is inserted and unlocked, and the contract.
func (b *Box) putRegistration(c *mgmttest.Call) mgmttest.Answer {
	var in struct{ MandantID, SMCB, ContractID string }
	if err := decode(c.Body, &in, "mandantId", "smcb", "contractId"); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	switch {
	case !b.online:
		return failure(conflictPending, "Freischaltung", notOnline)
	case in.ContractID != b.registry.contract || !b.unlocked(in.MandantID, konnektor.ICCSN(in.SMCB)):
		return failure(refusedTrust, "Freischaltung", registrationFailed)
	}
	with := registeredOriginal
	if len(b.identity.renewed) > 0 && !b.identity.missing {
		with = registeredRenewed
	}
	b.change(c, "registration", b.registry.with, with, func() {
		b.registry.with, b.registry.mandant = with, in.MandantID
	})
	return done()
}

// unlocked says whether the SMC-B of a Mandant is inserted and its PIN verified.
func (b *Box) unlocked(mandant string, iccsn konnektor.ICCSN) bool {
	m := b.mandant(mandant)
	if m == nil || !hasSMCB(m, iccsn) {
		return false
	}
	for _, card := range b.Konnektor.Cards() {
		if card.ICCSN == iccsn && card.PINs[konnektor.PINSMC].State == konnektor.PINVerified {
			return true
		}
	}
	return false
}
