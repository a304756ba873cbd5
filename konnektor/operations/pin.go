package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type pinStatusRequestDoc struct {
	CardHandle string `json:"card_handle,omitempty" doc:"The card. Without it every SMC-B and HBA that the workplace reaches is asked."`
	PINType    string `json:"pin_type,omitempty" doc:"The PIN (PinTyp), such as PIN.SMC, PIN.CH or PIN.QES; needs card_handle. Without it the PINs that a card of its type has."`
	timeLimit
}

type pinStatusAnswerDoc struct {
	PINs    []pinDoc `json:"pins" doc:"One entry a PIN."`
	Warning *Error   `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer; the last one, if several."`
}

type pinDoc struct {
	CardHandle string `json:"card_handle" table:"-" doc:"The card."`
	CardType   string `json:"card_type,omitempty" doc:"The type of the card; left out when the request named card and PIN."`
	TerminalID string `json:"terminal_id,omitempty" doc:"Where the card is (CtId); left out likewise."`
	Slot       int64  `json:"slot,omitempty" doc:"The slot, counted from 1; left out likewise."`
	PINType    string `json:"pin_type" doc:"The PIN (PinTyp)."`
	State      string `json:"state" table:"-" enum:"VERIFIED TRANSPORT_PIN EMPTY_PIN BLOCKED VERIFIABLE DISABLED" doc:"Its state."`
	StateDE    string `json:"state_de" doc:"Its state in German."`
	LeftTries  int64  `json:"left_tries" doc:"The tries left; -1 when the Konnektor does not tell."`
	AdviceDE   string `json:"advice_de" doc:"What the practice can do, in German; empty when nothing is to be done."`
}

func opPINStatus() Operation {
	return define(Operation{
		Name:       "pin.status",
		Summary:    "Tells the state of PINs. It uses up no try.",
		Title:      titlePINStatus,
		Repeatable: true,
	}, runPINStatus)
}

func runPINStatus(ctx context.Context, c *call, req pinStatusRequestDoc) (*pinStatusAnswerDoc, error) {
	a := &pinStatusAnswerDoc{PINs: []pinDoc{}}
	if req.PINType != "" {
		if req.CardHandle == "" {
			return nil, &requestError{"pin_type", "needs card_handle"}
		}
		only := konnektor.Card{Handle: konnektor.CardHandle(req.CardHandle)}
		return a, a.add(ctx, c, only, konnektor.PINType(req.PINType))
	}
	cards, warning, err := pinCards(ctx, c, konnektor.CardHandle(req.CardHandle))
	if err != nil {
		return nil, err
	}
	a.Warning = newWarning(c.op, warning)
	for _, card := range cards {
		for _, pin := range pinsOf(card.Type) {
			if err := a.add(ctx, c, card, pin); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// pinCards is the card of that handle, or all that hold a PIN of the practice.
func pinCards(ctx context.Context, c *call, handle konnektor.CardHandle) ([]konnektor.Card, *konnektor.Warning, error) {
	cards, warning, err := c.client.Cards(ctx, konnektor.CardFilter{})
	if err != nil {
		return nil, nil, err
	}
	var found []konnektor.Card
	for _, card := range cards {
		if card.Handle == handle || handle == "" && card.Type != konnektor.CardEGK {
			found = append(found, card)
		}
	}
	if handle != "" && len(found) == 0 {
		return nil, nil, konnektor.KindNotInserted
	}
	return found, warning, nil
}

// pinsOf lists the PINs that a card of type t has (gemSpec_Kon).
func pinsOf(t konnektor.CardType) []konnektor.PINType {
	switch t {
	case konnektor.CardSMCB, konnektor.CardHSMB:
		return []konnektor.PINType{konnektor.PINSMC}
	case konnektor.CardHBA:
		return []konnektor.PINType{konnektor.PINCH, konnektor.PINQES}
	case konnektor.CardHBAqSig:
		return []konnektor.PINType{konnektor.PINQES}
	case konnektor.CardEGK:
		return []konnektor.PINType{konnektor.PINCH}
	}
	return nil
}

// add asks for one PIN.
func (a *pinStatusAnswerDoc) add(ctx context.Context, c *call, card konnektor.Card, pin konnektor.PINType) error {
	s, warning, err := c.client.PINStatus(ctx, card.Handle, pin)
	if err != nil {
		return err
	}
	g := germanPIN(s.State)
	a.PINs = append(a.PINs, pinDoc{
		CardHandle: string(card.Handle), CardType: string(card.Type),
		TerminalID: string(card.Terminal), Slot: int64(card.Slot), PINType: string(pin),
		State: string(s.State), StateDE: g.what, LeftTries: int64(s.LeftTries), AdviceDE: g.do,
	})
	if warning != nil {
		a.Warning = newWarning(c.op, warning)
	}
	return nil
}
