package mgmt

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestCookiesOfASession(t *testing.T) {
	s := newSession(schemes[AuthFormToken])
	for _, lines := range [][]string{
		{"JSESSIONID=first; Path=/; Secure; HttpOnly", "lang=de"},
		{"JSESSIONID=second; Path=/administration"},
		{"lang=; Max-Age=0"},
		{"old=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "not a cookie"},
	} {
		s.keep(konnektor.HTTPAnswer{Header: http.Header{"Set-Cookie": lines}})
	}
	req := &http.Request{Header: http.Header{}}
	s.sign(req)
	require.Equal(t, []string{"JSESSIONID=second"}, req.Header["Cookie"])

	without := newSession(schemes[AuthBearerHeader])
	without.keep(konnektor.HTTPAnswer{Header: http.Header{"Set-Cookie": {"a=b"}}})
	require.Empty(t, without.cookies)
}
