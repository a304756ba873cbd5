package mgmttest

import (
	"math/rand/v2"
	"time"
)

// Stuck says how a box that hardly answers behaves. What it does not answer is
// lost undone. The same seed gives the same answers.
type Stuck struct {
	// OneIn answers that one of so many requests in a row; which one follows
	// from the seed. 0 leaves it to Every.
	OneIn int
	// Answers is how many in a row it answers then; 0 means 1.
	Answers int
	// Every and For answer all requests of a part of the time: in every period
	// Every there is one of length For, at a time that follows from the seed.
	Every, For time.Duration
	// Hang keeps a lost connection open for so long, by the clock of the box,
	// before it ends; 0 ends it at once.
	Hang time.Duration
}

// Stuck makes the box hardly answer, until [Server.Unstick].
func (s *Server) Stuck(how Stuck) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck, s.stuckCount, s.stuckSince = &how, 0, s.clock.Now()
}

// Unstick lets the box answer again.
func (s *Server) Unstick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = nil
}

// IsStuck says whether the box hardly answers.
func (s *Server) IsStuck() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stuck != nil
}

// swallowed says whether a stuck box loses the request that comes now. The lock
// is held.
func (s *Server) swallowed(now time.Time) (lost bool, hang time.Duration) {
	how := s.stuck
	if how == nil {
		return false, 0
	}
	if how.Every > 0 {
		return !s.inWindow(how, now), how.Hang
	}
	if how.OneIn <= 1 {
		return false, 0
	}
	n := s.stuckCount
	s.stuckCount++
	answers := min(max(how.Answers, 1), how.OneIn)
	first := s.draw(uint64(n/how.OneIn), how.OneIn-answers+1)
	at := n % how.OneIn
	return at < first || at >= first+answers, how.Hang
}

func (s *Server) inWindow(how *Stuck, now time.Time) bool {
	passed := now.Sub(s.stuckSince)
	period := uint64(passed / how.Every)
	room := how.Every - how.For
	if room <= 0 {
		return true
	}
	begin := time.Duration(s.draw(period, int(room/time.Second)+1)) * time.Second
	at := passed % how.Every
	return at >= begin && at < begin+how.For
}

// draw is a number below n that follows from the seed and i.
func (s *Server) draw(i uint64, n int) int {
	return rand.New(rand.NewPCG(s.seed, i)).IntN(max(n, 1))
}
