package operations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const (
	// defaultPoll is how often the cards are listed while waiting for one.
	defaultPoll = time.Second
	// pollTimeout bounds one listing.
	pollTimeout = 30 * time.Second
	// maxPause is the longest time between two tries to reach a Konnektor that
	// does not answer.
	maxPause = 30 * time.Second
)

// polling is what a request says about listing the cards again and again.
type polling struct {
	PollMS int64 `json:"poll_ms,omitempty" min:"200" max:"60000" doc:"How often the cards are listed, in milliseconds. 1000 when left out."`
}

// interval is the time between two listings.
func (p polling) interval() time.Duration {
	if p.PollMS == 0 {
		return defaultPoll
	}
	return time.Duration(p.PollMS) * time.Millisecond
}

type cardsWaitRequestDoc struct {
	cardSelection
	polling
	OnlyNew bool `json:"only_new,omitempty" doc:"Pass over the cards that are already in when the call begins."`
	timeLimit
}

func opCardsWait() Operation {
	return define(Operation{
		Name:       "cards.wait",
		Summary:    "Waits until a card that fits is inserted and returns it; when timeout_ms is over, the error is of kind not-inserted. Of several cards the one inserted last is taken.",
		Title:      titleCardsWait,
		Repeatable: true,
	}, runCardsWait)
}

func runCardsWait(ctx context.Context, c *call, req cardsWaitRequestDoc) (*cardAnswerDoc, error) {
	w := waiter{client: c.client, filter: req.filter(), pause: req.interval()}
	if req.OnlyNew {
		cards, err := w.list(ctx)
		if err != nil {
			return nil, err
		}
		w.old = byHandle(cards)
	}
	card, err := w.wait(ctx)
	if err != nil {
		return nil, err
	}
	return &cardAnswerDoc{Card: newCard(card)}, nil
}

// waiter lists the cards again and again.
type waiter struct {
	client *konnektor.Client
	filter konnektor.CardFilter
	pause  time.Duration
	old    map[konnektor.CardHandle]konnektor.Card // do not count
}

// wait returns the card that was inserted last, as soon as there is one.
func (w *waiter) wait(ctx context.Context) (konnektor.Card, error) {
	for answered := false; ; answered = true {
		cards, err := w.list(ctx)
		if err == nil {
			if card, ok := w.latest(cards); ok {
				return card, nil
			}
			err = sleep(ctx, w.pause)
			answered = true
		}
		switch {
		case err == nil:
		case answered && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return konnektor.Card{}, fmt.Errorf("operations: no card that fits in the given time: %w", konnektor.KindNotInserted)
		default:
			return konnektor.Card{}, err
		}
	}
}

// list lists the cards once.
func (w *waiter) list(ctx context.Context) ([]konnektor.Card, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	cards, _, err := w.client.Cards(ctx, w.filter)
	return cards, err
}

// latest is the card inserted last that is not an old one.
func (w *waiter) latest(cards []konnektor.Card) (found konnektor.Card, ok bool) {
	for _, card := range cards {
		if _, old := w.old[card.Handle]; !old && (!ok || card.InsertTime.After(found.InsertTime)) {
			found, ok = card, true
		}
	}
	return found, ok
}

// byHandle maps the cards by their handles.
func byHandle(cards []konnektor.Card) map[konnektor.CardHandle]konnektor.Card {
	m := make(map[konnektor.CardHandle]konnektor.Card, len(cards))
	for _, card := range cards {
		m[card.Handle] = card
	}
	return m
}

// sleep waits for d, or gives the reason why ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
