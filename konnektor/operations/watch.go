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
		Summary:    "Tells by events which cards are inserted and removed, until timeout_ms is over or the call is cancelled. A Konnektor that stops answering is waited for. The cards are found by listing them again and again: a card that is in for less than poll_ms may be missed.",
		Title:      titleCardsWatch,
		Repeatable: true,
	}, runCardsWatch))
}

func runCardsWatch(ctx context.Context, c *call, req cardsWatchRequestDoc) (*cardsWatchAnswerDoc, error) {
	w := watcher{call: c}
	watch := konnektor.WatchRequest{Filter: req.filter(), Poll: req.interval()}
	for change, err := range c.client.Watch(ctx, watch) {
		switch {
		case err == nil:
			w.tell(change)
		case req.TimeoutMS > 0 && err == context.DeadlineExceeded: // not that of a call
			return &w.count, nil
		default:
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// watcher turns changes into events.
type watcher struct {
	call  *call
	count cardsWatchAnswerDoc
}

func (w *watcher) tell(change konnektor.CardChange) {
	switch change.Kind {
	case konnektor.CardPresent:
		w.card(eventPresent, change.Card)
	case konnektor.CardInserted:
		w.card(eventInserted, change.Card)
	case konnektor.CardRemoved:
		w.card(eventRemoved, change.Card)
	case konnektor.CardRenamed: // for who knows cards by their handles, another card
		old := change.Card
		old.Handle = change.Old
		w.card(eventRemoved, old)
		w.card(eventInserted, change.Card)
	case konnektor.WatchLost:
		e := NewError(w.call.op, change.Err)
		w.call.send(cardEventDoc{Event: eventLost, TextDE: e.TextDE, Error: e})
	case konnektor.WatchBack:
		w.call.send(cardEventDoc{Event: eventBack, TextDE: eventGerman[eventBack]})
	}
}

func (w *watcher) card(event string, card konnektor.Card) {
	switch event {
	case eventInserted:
		w.count.Inserted++
	case eventRemoved:
		w.count.Removed++
	}
	doc := newCard(card)
	w.call.send(cardEventDoc{Event: event, TextDE: eventGerman[event] + ": " + doc.TypeText, Card: &doc})
}
