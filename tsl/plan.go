package tsl

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// File is a list on disk or from anywhere else.
type File struct {
	Name string // for the report
	Data []byte
}

// Plan is which lists to import into a device, in which order, so that it
// trusts and has the newest one: after a change of trust anchor a device takes
// only a list under the anchor that it knows, and each list introduces at most
// the next anchor (TUC_PKI_013).
type Plan struct {
	Steps []Step
	// NotUsed are the files that are in no step, and why.
	NotUsed []NotUsed
	// Missing says what list is needed that was not given, "" for none: the plan
	// then leads as far as it can.
	Missing string
	// MissingAnchor is the trust anchor that this list has to announce, "" for
	// none.
	MissingAnchor string
	// Final is the state after the last step.
	Final State
}

// Step is the import of one list.
type Step struct {
	File string
	// Needs is the trust anchor that has to be in force.
	Needs *certs.Certificate
	// NotBefore is when that anchor comes into force; zero when it is already.
	NotBefore time.Time
	// Result has what the list brings. Its warnings say what a device may object
	// to: an overdue list has to be importable by hand (TIP1-A_4705); whether a
	// device judges an expired signer at the time of import is not known.
	Result *Result
}

// UnusedKind is why a file is in no step.
type UnusedKind string

// Why files are in no step.
const (
	UnusedUnreadable  UnusedKind = "unreadable"  // no trust list
	UnusedDamaged     UnusedKind = "damaged"     // the signature does not fit
	UnusedEnvironment UnusedKind = "environment" // of another environment than the device
	UnusedKnown       UnusedKind = "known"       // the device has it
	UnusedNotNewer    UnusedKind = "not-newer"   // than the list of the device
	UnusedNotNeeded   UnusedKind = "not-needed"  // on the way to the newest list
	UnusedRefused     UnusedKind = "refused"     // when its step was tried
)

// NotUsed is a file that the plan does without.
type NotUsed struct {
	File   string
	Kind   UnusedKind
	Reason string // in words
}

// PartKind is what a Part of a Step says.
type PartKind string

// The parts of a step.
const (
	PartImport    PartKind = "import"     // the list
	PartNeeds     PartKind = "needs"      // Name is a trust anchor
	PartNotBefore PartKind = "not-before" // At is when that anchor comes into force
	PartProves    PartKind = "proves"     // Name is the signer
	PartBrings    PartKind = "brings"     // Name is a trust anchor, At when it comes into force
	PartNote      PartKind = "note"       // Warning
)

// Part is one thing that is to be said about a step, for programs that have
// words of their own.
type Part struct {
	Kind    PartKind
	Name    string
	At      time.Time
	Warning *Warning
}

// Parts lists what the step needs, what it proves, what it brings.
func (s Step) Parts() []Part {
	parts := []Part{
		{Kind: PartImport, Name: s.File, At: s.Result.List.Issued},
		{Kind: PartNeeds, Name: s.Needs.Subject.CommonName},
	}
	if !s.NotBefore.IsZero() {
		parts = append(parts, Part{Kind: PartNotBefore, At: s.NotBefore})
	}
	parts = append(parts, Part{Kind: PartProves, Name: s.Result.signerName()})
	if a := s.Result.Announced; a != nil {
		parts = append(parts, Part{Kind: PartBrings, Name: a.Certificate.Subject.CommonName, At: a.Active})
	}
	for i := range s.Result.Warnings {
		parts = append(parts, Part{Kind: PartNote, Warning: &s.Result.Warnings[i]})
	}
	return parts
}

// Words are the parts of the step in words.
func (s Step) Words() []string {
	var words []string
	for _, p := range s.Parts() {
		words = append(words, p.words(s))
	}
	return words
}

func (p Part) words(s Step) string {
	switch p.Kind {
	case PartImport:
		l := s.Result.List
		return fmt.Sprintf("import %s: list %d of %s, %s", p.Name, l.Sequence, stamp(p.At), l.ID)
	case PartNeeds:
		return "needs trust anchor " + p.Name
	case PartNotBefore:
		return "not before " + stamp(p.At) + ": only then is that anchor in force"
	case PartProves:
		return fmt.Sprintf("proves: signed by %s under %s", p.Name, s.Needs.Subject.CommonName)
	case PartBrings:
		return fmt.Sprintf("brings trust anchor %s, in force from %s", p.Name, stamp(p.At))
	}
	return "note: " + p.Warning.String()
}

// MakePlan finds the shortest way from a device's state to the newest of the
// lists that are given. Every step is tried on the state that the steps before
// it lead to, at the time of the step. at is when the imports begin.
//
// Files that are of no use are no error: see Plan.NotUsed. The error is an *Error
// that wraps ErrCheckTime, or one with CodeAnchorMissing for a device without
// trust anchor.
func MakePlan(device State, files []File, at time.Time) (*Plan, error) {
	if at.IsZero() {
		return nil, &Error{Reason: "plan", Err: ErrCheckTime}
	}
	if device.AnchorAt(at) == nil {
		return nil, refuse(CodeAnchorMissing, nil, "plan: the trust anchor of the device is not known")
	}
	p := &planner{device: device, at: at, plan: &Plan{Final: device}}
	for _, f := range files {
		p.consider(f)
	}
	sort.SliceStable(p.lists, func(i, j int) bool { return p.lists[j].seen.Sequence < p.lists[i].seen.Sequence })
	for !p.try() {
	}
	return p.plan, nil
}

type planner struct {
	device State
	at     time.Time
	plan   *Plan
	lists  []*candidate // highest sequence number first
}

type candidate struct {
	file File
	seen *Unverified
}

// consider takes a file in, or says why it is of no use.
func (p *planner) consider(f File) {
	seen, err := Peek(f.Data)
	switch {
	case err != nil:
		p.drop(f.Name, UnusedUnreadable, err.Error())
	case seen.Damage != nil:
		p.drop(f.Name, UnusedDamaged, seen.Damage.Error())
	case p.device.Environment != AnyEnvironment && seen.Environment != p.device.Environment:
		p.drop(f.Name, UnusedEnvironment, fmt.Sprintf("list of environment %s, the device is in %s", seen.Environment, p.device.Environment))
	case p.device.List != nil && seen.ID == p.device.List.ID:
		p.drop(f.Name, UnusedKnown, "the device has this list")
	case p.device.List != nil && seen.Sequence <= p.device.List.Sequence:
		p.drop(f.Name, UnusedNotNewer, fmt.Sprintf("sequence number %d is not higher than %d of the device", seen.Sequence, p.device.List.Sequence))
	default:
		p.lists = append(p.lists, &candidate{f, seen})
	}
}

func (p *planner) drop(file string, kind UnusedKind, reason string) {
	p.plan.NotUsed = append(p.plan.NotUsed, NotUsed{file, kind, reason})
}

// try looks for a way to the newest list that is left. It reports false when a
// list on the way turned out to be unusable and was dropped.
func (p *planner) try() bool {
	var way []*candidate
	tried := map[*candidate]bool{}
	for i, target := range p.lists {
		if way = p.way(p.lists[i:], tried); way != nil {
			break
		}
		if p.plan.Missing == "" {
			p.plan.Missing, p.plan.MissingAnchor = p.missing(target), target.seen.Signer.Issuer.CommonName
		}
	}
	steps, final, bad, err := p.walk(way)
	if err != nil {
		p.drop(bad.file.Name, UnusedRefused, err.Error())
		p.lists = slices.DeleteFunc(p.lists, func(c *candidate) bool { return c == bad })
		p.plan.Missing, p.plan.MissingAnchor = "", ""
		return false
	}
	p.plan.Steps, p.plan.Final = steps, final
	for _, c := range p.lists {
		if !slices.Contains(way, c) {
			p.drop(c.file.Name, UnusedNotNeeded, "not needed on the way to the newest list that can be reached")
		}
	}
	return true
}

// way is the way to the first of lists: itself when the device knows its
// anchor, else the way to a list that announces that anchor, the newest such
// list first. tried keeps dead ends from being tried again.
func (p *planner) way(lists []*candidate, tried map[*candidate]bool) []*candidate {
	target := lists[0]
	if p.knows(target) {
		return []*candidate{target}
	}
	for i := 1; i < len(lists); i++ {
		c := lists[i]
		if tried[c] || c.seen.Sequence == target.seen.Sequence || !slices.ContainsFunc(c.seen.Announces, target.issuedBy) {
			continue
		}
		tried[c] = true
		if way := p.way(lists[i:], tried); way != nil {
			return append(way, target)
		}
	}
	return nil
}

func (p *planner) knows(c *candidate) bool {
	return c.issuedBy(p.device.AnchorAt(p.at)) || p.device.Announced != nil && c.issuedBy(p.device.Announced.Certificate)
}

// issuedBy compares names and key identifiers only: walk checks the rest.
func (c *candidate) issuedBy(anchor *certs.Certificate) bool {
	return bytes.Equal(c.seen.Signer.RawIssuer, anchor.RawSubject) && bytes.Equal(c.seen.Signer.AuthorityKeyId, anchor.SubjectKeyId)
}

func (p *planner) missing(c *candidate) string {
	needs := c.seen.Signer.Issuer.CommonName
	return fmt.Sprintf("list %d is signed under %s: a list is needed that announces %s and leads on from %s",
		c.seen.Sequence, needs, needs, p.device.AnchorAt(p.at).Subject.CommonName)
}

// walk does the steps on a copy of the device's state.
func (p *planner) walk(way []*candidate) (steps []Step, s State, bad *candidate, err error) {
	s = p.device
	now := p.at
	for _, c := range way {
		step := Step{File: c.file.Name}
		if a := s.Announced; a != nil && now.Before(a.Active) && c.issuedBy(a.Certificate) {
			step.NotBefore, now = a.Active, a.Active
		}
		step.Needs = s.AnchorAt(now)
		if s, step.Result, err = s.Accept(c.file.Data, Options{At: now, Historic: true}); err != nil {
			return nil, s, c, err
		}
		steps = append(steps, step)
	}
	return steps, s, nil, nil
}
