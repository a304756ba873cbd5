package tsltest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
	"github.com/libkonnektor/libkonnektor/certs/certstest"
	"github.com/libkonnektor/libkonnektor/tsl"
)

// NoSupplyPoint is what lists have where there is none.
const NoSupplyPoint = "http://ocsp00.gematik.invalid/not-used"

// Service is an entry of a list.
type Service struct {
	Provider    string // "" means "LK GmbH"
	Type        string
	Name        string
	DER         [][]byte
	Other       string     // XML instead of certificates, in its canonical form
	Status      tsl.Status // "" means in accord
	Since       time.Time
	SupplyPoint string // "" means NoSupplyPoint
	Extensions  []tsl.Extension
	Mappings    []tsl.Mapping
}

// Services are the standard ones, to be changed and given to Spec: the CAs of
// the PKI, an OCSP signer for each, a CRL signer, CVC roots, a DNSSEC anchor, two
// signers of the BNetzA and one service of another kind.
func (m *Maker) Services() []Service { return slices.Clone(m.services) }

// placeholder stands where an extension has no meaning.
var placeholder = []tsl.Extension{{OID: oid(124), Name: "oid_tsl_placeholder"}}

// allowed are the certificate types that CAs of a kind may issue.
var allowed = map[certstest.CAKind][]tsl.Extension{
	certstest.KompCA: {{OID: oid(79), Name: "oid_ak_aut"}, {OID: oid(80), Name: "oid_nk_vpn"}, {OID: oid(82), Name: "oid_smkt_aut"}, {OID: oid(113), Name: "oid_sak_aut"}},
	certstest.VPNKCA: {{OID: oid(81), Name: "oid_vpnk_vpn"}, {OID: oid(165), Name: "oid_vpnk_vpn_sis"}},
	certstest.SMCBCA: {{OID: oid(76), Name: "oid_smc_b_enc"}, {OID: oid(77), Name: "oid_smc_b_aut"}, {OID: oid(78), Name: "oid_smc_b_osig"}},
	certstest.HBACA:  {{OID: oid(74), Name: "oid_hba_enc"}, {OID: oid(75), Name: "oid_hba_aut"}},
	certstest.EGKCA:  {{OID: oid(68), Name: "oid_egk_enc"}, {OID: oid(70), Name: "oid_egk_aut"}},
}

func standardServices(p *certstest.PKI) ([]Service, error) {
	var all []Service
	for _, kind := range []certstest.CAKind{certstest.KompCA, certstest.VPNKCA, certstest.SMCBCA, certstest.HBACA, certstest.EGKCA} {
		for _, key := range []certs.KeyType{certs.KeyRSA2048, certs.KeyBrainpoolP256r1, certs.KeyP256} {
			ca := p.CA(kind, key)
			if ca == nil {
				continue
			}
			signer, err := ocspSigner(p, ca)
			if err != nil {
				return nil, err
			}
			all = append(all, CAService(ca, allowed[kind]...), *signer)
		}
	}
	others, err := otherServices(p)
	return append(all, others...), err
}

// CAService is the entry of a CA.
func CAService(ca *certstest.CA, types ...tsl.Extension) Service {
	return Service{
		Type: tsl.TypeCA, Name: subject(ca.Certificate), DER: [][]byte{ca.DER}, Since: ca.Certificate.NotBefore,
		SupplyPoint: ca.OCSP, Extensions: types,
	}
}

func ocspSigner(p *certstest.PKI, ca *certstest.CA) (*Service, error) {
	key, err := certstest.GenerateKey(certs.KeyBrainpoolP256r1)
	if err != nil {
		return nil, err
	}
	id, err := ca.Issue(certstest.Template{
		Subject:   pkix.Name{Country: []string{"DE"}, CommonName: "OCSP-Signer of " + ca.Certificate.Subject.CommonName},
		NotBefore: p.At().AddDate(0, -3, 0), NotAfter: p.At().AddDate(2, 0, 0),
		KeyUsage: x509.KeyUsageContentCommitment, EKU: []asn1.ObjectIdentifier{certstest.EKUOCSP},
		Policies: []asn1.ObjectIdentifier{certstest.OIDPolicy},
	}, key)
	if err != nil {
		return nil, err
	}
	return &Service{Type: tsl.TypeOCSP, Name: subject(id.Certificate), DER: [][]byte{id.DER}, Since: id.Certificate.NotBefore, Extensions: placeholder}, nil
}

func otherServices(p *certstest.PKI) ([]Service, error) {
	at := p.At()
	from, to := at.AddDate(-1, 0, 0), at.AddDate(2, 0, 0)
	var ders [4][]byte
	for i, name := range []string{"LK CRL-Signer TEST-ONLY", "LK Trusted List Signer 1", "LK Trusted List Signer 2", "lk.service.invalid"} {
		der, err := self(name, from, to)
		if err != nil {
			return nil, err
		}
		ders[i] = der
	}
	return []Service{
		{Type: tsl.TypeCRL, Name: "CN=LK CRL-Signer TEST-ONLY,C=DE", DER: ders[:1], Since: from, Extensions: placeholder},
		{Type: tsl.TypeCVC, Name: "CHR=LKLKX870226, CAR=LKLKX870226", Other: cvcXML("LKLKX", "870226", "LKLKX", "870226", from, to), Since: from,
			Extensions: []tsl.Extension{{OID: oid(185), Name: "oid_cv_rootcert"}}},
		{Type: tsl.TypeCVC, Name: "CHR=LKLKX870226, CAR=LKLKX860224", Other: cvcXML("LKLKX", "870226", "LKLKX", "860224", from, to), Since: from,
			Extensions: []tsl.Extension{{OID: oid(186), Name: "oid_cv_cert"}}},
		{Type: tsl.TypeDNSSEC, Name: "CN=DNSSEC-Trustanchor, DC=lk", Other: DNSSECAnchor(4711, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"), Since: from, Extensions: placeholder},
		{Provider: "LK Agentur", Type: tsl.TypeBNetzA, Name: "CN=LK Trusted List Signer", DER: ders[1:3], Since: from, SupplyPoint: "https://list.lk.invalid/BNA-TSL.xml",
			Mappings: []tsl.Mapping{{URI: "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures", Value: "http://ocsp.lk.invalid/ http://ocsp.lk.telematik.invalid/"}}},
		{Type: tsl.TypeUnspecified, Name: "CN=lk.service.invalid,C=DE", DER: ders[3:], Since: from, Extensions: []tsl.Extension{{OID: oid(310), Name: "oid_zert_smb"}}},
	}, nil
}

func (a Announcement) service() Service {
	der := a.DER
	if der == nil {
		der = a.Anchor.DER
	}
	return Service{
		Type: tsl.TypeAnchorChange, Name: subject(a.Anchor.Certificate), DER: [][]byte{der}, Since: a.Active,
		Extensions: []tsl.Extension{{OID: oid(164), Name: "oid_tsl_cca_cert"}},
	}
}

func subject(cert *certs.Certificate) string { return cert.Subject.String() }

// cvcXML is a card verifiable certificate with a made-up key and signature.
func cvcXML(holder, holderYear, authority, authorityYear string, from, to time.Time) string {
	tlv := func(tag []byte, value ...[]byte) []byte {
		body := slices.Concat(value...)
		if len(body) < 0x80 {
			return slices.Concat(tag, []byte{byte(len(body))}, body)
		}
		return slices.Concat(tag, []byte{0x81, byte(len(body))}, body)
	}
	date := func(t time.Time) []byte {
		b := []byte(t.Format("060102"))
		for i := range b {
			b[i] -= '0'
		}
		return b
	}
	name := func(text, digits string) []byte {
		b := []byte(text)
		for i := 0; i < len(digits); i += 2 {
			b = append(b, (digits[i]-'0')<<4|(digits[i+1]-'0'))
		}
		return b
	}
	body := tlv([]byte{0x7F, 0x4E},
		tlv([]byte{0x5F, 0x29}, []byte{0x70}),
		tlv([]byte{0x42}, name(authority, authorityYear)),
		tlv([]byte{0x7F, 0x49}, make([]byte, 16)),
		tlv([]byte{0x5F, 0x20}, name(holder, holderYear)),
		tlv([]byte{0x7F, 0x4C}, make([]byte, 8)),
		tlv([]byte{0x5F, 0x25}, date(from)),
		tlv([]byte{0x5F, 0x24}, date(to)))
	der := tlv([]byte{0x7F, 0x21}, body, tlv([]byte{0x5F, 0x37}, make([]byte, 32)))
	return `<ns:CVCertificate xmlns:ns="` + spaceTSL + `">` + base64Text(der) + `</ns:CVCertificate>`
}
