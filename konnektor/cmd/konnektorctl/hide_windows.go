package main

import (
	"os"
	"syscall"
)

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// enableEcho is ENABLE_ECHO_INPUT of the Windows console.
const enableEcho = 0x4

// hide keeps what is typed from being shown until show is called.
func hide(terminal *os.File) (show func(), err error) {
	handle := syscall.Handle(terminal.Fd())
	var before uint32
	if err := syscall.GetConsoleMode(handle, &before); err != nil {
		return nil, errNoTerminal
	}
	if ok, _, _ := setConsoleMode.Call(uintptr(handle), uintptr(before&^enableEcho)); ok == 0 {
		return nil, errNoTerminal
	}
	return func() { _, _, _ = setConsoleMode.Call(uintptr(handle), uintptr(before)) }, nil
}
