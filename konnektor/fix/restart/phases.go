package restart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/boot"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/internal/known"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Phase is how far a box has come back.
type Phase string

// The phases, in order. PhaseReady means that it is as before.
const (
	PhaseDown      Phase = "down"
	PhaseServices  Phase = "services" // management answers; the services are waited for
	PhaseVPN       Phase = "vpn"
	PhaseTerminals Phase = "terminals"
	PhaseCards     Phase = "cards"
	PhaseReady     Phase = "ready"
)

// The keys of the steps.
const (
	keyRestart       = "restart"
	keyPINs          = "smc-b-pin"
	keySubscriptions = "subscriptions"
)

// waitRestart is how long the whole may take: terminals connect again and cards
// are read after the box answers.
const waitRestart = boot.Wait + 15*time.Minute

// course is one restart, from the look before it to the end.
type course struct {
	fix    *Fix
	device mgmt.Device
	watch  *boot.Watch

	vpn       bool // was up before
	terminals []konnektor.TerminalID
	cards     []konnektor.ICCSN
	pins      []PIN // unlocked before
	passed    int   // stages of the way back
}

// look takes down what shall be there again.
func (c *course) look(ctx context.Context) (err error) {
	if c.terminals, err = c.connected(ctx); err != nil {
		return err
	}
	all, err := c.inserted(ctx)
	if err != nil {
		return err
	}
	if c.cards, err = c.smcbs(ctx, all); err != nil {
		return err
	}
	// Only those that are unlocked now are asked for later: an SMC-B that nobody
	// uses stays locked.
	unlocked, err := c.states(ctx, all, func(s mgmt.PINState) bool { return !s.Locked() })
	for _, p := range unlocked {
		c.pins = append(c.pins, p.PIN)
	}
	return err
}

// restart is the step that has no way back.
func (c *course) restart(restarter mgmt.Restarter, reason string) fix.Step {
	return fix.Step{
		Key: keyRestart, What: "restart: " + reason, Before: c.state(), After: "restarted, the rest as before",
		Apply: func(ctx context.Context) error {
			err := restarter.Restart(ctx)
			if err == nil {
				c.enter(PhaseDown)
			}
			return err
		},
		Visible: c.back,
		Wait:    waitRestart, Evidence: known.Evidence(c.device, mgmt.OpRestart), Estimate: boot.Estimate, Restarts: true,
	}
}

// state is how the practice looks before the restart, in words.
func (c *course) state() string {
	vpn := "VPN down"
	if c.vpn {
		vpn = "VPN up"
	}
	return fmt.Sprintf("%s, %d terminals connected, %d SMC-B, %d of them unlocked", vpn, len(c.terminals), len(c.cards), len(c.pins))
}

func (c *course) enter(p Phase) {
	if c.fix.hooks.Phase != nil {
		c.fix.hooks.Phase(p)
	}
}

// stage is one stretch of the way back.
type stage struct {
	phase Phase
	ready func(context.Context) (bool, error)
}

// back goes through the phases that the box has reached. What was there once is
// not asked for again.
func (c *course) back(ctx context.Context) (bool, error) {
	back, status, err := c.watch.Back(ctx)
	if err != nil || !back {
		return false, err
	}
	c.fix.seen.Store(true)
	stages := []stage{
		{PhaseServices, c.services},
		{PhaseVPN, func(context.Context) (bool, error) { return !c.vpn || status.TI.Online, nil }},
		{PhaseTerminals, c.terminalsAreBack},
		{PhaseCards, c.cardsAreBack},
		{PhaseReady, nil},
	}
	if c.passed == 0 {
		c.enter(stages[0].phase)
	}
	for c.passed < len(stages)-1 {
		if ready, err := stages[c.passed].ready(ctx); err != nil || !ready {
			return false, err
		}
		c.passed++
		c.enter(stages[c.passed].phase)
	}
	return true, nil
}

func (c *course) services(ctx context.Context) (bool, error) {
	if c.fix.hooks.Services == nil {
		return true, nil
	}
	if err := c.fix.hooks.Services(ctx); err != nil {
		return false, ctx.Err() // not yet
	}
	return true, nil
}

func (c *course) terminalsAreBack(ctx context.Context) (bool, error) {
	if len(c.terminals) == 0 {
		return true, nil
	}
	now, err := c.connected(ctx)
	return contains(now, c.terminals), err
}

func (c *course) cardsAreBack(ctx context.Context) (bool, error) {
	if len(c.cards) == 0 {
		return true, nil
	}
	all, err := c.inserted(ctx)
	if err != nil {
		return false, err
	}
	now, err := c.smcbs(ctx, all)
	return contains(now, c.cards), err
}

// contains reports whether every one of some is among all.
func contains[T comparable](all, some []T) bool {
	return !slices.ContainsFunc(some, func(one T) bool { return !slices.Contains(all, one) })
}

// connected lists the connected terminals; none for a product that does not
// tell.
func (c *course) connected(ctx context.Context) ([]konnektor.TerminalID, error) {
	if c.fix.hooks.Terminals != nil {
		return c.fix.hooks.Terminals(ctx)
	}
	all, err := ask(c.device, func(r mgmt.TerminalReader) ([]mgmt.Terminal, error) { return r.Terminals(ctx) })
	var ids []konnektor.TerminalID
	for _, t := range all {
		if t.Connected {
			ids = append(ids, t.ID)
		}
	}
	return ids, err
}

// inserted lists the cards; none for a product that does not tell.
func (c *course) inserted(ctx context.Context) ([]mgmt.Card, error) {
	return ask(c.device, func(r mgmt.CardReader) ([]mgmt.Card, error) { return r.Cards(ctx) })
}

// smcbs are the SMC-Bs among all cards, or those that the caller sees.
func (c *course) smcbs(ctx context.Context, all []mgmt.Card) ([]konnektor.ICCSN, error) {
	if c.fix.hooks.Cards != nil {
		return c.fix.hooks.Cards(ctx)
	}
	var numbers []konnektor.ICCSN
	for _, card := range all {
		if isSMCB(card) {
			numbers = append(numbers, card.ICCSN)
		}
	}
	return numbers, nil
}

func isSMCB(card mgmt.Card) bool {
	return (card.Type == konnektor.CardSMCB || card.Type == konnektor.CardHSMB) && card.ICCSN != ""
}

// ask calls a capability. A product that does not have it, or whose call nobody
// knows, has nothing to tell.
func ask[C, T any](d mgmt.Device, call func(C) (T, error)) (T, error) {
	var none T
	capability, err := mgmt.As[C](d)
	if err != nil {
		return none, nil // nothing to tell
	}
	v, err := call(capability)
	if errors.Is(err, mgmt.ErrUnknownEndpoint) || errors.Is(err, mgmt.ErrUnsupported) {
		return none, nil
	}
	return v, err
}

// subscriptions lets the caller renew what the restart has ended.
func (c *course) subscriptions() fix.Step {
	return fix.Step{
		Key: keySubscriptions, What: "subscriptions of events", Before: "ended by the restart", After: "renewed",
		Apply:      c.fix.hooks.Subscriptions,
		Undo:       func(context.Context) error { return nil }, // nothing of the box is changed
		Visible:    func(context.Context) (bool, error) { return true, nil },
		Repeatable: true, Estimate: 5 * time.Second,
	}
}
