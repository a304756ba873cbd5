package operations_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
)

// patience is for what happens at once unless the computer is busy.
const patience = time.Minute

// eventually waits for what happens at once.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, patience, time.Millisecond, what)
}

// open opens a Session on a simulated Konnektor, from the JSON of its Config.
func open(t *testing.T, k *konnektortest.Konnektor) *operations.Session {
	t.Helper()
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	s, err := operations.Open(raw, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// fail calls an operation that must fail.
func fail(t *testing.T, s *operations.Session, name, request string) *operations.Error {
	t.Helper()
	answer, err := s.Call(t.Context(), name, []byte(request))
	require.Nil(t, answer)
	return failure(t, err)
}

// failLate calls an operation that must fail, and lets its deadline pass once ok.
func failLate(t *testing.T, s *operations.Session, name, request, what string, ok func() bool) *operations.Error {
	t.Helper()
	ctx, pass := konnektortest.Deadline(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := s.Call(ctx, name, []byte(request))
		done <- err
	}()
	eventually(t, what, ok)
	pass()
	return failure(t, <-done)
}

// failure checks what every failure has.
func failure(t *testing.T, err error) *operations.Error {
	t.Helper()
	var e *operations.Error
	require.ErrorAs(t, err, &e)
	require.True(t, json.Valid(e.JSON()), "%s", e.JSON())
	for _, s := range []string{e.Text, e.TextDE, string(e.Kind), string(e.Remedy)} {
		require.NotEmpty(t, s, "%s", e.JSON())
	}
	if e.Kind != konnektor.KindCancelled {
		require.NotEmpty(t, e.AdviceDE, "%s", e.JSON())
	}
	fitsType(t, "Error", e.JSON())
	return e
}

// fits holds an answer against its description.
func fits(t *testing.T, name string, answer []byte) {
	t.Helper()
	for _, o := range operations.Describe().Operations {
		if o.Name == name {
			fitsType(t, o.Answer, answer)
			return
		}
	}
	require.Fail(t, "no operation "+name)
}

// fitsType checks that an object has the required fields and no others than the
// described ones, each of its type.
func fitsType(t *testing.T, name string, raw []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	require.NoError(t, dec.Decode(&v))
	types := map[string]operations.Type{}
	for _, typ := range operations.Describe().Types {
		types[typ.Name] = typ
	}
	fitsObject(t, types, name, v)
}

func fitsObject(t *testing.T, types map[string]operations.Type, name string, v any) {
	t.Helper()
	typ, ok := types[name]
	require.True(t, ok, name)
	object, ok := v.(map[string]any)
	require.True(t, ok, "%s: no object", name)
	rest := len(object)
	for _, f := range typ.Fields {
		member, there := object[f.Name]
		if !there {
			require.False(t, f.Required, "%s.%s is missing", name, f.Name)
			continue
		}
		rest--
		fitsField(t, types, name+"."+f.Name, f, member)
	}
	require.Zero(t, rest, "%s has members that are not described", name)
}

func fitsField(t *testing.T, types map[string]operations.Type, at string, f operations.Field, v any) {
	t.Helper()
	switch f.Type {
	case operations.TypeString:
		require.IsType(t, "", v, at)
		if len(f.Enum) > 0 {
			require.Contains(t, f.Enum, v, at)
		}
	case operations.TypeInt64:
		require.IsType(t, json.Number(""), v, at)
		_, err := v.(json.Number).Int64()
		require.NoError(t, err, at)
	case operations.TypeBool:
		require.IsType(t, true, v, at)
	case operations.TypeObject:
		fitsObject(t, types, f.Of, v)
	case operations.TypeList:
		require.IsType(t, []any{}, v, at)
		for _, e := range v.([]any) {
			if _, object := types[f.Of]; object {
				fitsObject(t, types, f.Of, e)
			} else {
				fitsField(t, types, at, operations.Field{Type: f.Of}, e)
			}
		}
	}
}

func TestServices(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	var a struct {
		Product struct {
			FirmwareVersion string `json:"firmware_version"`
			VendorName      string `json:"vendor_name"`
		} `json:"product"`
		TLSMandatory bool `json:"tls_mandatory"`
		Services     []struct {
			Name        string `json:"name"`
			EndpointTLS string `json:"endpoint_tls"`
		} `json:"services"`
	}
	raw, err := s.Call(t.Context(), "services", nil)
	require.NoError(t, err)
	fits(t, "services", raw)
	require.NoError(t, json.Unmarshal(raw, &a))
	require.Equal(t, "5.50.3", a.Product.FirmwareVersion)
	require.NotEmpty(t, a.Product.VendorName)
	require.True(t, a.TLSMandatory)
	found := map[string]bool{}
	for _, v := range a.Services {
		found[v.Name] = true
		require.True(t, strings.HasPrefix(v.EndpointTLS, "https://127.0.0.1:"), v.EndpointTLS)
	}
	require.True(t, found["EventService"] && found["CardService"])

	before := k.Counters().Requests["connector.sds"]
	_, err = s.Call(t.Context(), "services", []byte(" "))
	require.NoError(t, err)
	require.Equal(t, before, k.Counters().Requests["connector.sds"], "from the cache")
	_, err = s.Call(t.Context(), "services", []byte(`{"reload":true}`))
	require.NoError(t, err)
	require.Equal(t, before+1, k.Counters().Requests["connector.sds"])
}

// cardJSON is what the tests look at.
type cardJSON struct {
	Handle     string `json:"handle"`
	Type       string `json:"type"`
	TypeDE     string `json:"type_de"`
	TerminalID string `json:"terminal_id"`
	Slot       int64  `json:"slot"`
	ICCSN      string `json:"iccsn"`
	Holder     string `json:"holder"`
	KVNR       string `json:"kvnr"`
	InsertTime string `json:"insert_time"`
}

// cards lists the cards that a request selects.
func cards(t *testing.T, s *operations.Session, request string) map[string]cardJSON {
	t.Helper()
	raw, err := s.Call(t.Context(), "cards", []byte(request))
	require.NoError(t, err)
	fits(t, "cards", raw)
	var a struct {
		Cards []cardJSON `json:"cards"`
	}
	require.NoError(t, json.Unmarshal(raw, &a))
	m := map[string]cardJSON{}
	for _, c := range a.Cards {
		m[c.Handle] = c
	}
	return m
}

// insertEGK inserts a card of a made-up person.
func insertEGK(t *testing.T, k *konnektortest.Konnektor) string {
	t.Helper()
	h, err := k.InsertCard(konnektortest.Card{
		Type: konnektor.CardEGK, Holder: "Erika Testperson", KVNR: "X000000001",
	})
	require.NoError(t, err)
	return string(h)
}

func TestCards(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	egk := insertEGK(t, k)
	c := cards(t, s, `{"card_type":"EGK"}`)
	require.Len(t, c, 1)
	require.Equal(t, "Gesundheitskarte", c[egk].TypeDE)
	require.Equal(t, "Erika Testperson", c[egk].Holder)
	require.Equal(t, "X000000001", c[egk].KVNR)
	_, err := time.Parse(time.RFC3339, c[egk].InsertTime)
	require.NoError(t, err)

	require.Len(t, cards(t, s, `{}`), 3, "the SMC-B and the terminal's own card, too")
	require.Empty(t, cards(t, s, `{"terminal_id":"T1","slot":3}`))
	in := cards(t, s, `{"terminal_id":"`+c[egk].TerminalID+`"}`)
	require.Contains(t, in, egk)

	smcb := string(k.Handle(konnektor.CardSMCB))
	require.Equal(t, "Praxisausweis (SMC-B)", cards(t, s, `{"card_type":"SM-B"}`)[smcb].TypeDE)
}

func TestNoCardsIsAnEmptyList(t *testing.T) {
	s := open(t, konnektortest.NewWith(t, konnektortest.Options{Empty: true}))
	raw, err := s.Call(t.Context(), "cards", nil)
	require.NoError(t, err)
	require.JSONEq(t, `{"cards":[]}`, string(raw))
}

func TestCard(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	egk := insertEGK(t, k)
	want := cards(t, s, `{"card_type":"EGK"}`)[egk]
	place, err := json.Marshal(map[string]any{"terminal_id": want.TerminalID, "slot": want.Slot})
	require.NoError(t, err)
	for name, request := range map[string]string{
		"by handle": `{"card_handle":"` + egk + `"}`,
		"by ICCSN":  `{"iccsn":"` + want.ICCSN + `"}`,
		"by place":  string(place),
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := s.Call(t.Context(), "card", []byte(request))
			require.NoError(t, err)
			fits(t, "card", raw)
			var a struct {
				Card cardJSON `json:"card"`
			}
			require.NoError(t, json.Unmarshal(raw, &a))
			require.Equal(t, want, a.Card)
		})
	}
	for name, request := range map[string]string{
		"nothing":          `{}`,
		"two ways":         `{"card_handle":"` + egk + `","iccsn":"` + want.ICCSN + `"}`,
		"slot alone":       `{"slot":1}`,
		"terminal alone":   `{"terminal_id":"T1"}`,
		"handle and place": `{"card_handle":"` + egk + `","slot":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, konnektor.KindRequest, fail(t, s, "card", request).Kind)
		})
	}
	_, err = k.Remove(konnektor.CardHandle(egk))
	require.NoError(t, err)
	e := fail(t, s, "card", `{"card_handle":"`+egk+`"}`)
	require.Equal(t, operations.KindKonnektor, e.Kind)
	require.NotZero(t, e.Code)
}

func TestTerminals(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	type terminal struct {
		ID         string   `json:"id"`
		Name       string   `json:"name"`
		Connected  bool     `json:"connected"`
		IP         string   `json:"ip"`
		Workplaces []string `json:"workplaces"`
	}
	list := func(request string) map[string]terminal {
		raw, err := s.Call(t.Context(), "terminals", []byte(request))
		require.NoError(t, err)
		fits(t, "terminals", raw)
		var a struct {
			Terminals []terminal `json:"terminals"`
		}
		require.NoError(t, json.Unmarshal(raw, &a))
		m := map[string]terminal{}
		for _, c := range a.Terminals {
			m[c.ID] = c
		}
		return m
	}
	own := list(``)
	require.Len(t, own, 1)
	require.Equal(t, "Empfang", own["T1"].Name)
	require.Equal(t, "192.0.2.41", own["T1"].IP)
	require.True(t, own["T1"].Connected)
	require.Contains(t, own["T1"].Workplaces, "Arbeitsplatz1")
	require.Len(t, list(`{"mandant_wide":true}`), 2)

	require.NoError(t, k.SetConnected("T1", false))
	raw, err := s.Call(t.Context(), "terminal", []byte(`{"terminal_id":"T1"}`))
	require.NoError(t, err)
	fits(t, "terminal", raw)
	var a struct {
		Terminal terminal `json:"terminal"`
	}
	require.NoError(t, json.Unmarshal(raw, &a))
	require.Equal(t, "T1", a.Terminal.ID)
	require.False(t, a.Terminal.Connected)

	require.Equal(t, "terminal_id", fail(t, s, "terminal", `{}`).Field)
	require.Equal(t, "terminal_id", fail(t, s, "terminal", `{"terminal_id":""}`).Field)
	e := fail(t, s, "terminal", `{"terminal_id":"T9"}`)
	require.Equal(t, operations.KindKonnektor, e.Kind)
}

func TestState(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	type state struct {
		SummaryDE string `json:"summary_de"`
		TI        struct {
			Online bool `json:"online"`
		} `json:"ti"`
		Operating []struct {
			Condition string `json:"condition"`
			Parameter string `json:"parameter"`
			TextDE    string `json:"text_de"`
			Active    bool   `json:"active"`
		} `json:"operating"`
	}
	get := func(request string) (a state) {
		raw, err := s.Call(t.Context(), "state", []byte(request))
		require.NoError(t, err)
		fits(t, "state", raw)
		require.NoError(t, json.Unmarshal(raw, &a))
		return a
	}
	k.SetOnline(konnektortest.SIS, true)
	a := get(`{}`)
	require.Equal(t, "Der Konnektor ist mit der Telematikinfrastruktur verbunden und meldet keine Störung.", a.SummaryDE)
	require.Greater(t, len(a.Operating), 30)
	for _, o := range a.Operating {
		assert.NotEqual(t, o.Condition, o.TextDE, "%s has no German text", o.Condition)
	}
	require.Empty(t, get(`{"only_active":true}`).Operating)

	k.SetOnline(konnektortest.TI, false)
	require.NoError(t, k.SetState("EC_CardTerminal_Not_Available(T2)", true))
	a = get(`{"only_active":true}`)
	require.False(t, a.TI.Online)
	require.Equal(t, "Der Konnektor ist nicht mit der Telematikinfrastruktur verbunden und meldet Fehler.", a.SummaryDE)
	found := map[string]string{}
	for _, o := range a.Operating {
		require.True(t, o.Active)
		found[o.TextDE] = o.Parameter
	}
	require.Equal(t, map[string]string{"Keine Verbindung zur TI": "", "Kartenterminal nicht erreichbar": "T2"}, found)

	require.NoError(t, k.SetState("EC_NK_Certificate_Expiring", true))
	require.NoError(t, k.SetState("EC_CRL_Out_Of_Date", true))
	require.Contains(t, get(``).SummaryDE, "kritischen Zustand")
}

func TestPINStatus(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	type pin struct {
		CardHandle string `json:"card_handle"`
		CardType   string `json:"card_type"`
		PINType    string `json:"pin_type"`
		State      string `json:"state"`
		StateDE    string `json:"state_de"`
		LeftTries  int64  `json:"left_tries"`
		AdviceDE   string `json:"advice_de"`
	}
	get := func(request string) []pin {
		raw, err := s.Call(t.Context(), "pin.status", []byte(request))
		require.NoError(t, err)
		fits(t, "pin.status", raw)
		var a struct {
			PINs []pin `json:"pins"`
		}
		require.NoError(t, json.Unmarshal(raw, &a))
		return a.PINs
	}
	egk := insertEGK(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	all := get(``)
	require.Len(t, all, 1, "the patient's PIN is not asked for")
	require.Equal(t, string(smcb), all[0].CardHandle)
	require.Equal(t, "SMC-B", all[0].CardType)
	require.Equal(t, "PIN.SMC", all[0].PINType)
	require.Equal(t, "VERIFIED", all[0].State)
	require.Equal(t, "freigeschaltet", all[0].StateDE)
	require.Empty(t, all[0].AdviceDE)

	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINBlocked, 0))
	all = get(`{"card_handle":"` + string(smcb) + `"}`)
	require.Equal(t, "BLOCKED", all[0].State)
	require.NotEmpty(t, all[0].AdviceDE)
	require.Equal(t, all[0].State, get(`{"card_handle":"` + string(smcb) + `","pin_type":"PIN.SMC"}`)[0].State)

	require.Equal(t, "PIN.CH", get(`{"card_handle":"` + egk + `"}`)[0].PINType)
	require.Equal(t, konnektor.KindNotInserted, fail(t, s, "pin.status", `{"card_handle":"none"}`).Kind)
	require.Equal(t, "pin_type", fail(t, s, "pin.status", `{"pin_type":"PIN.CH"}`).Field)
}

func TestFaultBecomesADocument(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Disturb("GetCardTerminals", konnektortest.Disturbance{Fault: &konnektortest.Fault{
		Code: konnektor.CodeBadMandant, Detail: "canary in the detail",
		Vendor: []konnektor.Trace{{Code: 41999, ErrorText: "vendor\u0085 text", CompType: "Konnektor", Severity: "Error", ErrorType: "Technical"}},
	}}, 1)
	e := fail(t, s, "terminals", ``)
	require.Equal(t, "terminals", e.Op)
	require.Equal(t, operations.KindKonnektor, e.Kind)
	require.EqualValues(t, 4004, e.Code)
	require.Equal(t, "GetCardTerminals", e.SOAPOp)
	require.EqualValues(t, 500, e.HTTPStatus)
	require.Equal(t, konnektor.RemedyAdmin, e.Remedy)
	require.False(t, e.Repeatable)
	require.Len(t, e.Trace, 2)
	require.EqualValues(t, 41999, e.Trace[0].Code)
	require.EqualValues(t, 4004, e.Trace[1].Code)
	require.Contains(t, e.TextDE, "Der Mandant ist am Konnektor nicht bekannt.")
	require.Contains(t, e.TextDE, "4004")
	require.Contains(t, e.German(), "\nWas tun: ")
	require.ErrorIs(t, e, konnektor.CodeBadMandant)
	require.NotContains(t, string(e.JSON())+e.German(), "canary")
	require.Equal(t, "vendor  text", e.Trace[0].ErrorText)
}

func TestUnknownVendorCode(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Disturb("GetCards", konnektortest.Disturbance{Replace: true, Status: 500, Body: []byte(`<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><faultcode>S:Server</faultcode><faultstring>x</faultstring><detail><Error xmlns="http://ws.gematik.de/tel/error/v2.0"><MessageID>1</MessageID><Timestamp>2026-01-31T08:00:00Z</Timestamp><Trace><EventID>1</EventID><Instance>i</Instance><LogReference>l</LogReference><CompType>Konnektor</CompType><Code>40999</Code><Severity>Error&#x9B;1m</Severity><ErrorType>Technical</ErrorType><ErrorText>Lüfter klemmt</ErrorText></Trace></Error></detail></S:Fault></S:Body></S:Envelope>`)}, 1)
	e := fail(t, s, "cards", ``)
	require.EqualValues(t, 40999, e.Code)
	require.Equal(t, "Der Konnektor meldet: Lüfter klemmt (Fehler 40999)", e.TextDE)
	require.Equal(t, "Error 1m", e.Trace[0].Severity, "no control characters for a terminal")
	require.Equal(t, konnektor.RemedyAdmin, e.Remedy)
}

// Whatever goes wrong between us and the Konnektor has a kind of its own.
func TestKinds(t *testing.T) {
	k := konnektortest.New(t)
	raw := func(change func(*konnektor.Config)) []byte {
		cfg := k.Config()
		change(&cfg)
		b, err := json.Marshal(cfg)
		require.NoError(t, err)
		return b
	}
	for name, c := range map[string]struct {
		change func(*konnektor.Config)
		want   konnektor.Kind
	}{
		"closed port": {func(c *konnektor.Config) { c.URL = "https://127.0.0.1:1" }, konnektor.KindUnreachable},
		"wrong name":  {func(c *konnektor.Config) { c.Trust.ServerName = "example.invalid" }, konnektor.KindCertificateName},
		"wrong pin": {func(c *konnektor.Config) {
			c.Trust = konnektor.Trust{CertificateSHA256: []string{strings.Repeat("00", 32)}}
		}, konnektor.KindCertificate},
		"plain http": {func(c *konnektor.Config) { c.URL = strings.Replace(k.PlainURL(), "http:", "https:", 1) }, konnektor.KindNoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := operations.Open(raw(c.change), nil)
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close()) }()
			_, err = s.Call(t.Context(), "cards", nil)
			e := failure(t, err)
			require.Equal(t, c.want, e.Kind, "%s", e.JSON())
			require.Zero(t, e.Code)
		})
	}
	s := open(t, k)
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, -1)
	e := fail(t, s, "cards", `{"timeout_ms":50}`)
	require.Equal(t, konnektor.KindTimeout, e.Kind)
	require.True(t, e.Repeatable)
	k.Heal("GetCards")
	k.Disturb("GetCards", konnektortest.Disturbance{Replace: true, Status: 503}, 1)
	e = fail(t, s, "cards", ``)
	require.Equal(t, konnektor.KindHTTP, e.Kind)
	require.EqualValues(t, 503, e.HTTPStatus)
}

func TestOpenRefuses(t *testing.T) {
	for name, config := range map[string]string{
		"nothing":          ``,
		"null":             `null`,
		"no JSON":          `url=https://192.0.2.7`,
		"a list":           `[]`,
		"no address":       `{}`,
		"unknown field":    `{"url":"https://192.0.2.7","passwort":"secret"}`,
		"wrong type":       `{"url":"https://192.0.2.7","auth":{"password":17}}`,
		"no trust":         `{"url":"https://192.0.2.7"}`,
		"a missing file":   `{"url":"https://192.0.2.7","trust":{"cas_file":"/nonexistent"}}`,
		"two objects":      `{"url":"http://192.0.2.7"}{}`,
		"very long":        `{"url":"` + strings.Repeat("x", 2<<20) + `"}`,
		"deep":             strings.Repeat(`{"trust":`, 20_000),
		"password in text": `{"url":"https://192.0.2.7","timeout":"secret"}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := operations.Open([]byte(config), nil)
			require.Nil(t, s)
			e := failure(t, err)
			require.Equal(t, konnektor.KindConfig, e.Kind, "%s", e.JSON())
			require.Equal(t, "open", e.Op)
			require.NotContains(t, string(e.JSON()), "secret")
			require.Less(t, len(e.JSON()), 2000)
		})
	}
}

// closedPort is a Session that reaches nobody.
func closedPort(t testing.TB) *operations.Session {
	t.Helper()
	s, err := operations.Open([]byte(`{"url":"http://127.0.0.1:1","call":{"mandant_id":"m","client_system_id":"c","workplace_id":"w"}}`), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestHostileCalls(t *testing.T) {
	s := closedPort(t)
	for name, c := range map[string]struct {
		op, request string
		want        konnektor.Kind
	}{
		"unknown operation":    {"certs.list", `{}`, operations.KindUnknownOperation},
		"no name":              {"", `{}`, operations.KindUnknownOperation},
		"a name full of bytes": {"\x00\xff", `{}`, operations.KindUnknownOperation},
		"a long name":          {strings.Repeat("cards", 1<<20), `{}`, operations.KindUnknownOperation},
		"nothing is enough":    {"cards", ``, konnektor.KindUnreachable},
		"white space":          {"cards", " \n", konnektor.KindUnreachable},
		"null":                 {"cards", `null`, konnektor.KindRequest},
		"no JSON":              {"cards", `cards`, konnektor.KindRequest},
		"zero bytes":           {"cards", "\x00\x00", konnektor.KindRequest},
		"deep lists":           {"cards", strings.Repeat("[", 60_000), konnektor.KindRequest},
		"deep objects":         {"cards", strings.Repeat(`{"slot":`, 8_000), konnektor.KindRequest},
		"unknown field":        {"cards", `{"cardtype":"EGK"}`, konnektor.KindRequest},
		"wrong type":           {"cards", `{"slot":"1"}`, konnektor.KindRequest},
		"unknown value":        {"cards", `{"card_type":"eGK"}`, konnektor.KindRequest},
		"no time":              {"cards", `{"timeout_ms":-1}`, konnektor.KindRequest},
		"number without end":   {"cards", `{"slot":` + strings.Repeat("1", 60_000) + `}`, konnektor.KindRequest},
		"100 MB":               {"cards", `{"terminal_id":"` + strings.Repeat("x", 100<<20) + `"}`, konnektor.KindRequest},
	} {
		t.Run(name, func(t *testing.T) {
			e := fail(t, s, c.op, c.request)
			require.Equal(t, c.want, e.Kind, "%.300s", e.JSON())
			require.Less(t, len(e.JSON()), 2000)
		})
	}
}

func TestValuesThatTheWireCannotCarry(t *testing.T) {
	s := open(t, konnektortest.New(t))
	for name, c := range map[string]struct{ op, request string }{
		"control characters": {"cards", `{"terminal_id":"\u0000"}`},
		"a long handle":      {"pin.status", `{"card_handle":"` + strings.Repeat("x", 200) + `","pin_type":"PIN.CH"}`},
		"a long terminal":    {"terminal", `{"terminal_id":"` + strings.Repeat("x", 200) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, konnektor.KindRequest, fail(t, s, c.op, c.request).Kind)
		})
	}
}

func TestClose(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, -1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, err := s.Call(t.Context(), "cards", nil)
			var e *operations.Error
			if assert.ErrorAs(t, err, &e) {
				assert.Equal(t, operations.KindClosed, e.Kind, "%s", e.JSON())
			}
		})
	}
	eventually(t, "all hang", func() bool { return k.Counters().Requests["GetCards"] == 4 })
	require.NoError(t, s.Close())
	wg.Wait()
	require.NoError(t, s.Close())
	require.Equal(t, operations.KindClosed, fail(t, s, "cards", ``).Kind)
}

func TestCancel(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	k.Disturb("GetCards", konnektortest.Disturbance{Hang: true}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := s.Call(ctx, "cards", nil)
		done <- err
	}()
	eventually(t, "it hangs", func() bool { return k.Counters().Requests["GetCards"] == 1 })
	cancel()
	e := failure(t, <-done)
	require.Equal(t, konnektor.KindCancelled, e.Kind)
	require.Equal(t, "Der Vorgang wurde abgebrochen.", e.German())
	require.NotEmpty(t, cards(t, s, ``), "the session is well afterwards")
}

func TestConcurrentCalls(t *testing.T) {
	k := konnektortest.New(t)
	s := open(t, k)
	var wg sync.WaitGroup
	for _, name := range []string{"services", "cards", "terminals", "state", "pin.status"} {
		for range 4 {
			wg.Go(func() {
				for range 5 {
					_, err := s.Call(t.Context(), name, nil)
					assert.NoError(t, err)
				}
			})
		}
	}
	wg.Wait()
}

// No patient gets into logs and errors.
func TestNoPatientInLogsAndErrors(t *testing.T) {
	k := konnektortest.New(t)
	insertEGK(t, k)
	raw, err := json.Marshal(k.Config())
	require.NoError(t, err)
	var log bytes.Buffer
	level := &slog.HandlerOptions{Level: slog.LevelDebug - 100}
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, level), slog.NewJSONHandler(&log, level)} {
		s, err := operations.Open(raw, slog.New(h))
		require.NoError(t, err)
		require.Len(t, cards(t, s, `{"card_type":"EGK"}`), 1)
		k.Disturb("GetCards", konnektortest.Disturbance{Fault: &konnektortest.Fault{Code: 4045, Detail: "Erika Testperson X000000001"}}, 1)
		e := fail(t, s, "cards", ``)
		for _, c := range []string{"Testperson", "X000000001"} {
			require.NotContains(t, string(e.JSON())+e.German()+e.Error(), c)
		}
		require.NoError(t, s.Close())
	}
	require.NotEmpty(t, log.String())
	for _, c := range []string{"Testperson", "X000000001"} {
		require.NotContains(t, log.String(), c)
	}
}

func TestNewError(t *testing.T) {
	require.Equal(t, operations.KindInternal, operations.NewError("cards", errors.New("anything")).Kind)
	require.Equal(t, konnektor.KindTimeout, operations.NewError("cards", context.DeadlineExceeded).Kind)
	require.Equal(t, konnektor.KindCancelled, operations.NewError("cards", context.Canceled).Kind)
	once := operations.NewError("cards", konnektor.KindNotInserted)
	require.Same(t, once, operations.NewError("vsd.read", once))
	odd := operations.NewError("cards", &konnektor.Error{Op: "GetCards"})
	failure(t, odd)
	require.Equal(t, operations.KindInternal, odd.Kind)
}
