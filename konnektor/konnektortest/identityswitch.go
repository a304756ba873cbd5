package konnektortest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"
)

// RSA2048 is the key of the gSMC-K of a Konnektor that knows RSA only.
const RSA2048 Identity = "rsa2048"

// rsaKey2048 is made once per process.
var rsaKey2048 = sync.OnceValues(func() (crypto.Signer, error) {
	return rsa.GenerateKey(rand.Reader, 2048)
})

// serverCertificate is what the next handshake shows.
func (k *Konnektor) serverCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.id.server
	return &c, nil
}

// Identity returns the certificate and key that the Konnektor shows.
func (k *Konnektor) Identity() tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.id.server
}

// RenewIdentity makes a certificate for the key, the name and the SAN of one
// from before, with a serial number and a life of its own, as a Konnektor
// downloads them for its gSMC-K. It is not shown until [Konnektor.ShowIdentity].
func (k *Konnektor) RenewIdentity(old tls.Certificate, notBefore, notAfter time.Time) (tls.Certificate, error) {
	key, ok := old.PrivateKey.(crypto.Signer)
	if !ok || len(old.Certificate) == 0 {
		return tls.Certificate{}, errors.New("konnektortest: renew: no certificate with a key")
	}
	leaf, err := parseLeaf(old)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("konnektortest: renew: %w", err)
	}
	t := template(leaf.Subject.CommonName)
	t.Subject, t.DNSNames, t.KeyUsage = leaf.Subject, leaf.DNSNames, leaf.KeyUsage
	t.NotBefore, t.NotAfter = notBefore, notAfter
	return k.id.serverCA.issue(t, key)
}

// ShowIdentity shows another certificate from the next handshake on, as when an
// administrator switches to the renewed ID.AK.AUT. Sessions cannot be resumed
// beyond it. Connections stay; [Konnektor.CloseIdle] ends those.
func (k *Konnektor) ShowIdentity(c tls.Certificate) error {
	var ticket [32]byte
	if _, err := rand.Read(ticket[:]); err != nil {
		return fmt.Errorf("konnektortest: show identity: %w", err)
	}
	k.mu.Lock()
	k.id.server = c
	k.mu.Unlock()
	k.tls.SetSessionTicketKeys([][32]byte{ticket})
	return nil
}
