package certs

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

const (
	// maxChain bounds a chain in certificates, leaf and anchor included. The
	// TI needs three, and one more for each step from root to root: in 2026
	// the way from RCA2 to RCA11 has nine.
	maxChain = 16
	// maxLinks bounds the signatures that are checked in search of a chain.
	maxLinks = 256
)

// ErrChain means that no chain leads from a certificate to a trust anchor. The
// code of the *CheckError around it tells more.
var ErrChain = errors.New("no chain to a trust anchor")

// Pool is a set of CA certificates, cross certificates among them, in which
// chains are looked for. Being in a Pool gives no trust. Only Add changes it;
// reading it is safe for concurrent use. The zero value is an empty Pool.
type Pool struct {
	bySubject map[string][]*Certificate
	known     map[[sha256.Size]byte]bool
	all       []*Certificate
}

// NewPool makes a Pool of certificates. Those of no CA are left out.
func NewPool(all ...*Certificate) *Pool {
	p := &Pool{}
	p.Add(all...)
	return p
}

// Add puts more certificates in. Those of no CA, and such as are in already, are
// left out.
func (p *Pool) Add(all ...*Certificate) {
	if p.bySubject == nil {
		p.bySubject, p.known = map[string][]*Certificate{}, map[[sha256.Size]byte]bool{}
	}
	for _, c := range all {
		if c == nil || !c.IsCA {
			continue
		}
		if id := sha256.Sum256(c.Raw); !p.known[id] {
			p.known[id] = true
			p.all = append(p.all, c)
			p.bySubject[string(c.RawSubject)] = append(p.bySubject[string(c.RawSubject)], c)
		}
	}
}

// Certificates lists what is in the Pool, in the order it came in.
func (p *Pool) Certificates() []*Certificate { return append([]*Certificate(nil), p.all...) }

// issuers are the certificates that by name and key identifier may have issued c.
func (p *Pool) issuers(c *Certificate) (named, matching []*Certificate) {
	if p == nil {
		return nil, nil
	}
	named = p.bySubject[string(c.RawIssuer)]
	for _, ca := range named {
		if len(c.AuthorityKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, ca.SubjectKeyId) {
			matching = append(matching, ca)
		}
	}
	return named, matching
}

// Chain leads from a certificate to a trust anchor: each one is issued by the
// next, the last one is the anchor.
type Chain []*Certificate

// Leaf is the certificate that the chain is for.
func (c Chain) Leaf() *Certificate { return c[0] }

// Anchor is the trust anchor.
func (c Chain) Anchor() *Certificate { return c[len(c)-1] }

// Path is the common names from the leaf to the anchor.
func (c Chain) Path() []string {
	names := make([]string, len(c))
	for i, cert := range c {
		names[i] = cert.DisplayName()
	}
	return names
}

// Chain looks for the shortest chain from a certificate through the Pool to one
// of the anchors, in which every certificate is valid at the time, every issuer
// is a CA and no path length is exceeded. It looks at no key usage, type or
// revocation of the leaf; [Certificate.Check] does. Anchors are the very
// certificates given: another one of the same name and key is none.
//
// Chains have at most 16 certificates. The work is bounded whatever is in the
// Pool. Its errors are a *CheckError that wraps ErrChain, with CodeNotInTime for
// the leaf, CodeUnreadable, CodeIssuerUnknown, CodeOtherKeyID or CodeSignature.
func (p *Pool) Chain(leaf *Certificate, at time.Time, anchors ...*Certificate) (Chain, error) {
	if err := leaf.CheckTime(at); err != nil {
		return nil, err
	}
	if err := leaf.checkExtensions(); err != nil {
		return nil, err
	}
	s := &search{
		at: at, pool: p, anchors: NewPool(anchors...),
		seen: map[[sha256.Size]byte]bool{sha256.Sum256(leaf.Raw): true},
	}
	if s.isAnchor(leaf) {
		return Chain{leaf}, nil
	}
	for level := []Chain{{leaf}}; len(level) > 0; {
		var next []Chain
		for _, begun := range level {
			found, grown := s.grow(begun)
			if found != nil {
				return found, nil
			}
			next = append(next, grown...)
		}
		level = next
	}
	return nil, s.why(leaf)
}

// CheckTime checks the validity at a time. Its errors are a *CheckError with
// CodeNotInTime.
func (c *Certificate) CheckTime(at time.Time) error {
	switch {
	case at.Before(c.NotBefore):
		return refuse(CodeNotInTime, nil, "not valid before %s", c.NotBefore.Format(time.RFC3339))
	case at.After(c.NotAfter):
		return refuse(CodeNotInTime, nil, "expired on %s", c.NotAfter.Format(time.RFC3339))
	}
	return nil
}

var oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}

// checkExtensions refuses what must not be ignored and is not evaluated here:
// unknown critical extensions, and name constraints, which the TI does not use.
func (c *Certificate) checkExtensions() error {
	if len(c.UnhandledCriticalExtensions) > 0 {
		return refuse(CodeUnreadable, nil, "unknown critical extension %v", c.UnhandledCriticalExtensions[0])
	}
	for _, e := range c.Extensions {
		if e.Id.Equal(oidNameConstraints) {
			return refuse(CodeUnreadable, nil, "name constraints")
		}
	}
	return nil
}

// search goes through the pool breadth first and enters each certificate once,
// so that cross certificates in a circle cost nothing.
type search struct {
	at      time.Time
	pool    *Pool
	anchors *Pool
	seen    map[[sha256.Size]byte]bool
	links   int // signatures checked

	named, signature bool // what was found wrong with issuers of the leaf
	late             error
}

func (s *search) isAnchor(c *Certificate) bool { return s.anchors.known[sha256.Sum256(c.Raw)] }

// grow returns a chain that has arrived at an anchor, or those that are one
// certificate longer.
func (s *search) grow(begun Chain) (found Chain, grown []Chain) {
	if len(begun) == maxChain {
		return nil, nil
	}
	last := begun.Anchor()
	for _, from := range []*Pool{s.anchors, s.pool} {
		named, matching := from.issuers(last)
		s.named = s.named || len(begun) == 1 && len(named) > 0
		for _, ca := range matching {
			id := sha256.Sum256(ca.Raw)
			if s.seen[id] || !s.link(begun, ca) {
				continue
			}
			s.seen[id] = true
			longer := append(begun[:len(begun):len(begun)], ca)
			if s.isAnchor(ca) {
				return longer, nil
			}
			grown = append(grown, longer)
		}
	}
	return nil, grown
}

// link reports whether ca may follow at the end of a chain.
func (s *search) link(begun Chain, ca *Certificate) bool {
	if s.links == maxLinks {
		return false
	}
	if err := ca.CheckTime(s.at); err != nil {
		s.late = err
		return false
	}
	if (ca.MaxPathLen > 0 || ca.MaxPathLenZero) && begun.below() > ca.MaxPathLen {
		return false
	}
	if ca.checkExtensions() != nil {
		return false
	}
	s.links++
	err := begun.Anchor().CheckIssuedBy(ca)
	s.signature = s.signature || len(begun) == 1 && errors.Is(err, ErrSignature)
	return err == nil
}

// below counts the CAs of the chain that a path length counts: all that are not
// self-issued (RFC 5280, 4.2.1.9).
func (c Chain) below() int {
	n := 0
	for _, cert := range c[1:] {
		if !cert.selfIssued() {
			n++
		}
	}
	return n
}

func (s *search) why(leaf *Certificate) error {
	_, byAnchor := s.anchors.issuers(leaf)
	_, byPool := s.pool.issuers(leaf)
	switch {
	case s.links == maxLinks:
		return refuse(CodeIssuerUnknown, ErrChain, "gave up after %d signatures", maxLinks)
	case s.signature:
		return refuse(CodeSignature, ErrChain, "signature of the certificate is not the issuer's")
	case len(byAnchor)+len(byPool) == 0 && s.named:
		return refuse(CodeOtherKeyID, ErrChain, "names another key than the issuer has")
	case s.late != nil:
		return refuse(CodeIssuerUnknown, fmt.Errorf("%w: %w", ErrChain, s.late), "an issuer is not valid at this time")
	}
	return refuse(CodeIssuerUnknown, ErrChain, "issuer is unknown, or does not lead to a trust anchor")
}
