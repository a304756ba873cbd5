package konnektor_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// TestBusyCard has a card that another workplace uses for two calls.
func TestBusyCard(t *testing.T) {
	for _, code := range []konnektor.Code{konnektor.CodeCardBusy, konnektor.CodeCardInOtherSession, konnektor.CodeResourceBusy} {
		k := konnektortest.NewWith(t, konnektortest.Options{})
		cfg := k.Config()
		cfg.Timeout, cfg.BusyTimeout = time.Hour, time.Hour
		k.Fail("GetCards", code, 2)
		require.NoError(t, cards(t, open(t, cfg)))
		require.Equal(t, 3, k.Counters().Requests["GetCards"])
	}
}

// TestBusyCardTooLong has a card that stays in use: the call ends with the fault
// after BusyTimeout.
func TestBusyCardTooLong(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{})
	cfg := k.Config()
	cfg.Timeout = time.Hour
	for name, c := range map[string]struct {
		busy time.Duration
		most int
	}{
		"BusyTimeout":   {time.Second, 6},
		"no repetition": {-1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.BusyTimeout = c.busy
			k.Heal("")
			before := k.Counters().Requests["GetCards"]
			k.Fail("GetCards", konnektor.CodeCardBusy, -1)
			require.ErrorIs(t, cards(t, open(t, cfg)), konnektor.CodeCardBusy)
			require.LessOrEqual(t, k.Counters().Requests["GetCards"]-before, c.most)
		})
	}
}

// busyThenSilent is a Konnektor that refuses a call because of a busy card and
// never answers its repetition. The call ends with ctx, which end ends as soon as
// the repetition has come or, with waiting, as soon as the refusal has.
func busyThenSilent(t *testing.T, ctx context.Context, end func(), waiting bool) (calls int, err error) {
	silent := make(chan struct{})
	s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) {
		cfg.BusyTimeout = time.Hour
		if waiting {
			cfg.Log = slog.New(afterFault{slog.DiscardHandler, end})
		}
	})
	t.Cleanup(func() { close(silent) }) // before the server closes
	s.answer("GetCards", func(n int) string {
		if n > 1 {
			end()
			<-silent
		}
		return faultWith("4093")
	})
	_, _, err = client.Cards(ctx, konnektor.CardFilter{})
	return len(s.sent("GetCards")), err
}

// afterFault is a log that calls do after a line about a fault.
type afterFault struct {
	slog.Handler
	do func()
}

func (afterFault) Enabled(context.Context, slog.Level) bool { return true }

func (l afterFault) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "code" {
			l.do()
		}
		return true
	})
	return nil
}

// TestBusyCardAndDeadline has a deadline that passes during a repetition, or while
// the call waits for one: the caller gets the refusal, which says more than that
// the time is over.
func TestBusyCardAndDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		waiting bool
		calls   int
	}{"during a repetition": {false, 2}, "before it": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			ctx := newDeadline(t)
			calls, err := busyThenSilent(t, ctx, ctx.pass, c.waiting)
			require.ErrorIs(t, err, konnektor.CodeCardBusy, "the fault, not a timeout")
			require.NotErrorIs(t, err, konnektor.KindTimeout)
			require.Equal(t, c.calls, calls)
		})
	}
}

// TestBusyCardCancelled is the same with a caller who gives up: that is what the
// call ends with.
func TestBusyCardCancelled(t *testing.T) {
	for name, c := range map[string]struct {
		waiting bool
		calls   int
	}{"during a repetition": {false, 2}, "before it": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls, err := busyThenSilent(t, ctx, cancel, c.waiting)
			require.ErrorIs(t, err, konnektor.KindCancelled)
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, konnektor.CodeCardBusy)
			require.Equal(t, c.calls, calls)
		})
	}
}

// TestBusyCardAndNoWay has a Konnektor that cannot be reached any more when the
// call is repeated: that is more than a card in use.
func TestBusyCardAndNoWay(t *testing.T) {
	var client *konnektor.Client
	s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) {
		cfg.BusyTimeout, cfg.Timeout = time.Hour, time.Hour
		cfg.Log = slog.New(afterFault{slog.DiscardHandler, func() { client.NoWay() }})
	})
	s.says("GetCards", faultWith("4093"))
	err := cards(t, client)
	require.ErrorIs(t, err, konnektor.KindTimeout)
	require.NotErrorIs(t, err, konnektor.CodeCardBusy)
	require.Len(t, s.sent("GetCards"), 1)
}

// TestStaleHandleCancelled gives up, or has its deadline pass, while the new handle
// of a card is asked for: a deadline leaves the refusal, which says more.
func TestStaleHandleCancelled(t *testing.T) {
	status := func(ctx context.Context, end func()) error {
		silent := make(chan struct{})
		s, client := startStandIn(t, usualVersions)
		t.Cleanup(func() { close(silent) })
		s.says("GetPinStatus", faultWith("4101"))
		s.answer("GetCards", func(int) string { end(); <-silent; return "" })
		_, _, err := client.PINStatus(ctx, "h", konnektor.PINSMC)
		require.Len(t, s.sent("GetPinStatus"), 1)
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := status(ctx, cancel)
	require.ErrorIs(t, err, konnektor.KindCancelled)
	require.NotErrorIs(t, err, konnektor.Code(4101))

	deadline := newDeadline(t)
	require.ErrorIs(t, status(deadline, deadline.pass), konnektor.Code(4101))
}

// TestDeadlineWithoutRefusal has no refusal to tell of.
func TestDeadlineWithoutRefusal(t *testing.T) {
	s, client := startStandIn(t, usualVersions)
	silent := make(chan struct{})
	t.Cleanup(func() { close(silent) })
	ctx := newDeadline(t)
	s.answer("GetCards", func(int) string { ctx.pass(); <-silent; return "" })
	_, _, err := client.Cards(ctx, konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestStaleHandle has cards that got new handles, as after a restart.
func TestStaleHandle(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	old := k.Handle(konnektor.CardSMCB)
	k.Reboot()
	require.NotEqual(t, old, k.Handle(konnektor.CardSMCB))

	req := cardservice81.GetPinStatus{CardHandle: string(old), PinTyp: string(konnektor.PINSMC)}
	var resp cardservice81.GetPinStatusResponse
	require.NoError(t, client.Invoke(t.Context(), cardservice81.OperationGetPinStatus, &req, &resp))
	require.Equal(t, string(k.Handle(konnektor.CardSMCB)), req.CardHandle, "the request has the new handle")
	require.Equal(t, 2, k.Counters().Requests["GetCards"])
	require.Equal(t, 2, k.Counters().Requests["GetPinStatus"])
}

func TestStaleHandleOfAnotherCard(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	old, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardEGK, ICCSN: "80276001011699900011"})
	require.NoError(t, err)
	_, _, err = client.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	_, err = k.Remove(old)
	require.NoError(t, err)
	_, err = k.InsertCard(konnektortest.Card{Type: konnektor.CardEGK, ICCSN: "80276001011699900029"})
	require.NoError(t, err)

	_, _, err = client.PINStatus(t.Context(), old, konnektor.PINCH)
	require.Error(t, err, "another card is no replacement")
	require.Equal(t, 1, k.Counters().Requests["GetPinStatus"])
}

func TestStaleHandleUnknown(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	_, _, err := client.PINStatus(t.Context(), "never-seen", konnektor.PINSMC)
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault)
	require.Equal(t, 1, k.Counters().Requests["GetPinStatus"])
}

func TestStaleHandleOnce(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	old := k.Handle(konnektor.CardSMCB)
	k.Reboot()
	k.Fail("GetPinStatus", konnektor.CodeHandleUnknown, -1)
	_, _, err = client.PINStatus(t.Context(), old, konnektor.PINSMC)
	require.ErrorIs(t, err, konnektor.CodeHandleUnknown)
	require.Equal(t, 2, k.Counters().Requests["GetPinStatus"], "once, whatever the answer is")
}

// anyMessage stands for the messages of an operation that the simulator does
// not know.
type anyMessage struct{ handle string }

func (m *anyMessage) EncodeXML(w *wire.Writer)           { w.Elem("x", m.handle) }
func (m *anyMessage) Handles() []*string                 { return []*string{&m.handle} }
func (m *anyMessage) ElementName() (space, local string) { return "", "y" }
func (m *anyMessage) DecodeXML(r *wire.Reader)           { r.Skip() }

// TestNeverRepeated holds the operations that must not be sent twice against
// every reason for which others are.
func TestNeverRepeated(t *testing.T) {
	never := []string{
		"CardService.VerifyPin", "CardService.ChangePin", "CardService.UnblockPin", "CardService.EnablePin",
		"CardService.DisablePin", "CardService.StartCardSession",
		"SignatureService.SignDocument", "SignatureService.GetJobNumber", "SignatureService.ActivateComfortSignature",
		"AuthSignatureService.ExternalAuthenticate", "EncryptionService.DecryptDocument",
		"NFDService.WriteNFD", "NFDService.EraseNFD", "DPEService.WriteDPE", "DPEService.EraseDPE",
		"AMTSService.WriteMP", "AMTSService.WriteConsent", "AMTSService.DeleteConsent",
		"AMTSService.ReadMP", "AMTSService.ReadConsent",
		"SignatureService.StopSignature", "SignatureService.DeactivateComfortSignature",
		"NewService.NewOperation",
	}
	busyOnly := []string{"VSDService.ReadVSD", "EventService.Subscribe", "CardTerminalService.RequestCard", "CardTerminalService.EjectCard",
		"NFDService.ReadNFD", "DPEService.ReadDPE"}
	freely := []string{
		"EventService.GetCards", "EventService.GetCardTerminals", "EventService.GetResourceInformation",
		"EventService.GetSubscription", "EventService.RenewSubscriptions", "CardService.GetPinStatus",
		"CertificateService.ReadCardCertificate", "CertificateService.CheckCertificateExpiration",
		"CertificateService.VerifyCertificate", "SignatureService.GetSignatureMode", "SignatureService.VerifyDocument",
		"EncryptionService.EncryptDocument", "KVKService.ReadKVK",
	}

	faulty := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, envelopeHead+fmt.Sprintf(`<S:Fault><detail><Error><Trace><Code>%d</Code></Trace></Error></detail></S:Fault>`, code)+envelopeTail)
		}
	}
	for _, c := range []struct {
		reason  string
		names   []string
		answer  http.HandlerFunc
		repeats bool
	}{
		{"busy", never, faulty(4093), false},
		{"busy", busyOnly, faulty(4093), true},
		{"busy", freely, faulty(4093), true},
		{"another fault", freely, faulty(4001), false},
		{"an unknown fault", freely, faulty(0), false},
		{"stale", never, faulty(4101), false},
		{"stale, nothing known", freely, faulty(4101), false},
		{"connection lost", never, hangUp, false},
		{"connection lost", busyOnly, hangUp, false},
		{"connection lost", freely, hangUp, true},
		{"empty answer", freely, func(http.ResponseWriter, *http.Request) {}, false},
	} {
		for _, name := range c.names {
			t.Run(c.reason+" "+name, func(t *testing.T) {
				require.Equal(t, c.repeats, countCalls(t, name, c.answer) > 1)
			})
		}
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, _ := http.NewResponseController(w).Hijack()
	_ = conn.Close()
}

// countCalls invokes an operation on a connection that was used before, and
// returns how often it arrived. BusyTimeout has room for the first pause, whatever
// that is, and counts from the refusal.
func countCalls(t *testing.T, name string, answer http.HandlerFunc) int32 {
	var calls atomic.Int32
	var server *httptest.Server
	service, operation, _ := strings.Cut(name, ".")
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/connector.sds" {
			endpoint := versionOf(`Version="1.0.0"`, server.URL+"/ws", "https://x")
			_, _ = io.WriteString(w, directoryWith(false, serviceOf(service, endpoint)))
			return
		}
		calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	client := open(t, konnektor.Config{URL: server.URL, Call: someone, BusyTimeout: 400 * time.Millisecond})
	op := konnektor.Operation{Service: service, Version: "1.0", Name: operation, Action: "urn:x"}
	_, err := client.Services(t.Context()) // leaves a connection behind
	require.NoError(t, err)
	m := &anyMessage{handle: "h"}
	require.Error(t, client.Invoke(t.Context(), op, m, m))
	return calls.Load()
}

// TestDeadConnection has a Konnektor that closes a kept connection while the
// next request is on its way; the call must succeed on a new one.
func TestDeadConnection(t *testing.T) {
	var first atomic.Bool
	first.Store(true)
	client := answers(t, func(w http.ResponseWriter, r *http.Request) {
		if first.Swap(false) {
			hangUp(w, r)
			return
		}
		_, _ = io.WriteString(w, noCards)
	})
	_, err := client.Services(t.Context())
	require.NoError(t, err)
	require.NoError(t, cards(t, client))
}

// TestFreshConnectionLost has a Konnektor that hangs up on a new connection:
// nothing is repeated, since it does not look like an old connection that died.
func TestFreshConnectionLost(t *testing.T) {
	var calls atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		hangUp(w, r)
	})}}
	server.Start()
	t.Cleanup(server.Close)
	client, _ := serveDirectory(t, func(string) string { return directoryOf("EventService", "7.2.0", server.URL+"/ws", "") })
	require.ErrorIs(t, cards(t, client), konnektor.KindUnreachable)
	require.Equal(t, int32(1), calls.Load())
}

// TestRestartedConnections has a Konnektor that ends all kept connections again
// and again, at the moment of a call or before it.
func TestRestartedConnections(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	for range 100 {
		require.NoError(t, cards(t, client))
		k.CloseIdle()
		require.NoError(t, cards(t, client))
	}
}
