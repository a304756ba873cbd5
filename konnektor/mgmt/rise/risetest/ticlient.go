package risetest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// TIClient is a running TI-Client in front of a virtual Konnektor. Its methods,
// also those of [mgmttest.Box], are safe for concurrent use.
type TIClient struct {
	*mgmttest.Box

	mu           sync.Mutex
	correlations map[konnektor.TerminalID]string
	added        []string
	active       bool
}

// NewTIClient starts a TI-Client that closes with the test.
func NewTIClient(t testing.TB) *TIClient {
	t.Helper()
	c, kind := prepareClient()
	mgmttest.NewBox(t, mgmttest.BoxOptions{}, kind)
	return c
}

// StartTIClient starts a TI-Client. The caller closes it.
func StartTIClient(o mgmttest.BoxOptions) (*TIClient, error) {
	c, kind := prepareClient()
	if _, err := mgmttest.StartBox(o, kind); err != nil {
		return nil, fmt.Errorf("risetest: %w", err)
	}
	return c, nil
}

func prepareClient() (*TIClient, mgmttest.Kind) {
	c := &TIClient{correlations: map[konnektor.TerminalID]string{}}
	return c, mgmttest.Kind{
		Style: konnektortest.RISE, User: "client-" + rand.Text()[:8], Name: "ti-client",
		Handler: func(own *mgmttest.Box) mgmttest.Handler { c.Box = own; return clientHandler{c} },
	}
}

// ClientID returns the name for the token.
func (t *TIClient) ClientID() string { return t.User() }

// ClientSecret returns the secret for the token.
func (t *TIClient) ClientSecret() string { return t.Password() }

// Correlation says how far a terminal is set up.
func (t *TIClient) Correlation(id konnektor.TerminalID) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.correlation(id)
}

func (t *TIClient) correlation(id konnektor.TerminalID) string {
	if c := t.correlations[id]; c != "" {
		return c
	}
	return "AKTIV"
}

const (
	proxied = "/api/v1/konnektor/default/api/v1/"
	manager = "/api/v1/manager/"
)

// clientOperations are the calls that public sources have seen; {} is one part of
// the path.
var clientOperations = []struct{ name, method, path string }{
	{"token", "POST", "/oauth2/token"},
	{"ctm-state", "GET", proxied + "ctm/state"},
	{"ctm-terminal", "GET", proxied + "ctm/state/{}"},
	{"ctm-discover", "POST", proxied + "ctm/terminals/discover"},
	{"ctm-assign", "POST", proxied + "ctm/terminals/assign"},
	{"ctm-begin-session", "POST", proxied + "ctm/terminals/begin-session"},
	{"ctm-end-session", "POST", proxied + "ctm/terminals/end-session"},
	{"ctm-add", "POST", proxied + "ctm/terminals/add"},
	{"ctm-correlation", "POST", proxied + "ctm/terminals/change-correlation"},
	{"ctm-pairing-initialize", "POST", proxied + "ctm/terminals/pairing/initialize"},
	{"ctm-pairing-finalize", "POST", proxied + "ctm/terminals/pairing/finalize"},
	{"proxies", "GET", manager + "card-terminals/proxies"},
	{"proxy", "GET", manager + "card-terminals/proxies/{}"},
	{"tasks", "GET", manager + "konnektor/default/task-scheduler"},
	{"proxy-activation", "PUT", manager + "konnektor/default/proxy-activation"},
	{"pin-plus", "GET", "/api/v1/premium/pin-plus"},
	{"pin-plus", "GET", "/api/v1/premium/pin-plus/supported-cards"},
}

// clientHandler is a TIClient as a [mgmttest.Handler].
type clientHandler struct{ t *TIClient }

// Recognise finds the operation of a request.
func (h clientHandler) Recognise(method, path string) (string, []string) {
	for _, o := range clientOperations {
		before, _, open := strings.Cut(o.path, "{}")
		rest, ok := strings.CutPrefix(path, before)
		switch {
		case o.method != method || !ok:
		case open && rest != "" && !strings.Contains(rest, "/"):
			return o.name, []string{rest}
		case !open && rest == "":
			return o.name, nil
		}
	}
	return "", nil
}

// Answer answers a request.
func (h clientHandler) Answer(c *mgmttest.Call) mgmttest.Answer {
	if c.Operation == "token" {
		return h.t.token(c)
	}
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return complain(c, http.StatusUnauthorized, "no Authorization: Bearer")
	}
	number, ok := h.t.Session(token)
	if !ok {
		return mgmttest.Answer{Status: http.StatusUnauthorized}
	}
	c.Session = number
	h.t.mu.Lock()
	defer h.t.mu.Unlock()
	return h.t.answer(c)
}

// tokenLife is how long a token lives, in seconds, as in the field.
const tokenLife = 299

// token gives a token for client_id and client_secret (RFC 6749, 4.4). 403 for a
// wrong secret was seen; invalid_request is the RFC's.
func (t *TIClient) token(c *mgmttest.Call) mgmttest.Answer {
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(c.Body))
	if kind != "application/x-www-form-urlencoded" || err != nil || len(form) != 4 ||
		form.Get("grant_type") != "client_credentials" || form.Get("scope") != "API" {
		return complain(c, http.StatusBadRequest, "not a form with client_id, client_secret, scope=API and grant_type=client_credentials")
	}
	if c.Undone {
		return mgmttest.Answer{Status: http.StatusForbidden}
	}
	token, why := t.Login(form.Get("client_id"), form.Get("client_secret"))
	if why != "" {
		return mgmttest.Answer{Status: http.StatusForbidden}
	}
	c.Session = t.Counters().Logins
	return answer(map[string]any{"access_token": token, "token_type": "Bearer", "scope": "API", "expires_in": tokenLife})
}

// answer answers what needs a token. The lock is held.
func (t *TIClient) answer(c *mgmttest.Call) mgmttest.Answer {
	switch c.Operation {
	case "ctm-state":
		list := []any{}
		for _, x := range t.Konnektor.Model().Terminals {
			list = append(list, t.terminal(x))
		}
		return answer(map[string]any{"CTM_SUPPORTED_KT_VERSIONS": []string{"1.0.0"}, "CTM_CT_LIST": list})
	case "ctm-terminal":
		if x := t.find(konnektor.TerminalID(c.Args[0])); x != nil {
			return answer(t.terminal(*x))
		}
		return mgmttest.Answer{Status: http.StatusNotFound}
	case "proxy":
		return mgmttest.Answer{Status: http.StatusNotFound}
	case "proxies", "tasks", "pin-plus":
		return answer([]any{}) // their content is not known
	}
	return t.command(c)
}

func (t *TIClient) find(id konnektor.TerminalID) *konnektortest.Terminal {
	model := t.Konnektor.Model()
	i := slices.IndexFunc(model.Terminals, func(x konnektortest.Terminal) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return &model.Terminals[i]
}

// terminal has the fields that were seen, with their capital names.
func (t *TIClient) terminal(x konnektortest.Terminal) map[string]any {
	slots := []int{}
	for _, card := range t.Konnektor.Cards() {
		if card.Terminal == x.ID {
			slots = append(slots, card.Slot)
		}
	}
	m := map[string]any{
		"ACTIVEROLE": nil, "ADMIN_USERNAME": "admin", "CONNECTED": !x.Disconnected, "CORRELATION": t.correlation(x.ID),
		"CTID": string(x.ID), "EHEALTH_INTERFACE_VERSION": "1.0.0", "HOSTNAME": x.Name, "IP_ADDRESS": x.IP,
		"IS_PHYSICAL": !x.Virtual, "MAC_ADDRESS": strings.ReplaceAll(x.MAC, "-", ":"), "PRODUCTINFORMATION": nil,
		"SLOTCOUNT": x.Slots, "SLOTS_USED": slots, "SMKT_AUT": nil, "TCP_PORT": 4742, "VALID_VERSION": true,
	}
	if !x.Disconnected {
		m["ACTIVEROLE"] = "USER"
	}
	return m
}

// correlations are the steps that a terminal can be brought to.
var correlations = []string{"BEKANNT", "ZUGEWIESEN", "GEPAIRT", "AKTIV", "AKTUALISIEREND"}

// command does what has a body. Bodies that are not known are not looked at.
func (t *TIClient) command(c *mgmttest.Call) mgmttest.Answer {
	var in map[string]any
	if len(c.Body) > 0 {
		if kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); kind != "application/json" || json.Unmarshal(c.Body, &in) != nil {
			return complain(c, http.StatusBadRequest, "the body is no JSON object")
		}
	}
	text := func(name string) string { s, _ := in[name].(string); return s }
	switch c.Operation {
	case "ctm-correlation":
		id := konnektor.TerminalID(text("ctId"))
		if len(in) != 2 || t.find(id) == nil || !slices.Contains(correlations, text("correlation")) {
			return complain(c, http.StatusBadRequest, "the body must have ctId and a correlation")
		}
		if !c.Undone {
			t.correlations[id] = text("correlation")
		}
	case "ctm-add":
		if _, number := in["tcpPort"].(float64); len(in) != 2 || text("ipAddress") == "" || !number {
			return complain(c, http.StatusBadRequest, "the body must have ipAddress and tcpPort")
		}
		if !c.Undone {
			t.added = append(t.added, text("ipAddress"))
		}
	case "proxy-activation":
		if len(in) != 2 || text("username") == "" || text("password") == "" {
			return complain(c, http.StatusBadRequest, "the body must have username and password")
		}
		t.active = t.active || !c.Undone
	}
	return mgmttest.Answer{Status: http.StatusOK, Body: []byte("{}"), Header: http.Header{"Content-Type": {"application/json"}}}
}
