//go:build cgo && !cabitest

package main

import "github.com/libkonnektor/libkonnektor/cabi/internal/bridge"

// openBackend is what handles are opened with. The build for tests has another
// one.
var openBackend bridge.Opener = bridge.OpenSession
