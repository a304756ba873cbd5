package judgetest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// serviceWSDLs are those of the services that zeep is led through by
// [TestZeepDrivesServices].
var serviceWSDLs = map[string]struct{ service, wsdl string }{
	"VerifyPin": {"CardService", "CardService_v8_1_2.wsdl"}, "ChangePin": {"CardService", "CardService_v8_1_2.wsdl"},
	"UnblockPin": {"CardService", "CardService_v8_1_2.wsdl"}, "EnablePin": {"CardService", "CardService_v8_1_2.wsdl"},
	"DisablePin":  {"CardService", "CardService_v8_1_2.wsdl"},
	"RequestCard": {"CardTerminalService", "CardTerminalService.wsdl"}, "EjectCard": {"CardTerminalService", "CardTerminalService.wsdl"},
	"SignDocument": {"SignatureService", "SignatureService_V7_5_5.wsdl"}, "VerifyDocument": {"SignatureService", "SignatureService_V7_5_5.wsdl"},
	"GetJobNumber": {"SignatureService", "SignatureService_V7_5_5.wsdl"}, "StopSignature": {"SignatureService", "SignatureService_V7_5_5.wsdl"},
	"ActivateComfortSignature":   {"SignatureService", "SignatureService_V7_5_5.wsdl"},
	"DeactivateComfortSignature": {"SignatureService", "SignatureService_V7_5_5.wsdl"},
	"GetSignatureMode":           {"SignatureService", "SignatureService_V7_5_5.wsdl"},
	"SignDocument 7.4":           {"SignatureService", "SignatureService_V7_4_2.wsdl"},
	"VerifyDocument 7.4":         {"SignatureService", "SignatureService_V7_4_2.wsdl"},
	"GetJobNumber 7.4":           {"SignatureService", "SignatureService_V7_4_2.wsdl"},
	"StopSignature 7.4":          {"SignatureService", "SignatureService_V7_4_2.wsdl"},
	"ExternalAuthenticate":       {"AuthSignatureService", "AuthSignatureService_v7_4_1.wsdl"},
	"EncryptDocument":            {"EncryptionService", "EncryptionService_v6_1_1.wsdl"}, "DecryptDocument": {"EncryptionService", "EncryptionService_v6_1_1.wsdl"},
	"ReadKVK": {"KVKService", "vsds/KvkService.wsdl"},
	"ReadNFD": {"NFDService", "nfds/NFDService.wsdl"}, "WriteNFD": {"NFDService", "nfds/NFDService.wsdl"}, "EraseNFD": {"NFDService", "nfds/NFDService.wsdl"},
	"ReadDPE": {"DPEService", "nfds/DPEService.wsdl"}, "WriteDPE": {"DPEService", "nfds/DPEService.wsdl"}, "EraseDPE": {"DPEService", "nfds/DPEService.wsdl"},
	"ReadMP": {"AMTSService", "amtss/AMTSService.wsdl"}, "WriteMP": {"AMTSService", "amtss/AMTSService.wsdl"},
	"ReadConsent": {"AMTSService", "amtss/AMTSService.wsdl"}, "WriteConsent": {"AMTSService", "amtss/AMTSService.wsdl"},
	"DeleteConsent": {"AMTSService", "amtss/AMTSService.wsdl"},
}

// b64 is binary content of a request: zeep wants bytes.
func b64(text string) m {
	return m{"$base64": base64.StdEncoding.EncodeToString([]byte(text))}
}

// serviceCall is one step. The request may need what an earlier answer said.
type serviceCall struct {
	operation string
	// user is the UserId of the Aufrufkontext.
	user    string
	request func(answers map[string]m) m
	want    m
	fault   int
	// keep names the answer for later steps.
	keep string
	// before prepares the step.
	before func(t *testing.T, s *simulator)
}

func always(request m) func(map[string]m) m { return func(map[string]m) m { return request } }

// TestZeepDrivesServices leads zeep through every operation that
// TestZeepDrivesSimulator does not call, in an order in which they follow from
// each other.
func TestZeepDrivesServices(t *testing.T) {
	needZeep(t)
	for _, style := range []string{"secunet", "kocobox", "rise"} {
		t.Run(style, func(t *testing.T) { zeepDrivesServices(t, style) })
	}
}

func zeepDrivesServices(t *testing.T, style string) {
	s := startSimulator(t, "-style", style, "-person", "2")
	z := startZeep(t, s.config.URL, s.config.Trust.CAsPEM, s.clientPEM())
	insert := func(kind, terminal string) string {
		return strings.TrimSpace(s.command(t, "insert", "-type", kind, "-terminal", terminal))
	}
	hba, kvk := insert("HBA", "T1"), insert("KVK", "T2")
	egk, smcb := s.card(t, konnektor.CardEGK), s.card(t, konnektor.CardSMCB)
	called := map[string]bool{}
	answers := map[string]m{}
	for _, calls := range [][]serviceCall{
		terminalCalls(egk), pinCalls(smcb, egk), signatureCalls(smcb.Handle, hba), cryptCalls(smcb.Handle), dataCalls(egk.Handle, smcb.Handle, kvk),
	} {
		for _, c := range calls {
			ok := t.Run(c.operation, func(t *testing.T) { c.run(t, s, z, answers) })
			require.True(t, ok, "what follows needs it")
			called[c.operation] = true
		}
	}
	for operation := range serviceWSDLs {
		require.True(t, called[operation], "zeep was not led to %s", operation)
	}
}

func (c serviceCall) run(t *testing.T, s *simulator, z zeepJudge, answers map[string]m) {
	if c.before != nil {
		c.before(t, s)
	}
	context := s.context()
	if c.user != "" {
		context["UserId"] = c.user
	}
	request := m{"Context": context}
	maps.Copy(request, c.request(answers))
	if request["Context"] == nil {
		delete(request, "Context")
	}
	w := serviceWSDLs[c.operation]
	name := c.operation
	if at := len(name) - len(" 7.4"); at > 0 && name[at:] == " 7.4" {
		name = name[:at]
	}
	a := z.call(t, zeepCall{WSDL: w.wsdl, Service: w.service, Operation: name, Request: request})
	require.Empty(t, a.Refused)
	if c.fault != 0 {
		a.requireFault(t, c.fault)
		return
	}
	require.Empty(t, a.Fault)
	var got any
	require.NoError(t, json.Unmarshal(a.OK, &got))
	answer, ok := got.(map[string]any)
	if !ok { // zeep gives the only child of an answer alone
		answer = m{"": got}
	}
	answers[c.keep] = answer
	if why := missing(answer, plain(t, c.want), "answer"); why != "" {
		require.Fail(t, why, "%s", a.OK)
	}
}

// statusOnly is the answer that holds nothing else: zeep gives the Status alone.
var statusOnly = m{"Result": "OK"}

// secondRoom is the Aufrufkontext of the workplace with terminal T2.
var secondRoom = m{"MandantId": "Mandant1", "ClientSystemId": "Clientsystem1", "WorkplaceId": "Arbeitsplatz2"}

func terminalCalls(egk card) []serviceCall {
	slot := m{"CtId": egk.Terminal, "SlotId": egk.Slot}
	return []serviceCall{
		{operation: "RequestCard", request: always(m{"Slot": slot, "CardType": "EGK", "TimeOut": 1}),
			want: m{"Status": m{"Result": "OK"}, "AlreadyInserted": true, "Card": m{"CardHandle": egk.Handle}}},
		{operation: "RequestCard", request: always(m{"Context": secondRoom, "Slot": m{"CtId": "T2", "SlotId": 2}, "TimeOut": 0}), fault: 4202},
		{operation: "EjectCard", request: always(m{"Context": secondRoom, "Slot": m{"CtId": "T2", "SlotId": 2}, "TimeOut": 100}), fault: 4098},
	}
}

func pinCalls(smcb, egk card) []serviceCall {
	pin := func(handle, name string) m { return m{"CardHandle": handle, "PinTyp": name} }
	ok := m{"Status": m{"Result": "OK"}, "PinResult": "OK"}
	unblock := pin(egk.Handle, "MRPIN.NFD")
	unblock["SetNewPin"] = false
	return []serviceCall{
		{operation: "VerifyPin", request: always(pin(smcb.Handle, "PIN.SMC")), want: ok},
		{operation: "ChangePin", request: always(pin(smcb.Handle, "PIN.SMC")), want: ok},
		{operation: "DisablePin", request: always(pin(egk.Handle, "MRPIN.NFD")), want: ok},
		{operation: "EnablePin", request: always(pin(egk.Handle, "MRPIN.NFD")), want: ok},
		{operation: "UnblockPin", request: always(unblock), want: ok},
		{operation: "VerifyPin", request: always(pin("gone", "PIN.SMC")), fault: 4008},
	}
}

// signatureCalls sign, verify what was signed, and go through a comfort session.
func signatureCalls(smcb, hba string) []serviceCall {
	const user = "5f0c8f8e-2a3a-4a1e-8e53-0d3f6d1c9a77"
	document := m{"ShortText": "Brief", "Base64Data": m{"_value_1": b64("Brief"), "MimeType": "text/plain; charset=utf-8"}}
	job := func(handle, number string) func(map[string]m) m {
		return func(answers map[string]m) m {
			return m{"CardHandle": handle, "Crypt": "ECC", "TvMode": "NONE", "JobNumber": answers[number][""], "SignRequest": []any{m{
				"RequestID": "1", "OptionalInputs": m{"SignatureType": "urn:ietf:rfc:5652", "IncludeEContent": true},
				"Document": document, "IncludeRevocationInfo": false,
			}}}
		}
	}
	signed := m{"RequestID": "1", "Status": m{"Result": "OK"}}
	verify := func(of string) func(map[string]m) m {
		return func(answers map[string]m) m {
			var object map[string]any
			for _, one := range answers[of][""].([]any) {
				object, _ = one.(map[string]any)["SignatureObject"].(map[string]any)["Base64Signature"].(map[string]any)
			}
			return m{"SignatureObject": m{"Base64Signature": m{"_value_1": m{"$base64": object["_value_1"]}, "Type": "urn:ietf:rfc:5652"}}, "IncludeRevocationInfo": false}
		}
	}
	valid := m{"Status": m{"Result": "OK"}, "VerificationResult": m{"HighLevelResult": "VALID"}}
	unknown := func(map[string]m) m { return m{"JobNumber": "ZZZ-999"} }
	return []serviceCall{
		{operation: "GetJobNumber", request: always(m{}), keep: "first"},
		{operation: "SignDocument", request: job(smcb, "first"), want: m{"": some{signed}}, keep: "signed"},
		{operation: "SignDocument", request: job(smcb, "first"), fault: 4252},
		{operation: "VerifyDocument", request: verify("signed"), want: valid},
		{operation: "GetJobNumber 7.4", request: always(m{}), keep: "older"},
		{operation: "SignDocument 7.4", request: job(smcb, "older"), want: m{"": some{signed}}, keep: "signed older"},
		{operation: "VerifyDocument 7.4", request: verify("signed older"), want: valid},
		{operation: "StopSignature", request: unknown, fault: 4243},
		{operation: "StopSignature", before: pendingJob(hba, "ZZY-001"), request: always(m{"JobNumber": "ZZY-001"}), want: statusOnly},
		{operation: "StopSignature 7.4", before: pendingJob(hba, "ZZY-002"), request: always(m{"JobNumber": "ZZY-002"}), want: statusOnly},
		{operation: "GetSignatureMode", user: user, request: always(m{"CardHandle": hba}),
			want: m{"Status": m{"Result": "OK"}, "ComfortSignatureStatus": "ENABLED", "ComfortSignatureMax": 100, "ComfortSignatureTimer": 6 * 3600}},
		{operation: "ActivateComfortSignature", user: user, request: always(m{"CardHandle": hba}), want: m{"Status": m{"Result": "OK"}, "SignatureMode": "COMFORT"}},
		{operation: "GetSignatureMode", user: user, request: always(m{"CardHandle": hba}), want: m{"SessionInfo": m{"SignatureMode": "COMFORT", "CountRemaining": 100}}},
		{operation: "DeactivateComfortSignature", request: always(m{"Context": nil, "CardHandle": []any{hba}}), want: statusOnly},
	}
}

// pendingJob has our client begin a job whose PIN nobody enters. It ends when it
// is stopped.
func pendingJob(hba, number string) func(*testing.T, *simulator) {
	return func(t *testing.T, s *simulator) {
		cfg := s.config
		cfg.Call.UserID = "0d7f2f0a-5b0e-4c39-8f0c-6f2d0b8a1c55"
		client, err := konnektor.New(cfg)
		require.NoError(t, err)
		s.command(t, "react", "T1", "nothing")
		ended := make(chan error, 1)
		// The test's own context ends before its cleanup, where the job ends.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		go func() {
			_, err := client.SignDocuments(ctx, konnektor.Signing{
				Card: konnektor.CardHandle(hba), Crypt: konnektor.CryptECC, JobNumber: konnektor.JobNumber(number),
				Documents: []konnektor.SignDocument{{Content: []byte("Brief"), Type: konnektor.SignatureCAdES}},
			})
			ended <- err
		}()
		t.Cleanup(func() {
			defer cancel()
			require.ErrorIs(t, <-ended, konnektor.CodePINCancelled)
			require.NoError(t, client.Close())
		})
		require.Eventually(t, func() bool { return strings.Contains(s.command(t, "asking"), "T1") }, patience, 10*time.Millisecond)
	}
}

func cryptCalls(smcb string) []serviceCall {
	const digest = "0123456789abcdef0123456789abcdef"
	return []serviceCall{
		{operation: "ExternalAuthenticate", request: always(m{"CardHandle": smcb, "OptionalInputs": m{"SignatureType": "urn:bsi:tr:03111:ecdsa"},
			"BinaryString": m{"Base64Data": m{"_value_1": b64(digest), "MimeType": "application/octet-stream"}}}),
			want: m{"Status": m{"Result": "OK"}, "SignatureObject": m{"Base64Signature": m{"Type": "urn:bsi:tr:03111:ecdsa"}}}},
		{operation: "EncryptDocument", keep: "sealed", want: m{"Status": m{"Result": "OK"}}, request: always(m{
			"RecipientKeys": m{"CertificateOnCard": m{"CardHandle": smcb, "Crypt": "ECC"}},
			"Document":      m{"Base64Data": m{"_value_1": b64("geheim"), "MimeType": "text/plain"}}, "OptionalInputs": m{"EncryptionType": "urn:ietf:rfc:5652"}})},
		{operation: "DecryptDocument", request: func(answers map[string]m) m {
			data := answers["sealed"]["Document"].(map[string]any)["Base64Data"].(map[string]any)
			return m{"PrivateKeyOnCard": m{"CardHandle": smcb, "Crypt": "ECC"}, "Document": m{"Base64Data": m{"_value_1": m{"$base64": data["_value_1"]}}}}
		}, want: m{"Status": m{"Result": "OK"}, "Document": m{"Base64Data": m{"_value_1": base64.StdEncoding.EncodeToString([]byte("geheim"))}}}},
	}
}

// dataCalls write, read and erase what the modules keep on an eGK.
func dataCalls(egk, smcb, kvk string) []serviceCall {
	with := func(more m) func(map[string]m) m {
		request := m{"EhcHandle": egk, "HpcHandle": smcb}
		maps.Copy(request, more)
		return always(request)
	}
	text := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	reading := m{"EmergencyIndicator": false, "UpdateIndicator": false}
	return []serviceCall{
		{operation: "ReadNFD", request: with(reading), fault: 5021},
		{operation: "WriteNFD", request: with(m{"NFDDocument": b64("<NFD/>")}), want: statusOnly},
		{operation: "ReadNFD", request: with(reading), want: m{"Status": m{"Result": "WARNING"}, "NFDDocument": text("<NFD/>"),
			"VerificationResult": m{"HighLevelResult": "INCONCLUSIVE"}}},
		{operation: "EraseNFD", request: with(nil), want: statusOnly},
		{operation: "WriteDPE", request: with(m{"DPEDocument": b64("<DPE/>")}), want: statusOnly},
		{operation: "ReadDPE", request: with(reading), want: m{"Status": m{"Result": "OK"}, "DPEDocument": text("<DPE/>")}},
		{operation: "EraseDPE", request: with(nil), want: statusOnly},
		{operation: "WriteConsent", request: with(m{"ConsentData": b64("<C/>")}), want: m{"EGKValid": true}},
		{operation: "ReadConsent", request: with(nil), want: m{"ConsentData": text("<C/>"), "EGKValid": true}},
		{operation: "WriteMP", request: with(m{"MPData": b64("<MP/>"), "UsingPIN": "AMTS-PIN"}), want: m{"EGKValid": true}},
		{operation: "ReadMP", request: with(m{"UsingPIN": "AMTS-PIN"}), want: m{"MPData": text("<MP/>"), "EGKValid": true}},
		{operation: "DeleteConsent", request: with(nil), want: m{"EGKValid": true}},
		{operation: "ReadKVK", request: always(m{"Context": secondRoom, "KVKHandle": kvk})},
		{operation: "ReadKVK", request: always(m{"KVKHandle": egk}), fault: 4051},
		{operation: "EjectCard", request: always(m{"Context": secondRoom, "CardHandle": kvk, "TimeOut": 1000}), want: statusOnly},
	}
}
