package konnektortest

import (
	"math/rand/v2"
	"slices"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Service is one SOAP service of the Konnektor. [Konnektor.Install] adds it;
// packages such as vsdmtest bring theirs.
type Service struct {
	// Name is the name in the service directory, such as EventService.
	Name string
	// Versions are listed in the service directory, with the operations that
	// their WSDL has.
	Versions []Version
	// Prefixes are the namespace prefixes that the handlers use beyond CONN,
	// CCTX, CARDCMN, CARD, CTI, EVT, GERROR and PI.
	Prefixes map[string]string
	// Schema is the XSD of its messages, relative to the folder of the official
	// interface files, such as conn/EventService.xsd.
	Schema string
	// MaxRequest is the largest request in bytes where it is more than
	// [Options].MaxRequest: for services that take documents.
	MaxRequest int64
	// MTOM says that the service may answer in parts; see [Options].MTOM.
	MTOM bool
}

// Version is one version of a service.
type Version struct {
	Number          string // such as 7.2.0
	TargetNamespace string // of the WSDL
	// Operations are what it does. Versions that share an address share them
	// too.
	Operations []Operation
}

// Operation is one operation of a service.
type Operation struct {
	Name string
	// SOAPActions are the values of the header that select it: the WSDL's, then
	// others that devices tolerate.
	SOAPActions []string
	// Request is the shape of the request.
	Request Shape
	// Schema is the XSD of its messages where it is not the service's.
	Schema string
	// AllowedIn lists the fatal operating states in which it still works; in
	// any other it gets 4002 (gemF_Laufzeitverlaengerung, TAB_KON_504).
	AllowedIn []string
	// Handle answers. The request has the shape. It returns the text of the
	// response element, written with [Elem] and the known prefixes, or an
	// error: a *Fault as it is, any other as an internal error 4001. It must
	// return when Call.Done is closed and is called concurrently.
	Handle func(*Call) (string, error)
}

// Call is one request that a handler answers.
type Call struct {
	Konnektor *Konnektor
	Operation *Operation
	// Action is the SOAPAction as it was sent.
	Action string
	// Request is the request element.
	Request *Element
	// Context is the Aufrufkontext; empty when the request has none.
	Context konnektor.CallContext
	// Rand is the call's own source for what the specifications leave open. It
	// follows from the seed and the number of the call.
	Rand *rand.Rand
	// Done is closed when nobody waits for the answer any more.
	Done <-chan struct{}
	// Malformed is set by a handler whose answer breaks its schema on purpose.
	Malformed bool

	stop      <-chan struct{} // closed when the call is to end early; may be nil
	client    string          // the authenticated client system; "" when none is known
	documents []document
}

// Check has doc, a document inside the answer, held against a schema at the end
// of the test. schema is relative to the folder of the official files.
func (c *Call) Check(schema string, doc []byte) {
	c.documents = append(c.documents, document{"part of the answer to " + c.Operation.Name, schema, slices.Clone(doc)})
}

// Coin decides what the specifications leave open.
func (c *Call) Coin() bool { return c.Rand.IntN(2) == 0 }

// Install adds a service to the Konnektor, or replaces the one of its name. It
// is seen in the service directory at once.
func (k *Konnektor) Install(s Service) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.services, func(old Service) bool { return old.Name == s.Name })
	if at < 0 {
		k.services = append(k.services, s)
	} else {
		k.services[at] = s
	}
	k.routes = k.route()
}

// endpoint is what answers at one path.
type endpoint struct {
	service    *Service
	operations []Operation
}

// operation finds the operation that a SOAPAction selects.
func (e *endpoint) operation(action string) *Operation {
	return find(e.operations, func(op Operation) bool { return slices.Contains(op.SOAPActions, action) })
}

// route gives every path its operations.
func (k *Konnektor) route() map[string]*endpoint {
	routes := map[string]*endpoint{}
	for i := range k.services {
		s := &k.services[i]
		for _, v := range s.Versions {
			path := k.style.path(s.Name, v)
			e := routes[path]
			if e == nil {
				e = &endpoint{service: s}
				routes[path] = e
			}
			for _, op := range v.Operations {
				if e.operation(op.SOAPActions[0]) == nil {
					e.operations = append(e.operations, op)
				}
			}
		}
	}
	return routes
}
