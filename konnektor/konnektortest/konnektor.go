package konnektortest

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Konnektor is a running simulator. Its methods are safe for concurrent use.
type Konnektor struct {
	opts    Options
	id      *identities
	ids     *idSource
	style   *style
	dialect dialect

	tlsAddress, plainAddress string
	servers                  []*http.Server
	gates                    []*Gate
	tls                      *tls.Config // of the https port
	serving                  sync.WaitGroup
	background               sync.WaitGroup // what spawn has started
	active                   sync.RWMutex   // read-locked by every call under way
	closed                   chan struct{}  // closed under the lock mu
	closeOnce                sync.Once
	passwords                map[string]string
	fatal                    func(error) // ends the test; nil in programs

	mu       sync.Mutex
	model    *Model
	services []Service
	routes   map[string]*endpoint
	cards    []*Card
	sessions map[konnektor.CardHandle]string // card to who has it
	states   map[string]*condition
	vpn      [2]vpn
	timed    []timedState    // states that follow the clock
	byClock  map[string]bool // which of them hold, as of the last look
	looking  bool            // a goroutine looks at the clock
	// what happens at the terminals
	reactions map[konnektor.TerminalID][]Reaction
	asking    map[konnektor.TerminalID]bool
	pukUsed   map[konnektor.ICCSN]int
	personal  personalization
	toBreak   int // signatures of ExternalAuthenticate
	calls     uint64
	planned   []*planned
	counters  Counters
	last      map[string]Exchange
	events    eventing

	schemas schemaQueue
}

// Start starts a Konnektor. The caller closes it.
func Start(o Options) (*Konnektor, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	k := &Konnektor{
		opts: o, style: styles[o.Style], model: o.Model.clone(),
		dialect:   newDialect(rand.New(rand.NewPCG(o.Seed, 2))),
		closed:    make(chan struct{}),
		passwords: map[string]string{}, byClock: map[string]bool{},
		sessions: map[konnektor.CardHandle]string{},
		last:     map[string]Exchange{},
		services: append([]Service{eventService(), cardService(), cardTerminalService()}, listed()...),
		counters: Counters{Requests: map[string]int{}, Actions: map[string]int{}},
		schemas:  schemaQueue{on: o.Judge},
	}
	k.ids = &idSource{rng: rand.New(rand.NewPCG(o.Seed, 3)), zone: k.dialect.zone, time: o.Now}
	k.routes = k.route()
	k.events = eventing{keepID: o.keepsID(), sinks: map[string]*sink{}}
	k.boot()
	if k.id, err = newIdentities(o); err != nil {
		return nil, err
	}
	for name := range k.id.clients {
		k.passwords[name] = password(k.ids)
	}
	if !o.Empty {
		if err := k.insertFirstCards(); err != nil {
			return nil, err
		}
	}
	if err := k.listen(); err != nil {
		k.Close()
		return nil, err
	}
	if o.Validity != (Validity{}) {
		k.SetValidity(o.Validity)
	}
	return k, nil
}

// password makes one of four classes of characters, as Konnektors demand.
func password(ids *idSource) string {
	return "Aa1!" + hex.EncodeToString([]byte(ids.uuid()))[:20]
}

// listen opens both ports and serves them.
func (k *Konnektor) listen() error {
	secure, err := net.Listen("tcp", k.opts.Listen)
	if err != nil {
		return fmt.Errorf("konnektortest: listen: %w", err)
	}
	k.tlsAddress = secure.Addr().String()
	k.tls = k.serverConfig()
	k.serveOn(tls.NewListener(k.gate(secure), k.tls))
	plain, err := net.Listen("tcp", k.opts.ListenPlain)
	if err != nil {
		return fmt.Errorf("konnektortest: listen: %w", err)
	}
	k.plainAddress = plain.Addr().String()
	k.serveOn(k.gate(plain))
	return nil
}

func (k *Konnektor) gate(l net.Listener) net.Listener {
	g := NewGate(l)
	k.gates = append(k.gates, g)
	return g
}

func (k *Konnektor) serveOn(l net.Listener) {
	srv := &http.Server{
		Handler:           http.HandlerFunc(k.serve),
		ReadHeaderTimeout: 30 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
		TLSNextProto:      map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				k.count(func(c *Counters) { c.Connections++ })
			}
		},
	}
	k.servers = append(k.servers, srv)
	k.serving.Go(func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close()
		}
	})
}

// Close ends all connections, waits for the calls under way and stops. It may
// be called more than once and always returns nil.
func (k *Konnektor) Close() error {
	k.closeOnce.Do(func() {
		k.mu.Lock()
		close(k.closed)
		k.mu.Unlock()
		for _, srv := range k.servers {
			_ = srv.Close()
		}
		k.serving.Wait()
		k.background.Wait()
		k.active.Lock()
		defer k.active.Unlock()
	})
	return nil
}

// spawn starts what ends with the Konnektor; ok is false when that has ended
// already. The lock is held.
func (k *Konnektor) spawn(f func()) (ok bool) {
	select {
	case <-k.closed:
		return false
	default:
		k.background.Go(f)
		return true
	}
}

// Seed returns the seed that decided what the specifications leave open.
func (k *Konnektor) Seed() uint64 { return k.opts.Seed }

// URL returns the base address for clients, http at level Plain, else https.
func (k *Konnektor) URL() string {
	if k.opts.Auth == Plain {
		return k.PlainURL()
	}
	return k.TLSURL()
}

// TLSURL and PlainURL return the base addresses of the two ports. Which calls
// the plain one takes depends on the level.
func (k *Konnektor) TLSURL() string { return "https://" + k.tlsAddress }

// PlainURL returns the base address of the http port.
func (k *Konnektor) PlainURL() string { return "http://" + k.plainAddress }

// Config returns what a client needs to call from the first workplace of the
// first Mandant: address, Aufrufkontext, trust in the Konnektor's CA and
// whatever the level demands.
func (k *Konnektor) Config() konnektor.Config {
	m := k.model.Mandanten[0] // never changed after Start
	return k.ConfigFor(konnektor.CallContext{
		MandantID: m.ID, ClientSystemID: m.ClientSystems[0], WorkplaceID: m.Workplaces[0].ID,
	})
}

// ConfigFor is Config for another Aufrufkontext. A client system that the model
// does not have gets no credentials.
func (k *Konnektor) ConfigFor(call konnektor.CallContext) konnektor.Config {
	c := konnektor.Config{URL: k.URL(), Call: call, RewriteHost: k.opts.Directory.Host != ""}
	if k.opts.Auth != Plain {
		c.Trust.CAsPEM = k.CAsPEM()
	}
	switch k.opts.Auth {
	case Basic:
		c.Auth.User, c.Auth.Password = call.ClientSystemID, konnektor.Secret(k.passwords[call.ClientSystemID])
	case ClientCertificate:
		c.Auth, _ = k.id.clientAuth(call.ClientSystemID)
	}
	return c
}

// CAsPEM returns the CA that issues the Konnektor's certificate.
func (k *Konnektor) CAsPEM() string { return encodePEM("CERTIFICATE", k.id.serverCA.cert.Raw) }

// ServerCertificate returns the certificate that the Konnektor shows, DER.
func (k *Konnektor) ServerCertificate() []byte { return k.Identity().Certificate[0] }
