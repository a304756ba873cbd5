package konnektortest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func resource(more string) string { return Elem("EVT:GetResourceInformation", here, more) }

// active lists the operating states that the Konnektor reports as raised.
func (r *raw) active() []string {
	r.t.Helper()
	a := r.send(r.call("GetResourceInformation", resource("")))
	names, values := a.all("ErrorCondition"), a.all("Value")
	require.Len(r.t, values, len(names), a.body)
	var on []string
	for i, v := range values {
		if v == "true" || v == "1" {
			on = append(on, names[i])
		}
	}
	return on
}

func TestStates(t *testing.T) {
	r := newRaw(t, Options{})
	require.Empty(t, r.active(), "a healthy Konnektor lists its states, none raised")
	a := r.send(r.call("GetResourceInformation", resource("")))
	require.Equal(t, []string{"Online", "Online"}, a.all("ConnectionStatus"))
	require.Len(t, a.all("ErrorCondition"), len(conditions)+3*(3-1), "per terminal once")

	require.NoError(t, r.k.SetState("EC_LOG_OVERFLOW", true))
	r.k.SetOnline(TI, false)
	require.NoError(t, r.k.SetConnected("T1", false))
	require.ElementsMatch(t, []string{"EC_LOG_OVERFLOW", "EC_No_VPN_TI_Connection", "EC_CardTerminal_Not_Available(T1)"}, r.active())
	require.False(t, r.k.Online(TI))
	a = r.send(r.call("GetResourceInformation", resource("")))
	require.Equal(t, []string{"Offline", "Online"}, a.all("ConnectionStatus"))

	require.NoError(t, r.k.SetState("EC_LOG_OVERFLOW", false))
	r.k.SetOnline(TI, true)
	require.NoError(t, r.k.SetConnected("T1", true))
	require.Empty(t, r.active())
	require.Error(t, r.k.SetState("EC_UNHEARD_OF", true))
	require.Error(t, r.k.SetConnected("T9", true))
}

func TestFatalStatesBlock(t *testing.T) {
	r := newRaw(t, Options{})
	smcb := r.k.Handle("SMC-B")
	var fatal int
	for _, c := range conditions {
		if c.severity != "Fatal" {
			continue
		}
		fatal++
		require.NoError(t, r.k.SetState(c.name, true))
		events, pin := konnektor.Code(0), konnektor.Code(4002)
		if c.name == "EC_Software_Integrity_Check_Failed" || c.name == "EC_NK_Certificate_Expired" {
			events = 4002
		}
		if slices.Contains(InCardStates, c.name) {
			pin = 0
		}
		require.Equal(t, events, r.send(r.call("GetCards", getCardsIn(here, ""))).code(), c.name)
		a := r.send(r.call("GetPinStatus", pinStatus(here, smcb, "PIN.SMC")))
		require.Equal(t, pin, a.code(), c.name)
		if pin != 0 {
			require.Contains(t, a.body, c.name, "the state stands in Detail")
		}
		require.NoError(t, r.k.SetState(c.name, false))
	}
	require.Equal(t, 12, fatal)
}

// TestPermissionMatrix holds every operation of every service against
// TAB_KON_504 (gemF_Laufzeitverlaengerung gSMC-K V1.1.0, PTV5): which fatal
// states leave it working. CardTerminalService is not in the table; that it goes
// with the cards is inferred.
func TestPermissionMatrix(t *testing.T) {
	const (
		crl, tsl, anchor = "EC_CRL_Out_Of_Date", "EC_TSL_Out_Of_Date_Beyond_Grace_Period", "EC_TSL_Trust_Anchor_Out_Of_Date"
		update, store    = "EC_FW_Not_Valid_Status_Blocked", "EC_Secure_KeyStore_Not_Available"
	)
	const module, cards, reading, verifying = "module", "cards", "reading", "verifying"
	allowed := map[string][]string{
		module: {crl, anchor}, cards: {crl, tsl, anchor, update},
		reading: {crl, tsl, anchor, update, store}, verifying: {crl, anchor, store, update},
	}
	kinds := map[string]string{
		"CardService": cards, "CardTerminalService": cards, "SignatureService": cards, "AuthSignatureService": cards, "EncryptionService": cards,
		"KVKService": module, "NFDService": module, "DPEService": module, "AMTSService": module, "VSDService": module,
		"CertificateService.ReadCardCertificate": reading, "CertificateService.CheckCertificateExpiration": reading,
		"CertificateService.VerifyCertificate": verifying, "EventService": "events",
	}
	works := func(kind, state string) bool {
		if kind == "events" {
			return state != "EC_Software_Integrity_Check_Failed" && state != "EC_NK_Certificate_Expired"
		}
		return slices.Contains(allowed[kind], state)
	}
	k := NewWith(t, Options{Auth: TLS})
	operations := 0
	for _, c := range conditions {
		if c.severity != "Fatal" {
			continue
		}
		require.NoError(t, k.SetState(c.name, true))
		for _, s := range k.services {
			for _, v := range s.Versions {
				for _, op := range v.Operations {
					operations++
					kind := or(kinds[s.Name+"."+op.Name], kinds[s.Name])
					require.NotEmpty(t, kind, "no row for %s of %s", op.Name, s.Name)
					call := k.newCall(httptest.NewRequest(http.MethodPost, "/", nil), &op, "", &Element{})
					_, err := k.perform(call)
					var fault *Fault
					blocked := errors.As(err, &fault) && fault.Code == 4002
					require.Equal(t, works(kind, c.name), !blocked, "%s %s of %s: %v", c.name, op.Name, s.Name, err)
				}
			}
		}
		require.NoError(t, k.SetState(c.name, false))
	}
	require.Greater(t, operations, 12*60)
}

// validitySteps are days, and what is raised then: with new events or, where
// there are none, also by code.
var validitySteps = []struct {
	day    int
	want   []string
	events int // new ones
	pin    konnektor.Code
}{
	{2, nil, 0, 0},
	{3, []string{"TSL_Expiring"}, 1, 0},
	{10, []string{"TSL_Out_Of_Date_Within_Grace_Period"}, 2, 0},
	{30, []string{"TSL_Out_Of_Date_Beyond_Grace_Period"}, 2, 0},
	{47, []string{"CRL_Expiring", "TSL_Out_Of_Date_Beyond_Grace_Period"}, 1, 0},
	{50, []string{"CRL_Out_Of_Date", "TSL_Out_Of_Date_Beyond_Grace_Period"}, 2, 0},
	{90, []string{"CRL_Out_Of_Date", "TSL_Out_Of_Date_Beyond_Grace_Period", "TSL_Trust_Anchor_Expiring"}, 1, 0},
	{120, []string{"CRL_Out_Of_Date", "NK_Certificate_Expiring", "TSL_Out_Of_Date_Beyond_Grace_Period", "TSL_Trust_Anchor_Out_Of_Date"}, 3, 0},
	{300, []string{"CRL_Out_Of_Date", "NK_Certificate_Expired", "TSL_Out_Of_Date_Beyond_Grace_Period", "TSL_Trust_Anchor_Out_Of_Date"}, 2, 4002},
}

// TestStatesFollowTheClock lets the time pass at what a Konnektor depends on.
func TestStatesFollowTheClock(t *testing.T) {
	start := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	clock := NewClock(start)
	in := func(days int) time.Time { return start.Add(time.Duration(days) * day) }
	r := newRaw(t, Options{Auth: Plain, Now: clock.Now, Events: Events{OneConnection: true}, Validity: Validity{
		TSL: in(10), TSLGrace: 20 * day, TrustAnchor: in(120), CRL: in(50), Certificate: in(300),
	}})
	sink := newCatcher(t, nil)
	on := func() []string {
		var names []string
		for _, s := range r.k.States() {
			if s.Active {
				names = append(names, strings.TrimPrefix(s.Name, "EC_"))
			}
		}
		return names
	}
	require.Empty(t, on())
	verify := func() konnektor.Code {
		return r.send(r.pinCall("VerifyPin", here, r.k.Handle("SMC-B"), "PIN.SMC")).code()
	}
	events := 0
	for _, step := range validitySteps {
		clock.Set(in(step.day).Add(-time.Hour))
		require.Equal(t, 200, r.subscribe(here, sink.to(), "OPERATIONAL_STATE", "").status, "the one of the step before has expired")
		clock.Set(in(step.day))
		if step.events > 0 { // without a call that looks at the clock
			events += step.events
			sink.wait(t, events)
		}
		require.Equal(t, step.want, on(), "day %d", step.day)
		require.Equal(t, step.pin, verify(), "day %d", step.day)
		if step.events == 0 {
			require.NoError(t, r.k.SetState("EC_TSL_Expiring", true), "by code, until the clock changes it")
			require.Equal(t, []string{"TSL_Expiring"}, on())
			require.NoError(t, r.k.SetState("EC_TSL_Expiring", false))
			events += 2
		}
	}
	r.quiet()
	require.Len(t, sink.wait(t, events), events)
	next, ok := sink.value(2, "NextUpdateTSL")
	require.True(t, ok)
	require.Equal(t, "2026-12-03T07:00:00Z", next)

	r.k.SetValidity(Validity{TSL: in(400), CRL: in(400), TrustAnchor: in(301)})
	require.Equal(t, []string{"TSL_Trust_Anchor_Expiring"}, on(), "renewed")
	require.Zero(t, verify())
	clock.Set(start)
	require.Empty(t, on(), "the clock was set back")
}

func TestResourceInformation(t *testing.T) {
	r := newRaw(t, Options{})
	egk := r.k.Insert(konnektor.CardEGK)
	card, _ := r.k.Card(egk)
	ct := func(id string) string { return ElemText("CARDCMN:CtId", id) }
	slot := func(n string) string { return ElemText("CARDCMN:SlotId", n) }
	for name, c := range map[string]struct {
		more string
		code konnektor.Code
		want string // the local name of the one resource
	}{
		"Konnektor":          {"", 0, "Connector"},
		"terminal":           {ct("T1"), 0, "CardTerminal"},
		"slot":               {ct("T1") + slot("2"), 0, "Card"},
		"ICCSN":              {ElemText("CARDCMN:Iccsn", string(card.ICCSN)), 0, "Card"},
		"handle":             {ElemText("CONN:CardHandle", string(egk)), 0, "Card"},
		"unknown terminal":   {ct("T9"), 4007, ""},
		"foreign terminal":   {ct("T3"), 4012, ""},
		"slot too far":       {ct("T1") + slot("9"), 4097, ""},
		"slot, no terminal":  {slot("1"), 4097, ""},
		"empty slot":         {ct("T1") + slot("3"), 4098, ""},
		"unknown ICCSN":      {ElemText("CARDCMN:Iccsn", "99999999999999999999"), 4099, ""},
		"unknown handle":     {ElemText("CONN:CardHandle", "gone"), 4101, ""},
		"slot beyond an int": {ct("T1") + slot("99999999999999999999"), 4097, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.send(r.call("GetResourceInformation", resource(c.more)))
			require.Equal(t, c.code, a.code(), a.body)
			if c.want != "" {
				parts := a.root.Child("Body").Child("GetResourceInformationResponse").Children
				require.Len(t, parts, 2)
				require.Equal(t, c.want, parts[1].Local)
			}
		})
	}
}

func TestTerminals(t *testing.T) {
	model := DefaultModel()
	model.Terminals[1].Disconnected = true
	model.Terminals[0].Virtual = true
	r := newRaw(t, Options{Model: model})
	terminals := func(attrs string) reply {
		a := r.send(r.call("GetCardTerminals", "<EVT:GetCardTerminals"+attrs+">"+here+"</EVT:GetCardTerminals>"))
		require.Zero(t, a.code(), a.body)
		return a
	}
	require.Equal(t, []string{"T1"}, terminals("").all("CtId"))
	all := terminals(` mandant-wide=" true "`)
	require.Equal(t, []string{"T1", "T2"}, all.all("CtId"))
	require.Equal(t, []string{"Arbeitsplatz1", "Arbeitsplatz2", "Arbeitsplatz2"}, all.all("WorkplaceId"))
	require.Equal(t, []string{"192.0.2.41"}, all.all("IPV4Address"))
	require.Equal(t, []string{"2001:db8::42"}, all.all("IPV6Address"))
	require.Equal(t, "0.0.0", all.all("FWVersion")[1], "a terminal that was never connected has no product")
	require.Equal(t, "1970-01-01T00:00:00Z", all.all("InformationDate")[1])
}
