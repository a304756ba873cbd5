package konnektortest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// rsaKey is made once per process: it takes about a second.
var rsaKey = sync.OnceValues(func() (crypto.Signer, error) {
	return rsa.GenerateKey(rand.Reader, 3072)
})

func newKey(id Identity) (crypto.Signer, error) {
	switch id {
	case RSA3072:
		return rsaKey()
	case RSA2048:
		return rsaKey2048()
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// authority is a small CA.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority(name string) (*authority, error) {
	key, err := newKey(P256)
	if err != nil {
		return nil, err
	}
	t := template(name)
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	t.ExtKeyUsage = nil
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

// template is what all certificates share.
func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name, Organization: []string{"konnektortest simulator"}, Country: []string{"DE"}},
		NotBefore:             time.Now().AddDate(0, 0, -1),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
}

func (a *authority) issue(t *x509.Certificate, key crypto.Signer) (tls.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// identities are the keys and certificates of one Konnektor.
type identities struct {
	server   tls.Certificate
	serverCA *authority // issues the Konnektor's certificate, as a component CA
	clientCA *authority // the Konnektor's own, for its clients
	clients  map[string]tls.Certificate
}

func newIdentities(o Options) (*identities, error) {
	id := &identities{clients: map[string]tls.Certificate{}}
	var err error
	if id.serverCA, err = newAuthority("konnektortest KOMP-CA"); err != nil {
		return nil, fmt.Errorf("konnektortest: certificate authority: %w", err)
	}
	if id.clientCA, err = newAuthority("konnektortest clients"); err != nil {
		return nil, fmt.Errorf("konnektortest: certificate authority: %w", err)
	}
	if id.server, err = id.issueServer(o); err != nil {
		return nil, fmt.Errorf("konnektortest: server certificate: %w", err)
	}
	for _, name := range o.Model.clientSystems() {
		if id.clients[name], err = id.issueClient(name); err != nil {
			return nil, fmt.Errorf("konnektortest: client certificate: %w", err)
		}
	}
	return id, nil
}

// issueServer makes a certificate in the shape of C.AK.AUT: ICCSN and date of
// issue as the name, both extended key usages.
func (id *identities) issueServer(o Options) (tls.Certificate, error) {
	key, err := newKey(o.Identity)
	if err != nil {
		return tls.Certificate{}, err
	}
	ca := id.serverCA
	if o.Certificate.Untrusted {
		if ca, err = newAuthority("konnektortest nobody's CA"); err != nil {
			return tls.Certificate{}, err
		}
	}
	t := template("80276883110000000003-" + time.Now().Format("20060102"))
	t.DNSNames = o.Certificate.Names
	if o.Identity != P256 {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	if !o.Certificate.NotBefore.IsZero() {
		t.NotBefore = o.Certificate.NotBefore
	}
	if !o.Certificate.NotAfter.IsZero() {
		t.NotAfter = o.Certificate.NotAfter
	}
	cert, err := ca.issue(t, key)
	cert.Certificate = append(cert.Certificate, o.Certificate.Chain...)
	return cert, err
}

func (id *identities) issueClient(name string) (tls.Certificate, error) {
	key, err := newKey(P256)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := template(name)
	t.DNSNames = []string{"client.invalid"}
	return id.clientCA.issue(t, key)
}

// clientAuth returns the certificate and key of a client system as PEM.
func (id *identities) clientAuth(clientSystem string) (konnektor.Auth, error) {
	cert, ok := id.clients[clientSystem]
	if !ok {
		return konnektor.Auth{}, fmt.Errorf("konnektortest: no client certificate for %q", clientSystem)
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return konnektor.Auth{}, fmt.Errorf("konnektortest: client key: %w", err)
	}
	return konnektor.Auth{
		CertificatePEM: encodePEM("CERTIFICATE", cert.Certificate[0]),
		KeyPEM:         konnektor.Secret(encodePEM("PRIVATE KEY", der)),
	}, nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// serverConfig is the TLS of the https port. Konnektors speak HTTP/1.1 and at
// least TLS 1.2.
func (k *Konnektor) serverConfig() *tls.Config {
	c := &tls.Config{
		GetCertificate: k.serverCertificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		VerifyConnection: func(s tls.ConnectionState) error {
			k.count(func(c *Counters) {
				c.Handshakes++
				if s.DidResume {
					c.Resumed++
				}
			})
			return nil
		},
	}
	if k.opts.Auth == ClientCertificate {
		c.ClientCAs = x509.NewCertPool()
		c.ClientCAs.AddCert(k.id.clientCA.cert)
		c.ClientAuth = tls.RequireAndVerifyClientCert
		if k.opts.CertificateAtHTTP {
			c.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	return c
}
