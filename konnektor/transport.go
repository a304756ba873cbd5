package konnektor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"time"
)

// transport sends HTTP/1.1 requests over kept connections. It follows no
// redirect, asks for no compression, speaks no HTTP/2 and uses no proxy: a
// Konnektor stands in the practice's own network.
//
// net/http reads and writes the messages; only the connections are ours. The
// transport of net/http hands every request and answer from goroutine to
// goroutine, which costs more than all of our own work on a ReadVSD (README,
// Performance). Here a call stays on its goroutine.
type transport struct {
	dialer *dialer
	slots  chan struct{} // one for each connection that may be in use

	mu   sync.Mutex
	idle map[string][]*link // by scheme and address, the one used last at the end
	reap *time.Timer        // closes idle links; nil when none is waited for
}

func newTransport(d *dialer) *transport {
	return &transport{dialer: d, slots: make(chan struct{}, maxConnections), idle: map[string][]*link{}}
}

// link is one connection and what was read from it.
type link struct {
	net.Conn
	key   string
	in    *bufio.Reader
	out   *bufio.Writer
	left  int64     // bytes that may still be read, a bound for headers
	since time.Time // idle since then; zero for a new one
}

// errHeader is a header beyond maxHeader.
var errHeader = errors.New("response headers exceeded their limit")

// Read bounds what is read until the header is complete.
func (l *link) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errHeader
	}
	n, err := l.Conn.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}

// RoundTrip sends req and returns the answer, whose body must be read to its end
// or closed. A req with the key Idempotency-Key in its header is sent again, on
// a new connection, when a kept one turns out to be dead before any answer.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err // select would take either way
	}
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	resp, err := t.exchange(ctx, req)
	if err != nil {
		<-t.slots
	}
	return resp, err
}

func (t *transport) exchange(ctx context.Context, req *http.Request) (*http.Response, error) {
	key := req.URL.Scheme + "://" + req.URL.Host
	for {
		l, err := t.take(ctx, key, req)
		if err != nil {
			return nil, err
		}
		used := !l.since.IsZero()
		resp, err := t.send(ctx, l, req)
		if err == nil {
			return resp, nil
		}
		_ = l.Close() // it is of no use any more
		if !used || !replayable(req) || ctx.Err() != nil || !errors.Is(err, errDead) {
			return nil, err
		}
		if req.Body == nil {
			continue
		}
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
}

// replayable says that a request without answer may be sent again.
func replayable(req *http.Request) bool {
	_, ok := req.Header["Idempotency-Key"]
	return ok && req.GetBody != nil || req.Body == nil
}

// errDead marks a connection that ended before the first byte of an answer.
var errDead = errors.New("connection ended before an answer")

// errSent marks every error after the whole request was written.
var errSent = errors.New("request was written")

// errUnanswered marks a connection that had taken the whole request and ended
// before the first byte of an answer.
var errUnanswered = fmt.Errorf("%w: %w", errSent, errDead)

// send writes req and reads the header of the answer.
func (t *transport) send(ctx context.Context, l *link, req *http.Request) (*http.Response, error) {
	if err := l.SetDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("%w: %w", errDead, err)
	}
	// The end of ctx, in time or before, ends what blocks.
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	resp, err := l.roundTrip(req)
	if err != nil {
		stop()
		if ctx.Err() != nil && errors.Is(err, errSent) {
			return nil, fmt.Errorf("%w: %w", errSent, ctx.Err())
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, transport: t, link: l, stop: stop, keep: !resp.Close && !req.Close}
	return resp, nil
}

func (l *link) roundTrip(req *http.Request) (*http.Response, error) {
	l.left = maxHeader + bufferSize
	err := req.Write(l.out)
	if err == nil {
		err = l.out.Flush()
	}
	if err != nil {
		return nil, l.whyNotWritten(err)
	}
	if _, err := l.in.Peek(1); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	for range 5 { // what a server says on the way is passed over
		resp, err := http.ReadResponse(l.in, req)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errSent, err)
		case resp.StatusCode < 100 || resp.StatusCode > 199:
			l.left = math.MaxInt64
			return resp, nil
		case resp.StatusCode == http.StatusSwitchingProtocols:
			return nil, errors.New("malformed HTTP response: protocol switched")
		}
	}
	return nil, errors.New("malformed HTTP response: too many informational answers")
}

// alertDelay is how long a failed write waits for the reason, in a connection
// that the other side has closed.
const alertDelay = time.Second

// whyNotWritten looks for the alert that explains why a connection cannot be
// written to. In TLS 1.3 a client learns only after its handshake that its
// certificate is refused, and a write may fail before the alert was read.
func (l *link) whyNotWritten(err error) error {
	if isTimeout(err) {
		return err
	}
	_ = l.SetReadDeadline(time.Now().Add(alertDelay)) // else Peek fails at once
	if _, last := l.in.Peek(1); remoteAlert(last) != "" {
		err = last
	}
	return fmt.Errorf("%w: %w", errDead, err)
}

// probeAfter is how long a connection may be idle and be used unseen.
const probeAfter = 20 * time.Millisecond

// probeTime is how long a probe waits for the end of a connection.
const probeTime = time.Millisecond

// alive reports whether a kept connection can be used: the other side has
// neither closed it nor said something unasked.
func (l *link) alive(now time.Time) bool {
	idle := now.Sub(l.since)
	if idle > idleTimeout || l.in.Buffered() > 0 {
		return false
	}
	if idle < probeAfter {
		return true
	}
	l.left = bufferSize
	if l.SetReadDeadline(now.Add(probeTime)) != nil {
		return false
	}
	_, err := l.in.Peek(1)
	return isTimeout(err)
}

// take returns a kept connection or makes one.
func (t *transport) take(ctx context.Context, key string, req *http.Request) (*link, error) {
	for l := t.pop(key); l != nil; l = t.pop(key) {
		if l.alive(time.Now()) {
			return l, nil
		}
		_ = l.Close() // it is of no use any more
	}
	dial, port := t.dialer.dial, "80"
	if req.URL.Scheme == "https" {
		dial, port = t.dialer.dialTLS, "443"
	}
	if p := req.URL.Port(); p != "" {
		port = p
	}
	c, err := dial(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	l := &link{Conn: c, key: key}
	l.in, l.out = bufio.NewReaderSize(l, bufferSize), bufio.NewWriterSize(c, bufferSize)
	return l, nil
}

func (t *transport) pop(key string) *link {
	t.mu.Lock()
	defer t.mu.Unlock()
	links := t.idle[key]
	if len(links) == 0 {
		return nil
	}
	l := links[len(links)-1]
	links[len(links)-1] = nil
	t.idle[key] = links[:len(links)-1]
	return l
}

// put keeps a connection for the next call.
func (t *transport) put(l *link) {
	if t.dialer.life.Err() != nil {
		_ = l.Close() // it is of no use any more
		return
	}
	l.since = time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle[l.key] = append(t.idle[l.key], l)
	if t.reap == nil {
		t.reap = time.AfterFunc(idleTimeout, t.closeOld)
	}
}

// closeOld closes what was idle for idleTimeout, and comes back while there are
// others.
func (t *transport) closeOld() {
	limit := time.Now().Add(-idleTimeout)
	if t.closeIdle(func(l *link) bool { return !l.since.After(limit) }) {
		t.mu.Lock()
		t.reap = time.AfterFunc(idleTimeout, t.closeOld)
		t.mu.Unlock()
	}
}

// CloseIdleConnections closes the connections that no call uses.
func (t *transport) CloseIdleConnections() {
	t.closeIdle(func(*link) bool { return true })
}

// closeIdle closes idle connections and reports whether some are left.
func (t *transport) closeIdle(which func(*link) bool) (left bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, links := range t.idle {
		var kept []*link
		for _, l := range links {
			if which(l) {
				_ = l.Close() // nothing is left to be told
			} else {
				kept = append(kept, l)
			}
		}
		if t.idle[key] = kept; kept == nil {
			delete(t.idle, key)
		}
		left = left || kept != nil
	}
	if t.reap != nil {
		t.reap.Stop()
		t.reap = nil
	}
	return left
}

// body is the body of an answer, which gives its connection back at its end.
type body struct {
	io.ReadCloser
	transport *transport
	link      *link // nil when it was given back
	stop      func() bool
	keep      bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.link == nil {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done(err == io.EOF)
	}
	return n, err
}

// Close ends the connection of a body that was not read to its end: what is left
// of it may be long.
func (b *body) Close() error {
	if b.link != nil {
		b.done(false)
	}
	return nil
}

func (b *body) done(whole bool) {
	l := b.link
	b.link = nil
	// A ctx that ended just now has touched the deadline of the connection.
	if untouched := b.stop(); whole && b.keep && untouched {
		b.transport.put(l)
	} else {
		_ = l.Close() // it is of no use any more
	}
	<-b.transport.slots
}
