package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type terminalsRequestDoc struct {
	MandantWide bool `json:"mandant_wide,omitempty" doc:"All terminals of the Mandant, not only those of the workplace."`
	timeLimit
}

type terminalsAnswerDoc struct {
	Terminals []terminalDoc `json:"terminals" doc:"The card terminals, in no given order."`
	Warning   *Error        `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type terminalDoc struct {
	ID         string     `json:"id" doc:"The card terminal (CtId)."`
	Name       string     `json:"name" doc:"The name that the administrator gave it."`
	Connected  bool       `json:"connected" doc:"The Konnektor has a connection to it."`
	Slots      int64      `json:"slots" doc:"How many slots it has."`
	IP         string     `json:"ip" doc:"Its address, IPv4 or IPv6; empty when unknown."`
	MAC        string     `json:"mac" doc:"Its MAC address, with dashes."`
	Physical   bool       `json:"physical" doc:"A real device; false for a virtual one."`
	Workplaces []string   `json:"workplaces" doc:"The workplaces (WorkplaceId) that may use it."`
	Product    productDoc `json:"product" table:"-" doc:"What the terminal says of itself."`
}

func opTerminals() Operation {
	return define(Operation{
		Name:       "terminals",
		Summary:    "Lists the card terminals.",
		Title:      titleTerminals,
		Repeatable: true,
	}, runTerminals)
}

func runTerminals(ctx context.Context, c *call, req terminalsRequestDoc) (*terminalsAnswerDoc, error) {
	terminals, warning, err := c.client.CardTerminals(ctx, req.MandantWide)
	if err != nil {
		return nil, err
	}
	a := &terminalsAnswerDoc{Terminals: make([]terminalDoc, 0, len(terminals)), Warning: newWarning(c.op, warning)}
	for _, t := range terminals {
		a.Terminals = append(a.Terminals, newTerminal(t))
	}
	return a, nil
}

type terminalRequestDoc struct {
	TerminalID string `json:"terminal_id" doc:"The card terminal (CtId)."`
	timeLimit
}

type terminalAnswerDoc struct {
	Terminal terminalDoc `json:"terminal" doc:"The card terminal."`
	Warning  *Error      `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opTerminal() Operation {
	return define(Operation{
		Name:       "terminal",
		Summary:    "Tells what is known of one card terminal.",
		Title:      titleTerminal,
		Repeatable: true,
	}, runTerminal)
}

func runTerminal(ctx context.Context, c *call, req terminalRequestDoc) (*terminalAnswerDoc, error) {
	if req.TerminalID == "" {
		return nil, &requestError{"terminal_id", "must not be empty"}
	}
	r, warning, err := c.client.Resource(ctx, konnektor.ResourceQuery{Terminal: konnektor.TerminalID(req.TerminalID)})
	if err != nil {
		return nil, err
	}
	if r.Terminal == nil {
		return nil, konnektor.KindMalformed
	}
	return &terminalAnswerDoc{Terminal: newTerminal(*r.Terminal), Warning: newWarning(c.op, warning)}, nil
}

func newTerminal(t konnektor.Terminal) terminalDoc {
	return terminalDoc{
		ID: string(t.ID), Name: t.Name, Connected: t.Connected, Slots: int64(t.Slots),
		IP: t.IP, MAC: t.MAC, Physical: t.Physical,
		Workplaces: append([]string{}, t.Workplaces...), Product: newProduct(t.Product),
	}
}
