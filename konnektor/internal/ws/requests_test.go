package ws_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/amtsservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalservice11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservice60"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcommon50"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcontext20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dpeservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/encryptionservice61"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/kvkservice40"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/nfdservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signaturepolicy10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/verificationreport10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/xades132"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/xmldsig"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// request is a request of an operation. Each operation has one without a
// variant: with what must be there only.
type request struct {
	op      wire.Operation
	variant string
	msg     message
}

var (
	caller = connectorcontext20.ContextType{MandantID: "Mandant1", ClientSystemID: "PVS1", WorkplaceID: "AP1"}
	person = connectorcontext20.ContextType{MandantID: "Mandant1", ClientSystemID: "PVS1", WorkplaceID: "AP1", UserID: new("Ärztin <1>")}
	at     = wire.DateTime{Time: time.Date(2026, 2, 28, 23, 59, 59, 500_000_000, time.UTC), Zoned: true}
)

var requests = concat(eventRequests, cardRequests, certificateRequests, signatureRequests, encryptionRequests, moduleRequests)

func concat(lists ...[]request) []request {
	var all []request
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var eventRequests = []request{
	{eventservice72.OperationSubscribe, "", &eventservice72.Subscribe{
		Context:      caller,
		Subscription: eventservice72.SubscriptionType{EventTo: "cetp://192.0.2.1:4711", Topic: "CARD"},
	}},
	{eventservice72.OperationSubscribe, "all", &eventservice72.Subscribe{
		Context: caller,
		Subscription: eventservice72.SubscriptionType{
			SubscriptionID: new("S-1"), TerminationTime: &at, EventTo: "cetp://pvs.example:4711/a?b&c",
			Topic: "CARD/INSERTED", Filter: new(`/Event/Message/Parameter[Key="CtID" and Value<'2']`),
		},
	}},
	{eventservice72.OperationUnsubscribe, "", &eventservice72.Unsubscribe{Context: caller, SubscriptionID: new("S-1")}},
	{eventservice72.OperationUnsubscribe, "sink", &eventservice72.Unsubscribe{Context: caller, EventTo: new("cetp://192.0.2.1:4711")}},
	{eventservice72.OperationGetSubscription, "", &eventservice72.GetSubscription{Context: caller}},
	{eventservice72.OperationGetSubscription, "all", &eventservice72.GetSubscription{MandantWide: new(true), Context: caller, SubscriptionID: new("S-1")}},
	{eventservice72.OperationRenewSubscriptions, "", &eventservice72.RenewSubscriptions{Context: caller, SubscriptionID: []string{"S-1"}}},
	{eventservice72.OperationRenewSubscriptions, "several", &eventservice72.RenewSubscriptions{Context: caller, SubscriptionID: []string{"S-1", "S-2", "S-3"}}},
	{eventservice72.OperationGetResourceInformation, "", &eventservice72.GetResourceInformation{Context: caller}},
	{eventservice72.OperationGetResourceInformation, "all", &eventservice72.GetResourceInformation{
		Context: person, CtID: new("CT1"), SlotID: new(uint64(1)), ICCSN: new("80276001011699900001"), CardHandle: new("card-1"),
	}},
	{eventservice72.OperationGetCards, "", &eventservice72.GetCards{Context: caller}},
	{eventservice72.OperationGetCards, "all", &eventservice72.GetCards{
		MandantWide: new(false), Context: person, CtID: new("CT1"), SlotID: new(uint64(2)),
		CardType: new(cardservicecommon20.CardTypeHBAQSig),
	}},
	{eventservice72.OperationGetCardTerminals, "", &eventservice72.GetCardTerminals{Context: caller}},
	{eventservice72.OperationGetCardTerminals, "all", &eventservice72.GetCardTerminals{MandantWide: new(true), Context: caller}},
}

var slot = cardterminalservice11.Slot{CtID: "CT1", SlotID: 3}

var cardRequests = []request{
	{cardservice81.OperationVerifyPin, "", &cardservice81.VerifyPin{Context: caller, CardHandle: "card-1", PinTyp: "PIN.SMC"}},
	{cardservice81.OperationChangePin, "", &cardservice81.ChangePin{Context: person, CardHandle: "card-1", PinTyp: "PIN.CH"}},
	{cardservice81.OperationEnablePin, "", &cardservice81.EnablePin{Context: caller, CardHandle: "card-1", PinTyp: "MRPIN.NFD"}},
	{cardservice81.OperationDisablePin, "", &cardservice81.DisablePin{Context: caller, CardHandle: "card-1", PinTyp: "MRPIN.NFD"}},
	{cardservice81.OperationUnblockPin, "", &cardservice81.UnblockPin{Context: caller, CardHandle: "card-1", PinTyp: "PIN.SMC"}},
	{cardservice81.OperationUnblockPin, "all", &cardservice81.UnblockPin{Context: caller, CardHandle: "card-1", PinTyp: "PIN.SMC", SetNewPin: new(false)}},
	{cardservice81.OperationGetPinStatus, "", &cardservice81.GetPinStatus{Context: caller, CardHandle: "card-1", PinTyp: "PIN.SMC"}},
	{cardterminalservice11.OperationRequestCard, "", &cardterminalservice11.RequestCard{Context: caller, Slot: slot}},
	{cardterminalservice11.OperationRequestCard, "all", &cardterminalservice11.RequestCard{
		Context: caller, Slot: slot, CardType: new(cardservicecommon20.CardTypeEGK),
		DisplayMsg: new("Bitte eGK stecken"), TimeOut: new(uint64(20)),
	}},
	{cardterminalservice11.OperationEjectCard, "", &cardterminalservice11.EjectCard{Context: caller, CardHandle: new("card-1")}},
	{cardterminalservice11.OperationEjectCard, "slot", &cardterminalservice11.EjectCard{
		Context: caller, Slot: &slot, DisplayMsg: new("Bitte Karte entnehmen"), TimeOut: new(uint64(20000)),
	}},
}

var certificateRequests = []request{
	{certificateservice60.OperationCheckCertificateExpiration, "", &certificateservice60.CheckCertificateExpiration{Context: caller}},
	{certificateservice60.OperationCheckCertificateExpiration, "all", &certificateservice60.CheckCertificateExpiration{
		CardHandle: new("card-1"), Context: caller, Crypt: new(certificateservice60.CryptECC),
	}},
	{certificateservice60.OperationReadCardCertificate, "", &certificateservice60.ReadCardCertificate{
		CardHandle: "card-1", Context: caller,
		CertRefList: certificateservice60.CertRefList{CertRef: []certificateservicecommon20.CertRefEnum{certificateservicecommon20.CertRefCAUT}},
	}},
	{certificateservice60.OperationReadCardCertificate, "all", &certificateservice60.ReadCardCertificate{
		CardHandle: "card-1", Context: person,
		CertRefList: certificateservice60.CertRefList{CertRef: []certificateservicecommon20.CertRefEnum{
			certificateservicecommon20.CertRefCAUT, certificateservicecommon20.CertRefCENC,
			certificateservicecommon20.CertRefCSIG, certificateservicecommon20.CertRefCQES,
		}},
		Crypt: new(certificateservice60.CryptRSA),
	}},
	{certificateservice60.OperationVerifyCertificate, "", &certificateservice60.VerifyCertificate{Context: caller, X509Certificate: []byte("DER of a certificate")}},
	{certificateservice60.OperationVerifyCertificate, "all", &certificateservice60.VerifyCertificate{
		Context: caller, X509Certificate: []byte("DER of a certificate"),
		VerificationTime: &wire.DateTime{Time: time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("", 3600)), Zoned: true},
	}},
}

const pdf = "Base64 <of> a PDF"

var (
	document   = dss10.Base64Data{Value: []byte(pdf), MimeType: new("application/pdf-a")}
	mark       = wire.RawXML(`<x:mark xmlns:x="urn:example:marks" x:kind="a&amp;b">text</x:mark>`)
	properties = dss10.Properties{
		SignedProperties:   &dss10.PropertiesType{Property: []dss10.Property{{Identifier: "urn:example:role", Value: &dss10.AnyType{Any: []wire.RawXML{mark, mark}}}}},
		UnsignedProperties: &dss10.PropertiesType{Property: []dss10.Property{{Identifier: "urn:example:none"}}},
	}
	schemaFiles = dss10.SchemasType{Schema: []dss10.DocumentType{
		{ID: new("s1"), RefURI: new("urn:example:schema"), Base64XML: []byte("<schema/>")},
		{InlineXML: &dss10.InlineXMLType{IgnorePIs: new(true), Any: []wire.RawXML{mark}}},
		{EscapedXML: new("<a>&</a>")},
	}}
	policy = signaturepolicy10.SignaturePolicyDetailsType{
		SignaturePolicyIdentifier: "urn:gematik:fa:sak:nfdm:r1:v1",
		SignaturePolicyLocation:   new("https://policy.example"),
		DigestAndAlgorithm: &xades132.DigestAlgAndValueType{
			DigestMethod: xmldsig.DigestMethodType{Algorithm: "http://www.w3.org/2001/04/xmlenc#sha256"},
			DigestValue:  []byte("0123456789abcdef0123456789abcdef"),
		},
	}
	keyInfo = dss10.AdditionalKeyInfo{KeyInfo: xmldsig.KeyInfoType{
		KeyName: []string{"signer"},
		X509Data: []xmldsig.X509DataType{{
			X509IssuerSerial: []xmldsig.X509IssuerSerialType{{X509IssuerName: "CN=CA", X509SerialNumber: "123456789012345678901234"}},
			X509Certificate:  [][]byte{[]byte("DER 1"), []byte("DER 2")},
		}},
	}}
	report = verificationreport10.ReturnVerificationReport{
		IncludeVerifier: new(false), IncludeCertificateValues: new(true), IncludeRevocationValues: new(true),
		ExpandBinaryValues: new(false), ReportDetailLevel: new("urn:oasis:names:tc:dss:1.0:profiles:verificationreport:reportdetail:noDetails"),
	}
	stylesheet = connectorcommon50.AttachmentType{Data: []byte("<stylesheet/>"), RefURI: "urn:example:sheet"}
)

var signatureRequests = []request{
	{signatureservice75.OperationSignDocument, "", &signatureservice75.SignDocument{
		CardHandle: "card-1", Context: person, TvMode: signatureservice75.TvModeNone,
		SignRequest: []signatureservice75.SignRequest{{RequestID: "r1", Document: signatureservice75.DocumentType{Base64Data: &document}}},
	}},
	{signatureservice75.OperationSignDocument, "all", &signatureservice75.SignDocument{
		CardHandle: "card-1", Crypt: new(signatureservice75.CryptRSAECC), Context: person,
		TvMode: signatureservice75.TvModeConfirmed, JobNumber: new("ABC-123"),
		SignRequest: []signatureservice75.SignRequest{
			{
				RequestID: "r1 & more",
				OptionalInputs: &signatureservice75.SignRequestOptionalInputs{
					SignatureType: new("urn:ietf:rfc:5652"), Properties: &properties, IncludeEContent: new(true),
					IncludeObjects: &signatureservice75.IncludeObjects{IncludeObject: []dss10.IncludeObject{
						{WhichDocument: new("d1"), HasObjectTagsAndAttributesSet: new(true), ObjID: new("o1"), CreateReference: new(false)},
					}},
					SignaturePlacement:     &dss10.SignaturePlacement{WhichDocument: new("d1"), CreateEnvelopedSignature: new(true), XPathAfter: new("/a/b")},
					ReturnUpdatedSignature: &dss10.ReturnUpdatedSignature{Type: new("urn:example:counter")},
					Schemas:                &schemaFiles, GenerateUnderSignaturePolicy: &policy,
					ViewerInfo: &signatureservice75.ViewerInfo{XSLStyleSheets: &signatureservice75.XSLStyleSheets{
						XSLStylesheet: []connectorcommon50.AttachmentType{stylesheet},
					}},
				},
				Document:              signatureservice75.DocumentType{ID: new("d1"), ShortText: new("Arztbrief \"1\"\n"), Base64XML: []byte("<brief/>")},
				IncludeRevocationInfo: true,
			},
			{RequestID: "r2", Document: signatureservice75.DocumentType{RefURI: new("a.pdf"), RefType: new("urn:t"), SchemaRefs: new("s1"), Base64Data: &document}},
		},
	}},
	{signatureservice75.OperationVerifyDocument, "", &signatureservice75.VerifyDocument{Context: caller}},
	{signatureservice75.OperationVerifyDocument, "all", &signatureservice75.VerifyDocument{
		Context: caller, TvMode: new(signatureservice75.TvModeUnconfirmed),
		OptionalInputs: &signatureservice75.VerifyDocumentOptionalInputs{
			VerifyManifests: &wire.AnyContent{}, UseVerificationTime: &dss10.UseVerificationTimeType{SpecificTime: &at},
			AdditionalKeyInfo: &keyInfo, ReturnVerificationReport: &report, Schemas: &schemaFiles,
			ViewerInfo: &signatureservice75.ViewerInfo{},
		},
		Document:              &signatureservice75.DocumentType{ID: new("d1"), Base64Data: &document},
		SignatureObject:       &dss10.SignatureObject{SchemaRefs: new("s1"), SignaturePtr: &dss10.SignaturePtr{WhichDocument: new("d1"), XPath: new("//s")}},
		IncludeRevocationInfo: true,
	}},
	{signatureservice75.OperationGetJobNumber, "", &signatureservice75.GetJobNumber{Context: caller}},
	{signatureservice75.OperationStopSignature, "", &signatureservice75.StopSignature{Context: caller, JobNumber: "ABC-123"}},
	{signatureservice75.OperationActivateComfortSignature, "", &signatureservice75.ActivateComfortSignature{CardHandle: "card-1", Context: person}},
	{signatureservice75.OperationDeactivateComfortSignature, "", &signatureservice75.DeactivateComfortSignature{CardHandle: []string{"card-1"}}},
	{signatureservice75.OperationDeactivateComfortSignature, "several", &signatureservice75.DeactivateComfortSignature{CardHandle: []string{"card-1", "card-2"}}},
	{signatureservice75.OperationGetSignatureMode, "", &signatureservice75.GetSignatureMode{CardHandle: "card-1", Context: person}},

	{signatureservice74.OperationSignDocument, "", &signatureservice74.SignDocument{
		CardHandle: "card-1", Context: person, TvMode: signatureservice74.TvModeNone,
		SignRequest: []signatureservice74.SignRequest{{RequestID: "r1", Document: signatureservice74.DocumentType{Base64Data: &document}}},
	}},
	{signatureservice74.OperationSignDocument, "all", &signatureservice74.SignDocument{
		CardHandle: "card-1", Crypt: new(signatureservice74.CryptECC), Context: person,
		TvMode: signatureservice74.TvModeUnconfirmed, JobNumber: new("XYZ-999"),
		SignRequest: []signatureservice74.SignRequest{{
			RequestID: "r1",
			OptionalInputs: &signatureservice74.SignRequestOptionalInputs{
				SignatureType: new("http://uri.etsi.org/02778/3"), Properties: &properties,
				SignaturePlacement:           &dss10.SignaturePlacement{XPathFirstChildOf: new("/a")},
				GenerateUnderSignaturePolicy: &policy,
			},
			Document: signatureservice74.DocumentType{ShortText: new("Brief"), Base64Data: &document},
		}},
	}},
	{signatureservice74.OperationVerifyDocument, "", &signatureservice74.VerifyDocument{Context: caller}},
	{signatureservice74.OperationVerifyDocument, "all", &signatureservice74.VerifyDocument{
		Context: caller, TvMode: new(signatureservice74.TvModeNone),
		OptionalInputs: &signatureservice74.VerifyDocumentOptionalInputs{
			UseVerificationTime: &dss10.UseVerificationTimeType{CurrentTime: &wire.AnyContent{}}, ReturnVerificationReport: &report,
		},
		SignatureObject: &dss10.SignatureObject{Base64Signature: &dss10.Base64Signature{Value: []byte("CMS"), Type: new("urn:ietf:rfc:5652")}},
	}},
	{signatureservice74.OperationGetJobNumber, "", &signatureservice74.GetJobNumber{Context: caller}},
	{signatureservice74.OperationStopSignature, "", &signatureservice74.StopSignature{Context: caller, JobNumber: "ABC-123"}},
	{signatureservice74.OperationExternalAuthenticate, "", &signatureservice74.ExternalAuthenticate{
		CardHandle: "card-1", Context: caller, BinaryString: signatureservice74.BinaryDocumentType{Base64Data: dss10.Base64Data{Value: []byte{0, 1, 2, 0xff}}},
	}},
	{signatureservice74.OperationExternalAuthenticate, "all", &signatureservice74.ExternalAuthenticate{
		CardHandle: "card-1", Context: person,
		OptionalInputs: &signatureservice74.ExternalAuthenticateOptionalInputs{
			SignatureType: new("urn:ietf:rfc:3447"), SignatureSchemes: new(signatureservice74.SignatureSchemesRSASSAPKCS1V15),
		},
		BinaryString: signatureservice74.BinaryDocumentType{Base64Data: dss10.Base64Data{Value: []byte("a hash"), MimeType: new("application/octet-stream")}},
	}},
}

var encryptionRequests = []request{
	{encryptionservice61.OperationEncryptDocument, "", &encryptionservice61.EncryptDocument{
		Context: caller, Document: connectorcommon50.DocumentType{Base64Data: &document},
	}},
	{encryptionservice61.OperationEncryptDocument, "all", &encryptionservice61.EncryptDocument{
		Context: caller,
		RecipientKeys: encryptionservice61.RecipientKeys{
			CertificateOnCard: &encryptionservice61.KeyOnCardType{CardHandle: "card-1", KeyReference: new("C.ENC"), Crypt: new(encryptionservice61.CryptRSAECC)},
			Certificate:       [][]byte{[]byte("DER 1"), []byte("DER 2")},
		},
		Document: connectorcommon50.DocumentType{Base64XML: []byte("<a/>")},
		OptionalInputs: &encryptionservice61.OptionalInputs{
			EncryptionType:        new(encryptionservice61.EncryptionXmlencCore),
			Element:               []encryptionservice61.Element{{Value: "/a/b[1]", Type: encryptionservice61.ElementContent}, {Value: "/a/c", Type: encryptionservice61.ElementElement}},
			UnprotectedProperties: properties.SignedProperties,
		},
	}},
	{encryptionservice61.OperationDecryptDocument, "", &encryptionservice61.DecryptDocument{
		Context: caller, PrivateKeyOnCard: encryptionservice61.KeyOnCardType{CardHandle: "card-1"},
		Document: connectorcommon50.DocumentType{Base64Data: &document},
	}},
	{encryptionservice61.OperationDecryptDocument, "all", &encryptionservice61.DecryptDocument{
		Context:          caller,
		PrivateKeyOnCard: encryptionservice61.KeyOnCardType{CardHandle: "card-1", KeyReference: new("C.ENC"), Crypt: new(encryptionservice61.CryptRSA)},
		Document:         connectorcommon50.DocumentType{Base64Data: &document},
		OptionalInputs:   &wire.AnyContent{Elements: []wire.RawXML{mark}},
	}},
}

var moduleRequests = []request{
	{kvkservice40.OperationReadKVK, "", &kvkservice40.ReadKVK{KVKHandle: "card-1", Context: caller}},
	{nfdservice10.OperationReadNFD, "", &nfdservice10.ReadNFD{Context: caller, EhcHandle: "egk", HpcHandle: "hba"}},
	{nfdservice10.OperationReadNFD, "all", &nfdservice10.ReadNFD{Context: person, EhcHandle: "egk", HpcHandle: "hba", EmergencyIndicator: true, UpdateIndicator: true}},
	{nfdservice10.OperationWriteNFD, "", &nfdservice10.WriteNFD{Context: caller, EhcHandle: "egk", HpcHandle: "hba", NFDDocument: []byte("<nfd/>")}},
	{nfdservice10.OperationEraseNFD, "", &nfdservice10.EraseNFD{Context: caller, EhcHandle: "egk", HpcHandle: "hba"}},
	{dpeservice10.OperationReadDPE, "", &dpeservice10.ReadDPE{Context: caller, EhcHandle: "egk", HpcHandle: "hba"}},
	{dpeservice10.OperationWriteDPE, "", &dpeservice10.WriteDPE{Context: caller, EhcHandle: "egk", HpcHandle: "hba", DPEDocument: []byte("<dpe/>")}},
	{dpeservice10.OperationEraseDPE, "", &dpeservice10.EraseDPE{Context: caller, EhcHandle: "egk", HpcHandle: "hba"}},
	{amtsservice10.OperationReadMP, "", &amtsservice10.ReadMP{EhcHandle: "egk", HpcHandle: "hba", Context: caller, UsingPIN: amtsservice10.UsingPINAMTSPIN}},
	{amtsservice10.OperationWriteMP, "", &amtsservice10.WriteMP{EhcHandle: "egk", HpcHandle: "hba", Context: caller, MPData: []byte("plan"), UsingPIN: amtsservice10.UsingPINVertreterPIN}},
	{amtsservice10.OperationReadConsent, "", &amtsservice10.ReadConsent{EhcHandle: "egk", HpcHandle: "hba", Context: caller}},
	{amtsservice10.OperationWriteConsent, "", &amtsservice10.WriteConsent{EhcHandle: "egk", HpcHandle: "hba", Context: caller, ConsentData: []byte("consent")}},
	{amtsservice10.OperationDeleteConsent, "", &amtsservice10.DeleteConsent{EhcHandle: "egk", HpcHandle: "hba", Context: caller}},
}

// TestRequests encodes every request, compares it with its golden file, reads
// it again and has it judged.
func TestRequests(t *testing.T) {
	docs := map[string][]schematest.Document{}
	for _, q := range requests {
		name := q.op.Name + ".request"
		if q.variant != "" {
			name += "-" + q.variant
		}
		t.Run(folder(q.op)+"/"+name, func(t *testing.T) {
			doc := encode(t, q.msg)
			golden(t, folder(q.op)+"/"+name+".golden.xml", doc)
			again := like(q.msg)
			r := decode(t, doc, again)
			requireSame(t, q.msg, again)
			require.Empty(t, r.Missing())
			require.Zero(t, r.Unread())
			docs[folder(q.op)] = append(docs[folder(q.op)], schematest.Document{Name: name, XML: doc})
		})
	}
	judge(t, docs)
}

// ours matches the namespace declarations of our requests.
var ours = regexp.MustCompile(` xmlns:[A-Z0-9]+="[^"]*"`)

// requireSame compares a request with what was read from it. Raw elements carry
// the declarations around them when they are read: they are compared as text.
func requireSame(t *testing.T, want, got message) {
	t.Helper()
	if doc := string(encode(t, want)); strings.Contains(doc, string(mark)) {
		require.Equal(t, ours.ReplaceAllString(doc, ""), ours.ReplaceAllString(string(encode(t, got)), ""))
		return
	}
	require.Equal(t, want, got)
}

// TestContextCarrier checks that a request takes the Context if and only if its
// element has one.
func TestContextCarrier(t *testing.T) {
	for _, q := range requests {
		doc := string(encode(t, q.msg))
		_, ok := q.msg.(wire.ContextCarrier)
		require.Equal(t, strings.Contains(doc, "<CCTX:Context>"), ok, q.op.Name)
		if !ok {
			continue
		}
		copied := like(q.msg)
		decode(t, []byte(doc), copied)
		carrier := copied.(wire.ContextCarrier)
		carrier.SetContext("M2", "C2", "W2", "U2")
		got := string(encode(t, copied))
		require.Contains(t, got, "<CCTX:Context><CONN:MandantId>M2</CONN:MandantId><CONN:ClientSystemId>C2</CONN:ClientSystemId>"+
			"<CONN:WorkplaceId>W2</CONN:WorkplaceId><CONN:UserId>U2</CONN:UserId></CCTX:Context>", q.op.Name)
		carrier.SetContext("M2", "C2", "W2", "")
		require.NotContains(t, string(encode(t, copied)), "UserId", q.op.Name)
	}
}

// TestHandleCarrier checks that every handle in a request can be exchanged, and
// nothing else.
func TestHandleCarrier(t *testing.T) {
	for _, q := range requests {
		doc := string(encode(t, q.msg))
		want := strings.Count(doc, "Handle>") / 2
		carrier, ok := q.msg.(wire.HandleCarrier)
		if !ok {
			require.Zero(t, want, q.op.Name)
			continue
		}
		require.Len(t, carrier.Handles(), want, q.op.Name+q.variant)
		copied := like(q.msg)
		decode(t, []byte(doc), copied)
		for _, h := range copied.(wire.HandleCarrier).Handles() {
			*h = "EXCHANGED"
		}
		require.Equal(t, want, strings.Count(string(encode(t, copied)), ">EXCHANGED</"), q.op.Name+q.variant)
	}
}
