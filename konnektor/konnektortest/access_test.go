package konnektortest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func getCardsIn(context, terminal string, attrs ...string) string {
	more := ""
	for _, a := range attrs {
		more += " " + a
	}
	if terminal != "" {
		terminal = ElemText("CARDCMN:CtId", terminal)
	}
	return "<EVT:GetCards" + more + ">" + context + terminal + "</EVT:GetCards>"
}

func pinStatus(context string, h konnektor.CardHandle, pin string) string {
	return Elem("CARD:GetPinStatus", context, ElemText("CONN:CardHandle", string(h)), ElemText("CARDCMN:PinTyp", pin))
}

func TestAccessToTerminals(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS})
	const wide = `mandant-wide="true"`
	for name, c := range map[string]struct {
		payload string
		code    konnektor.Code
	}{
		"all well":                        {getCardsIn(here, "T1"), 0},
		"no Mandant":                      {getCardsIn(callContext("", "Clientsystem1", "Arbeitsplatz1"), ""), 4021},
		"no workplace":                    {getCardsIn(callContext("Mandant1", "Clientsystem1", ""), "", wide), 4021},
		"unknown Mandant":                 {getCardsIn(callContext("M", "Clientsystem1", "Arbeitsplatz1"), ""), 4004},
		"Mandant before client system":    {getCardsIn(callContext("M", "C", "W"), "T9"), 4004},
		"unknown client system":           {getCardsIn(callContext("Mandant1", "C", "Arbeitsplatz1"), ""), 4005},
		"unknown workplace":               {getCardsIn(callContext("Mandant1", "Clientsystem1", "W"), ""), 4006},
		"unknown workplace, mandant-wide": {getCardsIn(callContext("Mandant1", "Clientsystem1", "W"), "", wide), 4006},
		"unknown terminal":                {getCardsIn(here, "T9"), 4007},
		"client system of another":        {getCardsIn(callContext("Mandant2", "Clientsystem2", "Arbeitsplatz3"), ""), 4010},
		"workplace of another":            {getCardsIn(callContext("Mandant1", "Clientsystem1", "Arbeitsplatz3"), ""), 4011},
		"terminal of another":             {getCardsIn(here, "T3"), 4012},
		"client system not from here":     {getCardsIn(callContext("Mandant1", "Clientsystem2", "Arbeitsplatz2"), ""), 4014},
		"terminal out of reach":           {getCardsIn(here, "T2"), 4015},
		"mandant-wide reaches it":         {getCardsIn(here, "T2", wide), 0},
		"no workplace reaches it":         {getCardsIn(callContext("Mandant1", "Clientsystem2", "Arbeitsplatz1"), "T2", wide), 4020},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.send(r.call("GetCards", c.payload))
			require.Equal(t, c.code, a.code(), a.body)
			require.Equal(t, c.code == 0, a.status == http.StatusOK)
		})
	}
}

func TestAccessToCards(t *testing.T) {
	r := newRaw(t, Options{})
	k := r.k
	egk := k.Insert(konnektor.CardEGK)
	hba := k.Insert(konnektor.CardHBA)
	insert := func(c Card) konnektor.CardHandle {
		h, err := k.InsertCard(c)
		require.NoError(t, err)
		return h
	}
	other := insert(Card{Type: konnektor.CardSMCB, Terminal: "T2", Slot: 1})
	foreign := insert(Card{Type: konnektor.CardSMCB, Terminal: "T2", ICCSN: "80276883119999999999"})
	far := insert(Card{Type: konnektor.CardHBA, Terminal: "T3"})
	require.NoError(t, k.ChangeCard(hba, func(c *Card) { c.UserID = "Dr. A" }))
	there := callContext("Mandant1", "Clientsystem1", "Arbeitsplatz2")
	for name, c := range map[string]struct {
		payload string
		code    konnektor.Code
	}{
		"SMC-B":                           {pinStatus(here, k.Handle("SMC-B"), "PIN.SMC"), 0},
		"eGK":                             {pinStatus(here, egk, "MRPIN.NFD"), 0},
		"unknown handle":                  {pinStatus(here, "dontexist", "PIN.CH"), 4008},
		"context before handle":           {pinStatus(callContext("M", "Clientsystem1", "W"), "dontexist", "PIN.CH"), 4004},
		"client system of another":        {pinStatus(callContext("M", "Clientsystem2", "W"), "dontexist", "PIN.CH"), 4204},
		"HBA without user":                {pinStatus(here, hba, "PIN.CH"), 4003},
		"HBA of another user":             {pinStatus(callContext("Mandant1", "Clientsystem1", "Arbeitsplatz1", "Dr. B"), hba, "PIN.CH"), 4018},
		"HBA":                             {pinStatus(callContext("Mandant1", "Clientsystem1", "Arbeitsplatz1", "Dr. A"), hba, "PIN.QES"), 0},
		"card of another":                 {pinStatus(here, far, "PIN.CH"), 4012},
		"SMC-B of another Mandant":        {pinStatus(there, other, "PIN.SMC"), 4013},
		"SMC-B nobody registered":         {pinStatus(there, foreign, "PIN.SMC"), 4009},
		"SMC-B in a remote terminal":      {pinStatus(there, k.Handle("SMC-B"), "PIN.SMC"), 0},
		"eGK in a remote terminal":        {pinStatus(there, egk, "PIN.CH"), 4016},
		"PIN that the card has not":       {pinStatus(here, egk, "PIN.SMC"), 4072},
		"PIN of a card that has none":     {pinStatus(here, k.Handle("SMC-KT"), "PIN.CH"), 4209},
		"card of a terminal out of reach": {pinStatus(here, other, "PIN.SMC"), 4015},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.send(r.call("GetPinStatus", c.payload))
			require.Equal(t, c.code, a.code(), a.body)
		})
	}
}

func TestOneSessionAtATime(t *testing.T) {
	r := newRaw(t, Options{})
	smcb := r.k.Handle("SMC-B")
	m := r.call("GetPinStatus", pinStatus(here, smcb, "PIN.SMC"))
	release, err := r.k.Occupy(smcb)
	require.NoError(t, err)
	require.EqualValues(t, 4093, r.send(m).code())
	_, err = r.k.Occupy(smcb)
	require.Error(t, err)
	release()
	require.Zero(t, r.send(m).code())
	require.Equal(t, 2, r.k.Counters().Sessions)
	_, err = r.k.Occupy("no such card")
	require.Error(t, err)
}
