package memorybox

import (
	"context"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// How long after the box itself its terminals and cards are there again.
const (
	TerminalTime = 2 * time.Minute
	CardTime     = 3 * time.Minute
)

// SMCB is an SMC-B in a terminal, for one Mandant.
type SMCB struct {
	ICCSN    konnektor.ICCSN
	Mandant  string
	Terminal konnektor.TerminalID
	Unlocked bool
	Retries  *int
	// Entered answers a PIN entry at the terminal: whether somebody entered the
	// right PIN.
	Entered bool
}

// Equip gives the box terminals and SMC-Bs.
func (b *Box) Equip(terminals []konnektor.TerminalID, smcbs ...SMCB) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.terminals, b.smcbs = terminals, smcbs
}

// Unplug lets a terminal not come back.
func (b *Box) Unplug(id konnektor.TerminalID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unplugged = id
}

func (b *Box) since(d time.Duration) bool { return !b.clock.Now().Before(b.up.Add(d)) }

// Terminals are all terminals; connected a while after the box is up.
func (b *Box) Terminals(ctx context.Context) (all []mgmt.Terminal, err error) {
	err = b.call(ctx, mgmt.OpTerminals, func() error {
		for _, id := range b.terminals {
			all = append(all, mgmt.Terminal{ID: id, Connected: b.since(TerminalTime) && id != b.unplugged})
		}
		return nil
	})
	return all, err
}

// Terminal is not used by any fix.
func (b *Box) Terminal(context.Context, konnektor.TerminalID) (mgmt.Terminal, error) {
	return mgmt.Terminal{}, &mgmt.UnknownEndpointError{Product: b.product, Operation: mgmt.OpTerminal}
}

// Cards are the cards, a while after the box is up, with handles of this start.
func (b *Box) Cards(ctx context.Context) (all []mgmt.Card, err error) {
	err = b.call(ctx, mgmt.OpCards, func() error {
		if !b.since(CardTime) {
			return nil
		}
		all = append(all, mgmt.Card{Handle: "EGK-1", Type: konnektor.CardEGK, ICCSN: "80276000000000000001"})
		for i, s := range b.smcbs {
			all = append(all, mgmt.Card{Handle: b.handle(i), Type: konnektor.CardSMCB, Terminal: s.Terminal, ICCSN: s.ICCSN})
		}
		return nil
	})
	return all, err
}

func (b *Box) handle(i int) konnektor.CardHandle {
	return konnektor.CardHandle("SMC-B-" + strconv.Itoa(b.restarts) + "-" + strconv.Itoa(i))
}

// Card is not used by any fix.
func (b *Box) Card(context.Context, konnektor.CardHandle) (mgmt.Card, error) {
	return mgmt.Card{}, &mgmt.UnknownEndpointError{Product: b.product, Operation: mgmt.OpCard}
}

// Mandanten are those of the SMC-Bs.
func (b *Box) Mandanten(ctx context.Context) (all []mgmt.Mandant, err error) {
	err = b.call(ctx, mgmt.OpMandanten, func() error {
		for _, s := range b.smcbs {
			all = append(all, mgmt.Mandant{ID: s.Mandant, SMCBs: []mgmt.ManagedSMCB{{ICCSN: s.ICCSN}, {ICCSN: "80276000000000000009"}}})
		}
		return nil
	})
	return all, err
}

// InfoModel is not used by any fix.
func (b *Box) InfoModel(context.Context) (mgmt.InfoModel, error) {
	return mgmt.InfoModel{}, &mgmt.UnknownEndpointError{Product: b.product, Operation: mgmt.OpInfoModel}
}

// ClientSystems is not used by any fix that changes something.
func (b *Box) ClientSystems(context.Context) ([]mgmt.ClientSystem, error) {
	return nil, &mgmt.UnknownEndpointError{Product: b.product, Operation: mgmt.OpClientSystems}
}

// PINState is the state of a PIN: VERIFIED or VERIFIABLE.
func (b *Box) PINState(ctx context.Context, card konnektor.CardHandle, mandant string) (state mgmt.PINState, err error) {
	err = b.call(ctx, mgmt.OpPINStatus, func() error {
		s := b.smcb(card, mandant)
		if s == nil {
			return &mgmt.RefusedError{Operation: mgmt.OpPINStatus, Status: 404}
		}
		state = mgmt.PINState{Status: "VERIFIABLE", Retries: s.Retries}
		if s.Unlocked {
			state.Status = "VERIFIED"
		}
		return nil
	})
	return state, err
}

// EnterPIN lets the terminal ask.
func (b *Box) EnterPIN(ctx context.Context, card konnektor.CardHandle, mandant string, terminal konnektor.TerminalID) (state mgmt.PINState, err error) {
	err = b.call(ctx, mgmt.OpPINVerify, func() error {
		s := b.smcb(card, mandant)
		if s == nil || s.Terminal != terminal {
			return &mgmt.RefusedError{Operation: mgmt.OpPINVerify, Status: 404}
		}
		s.Unlocked = s.Entered
		state.Status = "TIMEOUT"
		if s.Entered {
			state.Status = "OK"
		}
		return nil
	})
	return state, err
}

func (b *Box) smcb(card konnektor.CardHandle, mandant string) *SMCB {
	for i := range b.smcbs {
		if b.handle(i) == card && b.smcbs[i].Mandant == mandant {
			return &b.smcbs[i]
		}
	}
	return nil
}
