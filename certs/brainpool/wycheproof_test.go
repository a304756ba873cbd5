//go:build !race

package brainpool

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Arithmetic has nothing in it for the race detector, which makes it take ten
// times as long: this file, arithmetic_test.go and the benchmarks go without.

// wycheproof is what this test reads of a file of C2SP/wycheproof.
type wycheproof struct {
	NumberOfTests int
	TestGroups    []wycheproofGroup
}

type wycheproofGroup struct {
	PublicKey    struct{ Uncompressed string }
	PublicKeyDer string
	SHA          string
	Tests        []wycheproofCase
}

type wycheproofCase struct {
	TcID                    int
	Comment, Result         string
	Flags                   []string
	Msg, Sig                string // ECDSA
	Public, Private, Shared string // ECDH
}

// readWycheproof reads a file from $WYCHEPROOF_DIR, or from the folder of test
// data beside the module.
func readWycheproof(t *testing.T, name string) *wycheproof {
	t.Helper()
	dir := os.Getenv("WYCHEPROOF_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "testdata", "wycheproof")
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no %s: set WYCHEPROOF_DIR to testvectors_v1 of C2SP/wycheproof", name)
	}
	require.NoError(t, err)
	file := new(wycheproof)
	require.NoError(t, json.Unmarshal(text, file))
	return file
}

func TestWycheproofECDSA(t *testing.T) {
	for name, verify := range map[string]func(*PublicKey, []byte, []byte) bool{
		"ecdsa_brainpoolP256r1_sha256_test.json":       (*PublicKey).Verify,
		"ecdsa_brainpoolP384r1_sha384_test.json":       (*PublicKey).Verify,
		"ecdsa_brainpoolP512r1_sha512_test.json":       (*PublicKey).Verify,
		"ecdsa_brainpoolP256r1_sha256_p1363_test.json": (*PublicKey).VerifyRaw,
	} {
		t.Run(name, func(t *testing.T) {
			file := readWycheproof(t, name)
			seen := 0
			for _, g := range file.TestGroups {
				k, err := ParsePKIXPublicKey(unhex(t, g.PublicKeyDer))
				require.NoError(t, err)
				require.Equal(t, unhex(t, g.PublicKey.Uncompressed), k.Bytes())
				require.Equal(t, unhex(t, g.PublicKeyDer), k.MarshalPKIX())
				hash := map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384, "SHA-512": crypto.SHA512}[g.SHA]
				for _, c := range g.Tests {
					h := hash.New()
					h.Write(unhex(t, c.Msg))
					require.Contains(t, []string{"valid", "invalid"}, c.Result)
					require.Equal(t, c.Result == "valid", verify(k, h.Sum(nil), unhex(t, c.Sig)), "%d %s", c.TcID, c.Comment)
					seen++
				}
			}
			require.Equal(t, file.NumberOfTests, seen)
		})
	}
}

// TestWycheproofECDH takes "acceptable" as refused: these cases are compressed
// points, explicit parameters, and public keys that are no DER.
func TestWycheproofECDH(t *testing.T) {
	for _, c := range curves() {
		name := "ecdh_" + c.Name() + "_test.json"
		t.Run(name, func(t *testing.T) {
			file := readWycheproof(t, name)
			seen := 0
			for _, g := range file.TestGroups {
				for _, v := range g.Tests {
					secret, err := agree(t, c, v)
					if v.Result == "valid" {
						require.NoError(t, err, "%d %s", v.TcID, v.Comment)
						require.Equal(t, unhex(t, v.Shared), secret, "%d %s", v.TcID, v.Comment)
					} else {
						require.Error(t, err, "%d %s", v.TcID, v.Comment)
					}
					seen++
				}
			}
			require.Equal(t, file.NumberOfTests, seen)
		})
	}
}

func agree(t *testing.T, c *Curve, v wycheproofCase) ([]byte, error) {
	t.Helper()
	d := bytes.TrimLeft(unhex(t, v.Private), "\x00")
	require.LessOrEqual(t, len(d), c.Size())
	k, err := NewPrivateKey(c, append(make([]byte, c.Size()-len(d)), d...))
	require.NoError(t, err, "%d %s", v.TcID, v.Comment)
	peer, err := ParsePKIXPublicKey(unhex(t, v.Public))
	if err != nil {
		for _, reason := range []error{ErrUnknownCurve, ErrExplicitCurve, ErrPoint, ErrEncoding} {
			if errors.Is(err, reason) {
				return nil, err
			}
		}
		t.Errorf("%d %s: error without a reason: %v", v.TcID, v.Comment, err)
		return nil, err
	}
	return k.ECDH(peer)
}
