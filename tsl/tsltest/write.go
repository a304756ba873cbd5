package tsltest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

const (
	spaceTSL   = "http://uri.etsi.org/02231/v2#"
	spaceDS    = "http://www.w3.org/2000/09/xmldsig#"
	spaceXAdES = "http://uri.etsi.org/01903/v1.3.2#"

	declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	rootEnd     = "</TrustServiceStatusList>"
)

// Draft is a list before it is signed. Its texts are in canonical form and have
// to stay so, or the signature will be wrong.
type Draft struct {
	Sequence int
	ID       string
	Issued   time.Time
	Signer   *certstest.Identity

	RootStart string // the root's start tag
	Content   string // what is in the root, without the signature
	Form      Form   // how it is signed
}

func newDraft(s Spec, services []Service) *Draft {
	d := &Draft{Sequence: s.Sequence, ID: s.ID, Issued: s.Issued, Signer: s.Signer, Form: standardForm()}
	d.RootStart = `<TrustServiceStatusList xmlns="` + spaceTSL + `" Id="` + escape(s.ID) + `" TSLTag="http://uri.etsi.org/02231/TSLTag">`
	d.Content = schemeText(s) + `<TrustServiceProviderList>` + providersText(services) + `</TrustServiceProviderList>`
	return d
}

// Replace replaces a text in the content, once, and reports a text that is not
// there by an error in place of the content.
func (d *Draft) Replace(old, new string) {
	if !strings.Contains(d.Content, old) {
		d.Content = fmt.Sprintf("tsltest: nothing to replace: %q", old)
		return
	}
	d.Content = strings.Replace(d.Content, old, new, 1)
}

func schemeText(s Spec) string {
	operator, suffix, domain := "TEST-ONLY LK GmbH", "-"+string(s.Environment), "tsl.telematik-test"
	file := "ECC-RSA_TSL" + suffix + ".xml"
	if s.Environment == tsl.Production {
		operator, suffix, domain, file = "LK GmbH", "", "tsl.telematik", "ECC-RSA_TSL.xml"
	}
	pointer := func(host string, id int) string {
		return `<OTHER><TSLLocation>http://` + host + suffix + `.` + domain + `/ECC/` + file + `</TSLLocation><AdditionalInformation>` +
			`<TextualInformation xml:lang="DE">` + oid(id) + `</TextualInformation></AdditionalInformation></OTHER>`
	}
	pointers := strings.ReplaceAll(pointer("download", 120)+pointer("download-bak", 121), "OTHER>", "OtherTSLPointer>")
	return `<SchemeInformation><TSLVersionIdentifier>3</TSLVersionIdentifier>` +
		fmt.Sprintf(`<TSLSequenceNumber>%d</TSLSequenceNumber>`, s.Sequence) +
		`<TSLType>http://uri.etsi.org/TrstSvc/TSLtype/generic</TSLType>` +
		`<SchemeOperatorName><Name xml:lang="DE">` + operator + `</Name></SchemeOperatorName>` +
		`<SchemeOperatorAddress>` + addressText + `</SchemeOperatorAddress>` +
		`<SchemeName><Name xml:lang="DE">LK TSL Scheme</Name></SchemeName>` +
		`<SchemeInformationURI><URI xml:lang="DE">http://www.lk.invalid</URI></SchemeInformationURI>` +
		`<StatusDeterminationApproach>http://uri.etsi.org/TrstSvc/TSLType/StatusDetn/passive</StatusDeterminationApproach>` +
		`<PolicyOrLegalNotice><TSLLegalNotice xml:lang="DE">TEST-ONLY</TSLLegalNotice></PolicyOrLegalNotice>` +
		`<HistoricalInformationPeriod>0</HistoricalInformationPeriod>` +
		`<PointersToOtherTSL>` + pointers + `</PointersToOtherTSL>` +
		`<ListIssueDateTime>` + stamp(s.Issued) + `</ListIssueDateTime>` +
		`<NextUpdate><dateTime>` + stamp(s.Issued.Add(s.Valid)) + `</dateTime></NextUpdate></SchemeInformation>`
}

const addressText = `<PostalAddresses><PostalAddress xml:lang="DE"><StreetAddress>Musterstraße 1</StreetAddress><Locality>Berlin</Locality>` +
	`<PostalCode>10999</PostalCode><CountryName>DE</CountryName></PostalAddress></PostalAddresses>` +
	`<ElectronicAddress><URI>mailto:pki@lk.invalid</URI></ElectronicAddress>`

// providersText groups the services by provider, in the order in which
// providers come first.
func providersText(services []Service) string {
	var order []string
	by := map[string]string{}
	for _, s := range services {
		name := s.Provider
		if name == "" {
			name = "LK GmbH"
		}
		if _, known := by[name]; !known {
			order = append(order, name)
		}
		by[name] += serviceText(s)
	}
	var b strings.Builder
	for _, name := range order {
		b.WriteString(`<TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="DE">` + escape(name) + `</Name></TSPName>` +
			`<TSPTradeName><Name xml:lang="DE">` + escape(name) + `</Name></TSPTradeName><TSPAddress>` + addressText + `</TSPAddress>` +
			`<TSPInformationURI><URI xml:lang="DE">http://www.lk.invalid</URI></TSPInformationURI></TSPInformation><TSPServices>` +
			by[name] + `</TSPServices></TrustServiceProvider>`)
	}
	return b.String()
}

func serviceText(s Service) string {
	status, point := string(s.Status), s.SupplyPoint
	if status == "" {
		status = string(tsl.StatusInAccord)
	}
	if point == "" {
		point = NoSupplyPoint
	}
	var ids, extensions strings.Builder
	for _, der := range s.DER {
		ids.WriteString(`<DigitalId><X509Certificate>` + base64Text(der) + `</X509Certificate></DigitalId>`)
	}
	if s.Other != "" {
		ids.WriteString(`<DigitalId><Other>` + s.Other + `</Other></DigitalId>`)
	}
	for _, x := range s.Extensions {
		extensions.WriteString(`<Extension Critical="false"><ns:ExtensionOID xmlns:ns="` + spaceTSL + `">` + x.OID + `</ns:ExtensionOID>` +
			`<ns:ExtensionValue xmlns:ns="` + spaceTSL + `">` + escape(x.Name) + `</ns:ExtensionValue></Extension>`)
	}
	for _, x := range s.Mappings {
		extensions.WriteString(`<Extension Critical="false"><AdditionalServiceInformation><URI xml:lang="DE">` + escape(x.URI) + `</URI>` +
			`<InformationValue>` + escape(x.Value) + `</InformationValue></AdditionalServiceInformation></Extension>`)
	}
	all := ""
	if extensions.Len() > 0 {
		all = `<ServiceInformationExtensions>` + extensions.String() + `</ServiceInformationExtensions>`
	}
	return `<TSPService><ServiceInformation><ServiceTypeIdentifier>` + s.Type + `</ServiceTypeIdentifier>` +
		`<ServiceName><Name xml:lang="DE">` + escape(s.Name) + `</Name></ServiceName>` +
		`<ServiceDigitalIdentity>` + ids.String() + `</ServiceDigitalIdentity>` +
		`<ServiceStatus>` + status + `</ServiceStatus><StatusStartingTime>` + stamp(s.Since) + `</StatusStartingTime>` +
		`<ServiceSupplyPoints><ServiceSupplyPoint>` + escape(point) + `</ServiceSupplyPoint></ServiceSupplyPoints>` +
		all + `</ServiceInformation></TSPService>`
}

// DNSSECAnchor is the Other of a DNSSEC service with one key.
func DNSSECAnchor(tag int, digest string) string {
	return `<dns:TrustAnchor xmlns:dns="` + spaceTSL + `" id="LK-ANCHOR" source="http://download.tsl.telematik/root-anchors/root-anchors.xml">` + "\n" +
		"<dns:Zone>lk.</dns:Zone>\n" + `<dns:KeyDigest id="LK-KEY" validFrom="2020-05-25T00:00:00+00:00">` + "\n" +
		fmt.Sprintf("<dns:KeyTag>%d</dns:KeyTag>\n", tag) + "<dns:Algorithm>8</dns:Algorithm>\n<dns:DigestType>2</dns:DigestType>\n" +
		"<dns:Digest>" + digest + "</dns:Digest>\n</dns:KeyDigest>\n</dns:TrustAnchor>"
}

// escape writes text as canonical XML has it, in elements and in attributes.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "").Replace(text)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// brokenBase64 has lines as the signatures of real lists.
func brokenBase64(b []byte) string {
	text := base64Text(b)
	var lines []string
	for len(text) > 76 {
		lines = append(lines, text[:76])
		text = text[76:]
	}
	return strings.Join(append(lines, text), "&#xD;\n")
}
