//go:build cgo

// Command cabi is libkonnektor as a shared library for programs in C, Delphi,
// C# and everything else that can call C. The contract is include/konnektor.h,
// and README.md says how to link it. This package only converts and recovers;
// the work is done by internal/bridge over konnektor/operations.
//
// # Where to look
//
//	include/konnektor.h   the contract
//	shim.c                the public functions: floating point, loading
//	cabi.go               their other half in Go
//	convert.go            texts and results between C and Go
//	build/                scripts: tools, libraries, packages
//	internal/bindgen      writes the typed records of the bindings
//	internal/relr         has the library for Linux relocate itself
//	delphi/ dotnet/       the bindings
//	ctest/                C programs, and the tests that drive programs of all languages
package main

//go:generate go run ./internal/bindgen

/*
#cgo CFLAGS: -std=gnu11 -Wall -Wextra -Werror=incompatible-pointer-types -Werror=int-conversion
#include <stdint.h>
#include <stdlib.h>
*/
import "C"

import (
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/libkonnektor/libkonnektor/cabi/internal/bridge"
)

// softLimit is where Go starts to save memory in a 32-bit host, in bytes. The
// whole process has 2 GiB of addresses there.
const softLimit = 256 << 20

// theLibrary is made by the first call that needs it. Nothing of this package
// runs while the host loads the library.
var theLibrary = sync.OnceValue(func() *bridge.Library {
	if runtime.GOARCH == "386" {
		debug.SetMemoryLimit(softLimit)
	}
	return bridge.New(openBackend)
})

// theBlocks knows what konGoFree may free.
var theBlocks bridge.Blocks

func main() {}

// guard turns a panic into a status. The functions below cannot panic by
// themselves; it is for what nobody thought of.
func guard(status *C.int32_t) {
	if recover() != nil {
		*status = C.int32_t(bridge.Internal)
	}
}

//export konGoOpen
func konGoOpen(config *C.char, configLength C.int32_t, handle *C.int32_t, answer **C.char, answerLength *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	clearResult(answer, answerLength)
	if handle == nil {
		return C.int32_t(bridge.BadArgument)
	}
	*handle = 0
	text, s := textBytes(config, configLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	h, document, s := theLibrary().Open(text)
	*handle = C.int32_t(h)
	if answer == nil {
		return C.int32_t(s)
	}
	return give(document, s, answer, answerLength)
}

//export konGoClose
func konGoClose(handle C.int32_t) (status C.int32_t) {
	defer guard(&status)
	return C.int32_t(theLibrary().Close(int32(handle)))
}

//export konGoCall
func konGoCall(handle C.int32_t, operation *C.char, operationLength C.int32_t, request *C.char, requestLength C.int32_t, answer **C.char, answerLength *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	clearResult(answer, answerLength)
	if answer == nil {
		return C.int32_t(bridge.BadArgument)
	}
	op, req, s := callTexts(operation, operationLength, request, requestLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	document, s := theLibrary().Call(int32(handle), op, req)
	return give(document, s, answer, answerLength)
}

//export konGoCallBuf
func konGoCallBuf(handle C.int32_t, operation *C.char, operationLength C.int32_t, request *C.char, requestLength C.int32_t, buffer *C.char, capacity C.int32_t, needed *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	if needed == nil || capacity < 0 || buffer == nil && capacity > 0 {
		return C.int32_t(bridge.BadArgument)
	}
	*needed = 0
	op, req, s := callTexts(operation, operationLength, request, requestLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	n, s := theLibrary().CallInto(int32(handle), op, req, hostBytes(buffer, capacity))
	*needed = C.int32_t(n)
	return C.int32_t(s)
}

//export konGoSubscribe
func konGoSubscribe(handle C.int32_t, operation *C.char, operationLength C.int32_t, request *C.char, requestLength C.int32_t, subscription *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	if subscription == nil {
		return C.int32_t(bridge.BadArgument)
	}
	*subscription = 0
	op, req, s := callTexts(operation, operationLength, request, requestLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	id, s := theLibrary().Subscribe(int32(handle), op, req)
	*subscription = C.int32_t(id)
	return C.int32_t(s)
}

//export konGoUnsubscribe
func konGoUnsubscribe(subscription C.int32_t) (status C.int32_t) {
	defer guard(&status)
	return C.int32_t(theLibrary().Unsubscribe(int32(subscription)))
}

//export konGoNextEvent
func konGoNextEvent(handle, timeout C.int32_t, answer **C.char, answerLength *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	clearResult(answer, answerLength)
	if answer == nil {
		return C.int32_t(bridge.BadArgument)
	}
	document, s := theLibrary().NextEvent(int32(handle), int32(timeout))
	return give(document, s, answer, answerLength)
}

//export konGoCancel
func konGoCancel(handle, token C.int32_t) (status C.int32_t) {
	defer guard(&status)
	return C.int32_t(theLibrary().Cancel(int32(handle), int32(token)))
}

//export konGoFree
func konGoFree(text *C.char) (status C.int32_t) {
	defer guard(&status)
	return C.int32_t(release(text))
}

//export konGoSetLog
func konGoSetLog(path *C.char, pathLength, level C.int32_t) (status C.int32_t) {
	defer guard(&status)
	text, s := textBytes(path, pathLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	return C.int32_t(theLibrary().SetLog(string(text), int32(level)))
}

//export konGoJSONGet
func konGoJSONGet(json *C.char, jsonLength C.int32_t, pointer *C.char, pointerLength C.int32_t, kind *C.int32_t, value **C.char, valueLength *C.int32_t) (status C.int32_t) {
	defer guard(&status)
	clearResult(value, valueLength)
	if value == nil {
		return C.int32_t(bridge.BadArgument)
	}
	path, text, s := callTexts(pointer, pointerLength, json, jsonLength)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	v, k, s := bridge.JSONGet(text, path)
	if s != bridge.OK {
		return C.int32_t(s)
	}
	if kind != nil {
		*kind = C.int32_t(k)
	}
	if v == nil {
		v = []byte{}
	}
	return give(v, s, value, valueLength)
}
