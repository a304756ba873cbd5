package operations_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// vsdJSON is what the tests look at.
type vsdJSON struct {
	Card       *cardJSON `json:"card"`
	CardHandle string    `json:"card_handle"`
	Person     struct {
		VersichertenID  string          `json:"versicherten_id"`
		Vorname         string          `json:"vorname"`
		Nachname        string          `json:"nachname"`
		Geburtsdatum    string          `json:"geburtsdatum"`
		GeschlechtDE    string          `json:"geschlecht_de"`
		StrassenAdresse json.RawMessage `json:"strassen_adresse"`
		PostfachAdresse json.RawMessage `json:"postfach_adresse"`
	} `json:"person"`
	Versicherungsschutz struct {
		Beginn        string `json:"beginn"`
		Ende          string `json:"ende"`
		Kostentraeger struct {
			Name string `json:"name"`
		} `json:"kostentraeger"`
	} `json:"versicherungsschutz"`
	GKV         json.RawMessage `json:"zusatzinfos_gkv"`
	PKV         json.RawMessage `json:"zusatzinfos_pkv"`
	Geschuetzte json.RawMessage `json:"geschuetzte_versichertendaten"`
	Nachweis    *struct {
		Ergebnis   int64  `json:"ergebnis"`
		ErgebnisDE string `json:"ergebnis_de"`
		ErrorCode  int64  `json:"error_code"`
		ErrorDE    string `json:"error_de"`
		Quarter    string `json:"quarter"`
		Base64     string `json:"base64"`
	} `json:"pruefungsnachweis"`
	HCV         string    `json:"hcv"`
	OnlineCheck bool      `json:"online_check"`
	Warnings    []string  `json:"warnings"`
	Proof       proofJSON `json:"proof"`
}

type proofJSON struct {
	VerdictDE    string `json:"verdict_de"`
	Valid        string `json:"valid"`
	Billable     string `json:"billable"`
	StoreReceipt bool   `json:"store_receipt"`
	KeepReceipt  string `json:"keep_receipt"`
	Reasons      []struct {
		Reason string `json:"reason"`
		TextDE string `json:"text_de"`
	} `json:"reasons"`
	Next []struct {
		Action string `json:"action"`
		TextDE string `json:"text_de"`
	} `json:"next"`
}

// actions are the actions of the next steps.
func (p proofJSON) actions() (list []string) {
	for _, s := range p.Next {
		list = append(list, s.Action)
	}
	return list
}

// vsdKonnektor is a simulated Konnektor with VSDService.
func vsdKonnektor(t *testing.T) *konnektortest.Konnektor {
	t.Helper()
	k := konnektortest.New(t)
	vsdmtest.Install(k)
	return k
}

// readVSD reads a card that can be read.
func readVSD(t *testing.T, s *operations.Session, request string) (a vsdJSON) {
	t.Helper()
	raw, err := s.Call(t.Context(), "vsd.read", []byte(request))
	require.NoError(t, err)
	fits(t, "vsd.read", raw)
	require.NoError(t, json.Unmarshal(raw, &a))
	return a
}

func TestReadVSD(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	p := vsdmtest.Person(1)
	egk := k.Insert(konnektor.CardEGK, p)
	a := readVSD(t, s, ``)
	require.Equal(t, string(egk), a.CardHandle)
	require.Equal(t, "EGK", a.Card.Type)
	require.Equal(t, string(p.KVNR), a.Person.VersichertenID)
	require.Equal(t, p.First, a.Person.Vorname)
	require.Equal(t, p.Last, a.Person.Nachname)
	require.Equal(t, p.Birth, strings.ReplaceAll(a.Person.Geburtsdatum, "-", ""))
	require.Equal(t, p.Insurer.Name, a.Versicherungsschutz.Kostentraeger.Name)
	require.NotEmpty(t, a.GKV)
	require.Empty(t, a.PKV)
	require.NotEmpty(t, a.Geschuetzte)
	require.EqualValues(t, 2, a.Nachweis.Ergebnis)
	require.Equal(t, "Die Daten der Karte sind aktuell", a.Nachweis.ErgebnisDE)
	require.Len(t, a.HCV, 7)
	require.True(t, a.OnlineCheck)
	require.Empty(t, a.Warnings)
	require.Equal(t, "yes", a.Proof.Valid)
	require.Equal(t, "yes", a.Proof.Billable)
	require.True(t, a.Proof.StoreReceipt)
	require.Equal(t, a.Nachweis.Base64, a.Proof.KeepReceipt)
	require.Empty(t, a.Proof.Next)
	require.Equal(t, "checked", a.Proof.Reasons[0].Reason)

	again := readVSD(t, s, `{"card_handle":"`+string(egk)+`","stored_receipts":["`+a.Nachweis.Base64+`"]}`)
	require.Nil(t, again.Card)
	require.Nil(t, again.Nachweis, "the stored receipt of the quarter makes a second check needless")
	require.False(t, again.OnlineCheck)
	require.Equal(t, "yes", again.Proof.Valid)
	require.Equal(t, a.Nachweis.Base64, again.Proof.KeepReceipt)

	always := readVSD(t, s, `{"mode":"ALWAYS","stored_receipts":["`+a.Nachweis.Base64+`"]}`)
	require.True(t, always.OnlineCheck)

	both := readVSD(t, s, `{"perform_online_check":true,"read_online_receipt":true,"stored_receipts":["`+a.Nachweis.Base64+`"]}`)
	require.NotNil(t, both.Nachweis)
}

func TestReadVSDOfAllPersons(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	for n := 1; n <= vsdmtest.Persons(); n++ {
		egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(n))
		a := readVSD(t, s, `{"card_handle":"`+string(egk)+`"}`)
		require.Empty(t, a.Warnings, "person %d", n)
		raw, err := s.Call(t.Context(), "vsd.read", []byte(`{"card_handle":"`+string(egk)+`"}`))
		require.NoError(t, err)
		text, err := operations.Text("vsd.read", raw)
		require.NoError(t, err)
		require.Contains(t, text, a.Person.Nachname)
		require.NotRegexp(t, `(?m): *$`, text, "a line without value")
		_, err = k.Remove(egk)
		require.NoError(t, err)
	}
}

func TestReadVSDPrivateAndPartialDates(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(7))
	a := readVSD(t, s, `{"card_handle":"`+string(egk)+`"}`)
	require.NotEmpty(t, a.PKV)
	require.Empty(t, a.GKV)

	p := vsdmtest.Person(3)
	p.Birth = "19500000"
	egk = k.Insert(konnektor.CardEGK, p)
	require.Equal(t, "1950", readVSD(t, s, `{"card_handle":"`+string(egk)+`"}`).Person.Geburtsdatum)
	p = vsdmtest.Person(3)
	p.Birth, p.KVNR = "19500700", vsdmtest.KVNR('T', 77)
	_, err := k.Remove(egk)
	require.NoError(t, err)
	egk = k.Insert(konnektor.CardEGK, p)
	require.Equal(t, "1950-07", readVSD(t, s, `{"card_handle":"`+string(egk)+`"}`).Person.Geburtsdatum)
}

func TestReadVSDVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		person  func() vsdmtest.Insured
		request string
		valid   string
		actions []string
	}{
		"no update possible": {func() vsdmtest.Insured {
			p := vsdmtest.Person(1)
			p.Online = vsdmtest.Online{E: 3, EC: 12103}
			return p
		}, ``, "yes", []string{"repeat-next-visit"}},
		"insurance has ended": {func() vsdmtest.Insured { return vsdmtest.Person(10) }, ``, "no", []string{"inform", "other-payer"}},
		"on a day before it ended": {func() vsdmtest.Insured {
			p := vsdmtest.Person(1)
			p.End = time.Now().AddDate(0, 0, -10).Format("20060102")
			return p
		}, `{"day":"` + time.Now().AddDate(0, 0, -12).Format(time.DateOnly) + `","mode":"ALWAYS"}`, "", nil},
		"before it begins": {func() vsdmtest.Insured { return vsdmtest.Person(1) }, `{"day":"1900-01-01","no_online_duty":true}`, "no", nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := vsdKonnektor(t)
			s := open(t, k)
			k.Insert(konnektor.CardEGK, c.person())
			a := readVSD(t, s, c.request)
			if c.valid != "" {
				require.Equal(t, c.valid, a.Proof.Valid)
			} else {
				for _, r := range a.Proof.Reasons {
					require.NotEqual(t, "no-longer-insured", r.Reason)
				}
			}
			if c.actions != nil {
				require.Equal(t, c.actions, a.Proof.actions())
			}
			require.NotEmpty(t, a.Proof.VerdictDE)
			for _, step := range a.Proof.Next {
				require.NotEmpty(t, step.TextDE)
			}
		})
	}
}

func TestReadVSDBackendCode(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	p := vsdmtest.Person(1)
	p.Online = vsdmtest.Online{E: 3, EC: 12103}
	k.Insert(konnektor.CardEGK, p)
	a := readVSD(t, s, ``)
	require.EqualValues(t, 12103, a.Nachweis.ErrorCode)
	require.Equal(t, "Dienst der Krankenkasse und Gesundheitskarte haben sich nicht gegenseitig anerkannt.", a.Nachweis.ErrorDE)
}

func TestReadVSDFaults(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	p := vsdmtest.Person(1)
	p.Card.Certificate = 106
	k.Insert(konnektor.CardEGK, p)
	e := fail(t, s, "vsd.read", ``)
	require.EqualValues(t, 106, e.Code)
	require.Equal(t, konnektor.RemedyReplaceCard, e.Remedy)
	require.False(t, e.Repeatable)
	var proof struct {
		Proof proofJSON `json:"proof"`
	}
	require.NoError(t, json.Unmarshal(e.JSON(), &proof))
	require.Equal(t, "no", proof.Proof.Valid)
	require.Equal(t, "newer-card", proof.Proof.actions()[0])
	require.Contains(t, e.TextDE, "kein Leistungsnachweis")

	require.NoError(t, k.SetPIN(k.Handle(konnektor.CardSMCB), konnektor.PINSMC, konnektor.PINVerifiable, 3))
	e = fail(t, s, "vsd.read", ``)
	require.EqualValues(t, 3041, e.Code)
	require.Contains(t, e.AdviceDE, "PIN")
}

// A stored receipt still counts after a fault, but is not in the error: it names
// the patient.
func TestStoredReceiptAfterAFault(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	p := vsdmtest.Person(1)
	p.Online.PZ = 1
	k.Insert(konnektor.CardEGK, p)
	receipt := readVSD(t, s, ``).Nachweis.Base64
	k.Fail("ReadVSD", 111, 1)
	e := fail(t, s, "vsd.read", `{"stored_receipts":["`+receipt+`"]}`)
	require.Equal(t, "unknown", e.Proof.Valid)
	require.Equal(t, "yes", e.Proof.Billable)
	require.Empty(t, e.Proof.KeepReceipt)
	require.NotContains(t, string(e.JSON()), receipt[:40])
}

func TestReadVSDWithoutCards(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	e := fail(t, s, "vsd.read", ``)
	require.Equal(t, konnektor.KindNotInserted, e.Kind)
	require.Equal(t, "Es steckt keine passende Karte.", e.TextDE)
	require.Equal(t, konnektor.RemedyUser, e.Remedy)

	first := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	require.Equal(t, operations.KindSeveralCards, fail(t, s, "vsd.read", ``).Kind)
	card, ok := k.Card(first)
	require.True(t, ok)
	place, err := json.Marshal(map[string]any{"terminal_id": card.Terminal, "slot": card.Slot})
	require.NoError(t, err)
	require.Equal(t, string(first), readVSD(t, s, string(place)).CardHandle)
	require.Equal(t, konnektor.KindNotInserted, fail(t, s, "vsd.read", `{"terminal_id":"T9"}`).Kind)

	_, err = k.Remove(k.Handle(konnektor.CardSMCB))
	require.NoError(t, err)
	e = fail(t, s, "vsd.read", string(place))
	require.Equal(t, operations.KindNoSMCB, e.Kind)
	require.Contains(t, e.TextDE, "Praxisausweis")
	e = fail(t, s, "vsd.read", `{"card_handle":"`+string(first)+`"}`)
	require.Equal(t, operations.KindNoSMCB, e.Kind)
}

// Of two SMC-Bs the unlocked one is taken.
func TestReadVSDTakesTheUnlockedSMCB(t *testing.T) {
	const second = "80276883110000000037"
	model := konnektortest.DefaultModel()
	model.Mandanten[0].SMCBs = append(model.Mandanten[0].SMCBs, second)
	k := konnektortest.NewWith(t, konnektortest.Options{Model: model})
	vsdmtest.Install(k)
	s := open(t, k)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	locked := k.Handle(konnektor.CardSMCB)
	require.NoError(t, k.SetPIN(locked, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	require.EqualValues(t, 3041, fail(t, s, "vsd.read", ``).Code)
	_, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardSMCB, ICCSN: second})
	require.NoError(t, err)
	require.Equal(t, "yes", readVSD(t, s, ``).Proof.Valid)
	require.EqualValues(t, 3041, fail(t, s, "vsd.read", `{"smcb_handle":"`+string(locked)+`"}`).Code)
}

// An SMC-B in a terminal that the workplace does not reach makes a fault that
// says so, not the advice to insert one.
func TestReadVSDWithAnSMCBOutOfReach(t *testing.T) {
	model := konnektortest.DefaultModel()
	k := konnektortest.NewWith(t, konnektortest.Options{Empty: true, Model: model})
	vsdmtest.Install(k)
	s := open(t, k)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	_, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardSMCB, ICCSN: model.Mandanten[0].SMCBs[0], Terminal: "T2", Slot: 1})
	require.NoError(t, err)
	e := fail(t, s, "vsd.read", ``)
	require.EqualValues(t, konnektor.CodeTerminalNotReachable, e.Code)
	require.Contains(t, e.AdviceDE, "zugeordnet")
}

func TestReadVSDRefuses(t *testing.T) {
	s := closedPort(t)
	for name, c := range map[string]struct{ request, field string }{
		"unknown mode":         {`{"mode":"SOMETIMES"}`, "mode"},
		"no day":               {`{"day":"31.01.2026"}`, "day"},
		"a day of no month":    {`{"day":"2026-02-30"}`, "day"},
		"receipt not base64":   {`{"stored_receipts":["!"]}`, "stored_receipts[0]"},
		"receipt not packed":   {`{"stored_receipts":["YWJj"]}`, "stored_receipts[0]"},
		"one switch":           {`{"perform_online_check":true}`, "perform_online_check"},
		"the other switch":     {`{"read_online_receipt":false}`, "perform_online_check"},
		"two cards that read":  {`{"smcb_handle":"a","hba_handle":"b"}`, "hba_handle"},
		"receipts of a number": {`{"stored_receipts":[1]}`, "stored_receipts[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			e := fail(t, s, "vsd.read", c.request)
			require.Equal(t, konnektor.KindRequest, e.Kind)
			require.Equal(t, c.field, e.Field)
		})
	}
	e := fail(t, s, "vsd.read", `{"card_handle":"a","smcb_handle":"b","mode":"NEVER"}`)
	require.Equal(t, konnektor.KindRequest, e.Kind, "%s", e.JSON())
}

func TestStoredReceiptOfAnotherPerson(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	other := vsdmtest.Person(2)
	other.Online.PZ = 1
	egk := k.Insert(konnektor.CardEGK, other)
	receipt := readVSD(t, s, ``).Nachweis.Base64
	_, err := k.Remove(egk)
	require.NoError(t, err)
	k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	a := readVSD(t, s, `{"stored_receipts":["`+receipt+`"]}`)
	require.Equal(t, []string{"stored_receipts: 1 of another person, not counted"}, a.Warnings)
	require.Equal(t, "no", a.Proof.Valid)
	require.Empty(t, a.Proof.KeepReceipt)
	require.Contains(t, a.Proof.actions(), "read-with-online-check")
}

// events collects events.
type events struct {
	mu   sync.Mutex
	list []eventJSON
}

type eventJSON struct {
	Event  string            `json:"event"`
	TextDE string            `json:"text_de"`
	Card   *cardJSON         `json:"card"`
	Error  *operations.Error `json:"error"`
}

func (e *events) add(raw []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var v eventJSON
	if err := json.Unmarshal(raw, &v); err != nil {
		v.Event = err.Error()
	}
	e.list = append(e.list, v)
}

// names are the events so far.
func (e *events) names() (list []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.list {
		list = append(list, v.Event)
	}
	return list
}

// wait waits until that many events came.
func (e *events) wait(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " events"), func() bool { return len(e.names()) >= n })
}

func TestReadVSDWaits(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	var ev events
	done := make(chan vsdJSON, 1)
	go func() {
		var a vsdJSON
		raw, err := s.Stream(t.Context(), "vsd.read", []byte(`{"wait_ms":60000,"poll_ms":200}`), ev.add)
		if assert.NoError(t, err) {
			assert.NoError(t, json.Unmarshal(raw, &a))
		}
		done <- a
	}()
	ev.wait(t, 1)
	egk := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	require.Equal(t, string(egk), (<-done).CardHandle)
	require.Equal(t, []string{"vsd.waiting", "vsd.reading"}, ev.names())
	for _, e := range ev.list {
		require.NotEmpty(t, e.TextDE)
	}
	_, err := k.Remove(egk)
	require.NoError(t, err)
	require.Equal(t, konnektor.KindNotInserted, fail(t, s, "vsd.read", `{"wait_ms":300,"poll_ms":200}`).Kind)
}

func TestCardsWait(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	listed := func(n int) func() bool {
		return func() bool { return k.Counters().Requests["GetCards"] >= n }
	}
	require.Equal(t, konnektor.KindNotInserted,
		failLate(t, s, "cards.wait", `{"card_type":"EGK","poll_ms":200}`, "the second list: the first one is answered", listed(2)).Kind)
	first := string(k.Insert(konnektor.CardEGK, vsdmtest.Person(1)))
	wait := func(request string) string {
		raw, err := s.Call(t.Context(), "cards.wait", []byte(request))
		require.NoError(t, err)
		fits(t, "cards.wait", raw)
		var a struct {
			Card cardJSON `json:"card"`
		}
		require.NoError(t, json.Unmarshal(raw, &a))
		return a.Card.Handle
	}
	require.Equal(t, first, wait(`{"card_type":"EGK"}`))

	before := k.Counters().Requests["GetCards"]
	done := make(chan string, 1)
	go func() { done <- wait(`{"only_new":true,"poll_ms":200,"timeout_ms":60000}`) }()
	eventually(t, "two lists", listed(before+2))
	second := string(k.Insert(konnektor.CardEGK, vsdmtest.Person(2)))
	require.Equal(t, second, <-done)
}

func TestCardsWatch(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	first := k.Insert(konnektor.CardEGK, vsdmtest.Person(1))
	var ev events
	type result struct {
		raw []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		raw, err := s.Stream(t.Context(), "cards.watch", []byte(`{"card_type":"EGK","poll_ms":200}`), ev.add)
		done <- result{raw, err}
	}()
	ev.wait(t, 1)
	second := k.Insert(konnektor.CardEGK, vsdmtest.Person(2))
	ev.wait(t, 2)
	_, err := k.Remove(first)
	require.NoError(t, err)
	ev.wait(t, 3)
	k.Disturb("GetCards", konnektortest.Disturbance{Replace: true, Status: 503}, -1)
	ev.wait(t, 4)
	k.Heal("GetCards")
	ev.wait(t, 5)
	require.NoError(t, s.Close())
	r := <-done
	require.Equal(t, operations.KindClosed, failure(t, r.err).Kind)
	require.Equal(t, []string{"card.present", "card.inserted", "card.removed", "konnektor.lost", "konnektor.back"}, ev.names())
	require.Equal(t, string(first), ev.list[0].Card.Handle)
	require.Equal(t, string(second), ev.list[1].Card.Handle)
	require.Equal(t, string(first), ev.list[2].Card.Handle)
	require.Equal(t, konnektor.KindHTTP, ev.list[3].Error.Kind)
	require.Equal(t, "Karte gesteckt: Gesundheitskarte", ev.list[1].TextDE)
}

func TestCardsWatchEnds(t *testing.T) {
	k := vsdKonnektor(t)
	s := open(t, k)
	ctx, pass := konnektortest.Deadline(t.Context())
	raw, err := s.Stream(ctx, "cards.watch", []byte(`{"timeout_ms":86400000}`), func([]byte) { pass() })
	require.NoError(t, err)
	require.JSONEq(t, `{"inserted":0,"removed":0}`, string(raw))

	k.Fail("GetCards", konnektor.CodeBadMandant, -1)
	e := fail(t, s, "cards.watch", `{"timeout_ms":60000}`)
	require.EqualValues(t, 4004, e.Code, "settings that are wrong do not heal by waiting")
}

// TestNoPatientInLogsOfVSD goes the whole way of a read, from the list of cards
// to the verdict, with a person of canary words: well, with data that cannot be
// read, and with faults that quote them. Neither handler's log, at the lowest
// level, nor an error nor an event has one of the words.
func TestNoPatientInLogsOfVSD(t *testing.T) {
	k := vsdKonnektor(t)
	p := vsdmtest.Canary()
	quote := strings.Join(vsdmtest.CanaryWords(), " ")
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	var out bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.LevelDebug - 100, AddSource: true}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, level), slog.NewJSONHandler(&out, level)} {
		log := slog.New(h)
		s, err := operations.Open(raw, log)
		require.NoError(t, err)
		report := func(e *operations.Error) {
			out.Write(e.JSON())
			out.WriteString(e.German() + e.Error())
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				fmt.Fprintf(&out, verb, e)
			}
			log.Error("failed", "err", e, "errs", []any{e})
		}
		swap := func(defects map[vsdmtest.Field]vsdmtest.Defect) {
			if old := k.Handle(konnektor.CardEGK); old != "" {
				_, err := k.Remove(old)
				require.NoError(t, err)
			}
			p.Defects = defects
			k.Insert(konnektor.CardEGK, p)
		}
		swap(nil)
		answer, err := s.Stream(t.Context(), "vsd.read", nil, func(event []byte) { out.Write(event) })
		require.NoError(t, err)
		require.Contains(t, string(answer), p.Last, "the data are there for those who ask")
		require.NotEmpty(t, readVSDReceipt(t, answer))
		for _, defect := range []vsdmtest.Defect{vsdmtest.Truncated, vsdmtest.OtherDocument, vsdmtest.BadBase64} {
			swap(map[vsdmtest.Field]vsdmtest.Defect{vsdmtest.PD: defect})
			report(fail(t, s, "vsd.read", ``))
		}
		swap(nil)
		for _, fault := range []*konnektortest.Fault{
			{Code: konnektor.CodeBadRequest, Detail: quote}, {Code: 20000, Detail: quote}, {Plain: quote},
		} {
			k.Disturb("ReadVSD", konnektortest.Disturbance{Fault: fault}, 1)
			report(fail(t, s, "vsd.read", ``))
		}
		require.NoError(t, s.Close())
	}
	require.Contains(t, out.String(), "ReadVSD")
	for _, word := range vsdmtest.CanaryWords() {
		require.NotContains(t, out.String(), word)
		require.NotContains(t, out.String(), fmt.Sprintf("%x", word))
	}
}

// readVSDReceipt is the receipt in an answer.
func readVSDReceipt(t *testing.T, answer []byte) string {
	t.Helper()
	var a vsdJSON
	require.NoError(t, json.Unmarshal(answer, &a))
	return a.Nachweis.Base64
}
