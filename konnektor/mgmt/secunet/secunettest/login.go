package secunettest

import (
	"net/http"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// login gives the token in a header of an answer without content.
func (b *Box) login(c *mgmttest.Call) mgmttest.Answer {
	var in struct{ Username, Password string }
	if err := decode(c.Body, &in, "username", "password"); err != nil {
		return complain(c, http.StatusBadRequest, err.Error())
	}
	if c.Header.Get("Authorization") != "" {
		return complain(c, http.StatusBadRequest, "an Authorization header at login")
	}
	if c.Undone {
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	}
	token, why := b.Login(in.Username, in.Password)
	switch why {
	case "":
	case "sessions":
		return mgmttest.Answer{Status: http.StatusServiceUnavailable} // the simulator's choice
	default:
		return mgmttest.Answer{Status: http.StatusUnauthorized} // the simulator's choice
	}
	token = "Bearer " + token
	c.Session = b.Counters().Logins
	return mgmttest.Answer{Status: http.StatusNoContent, Header: http.Header{"Authorization": {token}}}
}

// logout ends the session.
func (b *Box) logout(c *mgmttest.Call) mgmttest.Answer {
	if !c.Undone {
		b.Logout(token(c))
	}
	return mgmttest.Answer{Status: http.StatusNoContent}
}
