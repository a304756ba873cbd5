// Package tsl reads and judges the trust lists (TSL) of the TI: the signed lists
// of every CA, OCSP signer and root that Konnektors trust. It needs no
// Konnektor and no network.
//
// Verify judges one list at a time that the caller gives: well-formed, schema,
// signer and trust anchor, signature, Id and sequence number, NextUpdate,
// announced trust anchors, in the order of gemSpec_PKI (TUC_PKI_001) and with
// its error codes. A refused list gives no content: what a Result holds was
// taken from the same tokens whose digest was signed. There is one set of
// algorithms (exclusive canonicalization, SHA-256, ECDSA on brainpoolP256r1 or
// P-256) and one form of signature; nothing is negotiated.
//
//	r, err := tsl.Verify(data, tsl.Options{At: time.Now(), Environment: tsl.Production})
//	switch {
//	case errors.Is(err, tsl.CodeExpired):
//		// past NextUpdate and the grace period
//	case err != nil:
//		// *tsl.Error: code of the TI, reason, cause
//	}
//
// What was not checked, such as the OCSP status of the signer when no answer is
// given, Result.NotChecked says. The anchors of the three environments are compiled in. When a list
// announces a new one, a State follows it, and MakePlan finds the lists that a
// device has to import, oldest first, when it slept through several changes.
//
// Everything is a function of its arguments: the check time is given, downloads
// go through a given http.Client, and nothing is kept. All functions are safe
// for concurrent use.
//
// # Where to look
//
//   - verify.go: the steps of judging a list, options, result
//   - list.go, decode.go: the content of a list
//   - document.go, signature.go, schema.go: reading and the XML signature
//   - detached.go: the .sig file
//   - anchors.go, environment.go: what is compiled in, and which world a list is of
//   - announcement.go, state.go, plan.go: changes of the trust anchor
//   - certificates.go: what package certs needs of a list
//   - diff.go, fact.go, outlook.go, cvc.go: what changed, what ends when
//   - fetch.go: download points
//   - roots.go: roots.json and the way through cross certificates
//   - peek.go: what a file says of itself, unverified
//   - errors.go: codes and reasons
//   - internal/xmltree: XML and its canonical form in one pass
package tsl
