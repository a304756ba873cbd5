package secunettest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/secunet/secunettest"
)

// client is a bare HTTPS client: nothing of the library's drivers is in between.
type client struct {
	t     *testing.T
	box   *secunettest.Box
	http  *http.Client
	token string
}

func connect(t *testing.T, box *secunettest.Box) *client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: pinned(t, box)}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, box: box, http: &http.Client{Transport: transport, Timeout: time.Minute}}
}

// pinned trusts the certificate of the box and nothing else.
func pinned(t *testing.T, box *secunettest.Box) *tls.Config {
	t.Helper()
	cert, err := x509.ParseCertificate(box.Certificate())
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{RootCAs: roots, ServerName: "conn-at-pu"}
}

// login is a client with a session.
func login(t *testing.T, box *secunettest.Box) *client {
	t.Helper()
	c := connect(t, box)
	c.login()
	return c
}

func (c *client) login() {
	c.t.Helper()
	status, header, _ := c.do("POST", "/rest/mgmt/ak/konten/login", map[string]string{"username": c.box.User(), "password": c.box.Password()})
	require.Equal(c.t, http.StatusNoContent, status)
	c.token = header.Get("Authorization")
	require.True(c.t, strings.HasPrefix(c.token, "Bearer "))
}

// again logs in anew: the session is gone, and so may be the connections.
func (c *client) again() {
	c.t.Helper()
	c.http.CloseIdleConnections()
	c.token = ""
	c.login()
}

// try sends a request; the body is JSON, bytes or none.
func (c *client) try(method, path string, body any) (*http.Response, error) {
	c.t.Helper()
	var content io.Reader
	kind := ""
	switch v := body.(type) {
	case nil:
	case []byte:
		content, kind = bytes.NewReader(v), "application/octet-stream"
	default:
		b, err := json.Marshal(v)
		require.NoError(c.t, err)
		content, kind = bytes.NewReader(b), "application/json"
	}
	req, err := http.NewRequest(method, c.box.URL()+path, content)
	require.NoError(c.t, err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", c.token)
	}
	return c.http.Do(req)
}

func (c *client) do(method, path string, body any) (int, http.Header, []byte) {
	c.t.Helper()
	resp, err := c.try(method, path, body)
	require.NoError(c.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return resp.StatusCode, resp.Header, b
}

// get reads a JSON answer.
func (c *client) get(path string) any {
	c.t.Helper()
	status, _, body := c.do("GET", path, nil)
	require.Equal(c.t, http.StatusOK, status, string(body))
	var v any
	require.NoError(c.t, json.Unmarshal(body, &v), string(body))
	return v
}

func (c *client) object(path string) map[string]any {
	c.t.Helper()
	return c.get(path).(map[string]any)
}

// lost sends a request that gets no complete answer.
func (c *client) lost(method, path string, body any) {
	c.t.Helper()
	resp, err := c.try(method, path, body)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	require.Error(c.t, err)
}

// active are the raised operating states.
func (c *client) active() []string {
	c.t.Helper()
	var names []string
	for _, s := range c.object(statusPath)["operatingStates"].([]any) {
		if m := s.(map[string]any); m["value"].(bool) {
			names = append(names, m["mainCondition"].(string))
		}
	}
	return names
}

const (
	statusPath   = "/rest/mgmt/ak/dienste/status"
	settingsPath = "/rest/mgmt/nk/protokoll/einstellungen"
	strictPath   = settingsPath + "?strict=true"
	rebootPath   = "/rest/mgmt/nk/system"
)

func standing() *mgmttest.Clock {
	return mgmttest.NewClock(time.Date(2026, 7, 15, 10, 30, 0, 0, time.UTC))
}
