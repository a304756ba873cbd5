package tsl

import (
	"fmt"
	"strings"

	"github.com/libkonnektor/libkonnektor/tsl/internal/xmltree"
)

// The namespaces of a list.
const (
	spaceTSL   = "http://uri.etsi.org/02231/v2#"
	spaceDS    = "http://www.w3.org/2000/09/xmldsig#"
	spaceXAdES = "http://uri.etsi.org/01903/v1.3.2#"
	spaceXML   = "http://www.w3.org/XML/1998/namespace"
	spaceXSI   = "http://www.w3.org/2001/XMLSchema-instance"
)

// rule is what the schema says about an element: its children in their order,
// its attributes, or that it has text only.
type rule struct {
	children   []particle
	attributes []attribute
	choice     bool // one kind of child is enough, in any number
	text       bool
	empty      bool // text may be empty
	any        bool // anything goes
}

// particle is a child and how often it may come.
type particle struct {
	name     string
	min, max int // max 0 means any number
}

type attribute struct {
	space, name string
	required    bool
}

// elements reads the children of a rule: a name, followed by ? for optional, +
// for at least one, * for any number.
func elements(spec string) (p []particle) {
	for name := range strings.FieldsSeq(spec) {
		switch base := name[:len(name)-1]; name[len(name)-1] {
		case '?':
			p = append(p, particle{base, 0, 1})
		case '+':
			p = append(p, particle{base, 1, 0})
		case '*':
			p = append(p, particle{base, 0, 0})
		default:
			p = append(p, particle{name, 1, 1})
		}
	}
	return p
}

func sequence(spec string) rule { return rule{children: elements(spec)} }

var (
	lang     = []attribute{{spaceXML, "lang", true}}
	leaf     = rule{text: true}
	mayEmpty = rule{text: true, empty: true}
	langLeaf = rule{text: true, attributes: lang}
	names    = sequence("Name+")
	anything = rule{any: true}
)

// schema has the rule of every element of the list's namespace (ETSI TS 102 231
// v3.1.2 with the file tsl.xsd of gematik's api-telematik). The rule of an
// element whose type depends on where it stands is under PARENT/NAME.
var schema = map[string]rule{
	"TrustServiceStatusList": {
		children:   elements("SchemeInformation TrustServiceProviderList? Signature?"),
		attributes: []attribute{{"", "TSLTag", true}, {"", "Id", false}},
	},
	"SchemeInformation": sequence("TSLVersionIdentifier TSLSequenceNumber TSLType SchemeOperatorName" +
		" SchemeOperatorAddress SchemeName SchemeInformationURI StatusDeterminationApproach" +
		" SchemeTypeCommunityRules? SchemeTerritory? PolicyOrLegalNotice? HistoricalInformationPeriod" +
		" PointersToOtherTSL? ListIssueDateTime NextUpdate DistributionPoints? SchemeExtensions?"),
	"TSLVersionIdentifier":         leaf,
	"TSLSequenceNumber":            leaf,
	"TSLType":                      leaf,
	"SchemeOperatorName":           names,
	"Name":                         langLeaf,
	"SchemeOperatorAddress":        sequence("PostalAddresses ElectronicAddress"),
	"PostalAddresses":              sequence("PostalAddress+"),
	"PostalAddress":                {children: elements("StreetAddress Locality StateOrProvince? PostalCode? CountryName"), attributes: lang},
	"StreetAddress":                leaf,
	"Locality":                     leaf,
	"StateOrProvince":              leaf,
	"PostalCode":                   leaf,
	"CountryName":                  leaf,
	"ElectronicAddress":            sequence("URI+"),
	"ElectronicAddress/URI":        leaf,
	"SchemeName":                   names,
	"SchemeInformationURI":         sequence("URI+"),
	"URI":                          langLeaf,
	"StatusDeterminationApproach":  leaf,
	"SchemeTypeCommunityRules":     sequence("URI+"),
	"SchemeTypeCommunityRules/URI": leaf,
	"SchemeTerritory":              leaf,
	"PolicyOrLegalNotice":          {children: elements("TSLPolicy+ TSLLegalNotice+"), choice: true},
	"TSLPolicy":                    langLeaf,
	"TSLLegalNotice":               langLeaf,
	"HistoricalInformationPeriod":  leaf,
	"PointersToOtherTSL":           sequence("OtherTSLPointer+"),
	"OtherTSLPointer":              sequence("ServiceDigitalIdentities? TSLLocation AdditionalInformation?"),
	"ServiceDigitalIdentities":     sequence("ServiceDigitalIdentity+"),
	"TSLLocation":                  leaf,
	"AdditionalInformation":        {children: elements("TextualInformation+ OtherInformation+"), choice: true},
	"TextualInformation":           langLeaf,
	"OtherInformation":             anything,
	"ListIssueDateTime":            leaf,
	"NextUpdate":                   sequence("dateTime?"),
	"dateTime":                     leaf,
	"DistributionPoints":           sequence("URI+"),
	"DistributionPoints/URI":       leaf,
	"SchemeExtensions":             sequence("Extension+"),
	"Extension":                    {any: true, attributes: []attribute{{"", "Critical", true}}},

	"TrustServiceProviderList":     sequence("TrustServiceProvider+"),
	"TrustServiceProvider":         sequence("TSPInformation TSPServices"),
	"TSPInformation":               sequence("TSPName TSPTradeName? TSPAddress TSPInformationURI TSPInformationExtensions?"),
	"TSPName":                      names,
	"TSPTradeName":                 names,
	"TSPAddress":                   sequence("PostalAddresses ElectronicAddress"),
	"TSPInformationURI":            sequence("URI+"),
	"TSPInformationExtensions":     sequence("Extension+"),
	"TSPServices":                  sequence("TSPService+"),
	"TSPService":                   sequence("ServiceInformation ServiceHistory?"),
	"ServiceInformation":           sequence("ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus StatusStartingTime SchemeServiceDefinitionURI? ServiceSupplyPoints? TSPServiceDefinitionURI? ServiceInformationExtensions?"),
	"ServiceHistory":               sequence("ServiceHistoryInstance*"),
	"ServiceHistoryInstance":       sequence("ServiceTypeIdentifier ServiceName ServiceDigitalIdentity ServiceStatus StatusStartingTime ServiceInformationExtensions?"),
	"ServiceTypeIdentifier":        leaf,
	"ServiceName":                  names,
	"ServiceDigitalIdentity":       sequence("DigitalId*"),
	"DigitalId":                    {children: elements("X509Certificate X509SubjectName X509SKI Other KeyValue"), choice: true},
	"X509Certificate":              mayEmpty,
	"X509SubjectName":              mayEmpty,
	"X509SKI":                      mayEmpty,
	"Other":                        anything,
	"ServiceStatus":                leaf,
	"StatusStartingTime":           leaf,
	"SchemeServiceDefinitionURI":   sequence("URI+"),
	"ServiceSupplyPoints":          sequence("ServiceSupplyPoint+"),
	"ServiceSupplyPoint":           leaf,
	"TSPServiceDefinitionURI":      sequence("URI+"),
	"ServiceInformationExtensions": sequence("Extension+"),
}

// checkSchema checks the structure of a list, without its signature.
func checkSchema(root *xmltree.Element) error {
	if !root.Is(spaceTSL, "TrustServiceStatusList") {
		return fmt.Errorf("%.40q of namespace %.60q is no trust list", root.Name, root.Space)
	}
	return checkElement(root)
}

func checkElement(e *xmltree.Element) error {
	r, ok := ruleOf(e)
	if !ok {
		return fmt.Errorf("element %.40q is not known", e.Name)
	}
	if err := checkAttributes(e, r.attributes); err != nil {
		return err
	}
	switch {
	case r.any:
		return nil
	case r.text:
		return checkLeaf(e, r)
	case !e.Blank():
		return fmt.Errorf("%s has text", e.Name)
	}
	if err := r.checkChildren(e); err != nil {
		return err
	}
	for c := range e.Children {
		if c.Space != spaceTSL {
			continue
		}
		if err := checkElement(c); err != nil {
			return err
		}
	}
	return nil
}

func ruleOf(e *xmltree.Element) (r rule, ok bool) {
	if e.Parent != nil && e.Name == "URI" {
		if r, ok = schema[e.Parent.Name+"/URI"]; ok {
			return r, true
		}
	}
	r, ok = schema[e.Name]
	return r, ok
}

func checkLeaf(e *xmltree.Element, r rule) error {
	switch {
	case e.First() != nil:
		return fmt.Errorf("%s has elements in it", e.Name)
	case !r.empty && len(e.Text()) == 0:
		return fmt.Errorf("%s is empty", e.Name)
	}
	return nil
}

func checkAttributes(e *xmltree.Element, allowed []attribute) error {
	found := 0
	for i := range e.Attrs {
		if e.Attrs[i].Space == spaceXSI && e.Attrs[i].Name == "schemaLocation" {
			found++
		}
	}
	for _, a := range allowed {
		has := false
		for i := range e.Attrs {
			has = has || e.Attrs[i].Name == a.name && e.Attrs[i].Space == a.space
		}
		if has {
			found++
		} else if a.required {
			return fmt.Errorf("%s has no attribute %s", e.Name, a.name)
		}
	}
	if found != len(e.Attrs) {
		return fmt.Errorf("%s has an attribute that is not known", e.Name)
	}
	return nil
}

// childSpace is the namespace in which a child has to be.
func childSpace(name string) string {
	if name == "Signature" || name == "KeyValue" {
		return spaceDS
	}
	return spaceTSL
}

func (r rule) checkChildren(e *xmltree.Element) error {
	if r.choice {
		return r.checkChoice(e)
	}
	c := e.First()
	for _, p := range r.children {
		n := 0
		for c != nil && c.Is(childSpace(p.name), p.name) && (p.max == 0 || n < p.max) {
			c = c.Next()
			n++
		}
		if n < p.min {
			return fmt.Errorf("%s has no %s where it has to be", e.Name, p.name)
		}
	}
	if c != nil {
		return fmt.Errorf("%s has %.40q where it must not be", e.Name, c.Name)
	}
	return nil
}

func (r rule) checkChoice(e *xmltree.Element) error {
	n := 0
	for c := range e.Children {
		ok := false
		for _, p := range r.children {
			ok = ok || c.Is(childSpace(p.name), p.name) && (p.max == 0 || n < p.max)
		}
		if !ok {
			return fmt.Errorf("%s has %.40q where it must not be", e.Name, c.Name)
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("%s is empty", e.Name)
	}
	return nil
}
