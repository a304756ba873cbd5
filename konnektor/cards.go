package konnektor

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Card is an inserted card as the Konnektor lists it. Holder and KVNR name a
// patient; they are masked wherever a Card is printed, logged or encoded.
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

// Format writes type, handle and place, whatever the verb. It is there because
// package fmt does not ask Holder and KVNR how they want to be printed when it
// meets a Card behind a pointer under a verb that does not fit.
func (c Card) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Card{%s %s %s/%d}", string(c.Type), string(c.Handle), string(c.Terminal), c.Slot)
}

// LogValue is type, handle and place.
func (c Card) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("type", string(c.Type)), slog.String("handle", string(c.Handle)),
		slog.String("terminal", string(c.Terminal)), slog.Int("slot", c.Slot),
	)
}

// CardVersion is the versions of a card's parts, "n.n.n" each; empty where the
// Konnektor does not say.
type CardVersion struct {
	COS, ObjectSystem, CardPTPers, DataStructure, Logging, ATR, GDO, KeyInfo string
}

// CardFilter narrows a list of cards; zero fields do not narrow.
type CardFilter struct {
	Terminal TerminalID
	Slot     int // counts from 1; only together with Terminal
	Type     CardType
	// MandantWide lists all cards that the Mandant may use, not only those that
	// the workplace can reach.
	MandantWide bool
}

// Cards lists the inserted cards that the Mandant may see, in no given order.
//
// It returns an [*Error] with CodeBadMandant when the CallContext is not
// configured on the Konnektor. Cards is safe for concurrent use.
func (c *Client) Cards(ctx context.Context, f CardFilter) ([]Card, *Warning, error) {
	op := eventservice72.OperationGetCards
	req := eventservice72.GetCards{MandantWide: &f.MandantWide}
	var err error
	if req.CtID, req.SlotID, err = place(op.Name, f.Terminal, f.Slot); err != nil {
		return nil, nil, err
	}
	if f.Type != "" {
		req.CardType = new(cardservicecommon20.CardTypeType(f.Type))
	}
	var resp eventservice72.GetCardsResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	cards := make([]Card, len(resp.Cards.Card))
	for i := range resp.Cards.Card {
		cards[i] = newCard(&resp.Cards.Card[i])
	}
	c.handles.learn(cards...)
	return cards, warning, nil
}

// place is a terminal and slot on the wire.
func place(op string, terminal TerminalID, slot int) (ctID *string, slotID *uint64, err error) {
	switch {
	case slot < 0:
		return nil, nil, fail(KindRequest, op, "slots count from 1")
	case slot > 0 && terminal == "":
		return nil, nil, fail(KindRequest, op, "a slot without terminal")
	}
	if terminal != "" {
		ctID = new(string(terminal))
	}
	if slot > 0 {
		slotID = new(uint64(slot))
	}
	return ctID, slotID, nil
}

func newCard(v *cardservice81.CardInfoType) Card {
	card := Card{
		Handle:     CardHandle(v.CardHandle),
		Type:       CardType(v.CardType),
		ICCSN:      ICCSN(text(v.ICCSN)),
		Terminal:   TerminalID(v.CtID),
		Slot:       number(v.SlotID),
		InsertTime: v.InsertTime.Time,
		Holder:     Name(text(v.CardHolderName)),
		KVNR:       KVNR(text(v.KVNR)),
		Version:    newCardVersion(v.CardVersion),
	}
	if day := v.CertificateExpirationDate; day != nil && *day != (wire.Date{}) {
		card.CertificateExpires = day.Time()
	}
	return card
}

func newCardVersion(v *cardservice81.CardVersion) *CardVersion {
	if v == nil {
		return nil
	}
	return &CardVersion{
		COS: version(&v.COSVersion), ObjectSystem: version(&v.ObjectSystemVersion),
		CardPTPers: version(v.CardPTPersVersion), DataStructure: version(v.DataStructureVersion),
		Logging: version(v.LoggingVersion), ATR: version(v.ATRVersion),
		GDO: version(v.GDOVersion), KeyInfo: version(v.KeyInfoVersion),
	}
}

func version(v *cardservice81.VersionInfoType) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Revision)
}

// text is an optional text, empty when it is missing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// number is a number of slots, or of one, as an int. No device has as many as do
// not fit in; such a number counts as 0, which is no slot.
func number(n uint64) int {
	if n > math.MaxInt32 {
		return 0
	}
	return int(n)
}
