package operations

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor/fix"
	"github.com/libkonnektor/libkonnektor/konnektor/fix/akaut"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// fixPolicies are who may change what, and when.
type fixPolicies struct {
	Consent        string   `json:"consent,omitempty" doc:"Who has consented to the change, in words that go to the journal. Without it nothing is changed and the outcome is planned."`
	AllowNoWayBack bool     `json:"allow_no_way_back,omitempty" doc:"Let steps run that cannot be undone: an import of a trust list, a registration, a restart. What was allowed when a job was made holds for fix.resume, too."`
	Once           bool     `json:"once,omitempty" doc:"One attempt only: a box that does not answer ends it, and what was begun is undone."`
	DeadlineDays   int64    `json:"deadline_days,omitempty" min:"1" max:"365" doc:"For how many days a box that does not answer is tried, across restarts of the program. 10 when left out."`
	RetryMinMS     int64    `json:"retry_min_ms,omitempty" min:"100" max:"3600000" doc:"The shortest pause between two attempts at a box that does not answer, in milliseconds. 30000 when left out."`
	RetryMaxMS     int64    `json:"retry_max_ms,omitempty" min:"100" max:"86400000" doc:"The longest one. 300000 when left out, less when timeout_ms is short: then the box is tried 30 times at least, as far as retry_min_ms permits."`
	WindowFrom     string   `json:"window_from,omitempty" doc:"When changes may begin, by the clock of this computer, such as 22:00. A job keeps its window for fix.resume unless another one is given."`
	WindowTo       string   `json:"window_to,omitempty" doc:"Until when changes may begin, such as 05:00."`
	WindowDays     []string `json:"window_days,omitempty" enum:"mo tu we th fr sa su" doc:"On which days, that on which the window opens; all when left out."`
	BackupFile     string   `json:"backup_credentials_file,omitempty" doc:"A file {\"user\", \"password\"} which only its owner may read: makes a full backup first, where the box offers one, with that password. The user is not used."`
	timeLimit
}

type fixPlanRequestDoc struct {
	fixChoice
	timeLimit
}

type fixApplyRequestDoc struct {
	fixChoice
	fixPolicies
}

type fixResumeRequestDoc struct {
	Fix string `json:"fix,omitempty" enum:"seclog tslimport akaut restart" doc:"Only this fix; all that wait when left out."`
	fixPolicies
}

// fixReportDoc is how a run ended.
type fixReportDoc struct {
	Fix        string         `json:"fix" table:"-" doc:"The fix."`
	TitleDE    string         `json:"title_de" doc:"The fix in German."`
	Outcome    string         `json:"outcome" table:"-" enum:"already-done planned applied rolled-back pending refused stuck" doc:"already-done: there is nothing to do. planned: nothing was changed, as asked, or for want of consent or window. applied: done, and seen on the box. rolled-back: it failed, and the box has its former values. pending: tried again by fix.resume. refused: nothing was changed. stuck: a person is needed."`
	OutcomeDE  string         `json:"outcome_de" doc:"The outcome in German."`
	Reason     string         `json:"reason,omitempty" table:"-" doc:"Why, as a machine key."`
	ReasonDE   string         `json:"reason_de,omitempty" doc:"Why, in German."`
	NextDE     string         `json:"next_de,omitempty" doc:"What a person does next, in German."`
	Next       string         `json:"next,omitempty" table:"-" doc:"The same in English."`
	Run        string         `json:"run,omitempty" table:"-" doc:"The ID of the run, as in the journal."`
	Resumed    bool           `json:"resumed,omitempty" doc:"The run was begun by another process, which was interrupted."`
	Steps      []fixStepDoc   `json:"steps" doc:"The plan. Empty: there is nothing to do."`
	Done       int64          `json:"done" table:"-" doc:"How many steps are made and seen on the box."`
	Undone     int64          `json:"undone" table:"-" doc:"How many were undone."`
	Step       string         `json:"step,omitempty" table:"-" doc:"The key of the step that failed or is stuck."`
	StepDE     string         `json:"step_de,omitempty" doc:"That step in German."`
	Attempts   int64          `json:"attempts,omitempty" doc:"How many attempts were made, with those of former processes."`
	NextTry    string         `json:"next_attempt,omitempty" format:"date-time" doc:"With pending: when to try again."`
	EstimateS  int64          `json:"estimate_s,omitempty" table:"-" doc:"How long the plan is likely to take, in seconds."`
	Snapshot   string         `json:"snapshot,omitempty" doc:"The file with the former values."`
	Backup     string         `json:"backup,omitempty" doc:"The file with the box's own backup."`
	Journal    string         `json:"journal,omitempty" doc:"The file with the record of every run."`
	Damaged    string         `json:"damaged,omitempty" doc:"A journal that was damaged, kept aside."`
	Pin        *fixPin        `json:"pin,omitempty" doc:"The certificate that the services show from now on, to be stored in the settings; only when it is not pinned there."`
	LockedPINs []fixLockedPIN `json:"locked_pins,omitempty" doc:"PINs of SMC-Bs that a restart has locked: they are to be entered."`
	Procedure  []string       `json:"procedure_de,omitempty" table:"-" doc:"What a person does instead when the call is not known, step by step, in German."`
	Error      *Error         `json:"error,omitempty" doc:"What failed."`
}

type fixStepDoc struct {
	Key       string `json:"key" table:"-" doc:"Names the step within its fix."`
	TextDE    string `json:"text_de" doc:"What the step does, in German."`
	What      string `json:"what" table:"-" doc:"What it changes, as in the journal, in English."`
	Before    string `json:"before" table:"-" doc:"The value on the box."`
	After     string `json:"after" table:"-" doc:"The value afterwards."`
	WayBack   bool   `json:"way_back" doc:"The step can be undone."`
	Restarts  bool   `json:"restarts,omitempty" doc:"The box restarts."`
	EstimateS int64  `json:"estimate_s,omitempty" table:"-" doc:"How long it is likely to take, in seconds."`
	Evidence  string `json:"evidence,omitempty" table:"-" doc:"How well the call is known: confirmed, inferred, operator-supplied or simulator."`
}

type fixPin struct {
	CertificateSHA256 string `json:"certificate_sha256" doc:"SHA-256 of the certificate in hex, for trust.certificate_sha256."`
	CertificatePEM    string `json:"certificate_pem" table:"-" doc:"The certificate."`
	NotAfter          string `json:"not_after" format:"date-time" doc:"Its end."`
}

type fixLockedPIN struct {
	ICCSN      string `json:"iccsn" doc:"The SMC-B."`
	Mandant    string `json:"mandant,omitempty" doc:"Its Mandant."`
	TerminalID string `json:"terminal_id,omitempty" doc:"The terminal in which it is."`
}

// The events of fix.apply, fix.resume and mgmt.restart.
const (
	eventFixProgress = "fix.progress"
	eventFixBox      = "fix.box"
	eventFixPINs     = "fix.pins"
	eventFixPin      = "fix.pin"
)

type fixEventDoc struct {
	Event      string         `json:"event" enum:"fix.progress fix.box fix.pins fix.pin" doc:"fix.progress: the run goes on. fix.box: how far a box that restarts has come. fix.pins: PINs are locked. fix.pin: the services show another certificate, to be stored."`
	TextDE     string         `json:"text_de" doc:"What happens, in German."`
	Fix        string         `json:"fix" doc:"The fix."`
	Run        string         `json:"run,omitempty" doc:"The ID of the run, as in the journal."`
	Phase      string         `json:"phase,omitempty" enum:"waiting plan permit snapshot apply visible verify roll-back done" doc:"With fix.progress: what the run is doing."`
	Step       int64          `json:"step,omitempty" doc:"Step n of m, counted from 1."`
	Of         int64          `json:"of,omitempty" doc:"How many steps there are."`
	Key        string         `json:"key,omitempty" doc:"The key of the step."`
	Attempt    int64          `json:"attempt,omitempty" doc:"The number of the attempt."`
	Next       string         `json:"next_attempt,omitempty" format:"date-time" doc:"With phase waiting: when it is tried again."`
	LeftS      int64          `json:"left_s,omitempty" doc:"How long it is likely to take, in seconds."`
	BoxPhase   string         `json:"box_phase,omitempty" enum:"down services vpn terminals cards ready" doc:"With fix.box: what is waited for."`
	Pin        *fixPin        `json:"pin,omitempty" doc:"With fix.pin: the certificate."`
	LockedPINs []fixLockedPIN `json:"locked_pins,omitempty" doc:"With fix.pins: which."`
}

func opFixPlan() Operation {
	return define(Operation{
		Name:       "fix.plan",
		Summary:    "Tells what a fix would change on the box, step by step, and changes nothing.",
		Title:      titleFixPlan,
		Repeatable: true, Management: true,
	}, runFixPlan)
}

func runFixPlan(ctx context.Context, c *call, req fixPlanRequestDoc) (*fixReportDoc, error) {
	params, err := req.parameters(ctx, c)
	if err != nil {
		return nil, err
	}
	r := &fixRun{call: c, name: req.Fix}
	return r.planned(ctx, params, fix.ReasonDryRun)
}

// planned plans and changes nothing, on disk neither.
func (r *fixRun) planned(ctx context.Context, params json.RawMessage, reason string) (*fixReportDoc, error) {
	f, err := r.build(params)
	if err != nil {
		return nil, err
	}
	var report fix.Report
	err = withDevice(ctx, r.call.manage, func(d mgmt.Device) error {
		report = fix.Run(ctx, d, f, fix.Options{Dir: ".", Box: r.call.manage.box(), DryRun: true, Log: r.call.manage.log})
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	if report.Reason == fix.ReasonDryRun {
		report.Reason = reason
	}
	return r.report(report), nil
}

func opFixApply() Operation {
	return emits[fixEventDoc](define(Operation{
		Name:       "fix.apply",
		Summary:    "Runs a fix on the box: plans, keeps what was, changes step by step, verifies, and undoes it when it fails. A box that does not answer is tried again until timeout_ms is over, and then by fix.resume. An interrupted run is gone on with; nothing is made twice.",
		Title:      titleFixApply,
		Repeatable: true, Management: true,
	}, runFixApply))
}

func runFixApply(ctx context.Context, c *call, req fixApplyRequestDoc) (*fixReportDoc, error) {
	if err := req.decideOneStep(ctx, c); err != nil {
		return nil, err
	}
	params, err := req.parameters(ctx, c)
	if err != nil {
		return nil, err
	}
	r := &fixRun{call: c, name: req.Fix}
	return r.apply(ctx, fix.Job{Params: params}, &req.fixPolicies)
}

// apply runs a job, once or as often as it needs.
func (r *fixRun) apply(ctx context.Context, job fix.Job, p *fixPolicies) (*fixReportDoc, error) {
	o, err := r.options(p)
	if err != nil {
		return nil, err
	}
	if p.Consent == "" {
		return r.planned(ctx, job.Params, fix.ReasonNoConsent)
	}
	job.Fix, job.Box = r.name, o.Box
	if job.ID == "" {
		job.Left = p.DeadlineDays * 24 * 3600
	}
	var report fix.Report
	if p.Once {
		if report, err = r.once(ctx, job.Params, o); err != nil {
			return nil, err
		}
	} else {
		report = fix.RunPersistent(ctx, job, r.open, r.build, o)
	}
	r.seePin(ctx, report)
	return r.report(report), nil
}

// open opens the box for an attempt of a persistent run. A box that is busy may
// answer late: requests get more time than a person would wait.
func (r *fixRun) open(ctx context.Context) (mgmt.Device, error) {
	m := *r.call.manage
	if m.config == nil {
		return m.device(ctx)
	}
	cfg := *m.config
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Minute
	}
	m.config = &cfg
	return m.device(ctx)
}

func (r *fixRun) once(ctx context.Context, params json.RawMessage, o fix.Options) (report fix.Report, err error) {
	f, err := r.build(params)
	if err != nil {
		return report, err
	}
	err = withDevice(ctx, r.call.manage, func(d mgmt.Device) error {
		report = fix.Run(ctx, d, f, o)
		return nil
	})
	return report, err
}

// options are those of the runner.
func (r *fixRun) options(p *fixPolicies) (fix.Options, error) {
	m := r.call.manage
	dir, err := m.dir()
	if err != nil {
		return fix.Options{}, err
	}
	o := fix.Options{
		Dir: dir, Box: m.box(), Shared: m.fixes.Shared, Consented: p.Consent, AllowNoWayBack: p.AllowNoWayBack,
		Progress: r.progress, Log: m.log, Version: m.fixes.Program,
	}
	if o.Window, err = p.window(); err != nil {
		return o, err
	}
	o.Backoff = p.backoff()
	if p.BackupFile != "" {
		o.BackupPassword = func(context.Context) (string, error) {
			c, err := mgmt.ReadCredentials(p.BackupFile)
			return string(c.Password), err
		}
	}
	return o, nil
}

// backoff is how a box that does not answer is tried again. While it answers now
// and then, lost requests are repeated no less often than attempts.
func (p *fixPolicies) backoff() fix.Backoff {
	b := fix.Backoff{Min: time.Duration(p.RetryMinMS) * time.Millisecond, Max: time.Duration(p.RetryMaxMS) * time.Millisecond}
	if b.Min > 0 {
		b.Burst = min(b.Min, burst)
	}
	return b
}

// burst is how often the runner repeats a lost request when nothing is said.
const burst = 5 * time.Second

// weekdays are the days of a window, as time.Weekday numbers them.
var weekdays = []string{"su", "mo", "tu", "we", "th", "fr", "sa"}

func (p *fixPolicies) window() (w fix.Window, err error) {
	if (p.WindowFrom == "") != (p.WindowTo == "") {
		return w, &requestError{"window_from", "needs window_to, and the other way round"}
	}
	if w.From, err = timeOfDay("window_from", p.WindowFrom); err != nil {
		return w, err
	}
	if w.To, err = timeOfDay("window_to", p.WindowTo); err != nil {
		return w, err
	}
	for _, day := range p.WindowDays {
		w.Days = append(w.Days, time.Weekday(slices.Index(weekdays, day)))
	}
	return w, nil
}

func timeOfDay(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, &requestError{field, "want a time of day such as 22:00"}
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func (r *fixRun) progress(p fix.Progress) {
	r.call.send(fixEventDoc{
		Event: eventFixProgress, Fix: p.Fix, Run: p.Run, Phase: string(p.Phase), Step: int64(p.Step), Of: int64(p.Of), Key: p.Key,
		Attempt: int64(p.Attempt), Next: dateTime(p.Next), LeftS: seconds(p.Left), TextDE: germanProgress(p),
	})
}

// seconds are rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// seePin compares the certificate that the services show now with the settings:
// a caller that pins has to store another one. That a former process was killed
// before it could tell makes no difference.
func (r *fixRun) seePin(ctx context.Context, report fix.Report) {
	done := report.Outcome == fix.Applied || report.Outcome == fix.AlreadyDone
	pins := r.call.manage.services.Trust.CertificateSHA256
	if r.name != akaut.Name || !done || len(pins) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTimeout)
	defer cancel()
	der, err := r.served(ctx)
	if err != nil {
		return
	}
	sum := sha256.Sum256(der)
	pin := hex.EncodeToString(sum[:])
	if slices.ContainsFunc(pins, func(p string) bool { return strings.EqualFold(strings.ReplaceAll(p, ":", ""), pin) }) {
		return
	}
	r.pin = &fixPin{CertificateSHA256: pin, CertificatePEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
	if c, err := certs.Parse(der); err == nil {
		r.pin.NotAfter = dateTime(c.NotAfter)
	}
	r.call.send(fixEventDoc{Event: eventFixPin, Fix: r.name, Pin: r.pin, TextDE: textNewPin})
}

// report is a report of the runner as an answer.
func (r *fixRun) report(report fix.Report) *fixReportDoc {
	d := &fixReportDoc{
		Fix: r.name, TitleDE: fixGerman[r.name].what, Outcome: string(report.Outcome), OutcomeDE: germanOutcome(report.Outcome),
		Reason: report.Reason, ReasonDE: germanReason(report.Reason), Next: report.Next, NextDE: germanNext(report),
		Run: report.Run, Resumed: report.Resumed, Steps: []fixStepDoc{}, Done: int64(report.Done), Undone: int64(report.Undone),
		Step: report.Step, Attempts: int64(report.Attempts), Snapshot: report.Snapshot, Backup: report.Backup,
		Journal: report.Journal, Damaged: report.Damaged, Pin: r.pin, LockedPINs: r.locked,
	}
	if report.Step != "" {
		d.StepDE = germanFixStep(r.name, report.Step)
	}
	for i := range report.Plan {
		step := newFixStep(r.name, &report.Plan[i])
		d.EstimateS += step.EstimateS
		d.Steps = append(d.Steps, step)
	}
	if report.Outcome == fix.Pending {
		d.NextTry = dateTime(r.nextTry())
	}
	if report.Err != nil {
		d.Error = NewError(r.call.op, report.Err)
		d.Procedure = d.Error.Procedure
	}
	return d
}

func newFixStep(name string, s *fix.Step) fixStepDoc {
	return fixStepDoc{
		Key: s.Key, TextDE: germanFixStep(name, s.Key) + ": " + germanValue(s.Before) + " -> " + germanValue(s.After),
		What: s.What, Before: clean(s.Before), After: clean(s.After),
		WayBack: s.Undo != nil, Restarts: s.Restarts, EstimateS: seconds(s.Estimate), Evidence: string(s.Evidence),
	}
}

// nextTry is when the job of this fix wants to be tried again; the zero time
// where it does not say.
func (r *fixRun) nextTry() time.Time {
	m := r.call.manage
	jobs, _ := fix.UnfinishedJobs(m.fixes.Dir) // without it, nothing is said
	for _, j := range jobs {
		if j.Fix == r.name && strings.EqualFold(j.Box, m.box()) {
			return j.Next
		}
	}
	return time.Time{}
}

func opFixResume() Operation {
	return emits[fixEventDoc](define(Operation{
		Name:       "fix.resume",
		Summary:    "Goes on with what waits or was interrupted on this box, such as when a program starts. Several share the time of timeout_ms.",
		Title:      titleFixResume,
		Repeatable: true, Management: true,
	}, runFixResume))
}

type fixResumeAnswerDoc struct {
	Reports []fixReportDoc `json:"reports" doc:"One for each fix that waited; empty: none did."`
}

func runFixResume(ctx context.Context, c *call, req fixResumeRequestDoc) (*fixResumeAnswerDoc, error) {
	dir, err := c.manage.dir()
	if err != nil {
		return nil, err
	}
	jobs := waitingJobs(dir, c.manage.box(), req.Fix)
	a := &fixResumeAnswerDoc{Reports: []fixReportDoc{}}
	for i, job := range jobs {
		r := &fixRun{call: c, name: job.Fix}
		report, err := r.resume(ctx, job, &req.fixPolicies, len(jobs)-i)
		if err != nil {
			return nil, err
		}
		a.Reports = append(a.Reports, *report)
	}
	return a, nil
}

// resume goes on with a job, of which this and the next ones share the time.
func (r *fixRun) resume(ctx context.Context, job fix.Job, p *fixPolicies, share int) (*fixReportDoc, error) {
	if until, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(until)/time.Duration(share))
		defer cancel()
	}
	return r.apply(ctx, job, p)
}

// waitingJobs are the jobs of a box that have not ended. A run that was begun with
// once has none: the next fix.apply with its parameters goes on with it.
func waitingJobs(dir, box, only string) []fix.Job {
	all, _ := fix.UnfinishedJobs(dir) // fix.status tells which files cannot be read
	var jobs []fix.Job
	for _, j := range all {
		if strings.EqualFold(j.Box, box) && (only == "" || only == j.Fix) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}
