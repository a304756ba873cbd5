package mgmttest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// rsaKey is made once per process: it takes a good part of a second.
var rsaKey = sync.OnceValues(func() (crypto.Signer, error) {
	return rsa.GenerateKey(rand.Reader, 2048)
})

// RenewCertificate makes the certificate of the port anew, for the same key: it
// signs itself and has RSA-2048, as the ports of real boxes show. A client that
// pins the certificate has to pin again, one that pins the key has not.
func (s *Server) RenewCertificate() error {
	key, err := rsaKey()
	if err != nil {
		return fmt.Errorf("mgmttest: key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fmt.Errorf("mgmttest: serial number: %w", err)
	}
	// By the machine's time: what a client checks it by.
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: s.name, Organization: []string{"simulator"}, Country: []string{"DE"}},
		NotBefore:    now.AddDate(0, 0, -1), NotAfter: now.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{s.name},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return fmt.Errorf("mgmttest: certificate: %w", err)
	}
	s.ShowCertificate(tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	return nil
}

// ShowCertificate shows another certificate from the next handshake on.
func (s *Server) ShowCertificate(c tls.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.certificate = c
}
