package konnektor

import (
	"context"
	"errors"
	"time"
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

// Services returns the service directory, from the cache or the Konnektor.
func (c *Client) Services(ctx context.Context) (*Services, error) {
	return nil, errors.New("konnektor: not yet")
}

// ReloadServices reads the service directory again, as after a boot.
func (c *Client) ReloadServices(ctx context.Context) (*Services, error) {
	return nil, errors.New("konnektor: not yet")
}
