package konnektortest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

const signature75Space = "http://ws.gematik.de/conn/SignatureService/v7.5"

// The types of signatures (gemSpec_Kon).
const (
	typeCAdES = "urn:ietf:rfc:5652"
	typeXAdES = "urn:ietf:rfc:3275"
	typePAdES = "http://uri.etsi.org/02778/3"
)

// SignatureOptions are the settings of a SignatureService.
type SignatureOptions struct {
	// Versions are the numbers of its versions; none means 7.4.0, 7.4.2, 7.5.4
	// and 7.5.5. Version 7.4.0 alone does not know the parameter Crypt; with 7.5.6
	// an OCSP answer is embedded into the signatures of an SMC-B, too.
	Versions []string
	// ComfortOff is the state in which an administrator has not switched
	// comfort signatures on.
	ComfortOff bool
	// ComfortMax is how many signatures an activation is good for, 1 to 250; 0
	// means 100. ComfortTimer is how long it lasts; 0 means 6 h. ComfortSessions
	// is how many there may be at a time; 0 means 10.
	ComfortMax      int
	ComfortTimer    time.Duration
	ComfortSessions int
}

// signatures is the SignatureService of one Konnektor.
type signatures struct {
	opts  SignatureOptions
	crypt bool // the parameter Crypt is known

	mu       sync.Mutex
	numbers  []string                 // of the last 1000 jobs
	last     int                      // of the numbers given out
	jobs     map[string]chan struct{} // under way, closed to stop
	sessions map[comfortKey]*comfortSession
	users    []string // the UserIDs of the last 1000 comfort signatures
}

// comfortKey is whose session it is: the UserID is what keeps others out.
type comfortKey struct {
	card    konnektor.CardHandle
	user    string
	client  string
	mandant string
}

type comfortSession struct {
	left  int
	until time.Time
}

// SignatureService is the Signaturdienst.
func SignatureService(o SignatureOptions) Service {
	if len(o.Versions) == 0 {
		o.Versions = []string{"7.4.0", "7.4.2", "7.5.4", "7.5.5"}
	}
	o.ComfortMax, o.ComfortTimer, o.ComfortSessions = or(o.ComfortMax, 100), or(o.ComfortTimer, 6*time.Hour), or(o.ComfortSessions, 10)
	s := &signatures{
		opts: o, crypt: !slices.Equal(o.Versions, []string{"7.4.0"}),
		jobs: map[string]chan struct{}{}, sessions: map[comfortKey]*comfortSession{},
	}
	service := Service{
		Name: "SignatureService", Schema: "conn/SignatureService_V7_5_6.xsd",
		MaxRequest: maxDocumentRequest, MTOM: true,
		Prefixes: map[string]string{"SIG74": signature74Space, "SIG75": signature75Space, "DSS": dssSpace, "VR": vrSpace},
	}
	for _, number := range o.Versions {
		v := "v" + number[:strings.LastIndex(number, ".")]
		service.Versions = append(service.Versions, Version{
			Number: number, TargetNamespace: "http://ws.gematik.de/conn/SignatureService/WSDL/" + v,
			Operations: s.operations("http://ws.gematik.de/conn/SignatureService/"+v, "SIG"+strings.ReplaceAll(v[1:], ".", "")),
		})
	}
	return service
}

// operations are those of one version: its namespace and the prefix for it.
func (s *signatures) operations(space, prefix string) []Operation {
	schema := "conn/SignatureService_V7_5_6.xsd"
	switch {
	case prefix == "SIG74" && s.crypt:
		schema = "conn/SignatureService_V7_4_4.xsd"
	case prefix == "SIG74":
		schema = "conn/SignatureService.xsd"
	}
	op := func(name string, handle func(*Call, string) (string, error), parts ...Part) Operation {
		return Operation{
			Name: name, SOAPActions: []string{space + "#" + name}, Request: Sequence(space, name, parts...), AllowedIn: InCardStates,
			Schema: schema, Handle: func(c *Call) (string, error) { return handle(c, prefix) },
		}
	}
	card, context := One(CardHandleShape), One(ContextShape)
	job := Simple(space, "JobNumber", jobNumber)
	all := []Operation{
		op("SignDocument", s.sign, s.signShape(space)...),
		op("VerifyDocument", s.verify, verifyShape(space)...),
		op("GetJobNumber", s.number, context),
		op("StopSignature", s.stop, context, One(job)),
	}
	if prefix == "SIG75" {
		all = append(all,
			op("ActivateComfortSignature", s.activate, card, context),
			op("DeactivateComfortSignature", s.deactivate, Many(1, 1000, CardHandleShape)),
			op("GetSignatureMode", s.mode, card, context))
	}
	return all
}

func (s *signatures) signShape(space string) []Part {
	parts := []Part{One(CardHandleShape)}
	if s.crypt {
		parts = append(parts, Maybe(Simple(space, "Crypt", OneOf("RSA", "ECC", "RSA_ECC"))))
	}
	open := func(space, local string) Part { return Maybe(Shape{Space: space, Local: local, Open: true}) }
	request := Sequence(space, "SignRequest",
		Maybe(All(space, "OptionalInputs", Maybe(Simple(dssSpace, "SignatureType", AnyText)), open(dssSpace, "Properties"),
			Maybe(Simple(space, "IncludeEContent", Boolean)), open(space, "IncludeObjects"), open(dssSpace, "SignaturePlacement"),
			open(dssSpace, "ReturnUpdatedSignature"), open(dssSpace, "Schemas"),
			open("urn:oasis:names:tc:dss-x:1.0:profiles:SignaturePolicy:schema#", "GenerateUnderSignaturePolicy"), open(space, "ViewerInfo"))),
		One(documentShape(space)), One(Simple(space, "IncludeRevocationInfo", Boolean)))
	request.Attrs, request.Required = map[string]Facet{"RequestID": AnyText}, []string{"RequestID"}
	return append(parts, One(ContextShape), One(Simple(space, "TvMode", tvMode)),
		Maybe(Simple(space, "JobNumber", jobNumber)), Many(1, 1000, request))
}

// documentShape is SIG:Document, a CONN:Document with a ShortText.
func documentShape(space string) Shape {
	d := connDocumentShape()
	d.Space, d.Attrs["ShortText"] = space, AnyText
	return d
}

// connDocumentShape is CONN:Document, with the attributes of dss:DocumentBaseType.
func connDocumentShape() Shape {
	d := Sequence(prefixes["CONN"], "Document", One(Simple(prefixes["CONN"], "Base64XML", base64Binary), base64Data))
	d.Attrs = map[string]Facet{"ID": AnyText, "RefURI": AnyText, "RefType": AnyText, "SchemaRefs": AnyText}
	return d
}

// tvMode is the facet of TvMode, whose default stands for an empty one.
var tvMode = OneOf("", "NONE", "UNCONFIRMED", "CONFIRMED")

func verifyShape(space string) []Part {
	open := func(space, local string) Part { return Maybe(Shape{Space: space, Local: local, Open: true}) }
	return []Part{
		One(ContextShape), Maybe(Simple(space, "TvMode", tvMode)),
		Maybe(All(space, "OptionalInputs", open(space, "VerifyManifests"), open(space, "UseVerificationTime"), open(dssSpace, "AdditionalKeyInfo"),
			open(vrSpace, "ReturnVerificationReport"), open(dssSpace, "Schemas"), open(space, "ViewerInfo"))),
		Maybe(documentShape(space)), open(dssSpace, "SignatureObject"), One(Simple(space, "IncludeRevocationInfo", Boolean)),
	}
}

// jobNumber is three capital letters, a hyphen and three digits.
func jobNumber(v string) error {
	ok := len(v) == 7 && v[3] == '-'
	for i := 0; ok && i < 3; i++ {
		ok = v[i] >= 'A' && v[i] <= 'Z' && v[4+i] >= '0' && v[4+i] <= '9'
	}
	if !ok {
		return fmt.Errorf("value %q is no job number", v)
	}
	return nil
}

// number gives out a number that was not used in the last 1000 jobs.
func (s *signatures) number(c *Call, prefix string) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	number := ""
	for number == "" || slices.Contains(s.numbers, number) { // a client may take numbers of its own
		n := s.last
		s.last++
		number = fmt.Sprintf("%c%c%c-%03d", 'A'+n/676_000%26, 'A'+n/26_000%26, 'A'+n/1000%26, n%1000)
	}
	return Elem(prefix+":GetJobNumberResponse", ElemText(prefix+":JobNumber", number)), nil
}

// begin notes a job; a number used within the last 1000 is refused.
func (s *signatures) begin(number string) (stop chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.numbers, number) {
		return nil, NewFault(4252)
	}
	s.numbers = append(s.numbers, number)
	if len(s.numbers) > 1000 {
		s.numbers = s.numbers[1:]
	}
	stop = make(chan struct{})
	s.jobs[number] = stop
	return stop, nil
}

func (s *signatures) end(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.jobs, number)
}

// stop ends a job under way.
func (s *signatures) stop(c *Call, prefix string) (string, error) {
	if err := c.Access(Access{}); err != nil {
		return "", err
	}
	number := c.Request.Value("JobNumber")
	s.mu.Lock()
	defer s.mu.Unlock()
	stop, ok := s.jobs[number]
	if !ok {
		return "", NewFault(4243)
	}
	close(stop)
	delete(s.jobs, number)
	return Elem(prefix+":StopSignatureResponse", StatusOK()), nil
}
