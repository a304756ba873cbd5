package tslimport

import (
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Refused is why a box did not take a list, as a machine key.
type Refused string

// The reasons. RefusedUnknown is that of codes without a meaning here.
const (
	RefusedUnknown      Refused = "list-refused"
	RefusedNoList       Refused = "no-list"
	RefusedSequence     Refused = "sequence"
	RefusedExpired      Refused = "expired"
	RefusedUnreadable   Refused = "unreadable"
	RefusedSignature    Refused = "signature"
	RefusedSigner       Refused = "signer"
	RefusedAnchor       Refused = "other-anchor"
	RefusedAnchorCount  Refused = "several-anchors"
	RefusedAnchorNotYet Refused = "new-anchor-not-yet"
	RefusedAnchorEnded  Refused = "new-anchor-expired"
	RefusedNeedsECC     Refused = "anchor-not-ecc"
	RefusedOnline       Refused = "box-online"
)

// meanings are the codes of an import (gemSpec_PKI, Tab_PKI_274; gemSpec_Kon;
// Bedienungsanleitung Highspeed-Konnektor 2.0, 12.1.6). 4127 and 4128 say only
// that it failed. 46552 is the vendor's hint at the order of the steps.
var meanings = map[konnektor.Code]struct {
	key  Refused
	text string
}{
	1001:  {RefusedNoList, "the box has no valid list"},
	1002:  {RefusedSigner, "the signer's certificate cannot be read"},
	1003:  {RefusedAnchorCount, "the list announces more than one trust anchor"},
	1004:  {RefusedUnreadable, "the announced trust anchor cannot be read"},
	1007:  {RefusedSequence, "Id or sequence number do not follow the list of the box"},
	1009:  {RefusedExpired, "the list is outdated beyond its grace period"},
	1011:  {RefusedUnreadable, "the list is not well-formed"},
	1012:  {RefusedUnreadable, "the list does not follow its schema"},
	1013:  {RefusedSignature, "the signature is not valid"},
	1016:  {RefusedSigner, "the signer's key usage"},
	1017:  {RefusedSigner, "the signer's extended key usage"},
	1021:  {RefusedSigner, "the signer is not valid at this time"},
	1023:  {RefusedAnchor, "the list is signed under a trust anchor that the box does not know"},
	1024:  {RefusedAnchor, "the list is signed under a trust anchor that the box does not know"},
	1027:  {RefusedAnchor, "the list is signed under a trust anchor that the box does not know"},
	1042:  {RefusedAnchor, "the box cannot load its trust anchor"},
	42023: {RefusedAnchorNotYet, "the new trust anchor is not in force yet"},
	42024: {RefusedAnchorEnded, "the new trust anchor has expired"},
	42035: {RefusedNeedsECC, "the box expects a trust anchor with an elliptic curve"},
	46552: {RefusedOnline, "the box wants to be offline for the import and restarted after it"},
	4173:  {RefusedOnline, "the box wants to be offline for the import and restarted after it"},
	46511: {RefusedUnreadable, "the box cannot read the list"},
}

// firstParse to lastParse are the vendor's codes of lists that it cannot read.
const firstParse, lastParse konnektor.Code = 46553, 46561

// ImportError is a list that the box did not take. It wraps the answer of the
// box ([*mgmt.RefusedError]) and a [*fix.Refusal] whose reason is the key.
type ImportError struct {
	Sequence int
	Reason   Refused
	Text     string // English
	cause    error
}

// Error says which list, and why.
func (e *ImportError) Error() string {
	return fmt.Sprintf("tslimport: list %d: %s: %v", e.Sequence, e.Text, e.cause)
}

// Unwrap gives the answer of the box, and the reason for a report.
func (e *ImportError) Unwrap() []error {
	return []error{e.cause, &fix.Refusal{Fix: Name, Reason: string(e.Reason), Text: e.Text}}
}

// explain makes an ImportError of the refusal of a list; other errors stay. Of
// several codes the first with a meaning counts.
func explain(sequence int, err error) error {
	var box *mgmt.RefusedError
	if !errors.As(err, &box) {
		return err
	}
	e := &ImportError{Sequence: sequence, Reason: RefusedUnknown, Text: "the box refused the list", cause: err}
	for _, code := range box.Codes {
		m, ok := meanings[code]
		if code >= firstParse && code <= lastParse {
			m, ok = meanings[46511], true
		}
		if ok {
			e.Reason, e.Text = m.key, m.text
			break
		}
	}
	return e
}
