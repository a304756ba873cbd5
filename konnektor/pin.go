package konnektor

import (
	"context"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
)

// PINState is the state of a PIN (PinStatus).
type PINState string

// The states of CardService v8.1.
const (
	PINVerified   PINState = "VERIFIED"      // entered since the card was inserted
	PINTransport  PINState = "TRANSPORT_PIN" // must be changed first
	PINEmpty      PINState = "EMPTY_PIN"     // must be set first
	PINBlocked    PINState = "BLOCKED"
	PINVerifiable PINState = "VERIFIABLE" // can be entered
	PINDisabled   PINState = "DISABLED"   // need not be entered
)

// PINStatus is the state of one PIN and the tries left; -1 when not told.
type PINStatus struct {
	State     PINState
	LeftTries int
}

// PINStatus reads the state of a PIN (GetPinStatus). It uses up no try.
//
// It returns an [*Error] or a [*Failure]. PINStatus is safe for concurrent use.
func (c *Client) PINStatus(ctx context.Context, card CardHandle, pin PINType) (PINStatus, *Warning, error) {
	op := cardservice81.OperationGetPinStatus
	if card == "" || pin == "" {
		return PINStatus{}, nil, fail(KindRequest, op.Name, "card and PIN type are needed")
	}
	req := cardservice81.GetPinStatus{CardHandle: string(card), PinTyp: string(pin)}
	var resp cardservice81.GetPinStatusResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return PINStatus{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	switch {
	case err != nil:
		return PINStatus{}, nil, err
	case resp.PinStatus == nil:
		return PINStatus{}, nil, fail(KindMalformed, op.Name, "answer without PinStatus")
	}
	status := PINStatus{State: PINState(*resp.PinStatus), LeftTries: -1}
	if resp.LeftTries != nil {
		status.LeftTries = number(*resp.LeftTries)
	}
	return status, warning, nil
}
