package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const (
	// defaultPoll is how often the cards are listed while waiting for one.
	defaultPoll = time.Second
	// pollTimeout bounds one listing.
	pollTimeout = 30 * time.Second
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
	var old map[konnektor.CardHandle]konnektor.Card
	fits := func(card konnektor.Card) bool {
		_, in := old[card.Handle]
		return !in
	}
	w := waiter{client: c.client, filter: req.filter(), fits: fits, pause: req.interval()}
	if req.OnlyNew {
		cards, err := w.list(ctx)
		if err != nil {
			return nil, err
		}
		old = byHandle(cards)
	}
	cards, err := w.wait(ctx)
	if err != nil {
		return nil, err
	}
	cards = slices.DeleteFunc(cards, func(card konnektor.Card) bool { return !fits(card) })
	latest := slices.MaxFunc(cards, func(a, b konnektor.Card) int { return a.InsertTime.Compare(b.InsertTime) })
	return &cardAnswerDoc{Card: newCard(latest)}, nil
}

// waiter lists the cards again and again.
type waiter struct {
	client   *konnektor.Client
	filter   konnektor.CardFilter
	fits     func(konnektor.Card) bool
	pause    time.Duration
	answered bool // the Konnektor has listed cards at least once
}

// wait returns the cards as soon as one of them fits.
func (w *waiter) wait(ctx context.Context) ([]konnektor.Card, error) {
	for {
		cards, err := w.list(ctx)
		if err == nil {
			if slices.ContainsFunc(cards, w.fits) {
				return cards, nil
			}
			err = sleep(ctx, w.pause)
		}
		switch {
		case err == nil:
		case w.answered && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, fmt.Errorf("operations: no card that fits in the given time: %w", konnektor.KindNotInserted)
		default:
			return nil, err
		}
	}
}

// list lists the cards once.
func (w *waiter) list(ctx context.Context) ([]konnektor.Card, error) {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	cards, _, err := w.client.Cards(ctx, w.filter)
	w.answered = w.answered || err == nil
	return cards, err
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
