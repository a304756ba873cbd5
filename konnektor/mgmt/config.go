package mgmt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Values of a Config whose fields are zero.
const (
	// DefaultConnectTimeout and DefaultTimeout are those that a client of the
	// KoCoBox uses (swobspace/cocard).
	DefaultConnectTimeout = 15 * time.Second
	DefaultTimeout        = 30 * time.Second
	// DefaultSlowTimeout is for calls that a box works on for long: a change of
	// retention, an upload, a PIN entry.
	DefaultSlowTimeout = 5 * time.Minute
)

// Config says where the management interface of a box is, whom to trust and who
// logs in. A PVS can keep it as JSON; durations are strings such as "30s". Zero
// fields mean the documented default.
type Config struct {
	// Host is the name or address of the box, without port.
	Host string `json:"host"`
	// Port is that of the management interface. 0 means the vendor's.
	Port int `json:"port,omitempty"`
	// Trust is how the certificate of the management interface is recognised. It
	// is not web-PKI: pin it. The certificate of the services may be another one.
	Trust konnektor.Trust `json:"trust,omitzero"`

	// Product skips recognising: nothing is asked. Vendor must be set; entries of
	// a profile with a firmware range need Firmware.
	Product *Product `json:"product,omitempty"`
	// DirectoryURL is where connector.sds is read. Empty means http://Host, then
	// https://Host with Trust, if Trust has a pin or CAs.
	DirectoryURL string `json:"directory_url,omitempty"`
	// DirectoryTrust is Trust for DirectoryURL. The zero value means Trust.
	DirectoryTrust konnektor.Trust `json:"directory_trust,omitzero"`
	// DirectoryAuth is for a DirectoryURL that wants one: a Konnektor whose
	// service directory is not open. It is the PVS's own, as for the services,
	// never the administrator's.
	DirectoryAuth konnektor.Auth `json:"directory_auth,omitzero"`

	// Credentials are asked for when a login is due, and never kept longer than
	// the login takes.
	Credentials func(context.Context) (Credentials, error) `json:"-"`
	// CredentialsFile is read instead: [ReadCredentials].
	CredentialsFile string `json:"credentials_file,omitempty"`

	// StateDir is a folder in which the processes of this computer agree about the
	// box: who is logged in (a locked file), and which logins the box has refused,
	// so that none of them sends one again. Give the same one, and the same Host,
	// to every program that manages the box; fix.Options.Dir may be it too. It is
	// made with rights for its owner only. "" means that the Devices of this
	// process wait for each other and other processes do as they please, and that a
	// refused login is remembered by its Device only.
	StateDir string `json:"state_dir,omitempty"`

	// ProfileFiles and Profiles are profiles of the operator: files, or the
	// documents themselves. Earlier ones come first, all before the vendor's own.
	ProfileFiles []string          `json:"profile_files,omitempty"`
	Profiles     []json.RawMessage `json:"profiles,omitempty"`
	// AllowOperatorSupplied lets them be used. Without it, naming one is an error.
	AllowOperatorSupplied bool `json:"allow_operator_supplied,omitempty"`

	// ConnectTimeout bounds the connection and, anew, its TLS handshake. 0 means
	// 15 s. Timeout bounds one request, its connection included; 0 means 30 s.
	// SlowTimeout bounds one that the profile marks as slow, and how long a login
	// waits for somebody else's session to end; 0 means 5 min. For a box that hardly
	// answers, set them higher. The ctx of a call bounds it too.
	ConnectTimeout time.Duration `json:"connect_timeout,omitempty"`
	Timeout        time.Duration `json:"timeout,omitempty"`
	SlowTimeout    time.Duration `json:"slow_timeout,omitempty"`

	// Log receives one line a request: operation, host, status, bytes and time.
	// nil means no logging.
	Log *slog.Logger `json:"-"`
}

// ParseConfig decodes a Config from JSON. Unknown fields are refused. Open
// checks the rest.
func ParseConfig(data []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, configError("%s", jsonText(err))
	}
	return c, nil
}

type plainConfig Config

// configJSON is Config as JSON: the outer fields take precedence.
type configJSON struct {
	*plainConfig
	ConnectTimeout textDuration `json:"connect_timeout,omitempty"`
	Timeout        textDuration `json:"timeout,omitempty"`
	SlowTimeout    textDuration `json:"slow_timeout,omitempty"`
}

// MarshalJSON writes durations as strings.
func (c Config) MarshalJSON() ([]byte, error) {
	return json.Marshal(configJSON{
		(*plainConfig)(&c), textDuration(c.ConnectTimeout), textDuration(c.Timeout), textDuration(c.SlowTimeout),
	})
}

// UnmarshalJSON reads what MarshalJSON writes and refuses unknown fields.
func (c *Config) UnmarshalJSON(data []byte) error {
	var plain plainConfig
	v := configJSON{plainConfig: &plain}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return configError("%s", jsonText(err))
	}
	plain.ConnectTimeout, plain.Timeout, plain.SlowTimeout = time.Duration(v.ConnectTimeout), time.Duration(v.Timeout), time.Duration(v.SlowTimeout)
	plain.Log, plain.Credentials = c.Log, c.Credentials
	plain.Trust.OnFirstUse, plain.DirectoryTrust.OnFirstUse = c.Trust.OnFirstUse, c.DirectoryTrust.OnFirstUse
	*c = Config(plain)
	return nil
}

// textDuration is a time.Duration that is a string in JSON, such as "30s".
type textDuration time.Duration

// MarshalText writes it as Go does.
func (d textDuration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *textDuration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New(`want a duration such as "30s"`)
	}
	*d = textDuration(v)
	return nil
}

// timeout bounds a request.
func (c Config) timeout(slow bool) time.Duration {
	switch {
	case slow && c.SlowTimeout == 0:
		return DefaultSlowTimeout
	case slow:
		return c.SlowTimeout
	case c.Timeout == 0:
		return DefaultTimeout
	}
	return c.Timeout
}

// connectTimeout bounds a connection.
func (c Config) connectTimeout() time.Duration {
	if c.ConnectTimeout == 0 {
		return DefaultConnectTimeout
	}
	return c.ConnectTimeout
}

// LogValue is what may be logged of a Config.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("host", c.Host), slog.Int("port", c.Port),
		slog.Bool("operator_supplied", c.AllowOperatorSupplied),
	)
}

// check finds what cannot work whatever the box answers.
func (c Config) check() error {
	switch {
	case c.Host == "":
		return configError("host: missing")
	case strings.ContainsAny(c.Host, "/@?# []") || strings.Contains(c.Host, ":") && net.ParseIP(c.Host) == nil:
		return configError("host: want a name or an address, without port")
	case c.Port < 0 || c.Port > 65535:
		return configError("port: want 1 to 65535")
	case c.ConnectTimeout < 0 || c.Timeout < 0 || c.SlowTimeout < 0:
		return configError("timeout: negative")
	case c.Product != nil && c.Product.Vendor == "":
		return configError("product: vendor missing")
	case c.Credentials != nil && c.CredentialsFile != "":
		return configError("credentials: both a callback and a file")
	case c.Credentials == nil && c.CredentialsFile == "":
		return configError("credentials: neither a callback nor a file")
	case !c.AllowOperatorSupplied && len(c.ProfileFiles)+len(c.Profiles) > 0:
		return configError("profiles: need allow_operator_supplied")
	}
	return nil
}

// address is host and port.
func (c Config) address(port int) string { return net.JoinHostPort(c.Host, strconv.Itoa(port)) }

// ConfigError is a Config, a file that it names or a profile that cannot work.
type ConfigError struct{ text string }

// Error says what to correct. It quotes no secret.
func (e *ConfigError) Error() string { return "mgmt: config: " + e.text }

// Unwrap is [konnektor.KindConfig].
func (e *ConfigError) Unwrap() error { return konnektor.KindConfig }

func configError(format string, args ...any) error {
	return &ConfigError{fmt.Sprintf(format, args...)}
}

// jsonText words an error of encoding/json without values.
func jsonText(err error) string {
	var own *ConfigError
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &own):
		return own.text
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &typ) && typ.Field == "":
		return "want a JSON object"
	case errors.As(err, &typ):
		return fmt.Sprintf("%s: want a %s, have a %s", typ.Field, typ.Type.Kind(), typ.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}
