package tsl

import (
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// Unverified is what a file says of itself: anybody may have written it. It is
// for telling a person what a refused file seems to be, and decides nothing.
type Unverified struct {
	ID                 string
	Sequence           int
	Environment        Environment
	Issued, NextUpdate time.Time

	Signer    *certs.Certificate   // as the signature has it, nil without one
	Announces []*certs.Certificate // anchors of its announcements that can be read

	// Damage is why the signature is not that of Signer over the list, nil when
	// it is. Without damage only the trust anchor is left to be checked.
	Damage error
}

// Peek reads a list without any trust anchor. The error is an *Error with
// CodeNotWellFormed or CodeSchema: then the file is no list at all.
func Peek(data []byte) (*Unverified, error) {
	doc, err := readDocument(data)
	if err != nil {
		return nil, err
	}
	l, err := doc.list()
	if err != nil {
		return nil, err
	}
	u := &Unverified{ID: l.ID, Sequence: l.Sequence, Environment: l.Environment, Issued: l.Issued, NextUpdate: l.NextUpdate}
	for _, s := range l.In(GroupAnchorChange) {
		if all, err := s.Certificates(); err == nil {
			u.Announces = append(u.Announces, all...)
		}
	}
	sig, err := doc.signature()
	if err != nil {
		u.Damage = err
		return u, nil
	}
	u.Signer, u.Damage = sig.signer, doc.verify(sig)
	return u, nil
}
