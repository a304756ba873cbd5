package tsl

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// EndKind is what ends. Besides those below it may be a [Group].
type EndKind string

// What ends, or begins, beside the entries of the groups.
const (
	EndSigner      EndKind = "signer of the list"
	EndAnchor      EndKind = "trust anchor"
	EndList        EndKind = "next update of the list"
	BeginNewAnchor EndKind = "announced trust anchor comes into force"
)

// Expiry is something that ends, or begins, at a time.
type Expiry struct {
	At   time.Time // in UTC
	What EndKind
	Name string
}

// Outlook lists what ends until a time, the first first, with what has ended
// already. Entries that are listed although they have expired are not rare: a
// CA leaves the list later than it expires.
func (r *Result) Outlook(until time.Time) []Expiry {
	all := []Expiry{
		{r.Signer.NotAfter, EndSigner, r.signerName()},
		{r.Anchor.NotAfter, EndAnchor, r.Anchor.Subject.CommonName},
	}
	if next := r.List.NextUpdate; !next.IsZero() {
		all = append(all, Expiry{next, EndList, r.List.ID})
	}
	if a := r.Announced; a != nil {
		all = append(all, Expiry{a.Active, BeginNewAnchor, a.Certificate.Subject.CommonName})
	}
	for i := range r.List.Services {
		all = append(all, r.List.Services[i].expiries()...)
	}
	all = slices.DeleteFunc(all, func(e Expiry) bool { return e.At.After(until) })
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.What, b.What), strings.Compare(a.Name, b.Name)) < 0
	})
	return all
}

// expiries passes over what cannot be read: it will not expire in any way that
// could be foretold.
func (s *Service) expiries() (all []Expiry) {
	for _, der := range s.DER {
		if cert, err := certs.Parse(der); err == nil {
			all = append(all, Expiry{cert.NotAfter.UTC(), EndKind(s.Group()), s.certificateName(der)})
		}
	}
	if c, err := ParseCVC(s.CVC); err == nil {
		all = append(all, Expiry{c.NotAfter, EndKind(s.Group()), s.Name})
	}
	return all
}

// The operating states of a Konnektor that come from its list (gemSpec_Kon).
const (
	StateExpiring        = "EC_TSL_Expiring"                        // 7 days before NextUpdate
	StateOverdue         = "EC_TSL_Out_Of_Date_Within_Grace_Period" // after NextUpdate
	StateBeyondGrace     = "EC_TSL_Out_Of_Date_Beyond_Grace_Period" // fatal
	StateAnchorExpiring  = "EC_TSL_Trust_Anchor_Expiring"           // 30 days before the end
	StateAnchorOutOfDate = "EC_TSL_Trust_Anchor_Out_Of_Date"        // fatal
)

// OperatingStates are those that a Konnektor with this list and anchor has at a
// time, with a grace period of its own (0 means DefaultGrace).
func (r *Result) OperatingStates(at time.Time, grace time.Duration) []string {
	var states []string
	o := Options{Grace: grace}
	if next := r.List.NextUpdate; !next.IsZero() {
		switch {
		case at.After(next.Add(o.grace())):
			states = append(states, StateBeyondGrace)
		case at.After(next):
			states = append(states, StateOverdue)
		case at.After(next.Add(-7 * day)):
			states = append(states, StateExpiring)
		}
	}
	switch end := r.Anchor.NotAfter; {
	case at.After(end):
		states = append(states, StateAnchorOutOfDate)
	case at.After(end.Add(-30 * day)):
		states = append(states, StateAnchorExpiring)
	}
	return states
}
