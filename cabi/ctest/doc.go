// Package ctest holds the judges of the shared library: programs in C, and the
// tests that build and drive programs of all languages, each on every target on
// which it can run. Every program ends with the line "N passed, M failed".
//
// The tests need what cabi/build/setup prepares. What is missing is named, and
// the tests that need it skip. They are left out under the race detector: the
// work is done by other processes.
//
// # Where to look
//
//	programs/host.h            what the C programs share
//	programs/behaviour.c       every promise of the header, hostile arguments
//	programs/stress.c          threads, cancelling, closing, many handles
//	programs/floating.c        a host with unmasked floating point exceptions
//	programs/handlers.c        a host with signal and exception handlers
//	programs/loading.c         load, unload, reload, two copies
//	programs/loaders.c         every way into a process on Linux
//	programs/loaderlock.c      a call from DllMain
//	programs/crash.c misuse.c  what must be seen afterwards
//	programs/figures.c         what README.md measures
//	toolchain_test.go          targets: how to build for them and run on them
//	contract_test.go           header, exports, imports, bindings, reproducible builds
//	hosts_test.go              the C programs
//	readcard_test.go           programs of all languages read a card from konnektorsim
//	fix_test.go                updaters repair a box of September 2020, killed in the middle
//	trust_test.go              programs judge trust lists and certificates
//	figures_test.go            benchmarks
package ctest
