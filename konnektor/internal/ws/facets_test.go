package ws_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/amtsservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalservice11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservice60"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcommon50"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcontext20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/encryptionservice61"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// TestRefusedRequests has requests that the schema forbids: each is refused,
// with an error that names the element and not its value.
func TestRefusedRequests(t *testing.T) {
	const secret = "geheim"
	long := strings.Repeat(secret, 12)
	sign := func(change func(*signatureservice75.SignDocument)) *signatureservice75.SignDocument {
		v := &signatureservice75.SignDocument{
			Context: caller, TvMode: signatureservice75.TvModeNone,
			SignRequest: []signatureservice75.SignRequest{{RequestID: "r", Document: signatureservice75.DocumentType{Base64Data: &document}}},
		}
		change(v)
		return v
	}
	cases := []struct {
		name, want string
		msg        wire.Encoder
	}{
		{"too long", "CONN:MandantId: longer than 64 characters", &eventservice72.GetCards{Context: connectorcontext20.ContextType{MandantID: long}}},
		{"too long, optional", "CONN:UserId: longer than 64 characters", &eventservice72.GetCards{Context: connectorcontext20.ContextType{UserID: &long}}},
		{"too short", "CARDCMN:CtId: shorter than 1 characters", &eventservice72.GetCards{CtID: new("")}},
		{"pattern", "CARDCMN:Iccsn: ", &eventservice72.GetResourceInformation{ICCSN: new("802766883110geheim00")}},
		{"pattern of the base", "CARDCMN:Iccsn: longer than 20", &eventservice72.GetResourceInformation{ICCSN: new(long)}},
		{"pattern with newline", "EVT:EventTo: ", &eventservice72.Unsubscribe{EventTo: new("cetp://a\n" + secret)}},
		{"number too small", "CARDCMN:SlotId: out of range", &eventservice72.GetCards{SlotID: new(uint64(0))}},
		{"unknown value", "CARDCMN:CardType: ", &eventservice72.GetCards{CardType: new(cardservicecommon20.CardTypeType(secret))}},
		{"required value empty", "AMTS:UsingPIN: ", &amtsservice10.ReadMP{}},
		{"unknown attribute value", "Type: ", &encryptionservice61.EncryptDocument{
			Document:       connectorcommon50.DocumentType{Base64Data: &document},
			OptionalInputs: &encryptionservice61.OptionalInputs{Element: []encryptionservice61.Element{{Type: secret}}},
		}},
		{"no alternative", "CT:EjectCard: no alternative", &cardterminalservice11.EjectCard{}},
		{"two alternatives", "CT:EjectCard: more than one", &cardterminalservice11.EjectCard{CardHandle: new(secret), Slot: &slot}},
		{"two alternatives in a document", "CONN:Document: more than one", &encryptionservice61.EncryptDocument{
			Document: connectorcommon50.DocumentType{Base64XML: []byte(secret), Base64Data: &document},
		}},
		{"no alternative of many", "DS:KeyInfo: no alternative", &signatureservice75.VerifyDocument{
			OptionalInputs: &signatureservice75.VerifyDocumentOptionalInputs{AdditionalKeyInfo: &dss10.AdditionalKeyInfo{}},
		}},
		{"none of a list", "EVT:SubscriptionID: stands 0 times", &eventservice72.RenewSubscriptions{}},
		{"too many of a list", "EVT:SubscriptionID: stands 1001 times", &eventservice72.RenewSubscriptions{SubscriptionID: make([]string, 1001)}},
		{"unknown value in a list", "CERT:CertRef: ", &certificateservice60.ReadCardCertificate{
			CertRefList: certificateservice60.CertRefList{CertRef: []certificateservicecommon20.CertRefEnum{"C.AUT", secret}},
		}},
		{"job number", "SIG75:JobNumber: ", sign(func(v *signatureservice75.SignDocument) { v.JobNumber = new("abc-" + secret) })},
		{"character that XML cannot carry", "wire: bad value: ", &cardservice81.VerifyPin{CardHandle: secret + "\x00"}},
		{"no UTF-8 in an attribute", "wire: bad value: ", sign(func(v *signatureservice75.SignDocument) { v.SignRequest[0].RequestID = "\xff" })},
		{"raw element malformed", "wire: bad value: ", sign(func(v *signatureservice75.SignDocument) {
			v.SignRequest[0].OptionalInputs = &signatureservice75.SignRequestOptionalInputs{Properties: &dss10.Properties{
				SignedProperties: &dss10.PropertiesType{Property: []dss10.Property{{Value: &dss10.AnyType{Any: []wire.RawXML{wire.RawXML("<a>" + secret)}}}}},
			}}
		})},
		{"raw element of another name", "Signature", &signatureservice75.VerifyDocument{SignatureObject: &dss10.SignatureObject{Signature: mark}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := wire.NewWriter(nil)
			c.msg.EncodeXML(w)
			_, err := w.Bytes()
			require.ErrorIs(t, err, wire.ErrValue)
			require.ErrorContains(t, err, "wire: bad value: ")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

// TestOddAnswers has answers with values that are not of their type where none is
// needed, or in a GERROR beside a result: they are left out and named.
func TestOddAnswers(t *testing.T) {
	const head = `<GetPinStatusResponse xmlns="http://ws.gematik.de/conn/CardService/v8.1">`
	for name, doc := range map[string]string{
		"LeftTries": head + `<LeftTries>-1</LeftTries></GetPinStatusResponse>`,
		"Code": head + `<Status xmlns="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><Error xmlns="http://ws.gematik.de/tel/error/v2.0">` +
			`<Trace><Code>geheim</Code></Trace></Error></Status></GetPinStatusResponse>`,
		"Timestamp": head + `<Status xmlns="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><Error xmlns="http://ws.gematik.de/tel/error/v2.0">` +
			`<Timestamp>geheim</Timestamp></Error></Status></GetPinStatusResponse>`,
	} {
		t.Run(name, func(t *testing.T) {
			r := wire.NewReader([]byte(doc))
			require.True(t, r.Root())
			new(cardservice81.GetPinStatusResponse).DecodeXML(r)
			require.NoError(t, r.Finish())
			require.Equal(t, []string{name}, r.Unreadable())
		})
	}
}

// TestBadAnswer has a value that must be there and is none: an error that names
// the element and not the value.
func TestBadAnswer(t *testing.T) {
	r := wire.NewReader([]byte(`<Card xmlns="http://ws.gematik.de/conn/CardService/v8.1">` +
		`<SlotId xmlns="http://ws.gematik.de/conn/CardServiceCommon/v2.0">geheim</SlotId></Card>`))
	require.True(t, r.Root())
	new(cardservice81.CardInfoType).DecodeXML(r)
	err := r.Finish()
	require.ErrorIs(t, err, wire.ErrValue)
	require.ErrorContains(t, err, "SlotId")
	require.NotContains(t, err.Error(), "geheim")
}
