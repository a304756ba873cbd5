package fix

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Rules are incident rules: which boxes an incident affects, which fix helps and
// what to tell the practice. They are data, so that a maker can send new ones in
// the night of an incident ([ReadSignedRules]).
type Rules struct {
	Format string `json:"format"` // rulesFormat
	// Sequence grows with every file that is published: a file with a smaller one
	// is an old one.
	Sequence int64     `json:"sequence"`
	Issued   time.Time `json:"issued"`
	Rules    []Rule    `json:"rules"`
}

// Rule is one incident.
type Rule struct {
	ID    string `json:"id"`
	Title string `json:"title"`         // German
	Fix   string `json:"fix,omitempty"` // "" when no fix helps
	// Criteria all have to be met by a box that is affected.
	Criteria []Criterion `json:"criteria"`
	Tell     Tell        `json:"tell"`
	Source   string      `json:"source"`
	// Unknown is what nobody has published about the incident; for people.
	Unknown string `json:"unknown,omitempty"`
}

// Tell is what a practice is told, in German.
type Tell struct {
	Affected    string `json:"affected"`
	NotAffected string `json:"not_affected"`
	CannotTell  string `json:"cannot_tell"`
}

// Criterion is one thing that an affected box has. Is says which fields count.
type Criterion struct {
	Is CriterionKind `json:"is"`
	// AnyOf and NoneOf are values, compared without regard to case; operating
	// states also without hyphens.
	AnyOf  []string `json:"any_of,omitempty"`
	NoneOf []string `json:"none_of,omitempty"`
	// Only are all values that there may be.
	Only []string `json:"only,omitempty"`
	// From and Below bound a firmware: From itself is within, Below is not.
	From  string `json:"from,omitempty"`
	Below string `json:"below,omitempty"`
	// Since and Until bound a time in the same way; On is a day, 2025-07-04.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	On    string    `json:"on,omitempty"`
	// Value is what a yes-or-no criterion wants.
	Value *bool `json:"value,omitempty"`
	// Any is met when one of these is.
	Any []Criterion `json:"any,omitempty"`

	Source string `json:"source,omitempty"`
	// Inferred: no source says so in these words.
	Inferred bool `json:"inferred,omitempty"`
}

// CriterionKind says what of an Observation a criterion looks at.
type CriterionKind string

// The kinds, with the fields that they take.
const (
	IsVendor         CriterionKind = "vendor"          // AnyOf, NoneOf: with both, others are not known
	IsProductCode    CriterionKind = "product-code"    // AnyOf
	IsFirmware       CriterionKind = "firmware"        // From, Below
	IsKeyTypes       CriterionKind = "key-types"       // AnyOf, NoneOf, Only
	IsIdentity       CriterionKind = "identity-source" // AnyOf, NoneOf: with both, others are not known
	IsOperatingState CriterionKind = "operating-state" // AnyOf is active, NoneOf is
	IsDate           CriterionKind = "date"            // Since, Until: of the check
	IsOnlineOn       CriterionKind = "online-on"       // On
	IsRenewedPresent CriterionKind = "renewed-present" // Value
	IsErrorCode      CriterionKind = "error-code"      // AnyOf
	IsSomeCardsOnly  CriterionKind = "some-cards-only" // Value
	IsAny            CriterionKind = "any"             // Any
)

// Observation is what is known of a box. What is not known stays zero, and a
// criterion that needs it cannot be told.
type Observation struct {
	Product mgmt.Product
	// KeyTypes are the kinds of keys that the gSMC-K of the box has certificates
	// for: RSA, ECC. Nil means not known.
	KeyTypes []string
	// Identity is the certificate that the box shows to client systems; "" means
	// not known.
	Identity mgmt.IdentitySource
	// Operating are all operating states that the box told; nil means that it
	// told none. A state that is not among them counts as not active.
	Operating []konnektor.OperatingState
	// RenewedPresent: the box has renewed certificates.
	RenewedPresent *bool
	// OnlineDays are days on which the box is known to have been online, and
	// OfflineDays those on which it is known not to have been, as 2025-07-04.
	OnlineDays, OfflineDays []string
	// ErrorCodes are those that were seen lately; nil means that nobody looked.
	ErrorCodes []int
	// SomeCardsOnly: the errors came with some cards only, others were read.
	SomeCardsOnly *bool
}

//go:embed incidents.json
var embeddedRules []byte

// EmbeddedRules are the incidents that this version knows: May 2020, September
// 2020, July 2025 and error 4001.
func EmbeddedRules() (Rules, error) { return ReadRules(embeddedRules) }

const (
	rulesFormat = "libkonnektor-incidents/1"
	maxRules    = 1 << 20
	maxRuleN    = 200
	maxCriteria = 50
	maxValues   = 200
	maxText     = 4000
)

// ReadRules reads a rule file strictly: unknown fields, repeated keys, criteria
// with fields that they do not take and anything behind the value are refused,
// as is a file over 1 MiB. It says nothing about who has written the file.
func ReadRules(data []byte) (Rules, error) {
	if len(data) > maxRules {
		return Rules{}, fmt.Errorf("fix: rules: over %d bytes", maxRules)
	}
	var r Rules
	err := decodeStrict(data, &r)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return Rules{}, fmt.Errorf("fix: rules: %w", err)
	}
	return r, nil
}

func (r Rules) check() error {
	switch {
	case r.Format != rulesFormat:
		return fmt.Errorf("format %q is not %s", r.Format, rulesFormat)
	case r.Sequence < 1 || r.Issued.IsZero():
		return errors.New("no sequence or no date of issue")
	case len(r.Rules) > maxRuleN:
		return fmt.Errorf("over %d rules", maxRuleN)
	}
	ids := map[string]bool{}
	for _, rule := range r.Rules {
		if ids[rule.ID] {
			return fmt.Errorf("rule %s twice", rule.ID)
		}
		ids[rule.ID] = true
		if err := rule.check(); err != nil {
			return fmt.Errorf("rule %q: %w", rule.ID, err)
		}
	}
	return nil
}

func (r Rule) check() error {
	if r.ID == "" || r.Title == "" || r.Source == "" || len(r.Criteria) == 0 {
		return errors.New("id, title, source and criteria are needed")
	}
	for _, text := range []string{r.ID, r.Title, r.Fix, r.Source, r.Unknown, r.Tell.Affected, r.Tell.NotAffected, r.Tell.CannotTell} {
		if len(text) > maxText {
			return fmt.Errorf("a text over %d bytes", maxText)
		}
	}
	if r.Tell.Affected == "" || r.Tell.NotAffected == "" || r.Tell.CannotTell == "" {
		return errors.New("a text for each verdict is needed")
	}
	return checkCriteria(r.Criteria, true)
}

func checkCriteria(all []Criterion, outside bool) error {
	if len(all) > maxCriteria {
		return fmt.Errorf("over %d criteria", maxCriteria)
	}
	for _, c := range all {
		if c.Is == IsAny && !outside {
			return errors.New("criterion any: within another")
		}
		if err := c.check(); err != nil {
			return fmt.Errorf("criterion %s: %w", c.Is, err)
		}
		if err := checkCriteria(c.Any, false); err != nil {
			return err
		}
	}
	return nil
}

// takes are the fields of each kind of criterion, by their JSON names.
var takes = map[CriterionKind][]string{
	IsVendor: {"any_of", "none_of"}, IsProductCode: {"any_of"}, IsFirmware: {"from", "below"},
	IsKeyTypes: {"any_of", "none_of", "only"}, IsIdentity: {"any_of", "none_of"},
	IsOperatingState: {"any_of", "none_of"}, IsDate: {"since", "until"}, IsOnlineOn: {"on"},
	IsRenewedPresent: {"value"}, IsErrorCode: {"any_of"}, IsSomeCardsOnly: {"value"}, IsAny: {"any"},
}

func (c Criterion) fields() (used []string) {
	for name, is := range map[string]bool{
		"any_of": len(c.AnyOf) > 0, "none_of": len(c.NoneOf) > 0, "only": len(c.Only) > 0,
		"from": c.From != "", "below": c.Below != "", "since": !c.Since.IsZero(), "until": !c.Until.IsZero(),
		"on": c.On != "", "value": c.Value != nil, "any": len(c.Any) > 0,
	} {
		if is {
			used = append(used, name)
		}
	}
	return used
}

func (c Criterion) check() error {
	may, known := takes[c.Is]
	if !known {
		return errors.New("there is no such")
	}
	used := c.fields()
	if len(used) == 0 {
		return errors.New("wants nothing")
	}
	for _, name := range used {
		if !slices.Contains(may, name) {
			return fmt.Errorf("does not take %s", name)
		}
	}
	for _, v := range []string{c.From, c.Below} {
		if _, ok := version(v); v != "" && !ok {
			return fmt.Errorf("%q is no version", v)
		}
	}
	if _, err := time.Parse(time.DateOnly, c.On); c.On != "" && err != nil {
		return fmt.Errorf("%q is no day", c.On)
	}
	if max(len(c.AnyOf), len(c.NoneOf), len(c.Only)) > maxValues || len(c.Source) > maxText {
		return errors.New("too long")
	}
	if c.Is == IsErrorCode {
		for _, v := range c.AnyOf {
			if _, err := strconv.Atoi(v); err != nil {
				return fmt.Errorf("%q is no code", v)
			}
		}
	}
	return nil
}

// version reads numbers with dots, such as 5.50.3.
func version(s string) (parts []int, ok bool) {
	if len(s) > 40 {
		return nil, false
	}
	for p := range strings.SplitSeq(strings.TrimSpace(s), ".") {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return nil, false
		}
		parts = append(parts, int(n))
	}
	return parts, true
}

// compareVersions compares number by number; missing ones are 0.
func compareVersions(a, b []int) int {
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return x - y
		}
	}
	return 0
}
