package operations

import "github.com/libkonnektor/libkonnektor/vsdm"

type proofDoc struct {
	VerdictDE    string      `json:"verdict_de" doc:"The verdict in a German sentence."`
	Valid        string      `json:"valid" table:"-" enum:"yes no unknown" doc:"Whether this read shows that the person is insured."`
	Billable     string      `json:"billable" table:"-" enum:"yes no unknown" doc:"Whether the treatment may be billed by what is known now, stored receipts included."`
	Reasons      []reasonDoc `json:"reasons" doc:"Why."`
	Next         []stepDoc   `json:"next" doc:"What to do next, in this order; empty when all is well."`
	StoreReceipt bool        `json:"store_receipt" table:"-" doc:"The receipt just read is the one to keep as that of the quarter. Every other one of the quarter is kept beside it for billing."`
	KeepReceipt  string      `json:"keep_receipt" table:"-" doc:"The receipt to keep as that of the quarter, in base64; empty for none, and in an error, since a receipt names a person."`
	Code         int64       `json:"code" table:"-" doc:"The code of the fault that decided; 0 for none."`
}

type reasonDoc struct {
	Reason string `json:"reason" table:"-" enum:"@reason" doc:"The reason."`
	TextDE string `json:"text_de" doc:"The same in German."`
}

type stepDoc struct {
	Action    string `json:"action" table:"-" enum:"@action" doc:"What to do."`
	When      string `json:"when,omitempty" table:"-" enum:"@when" doc:"In which case, such as still-failing: the steps before did not help. Left out for any case."`
	Times     int64  `json:"times" table:"-" doc:"How often at most; 0 when no bound is known."`
	Automatic bool   `json:"automatic" table:"-" doc:"A program may do it without asking."`
	TextDE    string `json:"text_de" doc:"The whole step in German."`
}

func newProof(p vsdm.Proof) *proofDoc {
	d := &proofDoc{
		VerdictDE: germanVerdict(p), Valid: p.Valid.String(), Billable: p.Billable.String(),
		Reasons: []reasonDoc{}, Next: []stepDoc{},
		StoreReceipt: p.Store, Code: int64(p.Code),
	}
	if p.Keep != nil {
		d.KeepReceipt = p.Keep.Base64()
	}
	for _, r := range p.Reasons {
		d.Reasons = append(d.Reasons, reasonDoc{string(r), reasonGerman[r]})
	}
	for _, s := range p.Next {
		d.Next = append(d.Next, stepDoc{string(s.Action), string(s.When), int64(s.Times), s.Automatic, germanStep(s)})
	}
	return d
}
