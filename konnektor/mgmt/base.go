package mgmt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Base is the Device that drivers build on: connection, session and profile. Its
// methods are all capabilities that a profile can describe; a driver embeds it
// and adds or replaces what is its vendor's own.
//
// It is safe for concurrent use; calls wait for each other.
type Base struct {
	cfg       Config
	address   string // host and port
	origin    string // https://host:port
	product   atomic.Pointer[Product]
	vendor    *Profile
	operators []*Profile
	http      *konnektor.HTTPClient
	turn      turn
	claim     *claim
	refusals  *refusals // nil without a state folder
	answered  atomic.Pointer[time.Time]

	// What follows is used with the turn only.
	session *session
	refused error // a login that was refused, once and for all
	holding bool  // the claim
	closed  bool
}

func newBase(cfg Config, port int, p Product, vendor *Profile, operators []*Profile) (*Base, error) {
	if _, ok := schemes[vendor.Auth]; !ok {
		return nil, configError("profile %s: auth: unknown", vendor.Name)
	}
	client, err := konnektor.NewHTTPClient(cfg.Trust, konnektor.HTTPOptions{ConnectTimeout: cfg.connectTimeout()})
	if err != nil {
		return nil, err
	}
	b := &Base{cfg: cfg, address: cfg.address(port), vendor: vendor, operators: operators, http: client, turn: newTurn()}
	b.origin = "https://" + b.address
	b.claim, b.refusals = newClaim(b.address, cfg.StateDir), newRefusals(b.address, cfg.StateDir)
	b.product.Store(&p)
	return b, nil
}

// Product is what Open recognised, and what was read of it since. It sends
// nothing.
func (b *Base) Product() Product { return *b.product.Load() }

// Address is host and port of the management interface.
func (b *Base) Address() string { return b.address }

// LogValue is the address.
func (b *Base) LogValue() slog.Value { return slog.StringValue(b.address) }

// String is product and address.
func (b *Base) String() string { return b.Product().String() + " at " + b.address }

// Format writes String, whatever the verb: a session is a secret.
func (b *Base) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, b.String()) // fmt keeps no error of a Formatter
}

// Close logs out, also when ctx has ended, and closes the connections. It waits
// for the call that is under way. It is safe to call it twice; the error is
// always nil.
func (b *Base) Close(ctx context.Context) error {
	_ = b.turn.take(context.WithoutCancel(ctx)) // cannot end
	defer b.turn.leave()
	if b.closed {
		return nil
	}
	b.logout(ctx)
	b.letGo()
	b.closed = true
	return b.http.Close()
}

// LastAnswer is when the box last answered a request, whatever it answered, a
// login included; zero means never. It tells a box that hardly answers from one
// that does not: package fix repeats a lost request while answers come.
func (b *Base) LastAnswer() time.Time {
	if t := b.answered.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// entry finds the call for op: the operator's, else the vendor's; nil for none.
func (b *Base) entry(op Operation) *Entry {
	p := b.Product()
	for _, own := range b.operators {
		if e := own.find(op, p); e != nil {
			return e
		}
	}
	return b.vendor.find(op, p)
}

// Evidence says how well the call for op is known; empty for a call that is not.
func (b *Base) Evidence(op Operation) Evidence {
	if e := b.entry(op); e != nil {
		return e.Evidence
	}
	return ""
}

// Can reports whether there is a call for op.
func (b *Base) Can(op Operation) bool { return b.entry(op) != nil }

// Need returns the [*UnknownEndpointError] of the first of ops for which there is
// no call, nil when there are all: for a change that consists of several calls
// and must not end half way.
func (b *Base) Need(ops ...Operation) error {
	for _, op := range ops {
		if !b.Can(op) {
			return b.unknown(op)
		}
	}
	return nil
}

// unknown is the error of an operation without an entry.
func (b *Base) unknown(op Operation) error {
	p := b.Product()
	return &UnknownEndpointError{Product: p, Operation: op, Procedure: procedure(p.Vendor, op, b.origin)}
}

// gaveUp is the error of a call whose ctx ended before it was sent.
func (b *Base) gaveUp(op Operation, cause error) error {
	kind := konnektor.KindCancelled
	if errors.Is(cause, context.DeadlineExceeded) {
		kind = konnektor.KindTimeout
	}
	return &waitError{op, kind, cause}
}

// waitError is a call that was given up while it waited for another one.
type waitError struct {
	op    Operation
	kind  konnektor.Kind
	cause error
}

func (e *waitError) Error() string {
	if errors.Is(e.cause, ErrBusy) {
		return "mgmt: " + string(e.op) + ": given up before it was sent: somebody else is logged in"
	}
	return "mgmt: " + string(e.op) + ": given up before it was sent"
}
func (e *waitError) Unwrap() []error { return []error{e.kind, e.cause} }

// Answer is a successful answer to an operation.
type Answer struct {
	Status int
	// Empty: the status says that there is nothing.
	Empty bool

	op    Operation
	entry *Entry
	reply reply
}

// Body is the body as the box sent it.
func (a *Answer) Body() []byte { return a.reply.body }

// Do carries out op. It logs in when that is needed, once more when the session
// is over, and returns an [*UnknownEndpointError], [*LoginError],
// [*RefusedError], [*RequestError] or [*konnektor.Failure].
//
// Of a call that restarts the box, the answer may be lost: the error is then nil
// when the request was sent.
func (b *Base) Do(ctx context.Context, op Operation, values Values) (*Answer, error) {
	e := b.entry(op)
	if e == nil {
		return nil, b.unknown(op)
	}
	if err := b.turn.take(ctx); err != nil {
		return nil, b.gaveUp(op, err)
	}
	defer b.turn.leave()
	if b.closed {
		return nil, ErrClosed
	}
	got, err := b.inSession(ctx, e, values)
	var failure *konnektor.Failure
	if e.Restart == RestartsBox && got.Sent && errors.As(err, &failure) && ctx.Err() == nil {
		return &Answer{Empty: true, op: op, entry: e}, nil
	}
	if err != nil {
		return nil, err
	}
	return b.answer(e, got)
}

// inSession sends e with a session. A session that is over is begun anew, once,
// unless it began just now.
func (b *Base) inSession(ctx context.Context, e *Entry, values Values) (konnektor.HTTPAnswer, error) {
	if e.Anonymous {
		return b.exchange(ctx, e, values, b.session)
	}
	fresh, err := b.login(ctx)
	if err != nil {
		return konnektor.HTTPAnswer{}, err
	}
	got, err := b.exchange(ctx, e, values, b.session)
	if err != nil || fresh || !b.over(e, got.Status) {
		return got, err
	}
	b.session = nil
	if _, err := b.login(ctx); err != nil {
		return konnektor.HTTPAnswer{}, err
	}
	return b.exchange(ctx, e, values, b.session)
}

// over reports whether a status says that there is no session. A servlet with a
// login form redirects to it.
func (b *Base) over(e *Entry, status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusFound, http.StatusSeeOther:
		return b.session.scheme.cookies && !e.accepts(status)
	}
	return false
}

// accepts reports whether a status is success.
func (e *Entry) accepts(status int) bool {
	if len(e.Accept) == 0 && status >= 200 && status < 300 {
		return true
	}
	return slices.Contains(e.Accept, status) || slices.Contains(e.Empty, status)
}

// answer judges the status.
func (b *Base) answer(e *Entry, got konnektor.HTTPAnswer) (*Answer, error) {
	if !e.accepts(got.Status) {
		return nil, &RefusedError{Operation: e.Operation, Status: got.Status, Codes: e.codes(got.Body)}
	}
	return &Answer{
		Status: got.Status, Empty: slices.Contains(e.Empty, got.Status), op: e.Operation, entry: e,
		reply: reply{header: got.Header, body: got.Body},
	}, nil
}

// Bounds of an answer, in bytes.
const (
	maxAnswer = 16 << 20
	maxBackup = 128 << 20
)

// exchange sends one request and logs it.
func (b *Base) exchange(ctx context.Context, e *Entry, values Values, s *session) (konnektor.HTTPAnswer, error) {
	req, err := b.request(e, values)
	if err != nil {
		return konnektor.HTTPAnswer{}, err
	}
	if s != nil {
		s.sign(req)
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.timeout(e.Slow))
	defer cancel()
	limit := int64(maxAnswer)
	if e.Operation == OpBackupCreate {
		limit = maxBackup
	}
	begun := time.Now()
	got, err := b.http.Do(req.WithContext(ctx), string(e.Operation), limit)
	if err == nil {
		b.answered.Store(new(time.Now()))
	}
	if s != nil && err == nil {
		s.keep(got)
	}
	b.log(ctx, e, req, got, begun, err)
	return got, err
}

// request makes the request of e.
func (b *Base) request(e *Entry, values Values) (*http.Request, error) {
	values = values.translated(e.Values)
	path, err := values.fill(e.Path, segment)
	if err != nil {
		return nil, err
	}
	query, err := values.query(e.Query)
	if err != nil {
		return nil, err
	}
	body, contentType, err := values.body(e)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(b.origin + path)
	if err != nil {
		return nil, requestError("%s: path cannot be sent", e.Operation)
	}
	u.RawQuery = query
	req := &http.Request{Method: e.Method, URL: u, Host: u.Host, Header: http.Header{"User-Agent": {"libkonnektor"}}, ProtoMajor: 1, ProtoMinor: 1}
	if contentType != "" {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		req.Header.Set("Content-Type", contentType)
	}
	return req, b.headers(req.Header, e, values)
}

// headers adds those of the profiles; those of the entry win.
func (b *Base) headers(h http.Header, e *Entry, values Values) error {
	with := Values{"origin": b.origin}
	for name, value := range values {
		with[name] = value
	}
	for _, templates := range []map[string]string{b.vendor.Headers, e.Headers} {
		for name, text := range templates {
			filled, err := with.fill(text, header)
			if err != nil {
				return err
			}
			h.Set(name, filled)
		}
	}
	if e.ContentType != "" {
		h.Set("Content-Type", e.ContentType)
	}
	return nil
}

// log writes the one line of a request: no header, no body, no value, no path.
func (b *Base) log(ctx context.Context, e *Entry, req *http.Request, got konnektor.HTTPAnswer, begun time.Time, err error) {
	level := slog.LevelInfo
	if err != nil || !e.accepts(got.Status) {
		level = slog.LevelWarn
	}
	if b.cfg.Log == nil || !b.cfg.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", string(e.Operation)), slog.String("method", e.Method), slog.String("host", b.address),
		slog.Float64("ms", float64(time.Since(begun).Microseconds())/1000), slog.Int("status", got.Status),
		slog.Int64("sent", req.ContentLength), slog.Int("received", len(got.Body)), slog.String("evidence", string(e.Evidence)),
	}
	var kind konnektor.Kind
	if errors.As(err, &kind) {
		attrs = append(attrs, slog.String("kind", string(kind)))
	}
	b.cfg.Log.LogAttrs(ctx, level, "management", attrs...)
}
