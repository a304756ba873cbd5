// Package konnektor is a client of one TI-Konnektor: the box in a practice that
// reads health cards and connects to the Telematikinfrastruktur.
//
//	cfg, err := konnektor.ParseConfig(stored)
//	client, err := konnektor.New(cfg)
//	defer client.Close()
//	cards, _, err := client.Cards(ctx, konnektor.CardFilter{Type: konnektor.CardEGK})
//
// A [Client] reads the service directory (connector.sds) when it is first
// needed, takes the version of a service that this library speaks, adds the
// Aufrufkontext and keeps its connections. Every way to the wire goes through
// [Client.Invoke], which knows what may be repeated and what never.
//
// An error is an [*Error], a fault with the codes of the TI, or a [*Failure],
// everything else, with a [Kind]. Both are told apart with errors.Is and
// errors.As, and [Remedy] has one line on what the practice can do:
//
//	switch {
//	case errors.Is(err, konnektor.CodeCardBusy): // another workplace has the card
//	case errors.Is(err, konnektor.KindCertificateExpired): // see konnektor.Remedy(err)
//	}
//
// The Konnektor's certificate is always verified, by [Trust]; there is no way
// to switch that off. Nothing that names a patient is logged, and no error
// quotes what a device sent.
//
// # Where to look
//
//   - client.go: New, Close, Invoke
//   - config.go, callcontext.go: Config, ParseConfig, Auth, Trust, CallContext
//   - cards.go, terminals.go, resource.go, pin.go, certificates.go: the calls
//     around cards; crypt.go: RSA or ECC, and which version knows the choice
//   - pinentry.go: calls that wait for a person at a terminal
//   - sign.go, verify.go, job.go, comfort.go: signatures of documents; sign74.go:
//     the older version of their service; authsign.go: signatures of a hash
//   - encrypt.go: encryption; kvk.go: the card before the eGK; egkdata.go,
//     nfd.go, dpe.go, amts.go: medical data on an eGK
//   - event.go: events and their views; subscriptions.go: the subscriptions;
//     watch.go: cards in and out; package cetp receives events
//   - services.go: the service directory and its version rule; directory.go:
//     its cache and the endpoint rule
//   - fault.go, code.go: Error and the codes; codetable.go is generated from
//     the list of codes
//   - kind.go: Failure and Kind; classify.go: which error is of which Kind
//   - clientcert.go: the client certificate from PEM or PKCS#12
//   - trust.go: the one verifier behind all ways of Trust; dial.go: new
//     connections; transport.go: kept ones
//   - repeat.go: what is sent again, and when; handles.go: which card a handle
//     belonged to
//   - warning.go: the Status of an answer; log.go: the one line of a call
//   - identifiers.go: the names of the TI, and how those of patients are masked
package konnektor
