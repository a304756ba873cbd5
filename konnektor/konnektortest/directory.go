package konnektortest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// style is what a maker's service directory looks like: names, addresses and
// habits seen in directories from the field.
type style struct {
	vendorID, code, vendor, product string
	paths                           map[string]string
	// perVersion repeats the Service element for every version.
	perVersion bool
	// unnumbered leaves the attribute Version out, the namespace tells.
	unnumbered bool
	// piDefault puts the product information in the default namespace.
	piDefault bool
}

var styles = map[Style]*style{
	Secunet: {vendorID: "SECUN", code: "secu_kon", vendor: "secunet", product: "secunet konnektor simulator"},
	KoCoBox: {vendorID: "KOCOC", code: "kocobox", vendor: "KoCo Connector GmbH", product: "KoCoBox MED+ simulator",
		perVersion: true, paths: map[string]string{
			"EventService":          "/service/systeminformationservice",
			"SignatureService":      "/service/signservice",
			"SignatureService v7.5": "/service/v75/signservice",
			"CardService v8.2":      "/service/v82/cardservice",
			"VSDService":            "/service/fmvsdm",
			"NFDService":            "/service/fm/nfdm/nfdservice",
			"":                      "/service/",
		}},
	RISE: {vendorID: "RISEG", code: "RKONN", vendor: "Research Industrial Systems Engineering GmbH", product: "RISE Konnektor simulator",
		unnumbered: true, piDefault: true, paths: map[string]string{
			"SignatureService v7.5": "/webservices/signatureservice/v7.5",
			"VSDService":            "/fm/vsdservice",
			"":                      "/webservices/",
		}},
}

// path is where a version of a service answers.
func (s *style) path(service string, v Version) string {
	if s.paths == nil {
		return "/ws/" + service
	}
	minor := v.TargetNamespace[strings.LastIndexByte(v.TargetNamespace, '/')+1:]
	if p, ok := s.paths[service+" "+minor]; ok {
		return p
	}
	if p, ok := s.paths[service]; ok {
		return p
	}
	return s.paths[""] + strings.ToLower(service)
}

// directoryOperation is the name under which requests for connector.sds are
// counted and disturbed.
const directoryOperation = "connector.sds"

// directory returns the text of connector.sds (ServiceDirectory.xsd).
func (k *Konnektor) directory() (string, error) {
	k.mu.Lock()
	services := slices.Clone(k.services)
	k.mu.Unlock()
	r := rand.New(rand.NewPCG(k.opts.Seed, 1))
	r.Shuffle(len(services), func(i, j int) { services[i], services[j] = services[j], services[i] })
	var list string
	for _, s := range services {
		list += k.serviceXML(s, r)
	}
	text := Elem("SD:ConnectorServices",
		k.style.productXML(k.opts.Directory.FirmwareVersion, k.ids),
		ElemText("SD:TLSMandatory", k.boolean(k.opts.Auth != Plain)),
		ElemText("SD:ClientAutMandatory", k.boolean(k.opts.Auth == Basic || k.opts.Auth == ClientCertificate)),
		Elem("SI:ServiceInformation", list))
	d := k.dialect
	if k.style.piDefault {
		d.naming = defaultedPI
	}
	return d.render(text, nil)
}

// boolean writes an xs:boolean in one of its two ways.
func (k *Konnektor) boolean(v bool) string {
	if k.opts.Seed&4 == 0 {
		return strconv.FormatBool(v)
	}
	if v {
		return "1"
	}
	return "0"
}

func (s *style) productXML(firmware string, ids *idSource) string {
	return Elem("PI:ProductInformation",
		ElemText("PI:InformationDate", ids.now()),
		Elem("PI:ProductTypeInformation",
			ElemText("PI:ProductType", "Konnektor"), ElemText("PI:ProductTypeVersion", "5.1.0")),
		Elem("PI:ProductIdentification",
			ElemText("PI:ProductVendorID", s.vendorID), ElemText("PI:ProductCode", s.code),
			Elem("PI:ProductVersion", Elem("PI:Local",
				ElemText("PI:HWVersion", "2.1.0"), ElemText("PI:FWVersion", firmware)))),
		Elem("PI:ProductMiscellaneous",
			ElemText("PI:ProductVendorName", s.vendor), ElemText("PI:ProductName", s.product)))
}

func (k *Konnektor) serviceXML(s Service, r *rand.Rand) string {
	versions := slices.Clone(s.Versions)
	r.Shuffle(len(versions), func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
	var all []string
	for _, v := range versions {
		all = append(all, k.versionXML(s, v))
	}
	if !k.style.perVersion {
		all = []string{strings.Join(all, "")}
	}
	var text string
	for _, v := range all {
		text += `<SI:Service Name="` + escape(s.Name, true) + `">` +
			ElemText("SI:Abstract", s.Name) + Elem("SI:Versions", v) + "</SI:Service>"
	}
	return text
}

func (k *Konnektor) versionXML(s Service, v Version) string {
	path := k.style.path(s.Name, v)
	attrs := ` TargetNamespace="` + escape(v.TargetNamespace, true) + `"`
	if !k.style.unnumbered || len(s.Versions) > 1 {
		attrs += ` Version="` + escape(v.Number, true) + `"`
	}
	text := "<SI:Version" + attrs + ">" + ElemText("SI:Abstract", s.Name+" "+v.Number)
	if k.opts.Auth == Plain {
		text += `<SI:Endpoint Location="http://` + escape(or(k.opts.Directory.Host, k.plainAddress), true) + path + `"/>`
	}
	return text + `<SI:EndpointTLS Location="https://` +
		escape(or(k.opts.Directory.Host, k.tlsAddress), true) + path + `"/></SI:Version>`
}

// serveDirectory answers GET /connector.sds.
func (k *Konnektor) serveDirectory(w http.ResponseWriter, r *http.Request) {
	x := &exchange{operation: directoryOperation, schema: "conn/ServiceDirectory.xsd"}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if k.opts.DirectoryClosed && !k.admit(w, r) {
		return
	}
	k.begin(x)
	k.answer(w, r, x, func() (int, string, error) {
		text, err := k.directory()
		return http.StatusOK, text, err
	})
}

// listed are the services beside events, cards and terminals. Of VSDService only
// the entry is here: its operation comes with vsdmtest.
func listed() []Service {
	const ws = "http://ws.gematik.de/conn/"
	v := func(number, namespace string) Version {
		return Version{Number: number, TargetNamespace: ws + namespace}
	}
	return []Service{
		CertificateService(),
		SignatureService(SignatureOptions{}),
		AuthSignatureService(),
		EncryptionService(),
		{Name: "VSDService", Versions: []Version{v("5.2.0", "vsds/VSDService/v5.2")}},
		kvkService(), nfdService(), dpeService(), amtsService(),
	}
}
