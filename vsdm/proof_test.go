package vsdm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/vsdm"
	"github.com/stretchr/testify/require"
)

var (
	today       = vsdm.Date{Year: 2026, Month: 7, Day: 4}
	thisQuarter = time.Date(2026, 7, 2, 9, 0, 0, 0, time.UTC)
	lastQuarter = time.Date(2026, 6, 29, 9, 0, 0, 0, time.UTC)
)

func receipt(e vsdm.Ergebnis, at time.Time) vsdm.Pruefungsnachweis {
	return vsdm.Pruefungsnachweis{Ergebnis: e, Timestamp: at}
}

// read is a card whose insurance holds today, with a receipt when e is not 0.
func read(e vsdm.Ergebnis) *vsdm.VSD {
	v := new(vsdm.VSD)
	v.AllgemeineVersicherungsdaten.Versicherungsschutz.Beginn = day("20180111")
	if e != 0 {
		p := receipt(e, thisQuarter)
		v.Pruefungsnachweis = &p
	}
	return v
}

func actionsOf(steps []vsdm.Step) (a []vsdm.Action) {
	for _, s := range steps {
		a = append(a, s.Action)
	}
	return a
}

type verdict struct {
	valid, billable vsdm.Answer
	next            []vsdm.Action
	reasons         []vsdm.Reason
}

func verdictOf(p vsdm.Proof) verdict {
	return verdict{p.Valid, p.Billable, actionsOf(p.Next), p.Reasons}
}

// TestProofByReceipt is the table "when a card counts as proof" for reads whose
// local checks are fine.
func TestProofByReceipt(t *testing.T) {
	type actions = []vsdm.Action
	type reasons = []vsdm.Reason
	cases := []struct {
		name   string
		e      vsdm.Ergebnis // 0 means no receipt
		stored []vsdm.Pruefungsnachweis
		noDuty bool
		want   verdict
	}{
		{name: "E 1", e: 1, want: verdict{vsdm.Yes, vsdm.Yes, nil, reasons{vsdm.ReasonChecked}}},
		{name: "E 2", e: 2, want: verdict{vsdm.Yes, vsdm.Yes, nil, reasons{vsdm.ReasonChecked}}},
		{name: "E 3", e: 3, want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionRepeatNextVisit}, reasons{vsdm.ReasonCheckNotPossible}}},
		{name: "E 5", e: 5, want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionRepeatNextVisit}, reasons{vsdm.ReasonCheckNotPossible}}},
		{name: "E 6", e: 6, want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionRepeatNextVisit, vsdm.ActionITService}, reasons{vsdm.ReasonOfflineTooLong}}},
		{name: "E 4", e: 4, want: verdict{vsdm.No, vsdm.No, actions{vsdm.ActionOtherCard, vsdm.ActionInsurer}, reasons{vsdm.ReasonCertificateInvalid}}},
		{name: "E 3 after E 1", e: 3, stored: []vsdm.Pruefungsnachweis{receipt(1, thisQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, nil, reasons{vsdm.ReasonCheckNotPossible}}},
		{name: "E 6 after E 2", e: 6, stored: []vsdm.Pruefungsnachweis{receipt(2, thisQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionITService}, reasons{vsdm.ReasonOfflineTooLong}}},
		{name: "E 3 after E 1 of the last quarter", e: 3, stored: []vsdm.Pruefungsnachweis{receipt(1, lastQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionRepeatNextVisit}, reasons{vsdm.ReasonCheckNotPossible}}},
		{name: "E 4 after E 1", e: 4, stored: []vsdm.Pruefungsnachweis{receipt(1, thisQuarter)},
			want: verdict{vsdm.No, vsdm.No, actions{vsdm.ActionOtherCard, vsdm.ActionInsurer}, reasons{vsdm.ReasonCertificateInvalid}}},
		{name: "no receipt", want: verdict{vsdm.No, vsdm.No, actions{vsdm.ActionStoreReadDate, vsdm.ActionReadWithOnlineCheck}, reasons{vsdm.ReasonNoReceipt}}},
		{name: "no receipt, E 2 stored", stored: []vsdm.Pruefungsnachweis{receipt(2, thisQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionStoreReadDate}, reasons{vsdm.ReasonNoReceipt, vsdm.ReasonStoredReceipt}}},
		{name: "no receipt, E 3 stored", stored: []vsdm.Pruefungsnachweis{receipt(3, thisQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionStoreReadDate}, reasons{vsdm.ReasonNoReceipt, vsdm.ReasonStoredReceipt}}},
		{name: "no receipt, E 4 stored", stored: []vsdm.Pruefungsnachweis{receipt(4, thisQuarter)},
			want: verdict{vsdm.No, vsdm.No, actions{vsdm.ActionStoreReadDate, vsdm.ActionReadWithOnlineCheck}, reasons{vsdm.ReasonNoReceipt}}},
		{name: "no receipt, E 1 stored in the last quarter", stored: []vsdm.Pruefungsnachweis{receipt(1, lastQuarter)},
			want: verdict{vsdm.No, vsdm.No, actions{vsdm.ActionStoreReadDate, vsdm.ActionReadWithOnlineCheck}, reasons{vsdm.ReasonNoReceipt}}},
		{name: "no receipt, E 1 stored without time", stored: []vsdm.Pruefungsnachweis{{Ergebnis: 1}},
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionStoreReadDate}, reasons{vsdm.ReasonNoReceipt, vsdm.ReasonStoredReceipt}}},
		{name: "no receipt, no duty", noDuty: true,
			want: verdict{vsdm.Yes, vsdm.Yes, actions{vsdm.ActionStoreReadDate}, reasons{vsdm.ReasonNoReceipt, vsdm.ReasonNoOnlineDuty}}},
		{name: "result 7", e: 7, want: verdict{vsdm.Unknown, vsdm.Unknown, actions{vsdm.ActionReadWithOnlineCheck}, reasons{vsdm.ReasonUnknownResult}}},
		{name: "result 7 after E 2", e: 7, stored: []vsdm.Pruefungsnachweis{receipt(2, thisQuarter)},
			want: verdict{vsdm.Yes, vsdm.Yes, nil, reasons{vsdm.ReasonUnknownResult, vsdm.ReasonStoredReceipt}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := read(c.e).Proof(vsdm.Case{Day: today, Stored: c.stored, NoOnlineDuty: c.noDuty})
			require.Equal(t, c.want, verdictOf(p))
		})
	}
}

// TestProofOfOtherQuarter reads, in a standalone setup, a receipt that the
// online Konnektor wrote before the quarter began.
func TestProofOfOtherQuarter(t *testing.T) {
	v := read(1)
	v.Pruefungsnachweis.Timestamp = lastQuarter
	p := v.Proof(vsdm.Case{Day: today})
	require.Equal(t, vsdm.No, p.Valid)
	require.Contains(t, p.Reasons, vsdm.ReasonOtherQuarter)
	require.Contains(t, actionsOf(p.Next), vsdm.ActionReadWithOnlineCheck)
	require.Nil(t, p.Keep)
	require.False(t, p.Store)
	require.Equal(t, vsdm.Yes, v.Proof(vsdm.Case{Day: day("20260630")}).Valid)
}

func TestProofKeeps(t *testing.T) {
	for s := vsdm.Ergebnis(1); s <= 6; s++ {
		for e := vsdm.Ergebnis(0); e <= 6; e++ {
			v := read(e)
			stored := []vsdm.Pruefungsnachweis{receipt(1, lastQuarter), receipt(s, thisQuarter)}
			p := v.Proof(vsdm.Case{Day: today, Stored: stored})
			want := vsdm.Better(&stored[1], v.Pruefungsnachweis)
			require.Same(t, want, p.Keep, "stored %d, read %d", s, e)
			require.Equal(t, want == v.Pruefungsnachweis, p.Store)
			if s.Good() {
				require.Equal(t, s, p.Keep.Ergebnis, "a good receipt is never replaced")
			}
		}
	}
	v := read(3)
	p := v.Proof(vsdm.Case{Day: today})
	require.Same(t, v.Pruefungsnachweis, p.Keep)
	require.True(t, p.Store)
	p = read(0).Proof(vsdm.Case{Day: today})
	require.Nil(t, p.Keep)
	require.False(t, p.Store)
}

// TestProofLocalChecks has cards whose data say more than their receipt.
func TestProofLocalChecks(t *testing.T) {
	dormant := func(begin, end string, art vsdm.ArtDesRuhens) func(*vsdm.VSD) {
		return func(v *vsdm.VSD) {
			r := &vsdm.RuhenderLeistungsanspruch{Beginn: day(begin), ArtDesRuhens: art}
			if end != "" {
				r.Ende = day(end)
			}
			v.GeschuetzteVersichertendaten = &vsdm.GeschuetzteVersichertendaten{RuhenderLeistungsanspruch: r}
		}
	}
	cover := func(begin, end string) func(*vsdm.VSD) {
		return func(v *vsdm.VSD) {
			v.AllgemeineVersicherungsdaten.Versicherungsschutz = vsdm.Versicherungsschutz{Beginn: day(begin)}
			if end != "" {
				v.AllgemeineVersicherungsdaten.Versicherungsschutz.Ende = day(end)
			}
		}
	}
	inform := []vsdm.Action{vsdm.ActionInform, vsdm.ActionOtherPayer}
	cases := []struct {
		name   string
		change func(*vsdm.VSD)
		valid  vsdm.Answer
		reason vsdm.Reason
		next   []vsdm.Action
	}{
		{"not yet", cover("20260705", ""), vsdm.No, vsdm.ReasonNotYetInsured, inform},
		{"from today", cover("20260704", ""), vsdm.Yes, "", nil},
		{"until today", cover("20180111", "20260704"), vsdm.Yes, "", nil},
		{"no longer", cover("20180111", "20260703"), vsdm.No, vsdm.ReasonNoLongerInsured, inform},
		{"begin unknown", cover("20260700", ""), vsdm.Unknown, vsdm.ReasonCoverUnknown, []vsdm.Action{vsdm.ActionInsurer}},
		{"fully dormant", dormant("20260101", "", "1"), vsdm.No, vsdm.ReasonDormant, inform},
		{"fully dormant from today", dormant("20260704", "", "1"), vsdm.No, vsdm.ReasonDormant, inform},
		{"dormant from tomorrow", dormant("20260705", "", "1"), vsdm.Yes, "", nil},
		{"dormant until yesterday", dormant("20260101", "20260703", "1"), vsdm.Yes, "", nil},
		{"limited", dormant("20260101", "20261231", "2"), vsdm.Yes, vsdm.ReasonLimitedClaim, []vsdm.Action{vsdm.ActionShowLimitedClaim}},
		{"limited until yesterday", dormant("20260101", "20260703", "2"), vsdm.Yes, "", nil},
		{"perhaps limited", dormant("20260700", "", "2"), vsdm.Yes, vsdm.ReasonLimitedClaim, []vsdm.Action{vsdm.ActionShowLimitedClaim}},
		{"perhaps dormant", dormant("20260700", "", "1"), vsdm.Unknown, vsdm.ReasonDormantUnknown, []vsdm.Action{vsdm.ActionInsurer}},
		{"dormant in an unknown way", dormant("20260101", "", "3"), vsdm.Unknown, vsdm.ReasonDormantUnknown, []vsdm.Action{vsdm.ActionInsurer}},
		{"open transactions", func(v *vsdm.VSD) { v.Status.Offen = true }, vsdm.Yes, vsdm.ReasonOpenTransactions,
			[]vsdm.Action{vsdm.ActionReadWithOnlineCheck, vsdm.ActionInsurer}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := read(2)
			c.change(v)
			p := v.Proof(vsdm.Case{Day: today})
			require.Equal(t, c.valid, p.Valid)
			require.Equal(t, c.valid, p.Billable)
			require.Equal(t, c.next, actionsOf(p.Next))
			if c.reason != "" {
				require.Contains(t, p.Reasons, c.reason)
			} else {
				require.Equal(t, []vsdm.Reason{vsdm.ReasonChecked}, p.Reasons)
			}
		})
	}
	v := read(4)
	cover("20260700", "")(v)
	require.Equal(t, vsdm.No, v.Proof(vsdm.Case{Day: today}).Valid, "an unknown begin does not soften a no")
}

func faultOf(codes ...konnektor.Code) error {
	e := &konnektor.Error{Op: "ReadVSD"}
	for _, c := range codes {
		e.Trace = append(e.Trace, konnektor.Trace{Code: c})
	}
	return fmt.Errorf("vsdm: read card x: %w", e)
}

// TestProofOfFault is the table of fault codes with what a practice does about
// them (gemILF_PS V2.17.0, secunet manual).
func TestProofOfFault(t *testing.T) {
	const (
		none = vsdm.Unknown
		no   = vsdm.No
	)
	rows := []struct {
		codes []konnektor.Code
		bill  vsdm.Answer
		next  []vsdm.Action
	}{
		{[]konnektor.Code{101, 105, 110, 111}, none, []vsdm.Action{"reinsert-card", "insurer", "replacement-procedure", "it-service"}},
		{[]konnektor.Code{102, 103, 104}, none, []vsdm.Action{"it-service"}},
		{[]konnektor.Code{106, 107, 113, 114, 4192}, no, []vsdm.Action{"newer-card", "insurer", "replacement-procedure"}},
		{[]konnektor.Code{115}, no, []vsdm.Action{"newer-card", "insurer"}},
		{[]konnektor.Code{108, 112}, none, []vsdm.Action{"reinsert-card", "read-again", "it-service"}},
		{[]konnektor.Code{109}, none, []vsdm.Action{"reinsert-hpc", "unlock-hpc", "it-service"}},
		{[]konnektor.Code{3001}, none, []vsdm.Action{"read-with-online-check", "insurer"}},
		{[]konnektor.Code{3011}, none, []vsdm.Action{"reinsert-card", "insurer"}},
		{[]konnektor.Code{3020}, none, []vsdm.Action{"reinsert-card", "other-payer-card"}},
		{[]konnektor.Code{3021}, no, []vsdm.Action{"reinsert-card", "other-payer-card"}},
		{[]konnektor.Code{3039, 3040}, none, []vsdm.Action{"read-with-online-check"}},
		{[]konnektor.Code{3041}, none, []vsdm.Action{"unlock-smcb", "read-again"}},
		{[]konnektor.Code{3042}, none, []vsdm.Action{"unlock-hba", "read-again"}},
		{[]konnektor.Code{4000, 4021}, none, []vsdm.Action{"program-fault"}},
		{[]konnektor.Code{4001}, none, []vsdm.Action{"read-again", "replacement-procedure", "read-later"}},
		{[]konnektor.Code{4002}, none, []vsdm.Action{"show-operating-state", "restart-konnektor", "it-service"}},
		{[]konnektor.Code{4003}, none, []vsdm.Action{"set-user-id"}},
		{[]konnektor.Code{4004, 4005, 4006, 4007, 4009, 4010, 4011, 4012, 4013, 4014, 4015, 4016, 4019, 4020}, none,
			[]vsdm.Action{"fix-context", "it-service"}},
		{[]konnektor.Code{4018}, none, []vsdm.Action{"read-again", "fix-context", "it-service"}},
		{[]konnektor.Code{4008, 4047, 4101, 4131, 4146, 4265}, none, []vsdm.Action{"refresh-handle"}},
		{[]konnektor.Code{4017, 4060, 4093}, none, []vsdm.Action{"wait-and-read-again"}},
		{[]konnektor.Code{4045, 4046, 4048, 4052}, none, []vsdm.Action{"reinsert-card", "insurer", "it-service"}},
		{[]konnektor.Code{4051}, none, []vsdm.Action{"insert-egk"}},
		{[]konnektor.Code{4056}, none, []vsdm.Action{"unlock-smcb", "read-again"}},
		{[]konnektor.Code{4057}, none, []vsdm.Action{"reinsert-card", "insurer"}},
		{[]konnektor.Code{4094}, none, []vsdm.Action{"reinsert-card"}},
		{[]konnektor.Code{4174}, none, []vsdm.Action{"check-internet", "read-again", "it-service"}},
		{[]konnektor.Code{4204}, none, []vsdm.Action{"fix-connection"}},
		{[]konnektor.Code{12999, 11999, 500}, none, []vsdm.Action{"read-again", "it-service"}},
		{[]konnektor.Code{12105}, none, []vsdm.Action{"reinsert-card", "insurer"}},
		{[]konnektor.Code{10000, 31337, 11148, 12101}, none, []vsdm.Action{"show-code"}},
		{[]konnektor.Code{9, 4999}, none, []vsdm.Action{"show-code", "it-service"}},
	}
	listed := 0
	good := []vsdm.Pruefungsnachweis{receipt(2, thisQuarter)}
	for _, row := range rows {
		for _, code := range row.codes {
			t.Run(fmt.Sprint(int(code)), func(t *testing.T) {
				p := vsdm.ProofOfError(faultOf(code), vsdm.Case{Day: today})
				require.Equal(t, row.bill, p.Valid)
				require.Equal(t, row.bill, p.Billable)
				require.Equal(t, row.next, actionsOf(p.Next))
				require.Equal(t, code, p.Code)
				require.Nil(t, p.Keep)
				require.Contains(t, p.Reasons, vsdm.ReasonFault)

				stored := vsdm.ProofOfError(faultOf(code), vsdm.Case{Day: today, Stored: good})
				require.Equal(t, row.bill, stored.Valid)
				require.Equal(t, vsdm.ErgebnisNoUpdate, stored.Keep.Ergebnis)
				require.False(t, stored.Store)
				if row.bill == no {
					require.Equal(t, no, stored.Billable)
					require.Contains(t, stored.Reasons, vsdm.ReasonCardNoProof)
				} else {
					require.Equal(t, vsdm.Yes, stored.Billable, "an earlier receipt of the quarter still counts")
					require.Contains(t, stored.Reasons, vsdm.ReasonStoredReceipt)
				}
				proof, steps := vsdm.Reaction(code)
				require.Equal(t, row.bill, proof)
				require.Equal(t, p.Next, steps)
			})
			listed++
		}
	}
	seen := map[konnektor.Code]bool{}
	for _, class := range vsdm.FaultClasses() {
		require.NotEmpty(t, class.Source)
		require.NotEmpty(t, class.Steps)
		for _, code := range class.Codes {
			require.False(t, seen[code], "%d is listed twice", code)
			seen[code] = true
		}
	}
	require.Len(t, seen, listed-6, "a code without row in this test")
}

func TestProofDetails(t *testing.T) {
	steps := func(code konnektor.Code) []vsdm.Step {
		_, s := vsdm.Reaction(code)
		return s
	}
	require.Equal(t, 3, steps(3001)[0].Times)
	require.Equal(t, vsdm.WhenStillFailing, steps(3001)[1].When)
	require.True(t, steps(3041)[1].Automatic)
	require.False(t, steps(4056)[1].Automatic)
	require.Equal(t, vsdm.Step{Action: vsdm.ActionRefreshHandle, Times: 1, Automatic: true}, steps(4047)[0])
	require.Equal(t, vsdm.Step{Action: vsdm.ActionReadAgain, Times: 1}, steps(4001)[0])
	require.Equal(t, vsdm.WhenSomeOldG2, steps(4001)[1].When)
	require.Equal(t, vsdm.WhenOnlyThisCard, steps(101)[1].When)
	require.Equal(t, vsdm.WhenManyCards, steps(101)[3].When)

	// What a caller does to its copy does not reach the table.
	steps(3001)[0].Action = "spoilt"
	vsdm.FaultClasses()[0].Codes[0] = 1
	require.Equal(t, vsdm.ActionReadWithOnlineCheck, steps(3001)[0].Action)
	require.Equal(t, konnektor.Code(101), vsdm.FaultClasses()[0].Codes[0])
}

// TestProofOfTrace takes the last entry, which is the one to show, unless only
// an earlier one says anything.
func TestProofOfTrace(t *testing.T) {
	require.Equal(t, konnektor.Code(4001), vsdm.ProofOfError(faultOf(13000, 4001), vsdm.Case{Day: today}).Code)
	require.Equal(t, konnektor.Code(106), vsdm.ProofOfError(faultOf(4001, 106), vsdm.Case{Day: today}).Code)
	p := vsdm.ProofOfError(faultOf(106, 4998, 4999), vsdm.Case{Day: today})
	require.Equal(t, konnektor.Code(106), p.Code)
	require.Equal(t, vsdm.No, p.Valid)
	require.Equal(t, konnektor.Code(4999), vsdm.ProofOfError(faultOf(4998, 4999), vsdm.Case{Day: today}).Code)
	require.Equal(t, konnektor.Code(4999), vsdm.ProofOfError(faultOf(13000, 4999), vsdm.Case{Day: today}).Code)
	empty := vsdm.ProofOfError(&konnektor.Error{}, vsdm.Case{Day: today})
	require.Equal(t, []vsdm.Action{vsdm.ActionShowCode, vsdm.ActionITService}, actionsOf(empty.Next))
}

// TestSplitOf12999 tells the fault from the same code in a receipt.
func TestSplitOf12999(t *testing.T) {
	v := read(3)
	v.Pruefungsnachweis.ErrorCode = konnektor.CodeUpdateBackend
	require.Equal(t, vsdm.Yes, v.Proof(vsdm.Case{Day: today}).Billable)
	require.Equal(t, vsdm.Unknown, vsdm.ProofOfError(faultOf(konnektor.CodeUpdateBackend), vsdm.Case{Day: today}).Billable)
}

func TestProofOfFailure(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("vsdm: read card x: %w", err) }
	cases := map[string]struct {
		err    error
		reason vsdm.Reason
		first  vsdm.Action
	}{
		"unreachable":  {wrap(konnektor.KindUnreachable), vsdm.ReasonNoAnswer, vsdm.ActionReadLater},
		"timeout":      {wrap(konnektor.KindTimeout), vsdm.ReasonNoAnswer, vsdm.ActionReadLater},
		"deadline":     {wrap(context.DeadlineExceeded), vsdm.ReasonNoAnswer, vsdm.ActionReadLater},
		"unknown host": {wrap(konnektor.KindUnknownHost), vsdm.ReasonSettings, vsdm.ActionFixConnection},
		"certificate":  {wrap(konnektor.KindCertificate), vsdm.ReasonSettings, vsdm.ActionFixConnection},
		"malformed":    {wrap(konnektor.KindMalformed), vsdm.ReasonBadAnswer, vsdm.ActionReadAgain},
		"too large":    {wrap(konnektor.KindTooLarge), vsdm.ReasonBadAnswer, vsdm.ActionReadAgain},
		"cancelled":    {wrap(konnektor.KindCancelled), vsdm.ReasonNotSent, vsdm.ActionReadAgain},
		"given up":     {wrap(context.Canceled), vsdm.ReasonNotSent, vsdm.ActionReadAgain},
		"refused":      {wrap(konnektor.KindRequest), vsdm.ReasonNotSent, vsdm.ActionProgramFault},
		"no card":      {wrap(konnektor.KindNotInserted), vsdm.ReasonNotSent, vsdm.ActionReinsertCard},
		"anything":     {errors.New("anything"), vsdm.ReasonNotSent, vsdm.ActionProgramFault},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := vsdm.ProofOfError(c.err, vsdm.Case{Day: today})
			require.Equal(t, vsdm.Unknown, p.Valid)
			require.Equal(t, vsdm.Unknown, p.Billable)
			require.Equal(t, []vsdm.Reason{c.reason}, p.Reasons)
			require.Equal(t, c.first, p.Next[0].Action)
			stored := []vsdm.Pruefungsnachweis{receipt(5, thisQuarter)}
			require.Equal(t, vsdm.Yes, vsdm.ProofOfError(c.err, vsdm.Case{Day: today, Stored: stored}).Billable)
		})
	}
	require.Zero(t, vsdm.ProofOfError(nil, vsdm.Case{Day: today}))
}

// TestEveryKindIsJudged goes through all kinds that konnektor knows.
func TestEveryKindIsJudged(t *testing.T) {
	for _, k := range []konnektor.Kind{
		konnektor.KindConfig, konnektor.KindUnknownHost, konnektor.KindUnreachable, konnektor.KindTimeout,
		konnektor.KindCancelled, konnektor.KindNoTLS, konnektor.KindTLS, konnektor.KindCertificate,
		konnektor.KindCertificateName, konnektor.KindCertificateExpired, konnektor.KindBrainpool,
		konnektor.KindClientCertificate, konnektor.KindUnauthorized, konnektor.KindHTTP, konnektor.KindFault,
		konnektor.KindEmpty, konnektor.KindTooLarge, konnektor.KindMalformed, konnektor.KindNoService,
		konnektor.KindRequest, konnektor.KindNotInserted,
	} {
		require.NotEmpty(t, k.Remedy(), "%s is no kind", string(k))
		p := vsdm.ProofOfError(k, vsdm.Case{Day: today})
		require.NotEmpty(t, p.Next, k)
		if k != konnektor.KindRequest {
			require.NotContains(t, actionsOf(p.Next), vsdm.ActionProgramFault, k)
		}
	}
}

func TestProofOfUnknownCard(t *testing.T) {
	p := vsdm.ProofOfUnknownCard(vsdm.Case{Day: today, Stored: []vsdm.Pruefungsnachweis{receipt(1, thisQuarter)}})
	require.Equal(t, vsdm.No, p.Valid)
	require.Equal(t, vsdm.No, p.Billable)
	require.Equal(t, []vsdm.Action{vsdm.ActionNewerCard, vsdm.ActionInsurer, vsdm.ActionReplacementProcedure}, actionsOf(p.Next))
	require.Equal(t, vsdm.ErgebnisUpdated, p.Keep.Ergebnis)
}

// TestListsAreWhole finds a verdict with each action and reason in one of the
// lists that the German texts are written after.
func TestListsAreWhole(t *testing.T) {
	for _, class := range vsdm.FaultClasses() {
		for _, s := range class.Steps {
			require.Contains(t, vsdm.Actions(), s.Action)
			if s.When != "" {
				require.Contains(t, vsdm.Whens(), s.When)
			}
		}
	}
	for _, list := range [][]string{texts(vsdm.Actions()), texts(vsdm.Reasons()), texts(vsdm.Whens())} {
		sorted := slices.Sorted(slices.Values(list))
		require.Len(t, slices.Compact(sorted), len(list))
		require.NotContains(t, list, "")
	}
}

func texts[S ~string](list []S) (out []string) {
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
