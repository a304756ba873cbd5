package secunettest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

const loginPath, logoutPath = "/rest/mgmt/ak/konten/login", "/rest/mgmt/ak/konten/profil/logout"

func TestLoginAndLogout(t *testing.T) {
	box := secunettest.New(t)
	c := connect(t, box)
	status, header, body := c.do("POST", loginPath, map[string]string{"username": box.User(), "password": box.Password()})
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, body)
	c.token = header.Get("Authorization")
	c.get(statusPath)
	status, _, _ = c.do("DELETE", logoutPath, nil)
	require.Equal(t, http.StatusNoContent, status)
	status, _, _ = c.do("GET", statusPath, nil)
	require.Equal(t, http.StatusUnauthorized, status)

	n := box.Counters()
	require.Equal(t, 1, n.Logins)
	require.Equal(t, 1, n.Logouts)
	require.Equal(t, 0, n.Open)
	require.Equal(t, 1, n.MostOpen)
	require.Equal(t, []string{"login", "status", "logout", "status"}, box.Operations())
	require.Empty(t, box.Complaints(), "a session that is over is no breach of the rules")
}

func TestWrongPasswordsLockTheAccount(t *testing.T) {
	box := secunettest.New(t)
	c := connect(t, box)
	for i := 1; i <= 3; i++ {
		status, header, _ := c.do("POST", loginPath, map[string]string{"username": box.User(), "password": "wrong"})
		require.Equal(t, http.StatusUnauthorized, status)
		require.Empty(t, header.Get("Authorization"))
		require.Equal(t, i, box.Counters().WrongPasswords)
	}
	require.True(t, box.Counters().Locked)
	status, _, _ := c.do("POST", loginPath, map[string]string{"username": box.User(), "password": box.Password()})
	require.Equal(t, http.StatusUnauthorized, status, "the right password comes too late")
	box.Unlock()
	c.login()
}

func TestSessionsEndByTheClock(t *testing.T) {
	clock := standing()
	box := secunettest.NewWith(t, secunettest.Options{Clock: clock, Account: mgmttest.Account{Lifetime: time.Hour}})
	c := login(t, box)
	for range 4 {
		clock.Advance(14 * time.Minute)
		c.get(statusPath)
	}
	clock.Advance(5 * time.Minute)
	status, _, _ := c.do("GET", statusPath, nil)
	require.Equal(t, http.StatusUnauthorized, status, "an hour in all")
	c.token = ""
	c.login()
	clock.Advance(15 * time.Minute)
	status, _, _ = c.do("GET", statusPath, nil)
	require.Equal(t, http.StatusUnauthorized, status, "15 minutes without a request")
}

func TestSessionLimit(t *testing.T) {
	box := secunettest.NewWith(t, secunettest.Options{Account: mgmttest.Account{MaxSessions: 1}})
	first, second := login(t, box), connect(t, box)
	body := map[string]string{"username": box.User(), "password": box.Password()}
	status, header, _ := second.do("POST", loginPath, body)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Empty(t, header.Get("Authorization"))
	first.do("DELETE", logoutPath, nil)
	second.login()
	require.Equal(t, 1, box.Counters().MostOpen)
}

func TestWhatBreaksTheRulesIsRefusedAndKept(t *testing.T) {
	for name, send := range map[string]func(*client) int{
		"no token":             func(c *client) int { c.token = ""; return first(c.do("GET", statusPath, nil)) },
		"token without Bearer": func(c *client) int { c.token = c.token[7:] + "x"; return first(c.do("GET", statusPath, nil)) },
		"unknown path":         func(c *client) int { return first(c.do("GET", "/rest/mgmt/ak/tsl", nil)) },
		"other method":         func(c *client) int { return first(c.do("GET", rebootPath, nil)) },
		"body in GET":          func(c *client) int { return first(c.do("GET", statusPath, map[string]int{})) },
		"unknown query":        func(c *client) int { return first(c.do("GET", statusPath+"?all=true", nil)) },
		"reboot with a body":   func(c *client) int { return first(c.do("POST", rebootPath, map[string]int{"now": 1})) },
		"PUT without strict":   func(c *client) int { return first(c.do("PUT", settingsPath, c.object(settingsPath))) },
		"bytes for JSON":       func(c *client) int { return first(c.do("PUT", strictPath, []byte("{}"))) },
		"login with a token": func(c *client) int {
			return first(c.do("POST", loginPath, map[string]string{"username": "a", "password": "b"}))
		},
		"login, other names": func(c *client) int {
			c.token = ""
			return first(c.do("POST", loginPath, map[string]string{"Username": "a", "password": "b"}))
		},
		"deregistration": func(c *client) int { return first(c.do("DELETE", "/simulator/registration", nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			box := secunettest.New(t)
			c := login(t, box)
			before := box.State()
			require.GreaterOrEqual(t, send(c), 400)
			if name == "token without Bearer" {
				require.Empty(t, box.Complaints())
			} else {
				require.Len(t, box.Complaints(), 1)
			}
			require.Equal(t, before, box.State())
			require.Empty(t, box.Changes())
		})
	}
}

func first(status int, _ http.Header, _ []byte) int { return status }
