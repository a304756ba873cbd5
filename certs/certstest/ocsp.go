package certstest

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"
)

var (
	oidBasicResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidCertHash      = asn1.ObjectIdentifier{1, 3, 36, 8, 3, 13}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// OCSPAnswer is what a responder says about a certificate.
type OCSPAnswer struct {
	// Error is the status of an answer that is an error, such as 3 for "try
	// later"; the rest is then not sent.
	Error int

	Status    certs.OCSPStatus // empty means good
	RevokedAt time.Time
	Reason    int // is left out when it is 0

	ProducedAt, ThisUpdate time.Time
	NextUpdate             time.Time // is left out when it is zero

	Serial *big.Int
	// Nonce is the content of the octet string inside of the extension. Nil
	// leaves the extension out.
	Nonce []byte
	// CertHash is the SHA-256 of the certificate. Nil leaves the extension out.
	CertHash []byte
	// SingleExtensions and Extensions come after the usual ones.
	SingleExtensions, Extensions []pkix.Extension

	// ByName names the responder by its name and not by its key.
	ByName bool
	// WithoutCertificate leaves the certificate of the responder out.
	WithoutCertificate bool
	BadSignature       bool
}

// OCSPSigner makes a signer of OCSP answers (profile C.GEM.OCSP) under a CA, with
// a new key of the kind that the CA has, but brainpoolP256r1 for RSA.
func (p *PKI) OCSPSigner(ca *CA, changes ...Change) (*Identity, error) {
	kind := ca.Certificate.KeyType()
	if kind.RSA() {
		kind = certs.KeyBrainpoolP256r1
	}
	key, err := GenerateKey(kind)
	if err != nil {
		return nil, err
	}
	return ca.Issue(Template{
		Subject: pkix.Name{
			Country: []string{"DE"}, Organization: []string{p.name + " GmbH NOT-VALID"},
			CommonName: ca.Certificate.Subject.CommonName + " OCSP-Signer",
		},
		NotBefore: p.at.AddDate(0, -6, 0), NotAfter: p.at.AddDate(3, 0, 0),
		KeyUsage: x509.KeyUsageContentCommitment,
		EKU:      []asn1.ObjectIdentifier{EKUOCSP},
		Policies: []asn1.ObjectIdentifier{OIDPolicy},
	}, key, changes...)
}

// Responder answers OCSP requests about the certificates that it knows; it is an
// [http.Handler]. It is safe for concurrent use.
type Responder struct {
	signer *Identity
	issuer *CA
	clock  func() time.Time

	mu       sync.Mutex
	known    map[string]*Identity // by serial number
	change   func(*OCSPAnswer)
	requests int
}

// NewResponder makes a responder for a CA that signs as signer, at the time that
// clock gives.
func NewResponder(issuer *CA, signer *Identity, clock func() time.Time) *Responder {
	return &Responder{signer: signer, issuer: issuer, clock: clock, known: map[string]*Identity{}}
}

// Add makes certificates known, which are then good.
func (r *Responder) Add(ids ...*Identity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if id.Certificate != nil {
			r.known[id.Certificate.SerialNumber.String()] = id
		}
	}
}

// Change has every answer altered before it is signed; nil ends that.
func (r *Responder) Change(change func(*OCSPAnswer)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.change = change
}

// Requests is how many requests have been answered.
func (r *Responder) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// maxRequest bounds requests in bytes.
const maxRequest = 64 << 10

// ServeHTTP answers POST requests.
func (r *Responder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/ocsp-request" {
		http.Error(w, "POST application/ocsp-request", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := r.Answer(body)
	if err != nil {
		answer = ocsp.MalformedRequestErrorResponse
	}
	w.Header().Set("Content-Type", "application/ocsp-response")
	_, _ = w.Write(answer)
}

// Answer answers a request in DER. It fails for requests that cannot be read or
// are for another CA.
func (r *Responder) Answer(request []byte) ([]byte, error) {
	asked, err := ocsp.ParseRequest(request)
	if err != nil {
		return nil, fmt.Errorf("certstest: %w", err)
	}
	if id := r.caHashes(); string(asked.IssuerNameHash) != string(id.name) || string(asked.IssuerKeyHash) != string(id.key) {
		return nil, errors.New("certstest: OCSP request is for another CA")
	}
	now := r.clock().UTC().Truncate(time.Second)
	a := OCSPAnswer{ProducedAt: now, ThisUpdate: now, Serial: asked.SerialNumber, Status: certs.OCSPUnknown}
	if a.Nonce, err = requestNonce(request); err != nil {
		return nil, fmt.Errorf("certstest: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if id := r.known[asked.SerialNumber.String()]; id != nil {
		sum := sha256.Sum256(id.DER)
		a.Status, a.CertHash = certs.OCSPGood, sum[:]
	}
	if r.change != nil {
		r.change(&a)
	}
	return r.sign(&a)
}

// requestNonce is the nonce of a request, or nil.
func requestNonce(request []byte) ([]byte, error) {
	var r struct {
		TBS struct {
			List       []asn1.RawValue
			Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
		}
	}
	if _, err := asn1.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	for _, e := range r.TBS.Extensions {
		if e.Id.Equal(oidNonce) {
			var nonce []byte
			_, err := asn1.Unmarshal(e.Value, &nonce)
			return nonce, err
		}
	}
	return nil, nil
}

type caHashes struct{ name, key []byte }

// caHashes is how requests name the CA.
func (r *Responder) caHashes() caHashes {
	name := sha1.Sum(r.issuer.Certificate.RawSubject)
	key, _ := keyID(r.issuer.Certificate.RawSubjectPublicKeyInfo)
	return caHashes{name[:], key}
}

// sign makes the OCSPResponse (RFC 6960, 4.2.1).
func (r *Responder) sign(a *OCSPAnswer) ([]byte, error) {
	if a.Error != 0 {
		var b cryptobyte.Builder
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(a.Error)) })
		return b.Bytes()
	}
	tbs, err := r.data(a)
	if err != nil {
		return nil, fmt.Errorf("certstest: OCSP answer: %w", err)
	}
	algorithm := signatureFor(r.signer.Key.Public())
	sig, err := algorithm.sign(r.signer.Key, tbs)
	if err != nil {
		return nil, fmt.Errorf("certstest: OCSP answer: %w", err)
	}
	if a.BadSignature {
		sig[len(sig)-1] ^= 1
	}
	basic, err := signed(tbs, algorithm, sig, func(b *cryptobyte.Builder) {
		if !a.WithoutCertificate {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(r.signer.DER) })
			})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("certstest: OCSP answer: %w", err)
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0)
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidBasicResponse)
				b.AddASN1OctetString(basic)
			})
		})
	})
	return b.Bytes()
}

// data is the ResponseData.
func (r *Responder) data(a *OCSPAnswer) ([]byte, error) {
	extensions := a.Extensions
	if a.Nonce != nil {
		value, err := asn1.Marshal(a.Nonce)
		if err != nil {
			return nil, err
		}
		extensions = append([]pkix.Extension{{Id: oidNonce, Value: value}}, extensions...)
	}
	key, err := keyID(r.signer.Certificate.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		if a.ByName {
			b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddBytes(r.signer.Certificate.RawSubject) })
		} else {
			b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(key) })
		}
		b.AddASN1GeneralizedTime(a.ProducedAt.UTC())
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { r.addSingle(b, a) })
		})
		addExtensions(b, extensions)
	})
	return b.Bytes()
}

func (r *Responder) addSingle(b *cryptobyte.Builder, a *OCSPAnswer) {
	id := r.caHashes()
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addHash(b, oidSHA1)
		b.AddASN1OctetString(id.name)
		b.AddASN1OctetString(id.key)
		b.AddASN1BigInt(a.Serial)
	})
	switch a.Status {
	case certs.OCSPRevoked:
		b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
			b.AddASN1GeneralizedTime(a.RevokedAt.UTC())
			if a.Reason != 0 {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(a.Reason)) })
			}
		})
	case certs.OCSPUnknown:
		b.AddASN1(tag.Tag(2).ContextSpecific(), func(*cryptobyte.Builder) {})
	default:
		b.AddASN1(tag.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
	}
	b.AddASN1GeneralizedTime(a.ThisUpdate.UTC())
	if !a.NextUpdate.IsZero() {
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(a.NextUpdate.UTC()) })
	}
	extensions := a.SingleExtensions
	if a.CertHash != nil {
		extensions = append([]pkix.Extension{{Id: oidCertHash, Value: certHash(a.CertHash)}}, extensions...)
	}
	addExtensions(b, extensions)
}

func addHash(b *cryptobyte.Builder, oid asn1.ObjectIdentifier) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1NULL()
	})
}

func certHash(sum []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		addHash(b, oidSHA256)
		b.AddASN1OctetString(sum)
	})
	der, _ := b.Bytes()
	return der
}

// addExtensions writes Extensions under the context tag 1, which they have both
// times.
func addExtensions(b *cryptobyte.Builder, all []pkix.Extension) {
	if len(all) == 0 {
		return
	}
	b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, e := range all {
				addExtension(b, e)
			}
		})
	})
}
