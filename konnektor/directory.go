package konnektor

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/internal/soap"
)

// sdsName is the service directory in logs and errors.
const sdsName = "connector.sds"

// maxDirectory bounds the service directory; real ones have below 50 KB.
const maxDirectory = 1 << 20

// directory is the cache of the service directory. The zero value is empty.
type directory struct {
	mu     sync.Mutex
	cached *knownServices
	fetch  *fetch // under way
}

// knownServices is a service directory with the endpoints found in it so far.
type knownServices struct {
	services *Services

	mu        sync.RWMutex
	endpoints map[Operation]endpoint
}

// fetch is one fetch that several calls wait for.
type fetch struct {
	done  chan struct{} // closed when known and err are set
	known *knownServices
	err   error
}

// get returns the cached directory. Without one, the first of the calls at the
// same time loads it and the others wait. A call that waited in vain, because
// the first one gave up, tries by itself.
func (d *directory) get(ctx context.Context, load func(context.Context) (*Services, error)) (*knownServices, error) {
	for {
		d.mu.Lock()
		if known := d.cached; known != nil {
			d.mu.Unlock()
			return known, nil
		}
		f := d.fetch
		if f == nil {
			f = &fetch{done: make(chan struct{})}
			d.fetch = f
			d.mu.Unlock()
			return d.load(ctx, f, load)
		}
		d.mu.Unlock()
		select {
		case <-f.done:
			if !errors.Is(f.err, context.Canceled) && !errors.Is(f.err, context.DeadlineExceeded) {
				return f.known, f.err
			}
		case <-ctx.Done():
			return nil, gaveUp(ctx, sdsName)
		}
	}
}

// load runs a fetch. Its result is kept unless forget was called meanwhile.
func (d *directory) load(ctx context.Context, f *fetch, load func(context.Context) (*Services, error)) (*knownServices, error) {
	services, err := load(ctx)
	if err == nil {
		f.known = &knownServices{services: services, endpoints: map[Operation]endpoint{}}
	}
	f.err = err
	d.mu.Lock()
	if d.fetch == f {
		d.fetch, d.cached = nil, f.known
	}
	d.mu.Unlock()
	close(f.done)
	return f.known, f.err
}

// forget makes the next get load the directory again.
func (d *directory) forget() {
	d.mu.Lock()
	d.cached, d.fetch = nil, nil
	d.mu.Unlock()
}

// doubt forgets the directory after an error that may mean that the services
// moved: the connection failed, or nothing is at the endpoint.
func (d *directory) doubt(err error) {
	var f *Failure
	if !errors.As(err, &f) {
		return
	}
	switch f.Kind {
	case KindUnreachable, KindTimeout, KindUnknownHost, KindNoTLS, KindTLS, KindHTTP, KindEmpty:
		d.forget()
	}
}

// fetchDirectory reads the service directory.
func (c *Client) fetchDirectory(ctx context.Context) (*Services, error) {
	begun := time.Now()
	u := *c.base
	u.Path += "/" + sdsName
	header := http.Header{"User-Agent": {"libkonnektor"}, "Accept": {"text/xml, application/xml, */*"}}
	if c.basic != "" && u.Scheme == "https" {
		header["Authorization"] = []string{c.basic}
	}
	services := new(Services)
	result, err := soap.Get(ctx, c.transport, soap.Endpoint{URL: &u, Header: header, Limit: maxDirectory}, services.read)
	if err != nil {
		err = c.classify(ctx, sdsName, u.Host, result.HTTPStatus, err)
	}
	c.log(ctx, sdsName, u.Host, result, begun, err)
	if err != nil {
		return nil, err
	}
	return services, nil
}

// endpoint is where the calls of one operation go.
type endpoint struct {
	soap.Endpoint
	err error // there is none
}

// endpoint finds where op goes, in the cached directory or the Konnektor's.
func (c *Client) endpoint(ctx context.Context, op Operation) (endpoint, error) {
	known, err := c.directory.get(ctx, c.fetchDirectory)
	if err != nil {
		return endpoint{}, err
	}
	known.mu.RLock()
	to, ok := known.endpoints[op]
	known.mu.RUnlock()
	if !ok {
		to = c.locate(known.services, op)
		known.mu.Lock()
		if len(known.endpoints) < maxOperations {
			known.endpoints[op] = to
		}
		known.mu.Unlock()
	}
	return to, to.err
}

// maxOperations bounds the endpoints that are remembered. The services have
// some fifty operations.
const maxOperations = 256

// locate applies version rule, endpoint rule and rewriting.
func (c *Client) locate(services *Services, op Operation) endpoint {
	service, ok := services.find(op)
	if !ok {
		return endpoint{err: fail(KindNoService, op.Name, "the Konnektor has no "+op.Service+" "+op.Version)}
	}
	secure := c.base.Scheme == "https" || services.TLSMandatory
	location, scheme := service.Endpoint, "http"
	if secure {
		location, scheme = service.EndpointTLS, "https"
	}
	u, err := url.Parse(strings.TrimSpace(location))
	switch {
	case location == "":
		return endpoint{err: fail(KindNoService, op.Name, "the service directory names no "+scheme+" endpoint of "+op.Service)}
	case err != nil || u.Host == "" || u.User != nil || !strings.EqualFold(u.Scheme, scheme):
		return endpoint{err: fail(KindMalformed, op.Name, "the service directory names no usable "+scheme+" endpoint of "+op.Service)}
	case secure && !c.verifier.configured():
		return endpoint{err: fail(KindConfig, op.Name, "the Konnektor demands TLS: the Config needs an https URL and trust")}
	}
	u.Scheme, u.Fragment = scheme, ""
	if c.cfg.RewriteHost {
		u.Host = rewritten(u, c.base)
	}
	authorization := ""
	if secure {
		authorization = c.basic
	}
	return endpoint{Endpoint: soap.Endpoint{
		URL:    u,
		Header: soap.Header(op.Action, authorization, repetition(op) == repeatable),
		Limit:  answerLimit(op),
	}}
}

// rewritten is the host of base with its port; the port stays when base is the
// plain address of a Konnektor that demands TLS.
func rewritten(u, base *url.URL) string {
	if u.Scheme == base.Scheme {
		return base.Host
	}
	host := base.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return host
}

// basic is the Authorization header of HTTP Basic (RFC 7617, UTF-8), or empty.
func (a Auth) basic() string {
	if a.User == "" {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+string(a.Password)))
}

// answerLimit bounds the answer to op, in bytes: a few kilobytes are usual,
// documents may have 25 MB (gemSpec_Kon), and base64 adds a third.
func answerLimit(op Operation) int64 {
	switch op.Service {
	case "SignatureService", "EncryptionService":
		return 48 << 20
	case "VSDService", "KVKService", "CardService", "CardTerminalService", "AuthSignatureService":
		return 256 << 10
	}
	return 4 << 20
}
