package konnektor

import (
	"context"
	"errors"
	"time"
)

// Card is an inserted card as the Konnektor lists it.
type Card struct {
	Handle CardHandle
	Type   CardType
	ICCSN  ICCSN // empty when the card could not be read
	// Terminal and Slot say where it is. Slots count from 1.
	Terminal   TerminalID
	Slot       int
	InsertTime time.Time
	// Holder and KVNR come unauthenticated from the card: good for choosing a
	// patient on the screen, not as proof. They name a patient.
	Holder Name
	KVNR   KVNR
	// CertificateExpires is the day on which the card's certificate ends; the
	// zero time when the Konnektor does not say.
	CertificateExpires time.Time
	// Version is the card's product versions; nil when unknown.
	Version *CardVersion
}

// Name is a person's name. Like KVNR it is masked wherever it is printed;
// string(n) is the one way to the value.
type Name string

// CardVersion is the versions of a card's parts, "n.n.n" each; empty where the
// Konnektor does not say.
type CardVersion struct {
	COS, ObjectSystem, CardPTPers, DataStructure, Logging, ATR, GDO, KeyInfo string
}

// CardFilter narrows a list of cards; zero fields do not narrow.
type CardFilter struct {
	Terminal TerminalID
	Slot     int
	Type     CardType
	// MandantWide lists all cards that the Mandant may use, not only those that
	// the workplace can reach.
	MandantWide bool
}

// Warning is what a Konnektor reports beside a result (Status "Warning").
// nil means that all is well.
type Warning = Error

// Cards lists the inserted cards that the Mandant may see, in no given order.
func (c *Client) Cards(ctx context.Context, f CardFilter) ([]Card, *Warning, error) {
	return nil, nil, errors.New("konnektor: not yet")
}
