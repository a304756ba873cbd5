package konnektor_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// directoryOf is a service directory with one version of one service. Without a
// plain endpoint it demands TLS.
func directoryOf(service, version, plain, secure string) string {
	return directoryWith(plain == "", serviceOf(service, versionOf(`Version="`+version+`"`, plain, secure)))
}

func directoryWith(tls bool, services ...string) string {
	mandatory := "false"
	if tls {
		mandatory = "true"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>` +
		`<SD:ConnectorServices xmlns:SD="http://ws.gematik.de/conn/ServiceDirectory/v3.1"` +
		` xmlns:SI="http://ws.gematik.de/conn/ServiceInformation/v2.0"` +
		` xmlns:PI="http://ws.gematik.de/int/version/ProductInformation/v1.1">` +
		`<PI:ProductInformation><PI:InformationDate>2026-11-21T10:00:00Z</PI:InformationDate></PI:ProductInformation>` +
		`<SD:TLSMandatory>` + mandatory + `</SD:TLSMandatory><SD:ClientAutMandatory>false</SD:ClientAutMandatory>` +
		`<SI:ServiceInformation>` + strings.Join(services, "") + `</SI:ServiceInformation></SD:ConnectorServices>`
}

func serviceOf(name string, versions ...string) string {
	return `<SI:Service Name="` + name + `"><SI:Abstract/><SI:Versions>` + strings.Join(versions, "") + `</SI:Versions></SI:Service>`
}

func versionOf(attributes, plain, secure string) string {
	text := `<SI:Version ` + attributes + `><SI:Abstract/>`
	if plain != "" {
		text += `<SI:Endpoint Location="` + plain + `"/>`
	}
	return text + `<SI:EndpointTLS Location="` + secure + `"/></SI:Version>`
}

// serveDirectory starts a plain server that answers connector.sds with what
// directory returns and every other path with an empty list of cards, and notes
// the paths.
func serveDirectory(t testing.TB, directory func(base string) string) (client *konnektor.Client, paths func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/connector.sds" {
			_, _ = io.WriteString(w, directory(server.URL))
			return
		}
		mu.Lock()
		seen = append(seen, r.URL.Path)
		mu.Unlock()
		_, _ = io.WriteString(w, noCards)
	}))
	t.Cleanup(server.Close)
	return open(t, konnektor.Config{URL: server.URL, Call: someone}), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return seen
	}
}

const (
	envelopeHead = `<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>`
	envelopeTail = `</S:Body></S:Envelope>`
	statusOK     = `<CONN:Status xmlns:CONN="http://ws.gematik.de/conn/ConnectorCommon/v5.0"><CONN:Result>OK</CONN:Result></CONN:Status>`
	noCards      = envelopeHead + `<EVT:GetCardsResponse xmlns:EVT="http://ws.gematik.de/conn/EventService/v7.2">` + statusOK +
		`<CARD:Cards xmlns:CARD="http://ws.gematik.de/conn/CardService/v8.1"/></EVT:GetCardsResponse>` + envelopeTail
)

const eventWSDL = "http://ws.gematik.de/conn/EventService/WSDL/"

// TestVersionRule has directories as makers write them, and which endpoint a
// call to EventService 7.2 takes (TIP1-A_4966 to 4968); empty: none.
func TestVersionRule(t *testing.T) {
	for name, c := range map[string]struct {
		services func(base string) []string
		want     string
	}{
		"one version": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.2.0"`, b+"/a", "https://x/a"))}
		}, "/a"},
		"highest revision": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.2.0"`, b+"/a", "https://x/a"),
				versionOf(`Version="7.2.2"`, b+"/c", "https://x/c"), versionOf(`Version="7.2.1"`, b+"/b", "https://x/b"))}
		}, "/c"},
		"compared as numbers": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.2.10"`, b+"/a", "https://x/a"),
				versionOf(`Version="7.2.9"`, b+"/b", "https://x/b"))}
		}, "/a"},
		"never another minor version": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.3.0"`, b+"/a", "https://x/a"),
				versionOf(`Version="7.2.0"`, b+"/b", "https://x/b"), versionOf(`Version="7.20.0"`, b+"/c", "https://x/c"))}
		}, "/b"},
		"only another minor version": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.3.0" TargetNamespace="`+eventWSDL+`v7.2"`, b+"/a", "https://x/a"))}
		}, ""},
		"service repeated per version": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="7.1.0"`, b+"/a", "https://x/a")),
				serviceOf("CardService", versionOf(`Version="7.2.0"`, b+"/x", "https://x/x")),
				serviceOf("EventService", versionOf(`Version="7.2.0"`, b+"/b", "https://x/b"))}
		}, "/b"},
		"without number, by namespace": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`TargetNamespace="`+eventWSDL+`v7.1"`, b+"/a", "https://x/a"),
				versionOf(`TargetNamespace="`+eventWSDL+`v7.2"`, b+"/b", "https://x/b"))}
		}, "/b"},
		"with number before without": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`TargetNamespace="`+eventWSDL+`v7.2"`, b+"/a", "https://x/a"),
				versionOf(`Version="7.2.0" TargetNamespace="`+eventWSDL+`v7.2"`, b+"/b", "https://x/b"))}
		}, "/b"},
		"neither number nor namespace": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(``, b+"/a", "https://x/a"))}
		}, ""},
		"no number at all": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version="seven"`, b+"/a", "https://x/a"))}
		}, ""},
		"white space around": {func(b string) []string {
			return []string{serviceOf("EventService", versionOf(`Version=" 7.2.0 "`, " "+b+"/a ", "https://x/a"))}
		}, "/a"},
		"another service": {func(b string) []string {
			return []string{serviceOf("CardService", versionOf(`Version="7.2.0"`, b+"/a", "https://x/a"))}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, paths := serveDirectory(t, func(base string) string { return directoryWith(false, c.services(base)...) })
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
			if c.want == "" {
				require.ErrorIs(t, err, konnektor.KindNoService)
				require.Empty(t, paths())
				return
			}
			require.NoError(t, err)
			require.Equal(t, []string{c.want}, paths())
		})
	}
}

// TestDirectoryVariations has one directory in the spellings that makers choose.
// All say the same.
func TestDirectoryVariations(t *testing.T) {
	const (
		si = "http://ws.gematik.de/conn/ServiceInformation/v2.0"
		pi = "http://ws.gematik.de/int/version/ProductInformation/v1.1"
	)
	whole := func(base string) string {
		return directoryWith(false,
			serviceOf("CardService", versionOf(`Version="8.1.0"`, base+"/card", "https://x/card"), versionOf(`Version="8.2.1"`, base+"/new", "https://x/new")),
			serviceOf("EventService", versionOf(`Version="7.2.0"`, base+"/a", "https://x/a")))
	}
	for name, change := range map[string]func(doc string) string{
		"as it is":                     func(doc string) string { return doc },
		"booleans as digits":           strings.NewReplacer(">false<", ">0<").Replace,
		"white space around booleans":  strings.NewReplacer(">false<", "> false\n<").Replace,
		"other prefixes":               strings.NewReplacer("SD:", "ns1:", ":SD=", ":ns1=", "SI:", "ns3:", ":SI=", ":ns3=", "PI:", "_:", ":PI=", ":_=").Replace,
		"default namespace, directory": strings.NewReplacer("SD:", "", ":SD=", "=").Replace,
		"default namespace, product": strings.NewReplacer(
			"<PI:ProductInformation>", `<ProductInformation xmlns="`+pi+`">`, "PI:", "", ` xmlns:PI="`+pi+`"`, "").Replace,
		"default namespace, services": strings.NewReplacer(
			"<SI:ServiceInformation>", `<ServiceInformation xmlns="`+si+`">`, "SI:", "", ` xmlns:SI="`+si+`"`, "").Replace,
		"address of the WSDL":    strings.NewReplacer("</SI:Version>", `<SI:WSDL Location="http://x/a?wsdl"/></SI:Version>`).Replace,
		"no Abstract":            strings.NewReplacer("<SI:Abstract/>", "").Replace,
		"elements nobody knows":  strings.NewReplacer("<SI:Abstract/>", "<SI:Abstract/><New a='b'><SI:Service/></New>").Replace,
		"one address of all":     strings.NewReplacer("/card", "/a", "/new", "/a").Replace,
		"byte order mark":        func(doc string) string { return "\ufeff" + doc },
		"ISO-8859-15, declared":  strings.NewReplacer("UTF-8", "ISO-8859-15").Replace,
		"no XML declaration":     func(doc string) string { return strings.TrimPrefix(doc, `<?xml version="1.0" encoding="UTF-8"?>`) },
		"comments, instructions": strings.NewReplacer("<SI:Versions>", "<!-- <SI:Service> --><?x y?><SI:Versions>").Replace,
	} {
		t.Run(name, func(t *testing.T) {
			client, paths := serveDirectory(t, func(base string) string { return change(whole(base)) })
			services, err := client.Services(t.Context())
			require.NoError(t, err)
			require.False(t, services.TLSMandatory)
			require.Len(t, services.Services, 3)
			require.NoError(t, cards(t, client))
			require.Equal(t, []string{"/a"}, paths())
		})
	}
}

// TestEndpointRule has endpoints that must not be taken.
func TestEndpointRule(t *testing.T) {
	for name, c := range map[string]struct {
		tls           bool
		plain, secure string
		want          konnektor.Kind
	}{
		"TLS demanded, no trust":       {true, "http://127.0.0.1:1/a", "https://127.0.0.1:1/a", konnektor.KindConfig},
		"TLS demanded, plain address":  {true, "", "http://127.0.0.1:1/a", konnektor.KindMalformed},
		"plain, no address":            {false, "", "https://127.0.0.1:1/a", konnektor.KindNoService},
		"plain, address of TLS":        {false, "https://127.0.0.1:1/a", "https://127.0.0.1:1/a", konnektor.KindMalformed},
		"no URL":                       {false, "http://[::1", "", konnektor.KindMalformed},
		"no host":                      {false, "http:///a", "", konnektor.KindMalformed},
		"a file":                       {false, "file:///etc/passwd", "", konnektor.KindMalformed},
		"user and password in the URL": {false, "http://u:p@127.0.0.1:1/a", "", konnektor.KindMalformed},
		"relative":                     {false, "/ws/EventService", "", konnektor.KindMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			client, paths := serveDirectory(t, func(string) string {
				return directoryWith(c.tls, serviceOf("EventService", versionOf(`Version="7.2.0"`, c.plain, c.secure)))
			})
			_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
			require.ErrorIs(t, err, c.want)
			require.Empty(t, paths())
		})
	}
}

// TestHTTPSNeverFallsBack has a directory, read over TLS, that sends the calls
// to plain HTTP.
func TestHTTPSNeverFallsBack(t *testing.T) {
	id := newIdentity(t, nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, directoryWith(false, serviceOf("EventService", versionOf(`Version="7.2.0"`, "http://127.0.0.1:1/a", "http://127.0.0.1:1/a"))))
	}))
	server.TLS = with(id)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, _, err := open(t, konnektor.Config{URL: server.URL, Call: someone, Trust: konnektor.Trust{CAsPEM: id.certPEM}}).Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindMalformed)
}

// TestMixed reads the directory over plain HTTP from a Konnektor that demands
// TLS for everything else (ANCL_DVD_OPEN).
func TestMixed(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Auth: konnektortest.TLS})
	cfg := k.Config()
	cfg.URL = k.PlainURL()
	_, _, err := open(t, cfg).Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	require.Equal(t, 1, k.Counters().Handshakes)
}

func TestRewriteHost(t *testing.T) {
	k := konnektortest.NewWith(t, konnektortest.Options{Directory: konnektortest.Directory{Host: unknownHost}})
	cfg := k.Config()
	cfg.RewriteHost = true
	_, _, err := open(t, cfg).Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)

	cfg.RewriteHost = false
	_, _, err = open(t, cfg).Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindUnknownHost)
	require.NotEmpty(t, konnektor.Remedy(err))
}

// TestRewriteHostMixed has an open directory on a plain port: the calls keep
// the port for TLS.
func TestRewriteHostMixed(t *testing.T) {
	id := newIdentity(t, nil)
	secure := serve(t, with(id), func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, noCards) })
	_, port, err := net.SplitHostPort(secure.Listener.Addr().String())
	require.NoError(t, err)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, directoryOf("EventService", "7.2.0", "", "https://konnektor.konlan:"+port+"/ws"))
	}))
	t.Cleanup(plain.Close)
	require.NoError(t, cards(t, open(t, konnektor.Config{
		URL: plain.URL, Call: someone, RewriteHost: true, Trust: konnektor.Trust{CAsPEM: id.certPEM},
	})))
}

func TestServices(t *testing.T) {
	for _, style := range []konnektortest.Style{konnektortest.Secunet, konnektortest.KoCoBox, konnektortest.RISE} {
		t.Run(string(style), func(t *testing.T) {
			_, client := connect(t, konnektortest.Options{Style: style})
			s, err := client.Services(t.Context())
			require.NoError(t, err)
			require.True(t, s.TLSMandatory)
			require.True(t, s.ClientAutMandatory)
			require.Equal(t, "5.50.3", s.Product.FirmwareVersion)
			require.Contains(t, s.Product.Name, "simulator")
			require.Len(t, s.Product.VendorID, 5)
			require.NotZero(t, s.Product.InformationDate)
			names := map[string]bool{}
			for _, service := range s.Services {
				names[service.Name] = true
				require.NotEmpty(t, service.EndpointTLS)
				require.Empty(t, service.Endpoint)
				require.NotEmpty(t, service.TargetNamespace)
			}
			require.Subset(t, names, map[string]bool{"EventService": true, "CardService": true, "CertificateService": true})
		})
	}
}

// TestBadDirectory has what can stand in place of a service directory.
func TestBadDirectory(t *testing.T) {
	good := directoryOf("EventService", "7.2.0", "http://127.0.0.1:1/a", "")
	for name, c := range map[string]struct {
		status int
		body   string
		want   konnektor.Kind
	}{
		"empty":             {200, "", konnektor.KindEmpty},
		"white space":       {200, " \n ", konnektor.KindEmpty},
		"HTML":              {200, "<!DOCTYPE html><html><body>Login</body></html>", konnektor.KindMalformed},
		"no XML":            {200, "hello", konnektor.KindMalformed},
		"another document":  {200, "<a/>", konnektor.KindMalformed},
		"another namespace": {200, strings.ReplaceAll(good, "ServiceDirectory/v3.1", "ServiceDirectory/v9.9"), konnektor.KindMalformed},
		"no services":       {200, directoryWith(false), konnektor.KindMalformed},
		"cut off":           {200, good[:len(good)-20], konnektor.KindMalformed},
		"something behind":  {200, good + "<a/>", konnektor.KindMalformed},
		"entity":            {200, `<!DOCTYPE a [<!ENTITY b "c">]>` + strings.TrimPrefix(good, `<?xml version="1.0" encoding="UTF-8"?>`), konnektor.KindMalformed},
		"deep nesting":      {200, strings.Repeat("<a>", 100_000), konnektor.KindMalformed},
		"unknown encoding":  {200, strings.Replace(good, "UTF-8", "EBCDIC", 1), konnektor.KindMalformed},
		"bad boolean":       {200, strings.Replace(good, ">false<", ">maybe<", 1), konnektor.KindMalformed},
		"10 MB":             {200, good + strings.Repeat(" ", 10<<20), konnektor.KindTooLarge},
		"not found":         {404, "not found", konnektor.KindHTTP},
		"unavailable":       {503, good, konnektor.KindHTTP},
		"password missing":  {401, "", konnektor.KindUnauthorized},
		"forbidden":         {403, "<html/>", konnektor.KindUnauthorized},
		"moved":             {302, "", konnektor.KindHTTP},
		"no content":        {204, "", konnektor.KindEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "/connector.sds", r.URL.Path, "no redirect is followed")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			t.Cleanup(server.Close)
			_, err := open(t, konnektor.Config{URL: server.URL}).Services(t.Context())
			require.ErrorIs(t, err, c.want)
			require.NotEmpty(t, konnektor.Remedy(err))
			var failure *konnektor.Failure
			require.ErrorAs(t, err, &failure)
			require.Equal(t, "connector.sds", failure.Op)
			require.Equal(t, c.status, failure.HTTPStatus)
		})
	}
}

// TestDirectoryIsFetchedOnce has many calls at the same time.
func TestDirectoryIsFetchedOnce(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	k.Disturb("connector.sds", konnektortest.Disturbance{Delay: 50 * time.Millisecond}, 1)
	requireAll(t, 20, func() error {
		_, err := client.Services(t.Context())
		return err
	})
	require.Equal(t, 1, k.Counters().Requests["connector.sds"])
	_, err := client.ReloadServices(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, k.Counters().Requests["connector.sds"])
}

// TestImpatientFirst has a call that fetches the directory for others and gives
// up: they must not fail with it.
func TestImpatientFirst(t *testing.T) {
	k, client := connect(t, konnektortest.Options{})
	k.Disturb("connector.sds", konnektortest.Disturbance{Hang: true}, 1)
	impatient, cancel := context.WithCancel(t.Context())
	services := func(ctx context.Context) <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := client.Services(ctx)
			done <- err
		}()
		return done
	}
	first := services(impatient)
	require.Eventually(t, func() bool { return k.Counters().Requests["connector.sds"] == 1 }, 30*time.Second, time.Millisecond)
	second := services(t.Context())
	tired, giveUp := context.WithCancel(t.Context())
	third := services(tired)
	giveUp()
	require.ErrorIs(t, <-third, konnektor.KindCancelled, "who waits may give up, too")
	cancel()
	require.ErrorIs(t, <-first, konnektor.KindCancelled)
	require.NoError(t, <-second)
}

// requireAll runs f in n goroutines at the same time.
func requireAll(t testing.TB, n int, f func() error) {
	t.Helper()
	errs := make(chan error, n)
	for range n {
		go func() { errs <- f() }()
	}
	for range n {
		require.NoError(t, <-errs)
	}
}

// TestDirectoryAfterConnectionFailure has a Konnektor that comes back with
// other endpoints.
func TestDirectoryAfterConnectionFailure(t *testing.T) {
	var moved atomic.Bool
	client, paths := serveDirectory(t, func(base string) string {
		if moved.Load() {
			return directoryOf("EventService", "7.2.0", base+"/new", "")
		}
		return directoryOf("EventService", "7.2.0", "http://"+refusing+"/old", "")
	})
	_, _, err := client.Cards(t.Context(), konnektor.CardFilter{})
	require.ErrorIs(t, err, konnektor.KindUnreachable)
	moved.Store(true)
	_, _, err = client.Cards(t.Context(), konnektor.CardFilter{})
	require.NoError(t, err)
	require.Equal(t, []string{"/new"}, paths())
}
