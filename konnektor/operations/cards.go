package operations

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// cardTypes are the types that a request may name; cardDoc has the same without
// the two groups.
type cardSelection struct {
	TerminalID  string `json:"terminal_id,omitempty" doc:"Only cards in this card terminal (CtId)."`
	Slot        int64  `json:"slot,omitempty" min:"1" max:"255" doc:"Only cards in this slot of the terminal, counted from 1."`
	CardType    string `json:"card_type,omitempty" enum:"EGK HBA-qSig HBA SMC-B HSM-B SMC-KT KVK ZOD_2.0 UNKNOWN HBAx SM-B" doc:"Only cards of this type. HBAx and SM-B stand for groups."`
	MandantWide bool   `json:"mandant_wide,omitempty" doc:"All cards that the Mandant may use, not only those that the workplace reaches."`
}

// filter is the selection for the client.
func (s cardSelection) filter() konnektor.CardFilter {
	return konnektor.CardFilter{
		Terminal:    konnektor.TerminalID(s.TerminalID),
		Slot:        int(s.Slot),
		Type:        konnektor.CardType(s.CardType),
		MandantWide: s.MandantWide,
	}
}

type cardsRequestDoc struct {
	cardSelection
	timeLimit
}

type cardsAnswerDoc struct {
	Cards   []cardDoc `json:"cards" doc:"The cards, in no given order."`
	Warning *Error    `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

type cardDoc struct {
	Type               string          `json:"type" table:"-" enum:"EGK HBA-qSig HBA SMC-B HSM-B SMC-KT KVK ZOD_2.0 UNKNOWN" doc:"The type of the card."`
	TypeText           string          `json:"type_de" doc:"The type in German."`
	TerminalID         string          `json:"terminal_id" doc:"The card terminal (CtId)."`
	Slot               int64           `json:"slot" doc:"The slot of the terminal, counted from 1."`
	Holder             string          `json:"holder" doc:"The holder as the card says, not verified. Names a person."`
	KVNR               string          `json:"kvnr" doc:"The Versichertennummer of an eGK, not verified. Names a person."`
	ICCSN              string          `json:"iccsn" doc:"The serial number of the card; empty when it could not be read."`
	InsertTime         string          `json:"insert_time" format:"date-time" doc:"When the card was inserted."`
	CertificateExpires string          `json:"certificate_expires,omitempty" format:"date" doc:"The day on which the card's certificate ends."`
	Handle             string          `json:"handle" doc:"The CardHandle: names the card until it is removed."`
	Version            *cardVersionDoc `json:"version,omitempty" table:"-" doc:"The versions of the card's parts."`
}

type cardVersionDoc struct {
	COS           string `json:"cos" doc:"The operating system."`
	ObjectSystem  string `json:"object_system" doc:"The object system."`
	CardPTPers    string `json:"card_pt_pers" doc:"The product type of the personalisation."`
	DataStructure string `json:"data_structure" doc:"The structure of the data."`
	Logging       string `json:"logging" doc:"The structure of the access log."`
	ATR           string `json:"atr" doc:"The structure of EF.ATR."`
	GDO           string `json:"gdo" doc:"The structure of EF.GDO."`
	KeyInfo       string `json:"key_info" doc:"The structure of EF.KeyInfo."`
}

func opCards() Operation {
	return define(Operation{
		Name:       "cards",
		Summary:    "Lists the inserted cards.",
		Title:      titleCards,
		Repeatable: true,
	}, runCards)
}

func runCards(ctx context.Context, c *call, req cardsRequestDoc) (*cardsAnswerDoc, error) {
	cards, warning, err := c.client.Cards(ctx, req.filter())
	if err != nil {
		return nil, err
	}
	a := &cardsAnswerDoc{Cards: make([]cardDoc, 0, len(cards)), Warning: newWarning(c.op, warning)}
	for _, card := range cards {
		a.Cards = append(a.Cards, newCard(card))
	}
	return a, nil
}

type cardRequestDoc struct {
	CardHandle string `json:"card_handle,omitempty" doc:"The card by its handle. Give this, or iccsn, or terminal_id with slot."`
	ICCSN      string `json:"iccsn,omitempty" doc:"The card by its serial number."`
	TerminalID string `json:"terminal_id,omitempty" doc:"The card by its place: the card terminal (CtId)."`
	Slot       int64  `json:"slot,omitempty" min:"1" max:"255" doc:"The card by its place: the slot, counted from 1."`
	timeLimit
}

type cardAnswerDoc struct {
	Card    cardDoc `json:"card" doc:"The card."`
	Warning *Error  `json:"warning,omitempty" doc:"What the Konnektor reports beside its answer."`
}

func opCard() Operation {
	return define(Operation{
		Name:       "card",
		Summary:    "Tells what is known of one inserted card.",
		Title:      titleCard,
		Repeatable: true,
	}, runCard)
}

func runCard(ctx context.Context, c *call, req cardRequestDoc) (*cardAnswerDoc, error) {
	ways := 0
	for _, given := range []bool{req.CardHandle != "", req.ICCSN != "", req.TerminalID != "" || req.Slot != 0} {
		if given {
			ways++
		}
	}
	if ways != 1 || (req.TerminalID == "") != (req.Slot == 0) {
		return nil, &requestError{cause: "give card_handle, or iccsn, or terminal_id with slot"}
	}
	r, warning, err := c.client.Resource(ctx, konnektor.ResourceQuery{
		Card:     konnektor.CardHandle(req.CardHandle),
		ICCSN:    konnektor.ICCSN(req.ICCSN),
		Terminal: konnektor.TerminalID(req.TerminalID),
		Slot:     int(req.Slot),
	})
	if err != nil {
		return nil, err
	}
	if r.Card == nil {
		return nil, konnektor.KindNotInserted
	}
	return &cardAnswerDoc{Card: newCard(*r.Card), Warning: newWarning(c.op, warning)}, nil
}

func newCard(c konnektor.Card) cardDoc {
	d := cardDoc{
		Handle: string(c.Handle), Type: string(c.Type), TypeText: germanCardType(c.Type),
		TerminalID: string(c.Terminal), Slot: int64(c.Slot), ICCSN: string(c.ICCSN),
		Holder: string(c.Holder), KVNR: string(c.KVNR),
		InsertTime: dateTime(c.InsertTime), CertificateExpires: date(c.CertificateExpires),
	}
	if v := c.Version; v != nil {
		d.Version = &cardVersionDoc{
			COS: v.COS, ObjectSystem: v.ObjectSystem, CardPTPers: v.CardPTPers, DataStructure: v.DataStructure,
			Logging: v.Logging, ATR: v.ATR, GDO: v.GDO, KeyInfo: v.KeyInfo,
		}
	}
	return d
}
