package konnektor

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// DefaultServerName is the only name that the certificate of a Konnektor's
// card (C.AK.AUT) carries, whatever address is dialled (gemILF_PS 4.1.1.2).
const DefaultServerName = "konnektor.konlan"

// Values of a Config whose fields are zero.
const (
	DefaultTimeout     = 30 * time.Second
	DefaultBusyTimeout = 10 * time.Second
)

// Config says where a Konnektor is, who calls and whom to trust. A PVS can keep
// it as JSON; durations are strings such as "30s". Zero fields mean the
// documented default.
type Config struct {
	// URL is the base address, such as https://192.0.2.7 or http://192.0.2.7.
	// The service directory is read from URL/connector.sds.
	URL string `json:"url"`

	// Call is the Aufrufkontext of every call. Without it only the service
	// directory can be read.
	Call CallContext `json:"call,omitzero"`

	// Auth is how the PVS shows who it is. The zero value shows nothing.
	Auth Auth `json:"auth,omitzero"`

	// Trust is how the Konnektor's certificate is recognised. An https URL
	// needs at least one way; there is none that accepts every certificate.
	Trust Trust `json:"trust,omitzero"`

	// RewriteHost sends every call to the host and port of URL, whatever host
	// the service directory names. For a Konnektor behind NAT or a gateway.
	RewriteHost bool `json:"rewrite_host,omitempty"`

	// Timeout bounds a call whose ctx has no deadline, repetitions included. 0
	// means 30 s; a PIN entry at the terminal or an update of a card may need
	// more.
	Timeout time.Duration `json:"timeout,omitempty"`

	// BusyTimeout is how long a call that may be repeated is repeated while
	// another workplace uses the card. 0 means 10 s, negative means not at all.
	BusyTimeout time.Duration `json:"busy_timeout,omitempty"`

	// Log receives one line a call, without patient data. nil means no logging.
	Log *slog.Logger `json:"-"`
}

// Auth is how a PVS authenticates: not at all, with a password inside TLS, or
// with a TLS client certificate. One of the two at most, and only with an https
// URL.
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

	// PKCS12 holds the client certificate and its key in the file that the
	// Konnektor exports for a client system, in base64 as JSON; PKCS12File names
	// such a file, read by New. PKCS12Password opens it.
	PKCS12         []byte `json:"pkcs12,omitempty"`
	PKCS12File     string `json:"pkcs12_file,omitempty"`
	PKCS12Password Secret `json:"pkcs12_password,omitempty"`
}

// Trust is how a Konnektor's certificate is recognised. Whatever matches
// first is enough; validity dates are always checked.
type Trust struct {
	// CAsPEM and CAsFile hold certificates of issuers. The certificate must
	// chain to one of them and carry ServerName. An issuer on a Brainpool curve
	// is passed over, since crypto/tls cannot read what it issued.
	CAsPEM  string `json:"cas_pem,omitempty"`
	CAsFile string `json:"cas_file,omitempty"`

	// ServerName is the DNS name that must stand in the certificate; it is
	// checked with CAs only, and named to the Konnektor (SNI) always. Empty
	// means DefaultServerName.
	ServerName string `json:"server_name,omitempty"`

	// CertificateSHA256 pins certificates: the SHA-256 of the DER, in hex,
	// with or without colons.
	CertificateSHA256 []string `json:"certificate_sha256,omitempty"`

	// PublicKeySHA256 pins keys: the SHA-256 of the SubjectPublicKeyInfo.
	PublicKeySHA256 []string `json:"public_key_sha256,omitempty"`

	// OnFirstUse is asked when nothing above is set and a certificate is shown
	// for the first time. When it returns nil, the Client accepts that
	// certificate, and no other, as long as it lives; the caller should keep
	// the pin ([CertificatePin]). An error refuses the certificate.
	//
	// It runs inside the TLS handshake, on any goroutine but never twice at the
	// same time, and must honour ctx, which ends with the time for a handshake,
	// 15 s. To ask a person, return an error, ask, and set the pin.
	OnFirstUse func(ctx context.Context, cert *x509.Certificate) error `json:"-"`
}

// ParseConfig decodes a Config from JSON. What is no JSON object, an unknown
// field, a duration that is no string, and anything behind the object give a
// [Failure] of [KindConfig], whose text quotes no value. [New] checks the rest.
func ParseConfig(data []byte) (Config, error) {
	var cfg Config
	if err := json.Unmarshal(data, &cfg); err != nil {
		return Config{}, configFailure(jsonCause(err))
	}
	return cfg, nil
}

// jsonCause words an error of encoding/json without values.
func jsonCause(err error) string {
	var failure *Failure
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &failure):
		return failure.text
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ) && typ.Field == "":
		return "want a JSON object"
	case errors.As(err, &typ):
		return fmt.Sprintf("%s: want a %s, have a %s", typ.Field, typ.Type.Kind(), typ.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "no JSON: it ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// plainConfig is Config without its methods.
type plainConfig Config

// configJSON is Config as JSON: the fields of the same name in the outer struct
// take precedence.
type configJSON struct {
	*plainConfig
	Timeout     duration `json:"timeout,omitempty"`
	BusyTimeout duration `json:"busy_timeout,omitempty"`
}

// MarshalJSON writes c with its secrets and with durations as strings.
func (c Config) MarshalJSON() ([]byte, error) {
	return json.Marshal(configJSON{(*plainConfig)(&c), duration(c.Timeout), duration(c.BusyTimeout)})
}

// UnmarshalJSON reads what MarshalJSON writes. It refuses unknown fields, so
// that a misspelt one is not taken for an absent one.
func (c *Config) UnmarshalJSON(data []byte) error {
	var plain plainConfig
	v := configJSON{plainConfig: &plain}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return configFailure(jsonCause(err))
	}
	plain.Timeout, plain.BusyTimeout = time.Duration(v.Timeout), time.Duration(v.BusyTimeout)
	plain.Log, plain.Trust.OnFirstUse = c.Log, c.Trust.OnFirstUse
	*c = Config(plain)
	return nil
}

// duration is a time.Duration that is a string in JSON, such as "30s".
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return configFailure(`timeout: want a duration such as "30s"`)
	}
	*d = duration(v)
	return nil
}

// LogValue is what may be logged of a Config: no secret, no file.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("url", logURL(c.URL)),
		slog.String("mandant", c.Call.MandantID),
		slog.String("client_system", c.Call.ClientSystemID),
		slog.String("workplace", c.Call.WorkplaceID),
		slog.String("auth", c.Auth.method()),
		slog.Bool("rewrite_host", c.RewriteHost),
		slog.Duration("timeout", c.timeout()),
		slog.Duration("busy_timeout", c.busyTimeout()),
	)
}

// logURL leaves out what may hold a password.
func logURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Redacted()
}

func (a Auth) method() string {
	switch {
	case a.User != "":
		return "password"
	case a.hasCertificate():
		return "certificate"
	}
	return "none"
}

func (a Auth) hasCertificate() bool { return a.hasPEM() || a.hasPKCS12() }

func (c Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return DefaultTimeout
	}
	return c.Timeout
}

func (c Config) busyTimeout() time.Duration {
	if c.BusyTimeout == 0 {
		return DefaultBusyTimeout
	}
	return max(c.BusyTimeout, 0)
}

// baseURL checks URL and returns it without a slash at its end.
func (c Config) baseURL() (*url.URL, error) {
	if c.URL == "" {
		return nil, configFailure("url: missing")
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return nil, configFailure("url: no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, configFailure("url: want https:// or http://")
	case u.Hostname() == "":
		return nil, configFailure("url: no host")
	case u.User != nil:
		return nil, configFailure("url: user and password belong into auth")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, configFailure("url: want scheme, host and port only")
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	return u, nil
}

// check finds what cannot work whatever the Konnektor answers.
func (c Config) check(base *url.URL) error {
	switch {
	case c.Timeout < 0:
		return configFailure("timeout: negative")
	case c.Auth.User != "" && c.Auth.hasCertificate():
		return configFailure("auth: both a password and a certificate")
	case c.Auth.User == "" && c.Auth.Password != "":
		return configFailure("auth: a password without user")
	case strings.Contains(c.Auth.User, ":"):
		return configFailure("auth: a colon in the user (RFC 7617)")
	case base.Scheme == "http" && c.Auth.method() != "none":
		return configFailure("auth: needs an https URL")
	}
	return c.Call.check()
}

func configFailure(text string) *Failure { return fail(KindConfig, "config", text) }
