package brainpool

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// The reasons for refusing a key, a point or a signature. Errors of this package
// wrap one of them.
var (
	// ErrUnknownCurve says that the key may be fine, but is for none of the
	// three curves. [crypto/x509] reads the other ones.
	ErrUnknownCurve = errors.New("no Brainpool curve of this package")

	// ErrExplicitCurve says that the key spells out curve parameters instead
	// of naming a curve; RFC 5480, 2.1.1 forbids it, and a reader that
	// believes the parameters can be deceived (CVE-2020-0601).
	ErrExplicitCurve = errors.New("explicit curve parameters")

	// ErrEncoding says that the bytes are not the DER or the length they
	// should be.
	ErrEncoding = errors.New("malformed encoding")

	// ErrPoint says that a point is infinity, compressed, out of range or
	// not on the curve.
	ErrPoint = errors.New("not a point of the curve")

	// ErrScalar says that a private key is not in 1..n-1.
	ErrScalar = errors.New("private key out of range")

	// ErrMismatch says that a private key comes with the public key of
	// another one, or meets a key of another curve.
	ErrMismatch = errors.New("keys do not belong together")
)

// PublicKey is a point of a curve that has been checked: its coordinates are in
// range and satisfy the equation, and as the cofactor is 1, it has order n. It
// does not change and is safe for concurrent use.
type PublicKey struct {
	curve *Curve
	xy    []byte
}

// uncompressed is the first byte of a point's encoding (SEC 1, 2.3.3).
const uncompressed = 4

// NewPublicKey reads an uncompressed point: the byte 4, x and y, each of
// [Curve.Size] bytes. It returns an error that wraps [ErrPoint] for everything
// else; compressed points are not taken.
func NewPublicKey(c *Curve, point []byte) (*PublicKey, error) {
	switch {
	case len(point) != 1+2*c.size:
		return nil, fmt.Errorf("brainpool: read point: %w: %d bytes", ErrPoint, len(point))
	case point[0] != uncompressed:
		return nil, fmt.Errorf("brainpool: read point: %w: form %#02x is not uncompressed", ErrPoint, point[0])
	case !c.group.isPoint(point[1:]):
		return nil, fmt.Errorf("brainpool: read point: %w", ErrPoint)
	}
	return &PublicKey{c, bytes.Clone(point[1:])}, nil
}

// Curve is the curve of the key.
func (k *PublicKey) Curve() *Curve { return k.curve }

// Bytes is the uncompressed point, as [NewPublicKey] reads it; TLS 1.2 sends
// this form (RFC 8422, 5.4).
func (k *PublicKey) Bytes() []byte {
	return append([]byte{uncompressed}, k.xy...)
}

// Equal reports whether x is a *PublicKey with the same curve and point.
func (k *PublicKey) Equal(x crypto.PublicKey) bool {
	other, ok := x.(*PublicKey)
	return ok && other.curve == k.curve && bytes.Equal(other.xy, k.xy)
}

// PrivateKey is a key for signatures and for key agreement; it is a
// [crypto.Signer]. It does not change and is safe for concurrent use.
//
// It never shows its secret when it is printed or logged.
type PrivateKey struct {
	public PublicKey
	d      []byte
}

// maxTries bounds every search for a random scalar. A try fails with a
// probability below one half, so that only a broken source of randomness gets
// there.
const maxTries = 256

// GenerateKey makes a key by rejection sampling (BSI TR-03111, 4.1.1). A nil
// random means [crypto/rand.Reader], the only choice outside of tests. It returns
// the error of random, or one that wraps [ErrScalar] when random gives nothing of
// use.
func GenerateKey(c *Curve, random io.Reader) (*PrivateKey, error) {
	if random == nil {
		random = rand.Reader
	}
	d := make([]byte, c.size)
	for range maxTries {
		if _, err := io.ReadFull(random, d); err != nil {
			return nil, fmt.Errorf("brainpool: generate key: %w", err)
		}
		if c.group.isScalar(d) {
			return newPrivateKey(c, d), nil
		}
	}
	return nil, fmt.Errorf("brainpool: generate key: %w: broken source of randomness", ErrScalar)
}

// NewPrivateKey makes a key from its big-endian number of [Curve.Size] bytes. It
// returns an error that wraps [ErrEncoding] for another length, and [ErrScalar]
// for a number that is not in 1..n-1.
func NewPrivateKey(c *Curve, d []byte) (*PrivateKey, error) {
	if len(d) != c.size {
		return nil, fmt.Errorf("brainpool: read private key: %w: %d bytes", ErrEncoding, len(d))
	}
	if !c.group.isScalar(d) {
		return nil, fmt.Errorf("brainpool: read private key: %w", ErrScalar)
	}
	return newPrivateKey(c, bytes.Clone(d)), nil
}

// newPrivateKey takes over d, which must be in range.
func newPrivateKey(c *Curve, d []byte) *PrivateKey {
	return &PrivateKey{PublicKey{c, c.group.multBase(d)}, d}
}

// Curve is the curve of the key.
func (k *PrivateKey) Curve() *Curve { return k.public.curve }

// PublicKey is the public half.
func (k *PrivateKey) PublicKey() *PublicKey { return &k.public }

// Public is the public half, a *[PublicKey], for [crypto.Signer].
func (k *PrivateKey) Public() crypto.PublicKey { return &k.public }

// Bytes is the secret number, big-endian, of [Curve.Size] bytes.
func (k *PrivateKey) Bytes() []byte { return bytes.Clone(k.d) }

// Equal reports, in constant time for keys of one curve, whether x is a
// *PrivateKey with the same number.
func (k *PrivateKey) Equal(x crypto.PrivateKey) bool {
	other, ok := x.(*PrivateKey)
	return ok && other.public.curve == k.public.curve && subtle.ConstantTimeCompare(other.d, k.d) == 1
}

// ECDH is the x coordinate of the product with the peer's point, big-endian, of
// [Curve.Size] bytes: the shared secret of TLS (RFC 8422, 5.10) and of BSI
// TR-03111, 4.3.1. It returns an error that wraps [ErrMismatch] for a key of
// another curve.
func (k *PrivateKey) ECDH(peer *PublicKey) ([]byte, error) {
	c := k.public.curve
	if peer.curve != c {
		return nil, fmt.Errorf("brainpool: ECDH: %w: %s and %s", ErrMismatch, c.name, peer.curve.name)
	}
	xy := c.group.mult(k.d, peer.xy)
	if xy == nil {
		return nil, fmt.Errorf("brainpool: ECDH: %w", ErrPoint)
	}
	return xy[:c.size:c.size], nil
}

// masked is what shows instead of a private key.
func (k PrivateKey) masked() string {
	if k.public.curve == nil {
		return "brainpool.PrivateKey()"
	}
	return "brainpool.PrivateKey(" + k.public.curve.name + ")"
}

// Format masks the secret under every verb of [fmt].
func (k PrivateKey) Format(s fmt.State, _ rune) { io.WriteString(s, k.masked()) }

// LogValue masks the secret in [log/slog].
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.masked()) }
