package konnektor

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dpeservice10"
)

// ReadDPE reads the personal declarations of an eGK: where an organ donor card,
// an advance directive and the like are kept (ReadDPE). The card keeps a log of
// accesses.
//
// It returns an [*Error], with CodeDPEMissing for a card without any, or a
// [*Failure]; see [Entry]. ReadDPE is safe for concurrent use.
func (c *Client) ReadDPE(ctx context.Context, r NFDRead) (Content, *Warning, error) {
	op := dpeservice10.OperationReadDPE
	req := dpeservice10.ReadDPE{
		EhcHandle: string(r.EGK), HpcHandle: string(r.HPC), EmergencyIndicator: r.Emergency, UpdateIndicator: r.Update,
	}
	var resp dpeservice10.ReadDPEResponse
	if err := c.invokeEGK(ctx, op, r.EGKAccess, &req, &resp); err != nil {
		return nil, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return nil, nil, err
	}
	return resp.DPEDocument, warning, nil
}

// WriteDPE writes personal declarations to an eGK, over those that are there
// (WriteDPE). It is never repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. WriteDPE is safe for
// concurrent use.
func (c *Client) WriteDPE(ctx context.Context, a EGKAccess, document []byte) (*Warning, error) {
	op := dpeservice10.OperationWriteDPE
	if err := checkCardData(op.Name, document); err != nil {
		return nil, err
	}
	req := dpeservice10.WriteDPE{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC), DPEDocument: document}
	var resp dpeservice10.WriteDPEResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// EraseDPE deletes the personal declarations of an eGK (EraseDPE). It is never
// repeated.
//
// It returns an [*Error] or a [*Failure]; see [Entry]. EraseDPE is safe for
// concurrent use.
func (c *Client) EraseDPE(ctx context.Context, a EGKAccess) (*Warning, error) {
	op := dpeservice10.OperationEraseDPE
	req := dpeservice10.EraseDPE{EhcHandle: string(a.EGK), HpcHandle: string(a.HPC)}
	var resp dpeservice10.EraseDPEResponse
	if err := c.invokeEGK(ctx, op, a, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}
