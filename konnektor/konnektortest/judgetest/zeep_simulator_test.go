package judgetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// m is a request or answer as zeep has it: by the local names of the elements.
type m = map[string]any

// some is a part of a list: each of its members is like one of the list's.
type some []any

// wsdls are the official WSDLs by operation, with the service's name in the
// directory.
var wsdls = map[string]struct{ service, wsdl string }{
	"GetCards":               {"EventService", "EventService.wsdl"},
	"GetCardTerminals":       {"EventService", "EventService.wsdl"},
	"GetResourceInformation": {"EventService", "EventService.wsdl"},
	"GetPinStatus":           {"CardService", "CardService_v8_1_2.wsdl"},
	"ReadVSD":                {"VSDService", "vsds/VSDService.wsdl"},

	"ReadCardCertificate":        {"CertificateService", "CertificateService_v6_0_1.wsdl"},
	"CheckCertificateExpiration": {"CertificateService", "CertificateService_v6_0_1.wsdl"},
	"VerifyCertificate":          {"CertificateService", "CertificateService_v6_0_1.wsdl"},
}

// zeepCase is one call of the table. The request gets the Aufrufkontext of the
// simulator where it has none. What want names must be in zeep's answer; fault
// is the code of the last trace of the fault that is wanted instead.
type zeepCase struct {
	name      string
	operation string
	request   m
	want      m
	fault     int
	// before are commands for the simulator.
	before [][]string
}

func TestZeepDrivesSimulator(t *testing.T) {
	needZeep(t)
	for _, args := range [][]string{
		{"-style", "secunet"}, {"-style", "kocobox", "-identity", "rsa"}, {"-style", "rise"},
	} {
		t.Run(args[1], func(t *testing.T) { zeepDrivesSimulator(t, args...) })
	}
}

func zeepDrivesSimulator(t *testing.T, args ...string) {
	s := startSimulator(t, append(args, "-person", "2")...)
	z := startZeep(t, s.config.URL, s.config.Trust.CAsPEM, s.clientPEM())
	egk, smcb := s.card(t, konnektor.CardEGK), s.card(t, konnektor.CardSMCB)
	for _, cases := range [][]zeepCase{
		cardCases(egk, smcb), terminalCases(), resourceCases(egk), pinCases(smcb), vsdCases(egk, smcb), faultCases(egk, smcb),
		certificateCases(egk, smcb),
	} {
		for _, c := range cases {
			t.Run(c.operation+"/"+c.name, func(t *testing.T) { c.run(t, s, z) })
		}
	}
}

func (c zeepCase) run(t *testing.T, s *simulator, z zeepJudge) {
	for _, command := range c.before {
		s.command(t, command...)
	}
	request := m{"Context": s.context()}
	maps.Copy(request, c.request)
	a := z.call(t, zeepCall{WSDL: wsdls[c.operation].wsdl, Service: wsdls[c.operation].service, Operation: c.operation, Request: request})
	require.Empty(t, a.Refused)
	if c.fault != 0 {
		a.requireFault(t, c.fault)
		return
	}
	require.Empty(t, a.Fault)
	var got any
	require.NoError(t, json.Unmarshal(a.OK, &got))
	if why := missing(got, plain(t, c.want), "answer"); why != "" {
		require.Fail(t, why, "%s", a.OK)
	}
}

func (a zeepAnswer) requireFault(t *testing.T, code int) {
	t.Helper()
	require.NotEmpty(t, a.Fault, "%s", a.OK)
	require.NotNil(t, a.Error, "zeep finds no GERROR in the fault")
	last := a.Error.Trace[len(a.Error.Trace)-1]
	require.Equal(t, code, last.Code)
	require.NotEmpty(t, last.ErrorText)
	require.Contains(t, []string{"Security", "Technical", "Business", "Infrastructure", "Other"}, last.ErrorType)
	require.Contains(t, []string{"Debug", "Info", "Warning", "Error", "Fatal"}, last.Severity)
}

// context is the simulator's Aufrufkontext.
func (s *simulator) context() m {
	return m{
		"MandantId": s.config.Call.MandantID, "ClientSystemId": s.config.Call.ClientSystemID,
		"WorkplaceId": s.config.Call.WorkplaceID,
	}
}

func cardCases(egk, smcb card) []zeepCase {
	first := m{
		"CardHandle": egk.Handle, "CardType": "EGK", "Iccsn": egk.ICCSN, "CtId": egk.Terminal, "SlotId": egk.Slot,
		"CardHolderName": egk.Holder,
	}
	second := m{"CardHandle": smcb.Handle, "CardType": "SMC-B", "Iccsn": smcb.ICCSN, "CtId": smcb.Terminal, "SlotId": smcb.Slot}
	list := func(cards any) m { return m{"Status": m{"Result": "OK"}, "Cards": m{"Card": cards}} }
	return []zeepCase{
		{name: "all", operation: "GetCards", want: list(some{first, second})},
		{name: "mandant-wide", operation: "GetCards", request: m{"mandant-wide": true}, want: list(some{first, second})},
		{name: "by type", operation: "GetCards", request: m{"CardType": "EGK"}, want: list([]any{first})},
		{name: "by group", operation: "GetCards", request: m{"CardType": "SM-B"}, want: list([]any{second})},
		{name: "by place", operation: "GetCards", request: m{"CtId": smcb.Terminal, "SlotId": smcb.Slot}, want: list([]any{second})},
		{name: "none", operation: "GetCards", request: m{"CardType": "KVK"}, want: m{"Status": m{"Result": "OK"}}},
	}
}

// terminals are those of the simulator's first Mandant.
var terminals = some{
	m{"CtId": "T1", "Name": "Empfang", "Slots": 4, "IPAddress": m{"IPV4Address": "192.0.2.41"}, "IS_PHYSICAL": true, "Connected": true,
		"WorkplaceIds": m{"WorkplaceId": []any{"Arbeitsplatz1", "Arbeitsplatz2"}}},
	m{"CtId": "T2", "Name": "Sprechzimmer", "Slots": 3, "IPAddress": m{"IPV6Address": "2001:db8::42"}},
}

func terminalCases() []zeepCase {
	return []zeepCase{
		{name: "of the workplace", operation: "GetCardTerminals", want: m{"CardTerminals": m{"CardTerminal": []any{terminals[0]}}}},
		{name: "of the Mandant", operation: "GetCardTerminals", request: m{"mandant-wide": true},
			want: m{"CardTerminals": m{"CardTerminal": terminals}}},
	}
}

func resourceCases(egk card) []zeepCase {
	// A repeated sequence has no name; zeep gives it one.
	state := func(name string, active bool, tunnel string) m {
		return m{"Connector": m{
			"VPNTIStatus":    m{"ConnectionStatus": tunnel},
			"OperatingState": m{"_value_1": some{m{"ErrorState": m{"ErrorCondition": name, "Value": active}}}},
		}}
	}
	return []zeepCase{
		{name: "Konnektor", operation: "GetResourceInformation", want: state("EC_LOG_OVERFLOW", false, "Online")},
		{name: "Konnektor with a condition", operation: "GetResourceInformation",
			before: [][]string{{"state", "EC_LOG_OVERFLOW", "on"}}, want: state("EC_LOG_OVERFLOW", true, "Online")},
		{name: "Konnektor offline", operation: "GetResourceInformation",
			before: [][]string{{"state", "TI", "off"}}, want: state("EC_No_VPN_TI_Connection", true, "Offline")},
		{name: "Konnektor online again", operation: "GetResourceInformation",
			before: [][]string{{"state", "TI", "on"}}, want: state("EC_No_VPN_TI_Connection", false, "Online")},
		{name: "card by handle", operation: "GetResourceInformation", request: m{"CardHandle": egk.Handle},
			want: m{"Card": m{"Iccsn": egk.ICCSN}}},
		{name: "card by ICCSN", operation: "GetResourceInformation", request: m{"Iccsn": egk.ICCSN},
			want: m{"Card": m{"CardHandle": egk.Handle}}},
		{name: "card by place", operation: "GetResourceInformation", request: m{"CtId": egk.Terminal, "SlotId": egk.Slot},
			want: m{"Card": m{"CardHandle": egk.Handle}}},
		{name: "terminal", operation: "GetResourceInformation", request: m{"CtId": "T1"}, want: m{"CardTerminal": terminals[0]}},
	}
}

func pinCases(smcb card) []zeepCase {
	request := m{"CardHandle": smcb.Handle, "PinTyp": "PIN.SMC"}
	set := func(state string) [][]string {
		return [][]string{{"pin", "-handle", smcb.Handle, "-state", state, "-tries", "2"}}
	}
	var cases []zeepCase
	for _, state := range []string{"VERIFIABLE", "BLOCKED", "TRANSPORT_PIN", "VERIFIED"} {
		cases = append(cases, zeepCase{name: state, operation: "GetPinStatus", request: request, before: set(state),
			want: m{"Status": m{"Result": "OK"}, "PinStatus": state}})
	}
	return cases
}

func vsdCases(egk, smcb card) []zeepCase {
	request := func(check, receipt bool) m {
		return m{"EhcHandle": egk.Handle, "HpcHandle": smcb.Handle, "PerformOnlineCheck": check, "ReadOnlineReceipt": receipt}
	}
	return []zeepCase{
		{name: "with check and receipt", operation: "ReadVSD", request: request(true, true),
			want: m{"VSD_Status": m{"Status": "0", "Version": "5.2.0"}}},
		{name: "without", operation: "ReadVSD", request: request(false, false), want: m{"Pruefungsnachweis": nil}},
	}
}

func certificateCases(egk, smcb card) []zeepCase {
	read := func(handle, crypt string, refs ...any) m {
		return m{"CardHandle": handle, "CertRefList": m{"CertRef": refs}, "Crypt": crypt}
	}
	info := func(refs ...string) m {
		var list []any
		for _, ref := range refs {
			list = append(list, m{"CertRef": ref})
		}
		return m{"Status": m{"Result": "OK"}, "X509DataInfoList": m{"X509DataInfo": list}}
	}
	const readOp, checkOp, verifyOp = "ReadCardCertificate", "CheckCertificateExpiration", "VerifyCertificate"
	ofSMCB := m{"CardHandle": smcb.Handle, "ICCSN": smcb.ICCSN, "CtID": smcb.Terminal}
	return []zeepCase{
		{name: "ECC", operation: readOp, request: read(smcb.Handle, "ECC", "C.AUT", "C.ENC", "C.SIG"), want: info("C.AUT", "C.ENC", "C.SIG")},
		{name: "RSA", operation: readOp, request: read(smcb.Handle, "RSA", "C.AUT"), want: info("C.AUT")},
		{name: "of an eGK", operation: readOp, request: read(egk.Handle, "ECC", "C.AUT"), want: info("C.AUT")},
		{name: "no such reference", operation: readOp, request: read(smcb.Handle, "ECC", "C.QES"), fault: 4149},
		{name: "stale handle", operation: readOp, request: read("gone", "ECC", "C.AUT"), fault: 4008},
		{name: "of a card", operation: checkOp, request: m{"CardHandle": smcb.Handle, "Crypt": "ECC"},
			want: m{"Status": m{"Result": "OK"}, "CertificateExpiration": []any{ofSMCB}}},
		{name: "of all", operation: checkOp, request: m{"Crypt": "ECC"}, want: m{"CertificateExpiration": some{ofSMCB}}},
		{name: "of an unknown card", operation: checkOp, request: m{"CardHandle": "gone", "Crypt": "RSA"}, fault: 4008},
		{name: "unknown", operation: verifyOp, request: m{"X509Certificate": "AAEC"},
			want: m{"Status": m{"Result": "OK"}, "VerificationStatus": m{"VerificationResult": "INVALID"}}},
	}
}

func faultCases(egk, smcb card) []zeepCase {
	calls := func(mandant, client, workplace string) m {
		return m{"Context": m{"MandantId": mandant, "ClientSystemId": client, "WorkplaceId": workplace}}
	}
	vsd := func(egk, smcb string) m {
		return m{"EhcHandle": egk, "HpcHandle": smcb, "PerformOnlineCheck": true, "ReadOnlineReceipt": true}
	}
	lock := [][]string{{"pin", "-handle", smcb.Handle, "-state", "VERIFIABLE"}}
	unlock := [][]string{{"pin", "-handle", smcb.Handle, "-state", "VERIFIED"}, {"fail", "-operation", "ReadVSD", "-code", "4093"}}
	return []zeepCase{
		{name: "unknown Mandant", operation: "GetCards", request: calls("nobody", "Clientsystem1", "Arbeitsplatz1"), fault: 4004},
		{name: "unknown workplace", operation: "GetCards", request: calls("Mandant1", "Clientsystem1", "nowhere"), fault: 4006},
		{name: "workplace of another", operation: "GetCardTerminals", request: calls("Mandant1", "Clientsystem1", "Arbeitsplatz3"), fault: 4011},
		{name: "another client's name", operation: "GetCards", request: calls("Mandant1", "Clientsystem2", "Arbeitsplatz1"), fault: 4204},
		{name: "stale handle", operation: "GetResourceInformation", request: m{"CardHandle": "gone"}, fault: 4101},
		{name: "no such card", operation: "GetResourceInformation", request: m{"Iccsn": "80276881049999999999"}, fault: 4099},
		{name: "no such PIN", operation: "GetPinStatus", request: m{"CardHandle": smcb.Handle, "PinTyp": "PIN.NONE"}, fault: 4072},
		{name: "stale handle", operation: "ReadVSD", request: vsd("gone", smcb.Handle), fault: 4101},
		{name: "no eGK", operation: "ReadVSD", request: vsd(smcb.Handle, smcb.Handle), fault: 4051},
		{name: "SMC-B locked", operation: "ReadVSD", request: vsd(egk.Handle, smcb.Handle), before: lock, fault: 3041},
		{name: "card busy", operation: "ReadVSD", request: vsd(egk.Handle, smcb.Handle), before: unlock, fault: 4093},
		{name: "well again", operation: "ReadVSD", request: vsd(egk.Handle, smcb.Handle), want: m{"VSD_Status": m{"Status": "0"}}},
	}
}

// Each result of an online check reaches zeep in a receipt that can be unpacked;
// 4 does not, since the Konnektor then refuses the card (106).
func TestZeepReadsReceipts(t *testing.T) {
	needZeep(t)
	s := startSimulator(t, "-person", "0")
	z := startZeep(t, s.config.URL, s.config.Trust.CAsPEM, s.clientPEM())
	smcb := s.card(t, konnektor.CardSMCB)
	for receipt := 1; receipt <= 6; receipt++ {
		t.Run(fmt.Sprint(receipt), func(t *testing.T) {
			egk := s.insert(t, receipt, receipt)
			a := z.call(t, zeepCall{WSDL: wsdls["ReadVSD"].wsdl, Service: "VSDService", Operation: "ReadVSD", Request: m{
				"Context": s.context(), "EhcHandle": egk, "HpcHandle": smcb.Handle,
				"PerformOnlineCheck": true, "ReadOnlineReceipt": true,
			}})
			s.command(t, "remove", "-handle", egk)
			require.Empty(t, a.Refused)
			if receipt == 4 {
				a.requireFault(t, 106)
				return
			}
			requireDocuments(t, a.OK, fmt.Sprint(receipt))
		})
	}
}

// requireDocuments unpacks the containers of a ReadVSD answer, which zeep has
// decoded from base64 and JSON carries in base64 again.
func requireDocuments(t *testing.T, answer json.RawMessage, receipt string) {
	t.Helper()
	var got struct {
		PersoenlicheVersichertendaten, AllgemeineVersicherungsdaten, GeschuetzteVersichertendaten, Pruefungsnachweis []byte
	}
	require.NoError(t, json.Unmarshal(answer, &got), "%s", answer)
	for _, container := range [][]byte{got.PersoenlicheVersichertendaten, got.AllgemeineVersicherungsdaten, got.GeschuetzteVersichertendaten} {
		require.Contains(t, string(unpack(t, container)), `CDM_VERSION=`)
	}
	var pn struct {
		E string `xml:"http://ws.gematik.de/fa/vsdm/pnw/v1.0 E"`
	}
	require.NoError(t, xml.Unmarshal(unpack(t, got.Pruefungsnachweis), &pn))
	require.Equal(t, receipt, pn.E)
}

func unpack(t *testing.T, container []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(container))
	require.NoError(t, err)
	document, err := io.ReadAll(r)
	require.NoError(t, err)
	return document
}

// Requests that zeep would never write: the simulator answers each with a fault
// that zeep can read.
func TestZeepReadsFaultsOfBadRequests(t *testing.T) {
	needZeep(t)
	s := startSimulator(t)
	s.badRequests = true
	z := startZeep(t, s.config.URL, s.config.Trust.CAsPEM, s.clientPEM())
	const good = `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` +
		`<E:GetCards xmlns:E="http://ws.gematik.de/conn/EventService/v7.2" xmlns:C="http://ws.gematik.de/conn/ConnectorCommon/v5.0">` +
		`<X:Context xmlns:X="http://ws.gematik.de/conn/ConnectorContext/v2.0"><C:MandantId>Mandant1</C:MandantId>` +
		`<C:ClientSystemId>Clientsystem1</C:ClientSystemId><C:WorkplaceId>Arbeitsplatz1</C:WorkplaceId></X:Context>` +
		`<K:CardType xmlns:K="http://ws.gematik.de/conn/CardServiceCommon/v2.0">EGK</K:CardType></E:GetCards></S:Body></S:Envelope>`
	send := func(t *testing.T, xml string) zeepAnswer {
		return z.call(t, zeepCall{WSDL: wsdls["GetCards"].wsdl, Service: "EventService", Operation: "GetCards", XML: xml})
	}
	a := send(t, good)
	require.Empty(t, a.Refused+a.Fault)

	for name, change := range map[string][2]string{
		"wrong namespace":  {"ConnectorCommon/v5.0", "ConnectorCommon/v5.1"},
		"no context":       {good[strings.Index(good, "<X:"):strings.Index(good, "<K:")], ""},
		"wrong order":      {"<C:MandantId>Mandant1</C:MandantId><C:ClientSystemId>Clientsystem1</C:ClientSystemId>", "<C:ClientSystemId>Clientsystem1</C:ClientSystemId><C:MandantId>Mandant1</C:MandantId>"},
		"unknown element":  {"</X:Context>", "<C:Further>1</C:Further></X:Context>"},
		"no such type":     {"EGK<", "EGG<"},
		"another document": {"E:GetCards", "E:GetCats"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.ReplaceAll(good, change[0], change[1])
			require.NotEqual(t, good, bad)
			a := send(t, bad)
			require.Empty(t, a.Refused)
			a.requireFault(t, 4000)
		})
	}
}

func TestMissingFindsEachDifference(t *testing.T) {
	got := m{"a": []any{m{"b": 1.0}, m{"b": 2.0, "c": "x"}}}
	for name, c := range map[string]struct {
		want m
		like bool
	}{
		"part":            {m{"a": some{m{"c": "x"}, m{"b": 1}}}, true},
		"whole list":      {m{"a": []any{m{"b": 1}, m{"b": 2}}}, true},
		"absent":          {m{"d": nil}, true},
		"other value":     {m{"a": some{m{"b": 3}}}, false},
		"other order":     {m{"a": []any{m{"b": 2}, m{"b": 1}}}, false},
		"shorter list":    {m{"a": []any{m{"b": 1}}}, false},
		"not absent":      {m{"a": nil}, false},
		"absent but want": {m{"d": m{"e": 1}}, false},
	} {
		assert.Equal(t, c.like, missing(got, plain(t, c.want), "") == "", name)
	}
}

// plain is v as JSON has it, except that some stays.
func plain(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case m:
		all := m{}
		for key, value := range v {
			all[key] = plain(t, value)
		}
		return all
	case some:
		all := some{}
		for _, value := range v {
			all = append(all, plain(t, value))
		}
		return all
	case []any:
		all := []any{}
		for _, value := range v {
			all = append(all, plain(t, value))
		}
		return all
	case int:
		return float64(v)
	}
	return v
}

// missing says where got is not what want says, or nothing.
func missing(got, want any, place string) string {
	switch want := want.(type) {
	case m:
		have, ok := got.(m)
		if !ok {
			return fmt.Sprintf("%s: %v is no element with children", place, got)
		}
		for key, value := range want {
			if why := missing(have[key], value, place+"/"+key); why != "" {
				return why
			}
		}
		return ""
	case []any:
		have, _ := got.([]any)
		if len(have) != len(want) {
			return fmt.Sprintf("%s: %d members, not %d", place, len(have), len(want))
		}
		for i := range want {
			if why := missing(have[i], want[i], fmt.Sprintf("%s[%d]", place, i)); why != "" {
				return why
			}
		}
		return ""
	case some:
		have, _ := got.([]any)
		for i, value := range want {
			if !slices.ContainsFunc(have, func(v any) bool { return missing(v, value, "") == "" }) {
				return fmt.Sprintf("%s: no member like the wanted %d", place, i)
			}
		}
		return ""
	}
	if !assert.ObjectsAreEqual(want, got) {
		return fmt.Sprintf("%s: %v, not %v", place, got, want)
	}
	return ""
}
