package secunettest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/konnektor/mgmt/mgmttest"
)

// body is what a request may carry.
type body int

const (
	noBody     body = iota
	emptyBody       // nothing, or the empty object {}
	jsonBody        // one JSON document
	opaqueBody      // bytes of any type
)

// route is one operation.
type route struct {
	name, method, pattern string
	body                  body
	query                 []string // that may be there; a name with "=" is needed as it stands
	open                  bool     // without a session
	unlocked              bool     // do takes the lock itself
	do                    func(*Box, *mgmttest.Call) mgmttest.Answer
}

// confirmed are the calls that public sources have seen on real boxes.
var confirmed = []route{
	{name: "login", method: "POST", pattern: "ak/konten/login", body: jsonBody, open: true, do: (*Box).login},
	{name: "logout", method: "DELETE", pattern: "ak/konten/profil/logout", do: (*Box).logout},
	{name: "status", method: "GET", pattern: "ak/dienste/status", do: (*Box).status},
	// Ping needs a session: whether a real box answers without one is not known.
	{name: "ping", method: "GET", pattern: "ak/dienste/status/ping", do: (*Box).ping},
	{name: "version", method: "GET", pattern: "ak/dienste/status/version", do: (*Box).version},
	{name: "releaseinfos", method: "GET", pattern: "ak/dienste/status/releaseinfos", do: (*Box).releaseInfos},
	{name: "basic", method: "GET", pattern: "nk/status/basic", do: (*Box).basic},
	{name: "time", method: "GET", pattern: "nk/ntp/zeit", do: (*Box).time},
	{name: "features", method: "GET", pattern: "nk/licence/features", do: (*Box).features},
	{name: "reboot", method: "POST", pattern: "nk/system", body: emptyBody, do: (*Box).restartRequest},
	{name: "cards", method: "GET", pattern: "ak/dienste/karten", do: (*Box).listCards},
	{name: "card", method: "GET", pattern: "ak/dienste/karten/{}", do: (*Box).oneCard},
	{name: "pin-status", method: "GET", pattern: "ak/dienste/karten/smb/{}/{}/pin", do: (*Box).pinStatus},
	{name: "pin-verify", method: "POST", pattern: "ak/dienste/karten/smb/{}/{}/{}/pin", body: emptyBody, unlocked: true, do: (*Box).pinVerify},
	{name: "terminals", method: "GET", pattern: "ak/dienste/kartenterminals", do: (*Box).listTerminals},
	{name: "terminal", method: "GET", pattern: "ak/dienste/kartenterminals/{}/erweitert", do: (*Box).oneTerminal},
	{name: "terminal-activate", method: "PUT", pattern: "ak/dienste/kartenterminals/{}/aktivieren", body: emptyBody, do: correlate("AKTIV", "GEPAIRT")},
	{name: "terminal-deactivate", method: "DELETE", pattern: "ak/dienste/kartenterminals/{}/aktivieren", do: correlate("GEPAIRT", "AKTIV")},
	{name: "terminal-connect", method: "PUT", pattern: "ak/dienste/kartenterminals/{}/verbinden", body: emptyBody, do: (*Box).connectTerminal},
	{name: "terminal-unassign", method: "DELETE", pattern: "ak/dienste/kartenterminals/{}/zuweisen", do: correlate("BEKANNT", "ZUGEWIESEN", "GEPAIRT", "AKTIV")},
	{name: "terminal-remove", method: "DELETE", pattern: "ak/dienste/kartenterminals/{}", do: correlate("", "BEKANNT", "ZUGEWIESEN", "GEPAIRT", "AKTIV")},
	{name: "info", method: "GET", pattern: "ak/info", do: (*Box).infoModel},
	{name: "mandanten", method: "GET", pattern: "ak/info/mandanten", do: (*Box).mandanten},
	{name: "clientsysteme", method: "GET", pattern: "ak/info/clientsysteme", do: (*Box).clientSystems},
	{name: "log", method: "POST", pattern: "ak/dienste/protokoll/datei/{}/{}/{}/{}", do: (*Box).readLog,
		query: []string{"severities", "exactMatch", "ascending", "limit", "offset", "timezone"}},
	{name: "log-settings", method: "GET", pattern: "nk/protokoll/einstellungen", do: (*Box).logSettings},
	{name: "log-settings-put", method: "PUT", pattern: "nk/protokoll/einstellungen", body: jsonBody, query: []string{"strict=true"}, do: (*Box).putLogSettings},
	{name: "ksr-updates", method: "GET", pattern: "ak/dienste/ksr/informationen/updates-konnektor", do: (*Box).ksrUpdates},
	{name: "ksr-check", method: "PUT", pattern: "ak/dienste/ksr/informationen/update", body: emptyBody, do: (*Box).ksrCheck},
	{name: "ksr-terminal", method: "GET", pattern: "ak/dienste/ksr/informationen/updates-terminal/{}/{}/{}/{}", do: (*Box).ksrTerminal},
	{name: "ksr-download", method: "PUT", pattern: "ak/dienste/ksr/download/{}", body: emptyBody, do: (*Box).ksrDownload},
	{name: "ksr-schedule", method: "PUT", pattern: "ak/dienste/ksr/einplanen", body: jsonBody, do: (*Box).ksrSchedule},
	{name: "ksr-settings-put", method: "PUT", pattern: "ak/dienste/ksr/einstellungen", body: jsonBody, query: []string{"strict=true"}, do: (*Box).ksrSettings},
}

// invented are the calls of the profile "simulator". Nobody has published the
// real ones.
var invented = []route{
	{name: "sim-tsl", method: "GET", pattern: "tsl", do: (*Box).tslState},
	{name: "sim-tsl-import", method: "POST", pattern: "tsl", body: opaqueBody, do: (*Box).tslImport},
	{name: "sim-online", method: "GET", pattern: "online", do: (*Box).onlineState},
	{name: "sim-online-put", method: "PUT", pattern: "online", body: jsonBody, do: (*Box).putOnline},
	{name: "sim-identity", method: "GET", pattern: "server-identity", do: (*Box).identityState},
	{name: "sim-identity-put", method: "PUT", pattern: "server-identity", body: jsonBody, do: (*Box).putIdentity},
	{name: "sim-renewed", method: "GET", pattern: "renewed-certificates", do: (*Box).renewedState},
	{name: "sim-registration", method: "GET", pattern: "registration", do: (*Box).registrationState},
	{name: "sim-registration-put", method: "PUT", pattern: "registration", body: jsonBody, do: (*Box).putRegistration},
	{name: "sim-backup", method: "POST", pattern: "backup", body: jsonBody, do: (*Box).backup},
	{name: "sim-licence", method: "POST", pattern: "licence", body: opaqueBody, do: (*Box).uploadLicence},
	{name: "sim-overflow-reset", method: "POST", pattern: "log-overflow-reset", body: emptyBody, do: (*Box).resetOverflow},
	{name: "sim-security-log", method: "GET", pattern: "security-log", do: (*Box).securityLogState},
}

// The prefixes of the two groups.
const (
	restPrefix      = "/rest/mgmt/"
	simulatorPrefix = "/simulator/"
)

// handler is a Box as a [mgmttest.Handler].
type handler struct{ b *Box }

// Recognise finds the operation of a request.
func (h handler) Recognise(method, path string) (string, []string) {
	r, args := find(method, path)
	if r == nil {
		return "", nil
	}
	return r.name, args
}

func find(method, path string) (*route, []string) {
	for _, group := range []struct {
		prefix string
		routes []route
	}{{restPrefix, confirmed}, {simulatorPrefix, invented}} {
		rest, ok := strings.CutPrefix(path, group.prefix)
		for i := range group.routes {
			r := &group.routes[i]
			if args, fits := r.match(rest); ok && fits && r.method == method {
				return r, args
			}
		}
	}
	return nil, nil
}

func (r *route) match(path string) (args []string, ok bool) {
	want, have := strings.Split(r.pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i := range want {
		switch {
		case want[i] == "{}" && have[i] != "":
			args = append(args, have[i])
		case want[i] != have[i]:
			return nil, false
		}
	}
	return args, true
}

// Answer answers a request.
func (h handler) Answer(c *mgmttest.Call) mgmttest.Answer {
	r, _ := find(c.HTTP.Method, c.HTTP.URL.Path)
	h.b.sync()
	if h.b.Phase() == PhaseDown {
		return mgmttest.Answer{}
	}
	if !r.open {
		number, ok := h.b.Session(token(c))
		if !ok {
			if c.Header.Get("Authorization") == "" {
				c.Complaint = "no Authorization header"
			}
			// 401 is the simulator's choice; what a real box answers is not known.
			return mgmttest.Answer{Status: http.StatusUnauthorized}
		}
		c.Session = number
	}
	if why := r.check(c); why != "" {
		return complain(c, http.StatusBadRequest, why)
	}
	if r.unlocked {
		return r.do(h.b, c)
	}
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	h.b.evolve()
	a := r.do(h.b, c)
	h.b.evolve()
	return a
}

// token is that of the session that a request belongs to.
func token(c *mgmttest.Call) string {
	t, _ := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	return t
}

// check says what a request breaks of the rules of its operation.
func (r *route) check(c *mgmttest.Call) string {
	if why := r.checkQuery(c.HTTP); why != "" {
		return why
	}
	kind, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	switch text := bytes.TrimSpace(c.Body); {
	case r.body == noBody && len(c.Body) > 0:
		return "a body where none belongs"
	case r.body == emptyBody && len(text) > 0 && string(text) != "{}":
		return "the body must be empty or {}"
	case r.body == jsonBody && kind != "application/json":
		return "Content-Type must be application/json"
	case r.body == jsonBody && !json.Valid(text):
		return "the body is no JSON"
	case r.body == opaqueBody && len(text) == 0:
		return "the body is empty"
	}
	return ""
}

func (r *route) checkQuery(req *http.Request) string {
	query := req.URL.Query()
	for name, values := range query {
		if len(values) != 1 || !slices.Contains(r.query, name) && !slices.Contains(r.query, name+"="+values[0]) {
			return "unknown query " + name
		}
	}
	for _, q := range r.query {
		if name, value, needed := strings.Cut(q, "="); needed && query.Get(name) != value {
			return "the query " + q + " is missing"
		}
	}
	return ""
}

// complain refuses a request that breaks the rules.
func complain(c *mgmttest.Call, status int, why string) mgmttest.Answer {
	c.Complaint = why
	return failure(status, why)
}

// failure is an answer that refuses, with codes of the TI or the maker. The form
// of the errors of real boxes is not known, beyond texts in their user interface.
func failure(status int, text string, codes ...int) mgmttest.Answer {
	m := map[string]any{"message": "Fehler beim Speichern: Fehler (" + text + ")"}
	if len(codes) > 0 {
		m["codes"] = codes
	}
	a := answer(m)
	a.Status = status
	return a
}

// answer is a JSON answer.
func answer(v any) mgmttest.Answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return mgmttest.Answer{Status: http.StatusInternalServerError}
	}
	return mgmttest.Answer{
		Status: http.StatusOK, Body: bytes.TrimSpace(b.Bytes()),
		Header: http.Header{"Content-Type": {"application/json"}},
	}
}

// done is an answer without content.
func done() mgmttest.Answer { return mgmttest.Answer{Status: http.StatusOK} }

// decode reads the object of a request, which must have exactly the names.
func decode(data []byte, v any, names ...string) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	for _, name := range names {
		if keys[name] == nil {
			return fmt.Errorf("the body has no %s", name)
		}
	}
	if len(keys) != len(names) {
		return fmt.Errorf("the body has more than %s", strings.Join(names, ", "))
	}
	return json.Unmarshal(data, v)
}
