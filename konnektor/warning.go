package konnektor

import (
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/telematikerror20"
)

// outcome reads the Status of an answer: OK, Warning (NFDService and DPEService
// spell it WARNING) or, though no schema has it, an error.
func outcome(op, result string, gerror *telematikerror20.Error) (*Warning, error) {
	e := newError(op, 0, gerror)
	switch {
	case strings.EqualFold(result, "OK"):
		return e, nil
	case strings.EqualFold(result, "Warning"):
		if e == nil {
			e = &Warning{Op: op, Trace: []Trace{{Severity: "Warning"}}}
		}
		return e, nil
	case e != nil:
		return nil, e
	}
	return nil, fail(KindMalformed, op, "answer without a known Status")
}

// newError converts a GERROR; nil, or one without trace, into nil.
func newError(op string, httpStatus int, v *telematikerror20.Error) *Error {
	if v == nil || len(v.Trace) == 0 {
		return nil
	}
	e := &Error{Op: op, HTTPStatus: httpStatus, MessageID: v.MessageID, Timestamp: v.Timestamp.Time}
	for i := range v.Trace {
		t := &v.Trace[i]
		entry := Trace{
			EventID: t.EventID, Instance: t.Instance, LogReference: t.LogReference, CompType: t.CompType,
			Code: Code(t.Code), Severity: t.Severity, ErrorType: t.ErrorType, ErrorText: t.ErrorText,
		}
		if t.Detail != nil {
			entry.Detail = Detail(t.Detail.Value)
		}
		e.Trace = append(e.Trace, entry)
	}
	return e
}
