package konnektor

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// EGKAccess names the two cards of an access to medical data of an eGK. The
// insured person may have to enter a PIN at the terminal; see [Entry].
type EGKAccess struct {
	EGK   CardHandle
	HPC   CardHandle // the HBA or SMC-B that opens the eGK
	Entry Entry
}

// maxCardData bounds what is written to an eGK, in bytes: more than a card has
// room for. How much it takes is up to card and Konnektor.
const maxCardData = 1 << 20

// invokeEGK invokes an operation on an eGK, which the person may have to open
// with a PIN.
func (c *Client) invokeEGK(ctx context.Context, op Operation, a EGKAccess, req wire.Encoder, resp wire.Decoder) error {
	if a.EGK == "" || a.HPC == "" {
		return fail(KindRequest, op.Name, "an eGK and an HBA or SMC-B are needed")
	}
	return c.invokeEntry(ctx, op, req, resp, entryCall{entry: a.Entry, wait: EntryWait{Card: a.EGK}, entries: 1})
}

// checkCardData checks what is to be written.
func checkCardData(op string, data []byte) error {
	switch {
	case len(data) == 0:
		return fail(KindRequest, op, "nothing to be written")
	case len(data) > maxCardData:
		return fail(KindRequest, op, "more than any card takes")
	}
	return nil
}
