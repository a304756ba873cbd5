package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// History is what a journal says.
type History struct {
	Path    string
	Records []Record // those that are whole, oldest first

	// HalfLine: the last line is not whole, as after a crash or on a full disk.
	// What it would have said had not happened yet.
	HalfLine bool
	// BadLine is the number of the first line that was changed, or follows a lost
	// one, from 1; 0 means none. After are the lines behind it that can be read,
	// but not be proven.
	BadLine int
	After   []Record
	// Kept is the file to which a damaged journal was copied; "" when it was not.
	Kept string

	size, good int64
	sum        string
	seq        int
}

// Damaged reports whether anything in the journal is not whole.
func (h History) Damaged() bool { return h.HalfLine || h.BadLine > 0 }

// ReadJournal reads a journal. Damage is no error, the History tells it. A file
// that is not there is fs.ErrNotExist; one over 64 MiB is refused.
func ReadJournal(path string) (History, error) {
	data, err := readFile(path, maxJournalRead)
	if err != nil {
		return History{Path: path}, err
	}
	h := parseJournal(data)
	h.Path = path
	return h, nil
}

// Journals lists the journals in a folder, damaged and finished ones with them,
// in the order of their names.
func Journals(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(globEscape(dir), "*"+journalEnd))
	if err != nil {
		return nil, fmt.Errorf("fix: journals: %w", err)
	}
	slices.Sort(paths)
	return paths, nil
}

// globEscape keeps a folder's own name from being a pattern.
func globEscape(dir string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(dir)
}

// parseJournal reads lines until the first that is not whole.
func parseJournal(data []byte) (h History) {
	h.size = int64(len(data))
	for number := 1; len(data) > 0; number++ {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		if !ended {
			h.HalfLine = true
			return h
		}
		rec, sum, ok := parseLine(h.sum, line)
		switch {
		case ok && h.BadLine == 0:
			h.Records = append(h.Records, rec)
			h.good += int64(len(line)) + 1
			h.sum, h.seq = sum, rec.Seq
		case h.BadLine == 0:
			h.BadLine = number
			h.after(line)
		default:
			h.after(line)
		}
		data = rest
	}
	return h
}

// after keeps a line behind the damage when it still says something.
func (h *History) after(line []byte) {
	var rec Record
	if json.Unmarshal(line, &rec) == nil && rec.Event != "" {
		h.After = append(h.After, rec)
	}
}

func parseLine(before string, line []byte) (rec Record, sum string, ok bool) {
	head := len(sumPrefix) + sumLength + 2
	if len(line) < head || !bytes.HasPrefix(line, []byte(sumPrefix)) {
		return rec, "", false
	}
	sum = string(line[len(sumPrefix) : len(sumPrefix)+sumLength])
	rest := append(slices.Clone(line[head:]), '\n')
	if lineSum(before, rest) != sum || json.Unmarshal(line, &rec) != nil {
		return rec, "", false
	}
	return rec, sum, true
}

// OpenRun is a run that was begun and has not ended: its process was killed, or
// it waits for its next attempt.
type OpenRun struct {
	Run, Fix string
	Started  Record
	Planned  []Record // the steps as first planned
	Begun    []Record // the steps that were begun and not undone, in that order
	Undoing  bool     // it was being rolled back
	Why      string   // the reason of that
	FailedAt string   // the key of the step that failed then
	Consent  string   // the words of the consent
	Snapshot string   // file name
	Backup   string   // file name
	Visible  []string // the keys of the steps that were seen to be done
}

// Open returns the last run when it has begun a step and not ended, else nil.
// Lines behind a damage count: they are believed when they say that something
// was begun, and what shows on the box decides.
func (h History) Open() *OpenRun {
	var o *OpenRun
	for _, rec := range slices.Concat(h.Records, h.After) {
		if o == nil || rec.Run != o.Run {
			o = &OpenRun{Run: rec.Run, Fix: rec.Fix}
		}
		o.take(rec)
		if rec.Event == EventEnded {
			o = nil
		}
	}
	if o == nil || len(o.Begun) == 0 && !o.Undoing {
		return nil
	}
	return o
}

func (o *OpenRun) take(rec Record) {
	switch rec.Event {
	case EventStarted:
		o.Started = rec
	case EventPlanned:
		o.Planned = append(o.Planned, rec)
	case EventConsent:
		o.Consent = rec.Words
	case EventSnapshot:
		if strings.HasSuffix(rec.File, ".backup") {
			o.Backup = rec.File
		} else {
			o.Snapshot = rec.File
		}
	case EventBegun:
		if !slices.ContainsFunc(o.Begun, func(b Record) bool { return b.Step == rec.Step }) {
			o.Begun = append(o.Begun, rec)
		}
	case EventVisible:
		o.Visible = append(o.Visible, rec.Step)
	case EventFailed:
		o.Why, o.FailedAt = rec.Reason, rec.Step
	case EventUndoing:
		o.Undoing = true
	case EventUndone:
		o.Begun = slices.DeleteFunc(o.Begun, func(b Record) bool { return b.Step == rec.Step })
	}
}

// Unfinished lists the runs in a folder that were begun and have not ended: what
// a PVS resumes when it starts. Journals that cannot be read are told in err,
// the others are listed all the same.
func Unfinished(dir string) (open []OpenRun, err error) {
	paths, err := Journals(dir)
	for _, path := range paths {
		if strings.Contains(path, "-damaged-") || strings.Contains(path, "-until-") {
			continue
		}
		h, failed := ReadJournal(path)
		if failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		if o := h.Open(); o != nil {
			open = append(open, *o)
		}
	}
	return open, err
}
