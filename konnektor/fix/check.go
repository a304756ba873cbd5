package fix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answer is what can be said of a box, or of one criterion of it.
type Answer string

// The answers. CannotTell is one of its own: nothing is concluded from what is
// not known.
const (
	Affected    Answer = "affected"
	NotAffected Answer = "not-affected"
	CannotTell  Answer = "cannot-tell"
)

// Verdict is what a rule says of a box.
type Verdict struct {
	Rule   string // Rule.ID
	Title  string // German
	Answer Answer
	Fix    string // the fix that helps an affected box; "" when none does
	Tell   string // German: what to tell the practice
	Source string
	// Reasons has one entry for each criterion, met or not.
	Reasons []Reason
}

// Reason is one criterion and how the box stands to it.
type Reason struct {
	Criterion CriterionKind
	Answer    Answer // Affected: met; NotAffected: not met
	Text      string // English: wanted and found
	Source    string
	Inferred  bool
}

// Check says of each rule whether it affects the box, in the order of the rules:
// affected when all criteria are met, not affected when one is not met, else it
// cannot be told. It does not ask the box anything.
func (r Rules) Check(o Observation, at time.Time) []Verdict {
	all := make([]Verdict, 0, len(r.Rules))
	for _, rule := range r.Rules {
		all = append(all, rule.verdict(o, at))
	}
	return all
}

func (r Rule) verdict(o Observation, at time.Time) Verdict {
	v := Verdict{Rule: r.ID, Title: r.Title, Answer: Affected, Source: r.Source}
	for _, c := range r.Criteria {
		reason := c.judge(o, at)
		v.Reasons = append(v.Reasons, reason)
		v.Answer = both(v.Answer, reason.Answer)
	}
	switch v.Answer {
	case Affected:
		v.Fix, v.Tell = r.Fix, r.Tell.Affected
	case NotAffected:
		v.Tell = r.Tell.NotAffected
	default:
		v.Tell = r.Tell.CannotTell
	}
	return v
}

// both is met when both are, and not met when one is not.
func both(a, b Answer) Answer {
	switch {
	case a == NotAffected || b == NotAffected:
		return NotAffected
	case a == CannotTell || b == CannotTell:
		return CannotTell
	}
	return Affected
}

// judge compares one criterion.
func (c Criterion) judge(o Observation, at time.Time) Reason {
	answer, text := c.compare(o, at)
	return Reason{c.Is, answer, text, c.Source, c.Inferred}
}

func (c Criterion) compare(o Observation, at time.Time) (Answer, string) {
	switch c.Is {
	case IsVendor:
		return c.oneOf("vendor", string(o.Product.Vendor))
	case IsProductCode:
		return c.oneOf("product code", o.Product.Code)
	case IsFirmware:
		return c.firmware(o.Product.Firmware)
	case IsIdentity:
		return c.oneOf("identity", string(o.Identity))
	case IsKeyTypes:
		return c.keyTypes(o.KeyTypes)
	case IsOperatingState:
		return c.operating(o)
	case IsDate:
		return c.date(at)
	case IsOnlineOn:
		return c.online(o)
	case IsRenewedPresent:
		return c.flag("renewed certificates on the box", o.RenewedPresent)
	case IsErrorCode:
		return c.codes(o.ErrorCodes)
	case IsSomeCardsOnly:
		return c.flag("some cards only", o.SomeCardsOnly)
	case IsAny:
		return c.anyOf(o, at)
	}
	return CannotTell, "unknown criterion"
}

func yes(met bool) Answer {
	if met {
		return Affected
	}
	return NotAffected
}

func (c Criterion) oneOf(what, found string) (Answer, string) {
	if found == "" {
		return CannotTell, what + " not known"
	}
	any, none := containsFold(c.AnyOf, found), containsFold(c.NoneOf, found)
	text := fmt.Sprintf("%s %s; %s", what, found, c.wanted())
	if len(c.AnyOf) > 0 && len(c.NoneOf) > 0 && !any && !none {
		return CannotTell, text
	}
	return yes((any || len(c.AnyOf) == 0) && !none), text
}

func (c Criterion) wanted() string {
	var parts []string
	for _, p := range []struct {
		words  string
		values []string
	}{{"any of", c.AnyOf}, {"none of", c.NoneOf}, {"only", c.Only}} {
		if len(p.values) > 0 {
			parts = append(parts, p.words+" "+strings.Join(p.values, ", "))
		}
	}
	return "affected: " + strings.Join(parts, ", ")
}

func containsFold(values []string, v string) bool {
	return slices.ContainsFunc(values, func(w string) bool { return strings.EqualFold(w, v) })
}

func (c Criterion) firmware(found string) (Answer, string) {
	v, ok := version(found)
	if !ok {
		return CannotTell, "firmware not known"
	}
	from, bounded := version(c.From)
	met := !bounded || compareVersions(v, from) >= 0
	text := "firmware " + found + "; affected:"
	if bounded {
		text += " from " + c.From
	}
	if below, bounded := version(c.Below); bounded {
		met = met && compareVersions(v, below) < 0
		text += " below " + c.Below
	}
	return yes(met), text
}

func (c Criterion) keyTypes(found []string) (Answer, string) {
	if found == nil {
		return CannotTell, "key types not known"
	}
	met := len(c.AnyOf) == 0
	for _, f := range found {
		met = met || containsFold(c.AnyOf, f)
	}
	for _, f := range found {
		met = met && !containsFold(c.NoneOf, f) && (len(c.Only) == 0 || containsFold(c.Only, f))
	}
	for _, want := range c.Only {
		met = met && containsFold(found, want)
	}
	return yes(met), "key types " + strings.Join(found, ", ") + "; " + c.wanted()
}

// operating compares active states without regard to case and hyphens: vendors
// spell them differently.
func (c Criterion) operating(o Observation) (Answer, string) {
	if o.Operating == nil {
		return CannotTell, "operating states not known"
	}
	var active []string
	met, barred := len(c.AnyOf) == 0, false
	for _, s := range o.Operating {
		if !s.Active {
			continue
		}
		if spelled(c.AnyOf, s.Condition) {
			met, active = true, append(active, s.Condition)
		}
		if spelled(c.NoneOf, s.Condition) {
			barred, active = true, append(active, s.Condition)
		}
	}
	if len(active) == 0 {
		active = []string{"none of them"}
	}
	return yes(met && !barred), "active: " + strings.Join(active, ", ") + "; " + c.wanted()
}

func spelled(values []string, found string) bool {
	plain := func(s string) string { return strings.ReplaceAll(s, "-", "") }
	return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(plain(v), plain(found)) })
}

func (c Criterion) date(at time.Time) (Answer, string) {
	if at.IsZero() {
		return CannotTell, "date not known"
	}
	met, text := true, at.UTC().Format(time.RFC3339)+"; affected:"
	if !c.Since.IsZero() {
		met = !at.Before(c.Since)
		text += " since " + c.Since.UTC().Format(time.RFC3339)
	}
	if !c.Until.IsZero() {
		met = met && at.Before(c.Until)
		text += " until " + c.Until.UTC().Format(time.RFC3339)
	}
	return yes(met), text
}

func (c Criterion) online(o Observation) (Answer, string) {
	switch {
	case slices.Contains(o.OnlineDays, c.On):
		return Affected, "was online on " + c.On
	case slices.Contains(o.OfflineDays, c.On):
		return NotAffected, "was not online on " + c.On
	}
	return CannotTell, "not known whether it was online on " + c.On
}

func (c Criterion) flag(what string, found *bool) (Answer, string) {
	if found == nil || c.Value == nil {
		return CannotTell, what + ": not known"
	}
	return yes(*found == *c.Value), fmt.Sprintf("%s: %t; affected: %t", what, *found, *c.Value)
}

func (c Criterion) codes(found []int) (Answer, string) {
	if found == nil {
		return CannotTell, "error codes not known"
	}
	for _, code := range found {
		if slices.Contains(c.AnyOf, strconv.Itoa(code)) {
			return Affected, fmt.Sprintf("error %d was seen", code)
		}
	}
	return NotAffected, "not seen; " + c.wanted()
}

// anyOf is met when one is; not met when none is.
func (c Criterion) anyOf(o Observation, at time.Time) (Answer, string) {
	answer := NotAffected
	var texts []string
	for _, one := range c.Any {
		a, text := one.compare(o, at)
		texts = append(texts, text)
		if a == Affected || a == CannotTell && answer == NotAffected {
			answer = a
		}
		if a == Affected {
			return a, text
		}
	}
	return answer, strings.Join(texts, "; or ")
}
