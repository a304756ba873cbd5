package bridge

import (
	"context"
	"encoding/json"
	"math"
	"sync"
	"time"
)

// maxWaiting is how many events of a subscription wait for the host. More push
// out the oldest.
const maxWaiting = 256

// The kinds of event documents.
const (
	kindEvent   = "event"
	kindDropped = "dropped"
	kindEnd     = "end"
)

// eventDoc is what the host gets.
type eventDoc struct {
	Subscription int32           `json:"subscription"`
	Kind         string          `json:"kind"`
	Data         json.RawMessage `json:"data,omitempty"`
	Count        int             `json:"count,omitempty"`
	Answer       json.RawMessage `json:"answer,omitempty"`
	Error        json.RawMessage `json:"error,omitempty"`
}

// subscription is an operation in the background.
type subscription struct {
	id      int32
	session *session
	cancel  context.CancelFunc
	done    chan struct{} // closed when the operation has ended

	// The rest belongs to the queue of the session.
	waiting []numbered // oldest first
	dropped int        // events that were pushed out since the last delivery
}

// numbered is an event with its place among all of the session.
type numbered struct {
	number uint64
	doc    eventDoc
}

// queue holds the events of a session.
type queue struct {
	mu      sync.Mutex
	subs    map[int32]*subscription
	last    uint64
	closed  bool
	breaks  int           // counts interrupts
	changed chan struct{} // closed and replaced when anything changes
}

func newQueue() queue {
	return queue{subs: map[int32]*subscription{}, changed: make(chan struct{})}
}

// wake lets all who wait look again. The caller holds mu.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// add admits a subscription.
func (q *queue) add(sub *subscription) Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return Closed
	case len(q.subs) >= maxSubscriptions:
		return Busy
	}
	q.subs[sub.id] = sub
	return OK
}

// remove forgets a subscription and its events.
func (q *queue) remove(id int32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.subs, id)
	q.wake()
}

// push adds an event. The events of a subscription that was removed are lost.
func (q *queue) push(sub *subscription, doc eventDoc) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.subs[sub.id] == nil {
		return
	}
	if len(sub.waiting) >= maxWaiting {
		sub.waiting = append(sub.waiting[:0], sub.waiting[1:]...)
		sub.dropped++
	}
	q.last++
	doc.Subscription = sub.id
	sub.waiting = append(sub.waiting, numbered{q.last, doc})
	q.wake()
}

// interrupt ends the waiting of all who wait now.
func (q *queue) interrupt() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.breaks++
	q.wake()
}

// close ends all waiting for good.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

// next waits for the oldest event of one subscription, or with id 0 of all. A
// negative timeout waits without end.
func (q *queue) next(id int32, timeout time.Duration) (eventDoc, Status) {
	var expired <-chan time.Time
	if timeout >= 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		expired = timer.C
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	breaks := q.breaks
	for {
		switch {
		case q.closed:
			return eventDoc{}, Closed
		case breaks != q.breaks, id != 0 && q.subs[id] == nil:
			return eventDoc{}, Cancelled
		}
		if doc, ok := q.pop(id); ok {
			return doc, OK
		}
		if timeout == 0 {
			return eventDoc{}, Timeout
		}
		changed := q.changed
		q.mu.Unlock()
		select {
		case <-changed:
		case <-expired:
			timeout = 0 // one more look
		}
		q.mu.Lock()
	}
}

// pop takes the oldest event. The last one of a subscription takes the
// subscription with it. The caller holds mu.
func (q *queue) pop(id int32) (eventDoc, bool) {
	sub := q.subs[id]
	if id == 0 {
		sub = q.oldest()
	}
	if sub == nil || len(sub.waiting) == 0 {
		return eventDoc{}, false
	}
	if n := sub.dropped; n > 0 {
		sub.dropped = 0
		return eventDoc{Subscription: sub.id, Kind: kindDropped, Count: n}, true
	}
	doc := sub.waiting[0].doc
	sub.waiting = sub.waiting[1:]
	if doc.Kind == kindEnd {
		delete(q.subs, sub.id)
	}
	return doc, true
}

// oldest is the subscription whose next event is the oldest; nil when none has
// one. The caller holds mu.
func (q *queue) oldest() *subscription {
	var found *subscription
	for _, sub := range q.subs {
		if len(sub.waiting) > 0 && (found == nil || sub.waiting[0].number < found.waiting[0].number) {
			found = sub
		}
	}
	return found
}

// Subscribe starts an operation in the background.
func (l *Library) Subscribe(handle int32, op string, request []byte) (id int32, status Status) {
	s, status := l.prepare(handle, op, request)
	if status != OK {
		return 0, status
	}
	ctx, cancel := context.WithCancel(context.Background())
	sub := &subscription{session: s, cancel: cancel, done: make(chan struct{})}
	if status := l.admit(handle, sub); status != OK {
		cancel()
		return 0, status
	}
	start(l.log, func() {
		defer s.running.Done()
		defer close(sub.done)
		defer cancel()
		s.events.push(sub, endDoc(s.run(ctx, op, request, func(event []byte) {
			s.events.push(sub, eventDoc{Kind: kindEvent, Data: append([]byte(nil), event...)})
		})))
	}, func() {})
	return sub.id, OK
}

// admit gives a subscription its number and lets its session count it.
func (l *Library) admit(handle int32, sub *subscription) Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.sessions[handle] != sub.session:
		return BadHandle
	case l.last == math.MaxInt32:
		return Busy
	case !sub.session.begin():
		return Closed
	}
	sub.id = l.last + 1
	if status := sub.session.events.add(sub); status != OK {
		sub.session.running.Done()
		return status
	}
	l.last++
	l.subscriptions[sub.id] = sub
	return OK
}

// endDoc is the last event of a subscription.
func endDoc(r result) eventDoc {
	if r.status == OK {
		return eventDoc{Kind: kindEnd, Answer: r.document}
	}
	return eventDoc{Kind: kindEnd, Error: r.document}
}

// Unsubscribe ends a subscription and waits until its operation has ended, at
// most 30 seconds.
func (l *Library) Unsubscribe(id int32) Status {
	sub := l.forget(id)
	if sub == nil {
		return BadHandle
	}
	sub.cancel()
	sub.session.events.remove(id)
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-sub.done:
		return OK
	case <-timer.C:
		return Timeout
	}
}

// forget takes a subscription out of the table; nil when there is none.
func (l *Library) forget(id int32) *subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	sub := l.subscriptions[id]
	delete(l.subscriptions, id)
	return sub
}

// NextEvent takes the next event of a subscription or, given a handle, of all
// its subscriptions. timeout is in milliseconds; 0 does not wait and -1 waits
// without end.
func (l *Library) NextEvent(id, timeout int32) ([]byte, Status) {
	if timeout < -1 {
		return nil, BadArgument
	}
	l.mu.RLock()
	s, sub := l.sessions[id], l.subscriptions[id]
	l.mu.RUnlock()
	switch {
	case sub != nil:
		s = sub.session
	case s == nil:
		return nil, BadHandle
	default:
		id = 0
	}
	doc, status := s.events.next(id, time.Duration(timeout)*time.Millisecond)
	if status != OK {
		return nil, status
	}
	if doc.Kind == kindEnd {
		l.forget(doc.Subscription)
	}
	b, err := json.Marshal(doc)
	if err != nil { // an operation gave no JSON
		return nil, Internal
	}
	return b, OK
}
