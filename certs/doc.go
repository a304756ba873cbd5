// Package certs reads and judges the certificates of the TI: RSA, the NIST
// curves and Brainpool alike.
//
// It reads certificates ([Parse], [ParseAll]) and says what they are: type,
// roles, Telematik-ID, ICCSN, kind of key, original or renewed. It judges them by
// a trust list ([Certificate.Check]), by a chain to a root of the TI
// ([Pool.Chain]) and by OCSP ([OCSPRequest], [OCSPResponse.Verify]), and checks
// CMS signatures ([ParseCMS]), also in a PDF ([VerifyPDF]). An [Inventory] tells what of a practice ends when,
// with the dated rules of the TI ([Rules]).
//
// Every judgement takes the time that it is for: nothing here looks at a clock.
// Refusals are a [*CheckError] with the code of the TI. Nothing touches the
// network but [OCSPRequest.Send] and Query, through the client that they are
// given. What certificates say about insured persons is masked or left out.
//
// # Where to look
//
//   - parse.go: one certificate, PEM; key.go: names of keys
//   - certificatetype.go, profile.go: C.AK.AUT and the others, their key usages
//   - admission.go, role.go, identifiers.go: who the holder is
//   - renewal.go: original and renewed certificates of a gSMC-K
//   - signature.go, algorithm.go: signatures
//   - check.go: an end-entity certificate against a trust list; pool.go: chains
//   - code.go: codes of the TI
//   - ocsprequest.go, ocspresponse.go, ocspcheck.go: OCSP
//   - cms.go, cmsverify.go: CMS, p7b bundles, files of any form
//   - pdf.go: the signature inside of a PDF
//   - inventory.go, rules.go, report.go, calendar.go: what ends when
package certs
