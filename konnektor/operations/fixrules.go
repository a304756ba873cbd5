package operations

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

type fixCheckRequestDoc struct {
	RulesFile     string   `json:"rules_file,omitempty" doc:"A file with signed incident rules, to be used and kept from now on. It needs fixes.rule_keys in the settings."`
	At            string   `json:"at,omitempty" format:"date-time" doc:"When, such as 2026-01-31T08:00:00Z. Now when left out."`
	OnlineDays    []string `json:"online_days,omitempty" doc:"Days on which the box is known to have been online, such as 2025-07-04."`
	OfflineDays   []string `json:"offline_days,omitempty" doc:"Days on which it is known not to have been."`
	ErrorCodes    []string `json:"error_codes,omitempty" doc:"Codes that were seen lately, such as 4001; an empty list when somebody looked and saw none."`
	SomeCardsOnly *bool    `json:"some_cards_only,omitempty" doc:"The errors came with some cards only, others were read."`
	KeyTypes      []string `json:"key_types,omitempty" enum:"RSA ECC" doc:"The kinds of keys of the box. Those of its renewed certificates when left out."`
	timeLimit
}

type fixCheckAnswerDoc struct {
	SummaryDE string          `json:"summary_de" doc:"The result in German."`
	Sequence  int64           `json:"rules_sequence" table:"-" doc:"The number of the rules in use."`
	Issued    string          `json:"rules_issued" format:"date-time" doc:"When they were issued."`
	Product   *mgmtProduct    `json:"product,omitempty" doc:"The box."`
	Verdicts  []fixVerdictDoc `json:"verdicts" doc:"One for each incident."`
	Missing   []fixGapDoc     `json:"missing,omitempty" doc:"What the box could not be asked; verdicts that need it cannot tell."`
}

type fixVerdictDoc struct {
	Rule     string         `json:"rule" doc:"The incident, such as 2020-09."`
	TitleDE  string         `json:"title_de" doc:"Its title in German."`
	Answer   string         `json:"answer" table:"-" enum:"affected not-affected cannot-tell" doc:"Whether the box is affected."`
	AnswerDE string         `json:"answer_de" doc:"The same in German."`
	Fix      string         `json:"fix,omitempty" doc:"The fix that helps an affected box."`
	TellDE   string         `json:"tell_de" table:"-" doc:"What to tell the practice, in German."`
	Source   string         `json:"source" table:"-" doc:"The source of the rule."`
	Reasons  []fixReasonDoc `json:"reasons" table:"-" doc:"Each criterion and how the box stands to it."`
}

type fixReasonDoc struct {
	Criterion   string `json:"criterion" table:"-" doc:"What is looked at: vendor, firmware, operating-state and others."`
	CriterionDE string `json:"criterion_de" doc:"The same in German."`
	Answer      string `json:"answer" table:"-" enum:"affected not-affected cannot-tell" doc:"affected: met. not-affected: not met."`
	AnswerDE    string `json:"answer_de" doc:"The same in German."`
	Text        string `json:"text" doc:"Wanted and found, in English."`
	Source      string `json:"source,omitempty" table:"-" doc:"Where the criterion comes from."`
	Inferred    bool   `json:"inferred,omitempty" table:"-" doc:"No source says so in these words."`
}

type fixGapDoc struct {
	Part  string `json:"part" enum:"management operating-states identity" doc:"What is missing."`
	Error *Error `json:"error" doc:"Why."`
}

func opFixCheck() Operation {
	return define(Operation{
		Name:       "fix.check",
		Summary:    "Tells of each known incident whether it affects this box, with the reasons and the fix that helps. Reads only; what the box cannot be asked is told, and leaves a verdict open.",
		Title:      titleFixCheck,
		Repeatable: true, Management: true,
	}, runFixCheck)
}

func runFixCheck(ctx context.Context, c *call, req fixCheckRequestDoc) (*fixCheckAnswerDoc, error) {
	at, err := moment("at", req.At)
	if err != nil {
		return nil, err
	}
	rules, err := c.manage.rules(req.RulesFile)
	if err != nil {
		return nil, err
	}
	o, err := req.observation()
	if err != nil {
		return nil, err
	}
	w := &witness{call: c, o: o, missing: []fixGapDoc{}}
	if err := w.look(ctx); err != nil {
		return nil, err
	}
	a := &fixCheckAnswerDoc{Sequence: rules.Sequence, Issued: dateTime(rules.Issued), Verdicts: []fixVerdictDoc{}, Missing: w.missing}
	if w.o.Product.Vendor != "" {
		a.Product = newMgmtProduct(w.o.Product)
	}
	for _, v := range rules.Check(w.o, at) {
		a.Verdicts = append(a.Verdicts, newFixVerdict(&v))
	}
	a.SummaryDE = germanVerdicts(a.Verdicts)
	return a, nil
}

func newFixVerdict(v *fix.Verdict) fixVerdictDoc {
	d := fixVerdictDoc{Rule: v.Rule, TitleDE: v.Title, Answer: string(v.Answer), AnswerDE: germanAnswer(v.Answer),
		Fix: v.Fix, TellDE: v.Tell, Source: v.Source, Reasons: []fixReasonDoc{}}
	for _, r := range v.Reasons {
		d.Reasons = append(d.Reasons, fixReasonDoc{string(r.Criterion), criterionGerman[r.Criterion], string(r.Answer), germanMet(r.Answer), clean(r.Text), r.Source, r.Inferred})
	}
	return d
}

// rules are those in use; a new file is kept.
func (m *management) rules(file string) (fix.Rules, error) {
	keys, err := m.ruleKeys()
	if err != nil {
		return fix.Rules{}, err
	}
	if file == "" {
		if m.fixes == nil {
			return fix.EmbeddedRules()
		}
		return fix.KeptRules(m.fixes.Dir, keys)
	}
	dir, err := m.dir()
	if err != nil {
		return fix.Rules{}, err
	}
	data, err := readFile("rules_file", file, maxRulesFile)
	if err != nil {
		return fix.Rules{}, err
	}
	rules, err := fix.KeepRules(dir, data, keys)
	if err != nil {
		return rules, &fileError{"rules_file", KindFormat, withoutPath(err)}
	}
	return rules, nil
}

// maxRulesFile bounds a file with signed rules.
const maxRulesFile = 2 << 20

func (m *management) ruleKeys() (keys []ed25519.PublicKey, err error) {
	if m.fixes == nil {
		return nil, nil
	}
	for i, text := range m.fixes.RuleKeys {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, configError(numbered("fixes.rule_keys", i) + ": no Ed25519 key in base64")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (req *fixCheckRequestDoc) observation() (fix.Observation, error) {
	o := fix.Observation{OnlineDays: req.OnlineDays, OfflineDays: req.OfflineDays, SomeCardsOnly: req.SomeCardsOnly, KeyTypes: req.KeyTypes}
	if req.ErrorCodes != nil {
		o.ErrorCodes = []int{}
	}
	for i, text := range req.ErrorCodes {
		code, err := strconv.Atoi(text)
		if err != nil {
			return o, &requestError{numbered("error_codes", i), "want a number"}
		}
		o.ErrorCodes = append(o.ErrorCodes, code)
	}
	return o, nil
}

// witness finds out what a box tells of itself.
type witness struct {
	call    *call
	o       fix.Observation
	missing []fixGapDoc
}

// look asks services and management. That one of them does not answer is no
// failure.
func (w *witness) look(ctx context.Context) error {
	w.services(ctx)
	err := withDevice(ctx, w.call.manage, func(d mgmt.Device) error {
		w.o.Product = d.Product()
		if w.o.Operating == nil {
			w.status(ctx, d)
		}
		w.identity(ctx, d)
		return nil
	})
	if errors.Is(err, konnektor.KindConfig) {
		return err
	}
	if err != nil {
		w.miss("management", err)
	}
	return ctx.Err()
}

func (w *witness) miss(part string, err error) {
	w.missing = append(w.missing, fixGapDoc{part, NewError(w.call.op, err)})
}

// services tell the operating states without a login.
func (w *witness) services(ctx context.Context) {
	if w.call.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	r, _, err := w.call.client.Resource(ctx, konnektor.ResourceQuery{})
	if err == nil && r.Konnektor != nil {
		w.o.Operating = append([]konnektor.OperatingState{}, r.Konnektor.Operating...)
	}
}

func (w *witness) status(ctx context.Context, d mgmt.Device) {
	reader, err := mgmt.As[mgmt.StatusReader](d)
	if err == nil {
		var s mgmt.Status
		if s, err = reader.Status(ctx); err == nil {
			w.o.Operating = append([]konnektor.OperatingState{}, s.Operating...)
		}
	}
	if err != nil {
		w.miss("operating-states", err)
	}
}

func (w *witness) identity(ctx context.Context, d mgmt.Device) {
	identifier, err := mgmt.As[mgmt.ServerIdentifier](d)
	var id mgmt.ServerIdentity
	if err == nil {
		id, err = identifier.ServerIdentity(ctx)
	}
	if err != nil {
		w.miss("identity", err)
		return
	}
	w.o.Identity = id.Source
	w.o.RenewedPresent = new(len(id.Renewed) > 0)
	if w.o.KeyTypes == nil && id.Complete {
		w.o.KeyTypes = keyTypes(id)
	}
}

// keyTypes are the kinds of keys of the renewed certificates: each kind of key of
// the gSMC-K has been renewed.
func keyTypes(id mgmt.ServerIdentity) (kinds []string) {
	for _, r := range id.Renewed {
		if r.Certificate == nil {
			continue
		}
		kind := "ECC"
		if r.Certificate.KeyType().RSA() {
			kind = "RSA"
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// codeTexts are codes as text.
func codeTexts(codes []int) []string {
	var all []string
	for _, code := range codes {
		all = append(all, strconv.Itoa(code))
	}
	return all
}
