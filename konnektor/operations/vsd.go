package operations

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

type vsdReadRequestDoc struct {
	CardHandle         string   `json:"card_handle,omitempty" doc:"The eGK by its handle. Without it the one eGK that is inserted is read."`
	TerminalID         string   `json:"terminal_id,omitempty" doc:"Without card_handle: only an eGK in this card terminal (CtId)."`
	Slot               int64    `json:"slot,omitempty" min:"1" max:"255" doc:"Without card_handle: only an eGK in this slot, counted from 1."`
	WaitMS             int64    `json:"wait_ms,omitempty" min:"0" max:"86400000" doc:"Without card_handle: how long to wait for an eGK to be inserted, in milliseconds. Not at all when left out."`
	SMCBHandle         string   `json:"smcb_handle,omitempty" doc:"The SMC-B that reads, by its handle. Without it and hba_handle one that is inserted is taken, an unlocked one if there are several."`
	HBAHandle          string   `json:"hba_handle,omitempty" doc:"The HBA that reads in place of an SMC-B; needs a UserId in the Config."`
	Mode               string   `json:"mode,omitempty" enum:"FIRST ALWAYS USER NEVER" doc:"When to check online: FIRST contact in the quarter (when left out), ALWAYS, because the USER asked, NEVER (offline Konnektor of a standalone setup)."`
	StoredReceipts     []string `json:"stored_receipts,omitempty" doc:"The receipts kept for this patient, each as base64 of pruefungsnachweis. They decide with mode whether to check online, and count for the proof."`
	PerformOnlineCheck *bool    `json:"perform_online_check,omitempty" doc:"With read_online_receipt: these switches of ReadVSD in place of what mode and stored_receipts say."`
	ReadOnlineReceipt  *bool    `json:"read_online_receipt,omitempty" doc:"See perform_online_check."`
	Standalone         bool     `json:"standalone,omitempty" doc:"The Konnektor is the offline one of a standalone setup."`
	NoOnlineDuty       bool     `json:"no_online_duty,omitempty" doc:"The practice need not check online."`
	Day                string   `json:"day,omitempty" format:"date" doc:"The day of treatment for the proof. Today in Germany when left out."`
	KonnektorTimeoutMS int64    `json:"konnektor_timeout_ms,omitempty" min:"1000" max:"600000" doc:"How long the Konnektor may take for a ReadVSD, as set on it, in milliseconds; twice as long is waited for. 30000 when left out."`
	sinkField
	polling
	timeLimit
}

type vsdReadAnswerDoc struct {
	Card                *cardDoc               `json:"card,omitempty" table:"-" doc:"The card that was read; left out when the request named its handle."`
	CardHandle          string                 `json:"card_handle" table:"-" doc:"The handle of the card that was read."`
	Person              personDoc              `json:"person" doc:"The insured person."`
	Versicherungsschutz versicherungsschutzDoc `json:"versicherungsschutz" doc:"From when to when and by whom the person is insured."`
	ZusatzinfosGKV      *zusatzinfosGKVDoc     `json:"zusatzinfos_gkv,omitempty" doc:"What statutory insurers add."`
	ZusatzinfosPKV      *zusatzinfosPKVDoc     `json:"zusatzinfos_pkv,omitempty" doc:"What private insurers add."`
	Geschuetzte         *geschuetzteDoc        `json:"geschuetzte_versichertendaten,omitempty" doc:"The protected data; left out when card and SMC-B did not authenticate each other."`
	VSDStatus           vsdStatusDoc           `json:"vsd_status" doc:"The state of the data on the card."`
	Nachweis            *nachweisDoc           `json:"pruefungsnachweis,omitempty" doc:"The receipt of the online check; left out when none was asked for or returned."`
	HCV                 string                 `json:"hcv" table:"-" doc:"The hash check value for backends; empty when the card's data do not allow one."`
	OnlineCheck         bool                   `json:"online_check" table:"-" doc:"The card was read with online check."`
	Warnings            []string               `json:"warnings" table:"-" doc:"Where card or Konnektor depart from the schema, in English, without data. The data are usable all the same."`
	Proof               proofDoc               `json:"proof" doc:"Whether the read counts as proof, and what to do next."`
}

// vsdEventDoc tells how far vsd.read is.
type vsdEventDoc struct {
	Event  string `json:"event" enum:"vsd.waiting vsd.reading" doc:"vsd.waiting: no card yet; vsd.reading: the card is being read, do not remove it."`
	TextDE string `json:"text_de" doc:"The same in German, for the screen."`
}

// The events of vsd.read.
const (
	eventWaiting = "vsd.waiting"
	eventReading = "vsd.reading"
)

// KindSeveralCards is a vsd.read that does not know which of several eGKs to
// read. KindNoSMCB is one that finds no SMC-B to read with.
const (
	KindSeveralCards konnektor.Kind = "several-cards"
	KindNoSMCB       konnektor.Kind = "no-smcb"
)

func opVSDRead() Operation {
	return emits[vsdEventDoc](define(Operation{
		Name:    "vsd.read",
		Summary: "Reads the insured person's data from an eGK, with the receipt of the online check, and tells whether the card counts as proof. Each call adds an entry to the log on the card: do not loop it.",
		Title:   titleVSDRead,
	}, runVSDRead))
}

func runVSDRead(ctx context.Context, c *call, req vsdReadRequestDoc) (*vsdReadAnswerDoc, error) {
	verdict, err := req.verdict()
	if err != nil {
		return nil, err
	}
	read, err := req.read(verdict)
	if err != nil {
		return nil, err
	}
	card, err := req.choose(ctx, c, &read)
	if err != nil {
		return nil, err
	}
	c.send(vsdEventDoc{eventReading, eventGerman[eventReading]})
	v, err := vsdm.Read(ctx, c.client, read)
	if err != nil {
		e := NewError(c.op, err)
		e.Proof = newProof(vsdm.ProofOfError(err, verdict))
		e.Proof.KeepReceipt = "" // names a person: not in an error
		return nil, e
	}
	a := newVSD(v)
	a.CardHandle = string(read.EGK)
	if card != nil {
		doc := newCard(*card)
		a.Card = &doc
	}
	if others := dropOthers(&verdict, v.PersoenlicheVersichertendaten.VersichertenID); others > 0 {
		a.Warnings = append(a.Warnings, fmt.Sprintf("stored_receipts: %d of another person, not counted", others))
	}
	a.Proof = *newProof(v.Proof(verdict))
	return a, nil
}

// verdict is what the proof needs to know of the request.
func (r *vsdReadRequestDoc) verdict() (vsdm.Case, error) {
	c := vsdm.Case{Day: vsdm.DateOf(time.Now()), NoOnlineDuty: r.NoOnlineDuty}
	if r.Day != "" {
		t, err := time.Parse(time.DateOnly, r.Day)
		if err != nil {
			return c, &requestError{"day", "want a day as YYYY-MM-DD"}
		}
		year, month, day := t.Date()
		c.Day = vsdm.Date{Year: year, Month: int(month), Day: day}
	}
	for i, s := range r.StoredReceipts {
		at := fmt.Sprintf("stored_receipts[%d]", i)
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
		if err != nil {
			return c, &requestError{at, "not base64"}
		}
		receipt, _, err := vsdm.DecodePruefungsnachweis(raw)
		if err != nil {
			return c, &requestError{at, "not a receipt"}
		}
		c.Stored = append(c.Stored, *receipt)
	}
	return c, nil
}

// read is the request to vsdm without the cards.
func (r *vsdReadRequestDoc) read(verdict vsdm.Case) (vsdm.Request, error) {
	read := vsdm.Request{
		EGK:              konnektor.CardHandle(r.CardHandle),
		SMCB:             konnektor.CardHandle(r.SMCBHandle),
		HBA:              konnektor.CardHandle(r.HBAHandle),
		Mode:             vsdm.Mode(r.Mode),
		Stored:           verdict.Best(),
		Standalone:       r.Standalone,
		KonnektorTimeout: time.Duration(r.KonnektorTimeoutMS) * time.Millisecond,
	}
	if r.SMCBHandle != "" && r.HBAHandle != "" {
		return read, &requestError{"hba_handle", "not together with smcb_handle"}
	}
	if (r.PerformOnlineCheck == nil) != (r.ReadOnlineReceipt == nil) {
		return read, &requestError{"perform_online_check", "only together with read_online_receipt"}
	}
	if r.PerformOnlineCheck != nil {
		read.Flags = &vsdm.Flags{PerformOnlineCheck: *r.PerformOnlineCheck, ReadOnlineReceipt: *r.ReadOnlineReceipt}
	}
	return read, nil
}

// choose fills in the cards that the request does not name. It returns the eGK
// where it looked it up.
func (r *vsdReadRequestDoc) choose(ctx context.Context, c *call, read *vsdm.Request) (*konnektor.Card, error) {
	var cards []konnektor.Card
	var egk *konnektor.Card
	if read.EGK == "" {
		var err error
		if egk, cards, err = r.findEGK(ctx, c); err != nil {
			return nil, err
		}
		read.EGK = egk.Handle
	}
	if read.SMCB == "" && read.HBA == "" {
		smcb, err := findSMCB(ctx, c, cards)
		if err != nil {
			return nil, err
		}
		read.SMCB = smcb
	}
	return egk, nil
}

// findEGK finds the one eGK that is inserted, or waits for it. It returns all
// cards, too.
func (r *vsdReadRequestDoc) findEGK(ctx context.Context, c *call) (*konnektor.Card, []konnektor.Card, error) {
	listing, done := context.WithTimeout(ctx, pollTimeout)
	cards, _, err := c.client.Cards(listing, konnektor.CardFilter{})
	done()
	if err == nil && !slices.ContainsFunc(cards, r.isWanted) && r.WaitMS > 0 {
		cards, err = r.awaitEGK(ctx, c)
	}
	if err != nil {
		return nil, nil, err
	}
	var found []konnektor.Card
	for _, card := range cards {
		if r.isWanted(card) {
			found = append(found, card)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil, fmt.Errorf("operations: no eGK: %w", konnektor.KindNotInserted)
	case 1:
		return &found[0], cards, nil
	}
	return nil, nil, fmt.Errorf("operations: several eGKs, name card_handle or terminal_id: %w", KindSeveralCards)
}

// awaitEGK waits until a card is inserted that may be read. It returns all cards.
func (r *vsdReadRequestDoc) awaitEGK(ctx context.Context, c *call) ([]konnektor.Card, error) {
	source, leave, err := r.events(c)
	if err != nil {
		return nil, err
	}
	defer c.sources.later(leave)
	c.send(vsdEventDoc{eventWaiting, eventGerman[eventWaiting]})
	wait, cancel := context.WithTimeout(ctx, time.Duration(r.WaitMS)*time.Millisecond)
	defer cancel()
	return awaitCards(wait, c.client, konnektor.WatchRequest{Poll: r.interval(), Events: source}, r.isWanted)
}

// isWanted says whether a card may be the eGK to read.
func (r *vsdReadRequestDoc) isWanted(card konnektor.Card) bool {
	return card.Type == konnektor.CardEGK &&
		(r.TerminalID == "" || string(card.Terminal) == r.TerminalID) &&
		(r.Slot == 0 || int64(card.Slot) == r.Slot)
}

// findSMCB finds an SMC-B among the cards that the workplace reaches, an
// unlocked one if there are several. Where there is none, it takes one of the
// Mandant's: the fault then says what is missing in the assignments.
func findSMCB(ctx context.Context, c *call, cards []konnektor.Card) (konnektor.CardHandle, error) {
	found := smcbs(cards)
	for _, wide := range []bool{false, true} {
		if len(found) > 0 || !wide && cards != nil {
			continue
		}
		all, _, err := c.client.Cards(ctx, konnektor.CardFilter{MandantWide: wide})
		if err != nil {
			return "", err
		}
		found = smcbs(all)
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("operations: no SMC-B: %w", KindNoSMCB)
	case 1:
		return found[0].Handle, nil // ReadVSD tells when it is locked
	}
	for _, card := range found {
		s, _, err := c.client.PINStatus(ctx, card.Handle, konnektor.PINSMC)
		if err != nil && ctx.Err() != nil {
			return "", err
		}
		if err == nil && s.State == konnektor.PINVerified {
			return card.Handle, nil
		}
	}
	return found[0].Handle, nil
}

// smcbs are the cards of practices among the cards.
func smcbs(cards []konnektor.Card) (found []konnektor.Card) {
	for _, card := range cards {
		if card.Type == konnektor.CardSMCB || card.Type == konnektor.CardHSMB {
			found = append(found, card)
		}
	}
	return found
}

// dropOthers takes the stored receipts out that name another person, and counts
// them.
func dropOthers(c *vsdm.Case, person konnektor.KVNR) (others int) {
	n := len(c.Stored)
	c.Stored = slices.DeleteFunc(c.Stored, func(s vsdm.Pruefungsnachweis) bool {
		return s.Pruefziffer != nil && s.Pruefziffer.KVNR != "" && s.Pruefziffer.KVNR != person
	})
	return n - len(c.Stored)
}

// newVSD is v without card and proof.
func newVSD(v *vsdm.VSD) *vsdReadAnswerDoc {
	a := &vsdReadAnswerDoc{
		Person:              newPerson(&v.PersoenlicheVersichertendaten),
		Versicherungsschutz: newSchutz(&v.AllgemeineVersicherungsdaten.Versicherungsschutz),
		ZusatzinfosGKV:      newGKV(v.AllgemeineVersicherungsdaten.ZusatzinfosGKV),
		ZusatzinfosPKV:      newPKV(v.AllgemeineVersicherungsdaten.ZusatzinfosPKV),
		Geschuetzte:         newGeschuetzte(v.GeschuetzteVersichertendaten),
		VSDStatus:           vsdStatusDoc{v.Status.Offen, dateTime(v.Status.Timestamp), v.Status.Version},
		Nachweis:            newNachweis(v.Pruefungsnachweis),
		OnlineCheck:         v.Flags.PerformOnlineCheck,
		Warnings:            []string{},
	}
	if hcv, err := v.HCV(); err == nil {
		a.HCV = hcv.String()
	}
	for _, w := range v.Warnings {
		a.Warnings = append(a.Warnings, w.String())
	}
	return a
}
