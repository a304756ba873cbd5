// Package konnektortest is a TI-Konnektor in memory, for the tests of the
// library and of its users, as net/http/httptest is for web servers. The same
// simulator runs as a program: konnektor/cmd/konnektorsim.
//
//	k := konnektortest.New(t)                       // closes with the test
//	vsdmtest.Install(k)                             // adds VSDService
//	egk := k.Insert("EGK", vsdmtest.Person(1))
//	k.Fail("ReadVSD", konnektor.CodeCardBusy, 2)    // the next two calls
//	client, err := konnektor.New(k.Config())
//
// It speaks real TLS with keys made at start, on loopback only, and is strict:
// wrong order, an unknown element, a missing Aufrufkontext, a SOAPAction that
// the WSDL does not have end in the fault of a real Konnektor. It answers in
// three ways:
//
//   - HTTP 404, 405, 403, 401, 415: wrong path, method, no TLS, no
//     authentication, no text/xml in UTF-8;
//   - a fault of the framework without GERROR: a message that is not
//     well-formed, not UTF-8, too large, with SOAP headers, with a SOAPAction
//     that is unknown, twice there or not in quotes (SOAP 1.1, 6.1.1);
//   - a fault with GERROR: 4000 with a validator's text when the request is not
//     valid after its schema, then the codes of context, assignment, handle,
//     card and backend, in this order.
//
// Requests are checked with encoding/xml and shapes written by hand from the
// XSDs, answers are XML text written by hand: nothing here uses the library's
// generated types, so that a mistake of the generator cannot cancel out.
//
// What the specifications leave open (prefixes, white space, optional elements,
// zones of times, order of the service directory) follows from a seed, which a
// failing test logs and KONNEKTORTEST_SEED repeats.
//
// With xmllint and the official interface files (GEMATIK_API_DIR, or
// ../shared/gematik-api beside the module) New validates every request and
// every answer at the end of the test. Without them it does not.
//
// Signatures and encryption are real, with keys of a small TI of its own. XML is
// canonicalized by code for the documents of the TI: exclusive, without comments,
// without document types, and not right for attributes with line breaks or tabs
// that are written as themselves. PDFs need a classic table of references.
//
// # Where to look
//
//   - options.go what can be chosen; konnektor.go start and Config; model.go
//     Mandanten, workplaces and terminals; cards.go inserting; record.go counters
//   - state.go operating states and reboot; validity.go those that follow the
//     clock; clock.go a clock and deadlines for tests; gate.go off the network
//   - disturb.go everything that goes wrong; fault.go, faulttexts.go the faults
//   - service.go the way to add a service; access.go who may what; soap.go,
//     element.go and shape.go the strictness; dialect.go the variety; mtom.go
//     answers in parts
//   - subscription.go, xpath.go what is subscribed to; delivery.go the events
//   - eventservice.go, cardservice.go, certificateservice.go: the operations;
//     terminalservice.go, pinservice.go and reaction.go the person at a terminal
//   - signatureservice.go, signdocument.go, comfort.go jobs; cades.go, pades.go,
//     xades.go, xmlc14n.go signatures; revocation.go OCSP answers in them;
//     authsignature.go; personal.go keys and certificates of the cards
//   - encryptionservice.go, cmsenvelope.go, xmlenc.go encryption
//   - carddata.go, nfdm.go, amts.go, kvk.go what is on cards
//   - directory.go connector.sds; identity.go keys and certificates;
//     identityswitch.go another certificate while it runs
//   - view.go states and model; validate.go the schemas
package konnektortest
