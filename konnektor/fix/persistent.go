package fix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// Open opens the management of the box. It may be called before every attempt.
type Open func(ctx context.Context) (mgmt.Device, error)

// Build makes the fix from the parameters of its job.
type Build func(params json.RawMessage) (Fix, error)

// RunPersistent runs a fix on a box that hardly answers, again and again, until
// it is done, cannot be done, or the job's time is over. The job is on disk
// before the first attempt; a process that is killed, or whose ctx ends
// (Pending), loses nothing: the next RunPersistent with the same fix, box and
// parameters goes on with it. A job with other parameters supersedes the one
// before it, in another process too.
//
// In an attempt, the first answer of the box opens a window: requests follow at
// once and lost ones are repeated (Backoff). What was begun is not undone while
// the box is merely out of reach: the next attempt goes on with it. A wrong
// password ends the job after the one try, so that no account is locked; so does
// everything else that another try would not change.
//
// Set long timeouts of requests in open: a box that is busy may answer late. The
// device is closed between attempts, so that nobody is kept from the one admin
// session of the box, unless the box is out of reach and has answered within
// Backoff.Hold.
func RunPersistent(ctx context.Context, job Job, open Open, build Build, o Options) Report {
	p, err := newPersistent(ctx, job, open, build, o)
	if err != nil {
		p.lock.release()
		return p.refused(err)
	}
	defer p.release(ctx)
	for {
		report := p.attempt(ctx)
		if !retryable(report) {
			return p.end(report)
		}
		if p.left() <= 0 {
			return p.end(p.expire(ctx, report))
		}
		if err := p.wait(ctx, report); err != nil {
			return p.pause(report, err)
		}
	}
}

// persistent is one RunPersistent.
type persistent struct {
	job   Job
	o     Options
	names names
	open  Open
	build Build

	lock    *lock
	device  mgmt.Device
	watch   *stopwatch
	from    time.Duration // left when the watch was started
	failed  int           // attempts in a row without any answer
	window  bool          // the last attempt left a window open
	files   []string      // of all jobs, as last looked at
	unsaved error
}

func newPersistent(ctx context.Context, job Job, open Open, build Build, o Options) (*persistent, error) {
	if o.Clock == nil {
		o.Clock = newSystemClock()
	}
	if o.disk == nil {
		o.disk = realDisk{}
	}
	o.Backoff, o.Box = o.Backoff.within(ctx).withDefaults(), cmp.Or(job.Box, o.Box)
	p := &persistent{job: job, o: o, open: open, build: build}
	p.job.AllowNoWayBack, p.job.Window = o.AllowNoWayBack, jobWindow(o.Window)
	if job.Fix == "" || o.Box == "" || o.Dir == "" || open == nil || build == nil {
		return p, &Refusal{Fix: job.Fix, Reason: ReasonOptions, Text: "fix, box, Options.Dir, open and build are needed"}
	}
	if err := makeDir(o.Dir); err != nil {
		return p, err
	}
	p.job.Box = o.Box
	p.names = names{dir: o.Dir, box: o.Box, fix: job.Fix}
	return p, p.take(ctx)
}

// errSuperseded: a newer job has taken the place of this one.
var errSuperseded = errors.New("fix: a newer job does this")

// take settles which job this is, stores it, and waits for the process that runs
// an older one to notice.
func (p *persistent) take(ctx context.Context) error {
	jobs, _ := Jobs(p.o.Dir) // a file that cannot be read is no job to go on with
	job, known := p.job.settle(jobs, p.o.Clock.Now())
	p.job = job
	if !known {
		if err := job.check(); err != nil {
			return fmt.Errorf("fix: job: %w", err)
		}
		if err := p.store(); err != nil {
			return err
		}
	}
	for {
		lock, err := takeLock(p.names.jobLock(), p.o.Version, p.o.Clock.Now())
		if err == nil {
			p.lock = lock
			break
		}
		if !errors.Is(err, errBusy) || known {
			return err
		}
		if err := p.o.Clock.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
	return p.start(jobs)
}

// start reads the job again, now that it is ours, and how long it has left.
func (p *persistent) start(jobs []Job) error {
	if job, err := ReadJob(p.path()); err == nil {
		p.job = job
	}
	if p.job.Outcome != "" {
		return errBusy // the process that had it has ended it just now
	}
	p.policies()
	gap := max(p.o.Clock.Now().Sub(p.job.Seen), 0)
	p.watch = newStopwatch(p.o.Clock)
	p.from = time.Duration(p.job.Left)*time.Second - gap
	for _, old := range jobs {
		if old.same(p.job) && old.Outcome == "" && old.ID != p.job.ID && !p.job.newer([]Job{old}) {
			p.supersede(old)
		}
	}
	return nil
}

// policies are those of the job where the Options say nothing: it may be gone on
// with by a program that only knows that it waits.
func (p *persistent) policies() {
	p.o.AllowNoWayBack = p.o.AllowNoWayBack || p.job.AllowNoWayBack
	p.job.AllowNoWayBack = p.o.AllowNoWayBack
	if p.o.Window.always() {
		p.o.Window = p.job.Window.window(p.o.Window.Location)
	}
	p.job.Window = jobWindow(p.o.Window)
}

// supersede ends an older job that no process runs.
func (p *persistent) supersede(old Job) {
	old.Outcome, old.Reason, old.Ended = Refused, ReasonSuperseded, p.o.Clock.Now().UTC().Round(0)
	q := *p
	q.job = old
	if now, err := ReadJob(q.path()); err == nil && now.Outcome != "" {
		return // its process has ended it meanwhile
	}
	p.unsaved = errors.Join(p.unsaved, q.store())
}

func (p *persistent) path() string { return p.names.path("-" + p.job.ID + jobEnd) }

// store replaces the job file; two fsyncs.
func (p *persistent) store() error {
	data, err := json.MarshalIndent(p.job, "", "  ")
	if err != nil {
		return fmt.Errorf("fix: job: %w", err)
	}
	return writeFile(p.o.disk, p.path(), append(data, '\n'))
}

// save stores the job with the time that is left. A full disk does not end it:
// it goes on in memory, and the report tells.
func (p *persistent) save() {
	p.job.Left = int64(max(p.left(), 0) / time.Second)
	p.job.Seen = p.o.Clock.Now().UTC().Round(0)
	p.unsaved = p.store()
}

func (p *persistent) left() time.Duration { return p.from - p.watch.passed() }

// attempt opens the box if need be and runs the fix once.
func (p *persistent) attempt(ctx context.Context) Report {
	number := p.job.Attempts + 1
	report, answered := p.once(ctx, number)
	p.failed++
	if answered {
		p.failed = 1
	}
	p.job.attempted(Attempt{Number: number, Time: p.o.Clock.Now().UTC().Round(0),
		Outcome: report.Outcome, Reason: report.Reason, Codes: codesOf(report.Err), Step: report.Step})
	report.Attempts = number
	return report
}

func (p *persistent) once(ctx context.Context, number int) (report Report, answered bool) {
	f, err := p.build(p.job.Params)
	if err == nil && (f == nil || f.Name() != p.job.Fix) {
		err = fmt.Errorf("fix: job: build made another fix than %s", p.job.Fix)
	}
	if err != nil {
		return p.refused(err), false
	}
	if p.device == nil {
		if p.device, err = p.open(ctx); err != nil {
			p.device = nil
			return p.refused(err), false
		}
	}
	r := newRun(p.device, f, p.o)
	r.attempt, r.patience = number, newPatience(p.o.Backoff, p.device)
	report = r.whole(ctx)
	p.window = r.windowOpen() // asks the device for its last answer
	return report, r.patience.since != nil
}

// refused is the report of a job that did not come to a run.
func (p *persistent) refused(err error) Report {
	r := Report{Fix: p.job.Fix, Outcome: Refused, Reason: reasonOf(err), Err: err}
	switch {
	case errors.Is(err, errBusy):
		r.Outcome, r.Reason, r.Err = Pending, ReasonBusy, nil
	case errors.Is(err, errSuperseded):
		r.Reason = ReasonSuperseded
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		r.Outcome = Pending
	}
	r.Next = nextMove(r)
	return r
}

// retryableReasons are the refusals that pass by themselves, or are the matter
// of other people.
var retryableReasons = []string{ReasonUnreachable, ReasonBusy, ReasonRestartPending,
	ReasonPlanChanged, ReasonLeaseLost, ReasonSharedFolder, ReasonDiskFull, ReasonWindow, ReasonCancelled}

func retryable(r Report) bool {
	switch r.Outcome {
	case Pending:
		return true
	case Refused, Planned:
		return slices.Contains(retryableReasons, r.Reason)
	}
	return false
}

// rarely says whether an attempt failed for want of answers: then the session is
// too dear to be given back at once.
func rarely(r Report) bool {
	return r.Reason == ReasonUnreachable || r.Outcome == Pending && r.Reason == ReasonUnchanged
}

// wait pauses until the next attempt. It looks for a newer job meanwhile.
func (p *persistent) wait(ctx context.Context, report Report) error {
	pause := p.o.Backoff.pause(max(p.failed, 1))
	if report.Reason == ReasonWindow {
		now := p.o.Clock.Now()
		pause = max(pause, p.o.Window.Next(now).Sub(now))
	}
	pause = min(pause, p.left())
	p.job.Next = p.o.Clock.Now().Add(pause).UTC().Round(0)
	p.save()
	p.tell(report, pause)
	if !p.window || !rarely(report) || pause > p.o.Backoff.Hold {
		p.closeDevice(ctx)
	}
	for watch := newStopwatch(p.o.Clock); ; {
		if p.superseded() {
			return errSuperseded
		}
		rest := pause - watch.passed()
		if rest <= 0 {
			return nil
		}
		if err := p.o.Clock.Sleep(ctx, min(rest, time.Minute)); err != nil {
			return err
		}
	}
}

// superseded looks for a newer job, whenever there is another file than before.
func (p *persistent) superseded() bool {
	files, err := jobFiles(p.o.Dir)
	if err != nil || slices.Equal(files, p.files) {
		return false
	}
	p.files = files
	jobs, _ := Jobs(p.o.Dir)
	return p.job.newer(jobs)
}

func (p *persistent) tell(report Report, pause time.Duration) {
	if p.o.Progress != nil {
		p.o.Progress(Progress{Fix: p.job.Fix, Run: report.Run, Phase: PhaseWaiting,
			Attempt: p.job.Attempts, Next: p.job.Next, Left: pause})
	}
}

// expire ends a job whose time is over: what it has begun is undone.
func (p *persistent) expire(ctx context.Context, last Report) Report {
	f, err := p.build(p.job.Params)
	if err != nil || p.device == nil {
		if p.device, err = p.open(ctx); err != nil {
			p.device = nil
		}
	}
	report := last
	report.Outcome = Refused
	if p.device != nil && f != nil {
		r := newRun(p.device, f, p.o)
		r.attempt = p.job.Attempts
		report = r.giveUp(ctx)
	}
	report.Attempts = p.job.Attempts
	if report.Outcome == Refused && len(p.openRun()) > 0 {
		report.Outcome = Stuck // such as when another run has the box
	}
	if report.Outcome != Stuck {
		report.Reason = ReasonExpired
	}
	report.Next = nextMove(report)
	return report
}

// openRun is what the journal of this job has of a run that was begun.
func (p *persistent) openRun() []Record {
	if h, err := ReadJournal(p.names.journal()); err == nil {
		if o := h.Open(); o != nil {
			return o.Begun
		}
	}
	return nil
}

// end writes the end of the job.
func (p *persistent) end(report Report) Report {
	p.job.Outcome, p.job.Reason, p.job.Run = report.Outcome, report.Reason, report.Run
	p.job.Ended, p.job.Next = p.o.Clock.Now().UTC().Round(0), time.Time{}
	p.save()
	p.tidy()
	report.Err = errors.Join(report.Err, p.unsaved)
	return report
}

// maxEnded is how many jobs that have ended are kept of a fix on a box: a program
// may begin one at each start. The journal has all of their runs.
const maxEnded = 20

// tidy removes the files of older jobs.
func (p *persistent) tidy() {
	jobs, _ := Jobs(p.o.Dir) // what cannot be read stays
	ended := slices.DeleteFunc(jobs, func(j Job) bool { return j.Outcome == "" || !j.same(p.job) })
	slices.SortFunc(ended, func(a, b Job) int { return cmp.Compare(a.Number, b.Number) })
	for _, j := range ended[:max(len(ended)-maxEnded, 0)] {
		_ = os.Remove(p.names.path("-" + j.ID + jobEnd)) // the next one tries again
	}
}

// pause leaves the job to the next RunPersistent, or to a newer job.
func (p *persistent) pause(last Report, err error) Report {
	if errors.Is(err, errSuperseded) {
		last.Outcome, last.Reason, last.Err = Refused, ReasonSuperseded, err
		last.Next = nextMove(last)
		return p.end(last)
	}
	p.save()
	last.Outcome, last.Reason, last.Err = Pending, ReasonCancelled, errors.Join(err, p.unsaved)
	last.Next = nextMove(last)
	return last
}

const closeTime = 30 * time.Second

func (p *persistent) closeDevice(ctx context.Context) {
	if p.device == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	_ = p.device.Close(ctx) // a box that does not answer ends the session by itself
	p.device = nil
}

func (p *persistent) release(ctx context.Context) {
	p.closeDevice(ctx)
	p.lock.release()
}
