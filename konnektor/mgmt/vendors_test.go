package mgmt_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/rise"
)

// newRISE is a box of RISE: a cookie, then the login, then both with the fixed
// headers.
func newRISE(t *testing.T) (*box, mgmt.Config) {
	b := newBox(t)
	b.do("GET /api/v1/users/current", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: token, Path: "/", Secure: true, HttpOnly: true})
		w.WriteHeader(http.StatusNoContent)
	})
	b.do("POST /api/v1/auth/login", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins++
		c, err := r.Cookie("JSESSIONID")
		if err != nil || b.wrong || r.Header.Get("X-Requested-With") != "RISEHttpRequest" || r.Header.Get("Referer") != b.server.URL {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		b.sessions[c.Value] = true
	})
	cfg := b.config()
	cfg.Product = &mgmt.Product{Vendor: mgmt.RISE, Code: "RKONN", Firmware: "4.2.8"}
	return b, cfg
}

func (b *box) withCookie(what string, status int, body string) {
	b.do(what, func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("JSESSIONID")
		b.mu.Lock()
		ok := err == nil && b.sessions[c.Value]
		b.mu.Unlock()
		if !ok {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func TestRISE(t *testing.T) {
	b, cfg := newRISE(t)
	b.withCookie("GET /api/v1/status", 200, `{"vpnState":{"tiOnline":true,"other":1}}`)
	b.withCookie("POST /api/v1/mgm/reboot", 200, "")
	d := b.open(cfg)
	status, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.NoError(t, err)
	require.True(t, status.TI.Online)
	require.Nil(t, status.RestartRequired, "not told")
	require.NoError(t, as[mgmt.Restarter](t, d).Restart(t.Context()))
	came := b.came()
	require.Len(t, came, 4)
	require.JSONEq(t, `{"user":"`+user+`","password":"`+password+`"}`, came[1].Body)
	require.Equal(t, "RISEHttpRequest", came[3].Header.Get("X-Requested-With"))
	require.JSONEq(t, came[1].Body, came[3].Body, "as the one source sends it")

	b.expire()
	_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, b.logins)
	b.expire()
	b.wrong = true
	for range 2 {
		_, err = as[mgmt.StatusReader](t, d).Status(t.Context())
		require.ErrorIs(t, err, mgmt.ErrLogin)
	}
	require.Equal(t, 3, b.logins)
}

// TestTIClient looks at the request for the token.
func TestTIClient(t *testing.T) {
	b, c := newTIClient(t)
	b.inSession("GET /api/v1/konnektor/default/api/v1/ctm/state", 200, `[{"CTID":"1"}]`)
	list, err := c.TerminalStates(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, `[{"CTID":"1"}]`, string(list))
	came := b.came()
	require.Equal(t, "client_id="+user+"&client_secret="+password+"&grant_type=client_credentials&scope=API", came[0].Body)
	require.Equal(t, "application/x-www-form-urlencoded", came[0].Header.Get("Content-Type"))

	cfg := b.config()
	cfg.Product, cfg.Port = &mgmt.Product{Vendor: mgmt.RISE, Code: "RISEG-RHSK"}, 0
	_, err = mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, konnektor.KindConfig, "no port is known")
}

// clientCalls are the calls of the TI-Client that a public source has seen.
var clientCalls = []struct {
	name string
	call func(context.Context, *rise.TIClient) (json.RawMessage, error)
	sent string
	body string
}{
	{"terminals", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.TerminalStates(ctx) }, "GET /api/v1/konnektor/default/api/v1/ctm/state", ""},
	{"terminal", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.TerminalState(ctx, "ct/1")
	}, "GET /api/v1/konnektor/default/api/v1/ctm/state/ct%2F1", ""},
	{"discover", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.Discover(ctx, clientBody)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/discover", `{"x":1}`},
	{"assign", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.Assign(ctx, clientBody) }, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/assign", `{"x":1}`},
	{"begin session", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.BeginSession(ctx, clientBody)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/begin-session", `{"x":1}`},
	{"end session", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.EndSession(ctx, clientBody)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/end-session", `{"x":1}`},
	{"add", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.Add(ctx, "192.0.2.9", 4742)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/add", `{"ipAddress":"192.0.2.9","tcpPort":4742}`},
	{"correlation", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.ChangeCorrelation(ctx, "ct1", rise.Aktualisierend)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/change-correlation", `{"ctId":"ct1","correlation":"AKTUALISIEREND"}`},
	{"pairing, first", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.InitializePairing(ctx, clientBody)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/pairing/initialize", `{"x":1}`},
	{"pairing, last", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.FinalizePairing(ctx, clientBody)
	}, "POST /api/v1/konnektor/default/api/v1/ctm/terminals/pairing/finalize", `{"x":1}`},
	{"proxies", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.Proxies(ctx) }, "GET /api/v1/manager/card-terminals/proxies", ""},
	{"proxy", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.Proxy(ctx, "0-1") }, "GET /api/v1/manager/card-terminals/proxies/0-1", ""},
	{"tasks", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.Tasks(ctx) }, "GET /api/v1/manager/konnektor/default/task-scheduler", ""},
	{"activation", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) {
		return c.ActivateProxy(ctx, mgmt.Credentials{User: "u", Password: "p"})
	}, "PUT /api/v1/manager/konnektor/default/proxy-activation", `{"username":"u","password":"p"}`},
	{"PIN-Plus", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.PINPlus(ctx) }, "GET /api/v1/premium/pin-plus", ""},
	{"cards of PIN-Plus", func(ctx context.Context, c *rise.TIClient) (json.RawMessage, error) { return c.PINPlusCards(ctx) }, "GET /api/v1/premium/pin-plus/supported-cards", ""},
}

var clientBody = json.RawMessage(`{"x":1}`)

// newTIClient is a TI-Client that gives a token.
func newTIClient(t *testing.T) (*box, *rise.TIClient) {
	b := newBox(t)
	b.do("POST /oauth2/token", func(w http.ResponseWriter, _ *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins++
		b.sessions["Bearer "+token] = true
		_, _ = w.Write([]byte(`{"access_token":"` + token + `","token_type":"Bearer","scope":"API","expires_in":3600}`))
	})
	cfg := b.config()
	cfg.Product = &mgmt.Product{Vendor: mgmt.RISE, Code: "RISEG-RHSK"}
	c, ok := b.open(cfg).(*rise.TIClient)
	require.True(t, ok)
	return b, c
}

func TestTIClientCalls(t *testing.T) {
	b, c := newTIClient(t)
	for _, x := range clientCalls {
		t.Run(x.name, func(t *testing.T) {
			b.inSession(x.sent, 200, `{"of":"`+x.name+`"}`)
			got, err := x.call(t.Context(), c)
			require.NoError(t, err)
			require.JSONEq(t, `{"of":"`+x.name+`"}`, string(got))
			came := b.came()
			last := came[len(came)-1]
			require.Equal(t, x.sent, last.String())
			require.Equal(t, x.body, last.Body)
		})
	}
	require.Equal(t, 1, b.logins)
}

// TestTIClientDeniesAccess answers 403, which a new token does not change.
func TestTIClientDeniesAccess(t *testing.T) {
	b, c := newTIClient(t)
	b.on("GET /api/v1/premium/pin-plus", 403, "")
	_, err := c.PINPlus(t.Context())
	var refused *mgmt.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 403, refused.Status)
	require.Equal(t, []string{"POST /oauth2/token", "GET /api/v1/premium/pin-plus"}, b.names())
}

// newKoCoBox answers a wrong password as a right one: only the page behind tells.
func newKoCoBox(t *testing.T) (*box, mgmt.Config) {
	b := newBox(t)
	b.do("GET /administration/", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "before", Path: "/"})
	})
	b.do("POST /j_security_check", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins++
		if !b.wrong {
			b.sessions["after"] = true
			http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "after", Path: "/"})
		}
		http.Redirect(w, r, "/administration/start.htm", http.StatusFound)
	})
	b.withCookie("GET /administration/start.htm", 200, `<html><form><TEXTAREA style="display:none" id='x-token' >
		`+token+` </textarea></form>`)
	cfg := b.config()
	cfg.Product = &mgmt.Product{Vendor: mgmt.KoCoBox, Code: "kocobox", Firmware: "4.2.16"}
	return b, cfg
}

func TestKoCoBox(t *testing.T) {
	b, cfg := newKoCoBox(t)
	b.withCookie("POST /administration/perform/reboot", 200, "")
	d := b.open(cfg)
	require.NoError(t, as[mgmt.Restarter](t, d).Restart(t.Context()))
	came := b.came()
	require.Len(t, came, 4)
	require.Equal(t, "j_password="+password+"&j_username="+user, came[1].Body)
	require.Equal(t, token, came[3].Header.Get("X-Token"))
	require.Equal(t, "application/json", came[3].Header.Get("Content-Type"))
	require.Empty(t, came[3].Body)
	_, err := as[mgmt.StatusReader](t, d).Status(t.Context())
	require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
	require.NoError(t, d.Close(t.Context()))
	require.Empty(t, b.came(), "no logout is known")
}

// TestKoCoBoxTokenOfACookie takes the token of the other source, when the page
// has none.
func TestKoCoBoxTokenOfACookie(t *testing.T) {
	b, cfg := newKoCoBox(t)
	b.on("GET /administration/start.htm", 200, "<html>no token")
	b.do("GET /administration/json-retrieve/infoservice", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "X-TOKEN="+token+"; Secure")
		_, _ = w.Write([]byte("{}"))
	})
	b.withCookie("POST /administration/perform/reboot", 200, "")
	require.NoError(t, as[mgmt.Restarter](t, b.open(cfg)).Restart(t.Context()))
	came := b.came()
	require.Equal(t, token, came[len(came)-1].Header.Get("X-Token"))
	require.Equal(t, "GET /administration/json-retrieve/infoservice", came[3].String())
	require.Equal(t, "application/json", came[3].Header.Get("Content-Type"), "as the source sends it")
}

func TestKoCoBoxWrongPassword(t *testing.T) {
	loginForm := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "JSESSIONID=another")
		_, _ = w.Write([]byte("<html><form action='/j_security_check'><input name=j_password value=''>"))
	}
	for name, behind := range map[string]http.HandlerFunc{
		"pages forbidden":      nil,
		"login form behind":    loginForm,
		"redirect to the form": http.RedirectHandler("/login", http.StatusFound).ServeHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newKoCoBox(t)
			b.wrong = true
			if behind != nil {
				b.do("GET /administration/start.htm", behind)
				b.do("GET /administration/json-retrieve/infoservice", behind)
			}
			d := b.open(cfg)
			for range 3 {
				require.ErrorIs(t, as[mgmt.Restarter](t, d).Restart(t.Context()), mgmt.ErrLogin)
			}
			require.Equal(t, 1, b.logins)
			require.NotContains(t, b.names(), "POST /administration/perform/reboot")
		})
	}
}

// TestUnknownEndpoints wants a procedure in German for everything that a box
// cannot do.
func TestUnknownEndpoints(t *testing.T) {
	b := newBox(t)
	for _, p := range []mgmt.Product{{Vendor: mgmt.Secunet}, {Vendor: mgmt.RISE, Code: "RKONN"}, {Vendor: mgmt.KoCoBox}} {
		cfg := b.config()
		cfg.Product = &p
		d := b.open(cfg)
		base := d.(interface {
			mgmt.Evidencer
			Need(...mgmt.Operation) error
		})
		for _, op := range mgmt.Operations() {
			err := base.Need(op)
			if err == nil {
				require.Equal(t, mgmt.Confirmed, base.Evidence(op))
				continue
			}
			require.Empty(t, base.Evidence(op))
			var unknown *mgmt.UnknownEndpointError
			require.ErrorAs(t, err, &unknown)
			require.Greater(t, len(unknown.Procedure), 1, "%s %s", p, op)
			require.Contains(t, unknown.Procedure[0], b.server.URL)
		}
		_, err := as[mgmt.TSLImporter](t, d).TSLState(t.Context())
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
		require.ErrorIs(t, as[mgmt.TSLImporter](t, d).ImportTSL(t.Context(), []byte("x")), mgmt.ErrUnknownEndpoint)
		require.ErrorIs(t, as[mgmt.OnlineSwitch](t, d).SetOnline(t.Context(), false), mgmt.ErrUnknownEndpoint)
		_, err = as[mgmt.ServerIdentifier](t, d).ServerIdentity(t.Context())
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
		_, err = as[mgmt.Registrar](t, d).Registration(t.Context())
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
		_, err = as[mgmt.Backuper](t, d).Backup(t.Context(), mgmt.BackupAll, "0123456789abcdefghij")
		require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
		require.ErrorIs(t, as[mgmt.LogOverflowResetter](t, d).ResetLogOverflow(t.Context()), mgmt.ErrUnknownEndpoint)
	}
	require.Empty(t, b.came(), "nothing is sent, not even a login")
}
