package operations

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/fix"
)

type fixListRequestDoc struct{ timeLimit }

type fixListAnswerDoc struct {
	Fixes []fixDoc `json:"fixes" doc:"The fixes that there are."`
}

type fixDoc struct {
	Fix           string `json:"fix" doc:"Its name."`
	TitleDE       string `json:"title_de" doc:"The fix in German."`
	TextDE        string `json:"text_de" table:"-" doc:"What it does and when it helps, in German."`
	WayBack       bool   `json:"way_back" doc:"All of its steps can be undone; otherwise fix.apply needs allow_no_way_back."`
	NeedsServices bool   `json:"needs_services" table:"-" doc:"It needs the url of the services, too."`
}

func opFixList() Operation {
	return define(Operation{
		Name:       "fix.list",
		Summary:    "Lists the fixes that there are.",
		Title:      titleFixList,
		Repeatable: true, Local: true,
	}, runFixList)
}

func runFixList(context.Context, *call, fixListRequestDoc) (*fixListAnswerDoc, error) {
	a := new(fixListAnswerDoc)
	for _, name := range fixNames {
		g := fixGerman[name]
		a.Fixes = append(a.Fixes, fixDoc{name, g.what, g.do, name == "seclog", name == "akaut"})
	}
	return a, nil
}

type fixStatusRequestDoc struct{ timeLimit }

type fixStatusAnswerDoc struct {
	SummaryDE  string       `json:"summary_de" doc:"Whether anything waits, in German."`
	Waiting    bool         `json:"waiting" table:"-" doc:"A job waits: fix.resume goes on with it."`
	Jobs       []fixJobDoc  `json:"jobs" doc:"The jobs in the folder, oldest first."`
	Open       []fixOpenDoc `json:"open_runs" doc:"Runs that were begun and have not ended."`
	Unreadable string       `json:"unreadable,omitempty" doc:"Which files could not be read, in English."`
}

type fixJobDoc struct {
	Fix       string `json:"fix" doc:"The fix."`
	Box       string `json:"box" doc:"The Konnektor, as the settings name it."`
	Created   string `json:"created" format:"date-time" doc:"When it was begun."`
	StateDE   string `json:"state_de" doc:"How it stands, in German."`
	Waiting   bool   `json:"waiting" table:"-" doc:"It has not ended."`
	Attempts  int64  `json:"attempts" doc:"How many attempts were made."`
	Next      string `json:"next_attempt,omitempty" format:"date-time" doc:"When it wants to be tried again."`
	LeftHours int64  `json:"left_hours" table:"-" doc:"For how many more hours the box is tried."`
	Outcome   string `json:"outcome,omitempty" table:"-" doc:"How it ended."`
	Reason    string `json:"reason,omitempty" table:"-" doc:"Why, as a machine key; while it waits, that of the last attempt."`
	ReasonDE  string `json:"reason_de,omitempty" doc:"Why, in German."`
	Ended     string `json:"ended,omitempty" format:"date-time" doc:"When it ended."`
}

type fixOpenDoc struct {
	Fix     string `json:"fix" doc:"The fix."`
	Run     string `json:"run" doc:"The ID of the run."`
	Begun   int64  `json:"begun" doc:"How many steps were begun and not undone."`
	Undoing bool   `json:"undoing" doc:"It was being undone."`
}

func opFixStatus() Operation {
	return define(Operation{
		Name:       "fix.status",
		Summary:    "Tells from the folder of fixes which jobs wait and which runs were interrupted; asks no Konnektor.",
		Title:      titleFixStatus,
		Repeatable: true, Local: true,
	}, runFixStatus)
}

func runFixStatus(_ context.Context, c *call, _ fixStatusRequestDoc) (*fixStatusAnswerDoc, error) {
	dir, err := c.manage.dir()
	if err != nil {
		return nil, err
	}
	jobs, failed := fix.Jobs(dir)
	open, failedToo := fix.Unfinished(dir)
	a := &fixStatusAnswerDoc{Jobs: []fixJobDoc{}, Open: []fixOpenDoc{}}
	waiting, _ := fix.UnfinishedJobs(dir)
	a.Waiting = len(waiting) > 0
	for i := range jobs {
		a.Jobs = append(a.Jobs, newFixJob(&jobs[i]))
	}
	for i := range open {
		o := &open[i]
		a.Open = append(a.Open, fixOpenDoc{o.Fix, o.Run, int64(len(o.Begun)), o.Undoing})
	}
	if err := errors.Join(failed, failedToo); err != nil {
		a.Unreadable = clean(err.Error())
	}
	a.SummaryDE = germanFixStatus(len(waiting), len(open))
	return a, nil
}

func newFixJob(j *fix.Job) fixJobDoc {
	d := fixJobDoc{
		Fix: clean(j.Fix), Box: clean(j.Box), Created: dateTime(j.Created), Attempts: int64(j.Attempts), Next: dateTime(j.Next),
		LeftHours: (j.Left + 3599) / 3600, Outcome: string(j.Outcome), Reason: clean(j.Reason), Ended: dateTime(j.Ended), Waiting: j.Outcome == "",
	}
	d.StateDE = germanOutcome(j.Outcome)
	if d.Waiting {
		d.StateDE = germanOutcome(fix.Pending)
		if n := len(j.Log); n > 0 {
			d.Reason = clean(j.Log[n-1].Reason)
		}
	}
	d.ReasonDE = germanReason(d.Reason)
	return d
}

type fixJournalRequestDoc struct {
	Fix  string `json:"fix,omitempty" enum:"seclog tslimport akaut restart" doc:"Only this fix."`
	Runs int64  `json:"runs,omitempty" min:"1" max:"1000" doc:"Only so many runs of each journal, the last ones; all when left out."`
	timeLimit
}

type fixJournalAnswerDoc struct {
	Journals []fixJournalDoc `json:"journals" doc:"One for each journal in the folder."`
	TextDE   string          `json:"text_de" doc:"All of them in German, for people, times in the zone of this computer."`
}

type fixJournalDoc struct {
	File    string         `json:"file" doc:"Its name, without the folder."`
	Damaged bool           `json:"damaged" doc:"It is not whole, or was changed."`
	Records []fixRecordDoc `json:"records" doc:"Its lines that are whole, oldest first."`
}

type fixRecordDoc struct {
	Time    string   `json:"time" format:"date-time" doc:"When."`
	Run     string   `json:"run" doc:"The ID of the run."`
	Fix     string   `json:"fix" doc:"The fix."`
	Event   string   `json:"event" doc:"started, resumed, planned, permitted, snapshot, begun, applied, visible, failed, undoing, undone, paused, damaged or ended."`
	Product string   `json:"product,omitempty" doc:"The box: vendor, code, firmware."`
	Serial  string   `json:"serial,omitempty" doc:"Its serial number."`
	Program string   `json:"program,omitempty" doc:"The program that ran the fix."`
	Step    string   `json:"step,omitempty" doc:"The key of the step."`
	What    string   `json:"what,omitempty" doc:"What it changes."`
	Before  string   `json:"before,omitempty" doc:"The value before."`
	After   string   `json:"after,omitempty" doc:"The value after."`
	Outcome string   `json:"outcome,omitempty" doc:"How the run ended."`
	Reason  string   `json:"reason,omitempty" doc:"Why, as a machine key."`
	Words   string   `json:"words,omitempty" doc:"Who has consented, and other words."`
	File    string   `json:"file,omitempty" doc:"A file beside the journal."`
	Codes   []string `json:"codes,omitempty" doc:"Codes of the box."`
	Attempt int64    `json:"attempt,omitempty" doc:"The number of the attempt."`
}

func opFixJournal() Operation {
	return define(Operation{
		Name:       "fix.journal",
		Summary:    "Reads the journals in the folder of fixes, as a record for the practice; asks no Konnektor.",
		Title:      titleFixJournal,
		Repeatable: true, Local: true,
	}, runFixJournal)
}

func runFixJournal(_ context.Context, c *call, req fixJournalRequestDoc) (*fixJournalAnswerDoc, error) {
	dir, err := c.manage.dir()
	if err != nil {
		return nil, err
	}
	paths, err := fix.Journals(dir)
	if err != nil {
		return nil, &fileError{"", KindFile, withoutPath(err)}
	}
	a := &fixJournalAnswerDoc{Journals: []fixJournalDoc{}}
	var text strings.Builder
	for _, path := range paths {
		h, err := fix.ReadJournal(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, &fileError{"", KindFile, withoutPath(err)}
		}
		records := lastRuns(h.Records, req.Runs)
		if len(records) == 0 || req.Fix != "" && records[0].Fix != req.Fix {
			continue
		}
		d := fixJournalDoc{File: filepath.Base(path), Damaged: h.Damaged(), Records: []fixRecordDoc{}}
		for i := range records {
			d.Records = append(d.Records, newFixRecord(&records[i]))
		}
		a.Journals = append(a.Journals, d)
		printJournal(&text, h, records)
	}
	a.TextDE = text.String()
	return a, nil
}

// lastRuns are the records of the last n runs; of all with 0.
func lastRuns(records []fix.Record, n int64) []fix.Record {
	runs, last := int64(0), ""
	for i := len(records) - 1; i >= 0 && n > 0; i-- {
		if records[i].Run != last {
			runs, last = runs+1, records[i].Run
		}
		if runs > n {
			return records[i+1:]
		}
	}
	return records
}

func newFixRecord(r *fix.Record) fixRecordDoc {
	d := fixRecordDoc{
		Time: dateTime(r.Time), Run: clean(r.Run), Fix: clean(r.Fix), Event: clean(string(r.Event)), Program: clean(r.Version),
		Step: clean(r.Step), What: clean(r.What), Before: clean(r.Before), After: clean(r.After), Outcome: clean(string(r.Outcome)),
		Reason: clean(r.Reason), Words: clean(r.Words), File: clean(r.File), Codes: codeTexts(r.Codes), Attempt: int64(r.Attempt),
	}
	if r.Product != nil {
		d.Product, d.Serial = clean(r.Product.String()), clean(r.Product.Serial)
	}
	return d
}

// printJournal writes records for people.
func printJournal(b *strings.Builder, h fix.History, records []fix.Record) {
	run := ""
	for i := range records {
		r := &records[i]
		if r.Run != run {
			run = r.Run
			b.WriteString("\n" + fixGerman[r.Fix].what + " (" + clean(r.Fix) + "), " + wordRun + " " + clean(run) + "\n")
		}
		b.WriteString("  " + r.Time.In(time.Local).Format("02.01.2006 15:04:05 MST") + "  " + germanRecord(r) + "\n")
	}
	if h.Damaged() {
		b.WriteString("  " + textJournalDamaged + "\n")
	}
}
