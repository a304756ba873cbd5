package bridge

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// keepLife is how long a result waits for a larger buffer.
	keepLife = 30 * time.Second
	// maxKept bounds how many wait on one handle.
	maxKept = 16
)

// keeper holds results that did not fit into the buffer of their caller, until
// the caller repeats the call with a larger one. Its zero value is ready to use.
type keeper struct {
	mu   sync.Mutex
	list []keptResult // oldest first
}

// keptResult is a result with the call that it belongs to.
type keptResult struct {
	call   [sha256.Size]byte
	since  time.Time
	result result
}

// callKey names a call by everything it was asked, without holding on to it.
func callKey(op string, request []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(op))
	h.Write([]byte{0})
	h.Write(request)
	return [sha256.Size]byte(h.Sum(nil))
}

// put keeps a result; the oldest gives way when there are too many.
func (k *keeper) put(op string, request []byte, r result) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.list) >= maxKept {
		k.list = k.list[1:]
	}
	k.list = append(k.list, keptResult{callKey(op, request), time.Now(), r})
}

// take hands out the oldest result of that call which fits into capacity bytes
// with its NUL. Of the ones that do not fit it drops the oldest: its caller has
// come back without a larger buffer and means the call anew.
func (k *keeper) take(op string, request []byte, capacity int) (result, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.list) > 0 && time.Since(k.list[0].since) > keepLife {
		k.list = k.list[1:]
	}
	if len(k.list) == 0 {
		return result{}, false
	}
	call := callKey(op, request)
	for i, kept := range k.list {
		if kept.call != call {
			continue
		}
		k.list = append(k.list[:i:i], k.list[i+1:]...)
		return kept.result, len(kept.result.document)+1 <= capacity
	}
	return result{}, false
}
