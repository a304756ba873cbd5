// Package boxfile has what files need by which the processes of one computer
// agree about a Konnektor: names, locks that end with their process, and
// replacement as a whole.
package boxfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrHeld is the answer to a second one who takes a lock.
var ErrHeld = errors.New("boxfile: held by another process")

// Lock is a locked file. The file stays when it is released: to remove it would
// let two processes lock two files of the same name.
type Lock struct{ f *os.File }

// holder is what a locked file says of who holds it, for people.
type holder struct {
	Process int       `json:"process"`
	Host    string    `json:"host,omitempty"`
	Program string    `json:"program,omitempty"`
	Since   time.Time `json:"since"`
}

// Take locks a file of this computer, which it makes with owner-only rights, or
// returns [ErrHeld] at once, also when this process has it. The lock ends with
// the process, however it ends.
func Take(path, program string, now time.Time) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("boxfile: lock: %w", err)
	}
	held, err := lockFile(f)
	if err != nil || !held {
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("boxfile: lock %s: %w", filepath.Base(path), err)
		}
		return nil, ErrHeld
	}
	host, _ := os.Hostname()
	line, _ := json.Marshal(holder{os.Getpid(), host, program, now.UTC().Round(0)})
	// What stands in the file is a help, not the lock.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(line, '\n'), 0)
	}
	return &Lock{f}, nil
}

// Release ends the lock. It is safe on nil, and only once.
func (l *Lock) Release() {
	if l != nil {
		l.f.Close()
	}
}

// Name makes a file name of the name of a box that every file system takes, and
// two names of two different boxes: what had to be replaced is made up for by a
// hash. Case does not matter.
func Name(box string) string {
	lower := strings.ToLower(box)
	safe := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' {
			return c
		}
		return '_'
	}, lower)
	safe = strings.Trim(safe, ".")
	if safe == lower && safe != "" && len(safe) <= 60 {
		return safe
	}
	sum := sha256.Sum256([]byte(lower))
	return safe[:min(len(safe), 40)] + "_" + hex.EncodeToString(sum[:6])
}
