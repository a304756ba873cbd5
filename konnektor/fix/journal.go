package fix

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/boxfile"
)

// A journal is one file for one fix on one box: every run, oldest first, one
// line a record. It is what a vendor hands to a practice, and what the next
// process reads after a crash.
//
// A line is {"sum":"<32 hex>",...}: the sum is over the sum of the line before
// and the rest of the line, so that a line that was changed, lost or cut is
// noticed. A line counts when it is followed by a line feed; lines that belong
// together are written and fsynced at once.
//
// Fsyncs of a run, files and folders counted: 1 for the reserve and 1 for a new
// journal; 1 for the start with plan and consent; 3 for the snapshot and its line,
// 3 more for a backup; 3 a step (begun, accepted, visible); 1 for the end. A fix
// with one step costs 9, and 1 more the first time; one that finds nothing to do
// costs 2. A persistent run adds 2 an attempt for the job file.
type journal struct {
	f       *os.File
	disk    disk
	reserve string // file that gives room when the disk is full
	room    bool   // it is there
	end     int64
	sum     string
	seq     int
}

const (
	// reserveSize is room for the lines of a run that has to end on a full disk.
	reserveSize = 32 << 10
	// maxJournal is the size from which a finished journal is put aside and a new
	// one begun.
	maxJournal = 1 << 20
	// maxJournalRead bounds what is read: maxJournal and one very long run.
	maxJournalRead = 64 << 20
)

// openJournal opens the journal to go on with it, and reads what is there. A
// damaged one is kept aside under the name in History.Kept and replaced by the
// lines that are whole.
func openJournal(d disk, n names, now time.Time) (*journal, History, error) {
	path := n.journal()
	h, err := ReadJournal(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return nil, h, err
	}
	switch {
	case h.Damaged():
		if h.Kept, err = keepAside(d, path, h, now); err != nil {
			return nil, h, err
		}
	case h.size > maxJournal && h.Open() == nil:
		if err := boxfile.Rename(path, asidePath(path, "until", now)); err != nil {
			return nil, h, fmt.Errorf("fix: journal: %w", err)
		}
		h, fresh = History{Path: path}, true
	}
	j, err := newJournal(d, n, h)
	if err == nil && fresh {
		err = d.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		j.close()
		return nil, h, err
	}
	return j, h, nil
}

func newJournal(d disk, n names, h History) (*journal, error) {
	f, err := os.OpenFile(n.journal(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fix: journal: %w", err)
	}
	return &journal{f: f, disk: d, reserve: n.reserve(), end: h.good, sum: h.sum, seq: h.seq}, nil
}

// reserveRoom fills a file that is removed when the disk is full in the middle
// of a run.
func (j *journal) reserveRoom() error {
	f, err := os.OpenFile(j.reserve, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("fix: journal: %w", err)
	}
	// Not zeros: file systems may keep those for nothing.
	err = j.disk.WriteAt(f, bytes.Repeat([]byte("room for the journal\n"), reserveSize/21), 0)
	if err == nil {
		err = j.disk.Sync(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(j.reserve)
		return fmt.Errorf("fix: journal: %w", err)
	}
	j.room = true
	return nil
}

// add writes records as one block and returns when it is on the disk. The first
// one makes the reserve; when the disk is full it is used.
func (j *journal) add(records ...Record) error {
	if !j.room {
		if err := j.reserveRoom(); err != nil {
			return err
		}
	}
	var block []byte
	sum, seq := j.sum, j.seq
	for _, rec := range records {
		seq++
		rec.Seq, rec.Time = seq, rec.Time.UTC().Round(0)
		line, next, err := journalLine(sum, rec)
		if err != nil {
			return err
		}
		block, sum = append(block, line...), next
	}
	err := j.write(block)
	if errors.Is(err, syscall.ENOSPC) && os.Remove(j.reserve) == nil {
		err = j.write(block)
	}
	if err != nil {
		return fmt.Errorf("fix: journal: %w", err)
	}
	j.end, j.sum, j.seq = j.end+int64(len(block)), sum, seq
	return nil
}

func (j *journal) write(block []byte) error {
	err := j.disk.WriteAt(j.f, block, j.end)
	if err == nil {
		err = j.disk.Sync(j.f)
	}
	if err != nil {
		// Half a block must not stay in front of the next one.
		return errors.Join(err, j.f.Truncate(j.end))
	}
	return nil
}

// close ends the journal and removes the reserve. It is safe on nil.
func (j *journal) close() {
	if j != nil {
		j.f.Close()
		if j.room {
			os.Remove(j.reserve)
		}
	}
}

// journalLine is a record as a line, and the sum that the next one starts from.
func journalLine(before string, rec Record) (line []byte, sum string, err error) {
	body, err := json.Marshal(rec)
	if err != nil {
		return nil, "", fmt.Errorf("fix: journal: %w", err)
	}
	rest := append(body[1:], '\n')
	sum = lineSum(before, rest)
	return append([]byte(sumPrefix+sum+`",`), rest...), sum, nil
}

const (
	sumPrefix = `{"sum":"`
	sumLength = 32
)

// lineSum is over everything of a line behind its sum, with the line feed.
func lineSum(before string, rest []byte) string {
	h := sha256.New()
	h.Write([]byte(before))
	h.Write([]byte("\n"))
	h.Write(rest)
	return hex.EncodeToString(h.Sum(nil))[:sumLength]
}

// keepAside copies a damaged journal under another name and leaves its whole
// lines in place.
func keepAside(d disk, path string, h History, now time.Time) (string, error) {
	data, err := readFile(path, maxJournalRead)
	if err != nil {
		return "", err
	}
	kept := asidePath(path, "damaged", now)
	if err := writeFile(d, kept, data); err != nil {
		return "", err
	}
	return kept, writeFile(d, path, data[:h.good])
}

// asidePath is a name that is not used yet.
func asidePath(path, why string, now time.Time) string {
	base := strings.TrimSuffix(path, journalEnd) + "-" + why + "-" + now.UTC().Format("20060102T150405Z")
	for i := 0; ; i++ {
		name := base + journalEnd
		if i > 0 {
			name = fmt.Sprintf("%s-%d%s", base, i, journalEnd)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}
