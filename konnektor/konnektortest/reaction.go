package konnektortest

import (
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Reaction is what the person at a card terminal does when the Konnektor asks
// for something there: a PIN, or a card to be put in or taken out. The zero
// Reaction does what is asked for, at once and rightly.
type Reaction struct {
	// Until holds the person back until it is closed; nil means not. A call
	// that its caller gives up ends all the same, and so does one past the
	// Konnektor's PIN timeout.
	Until <-chan struct{}
	// Wrong enters a PIN that is not the right one: the old one of a change, the
	// PUK of an unblocking.
	Wrong bool
	// Differs repeats a new PIN wrongly, Short enters one that is too short.
	Differs, Short bool
	// Cancel presses the terminal's cancel key.
	Cancel bool
	// Nothing lets the Konnektor's time pass.
	Nothing bool
}

// React plans what happens at a terminal the next times that the Konnektor asks
// for something there, one Reaction a time. When none is left the zero Reaction
// happens.
func (k *Konnektor) React(t konnektor.TerminalID, reactions ...Reaction) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reactions == nil {
		k.reactions = map[konnektor.TerminalID][]Reaction{}
	}
	k.reactions[t] = append(k.reactions[t], reactions...)
}

// Asking lists the terminals at which the Konnektor waits for a person now.
func (k *Konnektor) Asking() []konnektor.TerminalID {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []konnektor.TerminalID
	for _, t := range k.model.Terminals {
		if k.asking[t.ID] {
			all = append(all, t.ID)
		}
	}
	return all
}

// prompt shows something on a terminal and waits for the person. Display and
// PIN pad belong to one call at a time: another gets fault 4039. The error for
// no reaction within limit is fault late; limit 0 means the PIN timeout.
func (c *Call) prompt(t konnektor.TerminalID, limit time.Duration, late konnektor.Code) (Reaction, error) {
	r, err := c.Konnektor.ask(t)
	if err != nil {
		return r, err
	}
	defer c.Konnektor.asked(t)
	if limit <= 0 {
		limit = c.Konnektor.pinTimeout()
	}
	if r.Until != nil || r.Nothing {
		over, stop := c.Konnektor.opts.Clock.After(limit)
		defer stop()
		done := r.Until
		if r.Nothing {
			done = nil
		}
		select {
		case <-done:
		case <-over:
			return r, NewFault(late)
		case <-c.stop:
			return r, NewFault(4049)
		case <-c.Done:
			return r, errGone
		case <-c.Konnektor.closed:
			return r, errGone
		}
	}
	if r.Cancel {
		return r, NewFault(4049)
	}
	return r, nil
}

// ask occupies the terminal and takes the next reaction there.
func (k *Konnektor) ask(t konnektor.TerminalID) (Reaction, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	terminal := k.model.terminal(t)
	switch {
	case terminal == nil:
		return Reaction{}, NewFault(4096)
	case terminal.Disconnected:
		return Reaction{}, NewFault(4222)
	case k.asking[t]:
		return Reaction{}, NewFault(4039)
	}
	if k.asking == nil {
		k.asking = map[konnektor.TerminalID]bool{}
	}
	k.asking[t] = true
	next := k.reactions[t]
	if len(next) == 0 {
		return Reaction{}, nil
	}
	k.reactions[t] = next[1:]
	return next[0], nil
}

func (k *Konnektor) asked(t konnektor.TerminalID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.asking, t)
}

// pinTimeout is the Konnektor's time for a PIN entry; 60 s by default
// (Bedienungsanleitung Highspeed-Konnektor 2.0).
func (k *Konnektor) pinTimeout() time.Duration { return or(k.opts.PINTimeout, time.Minute) }
