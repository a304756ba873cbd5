package mgmt_test

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"context"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// services answers with a service directory of a vendor.
func services(vendor, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<ConnectorServices xmlns="http://ws.gematik.de/conn/ServiceDirectory/v3.1"><ProductInformation xmlns="http://ws.gematik.de/int/version/ProductInformation/v1.1">
<InformationDate>2026-01-01T00:00:00Z</InformationDate><ProductTypeInformation><ProductType>Konnektor</ProductType><ProductTypeVersion>5.0.2</ProductTypeVersion></ProductTypeInformation>
<ProductIdentification><ProductVendorID>%s</ProductVendorID><ProductCode>%s</ProductCode><ProductVersion><Local><HWVersion>1.0.0</HWVersion><FWVersion>4.2.8</FWVersion></Local></ProductVersion></ProductIdentification>
<ProductMiscellaneous><ProductVendorName>V</ProductVendorName><ProductName>N</ProductName></ProductMiscellaneous></ProductInformation>
<TLSMandatory>false</TLSMandatory><ClientAutMandatory>false</ClientAutMandatory>
<ServiceInformation xmlns="http://ws.gematik.de/conn/ServiceInformation/v2.0"><Service Name="EventService"><Abstract>a</Abstract><Versions>
<Version TargetNamespace="n" Version="7.2.0"><Abstract>a</Abstract><Endpoint Location="http://127.0.0.1/ws"/><EndpointTLS Location="https://127.0.0.1/ws"/></Version></Versions></Service></ServiceInformation></ConnectorServices>`, vendor, code)
	}
}

func TestRecognisedByTheDirectory(t *testing.T) {
	for code, vendor := range map[string]string{"secu_kon": "SECUN", "RKONN": "RISEG", "RISEG-RHSK": "RISEG", "kocobox": "kococ"} {
		t.Run(code, func(t *testing.T) {
			b := newBox(t)
			sds := httptest.NewServer(services(vendor, code))
			t.Cleanup(sds.Close)
			cfg := b.config()
			cfg.Product, cfg.DirectoryURL = nil, sds.URL
			p := b.open(cfg).Product()
			require.Equal(t, code, p.Code)
			require.Equal(t, "4.2.8", p.Firmware)
			require.Equal(t, "N", p.Name)
			require.Empty(t, b.came())
		})
	}
	sds := httptest.NewServer(services("OTHER", "x"))
	t.Cleanup(sds.Close)
	cfg := newBox(t).config()
	cfg.Product, cfg.DirectoryURL = nil, sds.URL
	_, err := mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, mgmt.ErrUnknownProduct)
}

// TestDirectoryOverTLS sees that the callback of the management interface is not
// asked about the certificate of the services.
func TestDirectoryOverTLS(t *testing.T) {
	b := newBox(t)
	sds := httptest.NewTLSServer(services("SECUN", "secu_kon"))
	t.Cleanup(sds.Close)
	cfg := b.config()
	cfg.Product, cfg.DirectoryURL = nil, sds.URL
	cfg.Trust = konnektor.Trust{OnFirstUse: func(context.Context, *x509.Certificate) error {
		t.Error("asked about the services")
		return nil
	}}
	_, err := mgmt.Open(t.Context(), cfg, drivers...)
	require.Error(t, err)
	cfg.DirectoryTrust = konnektor.Trust{CertificateSHA256: []string{konnektor.CertificatePin(sds.Certificate())}}
	require.Equal(t, mgmt.Secunet, b.open(cfg).Product().Vendor)
}

// portDriver is a driver whose port is that of a test.
type portDriver struct {
	mgmt.Driver
	port int
}

func (d portDriver) Ports() []int { return []int{d.port} }

func TestRecognisedByThePort(t *testing.T) {
	sds := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(sds.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	received := make(chan []byte, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		data, _ := io.ReadAll(conn)
		received <- data
	}()

	b := newBox(t)
	cfg := b.config()
	cfg.Product, cfg.DirectoryURL, cfg.Port = nil, sds.URL, 0
	open := l.Addr().(*net.TCPAddr).Port
	d, err := mgmt.Open(t.Context(), cfg, portDriver{drivers[0], nobody}, portDriver{drivers[3], open})
	require.NoError(t, err)
	require.Equal(t, mgmt.Product{Vendor: mgmt.KoCoBox}, d.Product())
	require.Empty(t, <-received, "a probe says nothing")
	_, err = mgmt.Open(t.Context(), cfg, portDriver{drivers[0], nobody})
	require.ErrorIs(t, err, konnektor.KindHTTP)
}
