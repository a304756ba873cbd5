// Package certs reads and judges the certificates of the TI: RSA, the NIST
// curves and Brainpool alike.
//
// Where to look: parse.go reads certificates, key.go names their keys,
// signature.go checks signatures.
package certs
