//go:build !windows

package boxfile

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes an exclusive lock without waiting; it ends with the process.
func lockFile(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
