package konnektortest

import (
	"maps"
	"net/http"
)

// Counters are what the Konnektor has counted since its start.
type Counters struct {
	Connections int // TCP connections, both ports
	Handshakes  int // complete TLS handshakes, resumed ones included
	Resumed     int // of them resumed
	Sessions    int // card sessions opened
	// Events are the frames that were sent, EventsFailed those that were not.
	Events, EventsFailed int
	// Requests counts the requests by operation, connector.sds included,
	// whatever their answer was.
	Requests map[string]int
	// Actions counts the SOAPAction headers as they were sent.
	Actions map[string]int
	// Refused counts the requests that got no operation: wrong path, content
	// type, SOAPAction, authentication or XML.
	Refused int
}

// Counters returns a copy of the counters.
func (k *Konnektor) Counters() Counters {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.counters
	c.Requests, c.Actions = maps.Clone(c.Requests), maps.Clone(c.Actions)
	return c
}

func (k *Konnektor) count(change func(*Counters)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.counters)
}

// Exchange is one request and its answer, as they were on the wire.
type Exchange struct {
	Operation  string // "" when none was recognised
	SOAPAction string
	Path       string
	Header     http.Header // of the request
	Request    []byte
	Status     int
	Response   []byte // before it was cut or padded
}

// Last returns the last exchange of an operation; "" means of any. ok is false
// when there was none.
func (k *Konnektor) Last(operation string) (x Exchange, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	x, ok = k.last[operation]
	return x, ok
}

// exchange is a request while it is answered.
type exchange struct {
	Exchange
	operation string
	schema    string   // of its messages
	payload   []byte   // the request element as a document
	call      *Call    // nil when no handler was reached
	malformed bool     // the answer breaks its schema on purpose
	extra     *Service // whose prefixes the answer uses
	documents []document
}

// begin counts a request.
func (k *Konnektor) begin(x *exchange) {
	k.count(func(c *Counters) {
		if x.operation == "" {
			c.Refused++
			return
		}
		c.Requests[x.operation]++
		if x.SOAPAction != "" {
			c.Actions[x.SOAPAction]++
		}
	})
}

// record keeps the exchange and queues its documents for the schemas.
func (k *Konnektor) record(x *exchange, d Disturbance, status int, answer []byte) {
	x.Operation, x.Status, x.Response = x.operation, status, answer
	k.mu.Lock()
	k.last[x.operation], k.last[""] = x.Exchange, x.Exchange
	judged := k.schemas.on
	k.mu.Unlock()
	if !judged {
		return
	}
	var docs []document
	if !k.opts.BadRequests && x.payload != nil {
		docs = append(docs, document{requestOf + x.operation, x.schema, x.payload})
	}
	if !d.changes() && !x.malformed {
		docs = append(docs, x.answerDocument(answer)...)
	}
	docs = append(docs, x.documents...)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, doc := range docs {
		k.schemas.add(doc)
	}
}

// answerDocument cuts the part of an answer that has a schema out of it. An
// answer that is no XML goes to the schema as it is, which refuses it.
func (x *exchange) answerDocument(answer []byte) []document {
	name := "answer to " + x.operation
	root, err := parseXML(answer, nil, false)
	if err != nil || x.operation == directoryOperation {
		return []document{{name, x.schema, answer}}
	}
	payload := root.Child("Body")
	if payload == nil || len(payload.Children) == 0 {
		return nil
	}
	e := payload.Children[0]
	if !e.is(prefixes["S"], "Fault") {
		return []document{{name, x.schema, e.cut(answer)}}
	}
	if e = e.Child("detail").Child("Error"); e == nil {
		return nil
	}
	return []document{{"fault of " + x.operation, "tel/error/TelematikError.xsd", e.cut(answer)}}
}
