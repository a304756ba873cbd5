package judgetest

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// gsoapServer is the C program of testdata/gsoap/server.c with a service
// directory in front, which C need not serve.
type gsoapServer struct {
	*process
	pki       pki
	endpoint  string // of both services
	directory *httptest.Server
}

func startGSOAP(t testing.TB) *gsoapServer {
	t.Helper()
	program := filepath.Join(gsoapPrograms(t), "server")
	s := &gsoapServer{pki: newPKI(t)}
	containers := t.TempDir()
	for name, document := range vsdDocuments {
		require.NoError(t, os.WriteFile(filepath.Join(containers, name), compress(t, document), 0o600))
	}
	s.process = start(t, program, file(t, "server.pem", s.pki.Server), file(t, "ca.pem", s.pki.CA), containers)
	s.endpoint = "https://127.0.0.1:" + s.line(t) + "/"
	s.directory = httptest.NewUnstartedServer(http.HandlerFunc(s.serveDirectory))
	s.directory.TLS = s.pki.serverTLS(t)
	s.directory.StartTLS()
	t.Cleanup(s.directory.Close)
	return s
}

func compress(t testing.TB, document string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, document)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// serverTLS is a TLS server that demands a client certificate.
func (p pki) serverTLS(t testing.TB) *tls.Config {
	t.Helper()
	cert, err := tls.X509KeyPair([]byte(p.Server), []byte(p.Server))
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: p.pool(t), ClientAuth: tls.RequireAndVerifyClientCert}
}

// clientTLS is the other side of serverTLS.
func (p pki) clientTLS(t testing.TB) *tls.Config {
	t.Helper()
	cert, err := tls.X509KeyPair([]byte(p.Client), []byte(p.Client))
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: p.pool(t), ServerName: serverName}
}

func (p pki) pool(t testing.TB) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(p.CA)))
	return pool
}

func (s *gsoapServer) serveDirectory(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/connector.sds" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, strings.ReplaceAll(directory, "ENDPOINT", s.endpoint))
}

const directory = `<?xml version="1.0" encoding="UTF-8"?>
<ConnectorServices xmlns="http://ws.gematik.de/conn/ServiceDirectory/v3.1"
 xmlns:PI="http://ws.gematik.de/int/version/ProductInformation/v1.1" xmlns:SI="http://ws.gematik.de/conn/ServiceInformation/v2.0">
<PI:ProductInformation><PI:InformationDate>2026-01-02T03:04:05Z</PI:InformationDate>
<PI:ProductTypeInformation><PI:ProductType>Konnektor</PI:ProductType><PI:ProductTypeVersion>5.1.0</PI:ProductTypeVersion></PI:ProductTypeInformation>
<PI:ProductIdentification><PI:ProductVendorID>GSOAP</PI:ProductVendorID><PI:ProductCode>JUDGE</PI:ProductCode>
<PI:ProductVersion><PI:Local><PI:HWVersion>2.0.0</PI:HWVersion><PI:FWVersion>5.1.2</PI:FWVersion></PI:Local></PI:ProductVersion></PI:ProductIdentification>
<PI:ProductMiscellaneous><PI:ProductVendorName>Judge</PI:ProductVendorName><PI:ProductName>Konnektor on gSOAP</PI:ProductName></PI:ProductMiscellaneous>
</PI:ProductInformation>
<TLSMandatory>true</TLSMandatory><ClientAutMandatory>true</ClientAutMandatory>
<SI:ServiceInformation>
<SI:Service Name="EventService"><SI:Abstract>events</SI:Abstract><SI:Versions>
<SI:Version TargetNamespace="http://ws.gematik.de/conn/EventService/WSDL/v7.2" Version="7.2.0"><SI:Abstract>7.2</SI:Abstract><SI:EndpointTLS Location="ENDPOINT"/></SI:Version>
</SI:Versions></SI:Service>
<SI:Service Name="VSDService"><SI:Abstract>VSD</SI:Abstract><SI:Versions>
<SI:Version TargetNamespace="http://ws.gematik.de/conn/vsds/VSDService/v5.2" Version="5.2.0"><SI:Abstract>5.2</SI:Abstract><SI:EndpointTLS Location="ENDPOINT"/></SI:Version>
</SI:Versions></SI:Service>
</SI:ServiceInformation></ConnectorServices>`

// client is our client, calling as the given Mandant.
func (s *gsoapServer) client(t testing.TB, mandant string) *konnektor.Client {
	t.Helper()
	c, err := konnektor.New(konnektor.Config{
		URL:   s.directory.URL,
		Call:  konnektor.CallContext{MandantID: mandant, ClientSystemID: "pvs & co", WorkplaceID: "Anmeldung <1>"},
		Auth:  konnektor.Auth{CertificatePEM: s.pki.Client, KeyPEM: konnektor.Secret(s.pki.Client)},
		Trust: konnektor.Trust{CAsPEM: s.pki.CA},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// received checks what gSOAP decoded of the last request.
func (s *gsoapServer) received(t *testing.T, operation, format string, args ...any) {
	t.Helper()
	require.Equal(t, operation+" practice/pvs & co/Anmeldung <1>/-"+fmt.Sprintf(format, args...), s.line(t))
}

// someTime is the time in every answer of the gSOAP server.
var someTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var gsoapCards = []konnektor.Card{{
	Handle:             "egk-1",
	Type:               konnektor.CardEGK,
	ICCSN:              "80276881040000000001",
	Terminal:           "terminal-1",
	Slot:               1,
	InsertTime:         someTime,
	Holder:             "Käthe <Muster> & Söhne",
	KVNR:               "X110000001",
	CertificateExpires: time.Date(2029, 12, 31, 0, 0, 0, 0, time.UTC),
	Version:            &konnektor.CardVersion{COS: "4.4.0", ObjectSystem: "4.1.2"},
}, {
	Handle:     "smcb-1",
	Type:       konnektor.CardSMCB,
	ICCSN:      "80276883110000000002",
	Terminal:   "terminal-1",
	Slot:       2,
	InsertTime: someTime,
}}

var gsoapTerminal = konnektor.Terminal{
	ID:   "terminal-1",
	Name: "Empfang",
	Product: konnektor.Product{
		InformationDate: someTime, Type: "KartTerm", TypeVersion: "1.2.3", VendorID: "GSOAP", Code: "JUDGE",
		HardwareVersion: "2.0.0", FirmwareVersion: "3.9.1", VendorName: "Judge", Name: "Terminal on gSOAP",
	},
	Workplaces: []string{"workplace-1", "workplace-2"},
	MAC:        "00-11-22-33-44-5a",
	IP:         "192.0.2.9",
	Slots:      4,
	Physical:   true,
	Connected:  true,
}

var gsoapState = konnektor.State{
	TI:  konnektor.VPN{Online: false, Since: someTime},
	SIS: konnektor.VPN{Online: true, Since: someTime},
	Operating: []konnektor.OperatingState{
		{Condition: "EC_No_VPN_TI_Connection", Severity: "Error", Type: "Infrastructure", Active: true, Since: someTime},
		{Condition: "EC_CardTerminal_Not_Available", Parameter: "terminal-1", Severity: "Error", Type: "Operation", Since: someTime},
	},
}

func TestGSOAPServerCards(t *testing.T) {
	s := startGSOAP(t)
	c := s.client(t, "practice")
	for _, ask := range []struct {
		filter konnektor.CardFilter
		sent   string
	}{
		{konnektor.CardFilter{}, " mandant-wide=false CtId=- SlotId=- CardType=-"},
		{konnektor.CardFilter{MandantWide: true, Type: konnektor.CardSMB}, " mandant-wide=true CtId=- SlotId=- CardType=SM-B"},
		{konnektor.CardFilter{Terminal: "terminal-1", Slot: 2, Type: konnektor.CardHBAqSig},
			" mandant-wide=false CtId=terminal-1 SlotId=2 CardType=HBA-qSig"},
	} {
		cards, warning, err := c.Cards(t.Context(), ask.filter)
		require.NoError(t, err)
		require.Nil(t, warning)
		s.received(t, "GetCards", "%s", ask.sent)
		require.Equal(t, gsoapCards, cards)
	}
}

func TestGSOAPServerTerminals(t *testing.T) {
	s := startGSOAP(t)
	terminals, warning, err := s.client(t, "practice").CardTerminals(t.Context(), true)
	require.NoError(t, err)
	require.Nil(t, warning)
	s.received(t, "GetCardTerminals", " mandant-wide=true")
	require.Equal(t, []konnektor.Terminal{gsoapTerminal}, terminals)
}

func TestGSOAPServerResources(t *testing.T) {
	s := startGSOAP(t)
	c := s.client(t, "practice")
	for _, ask := range []struct {
		query konnektor.ResourceQuery
		sent  string
		want  konnektor.Resource
	}{
		{konnektor.ResourceQuery{}, " CtId=- SlotId=- Iccsn=- CardHandle=-", konnektor.Resource{Konnektor: &gsoapState}},
		{konnektor.ResourceQuery{Terminal: "terminal-1"}, " CtId=terminal-1 SlotId=- Iccsn=- CardHandle=-",
			konnektor.Resource{Terminal: &gsoapTerminal}},
		{konnektor.ResourceQuery{Terminal: "terminal-1", Slot: 1}, " CtId=terminal-1 SlotId=1 Iccsn=- CardHandle=-",
			konnektor.Resource{Card: &gsoapCards[0]}},
		{konnektor.ResourceQuery{ICCSN: "80276881040000000001"}, " CtId=- SlotId=- Iccsn=80276881040000000001 CardHandle=-",
			konnektor.Resource{Card: &gsoapCards[0]}},
		{konnektor.ResourceQuery{Card: "egk-1"}, " CtId=- SlotId=- Iccsn=- CardHandle=egk-1",
			konnektor.Resource{Card: &gsoapCards[0]}},
	} {
		resource, warning, err := c.Resource(t.Context(), ask.query)
		require.NoError(t, err)
		require.Nil(t, warning)
		s.received(t, "GetResourceInformation", "%s", ask.sent)
		require.Equal(t, ask.want, resource)
	}
}

func TestGSOAPServerFaultAndWarning(t *testing.T) {
	s := startGSOAP(t)
	_, _, err := s.client(t, "unknown").Cards(t.Context(), konnektor.CardFilter{})
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault)
	require.ErrorIs(t, err, konnektor.Code(4004))
	require.Equal(t, "GetCards", fault.Op)
	require.Equal(t, http.StatusInternalServerError, fault.HTTPStatus)
	require.Equal(t, "message-1", fault.MessageID)
	require.True(t, someTime.Equal(fault.Timestamp))
	require.Equal(t, []konnektor.Trace{gsoapTrace(4004, "Error", "Ungültige Mandanten-ID")}, fault.Trace)

	cards, warning, err := s.client(t, "warned").Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	require.Equal(t, gsoapCards, cards)
	require.NotNil(t, warning)
	require.Equal(t, []konnektor.Trace{gsoapTrace(4092, "Warning", "Remote-PIN-KT benötigt, aber nicht zugeordnet")}, warning.Trace)
}

func gsoapTrace(code konnektor.Code, severity, text string) konnektor.Trace {
	return konnektor.Trace{
		EventID: "event-1", Instance: "Konnektor-Lokal", LogReference: "log-1", CompType: "Konnektor",
		Code: code, Severity: severity, ErrorType: "Technical", ErrorText: text,
	}
}

// The judge must be able to say no, or its yes is worth nothing. The order of
// elements is beyond it: xmllint and zeep look at that.
func TestGSOAPServerRefusesBadRequests(t *testing.T) {
	s := startGSOAP(t)
	const (
		action  = "http://ws.gematik.de/conn/EventService/v7.2#GetCards"
		context = `<c:Context xmlns:c="http://ws.gematik.de/conn/ConnectorContext/v2.0" xmlns="http://ws.gematik.de/conn/ConnectorCommon/v5.0">` +
			`<MandantId>m</MandantId><ClientSystemId>c</ClientSystemId><WorkplaceId>w</WorkplaceId></c:Context>`
		cardType = `<k:CardType xmlns:k="http://ws.gematik.de/conn/CardServiceCommon/v2.0">EGK</k:CardType>`
	)
	for name, c := range map[string]struct {
		action, content string
		status          int
	}{
		"good":            {action, context + cardType, http.StatusOK},
		"another action":  {action + "X", context + cardType, http.StatusInternalServerError},
		"wrong namespace": {action, context + strings.Replace(cardType, "Common/v2.0", "Common/v2.1", 1), http.StatusInternalServerError},
		"no context":      {action, cardType, http.StatusInternalServerError},
		"context twice":   {action, context + context, http.StatusInternalServerError},
		"no such type":    {action, context + strings.Replace(cardType, "EGK", "EGG", 1), http.StatusInternalServerError},
	} {
		body := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` +
			`<e:GetCards xmlns:e="http://ws.gematik.de/conn/EventService/v7.2">` + c.content + `</e:GetCards></s:Body></s:Envelope>`
		assert.Equal(t, c.status, s.post(t, c.action, body), name)
	}
}

func (s *gsoapServer) post(t testing.TB, action, body string) int {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: s.pki.clientTLS(t)}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.endpoint, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "text/xml; charset=utf-8")
	request.Header.Set("SOAPAction", `"`+action+`"`)
	answer, err := client.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	return answer.StatusCode
}
