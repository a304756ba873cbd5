package main

const (
	dss   = "urn:oasis:names:tc:dss:1.0:core:schema"
	ds    = "http://www.w3.org/2000/09/xmldsig#"
	vr    = "urn:oasis:names:tc:dss-x:1.0:profiles:verificationreport:schema#"
	sp    = "urn:oasis:names:tc:dss-x:1.0:profiles:SignaturePolicy:schema#"
	xades = "http://uri.etsi.org/01903/v1.3.2#"
	vsd   = "http://ws.gematik.de/fa/vsdm/vsd/v5.2"
	pkv   = "http://ws.gematik.de/fa/vsdm/vsd_pkv/v1.0"
	pnw   = "http://ws.gematik.de/fa/vsdm/pnw/v1.0"
	cctx  = "http://ws.gematik.de/conn/ConnectorContext/v2.0"
)

// target is a folder of generated packages and what to generate there.
type target struct {
	dir   string   // below the module root
	wsdls []string // below the folder of the schemas; the newest revision of each service
	roots []name   // documents that are not messages of an operation; decoded only
}

var targets = []target{
	{
		dir: "konnektor/internal/ws",
		wsdls: []string{
			"conn/EventService.wsdl",
			"conn/CardService_v8_1_2.wsdl",
			"conn/CardTerminalService.wsdl",
			"conn/CertificateService_v6_0_1.wsdl",
			"conn/SignatureService_V7_4_2.wsdl",
			"conn/SignatureService_V7_5_6.wsdl",
			"conn/AuthSignatureService_v7_4_1.wsdl",
			"conn/EncryptionService_v6_1_1.wsdl",
			"conn/vsds/KvkService.wsdl",
			"conn/nfds/NFDService.wsdl",
			"conn/nfds/DPEService.wsdl",
			"conn/amtss/AMTSService.wsdl",
		},
		roots: []name{
			{"http://ws.gematik.de/conn/ServiceDirectory/v3.1", "ConnectorServices"},
			{"http://ws.gematik.de/tel/error/v2.0", "Error"},
			{"http://ws.gematik.de/conn/EventService/v7.2", "Event"},
		},
	},
	{
		dir:   "vsdm/internal/ws",
		wsdls: []string{"conn/vsds/VSDService.wsdl"},
		roots: []name{
			{vsd, "UC_PersoenlicheVersichertendatenXML"},
			{vsd, "UC_AllgemeineVersicherungsdatenXML"},
			{vsd, "UC_GeschuetzteVersichertendatenXML"},
			{pkv, "UC_PersoenlicheVersichertendatenXML"},
			{pkv, "UC_AllgemeineVersicherungsdatenXML"},
			{pkv, "UC_GeschuetzteVersichertendatenXML"},
			{pnw, "PN"},
		},
	},
}

// packages names the packages of namespaces that do not end in name and
// version.
var packages = map[string]string{
	"http://ws.gematik.de/tel/error/v2.0": "telematikerror20",
	dss:                                   "dss10", ds: "xmldsig", vr: "verificationreport10", sp: "signaturepolicy10", xades: "xades132",
}

// prefixes are the prefixes that requests use. They are ours alone: no device
// may care.
var prefixes = map[string]string{
	"http://ws.gematik.de/conn/ConnectorCommon/v5.0": "CONN",
	cctx: "CCTX",
	"http://ws.gematik.de/conn/CardServiceCommon/v2.0":         "CARDCMN",
	"http://ws.gematik.de/conn/CardService/v8.1":               "CARD",
	"http://ws.gematik.de/conn/CardTerminalInfo/v8.0":          "CTI",
	"http://ws.gematik.de/conn/CardTerminalService/v1.1":       "CT",
	"http://ws.gematik.de/conn/EventService/v7.2":              "EVT",
	"http://ws.gematik.de/conn/CertificateService/v6.0":        "CERT",
	"http://ws.gematik.de/conn/CertificateServiceCommon/v2.0":  "CERTCMN",
	"http://ws.gematik.de/conn/SignatureService/v7.4":          "SIG74",
	"http://ws.gematik.de/conn/SignatureService/v7.5":          "SIG75",
	"http://ws.gematik.de/conn/EncryptionService/v6.1":         "CRYPT",
	"http://ws.gematik.de/conn/vsds/VSDService/v5.2":           "VSDS",
	"http://ws.gematik.de/conn/vsds/KvkService/v4.0":           "KVK",
	"http://ws.gematik.de/conn/nfds/NFDService/v1.0":           "NFD",
	"http://ws.gematik.de/conn/nfds/DPEService/v1.0":           "DPE",
	"http://ws.gematik.de/conn/amts/AMTSService/v1.0":          "AMTS",
	"http://ws.gematik.de/tel/error/v2.0":                      "GERROR",
	"http://ws.gematik.de/conn/ServiceDirectory/v3.1":          "SD",
	"http://ws.gematik.de/conn/ServiceInformation/v2.0":        "SI",
	"http://ws.gematik.de/int/version/ProductInformation/v1.1": "PI",
	vsd: "VSD", pkv: "PKV", pnw: "PNW",
	dss: "DSS", ds: "DS", vr: "VR", sp: "SP", xades: "XADES",
}

// textOnly are the namespaces of documents that a Konnektor hands on from the
// card unchecked (facts of the VSD schema): every value is kept as text, so
// that a code with leading zeros survives and a bad one spoils nothing else.
var textOnly = map[string]bool{vsd: true, pkv: true, pnw: true}

// explains are the namespaces of messages that only explain others: a GERROR in
// the Status of an answer must not spoil the result beside it, so that a value of
// it that cannot be read is left zero, as in a fault.
var explains = map[string]bool{"http://ws.gematik.de/tel/error/v2.0": true}

// longIntegers are elements of the type integer whose values exceed 64 bits:
// serial numbers of certificates. They are kept as text.
var longIntegers = map[name]bool{{ds, "X509SerialNumber"}: true}

// opaque are elements that stay raw XML, each with the reason.
var opaque = map[name]string{
	{ds, "Signature"}:        "its digest covers the octets, which no decoding may change",
	{ds, "KeyValue"}:         "no Konnektor uses bare keys",
	{ds, "RetrievalMethod"}:  "no Konnektor fetches keys",
	{ds, "PGPData"}:          "no PGP in the TI",
	{ds, "SPKIData"}:         "no SPKI in the TI",
	{vr, "SAMLv1Identifier"}: "no SAML in the TI's verification reports",
	{vr, "SAMLv2Identifier"}: "no SAML in the TI's verification reports",
	{vr, "SignedProperties"}: "the whole of XAdES below it, for display at most",
}
