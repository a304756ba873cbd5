package secunettest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// handle is what management calls a card: its type and a number, another one
// after every insertion. Whether SOAP has the same handles is not known; here it
// has its own.
func (b *Box) handle(c konnektortest.Card) string {
	if b.handles[c.Handle] == "" {
		b.numbers++
		b.handles[c.Handle] = fmt.Sprintf("%s-%d", c.Type, b.numbers)
	}
	return b.handles[c.Handle]
}

// Handle returns what management calls an inserted card; "" when it is not there.
func (b *Box) Handle(h konnektor.CardHandle) string {
	c, ok := b.Konnektor.Card(h)
	if !ok {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.handle(c)
}

// inserted finds a card by its handle in management.
func (b *Box) inserted(handle string) (konnektortest.Card, bool) {
	for _, c := range b.Konnektor.Cards() {
		if b.handle(c) == handle {
			return c, true
		}
	}
	return konnektortest.Card{}, false
}

func (b *Box) listCards(*mgmttest.Call) mgmttest.Answer {
	list := []map[string]any{}
	for _, c := range b.Konnektor.Cards() {
		list = append(list, b.card(c))
	}
	return answer(list)
}

// oneCard has the certificates as well; those of the simulator's cards are not
// made, so they are null.
func (b *Box) oneCard(c *mgmttest.Call) mgmttest.Answer {
	card, ok := b.inserted(c.Args[0])
	if !ok {
		return mgmttest.Answer{Status: http.StatusNotFound}
	}
	m := b.card(card)
	m["eccCert"], m["rsaCert"] = nil, nil
	m["eccCertState"], m["rsaCertState"] = "NOT_CHECKED", "NOT_CHECKED"
	m["nkCard"], m["authCard"] = false, false
	return answer(m)
}

// card is the card object.
func (b *Box) card(c konnektortest.Card) map[string]any {
	t := b.terminal(c.Terminal)
	m := map[string]any{
		"cardhandle": b.handle(c), "type": strings.ReplaceAll(string(c.Type), "-", "_"),
		"cardTerminalId": string(c.Terminal), "cardTerminalHostname": t.Name, "cardTerminalMacAddress": mac(t),
		"slotNo": c.Slot, "insertTime": b.insertTime(c).UnixMilli(),
		"commonName": orNull(string(c.Holder)), "iccsn": orNull(string(c.ICCSN)), "telematikId": nil,
		"hasEccCert": c.ICCSN != "", "hasRsaCert": false, "expirationDate": nil, "version": nil,
	}
	if !c.Expires.IsZero() {
		m["expirationDate"] = c.Expires.UnixMilli()
	}
	if v := c.Version; v != nil {
		m["version"] = map[string]any{
			"cos": v.COS, "objectSystem": v.ObjectSystem, "atr": v.ATR, "gdo": v.GDO,
			"ptPers": nil, "dataStructure": nil, "logging": nil, "keyInfo": orNull(v.KeyInfo),
		}
	}
	return m
}

// insertTime is by the clock of the box: since the last start at the latest.
func (b *Box) insertTime(c konnektortest.Card) time.Time {
	if c.InsertTime.After(b.started) && c.InsertTime.Before(b.Clock.Now()) {
		return c.InsertTime
	}
	return b.started
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// smcb finds an SMC-B and the Mandant that may use it.
func (b *Box) smcb(handle, mandant string) (konnektortest.Card, bool) {
	c, ok := b.inserted(handle)
	m := b.mandant(mandant)
	if !ok || m == nil || c.Type != konnektor.CardSMCB && c.Type != konnektor.CardHSMB {
		return c, false
	}
	return c, hasSMCB(m, c.ICCSN)
}

func hasSMCB(m *konnektortest.Mandant, iccsn konnektor.ICCSN) bool {
	return slices.Contains(m.SMCBs, iccsn)
}

// pinStatus is the state of the PIN of an SMC-B for a Mandant.
func (b *Box) pinStatus(c *mgmttest.Call) mgmttest.Answer {
	card, ok := b.smcb(c.Args[0], c.Args[1])
	if !ok {
		return mgmttest.Answer{Status: http.StatusNotFound}
	}
	pin := card.PINs[konnektor.PINSMC]
	m := map[string]any{"status": string(pin.State), "retries": nil}
	if pin.State == konnektor.PINVerifiable {
		m["retries"] = pin.Tries
	}
	return answer(m)
}
