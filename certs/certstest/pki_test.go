package certstest_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

func TestPKIHoldsTogether(t *testing.T) {
	p := certstest.New(t)
	require.Len(t, p.Roots(), 4)
	for i, r := range p.Roots() {
		require.NoError(t, r.Certificate.CheckIssuedBy(r.Certificate))
		if r.Next != nil {
			require.NoError(t, r.Next.Certificate.CheckIssuedBy(r.Certificate))
			require.Equal(t, p.Roots()[i+1].Certificate.RawSubject, r.Next.Certificate.RawSubject)
			require.Equal(t, p.Roots()[i+1].Certificate.SubjectKeyId, r.Next.Certificate.SubjectKeyId)
		}
		if r.Previous != nil {
			require.NoError(t, r.Previous.Certificate.CheckIssuedBy(r.Certificate))
			require.Equal(t, p.Roots()[i-1].Certificate.SubjectKeyId, r.Previous.Certificate.SubjectKeyId)
		}
	}
	require.Len(t, p.CrossCertificates(), 6)
	require.Len(t, p.CAs(), 10)
	require.NoError(t, p.TSLCA(1).Certificate.CheckIssuedBy(p.Root(2).Certificate))
	require.NoError(t, p.TSLCA(2).Certificate.CheckIssuedBy(p.Root(4).Certificate))
	require.Nil(t, p.TSLCA(3))
	signer, err := p.TSLSigner(p.TSLCA(1))
	require.NoError(t, err)
	require.NoError(t, signer.Certificate.CheckIssuedBy(p.TSLCA(1).Certificate))
	third, err := p.NewTSLCA(3)
	require.NoError(t, err)
	require.NoError(t, third.Certificate.CheckIssuedBy(p.Root(4).Certificate))
}

func TestWithoutRSA(t *testing.T) {
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	require.Nil(t, p.Root(1))
	require.Nil(t, p.CA(certstest.KompCA, certs.KeyRSA2048))
	require.NotNil(t, p.CA(certstest.KompCA, certs.KeyP256))
	for _, ca := range p.CAs() {
		require.False(t, ca.Certificate.KeyType().RSA())
	}
}

func TestDamagedCertificatesAreRefused(t *testing.T) {
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	at := p.At()
	for name, change := range map[string]certstest.Change{
		"explicit curve": certstest.ExplicitCurve(),
		"off the curve":  certstest.PointOffCurve(),
		"trailing byte":  certstest.TrailingBytes(0),
	} {
		id, err := p.TSLSigner(p.TSLCA(1), change)
		require.NoError(t, err, name)
		require.Nil(t, id.Certificate, name)
		require.NotEmpty(t, id.DER)
	}
	signer := func(change certstest.Change) *certs.Certificate {
		id, err := p.TSLSigner(p.TSLCA(1), change)
		require.NoError(t, err)
		require.NotNil(t, id.Certificate)
		return id.Certificate
	}
	require.ErrorIs(t, signer(certstest.BadSignature()).CheckIssuedBy(p.TSLCA(1).Certificate), certs.ErrSignature)
	require.ErrorIs(t, signer(certstest.WrongAuthorityKey()).CheckIssuedBy(p.TSLCA(1).Certificate), certs.ErrNotIssuer)
	require.Empty(t, signer(certstest.NoAuthorityKey()).AuthorityKeyId)
	require.True(t, signer(certstest.Expired(at)).NotAfter.Before(at))
	require.True(t, signer(certstest.NotYetValid(at)).NotBefore.After(at))
	require.Equal(t, x509.KeyUsageDigitalSignature, signer(certstest.KeyUsage(x509.KeyUsageDigitalSignature)).KeyUsage)
	require.Empty(t, signer(certstest.ExtKeyUsage()).UnknownExtKeyUsage)
	require.Empty(t, signer(certstest.Policies()).PolicyIdentifiers)
}

// TestOpenSSLAgrees has openssl verify every CA up to its root.
func TestOpenSSLAgrees(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl program: it is the judge of certificates")
	}
	p := certstest.New(t)
	dir := t.TempDir()
	write := func(name string, pem []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem, 0o600))
		return path
	}
	var roots []byte
	for _, r := range p.Roots() {
		roots = append(roots, r.CertificatePEM()...)
	}
	args := []string{"verify", "-no-CApath", "-CAfile", write("roots.pem", roots), "-attime", "1784116800"}
	for i, ca := range append(p.CAs(), p.TSLCA(1), p.TSLCA(2)) {
		args = append(args, write(string(rune('a'+i))+".pem", ca.CertificatePEM()))
	}
	out, err := exec.Command("openssl", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestWhatCannotBeMade(t *testing.T) {
	p, err := certstest.Make(certstest.Options{WithoutRSA: true, Name: "XX", OCSP: "http://127.0.0.1:9/"})
	require.NoError(t, err)
	_, err = p.Card("KVK", certstest.CardOptions{})
	require.Error(t, err)
	_, err = p.Card(certstest.SMCB, certstest.CardOptions{})
	require.ErrorContains(t, err, "no CA with RSA-2048")
	_, err = certstest.GenerateKey("RSA-1024")
	require.Error(t, err)
	_, err = p.NewTSLCA(3, certstest.TrailingBytes(0))
	require.Error(t, err)
	signer, err := p.TSLSigner(p.TSLCA(1))
	require.NoError(t, err)
	require.Equal(t, []string{"http://127.0.0.1:9/"}, signer.Certificate.OCSPServer)
	silent, err := p.TSLSigner(p.TSLCA(1), certstest.NoOCSP())
	require.NoError(t, err)
	require.Empty(t, silent.Certificate.OCSPServer)
}

func TestKeysOfAllKinds(t *testing.T) {
	for _, kind := range []certs.KeyType{
		certs.KeyRSA3072, certs.KeyP256, certs.KeyP384, certs.KeyP521,
		certs.KeyBrainpoolP256r1, certs.KeyBrainpoolP384r1, certs.KeyBrainpoolP512r1,
	} {
		key, err := certstest.GenerateKey(kind)
		require.NoError(t, err)
		require.Equal(t, kind, certs.KeyTypeOf(key.Public()))
		id, err := certstest.SelfSigned(certstest.Template{
			Subject: pkix.Name{CommonName: "x"}, NotBefore: certstest.DefaultTime, NotAfter: certstest.DefaultTime.AddDate(30, 0, 0),
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDecipherOnly, CA: true,
		}, key)
		require.NoError(t, err)
		require.NoError(t, id.Certificate.CheckIssuedBy(id.Certificate), kind)
		require.Equal(t, x509.KeyUsageCertSign|x509.KeyUsageDecipherOnly, id.Certificate.KeyUsage)
		require.Equal(t, 2056, id.Certificate.NotAfter.Year())
	}
}

func TestRenewedCard(t *testing.T) {
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	card, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	renewed, err := card.Renew(p.At(), p.At().AddDate(6, 0, 0))
	require.NoError(t, err)
	require.Len(t, renewed.Identities, 3)
	for i, old := range card.Certificates() {
		require.NoError(t, certs.CheckRenewal(old, renewed.Certificates()[i]))
	}
	require.NotNil(t, card.Get(certs.TypeNKVPN, certs.KeyBrainpoolP256r1))
	require.Nil(t, card.Get(certs.TypeNKVPN, certs.KeyRSA2048))
}

func TestRootsJSON(t *testing.T) {
	p, err := certstest.Make(certstest.Options{WithoutRSA: true})
	require.NoError(t, err)
	text, err := p.RootsJSON()
	require.NoError(t, err)
	var entries []map[string]string
	require.NoError(t, json.Unmarshal(text, &entries))
	require.Len(t, entries, 3)
	for i, e := range entries {
		root := p.Roots()[i]
		require.Equal(t, "RCA"+strconv.Itoa(i+2), e["name"])
		require.Equal(t, root.Certificate.Subject.CommonName, e["cn"])
		require.Equal(t, base64.StdEncoding.EncodeToString(root.DER), e["cert"])
		require.Equal(t, i == 0, e["prev"] == "")
		require.Equal(t, i == 2, e["next"] == "")
	}
	real, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "testdata", "tsl", "roots-prod.json"))
	if err != nil {
		t.Skip("real roots not found in ../shared/testdata/tsl")
	}
	var theirs []map[string]string
	require.NoError(t, json.Unmarshal(real, &theirs))
	for field := range theirs[0] {
		require.Contains(t, entries[0], field)
	}
	require.Len(t, entries[0], len(theirs[0]))
}
