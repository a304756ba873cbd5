package boxfile

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

const (
	lockExclusive      = 2
	lockNow            = 1
	errorLockViolation = syscall.Errno(33)
	errorIOPending     = syscall.Errno(997)
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// lockFile takes an exclusive lock without waiting; it ends with the process.
// The locked byte lies far behind the content, which stays readable.
func lockFile(f *os.File) (held bool, err error) {
	at := syscall.Overlapped{Offset: 1 << 30}
	ok, _, err := lockFileEx.Call(f.Fd(), lockExclusive|lockNow, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if ok != 0 {
		return true, nil
	}
	if errors.Is(err, errorLockViolation) || errors.Is(err, errorIOPending) {
		return false, nil
	}
	return false, err
}
