package bridge

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// next takes an event that must come.
func next(t *testing.T, l *Library, id int32) eventDoc {
	t.Helper()
	b, status := l.NextEvent(id, int32(deadline/time.Millisecond))
	require.Equal(t, OK, status)
	var doc eventDoc
	require.NoError(t, json.Unmarshal(b, &doc))
	return doc
}

func TestEvents(t *testing.T) {
	l, h := library(t, newScript())
	a, status := l.Subscribe(h, "events", []byte("123"))
	require.Equal(t, OK, status)
	for range 3 {
		doc := next(t, l, h)
		require.Equal(t, a, doc.Subscription)
		require.Equal(t, "event", doc.Kind)
		require.JSONEq(t, `{"event":"x"}`, string(doc.Data))
	}
	doc := next(t, l, a)
	require.Equal(t, "end", doc.Kind)
	require.JSONEq(t, `{}`, string(doc.Answer))
	_, status = l.NextEvent(a, 0)
	require.Equal(t, BadHandle, status, "forgotten after its end")
	_, status = l.NextEvent(h, 0)
	require.Equal(t, Timeout, status)
	_, status = l.NextEvent(h, 1)
	require.Equal(t, Timeout, status)
	_, status = l.NextEvent(h, -2)
	require.Equal(t, BadArgument, status)
}

func TestEventsOfSeveral(t *testing.T) {
	l, h := library(t, newScript())
	var ids []int32
	for range 3 {
		id, status := l.Subscribe(h, "events", []byte("1"))
		require.Equal(t, OK, status)
		ids = append(ids, id)
		require.Eventually(t, func() bool {
			s := l.session(h)
			s.events.mu.Lock()
			defer s.events.mu.Unlock()
			return len(s.events.subs[id].waiting) == 2
		}, deadline, time.Millisecond)
	}
	require.Equal(t, ids[1], next(t, l, ids[1]).Subscription)
	require.Equal(t, ids[0], next(t, l, h).Subscription)
	require.Equal(t, "end", next(t, l, h).Kind)
	require.Equal(t, ids[1], next(t, l, h).Subscription)
	require.Equal(t, ids[2], next(t, l, h).Subscription)
}

func TestEventsAreDropped(t *testing.T) {
	l, h := library(t, newScript())
	const count = 1000
	id, status := l.Subscribe(h, "events", []byte(strings.Repeat("x", count)))
	require.Equal(t, OK, status)
	received(t, l.subscriptions[id].done)
	doc := next(t, l, id)
	require.Equal(t, "dropped", doc.Kind)
	require.Equal(t, count+1-maxWaiting, doc.Count)
	for range maxWaiting - 1 {
		require.Equal(t, "event", next(t, l, id).Kind)
	}
	require.Equal(t, "end", next(t, l, id).Kind, "the end is never dropped")
}

func TestEndWithError(t *testing.T) {
	l, h := library(t, newScript())
	for op, want := range map[string]string{"fail": "not-inserted", "panic": "internal", "nil": "internal", "none": "unknown-operation"} {
		id, status := l.Subscribe(h, op, nil)
		require.Equal(t, OK, status)
		doc := next(t, l, id)
		require.Equal(t, "end", doc.Kind)
		require.Equal(t, want, kind(t, doc.Error))
		require.Nil(t, doc.Answer)
	}
}

func TestUnsubscribe(t *testing.T) {
	s := newScript()
	l, h := library(t, s)
	id, status := l.Subscribe(h, "wait", nil)
	require.Equal(t, OK, status)
	received(t, s.started)
	results := make(chan Status)
	go func() { _, status := l.NextEvent(id, -1); results <- status }()
	require.Equal(t, OK, l.Unsubscribe(id))
	require.Contains(t, []Status{Cancelled, BadHandle}, received(t, results))
	require.Equal(t, BadHandle, l.Unsubscribe(id))
	_, status = l.NextEvent(h, 0)
	require.Equal(t, Timeout, status, "its end is dropped")
}

func TestTooManySubscriptions(t *testing.T) {
	l, h := library(t, newScript())
	var first int32
	for i := range maxSubscriptions {
		id, status := l.Subscribe(h, "wait", nil)
		require.Equal(t, OK, status)
		if i == 0 {
			first = id
		}
	}
	_, status := l.Subscribe(h, "wait", nil)
	require.Equal(t, Busy, status)
	require.Equal(t, OK, l.Unsubscribe(first))
	_, status = l.Subscribe(h, "wait", nil)
	require.Equal(t, OK, status)
}

func TestCancelAllWakesWaiters(t *testing.T) {
	s := newScript()
	l, h := library(t, s)
	id, status := l.Subscribe(h, "wait", nil)
	require.Equal(t, OK, status)
	received(t, s.started)
	results := make(chan Status)
	go func() { _, status := l.NextEvent(h, -1); results <- status }()
	for {
		require.Equal(t, OK, l.Cancel(h, 0))
		select {
		case status := <-results:
			require.Equal(t, Cancelled, status)
			_, status = l.NextEvent(id, 0)
			require.Equal(t, Timeout, status, "the subscription goes on")
			return
		case <-time.After(time.Millisecond): // it did not wait yet
		}
	}
}
