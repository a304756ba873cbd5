package certs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"time"
)

// Item is a certificate that goes into an Inventory.
type Item struct {
	// Label says where the certificate is from, for people: "SMC-B in terminal
	// 1", "TLS of the Konnektor", "client certificate".
	Label       string
	Certificate *Certificate
	// Complete says that every certificate of the card with this label is among
	// the items. Only then RSA alone proves a card of generation 2.0.
	Complete bool
}

// State is what the validity of a certificate comes to.
type State string

// The states of certificates.
const (
	StateValid       State = "valid"
	StateSoon        State = "expires soon"
	StateExpired     State = "expired"
	StateNotYetValid State = "not yet valid"
)

// Which of the two certificates of a renewal one is.
const (
	RenewalOriginal = "original"
	RenewalRenewed  = "renewed"
)

// DefaultSoon is when a certificate expires soon.
const DefaultSoon = 90 * 24 * time.Hour

// InventoryOptions say how an Inventory is made.
type InventoryOptions struct {
	// At is the time that everything is seen from.
	At time.Time
	// Soon is how long before its end a certificate expires soon. 0 means
	// DefaultSoon.
	Soon time.Duration
	// Rules are used in place of those of [Rules] unless they are nil.
	Rules []Rule
}

// Due is a dated rule that is about a certificate.
type Due struct {
	Rule string `json:"rule"`
	// At is when the effect comes. Day is the day that the source names, as
	// 2026-06-30; it is empty for what counts from the end of the certificate.
	At       time.Time `json:"at"`
	Day      string    `json:"day,omitempty"`
	Past     bool      `json:"past"`
	Effect   Effect    `json:"effect"`
	What     string    `json:"what"`
	Evidence Evidence  `json:"evidence"`
	Source   string    `json:"source"`
	Conflict string    `json:"conflict,omitempty"`
	// Assumed says that the rule is for cards of generation 2.0, and that the
	// certificates given do not show whether this is one.
	Assumed bool `json:"assumed,omitempty"`
}

// Entry is what an Inventory says about one certificate. It names no insured
// person: the name in certificates of an eGK is "***".
type Entry struct {
	Label       string      `json:"label"`
	Kind        string      `json:"kind"` // [Certificate.Kind]
	Holder      Holder      `json:"holder,omitempty"`
	Name        string      `json:"name"` // [Certificate.DisplayName]
	ICCSN       ICCSN       `json:"iccsn,omitempty"`
	TelematikID TelematikID `json:"telematikId,omitempty"`
	Roles       []string    `json:"roles,omitempty"`
	Key         KeyType     `json:"key"`
	// Generation is empty when the certificates given do not show it, and
	// where there is none.
	Generation Generation `json:"generation,omitempty"`
	// Renewal is RenewalOriginal or RenewalRenewed when both are in the Inventory.
	Renewal   string    `json:"renewal,omitempty"`
	Serial    string    `json:"serial"` // hexadecimal
	Issuer    string    `json:"issuer"`
	SHA256    string    `json:"sha256"` // of the DER, hexadecimal
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// DaysLeft is in whole days, and negative after the end.
	DaysLeft int   `json:"daysLeft"`
	State    State `json:"state"`
	// UsableUntil is NotAfter, or the earlier time at which a rule that is
	// confirmed or measured, and not assumed, ends its use.
	UsableUntil time.Time `json:"usableUntil"`
	// Due lists the rules about the certificate by time.
	Due []Due `json:"due,omitempty"`

	certificate *Certificate
}

// Inventory is every certificate given to it, with what is known about its end.
type Inventory struct {
	At      time.Time `json:"at"`
	Entries []Entry   `json:"entries"`
}

// NewInventory makes an Inventory; entries are in the order of items. Nothing is
// verified: an inventory shows what is there.
func NewInventory(items []Item, o InventoryOptions) *Inventory {
	if o.Soon == 0 {
		o.Soon = DefaultSoon
	}
	if o.Rules == nil {
		o.Rules = rules
	}
	inv := &Inventory{At: o.At.UTC(), Entries: []Entry{}}
	for _, item := range items {
		if item.Certificate == nil {
			continue
		}
		e := newEntry(item, o)
		e.Generation = generation(item, items)
		e.Renewal = renewal(item.Certificate, items)
		e.applyRules(o)
		inv.Entries = append(inv.Entries, e)
	}
	return inv
}

func newEntry(item Item, o InventoryOptions) Entry {
	c := item.Certificate
	sum := sha256.Sum256(c.Raw)
	e := Entry{
		Label: item.Label, Kind: c.Kind(), Holder: c.Holder(), Name: c.DisplayName(),
		ICCSN: c.ICCSN(), TelematikID: c.TelematikID(), Key: c.KeyType(),
		Serial: c.SerialNumber.Text(16), Issuer: c.Issuer.CommonName, SHA256: hex.EncodeToString(sum[:]),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), UsableUntil: c.NotAfter.UTC(),
		certificate: c,
	}
	for _, r := range c.Roles() {
		e.Roles = append(e.Roles, r.String())
	}
	left := c.NotAfter.Sub(o.At)
	e.DaysLeft = int(left / (24 * time.Hour))
	if left < 0 && left%(24*time.Hour) != 0 {
		e.DaysLeft--
	}
	switch {
	case o.At.Before(c.NotBefore):
		e.State = StateNotYetValid
	case left < 0:
		e.State = StateExpired
	case left < o.Soon:
		e.State = StateSoon
	default:
		e.State = StateValid
	}
	return e
}

// cardHolders are what has generations.
var cardHolders = []Holder{HolderEGK, HolderHBA, HolderSMCB, HolderGSMCK, HolderGSMCKT}

// generation is that of the card of an item, as far as the items of the card
// show it.
func generation(item Item, items []Item) Generation {
	c := item.Certificate
	if !slices.Contains(cardHolders, c.Holder()) {
		return ""
	}
	complete := false
	for _, other := range items {
		if other.Certificate == nil || !sameCard(item, other) {
			continue
		}
		if !other.Certificate.KeyType().RSA() {
			return Generation21
		}
		complete = complete || other.Complete
	}
	if complete {
		return Generation20
	}
	return ""
}

// sameCard compares the serial numbers of the cards, or the labels where a
// certificate has none.
func sameCard(a, b Item) bool {
	x, y := a.Certificate, b.Certificate
	if x.Holder() != y.Holder() {
		return false
	}
	if n, m := x.ICCSN(), y.ICCSN(); n != "" && m != "" {
		return n == m
	}
	return a.Label == b.Label
}

func renewal(c *Certificate, items []Item) string {
	for _, other := range items {
		switch {
		case other.Certificate == nil:
		case CheckRenewal(c, other.Certificate) == nil:
			return RenewalOriginal
		case CheckRenewal(other.Certificate, c) == nil:
			return RenewalRenewed
		}
	}
	return ""
}

// applyRules adds what rules say about the certificate. An original that has been
// renewed is left to expire: what counts from its end is not of interest.
func (e *Entry) applyRules(o InventoryOptions) {
	for i := range o.Rules {
		r := &o.Rules[i]
		if !r.applies(e.certificate) || r.relative() && e.Renewal == RenewalOriginal {
			continue
		}
		assumed := r.Generation != "" && e.Generation == ""
		if r.Generation != "" && !assumed && e.Generation != r.Generation {
			continue
		}
		at := r.at(e.certificate).UTC()
		d := Due{
			Rule: r.ID, At: at, Past: !at.After(o.At), Effect: r.Effect, What: r.What,
			Evidence: r.Evidence, Source: r.Source, Conflict: r.Conflict, Assumed: assumed,
		}
		if !r.relative() {
			d.Day = r.Day.Format(time.DateOnly)
		}
		e.Due = append(e.Due, d)
		sure := r.Evidence == EvidenceConfirmed || r.Evidence == EvidenceMeasured
		if r.Effect == EffectEnds && sure && !assumed && at.Before(e.UsableUntil) {
			e.UsableUntil = at
		}
	}
	sort.SliceStable(e.Due, func(i, j int) bool { return e.Due[i].At.Before(e.Due[j].At) })
}

// sameCertificate groups entries of one certificate under several labels.
func sameCertificate(a, b *Entry) bool { return bytes.Equal(a.certificate.Raw, b.certificate.Raw) }
