package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type pinRequestDoc struct {
	CardHandle string `json:"card_handle,omitempty" doc:"The card. Without it the SMC-B that is inserted."`
	PINType    string `json:"pin_type,omitempty" doc:"The PIN (PinTyp), such as PIN.SMC, PIN.CH or PIN.QES. Without it the one that a card of its type has."`
	entryLimit
	timeLimit
}

type pinUnblockRequestDoc struct {
	pinRequestDoc
	NewPIN bool `json:"new_pin,omitempty" doc:"Have a new PIN set after the PUK."`
}

type pinAnswerDoc struct {
	CardHandle string `json:"card_handle" table:"-" doc:"The card."`
	PINType    string `json:"pin_type" doc:"The PIN (PinTyp)."`
	OK         bool   `json:"ok" table:"-" doc:"It was accepted."`
	Result     string `json:"result" table:"-" enum:"OK REJECTED WASBLOCKED NOWBLOCKED ERROR TRANSPORT_PIN" doc:"How it ended. REJECTED: wrong, tries are left; WASBLOCKED, NOWBLOCKED: blocked before, by this entry; ERROR: not entered."`
	ResultDE   string `json:"result_de" doc:"How it ended, in German."`
	LeftTries  int64  `json:"left_tries" doc:"The tries left; -1 when the Konnektor does not tell."`
	AdviceDE   string `json:"advice_de" doc:"What the practice can do, in German; empty when nothing is to be done."`
	Warning    *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

// pinCall is an operation of the client that has a person enter a PIN.
type pinCall func(*konnektor.Client, context.Context, konnektor.PINRequest) (konnektor.PINResult, *konnektor.Warning, error)

// pinOperations have a person enter PINs at a terminal.
func pinOperations() []Operation {
	const notAgain = " Blocks until then, and is never repeated: a try may be used up."
	enter := func(name, summary, title string, do pinCall) Operation {
		return emits[entryEventDoc](define(Operation{Name: name, Summary: summary + notAgain, Title: title},
			func(ctx context.Context, c *call, req pinRequestDoc) (*pinAnswerDoc, error) {
				return req.enter(ctx, c, do)
			}))
	}
	return []Operation{
		enter("pin.verify", "Has a person enter a PIN at the terminal, as for unlocking an SMC-B.", titlePINVerify, (*konnektor.Client).VerifyPIN),
		enter("pin.change", "Has a person change a PIN or a transport PIN at the terminal.", titlePINChange, (*konnektor.Client).ChangePIN),
		emits[entryEventDoc](define(Operation{
			Name:    "pin.unblock",
			Summary: "Has a person enter the PUK of a blocked PIN at the terminal. A PUK has ten uses, right or wrong." + notAgain,
			Title:   titlePINUnblock,
		}, runPINUnblock)),
		enter("pin.enable", "Makes an application of a card ask for its PIN.", titlePINEnable, (*konnektor.Client).EnablePIN),
		enter("pin.disable", "Makes an application of a card no longer ask for its PIN.", titlePINDisable, (*konnektor.Client).DisablePIN),
	}
}

func runPINUnblock(ctx context.Context, c *call, req pinUnblockRequestDoc) (*pinAnswerDoc, error) {
	return req.enter(ctx, c, func(k *konnektor.Client, ctx context.Context, r konnektor.PINRequest) (konnektor.PINResult, *konnektor.Warning, error) {
		return k.UnblockPIN(ctx, r, req.NewPIN)
	})
}

// enter runs a PIN operation.
func (r *pinRequestDoc) enter(ctx context.Context, c *call, do pinCall) (*pinAnswerDoc, error) {
	req, err := r.choose(ctx, c)
	if err != nil {
		return nil, err
	}
	req.Entry = r.entry(c)
	result, warning, err := do(c.client, ctx, req)
	if err != nil {
		return nil, err
	}
	g := germanPINResult(result.Result)
	return &pinAnswerDoc{
		CardHandle: string(req.Card), PINType: string(req.PIN), OK: result.OK(), Result: string(result.Result),
		ResultDE: g.what, LeftTries: int64(result.LeftTries), AdviceDE: g.do, Warning: newWarning(c.op, warning),
	}, nil
}

// choose finds the card and the PIN that the request does not name.
func (r *pinRequestDoc) choose(ctx context.Context, c *call) (konnektor.PINRequest, error) {
	req := konnektor.PINRequest{Card: konnektor.CardHandle(r.CardHandle), PIN: konnektor.PINType(r.PINType)}
	switch {
	case req.Card != "" && req.PIN != "":
		return req, nil
	case req.Card == "":
		smcb, err := findSMCB(ctx, c, nil)
		if req.Card = smcb; err != nil {
			return req, err
		}
		if req.PIN == "" {
			req.PIN = konnektor.PINSMC
		}
		return req, nil
	}
	cards, _, err := pinCards(ctx, c, req.Card)
	if err != nil {
		return req, err
	}
	pins := pinsOf(cards[0].Type)
	if len(pins) != 1 {
		return req, &requestError{"pin_type", "cards of this type have several PINs, or none"}
	}
	req.PIN = pins[0]
	return req, nil
}
