package konnektortest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// pinCall is a request of a PIN operation.
func (r *raw) pinCall(operation, context string, card konnektor.CardHandle, pin konnektor.PINType, more ...string) message {
	return r.call(operation, Elem("CARD:"+operation, context, ElemText("CONN:CardHandle", string(card)),
		ElemText("CARDCMN:PinTyp", string(pin)), strings.Join(more, "")))
}

// result is PinResult, and LeftTries where the answer has it.
func (a reply) result() string {
	text := ""
	for _, local := range []string{"PinResult", "LeftTries"} {
		for _, v := range a.all(local) {
			text += " " + v
		}
	}
	if code := a.code(); code != 0 {
		text += fmt.Sprint(" ", int(code))
	}
	return text
}

func TestPINOperations(t *testing.T) {
	wrong, right := Reaction{Wrong: true}, Reaction{}
	type step struct {
		operation string
		reaction  Reaction
		want      string
	}
	for name, x := range map[string]struct {
		card  konnektor.CardType
		pin   konnektor.PINType
		start PIN
		steps []step
		end   PIN
	}{
		"two wrong, then right": {konnektor.CardSMCB, konnektor.PINSMC, PIN{konnektor.PINVerifiable, 3}, []step{
			{"VerifyPin", wrong, " REJECTED 2"}, {"VerifyPin", wrong, " REJECTED 1"}, {"VerifyPin", right, " OK"},
		}, PIN{konnektor.PINVerified, 3}},
		"the last try blocks": {konnektor.CardSMCB, konnektor.PINSMC, PIN{konnektor.PINVerifiable, 1}, []step{
			{"VerifyPin", wrong, " NOWBLOCKED"}, {"VerifyPin", right, " WASBLOCKED"}, {"ChangePin", right, " WASBLOCKED"},
		}, PIN{konnektor.PINBlocked, 0}},
		"the PUK helps": {konnektor.CardHBA, konnektor.PINCH, PIN{konnektor.PINBlocked, 0}, []step{
			{"UnblockPin", wrong, " REJECTED 9"}, {"UnblockPin", right, " OK"}, {"VerifyPin", right, " OK"},
		}, PIN{konnektor.PINVerified, 3}},
		"transport state": {konnektor.CardSMCB, konnektor.PINSMC, PIN{konnektor.PINTransport, 3}, []step{
			{"VerifyPin", right, " TRANSPORT_PIN"}, {"ChangePin", right, " OK"}, {"VerifyPin", right, " OK"},
		}, PIN{konnektor.PINVerified, 3}},
		"new PIN": {konnektor.CardHBA, konnektor.PINCH, PIN{konnektor.PINVerifiable, 3}, []step{
			{"ChangePin", wrong, " REJECTED 2"}, {"ChangePin", Reaction{Differs: true}, " 4067"}, {"ChangePin", Reaction{Short: true}, " 4068"},
		}, PIN{konnektor.PINVerifiable, 2}},
		"cancelled, timed out": {konnektor.CardSMCB, konnektor.PINSMC, PIN{konnektor.PINVerifiable, 3}, []step{
			{"VerifyPin", Reaction{Cancel: true}, " 4049"}, {"VerifyPin", Reaction{Nothing: true}, " 4043"},
		}, PIN{konnektor.PINVerifiable, 3}},
		"off and on": {konnektor.CardEGK, "MRPIN.NFD", PIN{konnektor.PINVerifiable, 3}, []step{
			{"DisablePin", wrong, " REJECTED 2"}, {"DisablePin", right, " OK"}, {"VerifyPin", right, " OK"}, {"EnablePin", right, " OK"},
		}, PIN{konnektor.PINVerifiable, 3}},
		"cannot be switched":  {konnektor.CardHBA, konnektor.PINCH, PIN{konnektor.PINVerifiable, 3}, []step{{"DisablePin", right, " 4072"}}, PIN{konnektor.PINVerifiable, 3}},
		"qualified signature": {konnektor.CardHBA, konnektor.PINQES, PIN{konnektor.PINVerifiable, 3}, []step{{"VerifyPin", right, " 4072"}}, PIN{konnektor.PINVerifiable, 3}},
		"verified, no entry":  {konnektor.CardSMCB, konnektor.PINSMC, PIN{konnektor.PINVerified, 3}, []step{{"VerifyPin", wrong, " OK"}}, PIN{konnektor.PINVerified, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRaw(t, Options{Auth: TLS, Empty: true, PINTimeout: 20 * time.Millisecond})
			h := r.k.Insert(x.card)
			require.NoError(t, r.k.SetPIN(h, x.pin, x.start.State, x.start.Tries))
			user := callContext("Mandant1", "Clientsystem1", "Arbeitsplatz1", "arzt1")
			for i, s := range x.steps {
				r.k.React("T1", s.reaction)
				require.Equal(t, s.want, r.send(r.pinCall(s.operation, user, h, x.pin)).result(), "%d %s", i, s.operation)
				r.k.mu.Lock()
				r.k.reactions = nil // an operation may not have asked
				r.k.mu.Unlock()
			}
			card, ok := r.k.Card(h)
			require.True(t, ok)
			require.Equal(t, x.end, card.PINs[x.pin])
		})
	}
}

func TestPUKWearsOut(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS, Empty: true})
	h := r.k.Insert(konnektor.CardSMCB)
	require.NoError(t, r.k.SetPIN(h, konnektor.PINSMC, konnektor.PINBlocked, 0))
	for i := range pukUses {
		r.k.React("T1", Reaction{Wrong: true})
		want := fmt.Sprint(" REJECTED ", pukUses-1-i)
		if i == pukUses-1 {
			want = " NOWBLOCKED"
		}
		require.Equal(t, want, r.send(r.pinCall("UnblockPin", here, h, konnektor.PINSMC)).result())
	}
	require.Equal(t, " WASBLOCKED", r.send(r.pinCall("UnblockPin", here, h, konnektor.PINSMC)).result())
}

func TestPINAtTheTerminal(t *testing.T) {
	model := DefaultModel()
	model.Mandanten[0].SMCBs = append(model.Mandanten[0].SMCBs, "80276883110000000037")
	r := newRaw(t, Options{Auth: TLS, Empty: true, Model: model})
	first, err := r.k.InsertCard(Card{Type: konnektor.CardSMCB, Terminal: "T1"})
	require.NoError(t, err)
	second, err := r.k.InsertCard(Card{Type: konnektor.CardSMCB, Terminal: "T1", ICCSN: "80276883110000000037"})
	require.NoError(t, err)
	for _, h := range []konnektor.CardHandle{first, second} {
		require.NoError(t, r.k.SetPIN(h, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	}
	enter := make(chan struct{})
	r.k.React("T1", Reaction{Until: enter})
	answer := make(chan reply, 1)
	go func() { a, _ := r.try(r.pinCall("VerifyPin", here, first, konnektor.PINSMC)); answer <- a }()
	require.Eventually(t, func() bool { return slices.Equal(r.k.Asking(), []konnektor.TerminalID{"T1"}) }, time.Minute, time.Millisecond)

	require.Equal(t, " 4093", r.send(r.pinCall("VerifyPin", here, first, konnektor.PINSMC)).result(), "the card is in use")
	require.Equal(t, " 4039", r.send(r.pinCall("VerifyPin", here, second, konnektor.PINSMC)).result(), "the PIN pad is in use")
	close(enter)
	require.Equal(t, " OK", (<-answer).result())
	require.Empty(t, r.k.Asking())

	remote := callContext("Mandant1", "Clientsystem1", "Arbeitsplatz2")
	require.Equal(t, " 4092", r.send(r.pinCall("VerifyPin", remote, second, konnektor.PINSMC)).result(), "no terminal for remote PINs")
}

func TestRemotePIN(t *testing.T) {
	model := DefaultModel()
	model.Mandanten[0].Workplaces[1].RemotePIN = "T2"
	r := newRaw(t, Options{Auth: TLS, Empty: true, Model: model})
	h, err := r.k.InsertCard(Card{Type: konnektor.CardSMCB, Terminal: "T1"})
	require.NoError(t, err)
	require.NoError(t, r.k.SetPIN(h, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	r.k.React("T2", Reaction{Wrong: true})
	remote := callContext("Mandant1", "Clientsystem1", "Arbeitsplatz2")
	require.Equal(t, " REJECTED 2", r.send(r.pinCall("VerifyPin", remote, h, konnektor.PINSMC)).result())
}

// TestWaitingFollowsTheClock: the time for a PIN, for a card and for taking one
// out passes with the Konnektor's clock.
func TestWaitingFollowsTheClock(t *testing.T) {
	clock := NewClock(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC))
	r := newRaw(t, Options{Auth: TLS, Empty: true, Clock: clock})
	smcb := r.k.Insert(konnektor.CardSMCB)
	require.NoError(t, r.k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	card, _ := r.k.Card(smcb)
	require.True(t, clock.Now().Equal(card.InsertTime))
	timeOut := func(n string) string { return ElemText("CT:TimeOut", n) }
	for name, c := range map[string]struct {
		m    message
		time time.Duration
		code konnektor.Code
	}{
		"PIN":     {r.pinCall("VerifyPin", here, smcb, konnektor.PINSMC), time.Minute, 4043},
		"request": {r.call("RequestCard", Elem("CT:RequestCard", here, slotXML("T1", "4"), timeOut("90"))), 90 * time.Second, 4202},
		"eject":   {r.call("EjectCard", Elem("CT:EjectCard", here, slotXML("T1", "1"), timeOut("90"))), 90 * time.Millisecond, 4203},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "request" {
				r.k.React("T1", Reaction{Nothing: true})
			}
			answer := make(chan reply, 1)
			go func() { a, _ := r.try(c.m); answer <- a }()
			require.True(t, clock.Await(1, time.Minute))
			n, first := clock.Waiting()
			require.Equal(t, 1, n)
			require.Equal(t, c.time, first)
			require.Equal(t, []konnektor.TerminalID{"T1"}, r.k.Asking())
			clock.Advance(c.time)
			require.Equal(t, c.code, (<-answer).code())
			require.Empty(t, r.k.Asking())
		})
	}
}
