package tsl

import (
	"strconv"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs"
)

// oidTypes is before the number of every certificate type of the TI.
const oidTypes = "1.2.276.0.76.4."

// TrustedCAs are the CAs of the list as certs.CheckOptions needs them, each with
// what it may issue. unreadable are those whose certificate cannot be parsed; no
// real list has any.
func (l *List) TrustedCAs() (cas []certs.TrustedCA, unreadable []*Service) {
	for _, s := range l.In(GroupCA) {
		all, err := s.Certificates()
		if err != nil {
			unreadable = append(unreadable, s)
			continue
		}
		for _, cert := range all {
			cas = append(cas, s.trusted(cert))
		}
	}
	return cas, unreadable
}

func (s *Service) trusted(cert *certs.Certificate) certs.TrustedCA {
	ca := certs.TrustedCA{Certificate: cert}
	for _, x := range s.Extensions {
		number, ok := strings.CutPrefix(x.OID, oidTypes)
		if n, err := strconv.Atoi(number); ok && err == nil && x.OID != oidPlaceholder {
			ca.Types = append(ca.Types, certs.Type(n))
		}
	}
	if s.Status == StatusRevoked {
		ca.RevokedSince = s.Since
	}
	if len(s.SupplyPoints) > 0 {
		ca.OCSP = s.SupplyPoints[0]
	}
	return ca
}

// OCSPResponders are the signers of OCSP answers that the list names, as
// certs.OCSPOptions needs them. What cannot be parsed is left out.
func (l *List) OCSPResponders() []*certs.Certificate {
	signers := []*certs.Certificate{} // never nil: an empty list trusts nobody
	for _, s := range l.In(GroupOCSP) {
		if all, err := s.Certificates(); err == nil {
			signers = append(signers, all...)
		}
	}
	return signers
}
