package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/operations"
)

// tokenMember is the member of a request that names the call for Cancel.
const tokenMember = "call_token"

const (
	// earlyLife is how long a Cancel waits for a call that is not there yet.
	earlyLife = 10 * time.Second
	// maxEarly bounds how many of them wait.
	maxEarly = 256
)

// session is one handle.
type session struct {
	backend Backend
	log     *slog.Logger
	kept    keeper
	events  queue

	mu      sync.Mutex
	closed  bool
	calls   map[*running]struct{}
	early   map[int32]time.Time // tokens that were cancelled before their call
	running sync.WaitGroup      // calls and subscriptions
}

// running is a call that has not returned.
type running struct {
	token  int32
	cancel context.CancelFunc
}

func newSession(backend Backend, log *slog.Logger) *session {
	return &session{
		backend: backend,
		log:     log,
		events:  newQueue(),
		calls:   map[*running]struct{}{},
		early:   map[int32]time.Time{},
	}
}

// call runs an operation on the goroutine of the caller.
func (s *session) call(op string, request []byte) result {
	token, request, ok := cutToken(request)
	if !ok {
		return result{status: BadArgument}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !s.begin() {
		return failure(op, operations.NewError(op, operations.KindClosed))
	}
	defer s.running.Done()
	me := &running{token, cancel}
	s.enter(me)
	defer s.leave(me)
	return s.run(ctx, op, request, nil)
}

// run runs an operation and turns whatever happens into a result.
func (s *session) run(ctx context.Context, op string, request []byte, emit func([]byte)) result {
	var answer []byte
	var err error
	if !protect(s.log, func() { answer, err = s.backend.Stream(ctx, op, request, emit) }) {
		return internal(op)
	}
	if err != nil {
		return failure(op, err)
	}
	return result{OK, answer}
}

// begin counts a call or a subscription, unless the session is closed.
func (s *session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// enter notes a call, and ends it at once when its token was cancelled early.
func (s *session) enter(c *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[c] = struct{}{}
	at, ok := s.early[c.token]
	delete(s.early, c.token)
	if ok && time.Since(at) < earlyLife {
		c.cancel()
	}
}

// leave forgets a call.
func (s *session) leave(c *running) {
	s.mu.Lock()
	delete(s.calls, c)
	s.mu.Unlock()
}

// cancel ends the calls with that token, or with token 0 all of them.
func (s *session) cancel(token int32) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := NotFound
	for c := range s.calls {
		if token == 0 || c.token == token {
			c.cancel()
			status = OK
		}
	}
	switch {
	case token == 0:
		s.events.interrupt()
		return OK
	case status == NotFound:
		s.remember(token)
	}
	return status
}

// remember keeps a token for a call that comes later. When too many wait, it
// forgets those whose time is over, and the oldest.
func (s *session) remember(token int32) {
	if len(s.early) >= maxEarly {
		oldest, at := int32(0), time.Now()
		for t, since := range s.early {
			if time.Since(since) >= earlyLife {
				delete(s.early, t)
			} else if !since.After(at) {
				oldest, at = t, since
			}
		}
		if len(s.early) >= maxEarly {
			delete(s.early, oldest)
		}
	}
	s.early[token] = time.Now()
}

// close ends everything that runs and waits for it, at most for timeout.
func (s *session) close(timeout time.Duration) Status {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.events.close()
	done := make(chan struct{})
	start(s.log, func() {
		defer close(done)
		if err := s.backend.Close(); err != nil {
			s.log.Warn("close", "cause", err)
		}
		s.running.Wait()
	}, func() {})
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-done:
		return OK
	case <-timer.C:
		return Timeout
	}
}

// cutToken takes the member call_token out of a request, which is returned as
// it is when there is none. ok is false when the token is no number from 1 to
// 2147483647 or there are two. What is no JSON object is left to the operation.
func cutToken(request []byte) (token int32, rest []byte, ok bool) {
	if !bytes.Contains(request, []byte(tokenMember)) || !json.Valid(request) {
		return 0, request, true
	}
	dec := json.NewDecoder(bytes.NewReader(request))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return 0, request, true
	}
	members := [][]byte{}
	for dec.More() {
		name, value, err := nextMember(dec)
		switch {
		case err != nil:
			return 0, request, true
		case name != tokenMember:
			quoted, _ := json.Marshal(name) // a string can always be encoded
			members = append(members, slices.Concat(quoted, []byte{':'}, value))
		default:
			n, err := strconv.ParseInt(string(value), 10, 32)
			if err != nil || n < 1 || token != 0 {
				return 0, nil, false
			}
			token = int32(n)
		}
	}
	if token == 0 {
		return 0, request, true
	}
	return token, slices.Concat([]byte{'{'}, bytes.Join(members, []byte{','}), []byte{'}'}), true
}

// nextMember reads a name and its value.
func nextMember(dec *json.Decoder) (name string, value json.RawMessage, err error) {
	t, err := dec.Token()
	if err != nil {
		return "", nil, err
	}
	name, _ = t.(string)
	err = dec.Decode(&value)
	return name, value, err
}
