package konnektortest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Card is an inserted card, and what is needed to insert one. The methods of
// Konnektor return copies; a change goes through [Konnektor.ChangeCard].
type Card struct {
	// Handle is made anew at every insertion.
	Handle konnektor.CardHandle
	Type   konnektor.CardType
	// ICCSN is the serial number; empty means the next free one. Cards of type
	// KVK and UNKNOWN have none.
	ICCSN konnektor.ICCSN
	// Terminal and Slot say where it is; empty means the first free place.
	Terminal konnektor.TerminalID
	Slot     int
	// InsertTime is set at insertion.
	InsertTime time.Time
	// Holder, KVNR and Expires are what the Konnektor read from the card.
	Holder  konnektor.Name
	KVNR    konnektor.KVNR
	Expires time.Time
	Version *konnektor.CardVersion
	// PINs are the card's PINs; nil means those of its type, PIN.SMC of an
	// SMC-B or HSM-B verified, the others verifiable.
	PINs map[konnektor.PINType]PIN
	// UserID is who unlocked an HBA; empty means nobody.
	UserID string
	// Content is what else is on the card; vsdmtest keeps the insured there.
	Content any
	// Files is what the modules keep there: FileNFD and the others. It must not
	// be changed but through ChangeCard.
	Files map[string][]byte
}

// PIN is the state of a PIN on a card.
type PIN struct {
	State konnektor.PINState
	Tries int // tries left
}

// Content is what is on a card.
type Content interface {
	// Describe sets what the content knows of the card before it is inserted.
	Describe(*Card)
}

// Holder is a Content for cards of persons and practices that need no more than
// a name.
type Holder string

// Describe sets the card's holder.
func (h Holder) Describe(c *Card) { c.Holder = konnektor.Name(h) }

// Insert inserts a card in the first free slot that the first workplace may
// use, and returns its handle. When there is no place it fails the test; in a
// program it returns "", and InsertCard has the error.
func (k *Konnektor) Insert(kind konnektor.CardType, content ...Content) konnektor.CardHandle {
	c := Card{Type: kind}
	for _, x := range content {
		x.Describe(&c)
	}
	handle, err := k.InsertCard(c)
	if err != nil && k.fatal != nil {
		k.fatal(err)
	}
	return handle
}

// InsertCard inserts a card and returns its handle.
func (k *Konnektor) InsertCard(c Card) (konnektor.CardHandle, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c.PINs, c.Files = maps.Clone(c.PINs), maps.Clone(c.Files)
	if err := k.place(&c); err != nil {
		return "", err
	}
	if err := k.personalize(&c); err != nil {
		return "", err
	}
	c.Handle, c.InsertTime = konnektor.CardHandle(k.ids.uuid()), k.now()
	k.cards = append(k.cards, &c)
	k.cardEvent(&c, true)
	return c.Handle, nil
}

// place finds or checks the slot. The lock is held.
func (k *Konnektor) place(c *Card) error {
	if c.Terminal == "" {
		return k.freePlace(c)
	}
	t := k.model.terminal(c.Terminal)
	switch {
	case t == nil:
		return fmt.Errorf("konnektortest: insert: no terminal %s", c.Terminal)
	case t.Disconnected:
		return fmt.Errorf("konnektortest: insert: terminal %s is not connected", c.Terminal)
	case c.Slot < 0 || c.Slot > t.Slots:
		return fmt.Errorf("konnektortest: insert: terminal %s has no slot %d", c.Terminal, c.Slot)
	}
	for slot := 1; slot <= t.Slots; slot++ {
		if (c.Slot == 0 || c.Slot == slot) && k.cardAt(t.ID, slot) == nil {
			c.Slot = slot
			return nil
		}
	}
	return fmt.Errorf("konnektortest: insert: terminal %s has no free place", c.Terminal)
}

// freePlace prefers the terminals of the first workplace.
func (k *Konnektor) freePlace(c *Card) error {
	ids := slices.Clone(k.model.Mandanten[0].Workplaces[0].Local)
	for _, t := range k.model.Terminals {
		ids = append(ids, t.ID)
	}
	for _, id := range ids {
		c.Terminal, c.Slot = id, 0
		if k.place(c) == nil {
			return nil
		}
	}
	return errors.New("konnektortest: insert: no free slot in any terminal")
}

// cardAt returns the card in a slot. The lock is held.
func (k *Konnektor) cardAt(t konnektor.TerminalID, slot int) *Card {
	return k.cardBy(func(c *Card) bool { return c.Terminal == t && c.Slot == slot })
}

func (k *Konnektor) cardBy(ok func(*Card) bool) *Card {
	if c := find(k.cards, func(c *Card) bool { return ok(c) }); c != nil {
		return *c
	}
	return nil
}

func (k *Konnektor) cardByHandle(h konnektor.CardHandle) *Card {
	return k.cardBy(func(c *Card) bool { return c.Handle == h })
}

// personalize fills what the caller left open.
func (k *Konnektor) personalize(c *Card) error {
	if !slices.Contains(cardTypes, c.Type) {
		return fmt.Errorf("konnektortest: insert: %q is no type of an inserted card", c.Type)
	}
	if c.Type == konnektor.CardKVK || c.Type == konnektor.CardUnknown {
		c.ICCSN, c.KVNR, c.Version, c.Expires = "", "", nil, time.Time{}
		return nil
	}
	if c.ICCSN == "" {
		c.ICCSN = k.freeICCSN(c.Type)
	}
	if c.Expires.IsZero() {
		c.Expires = k.now().AddDate(3, 0, 0)
	}
	if c.Version == nil {
		c.Version = generation21()
	}
	if c.PINs == nil {
		c.PINs = defaultPINs(c.Type)
	}
	return nil
}

// cardTypes are the types that a card may have; HBAx and SM-B are for filters.
var cardTypes = []konnektor.CardType{
	konnektor.CardEGK, konnektor.CardHBA, konnektor.CardHBAqSig, konnektor.CardSMCB, konnektor.CardHSMB,
	konnektor.CardSMCKT, konnektor.CardKVK, konnektor.CardZOD, konnektor.CardUnknown,
}

// generation21 is a card with elliptic curves: object system 4.4.0 or more.
func generation21() *konnektor.CardVersion {
	return &konnektor.CardVersion{COS: "4.5.0", ObjectSystem: "4.4.0", ATR: "2.0.0", GDO: "1.0.0", KeyInfo: "2.0.0"}
}

// freeICCSN gives an SMC-B one that a Mandant may use, other cards a new one.
func (k *Konnektor) freeICCSN(t konnektor.CardType) konnektor.ICCSN {
	inUse := func(n konnektor.ICCSN) bool {
		return k.cardBy(func(c *Card) bool { return c.ICCSN == n }) != nil
	}
	if t == konnektor.CardSMCB || t == konnektor.CardHSMB {
		for _, m := range k.model.Mandanten {
			for _, n := range m.SMCBs {
				if !inUse(n) {
					return n
				}
			}
		}
	}
	for i := 1; ; i++ {
		if n := konnektor.ICCSN(fmt.Sprintf("802768831%011d", 20_000_000_000+int64(i))); !inUse(n) {
			return n
		}
	}
}

func defaultPINs(t konnektor.CardType) map[konnektor.PINType]PIN {
	verified, verifiable := PIN{konnektor.PINVerified, 3}, PIN{konnektor.PINVerifiable, 3}
	switch t {
	case konnektor.CardSMCB, konnektor.CardHSMB:
		return map[konnektor.PINType]PIN{konnektor.PINSMC: verified}
	case konnektor.CardHBA, konnektor.CardHBAqSig:
		return map[konnektor.PINType]PIN{konnektor.PINCH: verifiable, konnektor.PINQES: verifiable}
	case konnektor.CardEGK:
		return map[konnektor.PINType]PIN{
			konnektor.PINCH: verifiable, "MRPIN.NFD": verifiable, "MRPIN.NFD_READ": verifiable,
			"MRPIN.DPE": verifiable, "MRPIN.DPE_READ": verifiable, "MRPIN.AMTS": verifiable, "MRPIN.GDD": verifiable, "PIN.AMTS_REP": {konnektor.PINDisabled, 3},
		}
	}
	return nil
}

func (k *Konnektor) insertFirstCards() error {
	t := k.model.Mandanten[0].Workplaces[0].Local
	if len(t) == 0 {
		return nil
	}
	smcb := Card{Type: konnektor.CardSMCB, Terminal: t[0], Holder: "Praxis Dr. Simulator"}
	if _, err := k.InsertCard(smcb); err != nil {
		return err
	}
	term := k.model.terminal(t[0])
	if term.Slots < 3 {
		return nil
	}
	_, err := k.InsertCard(Card{Type: konnektor.CardSMCKT, Terminal: t[0], Slot: term.Slots})
	return err
}

// Handle returns the handle of the first inserted card of a type, or "".
func (k *Konnektor) Handle(t konnektor.CardType) konnektor.CardHandle {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.cardBy(func(c *Card) bool { return c.Type == t }); c != nil {
		return c.Handle
	}
	return ""
}

// Cards returns all inserted cards.
func (k *Konnektor) Cards() []Card {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []Card
	for _, c := range k.cards {
		all = append(all, c.clone())
	}
	return all
}

func (c *Card) clone() Card {
	d := *c
	d.PINs, d.Files = maps.Clone(c.PINs), maps.Clone(c.Files)
	return d
}

// Card returns an inserted card.
func (k *Konnektor) Card(h konnektor.CardHandle) (c Card, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c := k.cardByHandle(h); c != nil {
		return c.clone(), true
	}
	return Card{}, false
}

// ChangeCard changes an inserted card: its PINs, its content. change must not
// call the Konnektor. Handle, Terminal and Slot stay as they are.
func (k *Konnektor) ChangeCard(h konnektor.CardHandle, change func(*Card)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.cardByHandle(h)
	if c == nil {
		return fmt.Errorf("konnektortest: no card with handle %s", h)
	}
	handle, terminal, slot := c.Handle, c.Terminal, c.Slot
	change(c)
	c.Handle, c.Terminal, c.Slot = handle, terminal, slot
	return nil
}

// SetPIN sets the state of a PIN and the tries left.
func (k *Konnektor) SetPIN(h konnektor.CardHandle, pin konnektor.PINType, state konnektor.PINState, tries int) error {
	return k.ChangeCard(h, func(c *Card) {
		if c.PINs == nil {
			c.PINs = map[konnektor.PINType]PIN{}
		}
		c.PINs[pin] = PIN{state, tries}
	})
}

// Remove takes a card out and returns it, so that it can be inserted again. Its
// verified PINs are locked, as those of a card without power.
func (k *Konnektor) Remove(h konnektor.CardHandle) (Card, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.cards, func(c *Card) bool { return c.Handle == h })
	if i < 0 {
		return Card{}, fmt.Errorf("konnektortest: remove: no card with handle %s", h)
	}
	c := k.cards[i]
	k.cards = slices.Delete(k.cards, i, i+1)
	delete(k.sessions, h)
	k.cardEvent(c, false)
	c.lock()
	return *c, nil
}

// lock makes verified PINs verifiable.
func (c *Card) lock() {
	c.UserID = ""
	for pin, p := range c.PINs {
		if p.State == konnektor.PINVerified {
			c.PINs[pin] = PIN{konnektor.PINVerifiable, p.Tries}
		}
	}
}
