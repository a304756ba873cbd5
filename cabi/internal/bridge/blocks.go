package bridge

import "sync"

// Blocks knows the memory that was handed to the host, so that what the host
// frees wrongly is refused. It is safe for concurrent use.
type Blocks struct {
	mu sync.Mutex
	// sizes is keyed by the complement of the address: by the address itself
	// the leak sanitizer would take every block for one that is still in use.
	sizes map[uintptr]int
}

// Add notes a block of size bytes at address.
func (b *Blocks) Add(address uintptr, size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sizes == nil {
		b.sizes = map[uintptr]int{}
	}
	b.sizes[^address] = size
}

// Remove forgets the block at address and returns its size. ok is false when
// there is none.
func (b *Blocks) Remove(address uintptr) (size int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok = b.sizes[^address]
	delete(b.sizes, ^address)
	return size, ok
}
