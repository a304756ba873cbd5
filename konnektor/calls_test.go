package konnektor_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

func TestCards(t *testing.T) {
	k, client := connect(t, konnektortest.Options{Empty: true})
	found, warning, err := client.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	require.Nil(t, warning)
	require.Empty(t, found, "no card is no fault")

	egk, err := k.InsertCard(konnektortest.Card{
		Type: konnektor.CardEGK, Terminal: "T1", Slot: 2, Holder: "Ärmel & Söhne <Test>", KVNR: "X110411675",
		Expires: time.Date(2031, 5, 31, 0, 0, 0, 0, time.UTC),
		Version: &konnektor.CardVersion{COS: "4.5.0", ObjectSystem: "4.4.1", Logging: "1.0.0"},
	})
	require.NoError(t, err)
	elsewhere, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardHBA, Terminal: "T2"})
	require.NoError(t, err)
	unreadable, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardUnknown, Terminal: "T1", Slot: 3})
	require.NoError(t, err)

	for name, c := range map[string]struct {
		filter konnektor.CardFilter
		want   []konnektor.CardHandle
	}{
		"of the workplace": {konnektor.CardFilter{}, []konnektor.CardHandle{egk, unreadable}},
		"of the Mandant":   {konnektor.CardFilter{MandantWide: true}, []konnektor.CardHandle{egk, elsewhere, unreadable}},
		"of a type":        {konnektor.CardFilter{Type: konnektor.CardEGK, MandantWide: true}, []konnektor.CardHandle{egk}},
		"in a terminal":    {konnektor.CardFilter{Terminal: "T1"}, []konnektor.CardHandle{egk, unreadable}},
		"in a slot":        {konnektor.CardFilter{Terminal: "T1", Slot: 2}, []konnektor.CardHandle{egk}},
		"in an empty slot": {konnektor.CardFilter{Terminal: "T1", Slot: 4}, nil},
		"of type SM-B":     {konnektor.CardFilter{Type: konnektor.CardSMB}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found, _, err := client.Cards(t.Context(), c.filter)
			require.NoError(t, err)
			var handles []konnektor.CardHandle
			for _, card := range found {
				handles = append(handles, card.Handle)
			}
			require.ElementsMatch(t, c.want, handles)
		})
	}

	found, _, err = client.Cards(t.Context(), konnektor.CardFilter{Terminal: "T1", Slot: 2})
	require.NoError(t, err)
	card, inserted := found[0], found[0].InsertTime
	require.WithinDuration(t, time.Now(), inserted, time.Minute)
	require.Equal(t, konnektor.Card{
		Handle: egk, Type: konnektor.CardEGK, ICCSN: card.ICCSN, Terminal: "T1", Slot: 2, InsertTime: inserted,
		Holder: "Ärmel & Söhne <Test>", KVNR: "X110411675",
		CertificateExpires: time.Date(2031, 5, 31, 0, 0, 0, 0, time.UTC),
		Version:            card.Version,
	}, card)
	require.Len(t, card.ICCSN, 20)
	require.Equal(t, "4.5.0", card.Version.COS)
	require.Equal(t, "4.4.1", card.Version.ObjectSystem)
	require.Equal(t, "1.0.0", card.Version.Logging)
}

func TestCardTerminals(t *testing.T) {
	model := konnektortest.DefaultModel()
	model.Terminals[1].Disconnected = true
	_, client := connect(t, konnektortest.Options{Model: model})
	near, _, err := client.CardTerminals(t.Context(), false)
	require.NoError(t, err)
	require.Len(t, near, 1)
	require.Equal(t, konnektor.Terminal{
		ID: "T1", Name: "Empfang", Product: near[0].Product, Workplaces: near[0].Workplaces,
		MAC: near[0].MAC, IP: "192.0.2.41", Slots: 4, Physical: true, Connected: true,
	}, near[0])
	require.Contains(t, near[0].Workplaces, "Arbeitsplatz1")
	require.NotEmpty(t, near[0].Product.FirmwareVersion)
	require.Regexp(t, `^([0-9A-F]{2}-){5}[0-9A-F]{2}$`, near[0].MAC)

	all, warning, err := client.CardTerminals(t.Context(), true)
	require.NoError(t, err)
	require.Nil(t, warning)
	require.Len(t, all, 2)
	for _, terminal := range all {
		if terminal.ID == "T2" {
			require.False(t, terminal.Connected)
			require.Zero(t, terminal.Product.InformationDate, "1970 means that there is none")
			require.Equal(t, "2001:db8::42", terminal.IP)
		}
	}
}

// TestOddTerminal has a terminal that was never connected, as seen in the
// field: product data empty, the year 1970, no address.
func TestOddTerminal(t *testing.T) {
	client := answers(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, envelopeHead+`<e:GetCardTerminalsResponse xmlns:e="http://ws.gematik.de/conn/EventService/v7.2">`+statusOK+
			`<c:CardTerminals xmlns:c="http://ws.gematik.de/conn/CardTerminalInfo/v8.0" xmlns:p="http://ws.gematik.de/int/version/ProductInformation/v1.1"`+
			` xmlns:m="http://ws.gematik.de/conn/CardServiceCommon/v2.0" xmlns:n="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><c:CardTerminal>`+
			`<p:ProductInformation><p:InformationDate>1970-01-01T00:00:00Z</p:InformationDate><p:ProductTypeInformation><p:ProductType/>`+
			`<p:ProductTypeVersion>0.0.0</p:ProductTypeVersion></p:ProductTypeInformation><p:ProductIdentification><p:ProductVendorID/><p:ProductCode/>`+
			`<p:ProductVersion><p:Local><p:HWVersion>0.0.0</p:HWVersion><p:FWVersion>0.0.0</p:FWVersion></p:Local></p:ProductVersion></p:ProductIdentification>`+
			`<p:ProductMiscellaneous><p:ProductVendorName/><p:ProductName/></p:ProductMiscellaneous></p:ProductInformation>`+
			`<m:CtId>T9</m:CtId><n:WorkplaceIds/><c:Name/><c:MacAddress>00-1B-B5-00-00-01</c:MacAddress><c:Slots>0</c:Slots>`+
			`<c:IS_PHYSICAL>0</c:IS_PHYSICAL><c:Connected>false</c:Connected></c:CardTerminal></c:CardTerminals></e:GetCardTerminalsResponse>`+envelopeTail)
	})
	terminals, _, err := client.CardTerminals(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, []konnektor.Terminal{{
		ID: "T9", MAC: "00-1B-B5-00-00-01",
		Product: konnektor.Product{TypeVersion: "0.0.0", HardwareVersion: "0.0.0", FirmwareVersion: "0.0.0"},
	}}, terminals)
}

func TestResource(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	k.SetOnline(konnektortest.SIS, false)
	require.NoError(t, k.SetState("EC_CardTerminal_Not_Available(T1)", true))
	r, warning, err := client.Resource(t.Context(), konnektor.ResourceQuery{})
	require.NoError(t, err)
	require.Nil(t, warning)
	require.Nil(t, r.Card)
	require.Nil(t, r.Terminal)
	require.True(t, r.Konnektor.TI.Online)
	require.False(t, r.Konnektor.SIS.Online)
	require.NotZero(t, r.Konnektor.SIS.Since)
	require.Greater(t, len(r.Konnektor.Operating), 20, "all conditions, active or not")
	active := map[string]string{}
	for _, state := range r.Konnektor.Operating {
		require.NotContains(t, state.Condition, "(")
		require.NotEmpty(t, state.Severity)
		require.NotEmpty(t, state.Type)
		if state.Active {
			active[state.Condition] = state.Parameter
			require.NotZero(t, state.Since)
		}
	}
	require.Equal(t, "T1", active["EC_CardTerminal_Not_Available"])

	smcb := k.Handle(konnektor.CardSMCB)
	r, _, err = client.Resource(t.Context(), konnektor.ResourceQuery{Card: smcb})
	require.NoError(t, err)
	require.Nil(t, r.Konnektor)
	require.Equal(t, konnektor.CardSMCB, r.Card.Type)

	byNumber, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{ICCSN: r.Card.ICCSN})
	require.NoError(t, err)
	require.Equal(t, smcb, byNumber.Card.Handle)

	bySlot, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{Terminal: r.Card.Terminal, Slot: r.Card.Slot})
	require.NoError(t, err)
	require.Equal(t, smcb, bySlot.Card.Handle)

	terminal, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{Terminal: "T1"})
	require.NoError(t, err)
	require.Equal(t, "Empfang", terminal.Terminal.Name)

	_, _, err = client.Resource(t.Context(), konnektor.ResourceQuery{ICCSN: "80276883119999999999"})
	require.Error(t, err)
	_, _, err = client.Resource(t.Context(), konnektor.ResourceQuery{Terminal: "T1", Slot: 3})
	require.Error(t, err)
}

func TestResourceNotThere(t *testing.T) {
	client := answers(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, envelopeHead+`<e:GetResourceInformationResponse xmlns:e="http://ws.gematik.de/conn/EventService/v7.2">`+
			statusOK+`</e:GetResourceInformationResponse>`+envelopeTail)
	})
	_, _, err := client.Resource(t.Context(), konnektor.ResourceQuery{})
	require.ErrorIs(t, err, konnektor.KindMalformed)
}

func TestPINStatus(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	smcb := k.Handle(konnektor.CardSMCB)
	status, warning, err := client.PINStatus(t.Context(), smcb, konnektor.PINSMC)
	require.NoError(t, err)
	require.Nil(t, warning)
	require.Equal(t, konnektor.PINVerified, status.State)

	require.NoError(t, k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerifiable, 2))
	status, _, err = client.PINStatus(t.Context(), smcb, konnektor.PINSMC)
	require.NoError(t, err)
	require.Equal(t, konnektor.PINVerifiable, status.State)
	require.Contains(t, []int{2, -1}, status.LeftTries, "the Konnektor may leave it out")

	_, _, err = client.PINStatus(t.Context(), smcb, "PIN.NONE")
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault)
}

// TestOddPINStatus has answers that leave out what the schema lets them.
func TestOddPINStatus(t *testing.T) {
	for body, want := range map[string]konnektor.PINStatus{
		`<c:PinStatus>BLOCKED</c:PinStatus>`:                                         {State: konnektor.PINBlocked, LeftTries: -1},
		`<c:PinStatus> VERIFIABLE </c:PinStatus><c:LeftTries>3</c:LeftTries>`:        {State: konnektor.PINVerifiable, LeftTries: 3},
		`<c:PinStatus>NEW_STATE</c:PinStatus>`:                                       {State: "NEW_STATE", LeftTries: -1},
		`<c:PinStatus>VERIFIABLE</c:PinStatus><c:LeftTries>2147483648</c:LeftTries>`: {State: konnektor.PINVerifiable, LeftTries: -1},
		`<c:PinStatus>VERIFIABLE</c:PinStatus><c:LeftTries>-1</c:LeftTries>`:         {State: konnektor.PINVerifiable, LeftTries: -1},
		`<c:LeftTries>3</c:LeftTries>`:                                               {},
	} {
		client := cardService(t, `<c:GetPinStatusResponse xmlns:c="http://ws.gematik.de/conn/CardService/v8.1">`+statusOK+body+`</c:GetPinStatusResponse>`)
		status, _, err := client.PINStatus(t.Context(), "h", konnektor.PINCH)
		if want == (konnektor.PINStatus{}) {
			require.ErrorIs(t, err, konnektor.KindMalformed)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, status)
	}
}

// cardService is a Client of a CardService with one answer.
func cardService(t testing.TB, message string) *konnektor.Client {
	t.Helper()
	address := answering(t, "HTTP/1.1 200 OK\r\n\r\n"+envelopeHead+message+envelopeTail)
	client, _ := serveDirectory(t, func(string) string {
		return directoryOf("CardService", "8.1.3", "http://"+address+"/ws", "")
	})
	return client
}

// TestOddCards has lists of cards as devices may send them.
func TestOddCards(t *testing.T) {
	card := func(inner string) string {
		return strings.Replace(noCards, `<CARD:Cards xmlns:CARD="http://ws.gematik.de/conn/CardService/v8.1"/>`,
			`<CARD:Cards xmlns:CARD="http://ws.gematik.de/conn/CardService/v8.1" xmlns:CONN="http://ws.gematik.de/conn/ConnectorCommon/v5.0"`+
				` xmlns:CC="http://ws.gematik.de/conn/CardServiceCommon/v2.0"><CARD:Card>`+inner+`</CARD:Card></CARD:Cards>`, 1)
	}
	for name, c := range map[string]struct {
		inner string
		want  konnektor.Card
	}{
		"unreadable": {`<CONN:CardHandle>h</CONN:CardHandle><CC:CardType>UNKNOWN</CC:CardType><CC:CtId>T1</CC:CtId><CC:SlotId>1</CC:SlotId>` +
			`<CARD:InsertTime>2026-11-21T10:00:00Z</CARD:InsertTime>`,
			konnektor.Card{Handle: "h", Type: konnektor.CardUnknown, Terminal: "T1", Slot: 1, InsertTime: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}},
		"a new type, other order, no zone": {`<CC:SlotId> 2 </CC:SlotId><CC:CtId>T1</CC:CtId><CC:CardType>EGK-NEO</CC:CardType>` +
			`<CARD:InsertTime>2026-11-21T10:00:00.123</CARD:InsertTime><CONN:CardHandle>h</CONN:CardHandle><CARD:New/>`,
			konnektor.Card{Handle: "h", Type: "EGK-NEO", Terminal: "T1", Slot: 2, InsertTime: time.Date(2026, 11, 21, 10, 0, 0, 123e6, time.UTC)}},
		"slot beyond all bounds": {`<CONN:CardHandle>h</CONN:CardHandle><CC:SlotId>4294967296</CC:SlotId>`, konnektor.Card{Handle: "h"}},
		"day with zone": {`<CONN:CardHandle>h</CONN:CardHandle><CARD:CertificateExpirationDate>2031-05-31+02:00</CARD:CertificateExpirationDate>`,
			konnektor.Card{Handle: "h", CertificateExpires: time.Date(2031, 5, 31, 0, 0, 0, 0, time.UTC)}},
	} {
		t.Run(name, func(t *testing.T) {
			client := answers(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, card(c.inner)) })
			found, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
			require.NoError(t, err)
			require.Equal(t, []konnektor.Card{c.want}, found)
		})
	}
}

// TestUnreadableOptionalValues has answers with optional values that are none: they
// count as absent, all else arrives, and the log names the element, not the value.
func TestUnreadableOptionalValues(t *testing.T) {
	var out bytes.Buffer
	s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) {
		cfg.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.Level(-100)}))
	})
	cards := written(t, "EventService-7.2", "GetCards.answer")
	cards = cards[strings.Index(cards, "<ns7:"):] // without its declaration
	list := func(message string) []konnektor.Card {
		t.Helper()
		s.says("GetCards", message)
		found, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
		require.NoError(t, err)
		require.Len(t, found, 2)
		return found
	}
	want := list(cards)
	require.NotZero(t, want[0].CertificateExpires)
	require.NotContains(t, out.String(), "unreadable")
	require.NotContains(t, out.String(), "WARN")

	want[0].CertificateExpires = time.Time{}
	out.Reset()
	require.Equal(t, want, list(strings.Replace(cards, "2029-12-31", canaryName, 1)))
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), `"level":"WARN","msg":"call","op":"GetCards"`)
	require.Contains(t, out.String(), `"unreadable":["CertificateExpirationDate"]`)
	require.NotContains(t, out.String(), canaryName)

	out.Reset()
	require.Equal(t, want, list(strings.Replace(cards, "2029-12-31", "", 1)))
	require.NotContains(t, out.String(), "unreadable", "nothing was said")

	s.says("GetCards", strings.Replace(cards, "2026-01-02T00:00:00", canaryName, 1))
	_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindMalformed, "one that must be there")
	require.NotContains(t, err.Error()+out.String(), canaryName)
}

// TestUnreadableWarning has a GERROR beside a result, of which something is no
// value of its type.
func TestUnreadableWarning(t *testing.T) {
	var out bytes.Buffer
	s, client := startStandIn(t, usualVersions, func(cfg *konnektor.Config) { cfg.Log = slog.New(slog.NewTextHandler(&out, nil)) })
	gerror := strings.Replace(gerrorOf("4093"), "2026-02-28T10:11:12Z", canaryName, 1)
	s.says("VerifyPin", strings.Replace(pinAnswer(`<m:PinResult>OK</m:PinResult>`), "<CONN:Result>OK</CONN:Result>", "<CONN:Result>Warning</CONN:Result>"+gerror, 1))
	got, warning, err := client.VerifyPIN(t.Context(), smcbPIN)
	require.NoError(t, err)
	require.True(t, got.OK())
	require.ErrorIs(t, warning, konnektor.CodeCardBusy)
	require.Contains(t, out.String(), "unreadable=[Timestamp]")
	require.NotContains(t, out.String(), canaryName)
}
