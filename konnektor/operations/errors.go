package operations

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// The kinds of an Error beside those of package konnektor.
const (
	// KindKonnektor is a fault that the Konnektor reports with a code.
	KindKonnektor konnektor.Kind = "konnektor"
	// KindUnknownOperation is a name that is not in the List.
	KindUnknownOperation konnektor.Kind = "unknown-operation"
	// KindFile is a file that cannot be read or written.
	KindFile konnektor.Kind = "file"
	// KindFormat is a file whose content is not what it should be.
	KindFormat konnektor.Kind = "file-format"
	// KindPassword is a file whose password is another one.
	KindPassword konnektor.Kind = "file-password"
	// KindTrustList is a trust list that an operation needs to be valid.
	KindTrustList konnektor.Kind = "trust-list"
	// KindDownload is a download that brought nothing.
	KindDownload konnektor.Kind = "download"
	// KindManagementLogin is a login to the management interface that was refused.
	KindManagementLogin konnektor.Kind = "management-login"
	// KindUnsupported is what the product cannot do from outside.
	KindUnsupported konnektor.Kind = "unsupported"
	// KindByHand is what nobody has published how to do: the error has the
	// procedure by hand.
	KindByHand konnektor.Kind = "by-hand"
	// KindRefused is what the management interface has refused.
	KindRefused konnektor.Kind = "refused"
	// KindSink is a port for events that cannot be opened.
	KindSink konnektor.Kind = "event-sink"
	// KindClosed is a call on a closed Session.
	KindClosed konnektor.Kind = "closed"
	// KindInternal is a mistake of this library.
	KindInternal konnektor.Kind = "internal"
)

// RemedyProgram is the remedy class of failures that the caller made, beside
// those of package konnektor.
const RemedyProgram konnektor.RemedyClass = "program"

var errUnknownOperation = errors.New("operations: unknown operation")

// Error is every failure of this package, and as JSON the one form in which it
// reaches programs in other languages. It holds no data of patients: of a fault
// it has codes and texts, never the Detail.
type Error struct {
	Op         string                `json:"op" doc:"The operation that was called; open for the opening of a session."`
	Kind       konnektor.Kind        `json:"kind" doc:"What sort of failure it is. The values are listed under kinds."`
	Code       int64                 `json:"code" doc:"The code of a fault of the Konnektor, from the last entry of the trace, or of the TI for a trust list; else 0."`
	SOAPOp     string                `json:"soap_op,omitempty" doc:"The SOAP operation that failed."`
	HTTPStatus int64                 `json:"http_status,omitempty" doc:"The HTTP status, when there was an answer."`
	Field      string                `json:"field,omitempty" doc:"The field of the request that is wrong."`
	Remedy     konnektor.RemedyClass `json:"remedy" enum:"retry user admin replace-card konnektor-restart offline-fallback program none" doc:"Who can do something about it: retry (try again), user (the practice), admin (its IT service), replace-card, konnektor-restart, offline-fallback (go on without the central service), program (the caller made a mistake), none."`
	Repeatable bool                  `json:"repeatable" doc:"The same call, made again later, does no harm and may succeed."`
	Text       string                `json:"text" doc:"For developers, in English."`
	TextDE     string                `json:"text_de" doc:"For practice staff, in German: what happened."`
	AdviceDE   string                `json:"advice_de" doc:"For practice staff, in German: what the practice can do."`
	Trace      []traceDoc            `json:"trace,omitempty" doc:"All entries of the fault's trace; the last one is the one to show."`
	Procedure  []string              `json:"procedure_de,omitempty" doc:"With kind by-hand: the steps that a person takes instead, in German."`
	Proof      *proofDoc             `json:"proof,omitempty" doc:"With vsd.read: what the failure means for the proof, and the steps to take."`
	cause      error
}

// traceDoc is one entry of a fault's trace, without its Detail.
type traceDoc struct {
	Code         int64  `json:"code" doc:"The code. Read it together with comp_type."`
	ErrorText    string `json:"error_text" doc:"The text, in the words of the device."`
	Severity     string `json:"severity" doc:"Debug, Info, Warning, Error or Fatal."`
	ErrorType    string `json:"error_type" doc:"Security, Technical, Business, Infrastructure or Other."`
	CompType     string `json:"comp_type" doc:"The part of the TI that reports it."`
	Instance     string `json:"instance" doc:"The instance of that part."`
	EventID      string `json:"event_id" doc:"The number of the event at the device."`
	LogReference string `json:"log_reference" doc:"Where the device logged it."`
}

// Error is the English text.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the error that led to e.
func (e *Error) Unwrap() error { return e.cause }

// JSON is e as a document.
func (e *Error) JSON() []byte {
	b, err := encode(e)
	if err != nil { // an Error holds strings and numbers only
		return []byte(`{"op":"","kind":"internal"}`)
	}
	return b
}

// German is what happened and what to do, in one or two lines for practice
// staff.
func (e *Error) German() string {
	if e.AdviceDE == "" {
		return e.TextDE
	}
	return e.TextDE + "\n" + wordAdvice + ": " + e.AdviceDE
}

// NewError turns any error of this library into an *Error of the operation op;
// an *Error stays as it is. It is for programs that call packages konnektor and
// vsdm themselves and want the German texts.
func NewError(op string, err error) *Error {
	var done *Error
	if errors.As(err, &done) {
		return done
	}
	e := &Error{Op: op, Kind: kindOf(err), Text: err.Error(), cause: err}
	if e.Kind == KindUnknownOperation {
		e.Text = "operations: " + op + ": unknown operation"
	}
	var bad *requestError
	if errors.As(err, &bad) {
		e.Field, e.Text = bad.field, "operations: "+op+": "+bad.Error()
	}
	var file *fileError
	if errors.As(err, &file) {
		e.Field, e.Text = file.field, "operations: "+op+": "+file.Error()
	}
	var fault *konnektor.Error
	if errors.As(err, &fault) && len(fault.Trace) > 0 {
		e.setFault(fault)
	} else {
		e.Remedy = kindRemedy[e.Kind]
		var failure *konnektor.Failure
		if errors.As(err, &failure) {
			e.SOAPOp, e.HTTPStatus = failure.Op, int64(failure.HTTPStatus)
		}
		g := germanKind(e.Kind)
		e.TextDE, e.AdviceDE = g.what, g.do
		e.setList(err)
		e.setManagement(err)
	}
	if errors.Is(err, konnektor.ErrEntryOpen) {
		e.AdviceDE = doEntryOpen
	}
	e.Repeatable = e.Remedy == konnektor.RemedyRetry
	return e
}

// setList fills in what the error about a trust list tells.
func (e *Error) setList(err error) {
	var refusal *tsl.Error
	if !errors.As(err, &refusal) {
		return
	}
	e.Code = int64(refusal.Code)
	var list *listError
	if !errors.As(err, &list) {
		return
	}
	e.Field, e.Text = list.field, "operations: "+e.Op+": "+list.Error()
	g := germanListCode(refusal)
	e.TextDE, e.AdviceDE = g.what, g.do
}

// managementKind classifies what only the management interface answers; "" for
// anything else.
func managementKind(err error) konnektor.Kind {
	var refused *mgmt.RefusedError
	switch {
	case errors.Is(err, mgmt.ErrLogin):
		return KindManagementLogin
	case errors.Is(err, mgmt.ErrUnknownEndpoint):
		return KindByHand
	case errors.Is(err, mgmt.ErrUnsupported), errors.Is(err, mgmt.ErrUnknownProduct):
		return KindUnsupported
	case errors.As(err, &refused):
		return KindRefused
	}
	return ""
}

// setManagement fills in what an error of the management interface tells.
func (e *Error) setManagement(err error) {
	var refused *mgmt.RefusedError
	if errors.As(err, &refused) {
		e.HTTPStatus = int64(refused.Status)
		if len(refused.Codes) > 0 {
			e.Code = int64(refused.Codes[0])
		}
	}
	var unknown *mgmt.UnknownEndpointError
	if errors.As(err, &unknown) {
		e.Procedure = unknown.Procedure
	}
	if errors.Is(err, mgmt.ErrBusy) {
		e.TextDE, e.AdviceDE = germanBusy.what, germanBusy.do
	}
	var login *mgmt.LoginError
	if errors.As(err, &login) && !login.Before.IsZero() {
		e.TextDE, e.AdviceDE = germanRefusedBefore(login.Before, filepath.Base(login.File))
	}
}

// newWarning turns the warning beside a result into an *Error, nil into nil.
func newWarning(op string, w *konnektor.Warning) *Error {
	if w == nil {
		return nil
	}
	e := NewError(op, w)
	e.Repeatable = false
	return e
}

// setFault fills in what a fault of the Konnektor tells.
func (e *Error) setFault(f *konnektor.Error) {
	last := f.Trace[len(f.Trace)-1]
	e.SOAPOp, e.HTTPStatus, e.Code = f.Op, int64(f.HTTPStatus), int64(last.Code)
	e.Remedy = remedyOf(last)
	for _, t := range f.Trace {
		e.Trace = append(e.Trace, traceDoc{
			Code: int64(t.Code), ErrorText: clean(t.ErrorText), Severity: clean(t.Severity),
			ErrorType: clean(t.ErrorType), CompType: clean(t.CompType), Instance: clean(t.Instance),
			EventID: clean(t.EventID), LogReference: clean(t.LogReference),
		})
	}
	g := germanFault(last, clean(last.ErrorText))
	e.TextDE, e.AdviceDE = g.what, g.do
}

// remedyOf says who can do something about a fault. A code that is in no table
// comes from a vendor or a service, so that the IT service must look at it.
func remedyOf(t konnektor.Trace) konnektor.RemedyClass {
	if r := t.Info().Remedy; r != "" {
		return r
	}
	return konnektor.RemedyAdmin
}

// clean bounds a text of a device and takes controls out of it.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	const most = 300
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return strings.TrimSpace(s)
}

// kindOf classifies an error.
func kindOf(err error) konnektor.Kind {
	var fault *konnektor.Error
	var bad *requestError
	var kind konnektor.Kind
	switch {
	case errors.Is(err, errUnknownOperation):
		return KindUnknownOperation
	case errors.Is(err, errClosed):
		return KindClosed
	case errors.As(err, &bad):
		return konnektor.KindRequest
	case errors.As(err, &fault) && len(fault.Trace) > 0:
		return KindKonnektor
	case managementKind(err) != "":
		return managementKind(err)
	case errors.As(err, &kind):
		return kind
	case errors.Is(err, context.Canceled):
		return konnektor.KindCancelled
	case errors.Is(err, context.DeadlineExceeded):
		return konnektor.KindTimeout
	}
	return KindInternal
}
