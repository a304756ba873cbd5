package operations

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sort"
	"time"

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
	w := watcher{call: c, waiter: waiter{client: c.client, filter: req.filter(), pause: req.interval()}}
	cards, err := w.list(ctx)
	if err != nil {
		return nil, err
	}
	w.present(cards)
	for {
		err := sleep(ctx, w.next())
		if err == nil {
			err = w.look(ctx)
		}
		switch {
		case err == nil:
		case req.TimeoutMS > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return &w.count, nil
		default:
			return nil, err
		}
	}
}

// watcher turns lists of cards into events.
type watcher struct {
	waiter
	call  *call
	known map[konnektor.CardHandle]konnektor.Card
	count cardsWatchAnswerDoc
	lost  int // how many tries in a row were without answer
}

// next is the time until the next try: it doubles while there is no answer.
func (w *watcher) next() time.Duration {
	d := w.pause << min(w.lost, 10)
	return max(w.pause, min(d, maxPause))
}

// look lists the cards and tells what changed. It returns an error only when it
// makes no sense to go on.
func (w *watcher) look(ctx context.Context) error {
	cards, err := w.list(ctx)
	switch {
	case err != nil && (ctx.Err() != nil || !passing(err)):
		return err
	case err != nil:
		if w.lost++; w.lost == 1 {
			e := NewError(w.call.op, err)
			w.call.send(cardEventDoc{Event: eventLost, TextDE: e.TextDE, Error: e})
		}
		return nil
	}
	if w.lost > 0 {
		w.lost = 0
		w.call.send(cardEventDoc{Event: eventBack, TextDE: eventGerman[eventBack]})
	}
	w.compare(byHandle(cards))
	return nil
}

// present tells of the cards that are in.
func (w *watcher) present(cards []konnektor.Card) {
	w.known = byHandle(cards)
	for _, card := range sorted(w.known) {
		w.tell(eventPresent, card)
	}
}

// compare tells what changed from the known cards to now.
func (w *watcher) compare(now map[konnektor.CardHandle]konnektor.Card) {
	for _, card := range sorted(w.known) {
		if _, still := now[card.Handle]; !still {
			w.count.Removed++
			w.tell(eventRemoved, card)
		}
	}
	for _, card := range sorted(now) {
		if _, before := w.known[card.Handle]; !before {
			w.count.Inserted++
			w.tell(eventInserted, card)
		}
	}
	w.known = now
}

func (w *watcher) tell(event string, card konnektor.Card) {
	doc := newCard(card)
	w.call.send(cardEventDoc{Event: event, TextDE: eventGerman[event] + ": " + doc.TypeText, Card: &doc})
}

// sorted lists cards in the order of their insertion.
func sorted(cards map[konnektor.CardHandle]konnektor.Card) []konnektor.Card {
	list := slices.Collect(maps.Values(cards))
	sort.Slice(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		return cmp.Or(a.InsertTime.Compare(b.InsertTime), cmp.Compare(a.Handle, b.Handle)) < 0
	})
	return list
}

// passing reports whether err may go away by itself, as while a Konnektor
// starts.
func passing(err error) bool {
	e := NewError("", err)
	switch e.Remedy {
	case konnektor.RemedyRetry, konnektor.RemedyRestart, konnektor.RemedyOffline:
		return true
	}
	return e.Kind == konnektor.KindNoService || e.Kind == konnektor.KindMalformed
}
