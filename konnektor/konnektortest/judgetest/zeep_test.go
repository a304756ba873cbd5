package judgetest

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
)

// python is Debian's, the one that python3-zeep belongs to.
const python = "/usr/bin/python3"

// zeepJudge is testdata/zeep/judge.py: one process for all calls of a test,
// since loading the WSDLs takes a second or more.
type zeepJudge struct{ *process }

// zeepSetup is the first line that the judge reads.
type zeepSetup struct {
	Schemas    string `json:"schemas"`
	URL        string `json:"url"`
	ServerName string `json:"server_name"`
	CA         string `json:"ca"`
	Cert       string `json:"cert"`
	Key        string `json:"key"`
}

// zeepCall is one call: an operation by its names in WSDL and service
// directory, with a request as zeep takes it or a body as it is.
type zeepCall struct {
	WSDL      string         `json:"wsdl"`
	Service   string         `json:"service"`
	Operation string         `json:"operation"`
	Request   map[string]any `json:"request,omitempty"`
	XML       string         `json:"xml,omitempty"`
	Repeat    int            `json:"repeat,omitempty"`
}

// zeepAnswer is what zeep made of the answer; one of the first three is set.
type zeepAnswer struct {
	OK      json.RawMessage `json:"ok"`
	Fault   string          `json:"fault"`
	Refused string          `json:"refused"`
	Error   *zeepError      `json:"error"` // decoded detail of the fault
}

// zeepError is a GERROR:Error as zeep decodes it.
type zeepError struct {
	MessageID, Timestamp string
	Trace                []struct {
		EventID, Instance, LogReference, CompType string
		Code                                      int
		Severity, ErrorType, ErrorText            string
	}
}

// needZeep skips the test when there is no zeep or no WSDL, and returns the
// folder of the WSDLs.
func needZeep(t testing.TB) string {
	t.Helper()
	needFile(t, python, "python3")
	if exec.Command(python, "-c", "import zeep").Run() != nil {
		t.Skip("python3-zeep is not installed")
	}
	return filepath.Join(schematest.Dir(t), "conn")
}

// startZeep starts the judge; client is the PEM of certificate and key.
func startZeep(t testing.TB, url, ca, client string) zeepJudge {
	t.Helper()
	schemas := needZeep(t)
	pem := file(t, "client.pem", client)
	z := zeepJudge{start(t, python, filepath.Join("testdata", "zeep", "judge.py"))}
	z.send(t, zeepSetup{schemas, url, serverName, file(t, "ca.pem", ca), pem, pem})
	return z
}

func (z zeepJudge) send(t testing.TB, v any) {
	t.Helper()
	require.NoError(t, json.NewEncoder(z.in).Encode(v))
}

// call makes one call and returns the verdict.
func (z zeepJudge) call(t testing.TB, c zeepCall) zeepAnswer {
	t.Helper()
	z.send(t, c)
	var a zeepAnswer
	require.NoError(t, json.Unmarshal([]byte(z.line(t)), &a))
	t.Logf("zeep: %s %s %s: %.120s%.200s%s", c.WSDL, c.Service, c.Operation, a.OK, a.Fault, a.Refused)
	return a
}

// The two judges first judge each other: what fails against the simulator
// afterwards is the simulator's.
func TestZeepReadsGSOAP(t *testing.T) {
	needZeep(t)
	s := startGSOAP(t)
	z := startZeep(t, s.directory.URL, s.pki.CA, s.pki.Client)
	call := zeepCall{WSDL: "EventService.wsdl", Service: "EventService", Operation: "GetCards", Request: map[string]any{
		"Context": map[string]string{"MandantId": "practice", "ClientSystemId": "pvs & co", "WorkplaceId": "Anmeldung <1>"},
	}}
	a := z.call(t, call)
	require.Empty(t, a.Refused+a.Fault)
	s.received(t, "GetCards", " mandant-wide=false CtId=- SlotId=- CardType=-")
	var got struct {
		Cards struct {
			Card []struct{ CardHandle, CardHolderName string }
		}
	}
	require.NoError(t, json.Unmarshal(a.OK, &got))
	require.Len(t, got.Cards.Card, 2)
	require.Equal(t, "Käthe <Muster> & Söhne", got.Cards.Card[0].CardHolderName)

	call.Request["Context"] = map[string]string{"MandantId": "unknown", "ClientSystemId": "c", "WorkplaceId": "w"}
	a = z.call(t, call)
	require.Equal(t, "Ungültige Mandanten-ID", a.Fault)
	require.Equal(t, 4004, a.Error.Trace[0].Code)
}
