package bridge

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

const (
	// maxSessions and maxSubscriptions bound what a host can pile up by never
	// closing; subscriptions count for a session.
	maxSessions      = 10000
	maxSubscriptions = 64
	// closeTimeout bounds the wait for calls that do not end.
	closeTimeout = 30 * time.Second
)

// Backend runs operations; an *operations.Session is one.
type Backend interface {
	// Stream runs an operation; see operations.Session.Stream.
	Stream(ctx context.Context, name string, request []byte, emit func(event []byte)) ([]byte, error)
	// Close ends running operations and waits for them.
	Close() error
}

// Opener makes a Backend from the JSON of a configuration.
type Opener func(config []byte, log *slog.Logger) (Backend, error)

// OpenSession is the Opener of the shipped library.
func OpenSession(config []byte, log *slog.Logger) (Backend, error) {
	s, err := operations.Open(config, log)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Library holds everything that the C functions reach by number. It is safe for
// concurrent use.
type Library struct {
	open Opener
	logs logs
	log  *slog.Logger // writes to logs

	mu            sync.RWMutex
	last          int32 // handles and subscriptions are numbered together
	sessions      map[int32]*session
	subscriptions map[int32]*subscription
}

// New makes a Library without handles. It starts nothing.
func New(open Opener) *Library {
	l := &Library{
		open:          open,
		sessions:      map[int32]*session{},
		subscriptions: map[int32]*subscription{},
	}
	l.log = slog.New(&l.logs)
	return l
}

// Open makes a handle from the JSON of a configuration. Unless the status is
// OK, the document is an error document or nil.
func (l *Library) Open(config []byte) (handle int32, document []byte, status Status) {
	if s := checkText(config); s != OK {
		return 0, nil, s
	}
	var backend Backend
	var err error
	if !protect(l.log, func() { backend, err = l.open(config, l.log) }) {
		r := internal("open")
		return 0, r.document, r.status
	}
	if err != nil {
		r := failure("open", err)
		return 0, r.document, r.status
	}
	s := newSession(backend, l.log)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sessions) >= maxSessions || l.last == math.MaxInt32 {
		s.close(0)
		return 0, nil, Busy
	}
	l.last++
	l.sessions[l.last] = s
	return l.last, nil, OK
}

// Close ends and forgets a handle. It returns Timeout when calls still run
// after 30 seconds; the handle is gone then all the same.
func (l *Library) Close(handle int32) Status {
	l.mu.Lock()
	s := l.sessions[handle]
	delete(l.sessions, handle)
	for id, sub := range l.subscriptions {
		if sub.session == s {
			delete(l.subscriptions, id)
		}
	}
	l.mu.Unlock()
	if s == nil {
		return BadHandle
	}
	return s.close(closeTimeout)
}

// session finds a handle.
func (l *Library) session(handle int32) *session {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.sessions[handle]
}

// Call runs an operation. The document is its answer, an error document, or
// nil.
func (l *Library) Call(handle int32, op string, request []byte) ([]byte, Status) {
	s, status := l.prepare(handle, op, request)
	if status != OK {
		return nil, status
	}
	r := s.call(op, request)
	return r.document, r.status
}

// CallInto is Call with the caller's memory: it copies the document and a NUL
// into buffer. It returns the length of the document without the NUL. When that
// does not fit, the status is SmallBuffer, and the same call with a buffer that
// is large enough fetches the result without running the operation again.
func (l *Library) CallInto(handle int32, op string, request, buffer []byte) (needed int, status Status) {
	s, status := l.prepare(handle, op, request)
	if status != OK {
		return 0, status
	}
	r, kept := s.kept.take(op, request, len(buffer))
	if !kept {
		r = s.call(op, request)
	}
	if len(r.document)+1 > len(buffer) {
		s.kept.put(op, request, r)
		return len(r.document), SmallBuffer
	}
	buffer[copy(buffer, r.document)] = 0
	return len(r.document), r.status
}

// Cancel ends the calls of a handle that carry the token; token 0 means all
// calls and all who wait for events.
func (l *Library) Cancel(handle, token int32) Status {
	if token < 0 {
		return BadArgument
	}
	s := l.session(handle)
	if s == nil {
		return BadHandle
	}
	return s.cancel(token)
}

// prepare checks the arguments that calls and subscriptions share.
func (l *Library) prepare(handle int32, op string, request []byte) (*session, Status) {
	if s := checkText(request); s != OK {
		return nil, s
	}
	if s := checkText([]byte(op)); s != OK {
		return nil, s
	}
	s := l.session(handle)
	if s == nil {
		return nil, BadHandle
	}
	return s, OK
}

// checkText refuses what is too large or not UTF-8.
func checkText(text []byte) Status {
	switch {
	case len(text) > MaxText:
		return TooLarge
	case !utf8.Valid(text):
		return BadText
	}
	return OK
}
