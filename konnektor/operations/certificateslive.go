package operations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// liveSource collects what a Konnektor shows.
type liveSource struct {
	call    *call
	hba     bool // read HBA, too
	items   []certs.Item
	known   []knownEndDoc
	skipped []inventorySkipDoc
}

// errNoKonnektor is a request for a Konnektor in a Session for files only.
var errNoKonnektor = fmt.Errorf("operations: the session was opened for files only: %w", konnektor.KindConfig)

// collect fails when the Konnektor cannot be reached; what it refuses is noted.
func (s *liveSource) collect(ctx context.Context) error {
	client := s.call.client
	if client == nil {
		return errNoKonnektor
	}
	cards, _, err := client.Cards(ctx, konnektor.CardFilter{MandantWide: true})
	if err != nil {
		return err
	}
	shown, err := client.ServerCertificate(ctx)
	switch {
	case err != nil && over(ctx):
		return err
	case err != nil:
		s.skip(labelTLS, err)
	}
	s.items = append(s.items, items(labelTLS, shown, false)...)
	if own, err := client.ClientCertificate(); err != nil {
		s.skip(labelClient, err)
	} else {
		s.items = append(s.items, items(labelClient, own, false)...)
	}
	for _, card := range cards {
		if err := s.card(ctx, card); err != nil {
			return err
		}
	}
	return s.ownCard(ctx, cards)
}

// over says that there is no time left. A connection may notice that a little
// before ctx does.
func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// skip notes what could not be read.
func (s *liveSource) skip(label string, err error) {
	e := NewError(s.call.op, err)
	s.skipped = append(s.skipped, inventorySkipDoc{Label: label, Code: e.Code, TextDE: e.TextDE})
}

// leaveOut notes what was left out on purpose.
func (s *liveSource) leaveOut(label, why string) {
	s.skipped = append(s.skipped, inventorySkipDoc{Label: label, TextDE: why})
}

// card reads the certificates of a card, or notes what is known of it. It fails
// only when ctx has ended.
func (s *liveSource) card(ctx context.Context, card konnektor.Card) error {
	label := germanCardPlace(card)
	refs := cardRefs[card.Type]
	switch {
	case isHBA(card.Type) && !s.hba:
		s.leaveOut(label, leftOutHBA)
		s.know(label, card)
		return nil
	case refs == nil:
		s.know(label, card)
		return nil
	}
	var found []*certs.Certificate
	complete := true
	for _, crypt := range []konnektor.Crypt{konnektor.CryptECC, konnektor.CryptRSA} {
		all, err := s.read(ctx, card.Handle, refs, crypt)
		found = append(found, all...)
		switch {
		case err != nil && over(ctx):
			return err
		case errors.Is(err, konnektor.CodeNoECC):
		case err != nil:
			complete = false
			s.skip(label+" ("+string(crypt)+")", err)
		}
	}
	s.items = append(s.items, items(label, found, complete)...)
	return nil
}

// isHBA says whether a card is an HBA or one of its forerunners.
func isHBA(t konnektor.CardType) bool {
	return t == konnektor.CardHBA || t == konnektor.CardHBAqSig || t == konnektor.CardZOD
}

// cardRefs are the certificates of the cards that are read. An eGK is never one
// of them: its certificate names an insured person.
var cardRefs = map[konnektor.CardType][]konnektor.CertificateRef{
	konnektor.CardSMCB: {konnektor.CertificateAUT, konnektor.CertificateENC, konnektor.CertificateSIG},
	konnektor.CardHSMB: {konnektor.CertificateAUT, konnektor.CertificateENC, konnektor.CertificateSIG},
	konnektor.CardHBA:  {konnektor.CertificateAUT, konnektor.CertificateENC, konnektor.CertificateQES},
}

// read reads all certificates at once, or, where the card lacks one, one by one.
func (s *liveSource) read(ctx context.Context, card konnektor.CardHandle, refs []konnektor.CertificateRef, crypt konnektor.Crypt) ([]*certs.Certificate, error) {
	all, _, err := s.call.client.CardCertificates(ctx, card, refs, crypt)
	if len(refs) > 1 && (errors.Is(err, konnektor.CodeCertificateNotOnCard) || errors.Is(err, konnektor.CodeCertificateRef)) {
		var found []*certs.Certificate
		for _, ref := range refs {
			one, err := s.read(ctx, card, []konnektor.CertificateRef{ref}, crypt)
			if err != nil && !errors.Is(err, konnektor.CodeCertificateNotOnCard) && !errors.Is(err, konnektor.CodeCertificateRef) {
				return found, err
			}
			found = append(found, one...)
		}
		return found, nil
	}
	var found []*certs.Certificate
	for _, c := range all {
		if c.Certificate != nil {
			found = append(found, c.Certificate)
		}
	}
	return found, err
}

// know notes the end that the list of cards tells, but not of an eGK.
func (s *liveSource) know(label string, card konnektor.Card) {
	if card.CertificateExpires.IsZero() || card.Type == konnektor.CardEGK {
		return
	}
	s.known = append(s.known, knownEndDoc{
		Label: label, ICCSN: string(card.ICCSN), TerminalID: string(card.Terminal), Expires: date(card.CertificateExpires),
	})
}

// ownCard asks until when the Konnektor's own card holds. The answer is about all
// HBA, too, so that it is asked for only when there is none or they may be read.
func (s *liveSource) ownCard(ctx context.Context, cards []konnektor.Card) error {
	byICCSN := map[konnektor.ICCSN]bool{}
	for _, card := range cards {
		byICCSN[card.ICCSN] = true
		if isHBA(card.Type) && !s.hba {
			s.leaveOut(labelOwnCard, leftOutOwnCard)
			return nil
		}
	}
	for _, crypt := range []konnektor.Crypt{konnektor.CryptECC, konnektor.CryptRSA} {
		all, _, err := s.call.client.CertificateExpirations(ctx, "", crypt)
		switch {
		case err != nil && over(ctx):
			return err
		case errors.Is(err, konnektor.KindNoService), errors.Is(err, konnektor.CodeNoECC):
			continue
		case err != nil:
			s.skip(labelOwnCard+" ("+string(crypt)+")", err)
			continue
		}
		for _, e := range all {
			if byICCSN[e.ICCSN] {
				continue // its certificates have been read
			}
			s.known = append(s.known, knownEndDoc{
				Label: labelOwnCard + " (" + string(crypt) + ")", ICCSN: string(e.ICCSN), TerminalID: string(e.Terminal), Expires: date(e.Expires),
			})
		}
	}
	return nil
}
