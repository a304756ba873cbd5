// Package certstest is a small PKI of the TI for tests: roots of three
// algorithms with their cross certificates, CAs, TSL signers under two
// generations of trust anchors, cards, and an OCSP responder.
//
// Everything it issues has the shape of the real thing (gemSpec_PKI 2.14.1,
// chapter 5) and says TEST-ONLY in its names. Keys are made at start; people and
// practices are made up. Certificates are written by code of this package and
// not by package certs, so that a mistake of one is not hidden by the other.
//
// A [Change] alters a certificate before it is signed, or damages it: that is
// how tests get expired ones, such with the wrong key usage, with explicit curve
// parameters, and so on.
//
// # Where to look
//
//   - pki.go: the roots, CAs and TSL signers
//   - template.go: what a certificate says, and what can be changed
//   - card.go: eGK, SMC-B, HBA, gSMC-K, gSMC-KT, original and renewed
//   - ocsp.go: OCSP signers and the responder
//   - encode.go: the DER of certificates
//   - key.go: keys, and how they sign
package certstest
