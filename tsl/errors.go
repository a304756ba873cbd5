package tsl

import (
	"errors"
	"fmt"

	"github.com/libkonnektor/libkonnektor/certs"
)

// Code is an error code of the TI. errors.Is(err, code) finds it in an error of
// this package. It is that of package certs, which has the codes of certificates
// and OCSP answers under names of its own.
type Code = certs.Code

// The codes that judging a trust list ends in (gemSpec_PKI, Tab_PKI_274).
const (
	CodeSignerMissing    Code = 1002 // the signer's certificate cannot be taken from the signature
	CodeSeveralAnchors   Code = 1003 // more than one new trust anchor is announced
	CodeAnchorUnreadable Code = 1004 // the announced trust anchor cannot be read
	CodeNoAddress        Code = 1005 // the list names no download address
	CodeDownload         Code = 1006 // no download address answers as it should
	CodeIDIncorrect      Code = 1007 // Id or sequence number do not follow the stored list
	CodeOverdue          Code = 1008 // past NextUpdate, within the grace period: a warning
	CodeExpired          Code = 1009 // past NextUpdate and the grace period
	CodeNotWellFormed    Code = 1011 // no XML, or XML that no list needs
	CodeSchema           Code = 1012 // not the structure of a list
	CodeSignature        Code = 1013 // the signature is invalid or of a form that is not allowed
	CodeKeyUsage         Code = 1016 // the signer's key usage
	CodeExtendedKeyUsage Code = 1017 // the signer's extended key usage
	CodeNotInTime        Code = 1021 // the signer or the anchor is not valid at the check time
	CodeOtherKeyID       Code = 1023 // the signer names another key than the anchor's
	CodeSignerSignature  Code = 1024 // the anchor has not signed the signer's certificate
	CodeAnchorUnknown    Code = 1027 // no trust anchor has the name of the signer's issuer
	CodeAnchorMissing    Code = 1042 // there is no trust anchor to check with
)

// Reasons that the TI has no code of its own for. Errors wrap them beside a
// code.
var (
	// ErrEnvironment means a list of another environment than the one asked
	// for or the one of the stored list. Its code is that of the anchor which is
	// missing for it, else CodeIDIncorrect: a reference list over a test list has
	// the right signature, and only the counter of another environment.
	ErrEnvironment = errors.New("list of another environment")
	// ErrTooLarge means more bytes than any list has.
	ErrTooLarge = errors.New("too large")
	// ErrCheckTime means Options without a time to judge at.
	ErrCheckTime = errors.New("no check time given")
)

// Error is why a list, a detached signature, a file of roots or a download is
// refused.
type Error struct {
	Code   Code   // of the TI; 0 where it has none
	Reason string // in a few words, lower case
	Err    error  // what it comes from, or nil
}

// Error gives the code and the reason.
func (e *Error) Error() string {
	text := "tsl: "
	if e.Code != 0 {
		text += e.Code.Error() + " "
	}
	text += e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

func refuse(code Code, err error, format string, args ...any) *Error {
	return &Error{code, fmt.Sprintf(format, args...), err}
}

// WarningKind is what a Warning is about.
type WarningKind string

// The kinds of warnings.
const (
	WarnID               WarningKind = "id"                 // Id not made of number and time
	WarnNoNextUpdate     WarningKind = "no-next-update"     // the list does not say when the next one comes
	WarnOverdue          WarningKind = "overdue"            // past NextUpdate, within the grace period
	WarnExpired          WarningKind = "expired"            // past the grace period, for a plan
	WarnSignerExpired    WarningKind = "signer-expired"     // since the list was issued
	WarnAnchorExpired    WarningKind = "anchor-expired"     // since the list was issued
	WarnSeveralAnchors   WarningKind = "several-anchors"    // announced at once: all are ignored
	WarnAnchorUnreadable WarningKind = "anchor-unreadable"  // the announced one, or it is no CA
	WarnAnchorStatus     WarningKind = "anchor-status"      // the announced one is revoked: it is ignored
	WarnAnchorNotInTime  WarningKind = "anchor-not-in-time" // the announced one: it is ignored
)

// Warning is what was found and does not make the list unusable.
type Warning struct {
	Kind WarningKind `json:"kind"`
	Code Code        `json:"code,omitempty"` // of the TI; 0 where it has none
	Text string      `json:"text"`
}

// Unchecked is what nobody has looked at, in words.
type Unchecked string

// What may stay unchecked.
const (
	UncheckedOCSP     Unchecked = "OCSP status of the signer"
	UncheckedDetached Unchecked = "detached signature: none given"
	UncheckedSequence Unchecked = "Id and sequence number: no stored list given"
)

// String gives code and text.
func (w Warning) String() string {
	if w.Code == 0 {
		return w.Text
	}
	return w.Code.Error() + " " + w.Text
}
