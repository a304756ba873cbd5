package tsl

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/tsl/internal/xmltree"
)

// placeholder is the supply point of services that need none.
const placeholder = "http://ocsp00.gematik.invalid/not-used"

// oidPlaceholder is the extension of services that need none.
const oidPlaceholder = "1.2.276.0.76.4.124"

// OIDs that tell the addresses of a list apart.
const (
	oidPrimary = "1.2.276.0.76.4.120"
	oidBackup  = "1.2.276.0.76.4.121"
)

// decode takes the content out of a tree that checkSchema has accepted.
func decode(root *xmltree.Element) (*List, error) {
	l := &List{}
	l.ID, _ = root.Attr("Id")
	if err := l.decodeScheme(root.First()); err != nil {
		return nil, err
	}
	providers := root.Child("TrustServiceProviderList")
	if providers == nil {
		return l, nil
	}
	for p := range providers.Children {
		if err := l.decodeProvider(p); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *List) decodeScheme(e *xmltree.Element) error {
	if v := childText(e, "TSLVersionIdentifier"); v != "3" {
		return fmt.Errorf("TSLVersionIdentifier %.20q is not 3", v)
	}
	var err error
	text := childText(e, "TSLSequenceNumber")
	if l.Sequence, err = strconv.Atoi(text); err != nil || l.Sequence < 1 {
		return fmt.Errorf("TSLSequenceNumber %.20q is no positive number", text)
	}
	if l.Issued, err = parseTime(childText(e, "ListIssueDateTime")); err != nil {
		return fmt.Errorf("ListIssueDateTime: %w", err)
	}
	if next := e.Child("NextUpdate").First(); next != nil {
		if l.NextUpdate, err = parseTime(textOf(next)); err != nil {
			return fmt.Errorf("NextUpdate: %w", err)
		}
	}
	l.Operator = textOf(e.Child("SchemeOperatorName").First())
	l.Scheme = textOf(e.Child("SchemeName").First())
	l.decodeAddresses(e.Child("PointersToOtherTSL"))
	l.Environment = DetectEnvironment(l.Operator, l.Addresses)
	return nil
}

func (l *List) decodeAddresses(pointers *xmltree.Element) {
	if pointers == nil {
		return
	}
	var backups []Address
	for p := range pointers.Children {
		info := p.Child("AdditionalInformation")
		if info == nil {
			continue
		}
		a := Address{URL: childText(p, "TSLLocation")}
		for t := range info.Children {
			switch textOf(t) {
			case oidPrimary:
				l.Addresses = append(l.Addresses, a)
			case oidBackup:
				a.Backup = true
				backups = append(backups, a)
			}
		}
	}
	l.Addresses = append(l.Addresses, backups...)
}

func (l *List) decodeProvider(e *xmltree.Element) error {
	name := textOf(e.First().Child("TSPName").First())
	for s := range e.Child("TSPServices").Children {
		service := Service{Provider: name}
		if err := service.decode(s.First()); err != nil {
			return fmt.Errorf("service %.80q of %.80q: %w", service.Name, name, err)
		}
		l.Services = append(l.Services, service)
	}
	return nil
}

func (s *Service) decode(e *xmltree.Element) error {
	s.Type = childText(e, "ServiceTypeIdentifier")
	s.Name = textOf(e.Child("ServiceName").First())
	s.Status = Status(childText(e, "ServiceStatus"))
	var err error
	if s.Since, err = parseTime(childText(e, "StatusStartingTime")); err != nil {
		return fmt.Errorf("StatusStartingTime: %w", err)
	}
	if points := e.Child("ServiceSupplyPoints"); points != nil {
		for p := range points.Children {
			if url := textOf(p); url != placeholder {
				s.SupplyPoints = append(s.SupplyPoints, url)
			}
		}
	}
	if extensions := e.Child("ServiceInformationExtensions"); extensions != nil {
		for x := range extensions.Children {
			s.decodeExtension(x)
		}
	}
	err = s.decodeIdentity(e.Child("ServiceDigitalIdentity"))
	if s.Type == TypeAnchorChange {
		return nil // an announcement that cannot be read is a warning
	}
	return err
}

func (s *Service) decodeExtension(e *xmltree.Element) {
	if oid := tslChild(e, "ExtensionOID"); oid != nil {
		x := Extension{OID: textOf(oid)}
		if name := tslChild(e, "ExtensionValue"); name != nil {
			x.Name = textOf(name)
		}
		s.Extensions = append(s.Extensions, x)
	}
	for c := range e.Children {
		if c.Is(spaceTSL, "AdditionalServiceInformation") {
			s.Mappings = append(s.Mappings, Mapping{childText(c, "URI"), childText(c, "InformationValue")})
		}
	}
}

func (s *Service) decodeIdentity(e *xmltree.Element) error {
	for id := range e.Children {
		switch c := id.First(); c.Name {
		case "X509Certificate":
			der, err := decodeBase64(c.Text())
			if err != nil {
				return fmt.Errorf("X509Certificate: %w", err)
			}
			s.DER = append(s.DER, der)
		case "Other":
			if err := s.decodeOther(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) decodeOther(e *xmltree.Element) error {
	if c := tslChild(e, "CVCertificate"); c != nil {
		cvc, err := decodeBase64(c.Text())
		if err != nil {
			return fmt.Errorf("CVCertificate: %w", err)
		}
		s.CVC = cvc
	}
	if c := tslChild(e, "TrustAnchor"); c != nil {
		s.DNSSEC = decodeAnchor(c)
	}
	return nil
}

func decodeAnchor(e *xmltree.Element) *DNSSECAnchor {
	a := &DNSSECAnchor{Zone: childText(e, "Zone")}
	a.ID, _ = e.Attr("id")
	a.Source, _ = e.Attr("source")
	for k := range e.Children {
		if k.Name != "KeyDigest" {
			continue
		}
		key := DNSSECKey{
			KeyTag: childText(k, "KeyTag"), Algorithm: childText(k, "Algorithm"),
			DigestType: childText(k, "DigestType"), Digest: childText(k, "Digest"),
		}
		key.ID, _ = k.Attr("id")
		key.ValidFrom, _ = k.Attr("validFrom")
		a.Keys = append(a.Keys, key)
	}
	return a
}

func tslChild(e *xmltree.Element, name string) *xmltree.Element {
	for c := range e.Children {
		if c.Is(spaceTSL, name) {
			return c
		}
	}
	return nil
}

// childText is the text of a child, or "" when there is none.
func childText(e *xmltree.Element, name string) string {
	if c := e.Child(name); c != nil {
		return textOf(c)
	}
	return ""
}

// textOf is the text of an element without white space around it.
func textOf(e *xmltree.Element) string { return strings.TrimSpace(string(e.Text())) }

func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no time", text)
	}
	return t.UTC(), nil
}

// decodeBase64 passes over white space, as the schema does. The decoder itself
// passes over line ends.
func decodeBase64(text []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(out, text)
	if err != nil && bytes.ContainsAny(text, " \t") {
		n, err = base64.StdEncoding.Strict().Decode(out, bytes.ReplaceAll(bytes.ReplaceAll(text, []byte(" "), nil), []byte("\t"), nil))
	}
	if err != nil {
		return nil, err
	}
	return out[:n:n], nil
}
