package restart

import (
	"context"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// PIN is the PIN of an SMC-B for a Mandant. It is told by the number of the card,
// for handles are others after a restart.
type PIN struct {
	ICCSN     konnektor.ICCSN
	MandantID string
	Terminal  konnektor.TerminalID // where the card is
	// Retries are the tries left; nil: not told.
	Retries *int
}

// pinTimeout is how long an entry at a terminal may take: 60 s to read the
// request, 120 s at most for the entry itself (Bedienungsanleitung
// Highspeed-Konnektor 2.0, 12.3).
const pinTimeout = 3 * time.Minute

// pin is a PIN with the handle of its card as long as the box is up.
type pin struct {
	PIN
	handle konnektor.CardHandle
}

// states lists the PINs with a state that is wanted, of the SMC-Bs among cards
// that are assigned to a Mandant; none for a product that does not tell.
func (c *course) states(ctx context.Context, cards []mgmt.Card, wanted func(mgmt.PINState) bool) ([]pin, error) {
	if _, err := mgmt.As[mgmt.PINVerifier](c.device); err != nil || !slices.ContainsFunc(cards, isSMCB) {
		return nil, nil // nothing to tell
	}
	mandanten, err := ask(c.device, func(r mgmt.InfoModelReader) ([]mgmt.Mandant, error) { return r.Mandanten(ctx) })
	if err != nil {
		return nil, err
	}
	var pins []pin
	for _, m := range mandanten {
		for _, managed := range m.SMCBs {
			i := slices.IndexFunc(cards, func(card mgmt.Card) bool { return isSMCB(card) && card.ICCSN == managed.ICCSN })
			if i < 0 {
				continue
			}
			s, err := c.pinState(ctx, cards[i].Handle, m.ID)
			if err != nil {
				return nil, err
			}
			if s != nil && wanted(*s) {
				pins = append(pins, pin{PIN{cards[i].ICCSN, m.ID, cards[i].Terminal, s.Retries}, cards[i].Handle})
			}
		}
	}
	return pins, nil
}

// pinState is the state of one PIN, nil for a product that does not tell.
func (c *course) pinState(ctx context.Context, card konnektor.CardHandle, mandant string) (*mgmt.PINState, error) {
	return ask(c.device, func(v mgmt.PINVerifier) (*mgmt.PINState, error) {
		s, err := v.PINState(ctx, card, mandant)
		return &s, err
	})
}

// askForPINs has the PINs entered that the restart has locked, or tells them. A
// PIN that nobody enters is told too and is no failure: the box itself is well.
func (c *course) askForPINs() fix.Step {
	after := "told to the practice"
	if c.fix.p.EnterPIN {
		after = "asked for at the terminal, else told to the practice"
	}
	return fix.Step{
		Key: keyPINs, What: "PINs of SMC-Bs", Before: "locked by the restart", After: after,
		Apply:   c.pinsAfterwards,
		Undo:    func(context.Context) error { return nil }, // a PIN stays entered
		Visible: func(context.Context) (bool, error) { return true, nil },
		// At night nobody enters a PIN: each terminal waits once.
		Estimate: time.Duration(len(c.pins)) * 30 * time.Second,
	}
}

func (c *course) pinsAfterwards(ctx context.Context) error {
	cards, err := c.inserted(ctx)
	if err != nil {
		return err
	}
	locked, err := c.states(ctx, cards, mgmt.PINState.Locked)
	if err != nil {
		return err
	}
	var told []PIN
	for _, p := range locked {
		if c.wasUnlocked(p.PIN) && !(c.fix.p.EnterPIN && c.entered(ctx, p)) {
			told = append(told, p.PIN)
		}
	}
	if len(told) > 0 && c.fix.hooks.PINs != nil {
		c.fix.hooks.PINs(ctx, told)
	}
	return ctx.Err()
}

func (c *course) wasUnlocked(p PIN) bool {
	return slices.ContainsFunc(c.pins, func(before PIN) bool {
		return before.ICCSN == p.ICCSN && before.MandantID == p.MandantID
	})
}

// entered lets the terminal ask for a PIN, once. The last try is left to somebody
// who knows that it is the last one.
func (c *course) entered(ctx context.Context, p pin) bool {
	if p.Retries != nil && *p.Retries < 2 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, pinTimeout)
	defer cancel()
	s, err := ask(c.device, func(v mgmt.PINVerifier) (mgmt.PINState, error) {
		return v.EnterPIN(ctx, p.handle, p.MandantID, p.Terminal)
	})
	return err == nil && s.Status == "OK"
}
