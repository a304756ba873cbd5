package mgmt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Driver knows the management interface of one vendor. A driver is given to
// [Open]; it keeps nothing and is safe for concurrent use.
type Driver interface {
	// Recognises says whether p is one of the driver's products. Code is empty
	// when only the vendor is known.
	Recognises(p Product) bool
	// Vendor is whose boxes they are.
	Vendor() Vendor
	// Ports are those of the management interface, the usual one first. Nothing
	// listens there on the boxes of other vendors.
	Ports() []int
	// Profile is the vendor's own profile, the document described at [Profile].
	Profile() []byte
	// Open makes the Device around b. It sends nothing.
	Open(b *Base) Device
}

// Open recognises the box and returns its Device. It reads the profile files of
// cfg. What it sends is the request for the service directory, without an
// administrator's login, and without an answer to it connections to the drivers' ports; nothing else
// is sent before a capability is used. With cfg.Product it sends nothing.
//
// It returns a [*ConfigError] for what cannot work, [ErrUnknownProduct] for a
// box of which no driver knows, and a [*konnektor.Failure] for one that cannot
// be reached. The caller closes the Device.
func Open(ctx context.Context, cfg Config, drivers ...Driver) (Device, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	own, err := cfg.readProfiles()
	if err != nil {
		return nil, err
	}
	found, driver, err := recognise(ctx, cfg, drivers)
	if err != nil {
		return nil, err
	}
	vendors, err := ReadProfile(driver.Profile())
	if err != nil {
		return nil, fmt.Errorf("mgmt: profile of the driver: %w", err)
	}
	port, err := cfg.port(driver)
	if err != nil {
		return nil, err
	}
	base, err := newBase(cfg, port, found, vendors, own)
	if err != nil {
		return nil, err
	}
	return driver.Open(base), nil
}

// port is where the management interface listens.
func (c Config) port(d Driver) (int, error) {
	ports := d.Ports()
	switch {
	case c.Port != 0:
		return c.Port, nil
	case len(ports) == 0:
		return 0, configError("port: missing; this product has no usual one")
	}
	return ports[0], nil
}

// ErrUnknownProduct is the target of errors.Is when no driver knows the box.
var ErrUnknownProduct = errors.New("mgmt: unknown product")

// recognise finds product and driver: by the Config, by the service directory,
// else by the port that somebody listens on.
func recognise(ctx context.Context, cfg Config, drivers []Driver) (Product, Driver, error) {
	if len(drivers) == 0 {
		return Product{}, nil, configError("no driver")
	}
	if cfg.Product != nil {
		return choose(*cfg.Product, drivers)
	}
	services, err := directory(ctx, cfg)
	if err == nil {
		return choose(productOf(services), drivers)
	}
	if ctx.Err() != nil {
		return Product{}, nil, err
	}
	if d := probe(ctx, cfg, drivers); d != nil {
		return Product{Vendor: d.Vendor()}, d, nil
	}
	return Product{}, nil, err
}

func choose(p Product, drivers []Driver) (Product, Driver, error) {
	for _, d := range drivers {
		if d.Recognises(p) {
			return p, d, nil
		}
	}
	return p, nil, fmt.Errorf("%w: %s", ErrUnknownProduct, p)
}

// productOf reads a service directory. A vendor's letters may be of either case.
func productOf(s *konnektor.Services) Product {
	p := s.Product
	firmware := p.FirmwareVersion
	if firmware == "" {
		firmware = p.CentralVersion
	}
	return Product{
		Vendor: Vendor(strings.ToUpper(strings.TrimSpace(p.VendorID))), Code: strings.TrimSpace(p.Code), Name: strings.TrimSpace(p.Name),
		Firmware: strings.TrimSpace(firmware), Hardware: strings.TrimSpace(p.HardwareVersion), Type: strings.TrimSpace(p.TypeVersion),
	}
}

// directoryTimeout bounds each way to the service directory.
const directoryTimeout = 10 * time.Second

// directory reads connector.sds, without a login.
func directory(ctx context.Context, cfg Config) (*konnektor.Services, error) {
	places := cfg.directories()
	if len(places) == 0 {
		return nil, configError("directory_url: https needs a pin or CAs, in directory_trust or trust")
	}
	var first error
	for _, at := range places {
		services, err := readDirectory(ctx, at)
		if err == nil {
			return services, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func readDirectory(ctx context.Context, cfg konnektor.Config) (*konnektor.Services, error) {
	client, err := konnektor.New(cfg)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, directoryTimeout)
	defer cancel()
	return client.Services(ctx)
}

// directories are the places to look for the service directory. OnFirstUse of
// the management interface is not asked about the certificate of the services.
func (c Config) directories() []konnektor.Config {
	trust := c.DirectoryTrust
	if trust.OnFirstUse == nil && !trusts(trust) {
		trust = c.Trust
		trust.OnFirstUse = nil
	}
	host := c.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	places := []konnektor.Config{{URL: "http://" + host}, {URL: "https://" + host, Trust: trust}}
	if c.DirectoryURL != "" {
		places = []konnektor.Config{{URL: c.DirectoryURL, Trust: trust, Auth: c.DirectoryAuth}}
	}
	return slices.DeleteFunc(places, func(p konnektor.Config) bool {
		return strings.HasPrefix(p.URL, "https:") && trust.OnFirstUse == nil && !trusts(trust)
	})
}

// trusts reports whether t recognises a certificate by itself.
func trusts(t konnektor.Trust) bool {
	return t.CAsPEM != "" || t.CAsFile != "" || len(t.CertificateSHA256)+len(t.PublicKeySHA256) > 0
}

// probeTimeout bounds the connection to one port.
const probeTimeout = 2 * time.Second

// probe looks which driver's port somebody listens on; nil for none.
func probe(ctx context.Context, cfg Config, drivers []Driver) Driver {
	for _, d := range drivers {
		ports := d.Ports()
		if cfg.Port != 0 {
			if !slices.Contains(ports, cfg.Port) {
				continue // that somebody listens there tells nothing
			}
			ports = []int{cfg.Port}
		}
		if slices.ContainsFunc(ports, func(port int) bool { return listens(ctx, cfg.address(port)) }) {
			return d
		}
	}
	return nil
}

func listens(ctx context.Context, address string) bool {
	dialer := net.Dialer{Timeout: probeTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close() // nothing was sent
	return true
}
