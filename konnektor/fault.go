package konnektor

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is a fault that a Konnektor answered (GERROR v2.0), or, as a [Warning],
// what it reports beside a result. The last entry of Trace is the one to show
// to a user (A_14159); Trace has at least one.
type Error struct {
	Op         string // the operation
	HTTPStatus int    // 0 for a Warning
	MessageID  string
	Timestamp  time.Time // zero when the device sent none that can be read
	Trace      []Trace
}

// Trace is one entry of a fault's trace, in the words of the device.
type Trace struct {
	EventID, Instance, LogReference string
	CompType                        string
	Code                            Code // 0 when the device sent no number
	Severity, ErrorType             string
	ErrorText                       string
	// Detail may quote data of a patient: never log it.
	Detail Detail
}

// Warning is what a Konnektor reports beside a result (Status "Warning").
// nil means that all is well.
type Warning = Error

// Error gives operation and codes with the texts of the code table for the
// last entry. It quotes no text of the device.
func (e *Error) Error() string {
	if len(e.Trace) == 0 {
		return "konnektor: " + e.Op + ": fault without trace"
	}
	last := e.last()
	var b strings.Builder
	fmt.Fprintf(&b, "konnektor: %s: %d %s", e.Op, int(last.Code), last.Info().Meaning)
	if earlier := e.Trace[:len(e.Trace)-1]; len(earlier) > 0 {
		b.WriteString(" (after")
		for _, t := range earlier[:min(len(earlier), maxShownCodes)] {
			b.WriteString(" " + strconv.Itoa(int(t.Code)))
		}
		b.WriteString(")")
	}
	return b.String()
}

// maxShownCodes bounds how many earlier codes Error names.
const maxShownCodes = 8

// GoString is Error: texts of the device stay unseen.
func (e *Error) GoString() string { return "&" + e.Error() }

// Format writes Error, whatever the verb.
func (e *Error) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, e.Error()) // fmt keeps no error of a Formatter
}

// LogValue is Error.
func (e *Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalText is Error, so that no encoder writes texts of the device by
// accident. A program that stores the trace takes it field by field.
func (e *Error) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Is reports whether any entry of the trace has the code target.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && slices.ContainsFunc(e.Trace, func(t Trace) bool { return t.Code == code })
}

// Code is the code to show: that of the last entry of the trace, 0 for none.
func (e *Error) Code() Code { return e.last().Code }

// Remedy says in one English line what the practice can do.
func (e *Error) Remedy() string { return e.last().Info().Remedy.Advice() }

func (e *Error) last() Trace {
	if len(e.Trace) == 0 {
		return Trace{}
	}
	return e.Trace[len(e.Trace)-1]
}
