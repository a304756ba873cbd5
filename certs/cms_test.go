package certs_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"
)

// cmsCard is an SMC-B of a PKI that is valid now, as openssl wants it.
func cmsCard(t testing.TB, o certstest.CardOptions) (*certstest.PKI, *certstest.Card) {
	t.Helper()
	p, err := certstest.Make(certstest.Options{At: time.Now(), WithoutRSA: o.WithoutRSA})
	require.NoError(t, err)
	card, err := p.Card(certstest.SMCB, o)
	require.NoError(t, err)
	return p, card
}

func TestVerifyCMSOfOpenSSL(t *testing.T) {
	o := newOpenSSL(t)
	_, card := cmsCard(t, certstest.CardOptions{})
	text := []byte("Befund\nunauffällig\n")
	o.write(t, "text", text)
	for _, id := range []*certstest.Identity{
		card.Get(certs.TypeHCIOSIG, certs.KeyBrainpoolP256r1), card.Get(certs.TypeHCIOSIG, certs.KeyRSA2048),
	} {
		o.identity(t, "signer", id)
		o.identity(t, "ca", &id.Issuer.Identity)
		kinds := []string{"", "-nodetach", "-noattr", "-nodetach -noattr", "-nodetach -stream", "-cades", "-md sha384", "-md sha512"}
		if id.Certificate.KeyType().RSA() {
			kinds = append(kinds, "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1 -md sha512")
		}
		for _, kind := range kinds {
			name := fmt.Sprintf("%s %s", id.Certificate.KeyType(), kind)
			args := []string{"cms", "-sign", "-binary", "-in", "text", "-signer", "signer.pem", "-inkey", "signer.key", "-certfile", "ca.pem", "-outform", "DER", "-out", "cms.der"}
			args = append(args, splitWords(kind)...)
			o.run(t, args...)
			der := o.read(t, "cms.der")
			m, err := certs.ParseCMS(der)
			require.NoError(t, err, name)
			require.Len(t, m.Certificates, 2, name)
			var content []byte
			if m.Detached {
				content = text
			} else {
				require.Equal(t, text, m.Content, name)
			}
			by, err := m.Verify(content)
			require.NoError(t, err, name)
			require.Len(t, by, 1, name)
			require.True(t, by[0].Certificate.Equal(id.Certificate), name)
			require.Equal(t, !bytes.Contains([]byte(kind), []byte("-noattr")), !by[0].Time.IsZero(), name)
			if m.Detached {
				_, err = m.Verify([]byte("something else"))
			} else {
				_, err = m.Verify(text)
			}
			require.ErrorIs(t, err, certs.ErrSignature, name)
			flipEverywhere(t, der, text, id.Certificate, name)
		}
	}
}

func splitWords(s string) []string {
	var words []string
	for _, w := range bytes.Fields([]byte(s)) {
		words = append(words, string(w))
	}
	return words
}

// flipEverywhere spoils a message at many places: what is still accepted says the
// same.
func flipEverywhere(t *testing.T, der, text []byte, signer *certs.Certificate, name string) {
	t.Helper()
	for i := 0; i < len(der); i += 1 + len(der)/40 {
		spoiled := bytes.Clone(der)
		spoiled[i] ^= 0x41
		m, err := certs.ParseCMS(spoiled)
		if err != nil {
			continue
		}
		content := text
		if !m.Detached {
			content = nil
		}
		by, err := m.Verify(content)
		if err != nil {
			continue
		}
		require.Len(t, by, 1, name)
		// What a certificate says beyond its key is for the chain to protect.
		require.Equal(t, signer.RawSubjectPublicKeyInfo, by[0].Certificate.RawSubjectPublicKeyInfo, "%s: byte %d", name, i)
		if !m.Detached {
			require.Equal(t, text, m.Content, "%s: byte %d", name, i)
		}
	}
}

// Where openssl and we judge a changed message differently, and why. Neither is
// about what is signed.
var (
	stricterThanOpenSSL = regexp.MustCompile(`content type is not the signed one|signature algorithm not supported`)
	laxerThanOpenSSL    = regexp.MustCompile(`unknown digest algorithm|Field=parameter, Type=X509_ALGOR`)
)

// TestSpoiledCMSBeforeOpenSSL has both verdicts on messages with one byte
// changed, and what they take for the content. The certificates in a message are
// for the chain to protect, which neither looks at here.
func TestSpoiledCMSBeforeOpenSSL(t *testing.T) {
	_, card := cmsCard(t, certstest.CardOptions{})
	for _, id := range []*certstest.Identity{
		card.Get(certs.TypeHCIOSIG, certs.KeyBrainpoolP256r1), card.Get(certs.TypeHCIOSIG, certs.KeyRSA2048),
	} {
		t.Run(string(id.Certificate.KeyType()), func(t *testing.T) {
			t.Parallel()
			spoilBeforeOpenSSL(t, id)
		})
	}
}

func spoilBeforeOpenSSL(t *testing.T, id *certstest.Identity) {
	t.Helper()
	o := newOpenSSL(t)
	text := []byte("Befund\nunauffällig\n")
	o.write(t, "text", text)
	o.identity(t, "signer", id)
	o.run(t, "cms", "-sign", "-binary", "-nodetach", "-in", "text", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "cms.der")
	der := o.read(t, "cms.der")
	verdicts := map[bool]int{}
	certificate := bytes.Index(der, id.DER)
	require.Positive(t, certificate)
	for i := 0; i < len(der); i += 1 + len(der)/240 {
		if i >= certificate && i < certificate+len(id.DER) {
			continue
		}
		spoiled := bytes.Clone(der)
		spoiled[i] ^= 0x15
		o.write(t, "spoiled.der", spoiled)
		_, theirs := o.try("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", "spoiled.der")
		m, ours := certs.ParseCMS(spoiled)
		if ours == nil {
			_, ours = m.Verify(nil)
		}
		switch {
		case theirs == nil && ours != nil:
			require.Regexp(t, stricterThanOpenSSL, ours.Error(), "byte %d", i)
		case theirs != nil && ours == nil:
			require.Regexp(t, laxerThanOpenSSL, theirs.Error(), "byte %d", i)
		}
		if ours == nil {
			require.Equal(t, text, m.Content, "byte %d", i)
		}
		verdicts[ours == nil]++
	}
	t.Logf("accepted %d, refused %d", verdicts[true], verdicts[false])
}

func TestCMSIsRefused(t *testing.T) {
	o := newOpenSSL(t)
	p, card := cmsCard(t, certstest.CardOptions{WithoutRSA: true})
	o.identity(t, "signer", card.Identities[0])
	o.identity(t, "other", card.Identities[1])
	o.write(t, "text", []byte("text"))
	sign := func(args ...string) []byte {
		o.run(t, append([]string{"cms", "-sign", "-binary", "-nodetach", "-in", "text", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "cms.der"}, args...)...)
		return o.read(t, "cms.der")
	}
	verify := func(der []byte) error {
		m, err := certs.ParseCMS(der)
		if err == nil {
			_, err = m.Verify(nil)
		}
		return err
	}
	require.NoError(t, verify(sign()))
	require.ErrorIs(t, verify(sign("-nocerts")), certs.ErrSignature)
	require.ErrorIs(t, verify(sign("-nocerts", "-certfile", "other.pem")), certs.ErrSignature)
	require.ErrorIs(t, verify(sign("-keyid")), certs.ErrCMSUnsupported)
	require.ErrorIs(t, verify(sign("-md", "sha1")), certs.ErrCMSUnsupported)
	require.ErrorIs(t, verify(sign("-econtent_type", "1.2.3.4", "-noattr")), certs.ErrSignature)
	require.NoError(t, verify(sign("-econtent_type", "1.2.3.4")))
	twin, err := card.Identities[0].Issuer.Issue(certstest.Template{
		RawSubject: card.Identities[0].Certificate.RawSubject, Serial: card.Identities[0].Certificate.SerialNumber,
		NotBefore: p.At(), NotAfter: p.At().AddDate(1, 0, 0),
	}, card.Identities[0].Key)
	require.NoError(t, err)
	o.identity(t, "twin", twin)
	require.NoError(t, verify(sign("-nocerts", "-certfile", "twin.pem")), "the signature does not cover the certificate")
	require.ErrorIs(t, verify(sign("-nocerts", "-certfile", "twin.pem", "-cades")), certs.ErrSignature, "unless it does")
	require.NoError(t, verify(sign("-cades")))
	o.run(t, "cms", "-data_create", "-in", "text", "-outform", "DER", "-out", "data.der")
	require.ErrorIs(t, verify(o.read(t, "data.der")), certs.ErrCMSUnsupported)
	require.ErrorIs(t, verify(nil), certs.ErrCMS)
	require.ErrorIs(t, verify([]byte("<html></html>")), certs.ErrCMS)
	require.ErrorIs(t, verify(append(sign(), 0)), certs.ErrCMS)
	require.ErrorIs(t, verify(bytes.Repeat([]byte{0x30, 0x80}, 10000)), certs.ErrCMS)
	require.ErrorIs(t, verify(make([]byte, 33<<20)), certs.ErrTooLarge)
	der := sign()
	for i := range der {
		require.Error(t, verify(der[:i]), "cut off at %d", i)
	}
}

// TestVerifyCMSOfPKCS7 takes a message of the library that reads the structure.
func TestVerifyCMSOfPKCS7(t *testing.T) {
	_, card := cmsCard(t, certstest.CardOptions{Generation20: true})
	id := card.Get(certs.TypeHCIOSIG, certs.KeyRSA2048)
	data, err := pkcs7.NewSignedData([]byte("text"))
	require.NoError(t, err)
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	require.NoError(t, data.AddSigner(id.Certificate.Certificate, id.Key.(*rsa.PrivateKey), pkcs7.SignerInfoConfig{}))
	der, err := data.Finish()
	require.NoError(t, err)
	m, err := certs.ParseCMS(der)
	require.NoError(t, err)
	by, err := m.Verify(nil)
	require.NoError(t, err)
	require.True(t, by[0].Certificate.Equal(id.Certificate))
	p7, err := pkcs7.Parse(der)
	require.NoError(t, err)
	require.NoError(t, p7.Verify())
	require.Equal(t, p7.Content, m.Content)
}

func TestParseAllReadsEveryForm(t *testing.T) {
	o := newOpenSSL(t)
	_, card := cmsCard(t, certstest.CardOptions{WithoutRSA: true})
	var text []byte
	for _, id := range card.Identities {
		text = append(text, id.CertificatePEM()...)
	}
	o.write(t, "all.pem", text)
	o.run(t, "crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-outform", "DER", "-out", "all.p7b")
	o.run(t, "crl2pkcs7", "-nocrl", "-certfile", "all.pem", "-out", "all.p7b.pem")
	o.run(t, "pkcs7", "-in", "all.p7b", "-inform", "DER", "-print_certs", "-out", "printed.pem")
	for _, name := range []string{"all.pem", "all.p7b", "all.p7b.pem", "printed.pem"} {
		all, err := certs.ParseAll(o.read(t, name))
		require.NoError(t, err, name)
		require.Len(t, all, 3, name)
		for i, id := range card.Identities {
			require.Equal(t, id.DER, all[i].Raw, name)
		}
	}
	one, err := certs.ParseAll(card.Identities[0].DER)
	require.NoError(t, err)
	require.Len(t, one, 1)

	bundle, err := certs.ParseCMS(o.read(t, "all.p7b"))
	require.NoError(t, err)
	_, err = bundle.Verify(nil)
	require.ErrorIs(t, err, certs.ErrSignature, "a bundle has no signature")

	key, err := card.Identities[0].KeyPEM()
	require.NoError(t, err)
	for name, data := range map[string][]byte{"key only": key, "empty PEM": []byte("-----BEGIN "), "a message without certificates": nil} {
		if data == nil {
			o.write(t, "text", []byte("text"))
			o.identity(t, "signer", card.Identities[0])
			o.run(t, "cms", "-sign", "-nocerts", "-in", "text", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER", "-out", "cms.der")
			data = o.read(t, "cms.der")
		}
		_, err := certs.ParseAll(data)
		require.ErrorIs(t, err, certs.ErrNoCertificate, name)
	}
	for _, data := range [][]byte{nil, []byte("<html>404</html>"), {0x30, 0x80}, make([]byte, 100)} {
		_, err := certs.ParseAll(data)
		require.Error(t, err)
	}
}

func FuzzParseCMS(f *testing.F) {
	p := lightPKI(f)
	key, err := certstest.GenerateKey(certs.KeyP256)
	require.NoError(f, err)
	id, err := p.CA(certstest.KompCA, certs.KeyP256).Issue(certstest.Template{NotBefore: p.At(), NotAfter: time.Now().AddDate(9, 0, 0)}, key)
	require.NoError(f, err)
	data, err := pkcs7.NewSignedData([]byte("text"))
	require.NoError(f, err)
	data.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	require.NoError(f, data.AddSigner(id.Certificate.Certificate, key, pkcs7.SignerInfoConfig{}))
	der, err := data.Finish()
	require.NoError(f, err)
	f.Add(der)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}))
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := certs.ParseCMS(data)
		if err != nil {
			return
		}
		by, err := m.Verify(nil)
		if err == nil && by[0].Certificate.Equal(id.Certificate) {
			require.Equal(t, "text", string(m.Content), "only what was signed is accepted")
		}
		_, _ = certs.ParseAll(data)
	})
}
