package konnektor

import "sync"

// maxHandles is how many handles are remembered at least, and half of how many
// at most. A practice has some hundred cards a day.
const maxHandles = 1024

// handleMemory remembers which card a handle belonged to, and where it is. Of two generations,
// the older one is dropped when the younger one is full. The zero value is
// empty.
type handleMemory struct {
	mu         sync.Mutex
	young, old map[CardHandle]knownCard
}

// knownCard is what is remembered of a card.
type knownCard struct {
	iccsn    ICCSN
	terminal TerminalID
	slot     int
}

// learn notes the cards of an answer.
func (m *handleMemory) learn(cards ...Card) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, card := range cards {
		if card.Handle == "" || card.ICCSN == "" {
			continue
		}
		if m.young == nil || len(m.young) >= maxHandles {
			m.young, m.old = make(map[CardHandle]knownCard), m.young
		}
		m.young[card.Handle] = knownCard{card.ICCSN, card.Terminal, card.Slot}
	}
}

// of returns the ICCSN of each handle, empty where it is not known.
func (m *handleMemory) of(places []*string) []ICCSN {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := make([]ICCSN, len(places))
	for i, place := range places {
		card, _ := m.find(CardHandle(*place))
		found[i] = card.iccsn
	}
	return found
}

// place returns where the card with a handle is, if that is known.
func (m *handleMemory) place(handle CardHandle) (TerminalID, int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	card, ok := m.find(handle)
	return card.terminal, card.slot, ok
}

func (m *handleMemory) find(handle CardHandle) (knownCard, bool) {
	card, ok := m.young[handle]
	if !ok {
		card, ok = m.old[handle]
	}
	return card, ok
}
