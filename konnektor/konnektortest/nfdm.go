package konnektortest

import (
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const (
	nfdSpace = "http://ws.gematik.de/conn/nfds/NFDService/v1.0"
	dpeSpace = "http://ws.gematik.de/conn/nfds/DPEService/v1.0"
	// signature74Space is where the types of a verification stand.
	signature74Space = "http://ws.gematik.de/conn/SignatureService/v7.4"
	vrSpace          = "urn:oasis:names:tc:dss-x:1.0:profiles:verificationreport:schema#"
)

// nfdm are NFDService and DPEService, which differ in their names and codes.
type nfdm struct {
	module
	prefix, space, action string
	file                  string
	reading, writing      konnektor.PINType
}

// nfdService is the module for emergency data.
func nfdService() Service {
	n := &nfdm{
		module: module{
			locked: 5001, pinWrong: 5019, pinGone: 5019, badDocument: 5017, tooLarge: 5013, missing: 5021,
			room: 16 << 10,
		},
		prefix: "NFD", space: nfdSpace, action: "http://ws.gematik.de/conn/nfds/NFDService/WSDL/v1.0#",
		file: FileNFD, reading: "MRPIN.NFD_READ", writing: "MRPIN.NFD",
	}
	return Service{
		Name: "NFDService", Schema: "conn/nfds/NFDService.xsd",
		Prefixes: map[string]string{"NFD": nfdSpace, "VR": vrSpace, "SIG": signature74Space, "DSS": dssSpace},
		Versions: []Version{{Number: "1.0.0", TargetNamespace: "http://ws.gematik.de/conn/nfds/NFDService/WSDL/v1.0", Operations: n.operations()}},
	}
}

// dpeService is the module for personal declarations.
func dpeService() Service {
	n := &nfdm{
		module: module{
			locked: 5001, pinWrong: 5019, pinGone: 5019, badDocument: 5114, tooLarge: 5113, missing: 5121,
			room: 4 << 10,
		},
		prefix: "DPE", space: dpeSpace, action: "http://ws.gematik.de/conn/nfds/WSDL/DPEService/v1.0#",
		file: FileDPE, reading: "MRPIN.DPE_READ", writing: "MRPIN.DPE",
	}
	return Service{
		Name: "DPEService", Schema: "conn/nfds/DPEService.xsd", Prefixes: map[string]string{"DPE": dpeSpace},
		Versions: []Version{{Number: "1.0.0", TargetNamespace: "http://ws.gematik.de/conn/nfds/DPEService/WSDL/v1.0", Operations: n.operations()}},
	}
}

func (n *nfdm) operations() []Operation {
	base := append([]Part{One(ContextShape)}, egkShapes()...)
	op := func(name string, handle func(*cardData) (string, error), more ...Part) Operation {
		return Operation{
			Name: name, SOAPActions: []string{n.action + name}, AllowedIn: InModuleStates,
			Request: Sequence(n.space, name, append(slices.Clone(base), more...)...),
			Handle: func(c *Call) (string, error) {
				d, release, err := n.access(c)
				if err != nil {
					return "", err
				}
				defer release()
				return handle(d)
			},
		}
	}
	return []Operation{
		op("Read"+n.file, n.read, One(Simple(n.space, "EmergencyIndicator", Boolean)), One(Simple(n.space, "UpdateIndicator", Boolean))),
		op("Write"+n.file, n.write, One(Simple(n.space, n.file+"Document", base64Binary))),
		op("Erase"+n.file, n.erase),
	}
}

// read asks for a PIN unless it is an emergency.
func (n *nfdm) read(d *cardData) (string, error) {
	if !d.Request.Bool("EmergencyIndicator") {
		if err := d.unlock(n.reading); err != nil {
			return "", err
		}
	}
	data, err := d.read(n.file)
	if err != nil {
		return "", err
	}
	document := base64XML(n.prefix+":"+n.file+"Document", data)
	if n.prefix == "DPE" {
		return n.answer(d, "", document), nil
	}
	report, result, warning := d.nfdSignature(data)
	return n.answer(d, warning, document, report, result), nil
}

func (n *nfdm) write(d *cardData) (string, error) {
	if err := d.unlock(n.writing); err != nil {
		return "", err
	}
	return n.answer(d, ""), d.write(n.file, n.file+"Document")
}

func (n *nfdm) erase(d *cardData) (string, error) {
	if err := d.unlock(n.writing); err != nil {
		return "", err
	}
	if _, err := d.read(n.file); err != nil {
		return "", err
	}
	return n.answer(d, ""), d.keep(n.file, nil)
}

// answer writes the response with the module's own Status.
func (n *nfdm) answer(d *cardData, warning string, parts ...string) string {
	status := ElemText(n.prefix+":Result", "OK")
	if warning != "" {
		status = ElemText(n.prefix+":Result", "WARNING") + warning
	}
	return Elem(n.prefix+":"+d.Operation.Name+"Response", append([]string{Elem(n.prefix+":Status", status)}, parts...)...)
}

// nfdSignature says what the module found about the enveloped signature of a
// record: one that cannot be judged, or is not there, is as good as its warning.
func (d *cardData) nfdSignature(data []byte) (reported, result, warning string) {
	level, err := d.Konnektor.judgeXML(data, nil)
	reported = report(level)
	if err != nil {
		level, reported = "INCONCLUSIVE", Elem("VR:VerificationReport") // no signature to report on
	}
	if level != "VALID" {
		warning = moduleFault(5501).gerror(d.Konnektor.ids)
	}
	return reported, Elem("NFD:VerificationResult", ElemText("SIG:HighLevelResult", level),
		ElemText("SIG:TimestampType", "SYSTEM_TIMESTAMP"), ElemText("SIG:Timestamp", d.Konnektor.ids.now())), warning
}
