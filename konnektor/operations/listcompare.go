package operations

import (
	"context"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/tsl"
)

type tslDiffRequestDoc struct {
	Old string `json:"old" doc:"The file with the older trust list (TSL)."`
	New string `json:"new" doc:"The file with the newer one."`
	listRules
	timeLimit
}

type tslDiffAnswerDoc struct {
	SummaryDE string          `json:"summary_de" doc:"What changed, in a German line."`
	Old       trustListDoc    `json:"old" doc:"The older list."`
	New       trustListDoc    `json:"new" doc:"The newer list."`
	Scheme    []string        `json:"scheme,omitempty" table:"-" doc:"Changes of the list itself, such as its addresses, in English."`
	SchemeDE  []string        `json:"scheme_de,omitempty" doc:"The same in German."`
	Changes   []listChangeDoc `json:"changes" doc:"The changes of entries, by group."`
}

type listChangeDoc struct {
	Kind     string `json:"kind" table:"-" enum:"added dropped revoked reinstated changed" doc:"What happened to the entry."`
	KindDE   string `json:"kind_de" doc:"The same in German."`
	Group    string `json:"group" table:"-" enum:"ca ocsp-signer crl-signer cvc-root bnetza-signer dnssec-anchor anchor-change other" doc:"What the entry is good for."`
	GroupDE  string `json:"group_de" doc:"The group in German."`
	Name     string `json:"name" doc:"The name of the entry."`
	Provider string `json:"provider" table:"-" doc:"Who offers it."`
	Detail   string `json:"detail" table:"-" doc:"What is to be said about it, in English."`
	DetailDE string `json:"detail_de" doc:"The same in German. Times are in UTC."`
	SHA256   string `json:"sha256,omitempty" table:"-" doc:"The SHA-256 of its certificate in hex."`
}

func opTSLDiff() Operation {
	return define(Operation{
		Name:       "tsl.diff",
		Summary:    "Tells what changed between two trust lists (TSL) in files. Both are verified first, at their own time of issue. Needs no Konnektor.",
		Title:      titleTSLDiff,
		Repeatable: true,
		Local:      true,
	}, runTSLDiff)
}

func runTSLDiff(_ context.Context, _ *call, req tslDiffRequestDoc) (*tslDiffAnswerDoc, error) {
	o, err := req.options(tsl.AnyEnvironment)
	if err != nil {
		return nil, err
	}
	was, _, err := readList("old", req.Old, o)
	if err != nil {
		return nil, err
	}
	is, _, err := readList("new", req.New, o)
	if err != nil {
		return nil, err
	}
	diff := tsl.Compare(was.List, is.List)
	a := &tslDiffAnswerDoc{
		SummaryDE: germanDiff(diff), Old: *newTrustList(was), New: *newTrustList(is),
		Scheme: listWords(diff.Scheme), Changes: make([]listChangeDoc, 0, len(diff.Changes)),
	}
	for _, f := range diff.SchemeFacts {
		a.SchemeDE = append(a.SchemeDE, clean(germanFact(f)))
	}
	for _, c := range diff.Changes {
		a.Changes = append(a.Changes, listChangeDoc{
			Kind: string(c.Kind), KindDE: changeGerman[c.Kind], Group: groupNames[c.Group], GroupDE: germanGroup(c.Group),
			Name: clean(c.Name), Provider: clean(c.Provider), Detail: clean(c.Detail), DetailDE: clean(germanFacts(c.Facts)), SHA256: c.SHA256,
		})
	}
	return a, nil
}

type tslPlanRequestDoc struct {
	Paths       []string `json:"paths" doc:"The files with the trust lists (TSL) at hand, in any order."`
	Environment string   `json:"environment,omitempty" enum:"prod ref test" doc:"The environment of the device. prod when left out."`
	At          string   `json:"at,omitempty" doc:"When the imports begin, RFC 3339 or a day; now when left out."`
	Anchor      string   `json:"anchor,omitempty" doc:"A file with the trust anchor (TSL-CA) that the device has, PEM or DER. The one that the library has when left out."`
	Stored      string   `json:"stored,omitempty" doc:"The file with the list that the device has. Give this, or sequence with id, or neither."`
	Sequence    int64    `json:"sequence,omitempty" min:"1" max:"2147483647" doc:"The sequence number of the list that the device has."`
	ID          string   `json:"id,omitempty" doc:"The Id of that list."`
	timeLimit
}

type tslPlanAnswerDoc struct {
	SummaryDE string         `json:"summary_de" doc:"The plan in a German line."`
	Steps     []listStepDoc  `json:"steps" doc:"Which lists to import, in this order. Empty when there is nothing to do."`
	Unused    []listSpareDoc `json:"unused" doc:"The files that are in no step, and why."`
	Missing   string         `json:"missing,omitempty" table:"-" doc:"What list is needed that was not given, in English. The steps then lead as far as they can."`
	MissingDE string         `json:"missing_de,omitempty" doc:"The same in German."`
	Anchor    string         `json:"anchor" doc:"The trust anchor of the device after the last step."`
	Sequence  int64          `json:"sequence" doc:"The sequence number of its list after the last step; 0 when it has none."`
}

type listStepDoc struct {
	Path      string        `json:"path" doc:"The file to import."`
	Sequence  int64         `json:"sequence" doc:"The sequence number of the list."`
	Needs     string        `json:"needs" doc:"The trust anchor that has to be in force."`
	NotBefore string        `json:"not_before,omitempty" format:"date-time" doc:"When that anchor comes into force; empty when it is already."`
	Brings    string        `json:"brings,omitempty" doc:"The trust anchor that the list announces."`
	Words     []string      `json:"words" table:"-" doc:"What the step needs, proves and brings, in English."`
	WordsDE   []string      `json:"words_de" table:"-" doc:"The same in German. Times are in UTC."`
	Notes     []listNoteDoc `json:"notes" table:"-" doc:"What a device may object to."`
	TextDE    string        `json:"text_de" doc:"The step in German."`
}

type listSpareDoc struct {
	Path     string `json:"path" doc:"The file."`
	Reason   string `json:"reason" table:"-" doc:"Why it is not used, in English."`
	ReasonDE string `json:"reason_de" doc:"Why it is not used, in German."`
}

func opTSLPlan() Operation {
	return define(Operation{
		Name:       "tsl.plan",
		Summary:    "Finds which trust lists (TSL) to import into a device, in which order, so that it trusts and has the newest one. Needs no Konnektor.",
		Title:      titleTSLPlan,
		Repeatable: true,
		Local:      true,
	}, runTSLPlan)
}

// maxPlanned bounds the files of a plan: fifty lists are two years.
const maxPlanned = 64

func runTSLPlan(_ context.Context, _ *call, req tslPlanRequestDoc) (*tslPlanAnswerDoc, error) {
	at, err := moment("at", req.At)
	if err != nil {
		return nil, err
	}
	if len(req.Paths) == 0 || len(req.Paths) > maxPlanned {
		return nil, &requestError{"paths", "want 1 to 64 files"}
	}
	device, err := req.device(at)
	if err != nil {
		return nil, err
	}
	files := make([]tsl.File, 0, len(req.Paths))
	for i, path := range req.Paths {
		data, err := readFile(numbered("paths", i), path, tsl.MaxSize)
		if err != nil {
			return nil, err
		}
		files = append(files, tsl.File{Name: path, Data: data})
	}
	plan, err := tsl.MakePlan(device, files, at)
	if err != nil {
		return nil, err
	}
	return newPlan(plan), nil
}

// device is what is known of the device.
func (r *tslPlanRequestDoc) device(at time.Time) (tsl.State, error) {
	environment, err := tsl.ParseEnvironment(r.Environment)
	if err != nil {
		return tsl.State{}, &requestError{"environment", "want prod, ref or test"}
	}
	device, err := tsl.NewState(environment)
	if err != nil {
		return device, err
	}
	anchors, err := readAnchors("anchor", r.Anchor)
	switch {
	case err != nil:
		return device, err
	case len(anchors) > 1:
		return device, &requestError{"anchor", "a device has one trust anchor: want one certificate"}
	case len(anchors) == 1:
		device.Anchor = anchors[0]
	}
	switch {
	case (r.Sequence == 0) != (r.ID == ""), r.Stored != "" && r.ID != "":
		return device, &requestError{cause: "give stored, or sequence with id"}
	case r.ID != "":
		device.List = &tsl.Stored{Environment: environment, Sequence: int(r.Sequence), ID: r.ID}
	case r.Stored != "":
		known, _, err := readList("stored", r.Stored, tsl.Options{
			At: at, Environment: environment, Anchors: []*certs.Certificate{device.Anchor},
		})
		if err != nil {
			return device, err
		}
		device.List, device.Announced = known.List.Stored(), known.Announced
	}
	return device, nil
}

func newPlan(p *tsl.Plan) *tslPlanAnswerDoc {
	a := &tslPlanAnswerDoc{
		Steps: []listStepDoc{}, Unused: []listSpareDoc{}, SummaryDE: germanPlan(p),
		Missing: clean(p.Missing), Anchor: clean(p.Final.Anchor.Subject.CommonName),
	}
	if p.Missing != "" {
		a.MissingDE = clean(fmt.Sprintf(planMissing, p.MissingAnchor))
	}
	if p.Final.List != nil {
		a.Sequence = int64(p.Final.List.Sequence)
	}
	for _, s := range p.Steps {
		d := listStepDoc{
			Path: s.File, Sequence: int64(s.Result.List.Sequence), Needs: clean(s.Needs.Subject.CommonName),
			NotBefore: dateTime(s.NotBefore), Words: listWords(s.Words()), Notes: newNotes(s.Result), TextDE: germanPlanStep(s),
		}
		for _, part := range s.Parts() {
			d.WordsDE = append(d.WordsDE, germanPart(part))
		}
		if d.Notes == nil {
			d.Notes = []listNoteDoc{}
		}
		if s.Result.Announced != nil {
			d.Brings = clean(s.Result.Announced.Certificate.Subject.CommonName)
		}
		a.Steps = append(a.Steps, d)
	}
	for _, n := range p.NotUsed {
		a.Unused = append(a.Unused, listSpareDoc{Path: n.File, Reason: clean(n.Reason), ReasonDE: unusedGerman[n.Kind]})
	}
	return a
}
