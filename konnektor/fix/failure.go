package fix

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// ending is why a run does not go on.
type ending struct {
	outcome Outcome // as long as nothing was changed
	reason  string
	step    string
	cause   error // nil: nothing failed
	foreign bool  // somebody else has the box: it must not be touched
}

// Error is the cause, or the reason.
func (e *ending) Error() string {
	if e.cause != nil {
		return e.cause.Error()
	}
	return "fix: " + e.reason
}

// Unwrap is the cause.
func (e *ending) Unwrap() error { return e.cause }

// refuse ends a run with a Refusal.
func (r *run) refuse(reason, text string) error {
	return &ending{outcome: Refused, reason: reason, cause: &Refusal{Fix: r.name(), Reason: reason, Text: text}}
}

// endingOf says what an error of the device or of a fix means for a run that has
// changed nothing.
func endingOf(err error) *ending {
	var e *ending
	if errors.As(err, &e) {
		return e
	}
	return &ending{outcome: Refused, reason: reasonOf(err), cause: err}
}

// reasonOf is the machine key for an error.
func reasonOf(err error) string {
	var refusal *Refusal
	var box *mgmt.RefusedError
	var fault *konnektor.Error
	switch {
	case errors.As(err, &refusal):
		return refusal.Reason
	case isCredentials(err):
		return ReasonWrongPassword
	case errors.Is(err, mgmt.ErrUnknownEndpoint):
		return ReasonUnknownCall
	case errors.Is(err, mgmt.ErrUnsupported):
		return ReasonUnsupported
	case isForbidden(err):
		return ReasonForbidden
	case errors.As(err, &box), errors.As(err, &fault):
		return ReasonRefusedByBox
	case errors.Is(err, syscall.ENOSPC):
		return ReasonDiskFull
	case errors.Is(err, context.Canceled), errors.Is(err, konnektor.KindCancelled):
		return ReasonCancelled
	case errors.Is(err, mgmt.ErrBusy):
		return ReasonBusy
	case isLost(err):
		return ReasonUnreachable
	}
	return ReasonFailed
}

// isCredentials: the box did not accept the account. Another try might lock it.
func isCredentials(err error) bool { return errors.Is(err, konnektor.KindUnauthorized) }

// isForbidden: the account was accepted and may not do this. A Device logs in
// anew before it says so.
func isForbidden(err error) bool {
	var box *mgmt.RefusedError
	return errors.As(err, &box) && (box.Status == 401 || box.Status == 403)
}

// lostKinds are the failures after which nobody knows whether the box has done
// what it was asked for, and which may be over at the next try.
var lostKinds = []konnektor.Kind{
	konnektor.KindUnreachable, konnektor.KindTimeout, konnektor.KindUnknownHost,
	konnektor.KindEmpty, konnektor.KindHTTP, konnektor.KindTLS, konnektor.KindMalformed,
}

// isLost says whether err is a lost or an unusable answer. An HTTP status from
// 500 on is one, too: it does not say whether the box has done it.
func isLost(err error) bool {
	var kind konnektor.Kind
	if errors.As(err, &kind) {
		return slices.Contains(lostKinds, kind)
	}
	var box *mgmt.RefusedError
	if errors.As(err, &box) {
		return box.Status == 408 || box.Status == 429 || box.Status >= 500 && box.Status != 501
	}
	return isNetwork(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded)
}

// isNetwork says whether a connection has failed. An error of the system that comes
// from a file is a net.Error, too, and none of the network.
func isNetwork(err error) bool {
	var op *net.OpError
	var number syscall.Errno
	var network net.Error
	switch {
	case errors.As(err, &op):
		return true
	case errors.As(err, &number):
		return number == syscall.ECONNRESET || number == syscall.ECONNREFUSED || number == syscall.EPIPE
	}
	return errors.As(err, &network)
}

// isRefused: the box answered that it did not do it.
func isRefused(err error) bool {
	var box *mgmt.RefusedError
	return errors.As(err, &box) && !isLost(err)
}

// codesOf are the codes of an answer, for the journal.
func codesOf(err error) (codes []int) {
	var box *mgmt.RefusedError
	if errors.As(err, &box) {
		for _, c := range box.Codes {
			codes = append(codes, int(c))
		}
	}
	var fault *konnektor.Error
	if errors.As(err, &fault) {
		for _, t := range fault.Trace {
			codes = append(codes, int(t.Code))
		}
	}
	return codes
}
