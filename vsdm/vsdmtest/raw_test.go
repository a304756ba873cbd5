package vsdmtest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

const (
	actionWSDL = "http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD"
	actionILF  = "http://ws.gematik.de/conn/vsds/VSDService/v5.2#ReadVSD"
)

// bench is a Konnektor with VSDM and a client made of net/http.
type bench struct {
	t      testing.TB
	k      *konnektortest.Konnektor
	module *vsdmtest.Module
	http   *http.Client
	url    string
	action string
}

func newBench(t testing.TB, o konnektortest.Options) *bench {
	t.Helper()
	k := konnektortest.NewWith(t, o)
	b := &bench{t: t, k: k, module: vsdmtest.Install(k), action: actionWSDL}
	cfg := k.Config()
	c := &tls.Config{ServerName: "konnektor.konlan", RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM([]byte(cfg.Trust.CAsPEM))
	cert, err := tls.X509KeyPair([]byte(cfg.Auth.CertificatePEM), []byte(string(cfg.Auth.KeyPEM)))
	require.NoError(t, err)
	c.Certificates = []tls.Certificate{cert}
	transport := &http.Transport{TLSClientConfig: c}
	t.Cleanup(transport.CloseIdleConnections)
	b.http = &http.Client{Transport: transport}
	b.url = b.address()
	return b
}

var location = regexp.MustCompile(`VSDService/v5\.2['"](?s:.*?)Location=['"](https:[^'"]*)`)

// address finds the VSDService in the service directory.
func (b *bench) address() string {
	resp, err := b.http.Get(b.k.URL() + "/connector.sds")
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	found := location.FindSubmatch(body)
	require.Len(b.t, found, 2, "%s", body)
	return string(found[1])
}

// request is a call of ReadVSD.
type request struct {
	egk, hpc     konnektor.CardHandle
	check, proof bool
	mandant      string // empty means Mandant1
	workplace    string // empty means Arbeitsplatz1
	user         string
}

func (r request) xml() string {
	or := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	user := ""
	if r.user != "" {
		user = "<n:UserId>" + r.user + "</n:UserId>"
	}
	return `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` +
		`<ReadVSD xmlns="http://ws.gematik.de/conn/vsds/VSDService/v5.2"><EhcHandle>` + string(r.egk) + `</EhcHandle><HpcHandle>` +
		string(r.hpc) + `</HpcHandle><PerformOnlineCheck>` + strconv.FormatBool(r.check) + `</PerformOnlineCheck><ReadOnlineReceipt>` +
		strconv.FormatBool(r.proof) + `</ReadOnlineReceipt><c:Context xmlns:c="http://ws.gematik.de/conn/ConnectorContext/v2.0"` +
		` xmlns:n="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><n:MandantId>` + or(r.mandant, "Mandant1") +
		`</n:MandantId><n:ClientSystemId>Clientsystem1</n:ClientSystemId><n:WorkplaceId>` + or(r.workplace, "Arbeitsplatz1") +
		`</n:WorkplaceId>` + user + `</c:Context></ReadVSD></S:Body></S:Envelope>`
}

// answer is an answer taken apart by regular expressions.
type answer struct {
	t      testing.TB
	status int
	body   string
}

func (b *bench) read(r request) answer {
	b.t.Helper()
	a, err := b.try(r)
	require.NoError(b.t, err)
	return a
}

func (b *bench) try(r request) (answer, error) { return b.tryWith(b.t.Context(), r) }

func (b *bench) tryWith(ctx context.Context, r request) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, strings.NewReader(r.xml()))
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("SOAPAction", `"`+b.action+`"`)
	resp, err := b.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{b.t, resp.StatusCode, string(body)}, err
}

// first returns the content of the first element with the local name.
func first(doc, local string) (string, bool) {
	found := regexp.MustCompile(`<(?:[\w-]+:)?` + local + `(?:\s[^>]*[^/>]|)>([^<]*)</`).FindStringSubmatch(doc)
	if found == nil {
		return "", regexp.MustCompile(`<(?:[\w-]+:)?` + local + `[\s/]`).MatchString(doc)
	}
	return found[1], true
}

var codeElement = regexp.MustCompile(`[<:]Code>([^<]*)</`)

// code is the code of the last trace: one of the maker's may stand before it.
func (a answer) code() konnektor.Code {
	a.t.Helper()
	n := 0
	if codes := codeElement.FindAllStringSubmatch(a.body, -1); len(codes) > 0 {
		n, _ = strconv.Atoi(codes[len(codes)-1][1])
	}
	require.Equal(a.t, n == 0, a.status == http.StatusOK, a.body)
	return konnektor.Code(n)
}

// document unpacks a field; ok is false when it is not in the answer.
func (a answer) document(field string) (doc []byte, ok bool) {
	a.t.Helper()
	text, ok := first(a.body, field)
	if !ok {
		return nil, false
	}
	doc, err := unpack(text)
	require.NoError(a.t, err)
	return doc, true
}

func unpack(text string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// e returns the result in the receipt, 0 when there is no receipt.
func (a answer) e() int {
	a.t.Helper()
	doc, ok := a.document("Pruefungsnachweis")
	if !ok {
		return 0
	}
	text, _ := first(string(doc), "E")
	n, err := strconv.Atoi(text)
	require.NoError(a.t, err)
	return n
}
