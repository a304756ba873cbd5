package soap

import (
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/telematikerror20"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Fault is a SOAP 1.1 fault.
type Fault struct {
	// Code is the local part of faultcode, such as Server.
	Code string
	// String is the faultstring, in the words of the device.
	String string
	// Error is the GERROR in the detail, with at least one Trace; nil for a
	// fault of the framework.
	Error *telematikerror20.Error
}

// readFault reads the Fault on which r stands. SOAP 1.1 spells its children
// without namespace; devices that spell them otherwise are understood, too.
func readFault(r *wire.Reader) *Fault {
	f := new(Fault)
	for depth := r.Depth(); r.Child(depth); {
		switch r.Local() {
		case "faultcode":
			code := r.Token()
			f.Code = code[strings.IndexByte(code, ':')+1:]
		case "faultstring":
			f.String = r.Token()
		case "detail":
			for depth := r.Depth(); r.Child(depth); {
				if f.Error == nil && r.Local() == "Error" {
					f.Error = readError(r)
				}
			}
		}
	}
	if f.Error != nil && len(f.Error.Trace) == 0 {
		f.Error = nil // nothing that could be shown
	}
	return f
}

// readError reads the GERROR on which r stands. It asks for no order and no
// namespace: a fault that breaks the schema still has to be shown, with what is
// missing or cannot be read as zero.
func readError(r *wire.Reader) *telematikerror20.Error {
	e := new(telematikerror20.Error)
	for depth := r.Depth(); r.Child(depth); {
		switch r.Local() {
		case "MessageID":
			e.MessageID = r.Token()
		case "Timestamp":
			e.Timestamp, _ = wire.ParseDateTime(r.Token())
		case "Trace":
			e.Trace = append(e.Trace, readTrace(r))
		}
	}
	return e
}

func readTrace(r *wire.Reader) telematikerror20.Trace {
	var t telematikerror20.Trace
	for depth := r.Depth(); r.Child(depth); {
		switch r.Local() {
		case "EventID":
			t.EventID = r.Token()
		case "Instance":
			t.Instance = r.Token()
		case "LogReference":
			t.LogReference = r.Token()
		case "CompType":
			t.CompType = r.Token()
		case "Code":
			t.Code = code(r.Token())
		case "Severity":
			t.Severity = r.Token()
		case "ErrorType":
			t.ErrorType = r.Token()
		case "ErrorText":
			t.ErrorText = r.Token()
		case "Detail":
			t.Detail = &telematikerror20.Detail{Value: r.Text()}
		}
	}
	return t
}

// code is the number of a Code, or 0.
func code(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0
	}
	return n
}
