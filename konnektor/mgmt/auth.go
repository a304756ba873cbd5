package mgmt

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// scheme is a way to log in.
type scheme struct {
	steps []Operation // in order
	// header carries the token behind prefix; empty without token.
	header, prefix string
	cookies        bool
	// token says that a login without a token has failed.
	token bool
}

// schemes are the ways to log in, by name.
//
//   - bearer-header: POST of a JSON login; the answer has the token in a header,
//     which goes back exactly as it came (secunet).
//   - cookie: a first request for the session cookie, then the JSON login; fixed
//     headers are in the profile (RISE).
//   - form-token: a first request for the session cookie, a form login, then the
//     token of a page, which alone proves that the login worked (KoCoBox).
//   - oauth2-client-credentials: a form with client_id and client_secret; the
//     answer has the token (RISE TI-Client).
var schemes = map[AuthScheme]scheme{
	AuthBearerHeader: {steps: []Operation{OpLogin}, header: "Authorization", token: true},
	AuthCookie:       {steps: []Operation{OpSession, OpLogin}, cookies: true},
	AuthFormToken:    {steps: []Operation{OpSession, OpLogin, OpToken}, header: "X-Token", cookies: true, token: true},
	AuthOAuth2:       {steps: []Operation{OpLogin}, header: "Authorization", prefix: "Bearer ", token: true},
}

// session is one admin session. It is used with the Device's turn only.
type session struct {
	scheme scheme
	token  string
	// cookies are those of the box, in the order in which it set them. A session
	// talks to one origin, so every cookie goes with every request: what a path
	// would keep back, the box passes over.
	cookies []*http.Cookie
}

func newSession(s scheme) *session { return &session{scheme: s} }

// sign adds token and cookies to a request.
func (s *session) sign(req *http.Request) {
	if s.token != "" {
		req.Header.Set(s.scheme.header, s.scheme.prefix+s.token)
	}
	for _, c := range s.cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
	}
}

// maxCookies bounds what a box may set.
const maxCookies = 50

// keep takes the cookies of an answer. One that has ended is dropped.
func (s *session) keep(answer konnektor.HTTPAnswer) {
	if !s.scheme.cookies {
		return
	}
	for _, c := range (&http.Response{Header: answer.Header}).Cookies() {
		at := slices.IndexFunc(s.cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		ended := c.MaxAge < 0 || !c.Expires.IsZero() && c.MaxAge == 0 && c.Expires.Before(time.Now())
		switch {
		case at >= 0 && ended:
			s.cookies = slices.Delete(s.cookies, at, at+1)
		case at >= 0:
			s.cookies[at] = c
		case !ended && len(s.cookies) < maxCookies:
			s.cookies = append(s.cookies, c)
		}
	}
}

// loginGrace is how long a login that is under way may go on after its ctx has
// ended: a session whose token was not read cannot be logged out.
const loginGrace = 5 * time.Second

// outlast is a context that ends a bounded time after ctx.
func outlast(ctx context.Context, grace time.Duration) (context.Context, func()) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return out, func() { stop(); cancel() }
}

// login begins a session, when nobody else has one at the box. fresh says that it
// did.
func (b *Base) login(ctx context.Context) (fresh bool, err error) {
	if b.session != nil {
		return false, nil
	}
	if b.refused != nil {
		return false, b.refused
	}
	if err := b.claimBox(ctx); err != nil {
		return false, err
	}
	credentials, err := b.cfg.credentials(ctx)
	if err == nil {
		err = b.tryOnce(ctx, credentials)
	}
	if err == nil && ctx.Err() != nil {
		err = b.gaveUp(OpLogin, ctx.Err())
		b.logout(ctx)
	}
	if err != nil {
		b.letGo()
		return false, err
	}
	return true, nil
}

// claimBox sees to it that nobody else logs in, until letGo.
func (b *Base) claimBox(ctx context.Context) error {
	if b.holding {
		return nil
	}
	err := b.claim.take(ctx, b.cfg.timeout(true))
	var state *StateError
	switch {
	case errors.As(err, &state):
		return err
	case err != nil:
		return b.gaveUp(OpLogin, err)
	}
	b.holding = true
	return nil
}

// tryOnce sends a login, unless the box has refused that one before. A refusal
// is remembered before it is told.
func (b *Base) tryOnce(ctx context.Context, c Credentials) error {
	before, err := b.refusals.find(c)
	if err != nil {
		return err
	}
	if before != nil {
		b.refused = &LoginError{Product: b.Product(), Status: before.Status, Before: before.At, File: b.refusals.path}
		return b.refused
	}
	err = b.begin(ctx, c)
	var login *LoginError
	if errors.As(err, &login) {
		b.refused = errors.Join(err, b.refusals.add(c, login.Status, time.Now()))
		return b.refused
	}
	return err
}

// begin sends the requests of a login.
func (b *Base) begin(ctx context.Context, c Credentials) error {
	ctx, done := outlast(ctx, loginGrace)
	defer done()
	s := newSession(schemes[b.vendor.Auth])
	values := Values{"user": c.User, "password": string(c.Password), "origin": b.origin}
	for _, op := range s.scheme.steps {
		if err := b.step(ctx, s, op, values); err != nil {
			return err
		}
	}
	b.session = s
	return nil
}

// step sends one request of a login and keeps what it gives.
func (b *Base) step(ctx context.Context, s *session, op Operation, values Values) error {
	e := b.vendor.find(op, b.Product())
	if e == nil {
		return b.unknown(op)
	}
	answer, err := b.exchange(ctx, e, values, s)
	if answer.Status != 0 && !e.accepts(answer.Status) {
		return b.refusedStep(op, answer.Status) // also when the rest of the answer was lost
	}
	if err != nil {
		return err
	}
	err = b.keepToken(e, s, answer)
	if op == OpToken && err != nil && b.vendor.find(OpTokenFallback, b.Product()) != nil {
		return b.step(ctx, s, OpTokenFallback, values)
	}
	return err
}

// keepToken takes the token of an answer. Where there is none, the login has
// failed: some boxes answer a wrong password as a right one, and then with the
// page of the login form where JSON should be.
func (b *Base) keepToken(e *Entry, s *session, answer konnektor.HTTPAnswer) error {
	if len(e.Extract) == 0 {
		return nil
	}
	r := reply{header: answer.Header, body: answer.Body}
	results, err := r.extract(e.Extract)
	token, _ := results["token"].(string)
	if e.Operation == OpTokenFallback && !json.Valid(answer.Body) {
		token = ""
	}
	if err != nil || token == "" {
		return &LoginError{Product: b.Product(), Status: answer.Status}
	}
	s.token = token
	return nil
}

// passing are statuses that say nothing about a password: the box is busy or has
// no such path.
var passing = []int{
	http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests,
}

// refusedStep words a login that was not accepted.
func (b *Base) refusedStep(op Operation, status int) error {
	busy := status >= 500 || slices.Contains(passing, status)
	if op == OpSession || busy && op != OpTokenFallback {
		return &RefusedError{Operation: op, Status: status}
	}
	return &LoginError{Product: b.Product(), Status: status}
}

// logoutTimeout bounds a logout.
const logoutTimeout = 10 * time.Second

// logout ends the session, also when ctx has ended. That it fails is logged and
// not told: the box ends idle sessions by itself.
func (b *Base) logout(ctx context.Context) {
	if b.session == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTimeout)
	defer cancel()
	s := b.session
	b.session = nil
	if e := b.vendor.find(OpLogout, b.Product()); e != nil {
		_, _ = b.exchange(ctx, e, Values{"origin": b.origin}, s) // it is in the log
	}
}

// letGo lets others log in.
func (b *Base) letGo() {
	b.session = nil
	if b.holding {
		b.holding = false
		b.claim.release()
	}
}
