package secunettest

import (
	"net/http"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// pinTimeout is how long a terminal waits for a PIN: the default of the product.
const pinTimeout = 60 * time.Second

// pinEntry is a PIN entry that waits at a terminal.
type pinEntry struct {
	terminal konnektor.TerminalID
	done     chan bool // whether the PIN was right
}

// pinVerify lets the PIN of an SMC-B be entered at a terminal and waits for it.
// The statuses other than OK are the simulator's: real ones are not known.
func (b *Box) pinVerify(c *mgmttest.Call) mgmttest.Answer {
	card, entry, status := b.beginEntry(c)
	if status != 0 {
		return mgmttest.Answer{Status: status}
	}
	if c.Undone {
		b.endEntry(entry)
		return answer(map[string]any{"status": "OK", "retries": nil})
	}
	over, stop := b.Clock.After(pinTimeout)
	defer stop()
	var right bool
	select {
	case right = <-entry.done:
	case <-over:
		b.endEntry(entry)
		return answer(map[string]any{"status": "TIMEOUT", "retries": nil})
	case <-c.Gone:
		b.endEntry(entry)
		return mgmttest.Answer{}
	}
	return b.enter(card, right)
}

func (b *Box) beginEntry(c *mgmttest.Call) (konnektortest.Card, *pinEntry, int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	card, ok := b.smcb(c.Args[0], c.Args[1])
	t := b.terminal(konnektor.TerminalID(c.Args[2]))
	switch {
	case !ok || t == nil:
		return card, nil, http.StatusNotFound
	case t.Disconnected:
		return card, nil, http.StatusConflict
	}
	for _, e := range b.entries {
		if e.terminal == t.ID {
			return card, nil, http.StatusConflict // the terminal is busy
		}
	}
	entry := &pinEntry{t.ID, make(chan bool, 1)}
	b.entries = append(b.entries, entry)
	return card, entry, 0
}

// endEntry forgets an entry.
func (b *Box) endEntry(entry *pinEntry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, e := range b.entries {
		if e == entry {
			b.entries = append(b.entries[:i:i], b.entries[i+1:]...)
			return
		}
	}
}

// endEntries ends all entries as wrong ones. The lock is held.
func (b *Box) endEntries() {
	for _, e := range b.entries {
		e.done <- false
	}
	b.entries = nil
}

// enter counts a try on the card.
func (b *Box) enter(card konnektortest.Card, right bool) mgmttest.Answer {
	pin := konnektortest.PIN{State: konnektor.PINVerified, Tries: 3}
	if !right {
		pin = card.PINs[konnektor.PINSMC]
		pin.Tries = max(pin.Tries-1, 0)
		if pin.Tries == 0 {
			pin.State = konnektor.PINBlocked
		}
	}
	if err := b.Konnektor.SetPIN(card.Handle, konnektor.PINSMC, pin.State, pin.Tries); err != nil {
		return answer(map[string]any{"status": "ERROR", "retries": nil})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes = append(b.changes, Change{b.Clock.Now(), "pin", string(card.PINs[konnektor.PINSMC].State), string(pin.State)})
	if !right {
		return answer(map[string]any{"status": "REJECTED", "retries": pin.Tries})
	}
	return answer(map[string]any{"status": "OK", "retries": nil})
}

// EnterPIN ends the PIN entry that has waited longest at a terminal, with the
// right PIN or a wrong one. It says whether one was waiting.
func (b *Box) EnterPIN(right bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.entries) == 0 {
		return false
	}
	e := b.entries[0]
	b.entries = b.entries[1:]
	e.done <- right
	return true
}

// Waiting returns the terminals at which a PIN entry waits.
func (b *Box) Waiting() []konnektor.TerminalID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []konnektor.TerminalID
	for _, e := range b.entries {
		all = append(all, e.terminal)
	}
	return all
}
