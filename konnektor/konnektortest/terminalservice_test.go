package konnektortest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func slotXML(terminal, slot string) string {
	return Elem("CT:Slot", ElemText("CARDCMN:CtId", terminal), ElemText("CARDCMN:SlotId", slot))
}

func TestRequestCard(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS, Empty: true, BadRequests: true})
	request := func(more ...string) message {
		text := here
		for _, m := range more {
			text += m
		}
		return r.call("RequestCard", Elem("CT:RequestCard", text))
	}
	require.Equal(t, konnektor.Code(4202), r.send(request(slotXML("T1", "1"), ElemText("CT:TimeOut", "0"))).code())
	require.Equal(t, konnektor.Code(4097), r.send(request(slotXML("T1", "9"), ElemText("CT:TimeOut", "0"))).code())
	require.Equal(t, konnektor.Code(4012), r.send(request(slotXML("T3", "1"), ElemText("CT:TimeOut", "0"))).code())
	require.Equal(t, konnektor.Code(4000), r.send(request(slotXML("T1", "1"), ElemText("CT:TimeOut", "-1"))).code())

	answer := make(chan reply, 1)
	go func() {
		a, _ := r.try(request(slotXML("T1", "2"), ElemText("CARDCMN:CardType", "EGK"), ElemText("CT:DisplayMsg", "Bitte stecken"), ElemText("CT:TimeOut", "60")))
		answer <- a
	}()
	require.Eventually(t, func() bool { return slices.Equal(r.k.Asking(), []konnektor.TerminalID{"T1"}) }, time.Minute, time.Millisecond)
	h, err := r.k.InsertCard(Card{Type: konnektor.CardEGK, Terminal: "T1", Slot: 2})
	require.NoError(t, err)
	a := <-answer
	require.Equal(t, []string{string(h)}, a.all("CardHandle"), a.body)
	require.Equal(t, []string{"false"}, a.all("AlreadyInserted"))
	again := r.send(request(slotXML("T1", "2")))
	require.Equal(t, []string{"true"}, again.all("AlreadyInserted"), again.body)
	require.Equal(t, konnektor.Code(4051), r.send(request(slotXML("T1", "2"), ElemText("CARDCMN:CardType", "HBAx"))).code())
}

func TestEjectCard(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS, Empty: true, BadRequests: true})
	eject := func(what string, more ...string) reply {
		text := here + what
		for _, m := range more {
			text += m
		}
		return r.send(r.call("EjectCard", Elem("CT:EjectCard", text)))
	}
	h, err := r.k.InsertCard(Card{Type: konnektor.CardEGK, Terminal: "T1", Slot: 2})
	require.NoError(t, err)
	r.k.React("T1", Reaction{Nothing: true})
	require.Equal(t, konnektor.Code(4203), eject(slotXML("T1", "2"), ElemText("CT:TimeOut", "1")).code(), "milliseconds")
	require.Equal(t, 200, eject(ElemText("CONN:CardHandle", string(h)), ElemText("CT:DisplayMsg", "Bitte entnehmen")).status)
	require.Equal(t, konnektor.Code(4098), eject(slotXML("T1", "2")).code())
	require.Equal(t, konnektor.Code(4008), eject(ElemText("CONN:CardHandle", string(h))).code())
	require.Equal(t, konnektor.Code(4000), eject(ElemText("CONN:CardHandle", "x")+slotXML("T1", "1")).code(), "a choice")
}
