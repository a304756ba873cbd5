package konnektor

import "time"

// Code is a fault code of the TI. errors.Is(err, code) finds it in any entry of
// a trace.
type Code int

// Error is a fault that a Konnektor answered (GERROR v2.0). The last entry of
// Trace is the one to show to a user (A_14159).
type Error struct {
	Op         string // the operation
	HTTPStatus int
	MessageID  string
	Timestamp  time.Time
	Trace      []Trace
}

// Trace is one entry of a fault's trace, in the words of the device.
type Trace struct {
	EventID, Instance, LogReference string
	CompType                        string
	Code                            Code
	Severity, ErrorType             string
	ErrorText                       string
	// Detail may quote data of a patient: never log it.
	Detail string
}

// Error gives operation and codes with the texts of the code table.
func (e *Error) Error() string { return "konnektor: " + e.Op }

// Error makes a Code a target of errors.Is.
func (c Code) Error() string { return "" }
