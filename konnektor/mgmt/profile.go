package mgmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
)

// Profile is what is known of the calls of a vendor's boxes, as data: embedded in
// a driver, or in a file of the operator who has the manufacturer's own
// specification. It is one JSON document; unknown fields are refused.
//
//	{
//	  "profile": "secunet, from the manufacturer's specification 1.2",
//	  "vendor": "SECUN",
//	  "codes": ["secu_kon"],
//	  "evidence": "operator-supplied",
//	  "source": "manufacturer's REST specification 1.2, chapter 4",
//	  "entries": [
//	    {
//	      "operation": "online.set",
//	      "firmware": {"from": "5.50.0", "below": "6.0.0"},
//	      "method": "PUT",
//	      "path": "/rest/example/online",
//	      "query": {"strict": "true"},
//	      "body": {"online": "{on}", "note": "set to {on}"},
//	      "accept": [200, 204],
//	      "verify": "online.get"
//	    },
//	    {
//	      "operation": "tsl.state",
//	      "method": "GET", "path": "/rest/example/tsl",
//	      "extract": {
//	        "sequence": "/tsl/sequenceNumber",
//	        "next_update": {"at": "/tsl/nextUpdate", "as": "unix-ms"}
//	      }
//	    }
//	  ]
//	}
//
// The first entry for an operation whose codes and firmware fit is used; the
// operator's come before the vendor's own.
type Profile struct {
	Name   string `json:"profile"`
	Vendor Vendor `json:"vendor"`
	// Codes are ProductCodes, in any case; empty means all of the vendor.
	Codes []string `json:"codes,omitempty"`
	// Firmware, Evidence and Source are those of entries without their own.
	Firmware Firmware `json:"firmware,omitzero"`
	Evidence Evidence `json:"evidence,omitempty"`
	Source   string   `json:"source,omitempty"`
	// ErrorCodes is that of entries without their own.
	ErrorCodes string `json:"error_codes,omitempty"`
	// Auth is how a session begins; only in the profile of a driver.
	Auth AuthScheme `json:"auth,omitempty"`
	// Headers go with every request, as those of an entry.
	Headers map[string]string `json:"headers,omitempty"`
	Entries []Entry           `json:"entries"`
}

// Firmware is a range of versions: From, and all below Below. Empty ends are
// open. A box whose version is not known is in no range but the open one.
type Firmware struct {
	From  string `json:"from,omitempty"`
	Below string `json:"below,omitempty"`
}

// Entry is one call.
type Entry struct {
	Operation Operation `json:"operation"`
	Firmware  Firmware  `json:"firmware,omitzero"`
	// Method is GET, POST, PUT, PATCH or DELETE. A GET must change nothing: it may
	// be sent twice.
	Method string `json:"method"`
	// Path begins with a slash. "{name}" stands for a value of the operation
	// ([Operation.Values]) and is escaped as one segment. Likewise in Query and
	// Headers.
	Path    string            `json:"path"`
	Query   map[string]string `json:"query,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`

	// Body is the template of the body; BodyType says how it is sent. In a string
	// that is "{name}" and nothing else, the value stands in its own JSON type;
	// "{name|text}" makes a string of it, and so does a string with more in it.
	// Bytes (lists, licences) are base64 in JSON.
	Body     json.RawMessage `json:"body,omitempty"`
	BodyType BodyType        `json:"body_type,omitempty"`
	// ContentType replaces that of BodyType.
	ContentType string `json:"content_type,omitempty"`
	// Values translates values before they are put in: for each name, the value
	// as text and what the box calls it.
	Values map[string]map[string]json.RawMessage `json:"values,omitempty"`

	// Accept are the statuses of success; empty means 200 to 299. Empty are
	// those that mean success with nothing in it, such as 404 for no log entries.
	Accept []int `json:"accept,omitempty"`
	Empty  []int `json:"empty,omitempty"`

	// Extract says where the results of the operation ([Operation.Results]) stand
	// in the answer.
	Extract map[string]Extractor `json:"extract,omitempty"`

	// ErrorCodes points to codes in the JSON of a refusal: a number, a string of
	// digits, or a list of such. Nothing else of a refusal is ever read.
	ErrorCodes string `json:"error_codes,omitempty"`

	// Verify names the operation that shows whether a change was made; it must
	// have an entry too.
	Verify Operation `json:"verify,omitempty"`
	// Restart is what the call has to do with a restart of the box.
	Restart RestartNeed `json:"restart,omitempty"`
	// Slow: the box may work on it for minutes (Config.SlowTimeout).
	Slow bool `json:"slow,omitempty"`
	// Anonymous: no login is needed.
	Anonymous bool `json:"anonymous,omitempty"`
	// Role is the least role that may do it, as the product calls it.
	Role     string   `json:"role,omitempty"`
	Evidence Evidence `json:"evidence,omitempty"`
	Source   string   `json:"source,omitempty"`
}

// BodyType is how a body is sent.
type BodyType string

// The types of body. Without a Body nothing is sent.
const (
	BodyJSON BodyType = "json" // the default
	// BodyForm is an object of strings, sent as a form.
	BodyForm BodyType = "form"
	// BodyRaw is a string that names one value, "{list}", sent as it is.
	BodyRaw BodyType = "raw"
	// BodyMultipart is a list of {"name", "filename", "type", "value"}, sent as
	// multipart/form-data.
	BodyMultipart BodyType = "multipart"
)

// RestartNeed is what a call has to do with a restart.
type RestartNeed string

// The needs. The zero value means none.
const (
	RestartNeeded RestartNeed = "needed"   // the change is effective after a restart
	RestartsBox   RestartNeed = "restarts" // the call restarts: its answer may be lost
)

// AuthScheme names a way to log in, written in Go: see auth.go.
type AuthScheme string

// The schemes.
const (
	AuthBearerHeader AuthScheme = "bearer-header"             // JSON login; token in a header of the answer
	AuthCookie       AuthScheme = "cookie"                    // session cookie, then JSON login
	AuthFormToken    AuthScheme = "form-token"                // session cookie, form login, token of a page
	AuthOAuth2       AuthScheme = "oauth2-client-credentials" // RFC 6749, 4.4
)

// maxProfile bounds a profile, in bytes, and maxEntries its entries.
const (
	maxProfile = 1 << 20
	maxEntries = 1000
)

// ReadProfile reads and checks a profile. Errors are a [*ConfigError] that names
// the entry.
func ReadProfile(data []byte) (*Profile, error) {
	if len(data) > maxProfile {
		return nil, configError("profile: larger than 1 MiB")
	}
	p := new(Profile)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, configError("profile: %s", jsonText(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, configError("profile: more than one JSON document")
	}
	for i := range p.Entries {
		p.inherit(&p.Entries[i])
	}
	return p, p.check()
}

// inherit gives an entry what the profile says for all.
func (p *Profile) inherit(e *Entry) {
	if e.Firmware == (Firmware{}) {
		e.Firmware = p.Firmware
	}
	if e.Evidence == "" {
		e.Evidence = p.Evidence
	}
	if e.Source == "" {
		e.Source = p.Source
	}
	if e.ErrorCodes == "" {
		e.ErrorCodes = p.ErrorCodes
	}
}

// readProfiles reads what the operator supplies.
func (c Config) readProfiles() ([]*Profile, error) {
	var all []*Profile
	for _, document := range c.Profiles {
		p, err := ReadProfile(document)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	for _, name := range c.ProfileFiles {
		p, err := readProfileFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	for _, p := range all {
		if err := p.checkOperators(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readProfileFile(name string) (*Profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, configError("profile file: %s", withoutPath(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProfile+1))
	if err != nil {
		return nil, configError("profile file: %s", withoutPath(err))
	}
	return ReadProfile(data)
}

// checkOperators refuses what only a driver's profile may say.
func (p *Profile) checkOperators() error {
	if p.Auth != "" {
		return configError("profile %s: auth: only in the profile of a driver", p.Name)
	}
	for _, e := range p.Entries {
		if e.Evidence != OperatorSupplied && e.Evidence != Simulator {
			return configError("profile %s: %s: evidence: want %s", p.Name, e.Operation, OperatorSupplied)
		}
		if strings.HasPrefix(string(e.Operation), "auth.") {
			return configError("profile %s: %s: only in the profile of a driver", p.Name, e.Operation)
		}
	}
	return nil
}

// fits reports whether the profile is for the vendor and product.
func (p *Profile) fits(product Product) bool {
	return p.Vendor == product.Vendor &&
		(len(p.Codes) == 0 || slices.ContainsFunc(p.Codes, func(c string) bool { return strings.EqualFold(c, product.Code) }))
}

// find returns the entry for op; nil for none. An entry of the simulator is for
// simulators only.
func (p *Profile) find(op Operation, product Product) *Entry {
	if !p.fits(product) {
		return nil
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		if e.Operation == op && e.Firmware.Contains(product.Firmware) &&
			(e.Evidence != Simulator || isSimulator(product)) {
			return e
		}
	}
	return nil
}

// isSimulator recognises a simulator by its ProductName.
func isSimulator(p Product) bool { return strings.Contains(strings.ToLower(p.Name), "simulator") }
