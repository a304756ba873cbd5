package mgmttest

import (
	"crypto/rand"
	"time"
)

// Account is the one admin account of a box and how its sessions live.
type Account struct {
	User, Password string
	// LockAfter is how many wrong passwords in a row lock the account; 0 means
	// 3. That real boxes lock admin accounts is a reading: the rule is known for
	// client systems only.
	LockAfter int
	// Idle is after how long without a request a session ends; 0 means 15
	// minutes.
	Idle time.Duration
	// Lifetime is after how long it ends in any case; 0 means never.
	Lifetime time.Duration
	// MaxSessions is how many there may be; 0 means any number. A login beyond
	// it is refused. Whether real boxes limit them is not known.
	MaxSessions int
}

// session is one login.
type session struct {
	number      int
	begun, used time.Time
}

func (s *Server) locked() bool { return s.wrong >= s.account.LockAfter }

// Login checks a password. It gives a token, or false and why: "password",
// "locked" or "sessions".
func (s *Server) Login(user, password string) (token, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	switch {
	case s.locked():
		return "", "locked"
	case user != s.account.User || password != s.account.Password:
		s.wrong++
		s.counters.AllWrong++
		return "", "password"
	case s.account.MaxSessions > 0 && len(s.sessions) >= s.account.MaxSessions:
		return "", "sessions"
	}
	s.wrong = 0
	s.counters.Logins++
	now := s.clock.Now()
	token = rand.Text() + rand.Text()
	s.sessions[token] = &session{s.counters.Logins, now, now}
	s.counters.MostOpen = max(s.counters.MostOpen, len(s.sessions))
	return token, ""
}

// Session says whether a token is that of a living session, and uses it.
func (s *Server) Session(token string) (number int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	found := s.sessions[token]
	if found == nil {
		return 0, false
	}
	found.used = s.clock.Now()
	return found.number, true
}

// Logout ends a session.
func (s *Server) Logout(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if s.sessions[token] == nil {
		return false
	}
	delete(s.sessions, token)
	s.counters.Logouts++
	return true
}

// expire ends sessions whose time is over. The lock is held.
func (s *Server) expire() {
	now := s.clock.Now()
	for token, x := range s.sessions {
		if now.Sub(x.used) >= s.account.Idle || s.account.Lifetime > 0 && now.Sub(x.begun) >= s.account.Lifetime {
			delete(s.sessions, token)
		}
	}
}

// ExpireSessions ends all sessions, as a restart does.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// SetPassword changes the password of the account, as an administrator does in
// between: what a program has stored is then wrong.
func (s *Server) SetPassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account.Password = password
}

// Unlock sets the count of wrong passwords back.
func (s *Server) Unlock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = 0
}

// User returns the name of the admin account.
func (s *Server) User() string { return s.account.User }

// Password returns the password of the admin account.
func (s *Server) Password() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account.Password
}
