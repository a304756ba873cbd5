package judgetest

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// gsoapClient is testdata/gsoap/client.c, ready to read cards of a simulator.
type gsoapClient struct {
	program, endpoint, ca, client, context string
}

func startGSOAPClient(t *testing.T, args ...string) (gsoapClient, *simulator) {
	t.Helper()
	judges := gsoapPrograms(t)
	s := startSimulator(t, args...)
	call := s.config.Call
	return gsoapClient{
		program:  filepath.Join(judges, "client"),
		endpoint: s.endpoint(t, "VSDService"),
		ca:       file(t, "ca.pem", s.config.Trust.CAsPEM),
		client:   file(t, "client.pem", s.clientPEM()),
		context:  strings.Join([]string{call.MandantID, call.ClientSystemID, call.WorkplaceID}, "/"),
	}, s
}

// read returns what the program prints, by the name of each value.
func (c gsoapClient) read(t *testing.T, egk, smcb, check, receipt string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(run(t, "", c.program, c.endpoint, c.ca, c.client, c.context, egk, smcb, check, receipt, "1")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[name] = value
	}
	return values
}

// endpoint finds a service in connector.sds without any of our own code.
func (s *simulator) endpoint(t *testing.T, service string) string {
	t.Helper()
	files := pki{CA: s.config.Trust.CAsPEM, Client: s.clientPEM()}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: files.clientTLS(t)}, Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get(s.config.URL + "/connector.sds")
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var directory struct {
		Services []struct {
			Name     string `xml:",attr"`
			Endpoint struct {
				Location string `xml:",attr"`
			} `xml:"Versions>Version>EndpointTLS"`
		} `xml:"ServiceInformation>Service"`
	}
	require.NoError(t, xml.Unmarshal(body, &directory))
	for _, s := range directory.Services {
		if s.Name == service {
			return s.Endpoint.Location
		}
	}
	require.FailNow(t, "not in the service directory: "+service)
	return ""
}

func TestGSOAPClientReadsSimulator(t *testing.T) {
	c, s := startGSOAPClient(t, "-person", "2")
	egk, smcb := s.card(t, konnektor.CardEGK).Handle, s.card(t, konnektor.CardSMCB).Handle

	got := c.read(t, egk, smcb, "true", "true")
	require.Equal(t, "0", got["Status"])
	require.Equal(t, "5.2.0", got["Version"])
	container := func(name string) string {
		b, err := base64.StdEncoding.DecodeString(got[name])
		require.NoError(t, err)
		return string(unpack(t, b))
	}
	require.Contains(t, container("PD"), "Kieler F\xf6hrde", "person 2 lives there, in ISO-8859-15")
	require.Contains(t, container("VD"), "UC_AllgemeineVersicherungsdatenXML")
	require.Contains(t, container("GVD"), "UC_GeschuetzteVersichertendatenXML")
	require.Contains(t, container("PN"), "E>2</")

	require.NotContains(t, c.read(t, egk, smcb, "true", "false"), "PN")
}

func TestGSOAPClientReadsFaults(t *testing.T) {
	c, s := startGSOAPClient(t)
	egk, smcb := s.card(t, konnektor.CardEGK).Handle, s.card(t, konnektor.CardSMCB).Handle
	require.Equal(t, "4101", c.read(t, "gone", smcb, "true", "true")["Code"])
	require.Equal(t, "4051", c.read(t, smcb, smcb, "true", "true")["Code"])
	s.command(t, "pin", "-handle", smcb, "-state", "VERIFIABLE")
	fault := c.read(t, egk, smcb, "true", "true")
	require.Equal(t, "3041", fault["Code"])
	require.NotEmpty(t, fault["ErrorText"])

	// The judge trusts the name in the certificate alone: another CA is refused.
	c.ca = file(t, "other.pem", newPKI(t).CA)
	_, err := tryRun(t, "", c.program, c.endpoint, c.ca, c.client, c.context, egk, smcb, "true", "true", "1")
	require.Error(t, err)
}
