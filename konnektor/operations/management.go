package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet"
)

// managementDoc describes the JSON of a mgmt.Config, which stands as member
// management in the settings that Open takes. A test holds it against
// mgmt.Config.
type managementDoc struct {
	Host                  string       `json:"host" doc:"The name or address of the Konnektor's management interface, without port."`
	Port                  int64        `json:"port,omitempty" min:"0" max:"65535" doc:"Its port. That of the vendor when left out."`
	Trust                 trustDoc     `json:"trust,omitempty" doc:"How the certificate of the management interface is recognised; it is another one than that of the services."`
	Product               *mgmtProduct `json:"product,omitempty" doc:"What box it is, to skip recognising it."`
	DirectoryURL          string       `json:"directory_url,omitempty" doc:"Where the service directory is read to recognise the box. http://host when left out, then https://host."`
	DirectoryTrust        trustDoc     `json:"directory_trust,omitempty" doc:"Trust for directory_url, if it is not that of trust."`
	DirectoryAuth         authDoc      `json:"directory_auth,omitempty" doc:"Login for a directory_url that wants one: that of the PVS, never the administrator's."`
	CredentialsFile       string       `json:"credentials_file,omitempty" doc:"A file {\"user\", \"password\"} of the administrator, which only its owner may read."`
	StateDir              string       `json:"state_dir,omitempty" doc:"A folder in which the programs of this computer agree who is logged in at the Konnektor and which login it has refused. That of fixes when left out."`
	ProfileFiles          []string     `json:"profile_files,omitempty" doc:"Files with calls that the manufacturer's own specification describes."`
	AllowOperatorSupplied bool         `json:"allow_operator_supplied,omitempty" doc:"Lets them be used. Without it, naming one is an error."`
	ConnectTimeout        string       `json:"connect_timeout,omitempty" doc:"Upper bound for a connection, such as 15s."`
	Timeout               string       `json:"timeout,omitempty" doc:"Upper bound for a request, such as 30s."`
	SlowTimeout           string       `json:"slow_timeout,omitempty" doc:"Upper bound for a request that a box works on for long, such as 5m0s."`
}

// mgmtProduct is what box it is.
type mgmtProduct struct {
	Vendor   string `json:"vendor" doc:"ProductVendorID, such as SECUN, RISEG, KOCOC."`
	Code     string `json:"code" doc:"ProductCode, such as secu_kon."`
	Name     string `json:"name,omitempty" doc:"ProductName."`
	Firmware string `json:"firmware,omitempty" doc:"FWVersion, such as 5.50.3."`
	Hardware string `json:"hardware,omitempty" doc:"HWVersion."`
	Type     string `json:"type,omitempty" doc:"ProductTypeVersion (PTV)."`
	Serial   string `json:"serial,omitempty" doc:"Serial number."`
}

func newMgmtProduct(p mgmt.Product) *mgmtProduct {
	return &mgmtProduct{clean(string(p.Vendor)), clean(p.Code), clean(p.Name), clean(p.Firmware), clean(p.Hardware), clean(p.Type), clean(p.Serial)}
}

// fixesDoc are the settings of fixes, the member fixes of what Open takes.
type fixesDoc struct {
	Dir      string   `json:"dir" doc:"The folder for journals, snapshots, backups and jobs. It is made with rights for its owner only; on Windows it has the rights of the folder above."`
	Box      string   `json:"box,omitempty" doc:"What names the Konnektor in files and locks, always the same. Host and port of management when left out."`
	Shared   string   `json:"shared,omitempty" doc:"A folder that all workplaces see, which keeps two of them from changing the same Konnektor at once."`
	Program  string   `json:"program,omitempty" doc:"Name and version of the program, for the journal."`
	RuleKeys []string `json:"rule_keys,omitempty" doc:"Public keys (Ed25519, base64) that incident rules may be signed with."`
}

// management is what a Session needs for the operations mgmt and fix.
type management struct {
	config      *mgmt.Config     // nil without the member management
	services    konnektor.Config // without URL when there are none
	fixes       *fixesDoc        // nil without the member fixes
	credentials func(context.Context) (mgmt.Credentials, error)
	log         *slog.Logger
}

// splitConfig takes the members management and fixes out of the settings. The
// rest is that of a konnektor.Config.
func splitConfig(config []byte) (rest []byte, m *management, err error) {
	m = new(management)
	if !bytes.Contains(config, []byte(`"management"`)) && !bytes.Contains(config, []byte(`"fixes"`)) {
		return config, m, nil
	}
	members, err := membersOf(config)
	if err != nil {
		return nil, nil, err
	}
	rest = []byte{'{'}
	for _, member := range members {
		switch member.name {
		case "management":
			err = m.setConfig(member.value)
		case "fixes":
			err = m.setFixes(member.value)
		default:
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			name, _ := encode(member.name) // a string can always be encoded
			rest = append(append(append(rest, name...), ':'), member.value...)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return append(rest, '}'), m, nil
}

type member struct {
	name  string
	value json.RawMessage
}

// membersOf are the members of a JSON object.
func membersOf(object []byte) (all []member, err error) {
	bad := configError("the settings are no JSON object")
	dec := json.NewDecoder(bytes.NewReader(object))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, bad
	}
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, bad
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, bad
		}
		if slices.ContainsFunc(all, func(m member) bool { return m.name == name }) {
			return nil, configError("field " + quoteName(name) + ": given twice")
		}
		all = append(all, member{name, value})
	}
	if _, err := dec.Token(); err != nil {
		return nil, bad
	}
	return all, nil
}

func (m *management) setConfig(raw json.RawMessage) error {
	cfg, err := mgmt.ParseConfig(raw)
	if err != nil {
		return err
	}
	m.config = &cfg
	return nil
}

func (m *management) setFixes(raw json.RawMessage) error {
	cat := theCatalogue()
	m.fixes = new(fixesDoc)
	if err := decodeRequest(raw, cat.types["Fixes"], cat.types, reflect.ValueOf(m.fixes).Elem()); err != nil {
		return configError("fixes: " + err.Error())
	}
	if m.fixes.Dir == "" {
		return configError("fixes: dir: missing")
	}
	return nil
}

// configError is settings that cannot work.
func configError(text string) error {
	return fmt.Errorf("operations: config: %s: %w", text, konnektor.KindConfig)
}

// device opens the management of the Konnektor. The caller closes it.
func (m *management) device(ctx context.Context) (mgmt.Device, error) {
	if m == nil || m.config == nil {
		return nil, configError("management: missing")
	}
	cfg := *m.config
	cfg.Log, cfg.Credentials = m.log, m.credentials
	if cfg.StateDir == "" && m.fixes != nil {
		cfg.StateDir = m.fixes.Dir
	}
	return mgmt.Open(ctx, cfg, secunet.Driver(), rise.Driver(), kocobox.Driver())
}

// box names the Konnektor in files.
func (m *management) box() string {
	switch {
	case m.fixes != nil && m.fixes.Box != "":
		return m.fixes.Box
	case m.config == nil:
		return ""
	case m.config.Port != 0:
		return m.config.Host + ":" + strconv.Itoa(m.config.Port)
	}
	return m.config.Host
}

// dir is the folder of fixes.
func (m *management) dir() (string, error) {
	if m == nil || m.fixes == nil {
		return "", configError("fixes: missing")
	}
	return m.fixes.Dir, nil
}

// withDevice does something with the management interface, and logs out.
func withDevice(ctx context.Context, m *management, do func(mgmt.Device) error) error {
	d, err := m.device(ctx)
	if err != nil {
		return err
	}
	err = do(d)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTime)
	defer cancel()
	_ = d.Close(ctx) // a box that does not answer ends the session by itself
	return err
}
