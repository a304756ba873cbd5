package tsl

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// day is the unit of the TI's periods.
const day = 24 * time.Hour

// DefaultGrace is how long after NextUpdate a Konnektor goes on using a list
// unless it is told otherwise (gemSpec_Kon; 1 to 30 days).
const DefaultGrace = 30 * day

// Options say what a list is judged by.
type Options struct {
	// At is the time to judge at. It must be given; there is no hidden clock.
	At time.Time

	// Environment is the one that the list has to be of. "" means Production.
	Environment Environment

	// Anchors replace those compiled in for the environment. A list must be
	// signed under one of them.
	Anchors []*certs.Certificate

	// Stored is the list that is in use, nil for none. The new one must follow.
	Stored *Stored

	// Grace is how long after NextUpdate a list may be used. 0 means
	// DefaultGrace, less means not at all.
	Grace time.Duration

	// Historic judges signer and anchor at the time of issue that the list
	// gives, and makes an overdue list a warning: for the lists of an import
	// plan, which a Konnektor has to take although they are old (TIP1-A_4705).
	// It trusts that nobody who got hold of a key that expired since signs
	// lists with an old date.
	Historic bool

	// Detached is the content of the .sig file, nil for none. It is checked in
	// addition to the signature inside of the list.
	Detached []byte

	// OCSP is an OCSP answer about the signer, nil for none. Without one the
	// status is not checked, and the Result says so.
	OCSP *OCSPAnswer
}

// OCSPAnswer is an answer about the signer of a list: asked for with
// certs.NewOCSPRequest, or the .ocsp file of a download point.
type OCSPAnswer struct {
	DER   []byte
	Nonce []byte        // of the request, nil for a stored answer
	Grace time.Duration // how old a stored answer may be; 0 means 10 minutes
}

// Stored is what has to be remembered of a list to judge the next one.
type Stored struct {
	Environment Environment `json:"environment"`
	Sequence    int         `json:"sequence"`
	ID          string      `json:"id"`
}

// Result is what is known of a list that was accepted.
type Result struct {
	List        *List
	Signer      *certs.Certificate // C.TSL.SIG
	Anchor      *certs.Certificate // the TSL-CA that issued it
	SigningTime time.Time          // as the signature says, in UTC
	CheckedAt   time.Time          // Options.At

	// Same means that the list is the stored one: valid, but nothing new.
	Same bool
	// Announced is the trust anchor that the list announces, nil for none.
	Announced *Announcement
	// Detached means that a detached signature was checked as well.
	Detached bool
	// OCSP is the answer about the signer, nil when none was given.
	OCSP *certs.OCSPResponse

	Warnings []Warning
	// NotChecked names what nobody has looked at. A list is as good as valid
	// only when these do not matter.
	NotChecked []Unchecked
}

// Verify judges a list in the order of gemSpec_PKI, TUC_PKI_001. Every error
// that is about the list is an *Error with a code of the TI; the first step that
// fails decides:
//
//	well-formed 1011, schema 1012, download addresses 1005, signer's certificate 1002
//	trust anchor 1042, 1027, 1023, 1024, 1021; signer 1016, 1017, 1021
//	OCSP status of the signer, if an answer is given: the codes of package certs
//	signature 1013, environment, Id and sequence number 1007
//	NextUpdate 1008 (a warning), 1009
//	announced trust anchor 1003, 1004 (warnings)
//
// Without Options.OCSP the status of the signer stays open: see
// Result.NotChecked.
// Everything in the Result was signed, or was checked against what was signed.
// Verify does not keep data and is safe for concurrent use.
func Verify(data []byte, o Options) (*Result, error) {
	if o.At.IsZero() {
		return nil, &Error{Reason: "options", Err: ErrCheckTime}
	}
	doc, err := readDocument(data)
	if err != nil {
		return nil, err
	}
	list, err := doc.list()
	if err != nil {
		return nil, err
	}
	if len(list.Addresses) == 0 {
		return nil, refuse(CodeNoAddress, nil, "the list names no download address")
	}
	sig, err := doc.signature()
	if err != nil {
		return nil, err
	}
	r := &Result{List: list, Signer: sig.signer, SigningTime: sig.signingTime, CheckedAt: o.At}
	if err := r.checkSigner(&o); err != nil {
		return nil, err
	}
	if err := r.checkOCSP(&o); err != nil {
		return nil, err
	}
	if err := doc.verify(sig); err != nil {
		return nil, err
	}
	if err := r.checkDetached(data, o.Detached); err != nil {
		return nil, err
	}
	if err := r.checkContent(&o); err != nil {
		return nil, err
	}
	return r, nil
}

// checkContent does the steps after the signature.
func (r *Result) checkContent(o *Options) error {
	if err := r.checkEnvironment(o); err != nil {
		return err
	}
	if err := r.checkSequence(o.Stored); err != nil {
		return err
	}
	if err := r.checkNextUpdate(o); err != nil {
		return err
	}
	r.checkAnnouncements(o)
	return nil
}

// signerTime is when signer and anchor have to be valid.
func (r *Result) signerTime(o *Options) time.Time {
	if o.Historic {
		return r.List.Issued
	}
	return o.At
}

var oidTSLSigning = asn1.ObjectIdentifier{0, 4, 0, 2231, 3, 0}

func (r *Result) checkSigner(o *Options) error {
	anchors, err := o.anchors(r.List.Environment)
	if err != nil {
		return err
	}
	if r.Anchor, err = findAnchor(r.Signer, anchors); err != nil {
		return o.explain(err, r.List.Environment)
	}
	switch {
	case r.Signer.KeyUsage != x509.KeyUsageContentCommitment:
		return refuse(CodeKeyUsage, nil, "signer %s: key usage is not nonRepudiation alone", r.signerName())
	case !slices.ContainsFunc(r.Signer.UnknownExtKeyUsage, oidTSLSigning.Equal):
		return refuse(CodeExtendedKeyUsage, nil, "signer %s: extended key usage is not the signing of lists", r.signerName())
	case r.Signer.IsCA:
		return refuse(CodeKeyUsage, nil, "signer %s is a CA", r.signerName())
	}
	at := r.signerTime(o)
	if err := checkTime(r.Anchor, "trust anchor", at); err != nil {
		return err
	}
	if err := checkTime(r.Signer, "signer", at); err != nil {
		return err
	}
	if o.Historic {
		r.warnExpired(o.At)
	}
	return nil
}

func (r *Result) signerName() string { return r.Signer.Subject.CommonName }

func (r *Result) warnExpired(at time.Time) {
	for _, c := range []struct {
		kind WarningKind
		what string
		cert *certs.Certificate
	}{{WarnAnchorExpired, "trust anchor", r.Anchor}, {WarnSignerExpired, "signer", r.Signer}} {
		if err := checkTime(c.cert, c.what, at); err != nil {
			r.warn(c.kind, err.Code, "%s; it was valid when the list was issued", err.Reason)
		}
	}
}

func checkTime(cert *certs.Certificate, what string, at time.Time) *Error {
	name := cert.Subject.CommonName
	switch {
	case at.Before(cert.NotBefore):
		return refuse(CodeNotInTime, nil, "%s %s is valid from %s only", what, name, stamp(cert.NotBefore))
	case at.After(cert.NotAfter):
		return refuse(CodeNotInTime, nil, "%s %s expired on %s", what, name, stamp(cert.NotAfter))
	}
	return nil
}

// findAnchor finds the anchor that issued the signer's certificate.
func findAnchor(signer *certs.Certificate, anchors []*certs.Certificate) (*certs.Certificate, error) {
	if len(anchors) == 0 {
		return nil, refuse(CodeAnchorMissing, nil, "no trust anchor to check with")
	}
	var named, keyed bool
	var cause error
	for _, a := range anchors {
		if !bytes.Equal(a.RawSubject, signer.RawIssuer) {
			continue
		}
		named = true
		if len(signer.AuthorityKeyId) == 0 || !bytes.Equal(a.SubjectKeyId, signer.AuthorityKeyId) {
			continue
		}
		keyed = true
		if cause = signer.CheckIssuedBy(a); cause == nil {
			return a, nil
		}
	}
	name := signer.Subject.CommonName
	switch {
	case keyed:
		return nil, refuse(CodeSignerSignature, cause, "signer %s", name)
	case named:
		return nil, refuse(CodeOtherKeyID, nil, "signer %s was issued with another key of %s than the trust anchor's", name, signer.Issuer.CommonName)
	}
	return nil, refuse(CodeAnchorUnknown, nil, "signer %s was issued by %s, which is no trust anchor here", name, signer.Issuer.CommonName)
}

// checkOCSP judges the answer about the signer; the responder has its right
// from the trust anchor.
func (r *Result) checkOCSP(o *Options) error {
	if o.OCSP == nil {
		r.NotChecked = append(r.NotChecked, UncheckedOCSP)
		return nil
	}
	answer, err := certs.ParseOCSPResponse(o.OCSP.DER)
	if err == nil {
		err = answer.Verify(r.Signer, r.Anchor, certs.OCSPOptions{At: o.At, Nonce: o.OCSP.Nonce, Grace: o.OCSP.Grace})
	}
	if err != nil {
		var known *certs.CheckError
		if errors.As(err, &known) {
			return refuse(known.Code, err, "OCSP status of the signer")
		}
		return refuse(certs.CodeOCSPCheck, err, "OCSP status of the signer")
	}
	r.OCSP = answer
	return nil
}

// explain adds to an unknown anchor that the list says itself that it is of
// another environment: then no anchor is missing.
func (o *Options) explain(err error, found Environment) error {
	var e *Error
	want := o.environment()
	if found == want || want == AnyEnvironment || !errors.As(err, &e) || e.Err != nil {
		return err
	}
	return refuse(e.Code, fmt.Errorf("it says that it is of environment %s, not %s: %w", found, want, ErrEnvironment), "%s", e.Reason)
}

// checkDetached wants the signer of the list itself: the pair comes from one
// hand.
func (r *Result) checkDetached(data, file []byte) error {
	if file == nil {
		r.NotChecked = append(r.NotChecked, UncheckedDetached)
		return nil
	}
	d, err := ReadDetached(file)
	if err != nil {
		return err
	}
	if !d.Signer.Equal(r.Signer) {
		return refuse(CodeSignature, nil, "detached signature: made by %s, the one inside by %s", d.Signer.Subject.CommonName, r.signerName())
	}
	if err := d.Verify(data); err != nil {
		return err
	}
	r.Detached = true
	return nil
}

func (r *Result) checkEnvironment(o *Options) error {
	want, is := o.environment(), r.List.Environment
	if want != AnyEnvironment && is != want {
		return refuse(CodeIDIncorrect, ErrEnvironment, "list of environment %s instead of %s", is, want)
	}
	if o.Stored != nil && o.Stored.Environment != "" && is != o.Stored.Environment {
		return refuse(CodeIDIncorrect, ErrEnvironment, "list of environment %s over one of %s", is, o.Stored.Environment)
	}
	return nil
}

// checkSequence applies TUC_PKI_019: a list with a greater number and another
// Id is new, with both equal it is the stored one, and nothing else is right.
func (r *Result) checkSequence(stored *Stored) error {
	l := r.List
	if want := fmt.Sprintf("ID3%d%s", l.Sequence, l.Issued.Format("20060102150405Z")); l.ID != want {
		r.warn(WarnID, CodeIDIncorrect, "Id %.60q is not made of number and time, as %s", l.ID, want)
	}
	if stored == nil {
		r.NotChecked = append(r.NotChecked, UncheckedSequence)
		return nil
	}
	sameID := l.ID == stored.ID
	switch {
	case l.Sequence > stored.Sequence && !sameID:
		return nil
	case l.Sequence == stored.Sequence && sameID:
		r.Same = true
		return nil
	case l.Sequence < stored.Sequence:
		return refuse(CodeIDIncorrect, nil, "sequence number %d is lower than %d of the stored list", l.Sequence, stored.Sequence)
	case sameID:
		return refuse(CodeIDIncorrect, nil, "sequence number %d is new, the Id %s is that of the stored list", l.Sequence, l.ID)
	}
	return refuse(CodeIDIncorrect, nil, "sequence number %d is that of the stored list, the Id is another one", l.Sequence)
}

func (r *Result) checkNextUpdate(o *Options) error {
	next := r.List.NextUpdate
	if next.IsZero() {
		r.warn(WarnNoNextUpdate, 0, "the list does not say when the next one comes")
		return nil
	}
	if !o.At.After(next) {
		return nil
	}
	end := next.Add(o.grace())
	if !o.At.After(end) {
		r.warn(WarnOverdue, CodeOverdue, "the list should have been replaced until %s; it may be used until %s", stamp(next), stamp(end))
		return nil
	}
	text := fmt.Sprintf("the list should have been replaced until %s and was usable until %s", stamp(next), stamp(end))
	if o.Historic {
		r.warn(WarnExpired, CodeExpired, "%s", text)
		return nil
	}
	return refuse(CodeExpired, nil, "%s", text)
}

func (o *Options) environment() Environment {
	if o.Environment == "" {
		return Production
	}
	return o.Environment
}

func (o *Options) grace() time.Duration {
	switch {
	case o.Grace == 0:
		return DefaultGrace
	case o.Grace < 0:
		return 0
	}
	return o.Grace
}

// anchors are the given ones, or those of the environment asked for.
func (o *Options) anchors(found Environment) ([]*certs.Certificate, error) {
	if o.Anchors != nil {
		return o.Anchors, nil
	}
	env := o.environment()
	if env == AnyEnvironment {
		env = found
	}
	anchor, err := AnchorOf(env)
	if err != nil {
		return nil, refuse(CodeAnchorMissing, err, "no trust anchor to check with")
	}
	return []*certs.Certificate{anchor}, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
