package konnektor_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

func pinAnswer(inner string) string {
	return `<c:VerifyPinResponse xmlns:c="http://ws.gematik.de/conn/CardService/v8.1" xmlns:m="http://ws.gematik.de/conn/CardServiceCommon/v2.0">` +
		statusOK + inner + `</c:VerifyPinResponse>`
}

var smcbPIN = konnektor.PINRequest{Card: "smcb-1", PIN: konnektor.PINSMC}

func TestPINOutcomes(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	for inner, want := range map[string]konnektor.PINResult{
		`<m:PinResult>OK</m:PinResult>`:                                       {Result: konnektor.PINOutcomeOK, LeftTries: -1},
		`<m:PinResult>REJECTED</m:PinResult><m:LeftTries>2</m:LeftTries>`:     {Result: konnektor.PINOutcomeRejected, LeftTries: 2},
		`<m:PinResult>WASBLOCKED</m:PinResult>`:                               {Result: konnektor.PINOutcomeWasBlocked, LeftTries: -1},
		`<m:PinResult>NOWBLOCKED</m:PinResult><m:LeftTries>0</m:LeftTries>`:   {Result: konnektor.PINOutcomeNowBlocked},
		`<m:PinResult>ERROR</m:PinResult>`:                                    {Result: konnektor.PINOutcomeError, LeftTries: -1},
		`<m:PinResult>TRANSPORT_PIN</m:PinResult>`:                            {Result: konnektor.PINOutcomeTransport, LeftTries: -1},
		`<m:PinResult>SOMETHING_NEW</m:PinResult>`:                            {Result: "SOMETHING_NEW", LeftTries: -1},
		`<m:PinResult>OK</m:PinResult><m:LeftTries>99999999999</m:LeftTries>`: {Result: konnektor.PINOutcomeOK, LeftTries: -1},
		`<m:PinResult>OK</m:PinResult><m:LeftTries>many</m:LeftTries>`:        {Result: konnektor.PINOutcomeOK, LeftTries: -1},
	} {
		s.says("VerifyPin", pinAnswer(inner))
		got, warning, err := client.VerifyPIN(t.Context(), smcbPIN)
		require.NoError(t, err)
		require.Nil(t, warning)
		require.Equal(t, want, got)
		require.Equal(t, want.Result == konnektor.PINOutcomeOK, got.OK())
	}
	s.says("VerifyPin", strings.Replace(pinAnswer(`<m:PinResult>ERROR</m:PinResult>`), "<CONN:Result>OK</CONN:Result>", "<CONN:Result>Warning</CONN:Result>"+gerrorOf("4043"), 1))
	got, warning, err := client.VerifyPIN(t.Context(), smcbPIN)
	require.NoError(t, err)
	require.Equal(t, konnektor.PINOutcomeError, got.Result)
	require.ErrorIs(t, warning, konnektor.CodePINTimeout)

	s.says("VerifyPin", pinAnswer(""))
	_, _, err = client.VerifyPIN(t.Context(), smcbPIN)
	require.ErrorIs(t, err, konnektor.KindMalformed)
	for _, r := range []konnektor.PINRequest{
		{PIN: konnektor.PINCH}, {Card: "c"},
		{Card: "c", PIN: konnektor.PINCH, Entry: konnektor.Entry{Timeout: -1}},
	} {
		_, _, err = client.VerifyPIN(t.Context(), r)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
}

// waits collects what a call is told to wait for.
type waits struct {
	mu   sync.Mutex
	seen []konnektor.EntryWait
	each chan struct{} // one for each call, as far as there is room
}

func newWaits() *waits { return &waits{each: make(chan struct{}, 100)} }

func (w *waits) add(wait konnektor.EntryWait) {
	w.mu.Lock()
	w.seen = append(w.seen, wait)
	w.mu.Unlock()
	select {
	case w.each <- struct{}{}:
	default:
	}
}

func (w *waits) all() []konnektor.EntryWait {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]konnektor.EntryWait(nil), w.seen...)
}

// TestLongEntry has an entry that takes longer than Config.Timeout: until the
// caller was told a second time that it waits.
func TestLongEntry(t *testing.T) {
	const timeout = 300 * time.Millisecond
	s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) { cfg.Timeout = timeout })
	waits := newWaits()
	s.says("GetResourceInformation", strings.NewReplacer(
		">card-1<", ">smcb-1<",
	).Replace(written(t, "EventService-7.2", "GetResourceInformation.answer-card")))
	s.answer("VerifyPin", func(int) string {
		<-waits.each
		<-waits.each
		return pinAnswer(`<m:PinResult>OK</m:PinResult>`)
	})
	r := smcbPIN
	r.Entry.Waiting = waits.add
	_, err := client.Services(newDeadline(t)) // so that the one question where the card is needs no more
	require.NoError(t, err)
	begun := time.Now()
	result, _, err := client.VerifyPIN(t.Context(), r)
	require.NoError(t, err)
	require.True(t, result.OK())
	seen := waits.all()
	require.GreaterOrEqual(t, len(seen), 2)
	for _, w := range seen {
		require.Equal(t, seen[0], w)
	}
	require.Equal(t, "VerifyPin", seen[0].Op)
	require.Equal(t, konnektor.CardHandle("smcb-1"), seen[0].Card)
	require.Equal(t, konnektor.PINSMC, seen[0].PIN)
	require.NotEmpty(t, seen[0].Terminal, "asked for")
	require.Positive(t, seen[0].Slot)
	requireUntil(t, seen[0], begun, time.Minute+timeout, "one entry and Config.Timeout")
	require.Len(t, s.sent("GetResourceInformation"), 1)

	for entries, do := range map[int]func() error{
		3: func() error { _, _, err := client.ChangePIN(t.Context(), r); return err },
		1: func() error { _, _, err := client.UnblockPIN(t.Context(), r, false); return err },
	} {
		begun = time.Now()
		require.ErrorIs(t, do(), konnektor.KindHTTP)
		seen = waits.all()
		last := seen[len(seen)-1]
		requireUntil(t, last, begun, time.Duration(entries)*time.Minute+timeout, "%d entries", entries)
	}
}

// requireUntil requires that a call that begun was followed by has time for d: it
// got its deadline after begun and before it was sent.
func requireUntil(t *testing.T, w konnektor.EntryWait, begun time.Time, d time.Duration, about ...any) {
	t.Helper()
	got := w.Until.Add(-d)
	require.False(t, got.Before(begun) || got.After(w.Since), about...)
}

// TestEntryGivenUp ends calls while the terminal waits.
func TestEntryGivenUp(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	defer cancel()
	late := newDeadline(t)
	for name, c := range map[string]struct {
		ctx  context.Context
		end  func()
		want konnektor.Kind
		also error
	}{
		"cancelled": {cancelled, cancel, konnektor.KindCancelled, context.Canceled},
		"too late":  {late, late.pass, konnektor.KindTimeout, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := startStandIn(t, usualVersions)
			released := make(chan struct{})
			t.Cleanup(func() { close(released) }) // before the server closes
			s.answer("VerifyPin", func(int) string {
				c.end()
				<-released
				return ""
			})
			_, _, err := client.VerifyPIN(c.ctx, smcbPIN)
			require.ErrorIs(t, err, c.want)
			require.ErrorIs(t, err, c.also)
			require.ErrorIs(t, err, konnektor.ErrEntryOpen)
			require.Contains(t, err.Error(), "the entry at the terminal may still go on")
			require.NotEmpty(t, konnektor.Remedy(err))
			require.Len(t, s.sent("VerifyPin"), 1)
		})
	}
}

// TestEntryNotBegun ends calls before they reach the Konnektor: no terminal asks.
func TestEntryNotBegun(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := client.VerifyPIN(ctx, smcbPIN)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.NotErrorIs(t, err, konnektor.ErrEntryOpen, "nothing was sent")
	require.Empty(t, s.sent("VerifyPin"))

	silent := make(chan struct{})
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	waiting, _ := serveDirectory(t, func(base string) string {
		cancel()
		<-silent
		return directoryOf("CardService", "8.1.3", base, "")
	})
	t.Cleanup(func() { close(silent) }) // before the server closes
	_, _, err = waiting.VerifyPIN(ctx, smcbPIN)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.NotErrorIs(t, err, konnektor.ErrEntryOpen, "only the service directory was asked for")

	gone := open(t, konnektor.Config{URL: "http://" + refusing, Call: someone})
	_, _, err = gone.VerifyPIN(t.Context(), smcbPIN)
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	require.NotErrorIs(t, err, konnektor.ErrEntryOpen, "there was no connection")
}

// TestEntryConnectionLost has a Konnektor that goes away while it waits.
func TestEntryConnectionLost(t *testing.T) {
	address := answering(t, "")
	client, _ := serveDirectory(t, func(string) string {
		return directoryOf("CardService", "8.1.3", "http://"+address+"/ws", "")
	})
	_, _, err := client.VerifyPIN(t.Context(), smcbPIN)
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	require.ErrorIs(t, err, konnektor.ErrEntryOpen)
}

func TestTerminalRequests(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	s.says("RequestCard", written(t, "CardTerminalService-1.1", "RequestCard.answer"))
	s.says("EjectCard", written(t, "CardTerminalService-1.1", "EjectCard.answer"))
	r, _, err := client.RequestCard(t.Context(), konnektor.CardRequest{Terminal: "T1", Slot: 1})
	require.NoError(t, err)
	require.Equal(t, konnektor.CardKVK, r.Card.Type)
	require.False(t, r.AlreadyInserted)
	require.Contains(t, s.one(t, "RequestCard"), "<CT:TimeOut>20</CT:TimeOut>", "seconds")
	_, err = client.EjectCard(t.Context(), konnektor.EjectRequest{Terminal: "T1", Slot: 1})
	require.NoError(t, err)
	require.Contains(t, s.one(t, "EjectCard"), "<CT:TimeOut>20000</CT:TimeOut>", "milliseconds")
	require.Contains(t, s.one(t, "EjectCard"), "<CT:Slot>")

	for _, bad := range []konnektor.CardRequest{
		{}, {Terminal: "T1"}, {Slot: 1}, {Terminal: "T1", Slot: 1, Wait: -1},
		{Terminal: "T1", Slot: 1, Message: strings.Repeat("ä", 49)},
		{Terminal: "T1", Slot: 1, Wait: 1 << 62},
	} {
		_, _, err := client.RequestCard(t.Context(), bad)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
	for _, bad := range []konnektor.EjectRequest{
		{}, {Terminal: "T1"}, {Slot: 1}, {Card: "c", Terminal: "T1", Slot: 1}, {Card: "c", Slot: 1}, {Card: "c", Wait: -1},
	} {
		_, err := client.EjectCard(t.Context(), bad)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
	require.Len(t, s.sent("RequestCard"), 1, "refused before the wire")
	require.Len(t, s.sent("EjectCard"), 1)
}

// entries is a client that has the PIN of an SMC-B entered at terminal T1.
type entries struct {
	t      *testing.T
	k      *konnektortest.Konnektor
	client *konnektor.Client
	smcb   konnektor.CardHandle
}

func newEntries(t *testing.T, tries int, o konnektortest.Options, persons ...konnektortest.Reaction) entries {
	k, client := connect(t, o)
	e := entries{t, k, client, k.Handle(konnektor.CardSMCB)}
	require.NoError(t, k.SetPIN(e.smcb, konnektor.PINSMC, konnektor.PINVerifiable, tries))
	k.React("T1", persons...)
	return e
}

func (e entries) verify(ctx context.Context) (konnektor.PINResult, error) {
	r, _, err := e.client.VerifyPIN(ctx, konnektor.PINRequest{Card: e.smcb, PIN: konnektor.PINSMC})
	return r, err
}

func (e entries) sent(n int) {
	require.Equal(e.t, n, e.k.Counters().Requests["VerifyPin"], "never repeated")
}

// TestEntryAtATerminal has persons who cancel, wait too long, or enter wrong PINs
// until the card is blocked.
func TestEntryAtATerminal(t *testing.T) {
	e := newEntries(t, 3, konnektortest.Options{PINTimeout: 50 * time.Millisecond}, konnektortest.Reaction{Cancel: true}, konnektortest.Reaction{Nothing: true})
	for _, want := range []konnektor.Code{konnektor.CodePINCancelled, konnektor.CodePINTimeout} {
		_, err := e.verify(t.Context())
		require.ErrorIs(t, err, want)
		require.NotErrorIs(t, err, konnektor.ErrEntryOpen, "the Konnektor has answered")
		require.NotEmpty(t, konnektor.Remedy(err))
	}
	e.sent(2)

	e = newEntries(t, 2, konnektortest.Options{}, konnektortest.Reaction{Wrong: true}, konnektortest.Reaction{Wrong: true})
	for _, want := range []konnektor.PINResult{
		{Result: konnektor.PINOutcomeRejected, LeftTries: 1}, {Result: konnektor.PINOutcomeNowBlocked, LeftTries: -1},
		{Result: konnektor.PINOutcomeWasBlocked, LeftTries: -1},
	} {
		got, err := e.verify(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.False(t, got.OK())
	}
	e.sent(3)
}

// TestEntryIsStillOpen gives a call up while a terminal of the simulator asks.
func TestEntryIsStillOpen(t *testing.T) {
	e := newEntries(t, 3, konnektortest.Options{}, konnektortest.Reaction{Until: make(chan struct{})})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := e.verify(ctx)
		ended <- err
	}()
	require.Eventually(t, func() bool { return slices.Contains(e.k.Asking(), "T1") }, 30*time.Second, time.Millisecond)
	cancel()
	err := <-ended
	require.ErrorIs(t, err, konnektor.ErrEntryOpen)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	e.sent(1)
	require.Eventually(t, func() bool { return len(e.k.Asking()) == 0 }, 30*time.Second, time.Millisecond)
	got, err := e.verify(t.Context())
	require.NoError(t, err)
	require.True(t, got.OK())
}
