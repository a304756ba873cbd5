package konnektortest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// comfortCard checks what the operations of comfort signatures need: an HBA, the
// function switched on, a UserID.
func (s *signatures) comfortCard(c *Call, h konnektor.CardHandle) (Card, error) {
	if err := c.Access(Access{Card: h, Session: true}); err != nil {
		return Card{}, err
	}
	card, ok := c.Konnektor.Card(h)
	switch {
	case !ok:
		return Card{}, NewFault(4008)
	case card.Type != konnektor.CardHBA && card.Type != konnektor.CardHBAqSig:
		return Card{}, NewFault(4274)
	}
	return card, nil
}

func (c *Call) comfortKey(h konnektor.CardHandle) comfortKey {
	return comfortKey{h, c.Context.UserID, c.Context.ClientSystemID, c.Context.MandantID}
}

// activate has PIN.QES entered once.
func (s *signatures) activate(c *Call, prefix string) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	card, err := s.comfortCard(c, h)
	if err != nil {
		return "", err
	}
	if s.opts.ComfortOff {
		return "", NewFault(4263)
	}
	if err := s.room(c); err != nil {
		return "", err
	}
	release, err := c.OpenSession(h)
	if err != nil {
		return "", err
	}
	defer release()
	if err := c.enterQES(card); err != nil {
		return "", err
	}
	s.enter(c, h)
	return Elem(prefix+":ActivateComfortSignatureResponse", StatusOK(), ElemText(prefix+":SignatureMode", "COMFORT")), nil
}

// room refuses a UserID that was used in one of the last 1000 activations, as the
// text of code 4270 has it, and a session beyond their number.
func (s *signatures) room(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(c.Konnektor)
	switch {
	case slices.Contains(s.users, c.Context.UserID):
		return NewFault(4270)
	case len(s.sessions) >= s.opts.ComfortSessions:
		return NewFault(4278)
	}
	return nil
}

// prune ends the sessions whose time is over or whose card has gone: one that
// was taken out, or lies there under another handle after a restart. The lock is
// held.
func (s *signatures) prune(k *Konnektor) {
	now := k.now()
	for key, session := range s.sessions {
		if _, there := k.Card(key.card); !there || !now.Before(session.until) {
			delete(s.sessions, key)
		}
	}
}

// enter notes a new session. The lock is not held.
func (s *signatures) enter(c *Call, h konnektor.CardHandle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users = append(s.users, c.Context.UserID)
	if len(s.users) > 1000 {
		s.users = s.users[1:]
	}
	s.sessions[c.comfortKey(h)] = &comfortSession{s.opts.ComfortMax, c.Konnektor.now().Add(s.opts.ComfortTimer)}
}

// deactivate ends the sessions of cards, whoever has them.
func (s *signatures) deactivate(c *Call, prefix string) (string, error) {
	for _, child := range c.Request.Children {
		h := konnektor.CardHandle(child.Text)
		if _, ok := c.Konnektor.Card(h); !ok {
			return "", NewFault(4008)
		}
		s.mu.Lock()
		for key := range s.sessions {
			if key.card == h {
				delete(s.sessions, key)
			}
		}
		s.mu.Unlock()
	}
	return Elem(prefix+":DeactivateComfortSignatureResponse", StatusOK()), nil
}

// mode tells the settings, and what is left of the caller's session.
func (s *signatures) mode(c *Call, prefix string) (string, error) {
	h := konnektor.CardHandle(c.Request.Value("CardHandle"))
	if _, err := s.comfortCard(c, h); err != nil {
		return "", err
	}
	status, info := "ENABLED", ""
	if s.opts.ComfortOff {
		status = "DISABLED"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.sessions[c.comfortKey(h)]; session != nil && c.Konnektor.now().Before(session.until) {
		left := session.until.Sub(c.Konnektor.now())
		info = Elem(prefix+":SessionInfo", ElemText(prefix+":SignatureMode", "COMFORT"),
			ElemText(prefix+":CountRemaining", strconv.Itoa(session.left)), ElemText(prefix+":TimeRemaining", duration(left)))
	}
	return Elem(prefix+":GetSignatureModeResponse", StatusOK(), ElemText(prefix+":ComfortSignatureStatus", status),
		ElemText(prefix+":ComfortSignatureMax", strconv.Itoa(s.opts.ComfortMax)),
		ElemText(prefix+":ComfortSignatureTimer", duration(s.opts.ComfortTimer)), info), nil
}

// duration is an xs:duration.
func duration(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("PT%dH%dM%dS", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// comfortable uses up n signatures of the caller's session. ok is false when
// there is none; an ended one gives fault 4271.
func (s *signatures) comfortable(c *Call, h konnektor.CardHandle, n int) (ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.comfortKey(h)
	session := s.sessions[key]
	switch {
	case session == nil:
		return false, nil
	case !c.Konnektor.now().Before(session.until) || session.left < n:
		delete(s.sessions, key)
		return false, NewFault(4271)
	}
	session.left -= n
	return true, nil
}

// enterQES has PIN.QES entered for one job. The PIN is locked again after it.
func (c *Call) enterQES(card Card) error {
	pin, ok := card.PINs[konnektor.PINQES]
	switch {
	case !ok:
		return NewFault(4072)
	case pin.State == konnektor.PINBlocked:
		return NewFault(4063)
	case pin.State == konnektor.PINTransport || pin.State == konnektor.PINEmpty:
		return NewFault(4065)
	}
	e := &entry{call: c, name: konnektor.PINQES}
	if err := e.find(card.Handle); err != nil {
		return err
	}
	switch _, result, err := e.enter(); {
	case err != nil:
		return err
	case result == pinNowBlocked:
		return NewFault(4082)
	case result != pinOK:
		return NewFault(4276)
	}
	return e.set(konnektor.PINVerifiable, pinTries)
}
