package konnektortest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// pinTries is how often a PIN may be wrong, and pukUses how often a PUK may be
// used, right or wrong.
const (
	pinTries = 3
	pukUses  = 10
)

// The results of PIN operations, PinResultEnum of CardServiceCommon v2.0.
const (
	pinOK         = "OK"
	pinRejected   = "REJECTED"
	pinWasBlocked = "WASBLOCKED"
	pinNowBlocked = "NOWBLOCKED"
	pinTransport  = "TRANSPORT_PIN"
)

// pinOperations are the operations that ask for a PIN at the terminal.
func pinOperations() []Operation {
	card := prefixes["CARD"]
	request := func(name string, more ...Part) Shape {
		return Sequence(card, name, append([]Part{One(ContextShape), One(CardHandleShape),
			One(Simple(prefixes["CARDCMN"], "PinTyp", MaxLength(64)))}, more...)...)
	}
	op := func(name string, shape Shape, enter pinEntry) Operation {
		return Operation{
			Name: name, SOAPActions: []string{card + "#" + name}, Request: shape, AllowedIn: InCardStates,
			Handle: func(c *Call) (string, error) { return c.pinOperation(enter) },
		}
	}
	return []Operation{
		op("VerifyPin", request("VerifyPin"), verifyPIN),
		op("ChangePin", request("ChangePin"), changePIN),
		op("UnblockPin", request("UnblockPin", Maybe(Simple(card, "SetNewPin", Boolean))), unblockPIN),
		op("EnablePin", request("EnablePin"), switchPIN(konnektor.PINVerifiable)),
		op("DisablePin", request("DisablePin"), switchPIN(konnektor.PINDisabled)),
	}
}

// pinEntry is one operation on a PIN: what is asked for, and what follows.
type pinEntry func(e *entry) (result string, err error)

// entry is a PIN operation under way.
type entry struct {
	call     *Call
	card     Card // as it was found
	name     konnektor.PINType
	pin      PIN
	terminal konnektor.TerminalID // where the person stands
}

// pinOperation checks the call, does the operation and writes its answer.
func (c *Call) pinOperation(do pinEntry) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return "", err
	}
	e := &entry{call: c, name: konnektor.PINType(c.Request.Value("PinTyp"))}
	if err := e.find(h); err != nil {
		return "", err
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	if err := e.find(h); err != nil { // another call may have changed the PIN before
		return "", err
	}
	result, err := do(e)
	if err != nil {
		return "", err
	}
	left := ""
	if result == pinRejected {
		left = ElemText("CARDCMN:LeftTries", strconv.Itoa(e.pin.Tries))
	}
	return Elem("CARD:"+c.Operation.Name+"Response", StatusOK(), ElemText("CARDCMN:PinResult", result), left), nil
}

// find looks up card, PIN and the terminal for the entry: the card's own when it
// stands at the workplace, else the workplace's for remote PINs.
func (e *entry) find(h konnektor.CardHandle) error {
	k := e.call.Konnektor
	card, ok := k.Card(h)
	if !ok {
		return NewFault(4008)
	}
	e.card = card
	if len(card.PINs) == 0 {
		return NewFault(4209)
	}
	if e.pin, ok = card.PINs[e.name]; !ok {
		return NewFault(4072)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	w := k.model.mandant(e.call.Context.MandantID).workplace(e.call.Context.WorkplaceID)
	e.terminal = card.Terminal
	if !w.local(card.Terminal) {
		if e.terminal = w.RemotePIN; e.terminal == "" {
			return NewFault(4092)
		}
	}
	return nil
}

// set keeps the PIN's new state on the card. A card that was taken out meanwhile
// gives fault 4045.
func (e *entry) set(state konnektor.PINState, tries int) error {
	e.pin = PIN{state, tries}
	err := e.call.Konnektor.ChangeCard(e.card.Handle, func(c *Card) {
		c.PINs[e.name] = e.pin
		if state == konnektor.PINVerified && (c.Type == konnektor.CardHBA || c.Type == konnektor.CardHBAqSig) {
			c.UserID = e.call.Context.UserID
		}
	})
	if err != nil {
		return NewFault(4045)
	}
	return nil
}

// enter asks for the PIN. A wrong one costs a try.
func (e *entry) enter() (r Reaction, result string, err error) {
	r, err = e.call.prompt(e.terminal, 0, 4043)
	if err != nil || !r.Wrong {
		return r, pinOK, err
	}
	left := e.pin.Tries - 1
	if left <= 0 {
		return r, pinNowBlocked, e.set(konnektor.PINBlocked, 0)
	}
	return r, pinRejected, e.set(e.pin.State, left)
}

// verifyPIN unlocks. What facts say nothing of is read so: a PIN that is
// verified or switched off needs no entry, the PIN of qualified signatures is
// entered with the signature only, and one in transport state is to be changed
// first.
func verifyPIN(e *entry) (string, error) {
	switch {
	case e.name == konnektor.PINQES:
		return "", NewFault(4072)
	case e.pin.State == konnektor.PINBlocked:
		return pinWasBlocked, nil
	case e.pin.State == konnektor.PINTransport, e.pin.State == konnektor.PINEmpty:
		return pinTransport, nil
	case e.pin.State == konnektor.PINVerified, e.pin.State == konnektor.PINDisabled:
		return pinOK, nil
	}
	_, result, err := e.enter()
	if err == nil && result == pinOK {
		err = e.set(konnektor.PINVerified, pinTries)
	}
	return result, err
}

// changePIN replaces the PIN, or the one in transport state by the first own.
func changePIN(e *entry) (string, error) {
	if e.pin.State == konnektor.PINBlocked {
		return pinWasBlocked, nil
	}
	r, result, err := e.enter()
	switch {
	case err != nil || result != pinOK:
		return result, err
	case newPIN(r) != nil:
		return "", newPIN(r)
	case e.pin.State == konnektor.PINVerified:
		return pinOK, e.set(konnektor.PINVerified, pinTries)
	}
	return pinOK, e.set(konnektor.PINVerifiable, pinTries)
}

// newPIN is what the terminal finds wrong with a new PIN.
func newPIN(r Reaction) error {
	switch {
	case r.Differs:
		return NewFault(4067)
	case r.Short:
		return NewFault(4068)
	}
	return nil
}

// unblockPIN resets the tries with the PUK, which each use wears out.
func unblockPIN(e *entry) (string, error) {
	k := e.call.Konnektor
	if k.pukLeft(e.card.ICCSN) == 0 {
		return pinWasBlocked, nil
	}
	r, err := e.call.prompt(e.terminal, 0, 4043)
	if err != nil {
		return "", err
	}
	left := k.usePUK(e.card.ICCSN)
	switch {
	case r.Wrong && left == 0:
		return pinNowBlocked, nil
	case r.Wrong:
		e.pin.Tries = left
		return pinRejected, nil
	}
	if e.call.Request.Bool("SetNewPin") && newPIN(r) != nil {
		return "", newPIN(r)
	}
	return pinOK, e.set(konnektor.PINVerifiable, pinTries)
}

// switchPIN switches a PIN on or off that can be: those of the eGK's
// applications.
func switchPIN(to konnektor.PINState) pinEntry {
	return func(e *entry) (string, error) {
		if e.card.Type != konnektor.CardEGK || !slices.ContainsFunc([]string{"MRPIN.", "PIN.AMTS_REP"}, func(p string) bool {
			return strings.HasPrefix(string(e.name), p)
		}) {
			return "", NewFault(4072)
		}
		if e.pin.State == konnektor.PINBlocked {
			return pinWasBlocked, nil
		}
		_, result, err := e.enter()
		if err == nil && result == pinOK {
			err = e.set(to, pinTries)
		}
		return result, err
	}
}

// pukLeft is how often the PUK of a card can still be used.
func (k *Konnektor) pukLeft(card konnektor.ICCSN) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return pukUses - k.pukUsed[card]
}

// usePUK counts one use and says how many are left.
func (k *Konnektor) usePUK(card konnektor.ICCSN) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pukUsed == nil {
		k.pukUsed = map[konnektor.ICCSN]int{}
	}
	k.pukUsed[card]++
	return pukUses - k.pukUsed[card]
}
