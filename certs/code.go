package certs

import (
	"fmt"
	"strconv"
)

// Code is an error code of the TI. errors.Is(err, code) finds it in an error of
// this package.
type Code int

// The codes that judging a certificate or an OCSP answer ends in (gemSpec_PKI,
// Tab_PKI_274).
const (
	CodeKeyUsage         Code = 1016 // key usage missing or not that of the type
	CodeExtKeyUsage      Code = 1017 // extended key usage not that of the type
	CodeWrongType        Code = 1018 // of another type than expected
	CodeUnreadable       Code = 1019 // cannot be read, or demands what is not understood
	CodeNotInTime        Code = 1021 // outside of the validity
	CodeOtherKeyID       Code = 1023 // names another key of the issuer
	CodeSignature        Code = 1024 // signature invalid
	CodeIssuerUnknown    Code = 1027 // issuer not among the trusted ones
	CodeOCSPCheck        Code = 1029 // the OCSP answer cannot be evaluated
	CodeOCSPSigner       Code = 1030 // who signed the OCSP answer must not
	CodeOCSPSignature    Code = 1031 // signature of the OCSP answer invalid
	CodeOCSPUnavailable  Code = 1032 // responder does not answer
	CodeNoType           Code = 1033 // no certificate type in the policies
	CodeCARevoked        Code = 1036 // issued after its CA had been revoked
	CodeNoCertHash       Code = 1040 // OCSP answer without the hash of the certificate
	CodeOtherCertHash    Code = 1041 // OCSP answer with the hash of another certificate
	CodeStatusUnknown    Code = 1044 // the responder does not know the certificate
	CodeRevoked          Code = 1047 // revoked at or before the time of the check
	CodeNonce            Code = 1051 // OCSP answer with another nonce or none
	CodeOCSPStatus       Code = 1058 // the responder answers with an error
	CodeTypeNotAllowedCA Code = 1061 // the trust list does not let the CA issue this type
)

// Error gives the number.
func (c Code) Error() string { return strconv.Itoa(int(c)) }

// CheckError is why a certificate, a chain or an OCSP answer is refused. It
// wraps its code and its cause.
type CheckError struct {
	Code   Code
	Reason string // in a few words, lower case, without names of people
	Err    error  // what it comes from, or nil
}

// Error gives the code and the reason.
func (e *CheckError) Error() string {
	text := "certs: " + e.Code.Error() + " " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *CheckError) Unwrap() error { return e.Err }

// Is reports whether target is the error's code.
func (e *CheckError) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

func refuse(code Code, cause error, format string, args ...any) error {
	return &CheckError{code, fmt.Sprintf(format, args...), cause}
}
