package operations

import (
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// entryLimit is in every request that may have a person enter a PIN.
type entryLimit struct {
	EntryTimeoutMS int64 `json:"entry_timeout_ms,omitempty" min:"1000" max:"600000" doc:"How long the Konnektor waits for one entry at the terminal, as set on it, in milliseconds. 60000 when left out."`
}

// entryEventDoc tells that a terminal may be asking for a PIN.
type entryEventDoc struct {
	Event       string `json:"event" enum:"entry.waiting" doc:"entry.waiting: the terminal may be asking for a PIN; told at once and then every second."`
	TextDE      string `json:"text_de" doc:"What to do, in German, for the screen."`
	CardHandle  string `json:"card_handle" doc:"The card whose PIN it is."`
	PINType     string `json:"pin_type,omitempty" doc:"The PIN; left out where the Konnektor chooses it."`
	TerminalID  string `json:"terminal_id,omitempty" doc:"Where the card is (CtId); left out when that is not known."`
	Slot        int64  `json:"slot,omitempty" doc:"The slot, counted from 1."`
	JobNumber   string `json:"job_number,omitempty" doc:"With sign.documents: the number that the terminal shows. sign.stop stops the job by it."`
	SecondsLeft int64  `json:"seconds_left" doc:"After how many seconds the call gives up."`
}

const eventEntry = "entry.waiting"

// entry is how a call waits for a PIN: it tells the caller about it.
func (e entryLimit) entry(c *call) konnektor.Entry {
	return konnektor.Entry{
		Timeout: time.Duration(e.EntryTimeoutMS) * time.Millisecond,
		Waiting: func(w konnektor.EntryWait) {
			left := max(time.Until(w.Until), 0) / time.Second
			c.send(entryEventDoc{
				Event: eventEntry, TextDE: germanEntry(w), CardHandle: string(w.Card), PINType: string(w.PIN),
				TerminalID: string(w.Terminal), Slot: int64(w.Slot), JobNumber: string(w.JobNumber), SecondsLeft: int64(left),
			})
		},
	}
}
