package konnektortest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestLevelsOfAuthentication(t *testing.T) {
	type attempt struct{ directory, soap int } // HTTP status; 0 means no connection
	for name, c := range map[string]struct {
		o                    Options
		right, none, overTCP attempt
	}{
		"plain":                {Options{Auth: Plain}, attempt{200, 200}, attempt{200, 200}, attempt{200, 200}},
		"TLS":                  {Options{Auth: TLS}, attempt{200, 200}, attempt{200, 200}, attempt{200, 403}},
		"TLS, closed":          {Options{Auth: TLS, DirectoryClosed: true}, attempt{200, 200}, attempt{200, 200}, attempt{403, 403}},
		"password":             {Options{Auth: Basic}, attempt{200, 200}, attempt{200, 401}, attempt{200, 403}},
		"password, closed":     {Options{Auth: Basic, DirectoryClosed: true}, attempt{200, 200}, attempt{401, 401}, attempt{403, 403}},
		"certificate":          {Options{Auth: ClientCertificate}, attempt{200, 200}, attempt{0, 0}, attempt{200, 403}},
		"certificate at HTTP":  {Options{Auth: ClientCertificate, CertificateAtHTTP: true}, attempt{200, 200}, attempt{200, 403}, attempt{200, 403}},
		"certificate, closed":  {Options{Auth: ClientCertificate, CertificateAtHTTP: true, DirectoryClosed: true}, attempt{200, 200}, attempt{403, 403}, attempt{403, 403}},
		"certificate with RSA": {Options{Auth: ClientCertificate, Identity: RSA3072}, attempt{200, 200}, attempt{0, 0}, attempt{200, 403}},
	} {
		t.Run(name, func(t *testing.T) {
			k := NewWith(t, c.o)
			cfg := k.Config()
			try := func(url string, cfg konnektor.Config) attempt {
				return attempt{status(t, cfg, url+"/connector.sds", ""), status(t, cfg, url, getCardsIn(here, ""))}
			}
			require.Equal(t, c.right, try(k.URL(), cfg))
			cfg.Auth = konnektor.Auth{}
			require.Equal(t, c.none, try(k.URL(), cfg))
			require.Equal(t, c.overTCP, try(k.PlainURL(), cfg))
		})
	}
}

// status sends a GET, or a POST with the payload, and returns the HTTP status.
func status(t *testing.T, cfg konnektor.Config, url, payload string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if payload != "" {
		for _, path := range []string{"/ws/EventService", "/service/systeminformationservice", "/webservices/eventservice"} {
			if s := post(t, cfg, url+path, payload); s != http.StatusNotFound {
				return s
			}
		}
		t.Fatal("no EventService")
	}
	require.NoError(t, err)
	return do(t, cfg, req)
}

func post(t *testing.T, cfg konnektor.Config, url, payload string) int {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(envelope(payload)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"`+prefixes["EVT"]+`#GetCards"`)
	return do(t, cfg, req)
}

func do(t *testing.T, cfg konnektor.Config, req *http.Request) int {
	if cfg.Auth.User != "" {
		req.SetBasicAuth(cfg.Auth.User, string(cfg.Auth.Password))
	}
	resp, err := httpClient(t, cfg).Do(req)
	if err != nil {
		return 0
	}
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestWrongCredentials(t *testing.T) {
	k := NewWith(t, Options{Auth: Basic})
	cfg := k.Config()
	cfg.Auth.Password += "x"
	require.Equal(t, http.StatusUnauthorized, status(t, cfg, k.URL(), getCardsIn(here, "")))
	cfg.Auth.User = "nobody"
	require.Equal(t, http.StatusUnauthorized, status(t, cfg, k.URL(), getCardsIn(here, "")))

	other := New(t)
	mine := New(t)
	cfg = mine.Config()
	cfg.Auth = other.Config().Auth
	require.Zero(t, status(t, cfg, mine.URL(), getCardsIn(here, "")), "a certificate that another Konnektor made")
}

func TestCounters(t *testing.T) {
	r := newRaw(t, Options{})
	m := r.call("GetCards", getCardsIn(here, ""))
	for range 20 {
		require.Zero(t, r.send(m).code())
	}
	r.get("/connector.sds")
	m.path = "/nowhere"
	r.send(m)
	r.k.Reboot()
	c := r.k.Counters()
	require.Equal(t, c.Connections, c.Handshakes)
	require.LessOrEqual(t, c.Connections, 2, "one is kept; net/http may give up one whose answer came before it saw its request go")
	require.Equal(t, map[string]int{"GetCards": 20, "connector.sds": 1}, c.Requests)
	require.Equal(t, map[string]int{m.action: 20}, c.Actions)
	require.Equal(t, 1, c.Refused)
	x, ok := r.k.Last("GetCards")
	require.True(t, ok)
	require.Equal(t, m.body, string(x.Request))
	require.Equal(t, http.StatusOK, x.Status)
	require.Contains(t, string(x.Response), "GetCardsResponse")
	require.Equal(t, "text/xml; charset=UTF-8", x.Header.Get("Content-Type"))
	_, ok = r.k.Last("ReadVSD")
	require.False(t, ok)
}

func TestServerCertificate(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		says string
	}{
		"another name":  {Options{Certificate: Certificate{Names: []string{"other.invalid"}}}, "not konnektor.konlan"},
		"expired":       {Options{Certificate: Certificate{NotAfter: time.Now().Add(-time.Hour)}}, "expired"},
		"not yet valid": {Options{Certificate: Certificate{NotBefore: time.Now().Add(time.Hour)}}, "not yet valid"},
		"unknown CA":    {Options{Certificate: Certificate{Untrusted: true}}, "unknown authority"},
		"bytes behind":  {Options{Certificate: Certificate{Chain: [][]byte{{0x30, 0}}}}, "parse certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			k := NewWith(t, c.o)
			_, err := httpClient(t, k.Config()).Get(k.URL() + "/connector.sds")
			require.ErrorContains(t, err, c.says)
		})
	}
	k := New(t)
	cert, err := x509.ParseCertificate(k.ServerCertificate())
	require.NoError(t, err)
	require.Equal(t, []string{"konnektor.konlan"}, cert.DNSNames)
	require.Regexp(t, `^\d{20}-\d{8}$`, cert.Subject.CommonName)
}

func TestOldTLSIsRefused(t *testing.T) {
	k := NewWith(t, Options{Auth: TLS})
	c := httpClient(t, k.Config())
	c.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS10
	c.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	_, err := c.Get(k.URL() + "/connector.sds")
	require.ErrorContains(t, err, "protocol version")
}

func TestConfigSurvivesJSON(t *testing.T) {
	k := New(t)
	b, err := json.Marshal(k.Config())
	require.NoError(t, err)
	var cfg konnektor.Config
	require.NoError(t, json.Unmarshal(b, &cfg))
	require.Equal(t, http.StatusOK, status(t, cfg, k.URL(), getCardsIn(here, "")))
	require.Empty(t, k.ConfigFor(konnektor.CallContext{ClientSystemID: "nobody"}).Auth)
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"level":            {Auth: "none"},
		"identity":         {Identity: "dsa"},
		"style":            {Style: "baroque"},
		"public address":   {Listen: "0.0.0.0:0"},
		"public address 2": {ListenPlain: "192.0.2.1:0"},
		"name":             {Listen: "localhost:0"},
		"no port":          {Listen: "127.0.0.1"},
		"no Mandant":       {Model: &Model{Terminals: []Terminal{{ID: "T"}}}},
		"unknown terminal": {Model: &Model{Terminals: []Terminal{{ID: "T"}}, Mandanten: []Mandant{{ID: "M", ClientSystems: []string{"C"}, Workplaces: []Workplace{{ID: "W", Local: []konnektor.TerminalID{"X"}}}}}}},
		"no workplace":     {Model: &Model{Terminals: []Terminal{{ID: "T"}}, Mandanten: []Mandant{{ID: "M", ClientSystems: []string{"C"}}}}},
		"terminal no name": {Model: &Model{Terminals: []Terminal{{}}, Mandanten: []Mandant{{ID: "M"}}}},
		"unknown system":   {Model: &Model{Terminals: []Terminal{{ID: "T"}}, Mandanten: []Mandant{{ID: "M", ClientSystems: []string{"C"}, Workplaces: []Workplace{{ID: "W", ClientSystems: []string{"D"}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := Start(o)
			require.Error(t, err)
			require.Nil(t, k)
		})
	}
	t.Setenv(seedVariable, "not a number")
	_, err := Start(Options{})
	require.ErrorContains(t, err, seedVariable)
	t.Setenv(seedVariable, "42")
	k, err := Start(Options{})
	require.NoError(t, err)
	require.EqualValues(t, 42, k.Seed())
	require.NoError(t, k.Close())
}

func TestPortThatIsTaken(t *testing.T) {
	k := New(t)
	_, err := Start(Options{Listen: strings.TrimPrefix(k.TLSURL(), "https://")})
	require.ErrorContains(t, err, "listen")
}

func TestCloseIdleCostsAHandshake(t *testing.T) {
	r := newRaw(t, Options{})
	r.get("/connector.sds")
	require.Eventually(t, func() bool {
		r.k.CloseIdle()         // the server may not have seen yet that the call is over
		r.get("/connector.sds") // a GET is repeated by net/http when its connection is lost
		return r.k.Counters().Handshakes >= 2
	}, time.Minute, time.Millisecond)
}
