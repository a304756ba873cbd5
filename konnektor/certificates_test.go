package konnektor_test

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

var smcbRefs = []konnektor.CertificateRef{konnektor.CertificateAUT, konnektor.CertificateENC, konnektor.CertificateSIG}

func newClient(t *testing.T, k *konnektortest.Konnektor) *konnektor.Client {
	t.Helper()
	c, err := konnektor.New(k.Config())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestCardCertificates(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	for crypt, key := range map[konnektor.Crypt]certs.KeyType{
		konnektor.CryptECC: certs.KeyBrainpoolP256r1, konnektor.CryptRSA: certs.KeyRSA2048,
	} {
		all, warning, err := c.CardCertificates(t.Context(), smcb, smcbRefs, crypt)
		require.NoError(t, err)
		require.Nil(t, warning)
		require.Len(t, all, 3)
		for i, typ := range []certs.Type{certs.TypeHCIAUT, certs.TypeHCIENC, certs.TypeHCIOSIG} {
			require.Equal(t, smcbRefs[i], all[i].Ref)
			require.NotNil(t, all[i].Certificate)
			require.Equal(t, all[i].DER, all[i].Certificate.Raw)
			require.Equal(t, []certs.Type{typ}, all[i].Certificate.Types())
			require.Equal(t, key, all[i].Certificate.KeyType())
		}
		again, _, err := c.CardCertificates(t.Context(), smcb, smcbRefs[:1], crypt)
		require.NoError(t, err)
		require.Equal(t, all[0].DER, again[0].DER, "a card keeps its certificates")
	}
}

func TestCardCertificatesRefused(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	smcb, ct := k.Handle(konnektor.CardSMCB), k.Handle(konnektor.CardSMCKT)
	old, err := k.InsertCard(konnektortest.Card{Type: konnektor.CardHBA, Version: &konnektor.CardVersion{COS: "4.2.0", ObjectSystem: "4.3.0"}})
	require.NoError(t, err)
	aut := []konnektor.CertificateRef{konnektor.CertificateAUT}
	for name, x := range map[string]struct {
		card  konnektor.CardHandle
		refs  []konnektor.CertificateRef
		crypt konnektor.Crypt
		want  error
	}{
		"no QES on an SMC-B":  {smcb, []konnektor.CertificateRef{konnektor.CertificateQES}, konnektor.CryptECC, konnektor.CodeCertificateRef},
		"generation 2.0":      {old, aut, konnektor.CryptECC, konnektor.CodeNoECC},
		"card of a terminal":  {ct, aut, konnektor.CryptECC, konnektor.Code(4209)},
		"no card":             {"", aut, konnektor.CryptECC, konnektor.KindRequest},
		"nothing to read":     {smcb, nil, konnektor.CryptECC, konnektor.KindRequest},
		"unknown reference":   {smcb, []konnektor.CertificateRef{"C.XXX"}, konnektor.CryptECC, konnektor.KindRequest},
		"Crypt left out":      {smcb, aut, "", konnektor.KindRequest},
		"Crypt of a document": {smcb, aut, "RSA_ECC", konnektor.KindRequest},
	} {
		t.Run(name, func(t *testing.T) {
			all, _, err := c.CardCertificates(t.Context(), x.card, x.refs, x.crypt)
			require.ErrorIs(t, err, x.want)
			require.Nil(t, all)
		})
	}
	_, _, err = c.CardCertificates(t.Context(), old, aut, konnektor.CryptRSA)
	require.NoError(t, err)
}

// A Konnektor of PTV3 answers 4000 to Crypt. It is not sent where the service
// directory tells the version; a RISE Konnektor leaves the number of an only
// version out.
func TestCertificateServiceWithoutCrypt(t *testing.T) {
	for _, style := range []konnektortest.Style{konnektortest.Secunet, konnektortest.KoCoBox, konnektortest.RISE} {
		t.Run(string(style), func(t *testing.T) {
			k := konnektortest.NewWith(t, konnektortest.Options{Style: style, BadRequests: style == konnektortest.RISE})
			k.Install(konnektortest.CertificateService("6.0.0"))
			c := newClient(t, k)
			smcb := k.Handle(konnektor.CardSMCB)
			all, _, err := c.CardCertificates(t.Context(), smcb, smcbRefs, konnektor.CryptRSA)
			require.NoError(t, err)
			require.Equal(t, certs.KeyRSA2048, all[0].Certificate.KeyType())
			_, _, err = c.CertificateExpirations(t.Context(), smcb, konnektor.CryptRSA)
			require.NoError(t, err)
			before := k.Counters().Requests["ReadCardCertificate"]
			_, _, err = c.CardCertificates(t.Context(), smcb, smcbRefs, konnektor.CryptECC)
			if style == konnektortest.RISE {
				require.ErrorIs(t, err, konnektor.Code(4000))
				return
			}
			require.ErrorIs(t, err, konnektor.KindNoService)
			require.Equal(t, before, k.Counters().Requests["ReadCardCertificate"], "not asked")
		})
	}
}

func TestCertificateExpirations(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	hba := k.Insert(konnektor.CardHBA, konnektortest.Holder("Dr. Muster"))
	k.Insert(konnektor.CardEGK)
	smcb := k.Handle(konnektor.CardSMCB)
	all, _, err := c.CertificateExpirations(t.Context(), "", konnektor.CryptECC)
	require.NoError(t, err)
	require.Len(t, all, 3, "the Konnektor, the SMC-B, the HBA; never an eGK")
	for _, e := range all {
		require.NotEmpty(t, e.ICCSN)
		require.NotEmpty(t, e.SerialNumber)
		require.True(t, e.Expires.After(time.Now()))
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), "Muster", "a name stays out of logs")
	}
	one, _, err := c.CertificateExpirations(t.Context(), hba, konnektor.CryptECC)
	require.NoError(t, err)
	require.Len(t, one, 1)
	require.Equal(t, hba, one[0].Handle)
	require.Contains(t, string(one[0].CommonName), "Muster")

	require.NoError(t, k.ChangeCard(smcb, func(c *konnektortest.Card) { c.Version.ObjectSystem = "4.3.0" }))
	_, _, err = c.CertificateExpirations(t.Context(), smcb, konnektor.CryptECC)
	require.ErrorIs(t, err, konnektor.CodeNoECC)
}

func TestVerifyCertificate(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	all, _, err := c.CardCertificates(t.Context(), k.Handle(konnektor.CardSMCB), smcbRefs[:1], konnektor.CryptECC)
	require.NoError(t, err)
	v, _, err := c.VerifyCertificate(t.Context(), all[0].DER, time.Now())
	require.NoError(t, err)
	require.Equal(t, konnektor.VerificationValid, v.Result)
	require.Nil(t, v.Reason)
	require.Equal(t, []string{"1.2.276.0.76.4.50"}, v.Roles)

	v, _, err = c.VerifyCertificate(t.Context(), []byte("another one"), time.Time{})
	require.NoError(t, err)
	require.Equal(t, konnektor.VerificationInvalid, v.Result)
	require.ErrorIs(t, v.Reason, konnektor.Code(1027))
	require.Empty(t, v.Roles)
	_, _, err = c.VerifyCertificate(t.Context(), nil, time.Time{})
	require.ErrorIs(t, err, konnektor.KindRequest)
}

// A busy card is waited for, a stale handle replaced: reading a certificate
// again does no harm.
func TestCertificatesAreReadAgain(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	smcb := k.Handle(konnektor.CardSMCB)
	k.Fail("ReadCardCertificate", konnektor.CodeCardBusy, 2)
	_, _, err := c.CardCertificates(t.Context(), smcb, smcbRefs[:1], konnektor.CryptECC)
	require.NoError(t, err)
	require.EqualValues(t, 3, k.Counters().Requests["ReadCardCertificate"])

	_, _, err = c.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	card, err := k.Remove(smcb)
	require.NoError(t, err)
	_, err = k.InsertCard(card)
	require.NoError(t, err)
	all, _, err := c.CardCertificates(t.Context(), smcb, smcbRefs[:1], konnektor.CryptECC)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestServerCertificate(t *testing.T) {
	k := konnektortest.New(t)
	c := newClient(t, k)
	_, _, err := c.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	shown, err := c.ServerCertificate(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, shown)
	require.Contains(t, shown[0].DNSNames, "konnektor.konlan")

	cfg := k.Config()
	block, _ := pem.Decode([]byte(cfg.Trust.CAsPEM))
	require.NotNil(t, block)
	cfg.Trust = konnektor.Trust{CertificateSHA256: []string{fmt.Sprintf("%x", sha256.Sum256(block.Bytes))}}
	other, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	shown, err = other.ServerCertificate(t.Context())
	require.ErrorIs(t, err, konnektor.KindCertificate)
	require.Nil(t, shown, "what is not trusted is not shown")

	cfg = k.Config()
	cfg.URL, cfg.Auth = k.PlainURL(), konnektor.Auth{}
	plain, err := konnektor.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, plain.Close()) })
	_, err = plain.ServerCertificate(t.Context())
	require.ErrorIs(t, err, konnektor.KindConfig)
	require.NoError(t, c.Close())
	_, err = c.ServerCertificate(t.Context())
	require.ErrorIs(t, err, konnektor.KindCancelled)
}

func TestClientCertificate(t *testing.T) {
	own, err := newClient(t, konnektortest.New(t)).ClientCertificate()
	require.NoError(t, err)
	require.Len(t, own, 1)
	require.Equal(t, []string{"client.invalid"}, own[0].DNSNames)
	own, err = newClient(t, konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS})).ClientCertificate()
	require.NoError(t, err)
	require.Nil(t, own)
}
