package konnektor

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalinfo80"
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
