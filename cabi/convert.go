//go:build cgo

package main

/*
#include <stdint.h>
#include <stdlib.h>
*/
import "C"

import (
	"unsafe"

	"github.com/libkonnektor/libkonnektor/cabi/internal/bridge"
)

// textBytes copies a text of the host: length bytes, or up to the NUL when
// length is -1. The address sanitizer sees these reads; it would not see those
// of C.GoBytes.
func textBytes(text *C.char, length C.int32_t) ([]byte, bridge.Status) {
	switch {
	case length < -1, text == nil && length > 0:
		return nil, bridge.BadArgument
	case length > bridge.MaxText:
		return nil, bridge.TooLarge
	case text == nil:
		return nil, bridge.OK
	case length >= 0:
		return append([]byte(nil), hostBytes(text, length)...), bridge.OK
	}
	for n := 0; n <= bridge.MaxText; n++ {
		if *(*byte)(unsafe.Add(unsafe.Pointer(text), n)) == 0 {
			return append([]byte(nil), hostBytes(text, C.int32_t(n))...), bridge.OK
		}
	}
	return nil, bridge.TooLarge
}

// callTexts copies the name and the request of a call.
func callTexts(name *C.char, nameLength C.int32_t, request *C.char, requestLength C.int32_t) (string, []byte, bridge.Status) {
	n, s := textBytes(name, nameLength)
	if s != bridge.OK {
		return "", nil, s
	}
	r, s := textBytes(request, requestLength)
	return string(n), r, s
}

// hostBytes is memory of the host as a slice.
func hostBytes(p *C.char, length C.int32_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(length))
}

// clearResult sets a result to nothing.
func clearResult(result **C.char, length *C.int32_t) {
	if result != nil {
		*result = nil
	}
	if length != nil {
		*length = 0
	}
}

// give copies document into memory for the host. A nil document gives nothing.
// The status is s, or NoMemory.
func give(document []byte, s bridge.Status, result **C.char, length *C.int32_t) C.int32_t {
	if document == nil {
		return C.int32_t(s)
	}
	size := len(document) + 1
	block := (*C.char)(C.calloc(C.size_t(size), 1)) // C.malloc would end the process when there is no memory
	if block == nil {
		return C.int32_t(bridge.NoMemory)
	}
	memory := hostBytes(block, C.int32_t(size))
	memory[copy(memory, document)] = 0
	theBlocks.Add(uintptr(unsafe.Pointer(block)), size)
	*result = block
	if length != nil {
		*length = C.int32_t(size - 1)
	}
	return C.int32_t(s)
}

// release wipes and frees what give has made.
func release(text *C.char) bridge.Status {
	if text == nil {
		return bridge.OK
	}
	size, ok := theBlocks.Remove(uintptr(unsafe.Pointer(text)))
	if !ok {
		return bridge.BadArgument
	}
	clear(hostBytes(text, C.int32_t(size)))
	C.free(unsafe.Pointer(text))
	return bridge.OK
}
