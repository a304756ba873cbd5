package mgmttest

import (
	"slices"
	"time"
)

// Disturbance is a way to go wrong. Zero fields change nothing.
type Disturbance struct {
	// Undone keeps the box from acting upon the request.
	Undone bool
	// Drop ends the connection without an answer.
	Drop bool
	// Half ends the connection in the middle of the answer.
	Half bool
	// NextLost loses the next request of any operation undone.
	NextLost bool
	// Hang keeps the connection open without an answer until the client gives
	// up or the box closes. Delay holds the answer back, by the box's clock.
	Hang  bool
	Delay time.Duration
	// Status and Body replace the answer; a Status keeps the request undone.
	Status int
	Body   string
	// Before and After run before the box acts and before it answers.
	Before, After func()
}

// planned is a Disturbance for the next requests.
type planned struct {
	Disturbance
	operation string
	left      int // negative: until Heal
}

// Disturb makes the next n requests of an operation go wrong as d says, then all
// is well again. The operation "" means any. A negative n means until
// [Server.Heal]. What is planned for one operation follows in the order in which
// it was planned.
func (s *Server) Disturb(operation string, d Disturbance, n int) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned = append(s.planned, &planned{d, operation, n})
}

// Fail refuses the next n requests of an operation with an HTTP status.
func (s *Server) Fail(operation string, status, n int) {
	s.Disturb(operation, Disturbance{Status: status, Undone: true}, n)
}

// Ignore answers the next n requests of an operation as done and does nothing.
func (s *Server) Ignore(operation string, n int) { s.Disturb(operation, Disturbance{Undone: true}, n) }

// CutBefore ends the connection of the next n requests of an operation: nothing
// is done.
func (s *Server) CutBefore(operation string, n int) {
	s.Disturb(operation, Disturbance{Undone: true, Drop: true}, n)
}

// NoAnswer ends the connection of the next n requests of an operation: it is
// done, and no answer is sent.
func (s *Server) NoAnswer(operation string, n int) { s.Disturb(operation, Disturbance{Drop: true}, n) }

// CutDuring ends the connection of the next n requests of an operation in the
// middle of the answer: it is done.
func (s *Server) CutDuring(operation string, n int) {
	s.Disturb(operation, Disturbance{Half: true}, n)
}

// CutAfter does and answers the next n requests of an operation, and after each
// loses the next request of any operation undone.
func (s *Server) CutAfter(operation string, n int) {
	s.Disturb(operation, Disturbance{NextLost: true}, n)
}

// Hang does nothing upon the next n requests of an operation and keeps their
// connections open until the client gives up.
func (s *Server) Hang(operation string, n int) {
	s.Disturb(operation, Disturbance{Undone: true, Hang: true}, n)
}

// Heal ends all disturbances of an operation; "" ends all.
func (s *Server) Heal(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = 0
	s.planned = slices.DeleteFunc(s.planned, func(p *planned) bool {
		return operation == "" || p.operation == operation
	})
}

// disturbance takes what is planned for a request. The lock is held.
func (s *Server) disturbance(operation string, now time.Time) Disturbance {
	if lost, hang := s.swallowed(now); lost {
		return Disturbance{Undone: true, Drop: true, Delay: hang}
	}
	if now.Before(s.blockedUntil) {
		return Disturbance{Undone: true, Drop: true, Delay: s.blockHang}
	}
	if s.lost > 0 {
		s.lost--
		return Disturbance{Undone: true, Drop: true}
	}
	for i, p := range s.planned {
		if p.operation != operation && p.operation != "" {
			continue
		}
		if p.left > 0 {
			p.left--
		}
		if p.left == 0 {
			s.planned = slices.Delete(s.planned, i, i+1)
		}
		if p.NextLost {
			s.lost++
		}
		return p.Disturbance
	}
	return Disturbance{}
}

// Block keeps the interface from answering for d from now on, by the box's
// clock: requests are lost undone, after hang.
func (s *Server) Block(d, hang time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.clock.Now().Add(d); until.After(s.blockedUntil) {
		s.blockedUntil, s.blockHang = until, hang
	}
}

// Blocked says until when the interface does not answer; the zero time or one
// that has passed means that it does.
func (s *Server) Blocked() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blockedUntil
}
