package operations

import (
	"cmp"
	"context"
	"sort"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

type servicesRequestDoc struct {
	Reload bool `json:"reload,omitempty" doc:"Read the directory from the Konnektor again. Without it an earlier answer may be given."`
	timeLimit
}

type servicesAnswerDoc struct {
	Product            productDoc   `json:"product" doc:"What the Konnektor says of itself."`
	TLSMandatory       bool         `json:"tls_mandatory" doc:"The Konnektor takes calls by TLS only."`
	ClientAutMandatory bool         `json:"client_aut_mandatory" doc:"The Konnektor wants the PVS to show who it is."`
	Services           []serviceDoc `json:"services" doc:"One entry a version of a service, by name and version."`
}

type productDoc struct {
	VendorName      string `json:"vendor_name" doc:"The manufacturer."`
	Name            string `json:"name" doc:"The product's name."`
	FirmwareVersion string `json:"firmware_version" doc:"The version of the firmware."`
	HardwareVersion string `json:"hardware_version,omitempty" doc:"The version of the hardware; not for a central product."`
	CentralVersion  string `json:"central_version,omitempty" doc:"The version of a central product."`
	Type            string `json:"type" table:"-" doc:"ProductType, such as Konnektor."`
	TypeVersion     string `json:"type_version" doc:"The version of the product type, n.n.n."`
	VendorID        string `json:"vendor_id" table:"-" doc:"The manufacturer's short name, such as SECUN, KOCOC or RISEG."`
	Code            string `json:"code" table:"-" doc:"The product's code, such as secu_kon, kocobox or RKONN."`
	InformationDate string `json:"information_date,omitempty" format:"date-time" table:"-" doc:"When the device wrote this."`
}

type serviceDoc struct {
	Name        string `json:"name" doc:"The service, such as EventService."`
	Version     string `json:"version" doc:"Its version, such as 7.2.0. May be empty."`
	Namespace   string `json:"namespace" table:"-" doc:"The target namespace of its WSDL. May be empty."`
	Endpoint    string `json:"endpoint" doc:"The address without TLS. May be empty."`
	EndpointTLS string `json:"endpoint_tls" doc:"The address with TLS. May be empty."`
}

func opServices() Operation {
	return define(Operation{
		Name:       "services",
		Summary:    "Lists the services of the Konnektor (connector.sds) with versions and addresses, and what it says of itself.",
		Title:      titleServices,
		Repeatable: true,
	}, runServices)
}

func runServices(ctx context.Context, c *call, req servicesRequestDoc) (*servicesAnswerDoc, error) {
	read := c.client.Services
	if req.Reload {
		read = c.client.ReloadServices
	}
	s, err := read(ctx)
	if err != nil {
		return nil, err
	}
	a := &servicesAnswerDoc{
		Product:            newProduct(s.Product),
		TLSMandatory:       s.TLSMandatory,
		ClientAutMandatory: s.ClientAutMandatory,
		Services:           make([]serviceDoc, 0, len(s.Services)),
	}
	for _, v := range s.Services {
		a.Services = append(a.Services, serviceDoc{
			Name: v.Name, Version: v.Version, Namespace: v.TargetNamespace,
			Endpoint: v.Endpoint, EndpointTLS: v.EndpointTLS,
		})
	}
	sort.SliceStable(a.Services, func(i, j int) bool {
		x, y := &a.Services[i], &a.Services[j]
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Version, y.Version)) < 0
	})
	return a, nil
}

func newProduct(p konnektor.Product) productDoc {
	return productDoc{
		VendorName: p.VendorName, Name: p.Name, FirmwareVersion: p.FirmwareVersion,
		HardwareVersion: p.HardwareVersion, CentralVersion: p.CentralVersion,
		Type: p.Type, TypeVersion: p.TypeVersion, VendorID: p.VendorID, Code: p.Code,
		InformationDate: dateTime(p.InformationDate),
	}
}

// dateTime is t in UTC as FormatDateTime, or nothing for the zero time.
func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// date is the day of t as FormatDate, or nothing for the zero time.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
