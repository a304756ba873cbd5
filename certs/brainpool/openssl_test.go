package brainpool

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// openSSL runs the openssl program in a folder of its own.
type openSSL struct{ dir string }

func newOpenSSL(t testing.TB) openSSL {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl program: it is the judge of keys and signatures")
	}
	return openSSL{t.TempDir()}
}

func (o openSSL) run(t testing.TB, args ...string) []byte {
	t.Helper()
	out, err := o.try(args...)
	require.NoError(t, err, "openssl %s", strings.Join(args, " "))
	return out
}

func (o openSSL) try(args ...string) ([]byte, error) {
	cmd := exec.Command("openssl", args...)
	cmd.Dir = o.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.Bytes())
	}
	return out, nil
}

func (o openSSL) write(t testing.TB, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, name), content, 0o600))
}

// newKey has openssl make a key and returns it as PKCS#8.
func (o openSSL) newKey(t testing.TB, name, curve string, options ...string) []byte {
	t.Helper()
	args := append([]string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve}, options...)
	o.run(t, append(args, "-outform", "DER", "-out", name)...)
	return o.run(t, "pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", name, "-outform", "DER")
}

// TestParametersAgreeWithOpenSSL compares both the curves and the isomorphic
// ones that the arithmetic uses.
func TestParametersAgreeWithOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	eachCurve(t, func(t *testing.T, c *Curve, ref reference) {
		r := o.parameters(t, c.Name())
		require.Equal(t, map[string]*big.Int{"Prime": ref.p, "A": ref.a, "B": ref.b, "Order": ref.n, "X": ref.x, "Y": ref.y}, r)
		power := func(e int64) *big.Int { return new(big.Int).Exp(ref.z, big.NewInt(e), ref.p) }
		times := func(a, b *big.Int) *big.Int { return new(big.Int).Mod(new(big.Int).Mul(a, b), ref.p) }
		require.Equal(t, map[string]*big.Int{
			"Prime": ref.p, "Order": ref.n,
			"A": times(ref.a, power(4)), "B": times(ref.b, power(6)),
			"X": times(ref.x, power(2)), "Y": times(ref.y, power(3)),
		}, o.parameters(t, strings.Replace(c.Name(), "r1", "t1", 1)))
	})
}

var parameterBlock = regexp.MustCompile(`(?m)^(\w+)(?: \(uncompressed\))?: *\n((?:    [0-9a-f:]+\n)+)`)

func (o openSSL) parameters(t *testing.T, curve string) map[string]*big.Int {
	t.Helper()
	text := o.run(t, "ecparam", "-name", curve, "-param_enc", "explicit", "-text", "-noout")
	found := map[string]*big.Int{}
	for _, m := range parameterBlock.FindAllStringSubmatch(string(text), -1) {
		digits := strings.NewReplacer(":", "", " ", "", "\n", "").Replace(m[2])
		if m[1] == "Generator" {
			half := len(digits)/2 + 1
			found["X"], _ = new(big.Int).SetString(digits[2:half], 16)
			found["Y"], _ = new(big.Int).SetString(digits[half:], 16)
			continue
		}
		found[m[1]], _ = new(big.Int).SetString(digits, 16)
	}
	return found
}

func TestOpenSSLKeys(t *testing.T) {
	o := newOpenSSL(t)
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			theirs := o.newKey(t, "key.der", c.Name())
			k, err := ParsePKCS8PrivateKey(theirs)
			require.NoError(t, err)
			require.Same(t, c, k.Curve())
			require.Equal(t, theirs, k.MarshalPKCS8())
			sec1 := o.run(t, "ec", "-inform", "DER", "-in", "key.der", "-outform", "DER")
			require.Equal(t, sec1, k.MarshalEC())
			again, err := ParseECPrivateKey(sec1)
			require.NoError(t, err)
			require.True(t, k.Equal(again))
			spki := o.run(t, "pkey", "-inform", "DER", "-in", "key.der", "-pubout", "-outform", "DER")
			require.Equal(t, spki, k.PublicKey().MarshalPKIX())

			ours, err := GenerateKey(c, nil)
			require.NoError(t, err)
			o.write(t, "ours.der", ours.MarshalPKCS8())
			o.run(t, "pkey", "-inform", "DER", "-in", "ours.der", "-check", "-noout")
			spki = o.run(t, "pkey", "-inform", "DER", "-in", "ours.der", "-pubout", "-outform", "DER")
			require.Equal(t, ours.PublicKey().MarshalPKIX(), spki)
			o.write(t, "ours-sec1.der", ours.MarshalEC())
			require.Equal(t, ours.MarshalEC(), o.run(t, "ec", "-inform", "DER", "-in", "ours-sec1.der", "-outform", "DER"))
		})
	}
}

func TestOpenSSLSignatures(t *testing.T) {
	o := newOpenSSL(t)
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			k, err := ParsePKCS8PrivateKey(o.newKey(t, "key.der", c.Name()))
			require.NoError(t, err)
			o.write(t, "pub.der", k.PublicKey().MarshalPKIX())
			for i := range 8 {
				digest := sha256.Sum256([]byte{byte(i)})
				o.write(t, "digest", digest[:])
				sig := o.run(t, "pkeyutl", "-sign", "-keyform", "DER", "-inkey", "key.der", "-in", "digest")
				require.True(t, k.PublicKey().Verify(digest[:], sig), "a signature by openssl")
				digest[0] ^= 1
				require.False(t, k.PublicKey().Verify(digest[:], sig))
				digest[0] ^= 1

				sig, err = k.Sign(nil, digest[:], nil)
				require.NoError(t, err)
				o.write(t, "sig", sig)
				verify := []string{"pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "pub.der", "-in", "digest", "-sigfile", "sig"}
				o.run(t, verify...)
				sig[len(sig)-1] ^= 1
				o.write(t, "sig", sig)
				_, err = o.try(verify...)
				require.Error(t, err, "openssl must refuse a changed signature, or it is no judge")
			}
		})
	}
}

func TestOpenSSLAgreement(t *testing.T) {
	o := newOpenSSL(t)
	for _, c := range curves() {
		t.Run(c.Name(), func(t *testing.T) {
			theirs, err := ParsePKCS8PrivateKey(o.newKey(t, "key.der", c.Name()))
			require.NoError(t, err)
			for range 4 {
				ours, err := GenerateKey(c, nil)
				require.NoError(t, err)
				o.write(t, "peer.der", ours.PublicKey().MarshalPKIX())
				want := o.run(t, "pkeyutl", "-derive", "-keyform", "DER", "-inkey", "key.der", "-peerform", "DER", "-peerkey", "peer.der")
				got, err := ours.ECDH(theirs.PublicKey())
				require.NoError(t, err)
				require.Equal(t, want, got)
				got, err = theirs.ECDH(ours.PublicKey())
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
	}
}

func TestOpenSSLKeysToRefuse(t *testing.T) {
	o := newOpenSSL(t)
	public := func(options ...string) []byte {
		args := []string{"ec", "-inform", "DER", "-in", "key.der", "-pubout", "-outform", "DER"}
		return o.run(t, append(args, options...)...)
	}
	o.newKey(t, "key.der", "brainpoolP256r1")
	_, err := ParsePKIXPublicKey(public("-conv_form", "compressed"))
	require.ErrorIs(t, err, ErrPoint)
	_, err = ParsePKIXPublicKey(public("-param_enc", "explicit"))
	require.ErrorIs(t, err, ErrExplicitCurve)
	_, err = ParsePKCS8PrivateKey(o.newKey(t, "explicit.der", "brainpoolP256r1", "-pkeyopt", "ec_param_enc:explicit"))
	require.ErrorIs(t, err, ErrExplicitCurve)
	sec1 := o.run(t, "ec", "-inform", "DER", "-in", "explicit.der", "-outform", "DER")
	_, err = ParseECPrivateKey(sec1)
	require.ErrorIs(t, err, ErrExplicitCurve)

	for _, curve := range []string{"prime256v1", "brainpoolP256t1", "brainpoolP320r1"} {
		_, err = ParsePKCS8PrivateKey(o.newKey(t, "key.der", curve))
		require.ErrorIs(t, err, ErrUnknownCurve, curve)
		_, err = ParsePKIXPublicKey(public())
		require.ErrorIs(t, err, ErrUnknownCurve, curve)
	}
	o.run(t, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER", "-out", "rsa.der")
	_, err = ParsePKCS8PrivateKey(o.run(t, "pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", "rsa.der", "-outform", "DER"))
	require.ErrorIs(t, err, ErrUnknownCurve)
	_, err = ParsePKIXPublicKey(o.run(t, "pkey", "-inform", "DER", "-in", "rsa.der", "-pubout", "-outform", "DER"))
	require.ErrorIs(t, err, ErrUnknownCurve)
}
