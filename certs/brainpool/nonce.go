package brainpool

import (
	"crypto/hmac"
	"hash"
)

// nonces generates the candidates for the nonce of a signature: HMAC_DRBG as
// RFC 6979, 3.2 sets it up, with the additional input of section 3.6.
type nonces struct {
	hash    func() hash.Hash
	k, v    []byte
	started bool
}

// newNonces seeds the generator with the private key, the digest modulo n, both
// as long as n, and additional input of any length.
func newNonces(newHash func() hash.Hash, d, digest, extra []byte) *nonces {
	size := newHash().Size()
	g := &nonces{hash: newHash, k: make([]byte, size), v: make([]byte, size)}
	for i := range g.v {
		g.v[i] = 1
	}
	g.update([]byte{0}, d, digest, extra)
	g.update([]byte{1}, d, digest, extra)
	return g
}

// update replaces the state, mixing in some input (steps d to g, and h.3).
func (g *nonces) update(input ...[]byte) {
	g.k = g.mac(append([][]byte{g.v}, input...)...)
	g.v = g.mac(g.v)
}

func (g *nonces) mac(parts ...[]byte) []byte {
	h := hmac.New(g.hash, g.k)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// next fills nonce with the next candidate. It may be zero or not below n; then
// the caller asks again.
func (g *nonces) next(nonce []byte) {
	if g.started {
		g.update([]byte{0})
	}
	g.started = true
	for n := 0; n < len(nonce); {
		g.v = g.mac(g.v)
		n += copy(nonce[n:], g.v)
	}
}
