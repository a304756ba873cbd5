package mgmttest

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Request is one request to a box, in the order of arrival.
type Request struct {
	Operation string // "" when the interface has none at this address
	Method    string
	Path      string // with the query
	Header    http.Header
	Body      []byte
	At        time.Time // by the clock of the box
	Session   int       // number of the login it belongs to; 0 for none, or when it was lost undone
	Status    int       // of the answer; 0 when none was sent
	Effect    bool      // the box has acted upon it
	// Complaint says what the request breaks of the rules of the interface.
	Complaint string
}

// Counters are what a box has counted since its start.
type Counters struct {
	Logins         int // successful ones
	Logouts        int
	WrongPasswords int // in a row, as the lock-out counts them
	AllWrong       int // in all
	Locked         bool
	Open           int // sessions now
	MostOpen       int // sessions at once, at most
	Parallel       int // requests at once, at most
	Refused        int // requests with a complaint
	Handshakes     int
	ByOperation    map[string]int
}

// Requests returns all requests.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Operations returns the names of the operations of all requests in their order.
func (s *Server) Operations() []string {
	var names []string
	for _, r := range s.Requests() {
		names = append(names, r.Operation)
	}
	return names
}

// Count says how often an operation was asked for, answered or not.
func (s *Server) Count(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counters.ByOperation[operation]
}

// Counters returns a copy of the counters.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	c := s.counters
	c.ByOperation = maps.Clone(c.ByOperation)
	c.WrongPasswords, c.Locked, c.Open = s.wrong, s.locked(), len(s.sessions)
	return c
}

// Complaints says of all requests what they break of the rules of the interface.
// A test that means to break none wants it to be empty.
func (s *Server) Complaints() []string {
	var all []string
	for _, r := range s.Requests() {
		if r.Complaint != "" {
			all = append(all, r.Method+" "+r.Path+": "+r.Complaint)
		}
	}
	return all
}

// Forget empties the record of requests; counters stay.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
