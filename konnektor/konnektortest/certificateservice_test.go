package konnektortest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// certificateCall is a request of the CertificateService, written by hand.
func certificateCall(r *raw, operation, before, after string) message {
	space := certificateSpaces["CERT"]
	start := `<CERT:` + operation + ` xmlns:CERT="` + space + `" xmlns:CERTCMN="` + certificateSpaces["CERTCMN"] + `">`
	return message{
		path:        r.path("CertificateService"),
		action:      `"` + space + "#" + operation + `"`,
		contentType: "text/xml; charset=UTF-8",
		body:        envelope(start + before + here + after + "</CERT:" + operation + ">"),
	}
}

// What the schema of CertificateService does not allow is answered with 4000.
func TestCertificateServiceIsStrict(t *testing.T) {
	r := newRaw(t, Options{BadRequests: true, Style: Secunet}) // all versions at one address
	handle := Elem("CONN:CardHandle", string(r.k.Handle(konnektor.CardSMCB)))
	refs := Elem("CERT:CertRefList", Elem("CERT:CertRef", "C.AUT"))
	ecc := Elem("CERT:Crypt", "ECC")
	for name, c := range map[string]struct {
		operation, before, after string
		code                     int
	}{
		"good":                 {"ReadCardCertificate", handle, refs + ecc, 0},
		"good, of all":         {"CheckCertificateExpiration", "", ecc, 0},
		"good, to be judged":   {"VerifyCertificate", "", Elem("CERTCMN:X509Certificate", "AAEC") + Elem("CERT:VerificationTime", "2026-01-31T08:00:00Z"), 0},
		"context first":        {"ReadCardCertificate", "", handle + refs, 4000},
		"no reference":         {"ReadCardCertificate", handle, Elem("CERT:CertRefList"), 4000},
		"unknown reference":    {"ReadCardCertificate", handle, Elem("CERT:CertRefList", Elem("CERT:CertRef", "C.XXX")), 4000},
		"Crypt before":         {"ReadCardCertificate", handle, ecc + refs, 4000},
		"Crypt of a signature": {"ReadCardCertificate", handle, refs + Elem("CERT:Crypt", "RSA_ECC"), 4000},
		"no base64":            {"VerifyCertificate", "", Elem("CERTCMN:X509Certificate", "%"), 4000},
		"no time":              {"VerifyCertificate", "", Elem("CERTCMN:X509Certificate", "AAEC") + Elem("CERT:VerificationTime", "now"), 4000},
	} {
		t.Run(name, func(t *testing.T) {
			a := r.send(certificateCall(r, c.operation, c.before, c.after))
			if c.code == 0 {
				require.Equal(t, 200, a.status, a.body)
				return
			}
			require.Equal(t, 500, a.status, a.body)
			require.EqualValues(t, c.code, a.code(), a.body)
		})
	}
}

// Version 6.0.0 alone does not know Crypt.
func TestCertificateServiceOfPTV3(t *testing.T) {
	r := newRaw(t, Options{BadRequests: true})
	r.k.Install(CertificateService("6.0.0"))
	handle := Elem("CONN:CardHandle", string(r.k.Handle(konnektor.CardSMCB)))
	refs := Elem("CERT:CertRefList", Elem("CERT:CertRef", "C.AUT"))
	a := r.send(certificateCall(r, "ReadCardCertificate", handle, refs))
	require.Equal(t, 200, a.status, a.body)
	a = r.send(certificateCall(r, "ReadCardCertificate", handle, refs+Elem("CERT:Crypt", "ECC")))
	require.EqualValues(t, 4000, a.code(), a.body)
}
