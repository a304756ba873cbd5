package mgmt_test

import (
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

func TestTIClient(t *testing.T) {
	b := newBox(t)
	b.do("POST /oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins++
		b.sessions["Bearer "+token] = true
		_, _ = w.Write([]byte(`{"access_token":"` + token + `","token_type":"Bearer","scope":"API","expires_in":3600}`))
	})
	const ctm = "/api/v1/konnektor/default/api/v1/ctm/"
	b.inSession("GET "+ctm+"state", 200, `[{"CTID":"1"}]`)
	b.inSession("POST "+ctm+"terminals/change-correlation", 204, "")
	b.inSession("POST "+ctm+"terminals/add", 200, "{}")
	b.inSession("POST "+ctm+"terminals/assign", 200, "{}")
	b.inSession("PUT /api/v1/manager/konnektor/default/proxy-activation", 200, "")
	cfg := b.config()
	cfg.Product = &mgmt.Product{Vendor: mgmt.RISE, Code: "RISEG-RHSK"}
	c, ok := b.open(cfg).(*rise.TIClient)
	require.True(t, ok)
	list, err := c.TerminalStates(t.Context())
	require.NoError(t, err)
	require.JSONEq(t, `[{"CTID":"1"}]`, string(list))
	_, err = c.ChangeCorrelation(t.Context(), "ct1", rise.Gepairt)
	require.NoError(t, err)
	_, err = c.Add(t.Context(), "192.0.2.9", 4742)
	require.NoError(t, err)
	_, err = c.Assign(t.Context(), json.RawMessage(`{"x":1}`))
	require.NoError(t, err)
	_, err = c.ActivateProxy(t.Context(), mgmt.Credentials{User: "u", Password: "p"})
	require.NoError(t, err)
	came := b.came()
	require.Equal(t, "client_id="+user+"&client_secret="+password+"&grant_type=client_credentials&scope=API", came[0].Body)
	require.Equal(t, "application/x-www-form-urlencoded", came[0].Header.Get("Content-Type"))
	require.Equal(t, `{"ctId":"ct1","correlation":"GEPAIRT"}`, came[2].Body)
	require.Equal(t, `{"ipAddress":"192.0.2.9","tcpPort":4742}`, came[3].Body)
	require.Equal(t, `{"x":1}`, came[4].Body)
	require.Equal(t, `{"username":"u","password":"p"}`, came[5].Body)

	cfg.Port = 0
	_, err = mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, konnektor.KindConfig, "no port is known")
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
