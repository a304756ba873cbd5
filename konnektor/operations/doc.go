// Package operations offers every ability of the library once, by name, with
// JSON in and out. The shared library (C ABI) and the program konnektorctl run
// the operations of this package and nothing else, so that a call that a PVS
// makes through the library can be repeated by a support person in a shell:
//
//	s, err := operations.Open(config, nil) // JSON of a konnektor.Config
//	answer, err := s.Call(ctx, "vsd.read", []byte(`{"mode":"FIRST"}`))
//
// The list of operations with the fields of their requests and answers is
// [Describe]; operations.json is the same as a file. Requests and answers
// change only by addition. A request is refused when it has an unknown field, a
// wrong type or a value out of range, before anything is sent. A field that is
// not required may be left out or null.
//
// Every failure is an [*Error], which has a form in JSON, too: what kind of
// failure it is, the code of the Konnektor, whether it makes sense to try again,
// and what to tell the practice, in German.
//
// Operations that are Local judge files (trust lists, certificates) and need no
// Konnektor: [NewFiles], or Open with {"files_only":true}, makes a Session for
// them. A file is named by its path and read with the rights of the process;
// only regular files are, up to a size, and no path gets into an error.
//
// Answers hold data of patients where the caller asked for them. Errors and
// logs never do.
//
// Where to look: session.go opens and calls, operation.go has the list,
// services.go, state.go, terminals.go, cards.go, pin.go and vsd.go the
// operations, vsddoc.go and proof.go the answer of vsd.read, wait.go, watch.go and
// events.go the operations that take their time, sinks.go where events arrive,
// subscriptions.go those for a sink of one's own, entry.go and pinentry.go PINs
// that a person enters, terminalslots.go cards asked for and given back, sign.go,
// signverify.go, comfort.go and authsign.go signatures, encrypt.go encryption,
// egkdata.go and kvk.go what cards hold beside the VSD, bytes.go base64, certsverify.go
// and trustlist.go, listverify.go, listcompare.go
// and listfetch.go those on trust lists, certificates.go and certificateslive.go
// those on certificates, management.go the settings of management and fixes, mgmt.go,
// fixes.go, fixparameters.go, fixrules.go and fixstatus.go the operations mgmt and fix,
// exchange.go those on the exchange of a box,
// files.go reads and writes files, configdoc.go the settings, request.go
// and scan.go read a request by its description, describe.go makes the
// descriptions, document.go writes them out, errors.go has the failures, text.go
// writes answers for people, german.go has every German text of the library.
package operations
