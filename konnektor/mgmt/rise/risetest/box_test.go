package risetest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise/risetest"
)

// client is a bare HTTPS client that trusts one certificate.
func client(t *testing.T, name string, certificate []byte) *http.Client {
	t.Helper()
	cert, err := x509.ParseCertificate(certificate)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// send sends a request with the fixed headers and returns status, first cookie
// and body.
func send(t *testing.T, box *risetest.Box, method, path, cookie, body string, without ...string) (int, string, string) {
	t.Helper()
	req, err := http.NewRequest(method, box.URL()+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("X-Requested-With", "RISEHttpRequest")
	req.Header.Set("Referer", box.URL())
	req.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: "JSESSIONID", Value: cookie})
	}
	for _, name := range without {
		req.Header.Del(name)
	}
	resp, err := client(t, "rise-konnektor", box.Certificate()).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	if all := resp.Cookies(); len(all) > 0 {
		return resp.StatusCode, all[0].Value, string(b)
	}
	return resp.StatusCode, "", string(b)
}

const currentPath, loginPath, statusPath, rebootPath = "/api/v1/users/current", "/api/v1/auth/login", "/api/v1/status", "/api/v1/mgm/reboot"

func login(t *testing.T, box *risetest.Box) (cookie string) {
	t.Helper()
	status, cookie, _ := send(t, box, "GET", currentPath, "", "")
	require.Equal(t, http.StatusNoContent, status)
	body, err := json.Marshal(map[string]string{"user": box.User(), "password": box.Password()})
	require.NoError(t, err)
	status, _, _ = send(t, box, "POST", loginPath, cookie, string(body))
	require.Equal(t, http.StatusOK, status)
	return cookie
}

func TestSessionLoginStatusReboot(t *testing.T) {
	clock := mgmttest.NewClock(time.Time{})
	box := risetest.NewWith(t, risetest.Options{BoxOptions: mgmttest.BoxOptions{Clock: clock}})
	cookie := login(t, box)
	status, _, body := send(t, box, "GET", statusPath, cookie, "")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"vpnState":{"tiOnline":true}}`, body)
	box.Konnektor.SetOnline(konnektortest.TI, false)
	_, _, body = send(t, box, "GET", statusPath, cookie, "")
	require.JSONEq(t, `{"vpnState":{"tiOnline":false}}`, body)

	status, _, _ = send(t, box, "POST", rebootPath, cookie, "")
	require.Equal(t, http.StatusOK, status)
	require.True(t, box.Down())
	_, err := client(t, "rise-konnektor", box.Certificate()).Get(box.URL() + statusPath)
	require.Error(t, err)
	clock.Advance(3 * time.Minute)
	require.False(t, box.Down())
	status, _, _ = send(t, box, "GET", statusPath, cookie, "")
	require.Equal(t, http.StatusUnauthorized, status, "the session is lost")
	require.Equal(t, 1, box.Restarts())
	// net/http may send a GET twice when the box has just gone down.
	require.Equal(t, []string{"session", "login", "status", "reboot", "status"}, slices.Compact(box.Operations()))
	require.Empty(t, box.Complaints())
}

func TestFixedHeadersAndCookieAreNeeded(t *testing.T) {
	for name, x := range map[string]struct {
		send      func(*risetest.Box, string) int
		complaint bool
	}{
		"no Referer": {func(b *risetest.Box, c string) int {
			return status(send(t, b, "GET", statusPath, c, "", "Referer"))
		}, true},
		"no X-Requested-With": {func(b *risetest.Box, c string) int {
			return status(send(t, b, "GET", statusPath, c, "", "X-Requested-With"))
		}, true},
		"no cookie":      {func(b *risetest.Box, _ string) int { return status(send(t, b, "GET", statusPath, "", "")) }, true},
		"unknown cookie": {func(b *risetest.Box, _ string) int { return status(send(t, b, "GET", statusPath, "x", "")) }, false},
		"other names": {func(b *risetest.Box, c string) int {
			return status(send(t, b, "POST", loginPath, c, `{"username":"a","password":"b"}`))
		}, true},
		"wrong password": {func(b *risetest.Box, c string) int {
			return status(send(t, b, "POST", loginPath, c, `{"user":"admin","password":"b"}`))
		}, false},
		"unknown path":    {func(b *risetest.Box, c string) int { return status(send(t, b, "GET", "/api/v1/ctm/state", c, "")) }, true},
		"reboot, strange": {func(b *risetest.Box, c string) int { return status(send(t, b, "POST", rebootPath, c, `{"now":true}`)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			box := risetest.New(t)
			cookie := login(t, box)
			require.GreaterOrEqual(t, x.send(box, cookie), 400)
			require.Equal(t, x.complaint, len(box.Complaints()) == 1, box.Complaints())
			require.Zero(t, box.Restarts())
		})
	}
}

func status(code int, _, _ string) int { return code }

func TestRebootMayWantTheLoginOnceMore(t *testing.T) {
	box := risetest.NewWith(t, risetest.Options{CredentialsAtReboot: true})
	cookie := login(t, box)
	require.Equal(t, http.StatusBadRequest, status(send(t, box, "POST", rebootPath, cookie, "")))
	require.Equal(t, http.StatusForbidden, status(send(t, box, "POST", rebootPath, cookie, `{"user":"admin","password":"wrong"}`)))
	body, err := json.Marshal(map[string]string{"user": box.User(), "password": box.Password()})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status(send(t, box, "POST", rebootPath, cookie, string(body))))
	require.Equal(t, 1, box.Restarts())
}

func TestTIClient(t *testing.T) {
	box := risetest.NewTIClient(t)
	c := client(t, "ti-client", box.Certificate())
	form := url.Values{"client_id": {box.ClientID()}, "client_secret": {"wrong"}, "scope": {"API"}, "grant_type": {"client_credentials"}}
	resp, err := c.PostForm(box.URL()+"/oauth2/token", form)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	form.Set("client_secret", box.ClientSecret())
	resp, err = c.PostForm(box.URL()+"/oauth2/token", form)
	require.NoError(t, err)
	var token struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		Scope       string
		ExpiresIn   int `json:"expires_in"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&token))
	resp.Body.Close()
	require.Equal(t, "Bearer", token.TokenType)
	require.Equal(t, "API", token.Scope)
	require.Positive(t, token.ExpiresIn)

	call := func(method, path, body string) (int, []byte) {
		req, err := http.NewRequest(method, box.URL()+path, bytes.NewBufferString(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := c.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, b
	}
	const proxied = "/api/v1/konnektor/default/api/v1/ctm/"
	code, body := call("GET", proxied+"state", "")
	require.Equal(t, http.StatusOK, code)
	var state struct {
		List []map[string]any `json:"CTM_CT_LIST"`
	}
	require.NoError(t, json.Unmarshal(body, &state))
	require.Len(t, state.List, 3)
	require.Equal(t, "T1", state.List[0]["CTID"])
	code, _ = call("POST", proxied+"terminals/change-correlation", `{"ctId":"T1","correlation":"BEKANNT"}`)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "BEKANNT", box.Correlation("T1"))
	code, _ = call("POST", proxied+"terminals/add", `{"ipAddress":"192.0.2.9"}`)
	require.Equal(t, http.StatusBadRequest, code)
	box.ExpireSessions()
	code, _ = call("GET", proxied+"state/T1", "")
	require.Equal(t, http.StatusUnauthorized, code)
}
