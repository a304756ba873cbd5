package certs

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// profile is which key usages a type of certificate has. RSA keys have other
// usages than EC keys.
type profile struct {
	ec, rsa x509.KeyUsage
	// rsaMay is what a certificate with an RSA key may have besides.
	rsaMay x509.KeyUsage
	// extended is what must be there, no more and no less. When it is empty,
	// extended key usages are not looked at.
	extended []string
	// optional lets the certificate do without extended key usages.
	optional bool
}

// Extended key usages by object identifier.
const (
	ekuServer = "1.3.6.1.5.5.7.3.1"
	ekuClient = "1.3.6.1.5.5.7.3.2"
	ekuMail   = "1.3.6.1.5.5.7.3.4"
	ekuOCSP   = "1.3.6.1.5.5.7.3.9"
	ekuTSL    = "0.4.0.2231.3.0" // id-tsl-kp-tslSigning, ETSI TS 102 231
)

var oidTSLSigning = asn1.ObjectIdentifier{0, 4, 0, 2231, 3, 0}

const (
	kuSign     = x509.KeyUsageDigitalSignature
	kuNonRep   = x509.KeyUsageContentCommitment
	kuEncipher = x509.KeyUsageKeyEncipherment
	kuData     = x509.KeyUsageDataEncipherment
	kuAgree    = x509.KeyUsageKeyAgreement
)

var (
	profileSign    = &profile{ec: kuNonRep, rsa: kuNonRep}
	profileDigital = &profile{ec: kuSign, rsa: kuSign}
	profileEncrypt = &profile{ec: kuAgree, rsa: kuEncipher | kuData}
	profileBoth    = &profile{ec: kuSign, rsa: kuSign | kuEncipher, extended: []string{ekuClient, ekuServer}}
	profileServer  = &profile{ec: kuSign, rsa: kuSign | kuEncipher, extended: []string{ekuServer}}
	profileClient  = &profile{ec: kuSign, rsa: kuSign | kuEncipher, extended: []string{ekuClient}}
	// profileClientLax is that of the eGK: keyEncipherment and the extended key
	// usage may be missing.
	profileClientLax = &profile{ec: kuSign, rsa: kuSign, rsaMay: kuEncipher, extended: []string{ekuClient}, optional: true}
	profileHPAUT     = &profile{ec: kuSign | kuAgree, rsa: kuSign | kuEncipher, extended: []string{ekuClient, ekuMail}}
	profileTSL       = &profile{ec: kuNonRep, rsa: kuNonRep, extended: []string{ekuTSL}}
	profileHSKSIG    = &profile{ec: kuNonRep, rsa: kuNonRep, extended: []string{ekuClient, ekuServer}}
	profileHSKENC    = &profile{ec: kuAgree, rsa: kuEncipher | kuData, extended: []string{ekuClient, ekuServer}}
)

// CheckProfile checks key usage and extended key usage against the profile of a
// type. It is stricter than gematik's reference library in one point: usages
// beyond those of the profile are refused, too. A type without a profile is
// accepted.
//
// Its errors are a *CheckError with CodeKeyUsage or CodeExtKeyUsage.
func (c *Certificate) CheckProfile(t Type) error {
	p := certificateTypes[t].profile
	if p == nil {
		return nil
	}
	must, may := p.ec, x509.KeyUsage(0)
	if c.KeyType().RSA() {
		must, may = p.rsa, p.rsaMay
	}
	if c.KeyUsage&must != must || c.KeyUsage&^(must|may) != 0 {
		return refuse(CodeKeyUsage, nil, "key usage is not that of %v", t)
	}
	have := c.extendedUsages()
	if len(p.extended) == 0 || p.optional && len(have) == 0 {
		return nil
	}
	if !sameSet(have, p.extended) {
		return refuse(CodeExtKeyUsage, nil, "extended key usage is not that of %v", t)
	}
	return nil
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// standardUsages are the extended key usages of the TI that crypto/x509 has a
// name for.
var standardUsages = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageServerAuth:      ekuServer,
	x509.ExtKeyUsageClientAuth:      ekuClient,
	x509.ExtKeyUsageEmailProtection: ekuMail,
	x509.ExtKeyUsageOCSPSigning:     ekuOCSP,
}

// extendedUsages lists the extended key usages by object identifier.
func (c *Certificate) extendedUsages() []string {
	var all []string
	for _, usage := range c.ExtKeyUsage {
		name, known := standardUsages[usage]
		if !known {
			name = "other" // in no profile
		}
		all = append(all, name)
	}
	for _, oid := range c.UnknownExtKeyUsage {
		all = append(all, oid.String())
	}
	return all
}
