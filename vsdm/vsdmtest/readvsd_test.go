package vsdmtest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
	"github.com/libkonnektor/libkonnektor/vsdm/vsdmtest"
)

func TestSmoke(t *testing.T) {
	for seed := uint64(1); seed < 20; seed++ {
		k := konnektortest.NewWith(t, konnektortest.Options{Seed: seed})
		vsdmtest.Install(k)
		egk := k.Insert("EGK", vsdmtest.Person(int(seed)))
		cfg := k.Config()
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(cfg.Trust.CAsPEM))
		cert, err := tls.X509KeyPair([]byte(cfg.Auth.CertificatePEM), []byte(string(cfg.Auth.KeyPEM)))
		require.NoError(t, err)
		hc := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "konnektor.konlan", Certificates: []tls.Certificate{cert}}}}
		r, err := hc.Get(k.URL() + "/connector.sds")
		require.NoError(t, err)
		b, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		if seed < 3 {
			t.Logf("%s", b)
		}
		req, _ := http.NewRequest("POST", k.URL()+"/x", bytes.NewReader([]byte(`<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><ReadVSD xmlns="http://ws.gematik.de/conn/vsds/VSDService/v5.2"><EhcHandle>`+string(egk)+`</EhcHandle><HpcHandle>`+string(k.Handle("SMC-B"))+`</HpcHandle><PerformOnlineCheck>true</PerformOnlineCheck><ReadOnlineReceipt>1</ReadOnlineReceipt><c:Context xmlns:c="http://ws.gematik.de/conn/ConnectorContext/v2.0" xmlns:n="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><n:MandantId>Mandant1</n:MandantId><n:ClientSystemId>Clientsystem1</n:ClientSystemId><n:WorkplaceId>Arbeitsplatz1</n:WorkplaceId></c:Context></ReadVSD></S:Body></S:Envelope>`)))
		req.Header.Set("Content-Type", "text/xml; charset=utf-8")
		req.Header.Set("SOAPAction", `"http://ws.gematik.de/conn/vsds/VSDService/v6.0#ReadVSD"`)
		for _, p := range []string{"/ws/VSDService", "/service/fmvsdm", "/fm/vsdservice"} {
			req.URL.Path = p
			if _, ok := k.Last("x"); ok {
				continue
			}
			req.Body = io.NopCloser(bytes.NewReader(nil))
			req.Body, _ = req.GetBody()
			r, err = hc.Do(req)
			require.NoError(t, err)
			b, _ = io.ReadAll(r.Body)
			r.Body.Close()
			if r.StatusCode != 404 {
				require.Equal(t, 200, r.StatusCode, "%s", b)
				if seed < 4 {
					t.Logf("%s", b)
				}
			}
		}
	}
}
