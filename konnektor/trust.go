package konnektor

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// pin is a SHA-256.
type pin [sha256.Size]byte

// CertificatePin is the pin of cert for [Trust.CertificateSHA256].
func CertificatePin(cert *x509.Certificate) string {
	p := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(p[:])
}

// PublicKeyPin is the pin of cert's key for [Trust.PublicKeySHA256].
func PublicKeyPin(cert *x509.Certificate) string {
	p := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(p[:])
}

// verifier decides whether a certificate is the Konnektor's. It is the only
// place that does, for every mode of [Trust] and every connection.
type verifier struct {
	certificates, keys []pin
	cas                *x509.CertPool // nil without CAs
	name               string
	onFirstUse         func(context.Context, *x509.Certificate) error
	now                func() time.Time // of validity dates

	mu    sync.Mutex // held while onFirstUse runs
	first *pin       // the certificate that onFirstUse accepted
}

// newVerifier reads t. An empty t gives a verifier that trusts nothing.
func newVerifier(t Trust) (*verifier, error) {
	v := &verifier{name: t.ServerName, onFirstUse: t.OnFirstUse, now: time.Now}
	if v.name == "" {
		v.name = DefaultServerName
	}
	var err error
	if v.certificates, err = parsePins("certificate_sha256", t.CertificateSHA256); err != nil {
		return nil, err
	}
	if v.keys, err = parsePins("public_key_sha256", t.PublicKeySHA256); err != nil {
		return nil, err
	}
	cas, err := textOrFile("trust: cas", t.CAsPEM, t.CAsFile)
	if err != nil {
		return nil, err
	}
	if len(cas) > 0 {
		v.cas, err = parseCAs(cas)
	}
	return v, err
}

// configured reports whether there is any way to trust a certificate.
func (v *verifier) configured() bool {
	return v.pinned() || v.onFirstUse != nil
}

// pinned reports whether the Config alone decides.
func (v *verifier) pinned() bool {
	return len(v.certificates) > 0 || len(v.keys) > 0 || v.cas != nil
}

func parsePins(field string, texts []string) ([]pin, error) {
	var pins []pin
	for _, text := range texts {
		raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
		if err != nil || len(raw) != sha256.Size {
			return nil, configFailure("trust: " + field + ": want 64 hexadecimal digits")
		}
		pins = append(pins, pin(raw))
	}
	return pins, nil
}

// maxFile bounds the files that a Config names.
const maxFile = 1 << 20

// textOrFile returns the text, or the content of the file, or nothing.
func textOrFile(field, text, file string) ([]byte, error) {
	switch {
	case text != "" && file != "":
		return nil, configFailure(field + ": both text and file")
	case file == "":
		return []byte(text), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, &Failure{Op: "config", Kind: KindConfig, text: field + ": " + err.Error(), cause: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &Failure{Op: "config", Kind: KindConfig, text: field + ": " + err.Error(), cause: err}
	case len(data) > maxFile:
		return nil, configFailure(field + ": file larger than 1 MiB")
	case len(data) == 0:
		return nil, configFailure(field + ": file is empty")
	}
	return data, nil
}

// parseCAs reads certificates from PEM. Those on a Brainpool curve are passed
// over: crypto/x509 cannot read them, nor what they issued.
func parseCAs(data []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	read, brainpool := 0, 0
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err == nil:
			pool.AddCert(cert)
			read++
		case unknownCurve(err):
			brainpool++
		default:
			return nil, configFailure("trust: cas: a certificate that cannot be read")
		}
	}
	switch {
	case read == 0 && brainpool > 0:
		return nil, configFailure("trust: cas: only issuers on Brainpool curves, which cannot be used")
	case read == 0:
		return nil, configFailure("trust: cas: no certificate in PEM")
	}
	return pool, nil
}

// unknownCurve recognises the errors of crypto/x509 and crypto/tls about a
// curve that they do not know. They are not typed.
func unknownCurve(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "unsupported elliptic curve") ||
		strings.Contains(err.Error(), "unknown elliptic curve"))
}

// verdict is a refused certificate.
type verdict struct {
	kind  Kind
	text  string
	cause error
}

func (v *verdict) Error() string { return v.text }
func (v *verdict) Unwrap() error { return v.cause }

// verify decides about the certificates of one connection, full or resumed.
func (v *verifier) verify(ctx context.Context, cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return &verdict{kind: KindCertificate, text: "no certificate"}
	}
	cert := cs.PeerCertificates[0]
	if err := checkDates(cert, v.now()); err != nil {
		return err
	}
	if slices.Contains(v.certificates, sha256.Sum256(cert.Raw)) ||
		slices.Contains(v.keys, sha256.Sum256(cert.RawSubjectPublicKeyInfo)) {
		return nil
	}
	switch {
	case v.cas != nil:
		return v.verifyChain(cert, cs.PeerCertificates[1:])
	case v.pinned():
		return &verdict{kind: KindCertificate, text: "certificate " + CertificatePin(cert) + " is not the pinned one"}
	}
	return v.verifyFirstUse(ctx, cert)
}

func checkDates(cert *x509.Certificate, now time.Time) error {
	switch {
	case now.Before(cert.NotBefore):
		return &verdict{kind: KindCertificateExpired, text: "certificate is not valid before " + cert.NotBefore.UTC().Format(time.RFC3339)}
	case now.After(cert.NotAfter):
		return &verdict{kind: KindCertificateExpired, text: "certificate expired at " + cert.NotAfter.UTC().Format(time.RFC3339)}
	}
	return nil
}

// verifyChain looks for a path to one of the CAs, then for the name.
func (v *verifier) verifyChain(cert *x509.Certificate, sent []*x509.Certificate) error {
	intermediates := x509.NewCertPool()
	for _, c := range sent {
		intermediates.AddCert(c)
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots: v.cas, Intermediates: intermediates, CurrentTime: v.now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &verdict{KindCertificateExpired, "an issuer's certificate is not valid today", err}
	case err != nil:
		return &verdict{KindCertificate, "certificate " + CertificatePin(cert) + " does not chain to a trusted issuer", err}
	}
	if err := cert.VerifyHostname(v.name); err != nil {
		return &verdict{KindCertificateName, "certificate does not carry the name " + v.name, err}
	}
	return nil
}

// verifyFirstUse asks onFirstUse about the first certificate and compares all
// later ones with it.
func (v *verifier) verifyFirstUse(ctx context.Context, cert *x509.Certificate) error {
	if v.onFirstUse == nil {
		return &verdict{kind: KindConfig, text: "trust: no way to recognise the Konnektor's certificate"}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	p := pin(sha256.Sum256(cert.Raw))
	switch {
	case v.first == nil:
		if err := v.onFirstUse(ctx, cert); err != nil {
			return &verdict{KindCertificate, "certificate " + CertificatePin(cert) + " was refused on first use", err}
		}
		v.first = &p
	case *v.first != p:
		return &verdict{kind: KindCertificate, text: "certificate " + CertificatePin(cert) + " is another than on first use"}
	}
	return nil
}
