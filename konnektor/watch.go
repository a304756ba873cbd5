package konnektor

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sort"
	"time"
)

// Values of a WatchRequest whose fields are zero.
const (
	// DefaultPoll is how often cards are listed while no events come.
	DefaultPoll = time.Second
	// DefaultCheck is how often cards are listed although events come.
	DefaultCheck = time.Minute
)

const (
	// settle is how long after an event the cards are listed, to find events that
	// came late, came in another order or did not come.
	settle = 2 * time.Second
	// listTimeout bounds one listing.
	listTimeout = 30 * time.Second
	// maxPause is the longest time between two tries to reach a Konnektor that
	// does not answer.
	maxPause = 30 * time.Second
	// maxGone is how many removed cards are remembered at least, so that a late
	// event does not bring them back. Handles are not used again for 48 h.
	maxGone = 1024
)

// WatchRequest says what [Client.Watch] watches. Zero fields mean the documented
// default.
type WatchRequest struct {
	// Filter narrows the cards.
	Filter CardFilter
	// Events brings the news; nil means that the cards are listed again and
	// again. Package cetp has one.
	Events EventSource
	// Poll is how often the cards are listed while no events come; 0 means
	// [DefaultPoll]. A card that is in for a shorter time is missed then.
	Poll time.Duration
	// Check is how often they are listed although events come; 0 means
	// [DefaultCheck]. It bounds how long it takes to notice that events stay
	// away.
	Check time.Duration
	// Patient waits for a Konnektor that does not answer at the very beginning
	// too; else Watch ends with the error then.
	Patient bool
	// Clock is nil in programs.
	Clock Clock
}

// EventSource brings events to one [Client.Watch]. Its methods are called by the
// goroutine that watches.
type EventSource interface {
	// Ready receives after there is something to take.
	Ready() <-chan struct{}
	// Take returns what came next; ok is false when nothing is there.
	Take() (n Notice, ok bool)
	// Missed tells that cards came or went without an event.
	Missed()
}

// Notice is what an [EventSource] has to tell: one of its fields is set.
type Notice struct {
	// Event is one event; nil for the other notices. It is shared and must not
	// be changed.
	Event *Event
	// Lost is how many events were dropped because they were not taken in time.
	Lost int
	// Flow tells that events come from now on, or that they stay away.
	Flow EventFlow
}

// EventFlow says whether events come.
type EventFlow string

// The flows of events. A source that has told nothing is FlowStopped.
const (
	FlowRunning EventFlow = "running" // an event has come since the last trouble
	FlowStopped EventFlow = "stopped" // none can be expected, or none was seen yet
)

// CardChangeKind is what happened.
type CardChangeKind string

// The kinds of change.
const (
	CardPresent  CardChangeKind = "present"  // was in when Watch began
	CardInserted CardChangeKind = "inserted" // was inserted
	CardRemoved  CardChangeKind = "removed"  // was removed, or its terminal is gone
	// CardRenamed is a card that was not moved and has another handle, as after a
	// restart of the Konnektor; Old has the one that it had.
	CardRenamed CardChangeKind = "renamed"
	// WatchLost says that the Konnektor does not answer; Err says why. The cards
	// stay as they were until it does.
	WatchLost CardChangeKind = "lost"
	WatchBack CardChangeKind = "back" // it answers again
)

// CardChange is one change in the terminals.
type CardChange struct {
	Kind CardChangeKind
	Card Card       // not with WatchLost and WatchBack
	Old  CardHandle // with CardRenamed
	Err  error      // with WatchLost
	More bool       // changes that were found at the same time follow
}

// Watch tells which cards are inserted and removed, until ctx ends or the caller
// stops. It begins with the cards that are in.
//
//	for change, err := range client.Watch(ctx, konnektor.WatchRequest{Events: keeper.Events()}) {
//		switch {
//		case err != nil:
//			return err
//		case change.Kind == konnektor.CardInserted:
//			...
//		}
//	}
//
// Every insertion is told once and before its removal, whether it comes by an
// event, by two, late, or by listing the cards; so a card that came and went
// while the caller was busy is told as inserted and as removed. A Konnektor that
// stops answering is waited for; settings that are wrong end Watch with the
// error as the last element. When ctx ends, its error is the last element, or,
// while the Konnektor has not answered yet, that of the call.
//
// Each call has its own state. A WatchRequest with Events is good for one call.
func (c *Client) Watch(ctx context.Context, req WatchRequest) iter.Seq2[CardChange, error] {
	return func(yield func(CardChange, error) bool) {
		w := newWatcher(req, func(ctx context.Context) ([]Card, error) {
			cards, _, err := c.Cards(ctx, req.Filter)
			return cards, err
		})
		w.run(ctx, yield)
	}
}

// watcher turns lists and events into changes. It belongs to one goroutine.
type watcher struct {
	req  WatchRequest
	list func(context.Context) ([]Card, error)

	known     map[CardHandle]Card
	gone      [2]map[CardHandle]bool // removed cards, the younger generation first
	unheard   map[CardHandle]bool    // found by a list while events should come
	begun     bool                   // the first list has come
	since     time.Time              // the latest insertion in the first list
	flowing   bool                   // events come
	lost      int                    // how many tries in a row were without answer
	due       time.Duration          // until the next list
	pending   []CardChange
	yield     func(CardChange, error) bool
	abandoned bool // the caller has stopped
	more      bool // there is news that Ready has told already
}

func newWatcher(req WatchRequest, list func(context.Context) ([]Card, error)) *watcher {
	req.Poll, req.Check = cmp.Or(req.Poll, DefaultPoll), cmp.Or(req.Check, DefaultCheck)
	if req.Clock == nil {
		req.Clock = SystemClock{}
	}
	return &watcher{
		req: req, list: list, known: map[CardHandle]Card{}, unheard: map[CardHandle]bool{},
		gone: [2]map[CardHandle]bool{{}, {}},
	}
}

// run watches until ctx ends, the caller stops or an error ends it.
func (w *watcher) run(ctx context.Context, yield func(CardChange, error) bool) {
	w.yield = yield
	if w.req.Events != nil {
		w.take() // older than the first list
	}
	err := w.look(ctx)
	for err == nil && w.flush() {
		if err = w.wait(ctx); err == nil && w.due <= 0 {
			err = w.look(ctx)
		}
	}
	if err != nil && w.flush() {
		yield(CardChange{}, err)
	}
}

// flush hands the changes to the caller; false means that it has stopped.
func (w *watcher) flush() bool {
	for i, change := range w.pending {
		change.More = i+1 < len(w.pending)
		if !w.abandoned && !w.yield(change, nil) {
			w.abandoned = true
		}
	}
	w.pending = w.pending[:0]
	return !w.abandoned
}

func (w *watcher) tell(kind CardChangeKind, card Card) {
	w.pending = append(w.pending, CardChange{Kind: kind, Card: card})
}

// wait waits for news or until a list is due. It takes all news that there are.
func (w *watcher) wait(ctx context.Context) error {
	if w.more {
		w.take()
		return ctx.Err()
	}
	var ready <-chan struct{}
	if w.req.Events != nil {
		ready = w.req.Events.Ready()
	}
	begun := w.req.Clock.Now()
	over, stop := w.req.Clock.After(w.due)
	defer stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-over:
		w.due = 0
	case <-ready:
		// A clock that was set meanwhile may only bring the list forward.
		passed := w.req.Clock.Now().Sub(begun)
		w.due = min(w.due, max(w.due-passed, 0))
		w.take()
	}
	return nil
}

// take takes the news, as long as the changes in them are few.
func (w *watcher) take() {
	w.more = false
	for len(w.pending) < maxGone {
		n, ok := w.req.Events.Take()
		switch {
		case !ok:
			return
		case n.Lost > 0:
			w.due = 0
		case n.Flow != "":
			w.flow(n.Flow == FlowRunning)
		case n.Event != nil:
			w.event(n.Event)
		}
	}
	w.more = true
}

// flow notes whether events come from now on. What happened before is in the
// list.
func (w *watcher) flow(running bool) { w.flowing, w.due = running, 0 }

// soon sees to it that a list comes within d.
func (w *watcher) soon(d time.Duration) { w.due = min(w.due, d) }

// event notes one event.
func (w *watcher) event(e *Event) {
	if e.Bootup() {
		w.soon(0)
		return
	}
	c, ok := e.Card()
	if !ok || !w.begun || !w.req.Filter.matches(c.Card) {
		return
	}
	delete(w.unheard, c.Card.Handle)
	if c.Inserted {
		w.inserted(c.Card)
	} else {
		w.removed(c.Card)
	}
}

// inserted notes a card that an event calls inserted.
func (w *watcher) inserted(card Card) {
	if _, in := w.known[card.Handle]; in {
		return // a double, or the list was first
	}
	w.soon(settle)
	if w.wasThere(card) {
		return // a double or late; the list will tell
	}
	if other, occupied := w.inSlot(card); occupied {
		if card.InsertTime.Before(other.InsertTime) {
			w.tell(CardInserted, card) // late: came and went before the other one
			w.leave(card)
			return
		}
		w.leave(other)
	}
	w.known[card.Handle] = card
	w.tell(CardInserted, card)
}

// removed notes a card that an event calls removed.
func (w *watcher) removed(card Card) {
	known, in := w.known[card.Handle]
	switch {
	case in:
		w.leave(known) // a list tells more of the card than an event
	case !w.wasThere(card):
		w.tell(CardInserted, card) // its first event is late or was lost
		w.leave(card)
	default:
		return
	}
	w.soon(settle)
}

// leave tells that the card is gone, and remembers it.
func (w *watcher) leave(card Card) {
	w.tell(CardRemoved, card)
	w.forget(card.Handle)
}

func (w *watcher) forget(handle CardHandle) {
	delete(w.known, handle)
	delete(w.unheard, handle)
	if len(w.gone[0]) >= maxGone {
		w.gone[0], w.gone[1] = map[CardHandle]bool{}, w.gone[0]
	}
	w.gone[0][handle] = true
}

// wasThere reports whether the card was told and has left, or came and left
// before Watch began. Times may be whole seconds: a card with the time of the
// last one in the first list may have come after it.
func (w *watcher) wasThere(card Card) bool {
	early := !card.InsertTime.IsZero() && card.InsertTime.Before(w.since)
	return early || w.gone[0][card.Handle] || w.gone[1][card.Handle]
}

// inSlot finds another card in the same slot. An HSM is no slot: it has many.
func (w *watcher) inSlot(card Card) (Card, bool) {
	if card.Terminal == "" || card.Slot == 0 || card.Type == CardHSMB {
		return Card{}, false
	}
	for _, other := range w.known {
		if other.Terminal == card.Terminal && other.Slot == card.Slot && other.Type != CardHSMB {
			return other, true
		}
	}
	return Card{}, false
}

// look lists the cards and notes what changed. It returns an error only when it
// makes no sense to go on.
func (w *watcher) look(ctx context.Context) error {
	listing, cancel := context.WithTimeout(ctx, listTimeout)
	cards, err := w.list(listing)
	cancel()
	switch {
	case err == nil:
		w.answered(cards)
		return nil
	case ctx.Err() != nil && w.begun:
		return ctx.Err()
	case ctx.Err() != nil || !passing(err) || !w.begun && !w.req.Patient:
		return err
	}
	if w.lost++; w.lost == 1 {
		w.pending = append(w.pending, CardChange{Kind: WatchLost, Err: err})
	}
	w.due = max(w.req.Poll, min(w.req.Poll<<min(w.lost, 10), maxPause))
	return nil
}

// answered notes a list of cards.
func (w *watcher) answered(cards []Card) {
	if w.lost > 0 {
		w.pending = append(w.pending, CardChange{Kind: WatchBack})
	}
	w.missed(cards)
	w.compare(cards)
	w.begun, w.lost = true, 0
	w.due = w.req.Poll
	if w.flowing {
		w.due = w.req.Check
	}
	if len(w.unheard) > 0 {
		w.soon(settle)
	}
}

// missed compares the list with what events told: a change that has no event by
// the second list shows that events stay away.
func (w *watcher) missed(cards []Card) {
	if len(w.unheard) > 0 {
		clear(w.unheard)
		w.req.Events.Missed()
	}
	if !w.flowing || !w.begun || w.lost > 0 {
		return
	}
	now := byHandle(cards)
	for handle := range w.known {
		if _, in := now[handle]; !in {
			w.unheard[handle] = true
		}
	}
	for handle := range now {
		if _, in := w.known[handle]; !in {
			w.unheard[handle] = true
		}
	}
}

// compare tells what changed from the known cards to the list.
func (w *watcher) compare(cards []Card) {
	now := byHandle(cards)
	unheard := maps.Clone(w.unheard)
	for _, card := range inOrder(w.known) {
		if _, in := now[card.Handle]; in {
			continue
		}
		if same, ok := sameInsertion(card, now); ok {
			w.pending = append(w.pending, CardChange{Kind: CardRenamed, Card: same, Old: card.Handle})
			w.known[same.Handle] = same
			w.forget(card.Handle)
			continue
		}
		w.leave(card)
	}
	kind := CardInserted
	if !w.begun {
		kind = CardPresent
		for _, card := range cards {
			w.since = later(w.since, card.InsertTime)
		}
	}
	for _, card := range inOrder(now) {
		if _, in := w.known[card.Handle]; !in {
			w.tell(kind, card)
		}
	}
	w.known, w.unheard = now, unheard
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sameInsertion finds the card that lies where card lay since the same moment,
// under another handle.
func sameInsertion(card Card, now map[CardHandle]Card) (Card, bool) {
	if card.ICCSN == "" || card.InsertTime.IsZero() {
		return Card{}, false
	}
	for _, other := range now {
		if other.ICCSN == card.ICCSN && other.Terminal == card.Terminal && other.Slot == card.Slot &&
			other.InsertTime.Equal(card.InsertTime) {
			return other, true
		}
	}
	return Card{}, false
}

// byHandle maps the cards by their handles.
func byHandle(cards []Card) map[CardHandle]Card {
	m := make(map[CardHandle]Card, len(cards))
	for _, card := range cards {
		m[card.Handle] = card
	}
	return m
}

// inOrder lists cards in the order of their insertion.
func inOrder(cards map[CardHandle]Card) []Card {
	list := slices.Collect(maps.Values(cards))
	sort.Slice(list, func(i, j int) bool {
		a, b := &list[i], &list[j]
		if !a.InsertTime.Equal(b.InsertTime) {
			return a.InsertTime.Before(b.InsertTime)
		}
		return a.Handle < b.Handle
	})
	return list
}

// matches reports whether the card passes the filter.
func (f CardFilter) matches(c Card) bool {
	if f.Terminal != "" && c.Terminal != f.Terminal || f.Slot != 0 && c.Slot != f.Slot {
		return false
	}
	switch f.Type {
	case "", c.Type:
		return true
	case CardHBAx:
		return c.Type == CardHBA || c.Type == CardHBAqSig || c.Type == CardZOD
	case CardSMB:
		return c.Type == CardSMCB || c.Type == CardHSMB
	}
	return false
}

// passing reports whether err may go away by itself, as while a Konnektor
// starts.
func passing(err error) bool {
	var fault *Error
	if errors.As(err, &fault) && len(fault.Trace) > 0 {
		switch fault.Trace[len(fault.Trace)-1].Info().Remedy {
		case RemedyRetry, RemedyRestart, RemedyOffline:
			return true
		}
		return false
	}
	var kind Kind
	if !errors.As(err, &kind) {
		return errors.Is(err, context.DeadlineExceeded)
	}
	switch kind {
	case KindUnreachable, KindTimeout, KindHTTP, KindEmpty, KindMalformed, KindNoService:
		return true
	}
	return false
}
