package cetp

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// ownCertificates are those of a sink that has no file: one on P-256, and one
// with RSA-3072, made when a Konnektor comes that offers no ECDSA. What
// Konnektors check of a sink's certificate is not known.
type ownCertificates struct {
	host  string // a name or address to put into them; may be empty
	ecdsa *tls.Certificate

	mu  sync.Mutex
	rsa *tls.Certificate
}

func newOwnCertificates(host string) (*ownCertificates, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert, err := selfSigned(key, host)
	return &ownCertificates{host: host, ecdsa: cert}, err
}

// get returns the certificate that fits the peer.
func (o *ownCertificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.SupportsCertificate(o.ecdsa) == nil {
		return o.ecdsa, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.rsa == nil {
		key, err := rsa.GenerateKey(rand.Reader, 3072)
		if err != nil {
			return nil, err
		}
		if o.rsa, err = selfSigned(key, o.host); err != nil {
			return nil, err
		}
	}
	return o.rsa, nil
}

// selfSigned makes a certificate for key.
func selfSigned(key crypto.Signer, host string) (*tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "libkonnektor event sink"},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(5, 0, 0), // a clock may differ
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, BasicConstraintsValid: true,
	}
	if name, _, err := splitAnnounce(host); err == nil && name != "" && net.ParseIP(name) == nil {
		t.DNSNames = append(t.DNSNames, name)
	}
	t.IPAddresses = addresses(host)
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// addresses are those of this computer, and the announced one.
func addresses(host string) []net.IP {
	var ips []net.IP
	if name, _, err := splitAnnounce(host); err == nil {
		if ip := net.ParseIP(name); ip != nil {
			ips = append(ips, ip)
		}
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ips
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			ips = append(ips, n.IP)
		}
	}
	return ips
}
