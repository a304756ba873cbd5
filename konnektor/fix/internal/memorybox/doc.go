// Package memorybox is the management of a Konnektor in memory, for the tests of
// the fixes: every capability with real state behind it, a clock that tests
// move, a list of all calls, and everything that goes wrong with a call.
//
//	box, err := memorybox.New(memorybox.Options{})
//	box.Disturb(mgmt.OpTSLImport, memorybox.NoAnswer)
//	box.Calls()
//
// It is not a simulator: what stands between a driver and a box is not here.
//
// Where to look: box.go the box, its clock and its restarts; disturb.go what goes
// wrong; settings.go, list.go, identity.go, practice.go what it can do.
package memorybox
