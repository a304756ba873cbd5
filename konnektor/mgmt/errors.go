package mgmt

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// ErrLogin is the target of errors.Is for a login that the box refused.
var ErrLogin = errors.New("mgmt: login refused")

// ErrClosed is the answer of every method after Close.
var ErrClosed = errors.New("mgmt: device closed")

// LoginError is a refused login: the password is wrong or too old, or the account
// is locked; boxes do not tell which. The Device never sends that password
// again: every later call gives the same error. With Config.StateDir no other
// process sends it either, until other credentials are given or a person has
// removed the file that remembers it, after an account was unlocked for instance.
// A program that runs unattended stops then and asks a person.
type LoginError struct {
	Product Product
	Status  int // HTTP status
	// Before is when the box has refused these credentials to somebody else; they
	// were not sent again. Zero when they were sent now.
	Before time.Time
	// File is what remembers that; set with Before.
	File string
}

// Error names product and status, and the name of the file without its folder.
func (e *LoginError) Error() string {
	text := fmt.Sprintf("mgmt: %s: login refused: status %d", e.Product, e.Status)
	if e.Before.IsZero() {
		return text
	}
	return text + fmt.Sprintf(" on %s, not tried again: see %s", e.Before.UTC().Format(time.DateOnly), filepath.Base(e.File))
}

// Unwrap is [ErrLogin] and [konnektor.KindUnauthorized].
func (e *LoginError) Unwrap() []error { return []error{ErrLogin, konnektor.KindUnauthorized} }

// Is makes a refusal a target of errors.Is by its codes.
func (e *RefusedError) Is(target error) bool {
	code, ok := target.(konnektor.Code)
	if !ok {
		return false
	}
	for _, c := range e.Codes {
		if c == code {
			return true
		}
	}
	return false
}

// AnswerError is an answer that is not what the operation answers, in status 2xx.
type AnswerError struct {
	Operation Operation
	text      string // quotes nothing of the answer
}

// Error names operation and result.
func (e *AnswerError) Error() string { return fmt.Sprintf("mgmt: %s: %s", e.Operation, e.text) }

// Unwrap is [konnektor.KindMalformed].
func (e *AnswerError) Unwrap() error { return konnektor.KindMalformed }

// malformed is a result that cannot be read.
func malformed(result string) error {
	return &AnswerError{text: "answer: " + result + ": missing or not as expected"}
}

// RequestError is a request that cannot be made: nothing was sent.
type RequestError struct{ text string }

// Error says why.
func (e *RequestError) Error() string { return "mgmt: " + e.text }

// Unwrap is [konnektor.KindRequest].
func (e *RequestError) Unwrap() error { return konnektor.KindRequest }

func requestError(format string, args ...any) error {
	return &RequestError{fmt.Sprintf(format, args...)}
}
