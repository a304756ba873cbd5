package konnektortest

import (
	"fmt"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Fault is a SOAP fault that the Konnektor answers. A handler returns one as
// its error; [Konnektor.Disturb] answers one in place of the operation.
type Fault struct {
	// Code is the gematik code of the last trace. Its severity, type and text
	// come from a table unless they are set.
	Code konnektor.Code
	// Detail is the detail of the last trace; empty means none.
	Detail string
	// CompType is the component; empty means "Konnektor".
	CompType string
	// Vendor are traces that stand before the last one, as devices send them;
	// nil lets the seed choose between none and one. Those of a module (CompType)
	// stand alone.
	Vendor []konnektor.Trace
	// Status is the HTTP status; 0 means 500, as SOAP 1.1 has it.
	Status int

	// Plain, when not empty, makes a fault of the framework without GERROR,
	// with this text. It is what devices answer before they look at a message.
	Plain string
	// Client blames the caller in faultcode; else it is the server.
	Client bool
	// FaultCode replaces the local name in faultcode, such as VersionMismatch.
	FaultCode string
	// NoDetail omits the detail with GERROR, though there is a code.
	NoDetail bool
}

// Error gives code and text.
func (f *Fault) Error() string {
	if f.Plain != "" {
		return "konnektortest: fault: " + f.Plain
	}
	return fmt.Sprintf("konnektortest: fault %d %s", f.Code, faultText(f.Code).text)
}

// NewFault returns the fault with the code, as the Konnektor's base gives it.
func NewFault(code konnektor.Code) *Fault { return &Fault{Code: code} }

// moduleFault returns the fault with the code, as the component gives it to which
// the code belongs.
func moduleFault(code konnektor.Code) *Fault { return &Fault{Code: code, CompType: component(code)} }

// component is the module that a code belongs to; "" for those of the Konnektor's
// base, of certificates (gemSpec_PKI) and of the services behind the Konnektor.
func component(code konnektor.Code) string {
	switch code / 1000 {
	case 0, 3:
		return "FM_VSDM"
	case 5:
		return "FM_NFDM"
	case 6:
		return "FM_AMTS"
	}
	return ""
}

// badRequest is code 4000 with a validator's text.
func badRequest(detail string) *Fault { return &Fault{Code: 4000, Detail: detail, Client: true} }

// framework is a fault without GERROR that blames the client.
func framework(text string) *Fault { return &Fault{Plain: text, Client: true} }

// xml returns the text of the S:Fault element. The faultcode's prefix is the
// one of the envelope.
func (f *Fault) xml(envelope string, ids *idSource) string {
	side := "Server"
	if f.Client {
		side = "Client"
	}
	side = or(f.FaultCode, side)
	text := or(f.Plain, faultText(f.Code).text)
	detail := ""
	if f.Plain == "" && !f.NoDetail {
		detail = Elem("detail", f.gerror(ids))
	}
	return Elem("S:Fault",
		ElemText("faultcode", envelope+":"+side), ElemText("faultstring", text), detail)
}

// gerror returns the text of the GERROR:Error element, TelematikError.xsd.
func (f *Fault) gerror(ids *idSource) string {
	var traces string
	for _, t := range f.Vendor {
		traces += traceXML(t)
	}
	known := faultText(f.Code)
	traces += traceXML(konnektor.Trace{
		EventID: ids.uuid(), Instance: "Konnektor-Lokal", LogReference: ids.uuid(),
		CompType: or(f.CompType, "Konnektor"), Code: f.Code, Severity: known.severity,
		ErrorType: known.kind, ErrorText: known.text, Detail: konnektor.Detail(f.Detail),
	})
	return Elem("GERROR:Error",
		ElemText("GERROR:MessageID", ids.uuid()), ElemText("GERROR:Timestamp", ids.now()), traces)
}

func traceXML(t konnektor.Trace) string {
	detail := ""
	if t.Detail != "" {
		detail = ElemText("GERROR:Detail", string(t.Detail))
	}
	return Elem("GERROR:Trace",
		ElemText("GERROR:EventID", t.EventID), ElemText("GERROR:Instance", t.Instance),
		ElemText("GERROR:LogReference", t.LogReference), ElemText("GERROR:CompType", t.CompType),
		ElemText("GERROR:Code", strconv.Itoa(int(t.Code))), ElemText("GERROR:Severity", t.Severity),
		ElemText("GERROR:ErrorType", t.ErrorType), ElemText("GERROR:ErrorText", t.ErrorText), detail)
}

// withVendorTrace returns f as a Konnektor gives it that puts a trace of its own
// first.
func (f *Fault) withVendorTrace(ids *idSource) *Fault {
	if f.Vendor != nil || f.CompType != "" || f.Plain != "" {
		return f
	}
	with := *f
	with.Vendor = []konnektor.Trace{{
		EventID: ids.uuid(), Instance: "simulator", LogReference: "Konnektor-Log", CompType: "Konnektor",
		Code: 20_000 + f.Code%1000, Severity: "Error", ErrorType: "Technical", ErrorText: "Vorgang im Simulator abgebrochen",
	}}
	return &with
}

// warning returns the text of a CONN:Status that reports f beside a result.
func (f *Fault) warning(ids *idSource) string {
	return Elem("CONN:Status", ElemText("CONN:Result", "Warning"), f.gerror(ids))
}

// knownFault is a row of the table of faults.
type knownFault struct{ severity, kind, text string }

func faultText(code konnektor.Code) knownFault {
	if f, ok := faults[code]; ok {
		return f
	}
	return knownFault{"Error", "Technical", "Fehler " + strconv.Itoa(int(code))}
}
