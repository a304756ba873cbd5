package cetp

import (
	"context"
	"errors"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// ErrClosed says that sink, keeper or consumer was closed.
var ErrClosed = errors.New("cetp: closed")

// maxQueueBytes bounds what waits for one consumer, whatever Config.Queue says.
const maxQueueBytes = 8 << 20

// Consumer gets events in the order of their arrival, from one sink or keeper.
// Every consumer has a queue of its own, so that a slow one keeps nobody
// waiting: when its queue is full, the oldest events are dropped, and it is told
// how many. It is a [konnektor.EventSource].
//
// A Consumer is safe for concurrent use, but each event is taken once. The
// caller closes it.
type Consumer struct {
	ready  chan struct{} // holds one
	closed chan struct{}
	limit  int
	missed func()          // nil without keeper
	leave  func(*Consumer) // takes it off its sink or keeper

	mu    sync.Mutex
	queue []delivery // a ring: its first element is at head
	head  int
	count int
	bytes int
	lost  int
	flow  konnektor.EventFlow // to be told; "" when it has not changed
	done  bool
}

// delivery is one event on its way.
type delivery struct {
	event *konnektor.Event
	bytes int
}

func newConsumer(limit int) *Consumer {
	return &Consumer{ready: make(chan struct{}, 1), closed: make(chan struct{}), limit: limit}
}

// push appends an event, and drops the oldest when there is no room.
func (c *Consumer) push(d delivery) {
	c.mu.Lock()
	if !c.done {
		for c.count > 0 && (c.count == c.limit || c.bytes+d.bytes > maxQueueBytes) {
			c.drop()
		}
		c.append(d)
	}
	c.mu.Unlock()
	c.wake()
}

// append needs the lock. The ring grows up to the limit.
func (c *Consumer) append(d delivery) {
	if c.count == len(c.queue) {
		larger := make([]delivery, min(max(2*c.count, 16), c.limit))
		for i := range c.count {
			larger[i] = c.queue[(c.head+i)%len(c.queue)]
		}
		c.queue, c.head = larger, 0
	}
	c.queue[(c.head+c.count)%len(c.queue)] = d
	c.count++
	c.bytes += d.bytes
}

// drop loses the oldest event. It needs the lock.
func (c *Consumer) drop() {
	c.pop()
	c.lost++
}

// pop needs the lock and an event.
func (c *Consumer) pop() *konnektor.Event {
	d := c.queue[c.head]
	c.queue[c.head] = delivery{}
	c.head = (c.head + 1) % len(c.queue)
	c.count--
	c.bytes -= d.bytes
	return d.event
}

// setFlow notes that events come, or stay away.
func (c *Consumer) setFlow(flow konnektor.EventFlow) {
	c.mu.Lock()
	c.flow = flow
	c.mu.Unlock()
	c.wake()
}

// wake tells that there may be something, without waiting for anybody.
func (c *Consumer) wake() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

// Ready receives after there is something to take.
func (c *Consumer) Ready() <-chan struct{} { return c.ready }

// Take returns what came next; ok is false when nothing is there. Lost events
// are told before the events that came after them.
func (c *Consumer) Take() (n konnektor.Notice, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.flow != "":
		n.Flow, c.flow = c.flow, ""
	case c.lost > 0:
		n.Lost, c.lost = c.lost, 0
	case c.count > 0:
		n.Event = c.pop()
	default:
		return n, false
	}
	return n, true
}

// Next waits for the next notice. The error is that of ctx, or [ErrClosed] when
// the consumer was closed and everything is taken.
func (c *Consumer) Next(ctx context.Context) (konnektor.Notice, error) {
	for {
		if n, ok := c.Take(); ok {
			return n, nil
		}
		select {
		case <-c.ready:
		case <-ctx.Done():
			return konnektor.Notice{}, ctx.Err()
		case <-c.closed:
			if n, ok := c.Take(); ok {
				return n, nil
			}
			return konnektor.Notice{}, ErrClosed
		}
	}
}

// Missed tells the keeper that cards came or went without an event, so that it
// looks after its subscriptions. It does nothing for a consumer of a sink.
func (c *Consumer) Missed() {
	if c.missed != nil {
		c.missed()
	}
}

// Close ends the consumer. What waits can still be taken; a
// [konnektor.Client.Watch] that it feeds polls from then on.
func (c *Consumer) Close() {
	c.end()
	c.leave(c)
}

// end marks the consumer as closed.
func (c *Consumer) end() {
	c.mu.Lock()
	first := !c.done
	c.done = true
	if first {
		c.flow = konnektor.FlowStopped
	}
	c.mu.Unlock()
	if first {
		close(c.closed)
		c.wake()
	}
}
