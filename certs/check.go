package certs

import (
	"bytes"
	"errors"
	"slices"
	"time"
)

// TrustedCA is what a verified trust list says about a CA.
type TrustedCA struct {
	Certificate *Certificate
	// Types are what the CA may issue. A CA without types may issue nothing
	// with a type.
	Types []Type
	// RevokedSince is when the CA was revoked, or zero. What it issued before
	// stays valid.
	RevokedSince time.Time
	// OCSP is the responder for certificates of the CA, or empty.
	OCSP string
}

// CheckOptions say what a certificate is checked against.
type CheckOptions struct {
	At  time.Time
	CAs []TrustedCA
	// Expect are the types of which the certificate must be one. None means
	// any.
	Expect []Type
}

// Check judges an end-entity certificate by a trust list, in the order of
// TUC_PKI_018: issuer and its status, validity, signature, key usages, type. It
// returns the issuer. Revocation of the certificate itself is another question;
// see [NewOCSPRequest].
//
// Its errors are a *CheckError.
func (c *Certificate) Check(o CheckOptions) (*TrustedCA, error) {
	ca, err := c.findIssuer(o.CAs)
	if err != nil {
		return nil, err
	}
	if !ca.RevokedSince.IsZero() && c.NotBefore.After(ca.RevokedSince) {
		return nil, refuse(CodeCARevoked, nil, "issued after %s, when its CA was revoked", ca.RevokedSince.Format(time.RFC3339))
	}
	if err := c.CheckTime(o.At); err != nil {
		return nil, err
	}
	if err := c.CheckIssuedBy(ca.Certificate); err != nil {
		code := CodeSignature
		if errors.Is(err, ErrNotIssuer) {
			code = CodeIssuerUnknown
		}
		return nil, refuse(code, err, "not issued by %s", ca.Certificate.DisplayName())
	}
	if err := c.checkExtensions(); err != nil {
		return nil, err
	}
	if err := c.checkTypes(ca, o.Expect); err != nil {
		return nil, err
	}
	return ca, nil
}

// findIssuer finds the CA by name and key identifier.
func (c *Certificate) findIssuer(all []TrustedCA) (*TrustedCA, error) {
	named := false
	for i := range all {
		ca := all[i].Certificate
		if ca == nil || !bytes.Equal(ca.RawSubject, c.RawIssuer) {
			continue
		}
		named = true
		if len(c.AuthorityKeyId) > 0 && bytes.Equal(ca.SubjectKeyId, c.AuthorityKeyId) {
			return &all[i], nil
		}
	}
	if named {
		return nil, refuse(CodeOtherKeyID, nil, "names another key than the issuer has")
	}
	return nil, refuse(CodeIssuerUnknown, nil, "issuer is not in the trust list")
}

func (c *Certificate) checkTypes(ca *TrustedCA, expect []Type) error {
	types := c.Types()
	if len(types) == 0 {
		return refuse(CodeNoType, nil, "policies name no certificate type")
	}
	if err := c.CheckProfile(types[0]); err != nil {
		return err
	}
	wanted := func(t Type) bool { return len(expect) == 0 || slices.Contains(expect, t) }
	i := slices.IndexFunc(types, wanted)
	if i < 0 {
		return refuse(CodeWrongType, nil, "%v is not the type expected", types[0])
	}
	if !slices.Contains(ca.Types, types[i]) {
		return refuse(CodeTypeNotAllowedCA, nil, "%s may not issue %v", ca.Certificate.DisplayName(), types[i])
	}
	return nil
}
