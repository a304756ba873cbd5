package konnektortest

import (
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Access is what a call wants to reach.
type Access struct {
	// Terminal and Card are the resources; empty means none.
	Terminal konnektor.TerminalID
	Card     konnektor.CardHandle
	// Session says that a card session is needed, which for an HBA belongs to a
	// user.
	Session bool
	// Look only asks about a card: that works in a remote terminal for an eGK too.
	Look bool
	// AnyWorkplace asks for what the client system reaches from any of its
	// workplaces (mandant-wide).
	AnyWorkplace bool
}

// Access checks the Aufrufkontext and the right to the resources, in the order
// of TUC_KON_000 of gemSpec_Kon as far as its codes show it: parameters, known
// identifiers, assignments, terminal, session. The error is a *Fault.
func (c *Call) Access(a Access) error {
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, check := range []func(Access) konnektor.Code{
		c.checkParameters, c.checkKnown, c.checkAssigned, c.checkTerminal, c.checkCard,
	} {
		if code := check(a); code != 0 {
			return NewFault(code)
		}
	}
	return nil
}

func (c *Call) checkParameters(Access) konnektor.Code {
	ctx := c.Context
	switch {
	case ctx.MandantID == "" || ctx.ClientSystemID == "" || ctx.WorkplaceID == "":
		return 4021
	case c.client != "" && c.client != ctx.ClientSystemID:
		return 4204
	}
	return 0
}

func (c *Call) checkKnown(a Access) konnektor.Code {
	k, m := c.Konnektor, c.Konnektor.model
	switch {
	case m.mandant(c.Context.MandantID) == nil:
		return 4004
	case !m.clientSystem(c.Context.ClientSystemID):
		return 4005
	case !m.hasWorkplace(c.Context.WorkplaceID):
		return 4006
	case a.Terminal != "" && m.terminal(a.Terminal) == nil:
		return 4007
	case a.Card != "" && k.cardByHandle(a.Card) == nil:
		return 4008
	}
	return 0
}

func (c *Call) checkAssigned(Access) konnektor.Code {
	m := c.Konnektor.model.mandant(c.Context.MandantID)
	w := m.workplace(c.Context.WorkplaceID)
	switch {
	case !slices.Contains(m.ClientSystems, c.Context.ClientSystemID):
		return 4010
	case w == nil:
		return 4011
	case !w.allows(c.Context.ClientSystemID):
		return 4014
	}
	return 0
}

// checkTerminal checks the way to the terminal of the call or of its card.
func (c *Call) checkTerminal(a Access) konnektor.Code {
	m := c.Konnektor.model.mandant(c.Context.MandantID)
	id, local := a.Terminal, false
	if card := c.Konnektor.cardByHandle(a.Card); card != nil {
		id = card.Terminal
		local = !a.Look && (card.Type == konnektor.CardEGK || card.Type == konnektor.CardKVK)
	}
	w := m.workplace(c.Context.WorkplaceID)
	switch {
	case id == "":
		return 0
	case !slices.Contains(m.Terminals, id):
		return 4012
	case a.AnyWorkplace && !m.reachable(c.Context.ClientSystemID, id):
		return 4020
	case a.AnyWorkplace:
		return 0
	case !w.reaches(id):
		return 4015
	case local && !w.local(id):
		return 4016
	}
	return 0
}

// reachable says whether the terminal is reached from any workplace of the
// client system.
func (m *Mandant) reachable(clientSystem string, id konnektor.TerminalID) bool {
	return slices.ContainsFunc(m.Workplaces, func(w Workplace) bool {
		return w.allows(clientSystem) && w.reaches(id)
	})
}

// checkCard checks what depends on the type of the card.
func (c *Call) checkCard(a Access) konnektor.Code {
	k := c.Konnektor
	card := k.cardByHandle(a.Card)
	if card == nil {
		return 0
	}
	switch card.Type {
	case konnektor.CardSMCB, konnektor.CardHSMB:
		return c.checkSMCB(card)
	case konnektor.CardHBA, konnektor.CardHBAqSig, konnektor.CardZOD:
		switch {
		case a.Session && c.Context.UserID == "":
			return 4003
		case a.Session && card.UserID != "" && card.UserID != c.Context.UserID:
			return 4018
		}
	}
	return 0
}

func (c *Call) checkSMCB(card *Card) konnektor.Code {
	model := c.Konnektor.model
	switch {
	case !model.managed(card.ICCSN):
		return 4009
	case !slices.Contains(model.mandant(c.Context.MandantID).SMCBs, card.ICCSN):
		return 4013
	}
	return 0
}

// sees says whether the card belongs in a list for the call. The lock is held.
func (c *Call) sees(card *Card, anyWorkplace bool) bool {
	a := Access{Card: card.Handle, Look: true, AnyWorkplace: anyWorkplace}
	return c.checkTerminal(a) == 0 && c.checkCard(a) == 0
}

// OpenSession reserves a card for the call; release ends it. While another call
// has the card the error is fault 4093. Calls of one workplace exclude each
// other too, as commands to one card do.
func (c *Call) OpenSession(h konnektor.CardHandle) (release func(), err error) {
	ctx := c.Context
	return c.Konnektor.reserve(h, strings.Join([]string{ctx.MandantID, ctx.ClientSystemID, ctx.WorkplaceID}, "/"))
}

// Occupy reserves a card for somebody else until release is called: calls that
// need the card get 4093.
func (k *Konnektor) Occupy(h konnektor.CardHandle) (release func(), err error) {
	return k.reserve(h, "another session")
}

func (k *Konnektor) reserve(h konnektor.CardHandle, owner string) (func(), error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cardByHandle(h) == nil {
		return nil, NewFault(4101)
	}
	if _, busy := k.sessions[h]; busy {
		return nil, NewFault(4093)
	}
	k.sessions[h] = owner
	k.counters.Sessions++
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.sessions, h)
	}, nil
}
