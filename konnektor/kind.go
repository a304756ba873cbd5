package konnektor

import (
	"context"
	"errors"
)

// Kind classifies every failure that is not a fault of the Konnektor. A Kind is
// a target of errors.Is, and errors.As finds it in an error:
//
//	var kind konnektor.Kind
//	if errors.As(err, &kind) { show(kind.Remedy()) }
type Kind string

// The kinds. Each says in one line what the practice can do: [Kind.Remedy].
const (
	KindConfig             Kind = "config"              // the Config cannot work
	KindUnknownHost        Kind = "unknown-host"        // the name cannot be resolved
	KindUnreachable        Kind = "unreachable"         // refused, no route, or lost
	KindTimeout            Kind = "timeout"             // no answer in time
	KindCancelled          Kind = "cancelled"           // the caller gave up
	KindNoTLS              Kind = "no-tls"              // plain HTTP where TLS is expected
	KindTLS                Kind = "tls"                 // the handshake failed otherwise
	KindCertificate        Kind = "certificate"         // not trusted: unknown issuer or pin
	KindCertificateName    Kind = "certificate-name"    // another name
	KindCertificateExpired Kind = "certificate-expired" // or not yet valid
	KindBrainpool          Kind = "brainpool"           // a curve that crypto/tls cannot read
	KindClientCertificate  Kind = "client-certificate"  // the Konnektor refused ours
	KindUnauthorized       Kind = "unauthorized"        // HTTP 401 or 403
	KindHTTP               Kind = "http"                // an HTTP status without a fault
	KindFault              Kind = "fault"               // a SOAP fault without GERROR
	KindEmpty              Kind = "empty"               // no answer body
	KindTooLarge           Kind = "too-large"           // an answer beyond its limit
	KindMalformed          Kind = "malformed"           // no XML, or not the expected message
	KindNoService          Kind = "no-service"          // not in the service directory
	KindRequest            Kind = "request"             // refused before the wire
	KindNotInserted        Kind = "not-inserted"        // no such card
)

// Error makes a Kind a target of errors.Is.
func (k Kind) Error() string { return string(k) }

// Remedy says in one English line what the practice can do; it is empty for an
// unknown Kind.
func (k Kind) Remedy() string { return kindRemedies[k] }

// kindRemedies is read by Remedy only. German texts for practice staff stand in
// package operations.
var kindRemedies = map[Kind]string{
	KindConfig:             "correct the settings of the connection to the Konnektor",
	KindUnknownHost:        "check the address of the Konnektor and the name server of this computer",
	KindUnreachable:        "check that the Konnektor is switched on, that its address and port are right and that no firewall is in between",
	KindTimeout:            "try again; if it stays, check the load of the Konnektor and the network, or restart the Konnektor",
	KindCancelled:          "nothing: the call was given up by this computer",
	KindNoTLS:              "check the port; the Konnektor speaks plain HTTP there: use its TLS port or switch TLS on",
	KindTLS:                "check that the Konnektor offers TLS 1.2 with an RSA or NIST certificate; a certificate on a Brainpool curve must be switched to one of these",
	KindCertificate:        "do not go on: if the Konnektor was exchanged or its certificate renewed, an administrator compares the new certificate and stores it",
	KindCertificateName:    "check the address; if the certificate of the Konnektor was made for a name of its own, enter that name as server name",
	KindCertificateExpired: "check the clock of this computer; else an administrator switches the Konnektor to a renewed certificate",
	KindBrainpool:          "an administrator switches the certificate of the Konnektor towards client systems to RSA or a NIST curve",
	KindClientCertificate:  "an administrator makes a new certificate for this client system on the Konnektor and stores it here",
	KindUnauthorized:       "check user name and password of this client system; after three wrong tries the Konnektor may be locked for a while",
	KindHTTP:               "try again; if it stays, restart the Konnektor or ask its administrator",
	KindFault:              "update the program; the Konnektor refused the request without giving a code",
	KindEmpty:              "try again; if it stays, restart the Konnektor or ask its administrator",
	KindTooLarge:           "check that the address is that of a Konnektor; else report it to the maker of the program",
	KindMalformed:          "check that the address is that of a Konnektor; else report it to the maker of the program",
	KindNoService:          "update the firmware of the Konnektor or the program: they have no version of this service in common",
	KindRequest:            "report it to the maker of the program",
	KindNotInserted:        "insert the card",
}

// Failure is every error of this package that is not a fault with a code of the
// TI ([Error]). Its Kind is found by errors.Is and errors.As.
type Failure struct {
	// Op is the operation, or connector.sds for the service directory, or
	// config.
	Op   string
	Kind Kind
	// Host is the host and port that was called; may be empty.
	Host string
	// HTTPStatus is 0 when there was no answer.
	HTTPStatus int
	// FaultString is the text of a SOAP fault without GERROR, in the words of
	// the device. It may quote data.
	FaultString Detail

	text  string // never quotes foreign bytes
	cause error
	// unanswered: the whole request was sent, and no answer was read.
	unanswered bool
}

// Error gives operation, host and cause. It quotes nothing that the Konnektor
// sent as an answer.
func (f *Failure) Error() string {
	s := "konnektor: " + f.Op + ": "
	if f.Host != "" {
		s += f.Host + ": "
	}
	return s + f.text
}

// GoString is Error.
func (f *Failure) GoString() string { return "&" + f.Error() }

// Unwrap returns the Kind and, where there is one, the cause.
func (f *Failure) Unwrap() []error {
	if f.cause == nil {
		return []error{f.Kind}
	}
	return []error{f.Kind, f.cause}
}

// fail returns a Failure without cause. text must not quote foreign bytes.
func fail(kind Kind, op, text string) *Failure {
	return &Failure{Op: op, Kind: kind, text: text}
}

// Remedy says in one English line what the practice can do about err: by the
// last code of a fault, else by the Kind. It is empty when err is neither.
func Remedy(err error) string {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Remedy()
	}
	var kind Kind
	switch {
	case errors.As(err, &kind):
		return kind.Remedy()
	case errors.Is(err, context.Canceled):
		return KindCancelled.Remedy()
	case errors.Is(err, context.DeadlineExceeded):
		return KindTimeout.Remedy()
	}
	return ""
}
