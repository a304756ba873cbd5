package konnektortest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const terminalSpace = "http://ws.gematik.de/conn/CardTerminalService/v1.1"

// The times for a card to be put in or taken out when the request names none;
// the specifications at hand name no default.
const (
	requestDefault = 20 * time.Second
	ejectDefault   = 20 * time.Second
	maxTerminal    = 10 * time.Minute
)

// cardTerminalService is the Kartenterminaldienst.
func cardTerminalService() Service {
	slot := Sequence(terminalSpace, "Slot",
		One(Simple(prefixes["CARDCMN"], "CtId", MaxLength(64))), One(Simple(prefixes["CARDCMN"], "SlotId", PositiveInteger)))
	message := Maybe(Simple(terminalSpace, "DisplayMsg", MaxLength(48)))
	timeOut := Maybe(Simple(terminalSpace, "TimeOut", nonNegative))
	return Service{
		Name: "CardTerminalService", Schema: "conn/CardTerminalService.xsd",
		Prefixes: map[string]string{"CT": terminalSpace},
		Versions: []Version{{
			Number: "1.1.0", TargetNamespace: "http://ws.gematik.de/conn/CardTerminalService/WSDL/v1.1",
			Operations: []Operation{{
				Name: "RequestCard", SOAPActions: []string{terminalSpace + "#RequestCard"}, AllowedIn: InCardStates,
				Request: Sequence(terminalSpace, "RequestCard", One(ContextShape), One(slot),
					Maybe(cardTypeShape), message, timeOut),
				Handle: requestCard,
			}, {
				Name: "EjectCard", SOAPActions: []string{terminalSpace + "#EjectCard"}, AllowedIn: InCardStates,
				Request: Sequence(terminalSpace, "EjectCard", One(ContextShape), One(CardHandleShape, slot), message, timeOut),
				Handle:  ejectCard,
			}},
		}},
	}
}

// nonNegative is xs:nonNegativeInteger.
func nonNegative(v string) error {
	v = strings.TrimPrefix(strings.TrimSpace(v), "+")
	if v == "" || strings.Trim(v, "0123456789") != "" {
		return fmt.Errorf("value %q is not a nonNegativeInteger", v)
	}
	return nil
}

// limit is TimeOut in the unit of the operation, or the default.
func (c *Call) limit(unit, standard time.Duration) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(c.Request.Value("TimeOut")), 10, 32)
	if err != nil {
		return standard
	}
	return min(time.Duration(n)*unit, maxTerminal)
}

// slot reads the Slot of a request and checks it.
func (c *Call) slot() (konnektor.TerminalID, int, error) {
	at := c.Request.Child("Slot")
	id := konnektor.TerminalID(at.Value("CtId"))
	n, err := strconv.Atoi(strings.TrimSpace(at.Value("SlotId")))
	if err != nil {
		return "", 0, NewFault(4097)
	}
	if err := c.Access(Access{Terminal: id}); err != nil {
		return "", 0, err
	}
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.model.terminal(id)
	switch {
	case t.Disconnected:
		return "", 0, NewFault(4222)
	case n > t.Slots:
		return "", 0, NewFault(4097)
	}
	return id, n, nil
}

// requestCard waits for a card in a slot. The TimeOut is in seconds.
func requestCard(c *Call) (string, error) {
	id, slot, err := c.slot()
	if err != nil {
		return "", err
	}
	if card, ok := c.Konnektor.inserted(id, slot); ok {
		return c.requested(card, true)
	}
	if _, err := c.Konnektor.ask(id); err != nil {
		return "", err
	}
	defer c.Konnektor.asked(id)
	card, err := c.awaitCard(id, slot, c.limit(time.Second, requestDefault))
	if err != nil {
		return "", err
	}
	return c.requested(card, false)
}

// requested is the answer of RequestCard.
func (c *Call) requested(card Card, already bool) (string, error) {
	if !matches(card.Type, konnektor.CardType(c.Request.Value("CardType"))) {
		return "", NewFault(4051)
	}
	k := c.Konnektor
	k.mu.Lock()
	defer k.mu.Unlock()
	return Elem("CT:RequestCardResponse", StatusOK(),
		ElemText("CT:AlreadyInserted", strconv.FormatBool(already)), c.cardXML(&card)), nil
}

// inserted returns the card in a slot.
func (k *Konnektor) inserted(id konnektor.TerminalID, slot int) (Card, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.cardAt(id, slot); c != nil {
		return c.clone(), true
	}
	return Card{}, false
}

// awaitCard waits until a card is in the slot; fault 4202 when none comes.
func (c *Call) awaitCard(id konnektor.TerminalID, slot int, limit time.Duration) (Card, error) {
	over, stop := c.Konnektor.opts.Clock.After(limit)
	defer stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		if card, ok := c.Konnektor.inserted(id, slot); ok {
			return card, nil
		}
		select {
		case <-look.C:
		case <-over:
			return Card{}, NewFault(4202)
		case <-c.Done:
			return Card{}, errGone
		case <-c.Konnektor.closed:
			return Card{}, errGone
		}
	}
}

// ejectCard asks for a card to be taken out. The TimeOut is in milliseconds. A
// card that stays is switched off and answers no more (fault 4203).
func ejectCard(c *Call) (string, error) {
	h, err := c.ejected()
	if err != nil {
		return "", err
	}
	card, ok := c.Konnektor.Card(h)
	if !ok {
		return "", NewFault(4008)
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	_, err = c.prompt(card.Terminal, c.limit(time.Millisecond, ejectDefault), 4203)
	var fault *Fault
	if errors.As(err, &fault) && fault.Code == 4049 {
		err = NewFault(4203)
	}
	if err != nil {
		return "", err
	}
	if _, err := c.Konnektor.Remove(h); err != nil {
		return "", NewFault(4008)
	}
	return Elem("CT:EjectCardResponse", StatusOK()), nil
}

// ejected is the card that the request names, by handle or by slot.
func (c *Call) ejected() (konnektor.CardHandle, error) {
	if c.Request.Child("Slot") == nil {
		h := konnektor.CardHandle(c.Request.Value("CardHandle"))
		return h, c.Access(Access{Card: h})
	}
	id, slot, err := c.slot()
	if err != nil {
		return "", err
	}
	card, ok := c.Konnektor.inserted(id, slot)
	if !ok {
		return "", NewFault(4098)
	}
	return card.Handle, c.Access(Access{Card: card.Handle})
}
