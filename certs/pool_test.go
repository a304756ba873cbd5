package certs_test

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
)

func extension(oid asn1.ObjectIdentifier, critical bool, value []byte) pkix.Extension {
	return pkix.Extension{Id: oid, Critical: critical, Value: value}
}

func TestChainsThroughCrossCertificates(t *testing.T) {
	p := certstest.New(t)
	card, err := p.Card(certstest.GSMCK, certstest.CardOptions{})
	require.NoError(t, err)
	pool := certs.NewPool(p.CrossCertificates()...)
	for _, ca := range p.CAs() {
		pool.Add(ca.Certificate)
	}
	for _, anchor := range p.Roots() {
		for _, id := range card.Identities {
			chain, err := pool.Chain(id.Certificate, p.At(), anchor.Certificate)
			require.NoError(t, err, "%s from root %d", id.Certificate.KeyType(), anchor.Number)
			require.True(t, chain.Anchor().Equal(anchor.Certificate))
			require.True(t, chain.Leaf().Equal(id.Certificate))
			require.Equal(t, id.Issuer.Certificate, chain[1])
			for i := range chain[1:] {
				require.NoError(t, chain[i].CheckIssuedBy(chain[i+1]))
			}
			require.Len(t, chain.Path(), len(chain))
		}
	}
}

func TestChainIsRefused(t *testing.T) {
	p := lightPKI(t)
	card, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true})
	require.NoError(t, err)
	leaf, ca := card.Identities[0].Certificate, card.Identities[0].Issuer
	root := p.Root(2).Certificate
	pool := certs.NewPool(ca.Certificate)
	refused := func(code certs.Code, pool *certs.Pool, leaf *certs.Certificate, at time.Time, anchors ...*certs.Certificate) {
		t.Helper()
		chain, err := pool.Chain(leaf, at, anchors...)
		require.Nil(t, chain)
		require.ErrorIs(t, err, code)
		if code != certs.CodeNotInTime {
			require.ErrorIs(t, err, certs.ErrChain)
		}
	}
	_, err = pool.Chain(leaf, p.At(), root)
	require.NoError(t, err)
	refused(certs.CodeIssuerUnknown, pool, leaf, p.At())
	refused(certs.CodeIssuerUnknown, nil, leaf, p.At(), root)
	refused(certs.CodeIssuerUnknown, pool, leaf, p.At(), lightPKI(t).Root(2).Certificate)
	refused(certs.CodeIssuerUnknown, pool, leaf, p.At(), p.Root(3).Certificate)
	refused(certs.CodeNotInTime, pool, leaf, leaf.NotAfter.Add(time.Second), root)
	refused(certs.CodeNotInTime, pool, leaf, leaf.NotBefore.Add(-time.Second), root)
	refused(certs.CodeOtherKeyID, certs.NewPool(lightPKI(t).CA(certstest.KompCA, certs.KeyBrainpoolP256r1).Certificate), leaf, p.At(), root)

	spoiled, err := p.Card(certstest.GSMCK, certstest.CardOptions{WithoutRSA: true, Changes: []certstest.Change{certstest.BadSignature()}})
	require.NoError(t, err)
	refused(certs.CodeSignature, pool, spoiled.Identities[0].Certificate, p.At(), root)

	key, err := certstest.GenerateKey(certs.KeyP256)
	require.NoError(t, err)
	below := certstest.Template{
		Subject: pkix.Name{CommonName: "below"}, NotBefore: p.At().Add(-time.Hour), NotAfter: p.At().Add(time.Hour),
		CA: true, PathLen: -1, KeyUsage: ca.Certificate.KeyUsage,
	}
	long, err := ca.Issue(below, key)
	require.NoError(t, err)
	sub := &certstest.CA{Identity: *long}
	end, err := sub.Issue(certstest.Template{Subject: pkix.Name{CommonName: "end"}, NotBefore: below.NotBefore, NotAfter: below.NotAfter}, key)
	require.NoError(t, err)
	refused(certs.CodeIssuerUnknown, certs.NewPool(ca.Certificate, long.Certificate), end.Certificate, p.At(), root) // path length
	constrained, err := p.Root(2).Issue(below, ca.Key, func(t *certstest.Template) {
		t.RawSubject = ca.Certificate.RawSubject
		t.Extra = append(t.Extra, extension(asn1.ObjectIdentifier{2, 5, 29, 30}, false, []byte{0x30, 0}))
	})
	require.NoError(t, err)
	if constrained.Certificate != nil {
		refused(certs.CodeIssuerUnknown, certs.NewPool(constrained.Certificate), leaf, p.At(), root)
	}
}

// TestManyIssuersCostLittle puts hundreds of CAs in a circle, each of which has
// issued each other one.
func TestManyIssuersCostLittle(t *testing.T) {
	p := lightPKI(t)
	key, err := certstest.GenerateKey(certs.KeyP256)
	require.NoError(t, err)
	tpl := certstest.Template{
		Subject: pkix.Name{CommonName: "circle"}, NotBefore: p.At().Add(-time.Hour), NotAfter: p.At().Add(time.Hour),
		CA: true, PathLen: -1, KeyUsage: p.Root(2).Certificate.KeyUsage,
	}
	pool := &certs.Pool{}
	for i := range 400 {
		id, err := certstest.SelfSigned(tpl, key, certstest.Serial(int64(i+1)))
		require.NoError(t, err)
		pool.Add(id.Certificate, id.Certificate)
	}
	require.Len(t, pool.Certificates(), 400)
	by, err := certstest.SelfSigned(tpl, key)
	require.NoError(t, err)
	ca := &certstest.CA{Identity: *by}
	leaf, err := ca.Issue(certstest.Template{Subject: pkix.Name{CommonName: "leaf"}, NotBefore: tpl.NotBefore, NotAfter: tpl.NotAfter}, key)
	require.NoError(t, err)
	_, err = pool.Chain(leaf.Certificate, p.At(), p.Root(2).Certificate)
	require.ErrorIs(t, err, certs.ErrChain)
	require.ErrorContains(t, err, "gave up")
}

// TestRealCAsLeadToOneRoot pins one root of the TI and walks its cross
// certificates.
func TestRealCAsLeadToOneRoot(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "testdata", "tsl", "roots-prod.json"))
	if err != nil {
		t.Skip("real roots not found in ../shared/testdata/tsl")
	}
	var entries []struct{ CN, Cert, Prev, Next string }
	require.NoError(t, json.Unmarshal(text, &entries))
	pool := &certs.Pool{}
	var anchor *certs.Certificate
	for _, e := range entries {
		for i, b64 := range []string{e.Cert, e.Prev, e.Next} {
			if b64 == "" {
				continue
			}
			der, err := base64.StdEncoding.DecodeString(b64)
			require.NoError(t, err)
			c, err := certs.Parse(der)
			require.NoError(t, err)
			if i == 0 && e.CN == "GEM.RCA4" {
				anchor = c
			} else if i > 0 {
				pool.Add(c)
			}
		}
	}
	require.NotNil(t, anchor)
	at := time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)
	chained, lonely := 0, 0
	for _, c := range realCertificatesOf(t, "prod-10326.xml") {
		if !c.IsCA || c.CheckTime(at) != nil {
			continue
		}
		chain, err := pool.Chain(c, at, anchor)
		if err == nil {
			chained++
			require.True(t, chain.Anchor().Equal(anchor))
			continue
		}
		require.ErrorIs(t, err, certs.CodeIssuerUnknown, c.Subject.CommonName)
		require.Equal(t, "root CA", c.Kind(), c.Subject.CommonName)
		lonely++
	}
	t.Logf("%d CAs lead to %s, %d are self-signed", chained, anchor.Subject.CommonName, lonely)
	require.Greater(t, chained, 90)
	require.Equal(t, 12, lonely, "self-signed CAs of the eGK")
}

func TestSerialsAreWhatTheySay(t *testing.T) {
	p := lightPKI(t)
	id, err := p.TSLSigner(p.TSLCA(1), certstest.Serial(7))
	require.NoError(t, err)
	require.Equal(t, big.NewInt(7), id.Certificate.SerialNumber)
}
