// Package vsdm reads the insured person's data (Versichertenstammdaten) of an
// eGK through a Konnektor and says whether the card counts as proof.
//
//	v, err := vsdm.Read(ctx, client, vsdm.Request{EGK: egk, SMCB: smcb})
//	person := v.PersoenlicheVersichertendaten.Person
//	proof := v.Proof(vsdm.Case{Day: vsdm.DateOf(time.Now())})
//
// Read decides by [Mode] and the receipt stored for the patient whether the
// card is checked online, sends one ReadVSD and decodes what the card holds:
// who the person is, how insured, the protected data where card and practice
// authenticated each other, and the receipt of the online check. Statutory
// (GKV) and private insurers (PKV) are read alike.
//
// A Konnektor forwards what a card holds without looking at it. What breaks the
// schema and can still be read is a [Warning] beside the data; what cannot be
// read is an error. [VSD.Proof] and [ProofOfError] turn either into the answer
// that a practice needs: does it count, may it be billed, which receipt to
// keep, what to do next.
//
// Every type that holds data of a patient is masked when it is printed, logged
// or encoded as a whole. No error and no warning quotes such data.
//
// Where to look: read.go the request, mode.go when to check online, vsd.go and
// codes.go the data, date.go days that may be known in part, receipt.go and
// pruefziffer.go the receipt, proof.go, faults.go and actions.go the verdict,
// decode.go, documents.go and check.go how documents are read, kvnr.go and
// hcv.go the check digit and the hash check value, mask.go what is not shown.
package vsdm
