package konnektortest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const encryption61 = "http://ws.gematik.de/conn/EncryptionService/v6.1"

// TestMTOMOnTheWire reads an answer in parts as it was sent.
func TestMTOMOnTheWire(t *testing.T) {
	for _, on := range []bool{true, false} {
		r := newRaw(t, Options{Auth: TLS, MTOM: on, Style: Secunet})
		smcb := string(r.k.Handle("SMC-B"))
		a := r.send(message{path: "/ws/EncryptionService", action: `"` + encryption61 + `#EncryptDocument"`, contentType: "text/xml", body: envelope(
			`<c:EncryptDocument xmlns:c="` + encryption61 + `">` + here + `<c:RecipientKeys><c:CertificateOnCard><CONN:CardHandle>` + smcb +
				`</CONN:CardHandle></c:CertificateOnCard></c:RecipientKeys><CONN:Document><d:Base64Data xmlns:d="` + dssSpace +
				`" MimeType="text/plain">VGV4dA==</d:Base64Data></CONN:Document></c:EncryptDocument>`)})
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, on, a.root == nil, "multipart is no XML")
		if on {
			require.Equal(t, 1, strings.Count(a.body, "xop:Include xmlns"))
			require.Equal(t, 2, strings.Count(a.body, "Content-Transfer-Encoding: binary"), "the answer and one part")
		}
	}
}

// TestSchemasOfVersions: a version is judged by the XSD that its WSDL imports;
// those of 7.5.5 and 7.5.6 have the same grammar.
func TestSchemasOfVersions(t *testing.T) {
	for _, c := range []struct {
		service Service
		want    map[string]string // number of the version to XSD
	}{
		{SignatureService(SignatureOptions{}), map[string]string{
			"7.4.0": "conn/SignatureService_V7_4_4.xsd", "7.4.2": "conn/SignatureService_V7_4_4.xsd", // one address, Crypt is known
			"7.5.4": "conn/SignatureService_V7_5_6.xsd", "7.5.5": "conn/SignatureService_V7_5_6.xsd"}},
		{SignatureService(SignatureOptions{Versions: []string{"7.4.0"}}), map[string]string{"7.4.0": "conn/SignatureService.xsd"}},
		{EncryptionService(), map[string]string{"6.1.0": "conn/EncryptionService_v6_1_2.xsd", "6.1.1": "conn/EncryptionService_v6_1_2.xsd"}},
		{EncryptionService("6.1.0"), map[string]string{"6.1.0": "conn/EncryptionService.xsd"}},
		{CertificateService("6.0.0"), map[string]string{"6.0.0": "conn/CertificateService.xsd"}},
	} {
		for _, v := range c.service.Versions {
			for _, op := range v.Operations {
				require.Equal(t, c.want[v.Number], or(op.Schema, c.service.Schema), "%s %s %s", c.service.Name, v.Number, op.Name)
			}
		}
	}
}

// TestSignatureServiceIsStrict: what SignatureService_V7_5_6.xsd and
// EncryptionService_v6_1_2.xsd allow and what not.
func TestSignatureServiceIsStrict(t *testing.T) {
	r := newRaw(t, Options{Auth: TLS, Style: Secunet, BadRequests: true})
	const sig, data = signature75Space, `<d:Base64Data xmlns:d="` + dssSpace + `" MimeType="text/plain">VGV4dA==</d:Base64Data>`
	smcb := ElemText("CONN:CardHandle", string(r.k.Handle("SMC-B")))
	sign := func(request, document, mode string) string {
		return `<s:SignDocument xmlns:s="` + sig + `">` + smcb + here + Elem("s:TvMode", mode) + ElemText("s:JobNumber", "AAA-001") +
			"<s:SignRequest" + request + `><s:OptionalInputs><d:SignatureType xmlns:d="` + dssSpace + `">` + typeCAdES + `</d:SignatureType></s:OptionalInputs>` +
			"<s:Document" + document + ">" + data + "</s:Document>" + ElemText("s:IncludeRevocationInfo", "0") + "</s:SignRequest></s:SignDocument>"
	}
	verify := func(at string) string {
		return `<s:VerifyDocument xmlns:s="` + sig + `">` + here + "<s:OptionalInputs><s:UseVerificationTime>" +
			`<d:SpecificTime xmlns:d="` + dssSpace + `">` + at + "</d:SpecificTime></s:UseVerificationTime></s:OptionalInputs>" +
			`<d:SignatureObject xmlns:d="` + dssSpace + `"><d:Base64Signature>AAAA</d:Base64Signature></d:SignatureObject>` + ElemText("s:IncludeRevocationInfo", "0") + "</s:VerifyDocument>"
	}
	encrypt := func(document, element string) string {
		return `<c:EncryptDocument xmlns:c="` + encryption61 + `">` + here + "<c:RecipientKeys><c:CertificateOnCard>" + smcb + "</c:CertificateOnCard></c:RecipientKeys>" +
			"<CONN:Document" + document + ">" + data + "</CONN:Document>" + element + "</c:EncryptDocument>"
	}
	for name, c := range map[string]struct {
		service, action, payload string
		want                     konnektor.Code
	}{
		"without RequestID":  {"SignatureService", sig + "#SignDocument", sign("", "", "NONE"), 4000},
		"unknown mode":       {"SignatureService", sig + "#SignDocument", sign(` RequestID="1"`, "", "SOME"), 4000},
		"default mode":       {"SignatureService", sig + "#SignDocument", sign(` RequestID="1"`, "", ""), 0},
		"attributes":         {"SignatureService", sig + "#SignDocument", strings.Replace(sign(` RequestID="1"`, ` ID="a" RefURI="b" ShortText="`+strings.Repeat("c", 2000)+`"`, "NONE"), "001", "002", 1), 0},
		"no time":            {"SignatureService", sig + "#VerifyDocument", verify("soon"), 4000},
		"a time":             {"SignatureService", sig + "#VerifyDocument", verify("2026-11-22T08:00:00Z"), 4110},
		"attributes of CONN": {"EncryptionService", encryption61 + "#EncryptDocument", encrypt(` ID="a" RefType="b"`, ""), 0},
		"no ShortText":       {"EncryptionService", encryption61 + "#EncryptDocument", encrypt(` ShortText="a"`, ""), 4000},
		"element, no type":   {"EncryptionService", encryption61 + "#EncryptDocument", encrypt("", "<c:OptionalInputs><c:Element>/a</c:Element></c:OptionalInputs>"), 4000},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.send(message{path: "/ws/" + c.service, action: `"` + c.action + `"`, contentType: "text/xml", body: envelope(c.payload)})
			require.Equal(t, c.want, a.code(), a.body)
		})
	}
}
