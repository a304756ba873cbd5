package tsltest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	_ "crypto/sha512" // for Form.Digest
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"

	"github.com/libkonnektor/libkonnektor/certs/certstest"
)

// Form is how a list is signed. The standard form is the only one that is
// allowed.
type Form struct {
	Canonicalization string
	Method           string // of the signature
	MethodHash       crypto.Hash
	DigestMethod     string
	Digest           crypto.Hash
	Enveloped        string // first transform of the first reference

	SecondReference bool   // the one to the signed properties
	PropertiesURI   string // of the second reference; "" means the right one
	KeyInfo         []byte // certificate in KeyInfo; nil means the signer's
	Named           []byte // certificate that the signed properties name; nil means the signer's
	InSignature     string // XML after Object
	InObject        string // XML after SignedProperties
}

func standardForm() Form {
	return Form{
		Canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#",
		Method:           "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
		MethodHash:       crypto.SHA256,
		DigestMethod:     "http://www.w3.org/2001/04/xmlenc#sha256",
		Digest:           crypto.SHA256,
		Enveloped:        spaceDS + "enveloped-signature",
		SecondReference:  true,
	}
}

func (f *Form) digest(text string) string {
	h := f.Digest.New()
	h.Write([]byte(text))
	return base64Text(h.Sum(nil))
}

// sign writes the list. The parts that are digested are written twice: as they
// stand in the list, where the namespaces are declared further out, and in
// their canonical form, where each declares its own.
func (d *Draft) sign() ([]byte, error) {
	f := &d.Form
	properties := d.properties()
	inPlace := strings.NewReplacer(" XMLNS-DS", "", " XMLNS-XADES", "")
	canonical := strings.NewReplacer(" XMLNS-DS", ` xmlns:ds="`+spaceDS+`"`, " XMLNS-XADES", ` xmlns:xades="`+spaceXAdES+`"`)
	info := d.info(f.digest(d.RootStart+d.Content+rootEnd), f.digest(canonical.Replace(properties)))
	value, err := rawSignature(d.Signer, f.MethodHash, []byte(canonical.Replace(info)))
	if err != nil {
		return nil, err
	}
	cert := f.KeyInfo
	if cert == nil {
		cert = d.Signer.DER
	}
	n := d.number()
	signature := `<ds:Signature xmlns:ds="` + spaceDS + `" Id="Signature-` + n + `">` + inPlace.Replace(info) +
		`<ds:SignatureValue>` + brokenBase64(value) + `</ds:SignatureValue>` +
		`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + brokenBase64(cert) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
		`<ds:Object><xades:QualifyingProperties xmlns:ds="` + spaceDS + `" xmlns:xades="` + spaceXAdES + `" Target="#Signature-` + n + `">` +
		inPlace.Replace(properties) + f.InObject + `</xades:QualifyingProperties></ds:Object>` + f.InSignature + `</ds:Signature>`
	return []byte(declaration + d.RootStart + d.Content + signature + rootEnd), nil
}

// number makes the Ids of the signature, as real ones from the time.
func (d *Draft) number() string { return fmt.Sprint(d.Issued.UnixMilli() + 70) }

func (d *Draft) info(whole, properties string) string {
	f := &d.Form
	transforms := func(algorithms ...string) string {
		text := `<ds:Transforms>`
		for _, a := range algorithms {
			text += `<ds:Transform Algorithm="` + a + `"></ds:Transform>`
		}
		return text + `</ds:Transforms>`
	}
	digest := func(value string) string {
		return `<ds:DigestMethod Algorithm="` + f.DigestMethod + `"></ds:DigestMethod><ds:DigestValue>` + value + `</ds:DigestValue>`
	}
	n := d.number()
	text := `<ds:SignedInfo XMLNS-DS><ds:CanonicalizationMethod Algorithm="` + f.Canonicalization + `"></ds:CanonicalizationMethod>` +
		`<ds:SignatureMethod Algorithm="` + f.Method + `"></ds:SignatureMethod>` +
		`<ds:Reference Id="Reference-TSL-` + n + `" URI="">` + transforms(f.Enveloped, f.Canonicalization) + digest(whole) + `</ds:Reference>`
	if f.SecondReference {
		uri := f.PropertiesURI
		if uri == "" {
			uri = "#SignedProperties-" + n
		}
		text += `<ds:Reference Id="Reference-SignedProperties-` + n + `" Type="http://uri.etsi.org/01903#SignedProperties" URI="` + uri + `">` +
			transforms(f.Canonicalization) + digest(properties) + `</ds:Reference>`
	}
	return text + `</ds:SignedInfo>`
}

func (d *Draft) properties() string {
	named := d.Form.Named
	if named == nil {
		named = d.Signer.DER
	}
	sum := sha256.Sum256(named)
	issuer, serial := "", "0"
	if c := d.Signer.Certificate; c != nil {
		issuer, serial = c.Issuer.String(), c.SerialNumber.String()
	}
	n := d.number()
	return `<xades:SignedProperties XMLNS-XADES Id="SignedProperties-` + n + `"><xades:SignedSignatureProperties>` +
		`<xades:SigningTime>` + stamp(d.Issued) + `</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>` +
		`<ds:DigestMethod XMLNS-DS Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>` +
		`<ds:DigestValue XMLNS-DS>` + base64Text(sum[:]) + `</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>` +
		`<ds:X509IssuerName XMLNS-DS>` + escape(issuer) + `</ds:X509IssuerName><ds:X509SerialNumber XMLNS-DS>` + serial +
		`</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties>` +
		`<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#Reference-TSL-` + n + `">` +
		`<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`
}

// rawSignature signs and gives r and s, 32 bytes each for curves of 256 bits.
func rawSignature(by *certstest.Identity, hash crypto.Hash, text []byte) ([]byte, error) {
	der, err := derSignature(by, hash, text)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return der, nil // RSA has no such form
	}
	half := max(32, (max(v.R.BitLen(), v.S.BitLen())+7)/8)
	raw := make([]byte, 2*half)
	v.R.FillBytes(raw[:half])
	v.S.FillBytes(raw[half:])
	return raw, nil
}

func derSignature(by *certstest.Identity, hash crypto.Hash, text []byte) ([]byte, error) {
	h := hash.New()
	h.Write(text)
	sig, err := by.Key.Sign(rand.Reader, h.Sum(nil), hash)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return sig, nil
}

var ecdsaWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}

// Detach makes the .sig file for the bytes of a list.
func Detach(list []byte, by *certstest.Identity) ([]byte, error) {
	sig, err := derSignature(by, crypto.SHA256, list)
	if err != nil {
		return nil, fmt.Errorf("tsltest: detach: %w", err)
	}
	return Container(asn1.RawValue{Tag: asn1.TagBitString, Bytes: append([]byte{0}, sig...)}, by.DER)
}

// BareDetach is Detach with the signature bare instead of in a BIT STRING, as an
// example of gematik shows it.
func BareDetach(list []byte, by *certstest.Identity) ([]byte, error) {
	sig, err := derSignature(by, crypto.SHA256, list)
	if err != nil {
		return nil, fmt.Errorf("tsltest: detach: %w", err)
	}
	return Container(asn1.RawValue{FullBytes: sig}, by.DER)
}

// Container is a .sig file around a signature and a certificate.
func Container(signature asn1.RawValue, cert []byte) ([]byte, error) {
	file, err := asn1.Marshal(struct {
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Signature asn1.RawValue
		Signer    asn1.RawValue
	}{struct{ OID asn1.ObjectIdentifier }{ecdsaWithSHA256}, signature, asn1.RawValue{FullBytes: cert}})
	if err != nil {
		return nil, fmt.Errorf("tsltest: detach: %w", err)
	}
	return file, nil
}
