// Package p12 reads PKCS#12 files as Konnektors write them: in BER with
// indefinite lengths and chunked octet strings, under triple DES and RC2-40 with
// many iterations, with RSA, NIST or Brainpool keys. It reads what OpenSSL
// writes today (PBES2) as well.
//
// The work that a file can demand is bounded: its size, its nesting, and the
// iterations of all its key derivations together.
//
// Sources: RFC 7292 (PKCS #12), RFC 8018 (PKCS #5), RFC 2268 (RC2), X.690 (BER).
//
// Where to look: p12.go walks through a file, pbe.go decrypts, kdf.go derives
// keys, mac.go checks the password, rc2.go is the cipher that no kept library
// offers any more; certs/internal/ber turns BER into DER.
package p12
