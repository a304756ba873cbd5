package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// The events of cards.watch.
const (
	eventPresent  = "card.present"
	eventInserted = "card.inserted"
	eventRemoved  = "card.removed"
	eventLost     = "konnektor.lost"
	eventBack     = "konnektor.back"
)

type cardsWatchRequestDoc struct {
	cardSelection
	sinkField
	polling
	timeLimit
}

type cardsWatchAnswerDoc struct {
	Inserted int64 `json:"inserted" doc:"How many cards were inserted since the call began."`
	Removed  int64 `json:"removed" doc:"How many cards were removed."`
}

type cardEventDoc struct {
	Event  string   `json:"event" enum:"card.present card.inserted card.removed konnektor.lost konnektor.back" doc:"What happened. card.present is a card that was in when the call began, or when a lost Konnektor came back."`
	TextDE string   `json:"text_de" doc:"What happened, in German."`
	Card   *cardDoc `json:"card,omitempty" doc:"The card; not with konnektor.lost and konnektor.back."`
	Error  *Error   `json:"error,omitempty" doc:"With konnektor.lost: why."`
}

func opCardsWatch() Operation {
	return emits[cardEventDoc](define(Operation{
		Name:       "cards.watch",
		Summary:    "Tells by events which cards are inserted and removed, until timeout_ms is over or the call is cancelled. A Konnektor that stops answering is waited for. With a sink the Konnektor's own events bring the cards at once. Without one, and while events stay away, they are found by listing them again and again: a card that is in for less than poll_ms may be missed.",
		Title:      titleCardsWatch,
		Repeatable: true,
	}, runCardsWatch))
}

func runCardsWatch(ctx context.Context, c *call, req cardsWatchRequestDoc) (*cardsWatchAnswerDoc, error) {
	source, leave, err := req.events(c)
	if err != nil {
		return nil, err
	}
	defer leave()
	watch := konnektor.WatchRequest{Filter: req.filter(), Poll: req.interval(), Events: source}
	var count cardsWatchAnswerDoc
	for change, err := range c.client.Watch(ctx, watch) {
		switch {
		case err == nil:
			for _, d := range newCardEvents(c.op, change) {
				count.add(d.Event)
				c.send(d)
			}
		case req.TimeoutMS > 0 && err == context.DeadlineExceeded: // not that of a call
			return &count, nil
		default:
			return nil, err
		}
	}
	return nil, ctx.Err()
}

func (a *cardsWatchAnswerDoc) add(event string) {
	switch event {
	case eventInserted:
		a.Inserted++
	case eventRemoved:
		a.Removed++
	}
}

// newCardEvents are the events that tell of a change.
func newCardEvents(op string, change konnektor.CardChange) []cardEventDoc {
	switch change.Kind {
	case konnektor.CardPresent:
		return []cardEventDoc{newCardEvent(eventPresent, change.Card)}
	case konnektor.CardInserted:
		return []cardEventDoc{newCardEvent(eventInserted, change.Card)}
	case konnektor.CardRemoved:
		return []cardEventDoc{newCardEvent(eventRemoved, change.Card)}
	case konnektor.CardRenamed: // for who knows cards by their handles, another card
		old := change.Card
		old.Handle = change.Old
		return []cardEventDoc{newCardEvent(eventRemoved, old), newCardEvent(eventInserted, change.Card)}
	case konnektor.WatchLost:
		e := NewError(op, change.Err)
		return []cardEventDoc{{Event: eventLost, TextDE: e.TextDE, Error: e}}
	case konnektor.WatchBack:
		return []cardEventDoc{{Event: eventBack, TextDE: eventGerman[eventBack]}}
	}
	return nil
}

func newCardEvent(event string, card konnektor.Card) cardEventDoc {
	doc := newCard(card)
	return cardEventDoc{Event: event, TextDE: eventGerman[event] + ": " + doc.TypeText, Card: &doc}
}
