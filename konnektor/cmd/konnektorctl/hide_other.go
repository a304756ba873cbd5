//go:build !linux && !windows

package main

import "os"

// hide is not known on this system: credentials come from a file.
func hide(*os.File) (show func(), err error) { return nil, errNoTerminal }
