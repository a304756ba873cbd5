package konnektor

import "sync"

// maxHandles is how many handles are remembered at least, and half of how many
// at most. A practice has some hundred cards a day.
const maxHandles = 1024

// handleMemory remembers which card a handle belonged to. Of two generations,
// the older one is dropped when the younger one is full. The zero value is
// empty.
type handleMemory struct {
	mu         sync.Mutex
	young, old map[CardHandle]ICCSN
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
			m.young, m.old = make(map[CardHandle]ICCSN), m.young
		}
		m.young[card.Handle] = card.ICCSN
	}
}

// of returns the ICCSN of each handle, empty where it is not known.
func (m *handleMemory) of(places []*string) []ICCSN {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := make([]ICCSN, len(places))
	for i, place := range places {
		handle := CardHandle(*place)
		iccsn, ok := m.young[handle]
		if !ok {
			iccsn = m.old[handle]
		}
		found[i] = iccsn
	}
	return found
}
