package fix

import (
	"errors"
	"fmt"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/boxfile"
)

// errBusy: another process has the lock.
var errBusy = errors.New("fix: busy")

// lock is a locked file.
type lock struct{ file *boxfile.Lock }

// takeLock locks a file of this computer, or returns errBusy at once. The lock
// ends with the process, however it ends.
func takeLock(path, program string, now time.Time) (*lock, error) {
	file, err := boxfile.Take(path, program, now)
	if errors.Is(err, boxfile.ErrHeld) {
		return nil, errBusy
	}
	if err != nil {
		return nil, fmt.Errorf("fix: %w", err)
	}
	return &lock{file}, nil
}

// release ends the lock. It is safe on nil.
func (l *lock) release() {
	if l != nil {
		l.file.Release()
	}
}
