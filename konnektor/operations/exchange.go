package operations

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix/exchange"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/vsdm"
)

// maxSnapshot bounds a snapshot in bytes: a large practice has some ten thousand.
const maxSnapshot = 4 << 20

type exchangeTakeRequestDoc struct {
	File     string             `json:"file,omitempty" doc:"A file to write the snapshot to, which only its owner may read. One that is there already is refused."`
	Backup   *exchangeBackupDoc `json:"backup,omitempty" doc:"The backup of this box that was kept."`
	ReadCard bool               `json:"read_card,omitempty" doc:"Read the one inserted eGK as a test; this adds an entry to the log on the card. Of its data nothing is kept. Needs the url of the services."`
	timeLimit
}

type exchangeBackupDoc struct {
	File          string `json:"file" doc:"What the file is called. It is not opened."`
	Made          string `json:"made" format:"date-time" doc:"When it was made."`
	PublicKeyHash string `json:"public_key_hash,omitempty" doc:"The hash of its key, which the box shows at the restore."`
}

type exchangeTakeAnswerDoc struct {
	Taken          string           `json:"taken" format:"date-time" doc:"When it was taken."`
	Product        *mgmtProduct     `json:"product" doc:"The box."`
	Terminals      int64            `json:"terminals" doc:"How many card terminals it has."`
	Cards          int64            `json:"cards" doc:"How many cards of the practice: SMC-B, HSM-B, HBA, gSMC-KT."`
	Contexts       int64            `json:"contexts" doc:"How many Aufrufkontexte."`
	ClientSystems  int64            `json:"client_systems" doc:"How many certificates of client systems."`
	FunctionTest   string           `json:"function_test,omitempty" enum:"passed failed" table:"-" doc:"With read_card: how it ended."`
	FunctionTestDE string           `json:"function_test_de" doc:"The same in German."`
	Missing        []exchangeGapDoc `json:"missing" doc:"What this box or this access does not tell: people write it down."`
	Snapshot       string           `json:"snapshot" table:"-" doc:"The snapshot, JSON as text, for exchange.ready and exchange.compare. It holds no secrets and no patients."`
}

type exchangeGapDoc struct {
	Part     string `json:"part" table:"-" doc:"The part, a check."`
	PartDE   string `json:"part_de" doc:"The part in German."`
	Reason   string `json:"reason" enum:"unsupported unknown-endpoint no-access" table:"-" doc:"Why it is missing."`
	ReasonDE string `json:"reason_de" doc:"The same in German."`
}

func opExchangeTake() Operation {
	return define(Operation{
		Name:       "exchange.take",
		Summary:    "Takes down what a practice has on its box, before and after the box is exchanged. Reads only; with read_card an eGK is read as a test.",
		Title:      titleExchangeTake,
		Repeatable: true, Management: true,
	}, runExchangeTake)
}

func runExchangeTake(ctx context.Context, c *call, req exchangeTakeRequestDoc) (*exchangeTakeAnswerDoc, error) {
	from, err := req.sources(c)
	if err != nil {
		return nil, err
	}
	var s exchange.Snapshot
	err = withDevice(ctx, c.manage, func(d mgmt.Device) error {
		from.Management = d
		s, err = exchange.Take(ctx, from)
		return err
	})
	if err != nil {
		return nil, err
	}
	raw, err := encode(s)
	if err != nil {
		return nil, err
	}
	if req.File != "" {
		if err := writeFile("file", req.File, append(raw, '\n')); err != nil {
			return nil, err
		}
	}
	a := &exchangeTakeAnswerDoc{
		Taken: dateTime(s.Taken), Product: newMgmtProduct(s.Product), Terminals: int64(len(s.Terminals)), Cards: int64(len(s.Cards)),
		Contexts: int64(len(s.Contexts)), ClientSystems: int64(len(s.ClientSystems)), FunctionTest: string(s.FunctionTest),
		FunctionTestDE: exchangeTestGerman[s.FunctionTest], Missing: []exchangeGapDoc{}, Snapshot: string(raw),
	}
	for _, g := range s.Missing {
		a.Missing = append(a.Missing, exchangeGapDoc{g.Part, exchangeCheckGerman[g.Part], g.Reason, exchangeGapGerman[g.Reason]})
	}
	return a, nil
}

// sources are where a snapshot comes from, without the management.
func (r *exchangeTakeRequestDoc) sources(c *call) (exchange.Sources, error) {
	from := exchange.Sources{Client: c.client, Address: c.manage.services.URL}
	if strings.HasPrefix(from.Address, "https:") {
		from.Served = (&fixRun{call: c}).served // also where the new one is not trusted yet
	}
	if r.File != "" {
		if _, err := os.Lstat(r.File); !errors.Is(err, fs.ErrNotExist) {
			if err == nil {
				err = fs.ErrExist
			}
			return from, &fileError{"file", KindFile, withoutPath(err)}
		}
	}
	if b := r.Backup; b != nil {
		if b.Made == "" {
			return from, &requestError{"backup.made", "must not be empty"}
		}
		made, err := moment("backup.made", b.Made)
		if err != nil {
			return from, err
		}
		from.Backup = &exchange.Backup{File: clean(b.File), Made: made, PublicKeyHash: clean(b.PublicKeyHash)}
	}
	if r.ReadCard {
		if c.client == nil {
			return from, configError("url: read_card needs the address of the services")
		}
		from.ReadVSD = c.readCard
	}
	return from, nil
}

// readCard reads the one eGK that is inserted, and keeps nothing of it.
func (c *call) readCard(ctx context.Context) error {
	var req vsdReadRequestDoc
	verdict, err := req.verdict()
	if err != nil {
		return err
	}
	read, err := req.read(verdict)
	if err != nil {
		return err
	}
	silent := *c
	silent.emit = func([]byte) {} // the operation has no events
	if _, err := req.choose(ctx, &silent, &read); err != nil {
		return err
	}
	_, err = vsdm.Read(ctx, c.client, read)
	return err
}

type exchangeReadyRequestDoc struct {
	Before     string `json:"before,omitempty" doc:"The snapshot of the old box, as text; or before_file."`
	BeforeFile string `json:"before_file,omitempty" doc:"The file of the snapshot of the old box."`
	Next       string `json:"next,omitempty" doc:"The snapshot of the new box, as text, as far as it can be read already; or next_file."`
	NextFile   string `json:"next_file,omitempty" doc:"The file of the snapshot of the new box."`
	At         string `json:"at,omitempty" format:"date-time" doc:"When it is to be judged. Now when left out."`
	timeLimit
}

type exchangeReadyAnswerDoc struct {
	SummaryDE   string               `json:"summary_de" doc:"Whether it may begin, in German."`
	Level       string               `json:"level" enum:"ok info open warning error" table:"-" doc:"The worst of the findings. error: do not begin."`
	SoonMonths  int64                `json:"soon_months" table:"-" doc:"Within how many months an end is near."`
	BackupHours int64                `json:"backup_hours" table:"-" doc:"How old a backup may be."`
	Findings    []exchangeFindingDoc `json:"findings" doc:"What was found, in the order of the checks."`
	Checklist   []exchangeItemDoc    `json:"checklist" doc:"What people do before the exchange, during it and after it."`
}

type exchangeFindingDoc struct {
	Level   string `json:"level" enum:"ok info open warning error" table:"-" doc:"How much it matters; open: a person has to find out."`
	LevelDE string `json:"level_de" doc:"The same in German."`
	Check   string `json:"check" table:"-" doc:"The check."`
	CheckDE string `json:"check_de" doc:"The check in German."`
	Key     string `json:"key" table:"-" doc:"What was found, as a machine key."`
	Subject string `json:"subject,omitempty" doc:"What it is about, for people."`
	Before  string `json:"before,omitempty" doc:"What was before."`
	After   string `json:"after,omitempty" doc:"What is now."`
	TextDE  string `json:"text_de" doc:"What was found, in German."`
}

type exchangeItemDoc struct {
	Key     string `json:"key" doc:"Its name, for done and not_done."`
	Stage   string `json:"stage" enum:"before during after end" table:"-" doc:"When: before, during or after the exchange, or at the very end, when the new box has worked for some days."`
	StageDE string `json:"stage_de" doc:"The same in German."`
	Person  bool   `json:"person" table:"-" doc:"People do it; otherwise it is checked."`
	Done    *bool  `json:"done,omitempty" doc:"Whether it was done; left out when nobody knows."`
	TextDE  string `json:"text_de" doc:"What is to be done, in German."`
}

func opExchangeReady() Operation {
	return define(Operation{
		Name:       "exchange.ready",
		Summary:    "Tells from snapshots what speaks against beginning the exchange of a box, and what people have to do. Asks no box.",
		Title:      titleExchangeReady,
		Repeatable: true, Local: true, Documents: true,
	}, runExchangeReady)
}

func runExchangeReady(_ context.Context, _ *call, req exchangeReadyRequestDoc) (*exchangeReadyAnswerDoc, error) {
	at, err := moment("at", req.At)
	if err != nil {
		return nil, err
	}
	old, err := readSnapshot("before", req.Before, req.BeforeFile)
	if err != nil {
		return nil, err
	}
	var next *exchange.Snapshot
	if req.Next != "" || req.NextFile != "" {
		s, err := readSnapshot("next", req.Next, req.NextFile)
		if err != nil {
			return nil, err
		}
		next = &s
	}
	found := exchange.Ready(old, next, at)
	a := &exchangeReadyAnswerDoc{Level: string(exchange.Worst(found)), SummaryDE: exchangeReadyGerman[exchange.Worst(found)],
		SoonMonths: exchange.SoonMonths, BackupHours: int64(exchange.BackupAge / time.Hour), Findings: newFindings(found)}
	for _, item := range exchange.Checklist() {
		if item.Person {
			a.Checklist = append(a.Checklist, newItem(exchange.ItemDone{Item: item}))
		}
	}
	return a, nil
}

// readSnapshot reads a snapshot from the text or the file that a request has.
func readSnapshot(field, text, file string) (exchange.Snapshot, error) {
	raw := []byte(text)
	switch {
	case text != "" && file != "":
		return exchange.Snapshot{}, &requestError{field + "_file", "not together with " + field}
	case text == "":
		var err error
		field += "_file"
		if raw, err = readFile(field, file, maxSnapshot); err != nil {
			return exchange.Snapshot{}, err
		}
	}
	s, err := exchange.Read(raw)
	if err != nil {
		return s, &fileError{field, KindFormat, errNoSnapshot}
	}
	return s, nil
}

// errNoSnapshot does not quote what was read: it may be any file.
var errNoSnapshot = errors.New("no snapshot of exchange.take")

func newFindings(all []exchange.Finding) []exchangeFindingDoc {
	docs := []exchangeFindingDoc{}
	for _, f := range all {
		g := germanFinding(f)
		docs = append(docs, exchangeFindingDoc{string(f.Level), exchangeLevelGerman[f.Level], f.Check, g.Check, f.Key,
			clean(g.Subject), clean(g.Before), clean(g.After), g.Text})
	}
	return docs
}

func newItem(i exchange.ItemDone) exchangeItemDoc {
	return exchangeItemDoc{i.Key, string(i.Stage), exchangeStageGerman[i.Stage], i.Person, i.Done, exchangeItemGerman[i.Key]}
}

type exchangeCompareRequestDoc struct {
	Before     string   `json:"before,omitempty" doc:"The snapshot of the old box, as text; or before_file."`
	BeforeFile string   `json:"before_file,omitempty" doc:"The file of the snapshot of the old box."`
	After      string   `json:"after,omitempty" doc:"The snapshot of the new box, as text; or after_file."`
	AfterFile  string   `json:"after_file,omitempty" doc:"The file of the snapshot of the new box."`
	Done       []string `json:"done,omitempty" doc:"The items of people, by key, that were done."`
	NotDone    []string `json:"not_done,omitempty" doc:"Those that were not."`
	At         string   `json:"at,omitempty" format:"date-time" doc:"When it is to be judged. Now when left out."`
	timeLimit
}

type exchangeCompareAnswerDoc struct {
	SummaryDE string               `json:"summary_de" doc:"Whether everything is there again, in German."`
	Level     string               `json:"level" enum:"ok info open warning error" table:"-" doc:"The worst of the findings."`
	Findings  []exchangeFindingDoc `json:"findings" doc:"What is different, in the order of the checklist."`
	Checklist []exchangeItemDoc    `json:"checklist" doc:"The whole list, with what was checked and what people did."`
	ReportDE  string               `json:"report_de" table:"-" doc:"The record for the practice, Markdown in German. It holds no secrets and no patients."`
}

func opExchangeCompare() Operation {
	return define(Operation{
		Name:       "exchange.compare",
		Summary:    "Compares the snapshots before and after the exchange of a box, and makes the record for the practice. Asks no box.",
		Title:      titleExchangeCompare,
		Repeatable: true, Local: true, Documents: true,
	}, runExchangeCompare)
}

func runExchangeCompare(_ context.Context, _ *call, req exchangeCompareRequestDoc) (*exchangeCompareAnswerDoc, error) {
	at, err := moment("at", req.At)
	if err != nil {
		return nil, err
	}
	done, err := req.items()
	if err != nil {
		return nil, err
	}
	before, err := readSnapshot("before", req.Before, req.BeforeFile)
	if err != nil {
		return nil, err
	}
	after, err := readSnapshot("after", req.After, req.AfterFile)
	if err != nil {
		return nil, err
	}
	h := exchange.NewHandOver(before, after, at, done)
	a := &exchangeCompareAnswerDoc{SummaryDE: exchangeComparedGerman[h.Level], Level: string(h.Level), Findings: newFindings(h.Findings), ReportDE: germanHandOver(h)}
	for _, item := range h.List {
		a.Checklist = append(a.Checklist, newItem(item))
	}
	return a, nil
}

// items are what people said of their items.
func (r *exchangeCompareRequestDoc) items() (map[string]bool, error) {
	said := map[string]bool{}
	for _, item := range exchange.Checklist() {
		if item.Person {
			said[item.Key] = false
		}
	}
	done := map[string]bool{}
	for _, list := range []struct {
		field string
		keys  []string
		is    bool
	}{{"done", r.Done, true}, {"not_done", r.NotDone, false}} {
		for _, key := range list.keys {
			if _, ofPeople := said[key]; !ofPeople {
				return nil, &requestError{list.field, "names no item of people"}
			}
			if was, twice := done[key]; twice && was != list.is {
				return nil, &requestError{list.field, "an item is done and not done"}
			}
			done[key] = list.is
		}
	}
	return done, nil
}
