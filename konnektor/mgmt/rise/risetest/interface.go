package risetest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"mime"
	"net/http"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// operations are the calls that public sources have seen.
var operations = map[string]string{
	"GET /api/v1/users/current": "session",
	"POST /api/v1/auth/login":   "login",
	"GET /api/v1/status":        "status",
	"POST /api/v1/mgm/reboot":   "reboot",
}

// handler is a Box as a [mgmttest.Handler].
type handler struct{ b *Box }

// Recognise finds the operation of a request.
func (h handler) Recognise(method, path string) (string, []string) {
	return operations[method+" "+path], nil
}

// Answer answers a request. The statuses of refusals are the simulator's: real
// ones are not known.
func (h handler) Answer(c *mgmttest.Call) mgmttest.Answer {
	b := h.b
	if b.Down() {
		return mgmttest.Answer{}
	}
	if c.Header.Get("Referer") == "" {
		return complain(c, http.StatusForbidden, "no Referer")
	}
	if c.Operation == "session" {
		return b.session(c)
	}
	cookie := cookieOf(c)
	token, known := b.token(cookie)
	switch {
	case c.Header.Get("X-Requested-With") != "RISEHttpRequest":
		return complain(c, http.StatusForbidden, "no X-Requested-With: RISEHttpRequest")
	case cookie == "":
		return complain(c, http.StatusUnauthorized, "no cookie JSESSIONID")
	case !known:
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	case c.Operation == "login":
		return b.login(c, cookie)
	}
	number, ok := b.Session(token)
	if !ok {
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	}
	c.Session = number
	if c.Operation == "reboot" {
		return b.rebootRequest(c)
	}
	return b.status(c)
}

func cookieOf(c *mgmttest.Call) string {
	cookie, err := c.HTTP.Cookie("JSESSIONID")
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (b *Box) token(cookie string) (token string, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	token, known = b.cookies[cookie]
	return token, known
}

// session gives a cookie: 204 without a login behind it. What a user who is
// logged in gets is a reading.
func (b *Box) session(c *mgmttest.Call) mgmttest.Answer {
	cookie := cookieOf(c)
	if token, known := b.token(cookie); known && token != "" {
		if number, ok := b.Session(token); ok {
			c.Session = number
			return answer(map[string]string{"user": b.User()})
		}
	}
	cookie = rand.Text()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cookies[cookie] = ""
	return mgmttest.Answer{
		Status: http.StatusNoContent,
		Header: http.Header{"Set-Cookie": {"JSESSIONID=" + cookie + "; Path=/; Secure; HttpOnly"}},
	}
}

// credentials are those in a body, which must have nothing else.
func credentials(c *mgmttest.Call) (user, password string, why string) {
	if kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); kind != "application/json" {
		return "", "", "Content-Type must be application/json"
	}
	var in map[string]*string
	if err := json.Unmarshal(c.Body, &in); err != nil || len(in) != 2 || in["user"] == nil || in["password"] == nil {
		return "", "", "the body must have user and password"
	}
	return *in["user"], *in["password"], ""
}

func (b *Box) login(c *mgmttest.Call, cookie string) mgmttest.Answer {
	user, password, why := credentials(c)
	if why != "" {
		return complain(c, http.StatusBadRequest, why)
	}
	if c.Undone {
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	}
	token, why := b.Login(user, password)
	if why != "" {
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	}
	c.Session = b.Counters().Logins
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cookies[cookie] = token
	return answer(map[string]string{"user": user})
}

// status has one field that is known.
func (b *Box) status(c *mgmttest.Call) mgmttest.Answer {
	if len(c.Body) > 0 {
		return complain(c, http.StatusBadRequest, "a body where none belongs")
	}
	return answer(map[string]any{"vpnState": map[string]any{"tiOnline": b.Konnektor.Online(konnektortest.TI)}})
}

// rebootRequest takes the login in the body, an empty object or nothing.
func (b *Box) rebootRequest(c *mgmttest.Call) mgmttest.Answer {
	text := bytes.TrimSpace(c.Body)
	if b.opts.CredentialsAtReboot || len(text) > 0 && string(text) != "{}" {
		user, password, why := credentials(c)
		switch {
		case why != "":
			return complain(c, http.StatusBadRequest, why)
		case user != b.User() || password != b.Password():
			return mgmttest.Answer{Status: http.StatusForbidden}
		}
	}
	a := mgmttest.Answer{Status: http.StatusOK}
	if !c.Undone {
		a.Then = b.BeginRestart()
	}
	return a
}
