package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// display is what a request says about the terminal's display.
type display struct {
	Message string `json:"message,omitempty" doc:"What the terminal shows, at most 48 characters. The Konnektor's own text when left out."`
	WaitMS  int64  `json:"wait_ms,omitempty" min:"1" max:"600000" doc:"How long the terminal asks, in milliseconds. 20000 when left out."`
}

func (d display) wait() time.Duration { return time.Duration(d.WaitMS) * time.Millisecond }

type terminalRequestCardRequestDoc struct {
	TerminalID string `json:"terminal_id" doc:"The card terminal (CtId)."`
	Slot       int64  `json:"slot" min:"1" max:"255" doc:"The slot, counted from 1."`
	CardType   string `json:"card_type,omitempty" enum:"EGK HBA-qSig HBA SMC-B HSM-B SMC-KT KVK ZOD_2.0 UNKNOWN HBAx SM-B" doc:"The type of card to ask for; any when left out."`
	display
	timeLimit
}

type terminalRequestCardAnswerDoc struct {
	Card            *cardDoc `json:"card,omitempty" doc:"The card; left out when the Konnektor does not tell."`
	AlreadyInserted bool     `json:"already_inserted" doc:"It was in before."`
	Warning         *Error   `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opTerminalRequestCard() Operation {
	return define(Operation{
		Name:       "terminal.request_card",
		Summary:    "Has a terminal ask for a card and waits until one is inserted; when none comes, the code is 4202.",
		Title:      titleTerminalRequestCard,
		Repeatable: true,
	}, runTerminalRequestCard)
}

func runTerminalRequestCard(ctx context.Context, c *call, req terminalRequestCardRequestDoc) (*terminalRequestCardAnswerDoc, error) {
	r, warning, err := c.client.RequestCard(ctx, konnektor.CardRequest{
		Terminal: konnektor.TerminalID(req.TerminalID), Slot: int(req.Slot), Type: konnektor.CardType(req.CardType),
		Message: req.Message, Wait: req.wait(),
	})
	if err != nil {
		return nil, err
	}
	a := &terminalRequestCardAnswerDoc{AlreadyInserted: r.AlreadyInserted, Warning: newWarning(c.op, warning)}
	if r.Card != nil {
		doc := newCard(*r.Card)
		a.Card = &doc
	}
	return a, nil
}

type terminalEjectRequestDoc struct {
	CardHandle string `json:"card_handle,omitempty" doc:"The card by its handle. Give this, or terminal_id with slot."`
	TerminalID string `json:"terminal_id,omitempty" doc:"The card by its place: the card terminal (CtId)."`
	Slot       int64  `json:"slot,omitempty" min:"1" max:"255" doc:"The card by its place: the slot, counted from 1."`
	display
	timeLimit
}

func opTerminalEject() Operation {
	return define(Operation{
		Name:       "terminal.eject",
		Summary:    "Ends the sessions of a card and has the terminal give it back, or ask for it to be taken out; when nobody takes it, the code is 4203.",
		Title:      titleTerminalEject,
		Repeatable: true,
	}, runTerminalEject)
}

func runTerminalEject(ctx context.Context, c *call, req terminalEjectRequestDoc) (*doneAnswerDoc, error) {
	return c.finish(c.client.EjectCard(ctx, konnektor.EjectRequest{
		Card: konnektor.CardHandle(req.CardHandle), Terminal: konnektor.TerminalID(req.TerminalID), Slot: int(req.Slot),
		Message: req.Message, Wait: req.wait(),
	}))
}
