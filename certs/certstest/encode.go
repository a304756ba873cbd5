package certstest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/libkonnektor/libkonnektor/certs/brainpool"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSubjectKeyID     = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAuthorityKeyID   = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidAuthorityInfo    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidOCSP             = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidAdmission        = asn1.ObjectIdentifier{1, 3, 36, 8, 3, 3}

	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidPrimeField  = asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}
)

// issuer is who signs: the name, its key identifier and the key.
type issuer struct {
	name, keyID []byte
	key         crypto.Signer
}

// create makes and signs a certificate. A nil key identifier of the issuer
// means that of the certificate itself.
func create(t *Template, pub crypto.PublicKey, by issuer) ([]byte, error) {
	spki, err := marshalPublicKey(pub)
	if err != nil {
		return nil, err
	}
	id, err := keyID(spki)
	if err != nil {
		return nil, err
	}
	if by.keyID == nil {
		by.keyID = id
	}
	if spki, err = t.damage.key(spki, pub); err != nil {
		return nil, err
	}
	algorithm := signatureFor(by.key.Public())
	tbs, err := t.tbs(spki, id, by, algorithm)
	if err != nil {
		return nil, err
	}
	sig, err := algorithm.sign(by.key, tbs)
	if err != nil {
		return nil, err
	}
	if t.damage.signature {
		sig[len(sig)-1] ^= 1
	}
	der, err := signed(tbs, algorithm, sig, nil)
	return append(der, t.damage.trailing...), err
}

// signed puts signed bytes and signature together, as in certificates and OCSP
// answers; the latter may have certificates after the signature.
func signed(tbs []byte, algorithm signature, sig []byte, after func(*cryptobyte.Builder)) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		algorithm.add(b)
		b.AddASN1BitString(sig)
		if after != nil {
			after(b)
		}
	})
	return b.Bytes()
}

func (s signature) add(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(s.oid)
		if s.null {
			b.AddASN1NULL()
		}
	})
}

func (t *Template) tbs(spki, id []byte, by issuer, algorithm signature) ([]byte, error) {
	subject, err := t.subject()
	if err != nil {
		return nil, err
	}
	extensions, err := t.extensions(id, by)
	if err != nil {
		return nil, err
	}
	serial := t.Serial
	if serial == nil {
		if serial, err = newSerial(); err != nil {
			return nil, err
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Int64(2) })
		b.AddASN1BigInt(serial)
		algorithm.add(b)
		b.AddBytes(by.name)
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			addTime(b, t.NotBefore)
			addTime(b, t.NotAfter)
		})
		b.AddBytes(subject)
		b.AddBytes(spki)
		b.AddASN1(explicit(3), func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, e := range extensions {
					addExtension(b, e)
				}
			})
		})
	})
	return b.Bytes()
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
}

func (t *Template) subject() ([]byte, error) {
	if t.RawSubject != nil {
		return t.RawSubject, nil
	}
	return asn1.Marshal(t.Subject.ToRDNSequence())
}

func explicit(n uint8) tag.Tag { return tag.Tag(n).ContextSpecific().Constructed() }

// addTime writes UTCTime until 2049 (RFC 5280, 4.1.2.5).
func addTime(b *cryptobyte.Builder, at time.Time) {
	if at = at.UTC(); at.Year() < 2050 {
		b.AddASN1UTCTime(at)
		return
	}
	b.AddASN1GeneralizedTime(at)
}

func addExtension(b *cryptobyte.Builder, e pkix.Extension) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(e.Id)
		if e.Critical {
			b.AddASN1Boolean(true)
		}
		b.AddASN1OctetString(e.Value)
	})
}

// extensions lists what the template asks for, in the order of real ones.
func (t *Template) extensions(id []byte, by issuer) ([]pkix.Extension, error) {
	w := &extensionWriter{}
	if !t.NoSubjectKeyID {
		w.add(oidSubjectKeyID, false, func(b *cryptobyte.Builder) { b.AddASN1OctetString(id) })
	}
	authority := t.AuthorityKeyID
	if authority == nil {
		authority = by.keyID
	}
	if len(authority) > 0 {
		w.sequence(oidAuthorityKeyID, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(authority) })
		})
	}
	if t.OCSP != "" {
		w.sequence(oidAuthorityInfo, func(b *cryptobyte.Builder) {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidOCSP)
				b.AddASN1(tag.Tag(6).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(t.OCSP)) })
			})
		})
	}
	if t.KeyUsage != 0 {
		w.add(oidKeyUsage, true, func(b *cryptobyte.Builder) { addKeyUsage(b, t.KeyUsage) })
	}
	t.addPolicies(w)
	w.add(oidBasicConstraints, true, t.addBasicConstraints)
	if len(t.EKU) > 0 {
		w.sequence(oidExtKeyUsage, func(b *cryptobyte.Builder) { addOIDs(b, t.EKU) })
	}
	t.addNames(w)
	if t.Admission != nil {
		w.add(oidAdmission, false, t.Admission.add)
	}
	w.all = append(w.all, t.Extra...)
	return w.all, w.err
}

type extensionWriter struct {
	all []pkix.Extension
	err error
}

func (w *extensionWriter) add(oid asn1.ObjectIdentifier, critical bool, value cryptobyte.BuilderContinuation) {
	var b cryptobyte.Builder
	value(&b)
	der, err := b.Bytes()
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("extension %v: %w", oid, err)
	}
	w.all = append(w.all, pkix.Extension{Id: oid, Critical: critical, Value: der})
}

func (w *extensionWriter) sequence(oid asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) {
	w.add(oid, false, func(b *cryptobyte.Builder) { b.AddASN1(tag.SEQUENCE, value) })
}

func addOIDs(b *cryptobyte.Builder, oids []asn1.ObjectIdentifier) {
	for _, oid := range oids {
		b.AddASN1ObjectIdentifier(oid)
	}
}

// addKeyUsage writes the bits in DER: no trailing zero bits. x509.KeyUsage has
// bit 0 of ASN.1 as its lowest one.
func addKeyUsage(b *cryptobyte.Builder, usage x509.KeyUsage) {
	var bits [2]byte
	last := 0
	for i := range 9 {
		if usage&(1<<i) != 0 {
			bits[i/8] |= 0x80 >> (i % 8)
			last = i
		}
	}
	b.AddASN1(tag.BIT_STRING, func(b *cryptobyte.Builder) {
		b.AddUint8(uint8(7 - last%8))
		b.AddBytes(bits[:last/8+1])
	})
}

func (t *Template) addPolicies(w *extensionWriter) {
	if len(t.Policies) == 0 {
		return
	}
	w.sequence(oidPolicies, func(b *cryptobyte.Builder) {
		for _, oid := range t.Policies {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
		}
	})
}

func (t *Template) addBasicConstraints(b *cryptobyte.Builder) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		if !t.CA {
			return
		}
		b.AddASN1Boolean(true)
		if t.PathLen >= 0 {
			b.AddASN1Int64(int64(t.PathLen))
		}
	})
}

func (t *Template) addNames(w *extensionWriter) {
	if len(t.DNSNames) == 0 {
		return
	}
	w.sequence(oidSubjectAltName, func(b *cryptobyte.Builder) {
		for _, name := range t.DNSNames {
			b.AddASN1(tag.Tag(2).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
		}
	})
}

// add writes an AdmissionSyntax with one ProfessionInfo (Common PKI 2.0, part
// 1, table 29).
func (a *Admission) add(b *cryptobyte.Builder) {
	nested(b, 4, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, item := range a.Items {
				b.AddASN1(tag.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(item)) })
			}
		})
		if len(a.OIDs) > 0 {
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { addOIDs(b, a.OIDs) })
		}
		if a.RegistrationNumber != "" {
			b.AddASN1(tag.PrintableString, func(b *cryptobyte.Builder) { b.AddBytes([]byte(a.RegistrationNumber)) })
		}
	})
}

// nested opens sequences inside of each other: AdmissionSyntax, its contents,
// Admissions, professionInfos, ProfessionInfo.
func nested(b *cryptobyte.Builder, depth int, inner cryptobyte.BuilderContinuation) {
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		if depth == 0 {
			inner(b)
			return
		}
		nested(b, depth-1, inner)
	})
}

// key spoils a SubjectPublicKeyInfo.
func (d damage) key(spki []byte, pub crypto.PublicKey) ([]byte, error) {
	curve, point := ecPoint(spki, pub)
	if curve == nil {
		return spki, nil
	}
	spki = bytes.Clone(spki)
	if d.offCurve {
		spki[len(spki)-1] ^= 1
		point = spki[len(spki)-len(point):]
	}
	if d.explicitCurve {
		return explicitKey(curve, point)
	}
	return spki, nil
}

// ecPoint is the curve and the encoded point of an EC key, or nothing.
func ecPoint(spki []byte, pub crypto.PublicKey) (elliptic.Curve, []byte) {
	var curve elliptic.Curve
	switch k := pub.(type) {
	case *brainpool.PublicKey:
		curve = k.Curve().Elliptic()
	case *ecdsa.PublicKey:
		curve = k.Curve
	default:
		return nil, nil
	}
	size := (curve.Params().BitSize + 7) / 8
	return curve, spki[len(spki)-1-2*size:]
}

// explicitKey is a SubjectPublicKeyInfo with SpecifiedECDomain in place of a
// name (RFC 3279, 2.3.5).
func explicitKey(curve elliptic.Curve, point []byte) ([]byte, error) {
	p := curve.Params()
	size := (p.BitSize + 7) / 8
	number := func(n *big.Int) []byte { return n.FillBytes(make([]byte, size)) }
	base := append([]byte{4}, append(number(p.Gx), number(p.Gy)...)...)
	var b cryptobyte.Builder
	b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidECPublicKey)
			b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidPrimeField)
					b.AddASN1BigInt(p.P)
				})
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1OctetString(number(coefficientA(p)))
					b.AddASN1OctetString(number(p.B))
				})
				b.AddASN1OctetString(base)
				b.AddASN1BigInt(p.N)
				b.AddASN1Int64(1)
			})
		})
		b.AddASN1BitString(point)
	})
	return b.Bytes()
}

// coefficientA is a of y^2 = x^3 + ax + b, from the base point.
func coefficientA(p *elliptic.CurveParams) *big.Int {
	a := new(big.Int).Mul(p.Gy, p.Gy)
	a.Sub(a, new(big.Int).Exp(p.Gx, big.NewInt(3), p.P))
	a.Sub(a, p.B)
	a.Mul(a, new(big.Int).ModInverse(p.Gx, p.P))
	return a.Mod(a, p.P)
}
