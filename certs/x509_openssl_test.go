package certs_test

import (
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

// TestRealCertificatesAgreeWithOpenSSL compares a sample of the certificates of
// the real lists with what openssl says of them: every certificate with a type,
// and every twentieth of the others.
func TestRealCertificatesAgreeWithOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	compared := 0
	for i, c := range realCertificates(t) {
		if len(c.Types()) > 0 || i%20 == 0 {
			compareWithOpenSSL(t, o, c)
			compared++
		}
	}
	require.Greater(t, compared, 60)
}

func TestCardsAgreeWithOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	p := certstest.New(t)
	for _, kind := range []certstest.CardKind{certstest.EGK, certstest.SMCB, certstest.HBA, certstest.GSMCK, certstest.GSMCKT} {
		card, err := p.Card(kind, certstest.CardOptions{})
		require.NoError(t, err)
		for _, c := range card.Certificates() {
			text := compareWithOpenSSL(t, o, c)
			require.Contains(t, text, "Profession Info Entry 1")
		}
	}
}

// opensslCurves are names of openssl for curves.
var opensslCurves = map[certs.KeyType]string{certs.KeyP256: "prime256v1", certs.KeyP384: "secp384r1"}

func compareWithOpenSSL(t *testing.T, o openSSL, c *certs.Certificate) string {
	t.Helper()
	o.write(t, "c.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	out := string(o.run(t, "x509", "-in", "c.pem", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb,utf8", "-serial", "-dates", "-dateopt", "iso_8601"))
	name := c.Subject.CommonName
	line := func(prefix string) string {
		for l := range strings.SplitSeq(out, "\n") {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(l), prefix); ok {
				return rest
			}
		}
		return ""
	}
	serial, ok := new(big.Int).SetString(line("serial="), 16)
	require.True(t, ok, name)
	require.Zero(t, serial.Cmp(c.SerialNumber), name)
	require.Equal(t, line("notBefore="), c.NotBefore.Format("2006-01-02 15:04:05Z"), name)
	require.Equal(t, line("notAfter="), c.NotAfter.Format("2006-01-02 15:04:05Z"), name)
	if key := c.KeyType(); key.RSA() {
		require.Equal(t, string(key), "RSA-"+strings.Trim(line("Public-Key:"), " (bit)"), name)
	} else if other := opensslCurves[key]; other != "" {
		require.Equal(t, other, line("ASN1 OID: "), name)
	} else {
		require.Equal(t, string(key), line("ASN1 OID: "), name)
	}
	require.Equal(t, c.IsCA, strings.Contains(out, "CA:TRUE"), name)
	require.Equal(t, c.IsOCSPSigner(), strings.Contains(out, "OCSP Signing"), name)
	require.Equal(t, c.IsTSLSigner(), strings.Contains(out, "0.4.0.2231.3.0") && strings.Contains(out, "Policy: 1.2.276.0.76.4.176"), name)
	for _, typ := range c.Types() {
		require.Contains(t, out, "Policy: "+typ.OID().String(), name)
	}
	require.Len(t, c.Types(), len(typeLines(out)), name)
	professions, err := c.Admission()
	require.NoError(t, err, name)
	require.Equal(t, strings.Contains(out, "Profession Info Entry"), len(professions) > 0, name)
	for _, p := range professions {
		for _, oid := range p.OIDs {
			require.Contains(t, out, oid.String(), name)
		}
		if p.RegistrationNumber != "" {
			require.Contains(t, out, "registrationNumber: "+p.RegistrationNumber, name)
		}
	}
	for _, role := range c.Roles() {
		require.NotEmpty(t, role.Kind(), "%s: %v", name, role)
	}
	return out
}

// typeLines are the policies that are types.
func typeLines(out string) []string {
	var all []string
	for l := range strings.SplitSeq(out, "\n") {
		oid, ok := strings.CutPrefix(strings.TrimSpace(l), "Policy: 1.2.276.0.76.4.")
		if ok && oid != "163" && oid != "145" {
			all = append(all, oid)
		}
	}
	return all
}

// TestVerifyAgreesWithOpenSSL judges good and damaged certificates with both.
func TestVerifyAgreesWithOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	p := certstest.New(t)
	at := p.At()
	var roots, cas []byte
	pool := certs.NewPool()
	for _, ca := range p.CAs() {
		pool.Add(ca.Certificate)
		cas = append(cas, ca.CertificatePEM()...)
	}
	var anchors []*certs.Certificate
	for _, r := range p.Roots() {
		anchors = append(anchors, r.Certificate)
		roots = append(roots, r.CertificatePEM()...)
	}
	o.write(t, "roots.pem", roots)
	o.write(t, "cas.pem", cas)
	verdicts := map[bool]int{}
	for name, change := range map[string]certstest.Change{
		"good": func(*certstest.Template) {}, "expired": certstest.Expired(at), "not yet valid": certstest.NotYetValid(at),
		"wrong key id": certstest.WrongAuthorityKey(), "no key id": certstest.NoAuthorityKey(), "bad signature": certstest.BadSignature(),
		"explicit curve": certstest.ExplicitCurve(), "off the curve": certstest.PointOffCurve(),
		"critical": func(tpl *certstest.Template) {
			tpl.Extra = append(tpl.Extra, extension([]int{1, 2, 3, 4}, true, []byte{5, 0}))
		},
	} {
		card, err := p.Card(certstest.GSMCKT, certstest.CardOptions{Changes: []certstest.Change{change}})
		require.NoError(t, err)
		for _, id := range card.Identities {
			o.write(t, "leaf.pem", id.CertificatePEM())
			_, err := o.try("verify", "-x509_strict", "-no-CApath", "-attime", fmt.Sprint(at.Unix()), "-CAfile", "roots.pem", "-untrusted", "cas.pem", "leaf.pem")
			ours := id.Certificate != nil
			if ours {
				_, errOurs := pool.Chain(id.Certificate, at, anchors...)
				ours = errOurs == nil
			}
			if name == "no key id" && ours {
				continue // openssl -x509_strict wants one, as RFC 5280 does; Check does, too
			}
			require.Equal(t, err == nil, ours, "%s: %v", name, err)
			verdicts[ours]++
		}
	}
	require.Greater(t, verdicts[true], 1)
	require.Greater(t, verdicts[false], 8)
}

// TestCutAndFlipped spoils a certificate at every place.
func TestCutAndFlipped(t *testing.T) {
	p := lightPKI(t)
	card, err := p.Card(certstest.SMCB, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	id := card.Identities[0]
	for i := range id.DER {
		_, err := certs.Parse(id.DER[:i])
		require.Error(t, err)
		spoiled := append([]byte(nil), id.DER...)
		spoiled[i] ^= 0x21
		c, err := certs.Parse(spoiled)
		if err != nil {
			continue
		}
		require.Error(t, c.CheckIssuedBy(id.Issuer.Certificate), "byte %d", i)
		_ = certs.NewInventory([]certs.Item{{Certificate: c}}, certs.InventoryOptions{At: time.Unix(0, 0)})
	}
}
