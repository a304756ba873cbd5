package konnektor

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// repetitionClass says what a second sending of an operation does.
type repetitionClass int

const (
	// never: a try is used up, a number is given out, something is written or
	// signed.
	never repetitionClass = iota
	// withEffects: a second sending is noticed (a log entry on the card, a
	// motor), so it is not sent again when the first one may have arrived. A
	// refusal because of a handle or of a busy card comes before the effect.
	withEffects
	// repeatable: only reads, or has the same result when sent twice.
	repeatable
)

// repetition follows the descriptions of the operations in gemSpec_Kon and
// gemILF_PS V2.17.0. What is not in it is never repeated: all PIN operations (a try, or
// one of the PUK's ten uses), SignDocument, GetJobNumber (numbers are unique
// over 1000 calls), what writes, deletes or opens a session, what uses a private
// key, and ReadMP and ReadConsent, for which the insured person may have to enter
// a PIN.
//
// The rows of EncryptDocument, VerifyDocument, ReadKVK, ReadNFD and ReadDPE are
// inferred from what these operations do; no source at hand speaks of their
// repetition.
func repetition(op Operation) repetitionClass {
	switch op.Service + "." + op.Name {
	case "EventService.GetCards", "EventService.GetCardTerminals",
		"EventService.GetResourceInformation", "EventService.GetSubscription",
		"EventService.RenewSubscriptions",
		"CardService.GetPinStatus",
		"CertificateService.ReadCardCertificate", "CertificateService.CheckCertificateExpiration",
		"CertificateService.VerifyCertificate",
		"SignatureService.GetSignatureMode",
		"SignatureService.VerifyDocument",   // judges only
		"EncryptionService.EncryptDocument", // public keys only
		"KVKService.ReadKVK":                // a memory card without log
		return repeatable
	case "VSDService.ReadVSD", // log entry and receipt on the card, online update
		"EventService.Subscribe",
		"CardTerminalService.RequestCard", "CardTerminalService.EjectCard",
		"NFDService.ReadNFD", "DPEService.ReadDPE": // log entry on the card, perhaps a PIN
		return withEffects
	}
	return never
}

// Codes after which Invoke tries again. The Konnektor refuses with them before
// it does anything.
var (
	staleCodes = []Code{
		CodeCardNotInserted, CodeHandleInvalid, CodeHandleUnknown,
		CodeHandleWithoutCard, CodeHandleGone, CodeHandleRejected,
	}
	busyCodes = []Code{CodeCardBusy, CodeCardInOtherSession, CodeResourceBusy}
)

// Delays between repetitions for a busy card. A reservation lasts 5 s by
// default.
const (
	firstDelay = 200 * time.Millisecond
	maxDelay   = 2 * time.Second
)

// repeater decides whether a call is sent once more.
type repeater struct {
	client    *Client
	op        Operation
	req       wire.Encoder
	refreshed bool          // the handles were replaced already
	delay     time.Duration // before the next repetition for a busy card
	busyUntil time.Time     // zero before the first refusal
	busy      error         // the last refusal because of a busy card
	refusal   error         // the last one that was a reason to try again
}

func newRepeater(c *Client, op Operation, req wire.Encoder) repeater {
	return repeater{client: c, op: op, req: req, delay: firstDelay}
}

// after reports whether the call is to be sent again after err, and waits or
// replaces handles before.
func (r *repeater) after(ctx context.Context, err error) bool {
	var fault *Error
	if !errors.As(err, &fault) || repetition(r.op) == never {
		return false
	}
	switch {
	case fault.hasAny(staleCodes):
		r.refusal = err
		return r.refresh(ctx)
	case fault.hasAny(busyCodes):
		r.refusal, r.busy = err, err
		return r.wait(ctx)
	}
	return false
}

// result is what the caller gets for err, the end of the last attempt. A call
// that was given up between two attempts was given up, and one whose time ran out
// during a repetition has the refusal that was repeated, which says more than
// that. A Konnektor that cannot be reached during a repetition says more than the
// refusal.
func (r *repeater) result(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case err == r.refusal && errors.Is(ctx.Err(), context.Canceled):
		return r.client.classify(ctx, r.op.Name, "", 0, err)
	case r.busy != nil && errors.Is(err, KindTimeout) && expired(ctx):
		return r.busy
	}
	return err
}

// expired reports whether ctx has no time left. What waits for the same moment,
// such as a dial, may notice that earlier than ctx.
func expired(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

func (e *Error) hasAny(codes []Code) bool {
	for _, code := range codes {
		if e.Is(code) {
			return true
		}
	}
	return false
}

// wait waits for a busy card, longer each time, until BusyTimeout is over.
func (r *repeater) wait(ctx context.Context) bool {
	now := time.Now()
	if r.busyUntil.IsZero() {
		r.busyUntil = now.Add(r.client.cfg.busyTimeout())
	}
	pause := r.delay/2 + rand.N(r.delay) // half to one and a half of it
	r.delay = min(2*r.delay, maxDelay)
	if now.Add(pause).After(r.busyUntil) {
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && now.Add(pause).After(deadline) {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// refresh lists the cards and replaces, in the request, the handle of every
// card that is inserted still but under another handle. It reports whether the
// request then names inserted cards only, and others than before.
func (r *repeater) refresh(ctx context.Context) bool {
	carrier, ok := r.req.(wire.HandleCarrier)
	if !ok || r.refreshed {
		return false
	}
	r.refreshed = true
	before := r.client.handles.of(carrier.Handles()) // GetCards may push them out
	cards, _, err := r.client.Cards(ctx, CardFilter{MandantWide: true})
	if err != nil {
		return false
	}
	inserted := make(map[CardHandle]bool, len(cards))
	handle := make(map[ICCSN]CardHandle, len(cards))
	for _, card := range cards {
		inserted[card.Handle] = true
		handle[card.ICCSN] = card.Handle
	}
	replacement := map[*string]CardHandle{}
	for i, place := range carrier.Handles() {
		if inserted[CardHandle(*place)] {
			continue
		}
		now, ok := handle[before[i]]
		if before[i] == "" || !ok {
			return false
		}
		replacement[place] = now
	}
	for place, now := range replacement {
		*place = string(now)
	}
	return len(replacement) > 0
}
