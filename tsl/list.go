package tsl

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/certs"
)

// List is the content of a trust list whose signature has been verified. Every
// value is a copy of what was signed.
type List struct {
	ID          string      // such as ID31032620260713230007Z
	Sequence    int         // TSLSequenceNumber, counted for each environment by its issuer
	Environment Environment // as operator and addresses say; see DetectEnvironment
	Operator    string      // SchemeOperatorName
	Scheme      string      // SchemeName

	// Issued is ListIssueDateTime, NextUpdate when the issuer means to have
	// published a newer list, both in UTC. The zero NextUpdate means that the
	// list names none.
	Issued, NextUpdate time.Time

	// Addresses are the download addresses, the primary one first. Their names
	// resolve inside the TI only.
	Addresses []Address

	Services []Service // of all providers, in the order of the list

	// Size and SHA256 are those of the file.
	Size   int
	SHA256 [sha256.Size]byte
}

// Address is a place where newer lists are to be had.
type Address struct {
	URL    string
	Backup bool
}

// Service is one entry of the list: a CA, a signer of OCSP answers, a root of
// card verifiable certificates or the like.
type Service struct {
	Provider string // TSPName
	Type     string // ServiceTypeIdentifier, a URI; see Group
	Name     string // ServiceName, for certificates their subject
	Status   Status

	// Since is when Status began, in UTC. The certificates that a revoked CA
	// issued later are invalid, earlier ones stay valid (gemSpec_PKI,
	// TUC_PKI_003 with SE_1036).
	Since time.Time

	SupplyPoints []string // OCSP or CRL; without the placeholder for "none"
	Extensions   []Extension
	Mappings     []Mapping

	DER    [][]byte      // X.509 certificates
	CVC    []byte        // a card verifiable certificate
	DNSSEC *DNSSECAnchor // the trust anchor of the TI's name service
}

// Extension is an ExtensionOID with its name. For a CA these are the
// certificate types that it may issue.
type Extension struct{ OID, Name string }

// Mapping is an AdditionalServiceInformation: for the BNetzA entry the address
// of an OCSP responder outside and the one inside the TI, separated by a space.
type Mapping struct{ URI, Value string }

// DNSSECAnchor is the trust anchor of a DNS zone (RFC 7958).
type DNSSECAnchor struct {
	ID, Source, Zone string
	Keys             []DNSSECKey
}

// DNSSECKey is a DS record of a DNSSEC trust anchor.
type DNSSECKey struct {
	ID, ValidFrom                 string
	KeyTag, Algorithm, DigestType string
	Digest                        string // in hex
}

// Status is a ServiceStatus, a URI.
type Status string

// The states that occur. In production a CA leaves by being dropped; revoked
// was seen on test and reference lists only.
const (
	StatusInAccord Status = "http://uri.etsi.org/TrstSvc/Svcstatus/inaccord"
	StatusRevoked  Status = "http://uri.etsi.org/TrstSvc/Svcstatus/revoked"
)

// String is the last part of the URI.
func (s Status) String() string { return lastPart(string(s)) }

// The service types that occur, as URIs.
const (
	TypeCA           = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"
	TypeCAQualified  = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	TypeOCSP         = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP"
	TypeCRL          = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/CRL"
	TypeAnchorChange = "http://uri.etsi.org/TrstSvc/Svctype/TSLServiceCertChange"
	TypeUnspecified  = "http://uri.etsi.org/TrstSvc/Svctype/unspecified"
	TypeCVC          = "http://uri.telematik/TrstSvc/Svctype/CA/CVC"
	TypeDNSSEC       = "http://uri.telematik/TrstSvc/Svctype/DNSSEC"
	TypeBNetzA       = "http://uri.telematik/TrstSvc/Svctype/TrustedList/schemerules/DE"
)

// Group is what a service is good for.
type Group string

// The groups of services.
const (
	GroupCA           Group = "CA"
	GroupOCSP         Group = "OCSP signer"
	GroupCRL          Group = "CRL signer"
	GroupCVC          Group = "CVC root"
	GroupBNetzA       Group = "BNetzA signer"
	GroupDNSSEC       Group = "DNSSEC anchor"
	GroupAnchorChange Group = "announced trust anchor"
	GroupOther        Group = "other service"
)

// groups are in the order of reports.
var groups = []Group{GroupCA, GroupCVC, GroupOCSP, GroupCRL, GroupBNetzA, GroupDNSSEC, GroupAnchorChange, GroupOther}

// Group is what the service is good for.
func (s *Service) Group() Group {
	switch s.Type {
	case TypeCA, TypeCAQualified:
		return GroupCA
	case TypeOCSP:
		return GroupOCSP
	case TypeCRL:
		return GroupCRL
	case TypeCVC:
		return GroupCVC
	case TypeBNetzA:
		return GroupBNetzA
	case TypeDNSSEC:
		return GroupDNSSEC
	case TypeAnchorChange:
		return GroupAnchorChange
	}
	return GroupOther
}

// ShortName is the common name when Name is a subject, else Name.
func (s *Service) ShortName() string {
	for part := range strings.SplitSeq(s.Name, ",") {
		if cn, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok && cn != "" {
			return cn
		}
	}
	return s.Name
}

// Certificates parses the X.509 certificates of the service. It does so anew
// at every call: most callers need few of the hundreds in a list. Its error is
// that of certs.Parse for the first one that cannot be read.
func (s *Service) Certificates() ([]*certs.Certificate, error) {
	all := make([]*certs.Certificate, 0, len(s.DER))
	for _, der := range s.DER {
		cert, err := certs.Parse(der)
		if err != nil {
			return nil, err
		}
		all = append(all, cert)
	}
	return all, nil
}

// In returns the services of a group, in the order of the list.
func (l *List) In(group Group) []*Service {
	var found []*Service
	for i := range l.Services {
		if l.Services[i].Group() == group {
			found = append(found, &l.Services[i])
		}
	}
	return found
}

// Stored is what Options.Stored and a State keep of the list.
func (l *List) Stored() *Stored { return &Stored{l.Environment, l.Sequence, l.ID} }

func lastPart(uri string) string { return uri[strings.LastIndexByte(uri, '/')+1:] }
