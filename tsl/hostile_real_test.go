//go:build !race

package tsl_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/stretchr/testify/require"
)

// The real lists are large: with the race detector these would take minutes.

func TestTruncatedRealLists(t *testing.T) {
	for _, r := range realLists {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			truncate(t, real(t, r.file), tsl.Options{At: at(t, r.issued), Environment: r.environment})
		})
	}
}

func TestFlippedBytesOfRealLists(t *testing.T) {
	for _, r := range realLists {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			flip(t, real(t, r.file), tsl.Options{At: at(t, r.issued), Environment: r.environment}, 1)
		})
	}
}

// TestDamagedRealDetachedSignature cuts the .sig file off at every place, and
// puts a byte of each class at every other place: nothing of it may be taken for
// a signature of the list by its signer.
func TestDamagedRealDetachedSignature(t *testing.T) {
	list, file := real(t, "prod-10326.xml"), real(t, "prod-10326.sig")
	r, err := tsl.Verify(list, tsl.Options{At: at(t, "2026-07-15T00:00:00Z"), Detached: file})
	require.NoError(t, err)
	for n := range file {
		_, err := tsl.ReadDetached(file[:n])
		require.ErrorIs(t, err, tsl.CodeSignature, "%d bytes", n)
	}
	_, err = tsl.ReadDetached(append(bytes.Clone(file), 0))
	require.ErrorIs(t, err, tsl.CodeSignature)
	for i := 0; i < len(file); i += 2 {
		for _, b := range classes {
			if b == file[i] {
				continue
			}
			damaged := bytes.Clone(file)
			damaged[i] = b
			d, err := tsl.ReadDetached(damaged)
			if err != nil {
				require.True(t, isOneOf(err, []tsl.Code{tsl.CodeSignature, tsl.CodeSignerMissing}), "byte %d: %v", i, err)
				continue
			}
			if d.Signer.Equal(r.Signer) {
				require.ErrorIs(t, d.Verify(list), tsl.CodeSignature, "byte %d becomes %q", i, b)
			}
		}
	}
	for name, other := range map[string][]byte{"empty": nil, "HTML": []byte("<html>404</html>"), "a list": list, "nested": bytes.Repeat([]byte{0x30, 0x80}, 10_000)} {
		_, err := tsl.ReadDetached(other)
		require.ErrorIs(t, err, tsl.CodeSignature, name)
	}
}

// TestDamagedRealRoots cuts roots.json off at 1,000 places, and puts bytes of
// each class into its certificates: no root is reached that was not there.
func TestDamagedRealRoots(t *testing.T) {
	file := real(t, "roots-prod.json")
	pin, err := tsl.RootFingerprint(tsl.Production)
	require.NoError(t, err)
	when := at(t, "2026-07-15T00:00:00Z")
	genuine := map[[sha256.Size]byte]bool{}
	walk := func(file []byte) []tsl.TrustedRoot {
		roots, err := tsl.ReadRoots(file)
		if err != nil {
			require.ErrorIs(t, err, tsl.CodeCrossCertificate)
			return nil
		}
		reached, _, err := roots.Walk(pin, when)
		if err != nil {
			require.ErrorIs(t, err, tsl.CodeCrossCertificate)
		}
		return reached
	}
	for _, r := range walk(file) {
		genuine[sha256.Sum256(r.Certificate.Raw)] = true
	}
	require.Len(t, genuine, 10)
	for i := range 1000 {
		_, err := tsl.ReadRoots(file[:(len(bytes.TrimSpace(file))-1)*i/999])
		require.ErrorIs(t, err, tsl.CodeCrossCertificate)
	}
	for i := 0; i < len(file); i += len(file) / 100 {
		for _, b := range classes {
			damaged := bytes.Clone(file)
			damaged[i] = b
			for _, r := range walk(damaged) {
				require.True(t, genuine[sha256.Sum256(r.Certificate.Raw)], "byte %d becomes %q: %s is reached", i, b, r.Name)
			}
		}
	}
}
