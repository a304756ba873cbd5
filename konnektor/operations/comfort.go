package operations

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type signComfortRequestDoc struct {
	CardHandle string `json:"card_handle" doc:"The HBA."`
	entryLimit
	timeLimit
}

type signComfortActivateAnswerDoc struct {
	Mode    string `json:"mode" enum:"PIN COMFORT" doc:"Whether each job asks for the PIN (PIN) or not (COMFORT)."`
	Warning *Error `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opSignComfortActivate() Operation {
	return emits[entryEventDoc](define(Operation{
		Name:    "sign.comfort.activate",
		Summary: "Has the owner of an HBA enter PIN.QES once for many signatures. The UserId of the Config is the key to that: a long random value that is not used again. Blocks until then, and is never repeated.",
		Title:   titleSignComfortActivate,
	}, runSignComfortActivate))
}

func runSignComfortActivate(ctx context.Context, c *call, req signComfortRequestDoc) (*signComfortActivateAnswerDoc, error) {
	mode, warning, err := c.client.ActivateComfortSignature(ctx, konnektor.ComfortRequest{
		Card: konnektor.CardHandle(req.CardHandle), Entry: req.entry(c),
	})
	if err != nil {
		return nil, err
	}
	return &signComfortActivateAnswerDoc{string(mode), newWarning(c.op, warning)}, nil
}

type signComfortDeactivateRequestDoc struct {
	CardHandles []string `json:"card_handles" doc:"The HBA."`
	timeLimit
}

func opSignComfortDeactivate() Operation {
	return define(Operation{
		Name: "sign.comfort.deactivate", Summary: "Ends the comfort signatures of HBA, in all sessions.", Title: titleSignComfortDeactivate, Repeatable: true,
	}, runSignComfortDeactivate)
}

func runSignComfortDeactivate(ctx context.Context, c *call, req signComfortDeactivateRequestDoc) (*doneAnswerDoc, error) {
	cards := make([]konnektor.CardHandle, 0, len(req.CardHandles))
	for _, handle := range req.CardHandles {
		cards = append(cards, konnektor.CardHandle(handle))
	}
	return c.finish(c.client.DeactivateComfortSignature(ctx, cards...))
}

type signComfortModeRequestDoc struct {
	CardHandle string `json:"card_handle" doc:"The HBA."`
	timeLimit
}

type signComfortModeAnswerDoc struct {
	Enabled      bool               `json:"enabled" doc:"An administrator allows comfort signatures."`
	Max          int64              `json:"max" doc:"How many signatures one activation is good for."`
	TimerSeconds int64              `json:"timer_seconds" doc:"How long one activation lasts."`
	Session      *comfortSessionDoc `json:"session,omitempty" doc:"What is left of the activation; left out without one."`
	Warning      *Error             `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type comfortSessionDoc struct {
	Mode        string `json:"mode" enum:"PIN COMFORT" doc:"Whether each job asks for the PIN (PIN) or not (COMFORT)."`
	CountLeft   int64  `json:"count_left" doc:"How many signatures are left."`
	SecondsLeft int64  `json:"seconds_left" doc:"How long it still lasts."`
}

func opSignComfortMode() Operation {
	return define(Operation{
		Name: "sign.comfort.mode", Summary: "Tells how an HBA signs, within which limits, and what is left of its comfort session.", Title: titleSignComfortMode, Repeatable: true,
	}, runSignComfortMode)
}

func runSignComfortMode(ctx context.Context, c *call, req signComfortModeRequestDoc) (*signComfortModeAnswerDoc, error) {
	m, warning, err := c.client.SignatureMode(ctx, konnektor.CardHandle(req.CardHandle))
	if err != nil {
		return nil, err
	}
	a := &signComfortModeAnswerDoc{
		Enabled: m.Enabled, Max: int64(m.Max), TimerSeconds: int64(m.Timer / time.Second), Warning: newWarning(c.op, warning),
	}
	if s := m.Session; s != nil {
		a.Session = &comfortSessionDoc{string(s.Mode), int64(s.CountLeft), int64(s.TimeRemaining / time.Second)}
	}
	return a, nil
}
