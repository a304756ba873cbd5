package konnektor

// Kind classifies every failure that is not a fault of the Konnektor. A Kind is
// a target of errors.Is.
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
