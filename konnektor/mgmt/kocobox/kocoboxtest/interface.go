package kocoboxtest

import (
	"crypto/rand"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// operations are the calls that public sources have seen.
var operations = map[string]string{
	"GET /administration/":                          "session",
	"POST /j_security_check":                        "login",
	"GET /administration/start.htm":                 "start",
	"GET /administration/json-retrieve/infoservice": "infoservice",
	"POST /administration/perform/reboot":           "reboot",
}

const cookieName = "JSESSIONID"

// handler is a Box as a [mgmttest.Handler].
type handler struct{ b *Box }

// Recognise finds the operation of a request.
func (h handler) Recognise(method, path string) (string, []string) {
	return operations[method+" "+path], nil
}

// Answer answers a request.
func (h handler) Answer(c *mgmttest.Call) mgmttest.Answer {
	b := h.b
	if b.Down() {
		return mgmttest.Answer{}
	}
	v, cookie := b.visit(c)
	switch c.Operation {
	case "session":
		if v == nil {
			return b.welcome()
		}
		return page("login", "")
	case "login":
		return b.login(c, v, cookie)
	}
	if v == nil {
		return page("login", "")
	}
	number, ok := b.Session(v.session)
	if !ok {
		// A page without a login shows the form again, with status 200: that it is
		// not 401 is a reading from what servlets do.
		return page("login", "")
	}
	c.Session = number
	switch c.Operation {
	case "start":
		return b.start(v)
	case "infoservice":
		return b.infoService(c, v)
	}
	return b.rebootRequest(c, v)
}

func (b *Box) visit(c *mgmttest.Call) (*visit, string) {
	cookie, err := c.HTTP.Cookie(cookieName)
	if err != nil {
		return nil, ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.visits[cookie.Value], cookie.Value
}

// welcome gives a session cookie.
func (b *Box) welcome() mgmttest.Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	cookie := rand.Text()
	b.visits[cookie] = &visit{token: rand.Text()}
	a := page("login", "")
	a.Header.Set("Set-Cookie", cookieName+"="+cookie+"; Path=/; Secure; HttpOnly")
	return a
}

// login answers a redirect, whatever the password is.
func (b *Box) login(c *mgmttest.Call, v *visit, cookie string) mgmttest.Answer {
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(c.Body))
	if kind != "application/x-www-form-urlencoded" || err != nil || len(form) != 2 || !form.Has("j_username") || !form.Has("j_password") {
		c.Complaint = "not a form with j_username and j_password"
		return mgmttest.Answer{Status: http.StatusBadRequest}
	}
	away := mgmttest.Answer{Status: http.StatusFound, Header: http.Header{"Location": {"/administration/start.htm"}}}
	if v == nil {
		// One client logs in without a visit before: it gets its cookie here.
		away.Header.Set("Set-Cookie", b.welcome().Header.Get("Set-Cookie"))
		r := http.Response{Header: away.Header}
		cookie = r.Cookies()[0].Value
	}
	if c.Undone {
		return away
	}
	session, _ := b.Login(form.Get("j_username"), form.Get("j_password"))
	if session != "" {
		c.Session = b.Counters().Logins
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.visits[cookie].session = session
	return away
}

// page is a page of HTML.
func page(title, content string) mgmttest.Answer {
	return mgmttest.Answer{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}},
		Body: fmt.Appendf(nil, "<!DOCTYPE html>\n<html><head><title>KoCoBox simulator: %s</title></head>\n<body>\n%s</body></html>\n", title, content),
	}
}

// start has the token in a hidden textarea.
func (b *Box) start(v *visit) mgmttest.Answer {
	if b.opts.PasswordExpired {
		return page("password", `<form action="#"><input type="password" name="new"></form>`+"\n")
	}
	content := "<h1>Start</h1>\n"
	if !b.opts.WithoutTextarea {
		content += `<textarea id="x-token" name="x-token" style="display:none" readonly>` + v.token + "</textarea>\n"
	}
	return page("start", content)
}

// infoService gives the token as the value of its first cookie. Its content is
// not known.
func (b *Box) infoService(c *mgmttest.Call, v *visit) mgmttest.Answer {
	if c.Header.Get("Content-Type") != "application/json" {
		c.Complaint = "Content-Type must be application/json"
		return mgmttest.Answer{Status: http.StatusUnsupportedMediaType}
	}
	if b.opts.PasswordExpired {
		return b.start(v)
	}
	return mgmttest.Answer{
		Status: http.StatusOK, Body: []byte("{}"),
		Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"X-TOKEN=" + v.token + "; Path=/; Secure", "other=1"}},
	}
}

func (b *Box) rebootRequest(c *mgmttest.Call, v *visit) mgmttest.Answer {
	switch {
	case c.Header.Get("Content-Type") != "application/json":
		c.Complaint = "Content-Type must be application/json"
		return mgmttest.Answer{Status: http.StatusUnsupportedMediaType}
	case len(c.Body) > 0:
		c.Complaint = "a body where none belongs"
		return mgmttest.Answer{Status: http.StatusBadRequest}
	case c.Header.Get("X-TOKEN") != v.token:
		c.Complaint = "X-TOKEN is not the token"
		return mgmttest.Answer{Status: http.StatusForbidden}
	}
	a := mgmttest.Answer{Status: http.StatusOK}
	if !c.Undone {
		a.Then = b.BeginRestart()
	}
	return a
}
