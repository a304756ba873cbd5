package konnektortest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// serve is the root of both ports.
func (k *Konnektor) serve(w http.ResponseWriter, r *http.Request) {
	k.active.RLock()
	defer k.active.RUnlock()
	if r.URL.Path == "/connector.sds" {
		k.serveDirectory(w, r)
		return
	}
	x := &exchange{Exchange: Exchange{
		Path: r.URL.Path, Header: r.Header.Clone(), SOAPAction: r.Header.Get("SOAPAction"),
	}}
	k.mu.Lock()
	e := k.routes[r.URL.Path]
	k.mu.Unlock()
	switch {
	case e == nil:
		k.refuse(w, x, http.StatusNotFound, "not found")
	case r.Method != http.MethodPost:
		k.refuse(w, x, http.StatusMethodNotAllowed, "method not allowed")
	case k.admit(w, r):
		k.serveSOAP(w, r, x, e)
	default:
		k.begin(x)
	}
}

// refuse answers without SOAP.
func (k *Konnektor) refuse(w http.ResponseWriter, x *exchange, status int, text string) {
	k.begin(x)
	http.Error(w, text, status)
}

// admit checks what the level of authentication demands of a request and
// answers when it is not met.
func (k *Konnektor) admit(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case k.opts.Auth != Plain && r.TLS == nil:
		http.Error(w, "TLS is mandatory", http.StatusForbidden)
		return false
	case k.opts.Auth == Basic && k.user(r) == "":
		w.Header().Set("WWW-Authenticate", `Basic realm="Konnektor"`)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return false
	case k.opts.Auth == ClientCertificate && k.user(r) == "":
		http.Error(w, "a client certificate is needed", http.StatusForbidden)
		return false
	}
	return true
}

// user returns the authenticated client system, "" when there is none.
func (k *Konnektor) user(r *http.Request) string {
	if r.TLS == nil {
		return ""
	}
	if k.opts.Auth == Basic {
		name, password, _ := r.BasicAuth()
		if want, ok := k.passwords[name]; ok && want == password {
			return name
		}
		return ""
	}
	if len(r.TLS.PeerCertificates) > 0 {
		return r.TLS.PeerCertificates[0].Subject.CommonName
	}
	return ""
}

// serveSOAP answers a POST to the address of a service.
func (k *Konnektor) serveSOAP(w http.ResponseWriter, r *http.Request, x *exchange, e *endpoint) {
	x.schema, x.extra = e.service.Schema, e.service
	if err := contentType(r); err != nil {
		k.refuse(w, x, http.StatusUnsupportedMediaType, err.Error())
		return
	}
	call, err := k.receive(w, r, x, e)
	k.begin(x)
	if err != nil {
		k.answer(w, r, x, func() (int, string, error) { return 0, "", err })
		return
	}
	x.call = call
	k.answer(w, r, x, func() (int, string, error) {
		text, err := k.perform(call)
		x.documents, x.malformed = call.documents, call.Malformed
		return http.StatusOK, text, err
	})
}

// contentType demands text/xml in UTF-8 (WS-I Basic Profile 1.1; gemSpec_Kon
// allows no other encoding).
func contentType(r *http.Request) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "text/xml" {
		return errors.New("Content-Type must be text/xml")
	}
	if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") {
		return errors.New("charset must be UTF-8")
	}
	return nil
}

// receive reads a request up to its operation and shape.
func (k *Konnektor) receive(w http.ResponseWriter, r *http.Request, x *exchange, e *endpoint) (*Call, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max(k.opts.MaxRequest, e.service.MaxRequest)))
	x.Request = body
	if err != nil {
		return nil, framework("request cannot be read or is too large")
	}
	action, err := soapAction(r)
	if err != nil {
		return nil, err
	}
	op := e.operation(action)
	if op == nil {
		return nil, framework("SOAPAction " + action + " is no operation of " + e.service.Name)
	}
	x.operation = op.Name
	x.schema = or(op.Schema, x.schema)
	request, err := payload(body)
	if err != nil {
		return nil, err
	}
	x.payload = request.cut(body)
	if err := op.Request.check(request); err != nil {
		return nil, badRequest(err.Error())
	}
	return k.newCall(r, op, action, request), nil
}

// soapAction returns the URI in the SOAPAction header. SOAP 1.1 section 6.1.1
// has it in quotes and makes it mandatory.
func soapAction(r *http.Request) (string, error) {
	values := r.Header.Values("SOAPAction")
	if len(values) != 1 {
		return "", framework("exactly one SOAPAction header is needed")
	}
	v := values[0]
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return "", framework("SOAPAction must be in quotes")
	}
	return v[1 : len(v)-1], nil
}

// payload takes the request element out of its envelope.
func payload(body []byte) (*Element, error) {
	if !utf8.Valid(body) {
		return nil, framework("the message is not UTF-8")
	}
	root, err := parseXML(body, nil, true)
	if err != nil {
		return nil, framework("the message is not well-formed: " + err.Error())
	}
	soap := prefixes["S"]
	switch {
	case root.Local != "Envelope":
		return nil, framework("the root element is no Envelope")
	case root.Space != soap:
		return nil, &Fault{Plain: "SOAP 1.1 is needed", FaultCode: "VersionMismatch"}
	}
	parts := root.Children
	if len(parts) > 0 && parts[0].is(soap, "Header") {
		if len(parts[0].Children) > 0 {
			return nil, headerFault(parts[0].Children[0])
		}
		parts = parts[1:]
	}
	if len(parts) != 1 || !parts[0].is(soap, "Body") || len(parts[0].Children) != 1 {
		return nil, framework("the Envelope must hold one Body with one element")
	}
	return parts[0].Children[0], nil
}

// headerFault refuses a SOAP header: the Konnektor's services know none.
func headerFault(e *Element) error {
	for _, a := range e.Attrs {
		if a.Space == prefixes["S"] && a.Local == "mustUnderstand" && a.Value == "1" {
			return &Fault{Plain: "header " + e.Local + " is not understood", FaultCode: "MustUnderstand"}
		}
	}
	return framework("header " + e.Local + " is not allowed")
}

func (k *Konnektor) newCall(r *http.Request, op *Operation, action string, request *Element) *Call {
	k.mu.Lock()
	k.calls++
	n := k.calls
	k.mu.Unlock()
	ctx := request.Child("Context")
	return &Call{
		Konnektor: k, Operation: op, Action: action, Request: request,
		Context: konnektor.CallContext{
			MandantID: ctx.Value("MandantId"), ClientSystemID: ctx.Value("ClientSystemId"),
			WorkplaceID: ctx.Value("WorkplaceId"), UserID: ctx.Value("UserId"),
		},
		Rand: rand.New(rand.NewPCG(k.opts.Seed, n)),
		Done: r.Context().Done(), client: k.user(r),
	}
}

// perform runs the handler, unless an operating state blocks it.
func (k *Konnektor) perform(call *Call) (string, error) {
	if state := k.blocking(call.Operation.AllowedIn); state != "" {
		return "", &Fault{Code: 4002, Detail: state}
	}
	return call.Operation.Handle(call)
}

// answer sends what produce gives, through the next disturbance.
func (k *Konnektor) answer(w http.ResponseWriter, r *http.Request, x *exchange, produce func() (int, string, error)) {
	var d Disturbance
	if x.call != nil || x.operation == directoryOperation {
		d = k.disturbance(x.operation)
	}
	status, body := k.produce(x, d, produce)
	k.record(x, d, status, body)
	if err := k.wait(r, d); err != nil || d.Drop {
		hangUp(w)
		return
	}
	body, header, err := k.packed(x, d, status, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	d.Header = header
	k.send(w, r, d, status, body)
}

// produce gives status and body before they are sent.
func (k *Konnektor) produce(x *exchange, d Disturbance, produce func() (int, string, error)) (int, []byte) {
	status, text, err := http.StatusOK, "", error(nil)
	if !d.instead() || d.Perform {
		status, text, err = produce()
	}
	switch {
	case d.Replace:
		return http.StatusOK, d.Body
	case d.Fault != nil:
		err = d.Fault
	case d.Hang || d.Drop:
		return http.StatusOK, nil
	}
	if x.operation == directoryOperation && err == nil {
		return status, []byte(text)
	}
	if d.Warning != nil {
		text = strings.Replace(text, StatusOK(), d.Warning.warning(k.ids), 1)
	}
	return k.envelope(x, status, text, err)
}

// envelope wraps a response element or a fault.
func (k *Konnektor) envelope(x *exchange, status int, text string, err error) (int, []byte) {
	if err != nil {
		var fault *Fault
		if !errors.As(err, &fault) {
			fault = &Fault{Code: 4001, Detail: err.Error()}
		}
		if k.dialect.vendor {
			fault = fault.withVendorTrace(k.ids)
		}
		text, status = fault.xml(k.dialect.envelope, k.ids), or(fault.Status, http.StatusInternalServerError)
	}
	header := ""
	if k.dialect.header {
		header = Elem("S:Header")
	}
	var extra map[string]string
	if x.extra != nil {
		extra = x.extra.Prefixes
	}
	out, renderErr := k.dialect.render(Elem("S:Envelope", header, Elem("S:Body", text)), extra)
	if renderErr != nil {
		return http.StatusInternalServerError, []byte(fmt.Sprintf("%v", renderErr))
	}
	return status, []byte(out)
}
