package tsl_test

import (
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
	"github.com/libkonnektor/libkonnektor/tsl/tsltest"
	"github.com/stretchr/testify/require"
)

// TestCardByList judges a certificate by a list: good, of a revoked CA, of a CA
// that is not listed.
func TestCardByList(t *testing.T) {
	m := tsltest.New(t)
	ca := m.PKI().CA(certstest.EGKCA, certs.KeyBrainpoolP256r1)
	key, err := certstest.GenerateKey(certs.KeyBrainpoolP256r1)
	require.NoError(t, err)
	card, err := ca.Issue(certstest.Template{
		NotBefore: m.At().AddDate(0, -1, 0), NotAfter: m.At().AddDate(4, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, EKU: oids(certstest.EKUClient),
		Policies: oids(certstest.OIDPolicy, certstest.TI(70)),
	}, key)
	require.NoError(t, err)
	check := func(change func([]tsltest.Service) []tsltest.Service) error {
		cas, unreadable := verified(t, m, tsltest.Spec{Services: change(m.Services())}).List.TrustedCAs()
		require.Empty(t, unreadable)
		_, err := card.Certificate.Check(certs.CheckOptions{At: m.At(), CAs: cas, Expect: []certs.Type{certs.TypeCHAUT}})
		return err
	}
	revoke := func(since time.Time) func([]tsltest.Service) []tsltest.Service {
		return func(s []tsltest.Service) []tsltest.Service {
			ca := find(t, s, tsl.TypeCA, "EGK-CA")
			ca.Status, ca.Since = tsl.StatusRevoked, since
			return s
		}
	}
	require.NoError(t, check(func(s []tsltest.Service) []tsltest.Service { return s }))
	require.NoError(t, check(revoke(m.At())), "issued before")
	require.ErrorIs(t, check(revoke(m.At().AddDate(0, -2, 0))), certs.CodeCARevoked)
	require.ErrorIs(t, check(func(s []tsltest.Service) []tsltest.Service { return s[:2] }), certs.CodeIssuerUnknown)
	require.ErrorIs(t, check(func(s []tsltest.Service) []tsltest.Service {
		find(t, s, tsl.TypeCA, "EGK-CA").Extensions = []tsl.Extension{{OID: "1.2.276.0.76.4.68", Name: "oid_egk_enc"}}
		return s
	}), certs.CodeTypeNotAllowedCA)
}

func oids(all ...asn1.ObjectIdentifier) []asn1.ObjectIdentifier { return all }

func TestRealListsHaveTrustedCAs(t *testing.T) {
	r, err := tsl.Verify(real(t, "test-10654.xml"), tsl.Options{At: at(t, "2026-02-21T00:00:00Z"), Environment: tsl.Test})
	require.NoError(t, err)
	cas, unreadable := r.List.TrustedCAs()
	require.Empty(t, unreadable)
	revoked := map[string]int{}
	for _, ca := range cas {
		require.NotEmpty(t, ca.OCSP+ca.Certificate.Subject.CommonName)
		if !ca.RevokedSince.IsZero() {
			revoked[ca.RevokedSince.Format(time.RFC3339)]++
		}
	}
	require.Equal(t, map[string]int{"2026-02-16T09:00:00Z": 17, "2026-02-16T15:00:00Z": 1}, revoked)
	require.Len(t, r.List.OCSPResponders(), len(r.List.In(tsl.GroupOCSP)))
}

// TestOCSPOfTheSigner gives answers of a responder under the trust anchor.
func TestOCSPOfTheSigner(t *testing.T) {
	m := tsltest.New(t)
	ca := m.PKI().TSLCA(1)
	list := makeList(t, m, tsltest.Spec{})
	signer, err := m.PKI().OCSPSigner(ca)
	require.NoError(t, err)
	stranger, err := m.PKI().OCSPSigner(m.PKI().TSLCA(2))
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		by     *certstest.Identity
		change func(a *certstest.OCSPAnswer)
		code   tsl.Code
	}{
		{"good", signer, func(*certstest.OCSPAnswer) {}, 0},
		{"revoked", signer, func(a *certstest.OCSPAnswer) { a.Status, a.RevokedAt = certs.OCSPRevoked, m.At().Add(-day) }, certs.CodeRevoked},
		{"unknown", signer, func(a *certstest.OCSPAnswer) { a.Status = certs.OCSPUnknown }, certs.CodeStatusUnknown},
		{"without CertHash", signer, func(a *certstest.OCSPAnswer) { a.CertHash = nil }, certs.CodeNoCertHash},
		{"old nonce", signer, func(a *certstest.OCSPAnswer) { a.Nonce = []byte("another") }, certs.CodeNonce},
		{"of another anchor", stranger, func(*certstest.OCSPAnswer) {}, certs.CodeOCSPSigner},
		{"error of the responder", signer, func(a *certstest.OCSPAnswer) { a.Error = 3 }, certs.CodeOCSPStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			responder := certstest.NewResponder(ca, c.by, m.At)
			responder.Add(list.Signer)
			responder.Change(c.change)
			request, err := certs.NewOCSPRequest(list.Signer.Certificate, ca.Certificate)
			require.NoError(t, err)
			der, err := request.Marshal()
			require.NoError(t, err)
			answer, err := responder.Answer(der)
			require.NoError(t, err)
			o := m.Options()
			o.OCSP = &tsl.OCSPAnswer{DER: answer, Nonce: request.Nonce}
			r, err := tsl.Verify(list.XML, o)
			if c.code != 0 {
				require.ErrorIs(t, err, c.code)
				var e *tsl.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, c.code, e.Code)
				return
			}
			require.NoError(t, err)
			require.Equal(t, certs.OCSPGood, r.OCSP.Status)
			require.Len(t, r.NotChecked, 2)
		})
	}
	o := m.Options()
	o.OCSP = &tsl.OCSPAnswer{DER: []byte("<html>")}
	_, err = tsl.Verify(list.XML, o)
	require.ErrorIs(t, err, certs.CodeOCSPCheck)
}

// TestRealCAsByWhatTheyIssue has the CAs of the production list by the
// certificate types that the list lets them issue, with the keys they have.
func TestRealCAsByWhatTheyIssue(t *testing.T) {
	r, err := tsl.Verify(real(t, "prod-10326.xml"), tsl.Options{At: at(t, "2026-07-15T00:00:00Z")})
	require.NoError(t, err)
	cas, _ := r.List.TrustedCAs()
	found := map[certs.Type]map[certs.KeyType]int{}
	for _, ca := range cas {
		for _, typ := range ca.Types {
			if found[typ] == nil {
				found[typ] = map[certs.KeyType]int{}
			}
			found[typ][ca.Certificate.KeyType()]++
		}
	}
	rsa, bp, p256 := certs.KeyRSA2048, certs.KeyBrainpoolP256r1, certs.KeyP256
	for typ, want := range map[certs.Type]map[certs.KeyType]int{
		certs.TypeAKAUT:    {rsa: 2, bp: 3, p256: 2},
		certs.TypeSMKTAUT:  {rsa: 2, bp: 3, p256: 2},
		certs.TypeVPNKVPN:  {bp: 3},
		certs.TypeHCIAUT:   {rsa: 15, bp: 13},
		certs.TypeHPAUT:    {rsa: 10, bp: 11},
		certs.TypeCHAUT:    {rsa: 23, bp: 19},
		certs.TypeCHAUTALT: {bp: 9},
	} {
		require.Equal(t, want, found[typ], typ)
	}
}
