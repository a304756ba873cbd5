package operations_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// object is any JSON object.
type object = map[string]any

// do calls an operation and holds its answer and its events against their
// descriptions.
func do(t *testing.T, s *operations.Session, name string, request any) (answer object, events []object) {
	t.Helper()
	raw, err := json.Marshal(request)
	require.NoError(t, err)
	answerRaw, err := s.Stream(t.Context(), name, raw, func(e []byte) {
		var event object
		require.NoError(t, json.Unmarshal(e, &event))
		fitsEvent(t, name, e)
		events = append(events, event)
	})
	require.NoError(t, err)
	fits(t, name, answerRaw)
	require.NoError(t, json.Unmarshal(answerRaw, &answer))
	_, err = operations.Text(name, answerRaw)
	require.NoError(t, err)
	return answer, events
}

// fitsEvent holds an event against its description.
func fitsEvent(t *testing.T, name string, event []byte) {
	t.Helper()
	for _, o := range operations.Describe().Operations {
		if o.Name == name {
			fitsType(t, o.Event, event)
		}
	}
}

// refused calls an operation that must fail with a code.
func refused(t *testing.T, s *operations.Session, name string, request any, code konnektor.Code) *operations.Error {
	t.Helper()
	raw, err := json.Marshal(request)
	require.NoError(t, err)
	e := fail(t, s, name, string(raw))
	require.EqualValues(t, code, e.Code, "%s", e.JSON())
	return e
}

// doctor is a simulated Konnektor with an HBA, and a Session with a UserId.
func doctor(t *testing.T) (k *konnektortest.Konnektor, s *operations.Session, hba string) {
	t.Helper()
	k = konnektortest.New(t)
	vsdmtest.Install(k)
	cfg := k.Config()
	cfg.Call.UserID = "d9c3a3a2-2f0e-4a57-9d3c-6b0a8d8a1f00"
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	s, err = operations.Open(raw, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return k, s, string(k.Insert(konnektor.CardHBA))
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// bytesOf decodes a member in base64.
func bytesOf(t *testing.T, o object, name string) []byte {
	t.Helper()
	require.IsType(t, "", o[name], name)
	b, err := base64.StdEncoding.DecodeString(o[name].(string))
	require.NoError(t, err)
	return b
}

func TestPINEntry(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	card, _ := k.Card(smcb)
	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	k.React(card.Terminal, konnektortest.Reaction{Wrong: true}, konnektortest.Reaction{}, konnektortest.Reaction{Cancel: true})

	a, events := do(t, s, "pin.verify", object{})
	require.Equal(t, "REJECTED", a["result"])
	require.Equal(t, false, a["ok"])
	require.EqualValues(t, 2, a["left_tries"])
	require.Contains(t, a["advice_de"], "Versuche")
	require.NotEmpty(t, events)
	require.Equal(t, "entry.waiting", events[0]["event"])
	require.Equal(t, string(card.Terminal), events[0]["terminal_id"])
	require.Equal(t, "Bitte am Kartenterminal "+string(card.Terminal)+" die PIN.SMC eingeben", events[0]["text_de"])
	require.Positive(t, events[0]["seconds_left"])

	a, _ = do(t, s, "pin.verify", object{"card_handle": smcb, "pin_type": "PIN.SMC", "entry_timeout_ms": 20000})
	require.Equal(t, "angenommen", a["result_de"])
	require.EqualValues(t, -1, a["left_tries"])
	e := refused(t, s, "pin.change", object{"card_handle": smcb}, 4049)
	require.False(t, e.Repeatable)
	a, _ = do(t, s, "pin.change", object{"card_handle": smcb})
	require.Equal(t, true, a["ok"])

	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINBlocked, 0))
	a, _ = do(t, s, "pin.verify", object{})
	require.Equal(t, "WASBLOCKED", a["result"])
	a, _ = do(t, s, "pin.unblock", object{"new_pin": true})
	require.Equal(t, true, a["ok"])

	egk := k.Insert(konnektor.CardEGK)
	a, _ = do(t, s, "pin.disable", object{"card_handle": egk, "pin_type": "MRPIN.NFD"})
	require.Equal(t, true, a["ok"])
	a, _ = do(t, s, "pin.enable", object{"card_handle": egk, "pin_type": "MRPIN.NFD"})
	require.Equal(t, true, a["ok"])
	require.Equal(t, "pin_type", fail(t, s, "pin.verify", `{"card_handle":"`+string(k.Insert(konnektor.CardHBA))+`"}`).Field)
	require.Equal(t, konnektor.KindNotInserted, fail(t, s, "pin.verify", `{"card_handle":"none"}`).Kind)
}

// A call that ends before the entry says that the terminal may go on asking.
func TestPINEntryStaysOpen(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	card, _ := k.Card(smcb)
	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	k.React(card.Terminal, konnektortest.Reaction{Nothing: true})
	e := failLate(t, s, "pin.verify", `{}`, "the terminal asks", func() bool { return len(k.Asking()) > 0 })
	require.Equal(t, konnektor.KindTimeout, e.Kind)
	require.False(t, e.Repeatable)
	require.Contains(t, e.AdviceDE, "Eine Eingabe dort zählt")
}

func TestTerminalSlots(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	egk := k.Insert(konnektor.CardEGK)
	card, _ := k.Card(egk)
	a, _ := do(t, s, "terminal.request_card", object{"terminal_id": card.Terminal, "slot": card.Slot, "message": "Bitte eGK"})
	require.Equal(t, true, a["already_inserted"])
	require.Equal(t, string(egk), a["card"].(object)["handle"])
	do(t, s, "terminal.eject", object{"card_handle": egk, "wait_ms": 1000})
	refused(t, s, "terminal.eject", object{"card_handle": egk}, 4008)
	k.React(card.Terminal, konnektortest.Reaction{Nothing: true})
	refused(t, s, "terminal.request_card", object{"terminal_id": card.Terminal, "slot": card.Slot, "wait_ms": 1000}, 4202)
	require.Equal(t, "slot", fail(t, s, "terminal.request_card", `{"terminal_id":"T1"}`).Field)
	require.Equal(t, konnektor.KindRequest, fail(t, s, "terminal.eject", `{}`).Kind)
}

func TestSign(t *testing.T) {
	_, s, hba := doctor(t)
	number, _ := do(t, s, "sign.job_number", object{})
	a, events := do(t, s, "sign.documents", object{"card_handle": hba, "job_number": number["job_number"], "documents": []object{
		{"id": "brief", "content": base64Of("Text"), "type": "CAdES", "variant": "detached"},
		{"id": "pdf", "content": base64Of("no PDF"), "type": "PAdES"},
		{"content": base64Of("<a>b</a>"), "type": "XAdES", "variant": "enveloped"},
	}})
	require.Equal(t, number["job_number"], a["job_number"])
	require.Equal(t, number["job_number"], events[0]["job_number"])
	require.EqualValues(t, 1, a["failed"])
	list := a["documents"].([]any)
	cms, pdf, xml := list[0].(object), list[1].(object), list[2].(object)
	require.Equal(t, "brief", cms["id"])
	require.Equal(t, true, cms["signed"])
	require.Equal(t, false, pdf["signed"])
	require.NotEmpty(t, pdf["error_de"])
	require.Equal(t, "3", xml["id"])
	require.Contains(t, string(bytesOf(t, xml, "document")), "Signature")

	v, _ := do(t, s, "sign.verify", object{"document": base64Of("Text"), "signature": cms["signature"], "report": true})
	require.Equal(t, "gültig", v["result_de"], v)
	v, _ = do(t, s, "sign.verify", object{"document": base64Of("Texte"), "signature": cms["signature"]})
	require.Equal(t, "INVALID", v["result"])
	v, _ = do(t, s, "sign.verify", object{"document": xml["document"], "xml": true})
	require.Equal(t, "VALID", v["result"])

	refused(t, s, "sign.stop", object{"job_number": "QVS-999"}, 4243)
	for request, field := range map[string]string{
		`{"card_handle":"x","documents":[{"content":"!","type":"CAdES"}]}`:                                "documents[0].content",
		`{"card_handle":"x","documents":[{"content":"","type":"CAdES"}]}`:                                 "documents[0].content",
		`{"card_handle":"x","documents":[{"content":"QQ==","type":"CMS"}]}`:                               "documents[0].type",
		`{"card_handle":"x","documents":[{"content":"QQ==","type":"XAdES","schemas":[{"content":"?"}]}]}`: "documents[0].schemas[0].content",
		`{"card_handle":"x"}`: "documents",
	} {
		require.Equal(t, field, fail(t, s, "sign.documents", request).Field, request)
	}
	e := fail(t, s, "sign.verify", `{"document":"QQ==","at":"yesterday"}`)
	require.Equal(t, "at", e.Field)
}

// An operation that takes documents takes large ones; the others do not.
func TestLargeDocuments(t *testing.T) {
	s := closedPort(t)
	large := base64Of(strings.Repeat("x", 25<<20))
	e := fail(t, s, "encrypt", `{"type":"CMS","content":"`+large+`","card_handle":"x"}`)
	require.Equal(t, konnektor.KindUnreachable, e.Kind, "%s", e.JSON())
	e = fail(t, s, "encrypt", `{"type":"CMS","content":"`+large+large+`","card_handle":"x"}`)
	require.Equal(t, konnektor.KindRequest, e.Kind)
	require.Contains(t, e.Text, "larger than 49152 KiB")
	e = fail(t, s, "auth.sign", `{"card_handle":"`+large+`"}`)
	require.Contains(t, e.Text, "larger than 64 KiB")
}

func TestComfortSignature(t *testing.T) {
	_, s, hba := doctor(t)
	a, _ := do(t, s, "sign.comfort.mode", object{"card_handle": hba})
	require.Equal(t, true, a["enabled"])
	require.EqualValues(t, 100, a["max"])
	require.EqualValues(t, 6*3600, a["timer_seconds"])
	a, _ = do(t, s, "sign.comfort.activate", object{"card_handle": hba})
	require.Equal(t, "COMFORT", a["mode"])
	a, _ = do(t, s, "sign.comfort.mode", object{"card_handle": hba})
	require.EqualValues(t, 100, a["session"].(object)["count_left"])
	do(t, s, "sign.comfort.deactivate", object{"card_handles": []string{hba}})
	a, _ = do(t, s, "sign.comfort.mode", object{"card_handle": hba})
	require.NotEqual(t, "COMFORT", fmt.Sprint(a["session"]))
	refused(t, s, "sign.comfort.activate", object{"card_handle": "none"}, 4008)
}

func TestAuthSign(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	digest := sha256.Sum256([]byte("challenge"))
	for scheme, size := range map[string]int{"ECDSA": 64, "RSASSA-PSS": 256} {
		a, _ := do(t, s, "auth.sign", object{
			"card_handle": k.Handle(konnektor.CardSMCB), "digest": base64.StdEncoding.EncodeToString(digest[:]), "scheme": scheme,
		})
		require.Len(t, bytesOf(t, a, "raw"), size)
		require.NotEmpty(t, bytesOf(t, a, "certificate"))
		require.Equal(t, scheme == "ECDSA", a["der"] != nil)
	}
	require.Equal(t, "digest", fail(t, s, "auth.sign", `{"card_handle":"x","digest":"","scheme":"ECDSA"}`).Field)
}

func TestEncryption(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	id, err := k.CardIdentity(smcb, "C.ENC", "ECC")
	require.NoError(t, err)
	for _, recipient := range []object{
		{"card_handle": smcb},
		{"certificates": []string{base64.StdEncoding.EncodeToString(id.DER)}},
	} {
		request := object{"type": "CMS", "content": base64Of("geheim"), "mime_type": "text/plain"}
		for name, v := range recipient {
			request[name] = v
		}
		a, _ := do(t, s, "encrypt", request)
		require.NotContains(t, string(bytesOf(t, a, "content")), "geheim")
		a, _ = do(t, s, "decrypt", object{"card_handle": smcb, "content": a["content"]})
		require.Equal(t, "geheim", string(bytesOf(t, a, "content")))
		require.EqualValues(t, 6, a["size"])
	}
	a, _ := do(t, s, "encrypt", object{
		"type": "XML", "content": base64Of("<a><b>geheim</b></a>"), "card_handle": smcb, "crypt": "RSA",
		"elements": []object{{"xpath": "//b"}},
	})
	require.Equal(t, true, a["xml"])
	a, _ = do(t, s, "decrypt", object{"card_handle": smcb, "content": a["content"], "xml": true, "crypt": "RSA"})
	require.Contains(t, string(bytesOf(t, a, "content")), "geheim")
	require.Equal(t, konnektor.KindRequest, fail(t, s, "encrypt", `{"type":"CMS","content":"QQ=="}`).Kind, "no recipient")
}

func TestCertsVerify(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	id, err := k.CardIdentity(k.Handle(konnektor.CardSMCB), "C.AUT", "ECC")
	require.NoError(t, err)
	der := base64.StdEncoding.EncodeToString(id.DER)
	a, _ := do(t, s, "certs.verify", object{"content": der})
	require.Equal(t, "VALID", a["result"], a)
	foreign := base64.StdEncoding.EncodeToString(k.ServerCertificate())
	a, _ = do(t, s, "certs.verify", object{"content": foreign, "at": "2026-01-31T08:00:00Z"})
	require.NotEqual(t, "gültig", a["result_de"], "of no CA of the TI")
	require.Equal(t, "path", fail(t, s, "certs.verify", `{}`).Field)
}

func TestEGKData(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	kvk, _ := do(t, s, "kvk.read", object{"card_handle": k.Insert(konnektor.CardKVK)})
	require.NotEmpty(t, kvk["familienname"])
	require.Equal(t, true, kvk["checksum_ok"])

	access := func(more object) object {
		request := object{"card_handle": k.Handle(konnektor.CardEGK), "hpc_handle": k.Handle(konnektor.CardSMCB)}
		for name, v := range more {
			request[name] = v
		}
		return request
	}
	k.Insert(konnektor.CardEGK)
	for _, service := range []string{"nfd", "dpe"} {
		require.Positive(t, fail(t, s, service+".read", string(mustJSON(t, access(nil)))).Code)
		do(t, s, service+".write", access(object{"document": base64Of("<D>Anlaß</D>")}))
		a, events := do(t, s, service+".read", access(object{"update": true}))
		require.Equal(t, "<D>Anlaß</D>", string(bytesOf(t, a, "document")))
		require.Equal(t, service == "nfd", a["verification"] != nil)
		require.Equal(t, "Bitte am Kartenterminal T1, wenn es danach fragt, die PIN eingeben", events[0]["text_de"])
		do(t, s, service+".erase", access(nil))
	}
	refused(t, s, "amts.read_plan", access(nil), konnektor.CodeConsentMissing)
	a, _ := do(t, s, "amts.write_consent", access(object{"document": base64Of("<E/>")}))
	require.Equal(t, true, a["egk_valid"])
	a, _ = do(t, s, "amts.read_consent", access(nil))
	require.Equal(t, "<E/>", string(bytesOf(t, a, "document")))
	do(t, s, "amts.write_plan", access(object{"document": base64Of("<MP/>")}))
	a, _ = do(t, s, "amts.read_plan", access(object{"pin": "AMTS-PIN"}))
	require.Equal(t, "<MP/>", string(bytesOf(t, a, "document")))
	require.Contains(t, a, "egk_usage")
	do(t, s, "amts.delete_consent", access(nil))
	require.Equal(t, "document", fail(t, s, "nfd.write", string(mustJSON(t, access(object{"document": "?"})))).Field)
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

func TestSubscriptions(t *testing.T) {
	s := open(t, konnektortest.New(t))
	const to = "cetp://127.0.0.1:20000"
	a, _ := do(t, s, "events.subscribe", object{"event_to": to, "topic": "CARD"})
	id := a["subscription"].(object)["id"]
	require.NotEmpty(t, a["subscription"].(object)["expires"])
	a, _ = do(t, s, "events.subscriptions", object{})
	require.Equal(t, to, a["subscriptions"].([]any)[0].(object)["event_to"])
	do(t, s, "events.renew", object{"ids": []any{id}})
	do(t, s, "events.unsubscribe", object{"id": id})
	refused(t, s, "events.unsubscribe", object{"id": id}, 4102)
	do(t, s, "events.subscribe", object{"event_to": to, "topic": "NETWORK"})
	do(t, s, "events.unsubscribe", object{"event_to": to})
	a, _ = do(t, s, "events.subscriptions", object{"mandant_wide": true})
	require.Empty(t, a["subscriptions"])
	require.Equal(t, konnektor.KindRequest, fail(t, s, "events.unsubscribe", `{}`).Kind)
}

// stream is an operation in the background, with its events.
type stream struct {
	t      *testing.T
	mu     sync.Mutex
	events []object
	answer object // after done
	done   chan error
}

func streaming(t *testing.T, s *operations.Session, name string, request any) *stream {
	t.Helper()
	raw := mustJSON(t, request)
	w := &stream{t: t, done: make(chan error, 1)}
	go func() {
		answer, err := s.Stream(t.Context(), name, raw, func(e []byte) {
			var event object
			_ = json.Unmarshal(e, &event)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, event)
		})
		_ = json.Unmarshal(answer, &w.answer)
		w.done <- err
	}()
	return w
}

// await waits for an event.
func (w *stream) await(fits func(object) bool) object {
	w.t.Helper()
	var found object
	eventually(w.t, "an event", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range w.events {
			if fits(e) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func named(event string) func(object) bool {
	return func(e object) bool { return e["event"] == event }
}

// subscribed waits until the Konnektor knows n subscriptions.
func subscribed(t *testing.T, k *konnektortest.Konnektor, n int) {
	t.Helper()
	eventually(t, "subscriptions", func() bool { return len(k.Subscriptions()) == n })
}

func TestWatchByEvents(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	sink := object{"listen": "127.0.0.1:0"}
	w := streaming(t, s, "cards.watch", object{"sink": sink, "card_type": "EGK", "poll_ms": 60000})
	again := streaming(t, s, "cards.watch", object{"sink": sink, "card_type": "EGK", "poll_ms": 60000})
	w.await(named("card.present"))
	again.await(named("card.present"))
	subscribed(t, k, 1) // both share it
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	for _, x := range []*stream{w, again} {
		e := x.await(named("card.inserted"))
		require.Equal(t, string(egk), e["card"].(object)["handle"])
	}
	_, err := k.Remove(egk)
	require.NoError(t, err)
	w.await(named("card.removed"))
	require.NoError(t, s.Close())
	require.Error(t, <-w.done)
	require.Error(t, <-again.done)
	require.Empty(t, k.Subscriptions(), "closing unsubscribes")
}

// Cards that no list shows are found all the same: their events tell. After the
// first event the cards are listed once more, which takes the first ones away.
func TestWaitByEvent(t *testing.T) {
	wait := func(t *testing.T, name string, request object) (w *stream, err error) {
		k := vsdKonnektor(t)
		request["sink"] = object{"listen": "127.0.0.1:0"}
		s := open(t, k)
		w = streaming(t, s, name, request)
		hidden := 0
		require.Eventually(t, func() bool {
			select {
			case err = <-w.done:
				return true
			default:
			}
			hidden++
			k.Emit(konnektortest.Event{Topic: konnektor.TopicCardInserted, Parameters: []konnektor.Parameter{
				{Key: "CardHandle", Value: konnektor.ParameterValue(fmt.Sprint("hidden-", hidden))},
				{Key: "CardType", Value: "EGK"}, {Key: "CtID", Value: "T9"}, {Key: "SlotID", Value: "1"}, // no card that is known is there
			}})
			return false
		}, patience, 20*time.Millisecond)
		require.NoError(t, s.Close())
		require.Empty(t, k.Subscriptions(), "nothing is left")
		return w, err
	}
	t.Run("cards.wait", func(t *testing.T) {
		w, err := wait(t, "cards.wait", object{"card_type": "EGK"})
		require.NoError(t, err)
		require.Contains(t, w.answer["card"].(object)["handle"], "hidden-")
	})
	t.Run("vsd.read", func(t *testing.T) {
		w, err := wait(t, "vsd.read", object{"wait_ms": 86400000})
		require.EqualValues(t, konnektor.CodeHandleUnknown, failure(t, err).Code, "it was to be read")
		require.Len(t, w.events, 2)
		require.Equal(t, "vsd.waiting", w.events[0]["event"])
		require.Equal(t, "vsd.reading", w.events[1]["event"])
	})
}

func TestEventsWatch(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	w := streaming(t, s, "events.watch", object{"sink": object{"listen": "127.0.0.1:0"}, "poll_ms": 60000})
	k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	w.await(func(e object) bool { return e["event"] == "card.present" || e["event"] == "card.inserted" })
	subscribed(t, k, 3)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	w.await(func(e object) bool {
		card, ok := e["card"].(object)
		return ok && e["event"] == "card.inserted" && card["handle"] == string(egk)
	})
	w.await(named("events.running"))
	require.NoError(t, k.SetState("EC_CardTerminal_Not_Available(T2)", true))
	e := w.await(func(e object) bool { return e["condition"] != nil })
	require.Equal(t, "T2", e["condition"].(object)["parameter"])
	require.Equal(t, "Kartenterminal nicht erreichbar (eingetreten)", e["text_de"])
	require.NotEmpty(t, e["parameters"])
	online := k.Online(konnektortest.TI)
	k.SetOnline(konnektortest.TI, !online)
	e = w.await(func(e object) bool { return e["tunnel"] != nil })
	require.Equal(t, object{"name": "TI", "up": !online}, e["tunnel"])
	k.Emit(konnektortest.Event{Topic: "OPERATIONAL_STATE/SOMETHING", Type: "Other", Severity: "Info"})
	e = w.await(func(e object) bool { return e["topic"] == "OPERATIONAL_STATE/SOMETHING" })
	require.Equal(t, "Meldung des Konnektors: OPERATIONAL_STATE/SOMETHING", e["text_de"])
	require.NoError(t, s.Close())
	<-w.done
	for _, event := range w.events {
		require.NotEqual(t, "CARD/INSERTED", event["topic"], "Watch tells of cards")
		fitsEvent(t, "events.watch", mustJSON(t, event))
	}
}

// Without a sink it lists.
func TestEventsWatchLists(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	ctx, pass := konnektortest.Deadline(t.Context())
	var event object
	raw, err := s.Stream(ctx, "events.watch", []byte(`{"timeout_ms":86400000,"card_type":"EGK"}`), func(e []byte) {
		require.NoError(t, json.Unmarshal(e, &event))
		pass()
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"events":0,"inserted":0,"removed":0}`, string(raw))
	require.Equal(t, "card.present", event["event"])
}

// What the Konnektor says to a subscription is told.
func TestEventsStayAway(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Fail("Subscribe", 4095, -1)
	w := streaming(t, s, "events.watch", object{"sink": object{}, "topics": []string{"NETWORK"}})
	e := w.await(func(e object) bool { return e["event"] == "events.stopped" && e["error"] != nil })
	require.EqualValues(t, 4095, e["error"].(object)["code"])
	require.NoError(t, s.Close())
	<-w.done
}

// Settings that are wrong end it, with a sink, too.
func TestEventsWatchEnds(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Fail("GetCards", konnektor.CodeBadMandant, -1)
	refused(t, s, "events.watch", object{"sink": object{"listen": "127.0.0.1:0"}}, konnektor.CodeBadMandant)
	refused(t, s, "cards.watch", object{"sink": object{"listen": "127.0.0.1:0"}}, konnektor.CodeBadMandant)
}

func TestSinkRefused(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	for name, sink := range map[string]string{
		"no address":  `{"listen":"nowhere"}`,
		"no key":      `{"listen":"127.0.0.1:0","certificate_file":"/nonexistent"}`,
		"no files":    `{"listen":"127.0.0.1:0","certificate_file":"/nonexistent/canary","key_file":"/nonexistent/canary"}`,
		"no announce": `{"listen":"127.0.0.1:0","announce":"a b"}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, op := range []string{"cards.watch", "cards.wait", "vsd.read"} {
				wait := map[string]string{"vsd.read": `"wait_ms":86400000,`}[op]
				e := fail(t, s, op, `{`+wait+`"sink":`+sink+`}`)
				require.Equal(t, operations.KindSink, e.Kind, "%s: %s", op, e.JSON())
				require.NotContains(t, string(e.JSON()), "canary")
			}
		})
	}
	require.Equal(t, "topics", fail(t, s, "events.watch", `{"topics":[""]}`).Field)
}

// No patient and no document gets into logs and errors.
func TestNoPatientInLogsOfServices(t *testing.T) {
	k := konnektortest.New(t)
	canaries := []string{"Kanarienvogel", base64Of("Kanarienvogel")[:16], "Testperson"}
	raw := mustJSON(t, k.Config())
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.LevelDebug - 100}
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, level), slog.NewJSONHandler(&log, level)} {
		s, err := operations.Open(raw, slog.New(h))
		require.NoError(t, err)
		egk, smcb := k.Insert(konnektor.CardEGK, vsdmtest.Person(1)), k.Handle(konnektor.CardSMCB)
		access := object{"card_handle": egk, "hpc_handle": smcb, "document": base64Of("<a>Kanarienvogel</a>")}
		do(t, s, "nfd.write", access)
		do(t, s, "encrypt", object{"type": "CMS", "content": base64Of("Kanarienvogel"), "card_handle": smcb})
		w := streaming(t, s, "events.watch", object{"sink": object{"listen": "127.0.0.1:0"}})
		w.await(named("card.present"))
		_, err = k.Remove(egk)
		require.NoError(t, err)
		w.await(named("card.removed"))
		for name, op := range map[string]string{"nfd.write": "WriteNFD", "amts.write_consent": "WriteConsent"} {
			k.Disturb(op, konnektortest.Disturbance{Fault: &konnektortest.Fault{Code: 4045, Detail: "Kanarienvogel"}}, 1)
			e := fail(t, s, name, string(mustJSON(t, access)))
			for _, c := range canaries {
				require.NotContains(t, string(e.JSON())+e.German(), c)
			}
		}
		require.NoError(t, s.Close())
		<-w.done
	}
	require.NotEmpty(t, log.String())
	for _, c := range canaries {
		require.NotContains(t, log.String(), c)
	}
}
