package main

import (
	"os"
	"syscall"
	"unsafe"
)

// hide keeps what is typed from being shown until show is called.
func hide(terminal *os.File) (show func(), err error) {
	fd := terminal.Fd()
	var before syscall.Termios
	if err := ioctl(fd, syscall.TCGETS, &before); err != nil {
		return nil, errNoTerminal
	}
	hidden := before
	hidden.Lflag &^= syscall.ECHO
	if err := ioctl(fd, syscall.TCSETS, &hidden); err != nil {
		return nil, errNoTerminal
	}
	return func() { _ = ioctl(fd, syscall.TCSETS, &before) }, nil
}

func ioctl(fd, request uintptr, t *syscall.Termios) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(t))); errno != 0 {
		return errno
	}
	return nil
}
