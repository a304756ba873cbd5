package mgmt

import (
	"context"
	"encoding/json"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Pinger asks whether the management interface answers, with one request and
// without a login, for a box that restarts.
type Pinger interface {
	// Ping sends one request; any answer of the interface is success.
	Ping(ctx context.Context) error
}

// TerminalReader reads the card terminals.
type TerminalReader interface {
	// Terminals lists all.
	Terminals(ctx context.Context) ([]Terminal, error)
	// Terminal reads one, with what only its own view has.
	Terminal(ctx context.Context, id konnektor.TerminalID) (Terminal, error)
}

// TerminalManager changes the state of one card terminal. A terminal that is
// removed must be paired anew.
type TerminalManager interface {
	// SetTerminalActive activates or deactivates it.
	SetTerminalActive(ctx context.Context, id konnektor.TerminalID, active bool) error
	// ConnectTerminal connects an active one.
	ConnectTerminal(ctx context.Context, id konnektor.TerminalID) error
	// UnassignTerminal withdraws the assignment.
	UnassignTerminal(ctx context.Context, id konnektor.TerminalID) error
	// RemoveTerminal forgets it.
	RemoveTerminal(ctx context.Context, id konnektor.TerminalID) error
}

// Terminal is a card terminal as the box knows it; which fields there are
// differs by product and firmware. Blanks at the end of versions are real: they
// are kept.
type Terminal struct {
	InternalID  string               `json:"internal_id,omitempty"`
	ID          konnektor.TerminalID `json:"id"`
	Label       string               `json:"label,omitempty"`
	Hostname    string               `json:"hostname,omitempty"`
	IP          string               `json:"ip,omitempty"`
	Port        int                  `json:"port,omitempty"`
	MAC         string               `json:"mac,omitempty"`
	Physical    bool                 `json:"physical,omitempty"`
	Connected   bool                 `json:"connected,omitempty"`
	Correlation string               `json:"correlation,omitempty"` // BEKANNT, ZUGEWIESEN, GEPAIRT, AKTIV
	Slots       int                  `json:"slots,omitempty"`
	Cards       []Card               `json:"cards,omitempty"`
	Expires     time.Time            `json:"expires,omitzero"` // of the gSMC-KT's certificate
	// Certificate is that of the gSMC-KT, DER.
	Certificate []byte `json:"certificate,omitempty"`

	Manufacturer string `json:"manufacturer,omitempty"` // such as DECHY
	Model        string `json:"model,omitempty"`        // such as ST1506
	Firmware     string `json:"firmware,omitempty"`
	Hardware     string `json:"hardware,omitempty"`
	Renew        bool   `json:"renew_pairing,omitempty"`

	// Raw is the whole object as the box sent it, for what is not above.
	Raw json.RawMessage `json:"raw,omitempty"`
}

// CardReader reads the inserted cards. Unlike the services, it shows those of
// all Mandanten; which of eGK and HBA, depends on the role.
type CardReader interface {
	// Cards lists all.
	Cards(ctx context.Context) ([]Card, error)
	// Card reads one, with its certificates.
	Card(ctx context.Context, handle konnektor.CardHandle) (Card, error)
}

// Card is an inserted card. Holder names a patient when it is an eGK and is
// masked.
type Card struct {
	Handle      konnektor.CardHandle `json:"handle"`
	Type        konnektor.CardType   `json:"type"`
	Terminal    konnektor.TerminalID `json:"terminal,omitempty"`
	Hostname    string               `json:"hostname,omitempty"` // of the terminal
	Slot        int                  `json:"slot,omitempty"`
	Inserted    time.Time            `json:"inserted,omitzero"`
	Expires     time.Time            `json:"expires,omitzero"`
	ICCSN       konnektor.ICCSN      `json:"iccsn,omitempty"`
	Holder      konnektor.Name       `json:"holder,omitempty"`
	TelematikID string               `json:"telematik_id,omitempty"`
	ECC         bool                 `json:"ecc,omitempty"`
	RSA         bool                 `json:"rsa,omitempty"`
	// ECCCertificate and RSACertificate are DER; only of one card.
	ECCCertificate []byte `json:"ecc_certificate,omitempty"`
	RSACertificate []byte `json:"rsa_certificate,omitempty"`
	ECCState       string `json:"ecc_state,omitempty"`
	RSAState       string `json:"rsa_state,omitempty"`
}

// PINVerifier reads the state of an SMC-B's PIN and has it entered at a
// terminal. There is no way to send a PIN.
type PINVerifier interface {
	// PINState reads the state for one Mandant.
	PINState(ctx context.Context, card konnektor.CardHandle, mandantID string) (PINState, error)
	// EnterPIN lets terminal ask for the PIN and waits until somebody has entered
	// it or its time is over.
	EnterPIN(ctx context.Context, card konnektor.CardHandle, mandantID string, terminal konnektor.TerminalID) (PINState, error)
}

// PINState is the state of a PIN: VERIFIABLE means locked and waiting for the
// PIN. After an entry Status is OK or says what went wrong.
type PINState struct {
	Status  string `json:"status"`
	Retries *int   `json:"retries,omitempty"` // tries left; nil: not told
}

// Locked reports whether the PIN can be entered and has not been.
func (s PINState) Locked() bool { return s.Status == "VERIFIABLE" }

// InfoModelReader reads the Informationsmodell: who may do what with which card
// and terminal.
type InfoModelReader interface {
	// InfoModel reads all at once.
	InfoModel(ctx context.Context) (InfoModel, error)
	// Mandanten lists the Mandanten with their SMC-Bs.
	Mandanten(ctx context.Context) ([]Mandant, error)
	// ClientSystems lists the Clientsysteme with their certificates.
	ClientSystems(ctx context.Context) ([]ClientSystem, error)
}

// InfoModel is the whole Informationsmodell. Raw is what the box sent.
type InfoModel struct {
	Workplaces    []Workplace     `json:"workplaces,omitempty"`
	Contexts      []Context       `json:"contexts,omitempty"`
	ClientSystems []ClientSystem  `json:"client_systems,omitempty"`
	Terminals     []Terminal      `json:"terminals,omitempty"`
	Raw           json.RawMessage `json:"raw,omitempty"`
}

// Workplace is an Arbeitsplatz with the internal IDs of its terminals.
type Workplace struct {
	InternalID string   `json:"internal_id"`
	ID         string   `json:"id,omitempty"`
	Local      []string `json:"local,omitempty"`
	Remote     []string `json:"remote,omitempty"`
}

// Context is an allowed Aufrufkontext.
type Context struct {
	WorkplaceInternalID string `json:"workplace_internal_id,omitempty"`
	WorkplaceID         string `json:"workplace_id,omitempty"`
	ClientSystemID      string `json:"client_system_id"`
	MandantID           string `json:"mandant_id"`
}

// Mandant is a practice with its SMC-Bs.
type Mandant struct {
	InternalID string        `json:"internal_id,omitempty"`
	ID         string        `json:"id"`
	SMCBs      []ManagedSMCB `json:"smcbs,omitempty"`
	Terminals  []string      `json:"terminals,omitempty"` // internal IDs
	// RemotePIN are the terminals for remote PIN entry. A Highspeed-Konnektor
	// names terminals only, an Einbox workplace and terminal.
	RemotePIN []RemotePIN `json:"remote_pin,omitempty"`
}

// RemotePIN is a terminal at which the PIN of a card elsewhere is entered.
type RemotePIN struct {
	Workplace string `json:"workplace,omitempty"` // internal ID
	Terminal  string `json:"terminal"`            // internal ID
}

// UnmarshalJSON reads a terminal by itself, as a Highspeed-Konnektor names it,
// or with its workplace.
func (r *RemotePIN) UnmarshalJSON(data []byte) error {
	*r = RemotePIN{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &r.Terminal)
	}
	var v struct {
		Workplace  string `json:"workplace"`
		Terminal   string `json:"terminal"`
		Workplace2 string `json:"arbeitsplatzInternalId"`
		Terminal2  string `json:"cardTerminalInternalId"`
	}
	err := json.Unmarshal(data, &v)
	r.Workplace, r.Terminal = v.Workplace+v.Workplace2, v.Terminal+v.Terminal2
	return err
}

// ManagedSMCB is an SMC-B (or HSM-B) of a Mandant.
type ManagedSMCB struct {
	ICCSN       konnektor.ICCSN `json:"iccsn"`
	TelematikID string          `json:"telematik_id,omitempty"`
	Name        string          `json:"name,omitempty"` // of the practice
	HSM         bool            `json:"hsm,omitempty"`
	AutoPIN     bool            `json:"auto_pin,omitempty"`
}

// ClientSystem is a Clientsystem with the certificates that it may show.
type ClientSystem struct {
	InternalID   string              `json:"internal_id,omitempty"`
	ID           string              `json:"id"`
	Certificates []ClientCertificate `json:"certificates,omitempty"`
}

// ClientCertificate is a certificate of a Clientsystem.
type ClientCertificate struct {
	InternalID string    `json:"internal_id,omitempty"`
	File       string    `json:"file,omitempty"`
	Valid      *bool     `json:"valid,omitempty"` // nil: not told
	NotBefore  time.Time `json:"not_before,omitzero"`
	NotAfter   time.Time `json:"not_after,omitzero"`
	Key        string    `json:"key,omitempty"` // RSA, ECC
	Curve      string    `json:"curve,omitempty"`
}

// LicenceReader reads which features are licensed.
type LicenceReader interface {
	// Licences lists all features, licensed or not.
	Licences(ctx context.Context) ([]Licence, error)
}

// Licence is one feature. gsmckrenew is, by its name, the Laufzeitverlaengerung.
type Licence struct {
	Feature  string `json:"feature"`
	Licensed bool   `json:"licensed"`
	Active   bool   `json:"active"`
	From     string `json:"from,omitempty"` // as the box writes it
	To       string `json:"to,omitempty"`
	Count    *int   `json:"count,omitempty"`
}

// LicenceUploader gives the box a licence file; it is effective after a restart.
type LicenceUploader interface {
	// UploadLicence uploads a file under a name.
	UploadLicence(ctx context.Context, name string, licence []byte) error
}

// LogOverflowResetter resets EC_LOG_OVERFLOW, which only an administrator can.
type LogOverflowResetter interface {
	// ResetLogOverflow resets the state; it comes back while its cause is there.
	ResetLogOverflow(ctx context.Context) error
}

// Updater reads and schedules updates (KSR).
type Updater interface {
	// Updates lists those of the box.
	Updates(ctx context.Context) (Updates, error)
	// TerminalUpdates asks for those of a terminal, named as in its Product.
	TerminalUpdates(ctx context.Context, vendor, product, hardware, firmware string) (Updates, error)
	// CheckUpdates has the box ask the KSR.
	CheckUpdates(ctx context.Context) error
	// DownloadUpdate begins the download of one.
	DownloadUpdate(ctx context.Context, id string) error
	// ScheduleUpdate installs at a time; one in the past means as soon as
	// possible.
	ScheduleUpdate(ctx context.Context, id string, at time.Time) error
	// SetUpdateSettings sets all of them.
	SetUpdateSettings(ctx context.Context, s UpdateSettings) error
}

// Updates are the updates that the box knows of. What one consists of differs;
// Raw is what the box sent.
type Updates struct {
	Checked time.Time       `json:"checked,omitzero"` // last check
	Items   []Update        `json:"items,omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
}

// Update is one update.
type Update struct {
	ID string `json:"id"`
}

// UpdateSettings are all settings of the updates (MGM_KSR_*): the box takes them
// only together, and nobody has published how to read them.
type UpdateSettings struct {
	Check          bool         // MGM_KSR_AUTOCHECK
	Download       bool         // MGM_KSR_AUTODOWNLOAD
	Install        bool         // MGM_KSR_AUTO_UPDATE
	Trial          bool         // test packages
	Bestandsnetze  bool         // activate new ones
	AfterTerminals bool         // the box after its terminals
	Wave           string       // such as EARLY
	Weekday        time.Weekday // of an installation
	Hour, Minute   int          // UTC
}

// ReleaseReader reads the release texts. Their form is not published: the result
// is the JSON of the box.
type ReleaseReader interface {
	// Releases reads them.
	Releases(ctx context.Context) (json.RawMessage, error)
}
