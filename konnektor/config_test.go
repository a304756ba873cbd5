package konnektor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

func TestParseConfig(t *testing.T) {
	cfg, err := konnektor.ParseConfig([]byte(`{
		"url": "https://192.0.2.7",
		"call": {"mandant_id": "M", "client_system_id": "C", "workplace_id": "W", "user_id": "U"},
		"auth": {"user": "pvs", "password": "geheim"},
		"trust": {"certificate_sha256": ["AA:BB"], "server_name": "box"},
		"rewrite_host": true, "timeout": "1m30s", "busy_timeout": "-1s"}`))
	require.NoError(t, err)
	require.Equal(t, konnektor.Config{
		URL:         "https://192.0.2.7",
		Call:        konnektor.CallContext{MandantID: "M", ClientSystemID: "C", WorkplaceID: "W", UserID: "U"},
		Auth:        konnektor.Auth{User: "pvs", Password: "geheim"},
		Trust:       konnektor.Trust{CertificateSHA256: []string{"AA:BB"}, ServerName: "box"},
		RewriteHost: true, Timeout: 90 * time.Second, BusyTimeout: -time.Second,
	}, cfg)

	stored, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.Contains(t, string(stored), `"timeout":"1m30s"`)
	again, err := konnektor.ParseConfig(stored)
	require.NoError(t, err)
	require.Equal(t, cfg, again, "a stored Config is the same")

	empty, err := json.Marshal(konnektor.Config{URL: "http://box"})
	require.NoError(t, err)
	require.JSONEq(t, `{"url":"http://box"}`, string(empty), "zero fields are left out")
}

func TestParseConfigRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"nothing":               {``, "no JSON"},
		"white space":           {` `, "no JSON"},
		"no JSON":               {`url = "x"`, "no JSON at byte"},
		"cut off":               {`{"url": "https://`, "no JSON"},
		"something behind it":   {`{"url": "x"} {}`, "no JSON at byte"},
		"a list":                {`[]`, "want a JSON object"},
		"unknown field":         {`{"url": "x", "adress": "y"}`, `unknown field "adress"`},
		"unknown field inside":  {`{"auth": {"pasword": "geheim"}}`, `unknown field "pasword"`},
		"duration as a number":  {`{"timeout": 30}`, "timeout"},
		"duration without unit": {`{"timeout": "30"}`, `want a duration such as "30s"`},
		"password as a number":  {`{"auth": {"password": 12345678}}`, "password: want a string, have a number"},
		"switch as a string":    {`{"rewrite_host": "yes"}`, "rewrite_host: want a bool, have a string"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := konnektor.ParseConfig([]byte(c.text))
			require.ErrorIs(t, err, konnektor.KindConfig)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "geheim")
			require.NotContains(t, err.Error(), "12345678")
		})
	}
}

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	id := newIdentity(t, nil)
	other := newIdentity(t, nil)
	pinned := konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}}
	https := func(change func(*konnektor.Config)) konnektor.Config {
		cfg := konnektor.Config{URL: "https://box", Trust: pinned}
		change(&cfg)
		return cfg
	}
	for name, c := range map[string]struct {
		cfg  konnektor.Config
		says string
	}{
		"no URL":              {konnektor.Config{}, "url: missing"},
		"no scheme":           {konnektor.Config{URL: "192.0.2.7"}, "url: want https://"},
		"other scheme":        {konnektor.Config{URL: "ftp://box"}, "url: want https://"},
		"no host":             {konnektor.Config{URL: "https://"}, "url: no host"},
		"broken URL":          {konnektor.Config{URL: "https://box:port"}, "url: no URL"},
		"password in URL":     {konnektor.Config{URL: "https://u:geheim@box"}, "url: user and password belong into auth"},
		"query":               {konnektor.Config{URL: "https://box?x=1"}, "url: want scheme, host and port only"},
		"https without trust": {konnektor.Config{URL: "https://box"}, "trust: an https URL needs"},
		"negative timeout":    {konnektor.Config{URL: "http://box", Timeout: -1}, "timeout: negative"},
		"half a context":      {konnektor.Config{URL: "http://box", Call: konnektor.CallContext{MandantID: "M"}}, "call: client_system_id is missing"},
		"long Mandant": {konnektor.Config{URL: "http://box", Call: konnektor.CallContext{
			MandantID: strings.Repeat("ä", 65), ClientSystemID: "C", WorkplaceID: "W"}}, "mandant_id has more than 64 characters"},
		"control character": {konnektor.Config{URL: "http://box", Call: konnektor.CallContext{
			MandantID: "M\x01", ClientSystemID: "C", WorkplaceID: "W"}}, "mandant_id has a character that XML cannot carry"},
		"password over plain http":    {konnektor.Config{URL: "http://box", Auth: konnektor.Auth{User: "u", Password: "geheim"}}, "auth: needs an https URL"},
		"certificate over plain http": {konnektor.Config{URL: "http://box", Auth: konnektor.Auth{CertificatePEM: id.certPEM, KeyPEM: id.keyPEM}}, "auth: needs an https URL"},
		"password and certificate": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{User: "u", Password: "geheim", CertificatePEM: id.certPEM, KeyPEM: id.keyPEM}
		}), "auth: both a password and a certificate"},
		"password without user": {https(func(c *konnektor.Config) { c.Auth.Password = "geheim" }), "auth: a password without user"},
		"colon in user":         {https(func(c *konnektor.Config) { c.Auth = konnektor.Auth{User: "a:b", Password: "geheim"} }), "auth: a colon in the user"},
		"certificate without key": {https(func(c *konnektor.Config) { c.Auth.CertificatePEM = id.certPEM }),
			"auth: a certificate without key"},
		"key without certificate": {https(func(c *konnektor.Config) { c.Auth.KeyPEM = id.keyPEM }),
			"auth: a key without certificate"},
		"key of another certificate": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{CertificatePEM: id.certPEM, KeyPEM: other.keyPEM}
		}), "private key does not match"},
		"no PEM": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{CertificatePEM: "geheim", KeyPEM: "geheim"}
		}), "auth: certificate and key"},
		"encrypted key": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{CertificatePEM: id.certPEM, KeyPEM: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"}
		}), "auth: key: encrypted"},
		"text and file": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{CertificatePEM: id.certPEM, CertificateFile: "x", KeyPEM: id.keyPEM}
		}), "auth: certificate: both text and file"},
		"missing file": {https(func(c *konnektor.Config) {
			c.Auth = konnektor.Auth{CertificateFile: filepath.Join(dir, "none.pem"), KeyPEM: id.keyPEM}
		}), "none.pem"},
		"empty file":      {https(func(c *konnektor.Config) { c.Trust.CAsFile = file("empty.pem", "") }), "file is empty"},
		"huge file":       {https(func(c *konnektor.Config) { c.Trust.CAsFile = file("huge.pem", strings.Repeat("x", 2<<20)) }), "larger than 1 MiB"},
		"CAs without PEM": {https(func(c *konnektor.Config) { c.Trust.CAsPEM = "geheim" }), "trust: cas: no certificate in PEM"},
		"broken CA": {https(func(c *konnektor.Config) {
			c.Trust.CAsPEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
		}), "trust: cas: a certificate that cannot be read"},
		"short pin":    {https(func(c *konnektor.Config) { c.Trust.CertificateSHA256 = []string{"abcd"} }), "certificate_sha256: want 64"},
		"pin not hex":  {https(func(c *konnektor.Config) { c.Trust.PublicKeySHA256 = []string{strings.Repeat("xy", 32)} }), "public_key_sha256: want 64"},
		"empty pin":    {https(func(c *konnektor.Config) { c.Trust.CertificateSHA256 = []string{""} }), "certificate_sha256: want 64"},
		"brainpool CA": {https(func(c *konnektor.Config) { c.Trust.CAsPEM = brainpoolCA }), "only issuers on Brainpool curves"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := konnektor.New(c.cfg)
			require.ErrorIs(t, err, konnektor.KindConfig)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestConfigFiles(t *testing.T) {
	id := newIdentity(t, nil)
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, []byte(id.certPEM), 0o600))
	require.NoError(t, os.WriteFile(keyFile, []byte(id.keyPEM), 0o600))
	open(t, konnektor.Config{
		URL:   "https://box",
		Auth:  konnektor.Auth{CertificateFile: certFile, KeyFile: keyFile},
		Trust: konnektor.Trust{CAsFile: certFile},
	})
}

func TestSecretsAreMasked(t *testing.T) {
	const canary = "KANARIENVOGEL"
	cfg := konnektor.Config{
		URL:   "https://user:" + canary + "@box",
		Auth:  konnektor.Auth{User: "pvs", Password: canary, KeyPEM: canary},
		Trust: konnektor.Trust{CertificateSHA256: []string{strings.Repeat("ab", 32)}},
	}
	printed := new(bytes.Buffer)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(printed, verb+"\n", cfg.Auth)
		fmt.Fprintf(printed, verb+"\n", cfg.Auth.Password)
		fmt.Fprintf(printed, verb+"\n", []konnektor.Secret{canary})
	}
	for _, h := range handlers(printed) {
		log := slog.New(h)
		log.Debug("x", "cfg", cfg, "secret", cfg.Auth.Password)
	}
	cfg.URL, cfg.Auth.KeyPEM = "https://box", ""
	client := open(t, cfg)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		fmt.Fprintf(printed, verb+"\n", client)
	}
	for _, h := range handlers(printed) {
		slog.New(h).Debug("x", "client", client)
	}
	require.NotContains(t, printed.String(), canary)
	require.NotContains(t, printed.String(), fmt.Sprintf("%x", canary))
	require.Contains(t, printed.String(), "***")
	require.Contains(t, printed.String(), "konnektor.Client(box)")
}

// handlers are the handlers of the standard library at the lowest level.
func handlers(w *bytes.Buffer) []slog.Handler {
	lowest := &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}
	return []slog.Handler{slog.NewTextHandler(w, lowest), slog.NewJSONHandler(w, lowest)}
}
