package tsltest

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

const day = 24 * time.Hour

// MakerOptions say what a Maker makes; the zero value is a good one.
type MakerOptions struct {
	// PKI issues the certificates. nil means one of its own without RSA keys.
	PKI *certstest.PKI
	// Environment is what the lists say they are of. "" means production: the
	// lists are told from real ones by their anchor and by TEST-ONLY in the
	// names of certificates.
	Environment tsl.Environment
}

// Maker makes lists. It is safe for concurrent use.
type Maker struct {
	pki      *certstest.PKI
	env      tsl.Environment
	services []Service

	mu       sync.Mutex
	sequence int
	anchors  map[int]*certstest.CA
	signers  map[int]*certstest.Identity
}

// New makes a Maker with default options, or fails the test.
func New(t testing.TB) *Maker {
	t.Helper()
	m, err := Make(MakerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Make makes a Maker.
func Make(o MakerOptions) (*Maker, error) {
	m := &Maker{pki: o.PKI, env: o.Environment, sequence: 10000, anchors: map[int]*certstest.CA{}, signers: map[int]*certstest.Identity{}}
	var err error
	if m.pki == nil {
		if m.pki, err = certstest.Make(certstest.Options{WithoutRSA: true}); err != nil {
			return nil, fmt.Errorf("tsltest: %w", err)
		}
	}
	if m.env == "" {
		m.env = tsl.Production
	}
	if m.services, err = standardServices(m.pki); err != nil {
		return nil, fmt.Errorf("tsltest: %w", err)
	}
	return m, nil
}

// PKI is what issues the certificates.
func (m *Maker) PKI() *certstest.PKI { return m.pki }

// At is the time at which lists are valid by default: a day after their issue.
func (m *Maker) At() time.Time { return m.pki.At() }

// Options are those with which a list of generation 1 is valid.
func (m *Maker) Options() tsl.Options {
	return tsl.Options{At: m.At(), Environment: m.env, Anchors: []*certs.Certificate{m.pki.TSLCA(1).Certificate}}
}

// State is a device that knows the anchor of generation 1 and no list.
func (m *Maker) State() tsl.State {
	return tsl.State{Environment: m.env, Anchor: m.pki.TSLCA(1).Certificate}
}

// Anchor is the TSL CA of a generation, from 1 on: the same at every call.
func (m *Maker) Anchor(generation int) (*certstest.CA, error) {
	if ca := m.pki.TSLCA(generation); ca != nil {
		return ca, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if ca := m.anchors[generation]; ca != nil {
		return ca, nil
	}
	ca, err := m.pki.NewTSLCA(generation)
	if err != nil {
		return nil, fmt.Errorf("tsltest: anchor of generation %d: %w", generation, err)
	}
	m.anchors[generation] = ca
	return ca, nil
}

// Signer is the usual signer under the anchor of a generation.
func (m *Maker) Signer(generation int) (*certstest.Identity, error) {
	ca, err := m.Anchor(generation)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.signers[generation] == nil {
		if m.signers[generation], err = m.pki.TSLSigner(ca); err != nil {
			return nil, fmt.Errorf("tsltest: signer of generation %d: %w", generation, err)
		}
	}
	return m.signers[generation], nil
}

// Spec says what list to make. Zero fields mean a valid list like the real ones.
type Spec struct {
	Sequence    int             // 0 means one more than the last one made
	Issued      time.Time       // zero means a day before At
	ID          string          // "" means the right one
	Valid       time.Duration   // from Issued to NextUpdate; 0 means 30 days
	Environment tsl.Environment // "" means that of the Maker

	// Generation is that of the anchor under which the list is signed; 0 means
	// 1. Signer, unless nil, signs instead of the usual one.
	Generation int
	Signer     *certstest.Identity

	// Announce are trust anchors to announce. More than one is a mistake.
	Announce []Announcement
	// Services replace the standard ones unless nil.
	Services []Service

	// Change alters the list before it is signed.
	Change func(*Draft)
}

// Announcement is a TSLServiceCertChange.
type Announcement struct {
	Anchor *certstest.CA
	Active time.Time
	DER    []byte // instead of the anchor's certificate, unless nil
}

// List is a list that was made.
type List struct {
	XML      []byte
	Detached []byte // the .sig file for XML
	Sequence int
	ID       string
	Issued   time.Time
	Signer   *certstest.Identity
}

// List makes a list.
func (m *Maker) List(s Spec) (*List, error) {
	d, err := m.draft(s)
	if err != nil {
		return nil, err
	}
	if s.Change != nil {
		s.Change(d)
	}
	xml, err := d.sign()
	if err != nil {
		return nil, fmt.Errorf("tsltest: %w", err)
	}
	detached, err := Detach(xml, d.Signer)
	if err != nil {
		return nil, err
	}
	return &List{xml, detached, d.Sequence, d.ID, d.Issued, d.Signer}, nil
}

func (m *Maker) draft(s Spec) (*Draft, error) {
	if s.Signer == nil {
		var err error
		if s.Signer, err = m.Signer(max(s.Generation, 1)); err != nil {
			return nil, err
		}
	}
	if s.Issued.IsZero() {
		s.Issued = m.At().Add(-day)
	}
	if s.Valid == 0 {
		s.Valid = 30 * day
	}
	if s.Environment == "" {
		s.Environment = m.env
	}
	m.mu.Lock()
	if s.Sequence == 0 {
		s.Sequence = m.sequence + 1
	}
	m.sequence = max(m.sequence, s.Sequence)
	m.mu.Unlock()
	if s.ID == "" {
		s.ID = fmt.Sprintf("ID3%05d%s", s.Sequence, s.Issued.UTC().Format("20060102150405Z"))
	}
	services := s.Services
	if services == nil {
		services = m.Services()
	}
	for _, a := range s.Announce {
		services = append(services[:len(services):len(services)], a.service())
	}
	return newDraft(s, services), nil
}

// Chain makes lists that lead through changes of the trust anchor: list i is
// signed under generation i+1 and announces generation i+2, the last one
// announces nothing. They were issued 60 days apart, the last one a day before
// At; each announcement has come into force before the next list was issued. So
// all but the last are overdue at At, and their signers have expired.
func (m *Maker) Chain(changes int) ([]*List, error) {
	var chain []*List
	for i := range changes + 1 {
		issued := m.At().Add(-day - time.Duration(changes-i)*60*day)
		signer, err := m.oldSigner(i+1, issued)
		if err != nil {
			return nil, err
		}
		s := Spec{Issued: issued, Signer: signer}
		if i < changes {
			next, err := m.Anchor(i + 2)
			if err != nil {
				return nil, err
			}
			s.Announce = []Announcement{{Anchor: next, Active: issued.Add(10 * day)}}
		}
		list, err := m.List(s)
		if err != nil {
			return nil, err
		}
		chain = append(chain, list)
	}
	return chain, nil
}

// oldSigner is one that expires 40 days after a list was issued.
func (m *Maker) oldSigner(generation int, issued time.Time) (*certstest.Identity, error) {
	ca, err := m.Anchor(generation)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("LK TSL Signing Unit %d TEST-ONLY", generation)
	id, err := m.pki.TSLSigner(ca, certstest.Valid(issued.Add(-300*day), issued.Add(40*day)), certstest.CommonName(name))
	if err != nil {
		return nil, fmt.Errorf("tsltest: signer: %w", err)
	}
	return id, nil
}

// oid is an object identifier of the TI as text.
func oid(n int) string { return certstest.TI(n).String() }

// self makes a certificate that has signed itself.
func self(name string, from, to time.Time) ([]byte, error) {
	key, err := certstest.GenerateKey(certs.KeyP256)
	if err != nil {
		return nil, err
	}
	id, err := certstest.SelfSigned(certstest.Template{
		Subject: pkix.Name{Country: []string{"DE"}, CommonName: name}, NotBefore: from, NotAfter: to,
		Policies: []asn1.ObjectIdentifier{certstest.OIDPolicy},
	}, key)
	if err != nil {
		return nil, err
	}
	return id.DER, nil
}
