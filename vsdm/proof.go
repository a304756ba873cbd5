package vsdm

import (
	"context"
	"errors"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Case is what a verdict needs to know beside the read itself.
type Case struct {
	// Day is the day of treatment in the calendar of Germany ([DateOf]); year,
	// month and day must be known.
	Day Date
	// Stored are the receipts that are kept for this patient. Those of other
	// quarters than Day's make no difference; one without time is taken to be of
	// Day's quarter.
	Stored []Pruefungsnachweis
	// NoOnlineDuty says that the practice need not check online, as with a
	// mobile terminal on a home visit.
	NoOnlineDuty bool
}

// Best is the best stored receipt of the quarter, nil for none: the one to hand
// to Read.
func (c Case) Best() *Pruefungsnachweis {
	var best *Pruefungsnachweis
	for i := range c.Stored {
		if c.Stored[i].in(QuarterOf(c.Day)) {
			best = Better(best, &c.Stored[i])
		}
	}
	return best
}

// Proof is the verdict on one read (gemILF_PS V2.17.0; secunet,
// Bedienungsanleitung Highspeed-Konnektor 2.0).
type Proof struct {
	// Valid says whether this read shows that the person is insured. After a
	// fault that leaves it open, it is Unknown.
	Valid Answer
	// Billable says whether the treatment may be billed by what is known now,
	// stored receipts included. Unknown after a fault without stored receipt.
	Billable Answer
	// Keep is the receipt to keep as that of the quarter, nil for none. It is
	// never worse than a stored one. Store says that it is the one just read.
	// Every other receipt of the quarter is kept beside it for billing.
	Keep  *Pruefungsnachweis
	Store bool
	// Next are the steps to take, in their order; none when all is well.
	Next []Step
	// Reasons are why, in no given order.
	Reasons []Reason
	// Code is the code of the fault that decided, 0 for none. Show it with its
	// text to the user, together with the steps.
	Code konnektor.Code
}

// Proof says whether the data count as proof and may be billed, which receipt
// to keep, and what to do next.
func (v *VSD) Proof(c Case) Proof {
	p := Proof{Keep: c.Best()}
	current := v.Pruefungsnachweis
	if current != nil && !current.in(QuarterOf(c.Day)) {
		p.because(ReasonOtherQuarter)
		current = nil
	}
	stored := p.Keep
	p.Keep = Better(stored, current)
	p.Store = current != nil && p.Keep == current
	if current == nil || !current.Ergebnis.Known() {
		p.withoutReceipt(current, stored, c.NoOnlineDuty)
	} else {
		p.withReceipt(current.Ergebnis, stored)
	}
	p.cover(v.AllgemeineVersicherungsdaten.Versicherungsschutz, c.Day)
	if g := v.GeschuetzteVersichertendaten; g != nil && g.RuhenderLeistungsanspruch != nil {
		p.dormant(*g.RuhenderLeistungsanspruch, c.Day)
	}
	if v.Status.Offen {
		p.because(ReasonOpenTransactions)
		p.Next = append(p.Next, inconsistent...)
	}
	p.Billable = p.Valid
	return p
}

func (p *Proof) because(r Reason) { p.Reasons = append(p.Reasons, r) }

func (p *Proof) do(actions ...Action) {
	for _, a := range actions {
		p.Next = append(p.Next, Step{Action: a})
	}
}

// withReceipt judges a result that is known.
func (p *Proof) withReceipt(e Ergebnis, stored *Pruefungsnachweis) {
	p.Valid = settle(e.Counts(), !e.Counts())
	switch e {
	case ErgebnisUpdated, ErgebnisNoUpdate:
		p.because(ReasonChecked)
		return
	case ErgebnisCertificateInvalid:
		p.because(ReasonCertificateInvalid)
		p.Next = append(p.Next, Step{Action: ActionOtherCard}, Step{Action: ActionInsurer, When: WhenNoOtherCard})
		return
	case ErgebnisOfflineTooLong:
		p.because(ReasonOfflineTooLong)
	default:
		p.because(ReasonCheckNotPossible)
	}
	if stored == nil || !stored.Ergebnis.Good() {
		p.do(ActionRepeatNextVisit)
	}
	if e == ErgebnisOfflineTooLong {
		p.do(ActionITService)
	}
}

// withoutReceipt judges a read without receipt, or with one that cannot be
// understood.
func (p *Proof) withoutReceipt(current, stored *Pruefungsnachweis, noDuty bool) {
	if current != nil {
		p.because(ReasonUnknownResult)
	} else {
		p.because(ReasonNoReceipt)
		p.do(ActionStoreReadDate)
	}
	switch {
	case stored != nil && stored.Ergebnis.Counts():
		p.because(ReasonStoredReceipt)
		p.Valid = Yes
	case noDuty:
		p.because(ReasonNoOnlineDuty)
		p.Valid = Yes
	case current == nil:
		p.Valid = No
		p.do(ActionReadWithOnlineCheck)
	default:
		p.do(ActionReadWithOnlineCheck)
	}
}

// cover checks that Beginn <= day <= Ende.
func (p *Proof) cover(s Versicherungsschutz, day Date) {
	switch s.On(day) {
	case Yes:
	case Unknown:
		p.because(ReasonCoverUnknown)
		p.Valid = both(p.Valid, Unknown)
		p.do(ActionInsurer)
	default:
		p.Valid = No
		if s.Beginn.NotAfter(day) == No {
			p.because(ReasonNotYetInsured)
		} else {
			p.because(ReasonNoLongerInsured)
		}
		p.do(ActionInform, ActionOtherPayer)
	}
}

// dormant checks a dormant claim. One of which too little is understood leaves
// the verdict open, unless it can only be a limited one.
func (p *Proof) dormant(r RuhenderLeistungsanspruch, day Date) {
	on := r.On(day)
	switch {
	case on == No:
	case on == Yes && r.ArtDesRuhens == RuhtVollstaendig:
		p.because(ReasonDormant)
		p.Valid = No
		p.do(ActionInform, ActionOtherPayer)
	case r.ArtDesRuhens == RuhtEingeschraenkt:
		p.because(ReasonLimitedClaim)
		p.do(ActionShowLimitedClaim)
	default:
		p.because(ReasonDormantUnknown)
		p.Valid = both(p.Valid, Unknown)
		p.do(ActionInsurer)
	}
}

// ProofOfError is the verdict on a read that ended in err, an error of Read: a
// fault of the Konnektor, or no answer that can be used. A receipt stored
// earlier in the quarter still counts, unless the fault says that the card is
// no proof at all.
func ProofOfError(err error, c Case) Proof {
	p := Proof{Keep: c.Best()}
	var fault *konnektor.Error
	switch {
	case err == nil:
		return p
	case errors.As(err, &fault):
		p.fault(fault)
	default:
		p.failure(err)
	}
	p.stored()
	return p
}

// ProofOfUnknownCard is the verdict on a card that the Konnektor lists with the
// type UNKNOWN every time that it is inserted.
func ProofOfUnknownCard(c Case) Proof {
	return Proof{
		Keep: c.Best(), Valid: No, Billable: No,
		Next: slices.Clone(newerCard), Reasons: []Reason{ReasonNotRecognised, ReasonCardNoProof},
	}
}

// stored has an earlier receipt count where the read leaves the answer open.
func (p *Proof) stored() {
	p.Billable = p.Valid
	if p.Valid == Unknown && p.Keep != nil && p.Keep.Ergebnis.Counts() {
		p.Billable = Yes
		p.because(ReasonStoredReceipt)
	}
}

// fault takes the last code of the trace that the table lists, since the last
// entry is the one to show (A_14159), else the last.
func (p *Proof) fault(e *konnektor.Error) {
	p.because(ReasonFault)
	p.Code = e.Code()
	for _, t := range slices.Backward(e.Trace) {
		if listed(t.Code) != nil {
			p.Code = t.Code
			break
		}
	}
	p.Valid, p.Next = Reaction(p.Code)
	if p.Valid == No {
		p.because(ReasonCardNoProof)
	}
}

// failure takes the kind of a failure without fault.
func (p *Proof) failure(err error) {
	var kind konnektor.Kind
	switch {
	case errors.As(err, &kind):
	case errors.Is(err, context.DeadlineExceeded):
		kind = konnektor.KindTimeout
	case errors.Is(err, context.Canceled):
		kind = konnektor.KindCancelled
	}
	for _, f := range failures {
		for _, k := range f.kinds {
			if k == kind {
				p.because(f.reason)
				p.Next = slices.Clone(f.steps)
				return
			}
		}
	}
	p.because(ReasonNotSent)
	p.do(ActionProgramFault)
}
