package konnektor_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// identity is a key with a certificate.
type identity struct {
	cert    *x509.Certificate
	key     crypto.Signer
	certPEM string
	keyPEM  konnektor.Secret
	tls     tls.Certificate
}

// newIdentity makes a self-signed certificate for konnektor.konlan, with change
// applied before it is signed.
func newIdentity(t testing.TB, change func(*x509.Certificate)) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "80276883110000000003-20260101"},
		DNSNames:  []string{konnektor.DefaultServerName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return &identity{
		cert: cert, key: key,
		certPEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		keyPEM:  konnektor.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		tls:     tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}
}

// serve starts an https server with a directory that names only itself.
func serve(t testing.TB, cfg *tls.Config, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/connector.sds" {
			_, _ = io.WriteString(w, directoryOf("EventService", "7.2.0", "", server.URL+"/ws"))
			return
		}
		handler(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = cfg
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// with is the TLS configuration of a server that shows id.
func with(id *identity) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{id.tls}} }

func TestTrust(t *testing.T) {
	good := newIdentity(t, nil)
	other := newIdentity(t, nil)
	expired := newIdentity(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Unix(1e9, 0), time.Unix(1.1e9, 0) })
	early := newIdentity(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) })
	named := newIdentity(t, func(c *x509.Certificate) { c.DNSNames = []string{"box.praxis.example"} })
	client := newIdentity(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	pins := func(ids ...*identity) (pins []string) {
		for _, id := range ids {
			pins = append(pins, konnektor.CertificatePin(id.cert))
		}
		return pins
	}
	accept := func(context.Context, *x509.Certificate) error { return nil }
	for name, c := range map[string]struct {
		shows *identity
		trust konnektor.Trust
		want  konnektor.Kind // empty: accepted
	}{
		"CA and name":                         {good, konnektor.Trust{CAsPEM: good.certPEM}, ""},
		"CA among several":                    {good, konnektor.Trust{CAsPEM: other.certPEM + brainpoolCA + good.certPEM}, ""},
		"other CA":                            {good, konnektor.Trust{CAsPEM: other.certPEM}, konnektor.KindCertificate},
		"other name":                          {named, konnektor.Trust{CAsPEM: named.certPEM}, konnektor.KindCertificateName},
		"other name, as configured":           {named, konnektor.Trust{CAsPEM: named.certPEM, ServerName: "box.praxis.example"}, ""},
		"other CA and other name":             {named, konnektor.Trust{CAsPEM: good.certPEM}, konnektor.KindCertificate},
		"no certificate of a server":          {client, konnektor.Trust{CAsPEM: client.certPEM}, konnektor.KindCertificate},
		"expired, CA":                         {expired, konnektor.Trust{CAsPEM: expired.certPEM}, konnektor.KindCertificateExpired},
		"expired, pinned":                     {expired, konnektor.Trust{CertificateSHA256: pins(expired)}, konnektor.KindCertificateExpired},
		"expired, first use":                  {expired, konnektor.Trust{OnFirstUse: accept}, konnektor.KindCertificateExpired},
		"not yet valid, pinned":               {early, konnektor.Trust{CertificateSHA256: pins(early)}, konnektor.KindCertificateExpired},
		"pinned":                              {good, konnektor.Trust{CertificateSHA256: pins(good)}, ""},
		"pinned among several":                {good, konnektor.Trust{CertificateSHA256: pins(other, good)}, ""},
		"pinned, another name":                {named, konnektor.Trust{CertificateSHA256: pins(named)}, ""},
		"other pin":                           {good, konnektor.Trust{CertificateSHA256: pins(other)}, konnektor.KindCertificate},
		"pin with colons":                     {good, konnektor.Trust{CertificateSHA256: []string{colons(pins(good)[0])}}, ""},
		"key pinned":                          {good, konnektor.Trust{PublicKeySHA256: []string{konnektor.PublicKeyPin(good.cert)}}, ""},
		"other key pinned":                    {good, konnektor.Trust{PublicKeySHA256: []string{konnektor.PublicKeyPin(other.cert)}}, konnektor.KindCertificate},
		"pin or CA, the CA matches":           {good, konnektor.Trust{CertificateSHA256: pins(other), CAsPEM: good.certPEM}, ""},
		"pin or CA, none matches":             {good, konnektor.Trust{CertificateSHA256: pins(other), CAsPEM: other.certPEM}, konnektor.KindCertificate},
		"first use":                           {good, konnektor.Trust{OnFirstUse: accept}, ""},
		"first use is not asked beside a pin": {good, konnektor.Trust{CertificateSHA256: pins(other), OnFirstUse: accept}, konnektor.KindCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, with(c.shows), http.NotFound)
			services, err := open(t, konnektor.Config{URL: server.URL, Trust: c.trust}).Services(t.Context())
			if c.want == "" {
				require.NoError(t, err)
				require.NotEmpty(t, services.Services)
				return
			}
			require.ErrorIs(t, err, c.want)
			require.NotEmpty(t, konnektor.Remedy(err))
		})
	}
}

func colons(pin string) string {
	var parts []string
	for ; pin != ""; pin = pin[2:] {
		parts = append(parts, strings.ToUpper(pin[:2]))
	}
	return strings.Join(parts, ":")
}

func TestFirstUse(t *testing.T) {
	first, second := newIdentity(t, nil), newIdentity(t, nil)
	var shown atomic.Pointer[identity]
	shown.Store(first)
	server := serve(t, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &shown.Load().tls, nil
	}, SessionTicketsDisabled: true}, http.NotFound)
	server.Config.SetKeepAlivesEnabled(false)

	asked, refuse := 0, true
	client := open(t, konnektor.Config{URL: server.URL, Trust: konnektor.Trust{
		OnFirstUse: func(_ context.Context, cert *x509.Certificate) error {
			asked++
			require.Equal(t, first.cert.Raw, cert.Raw)
			if refuse {
				return errNotMine
			}
			return nil
		},
	}})
	_, err := client.Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindCertificate, "refused by the callback")
	require.ErrorIs(t, err, errNotMine)

	refuse = false
	_, err = client.Services(t.Context())
	require.NoError(t, err)
	_, err = client.ReloadServices(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, asked, "a certificate that was accepted is not asked about again")

	shown.Store(second)
	_, err = client.ReloadServices(t.Context())
	require.ErrorIs(t, err, konnektor.KindCertificate, "another certificate than on first use")
	require.Equal(t, 2, asked)
}

var errNotMine = errors.New("not my Konnektor")

// TestVerificationAlwaysRuns shows that a certificate is checked on every
// connection, full or resumed, in TLS 1.2 and 1.3: the server resumes the
// session of a certificate that meanwhile is no longer accepted.
func TestVerificationAlwaysRuns(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			id := newIdentity(t, nil)
			var resumed atomic.Int32
			cfg := with(id)
			cfg.MaxVersion = version
			cfg.VerifyConnection = func(s tls.ConnectionState) error {
				if s.DidResume {
					resumed.Add(1)
				}
				return nil
			}
			server := serve(t, cfg, http.NotFound)
			server.Config.SetKeepAlivesEnabled(false)
			client := open(t, konnektor.Config{URL: server.URL, Trust: konnektor.Trust{
				CertificateSHA256: []string{konnektor.CertificatePin(id.cert)},
			}})
			_, err := client.Services(t.Context())
			require.NoError(t, err)
			_, err = client.ReloadServices(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 1, resumed.Load(), "the second connection resumes the first session")

			client.SetClock(func() time.Time { return id.cert.NotAfter.Add(time.Second) })
			_, err = client.ReloadServices(t.Context())
			require.ErrorIs(t, err, konnektor.KindCertificateExpired, "a resumed session does not spare the check")
			require.Eventually(t, func() bool { return resumed.Load() == 2 }, time.Minute, time.Millisecond, "the third does, too")
		})
	}
}

// TestVerificationWithoutTrust shows that the field that switches the built-in
// check off never leads to a connection without our own.
func TestVerificationWithoutTrust(t *testing.T) {
	id := newIdentity(t, nil)
	secure := serve(t, with(id), http.NotFound)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, directoryOf("EventService", "7.2.0", "", secure.URL+"/ws"))
	}))
	t.Cleanup(plain.Close)
	_, _, err := open(t, konnektor.Config{URL: plain.URL, Call: someone}).Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindConfig)
	require.ErrorContains(t, err, "needs an https URL and trust")
}

var someone = konnektor.CallContext{MandantID: "M", ClientSystemID: "C", WorkplaceID: "W"}

func TestClientCertificateRefused(t *testing.T) {
	server, mine, theirs := newIdentity(t, nil), newIdentity(t, nil), newIdentity(t, nil)
	pool := x509.NewCertPool()
	pool.AddCert(theirs.cert)
	for version, v := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		for name, c := range map[string]struct {
			auth konnektor.Auth
			want konnektor.Kind
		}{
			"none":  {konnektor.Auth{}, konnektor.KindClientCertificate},
			"other": {konnektor.Auth{CertificatePEM: mine.certPEM, KeyPEM: mine.keyPEM}, konnektor.KindClientCertificate},
			"right": {konnektor.Auth{CertificatePEM: theirs.certPEM, KeyPEM: theirs.keyPEM}, ""},
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				cfg := with(server)
				cfg.MaxVersion, cfg.ClientAuth, cfg.ClientCAs = v, tls.RequireAndVerifyClientCert, pool
				s := serve(t, cfg, http.NotFound)
				_, err := open(t, konnektor.Config{URL: s.URL, Auth: c.auth, Trust: konnektor.Trust{CAsPEM: server.certPEM}}).Services(t.Context())
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, c.want)
			})
		}
	}
}

func TestPlainHTTPWhereTLSIsExpected(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	_, err := open(t, konnektor.Config{
		URL:   strings.Replace(server.URL, "http:", "https:", 1),
		Trust: konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}},
	}).Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindNoTLS)
}

func TestTLSWherePlainHTTPIsExpected(t *testing.T) {
	server := serve(t, with(newIdentity(t, nil)), http.NotFound)
	_, err := open(t, konnektor.Config{URL: strings.Replace(server.URL, "https:", "http:", 1)}).Services(t.Context())
	require.ErrorIs(t, err, konnektor.KindHTTP, "Go's server answers HTTP 400")
}

// TestBrokenTLS has servers that are no TLS servers, or only old ones.
func TestBrokenTLS(t *testing.T) {
	old := serve(t, &tls.Config{Certificates: []tls.Certificate{newIdentity(t, nil).tls}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}, http.NotFound)
	for name, c := range map[string]struct {
		url  string
		want konnektor.Kind
	}{
		"TLS 1.1 only":         {old.URL, konnektor.KindTLS},
		"noise":                {"https://" + answering(t, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"), konnektor.KindTLS},
		"handshake failure":    {"https://" + answering(t, "\x15\x03\x03\x00\x02\x02\x28"), konnektor.KindTLS},
		"closes at once":       {"https://" + answering(t, ""), konnektor.KindUnreachable},
		"first record cut off": {"https://" + answering(t, "\x16\x03\x03\x00\x50\x02"), konnektor.KindUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, konnektor.Config{URL: c.url, Trust: konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}}}).Services(t.Context())
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := open(t, konnektor.Config{URL: "https://" + answering(t, "\x15\x03\x03\x00\x02\x02\x28"),
		Trust: konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}}}).Services(t.Context())
	require.ErrorContains(t, err, "Brainpool", "the alert hints at the curve")
	require.Contains(t, konnektor.Remedy(err), "Brainpool")
}

// answering starts a TCP server that reads a little, sends an answer and hangs
// up. It returns its address.
func answering(t testing.TB, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 64<<10))
			_, _ = io.WriteString(conn, answer)
			_ = conn.(*net.TCPConn).CloseWrite()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			_, _ = io.Copy(io.Discard, conn) // a reset would overtake the answer
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestIdentities(t *testing.T) {
	for _, id := range []konnektortest.Identity{konnektortest.P256, konnektortest.RSA3072} {
		t.Run(string(id), func(t *testing.T) {
			_, client := connect(t, konnektortest.Options{Identity: id})
			_, _, err := client.CardTerminals(t.Context(), false)
			require.NoError(t, err)
		})
	}
}
