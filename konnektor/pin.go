package konnektor

import (
	"context"
	"math"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
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
	return PINStatus{State: PINState(*resp.PinStatus), LeftTries: leftTries(resp.LeftTries)}, warning, nil
}

// leftTries is n as an int, -1 when it is not told. A number that does not fit
// tells nothing either: 0 would call the PIN blocked.
func leftTries(n *uint64) int {
	if n == nil || *n > math.MaxInt32 {
		return -1
	}
	return int(*n)
}

// PINOutcome is how a PIN operation ended (PinResult).
type PINOutcome string

// The outcomes of CardServiceCommon v2.0. All of them are answers, not errors.
const (
	PINOutcomeOK         PINOutcome = "OK"
	PINOutcomeRejected   PINOutcome = "REJECTED"      // wrong; tries are left
	PINOutcomeWasBlocked PINOutcome = "WASBLOCKED"    // blocked already: unblock with the PUK
	PINOutcomeNowBlocked PINOutcome = "NOWBLOCKED"    // blocked by this entry
	PINOutcomeError      PINOutcome = "ERROR"         // not entered; the Warning says why
	PINOutcomeTransport  PINOutcome = "TRANSPORT_PIN" // change the PIN first
)

// PINResult is what a PIN operation came to.
type PINResult struct {
	Result PINOutcome
	// LeftTries is how many wrong entries are left; -1 when not told.
	LeftTries int
}

// OK reports whether the PIN was accepted.
func (r PINResult) OK() bool { return r.Result == PINOutcomeOK }

// PINRequest names a PIN of a card. The PIN itself never comes here: a person
// enters it at the terminal.
type PINRequest struct {
	Card  CardHandle
	PIN   PINType
	Entry Entry
}

// VerifyPIN has a person enter a PIN at the terminal (VerifyPin), as for
// unlocking an SMC-B with PINSMC. It blocks until then; see [Entry].
//
// A wrong PIN is a result. An [*Error] has CodePINTimeout, CodePINCancelled,
// CodePINPadBusy or CodeNoRemotePIN, among others; a [*Failure] that is also
// ErrEntryOpen leaves the terminal waiting. The call is never repeated: a try
// may be used up. VerifyPIN is safe for concurrent use.
func (c *Client) VerifyPIN(ctx context.Context, r PINRequest) (PINResult, *Warning, error) {
	req := cardservice81.VerifyPin{CardHandle: string(r.Card), PinTyp: string(r.PIN)}
	var resp cardservice81.VerifyPinResponse
	return c.enterPIN(ctx, cardservice81.OperationVerifyPin, r, &req, &resp, &resp.PinResponseType, 1)
}

// ChangePIN has a person enter the old PIN and twice the new one (ChangePin); a
// transport PIN is changed alike. See [Client.VerifyPIN].
func (c *Client) ChangePIN(ctx context.Context, r PINRequest) (PINResult, *Warning, error) {
	req := cardservice81.ChangePin{CardHandle: string(r.Card), PinTyp: string(r.PIN)}
	var resp cardservice81.ChangePinResponse
	return c.enterPIN(ctx, cardservice81.OperationChangePin, r, &req, &resp, &resp.PinResponseType, 3)
}

// UnblockPIN has a person enter the PUK (UnblockPin) and, with setNew, twice a
// new PIN. A PUK has ten uses, right or wrong. See [Client.VerifyPIN].
func (c *Client) UnblockPIN(ctx context.Context, r PINRequest, setNew bool) (PINResult, *Warning, error) {
	req := cardservice81.UnblockPin{CardHandle: string(r.Card), PinTyp: string(r.PIN), SetNewPin: &setNew}
	entries := 1
	if setNew {
		entries = 3
	}
	var resp cardservice81.UnblockPinResponse
	return c.enterPIN(ctx, cardservice81.OperationUnblockPin, r, &req, &resp, &resp.PinResponseType, entries)
}

// EnablePIN makes an application of a card ask for its PIN (EnablePin). See
// [Client.VerifyPIN].
func (c *Client) EnablePIN(ctx context.Context, r PINRequest) (PINResult, *Warning, error) {
	req := cardservice81.EnablePin{CardHandle: string(r.Card), PinTyp: string(r.PIN)}
	var resp cardservice81.EnablePinResponse
	return c.enterPIN(ctx, cardservice81.OperationEnablePin, r, &req, &resp, &resp.PinResponseType, 1)
}

// DisablePIN makes an application of a card no longer ask for its PIN
// (DisablePin). See [Client.VerifyPIN].
func (c *Client) DisablePIN(ctx context.Context, r PINRequest) (PINResult, *Warning, error) {
	req := cardservice81.DisablePin{CardHandle: string(r.Card), PinTyp: string(r.PIN)}
	var resp cardservice81.DisablePinResponse
	return c.enterPIN(ctx, cardservice81.OperationDisablePin, r, &req, &resp, &resp.PinResponseType, 1)
}

// enterPIN sends a PIN operation and reads its answer, which is in resp.
func (c *Client) enterPIN(ctx context.Context, op Operation, r PINRequest, req wire.Encoder, resp wire.Decoder, answer *cardservicecommon20.PinResponseType, entries int) (PINResult, *Warning, error) {
	if r.Card == "" || r.PIN == "" {
		return PINResult{}, nil, fail(KindRequest, op.Name, "card and PIN type are needed")
	}
	call := entryCall{entry: r.Entry, wait: EntryWait{Card: r.Card, PIN: r.PIN}, entries: entries}
	if err := c.invokeEntry(ctx, op, req, resp, call); err != nil {
		return PINResult{}, nil, err
	}
	warning, err := outcome(op.Name, string(answer.Status.Result), answer.Status.Error)
	switch {
	case err != nil:
		return PINResult{}, nil, err
	case answer.PinResult == "":
		return PINResult{}, nil, fail(KindMalformed, op.Name, "answer without PinResult")
	}
	return PINResult{Result: PINOutcome(answer.PinResult), LeftTries: leftTries(answer.LeftTries)}, warning, nil
}
