package konnektor

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"github.com/libkonnektor/libkonnektor/certs/p12"
)

// clientCertificate reads the client certificate of a; nil when it has none.
func (a Auth) clientCertificate() (*tls.Certificate, error) {
	switch {
	case a.hasPKCS12() && a.hasPEM():
		return nil, configFailure("auth: both PEM and PKCS#12")
	case a.hasPKCS12():
		return a.fromPKCS12()
	case a.hasPEM():
		return a.fromPEM()
	}
	return nil, nil
}

func (a Auth) hasPEM() bool {
	return a.CertificatePEM != "" || a.CertificateFile != "" || a.KeyPEM != "" || a.KeyFile != ""
}

func (a Auth) hasPKCS12() bool {
	return len(a.PKCS12) > 0 || a.PKCS12File != "" || a.PKCS12Password != ""
}

func (a Auth) fromPEM() (*tls.Certificate, error) {
	certPEM, err := textOrFile("auth: certificate", a.CertificatePEM, a.CertificateFile)
	if err != nil {
		return nil, err
	}
	keyPEM, err := textOrFile("auth: key", string(a.KeyPEM), a.KeyFile)
	if err != nil {
		return nil, err
	}
	switch block, _ := pem.Decode(keyPEM); {
	case len(certPEM) == 0:
		return nil, configFailure("auth: a key without certificate")
	case len(keyPEM) == 0:
		return nil, configFailure("auth: a certificate without key")
	case block != nil && (strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != ""):
		return nil, configFailure("auth: key: encrypted; it must be without a password")
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	switch {
	case unknownCurve(err):
		return nil, configFailure(brainpoolClient)
	case err != nil:
		return nil, configFailure(fmt.Sprintf("auth: certificate and key: %s", strings.TrimPrefix(err.Error(), "tls: ")))
	}
	return &cert, nil
}

const brainpoolClient = "auth: a certificate or key on a Brainpool curve, which crypto/tls cannot use: ask for RSA or a NIST curve"

// fromPKCS12 reads the file that a Konnektor exports for a client system.
func (a Auth) fromPKCS12() (*tls.Certificate, error) {
	file, err := textOrFile("auth: pkcs12", string(a.PKCS12), a.PKCS12File)
	if err != nil {
		return nil, err
	}
	if len(file) == 0 {
		return nil, configFailure("auth: a PKCS#12 password without file")
	}
	bundle, err := p12.Decode(file, string(a.PKCS12Password))
	if err != nil {
		return nil, configFailure("auth: pkcs12: " + strings.TrimPrefix(err.Error(), "p12: "))
	}
	if _, ok := bundle.Key.(*brainpool.PrivateKey); ok {
		return nil, configFailure(brainpoolClient)
	}
	leaf, err := x509.ParseCertificate(bundle.Certificates[0])
	if err != nil {
		return nil, configFailure("auth: pkcs12: the certificate cannot be read")
	}
	return &tls.Certificate{Certificate: chainOf(leaf, bundle.Certificates[1:]), PrivateKey: bundle.Key, Leaf: leaf}, nil
}

// chainOf puts the issuers behind leaf that are among others. Whatever else a
// file holds is not sent.
func chainOf(leaf *x509.Certificate, others [][]byte) [][]byte {
	chain := [][]byte{leaf.Raw}
	for top := leaf; len(chain) <= len(others) && !bytes.Equal(top.RawIssuer, top.RawSubject); {
		i := slices.IndexFunc(others, func(der []byte) bool {
			c, err := x509.ParseCertificate(der)
			if err != nil || !bytes.Equal(c.RawSubject, top.RawIssuer) {
				return false
			}
			top = c
			return true
		})
		if i < 0 {
			break
		}
		chain = append(chain, others[i])
	}
	return chain
}
