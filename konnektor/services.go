package konnektor

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/productinformation11"
	"github.com/libkonnektor/libkonnektor/konnektor/internal/ws/servicedirectory31"
	"github.com/libkonnektor/libkonnektor/konnektor/wire"
)

// Services is the Dienstverzeichnis (connector.sds) of a Konnektor.
type Services struct {
	Product            Product
	TLSMandatory       bool
	ClientAutMandatory bool
	Services           []Service
}

// Product is the ProductInformation v1.1 of a Konnektor or a card terminal.
type Product struct {
	InformationDate time.Time // zero when the device gives none
	Type            string    // ProductType
	TypeVersion     string    // n.n.n
	VendorID        string    // ProductVendorID, at most 5 characters, such as SECUN
	Code            string    // ProductCode, at most 8 characters
	HardwareVersion string    // empty for a central product
	FirmwareVersion string
	CentralVersion  string
	VendorName      string
	Name            string
}

// Service is one version of one service.
type Service struct {
	Name            string // such as EventService
	Version         string // such as 7.2.0; may be empty
	TargetNamespace string // of the WSDL; may be empty
	Endpoint        string // http; may be empty
	EndpointTLS     string // https; may be empty
}

// Services returns the service directory, from the cache or the Konnektor. The
// cache lasts until a connection fails or [Client.ReloadServices] is called.
// The caller must not change the result.
//
// Errors are a [*Failure]. Services is safe for concurrent use; calls at the
// same time fetch the directory once.
func (c *Client) Services(ctx context.Context) (*Services, error) {
	ctx, done := c.begin(ctx)
	defer done()
	if c.closed.Load() {
		return nil, c.classify(ctx, sdsName, "", 0, context.Canceled)
	}
	d, err := c.directory.get(ctx, c.fetchDirectory)
	if err != nil {
		return nil, err
	}
	return d.services, nil
}

// ReloadServices reads the service directory again, as after a boot of the
// Konnektor (event BOOTUP/BOOTUP_COMPLETE, gemILF_PS). Errors are those of
// Services.
func (c *Client) ReloadServices(ctx context.Context) (*Services, error) {
	c.directory.forget()
	return c.Services(ctx)
}

// find returns the version of op's service that has the same major and minor
// version and the highest revision (TIP1-A_4966 to 4968). A version without
// number is told by its namespace and comes after those with one.
func (s *Services) find(op Operation) (Service, bool) {
	best, bestRevision := -1, -2
	for i, service := range s.Services {
		if !strings.EqualFold(service.Name, op.Service) {
			continue
		}
		if revision, ok := service.revision(op); ok && revision > bestRevision {
			best, bestRevision = i, revision
		}
	}
	if best < 0 {
		return Service{}, false
	}
	return s.Services[best], true
}

// revision is the third number of the version, when the first two are op's. It
// is -1 for a version without number and the right namespace.
func (s Service) revision(op Operation) (int, bool) {
	want, ok := parseVersion(op.Version)
	if !ok {
		return 0, false
	}
	if s.Version == "" {
		return -1, s.TargetNamespace != "" && s.TargetNamespace == op.Namespace
	}
	have, ok := parseVersion(s.Version)
	return have[2], ok && have[0] == want[0] && have[1] == want[1]
}

// parseVersion reads two or three numbers with dots between them.
func parseVersion(s string) (v [3]int, ok bool) {
	parts := strings.Split(strings.TrimSpace(s), ".")
	if len(parts) < 2 || len(parts) > 3 {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}

var errNoServices = errors.New("the service directory lists no service")

// read reads a service directory. Element names and namespaces count, not
// prefixes, order or repetition: makers differ in all of them.
func (s *Services) read(r *wire.Reader) error {
	var v servicedirectory31.ConnectorServices
	if r.Root() {
		if space, local := v.ElementName(); r.Is(space, local) {
			v.DecodeXML(r)
		} else {
			r.Unexpected(local)
		}
	}
	if err := r.Finish(); err != nil {
		return err
	}
	*s = Services{
		Product:            newProduct(&v.ProductInformation),
		TLSMandatory:       v.TLSMandatory,
		ClientAutMandatory: v.ClientAutMandatory,
	}
	for i := range v.ServiceInformation.Service {
		service := &v.ServiceInformation.Service[i]
		for _, version := range service.Versions.Version {
			entry := Service{
				Name:            service.Name,
				Version:         strings.TrimSpace(text(version.Version)),
				TargetNamespace: strings.TrimSpace(text(version.TargetNamespace)),
				EndpointTLS:     strings.TrimSpace(version.EndpointTLS.Location),
			}
			if version.Endpoint != nil {
				entry.Endpoint = strings.TrimSpace(version.Endpoint.Location)
			}
			s.Services = append(s.Services, entry)
		}
	}
	if len(s.Services) == 0 {
		return errNoServices
	}
	return nil
}

func newProduct(v *productinformation11.ProductInformation) Product {
	p := Product{
		InformationDate: v.InformationDate.Time,
		Type:            v.ProductTypeInformation.ProductType,
		TypeVersion:     v.ProductTypeInformation.ProductTypeVersion,
		VendorID:        v.ProductIdentification.ProductVendorID,
		Code:            v.ProductIdentification.ProductCode,
		CentralVersion:  text(v.ProductIdentification.ProductVersion.Central),
		VendorName:      v.ProductMiscellaneous.ProductVendorName,
		Name:            v.ProductMiscellaneous.ProductName,
	}
	if p.InformationDate.Year() <= 1970 { // a terminal that was never connected
		p.InformationDate = time.Time{}
	}
	if local := v.ProductIdentification.ProductVersion.Local; local != nil {
		p.HardwareVersion, p.FirmwareVersion = local.HWVersion, local.FWVersion
	}
	return p
}
