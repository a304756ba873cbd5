package konnektor

import (
	"context"
	"math"
	"time"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalinfo80"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalservice11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
)

// Terminal is a card terminal that the Konnektor knows.
type Terminal struct {
	ID         TerminalID
	Name       string
	Product    Product  // may be empty, or have versions 0.0.0, before the first connection
	Workplaces []string // WorkplaceIds
	MAC        string   // with dashes, as on the wire
	IP         string   // IPv4 or IPv6; empty when unknown
	Slots      int
	Physical   bool // false for a terminal that only the Konnektor's software has
	Connected  bool
}

// CardTerminals lists the card terminals, in no given order. mandantWide lists
// all of the Mandant, not only those of the workplace.
//
// It returns an [*Error] or a [*Failure]. CardTerminals is safe for concurrent
// use.
func (c *Client) CardTerminals(ctx context.Context, mandantWide bool) ([]Terminal, *Warning, error) {
	op := eventservice72.OperationGetCardTerminals
	req := eventservice72.GetCardTerminals{MandantWide: &mandantWide}
	var resp eventservice72.GetCardTerminalsResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	terminals := make([]Terminal, len(resp.CardTerminals.CardTerminal))
	for i := range resp.CardTerminals.CardTerminal {
		terminals[i] = newTerminal(&resp.CardTerminals.CardTerminal[i])
	}
	return terminals, warning, nil
}

func newTerminal(v *cardterminalinfo80.CardTerminalInfoType) Terminal {
	t := Terminal{
		ID:         TerminalID(v.CtID),
		Name:       v.Name,
		Product:    newProduct(&v.ProductInformation),
		Workplaces: v.WorkplaceIds.WorkplaceID,
		MAC:        v.MacAddress,
		Slots:      number(v.Slots),
		Physical:   v.IsPhysical,
		Connected:  v.Connected,
	}
	if ip := v.IPAddress; ip != nil {
		t.IP = text(ip.IPV4Address) + text(ip.IPV6Address) // one of them
	}
	return t
}

// Codes of CardTerminalService.
const (
	// CodeNoCardInserted means that no card came within the time.
	CodeNoCardInserted Code = 4202
	// CodeCardNotTaken means that the card is switched off but still in its slot.
	CodeCardNotTaken Code = 4203
)

// DefaultTerminalWait is how long a terminal asks for a card to be put in or
// taken out when a request does not say. It is always sent, since sources
// disagree on what a Konnektor does without.
const DefaultTerminalWait = 20 * time.Second

// maxDisplayMessage is how many characters a terminal is asked to show
// (CardTerminalService v1.1, DisplayMsg).
const maxDisplayMessage = 48

// CardRequest asks at a terminal for a card.
type CardRequest struct {
	Terminal TerminalID
	Slot     int      // counts from 1
	Type     CardType // empty means any
	// Message is shown at the terminal, at most 48 characters; empty means the
	// Konnektor's own text.
	Message string
	// Wait is how long the terminal asks; 0 means DefaultTerminalWait. It goes
	// out in whole seconds, rounded up.
	Wait time.Duration
}

// RequestedCard is what a CardRequest came to.
type RequestedCard struct {
	// Card is the card in the slot; nil when the Konnektor does not say.
	Card *Card
	// AlreadyInserted says that it was there before.
	AlreadyInserted bool
}

// RequestCard has a terminal ask for a card and waits until one is in the slot
// (RequestCard). Without a deadline in ctx it has Wait and Config.Timeout.
//
// It returns an [*Error], with CodeNoCardInserted when none came, or a
// [*Failure]. RequestCard is safe for concurrent use.
func (c *Client) RequestCard(ctx context.Context, r CardRequest) (RequestedCard, *Warning, error) {
	op := cardterminalservice11.OperationRequestCard
	wait, err := terminalWait(op.Name, r.Wait, r.Message, time.Second)
	if err != nil {
		return RequestedCard{}, nil, err
	}
	if r.Terminal == "" || r.Slot < 1 {
		return RequestedCard{}, nil, fail(KindRequest, op.Name, "terminal and slot are needed; slots count from 1")
	}
	req := cardterminalservice11.RequestCard{
		Slot:       cardterminalservice11.Slot{CtID: string(r.Terminal), SlotID: uint64(r.Slot)},
		DisplayMsg: optional(r.Message), TimeOut: &wait,
	}
	if r.Type != "" {
		req.CardType = new(cardservicecommon20.CardTypeType(r.Type))
	}
	ctx, cancel := c.allow(ctx, time.Duration(wait)*time.Second)
	defer cancel()
	var resp cardterminalservice11.RequestCardResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return RequestedCard{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return RequestedCard{}, nil, err
	}
	result := RequestedCard{AlreadyInserted: resp.AlreadyInserted != nil && *resp.AlreadyInserted}
	if resp.Card != nil {
		card := newCard(resp.Card)
		c.handles.learn(card)
		result.Card = &card
	}
	return result, warning, nil
}

// EjectRequest names a card to be given back: by its handle, or by terminal and
// slot.
type EjectRequest struct {
	Card     CardHandle
	Terminal TerminalID
	Slot     int // counts from 1
	// Message is shown at the terminal, at most 48 characters; empty means the
	// Konnektor's own text.
	Message string
	// Wait is how long the terminal asks for the card to be taken out; 0 means
	// DefaultTerminalWait. It goes out in milliseconds, rounded up.
	Wait time.Duration
}

// EjectCard ends the sessions of a card and has the terminal give it back, or
// ask for it to be taken out (EjectCard). Without a deadline in ctx it has Wait
// and Config.Timeout.
//
// It returns an [*Error], with CodeCardNotTaken when nobody took the card, or a
// [*Failure]. EjectCard is safe for concurrent use.
func (c *Client) EjectCard(ctx context.Context, r EjectRequest) (*Warning, error) {
	op := cardterminalservice11.OperationEjectCard
	wait, err := terminalWait(op.Name, r.Wait, r.Message, time.Millisecond)
	if err != nil {
		return nil, err
	}
	req := cardterminalservice11.EjectCard{DisplayMsg: optional(r.Message), TimeOut: &wait}
	switch {
	case r.Card != "" && r.Terminal == "" && r.Slot == 0:
		req.CardHandle = new(string(r.Card))
	case r.Card == "" && r.Terminal != "" && r.Slot > 0:
		req.Slot = &cardterminalservice11.Slot{CtID: string(r.Terminal), SlotID: uint64(r.Slot)}
	default:
		return nil, fail(KindRequest, op.Name, "either a card, or terminal and slot, are needed")
	}
	ctx, cancel := c.allow(ctx, time.Duration(wait)*time.Millisecond)
	defer cancel()
	var resp cardterminalservice11.EjectCardResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// terminalWait is a wait at a terminal in the unit of the operation.
func terminalWait(op string, wait time.Duration, message string, unit time.Duration) (uint64, error) {
	switch {
	case wait < 0 || wait > math.MaxInt32*time.Millisecond:
		return 0, fail(KindRequest, op, "a negative wait, or one of more than 24 days")
	case utf8.RuneCountInString(message) > maxDisplayMessage:
		return 0, fail(KindRequest, op, "a message of more than 48 characters")
	case wait == 0:
		wait = DefaultTerminalWait
	}
	return uint64((wait + unit - 1) / unit), nil
}

// optional is a text that is left out when it is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
