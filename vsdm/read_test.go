package vsdm_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
	"github.com/stretchr/testify/require"
)

// practice is a Konnektor with VSDM, and a client of it.
type practice struct {
	*konnektortest.Konnektor
	module *vsdmtest.Module
	client *konnektor.Client
}

func open(t testing.TB) *practice {
	k := konnektortest.New(t)
	p := &practice{Konnektor: k, module: vsdmtest.Install(k)}
	cfg := k.Config()
	cfg.BusyTimeout = -1
	client, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	p.client = client
	return p
}

// insert puts a card in and returns the request to read it.
func (p *practice) insert(content ...konnektortest.Content) vsdm.Request {
	return vsdm.Request{EGK: p.Insert(konnektor.CardEGK, content...), SMCB: p.Handle(konnektor.CardSMCB)}
}

// with returns person 1 after a change.
func with(change func(*vsdmtest.Insured)) vsdmtest.Insured {
	p := vsdmtest.Person(1)
	change(&p)
	return p
}

// TestReadCard is the straight path from an inserted card to a verdict.
func TestReadCard(t *testing.T) {
	p := open(t)
	for n := 1; n <= vsdmtest.Persons(); n++ {
		insured := vsdmtest.Person(n)
		req := p.insert(insured)
		v, err := vsdm.Read(t.Context(), p.client, req)
		require.NoError(t, err, "person %d", n)
		samePerson(t, insured, v)
		require.Empty(t, v.Warnings, "person %d", n)
		require.Equal(t, vsdm.Flags{PerformOnlineCheck: true, ReadOnlineReceipt: true}, v.Flags)
		require.Equal(t, vsdm.ErgebnisNoUpdate, v.Pruefungsnachweis.Ergebnis)
		require.Equal(t, v.PKV(), v.Pruefungsnachweis.PKV)
		require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), v.Status.Timestamp)
		require.False(t, v.Status.Offen)
		require.NotEmpty(t, v.Status.Version)
		if pz := v.Pruefungsnachweis.Pruefziffer; pz.Version == 1 {
			require.Equal(t, insured.KVNR, pz.KVNR)
		}
		_, err = p.Remove(req.EGK)
		require.NoError(t, err)
	}
	require.Equal(t, vsdmtest.Persons(), p.Counters().Requests["ReadVSD"])
}

// TestReadKeepsRaw finds the receipt as it was on the wire.
func TestReadKeepsRaw(t *testing.T) {
	p := open(t)
	v, err := vsdm.Read(t.Context(), p.client, p.insert(vsdmtest.Person(1)))
	require.NoError(t, err)
	last, ok := p.Last("ReadVSD")
	require.True(t, ok)
	squeezed := strings.Join(strings.Fields(string(last.Response)), "")
	require.Contains(t, squeezed, ">"+v.Pruefungsnachweis.Base64()+"<")
	again, _, err := vsdm.DecodePruefungsnachweis(v.Pruefungsnachweis.Raw)
	require.NoError(t, err)
	require.Equal(t, v.Pruefungsnachweis, again)
}

// TestReadFlagsOnTheWire looks at what each mode sends.
func TestReadFlagsOnTheWire(t *testing.T) {
	p := open(t)
	req := p.insert(with(func(i *vsdmtest.Insured) {
		i.Stored = &vsdmtest.Receipt{E: 2, Time: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)}
	}))
	good, bad := &vsdm.Pruefungsnachweis{Ergebnis: 1}, &vsdm.Pruefungsnachweis{Ergebnis: 3}
	cases := []struct {
		name             string
		change           func(*vsdm.Request)
		perform, receipt bool
	}{
		{"FIRST", func(r *vsdm.Request) {}, true, true},
		{"FIRST, good stored", func(r *vsdm.Request) { r.Stored = good }, false, false},
		{"FIRST, bad stored", func(r *vsdm.Request) { r.Stored = bad }, true, true},
		{"USER, good stored", func(r *vsdm.Request) { r.Mode, r.Stored = vsdm.ModeUser, good }, true, false},
		{"NEVER, standalone", func(r *vsdm.Request) { r.Mode, r.Standalone = vsdm.ModeNever, true }, false, true},
		{"flags", func(r *vsdm.Request) { r.Flags, r.Stored = &vsdm.Flags{PerformOnlineCheck: true}, bad }, true, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := req
			c.change(&req)
			v, err := vsdm.Read(t.Context(), p.client, req)
			require.NoError(t, err)
			require.Equal(t, vsdm.Flags{PerformOnlineCheck: c.perform, ReadOnlineReceipt: c.receipt}, v.Flags)
			require.Equal(t, c.receipt, v.Pruefungsnachweis != nil)
			last, _ := p.Last("ReadVSD")
			require.Regexp(t, fmt.Sprintf("PerformOnlineCheck>%t<.*ReadOnlineReceipt>%t<", c.perform, c.receipt), string(last.Request))
		})
	}
}

// TestReadRefusedBeforeTheWire sends nothing.
func TestReadRefusedBeforeTheWire(t *testing.T) {
	p := open(t)
	good := p.insert(vsdmtest.Person(1))
	for name, change := range map[string]func(*vsdm.Request){
		"no eGK":                           func(r *vsdm.Request) { r.EGK = "" },
		"no SMC-B":                         func(r *vsdm.Request) { r.SMCB = "" },
		"SMC-B and HBA":                    func(r *vsdm.Request) { r.HBA = "x" },
		"unknown mode":                     func(r *vsdm.Request) { r.Mode = "MAYBE" },
		"NEVER at an online Konnektor":     func(r *vsdm.Request) { r.Mode = vsdm.ModeNever },
		"NEVER, good stored, online":       func(r *vsdm.Request) { r.Mode, r.Stored = vsdm.ModeNever, &vsdm.Pruefungsnachweis{Ergebnis: 1} },
		"FIRST in a standalone setup":      func(r *vsdm.Request) { r.Standalone = true },
		"receipt without check":            func(r *vsdm.Request) { r.Flags = &vsdm.Flags{ReadOnlineReceipt: true} },
		"check at the offline Konnektor":   func(r *vsdm.Request) { r.Standalone, r.Flags = true, &vsdm.Flags{PerformOnlineCheck: true} },
		"negative time of the Konnektor":   func(r *vsdm.Request) { r.KonnektorTimeout = -time.Second },
		"endless time of the Konnektor":    func(r *vsdm.Request) { r.KonnektorTimeout = 1<<63 - 1 },
		"handle that breaks the schema":    func(r *vsdm.Request) { r.EGK = "\x00" },
		"unknown mode, good flags, no eGK": func(r *vsdm.Request) { r.EGK, r.Mode, r.Flags = "", "MAYBE", new(vsdm.Flags) },
	} {
		t.Run(name, func(t *testing.T) {
			req := good
			change(&req)
			v, err := vsdm.Read(t.Context(), p.client, req)
			require.Nil(t, v)
			require.ErrorIs(t, err, konnektor.KindRequest)
		})
	}
	require.Zero(t, p.Counters().Requests["ReadVSD"])
}

// TestReadWithoutProtectedData is a card that does not trust the practice.
func TestReadWithoutProtectedData(t *testing.T) {
	p := open(t)
	v, err := vsdm.Read(t.Context(), p.client, p.insert(with(func(i *vsdmtest.Insured) { i.Card.NoC2C = true })))
	require.NoError(t, err)
	require.Nil(t, v.GeschuetzteVersichertendaten)
	require.Empty(t, v.Warnings)
}

// TestReadReceipts has every result that an online Konnektor gives.
func TestReadReceipts(t *testing.T) {
	p := open(t)
	for e, want := range map[int]vsdm.Answer{1: vsdm.Yes, 2: vsdm.Yes, 3: vsdm.Yes, 5: vsdm.Yes, 6: vsdm.Yes} {
		req := p.insert(with(func(i *vsdmtest.Insured) { i.Online.E, i.Online.EC = e, 12103 }))
		v, err := vsdm.Read(t.Context(), p.client, req)
		require.NoError(t, err)
		require.Equal(t, vsdm.Ergebnis(e), v.Pruefungsnachweis.Ergebnis)
		if e == 3 {
			require.Equal(t, konnektor.CodeUpdateUnauthentic, v.Pruefungsnachweis.ErrorCode)
		}
		require.Equal(t, want, v.Proof(vsdm.Case{Day: vsdm.DateOf(v.Pruefungsnachweis.Timestamp)}).Billable)
		_, err = p.Remove(req.EGK)
		require.NoError(t, err)
	}
	req := p.insert(with(func(i *vsdmtest.Insured) {
		i.Stored = &vsdmtest.Receipt{E: 4, Time: time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)}
	}))
	req.Mode, req.Standalone = vsdm.ModeNever, true
	v, err := vsdm.Read(t.Context(), p.client, req)
	require.NoError(t, err)
	require.Equal(t, vsdm.No, v.Proof(vsdm.Case{Day: day("20260704")}).Valid)
}

// TestReadFaults brings faults of card, SMC-B and backend to a verdict.
func TestReadFaults(t *testing.T) {
	cases := map[string]struct {
		change func(*vsdmtest.Insured)
		pin    konnektor.PINState
		code   konnektor.Code
		first  vsdm.Action
	}{
		"old card":     {change: func(i *vsdmtest.Insured) { i.Card.Generation1 = true }, code: konnektor.CodeCardOutdated, first: vsdm.ActionNewerCard},
		"locked":       {change: func(i *vsdmtest.Insured) { i.Card.Locked = true }, code: konnektor.CodeCardLocked, first: vsdm.ActionNewerCard},
		"revoked":      {change: func(i *vsdmtest.Insured) { i.Online.E = 4 }, code: konnektor.CodeCardInvalidOnline, first: vsdm.ActionNewerCard},
		"unreadable":   {change: func(i *vsdmtest.Insured) { i.Card.Fault = 111 }, code: konnektor.CodeCardReadFailed, first: vsdm.ActionReinsertCard},
		"defective":    {change: func(i *vsdmtest.Insured) { i.Online.Fault = 12105 }, code: konnektor.CodeUpdateCardDefective, first: vsdm.ActionReinsertCard},
		"SMC-B locked": {pin: konnektor.PINVerifiable, code: konnektor.CodeSMCBLocked, first: vsdm.ActionUnlockSMCB},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			insured := vsdmtest.Person(1)
			if c.change != nil {
				c.change(&insured)
			}
			req := p.insert(insured)
			if c.pin != "" {
				require.NoError(t, p.SetPIN(req.SMCB, konnektor.PINSMC, c.pin, 3))
			}
			v, err := vsdm.Read(t.Context(), p.client, req)
			require.Nil(t, v)
			require.ErrorIs(t, err, c.code)
			require.ErrorContains(t, err, fmt.Sprintf("vsdm: read card %s: konnektor: ReadVSD: %d ", req.EGK, int(c.code)))
			proof := vsdm.ProofOfError(err, vsdm.Case{Day: today})
			require.Equal(t, c.code, proof.Code)
			require.Equal(t, c.first, proof.Next[0].Action)
			require.Equal(t, 1, p.Counters().Requests["ReadVSD"], "a read is sent once")
		})
	}
}

func TestReadInterruptedUpdate(t *testing.T) {
	p := open(t)
	req := p.insert(with(func(i *vsdmtest.Insured) { i.Card.ShowOpen = true }))
	req.Flags = new(vsdm.Flags)
	v, err := vsdm.Read(t.Context(), p.client, req)
	require.NoError(t, err)
	require.True(t, v.Status.Offen)
	require.Equal(t, []vsdm.Warning{{Document: "VSD_Status", Element: "Status", Problem: vsdm.ProblemOpen}}, v.Warnings)
}

// TestReadDefects has every defect of the simulator in every document: either
// an error of a kind, or data with a warning.
func TestReadDefects(t *testing.T) {
	tolerated := []vsdmtest.Defect{vsdmtest.UnknownNamespace, vsdmtest.UnknownVersion, vsdmtest.BadCheckDigit}
	absent := []vsdmtest.Defect{vsdmtest.Missing, vsdmtest.Empty}
	large := []vsdmtest.Defect{vsdmtest.GzipBomb, vsdmtest.Oversize}
	p := open(t)
	for _, field := range []vsdmtest.Field{vsdmtest.PD, vsdmtest.VD, vsdmtest.GVD, vsdmtest.PN} {
		for _, defect := range vsdmtest.Defects() {
			name := fmt.Sprintf("%s %s", field, defect)
			req := p.insert(with(func(i *vsdmtest.Insured) { i.Defects = map[vsdmtest.Field]vsdmtest.Defect{field: defect} }))
			v, err := vsdm.Read(t.Context(), p.client, req)
			optional := field == vsdmtest.GVD || field == vsdmtest.PN
			switch {
			case slices.Contains(tolerated, defect):
				require.NoError(t, err, name)
				if defect != vsdmtest.BadCheckDigit || field == vsdmtest.PD {
					require.Len(t, v.Warnings, 1, name)
				}
			case slices.Contains(absent, defect) && optional:
				require.NoError(t, err, name)
				require.Equal(t, defect == vsdmtest.Empty, len(v.Warnings) == 1, name)
			case slices.Contains(large, defect):
				require.ErrorIs(t, err, konnektor.KindTooLarge, name)
			default:
				require.ErrorIs(t, err, konnektor.KindMalformed, name)
			}
			_, err = p.Remove(req.EGK)
			require.NoError(t, err)
		}
	}
}

// TestReadUnasked is a Konnektor that returns a receipt that nobody asked for.
func TestReadUnasked(t *testing.T) {
	p := open(t)
	req := p.insert(vsdmtest.Person(1))
	pn := base64.StdEncoding.EncodeToString(pack(t, []byte(receiptXML)))
	p.Disturb("ReadVSD", konnektortest.Disturbance{Edit: insertReceipt(pn)}, 1)
	req.Flags = new(vsdm.Flags)
	v, err := vsdm.Read(t.Context(), p.client, req)
	require.NoError(t, err)
	require.Equal(t, vsdm.ErgebnisNoUpdate, v.Pruefungsnachweis.Ergebnis)
	require.Equal(t, []vsdm.Warning{{Document: "Pruefungsnachweis", Problem: vsdm.ProblemUnasked}}, v.Warnings)
}

// insertReceipt adds a receipt at the end of an answer, with the prefix that
// the answer uses.
func insertReceipt(pn string) func([]byte) []byte {
	return func(answer []byte) []byte {
		end := bytes.LastIndex(answer, []byte("ReadVSDResponse>"))
		begin := bytes.LastIndex(answer[:end], []byte("</"))
		prefix := string(answer[begin+2 : end])
		element := fmt.Sprintf("<%[1]sPruefungsnachweis>%[2]s</%[1]sPruefungsnachweis>", prefix, pn)
		return slices.Concat(answer[:begin], []byte(element), answer[begin:])
	}
}

// TestReadStatus has a VSD_Status that the card got wrong.
func TestReadStatus(t *testing.T) {
	p := open(t)
	req := p.insert(vsdmtest.Person(1))
	change := func(old, change string) func([]byte) []byte {
		return func(answer []byte) []byte {
			return slices.Concat(answer[:bytes.Index(answer, []byte(old))], []byte(change), answer[bytes.Index(answer, []byte(old))+len(old):])
		}
	}
	for name, c := range map[string]struct {
		edit    func([]byte) []byte
		element string
	}{
		"time":    {change("2026-01-02T03:04:05", "0000-00-00T00:00:00"), "Timestamp"},
		"version": {change(">5.2.0</", ">5.2</"), "Version"},
		"status":  {change("Status>0</", "Status>9</"), "Status"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Disturb("ReadVSD", konnektortest.Disturbance{Edit: c.edit}, 1)
			v, err := vsdm.Read(t.Context(), p.client, req)
			require.NoError(t, err)
			require.Equal(t, []vsdm.Warning{{Document: "VSD_Status", Element: c.element, Problem: vsdm.ProblemForm}}, v.Warnings)
		})
	}
}

// until is an Invoker that notes until when a client may take and leaves the
// work to it.
type until struct {
	konnektor.Invoker
	deadline time.Time
}

func (u *until) Invoke(ctx context.Context, op konnektor.Operation, req wire.Encoder, resp wire.Decoder) error {
	u.deadline, _ = ctx.Deadline()
	return u.Invoker.Invoke(ctx, op, req, resp)
}

// TestReadDeadline waits twice as long as the Konnektor may take, unless the
// caller has less time.
func TestReadDeadline(t *testing.T) {
	p := open(t)
	u := &until{Invoker: p.client}
	req := p.insert(vsdmtest.Person(1))
	for name, c := range map[string]struct {
		caller  time.Duration // 0 for one without a deadline
		timeout time.Duration
		want    time.Duration
	}{
		"default":         {0, 0, 60 * time.Second},
		"configured":      {0, 45 * time.Second, 90 * time.Second},
		"caller is later": {time.Hour, 45 * time.Second, 90 * time.Second},
		"caller is first": {80 * time.Second, 45 * time.Second, 80 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, begun := t.Context(), time.Now()
			if c.caller > 0 {
				with, cancel := context.WithTimeout(ctx, c.caller)
				defer cancel()
				ctx = with
			}
			req.KonnektorTimeout = c.timeout
			_, err := vsdm.Read(ctx, u, req)
			require.NoError(t, err)
			got := u.deadline.Add(-c.want)
			require.False(t, got.Before(begun) || got.After(time.Now()), "%s after the beginning", u.deadline.Sub(begun))
		})
	}
}

func TestReadGivenUp(t *testing.T) {
	p := open(t)
	req := p.insert(vsdmtest.Person(1))
	p.Disturb("ReadVSD", konnektortest.Disturbance{Hang: true}, 1)
	req.KonnektorTimeout = 50 * time.Millisecond
	_, err := vsdm.Read(t.Context(), p.client, req)
	require.ErrorIs(t, err, konnektor.KindTimeout)
	require.Equal(t, vsdm.ActionReadLater, vsdm.ProofOfError(err, vsdm.Case{Day: today}).Next[0].Action)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = vsdm.Read(ctx, p.client, req)
	require.ErrorIs(t, err, konnektor.KindCancelled)
}

// TestReadsShareAConnection makes a thousand reads of one TLS handshake.
func TestReadsShareAConnection(t *testing.T) {
	p := open(t)
	req := p.insert(vsdmtest.Person(2))
	for range 1000 {
		_, err := vsdm.Read(t.Context(), p.client, req)
		require.NoError(t, err)
	}
	require.Equal(t, 1, p.Counters().Handshakes)
	require.Equal(t, 1000, p.Counters().Requests["ReadVSD"])
}
