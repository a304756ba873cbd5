package tsl

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"github.com/libkonnektor/libkonnektor/certs"
)

// maxDetached bounds a detached signature in bytes. Real ones have 712 to 761.
const maxDetached = 64 << 10

// Detached is the content of a .sig file: a signature over the bytes of a list
// as they are. The fallback download points on the Internet have one beside
// each list.
type Detached struct {
	// Signer is the certificate in the file, not checked against any anchor.
	Signer *certs.Certificate

	signature []byte
}

// container is the file (gemSpec_TSL; measured on 88 real files). The second
// element is a BIT STRING; a gematik example shows the ECDSA signature bare,
// and both are read.
type container struct {
	Algorithm struct{ OID asn1.ObjectIdentifier }
	Signature asn1.RawValue
	Signer    asn1.RawValue
}

var oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}

var errContainer = errors.New("not the structure of a detached signature")

// ReadDetached reads a .sig file. An *Error has CodeSignerMissing when the
// certificate cannot be read, else CodeSignature.
func ReadDetached(file []byte) (*Detached, error) {
	if len(file) > maxDetached {
		return nil, refuse(CodeSignature, ErrTooLarge, "detached signature of %d bytes", len(file))
	}
	var c container
	rest, err := asn1.Unmarshal(file, &c)
	if err == nil && len(rest) > 0 {
		err = errContainer
	}
	if err != nil {
		return nil, refuse(CodeSignature, err, "detached signature")
	}
	if !c.Algorithm.OID.Equal(oidECDSAWithSHA256) {
		return nil, refuse(CodeSignature, nil, "detached signature: algorithm %v is not allowed", c.Algorithm.OID)
	}
	d := &Detached{}
	if d.signature, err = bareSignature(c.Signature); err != nil {
		return nil, refuse(CodeSignature, err, "detached signature")
	}
	if d.Signer, err = certs.Parse(c.Signer.FullBytes); err != nil {
		return nil, refuse(CodeSignerMissing, err, "detached signature: the signer's certificate cannot be read")
	}
	return d, nil
}

func bareSignature(v asn1.RawValue) ([]byte, error) {
	switch {
	case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagSequence:
		return v.FullBytes, nil
	case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagBitString && len(v.Bytes) > 1 && v.Bytes[0] == 0:
		return v.Bytes[1:], nil
	}
	return nil, errContainer
}

// Verify checks the signature over the bytes of a list, with the certificate of
// the file. Whether that certificate is to be trusted, Verify of the package
// decides. The error is an *Error with CodeSignature.
func (d *Detached) Verify(list []byte) error {
	if t := d.Signer.KeyType(); t != certs.KeyBrainpoolP256r1 && t != certs.KeyP256 {
		return refuse(CodeSignature, nil, "detached signature: key of type %s", t)
	}
	if err := certs.VerifySignature(d.Signer.PublicKey, x509.ECDSAWithSHA256, list, d.signature); err != nil {
		return refuse(CodeSignature, err, "detached signature: not of these bytes")
	}
	return nil
}
