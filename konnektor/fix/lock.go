package fix

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errBusy: another process has the lock.
var errBusy = errors.New("fix: busy")

// lock is a locked file. The file stays: to remove it would let two processes
// lock two files of the same name.
type lock struct{ f *os.File }

// holder is what a lock file says of who holds it, for people.
type holder struct {
	Process int       `json:"process"`
	Host    string    `json:"host,omitempty"`
	Program string    `json:"program,omitempty"`
	Since   time.Time `json:"since"`
}

// takeLock locks a file of this computer, or returns errBusy at once. The lock
// ends with the process, however it ends.
func takeLock(path, program string, now time.Time) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fix: lock: %w", err)
	}
	held, err := lockFile(f)
	if err != nil || !held {
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("fix: lock %s: %w", filepath.Base(path), err)
		}
		return nil, errBusy
	}
	host, _ := os.Hostname()
	line, _ := json.Marshal(holder{os.Getpid(), host, program, now.UTC().Round(0)})
	// What stands in the file is a help, not the lock.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(line, '\n'), 0)
	}
	return &lock{f}, nil
}

// release ends the lock. It is safe on nil.
func (l *lock) release() {
	if l != nil {
		l.f.Close()
	}
}
