package certs_test

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"
)

// ocspSetup is a certificate and the responder that knows it.
type ocspSetup struct {
	p         *certstest.PKI
	ca        *certstest.CA
	leaf      *certstest.Identity
	signer    *certstest.Identity
	responder *certstest.Responder
}

func newOCSP(t testing.TB, p *certstest.PKI, kind certs.KeyType) ocspSetup {
	t.Helper()
	ca := p.CA(certstest.KompCA, kind)
	key, err := certstest.GenerateKey(certs.KeyP256)
	require.NoError(t, err)
	leaf, err := ca.Issue(certstest.Template{
		Subject: pkix.Name{CommonName: "leaf"}, NotBefore: p.At().AddDate(0, -1, 0), NotAfter: p.At().AddDate(1, 0, 0),
	}, key)
	require.NoError(t, err)
	signer, err := p.OCSPSigner(ca)
	require.NoError(t, err)
	r := certstest.NewResponder(ca, signer, p.At)
	r.Add(leaf)
	return ocspSetup{p, ca, leaf, signer, r}
}

// ask sends a request with a nonce straight to the responder.
func (s ocspSetup) ask(t testing.TB, o certs.OCSPOptions) (*certs.OCSPResponse, error) {
	t.Helper()
	req, err := certs.NewOCSPRequest(s.leaf.Certificate, s.ca.Certificate)
	require.NoError(t, err)
	der, err := req.Marshal()
	require.NoError(t, err)
	answer, err := s.responder.Answer(der)
	require.NoError(t, err)
	r, err := certs.ParseOCSPResponse(answer)
	if err != nil {
		return nil, err
	}
	if o.At.IsZero() {
		o.At = s.p.At()
	}
	if o.Nonce == nil {
		o.Nonce = req.Nonce
	}
	return r, r.Verify(s.leaf.Certificate, s.ca.Certificate, o)
}

func TestOCSPGood(t *testing.T) {
	p := certstest.New(t)
	for _, kind := range []certs.KeyType{certs.KeyBrainpoolP256r1, certs.KeyP256, certs.KeyRSA2048} {
		s := newOCSP(t, p, kind)
		for _, change := range []func(*certstest.OCSPAnswer){
			nil,
			func(a *certstest.OCSPAnswer) { a.ByName = true },
			func(a *certstest.OCSPAnswer) { a.NextUpdate = p.At().Add(time.Hour) },
			func(a *certstest.OCSPAnswer) { a.ThisUpdate = p.At().AddDate(0, 0, -1) },
		} {
			s.responder.Change(change)
			for _, listed := range [][]*certs.Certificate{nil, {s.signer.Certificate}} {
				r, err := s.ask(t, certs.OCSPOptions{Responders: listed})
				require.NoError(t, err, kind)
				require.Equal(t, certs.OCSPGood, r.Status)
				require.True(t, r.Responder.Equal(s.signer.Certificate))
				require.Equal(t, p.At(), r.ProducedAt)
			}
		}
	}
}

func TestOCSPStates(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyBrainpoolP256r1)
	s.responder.Change(func(a *certstest.OCSPAnswer) {
		a.Status, a.RevokedAt, a.Reason = certs.OCSPRevoked, s.p.At().Add(-time.Hour), 1
	})
	r, err := s.ask(t, certs.OCSPOptions{})
	require.ErrorIs(t, err, certs.CodeRevoked)
	require.Equal(t, certs.OCSPRevoked, r.Status)
	require.Equal(t, 1, r.Reason)
	require.Equal(t, s.p.At().Add(-time.Hour), r.RevokedAt)

	s.responder.Change(func(a *certstest.OCSPAnswer) {
		a.Status, a.RevokedAt = certs.OCSPRevoked, s.p.At().Add(time.Hour)
	})
	r, err = s.ask(t, certs.OCSPOptions{})
	require.NoError(t, err, "revoked only after the time of the check")
	require.Equal(t, certs.OCSPRevoked, r.Status)

	s.responder.Change(func(a *certstest.OCSPAnswer) { a.Status = certs.OCSPUnknown })
	r, err = s.ask(t, certs.OCSPOptions{})
	require.ErrorIs(t, err, certs.CodeStatusUnknown)
	require.Equal(t, certs.OCSPUnknown, r.Status)
}

func TestOCSPIsRefused(t *testing.T) {
	p := lightPKI(t)
	s := newOCSP(t, p, certs.KeyBrainpoolP256r1)
	other := newOCSP(t, p, certs.KeyP256)
	critical := extension(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0})
	for name, c := range map[string]struct {
		change func(*certstest.OCSPAnswer)
		o      certs.OCSPOptions
		code   certs.Code
	}{
		"try later":             {change: func(a *certstest.OCSPAnswer) { a.Error = 3 }, code: certs.CodeOCSPStatus},
		"odd status":            {change: func(a *certstest.OCSPAnswer) { a.Error = 99 }, code: certs.CodeOCSPStatus},
		"bad signature":         {change: func(a *certstest.OCSPAnswer) { a.BadSignature = true }, code: certs.CodeOCSPSignature},
		"no certificate":        {change: func(a *certstest.OCSPAnswer) { a.WithoutCertificate = true }, code: certs.CodeOCSPSigner},
		"signer not listed":     {o: certs.OCSPOptions{Responders: []*certs.Certificate{other.signer.Certificate}}, code: certs.CodeOCSPSigner},
		"empty list":            {o: certs.OCSPOptions{Responders: []*certs.Certificate{}}, code: certs.CodeOCSPSigner},
		"other nonce":           {change: func(a *certstest.OCSPAnswer) { a.Nonce = []byte("0123456789abcdef") }, code: certs.CodeNonce},
		"no nonce":              {change: func(a *certstest.OCSPAnswer) { a.Nonce = nil }, code: certs.CodeNonce},
		"no CertHash":           {change: func(a *certstest.OCSPAnswer) { a.CertHash = nil }, code: certs.CodeNoCertHash},
		"other CertHash":        {change: func(a *certstest.OCSPAnswer) { a.CertHash = make([]byte, 32) }, code: certs.CodeOtherCertHash},
		"other certificate":     {change: func(a *certstest.OCSPAnswer) { a.Serial = big.NewInt(1) }, code: certs.CodeOCSPCheck},
		"produced in future":    {change: func(a *certstest.OCSPAnswer) { a.ProducedAt = p.At().Add(38 * time.Second) }, code: certs.CodeOCSPCheck},
		"produced too early":    {change: func(a *certstest.OCSPAnswer) { a.ProducedAt = p.At().Add(-38 * time.Second) }, code: certs.CodeOCSPCheck},
		"thisUpdate in future":  {change: func(a *certstest.OCSPAnswer) { a.ThisUpdate = p.At().Add(38 * time.Second) }, code: certs.CodeOCSPCheck},
		"nextUpdate in past":    {change: func(a *certstest.OCSPAnswer) { a.NextUpdate = p.At().Add(-38 * time.Second) }, code: certs.CodeOCSPCheck},
		"critical extension":    {change: func(a *certstest.OCSPAnswer) { a.Extensions = []pkix.Extension{critical} }, code: certs.CodeOCSPCheck},
		"critical, single":      {change: func(a *certstest.OCSPAnswer) { a.SingleExtensions = []pkix.Extension{critical} }, code: certs.CodeOCSPCheck},
		"signer expired by now": {o: certs.OCSPOptions{At: p.At().AddDate(4, 0, 0)}, code: certs.CodeOCSPSigner},
	} {
		s.responder.Change(c.change)
		r, err := s.ask(t, c.o)
		require.ErrorIs(t, err, c.code, name)
		if r != nil {
			require.Empty(t, r.Status, name)
			require.Nil(t, r.Responder, name)
		}
	}
	s.responder.Change(func(a *certstest.OCSPAnswer) { a.ProducedAt = p.At().Add(-37 * time.Second) })
	_, err := s.ask(t, certs.OCSPOptions{})
	require.NoError(t, err, "within the tolerance")
	s.responder.Change(func(a *certstest.OCSPAnswer) { a.CertHash = nil })
	_, err = s.ask(t, certs.OCSPOptions{WithoutCertHash: true})
	require.NoError(t, err)
	s.responder.Change(func(a *certstest.OCSPAnswer) { a.WithoutCertificate = true })
	_, err = s.ask(t, certs.OCSPOptions{Responders: []*certs.Certificate{s.signer.Certificate}})
	require.NoError(t, err, "the certificate comes from the list")
}

// TestOCSPSigners are those that no list names.
func TestOCSPSigners(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyBrainpoolP256r1)
	as := func(signer *certstest.Identity) error {
		s.responder = certstest.NewResponder(s.ca, signer, s.p.At)
		s.responder.Add(s.leaf)
		_, err := s.ask(t, certs.OCSPOptions{})
		return err
	}
	signer := func(ca *certstest.CA, changes ...certstest.Change) *certstest.Identity {
		id, err := s.p.OCSPSigner(ca, changes...)
		require.NoError(t, err)
		return id
	}
	require.NoError(t, as(&s.ca.Identity), "the CA itself")
	require.NoError(t, as(signer(s.ca)))
	require.ErrorIs(t, as(signer(s.ca, certstest.ExtKeyUsage())), certs.CodeOCSPSigner)
	require.ErrorIs(t, as(signer(s.ca, certstest.BadSignature())), certs.CodeOCSPSigner)
	require.ErrorIs(t, as(signer(s.ca, certstest.Expired(s.p.At()))), certs.CodeOCSPSigner)
	require.ErrorIs(t, as(signer(s.p.CA(certstest.SMCBCA, certs.KeyBrainpoolP256r1))), certs.CodeOCSPSigner)
	require.ErrorIs(t, as(s.leaf), certs.CodeOCSPSigner)
}

// TestStoredOCSP is an answer without nonce, as trust lists come with.
func TestStoredOCSP(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyBrainpoolP256r1)
	der, err := (&certs.OCSPRequest{Certificate: s.leaf.Certificate, Issuer: s.ca.Certificate}).Marshal()
	require.NoError(t, err)
	answer, err := s.responder.Answer(der)
	require.NoError(t, err)
	r, err := certs.ParseOCSPResponse(answer)
	require.NoError(t, err)
	verify := func(o certs.OCSPOptions) error { return r.Verify(s.leaf.Certificate, s.ca.Certificate, o) }
	require.NoError(t, verify(certs.OCSPOptions{At: s.p.At().Add(10 * time.Minute)}))
	require.ErrorIs(t, verify(certs.OCSPOptions{At: s.p.At().Add(11 * time.Minute)}), certs.CodeOCSPCheck)
	require.NoError(t, verify(certs.OCSPOptions{At: s.p.At().Add(11 * time.Minute), Grace: time.Hour}))
	require.ErrorIs(t, verify(certs.OCSPOptions{At: s.p.At().Add(-time.Minute)}), certs.CodeOCSPCheck)
	require.NoError(t, verify(certs.OCSPOptions{At: s.p.At().Add(-time.Minute), Tolerance: 2 * time.Minute}))
}

func TestOCSPOverHTTP(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyBrainpoolP256r1)
	server := httptest.NewServer(s.responder)
	defer server.Close()
	req, err := certs.NewOCSPRequest(s.leaf.Certificate, s.ca.Certificate)
	require.NoError(t, err)
	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := req.Query(patient, server.Client(), server.URL, certs.OCSPOptions{At: s.p.At()})
	require.NoError(t, err)
	require.Equal(t, certs.OCSPGood, r.Status)
	require.Equal(t, 1, s.responder.Requests())

	unavailable := func(client *http.Client, url string) {
		t.Helper()
		_, err := req.Query(patient, client, url, certs.OCSPOptions{At: s.p.At()})
		require.ErrorIs(t, err, certs.CodeOCSPUnavailable)
	}
	unavailable(nil, server.URL)
	unavailable(server.Client(), "http://127.0.0.1:1/")
	unavailable(server.Client(), ":no address")
	for _, handler := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) },
	} {
		odd := httptest.NewServer(handler)
		unavailable(odd.Client(), odd.URL)
		odd.Close()
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	defer page.Close()
	_, err = req.Query(patient, page.Client(), page.URL, certs.OCSPOptions{At: s.p.At()})
	require.ErrorIs(t, err, certs.CodeOCSPCheck)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = req.Send(ctx, server.Client(), server.URL)
	require.ErrorIs(t, err, context.Canceled)
}

func TestOCSPRequestNeedsTheIssuer(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyBrainpoolP256r1)
	_, err := certs.NewOCSPRequest(s.leaf.Certificate, s.p.CA(certstest.SMCBCA, certs.KeyBrainpoolP256r1).Certificate)
	require.ErrorIs(t, err, certs.ErrNotIssuer)
}

// TestOCSPAgreesWithXCrypto compares what both can read: P-256.
func TestOCSPAgreesWithXCrypto(t *testing.T) {
	s := newOCSP(t, lightPKI(t), certs.KeyP256)
	s.responder.Change(func(a *certstest.OCSPAnswer) {
		a.Status, a.RevokedAt, a.Reason, a.NextUpdate = certs.OCSPRevoked, s.p.At().Add(-time.Hour), 4, s.p.At().Add(time.Hour)
	})
	r, err := s.ask(t, certs.OCSPOptions{})
	require.ErrorIs(t, err, certs.CodeRevoked)
	std, err := ocsp.ParseResponseForCert(r.Raw, s.leaf.Certificate.Certificate, s.ca.Certificate.Certificate)
	require.NoError(t, err)
	require.Equal(t, ocsp.Revoked, std.Status)
	require.Equal(t, r.RevokedAt, std.RevokedAt)
	require.Equal(t, r.Reason, std.RevocationReason)
	require.Equal(t, r.ProducedAt, std.ProducedAt)
	require.Equal(t, r.ThisUpdate, std.ThisUpdate)
	require.Equal(t, r.NextUpdate, std.NextUpdate)
	require.Equal(t, r.Responder.Raw, std.Certificate.Raw)
	want, err := ocsp.CreateRequest(s.leaf.Certificate.Certificate, s.ca.Certificate.Certificate, nil)
	require.NoError(t, err)
	ours, err := (&certs.OCSPRequest{Certificate: s.leaf.Certificate, Issuer: s.ca.Certificate}).Marshal()
	require.NoError(t, err)
	require.Equal(t, want, ours)
}

// TestOpenSSLReadsOurOCSP has openssl make a request, and judge the answer of
// the responder that the other tests use.
func TestOpenSSLReadsOurOCSP(t *testing.T) {
	o := newOpenSSL(t)
	p, err := certstest.Make(certstest.Options{WithoutRSA: true, At: time.Now()})
	require.NoError(t, err)
	for _, kind := range []certs.KeyType{certs.KeyBrainpoolP256r1, certs.KeyP256} {
		s := newOCSP(t, p, kind)
		o.identity(t, "leaf", s.leaf)
		o.identity(t, "ca", &s.ca.Identity)
		o.run(t, "ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-reqout", "req.der")
		answer, err := s.responder.Answer(o.read(t, "req.der"))
		require.NoError(t, err)
		o.write(t, "resp.der", answer)
		args := []string{"ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-no_nonce", "-respin", "resp.der", "-CAfile", "ca.pem", "-partial_chain"}
		out := string(o.run(t, args...))
		require.Contains(t, out, "leaf.pem: good")
		require.Contains(t, out, "Response verify OK")

		s.responder.Change(func(a *certstest.OCSPAnswer) { a.BadSignature = true })
		answer, err = s.responder.Answer(o.read(t, "req.der"))
		require.NoError(t, err)
		o.write(t, "resp.der", answer)
		refused, err := o.try(args...)
		require.NotContains(t, string(refused)+fmt.Sprint(err), "Response verify OK")
		s.responder.Change(nil)

		req, err := certs.NewOCSPRequest(s.leaf.Certificate, s.ca.Certificate)
		require.NoError(t, err)
		der, err := req.Marshal()
		require.NoError(t, err)
		o.write(t, "ours.der", der)
		text := string(o.run(t, "ocsp", "-reqin", "ours.der", "-req_text", "-no_nonce"))
		require.Contains(t, text, "OCSP Nonce")
		require.Contains(t, text, strings.ToUpper(s.leaf.Certificate.SerialNumber.Text(16)))
	}
}

// TestWeReadOCSPOfOpenSSL has openssl answer our requests.
func TestWeReadOCSPOfOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	p, err := certstest.Make(certstest.Options{At: time.Now()})
	require.NoError(t, err)
	for _, kind := range []certs.KeyType{certs.KeyBrainpoolP256r1, certs.KeyP256, certs.KeyRSA2048} {
		s := newOCSP(t, p, kind)
		o.identity(t, "signer", s.signer)
		o.identity(t, "ca", &s.ca.Identity)
		req, err := certs.NewOCSPRequest(s.leaf.Certificate, s.ca.Certificate)
		require.NoError(t, err)
		der, err := req.Marshal()
		require.NoError(t, err)
		o.write(t, "req.der", der)
		for flag, code := range map[string]certs.Code{"V": 0, "R": certs.CodeRevoked, "": certs.CodeStatusUnknown} {
			revoked, index := "", ""
			if flag == "R" {
				revoked = "250101000000Z,keyCompromise"
			}
			if flag != "" {
				index = fmt.Sprintf("%s\t301231235959Z\t%s\t%s\tunknown\t/CN=leaf\n", flag, revoked, hexSerial(s.leaf.Certificate.SerialNumber))
			}
			o.write(t, "index.txt", []byte(index))
			o.run(t, "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "signer.pem", "-rkey", "signer.key",
				"-reqin", "req.der", "-respout", "resp.der", "-ndays", "1")
			r, err := certs.ParseOCSPResponse(o.read(t, "resp.der"))
			require.NoError(t, err)
			now := time.Now()
			err = r.Verify(s.leaf.Certificate, s.ca.Certificate, certs.OCSPOptions{At: now, Nonce: req.Nonce})
			require.ErrorIs(t, err, certs.CodeNoCertHash, "openssl writes none")
			err = r.Verify(s.leaf.Certificate, s.ca.Certificate, certs.OCSPOptions{At: now, Nonce: req.Nonce, WithoutCertHash: true})
			if code == 0 {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, code)
		}
	}
}

// hexSerial is how the index of openssl has serial numbers.
func hexSerial(n *big.Int) string {
	s := strings.ToUpper(n.Text(16))
	if len(s)%2 == 1 {
		s = "0" + s
	}
	return s
}

func FuzzParseOCSPResponse(f *testing.F) {
	s := newOCSP(f, lightPKI(f), certs.KeyBrainpoolP256r1)
	der, err := (&certs.OCSPRequest{Certificate: s.leaf.Certificate, Issuer: s.ca.Certificate}).Marshal()
	require.NoError(f, err)
	signed := map[string]bool{}
	for _, change := range []func(*certstest.OCSPAnswer){
		nil,
		func(a *certstest.OCSPAnswer) { a.ByName, a.NextUpdate = true, s.p.At() },
		func(a *certstest.OCSPAnswer) { a.Status, a.RevokedAt, a.Reason = certs.OCSPRevoked, s.p.At(), 1 },
		func(a *certstest.OCSPAnswer) { a.Error = 2 },
	} {
		s.responder.Change(change)
		answer, err := s.responder.Answer(der)
		require.NoError(f, err)
		f.Add(answer)
		signed[string(tbsOf(answer))] = true
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := certs.ParseOCSPResponse(der)
		if err != nil {
			var e *certs.CheckError
			require.ErrorAs(t, err, &e)
			return
		}
		if r.Verify(s.leaf.Certificate, s.ca.Certificate, certs.OCSPOptions{At: s.p.At()}) == nil {
			require.True(t, signed[string(tbsOf(der))], "only what the responder signed is accepted")
		}
	})
}

// tbsOf is the signed part of an answer.
func tbsOf(der []byte) []byte {
	var outer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type asn1.ObjectIdentifier
			DER  []byte
		} `asn1:"explicit,tag:0"`
	}
	var basic struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return nil
	}
	if _, err := asn1.Unmarshal(outer.Bytes.DER, &basic); err != nil {
		return nil
	}
	return basic.TBS.FullBytes
}
