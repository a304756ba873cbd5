package vsdmtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

// with returns person 1 after a change.
func with(change func(*vsdmtest.Insured)) vsdmtest.Insured {
	p := vsdmtest.Person(1)
	change(&p)
	return p
}

func online(o vsdmtest.Online) vsdmtest.Insured {
	return with(func(p *vsdmtest.Insured) { p.Online = o })
}

func card(s vsdmtest.CardState) vsdmtest.Insured {
	return with(func(p *vsdmtest.Insured) { p.Card = s })
}

func TestReceipts(t *testing.T) {
	for name, c := range map[string]struct {
		insured      vsdmtest.Insured
		backend      vsdmtest.Backend
		offline      bool
		check, proof bool
		e            int
		code         konnektor.Code
	}{
		"nothing to do":                {check: true, proof: true, e: 2},
		"updated":                      {insured: online(vsdmtest.Online{E: 1}), check: true, proof: true, e: 1},
		"not asked for":                {check: true},
		"no check, no receipt":         {},
		"no check, receipt":            {proof: true, code: 3040},
		"backend in trouble":           {insured: online(vsdmtest.Online{E: 3, EC: 12999}), check: true, proof: true, e: 3},
		"all cards: backend down":      {backend: vsdmtest.Backend{E: 3, EC: 12101}, check: true, proof: true, e: 3},
		"OCSP down":                    {backend: vsdmtest.Backend{E: 5}, check: true, proof: true, e: 5},
		"no tunnel":                    {offline: true, check: true, proof: true, e: 3},
		"no tunnel for too long":       {backend: vsdmtest.Backend{OfflineTooLong: true}, offline: true, check: true, proof: true, e: 6},
		"takes too long":               {insured: online(vsdmtest.Online{Delay: time.Minute}), backend: vsdmtest.Backend{Timeout: time.Millisecond}, check: true, proof: true, e: 3},
		"takes a while":                {insured: online(vsdmtest.Online{Delay: time.Millisecond}), check: true, proof: true, e: 2},
		"card revoked":                 {insured: online(vsdmtest.Online{E: 4}), check: true, proof: true, code: 106},
		"card revoked, no check":       {insured: online(vsdmtest.Online{E: 4})},
		"backend ends the call":        {insured: online(vsdmtest.Online{Fault: 12105}), check: true, proof: true, code: 12105},
		"backend unreachable, no call": {insured: online(vsdmtest.Online{Fault: 12105}), offline: true, check: true, proof: true, e: 3},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, konnektortest.Options{})
			if c.insured.KVNR == "" {
				c.insured = vsdmtest.Person(1)
			}
			egk := b.k.Insert("EGK", c.insured)
			b.module.SetBackend(c.backend)
			b.k.SetOnline(konnektortest.TI, !c.offline)
			a := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B"), check: c.check, proof: c.proof})
			require.Equal(t, c.code, a.code(), a.body)
			if c.code == 0 {
				require.Equal(t, c.e, a.e())
			}
		})
	}
}

func TestReceiptStaysOnTheCard(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	egk := b.k.Insert("EGK", online(vsdmtest.Online{E: 3, EC: 12999}))
	smcb := b.k.Handle("SMC-B")
	require.Zero(t, b.read(request{egk: egk, hpc: smcb, check: true}).e(), "written, not returned")
	require.Equal(t, 3, b.read(request{egk: egk, hpc: smcb, proof: true}).e(), "read without check")

	c, err := b.k.Remove(egk)
	require.NoError(t, err)
	egk, err = b.k.InsertCard(c)
	require.NoError(t, err)
	require.Equal(t, 3, b.read(request{egk: egk, hpc: smcb, proof: true}).e(), "still there after removal")

	c, err = b.k.Remove(egk)
	require.NoError(t, err)
	c.Terminal, c.Slot = "T3", 0
	egk, err = b.k.InsertCard(c)
	require.NoError(t, err)
	other, err := b.k.InsertCard(konnektortest.Card{Type: "SMC-B", Terminal: "T3"})
	require.NoError(t, err)
	neighbour := request{egk: egk, hpc: other, proof: true, mandant: "Mandant2", workplace: "Arbeitsplatz3"}
	require.EqualValues(t, 3039, b.read(neighbour).code(), "encrypted with another practice's key")
	neighbour.check = true
	require.Equal(t, 3, b.read(neighbour).e())
	neighbour.check = false
	require.Equal(t, 3, b.read(neighbour).e(), "rewritten")
}

func TestStandaloneReceipt(t *testing.T) {
	for e := 1; e <= 6; e++ {
		b := newBench(t, konnektortest.Options{})
		egk := b.k.Insert("EGK", with(func(p *vsdmtest.Insured) {
			p.Stored = &vsdmtest.Receipt{E: e, EC: 12101, Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}
		}))
		a := b.read(request{egk: egk, hpc: b.k.Handle("SMC-B"), proof: true})
		require.Equal(t, e, a.e())
		doc, _ := a.document("Pruefungsnachweis")
		ts, _ := first(string(doc), "TS")
		require.Equal(t, "20260203040506", ts)
		_, hasEC := first(string(doc), "EC")
		_, hasPZ := first(string(doc), "PZ")
		require.Equal(t, e == 3, hasEC)
		require.Equal(t, e <= 2, hasPZ)
		require.NotContains(t, string(doc), "<?xml")
	}
}

func TestUpdateChangesTheCard(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	updated := vsdmtest.Person(9)
	egk := b.k.Insert("EGK", online(vsdmtest.Online{E: 1, Update: &updated}))
	r := request{egk: egk, hpc: b.k.Handle("SMC-B"), check: true, proof: true}
	a := b.read(r)
	require.Equal(t, 1, a.e())
	doc, _ := a.document("PersoenlicheVersichertendaten")
	require.Contains(t, string(doc), "Renate Rosalie")
	require.Equal(t, 2, b.read(r).e(), "nothing to do any more")
}

func TestFaultsOfCards(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	smcb := b.k.Handle("SMC-B")
	hba := b.k.Insert("HBA")
	kvk, err := b.k.InsertCard(konnektortest.Card{Type: "KVK", Terminal: "T2"})
	require.NoError(t, err)
	blank, err := b.k.InsertCard(konnektortest.Card{Type: "EGK"})
	require.NoError(t, err)
	require.EqualValues(t, 111, b.read(request{egk: blank, hpc: smcb}).code(), "no data on the card")
	_, err = b.k.Remove(blank)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		insured vsdmtest.Insured
		change  func(*request)
		code    konnektor.Code
	}{
		"unknown card":                 {change: func(r *request) { r.egk = "gone" }, code: 4101},
		"unknown SMC-B":                {change: func(r *request) { r.hpc = "gone" }, code: 4101},
		"context before handle":        {change: func(r *request) { r.egk, r.mandant = "gone", "M" }, code: 4004},
		"handle before card":           {insured: card(vsdmtest.CardState{Generation1: true}), change: func(r *request) { r.hpc = "gone" }, code: 4101},
		"SMC-B in the patient's place": {change: func(r *request) { r.egk = r.hpc }, code: 4051},
		"eGK in the practice's place":  {change: func(r *request) { r.hpc = r.egk }, code: 4051},
		"card out of reach":            {change: func(r *request) { r.egk = kvk }, code: 4015},
		"HBA without user":             {change: func(r *request) { r.hpc = hba }, code: 4003},
		"HBA that is locked":           {change: func(r *request) { r.hpc, r.user = hba, "Dr. A" }, code: 3042},
		"from a remote workplace":      {change: func(r *request) { r.workplace = "Arbeitsplatz2" }, code: 4016},
		"generation 1":                 {insured: card(vsdmtest.CardState{Generation1: true}), code: 113},
		"locked":                       {insured: card(vsdmtest.CardState{Locked: true}), code: 114},
		"certificate expired":          {insured: card(vsdmtest.CardState{Certificate: 107}), code: 107},
		"certificate revoked":          {insured: card(vsdmtest.CardState{Certificate: 106}), code: 106},
		"interrupted update":           {insured: card(vsdmtest.CardState{Open: true}), code: 3001},
		"any other":                    {insured: card(vsdmtest.CardState{Fault: 4048}), code: 4048},
	} {
		t.Run(name, func(t *testing.T) {
			if c.insured.KVNR == "" {
				c.insured = vsdmtest.Person(1)
			}
			egk := b.k.Insert("EGK", c.insured)
			r := request{egk: egk, hpc: smcb, check: true, proof: true}
			if c.change != nil {
				c.change(&r)
			}
			code := b.read(r).code()
			_, err := b.k.Remove(egk)
			require.NoError(t, err)
			require.Equal(t, c.code, code)
		})
	}
}

func TestUnlockedCardsOfThePractice(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	egk, hba := b.k.Insert("EGK", vsdmtest.Person(1)), b.k.Insert("HBA")
	require.NoError(t, b.k.SetPIN(hba, konnektor.PINCH, konnektor.PINVerified, 3))
	require.Zero(t, b.read(request{egk: egk, hpc: hba, user: "Dr. A"}).code())
	b.k.Reboot()
	egk, smcb := b.k.Handle("EGK"), b.k.Handle("SMC-B")
	require.EqualValues(t, 3041, b.read(request{egk: egk, hpc: smcb}).code())
	require.NoError(t, b.k.SetPIN(smcb, konnektor.PINSMC, konnektor.PINVerified, 3))
	require.Zero(t, b.read(request{egk: egk, hpc: smcb}).code())
}

func TestOnlineCheckRepairsTheCard(t *testing.T) {
	for name, state := range map[string]vsdmtest.CardState{"locked": {Locked: true}, "interrupted": {Open: true}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, konnektortest.Options{})
			egk := b.k.Insert("EGK", with(func(p *vsdmtest.Insured) { p.Card, p.Online.E = state, 1 }))
			r := request{egk: egk, hpc: b.k.Handle("SMC-B")}
			if state.Locked {
				require.Zero(t, b.read(r).code(), "a locked card goes online unasked")
			} else {
				require.EqualValues(t, 3001, b.read(r).code())
				r.check = true
				require.Zero(t, b.read(r).code())
			}
			r.check = false
			require.Zero(t, b.read(r).code())
		})
	}
}

func TestBusyCard(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	egk := b.k.Insert("EGK", online(vsdmtest.Online{Delay: time.Hour}))
	b.module.SetBackend(vsdmtest.Backend{Timeout: time.Hour})
	r := request{egk: egk, hpc: b.k.Handle("SMC-B"), check: true}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := b.tryWith(ctx, r)
		done <- err
	}()
	quick := r
	quick.check = false
	require.Eventually(t, func() bool { return b.k.Counters().Sessions == 1 }, time.Minute, time.Millisecond)
	require.EqualValues(t, 4093, b.read(quick).code())
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Eventually(t, func() bool {
		a, err := b.try(quick)
		return err == nil && a.status == 200
	}, time.Minute, time.Millisecond, "the session ends with the client")
}

func TestBothSOAPActions(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	r := request{egk: b.k.Insert("EGK", vsdmtest.Person(1)), hpc: b.k.Handle("SMC-B")}
	for _, action := range []string{actionWSDL, actionILF} {
		b.action = action
		require.Zero(t, b.read(r).code())
	}
	require.Equal(t, map[string]int{`"` + actionWSDL + `"`: 1, `"` + actionILF + `"`: 1}, b.k.Counters().Actions)
	b.action = "http://ws.gematik.de/conn/vsds/VSDService/v7.0#ReadVSD"
	a := b.read(r)
	require.Equal(t, 500, a.status)
	require.NotContains(t, a.body, "GERROR")
}

func TestFatalStates(t *testing.T) {
	b := newBench(t, konnektortest.Options{})
	r := request{egk: b.k.Insert("EGK", vsdmtest.Person(1)), hpc: b.k.Handle("SMC-B")}
	for state, code := range map[string]konnektor.Code{
		"EC_TSL_Trust_Anchor_Out_Of_Date": 0, "EC_CRL_Out_Of_Date": 0, "EC_LOG_OVERFLOW": 0,
		"EC_TSL_Out_Of_Date_Beyond_Grace_Period": 4002, "EC_FW_Not_Valid_Status_Blocked": 4002,
	} {
		require.NoError(t, b.k.SetState(state, true))
		require.Equal(t, code, b.read(r).code(), state)
		require.NoError(t, b.k.SetState(state, false))
	}
}
