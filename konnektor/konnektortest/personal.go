package konnektortest

import (
	"slices"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// newPKI makes the TI of all simulated cards, once per process and algorithm:
// RSA keys take their time.
var newPKI = map[string]func() (*certstest.PKI, error){
	"RSA": sync.OnceValues(func() (*certstest.PKI, error) { return certstest.Make(certstest.Options{At: time.Now()}) }),
	"ECC": sync.OnceValues(func() (*certstest.PKI, error) {
		return certstest.Make(certstest.Options{At: time.Now(), WithoutRSA: true})
	}),
}

// personalization is what keys and certificates the cards of one Konnektor
// have, made when they are first needed.
type personalization struct {
	mu    sync.Mutex
	cards map[string]*certstest.Card // by ICCSN and algorithm

	responders map[*certstest.CA]*certstest.Responder
}

// card is the card with its certificates of one algorithm.
func (p *personalization) card(kind certstest.CardKind, iccsn, holder, algorithm string) (*certstest.Card, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := iccsn + " " + algorithm
	if card := p.cards[key]; card != nil {
		return card, nil
	}
	pki, err := newPKI[algorithm]()
	if err != nil {
		return nil, err
	}
	card, err := pki.Card(kind, certstest.CardOptions{
		Generation20: algorithm == "RSA", WithoutRSA: algorithm == "ECC", ICCSN: iccsn, Name: holder,
	})
	if err != nil {
		return nil, err
	}
	if p.cards == nil {
		p.cards = map[string]*certstest.Card{}
	}
	p.cards[key] = card
	return card, nil
}

// issued finds a certificate among those of the cards.
func (p *personalization) issued(der []byte) *certstest.Identity {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, card := range p.cards {
		for _, id := range card.Identities {
			if slices.Equal(id.DER, der) {
				return id
			}
		}
	}
	return nil
}

// CardIdentity is a key and its certificate on an inserted card, as tests need them
// to check what the Konnektor did: ref is C.AUT, C.ENC, C.SIG or C.QES,
// algorithm RSA or ECC. The error is a *Fault with the code that a call gets.
func (k *Konnektor) CardIdentity(h konnektor.CardHandle, ref, algorithm string) (*certstest.Identity, error) {
	card, ok := k.Card(h)
	if !ok {
		return nil, NewFault(4008)
	}
	profile, ok := profileOf(card.Type)
	if !ok {
		return nil, NewFault(4051)
	}
	number, ok := profile.refs[ref]
	switch {
	case !ok:
		return nil, NewFault(4149)
	case algorithm == "ECC" && !hasECC(&card):
		return nil, NewFault(4258)
	}
	own, err := k.personal.card(profile.kind, string(card.ICCSN), string(card.Holder), algorithm)
	if err != nil {
		return nil, err
	}
	if id := certificate(own, number); id != nil {
		return id, nil
	}
	return nil, NewFault(4147)
}
