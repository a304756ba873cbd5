package fix

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Job is a fix that waits for a box: what RunPersistent keeps on disk, so that
// it goes on after a restart of the PVS or of the PC. It holds no password.
type Job struct {
	Format string `json:"format"` // jobFormat
	ID     string `json:"id"`
	// Number counts the jobs of a fix on a box: a newer one supersedes those
	// before it.
	Number int             `json:"number"`
	Fix    string          `json:"fix"`
	Box    string          `json:"box"` // as Options.Box
	Params json.RawMessage `json:"params,omitempty"`
	// AllowNoWayBack and Window are those of the Options with which the job was
	// made: they hold for whoever goes on with it and does not say otherwise.
	AllowNoWayBack bool       `json:"allow_no_way_back,omitempty"`
	Window         *JobWindow `json:"window,omitempty"`

	Created time.Time `json:"created"`
	// Left is how much longer the box is tried, in seconds; a new job has 0, which
	// means 10 days. It counts the time in which the job ran and, across
	// restarts, the time that the clock on the wall shows in between: a clock that
	// was set back does not count, and after one that was set forward there is at
	// least one more attempt.
	Left int64     `json:"left_seconds"`
	Seen time.Time `json:"seen,omitzero"` // when Left was written

	Attempts int       `json:"attempts"`
	Log      []Attempt `json:"log,omitempty"` // the last 100
	Next     time.Time `json:"next,omitzero"`

	Outcome Outcome   `json:"outcome,omitempty"` // "" as long as it is not ended
	Reason  string    `json:"reason,omitempty"`
	Run     string    `json:"run,omitempty"` // the run that ended it
	Ended   time.Time `json:"ended,omitzero"`
}

// JobWindow is a Window in minutes since midnight, local time.
type JobWindow struct {
	From int   `json:"from_minute"`
	To   int   `json:"to_minute"`
	Days []int `json:"days,omitempty"` // as time.Weekday numbers them
}

func jobWindow(w Window) *JobWindow {
	if w.always() {
		return nil
	}
	j := &JobWindow{From: int(w.From / time.Minute), To: int(w.To / time.Minute)}
	for _, d := range w.Days {
		j.Days = append(j.Days, int(d))
	}
	return j
}

// window is w with a Location, the zero Window for nil.
func (w *JobWindow) window(location *time.Location) Window {
	if w == nil {
		return Window{}
	}
	out := Window{From: time.Duration(w.From) * time.Minute, To: time.Duration(w.To) * time.Minute, Location: location}
	for _, d := range w.Days {
		out.Days = append(out.Days, time.Weekday(d))
	}
	return out
}

// Attempt is one attempt of a job.
type Attempt struct {
	Number  int       `json:"number"`
	Time    time.Time `json:"time"`
	Outcome Outcome   `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
	Codes   []int     `json:"codes,omitempty"`
	Step    string    `json:"step,omitempty"`
}

const (
	jobFormat       = "libkonnektor-job/1"
	defaultDeadline = 10 * 24 * time.Hour
	maxDeadline     = 365 * 24 * time.Hour
	maxJob          = 256 << 10
	maxJobLog       = 100
)

// ReadJob reads a job file strictly: unknown fields, repeated keys and anything
// behind the value are refused, as is a file over 256 KiB.
func ReadJob(path string) (Job, error) {
	data, err := readFile(path, maxJob)
	if err != nil {
		return Job{}, err
	}
	j, err := parseJob(data)
	if err != nil {
		return Job{}, fmt.Errorf("fix: job %s: %w", filepath.Base(path), err)
	}
	return j, nil
}

func parseJob(data []byte) (Job, error) {
	var j Job
	if err := decodeStrict(data, &j); err != nil {
		return Job{}, err
	}
	return j, j.check()
}

func (j Job) check() error {
	switch {
	case j.Format != jobFormat:
		return fmt.Errorf("format %q is not %s", j.Format, jobFormat)
	case j.ID == "" || fileName(j.ID) != j.ID || len(j.ID) > 40:
		return errors.New("bad id")
	case j.Fix == "" || j.Box == "":
		return errors.New("no fix or no box")
	case j.Number < 1 || j.Attempts < 0 || len(j.Log) > maxJobLog:
		return errors.New("bad number of jobs or attempts")
	case j.Left < 0 || j.Left > int64(maxDeadline/time.Second):
		return fmt.Errorf("left_seconds %d: 0 to one year", j.Left)
	}
	return j.Window.window(nil).check()
}

// Jobs lists the jobs in a folder, oldest first. Files that cannot be read are
// told in err, the others are listed all the same.
func Jobs(dir string) (jobs []Job, err error) {
	paths, err := jobFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		j, failed := ReadJob(path)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		jobs = append(jobs, j)
	}
	slices.SortStableFunc(jobs, func(a, b Job) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Number, b.Number))
	})
	return jobs, err
}

func jobFiles(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(globEscape(dir), "*"+jobEnd))
	if err != nil {
		return nil, fmt.Errorf("fix: jobs: %w", err)
	}
	return paths, nil
}

// UnfinishedJobs lists the jobs to go on with when a PVS starts: of each fix and
// box the newest one, if it has not ended.
func UnfinishedJobs(dir string) ([]Job, error) {
	jobs, err := Jobs(dir)
	return slices.DeleteFunc(slices.Clone(jobs), func(j Job) bool {
		return j.Outcome != "" || j.newer(jobs)
	}), err
}

// newer says whether jobs has a newer one for the same fix and box.
func (j Job) newer(jobs []Job) bool {
	return slices.ContainsFunc(jobs, func(o Job) bool {
		return o.same(j) && cmp.Or(cmp.Compare(o.Number, j.Number), strings.Compare(o.ID, j.ID)) > 0
	})
}

func (j Job) same(o Job) bool {
	return j.Fix == o.Fix && strings.EqualFold(j.Box, o.Box)
}

// settle makes a new job complete: it goes on with an unfinished one of the same
// fix, box and parameters, else it is a new one that supersedes all before it.
func (j Job) settle(jobs []Job, now time.Time) (settled Job, known bool) {
	number := 0
	for _, o := range jobs {
		if !o.same(j) {
			continue
		}
		wanted := j.ID == o.ID || j.ID == "" && sameParams(o.Params, j.Params)
		if wanted && o.Outcome == "" && !o.newer(jobs) {
			return o, true
		}
		number = max(number, o.Number)
	}
	j.Format, j.ID, j.Number = jobFormat, cmp.Or(j.ID, newID()), number+1
	j.Created = now.UTC().Round(0)
	j.Left = cmp.Or(j.Left, int64(defaultDeadline/time.Second))
	j.Seen = j.Created
	return j, false
}

// sameParams compares JSON but for its white space.
func sameParams(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	if len(a) == 0 || len(b) == 0 || json.Compact(&x, a) != nil || json.Compact(&y, b) != nil {
		return len(a) == len(b)
	}
	return bytes.Equal(x.Bytes(), y.Bytes())
}

func (j *Job) attempted(a Attempt) {
	j.Attempts = a.Number
	j.Log = append(j.Log, a)
	if over := len(j.Log) - maxJobLog; over > 0 {
		j.Log = slices.Delete(j.Log, 0, over)
	}
}
