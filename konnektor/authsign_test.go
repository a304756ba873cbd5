package konnektor_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/konnektor"
)

func authAnswer(signature []byte) string {
	return `<s:ExternalAuthenticateResponse xmlns:s="http://ws.gematik.de/conn/SignatureService/v7.4"><c:Status xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><c:Result>OK</c:Result></c:Status>` +
		`<d:SignatureObject xmlns:d="urn:oasis:names:tc:dss:1.0:core:schema"><d:Base64Signature>` + base64.StdEncoding.EncodeToString(signature) +
		`</d:Base64Signature></d:SignatureObject></s:ExternalAuthenticateResponse>`
}

func certificateAnswer(ref string, der []byte) string {
	return `<x:ReadCardCertificateResponse xmlns:x="http://ws.gematik.de/conn/CertificateService/v6.0" xmlns:m="http://ws.gematik.de/conn/CertificateServiceCommon/v2.0">` +
		`<c:Status xmlns:c="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><c:Result>OK</c:Result></c:Status><m:X509DataInfoList><m:X509DataInfo><m:CertRef>` + ref +
		`</m:CertRef><m:X509Data><m:X509IssuerSerial><m:X509IssuerName>x</m:X509IssuerName><m:X509SerialNumber>1</m:X509SerialNumber></m:X509IssuerSerial><m:X509SubjectName>x</m:X509SubjectName>` +
		`<m:X509Certificate>` + base64.StdEncoding.EncodeToString(der) + `</m:X509Certificate></m:X509Data></m:X509DataInfo></m:X509DataInfoList></x:ReadCardCertificateResponse>`
}

// authKeys are the identities C.AUT of a card, RSA and Brainpool.
func authKeys(t *testing.T) (rsaKey, ecKey *certstest.Identity) {
	t.Helper()
	card, err := certstest.New(t).Card(certstest.SMCB, certstest.CardOptions{})
	require.NoError(t, err)
	rsaKey, ecKey = card.Get(certs.TypeHCIAUT, certs.KeyRSA2048), card.Get(certs.TypeHCIAUT, certs.KeyBrainpoolP256r1)
	require.NotNil(t, rsaKey)
	require.NotNil(t, ecKey)
	return rsaKey, ecKey
}

func TestAuthenticateRSA(t *testing.T) {
	key, _ := authKeys(t)
	digest := sha256.Sum256([]byte("challenge"))
	for scheme, opts := range map[konnektor.AuthScheme]crypto.SignerOpts{
		konnektor.AuthPSS:   &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256},
		konnektor.AuthPKCS1: crypto.SHA256,
	} {
		s, client := startStandIn(t, usualVersions)
		value, err := key.Key.Sign(rand.Reader, digest[:], opts)
		require.NoError(t, err)
		s.says("ReadCardCertificate", certificateAnswer("C.AUT", key.DER))
		s.says("ExternalAuthenticate", authAnswer(value))
		got, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: "smcb-1", Scheme: scheme, Digest: digest[:]})
		require.NoError(t, err)
		require.Equal(t, value, []byte(got.Raw))
		require.Nil(t, got.DER)
		require.Contains(t, s.one(t, "ReadCardCertificate"), "Crypt>RSA<")
		golden(t, filepath.Join("requests", "AuthSignatureService-7.4", "ExternalAuthenticate."+string(scheme)+".xml"),
			s.one(t, "ExternalAuthenticate"))

		// The other scheme's signature is none.
		other := konnektor.AuthPSS
		if scheme == other {
			other = konnektor.AuthPKCS1
		}
		_, _, err = client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: "smcb-1", Scheme: other, Digest: digest[:], Certificate: key.Certificate})
		require.ErrorIs(t, err, konnektor.KindMalformed)
		require.Len(t, s.sent("ExternalAuthenticate"), 4, "three tries")
	}
}

// rawOf is R followed by S.
func rawOf(t *testing.T, der []byte) []byte {
	t.Helper()
	var pair struct{ R, S *big.Int }
	_, err := asn1.Unmarshal(der, &pair)
	require.NoError(t, err)
	raw := make([]byte, 64)
	pair.R.FillBytes(raw[:32])
	pair.S.FillBytes(raw[32:])
	return raw
}

// sloppy is DER whose integers lack the zero byte that makes them positive.
func sloppy(raw []byte) []byte {
	der := append([]byte{0x30, 68, 2, 32}, raw[:32]...)
	return append(append(der, 2, 32), raw[32:]...)
}

// signUntil signs until a signature has both numbers with the highest bit set,
// so that sloppy DER differs from good one.
func signUntil(t *testing.T, key crypto.Signer, digest []byte) (der, raw []byte) {
	t.Helper()
	for range 200 {
		der, err := key.Sign(rand.Reader, digest, crypto.SHA256)
		require.NoError(t, err)
		if raw = rawOf(t, der); raw[0] >= 0x80 && raw[32] >= 0x80 {
			return der, raw
		}
	}
	require.Fail(t, "no such signature in 200")
	return nil, nil
}

// TestAuthenticateECDSA has the forms in which devices give a signature.
func TestAuthenticateECDSA(t *testing.T) {
	_, key := authKeys(t)
	digest := sha256.Sum256([]byte("challenge"))
	der, raw := signUntil(t, key.Key, digest[:])
	broken := append([]byte{}, raw...)
	broken[40] ^= 1
	for name, c := range map[string]struct {
		answers [][]byte
		tries   int
		ok      bool
	}{
		"DER":              {[][]byte{der}, 1, true},
		"raw":              {[][]byte{raw}, 1, true},
		"DER, sloppy":      {[][]byte{sloppy(raw)}, 1, true},
		"broken once":      {[][]byte{broken, der}, 2, true},
		"broken twice":     {[][]byte{broken, {0x30}, raw}, 3, true},
		"always broken":    {[][]byte{broken, raw[:63], append(der, 0), der}, 3, false},
		"empty":            {[][]byte{{}, {}, {}}, 3, false},
		"numbers too long": {[][]byte{append([]byte{0x30, 0x82, 1, 4, 2, 0x7f}, make([]byte, 300)...), der}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := startStandIn(t, usualVersions)
			s.says("ReadCardCertificate", certificateAnswer("C.AUT", key.DER))
			s.answer("ExternalAuthenticate", func(n int) string { return authAnswer(c.answers[n-1]) })
			got, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: "smcb-1", Scheme: konnektor.AuthECDSA, Digest: digest[:]})
			require.Len(t, s.sent("ExternalAuthenticate"), c.tries)
			if !c.ok {
				require.ErrorIs(t, err, konnektor.KindMalformed)
				return
			}
			require.NoError(t, err)
			require.Equal(t, raw, []byte(got.Raw))
			require.Equal(t, der, []byte(got.DER))
			public := key.Certificate.PublicKey.(*brainpool.PublicKey)
			require.True(t, public.Verify(digest[:], got.DER), "strict DER")
			require.Contains(t, s.one(t, "ReadCardCertificate"), "Crypt>ECC<")
			golden(t, filepath.Join("requests", "AuthSignatureService-7.4", "ExternalAuthenticate.ECDSA.xml"), s.sent("ExternalAuthenticate")[0])
		})
	}
}

func TestAuthenticateNIST(t *testing.T) {
	signer, err := certstest.GenerateKey(certs.KeyP256)
	require.NoError(t, err)
	cert, err := certstest.SelfSigned(certstest.Template{NotBefore: certstest.DefaultTime, NotAfter: certstest.DefaultTime.AddDate(1, 0, 0)}, signer)
	require.NoError(t, err)
	digest := sha256.Sum256([]byte("challenge"))
	der, err := ecdsa.SignASN1(rand.Reader, signer.(*ecdsa.PrivateKey), digest[:])
	require.NoError(t, err)
	parsed := cert.Certificate
	require.NotNil(t, parsed)
	s, client := startStandIn(t, usualVersions)
	s.says("ExternalAuthenticate", authAnswer(rawOf(t, der)))
	got, _, err := client.ExternalAuthenticate(t.Context(), konnektor.AuthRequest{Card: "c", Scheme: konnektor.AuthECDSA, Digest: digest[:], Certificate: parsed})
	require.NoError(t, err)
	require.Equal(t, der, []byte(got.DER))
	require.Empty(t, s.sent("ReadCardCertificate"))
}

func TestAuthenticateRefused(t *testing.T) {
	rsaKey, ecKey := authKeys(t)
	s, client := startStandIn(t, usualVersions)
	good := konnektor.AuthRequest{Card: "c", Scheme: konnektor.AuthPSS, Digest: make([]byte, 32)}
	for _, change := range []func(*konnektor.AuthRequest){
		func(r *konnektor.AuthRequest) { r.Card = "" },
		func(r *konnektor.AuthRequest) { r.Scheme = "DSA" },
		func(r *konnektor.AuthRequest) { r.Digest = make([]byte, 20) },
		func(r *konnektor.AuthRequest) { r.Digest = nil },
		func(r *konnektor.AuthRequest) { r.Certificate = ecKey.Certificate },
		func(r *konnektor.AuthRequest) { r.Scheme, r.Certificate = konnektor.AuthECDSA, rsaKey.Certificate },
	} {
		r := good
		change(&r)
		_, _, err := client.ExternalAuthenticate(t.Context(), r)
		require.ErrorIs(t, err, konnektor.KindRequest)
	}
	require.Empty(t, s.sent("ExternalAuthenticate"))

	for name, answer := range map[string]string{
		"another key":         certificateAnswer("C.AUT", ecKey.DER),
		"another certificate": certificateAnswer("C.ENC", rsaKey.DER),
		"no certificate":      certificateAnswer("C.AUT", []byte("DER")),
	} {
		s.says("ReadCardCertificate", answer)
		_, _, err := client.ExternalAuthenticate(t.Context(), good)
		require.ErrorIs(t, err, konnektor.KindMalformed, name)
	}
	s.says("ReadCardCertificate", faultWith("4058"))
	_, _, err := client.ExternalAuthenticate(t.Context(), good)
	require.ErrorIs(t, err, konnektor.CodeNotAllowed)
	s.says("ReadCardCertificate", certificateAnswer("C.AUT", rsaKey.DER))
	s.says("ExternalAuthenticate", faultWith("4085"))
	_, _, err = client.ExternalAuthenticate(t.Context(), good)
	require.ErrorIs(t, err, konnektor.Code(4085))
	require.Len(t, s.sent("ExternalAuthenticate"), 1)
}

// TestSigners checks CAdES signatures that openssl made with a Brainpool key.
func TestSigners(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is missing")
	}
	_, key := authKeys(t)
	dir := t.TempDir()
	pem, err := key.KeyPEM()
	require.NoError(t, err)
	writeFiles(t, dir, map[string][]byte{"doc": []byte("document"), "key.pem": pem, "cert.pem": key.CertificatePEM()})
	for name, c := range map[string]struct {
		args    []string
		content []byte
	}{
		"enveloping": {[]string{"-nodetach"}, nil},
		"detached":   {nil, []byte("document")},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"cms", "-sign", "-binary", "-cades", "-outform", "DER", "-in", "doc", "-signer", "cert.pem", "-inkey", "key.pem", "-out", "sig"}, c.args...)
			cmd := exec.CommandContext(t.Context(), "openssl", args...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			d := konnektor.SignedDocument{Signature: readFile(t, dir, "sig")}
			by, err := d.Signers(c.content)
			require.NoError(t, err)
			require.Len(t, by, 1)
			require.True(t, by[0].Certificate.Equal(key.Certificate))
			_, err = d.Signers([]byte("another document"))
			require.ErrorIs(t, err, certs.ErrSignature)
		})
	}
}
