package operations

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/libkonnektor/libkonnektor/konnektor"
	"github.com/libkonnektor/libkonnektor/konnektor/cetp"
)

// eventSinkDoc says where the Konnektor's events arrive. Requests with the same one
// share a port, whatever session they are of.
type eventSinkDoc struct {
	Listen          string `json:"listen,omitempty" doc:"The address to listen at, host:port. A free port of all addresses when left out; a firewall wants a fixed one."`
	Announce        string `json:"announce,omitempty" doc:"What the Konnektor is told in place of the address found, a host or host:port: behind NAT, or with a name."`
	RequireTLS      bool   `json:"require_tls,omitempty" doc:"Refuse events over plain TCP, which a Konnektor sends when its administrator has switched TLS off."`
	CertificateFile string `json:"certificate_file,omitempty" doc:"A PEM file with the certificate of the sink. One is made when left out."`
	KeyFile         string `json:"key_file,omitempty" doc:"A PEM file with its key."`
	VerifyKonnektor bool   `json:"verify_konnektor,omitempty" doc:"Take events only with the Konnektor's certificate, by the trust of the Config. Not possible with one on a Brainpool curve."`
}

// sinkField is in every request that may get events.
type sinkField struct {
	Sink *eventSinkDoc `json:"sink,omitempty" doc:"Have the Konnektor send its events here, {} for a free port. Without it, and while events stay away, cards are found by listing them again and again."`
}

// ports are the sinks of this process: a port is there once, whoever uses it.
var ports struct {
	mu   sync.Mutex
	open map[eventSinkDoc]*port
}

// port is a sink with the number of its users.
type port struct {
	sink  *cetp.Sink
	users int
}

// openPort opens a sink, or shares one. Who is done calls the function.
func openPort(doc eventSinkDoc, log *slog.Logger) (*cetp.Sink, func(), error) {
	ports.mu.Lock()
	defer ports.mu.Unlock()
	p := ports.open[doc]
	if p == nil {
		sink, err := cetp.Listen(cetp.Config{
			Listen: doc.Listen, Announce: doc.Announce, RequireTLS: doc.RequireTLS,
			CertificateFile: doc.CertificateFile, KeyFile: doc.KeyFile, VerifyKonnektor: doc.VerifyKonnektor, Log: log,
		})
		if err != nil {
			return nil, nil, fmt.Errorf("operations: sink: %w: %w", KindSink, withoutPath(err))
		}
		p = &port{sink: sink}
		if ports.open == nil {
			ports.open = map[eventSinkDoc]*port{}
		}
		ports.open[doc] = p
	}
	p.users++
	return p.sink, func() {
		ports.mu.Lock()
		defer ports.mu.Unlock()
		if p.users--; p.users == 0 {
			delete(ports.open, doc)
			_ = p.sink.Close() // its error is always nil
		}
	}, nil
}

// sources are the keepers of one Session.
type sources struct {
	log     *slog.Logger
	leaving sync.WaitGroup
	mu      sync.Mutex
	kept    map[string]*source
}

// later calls leave in the background: who waited for a card does not wait for the
// end of the subscription. Closing the Session waits for it.
func (s *sources) later(leave func()) { s.leaving.Go(leave) }

// source is a keeper with the number of its users.
type source struct {
	keeper *cetp.Keeper
	leave  func() // the port
	users  int
}

// keep starts a keeper, or shares one. Who is done calls the function.
func (s *sources) keep(client *konnektor.Client, doc eventSinkDoc, cfg cetp.KeeperConfig) (*cetp.Keeper, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := fmt.Sprintf("%+v\x00%s\x00%s", doc, strings.Join(cfg.Topics, "\x00"), cfg.Filter)
	k := s.kept[name]
	if k == nil {
		sink, leave, err := openPort(doc, s.log)
		if err != nil {
			return nil, nil, err
		}
		keeper, err := sink.Keep(client, cfg)
		if err != nil {
			leave()
			return nil, nil, err
		}
		k = &source{keeper: keeper, leave: leave}
		if s.kept == nil {
			s.kept = map[string]*source{}
		}
		s.kept[name] = k
	}
	k.users++
	return k.keeper, func() { s.release(name, k) }, nil
}

// release ends a keeper that nobody uses any more.
func (s *sources) release(name string, k *source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.users--; k.users > 0 {
		return
	}
	delete(s.kept, name)
	_ = k.keeper.Close() // its error is always nil
	k.leave()
}

// events is the source of events that a request asks for; nil without a sink.
func (f sinkField) events(c *call) (konnektor.EventSource, func(), error) {
	if f.Sink == nil {
		return nil, func() {}, nil
	}
	keeper, leave, err := c.sources.keep(c.client, *f.Sink, cetp.KeeperConfig{})
	if err != nil {
		return nil, nil, err
	}
	consumer := keeper.Events()
	return consumer, func() { consumer.Close(); leave() }, nil
}
