package mgmt

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

// StatusReader reads the operating states and what stands beside them.
type StatusReader interface {
	// Status reads the state of now.
	Status(ctx context.Context) (Status, error)
}

// Status is the state of the box itself.
type Status struct {
	Started         time.Time                  `json:"started"` // zero: not told
	TI              konnektor.VPN              `json:"ti"`
	SIS             konnektor.VPN              `json:"sis"`
	RestartRequired *bool                      `json:"restart_required,omitempty"` // nil: the product does not tell
	Operating       []konnektor.OperatingState `json:"operating,omitempty"`
}

// InfoReader reads version, serial number, clock and load.
type InfoReader interface {
	// Info reads all that the box has; see [Base.Info].
	Info(ctx context.Context) (Info, error)
}

// Info is what a box says of itself; zero values were not told.
type Info struct {
	Product  Product       `json:"product"`
	Built    time.Time     `json:"built,omitzero"`
	Clock    time.Time     `json:"clock,omitzero"` // the box's own clock
	TimeZone string        `json:"time_zone,omitempty"`
	Uptime   time.Duration `json:"uptime,omitempty"`
	CPU      float64       `json:"cpu_celsius,omitempty"`
	Load1    float64       `json:"load_1min,omitempty"`
	MemTotal int64         `json:"mem_total_bytes,omitempty"`
	MemFree  int64         `json:"mem_free_bytes,omitempty"`
}

// LogSettings are the settings of the box's logs. Raw is the whole object as
// the box sent it; what is changed here is patched into Raw, so that unknown
// keys, unlisted modules and the JSON type of the days survive.
type LogSettings struct {
	// SuccessfulCryptoOps: successful crypto operations go to the security log.
	SuccessfulCryptoOps bool `json:"successful_crypto_ops"`
	// SecurityLogDays is the retention of the security log, 10 to 365 days.
	SecurityLogDays int         `json:"security_log_days"`
	Modules         []ModuleLog `json:"modules,omitempty"`

	Raw json.RawMessage `json:"raw,omitempty"`
}

// ModuleLog are the log settings of the system or of one Fachmodul.
type ModuleLog struct {
	Name        string   `json:"name"` // fmName: system, vsdm, amts, nfdm, epa, ...
	Level       LogLevel `json:"level"`
	Days        int      `json:"days"` // 10 to 365
	Performance bool     `json:"performance"`
}

// LogLevel is the least severity that is written.
type LogLevel string

// The levels, as on the wire.
const (
	LevelDebug   LogLevel = "DEBUG"
	LevelInfo    LogLevel = "INFO"
	LevelWarning LogLevel = "WARNING"
	LevelError   LogLevel = "ERROR"
	LevelFatal   LogLevel = "FATAL"
)

// LogConfigurer reads and writes the log settings.
type LogConfigurer interface {
	// LogSettings reads the whole object.
	LogSettings(ctx context.Context) (LogSettings, error)
	// SetLogSettings writes s, which must come from LogSettings (Raw is
	// patched), in one request. It does not read back: the caller verifies.
	SetLogSettings(ctx context.Context, s LogSettings) error
}

// LogReader reads log entries, oldest first.
type LogReader interface {
	// ReadLog reads the entries of a period; none is no error.
	ReadLog(ctx context.Context, q LogQuery) ([]LogEntry, error)
}

// LogQuery is a period of one log. Module "" means system, Kind "" means OP: of a
// secunet box only that one was ever seen to be read; for others the call of an
// operator is needed.
type LogQuery struct {
	Module, Kind string
	From, To     time.Time
	Limit        int // 0 means 1000
	Offset       int // entries to pass over
}

// LogEntry is one line of a log. Its fields may name patients; printing it
// shows time, kind, severity and topic or code only.
type LogEntry struct {
	Time     time.Time // UTC
	Kind     string    // OP, SEC, PERF
	Severity string
	Fields   []LogField // in the order of the line
	Text     string     // the part without a key
}

// Field returns the first field of that key, whatever the case, or "".
func (e LogEntry) Field(key string) string {
	for _, f := range e.Fields {
		if strings.EqualFold(f.Key, key) {
			return f.Value
		}
	}
	return ""
}

// LogField is one key=value of a line.
type LogField struct{ Key, Value string }

// Restarter restarts the box. It returns when the box has taken the request,
// not when it is back.
type Restarter interface {
	// Restart asks for a restart, once.
	Restart(ctx context.Context) error
}

// TSLImporter reads which TSL the box uses and gives it another one.
type TSLImporter interface {
	// TSLState reads the list in use.
	TSLState(ctx context.Context) (TSLState, error)
	// ImportTSL uploads one list. A refusal of the box is a [*RefusedError].
	ImportTSL(ctx context.Context, list []byte) error
}

// TSLState is the list in use; zero values were not told.
type TSLState struct {
	Sequence   int64     `json:"sequence,omitempty"`
	ID         string    `json:"id,omitempty"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	// Anchor is the TSL-CA that the box trusts, DER; empty when not told.
	Anchor []byte `json:"anchor,omitempty"`
}

// OnlineSwitch is "Leistungsumfang Online" (MGM_LU_ONLINE).
type OnlineSwitch interface {
	// Online reads the switch.
	Online(ctx context.Context) (bool, error)
	// SetOnline sets it; it does not read back.
	SetOnline(ctx context.Context, on bool) error
}

// IdentitySource is which certificate the box shows as ID.AK.AUT (TlsCertSource
// of OperatingData 1.1.2).
type IdentitySource string

// The sources, as on the wire.
const (
	IdentityOriginal   IdentitySource = "SMC-K_ORIGINAL"
	IdentityRenewed    IdentitySource = "SMC-K_RENEWED"
	IdentitySelfSigned IdentitySource = "SELFSIGNED"
	IdentityImported   IdentitySource = "IMPORTED"
)

// ServerIdentifier reads and chooses the certificate towards client systems.
type ServerIdentifier interface {
	// ServerIdentity reads choice and certificates.
	ServerIdentity(ctx context.Context) (ServerIdentity, error)
	// SetServerIdentity chooses; the only proof is a TLS handshake.
	SetServerIdentity(ctx context.Context, source IdentitySource) error
}

// ServerIdentity is the choice and what there is to choose from.
type ServerIdentity struct {
	Source IdentitySource `json:"source"`
	// Renewed are the renewed certificates on the box, empty for none.
	Renewed []IdentityCertificate `json:"renewed,omitempty"`
	// Complete: the box has every renewed certificate (AK, NK and SAK).
	Complete bool `json:"complete"`
}

// IdentityCertificate is one renewed certificate of the gSMC-K.
type IdentityCertificate struct {
	Profile     string             `json:"profile"` // C.AK.AUT, C.NK.VPN, C.SAK.AUT
	Certificate *certs.Certificate `json:"-"`
}

// Registrar reads and renews the registration at the VPN access service
// (Freischaltung). There is no method to withdraw one: it removes all
// registrations and may leave the practice without TI.
type Registrar interface {
	// Registration reads the state.
	Registration(ctx context.Context) (Registration, error)
	// Register registers, beside the registrations that there are.
	Register(ctx context.Context, r RegistrationRequest) error
}

// Registration is the state at the VPN access service.
type Registration struct {
	Registered bool   `json:"registered"`
	Renewed    bool   `json:"renewed"` // with the renewed certificates
	ContractID string `json:"contract_id,omitempty"`
	MandantID  string `json:"mandant_id,omitempty"`
}

// RegistrationRequest is what a registration needs (Bedienungsanleitung
// Highspeed-Konnektor 2.0): Mandant, inserted SMC-B, contract.
type RegistrationRequest struct {
	MandantID  string
	SMCB       konnektor.ICCSN
	ContractID string
}

// BackupScope is what a backup contains.
type BackupScope string

// The scope of a full backup; others are product texts.
const BackupAll BackupScope = "Gesamtexport"

// Backuper makes a backup. The password is at least 20 characters of four
// classes, given by the caller and never kept.
type Backuper interface {
	// Backup makes one and downloads it.
	Backup(ctx context.Context, scope BackupScope, password string) (Backup, error)
}

// Backup is an encrypted archive.
type Backup struct {
	Data          []byte
	PublicKeyHash string // shown by the box, compared at restore
}
