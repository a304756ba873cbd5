package konnektor_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// eventOf writes an event with keys and values in turn.
func eventOf(topic string, parameters ...string) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><EVT:Event xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2"><EVT:Topic>` + topic +
		`</EVT:Topic><EVT:Type>Operation</EVT:Type><EVT:Severity>Warning</EVT:Severity><EVT:SubscriptionID>sub-1</EVT:SubscriptionID><EVT:Message>`)
	for i := 0; i+1 < len(parameters); i += 2 {
		b.WriteString(`<EVT:Parameter><EVT:Key>` + parameters[i] + `</EVT:Key><EVT:Value>` + parameters[i+1] + `</EVT:Value></EVT:Parameter>`)
	}
	b.WriteString(`</EVT:Message></EVT:Event>`)
	return []byte(b.String())
}

func parseEvent(t testing.TB, topic string, parameters ...string) *konnektor.Event {
	t.Helper()
	e, err := konnektor.ParseEvent(eventOf(topic, parameters...))
	require.NoError(t, err)
	return &e
}

// guideEvent is the example of gemILF_PS V2.17.0, 4.1.4.1, with its namespace of
// v7.0, its topic in another case and its time that is no xs:dateTime.
var guideEvent = bytes.ReplaceAll(eventOf("Card/Inserted",
	"CardHandle", "c123456789123456789", "CardType", "EGK", "CardVersion", "2.2.1", "ICCSN", "80276123451234567810",
	"CtID", "101", "SlotID", "101", "InsertTime", "2017-12-01T10:08:44:20", "CardHolderName", " Muster ", "KVNR", "A123456789"),
	[]byte("EventService/v7.2"), []byte("EventService/v7.0"))

func TestCardEvent(t *testing.T) {
	e, err := konnektor.ParseEvent(guideEvent)
	require.NoError(t, err)
	require.Equal(t, "Card/Inserted", e.Topic)
	require.Equal(t, konnektor.EventOperation, e.Type)
	require.Equal(t, konnektor.SeverityWarning, e.Severity)
	require.Equal(t, "sub-1", e.SubscriptionID)
	require.Equal(t, "CardHandle", e.Parameters[0].Key)
	require.Equal(t, " Muster ", string(e.Parameters[7].Value), "raw values stay as they are")
	c, ok := e.Card()
	require.True(t, ok)
	require.True(t, c.Inserted)
	require.Equal(t, "2.2.1", c.Version)
	inserted := c.Card.InsertTime
	require.Equal(t, "2017-12-01T10:08:44.2", inserted.Format("2006-01-02T15:04:05.9"))
	c.Card.InsertTime = time.Time{}
	require.Equal(t, konnektor.Card{
		Handle: "c123456789123456789", Type: konnektor.CardEGK, ICCSN: "80276123451234567810", Terminal: "101", Slot: 101,
		Holder: "Muster", KVNR: "A123456789",
	}, c.Card)
}

func TestRemovedCardEvent(t *testing.T) {
	for _, key := range []string{"CardType", "Type"} {
		c, ok := parseEvent(t, "CARD/REMOVED", "CardHandle", "h", key, "KVK", "SlotID", "x").Card()
		require.True(t, ok)
		require.False(t, c.Inserted)
		require.Equal(t, konnektor.CardKVK, c.Card.Type)
		require.Zero(t, c.Card.Slot)
	}
	c, ok := parseEvent(t, "CARD/INSERTED", "CardHandle", "h", "CertExpirationDate", "2027-03-01").Card()
	require.True(t, ok)
	require.Equal(t, konnektor.CardUnknown, c.Card.Type)
	require.Equal(t, time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), c.Card.CertificateExpires)
	_, ok = parseEvent(t, "CARD/INSERTED", "cardhandle", "h").Card()
	require.False(t, ok, "the case of keys counts")
	_, ok = parseEvent(t, "CARD/PIN/VERIFY", "CardHandle", "h").Card()
	require.False(t, ok)
}

func TestTypedEvents(t *testing.T) {
	s, ok := parseEvent(t, "operational_state/EC_CardTerminal_Not_Available(CT_ID_0176)", "Value", "true", "Bedeutung", "fehlt").State()
	require.True(t, ok)
	require.Equal(t, konnektor.StateEvent{
		State: konnektor.OperatingState{
			Condition: "EC_CardTerminal_Not_Available", Parameter: "CT_ID_0176", Severity: "Warning", Type: "Operation", Active: true,
		},
		Meaning: "fehlt",
	}, s)
	s, ok = parseEvent(t, "OPERATIONAL_STATE/EC_CardTerminal_Not_Available/T1", "value", "0").State()
	require.True(t, ok)
	require.Equal(t, "T1", s.State.Parameter)
	require.False(t, s.State.Active)
	s, ok = parseEvent(t, "OPERATIONAL_STATE/EC_CardTerminal_Not_Available", "Value", "false", "CtID", "T2").State()
	require.True(t, ok)
	require.Equal(t, "T2", s.State.Parameter)
	_, ok = parseEvent(t, "OPERATIONAL_STATE/EC_LOG_OVERFLOW").State()
	require.False(t, ok, "it does not say whether the state holds")

	v, ok := parseEvent(t, "NETWORK/VPN_TI/UP").VPN()
	require.True(t, ok)
	require.Equal(t, konnektor.VPNEvent{Tunnel: "TI", Up: true}, v)
	v, ok = parseEvent(t, "Network/Vpn_Sis/Down/").VPN()
	require.True(t, ok)
	require.Equal(t, konnektor.VPNEvent{Tunnel: "SIS"}, v)

	to, ok := parseEvent(t, "CARD/SESSION/TIMEOUT", "CardType", "EGK", "SessionID", "s", "Timer", "300").SessionTimeout()
	require.True(t, ok)
	require.Equal(t, konnektor.SessionTimeout{CardType: konnektor.CardEGK, SessionID: "s", Timer: "300"}, to)

	c, ok := parseEvent(t, "CERT/CARD/STATUS", "CARD_TYPE", "SMC-B", "ICCSN", "80276883110000000011", "CARD_HANDLE", "h",
		"CardHolderName", "Praxis", "CertName", "C.OSIG", "ExpirationDate", "2026-12-24T00:00:00Z", "CARD_CERTSTATUS", "x").Certificate()
	require.True(t, ok)
	require.Equal(t, "C.OSIG", c.Certificate)
	require.Equal(t, 2026, c.Expires.Year())
	require.Equal(t, konnektor.Name("Praxis"), c.Holder)

	p, ok := parseEvent(t, "VSDM/PROGRESS/ReadVSD", "CardHandle", "h", "CtID", "T1").VSDMProgress()
	require.True(t, ok)
	require.Equal(t, "READVSD", p.Step)
	require.Equal(t, konnektor.CardHandle("h"), p.Card.Handle)

	g, ok := parseEvent(t, "SMC_K/REGISTER/ERROR", "Fail", "No_Smcb").GSMCK()
	require.True(t, ok)
	require.Equal(t, konnektor.GSMCKEvent{Step: "REGISTER", Fail: "No_Smcb"}, g)
	g, ok = parseEvent(t, "SMC_K/UPDATE/SUCCESS").GSMCK()
	require.True(t, ok)
	require.True(t, g.OK)

	require.True(t, parseEvent(t, "BOOTUP/BOOTUP_COMPLETE").Bootup())
	require.False(t, parseEvent(t, "BOOTUPS").Bootup())
}

// TestOpaqueEvents has topics whose parameters are not known: no view claims
// them.
func TestOpaqueEvents(t *testing.T) {
	for _, topic := range []string{"KSR/UPDATES_AVAILABLE", "CARD/PIN/VERIFY_STARTED", "CT/CONNECTED", "SIG/SIGNDOC/START", "FM_EPA/ACTIVATE_ACCOUNT/START",
		"CARDS/INSERTED", "NETWORK/VPN_TI", "NETWORK/LAN/UP", "SMC_K/UPDATE", "VSDM/PROGRESS", "OPERATIONAL_STATE", "/X/"} {
		e := parseEvent(t, topic, "A", "1", "A", "2")
		_, card := e.Card()
		_, state := e.State()
		_, vpn := e.VPN()
		_, progress := e.VSDMProgress()
		_, gsmck := e.GSMCK()
		_, timeout := e.SessionTimeout()
		_, certificate := e.Certificate()
		require.False(t, card || state || vpn || progress || gsmck || timeout || certificate || e.Bootup(), topic)
		require.Equal(t, []konnektor.Parameter{{Key: "A", Value: "1"}, {Key: "A", Value: "2"}}, e.Parameters)
		first, ok := e.Value("A")
		require.True(t, ok)
		require.Equal(t, "1", first)
		require.True(t, e.Is(strings.ToLower(topic)))
	}
}

func TestBadEvents(t *testing.T) {
	good := string(eventOf("CARD/INSERTED", "K", "V"))
	for name, doc := range map[string]string{
		"empty": "", "no XML": "hello", "cut": good[:len(good)-4], "another element": "<a/>", "two": good + "<a/>",
		"no topic": strings.Replace(good, "CARD/INSERTED", " / ", 1), "doctype": "<!DOCTYPE a [<!ENTITY b 'c'>]>" + good,
		"many": strings.Replace(good, "</EVT:Message>", strings.Repeat("<EVT:Parameter><EVT:Key>k</EVT:Key><EVT:Value/></EVT:Parameter>", 1000)+"</EVT:Message>", 1),
	} {
		_, err := konnektor.ParseEvent([]byte(doc))
		require.ErrorIs(t, err, konnektor.ErrEvent, name)
	}
	_, err := konnektor.ParseEvent([]byte("<!DOCTYPE a>" + good))
	require.ErrorIs(t, err, wire.ErrForbidden)
}

// TestNoPatientInEvents prints and logs events with canary words in every way.
func TestNoPatientInEvents(t *testing.T) {
	e := parseEvent(t, "CARD/INSERTED", "CardHandle", "h", "CardHolderName", canaryName, "KVNR", canaryKVNR, "Unheard", canaryName)
	card, ok := e.Card()
	require.True(t, ok)
	require.Equal(t, canaryName, string(card.Card.Holder), "the value is there for those who ask")
	certificate, _ := parseEvent(t, "CERT/CARD/STATUS", "CardHolderName", canaryName).Certificate()
	progress, _ := parseEvent(t, "VSDM/PROGRESS/UPDATE", "CardHolderName", canaryName, "KVNR", canaryKVNR).VSDMProgress()
	_, broken := konnektor.ParseEvent([]byte(strings.Replace(string(eventOf(canaryName, canaryName, canaryKVNR)), "</EVT:Value>", "&"+canaryName, 1)))
	require.Error(t, broken)
	var out bytes.Buffer
	for _, h := range handlers(&out) {
		log := slog.New(h)
		careless(t, &out, log, *e, e, []konnektor.Event{*e}, e.Parameters, e.Parameters[1], card, &card, certificate, progress, broken,
			konnektor.Notice{Event: e}, &konnektor.Notice{Event: e}, konnektor.CardChange{Card: card.Card},
			map[string]konnektor.Event{"e": *e}, struct{ E *konnektor.Event }{e})
	}
	require.Contains(t, out.String(), "CARD/INSERTED")
	for _, canary := range []string{canaryName, canaryKVNR, fmt.Sprintf("%x", canaryName), fmt.Sprintf("%X", canaryKVNR)} {
		i := strings.Index(out.String(), canary)
		require.Negative(t, i, "%q in: %s", canary, out.String()[max(i-200, 0):max(i, 0)])
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(guideEvent)
	f.Add(eventOf("OPERATIONAL_STATE/EC_X(T1)", "Value", "true"))
	f.Add(eventOf("NETWORK/VPN_TI/UP"))
	f.Add(eventOf("SMC_K/UPDATE/ERROR", "Fail", "Date"))
	f.Add([]byte("<Event><Topic>a</Topic></Event>"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, err := konnektor.ParseEvent(doc)
		if err != nil {
			require.ErrorIs(t, err, konnektor.ErrEvent)
			return
		}
		require.NotEmpty(t, strings.Trim(e.Topic, "/"))
		require.True(t, e.Is(e.Topic))
		if c, ok := e.Card(); ok {
			require.NotEmpty(t, c.Card.Handle)
			require.GreaterOrEqual(t, c.Card.Slot, 0)
		}
		if s, ok := e.State(); ok {
			require.True(t, e.Is(konnektor.TopicOperationalState))
			require.False(t, strings.Contains(s.State.Condition, "/"))
		}
		e.VPN()
		e.VSDMProgress()
		e.GSMCK()
		e.SessionTimeout()
		e.Certificate()
	})
}
