package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// pollTimeout bounds one question beside the work.
const pollTimeout = 30 * time.Second

// polling is what a request says about listing the cards again and again.
type polling struct {
	PollMS int64 `json:"poll_ms,omitempty" min:"200" max:"60000" doc:"How often the cards are listed, in milliseconds. 1000 when left out."`
}

// interval is the time between two listings; 0 means konnektor.DefaultPoll.
func (p polling) interval() time.Duration {
	return time.Duration(p.PollMS) * time.Millisecond
}

type cardsWaitRequestDoc struct {
	cardSelection
	sinkField
	polling
	OnlyNew bool `json:"only_new,omitempty" doc:"Pass over the cards that are already in when the call begins."`
	timeLimit
}

func opCardsWait() Operation {
	return define(Operation{
		Name:       "cards.wait",
		Summary:    "Waits until a card that fits is inserted and returns it; when timeout_ms is over, the error is of kind not-inserted. Of several cards the one inserted last is taken. With a sink the Konnektor's own events bring the card at once.",
		Title:      titleCardsWait,
		Repeatable: true,
	}, runCardsWait)
}

func runCardsWait(ctx context.Context, c *call, req cardsWaitRequestDoc) (*cardAnswerDoc, error) {
	source, leave, err := req.events(c)
	if err != nil {
		return nil, err
	}
	defer c.sources.later(leave)
	watch := konnektor.WatchRequest{Filter: req.filter(), Poll: req.interval(), Events: source}
	var found *konnektor.Card
	for change, err := range c.client.Watch(ctx, watch) {
		switch {
		case err == context.DeadlineExceeded: // not that of a call
			return nil, errNotInTime
		case err != nil:
			return nil, err
		case change.Kind == konnektor.WatchLost:
			return nil, change.Err
		case change.Kind == konnektor.CardInserted, change.Kind == konnektor.CardPresent && !req.OnlyNew:
			found = &change.Card // the later, the later inserted
		case change.Kind == konnektor.CardRemoved && found != nil && found.Handle == change.Card.Handle:
			found = nil
		}
		if found != nil && !change.More {
			return &cardAnswerDoc{Card: newCard(*found)}, nil
		}
	}
	return nil, ctx.Err()
}

// errNotInTime is a card that was waited for in vain.
var errNotInTime = fmt.Errorf("operations: no card that fits in the given time: %w", konnektor.KindNotInserted)

// awaitCards returns all cards as soon as one of them fits.
func awaitCards(ctx context.Context, client *konnektor.Client, watch konnektor.WatchRequest, fits func(konnektor.Card) bool) ([]konnektor.Card, error) {
	var cards []konnektor.Card
	for change, err := range client.Watch(ctx, watch) {
		gone := change.Card.Handle
		switch {
		case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, errNotInTime
		case err != nil:
			return nil, err
		case change.Kind == konnektor.WatchLost:
			return nil, change.Err
		case change.Kind == konnektor.WatchBack:
			continue
		case change.Kind == konnektor.CardRenamed:
			gone = change.Old
		}
		cards = slices.DeleteFunc(cards, func(card konnektor.Card) bool { return card.Handle == gone })
		if change.Kind != konnektor.CardRemoved {
			cards = append(cards, change.Card)
		}
		if !change.More && slices.ContainsFunc(cards, fits) {
			return cards, nil
		}
	}
	return nil, ctx.Err()
}
