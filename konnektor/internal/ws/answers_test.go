package ws_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/amtsservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservice81"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalinfo80"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/cardterminalservice11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservice60"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/certificateservicecommon20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/connectorcommon50"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dpeservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/dss10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/encryptionservice61"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/eventservice72"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/kvkservice40"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/nfdservice10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/productinformation11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/servicedirectory31"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/serviceinformation20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice74"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/signatureservice75"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/telematikerror20"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/verificationreport10"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/xades132"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/xmldsig"
	"github.com/libkonnektor/libkonnektor/konnektor/schematest"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// answer is an answer to an operation, as XML text in testdata. The one without
// a variant and most others are valid; an odd one is what devices may send all
// the same.
type answer struct {
	op      wire.Operation
	variant string
	want    wire.Decoder
	missing []string // required elements that an odd one leaves out
	unread  int      // elements in an odd one that nobody knows
}

var (
	ok      = connectorcommon50.Status{Result: connectorcommon50.ResultOK}
	trouble = &telematikerror20.Error{
		MessageID: "m-1", Timestamp: utc(2026, 2, 28, 10, 11, 12, 500_000_000),
		Trace: []telematikerror20.Trace{{
			EventID: "e-1", Instance: "Konnektor-Lokal", LogReference: "Konnektor-Log", CompType: "Konnektor", Code: 4192,
			Severity: "Warning", ErrorType: "Technical", ErrorText: "Karte <alt> & selten",
			Detail: &telematikerror20.Detail{Value: "zwei\nZeilen", Encoding: new("UTF-8")},
		}},
	}
	warning = connectorcommon50.Status{Result: connectorcommon50.ResultWarning, Error: trouble}
)

func utc(year int, month time.Month, day, hour, minute, second, nano int) wire.DateTime {
	return wire.DateTime{Time: time.Date(year, month, day, hour, minute, second, nano, time.UTC), Zoned: true}
}

func zoned(offset int, year int, month time.Month, day, hour, minute, second, nano int) wire.DateTime {
	return wire.DateTime{Time: time.Date(year, month, day, hour, minute, second, nano, time.FixedZone("", offset)), Zoned: true}
}

func local(year int, month time.Month, day, hour, minute, second int) wire.DateTime {
	return wire.DateTime{Time: time.Date(year, month, day, hour, minute, second, 0, time.UTC)}
}

var answers = concatAnswers(eventAnswers, cardAnswers, certificateAnswers, signatureAnswers, moduleAnswers)

func concatAnswers(lists ...[]answer) []answer {
	var all []answer
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func card(handle string, kind cardservicecommon20.CardTypeType, terminal string, slot uint64, inserted wire.DateTime) cardservice81.CardInfoType {
	return cardservice81.CardInfoType{CardHandle: handle, CardType: kind, CtID: terminal, SlotID: slot, InsertTime: inserted}
}

func egk() cardservice81.CardInfoType {
	c := card("c7d7c0b8-c4b0-4e6a-9c5b-0a1b2c3d4e5f", "EGK", "CT_ID_0176", 1, zoned(3600, 2026, 2, 28, 8, 15, 30, 250_000_000))
	c.CardVersion = &cardservice81.CardVersion{
		COSVersion:          cardservice81.VersionInfoType{Major: 4, Minor: 5},
		ObjectSystemVersion: cardservice81.VersionInfoType{Major: 4, Minor: 4},
		ATRVersion:          &cardservice81.VersionInfoType{Major: 2, Revision: 1},
	}
	c.ICCSN, c.CardHolderName, c.KVNR = new("80276883110000099999"), new("Testä-Öß, Drache"), new("X999999999")
	c.CertificateExpirationDate = &wire.Date{Year: 2029, Month: 12, Day: 31}
	return c
}

// oddCard is out of order, of a type that is not in the schema, has an empty
// date and lacks what must be there.
func oddCard() cardservice81.CardInfoType {
	c := card("card-<1>", "EGK-G3", "", 2, wire.DateTime{})
	c.KVNR = new("")
	c.CertificateExpirationDate = &wire.Date{Year: 2029, Month: 12, Day: 31}
	return c
}

var terminal = cardterminalinfo80.CardTerminalInfoType{
	ProductInformation: productinformation11.ProductInformation{
		InformationDate:        utc(2026, 2, 28, 10, 0, 0, 0),
		ProductTypeInformation: productinformation11.ProductTypeInformation{ProductType: "KartTerm", ProductTypeVersion: "1.6.1"},
		ProductIdentification: productinformation11.ProductIdentification{
			ProductVendorID: "VEND", ProductCode: "TERM1",
			ProductVersion: productinformation11.ProductVersion{Local: &productinformation11.ProductVersionLocal{HWVersion: "3.0.0", FWVersion: "4.0.47"}},
		},
		ProductMiscellaneous: productinformation11.ProductMiscellaneous{ProductVendorName: "Vendor GmbH", ProductName: "Terminal"},
	},
	CtID: "CT_ID_0176", WorkplaceIds: connectorcommon50.WorkplaceIds{WorkplaceID: []string{"AP1", "AP2"}},
	Name: "Empfang", MacAddress: "00-0D-F8-07-2C-67", IPAddress: &cardterminalinfo80.IPAddress{IPV4Address: new("192.0.2.30")},
	Slots: 4, IsPhysical: true, Connected: true,
}

// neverSeen is a terminal that was never connected.
var neverSeen = cardterminalinfo80.CardTerminalInfoType{
	ProductInformation: productinformation11.ProductInformation{
		InformationDate:        utc(1970, 1, 1, 0, 0, 0, 0),
		ProductTypeInformation: productinformation11.ProductTypeInformation{ProductTypeVersion: "0.0.0"},
		ProductIdentification: productinformation11.ProductIdentification{
			ProductVersion: productinformation11.ProductVersion{Central: new("1.2.3-4")},
		},
	},
	CtID: "CT_ID_0177", MacAddress: "00-0d-f8-07-2c-68", IPAddress: &cardterminalinfo80.IPAddress{IPV6Address: new("2001:db8::1")},
}

var eventAnswers = []answer{
	{op: eventservice72.OperationSubscribe, want: &eventservice72.SubscribeResponse{
		Status: ok, SubscriptionID: "0c6a9e5e-6f0d-4a6b-9c55-2f1f6ad0a001", TerminationTime: zoned(3600, 2026, 3, 1, 12, 0, 0, 123_000_000),
	}},
	{op: eventservice72.OperationUnsubscribe, want: &eventservice72.UnsubscribeResponse{Status: ok}},
	{op: eventservice72.OperationGetSubscription, want: &eventservice72.GetSubscriptionResponse{
		Status: ok,
		Subscriptions: eventservice72.Subscriptions{Subscription: []eventservice72.SubscriptionType{
			{SubscriptionID: new("S-1"), TerminationTime: new(utc(2026, 3, 1, 12, 0, 0, 0)), EventTo: "cetp://192.0.2.1:4711", Topic: "CARD"},
			{
				SubscriptionID: new("S-2"), TerminationTime: new(local(2026, 3, 1, 12, 0, 0)), EventTo: "cetp://[2001:db8::1]:4711",
				Topic: "BOOTUP", Filter: new(`//Parameter[Key="A" and Value<3]`),
			},
		}},
	}},
	{op: eventservice72.OperationGetSubscription, variant: "none", want: &eventservice72.GetSubscriptionResponse{Status: ok}},
	{op: eventservice72.OperationRenewSubscriptions, want: &eventservice72.RenewSubscriptionsResponse{
		Status: ok,
		SubscribeRenewals: eventservice72.SubscribeRenewals{SubscriptionRenewal: []eventservice72.SubscriptionRenewal{
			{SubscriptionID: "S-1", TerminationTime: utc(2026, 3, 1, 12, 0, 0, 0)},
			{SubscriptionID: "S-2", TerminationTime: zoned(-19800, 2026, 3, 1, 13, 0, 0, 0)},
			{SubscriptionID: "S-3", TerminationTime: utc(2026, 3, 2, 0, 0, 0, 0)},
		}},
	}},
	{op: eventservice72.OperationGetCards, want: &eventservice72.GetCardsResponse{
		Status: ok,
		Cards:  cardservice81.Cards{Card: []cardservice81.CardInfoType{egk(), card("smcb", "SMC-B", "CT_ID_0176", 4, local(2026, 1, 2, 0, 0, 0))}},
	}},
	{op: eventservice72.OperationGetCards, variant: "none", want: &eventservice72.GetCardsResponse{Status: warning}},
	{
		op: eventservice72.OperationGetCards, variant: "odd", missing: []string{"CtId"}, unread: 2,
		want: &eventservice72.GetCardsResponse{Status: ok, Cards: cardservice81.Cards{Card: []cardservice81.CardInfoType{oddCard()}}},
	},
	{op: eventservice72.OperationGetCardTerminals, want: &eventservice72.GetCardTerminalsResponse{
		Status:        ok,
		CardTerminals: cardterminalinfo80.CardTerminals{CardTerminal: []cardterminalinfo80.CardTerminalInfoType{terminal, neverSeen}},
	}},
	{op: eventservice72.OperationGetResourceInformation, want: &eventservice72.GetResourceInformationResponse{
		Status: ok,
		Connector: &connectorcommon50.Connector{
			VPNTIStatus:  connectorcommon50.VPNTIStatus{ConnectionStatus: "Online", Timestamp: zoned(3600, 2026, 2, 28, 7, 0, 0, 0)},
			VPNSISStatus: connectorcommon50.VPNSISStatus{ConnectionStatus: "Offline", Timestamp: zoned(3600, 2026, 2, 27, 7, 0, 0, 0)},
			OperatingState: connectorcommon50.OperatingState{ErrorState: []connectorcommon50.ErrorState{
				{ErrorCondition: "EC_CardTerminal_Not_Available(CT_ID_0176)", Severity: "Error", Type: "Operation", Value: true, ValidFrom: utc(2026, 2, 28, 7, 1, 2, 0)},
				{ErrorCondition: "EC_No_VPN_TI_Connection", Severity: "Error", Type: "Operation", ValidFrom: utc(2026, 2, 28, 7, 0, 0, 0)},
				{ErrorCondition: "EC_OTHER_ERROR_STATE(4)", Severity: "Fatal", Type: "Security", ValidFrom: utc(2026, 2, 28, 7, 0, 0, 0)},
			}},
		},
	}},
	{op: eventservice72.OperationGetResourceInformation, variant: "terminal", want: &eventservice72.GetResourceInformationResponse{Status: ok, CardTerminal: &terminal}},
	{op: eventservice72.OperationGetResourceInformation, variant: "card", want: &eventservice72.GetResourceInformationResponse{
		Status: ok, Card: new(card("card-1", "UNKNOWN", "CT1", 1, utc(2026, 2, 28, 7, 0, 0, 0))),
	}},
}

func pin(result cardservicecommon20.PinResultEnum, tries *uint64) cardservicecommon20.PinResponseType {
	return cardservicecommon20.PinResponseType{Status: ok, PinResult: result, LeftTries: tries}
}

var cardAnswers = []answer{
	{op: cardservice81.OperationVerifyPin, want: &cardservice81.VerifyPinResponse{PinResponseType: pin("REJECTED", new(uint64(2)))}},
	{
		op: cardservice81.OperationVerifyPin, variant: "odd", missing: []string{"Status"}, unread: 1,
		want: &cardservice81.VerifyPinResponse{PinResponseType: cardservicecommon20.PinResponseType{PinResult: "SOMETHING_NEW", LeftTries: new(uint64(1))}},
	},
	{op: cardservice81.OperationChangePin, want: &cardservice81.ChangePinResponse{PinResponseType: pin("OK", nil)}},
	{op: cardservice81.OperationUnblockPin, want: &cardservice81.UnblockPinResponse{PinResponseType: pin("NOWBLOCKED", new(uint64(0)))}},
	{op: cardservice81.OperationEnablePin, want: &cardservice81.EnablePinResponse{PinResponseType: pin("OK", nil)}},
	{op: cardservice81.OperationDisablePin, want: &cardservice81.DisablePinResponse{PinResponseType: pin("ERROR", nil)}},
	{op: cardservice81.OperationGetPinStatus, want: &cardservice81.GetPinStatusResponse{
		Status: ok, PinStatus: new(cardservice81.PinStatusDisabled), LeftTries: new(uint64(3)),
	}},
	{op: cardservice81.OperationGetPinStatus, variant: "older", want: &cardservice81.GetPinStatusResponse{Status: ok, PinStatus: new(cardservice81.PinStatusVerifiable)}},
	{op: cardterminalservice11.OperationRequestCard, want: &cardterminalservice11.RequestCardResponse{
		Status: ok, AlreadyInserted: new(false), Card: new(card("card-1", "KVK", "CT1", 1, utc(2026, 2, 28, 7, 0, 0, 0))),
	}},
	{op: cardterminalservice11.OperationRequestCard, variant: "none", want: &cardterminalservice11.RequestCardResponse{Status: ok}},
	{op: cardterminalservice11.OperationEjectCard, want: &cardterminalservice11.EjectCardResponse{Status: ok}},
}

var certificateAnswers = []answer{
	{op: certificateservice60.OperationCheckCertificateExpiration, want: &certificateservice60.CheckCertificateExpirationResponse{
		Status: ok,
		CertificateExpiration: []certificateservice60.CertificateExpirationType{
			{
				CtID: "CT1", CardHandle: "card-1", ICCSN: "80276001011699900001", SubjectCommonName: "Praxis Muster",
				SerialNumber: "1234567890", Validity: wire.Date{Year: 2027, Month: 5, Day: 31},
			},
			{ICCSN: "80276001011699900002", SubjectCommonName: "gSMC-K", SerialNumber: "17", Validity: wire.Date{Year: 2026, Month: 12, Day: 31}},
		},
	}},
	{op: certificateservice60.OperationReadCardCertificate, want: &certificateservice60.ReadCardCertificateResponse{
		Status: ok,
		X509DataInfoList: certificateservicecommon20.X509DataInfoListType{X509DataInfo: []certificateservicecommon20.X509DataInfo{
			{CertRef: "C.AUT", X509Data: &certificateservicecommon20.X509Data{
				X509IssuerSerial: certificateservicecommon20.X509IssuerSerial{X509IssuerName: "CN=GEM.SMCB-CA24, O=gematik", X509SerialNumber: "402653184123"},
				X509SubjectName:  "CN=Praxis, SN=Muster", X509Certificate: []byte("DER 1"),
			}},
			{CertRef: "C.QES"},
		}},
	}},
	{op: certificateservice60.OperationVerifyCertificate, want: &certificateservice60.VerifyCertificateResponse{
		Status:             ok,
		VerificationStatus: certificateservice60.VerificationStatus{VerificationResult: "INCONCLUSIVE", Error: trouble},
		RoleList:           certificateservice60.RoleList{Role: []string{"1.2.276.0.76.4.50", "1.2.276.0.76.4.53"}},
	}},
}

// Raw elements carry the declarations around them, the innermost first.
const (
	around74 = ` xmlns:dss="urn:oasis:names:tc:dss:1.0:core:schema" xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0"` +
		` xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.4"`
	around75 = ` xmlns:dss="urn:oasis:names:tc:dss:1.0:core:schema" xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0"` +
		` xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.5"`
	aroundReport = ` xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:dss="urn:oasis:names:tc:dss:1.0:core:schema"` +
		` xmlns:vr="urn:oasis:names:tc:dss-x:1.0:profiles:verificationreport:schema#"`
)

// signature is what stands in the answers of SignDocument, octet by octet.
func signature(around string) wire.RawXML {
	return wire.RawXML(`<ds:Signature` + around + ` Id="s1" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>` +
		`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"/><ds:Reference URI="">` +
		`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAEC</ds:DigestValue></ds:Reference></ds:SignedInfo>` +
		"\n" + `<ds:SignatureValue>AwQF</ds:SignatureValue></ds:Signature>`)
}

// verificationReport is the report in some answers; around are the declarations
// outside it.
func verificationReport(around string) verificationreport10.VerificationReportType {
	return verificationreport10.VerificationReportType{
		VerificationTimeInfo: &dss10.VerificationTimeInfoType{
			VerificationTime:   utc(2026, 2, 28, 10, 0, 0, 0),
			AdditionalTimeInfo: []dss10.AdditionalTimeInfoType{{Value: utc(2026, 2, 27, 10, 0, 0, 0), Type: "urn:example:signing", Ref: new("r")}},
		},
		VerifierIdentity: &verificationreport10.IdentifierType{X509Data: &xmldsig.X509DataType{
			X509IssuerSerial: []xmldsig.X509IssuerSerialType{{X509IssuerName: "CN=CA", X509SerialNumber: "123456789012345678901234"}},
			X509Certificate:  [][]byte{[]byte("DER")},
		}},
		IndividualReport: []verificationreport10.IndividualReportType{{
			SignedObjectIdentifier: verificationreport10.SignedObjectIdentifierType{
				FieldName: new("Signature1"), Offset: new(int64(12)),
				DigestAlgAndValue: &xades132.DigestAlgAndValueType{
					DigestMethod: xmldsig.DigestMethodType{Algorithm: "http://www.w3.org/2001/04/xmlenc#sha256"}, DigestValue: []byte{0, 1, 2},
				},
				SignatureValue: &xmldsig.SignatureValueType{Value: []byte{3, 4, 5}, ID: new("sv")},
			},
			Result: dss10.Result{
				ResultMajor: "urn:oasis:names:tc:dss:1.0:resultmajor:Success", ResultMinor: new("urn:example:minor"),
				ResultMessage: &dss10.InternationalStringType{Value: "in Ordnung", Lang: "de"},
			},
			Details: &dss10.AnyType{Any: []wire.RawXML{wire.RawXML(`<d:Anything` + aroundReport + around + ` xmlns:d="urn:example:details"><d:Deep/></d:Anything>`)}},
		}},
	}
}

var (
	cms           = &dss10.SignatureObject{Base64Signature: &dss10.Base64Signature{Value: []byte("CMS"), Type: new("urn:ietf:rfc:5652")}}
	signedPDF     = &dss10.Base64Data{Value: []byte("PDF"), MimeType: new("application/pdf-a")}
	manifest      = &dss10.VerifyManifestResultsType{ManifestResult: []dss10.ManifestResult{{ReferenceXpath: "/a", Status: "urn:ok"}}}
	updated       = &dss10.UpdatedSignatureType{Type: new("urn:example:updated"), SignatureObject: dss10.SignatureObject{Timestamp: &dss10.Timestamp{RFC3161TimeStampToken: []byte("TST")}}}
	withoutSpaces = ` xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0"`
)

var signatureAnswers = []answer{
	{op: signatureservice75.OperationSignDocument, want: &signatureservice75.SignDocumentResponse{SignResponse: []signatureservice75.SignResponse{
		{
			RequestID: "r1", Status: ok, SignatureObject: cms,
			OptionalOutputs: &signatureservice75.SignResponseOptionalOutputs{DocumentWithSignature: &signatureservice75.DocumentType{
				ID: new("d1"), ShortText: new(`Brief "1"`), Base64Data: signedPDF,
			}},
		},
		{RequestID: "r2", Status: warning},
		{RequestID: "r3", Status: ok, SignatureObject: &dss10.SignatureObject{Signature: signature(around75)}},
	}}},
	{op: signatureservice75.OperationVerifyDocument, want: &signatureservice75.VerifyDocumentResponse{
		Status:             ok,
		VerificationResult: signatureservice75.VerificationResultType{HighLevelResult: "VALID", TimestampType: "SYSTEM_TIMESTAMP", Timestamp: utc(2026, 2, 28, 10, 0, 0, 0)},
		OptionalOutputs: &signatureservice75.VerifyDocumentResponseOptionalOutputs{
			VerifyManifestResults: manifest, UpdatedSignature: updated,
			VerificationReport: new(verificationReport(withoutSpaces + ` xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.5"`)),
		},
	}},
	{op: signatureservice75.OperationGetJobNumber, want: &signatureservice75.GetJobNumberResponse{JobNumber: "QVS-117"}},
	{op: signatureservice75.OperationStopSignature, want: &signatureservice75.StopSignatureResponse{Status: ok}},
	{op: signatureservice75.OperationActivateComfortSignature, want: &signatureservice75.ActivateComfortSignatureResponse{Status: ok, SignatureMode: "COMFORT"}},
	{op: signatureservice75.OperationDeactivateComfortSignature, want: &signatureservice75.DeactivateComfortSignatureResponse{Status: ok}},
	{op: signatureservice75.OperationGetSignatureMode, want: &signatureservice75.GetSignatureModeResponse{
		Status: ok, ComfortSignatureStatus: "ENABLED", ComfortSignatureMax: 100, ComfortSignatureTimer: wire.Duration{Time: 6 * time.Hour},
		SessionInfo: &signatureservice75.SessionInfo{
			SignatureMode: "COMFORT", CountRemaining: 87,
			TimeRemaining: wire.Duration{Time: 5*time.Hour + 59*time.Minute + 30*time.Second + 500*time.Millisecond},
		},
	}},
	{op: signatureservice74.OperationSignDocument, want: &signatureservice74.SignDocumentResponse{SignResponse: []signatureservice74.SignResponse{
		{
			RequestID: "r1", Status: ok, SignatureObject: cms,
			OptionalOutputs: &signatureservice74.SignResponseOptionalOutputs{DocumentWithSignature: &signatureservice74.DocumentType{
				ID: new("d1"), ShortText: new(`Brief "1"`), Base64Data: signedPDF,
			}},
		},
		{RequestID: "r2", Status: warning},
		{RequestID: "r3", Status: ok, SignatureObject: &dss10.SignatureObject{Signature: signature(around74)}},
	}}},
	{op: signatureservice74.OperationVerifyDocument, want: &signatureservice74.VerifyDocumentResponse{
		Status:             ok,
		VerificationResult: signatureservice74.VerificationResultType{HighLevelResult: "VALID", TimestampType: "SYSTEM_TIMESTAMP", Timestamp: utc(2026, 2, 28, 10, 0, 0, 0)},
		OptionalOutputs: &signatureservice74.VerifyDocumentResponseOptionalOutputs{
			VerifyManifestResults: manifest, UpdatedSignature: updated,
			VerificationReport: new(verificationReport(withoutSpaces + ` xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.4"`)),
		},
	}},
	{op: signatureservice74.OperationGetJobNumber, want: &signatureservice74.GetJobNumberResponse{JobNumber: "QVS-117"}},
	{op: signatureservice74.OperationStopSignature, want: &signatureservice74.StopSignatureResponse{Status: ok}},
	{op: signatureservice74.OperationExternalAuthenticate, want: &signatureservice74.ExternalAuthenticateResponse{
		Status: ok, SignatureObject: &dss10.SignatureObject{Base64Signature: &dss10.Base64Signature{Value: []byte("0E\x02"), Type: new("urn:bsi:tr:03111:ecdsa")}},
	}},
	{op: encryptionservice61.OperationEncryptDocument, want: &encryptionservice61.EncryptDocumentResponse{
		Status: ok, OptionalOutputs: &wire.AnyContent{},
		Document: &connectorcommon50.DocumentType{Base64Data: &dss10.Base64Data{Value: []byte("CMS"), MimeType: new("application/pkcs7-mime")}},
	}},
	{op: encryptionservice61.OperationDecryptDocument, want: &encryptionservice61.DecryptDocumentResponse{
		Status: ok, Document: &connectorcommon50.DocumentType{RefURI: new("doc"), Base64XML: []byte("<a/>")},
		OptionalOutputs: &wire.AnyContent{Text: "a ", Elements: []wire.RawXML{wire.RawXML(
			`<n:x xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0" xmlns:n="http://ws.gematik.de/conn/EncryptionService/v6.1">b</n:x>`)}},
	}},
}

var moduleAnswers = []answer{
	{op: kvkservice40.OperationReadKVK, want: &kvkservice40.ReadKVKResponse{KVK: []byte{0x60, 0x81, 0x80, 0, 1, 2}}},
	{op: kvkservice40.OperationReadKVK, variant: "none", want: &kvkservice40.ReadKVKResponse{}},
	{op: nfdservice10.OperationReadNFD, want: &nfdservice10.ReadNFDResponse{
		Status: nfdservice10.Status{Result: nfdservice10.ResultCategoryWarning, Error: trouble}, NFDDocument: []byte("<nfd/>"),
		VerificationReport: verificationReport(` xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.4" xmlns:f="http://ws.gematik.de/conn/nfds/NFDService/v1.0"`),
		VerificationResult: signatureservice74.VerificationResultType{HighLevelResult: "INVALID", TimestampType: "QUALIFIED_TIMESTAMP", Timestamp: utc(2026, 2, 28, 10, 0, 0, 0)},
	}},
	{op: nfdservice10.OperationWriteNFD, want: &nfdservice10.WriteNFDResponse{Status: nfdservice10.Status{Result: "OK"}}},
	{op: nfdservice10.OperationEraseNFD, want: &nfdservice10.EraseNFDResponse{Status: nfdservice10.Status{Result: "OK"}}},
	{op: dpeservice10.OperationReadDPE, want: &dpeservice10.ReadDPEResponse{Status: dpeservice10.Status{Result: "OK"}, DPEDocument: []byte("<dpe/>")}},
	{op: dpeservice10.OperationWriteDPE, want: &dpeservice10.WriteDPEResponse{Status: dpeservice10.Status{Result: "WARNING", Error: trouble}}},
	{op: dpeservice10.OperationEraseDPE, want: &dpeservice10.EraseDPEResponse{Status: dpeservice10.Status{Result: "WARNING", Error: trouble}}},
	{op: amtsservice10.OperationReadMP, want: &amtsservice10.ReadMPResponse{Status: ok, MPData: []byte("plan"), EGKValid: true, EGKUsage: 42}},
	{op: amtsservice10.OperationWriteMP, want: &amtsservice10.WriteMPResponse{Status: ok, EGKValid: true}},
	{op: amtsservice10.OperationReadConsent, want: &amtsservice10.ReadConsentResponse{Status: ok, ConsentData: []byte{}}},
	{op: amtsservice10.OperationWriteConsent, want: &amtsservice10.WriteConsentResponse{Status: ok, EGKValid: true}},
	{op: amtsservice10.OperationDeleteConsent, want: &amtsservice10.DeleteConsentResponse{Status: ok, EGKValid: true}},
}

// TestAnswers reads every answer and has the valid ones judged.
func TestAnswers(t *testing.T) {
	docs := map[string][]schematest.Document{}
	for _, a := range answers {
		name := a.op.Name + ".answer"
		if a.variant != "" {
			name += "-" + a.variant
		}
		t.Run(folder(a.op)+"/"+name, func(t *testing.T) {
			doc, err := os.ReadFile(filepath.Join("testdata", folder(a.op), name+".xml"))
			require.NoError(t, err)
			got := like(a.want)
			r := decode(t, doc, got)
			require.Equal(t, a.want, got)
			require.Equal(t, a.missing, r.Missing())
			require.Equal(t, a.unread, r.Unread())
			if a.variant != "odd" {
				docs[folder(a.op)] = append(docs[folder(a.op)], schematest.Document{Name: name, XML: doc})
			}
		})
	}
	judge(t, docs)
}

// TestOlderRevisions has answers judged by older schema files of the same
// namespace too: the types of the newest one read them.
func TestOlderRevisions(t *testing.T) {
	older := []struct {
		schema string
		files  []string
	}{
		{"conn/CardService.xsd", []string{"CardService-8.1/GetPinStatus.answer-older.xml", "CardService-8.1/VerifyPin.answer.xml", "CardService-8.1/UnblockPin.answer.xml"}},
		{"conn/CardService_v8_1_1.xsd", []string{"CardService-8.1/GetPinStatus.answer-older.xml", "CardService-8.1/ChangePin.answer.xml"}},
		{"conn/CertificateService.xsd", []string{"CertificateService-6.0/ReadCardCertificate.answer.xml", "CertificateService-6.0/CheckCertificateExpiration.answer.xml"}},
		{"conn/EncryptionService.xsd", []string{"EncryptionService-6.1/EncryptDocument.answer.xml"}},
		{"conn/SignatureService.xsd", []string{"SignatureService-7.4/SignDocument.answer.xml", "AuthSignatureService-7.4/ExternalAuthenticate.answer.xml"}},
		{"conn/SignatureService_V7_5_5.xsd", []string{"SignatureService-7.5/GetSignatureMode.answer.xml", "SignatureService-7.5/VerifyDocument.answer.xml"}},
	}
	for _, o := range older {
		t.Run(o.schema, func(t *testing.T) {
			for _, file := range o.files {
				doc, err := os.ReadFile(filepath.Join("testdata", file))
				require.NoError(t, err)
				schematest.Validate(t, o.schema, doc)
			}
		})
	}
}

// TestDocuments reads the documents that are not messages of an operation.
func TestDocuments(t *testing.T) {
	documents := []struct {
		name, schema string
		want         wire.Decoder
	}{
		{"Error", "tel/error/TelematikError.xsd", &telematikerror20.Error{
			Timestamp: utc(2026, 2, 28, 10, 11, 12, 0),
			Trace: []telematikerror20.Trace{
				{CompType: "Konnektor", Code: 4001, Severity: "Error", ErrorType: "Technical", ErrorText: "Interner Fehler"},
				{
					EventID: "e", Instance: "i", LogReference: "l", CompType: "FM_VSDM", Code: 114, Severity: "Fatal", ErrorType: "Security",
					ErrorText: "Gesundheitsanwendung gesperrt", Detail: &telematikerror20.Detail{},
				},
			},
		}},
		{"Event", "conn/EventService.xsd", &eventservice72.Event{
			Topic: "CARD/INSERTED", Type: eventservice72.EventOperation, Severity: eventservice72.EventSeverityInfo,
			Message: eventservice72.Message{Parameter: []eventservice72.Parameter{{Key: "CardHandle", Value: "card-1"}, {Key: "CtID"}}},
		}},
		{"ConnectorServices", "conn/ServiceDirectory.xsd", &servicedirectory31.ConnectorServices{
			ProductInformation: productinformation11.ProductInformation{
				InformationDate:        utc(2026, 2, 28, 10, 0, 0, 0),
				ProductTypeInformation: productinformation11.ProductTypeInformation{ProductType: "Konnektor", ProductTypeVersion: "5.0.0"},
				ProductIdentification: productinformation11.ProductIdentification{
					ProductVendorID: "SIMUL", ProductCode: "simu_kon",
					ProductVersion: productinformation11.ProductVersion{Local: &productinformation11.ProductVersionLocal{HWVersion: "1.0.0", FWVersion: "5.50.3"}},
				},
				ProductMiscellaneous: productinformation11.ProductMiscellaneous{ProductVendorName: "Hersteller € AG", ProductName: "simulator"},
			},
			TLSMandatory: true,
			ServiceInformation: serviceinformation20.ServicesType{Service: []serviceinformation20.ServiceType{
				{Name: "EventService", Abstract: "Ereignisse", Versions: serviceinformation20.VersionsType{Version: []serviceinformation20.VersionType{{
					TargetNamespace: new("http://ws.gematik.de/conn/EventService/WSDL/v7.2"), Version: new("7.2.0"), Abstract: "a",
					Endpoint:    &serviceinformation20.EndpointType{Location: "http://192.0.2.7/ws/EventService"},
					EndpointTLS: serviceinformation20.EndpointType{Location: "https://192.0.2.7/ws/EventService?a=1&b=2"},
					WSDL:        &serviceinformation20.WSDLLocationType{Location: "https://192.0.2.7/wsdl"},
				}}}},
				{Name: "CardService", Versions: serviceinformation20.VersionsType{Version: []serviceinformation20.VersionType{
					{EndpointTLS: serviceinformation20.EndpointType{Location: "https://konnektor.konlan/card"}},
					{Version: new("8.1.2"), EndpointTLS: serviceinformation20.EndpointType{Location: "https://konnektor.konlan/card"}},
				}}},
			}},
		}},
	}
	for _, d := range documents {
		t.Run(d.name, func(t *testing.T) {
			doc, err := os.ReadFile(filepath.Join("testdata", "documents", d.name+".xml"))
			require.NoError(t, err)
			got := like(d.want)
			r := decode(t, doc, got)
			require.Equal(t, d.want, got)
			require.Empty(t, r.Missing())
			schematest.Validate(t, d.schema, doc)
		})
	}
}

// TestCutAnswers cuts every answer after every byte: an error, no panic and no
// success.
func TestCutAnswers(t *testing.T) {
	for _, a := range answers {
		name := a.op.Name + ".answer"
		if a.variant != "" {
			name += "-" + a.variant
		}
		doc, err := os.ReadFile(filepath.Join("testdata", folder(a.op), name+".xml"))
		require.NoError(t, err)
		end := bytes.LastIndexByte(bytes.TrimSuffix(bytes.TrimSpace(doc), []byte("<!-- bye -->")), '>')
		for i := range end {
			r := wire.NewReader(doc[:i])
			if v := like(a.want); r.Root() {
				v.DecodeXML(r)
			}
			require.Error(t, r.Finish(), "%s cut at %d", name, i)
		}
	}
}
