package certs_test

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// lightPKI is one without RSA, which is quick.
func lightPKI(t testing.TB) *certstest.PKI {
	t.Helper()
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	return p
}

// trusted are the CAs of a PKI as a trust list has them.
func trusted(p *certstest.PKI) []certs.TrustedCA {
	types := map[string][]certs.Type{
		"KOMP": {certs.TypeAKAUT, certs.TypeNKVPN, certs.TypeSAKAUT, certs.TypeSMKTAUT},
		"SMCB": {certs.TypeHCIAUT, certs.TypeHCIENC, certs.TypeHCIOSIG},
		"HBA-": {certs.TypeHPAUT, certs.TypeHPENC, certs.TypeHPQES},
		"EGK-": {certs.TypeCHAUT},
		"VPNK": {certs.TypeVPNKVPN},
	}
	var all []certs.TrustedCA
	for _, ca := range p.CAs() {
		all = append(all, certs.TrustedCA{Certificate: ca.Certificate, Types: types[ca.Certificate.Subject.CommonName[3:7]]})
	}
	return all
}

func TestCardsHaveTheProfilesOfTheirTypes(t *testing.T) {
	p := certstest.New(t)
	cas := trusted(p)
	for kind, holder := range map[certstest.CardKind]certs.Holder{
		certstest.EGK: certs.HolderEGK, certstest.SMCB: certs.HolderSMCB, certstest.HBA: certs.HolderHBA,
		certstest.GSMCK: certs.HolderGSMCK, certstest.GSMCKT: certs.HolderGSMCKT,
	} {
		card, err := p.Card(kind, certstest.CardOptions{})
		require.NoError(t, err)
		require.NotEmpty(t, card.Identities)
		for _, id := range card.Identities {
			c := id.Certificate
			name := fmt.Sprintf("%s %s %s", kind, c.Kind(), c.KeyType())
			require.Len(t, c.Types(), 1, name)
			require.Equal(t, holder, c.Holder(), name)
			require.NoError(t, c.CheckProfile(c.Types()[0]), name)
			ca, err := c.Check(certs.CheckOptions{At: p.At(), CAs: cas, Expect: c.Types()})
			require.NoError(t, err, name)
			require.Equal(t, id.Issuer.Certificate, ca.Certificate)
			require.NotEmpty(t, c.Roles(), name)
			if kind != certstest.EGK {
				require.Equal(t, card.ICCSN, string(c.ICCSN()), name)
			}
		}
	}
}

func TestCheckRefusesWithTheCodeOfTheTI(t *testing.T) {
	p := lightPKI(t)
	cas := trusted(p)
	issue := func(changes ...certstest.Change) *certs.Certificate {
		card, err := p.Card(certstest.SMCB, certstest.CardOptions{WithoutRSA: true, Changes: changes})
		require.NoError(t, err)
		require.NotNil(t, card.Identities[0].Certificate)
		return card.Identities[0].Certificate
	}
	check := func(c *certs.Certificate, cas []certs.TrustedCA, expect ...certs.Type) error {
		_, err := c.Check(certs.CheckOptions{At: p.At(), CAs: cas, Expect: expect})
		return err
	}
	good := issue()
	require.NoError(t, check(good, cas))
	revoked := append([]certs.TrustedCA(nil), cas...)
	typeless := append([]certs.TrustedCA(nil), cas...)
	for i := range revoked {
		revoked[i].RevokedSince = good.NotBefore.Add(-time.Hour)
		typeless[i].Types = nil
	}
	other := lightPKI(t)
	foreign, err := certstest.Make(certstest.Options{WithoutRSA: true, Name: "XX"})
	require.NoError(t, err)
	critical := func(tpl *certstest.Template) {
		tpl.Extra = append(tpl.Extra, extension(asn1.ObjectIdentifier{1, 2, 3, 4}, true, []byte{5, 0}))
	}
	for name, c := range map[string]struct {
		err  error
		code certs.Code
	}{
		"expired":            {check(issue(certstest.Expired(p.At())), cas), certs.CodeNotInTime},
		"not yet valid":      {check(issue(certstest.NotYetValid(p.At())), cas), certs.CodeNotInTime},
		"wrong key id":       {check(issue(certstest.WrongAuthorityKey()), cas), certs.CodeOtherKeyID},
		"no key id":          {check(issue(certstest.NoAuthorityKey()), cas), certs.CodeOtherKeyID},
		"bad signature":      {check(issue(certstest.BadSignature()), cas), certs.CodeSignature},
		"no key usage":       {check(issue(certstest.KeyUsage(0)), cas), certs.CodeKeyUsage},
		"more key usages":    {check(issue(certstest.KeyUsage(x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign)), cas), certs.CodeKeyUsage},
		"no extended":        {check(issue(certstest.ExtKeyUsage()), cas), certs.CodeExtKeyUsage},
		"more extended":      {check(issue(certstest.ExtKeyUsage(certstest.EKUClient, certstest.EKUServer)), cas), certs.CodeExtKeyUsage},
		"no type":            {check(issue(certstest.Policies(certstest.OIDPolicy)), cas), certs.CodeNoType},
		"other type":         {check(good, cas, certs.TypeHCIENC), certs.CodeWrongType},
		"type not allowed":   {check(good, typeless), certs.CodeTypeNotAllowedCA},
		"CA revoked":         {check(good, revoked), certs.CodeCARevoked},
		"same name, new key": {check(good, trusted(other)), certs.CodeOtherKeyID},
		"foreign list":       {check(good, trusted(foreign)), certs.CodeIssuerUnknown},
		"no list":            {check(good, nil), certs.CodeIssuerUnknown},
		"critical extension": {check(issue(critical), cas), certs.CodeUnreadable},
	} {
		require.ErrorIs(t, c.err, c.code, name)
		var e *certs.CheckError
		require.ErrorAs(t, c.err, &e, name)
		require.Equal(t, c.code, e.Code, name)
		require.Contains(t, c.err.Error(), c.code.Error(), name)
	}
	require.NoError(t, check(good, func() []certs.TrustedCA {
		for i := range revoked {
			revoked[i].RevokedSince = good.NotBefore.Add(time.Hour)
		}
		return revoked
	}()), "issued before its CA was revoked")
}

func TestProfilesOfRealServices(t *testing.T) {
	checked := 0
	for _, c := range realCertificates(t) {
		for _, typ := range c.Types() {
			checked++
			require.NoError(t, c.CheckProfile(typ), "%s %v", c.Subject.CommonName, typ)
		}
	}
	require.Greater(t, checked, 30)
}
