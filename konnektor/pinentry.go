package konnektor

import (
	"context"
	"errors"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// DefaultEntryTimeout is how long a Konnektor waits for one entry at a terminal
// unless its administrator chose otherwise, 10 s to 120 s (Bedienungsanleitung
// Highspeed-Konnektor 2.0).
const DefaultEntryTimeout = 60 * time.Second

// Entry says how a call waits that may ask a person to enter a PIN at a card
// terminal. Such a call blocks until the Konnektor answers. Without a deadline
// in its ctx it has as much time as all entries take, and Config.Timeout on top
// for everything else.
type Entry struct {
	// Timeout is what the Konnektor is set to wait for one entry. 0 means
	// DefaultEntryTimeout.
	Timeout time.Duration

	// Waiting is told what the call waits for, when it is sent and then every
	// second until the answer; nil means nobody. It runs on the goroutine of
	// the call first and on another one then, never twice at the same time,
	// and must return soon: the call does not return before it.
	Waiting func(EntryWait) `json:"-"`
}

// EntryWait is what a call waits for. Whether a person really has to enter
// something is known to the Konnektor and the terminal only: a call for a PIN
// that has been entered already comes back at once.
type EntryWait struct {
	Op   string // the operation
	Card CardHandle
	PIN  PINType // empty where the Konnektor chooses the PIN
	// Terminal and Slot are where the card is; empty when that is not known.
	// A Konnektor with a remote PIN set up asks at the workplace's own terminal
	// instead.
	Terminal TerminalID
	Slot     int
	// JobNumber is that of a signature, by which it can be stopped.
	JobNumber JobNumber
	Since     time.Time
	Until     time.Time // when the call gives up
}

// ErrEntryOpen says that a call ended on our side, by its ctx, its deadline or a
// lost connection, while the terminal may still ask for the PIN: an entry made
// there still counts.
var ErrEntryOpen = errors.New("the entry at the terminal may still go on")

// waitingInterval is the time between two calls of Waiting.
const waitingInterval = time.Second

// entryCall is a call that may wait for entries at a terminal.
type entryCall struct {
	entry   Entry
	wait    EntryWait
	entries int           // at most
	more    time.Duration // needed beside the entries
	size    int64         // of the answer, see invoke
}

// invokeEntry invokes an operation that may wait for entries at a terminal.
func (c *Client) invokeEntry(ctx context.Context, op Operation, req wire.Encoder, resp wire.Decoder, call entryCall) error {
	one := call.entry.Timeout
	switch {
	case one < 0:
		return fail(KindRequest, op.Name, "a negative entry timeout")
	case ctx.Err() != nil:
		return gaveUp(ctx, op.Name)
	case one == 0:
		one = DefaultEntryTimeout
	}
	ctx, cancel := c.allow(ctx, time.Duration(call.entries)*one+call.more)
	defer cancel()
	w := call.wait
	if call.entry.Waiting != nil {
		w.Terminal, w.Slot = c.placeOf(ctx, w.Card)
	}
	w.Op, w.Since = op.Name, time.Now()
	w.Until, _ = ctx.Deadline()
	done := call.entry.watch(w)
	err := c.invoke(ctx, op, req, resp, call.size)
	done()
	return entryOpen(err)
}

// allow gives a ctx without deadline the time of a call and more.
func (c *Client) allow(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, more+c.cfg.timeout())
}

// placeTimeout bounds the question where a card is, which nobody waits for longer.
const placeTimeout = 5 * time.Second

// placeOf is where a card is, as far as that is known or the Konnektor says.
func (c *Client) placeOf(ctx context.Context, card CardHandle) (TerminalID, int) {
	if terminal, slot, ok := c.handles.place(card); ok {
		return terminal, slot
	}
	ctx, cancel := context.WithTimeout(ctx, placeTimeout)
	defer cancel()
	r, _, err := c.Resource(ctx, ResourceQuery{Card: card})
	if err != nil || r.Card == nil {
		return "", 0 // the call itself will say what is wrong
	}
	return r.Card.Terminal, r.Card.Slot
}

// watch tells Waiting about w until the function that it returns is called.
func (e Entry) watch(w EntryWait) (done func()) {
	if e.Waiting == nil {
		return func() {}
	}
	e.Waiting(w)
	answered, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(waitingInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				e.Waiting(w)
			case <-answered:
				return
			}
		}
	}()
	return func() {
		close(answered)
		<-ended
	}
}

// entryOpen adds ErrEntryOpen to an error that says nothing about the terminal.
func entryOpen(err error) error {
	var f *Failure
	if !errors.As(err, &f) || !f.unanswered || f.Op == sdsName {
		return err
	}
	if f.Kind != KindCancelled && f.Kind != KindTimeout && f.Kind != KindUnreachable {
		return err
	}
	open := *f
	open.text += "; " + ErrEntryOpen.Error()
	open.cause = errors.Join(ErrEntryOpen, f.cause) // which may be nil
	return &open
}
