package konnektor_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// gerror is a fault with a trace of two entries, in the spelling of SOAP 1.1.
const gerror = `<S:Fault><faultcode>S:Server</faultcode><faultstring>text of the device</faultstring><detail>` +
	`<G:Error xmlns:G="http://ws.gematik.de/tel/error/v2.0"><G:MessageID>m1</G:MessageID><G:Timestamp>2026-11-21T10:00:00+01:00</G:Timestamp>` +
	`<G:Trace><G:EventID>e1</G:EventID><G:Instance>Konnektor-Lokal</G:Instance><G:LogReference>r1</G:LogReference><G:CompType>Konnektor</G:CompType>` +
	`<G:Code>41003</G:Code><G:Severity>Error</G:Severity><G:ErrorType>Technical</G:ErrorType><G:ErrorText>vendor text</G:ErrorText>` +
	`<G:Detail Encoding="text">KANARIENVOGEL</G:Detail></G:Trace>` +
	`<G:Trace><G:EventID>e2</G:EventID><G:Instance/><G:LogReference/><G:CompType>FM_VSDM</G:CompType>` +
	`<G:Code> 4001 </G:Code><G:Severity>Error</G:Severity><G:ErrorType>Technical</G:ErrorType><G:ErrorText>KANARIENVOGEL</G:ErrorText></G:Trace>` +
	`</G:Error></detail></S:Fault>`

func faultOf(t testing.TB, status int, body string) *konnektor.Error {
	t.Helper()
	err := cards(t, answers(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	var fault *konnektor.Error
	require.ErrorAs(t, err, &fault)
	return fault
}

func TestFault(t *testing.T) {
	f := faultOf(t, 500, envelopeHead+gerror+envelopeTail)
	require.Equal(t, &konnektor.Error{
		Op: "GetCards", HTTPStatus: 500, MessageID: "m1", Timestamp: f.Timestamp,
		Trace: []konnektor.Trace{
			{EventID: "e1", Instance: "Konnektor-Lokal", LogReference: "r1", CompType: "Konnektor", Code: 41003,
				Severity: "Error", ErrorType: "Technical", ErrorText: "vendor text", Detail: "KANARIENVOGEL"},
			{EventID: "e2", CompType: "FM_VSDM", Code: 4001, Severity: "Error", ErrorType: "Technical", ErrorText: "KANARIENVOGEL"},
		},
	}, f)
	require.True(t, f.Timestamp.Equal(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	require.Equal(t, konnektor.CodeInternal, f.Code())

	wrapped := fmt.Errorf("read VSD: %w", f)
	require.ErrorIs(t, wrapped, konnektor.CodeInternal)
	require.ErrorIs(t, wrapped, konnektor.Code(41003), "any entry of the trace")
	require.NotErrorIs(t, wrapped, konnektor.CodeCardBusy)
	require.NotErrorIs(t, wrapped, konnektor.KindFault)
	require.Equal(t, "try again", konnektor.Remedy(wrapped))

	require.Equal(t, "konnektor: GetCards: 4001 Internal error of the Konnektor (catch-all; look at preceding vendor traces) (after 41003)", f.Error())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		require.NotContains(t, fmt.Sprintf(verb, wrapped), "KANARIENVOGEL")
		require.NotContains(t, fmt.Sprintf(verb, f), "KANARIENVOGEL")
		require.NotContains(t, fmt.Sprintf(verb, f.Trace[0]), "KANARIENVOGEL", "the Detail is masked")
	}
	require.Equal(t, "KANARIENVOGEL", string(f.Trace[0].Detail))
}

// TestFaultSpellings has the faults that devices send otherwise than SOAP 1.1
// and GERROR v2.0 say.
func TestFaultSpellings(t *testing.T) {
	whole := envelopeHead + gerror + envelopeTail
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"HTTP 200":             {200, whole},
		"HTTP 400":             {400, whole},
		"HTTP 401":             {401, whole},
		"HTTP 503":             {503, whole},
		"qualified":            {500, strings.NewReplacer("<detail", "<S:detail", "</detail", "</S:detail", "<faultcode", "<S:faultcode", "</faultcode", "</S:faultcode").Replace(whole)},
		"default namespace":    {500, strings.NewReplacer("xmlns:S=", "xmlns=", "<S:", "<", "</S:", "</").Replace(whole)},
		"body with xmlns":      {500, strings.NewReplacer("xmlns:S=", "xmlns=", "<S:", "<", "</S:", "</", "<S:Body>", `<Body>`, "<faultcode", `<faultcode xmlns=""`, "<detail", `<detail xmlns=""`).Replace(whole)},
		"xmlns on S:Body":      {500, strings.Replace(whole, "<S:Body>", `<S:Body xmlns="">`, 1)},
		"GERROR v3.0":          {500, strings.ReplaceAll(whole, "error/v2.0", "error/v3.0")},
		"header before":        {500, strings.Replace(whole, "<S:Body>", `<S:Header><x/></S:Header><S:Body>`, 1)},
		"more in the detail":   {500, strings.Replace(whole, "<detail>", `<detail><x>y</x>`, 1)},
		"no Timestamp":         {500, cutOut(whole, "<G:Timestamp>", "</G:Timestamp>")},
		"bad Timestamp":        {500, strings.Replace(whole, "2026-11-21T10:00:00+01:00", "gestern", 1)},
		"zone missing":         {500, strings.Replace(whole, "+01:00", "", 1)},
		"no MessageID":         {500, cutOut(whole, "<G:MessageID>", "</G:MessageID>")},
		"byte order mark":      {500, "\xef\xbb\xbf" + whole},
		"comments":             {500, strings.ReplaceAll(whole, "<G:Trace>", "<!-- x --><G:Trace>")},
		"a character as CDATA": {500, strings.Replace(whole, " 4001 ", "<![CDATA[4001]]>", 1)},
		"unknown element":      {500, strings.ReplaceAll(whole, "<G:Trace>", "<G:Trace><G:New><G:Code>1</G:Code></G:New>")},
	} {
		t.Run(name, func(t *testing.T) {
			f := faultOf(t, c.status, c.body)
			require.Len(t, f.Trace, 2)
			require.Equal(t, konnektor.CodeInternal, f.Code())
			require.Equal(t, c.status, f.HTTPStatus)
		})
	}
}

func cutOut(s, from, to string) string {
	i, j := strings.Index(s, from), strings.Index(s, to)
	return s[:i] + s[j+len(to):]
}

func TestFaultCodes(t *testing.T) {
	for text, want := range map[string]konnektor.Code{
		"4094": 4094, "+7": 7, "12345": 12345, "99999": 99999, "": 0, "none": 0, "99999999999999999999": 0, "-1": -1,
	} {
		f := faultOf(t, 500, envelopeHead+strings.Replace(gerror, " 4001 ", text, 1)+envelopeTail)
		require.Equal(t, want, f.Code(), text)
		require.NotEmpty(t, f.Error())
		require.NotEmpty(t, f.Remedy())
	}
}

func TestFaultOfTheFramework(t *testing.T) {
	err := cards(t, answers(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, plainFault)
	}))
	var failure *konnektor.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "schema: 'KANARIENVOGEL'", string(failure.FaultString), "for those who want it")
}

func TestFaultOfTheSimulator(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	k.Fail("GetCards", konnektor.CodeCriticalState, 1)
	err := cards(t, client)
	require.ErrorIs(t, err, konnektor.CodeCriticalState)
	require.Equal(t, konnektor.RemedyRestart, konnektor.CodeCriticalState.Info().Remedy)
	require.NoError(t, cards(t, client))

	cfg := k.Config()
	cfg.Call.MandantID = "nobody"
	require.ErrorIs(t, cards(t, open(t, cfg)), konnektor.CodeBadMandant)
}

func TestCodeTable(t *testing.T) {
	info := konnektor.CodeCardBusy.Info()
	require.Equal(t, "gemSpec_Kon", info.Layer)
	require.Equal(t, konnektor.RemedyRetry, info.Remedy)
	require.Equal(t, "4093 "+info.Meaning, konnektor.CodeCardBusy.Error())

	require.Equal(t, konnektor.CodeInfo{Code: 9999, Meaning: "unknown code"}, konnektor.Code(9999).Info())
	require.Empty(t, konnektor.Code(20000).Info().Layer)
	require.Contains(t, konnektor.Code(20000).Info().Meaning, "vendor")
	require.Equal(t, "secunet-HSK", konnektor.Code(42034).Info().Layer)
	require.Equal(t, "VSDM-VSDD/CMS", konnektor.CodeUpdateCardDefective.Info().Layer)

	for _, code := range []konnektor.Code{5, 1006, 1011} {
		box, central := konnektor.Trace{Code: code, CompType: "Konnektor"}, konnektor.Trace{Code: code, CompType: "UFS"}
		require.Equal(t, code.Info(), box.Info())
		require.NotEqual(t, box.Info(), central.Info(), "the same number, another meaning")
		require.Equal(t, konnektor.RemedyOffline, central.Info().Remedy)
	}
	require.Empty(t, konnektor.Trace{Code: 500, CompType: "Konnektor"}.Info().Layer)
	require.NotEmpty(t, konnektor.Trace{Code: 500, CompType: "VSDM-Fachdienst"}.Info().Layer)

	for _, remedy := range []konnektor.RemedyClass{"", "none", "retry", "user", "admin", "replace-card", "konnektor-restart", "offline-fallback"} {
		require.NotEmpty(t, remedy.Advice())
	}
}

func TestKinds(t *testing.T) {
	for _, kind := range []konnektor.Kind{
		konnektor.KindConfig, konnektor.KindUnknownHost, konnektor.KindUnreachable, konnektor.KindTimeout,
		konnektor.KindCancelled, konnektor.KindNoTLS, konnektor.KindTLS, konnektor.KindCertificate,
		konnektor.KindCertificateName, konnektor.KindCertificateExpired, konnektor.KindBrainpool,
		konnektor.KindClientCertificate, konnektor.KindUnauthorized, konnektor.KindHTTP, konnektor.KindFault,
		konnektor.KindEmpty, konnektor.KindTooLarge, konnektor.KindMalformed, konnektor.KindNoService,
		konnektor.KindRequest, konnektor.KindNotInserted,
	} {
		require.NotEmpty(t, kind.Remedy(), kind)
		require.NotContains(t, kind.Remedy(), "\n")
		require.Equal(t, kind.Remedy(), konnektor.Remedy(fmt.Errorf("x: %w", kind)))
	}
	require.Empty(t, konnektor.Remedy(errors.New("something else")))
}

// TestWarning has a Status that is not OK.
func TestWarning(t *testing.T) {
	trace := `<G:Error xmlns:G="http://ws.gematik.de/tel/error/v2.0"><G:MessageID/><G:Timestamp>2026-11-21T10:00:00Z</G:Timestamp><G:Trace>` +
		`<G:EventID/><G:Instance/><G:LogReference/><G:CompType>Konnektor</G:CompType><G:Code>4043</G:Code><G:Severity>Warning</G:Severity>` +
		`<G:ErrorType>Technical</G:ErrorType><G:ErrorText>x</G:ErrorText></G:Trace></G:Error>`
	status := func(result, gerror string) string {
		return strings.Replace(noCards, "<CONN:Result>OK</CONN:Result>", "<CONN:Result>"+result+"</CONN:Result>"+gerror, 1)
	}
	for name, c := range map[string]struct {
		body string
		code konnektor.Code // of the warning
		fail bool
	}{
		"warning":               {status("Warning", trace), konnektor.CodePINTimeout, false},
		"as NFDService has it":  {status("WARNING", trace), konnektor.CodePINTimeout, false},
		"warning without trace": {status("Warning", ""), 0, false},
		"OK with trace":         {status("OK", trace), konnektor.CodePINTimeout, false},
		"error in the Status":   {status("ERROR", trace), konnektor.CodePINTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			client := answers(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) })
			_, warning, err := client.Cards(t.Context(), konnektor.CardFilter{})
			if c.fail {
				require.ErrorIs(t, err, c.code)
				return
			}
			require.NoError(t, err)
			require.NotNil(t, warning)
			require.Equal(t, c.code, warning.Code())
			require.NotEmpty(t, warning.Trace)
		})
	}
}

// TestWarningOfEveryCall has a Konnektor that reports something beside the
// result of each call: both come back, with the whole trace.
func TestWarningOfEveryCall(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	smcb := k.Handle(konnektor.CardSMCB)
	for operation, call := range map[string]func() (result any, w *konnektor.Warning, err error){
		"GetCards": func() (any, *konnektor.Warning, error) {
			cards, w, err := client.Cards(t.Context(), konnektor.CardFilter{})
			return cards, w, err
		},
		"GetCardTerminals": func() (any, *konnektor.Warning, error) {
			terminals, w, err := client.CardTerminals(t.Context(), false)
			return terminals, w, err
		},
		"GetResourceInformation": func() (any, *konnektor.Warning, error) {
			r, w, err := client.Resource(t.Context(), konnektor.ResourceQuery{})
			return r.Konnektor, w, err
		},
		"GetPinStatus": func() (any, *konnektor.Warning, error) {
			status, w, err := client.PINStatus(t.Context(), smcb, konnektor.PINSMC)
			return status.State, w, err
		},
	} {
		t.Run(operation, func(t *testing.T) {
			warning := konnektortest.NewFault(konnektor.CodePINTimeout)
			warning.Vendor = []konnektor.Trace{{Code: 41000, Severity: "Info", ErrorType: "Technical", CompType: "x"}}
			k.Disturb(operation, konnektortest.Disturbance{Warning: warning}, 1)
			result, w, err := call()
			require.NoError(t, err)
			require.NotEmpty(t, result)
			require.NotNil(t, w)
			require.Equal(t, operation, w.Op)
			require.Len(t, w.Trace, 2)
			require.Equal(t, konnektor.CodePINTimeout, w.Code())
			require.ErrorIs(t, w, konnektor.Code(41000))

			_, w, err = call()
			require.NoError(t, err)
			require.Nil(t, w)
		})
	}
}
