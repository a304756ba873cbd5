package fix

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

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
type disk interface {
	// WriteAt writes b and returns when it is in the file.
	WriteAt(f *os.File, b []byte, off int64) error
	// Sync returns when the file is on the disk.
	Sync(f *os.File) error
	// SyncDir returns when the names in a folder are on the disk.
	SyncDir(dir string) error
}

type realDisk struct{}

func (realDisk) WriteAt(f *os.File, b []byte, off int64) error {
	_, err := f.WriteAt(b, off)
	return err
}

func (realDisk) Sync(f *os.File) error { return f.Sync() }

// makeDir makes a folder with owner-only rights.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("fix: folder: %w", err)
	}
	return nil
}

// writeFile replaces a file as a whole: a reader, and a process after a crash,
// sees the former content or the new one. It costs two fsyncs: of the new file
// before it takes the place, of the folder after.
func writeFile(d disk, path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("fix: write %s: %w", filepath.Base(path), err)
	}
	err = errors.Join(f.Chmod(0o600), d.WriteAt(f, data, 0))
	if err == nil {
		err = d.Sync(f)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("fix: write %s: %w", filepath.Base(path), err)
	}
	return d.SyncDir(filepath.Dir(path))
}

// rename gives a file another name, which may be taken. On Windows whoever reads a
// file, such as a virus scanner, keeps it from that for a moment.
func rename(from, to string) error {
	err := os.Rename(from, to)
	for try := 0; err != nil && runtime.GOOS == "windows" && try < 40; try++ {
		time.Sleep(25 * time.Millisecond)
		err = os.Rename(from, to)
	}
	return err
}

// SyncDir does nothing on Windows, which has no such call: NTFS keeps names in
// its own journal.
func (realDisk) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("fix: folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("fix: folder: %w", err)
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
