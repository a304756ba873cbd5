package konnektortest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func (r *raw) cards(payload string) []string {
	r.t.Helper()
	a := r.send(r.call("GetCards", payload))
	require.Zero(r.t, a.code(), a.body)
	return a.all("CardType")
}

func TestGetCardsFilters(t *testing.T) {
	r := newRaw(t, Options{Empty: true})
	for _, c := range []Card{
		{Type: konnektor.CardEGK, Terminal: "T1", Slot: 1}, {Type: konnektor.CardHBA, Terminal: "T1", Slot: 2},
		{Type: konnektor.CardSMCB, Terminal: "T1", Slot: 3}, {Type: konnektor.CardUnknown, Terminal: "T1", Slot: 4},
		{Type: konnektor.CardHBAqSig, Terminal: "T2", Slot: 1}, {Type: konnektor.CardKVK, Terminal: "T2", Slot: 2},
		{Type: konnektor.CardEGK, Terminal: "T3"}, {Type: konnektor.CardSMCB, Terminal: "T2", ICCSN: secondSMCB},
	} {
		_, err := r.k.InsertCard(c)
		require.NoError(t, err)
	}
	filter := func(attrs, more string) string {
		return "<EVT:GetCards" + attrs + ">" + here + more + "</EVT:GetCards>"
	}
	const wide = ` mandant-wide="1"`
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"workplace":           {filter("", ""), []string{"EGK", "HBA", "SMC-B", "UNKNOWN"}},
		"mandant-wide":        {filter(wide, ""), []string{"EGK", "HBA", "SMC-B", "UNKNOWN", "HBA-qSig", "KVK"}},
		"terminal":            {filter(wide, "<CARDCMN:CtId>T2</CARDCMN:CtId>"), []string{"HBA-qSig", "KVK"}},
		"slot":                {filter("", "<CARDCMN:CtId>T1</CARDCMN:CtId><CARDCMN:SlotId>2</CARDCMN:SlotId>"), []string{"HBA"}},
		"empty slot":          {filter(wide, "<CARDCMN:CtId>T2</CARDCMN:CtId><CARDCMN:SlotId>3</CARDCMN:SlotId>"), nil},
		"type":                {filter("", "<CARDCMN:CardType>EGK</CARDCMN:CardType>"), []string{"EGK"}},
		"group HBAx":          {filter(wide, "<CARDCMN:CardType>HBAx</CARDCMN:CardType>"), []string{"HBA", "HBA-qSig"}},
		"group SM-B":          {filter("", "<CARDCMN:CardType>SM-B</CARDCMN:CardType>"), []string{"SMC-B"}},
		"type that is absent": {filter("", "<CARDCMN:CardType>HSM-B</CARDCMN:CardType>"), nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, r.cards(c.payload)) })
	}
	for _, slot := range []string{"<CARDCMN:SlotId>1</CARDCMN:SlotId>", "<CARDCMN:CtId>T1</CARDCMN:CtId><CARDCMN:SlotId>5</CARDCMN:SlotId>"} {
		require.EqualValues(t, 4097, r.send(r.call("GetCards", filter("", slot))).code())
	}
}

func TestEveryTypeOfCardCanBeInserted(t *testing.T) {
	r := newRaw(t, Options{Empty: true, Model: &Model{
		Terminals: []Terminal{{ID: "T", Slots: len(cardTypes)}},
		Mandanten: []Mandant{{ID: "Mandant1", ClientSystems: []string{"Clientsystem1"}, Terminals: []konnektor.TerminalID{"T"},
			SMCBs:      []konnektor.ICCSN{firstSMCB, secondSMCB},
			Workplaces: []Workplace{{ID: "Arbeitsplatz1", Local: []konnektor.TerminalID{"T"}}}}},
	}})
	var want []string
	for _, kind := range cardTypes {
		r.k.Insert(kind, Holder("Erika <Muster> & Söhne"))
		want = append(want, string(kind))
	}
	require.Equal(t, want, r.cards(getCardsIn(here, "")))
	_, err := r.k.InsertCard(Card{Type: konnektor.CardEGK})
	require.ErrorContains(t, err, "no free slot")
}

func TestInsertRefusesWhatCannotBe(t *testing.T) {
	k := New(t)
	for name, c := range map[string]Card{
		"group":                 {Type: konnektor.CardHBAx},
		"no type":               {},
		"unknown terminal":      {Type: konnektor.CardEGK, Terminal: "T9"},
		"slot beyond the last":  {Type: konnektor.CardEGK, Terminal: "T1", Slot: 5},
		"slot that is occupied": {Type: konnektor.CardEGK, Terminal: "T1", Slot: 1},
	} {
		_, err := k.InsertCard(c)
		require.Error(t, err, name)
	}
	_, err := k.Remove("no such card")
	require.Error(t, err)
	require.Error(t, k.ChangeCard("no such card", func(*Card) {}))
}

func TestHandlesLiveFromInsertionToRemoval(t *testing.T) {
	r := newRaw(t, Options{})
	smcb := r.k.Handle("SMC-B")
	m := func(h konnektor.CardHandle) message { return r.call("GetPinStatus", pinStatus(here, h, "PIN.SMC")) }
	require.Equal(t, []string{"VERIFIED"}, r.send(m(smcb)).all("PinStatus"))

	card, err := r.k.Remove(smcb)
	require.NoError(t, err)
	require.EqualValues(t, 4008, r.send(m(smcb)).code())
	again, err := r.k.InsertCard(card)
	require.NoError(t, err)
	require.NotEqual(t, smcb, again)
	require.Equal(t, []string{"VERIFIABLE"}, r.send(m(again)).all("PinStatus"), "a card without power forgets its PIN")

	require.NoError(t, r.k.SetPIN(again, konnektor.PINSMC, konnektor.PINVerified, 3))
	r.k.Reboot()
	require.EqualValues(t, 4008, r.send(m(again)).code())
	after := r.k.Handle("SMC-B")
	require.NotEqual(t, again, after)
	require.Equal(t, []string{"VERIFIABLE"}, r.send(m(after)).all("PinStatus"))

	require.NoError(t, r.k.SetConnected("T1", false))
	require.Empty(t, r.cards(getCardsIn(here, "")))
	require.NoError(t, r.k.SetConnected("T1", true))
	require.NotEqual(t, after, r.k.Handle("SMC-B"))
	require.NotEmpty(t, r.cards(getCardsIn(here, "")))
}

func TestPINStatesAndTries(t *testing.T) {
	seenTries := map[int]bool{}
	for seed := uint64(1); seed <= 8; seed++ {
		r := newRaw(t, Options{Seed: seed})
		smcb := r.k.Handle("SMC-B")
		for _, state := range []konnektor.PINState{konnektor.PINVerified, konnektor.PINVerifiable, konnektor.PINBlocked,
			konnektor.PINTransport, konnektor.PINEmpty, konnektor.PINDisabled} {
			require.NoError(t, r.k.SetPIN(smcb, konnektor.PINSMC, state, 2))
			a := r.send(r.call("GetPinStatus", pinStatus(here, smcb, "PIN.SMC")))
			require.Equal(t, []string{string(state)}, a.all("PinStatus"))
			tries := a.all("LeftTries")
			seenTries[len(tries)] = true
			if len(tries) > 0 {
				require.Equal(t, []string{"2"}, tries)
				require.NotEqual(t, konnektor.PINVerified, state)
			}
		}
	}
	require.True(t, seenTries[0] && seenTries[1], "LeftTries is optional and must be there now and then")
}

func TestCardsAreCopies(t *testing.T) {
	k := New(t)
	c, ok := k.Card(k.Handle("SMC-B"))
	require.True(t, ok)
	c.PINs[konnektor.PINSMC] = PIN{konnektor.PINBlocked, 0}
	again, _ := k.Card(c.Handle)
	require.Equal(t, konnektor.PINVerified, again.PINs[konnektor.PINSMC].State)
	require.Len(t, k.Cards(), 2)
	require.WithinDuration(t, time.Now(), again.InsertTime, time.Minute)
}
