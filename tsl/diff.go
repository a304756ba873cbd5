package tsl

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs"
)

// ChangeKind is what happened to an entry between two lists.
type ChangeKind string

// The kinds of change.
const (
	Added      ChangeKind = "added"
	Dropped    ChangeKind = "dropped"
	Revoked    ChangeKind = "revoked"
	Reinstated ChangeKind = "reinstated" // revoked in the old list, in accord in the new one
	Changed    ChangeKind = "changed"
)

// Change is one difference between two lists.
type Change struct {
	Group    Group
	Kind     ChangeKind
	Name     string // short name of the entry
	Provider string
	Detail   string // the facts in words
	Facts    []Fact
	// SHA256 is that of the certificate in hex, "" for entries without one. It
	// is what makes an entry the same in both lists.
	SHA256 string
}

// String is the change in words.
func (c Change) String() string {
	text := fmt.Sprintf("%s %s %s", c.Group, c.Name, c.Kind)
	if c.Provider != "" {
		text += " (" + c.Provider + ")"
	}
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	return text
}

// Diff is what changed from an old list to a new one.
type Diff struct {
	Old, New Stored
	// Scheme are the changes of the list itself, in words: addresses, operator.
	Scheme []string
	// SchemeFacts are the same, one for each of them.
	SchemeFacts []Fact
	// Changes are by group in the order CA, CVC root, OCSP signer, CRL signer,
	// BNetzA signer, DNSSEC anchor, announced trust anchor, other; in it by kind
	// and name.
	Changes []Change
}

// In returns the changes of a group.
func (d *Diff) In(group Group) []Change {
	var found []Change
	for _, c := range d.Changes {
		if c.Group == group {
			found = append(found, c)
		}
	}
	return found
}

// Words is the whole diff, a line for each change.
func (d *Diff) Words() []string {
	words := []string{fmt.Sprintf("from list %d of %s to list %d of %s", d.Old.Sequence, d.Old.Environment, d.New.Sequence, d.New.Environment)}
	words = append(words, d.Scheme...)
	for _, c := range d.Changes {
		words = append(words, c.String())
	}
	if len(words) == 1 {
		words = append(words, "nothing changed but number and dates")
	}
	return words
}

// Compare tells what changed from one list to another.
func Compare(old, new *List) *Diff {
	d := &Diff{Old: *old.Stored(), New: *new.Stored(), SchemeFacts: compareScheme(old, new)}
	d.Scheme = factsInWords(d.SchemeFacts)
	before, after := entries(old), entries(new)
	for key, was := range before {
		is, ok := after[key]
		if !ok {
			d.add(was, Dropped, was.validity()...)
			continue
		}
		d.compare(was, is)
	}
	for key, is := range after {
		if _, ok := before[key]; !ok {
			d.add(is, Added, is.describe()...)
		}
	}
	sort.Slice(d.Changes, func(i, j int) bool {
		a, b := &d.Changes[i], &d.Changes[j]
		return cmp.Or(
			cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)),
			strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name),
			strings.Compare(a.SHA256, b.SHA256), strings.Compare(a.Detail, b.Detail)) < 0
	})
	return d
}

// entry is a certificate, or what stands for it, in one list.
type entry struct {
	service *Service
	name    string
	print   string // SHA-256 in hex
	der     []byte
	key     *DNSSECKey
}

// entries takes services apart: the BNetzA entry has several certificates. The
// key of an entry is what makes it the same in another list.
func entries(l *List) map[string]entry {
	all := map[string]entry{}
	for i := range l.Services {
		s := &l.Services[i]
		for _, der := range s.DER {
			sum := sha256.Sum256(der)
			print := hex.EncodeToString(sum[:])
			all[s.Type+print] = entry{s, s.certificateName(der), print, der, nil}
		}
		switch {
		case len(s.DER) > 0:
		case s.CVC != nil:
			sum := sha256.Sum256(s.CVC)
			print := hex.EncodeToString(sum[:])
			all[s.Type+print] = entry{s, s.Name, print, nil, nil}
		case s.DNSSEC != nil:
			for i := range s.DNSSEC.Keys {
				k := &s.DNSSEC.Keys[i]
				name := s.DNSSEC.Zone + " key " + k.KeyTag
				all[s.Type+name+k.Algorithm+k.DigestType+strings.ToLower(k.Digest)] = entry{s, name, "", nil, k}
			}
		default:
			all[s.Type+s.Name] = entry{s, s.ShortName(), "", nil, nil}
		}
	}
	return all
}

// certificateName is the name of the service, and of the certificate where a
// service has more than one.
func (s *Service) certificateName(der []byte) string {
	if len(s.DER) > 1 || s.Group() == GroupBNetzA {
		if cert, err := certs.Parse(der); err == nil {
			return cert.Subject.CommonName
		}
	}
	return s.ShortName()
}

func (d *Diff) add(e entry, kind ChangeKind, facts ...Fact) {
	detail := strings.Join(factsInWords(facts), "; ")
	d.Changes = append(d.Changes, Change{e.service.Group(), kind, e.name, e.service.Provider, detail, facts, e.print})
}

// validity says how long an entry lasts, or nothing when that cannot be read.
func (e entry) validity() []Fact {
	if cert, err := certs.Parse(e.der); err == nil {
		return []Fact{{Kind: FactValidUntil, Value: stamp(cert.NotAfter)}}
	}
	if c, err := ParseCVC(e.service.CVC); err == nil {
		return []Fact{{Kind: FactValidUntil, Value: stamp(c.NotAfter)}}
	}
	return nil
}

// describe says what a new entry is.
func (e entry) describe() []Fact {
	facts := e.validity()
	say := func(kind FactKind, value string) { facts = append(facts, Fact{Kind: kind, Value: value}) }
	if cert, err := certs.Parse(e.der); err == nil {
		if key := cert.KeyType(); key != certs.KeyUnknown {
			say(FactKey, string(key))
		}
		say(FactIssuer, cert.Issuer.CommonName)
	}
	if e.key != nil {
		say(FactDNSSECKey, e.key.KeyTag)
		say(FactDigest, e.key.Digest)
	}
	if e.service.Status != StatusInAccord {
		say(FactStatus, e.service.Status.String())
	}
	say(FactSince, stamp(e.service.Since))
	if types := e.service.types(); len(types) > 0 && e.service.Group() == GroupCA {
		say(FactTypes, strings.Join(types, " "))
	}
	return facts
}

// compare reports every difference of one entry.
func (d *Diff) compare(was, is entry) {
	a, b := was.service, is.service
	from := Fact{Kind: FactFrom, Value: stamp(b.Since)}
	switch {
	case a.Status != b.Status && b.Status == StatusRevoked:
		d.add(is, Revoked, from)
	case a.Status == StatusRevoked && b.Status == StatusInAccord:
		d.add(is, Reinstated, from)
	case a.Status != b.Status:
		d.add(is, Changed, Fact{Kind: FactStatusChanged, Was: a.Status.String(), Value: b.Status.String()})
	case !a.Since.Equal(b.Since):
		d.add(is, Changed, Fact{Kind: FactSinceChanged, Was: stamp(a.Since), Value: stamp(b.Since)})
	}
	for _, f := range []Fact{
		{Kind: FactName, Was: a.Name, Value: b.Name},
		{Kind: FactProvider, Was: a.Provider, Value: b.Provider},
		{Kind: FactSupplyPoint, Was: strings.Join(a.SupplyPoints, " "), Value: strings.Join(b.SupplyPoints, " ")},
	} {
		if f.Was != f.Value {
			d.add(is, Changed, f)
		}
	}
	d.compareSets(is, FactTypesChanged, a.types(), b.types())
	d.compareSets(is, FactMappingsChanged, a.mappings(), b.mappings())
}

func (d *Diff) compareSets(e entry, kind FactKind, old, new []string) {
	f := Fact{Kind: kind, Added: without(new, old), Dropped: without(old, new)}
	if len(f.Added)+len(f.Dropped) > 0 {
		d.add(e, Changed, f)
	}
}

// without are those of all that are not among the others.
func without(all, others []string) (left []string) {
	for _, v := range all {
		if !slices.Contains(others, v) {
			left = append(left, v)
		}
	}
	return left
}

// types are the names of the extensions: for a CA the types of certificates
// that it may issue.
func (s *Service) types() []string {
	var all []string
	for _, x := range s.Extensions {
		all = append(all, cmp.Or(x.Name, x.OID))
	}
	slices.Sort(all)
	return all
}

func (s *Service) mappings() []string {
	var all []string
	for _, m := range s.Mappings {
		all = append(all, m.Value)
	}
	return all
}

func compareScheme(old, new *List) (facts []Fact) {
	for _, f := range []Fact{
		{Kind: FactEnvironment, Was: string(old.Environment), Value: string(new.Environment)},
		{Kind: FactOperator, Was: old.Operator, Value: new.Operator},
		{Kind: FactScheme, Was: old.Scheme, Value: new.Scheme},
		{Kind: FactAddresses, Was: addressWords(old), Value: addressWords(new)},
	} {
		if f.Was != f.Value {
			facts = append(facts, f)
		}
	}
	return facts
}

func addressWords(l *List) string {
	var all []string
	for _, a := range l.Addresses {
		all = append(all, a.URL)
	}
	return strings.Join(all, " ")
}
