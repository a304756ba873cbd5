package tsl

import (
	"fmt"
	"strings"
)

// FactKind is what a Fact is about.
type FactKind string

// The facts about an entry that is new, gone or has another status: Value tells
// them.
const (
	FactValidUntil FactKind = "valid-until" // a time
	FactKey        FactKind = "key"         // type of the key
	FactIssuer     FactKind = "issuer"      // common name
	FactDNSSECKey  FactKind = "dnssec-key"  // key tag
	FactDigest     FactKind = "digest"      // of the DNSSEC key, in hex
	FactStatus     FactKind = "status"      // inaccord, revoked or another
	FactSince      FactKind = "since"       // a time
	FactFrom       FactKind = "from"        // a time: that of the revocation or of its end
	FactTypes      FactKind = "types"       // names of the certificate types that a CA may issue
)

// The facts about what is another in the new list: from Was to Value.
const (
	FactStatusChanged FactKind = "status-changed"
	FactSinceChanged  FactKind = "since-changed" // times
	FactName          FactKind = "name"
	FactProvider      FactKind = "provider"
	FactSupplyPoint   FactKind = "supply-point" // addresses
	FactEnvironment   FactKind = "environment"
	FactOperator      FactKind = "operator"
	FactScheme        FactKind = "scheme"
	FactAddresses     FactKind = "addresses" // where the list is downloaded
)

// The facts about sets: what is in Added and Dropped.
const (
	FactTypesChanged    FactKind = "types-changed"
	FactMappingsChanged FactKind = "mappings-changed" // addresses of the BNetzA entry
)

// Fact is one thing that is to be said about a change, for programs that have
// words of their own. Times are in UTC, as 2026-07-01T08:00:00Z. Texts are those
// of the list.
type Fact struct {
	Kind           FactKind
	Value, Was     string
	Added, Dropped []string
}

// factWords are formats for Value and Was.
var factWords = map[FactKind]string{
	FactValidUntil:      "valid until %s",
	FactKey:             "%s",
	FactIssuer:          "issued by %s",
	FactDNSSECKey:       "key %s",
	FactDigest:          "digest %s",
	FactStatus:          "%s",
	FactSince:           "since %s",
	FactFrom:            "from %s",
	FactTypes:           "for %s",
	FactStatusChanged:   "status %[2]s becomes %[1]s",
	FactSinceChanged:    "status began %[2]s, now %[1]s",
	FactName:            "name %[2]q becomes %[1]q",
	FactProvider:        "provider %[2]q becomes %[1]q",
	FactSupplyPoint:     "supply point %[2]q becomes %[1]q",
	FactEnvironment:     "environment: %[2]q becomes %[1]q",
	FactOperator:        "operator: %[2]q becomes %[1]q",
	FactScheme:          "scheme: %[2]q becomes %[1]q",
	FactAddresses:       "download addresses: %[2]q becomes %[1]q",
	FactTypesChanged:    "certificate types: ",
	FactMappingsChanged: "address mappings: ",
}

// String is the fact in words.
func (f Fact) String() string {
	format := factWords[f.Kind]
	switch {
	case strings.Contains(format, "%["):
		return fmt.Sprintf(format, f.Value, f.Was)
	case strings.Contains(format, "%"):
		return fmt.Sprintf(format, f.Value)
	}
	var words []string
	for _, v := range f.Added {
		words = append(words, v+" added")
	}
	for _, v := range f.Dropped {
		words = append(words, v+" dropped")
	}
	return format + strings.Join(words, ", ")
}

func factsInWords(facts []Fact) []string {
	var words []string
	for _, f := range facts {
		words = append(words, f.String())
	}
	return words
}
