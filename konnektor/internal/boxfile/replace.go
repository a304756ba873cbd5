package boxfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Disk is how bytes reach the disk; tests have one that is full.
type Disk interface {
	// WriteAt writes b and returns when it is in the file.
	WriteAt(f *os.File, b []byte, off int64) error
	// Sync returns when the file is on the disk.
	Sync(f *os.File) error
	// SyncDir returns when the names in a folder are on the disk.
	SyncDir(dir string) error
}

// RealDisk is the disk of the computer.
type RealDisk struct{}

// WriteAt is that of f.
func (RealDisk) WriteAt(f *os.File, b []byte, off int64) error {
	_, err := f.WriteAt(b, off)
	return err
}

// Sync is that of f.
func (RealDisk) Sync(f *os.File) error { return f.Sync() }

// SyncDir does nothing on Windows, which has no such call: NTFS keeps names in
// its own journal.
func (RealDisk) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("boxfile: folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("boxfile: folder: %w", err)
	}
	return nil
}

// Replace replaces a file as a whole, with owner-only rights: a reader, and a
// process after a crash, sees the former content or the new one. It costs two
// fsyncs: of the new file before it takes the place, of the folder after.
func Replace(d Disk, path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o600), d.WriteAt(f, data, 0))
	if err == nil {
		err = d.Sync(f)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return d.SyncDir(filepath.Dir(path))
}

// Rename gives a file another name, which may be taken. On Windows whoever reads a
// file, such as a virus scanner, keeps it from that for a moment.
func Rename(from, to string) error {
	err := os.Rename(from, to)
	for try := 0; err != nil && runtime.GOOS == "windows" && try < 40; try++ {
		time.Sleep(25 * time.Millisecond)
		err = os.Rename(from, to)
	}
	return err
}
