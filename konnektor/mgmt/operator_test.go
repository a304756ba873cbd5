package mgmt_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/mgmt"
)

// operators is a profile with the given entries.
func operators(entries string) json.RawMessage {
	return json.RawMessage(`{"profile":"test","vendor":"SECUN","evidence":"operator-supplied","source":"manual 1.2","error_codes":"/errors","entries":[` + entries + `]}`)
}

func (b *box) supplied(entries string) mgmt.Device {
	cfg := b.config()
	cfg.AllowOperatorSupplied = true
	cfg.Profiles = []json.RawMessage{operators(entries)}
	return b.open(cfg)
}

func TestOperatorSupplies(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET /x/tsl", 200, `{"tsl":{"sequenceNumber":"10123","id":"ID1","next":1700000000}}`)
	b.inSession("PUT /x/online", 204, "")
	b.inSession("GET /x/online", 200, `{"state":"AUS"}`)
	b.inSession("POST /x/tsl", 422, `{"errors":["4128", 1009, "x"],"text":"`+password+`"}`)
	d := b.supplied(`
		{"operation":"tsl.state","method":"GET","path":"/x/tsl","extract":{"sequence":{"at":"/tsl/sequenceNumber","as":"number"},"id":"/tsl/id","next_update":{"at":"/tsl/next","as":"unix-s"}}},
		{"operation":"online.get","method":"GET","path":"/x/online","extract":{"on":{"at":"/state","map":{"AN":true,"AUS":false}}}},
		{"operation":"online.set","method":"PUT","path":"/x/online","query":{"q":"{on}&x"},"headers":{"X-On":"{on}"},"values":{"on":{"true":"AN","false":"AUS"}},
		 "body":{"state":"{on}","list":["{on|text}",1.50,null],"note":"\"{on}\""},"accept":[204],"verify":"online.get"},
		{"operation":"tsl.import","method":"POST","path":"/x/tsl","body":"{list}","body_type":"raw","content_type":"application/xml"}`)
	state, err := as[mgmt.TSLImporter](t, d).TSLState(t.Context())
	require.NoError(t, err)
	require.Equal(t, mgmt.TSLState{Sequence: 10123, ID: "ID1", NextUpdate: time.Unix(1700000000, 0).UTC()}, state)
	require.NoError(t, as[mgmt.OnlineSwitch](t, d).SetOnline(t.Context(), false))
	came := b.came()
	last := came[len(came)-1]
	require.Equal(t, "PUT /x/online?q=AUS%26x", last.String())
	require.Equal(t, "AUS", last.Header.Get("X-On"))
	require.Equal(t, `{"state":"AUS","list":["AUS",1.50,null],"note":"\"AUS\""}`, last.Body)
	on, err := as[mgmt.OnlineSwitch](t, d).Online(t.Context())
	require.NoError(t, err)
	require.False(t, on)

	err = as[mgmt.TSLImporter](t, d).ImportTSL(t.Context(), []byte("<list/>"))
	var refused *mgmt.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []konnektor.Code{4128, 1009}, refused.Codes)
	require.ErrorIs(t, err, konnektor.Code(1009))
	require.NotContains(t, err.Error(), password)
	came = b.came()
	require.Equal(t, "<list/>", came[len(came)-1].Body)
	require.Equal(t, "application/xml", came[len(came)-1].Header.Get("Content-Type"))
	require.Equal(t, mgmt.OperatorSupplied, d.(mgmt.Evidencer).Evidence(mgmt.OpTSLImport))
	require.Equal(t, mgmt.Confirmed, d.(mgmt.Evidencer).Evidence(mgmt.OpStatus))
}

func TestOperatorsUploads(t *testing.T) {
	b := newSecunet(t)
	b.inSession("POST /x/licence", 200, "")
	b.inSession("POST /x/backup", 200, `{"data":"`+base64.StdEncoding.EncodeToString([]byte{1, 2})+`","hash":"ab"}`)
	d := b.supplied(`
		{"operation":"licence.upload","method":"POST","path":"/x/licence","body_type":"multipart","body":[{"name":"kind","value":"L"},{"name":"file","filename":"{name}","type":"text/plain","value":"{licence}"}]},
		{"operation":"backup.create","method":"POST","path":"/x/backup","body_type":"form","body":{"pw":"{password}","scope":"{scope}"},"extract":{"data":{"at":"/data","as":"base64"},"public_key_hash":"/hash"}}`)
	require.NoError(t, as[mgmt.LicenceUploader](t, d).UploadLicence(t.Context(), `a"b.lic`, []byte{0, 255}))
	came := b.came()
	last := came[len(came)-1]
	_, params, err := mime.ParseMediaType(last.Header.Get("Content-Type"))
	require.NoError(t, err)
	r := multipart.NewReader(strings.NewReader(last.Body), params["boundary"])
	first, err := r.NextPart()
	require.NoError(t, err)
	require.Equal(t, "kind", first.FormName())
	second, err := r.NextPart()
	require.NoError(t, err)
	require.Equal(t, `a"b.lic`, second.FileName())
	data, err := io.ReadAll(second)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 255}, data)

	backup, err := as[mgmt.Backuper](t, d).Backup(t.Context(), mgmt.BackupAll, "a&b=c 0123456789 xyz!")
	require.NoError(t, err)
	require.Equal(t, mgmt.Backup{Data: []byte{1, 2}, PublicKeyHash: "ab"}, backup)
	came = b.came()
	require.Equal(t, "pw=a%26b%3Dc+0123456789+xyz%21&scope=Gesamtexport", came[len(came)-1].Body)
	_, err = as[mgmt.Backuper](t, d).Backup(t.Context(), mgmt.BackupAll, "short")
	require.ErrorIs(t, err, konnektor.KindRequest)
}

// TestWrongEntry has an operator name a path that the box does not have, and a
// result that is not there.
func TestWrongEntry(t *testing.T) {
	b := newSecunet(t)
	b.inSession("GET /x/on", 200, `{"on":"perhaps"}`)
	d := b.supplied(`
		{"operation":"online.set","method":"PUT","path":"/x/nowhere","body":{"on":"{on}"}},
		{"operation":"online.get","method":"GET","path":"/x/on","extract":{"on":"/on"}}`)
	var refused *mgmt.RefusedError
	require.ErrorAs(t, as[mgmt.OnlineSwitch](t, d).SetOnline(t.Context(), true), &refused)
	require.Equal(t, 404, refused.Status)
	_, err := as[mgmt.OnlineSwitch](t, d).Online(t.Context())
	require.ErrorIs(t, err, konnektor.KindMalformed)
	b.inSession("GET /x/on", 200, `{}`)
	_, err = as[mgmt.OnlineSwitch](t, d).Online(t.Context())
	require.ErrorIs(t, err, konnektor.KindMalformed)
}

func TestHostilePathValues(t *testing.T) {
	b := newSecunet(t)
	d := b.open(b.config())
	for _, id := range []konnektor.TerminalID{"", ".", "..", "a\nb", "\x00"} {
		require.ErrorIs(t, as[mgmt.TerminalManager](t, d).RemoveTerminal(t.Context(), id), konnektor.KindRequest)
	}
	b.came()
	require.Error(t, as[mgmt.TerminalManager](t, d).RemoveTerminal(t.Context(), "../x?y#z%2e"))
	require.Equal(t, []string{"DELETE /rest/mgmt/ak/dienste/kartenterminals/..%2Fx%3Fy%23z%252e"}, b.names())
}

func TestFirmwareDecides(t *testing.T) {
	const entries = `
		{"operation":"online.set","method":"PUT","path":"/x/old","firmware":{"below":"5.50.0"}},
		{"operation":"online.set","method":"PUT","path":"/x/new","firmware":{"from":"5.50","below":"6.0.0"}}`
	for firmware, path := range map[string]string{"5.49.9": "/x/old", "5.50.0": "/x/new", "5.9.1": "/x/old", "5.100.0": "/x/new", "6.0.0": "", "": "", "unknown": ""} {
		t.Run(firmware, func(t *testing.T) {
			b := newSecunet(t)
			b.inSession("PUT "+path, 200, "")
			cfg := b.config()
			cfg.Product.Firmware, cfg.AllowOperatorSupplied = firmware, true
			cfg.Profiles = []json.RawMessage{operators(entries)}
			err := as[mgmt.OnlineSwitch](t, b.open(cfg)).SetOnline(t.Context(), true)
			if path == "" {
				require.ErrorIs(t, err, mgmt.ErrUnknownEndpoint)
				return
			}
			require.NoError(t, err)
		})
	}
}

// TestSimulatorsCallsNeverReachABox loads a profile of the simulator for a real
// box.
func TestSimulatorsCallsNeverReachABox(t *testing.T) {
	b := newSecunet(t)
	cfg := b.config()
	cfg.AllowOperatorSupplied = true
	cfg.Profiles = []json.RawMessage{json.RawMessage(strings.ReplaceAll(string(operators(`{"operation":"online.set","method":"PUT","path":"/simulator/x"}`)), "operator-supplied", "simulator"))}
	require.ErrorIs(t, as[mgmt.OnlineSwitch](t, b.open(cfg)).SetOnline(t.Context(), true), mgmt.ErrUnknownEndpoint)
	require.Empty(t, b.came())
	b.inSession("PUT /simulator/x", 200, "")
	cfg.Product.Name = "secunet konnektor simulator"
	require.NoError(t, as[mgmt.OnlineSwitch](t, b.open(cfg)).SetOnline(t.Context(), true))
}

func TestOptIn(t *testing.T) {
	b := newSecunet(t)
	cfg := b.config()
	cfg.Profiles = []json.RawMessage{operators(``)}
	_, err := mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorContains(t, err, "allow_operator_supplied")
	cfg.AllowOperatorSupplied = true
	for name, document := range map[string]string{
		"evidence":    strings.Replace(string(operators(`{"operation":"ping","method":"GET","path":"/p"}`)), "operator-supplied", "confirmed", 1),
		"auth":        strings.Replace(string(operators(``)), `"entries"`, `"auth":"cookie","entries"`, 1),
		"auth.login":  string(operators(`{"operation":"auth.login","method":"POST","path":"/p"}`)),
		"auth.logout": string(operators(`{"operation":"auth.logout","method":"POST","path":"/p"}`)),
	} {
		cfg.Profiles = []json.RawMessage{json.RawMessage(document)}
		_, err = mgmt.Open(t.Context(), cfg, drivers...)
		require.ErrorIs(t, err, konnektor.KindConfig, name)
	}
	cfg.Profiles = nil
	cfg.ProfileFiles = []string{filepath.Join(t.TempDir(), "missing.json")}
	_, err = mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, konnektor.KindConfig)
	file := filepath.Join(t.TempDir(), "profile.json")
	require.NoError(t, os.WriteFile(file, operators(`{"operation":"online.set","method":"PUT","path":"/x"}`), 0o600))
	cfg.ProfileFiles = []string{file}
	b.inSession("PUT /x", 200, "")
	require.NoError(t, as[mgmt.OnlineSwitch](t, b.open(cfg)).SetOnline(t.Context(), true))
}

func TestProfileErrors(t *testing.T) {
	for name, c := range map[string]struct{ entry, want string }{
		"operation":        {`{"operation":"nothing","method":"GET","path":"/p"}`, "operation: unknown"},
		"method":           {`{"operation":"ping","method":"get","path":"/p"}`, "method: want"},
		"field":            {`{"operation":"ping","method":"GET","path":"/p","pfad":""}`, "unknown field"},
		"relative path":    {`{"operation":"ping","method":"GET","path":"p"}`, "path:"},
		"path with host":   {`{"operation":"ping","method":"GET","path":"//host/p"}`, "path:"},
		"path with query":  {`{"operation":"ping","method":"GET","path":"/p?x"}`, "path:"},
		"dotted path":      {`{"operation":"ping","method":"GET","path":"/a/../p"}`, "path:"},
		"unknown value":    {`{"operation":"ping","method":"GET","path":"/p/{terminal}"}`, "no such value"},
		"brace":            {`{"operation":"ping","method":"GET","path":"/p/{"}`, "brace"},
		"body of GET":      {`{"operation":"ping","method":"GET","path":"/p","body":{}}`, "a GET has none"},
		"unknown in body":  {`{"operation":"ping","method":"PUT","path":"/p","body":[{"a":"{x}"}]}`, "no such value"},
		"form":             {`{"operation":"ping","method":"PUT","path":"/p","body_type":"form","body":[]}`, "object of strings"},
		"raw":              {`{"operation":"tsl.import","method":"PUT","path":"/p","body_type":"raw","body":"x{list}"}`, "raw is one value"},
		"body type":        {`{"operation":"ping","method":"PUT","path":"/p","body_type":"xml","body":""}`, "body_type"},
		"own header":       {`{"operation":"ping","method":"GET","path":"/p","headers":{"authorization":"x"}}`, "not for a profile"},
		"header injection": {`{"operation":"ping","method":"GET","path":"/p","headers":{"X":"a\r\nb"}}`, "control"},
		"header name":      {`{"operation":"ping","method":"GET","path":"/p","headers":{"X Y":"a"}}`, "no name"},
		"status":           {`{"operation":"ping","method":"GET","path":"/p","accept":[42]}`, "statuses"},
		"verify":           {`{"operation":"online.set","method":"PUT","path":"/p","verify":"online.get"}`, "no entry for online.get"},
		"restart":          {`{"operation":"ping","method":"GET","path":"/p","restart":"yes"}`, "restart:"},
		"firmware":         {`{"operation":"ping","method":"GET","path":"/p","firmware":{"from":"new"}}`, "firmware:"},
		"evidence":         {`{"operation":"ping","method":"GET","path":"/p","evidence":"sure"}`, "evidence:"},
		"result":           {`{"operation":"tsl.state","method":"GET","path":"/p","extract":{"serial":"/x"}}`, "no result"},
		"nested result":    {`{"operation":"terminals","method":"GET","path":"/p","extract":{"items":{"whole":true,"each":{"x":"/x"}}}}`, "items.x: no result"},
		"pointer":          {`{"operation":"tsl.state","method":"GET","path":"/p","extract":{"id":"x"}}`, "JSON pointer"},
		"two places":       {`{"operation":"tsl.state","method":"GET","path":"/p","extract":{"id":{"at":"/x","header":"y"}}}`, "want one of"},
		"value type":       {`{"operation":"tsl.state","method":"GET","path":"/p","extract":{"id":{"at":"/x","as":"date"}}}`, "as: unknown"},
		"extractor field":  {`{"operation":"tsl.state","method":"GET","path":"/p","extract":{"id":{"at":"/x","if":1}}}`, "unknown field"},
		"translation":      {`{"operation":"online.set","method":"PUT","path":"/p","values":{"off":{}}}`, "values: off"},
		"codes":            {`{"operation":"ping","method":"GET","path":"/p","error_codes":"codes"}`, "error_codes"},
		"no JSON":          {`{`, "no JSON"},
		"second document":  {`]}{"x":[`, "more than one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mgmt.ReadProfile(operators(c.entry))
			require.ErrorContains(t, err, c.want)
			require.ErrorIs(t, err, konnektor.KindConfig)
		})
	}
	_, err := mgmt.ReadProfile([]byte(`{"profile":"x","entries":[]}`))
	require.ErrorContains(t, err, "vendor")
	_, err = mgmt.ReadProfile([]byte(`{"vendor":"X","entries":[{"operation":"ping","method":"GET","path":"/p","evidence":"inferred"}]}`))
	require.ErrorContains(t, err, "source")
	_, err = mgmt.ReadProfile(make([]byte, 1<<20+1))
	require.ErrorContains(t, err, "larger")
}

func TestConfig(t *testing.T) {
	cfg, err := mgmt.ParseConfig([]byte(`{"host":"192.0.2.7","port":8500,"trust":{"certificate_sha256":["00"]},"credentials_file":"x","timeout":"1m0s"}`))
	require.NoError(t, err)
	require.Equal(t, time.Minute, cfg.Timeout)
	data, err := json.Marshal(cfg)
	require.NoError(t, err)
	again, err := mgmt.ParseConfig(data)
	require.NoError(t, err)
	require.Equal(t, cfg.Timeout, again.Timeout)
	require.Equal(t, cfg.Trust.CertificateSHA256, again.Trust.CertificateSHA256)
	for _, bad := range []string{`{"hots":"x"}`, `{"timeout":5}`, `{"timeout":"soon"}`, `[]`, `{`} {
		_, err := mgmt.ParseConfig([]byte(bad))
		require.ErrorIs(t, err, konnektor.KindConfig, bad)
	}
	b := newSecunet(t)
	for name, change := range map[string]func(*mgmt.Config){
		"no host": func(c *mgmt.Config) { c.Host = "" }, "host with port": func(c *mgmt.Config) { c.Host = "a:1" }, "URL": func(c *mgmt.Config) { c.Host = "https://a" },
		"port": func(c *mgmt.Config) { c.Port = 70000 }, "timeout": func(c *mgmt.Config) { c.Timeout = -1 }, "no credentials": func(c *mgmt.Config) { c.Credentials = nil },
		"two credentials": func(c *mgmt.Config) { c.CredentialsFile = "x" }, "no vendor": func(c *mgmt.Config) { c.Product = &mgmt.Product{} },
	} {
		cfg := b.config()
		change(&cfg)
		_, err := mgmt.Open(t.Context(), cfg, drivers...)
		require.ErrorIs(t, err, konnektor.KindConfig, name)
	}
	_, err = mgmt.Open(t.Context(), b.config())
	require.ErrorIs(t, err, konnektor.KindConfig)
	cfg = b.config()
	cfg.Product = &mgmt.Product{Vendor: "OTHER"}
	_, err = mgmt.Open(t.Context(), cfg, drivers...)
	require.ErrorIs(t, err, mgmt.ErrUnknownProduct)
}

func TestCredentialsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials.json")
	write := func(content string, mode os.FileMode) {
		require.NoError(t, os.WriteFile(file, []byte(content), mode))
		require.NoError(t, os.Chmod(file, mode))
	}
	write(`{"user":"`+user+`","password":"`+password+`"}`, 0o600)
	c, err := mgmt.ReadCredentials(file)
	require.NoError(t, err)
	require.Equal(t, mgmt.Credentials{User: user, Password: password}, c)

	b := newSecunet(t)
	b.inSession("GET "+statusPath, 200, "{}")
	cfg := b.config()
	cfg.Credentials, cfg.CredentialsFile = nil, file
	_, err = as[mgmt.StatusReader](t, b.open(cfg)).Status(context.Background())
	require.NoError(t, err)

	for _, content := range []string{``, `{"` + password + `":1}`, `{"user":"a"}`, `{"user":"a","password":"b"} {}`, strings.Repeat(" ", 5000)} {
		write(content, 0o600)
		_, err := mgmt.ReadCredentials(file)
		require.ErrorIs(t, err, konnektor.KindConfig)
		require.NotContains(t, err.Error(), password)
	}
	_, err = mgmt.ReadCredentials(filepath.Dir(file))
	require.ErrorIs(t, err, konnektor.KindConfig)
	if runtime.GOOS == "windows" {
		return // access lists are not looked at
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644} {
		write(`{"user":"a","password":"b"}`, mode)
		_, err := mgmt.ReadCredentials(file)
		require.ErrorContains(t, err, "0600")
	}
}
