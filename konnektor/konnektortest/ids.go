package konnektortest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// idSource makes identifiers and times in the dialect of the Konnektor.
type idSource struct {
	mu   sync.Mutex
	rng  *rand.Rand
	zone int
	time func() time.Time
}

// uuid returns a fresh identifier of version 4.
func (s *idSource) uuid() string {
	s.mu.Lock()
	hi, lo := s.rng.Uint64(), s.rng.Uint64()
	s.mu.Unlock()
	hi, lo = hi&^0xf000|0x4000, lo&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

func (s *idSource) now() string { return s.dateTime(s.time()) }

// dateTime writes a time in one of the ways that devices write it.
func (s *idSource) dateTime(t time.Time) string {
	switch s.zone {
	case 0:
		return t.UTC().Format("2006-01-02T15:04:05Z")
	case 1:
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return t.In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05.000000-07:00")
}
