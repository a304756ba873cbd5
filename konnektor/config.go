package konnektor

import (
	"context"
	"crypto/x509"
	"log/slog"
	"time"
)

// DefaultServerName is the only name that the certificate of a Konnektor's
// card (C.AK.AUT) carries, whatever address is dialled (gemILF_PS 4.1.1.2).
const DefaultServerName = "konnektor.konlan"

// Config says where a Konnektor is, who calls and whom to trust. A PVS can keep
// it as JSON; durations are strings such as "30s". Zero fields mean the
// documented default.
type Config struct {
	// URL is the base address, such as https://192.0.2.7 or http://192.0.2.7.
	// The service directory is read from URL/connector.sds.
	URL string `json:"url"`

	// Call is the Aufrufkontext of every call.
	Call CallContext `json:"call"`

	// Auth is how the PVS shows who it is. The zero value shows nothing.
	Auth Auth `json:"auth,omitzero"`

	// Trust is how the Konnektor's certificate is recognised. An https URL
	// needs at least one way; there is none that accepts every certificate.
	Trust Trust `json:"trust,omitzero"`

	// RewriteHost sends every call to the host and port of URL, whatever host
	// the service directory names. For a Konnektor behind NAT or a gateway.
	RewriteHost bool `json:"rewrite_host,omitempty"`

	// Timeout bounds a call whose ctx has no deadline. 0 means 30 s; a PIN
	// entry at the terminal or an update of a card may need more.
	Timeout time.Duration `json:"timeout,omitempty"`

	// BusyTimeout is how long a call that may be repeated is repeated while
	// another workplace uses the card. 0 means 10 s, negative means not at all.
	BusyTimeout time.Duration `json:"busy_timeout,omitempty"`

	// Log receives one line a call, without patient data. nil means no logging.
	Log *slog.Logger `json:"-"`
}

// Auth is how a PVS authenticates: not at all, with a password inside TLS, or
// with a TLS client certificate. One of the two at most.
type Auth struct {
	// User and Password are sent by HTTP Basic, over https only.
	User     string `json:"user,omitempty"`
	Password Secret `json:"password,omitempty"`

	// CertificatePEM and KeyPEM hold the client certificate, with its chain if
	// it has one, and the private key (PKCS#8, PKCS#1 or SEC 1, not encrypted).
	CertificatePEM string `json:"certificate_pem,omitempty"`
	KeyPEM         Secret `json:"key_pem,omitempty"`

	// CertificateFile and KeyFile name files with the same content, read by New.
	CertificateFile string `json:"certificate_file,omitempty"`
	KeyFile         string `json:"key_file,omitempty"`
}

// Trust is how a Konnektor's certificate is recognised. Whatever matches
// first is enough; validity dates are always checked.
type Trust struct {
	// CAsPEM and CAsFile hold certificates of issuers. The certificate must
	// chain to one of them and carry ServerName.
	CAsPEM  string `json:"cas_pem,omitempty"`
	CAsFile string `json:"cas_file,omitempty"`

	// ServerName is the DNS name that must stand in the certificate; it is
	// checked with CAs only. Empty means DefaultServerName.
	ServerName string `json:"server_name,omitempty"`

	// CertificateSHA256 pins certificates: the SHA-256 of the DER, in hex,
	// with or without colons.
	CertificateSHA256 []string `json:"certificate_sha256,omitempty"`

	// PublicKeySHA256 pins keys: the SHA-256 of the SubjectPublicKeyInfo.
	PublicKeySHA256 []string `json:"public_key_sha256,omitempty"`

	// OnFirstUse is asked when nothing above is set and a certificate is shown
	// for the first time. When it returns nil, the Client accepts that
	// certificate, and no other, as long as it lives; the caller should keep
	// the pin. It may run on any goroutine and must honour ctx.
	OnFirstUse func(ctx context.Context, cert *x509.Certificate) error `json:"-"`
}

// Secret is a password or key. Every way of printing masks it; string(s) is the
// one way to the value. As JSON it is itself, so that a Config can be stored:
// keep that file as safe as the secret.
type Secret string
