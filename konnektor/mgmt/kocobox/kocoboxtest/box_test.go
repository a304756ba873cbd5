package kocoboxtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/kocobox/kocoboxtest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// client is a bare HTTPS client with a jar for cookies.
type client struct {
	t    *testing.T
	box  *kocoboxtest.Box
	http *http.Client
}

func connect(t *testing.T, box *kocoboxtest.Box) *client {
	t.Helper()
	cert, err := x509.ParseCertificate(box.Certificate())
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "kocobox"}}
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &client{t, box, &http.Client{Transport: transport, Timeout: time.Minute, Jar: jar}}
}

func (c *client) read(resp *http.Response, err error) (int, string) {
	c.t.Helper()
	require.NoError(c.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp.StatusCode, string(b)
}

func (c *client) login(password string) string {
	c.t.Helper()
	_, page := c.read(c.http.PostForm(c.box.URL()+"/j_security_check", url.Values{"j_username": {c.box.User()}, "j_password": {password}}))
	return page
}

func (c *client) request(method, path, token string) (int, string, []*http.Cookie) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.box.URL()+path, nil)
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-TOKEN", token)
	}
	resp, err := c.http.Do(req)
	require.NoError(c.t, err)
	status, body := c.read(resp, err)
	return status, body, resp.Cookies()
}

var hidden = regexp.MustCompile(`<textarea[^>]*name="x-token"[^>]*>([^<]+)</textarea>`)

func TestLoginTokenReboot(t *testing.T) {
	for name, visited := range map[string]bool{"after a visit": true, "at once": false} {
		t.Run(name, func(t *testing.T) {
			clock := mgmttest.NewClock(time.Time{})
			box := kocoboxtest.NewWith(t, kocoboxtest.Options{BoxOptions: mgmttest.BoxOptions{Clock: clock}})
			c := connect(t, box)
			if visited {
				c.read(c.http.Get(box.URL() + "/administration/"))
			}
			found := hidden.FindStringSubmatch(c.login(box.Password()))
			require.Len(t, found, 2, "the redirect leads to the start page")
			status, _, cookies := c.request("GET", "/administration/json-retrieve/infoservice", "")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, found[1], cookies[0].Value)

			status, _, _ = c.request("POST", "/administration/perform/reboot", "wrong")
			require.Equal(t, http.StatusForbidden, status)
			require.Len(t, box.Complaints(), 1)
			status, _, _ = c.request("POST", "/administration/perform/reboot", found[1])
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, 1, box.Restarts())
			_, err := c.http.Get(box.URL() + "/administration/")
			require.Error(t, err)
			clock.Advance(3 * time.Minute)
			_, page := c.read(c.http.Get(box.URL() + "/administration/start.htm"))
			require.NotRegexp(t, hidden, page, "the session is lost")
		})
	}
}

func TestWrongPasswordLooksLikeARightOne(t *testing.T) {
	box := kocoboxtest.New(t)
	c := connect(t, box)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.read(c.http.Get(box.URL() + "/administration/"))
	for _, password := range []string{"wrong", box.Password()} {
		status, _ := c.read(c.http.PostForm(box.URL()+"/j_security_check", url.Values{"j_username": {box.User()}, "j_password": {password}}))
		require.Equal(t, http.StatusFound, status)
		_, page := c.read(c.http.Get(box.URL() + "/administration/start.htm"))
		require.Equal(t, password == box.Password(), hidden.MatchString(page))
	}
	require.Equal(t, 1, box.Counters().AllWrong)
	require.Empty(t, box.Complaints())
}

func TestPasswordTheBoxWantsToBeNew(t *testing.T) {
	box := kocoboxtest.NewWith(t, kocoboxtest.Options{PasswordExpired: true})
	c := connect(t, box)
	require.NotRegexp(t, hidden, c.login(box.Password()))
	_, _, cookies := c.request("GET", "/administration/json-retrieve/infoservice", "")
	require.Empty(t, cookies)
}

func TestTokenOnlyFromTheInfoService(t *testing.T) {
	box := kocoboxtest.NewWith(t, kocoboxtest.Options{WithoutTextarea: true})
	c := connect(t, box)
	require.NotRegexp(t, hidden, c.login(box.Password()))
	_, _, cookies := c.request("GET", "/administration/json-retrieve/infoservice", "")
	require.NotEmpty(t, cookies[0].Value)
}
