package fix

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/boxfile"
)

// names are the files of one fix on one box. Lock and lease are of the box: two
// fixes do not change it at once either.
type names struct {
	dir, box, fix string
}

func (n names) base() string           { return fileName(n.box) + "-" + fileName(n.fix) }
func (n names) path(end string) string { return filepath.Join(n.dir, n.base()+end) }
func (n names) journal() string        { return n.path(journalEnd) }
func (n names) jobLock() string        { return n.path(".job.lock") }
func (n names) reserve() string        { return n.path(".reserve") }
func (n names) snapshot(run string) string {
	return n.path("-" + run + ".snapshot.json")
}
func (n names) backup(run string) string   { return n.path("-" + run + ".backup") }
func (n names) lock() string               { return filepath.Join(n.dir, fileName(n.box)+".lock") }
func (n names) lease(shared string) string { return filepath.Join(shared, fileName(n.box)+".lease") }

const (
	journalEnd = ".journal.jsonl"
	jobEnd     = ".job.json"
)

// fileName makes a name that every file system takes, and two names of two
// different boxes.
func fileName(s string) string { return boxfile.Name(s) }

// newID names a run or a job: 16 hexadecimal digits.
func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// disk is how bytes reach the disk; tests have one that is full.
type disk = boxfile.Disk

type realDisk = boxfile.RealDisk

// makeDir makes a folder with owner-only rights.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("fix: folder: %w", err)
	}
	return nil
}

// writeFile replaces a file as a whole, as boxfile.Replace does.
func writeFile(d disk, path string, data []byte) error {
	if err := boxfile.Replace(d, path, data); err != nil {
		return fmt.Errorf("fix: write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("fix: read: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("fix: read: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("fix: read %s: over %d bytes", filepath.Base(path), limit)
	}
	return data, nil
}
