// Package brainpool implements the curves brainpoolP256r1, brainpoolP384r1 and
// brainpoolP512r1 of the TI: ECDSA signatures, ECDH, and reading and writing of
// keys. It stands alone: the standard library has none of these curves.
//
// Keys are made with [GenerateKey] or read with [ParsePKCS8PrivateKey],
// [ParseECPrivateKey] and [ParsePKIXPublicKey]. A [PublicKey] has always been
// checked: in range, on the curve, and not infinity; the cofactor is 1. Keys name
// their curve; keys with explicit parameters and compressed points are refused.
//
// # Constant time
//
// What touches a private key or a nonce runs in constant time: key generation,
// signing and ECDH take the same steps and touch the same memory whatever the
// secret is. Scalars are cut into signed 5-bit windows, and every window costs
// the same: five doublings (none for the base point, which has a table), one
// look-up that reads the whole table, and one addition with formulas that have
// no exceptions. Inversion is an exponentiation with a public exponent. Drawing
// a random number again because it is out of range shows only that the number
// thrown away was out of range.
//
// The claim has limits. It is made at the level of Go source: there are no
// branches and no indices that depend on secrets, and the multiplications are
// those of [math/bits], which the compiler turns into single instructions on
// amd64 and arm64 and into 32-bit ones elsewhere. The Go compiler does not
// promise to keep it so; on amd64 a test reads the compiled arithmetic and fails
// when it finds a conditional jump besides the check of the stack. A processor
// whose multiplication takes time that depends on its operands breaks it (on
// arm64, GODEBUG=dataindependenttiming=1 asks for one that does not). Secrets
// are not wiped from memory: the garbage collector moves what it likes. Reading
// of encoded keys is not constant time where it looks at the encoding, and the
// way through [Curve.Elliptic] is not constant time at all.
//
// Verification handles public values only and takes the time it takes.
//
// # Sources
//
//   - RFC 5639: curves, and the isomorphic curves with a = -3 on which this
//     package calculates
//   - RFC 7027 and RFC 8422: use in TLS; test values
//   - RFC 6979: nonces, with the additional input of section 3.6
//   - RFC 5480, RFC 5915, RFC 5958: encoding of keys
//   - BSI TR-03111 2.10: ECDSA, ECDH, raw signatures
//   - Renes, Costello, Batina, "Complete addition formulas for prime order
//     elliptic curves", 2015
//
// # Where to look
//
//   - curve.go: the curves, and what their arithmetic offers
//   - params.go: their parameters
//   - key.go: keys, ECDH, errors
//   - ecdsa.go, nonce.go, signature.go: signatures
//   - encoding.go: SubjectPublicKeyInfo, PKCS#8, SEC 1
//   - elliptic.go: for code that wants types of crypto/elliptic and crypto/ecdsa
//   - group256.go: arithmetic of one curve; point256.go: points in constant
//     time; verify256.go: points for verification; limbs.go: digits of scalars
//   - generate.go writes limbs256.go, the unrolled arithmetic modulo p and n, and
//     makes the sources of the other two curves from those with 256 in their name
package brainpool
