package konnektortest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// raw posts bytes written by hand.
type raw struct {
	t    testing.TB
	k    *Konnektor
	http *http.Client
}

func newRaw(t testing.TB, o Options) *raw {
	t.Helper()
	k := NewWith(t, o)
	return &raw{t, k, httpClient(t, k.Config())}
}

// httpClient is a plain net/http client with the trust and the certificate of
// a Config.
func httpClient(t testing.TB, cfg konnektor.Config) *http.Client {
	t.Helper()
	c := &tls.Config{ServerName: "konnektor.konlan", RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM([]byte(cfg.Trust.CAsPEM))
	if cfg.Auth.CertificatePEM != "" {
		cert, err := tls.X509KeyPair([]byte(cfg.Auth.CertificatePEM), []byte(string(cfg.Auth.KeyPEM)))
		require.NoError(t, err)
		c.Certificates = []tls.Certificate{cert}
	}
	transport := &http.Transport{TLSClientConfig: c}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// message is a POST before it is sent.
type message struct {
	path, action, contentType string
	body                      string
	header                    http.Header
	ctx                       context.Context // nil for one that never ends
}

// call is a well-formed message of an operation of the simulator's own.
func (r *raw) call(operation, payload string) message {
	service, space := "EventService", prefixes["EVT"]
	switch {
	case strings.Contains(operation, "Pin"):
		service, space = "CardService", prefixes["CARD"]
	case operation == "RequestCard", operation == "EjectCard":
		service, space = "CardTerminalService", terminalSpace
	}
	return message{
		path:        r.path(service),
		action:      `"` + space + "#" + operation + `"`,
		contentType: "text/xml; charset=UTF-8",
		body:        envelope(payload),
	}
}

func (r *raw) path(service string) string {
	for path, e := range r.k.routes {
		if e.service.Name == service && len(e.operations) > 0 {
			return path
		}
	}
	r.t.Fatal("no path for " + service)
	return ""
}

func envelope(payload string) string {
	return `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"` + declarations + `><S:Body>` + payload + `</S:Body></S:Envelope>`
}

// declarations declare the prefixes of the official schemas.
const declarations = ` xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2"` +
	` xmlns:CARD="http://ws.gematik.de/conn/CardService/v8.1"` +
	` xmlns:CARDCMN="http://ws.gematik.de/conn/CardServiceCommon/v2.0"` +
	` xmlns:CT="http://ws.gematik.de/conn/CardTerminalService/v1.1"` +
	` xmlns:CCTX="http://ws.gematik.de/conn/ConnectorContext/v2.0"` +
	` xmlns:CONN="http://ws.gematik.de/conn/ConnectorCommon/v5.0"`

// callContext writes an Aufrufkontext.
func callContext(mandant, clientSystem, workplace string, user ...string) string {
	text := ElemText("CONN:MandantId", mandant) + ElemText("CONN:ClientSystemId", clientSystem) + ElemText("CONN:WorkplaceId", workplace)
	for _, u := range user {
		text += ElemText("CONN:UserId", u)
	}
	return Elem("CCTX:Context", text)
}

var here = callContext("Mandant1", "Clientsystem1", "Arbeitsplatz1")

// reply is an answer taken apart with as little code as possible.
type reply struct {
	status int
	body   string
	root   *Element
}

func (r *raw) send(m message) reply {
	r.t.Helper()
	answer, err := r.try(m)
	require.NoError(r.t, err)
	return answer
}

func (r *raw) try(m message) (reply, error) {
	ctx := m.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.k.URL()+m.path, strings.NewReader(m.body))
	require.NoError(r.t, err)
	req.Header = http.Header{}
	for name, values := range m.header {
		req.Header[name] = values
	}
	if m.contentType != "" {
		req.Header.Set("Content-Type", m.contentType)
	}
	if m.action != "" {
		req.Header["Soapaction"] = []string{m.action}
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	root, err := parseXML(body, nil, true)
	if err != nil {
		root = nil
	}
	return reply{resp.StatusCode, string(body), root}, nil
}

var codePattern = regexp.MustCompile(`Code(?: [^>]*)?>(\d+)</`)

// code is the last GERROR code of a fault, 0 when there is none.
func (a reply) code() konnektor.Code {
	all := codePattern.FindAllStringSubmatch(a.body, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1][1])
	return konnektor.Code(n)
}

// fault is the faultcode without prefix, "" when the answer is no fault.
func (a reply) fault() string {
	if a.root == nil {
		return ""
	}
	_, local, _ := strings.Cut(a.root.Child("Body").Child("Fault").Value("faultcode"), ":")
	return local
}

// all lists the texts of the elements with the local name, in order.
func (a reply) all(local string) []string {
	var texts []string
	var walk func(*Element)
	walk = func(e *Element) {
		if e.Local == local {
			texts = append(texts, e.Text)
		}
		for _, c := range e.Children {
			walk(c)
		}
	}
	if a.root != nil {
		walk(a.root)
	}
	return texts
}
