package konnektor

import (
	"context"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
)

// Codes of comfort signatures.
const (
	CodeComfortDisabled     Code = 4263 // an administrator enables the function
	CodeComfortNotActivated Code = 4267
	CodeComfortNotEnded     Code = 4268
	CodeComfortUserIDUsed   Code = 4270 // choose another UserID
	CodeComfortEnded        Code = 4271 // activate it again
	CodeComfortUserID       Code = 4272 // not acceptable
	CodeComfortHBAOnly      Code = 4274
	CodeComfortTooMany      Code = 4278 // sessions at the same time
)

// SigningMode is whether each job of a session asks for the PIN.
type SigningMode string

// The modes of SignatureService 7.5.
const (
	SigningPIN     SigningMode = "PIN"     // each job asks
	SigningComfort SigningMode = "COMFORT" // jobs within the limits do not ask
)

// SignatureMode is how an HBA signs at present and within which limits.
type SignatureMode struct {
	// Enabled says that an administrator allows comfort signatures.
	Enabled bool
	// Max is how many signatures one activation is good for, 0 to 250; 100
	// unless an administrator chose otherwise.
	Max int
	// Timer is how long one activation lasts, 1 h to 24 h; 6 h unless an
	// administrator chose otherwise.
	Timer time.Duration
	// Session is that of card and CallContext; nil without one.
	Session *SignatureSession
}

// SignatureSession is what is left of an activation.
type SignatureSession struct {
	Mode          SigningMode
	CountLeft     int           // signatures
	TimeRemaining time.Duration // 0 when it is over
}

// ComfortRequest names an HBA. The UserID of the CallContext is the key to the
// session: a long random value that is not used again (codes 4270 and 4272).
type ComfortRequest struct {
	Card  CardHandle
	Entry Entry
}

// ActivateComfortSignature has the owner of an HBA enter PIN.QES once for many
// signatures (ActivateComfortSignature). It blocks until then; see [Entry]. It
// is never repeated.
//
// It needs SignatureService 7.5: a Konnektor with 7.4 gives a [Failure] of
// [KindNoService]. An [*Error] has one of the CodeComfort codes, CodePINTimeout
// or CodePINCancelled, among others. ActivateComfortSignature is safe for
// concurrent use.
func (c *Client) ActivateComfortSignature(ctx context.Context, r ComfortRequest) (SigningMode, *Warning, error) {
	op := signatureservice75.OperationActivateComfortSignature
	if err := c.comfort(ctx, op, r.Card); err != nil {
		return "", nil, err
	}
	req := signatureservice75.ActivateComfortSignature{CardHandle: string(r.Card)}
	var resp signatureservice75.ActivateComfortSignatureResponse
	call := entryCall{entry: r.Entry, wait: EntryWait{Card: r.Card, PIN: PINQES}, entries: 1}
	if err := c.invokeEntry(ctx, op, &req, &resp, call); err != nil {
		return "", nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return "", nil, err
	}
	return SigningMode(resp.SignatureMode), warning, nil
}

// DeactivateComfortSignature ends the comfort signatures of HBAs, in all
// sessions (DeactivateComfortSignature). Errors are those of
// ActivateComfortSignature. DeactivateComfortSignature is safe for concurrent
// use.
func (c *Client) DeactivateComfortSignature(ctx context.Context, cards ...CardHandle) (*Warning, error) {
	op := signatureservice75.OperationDeactivateComfortSignature
	if err := c.comfort(ctx, op, cards...); err != nil {
		return nil, err
	}
	var req signatureservice75.DeactivateComfortSignature
	for _, card := range cards {
		req.CardHandle = append(req.CardHandle, string(card))
	}
	var resp signatureservice75.DeactivateComfortSignatureResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return nil, err
	}
	return outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
}

// SignatureMode tells how an HBA signs and what is left of its comfort session
// (GetSignatureMode). Errors are those of ActivateComfortSignature. SignatureMode
// is safe for concurrent use.
func (c *Client) SignatureMode(ctx context.Context, card CardHandle) (SignatureMode, *Warning, error) {
	op := signatureservice75.OperationGetSignatureMode
	if err := c.comfort(ctx, op, card); err != nil {
		return SignatureMode{}, nil, err
	}
	req := signatureservice75.GetSignatureMode{CardHandle: string(card)}
	var resp signatureservice75.GetSignatureModeResponse
	if err := c.Invoke(ctx, op, &req, &resp); err != nil {
		return SignatureMode{}, nil, err
	}
	warning, err := outcome(op.Name, string(resp.Status.Result), resp.Status.Error)
	if err != nil {
		return SignatureMode{}, nil, err
	}
	mode := SignatureMode{
		Enabled: resp.ComfortSignatureStatus == signatureservice75.ComfortSignatureStatusEnabled,
		Max:     count(resp.ComfortSignatureMax),
		Timer:   resp.ComfortSignatureTimer.Time,
	}
	if s := resp.SessionInfo; s != nil {
		mode.Session = &SignatureSession{
			Mode: SigningMode(s.SignatureMode), CountLeft: count(s.CountRemaining), TimeRemaining: max(s.TimeRemaining.Time, 0),
		}
	}
	return mode, warning, nil
}

// comfort checks what the operations of comfort signatures need.
func (c *Client) comfort(ctx context.Context, op Operation, cards ...CardHandle) error {
	if len(cards) == 0 {
		return fail(KindRequest, op.Name, "a card is needed")
	}
	for _, card := range cards {
		if card == "" {
			return fail(KindRequest, op.Name, "a card is needed")
		}
	}
	version, err := c.signatureVersion(ctx, op.Name)
	if err == nil && version != signature75 {
		err = fail(KindNoService, op.Name, "comfort signatures need SignatureService 7.5; the Konnektor has 7.4")
	}
	return err
}

// maxCount is what a CountType may hold (SignatureService 7.5).
const maxCount = 250

// count is a CountType as an int; a number that it cannot have counts as 0.
func count(n int64) int {
	if n < 0 || n > maxCount {
		return 0
	}
	return int(n)
}
