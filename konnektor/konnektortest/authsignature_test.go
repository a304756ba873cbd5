package konnektortest_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

func TestExternalAuthenticate(t *testing.T) {
	k, client, a := practice(t)
	short, long := sha256.Sum256([]byte("login")), sha512.Sum512([]byte("login"))
	for _, scheme := range []konnektor.AuthScheme{konnektor.AuthPSS, konnektor.AuthPKCS1, konnektor.AuthECDSA} {
		for range 4 { // raw and DER by chance
			for _, digest := range [][]byte{short[:], long[:]} {
				s, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: a.HPC, Digest: digest, Scheme: scheme})
				require.NoError(t, err, scheme)
				require.NotEmpty(t, s.Raw)
			}
		}
	}
	_, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: a.EGK, Digest: short[:], Scheme: konnektor.AuthPSS})
	require.ErrorIs(t, err, konnektor.Code(4051))
	require.NoError(t, k.SetPIN(a.HPC, konnektor.PINSMC, konnektor.PINVerifiable, 3))
	_, _, err = client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: a.HPC, Digest: short[:], Scheme: konnektor.AuthPSS})
	require.ErrorIs(t, err, konnektor.Code(4085))
}

// TestBrokenSignatures has a Konnektor whose signatures are wrong, now and then or
// always.
func TestBrokenSignatures(t *testing.T) {
	k, client, a := practice(t)
	digest := sha256.Sum256([]byte("login"))
	made := func() int { return k.Counters().Requests["ExternalAuthenticate"] }
	for _, scheme := range []konnektor.AuthScheme{konnektor.AuthPSS, konnektor.AuthPKCS1, konnektor.AuthECDSA} {
		for broken := range 4 {
			before := made()
			k.BreakSignatures(broken)
			s, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: a.HPC, Digest: digest[:], Scheme: scheme})
			require.Equal(t, min(broken+1, 3), made()-before, "%s, %d broken", scheme, broken)
			if broken == 3 {
				require.ErrorIs(t, err, konnektor.KindMalformed)
				continue
			}
			require.NoError(t, err)
			require.NotNil(t, s.Certificate)
		}
	}
}

// TestOldAuthSignatureService: a version that has RSA only is not asked where the
// directory tells it, and refuses where it does not.
func TestOldAuthSignatureService(t *testing.T) {
	digest := sha256.Sum256([]byte("login"))
	for style, want := range map[konnektortest.Style]error{
		konnektortest.Secunet: konnektor.KindNoService, konnektortest.KoCoBox: konnektor.KindNoService, konnektortest.RISE: konnektor.Code(4111),
	} {
		k := konnektortest.NewWith(t, konnektortest.Options{Style: style})
		k.Install(konnektortest.AuthSignatureService("7.4.0"))
		client, err := konnektor.New(k.Config())
		require.NoError(t, err)
		defer client.Close()
		_, _, err = client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{
			Card: k.Handle(konnektor.CardSMCB), Digest: digest[:], Scheme: konnektor.AuthECDSA})
		require.ErrorIs(t, err, want, style)
	}
}
