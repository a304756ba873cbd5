package bridge

import (
	"errors"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// Status is the result of a call over the C interface. The numbers are those of
// konnektor.h.
type Status int32

// The statuses of konnektor.h, where they are explained.
const (
	OK          Status = 0
	Failed      Status = -1
	Timeout     Status = -2
	Cancelled   Status = -3
	Closed      Status = -4
	BadArgument Status = -5
	BadText     Status = -6
	BadHandle   Status = -7
	TooLarge    Status = -8
	SmallBuffer Status = -9
	NotFound    Status = -10
	NoMemory    Status = -11
	Busy        Status = -12
	Internal    Status = -13
)

// MaxText is the largest text in bytes that a function takes (KON_MAX_TEXT).
const MaxText = 16 << 20

// result is what an operation ended with: an answer, or a status with its error
// document.
type result struct {
	status   Status
	document []byte
}

// failure turns the error of an operation into its result. An *operations.Error
// is what a session returns; everything else is a defect.
func failure(op string, err error) result {
	var known *operations.Error
	if !errors.As(err, &known) {
		return internal(op)
	}
	status := Failed
	switch known.Kind {
	case konnektor.KindTimeout:
		status = Timeout
	case konnektor.KindCancelled:
		status = Cancelled
	case operations.KindClosed:
		status = Closed
	case operations.KindInternal:
		status = Internal
	}
	return result{status, known.JSON()}
}

// internal is the result of an operation that met a defect of this library.
func internal(op string) result {
	return result{Internal, operations.NewError(op, operations.KindInternal).JSON()}
}
