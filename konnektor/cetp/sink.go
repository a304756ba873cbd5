package cetp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// Events of a subscription that nobody knows are held back, since an event
	// may overtake the answer that names its subscription.
	maxHeld      = 64
	maxHeldBytes = 16 << 10 // of one event
	holdTime     = 10 * time.Second
)

// Sink is where Konnektors connect and send events. One sink serves many
// Konnektors, each with a [Keeper], and many consumers. It is safe for
// concurrent use.
type Sink struct {
	cfg      Config
	listener net.Listener
	tls      *tls.Config
	life     context.Context // ends with Close
	end      context.CancelFunc
	serving  sync.WaitGroup
	counters counters
	count    atomic.Int64                                         // of what came over all connections, to tell later from earlier
	lookup   func(ctx context.Context, to string) (string, error) // nil means ownAddress

	mu        sync.RWMutex
	closed    bool
	peers     map[*peer]bool
	consumers []*Consumer          // never changed, only replaced
	keepers   []*Keeper            // likewise
	owners    map[string][]*Keeper // by subscription; never changed, only replaced
	held      []heldEvent          // of unknown subscriptions, the oldest first
}

type heldEvent struct {
	delivery
	from  *peer
	until time.Time
}

// counters count what came.
type counters struct{ connections, refused, frames, events, bad, unknown atomic.Int64 }

// Stats is what a sink has counted since its start.
type Stats struct {
	Connections int64 // opened by somebody
	Refused     int64 // of them: no CETP, no TLS where it must be, not trusted
	Frames      int64
	Events      int64 // frames that are events
	Bad         int64 // frames that are none, and connections with a broken frame
	// Unknown are events of subscriptions that no keeper has, such as those of an
	// earlier run.
	Unknown int64
}

// Stats returns the counts.
func (s *Sink) Stats() Stats {
	c := &s.counters
	return Stats{c.connections.Load(), c.refused.Load(), c.frames.Load(), c.events.Load(), c.bad.Load(), c.unknown.Load()}
}

// Listen opens a sink. The caller closes it. A port that another program has
// gives an error that wraps syscall.EADDRINUSE and says so.
func Listen(cfg Config) (*Sink, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	find, err := cfg.certificates()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", cfg.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("cetp: listen: %s is in use by another program, or by this one twice: %w", cfg.Listen, err)
	case err != nil:
		return nil, fmt.Errorf("cetp: listen: %w", err)
	}
	return newSink(cfg, find, l), nil
}

// newSink serves the connections of l.
func newSink(cfg Config, find func(*tls.ClientHelloInfo) (*tls.Certificate, error), l net.Listener) *Sink {
	s := &Sink{cfg: cfg, listener: l, peers: map[*peer]bool{}, owners: map[string][]*Keeper{}}
	s.life, s.end = context.WithCancel(context.Background())
	s.tls = s.tlsConfig(find)
	s.serving.Go(s.accept)
	return s
}

// tlsConfig is TLS 1.2 or 1.3 with the cipher suites of gemSpec_Krypt.
func (s *Sink) tlsConfig(find func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: find,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
	}
	if s.cfg.VerifyKonnektor {
		// Which Konnektor it is, is judged by the Trust of the clients.
		c.ClientAuth = tls.RequireAnyClientCert
		c.VerifyConnection = s.verify
	}
	return c
}

// verify accepts a peer that is the Konnektor of one of the keepers.
func (s *Sink) verify(cs tls.ConnectionState) error {
	ctx, cancel := context.WithTimeout(s.life, s.cfg.FrameTimeout)
	defer cancel()
	err := errors.New("cetp: no keeper knows a Konnektor")
	for _, k := range s.allKeepers() {
		if err = k.client.CheckPeer(ctx, cs); err == nil {
			return nil
		}
	}
	return err
}

func (s *Sink) allKeepers() []*Keeper {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.keepers
}

// Addr is the address that the sink listens at.
func (s *Sink) Addr() net.Addr { return s.listener.Addr() }

// Close ends the keepers, which unsubscribe, the connections and the consumers.
// A second Close does nothing. The error is always nil.
func (s *Sink) Close() error {
	for _, k := range s.allKeepers() {
		_ = k.Close() // always nil
	}
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	consumers := s.consumers
	for p := range s.peers {
		_ = p.conn.Close()
	}
	s.mu.Unlock()
	if first {
		s.end()
		_ = s.listener.Close()
	}
	s.serving.Wait()
	for _, c := range consumers {
		c.end()
	}
	return nil
}

// Events returns a new consumer of all events of the sink, also of those whose
// subscription no keeper has. It may see events that nobody has checked: see
// Config.VerifyKonnektor.
func (s *Sink) Events() *Consumer {
	c := newConsumer(s.cfg.Queue)
	c.leave = s.drop
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.end()
	}
	s.consumers = append(slices.Clone(s.consumers), c)
	return c
}

func (s *Sink) drop(c *Consumer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumers = without(s.consumers, c)
}

func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == v })
}

// accept takes connections until Close.
func (s *Sink) accept() {
	pause := 5 * time.Millisecond
	for s.life.Err() == nil {
		conn, err := s.listener.Accept()
		if err != nil {
			if s.life.Err() == nil { // such as: too many open files
				s.cfg.Log.Warn("event sink: accept", "err", err)
				s.sleep(pause)
				pause = min(2*pause, time.Second)
			}
			continue
		}
		pause = 5 * time.Millisecond
		s.counters.connections.Add(1)
		p := &peer{sink: s, conn: conn, address: conn.RemoteAddr().String()}
		if s.enter(p) {
			s.serving.Go(p.serve)
		} else {
			_ = conn.Close()
		}
	}
}

func (s *Sink) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.life.Done():
	}
}

// enter notes a connection. When there are too many it ends the one that was
// silent for longest.
func (s *Sink) enter(p *peer) bool {
	p.touch()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.peers) >= s.cfg.MaxConnections {
		var oldest *peer
		for q := range s.peers {
			if oldest == nil || q.active.Load() < oldest.active.Load() {
				oldest = q
			}
		}
		_ = oldest.conn.Close()
		delete(s.peers, oldest)
	}
	s.peers[p] = true
	return true
}

func (s *Sink) exit(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
}

// deliver hands an event to everybody whom it concerns.
func (s *Sink) deliver(d delivery, from *peer) {
	s.counters.events.Add(1)
	e := d.event
	if s.cfg.Log.Enabled(s.life, slog.LevelDebug) {
		s.cfg.Log.Debug("event", "event", *e, "peer", e.Peer)
	}
	s.mu.RLock()
	consumers, keepers, owners := s.consumers, s.keepers, s.owners[e.SubscriptionID]
	s.mu.RUnlock()
	for _, c := range consumers {
		c.push(d)
	}
	switch {
	case e.SubscriptionID == "": // BOOTUP goes to all who were known
		owners = from.trustedBy(keepers)
	case len(owners) == 0:
		s.hold(d, from)
		return
	default:
		if owners = from.nearest(from.trustedBy(owners)); len(owners) == 0 {
			s.hold(d, from)
			return
		}
	}
	for _, k := range owners {
		k.hear(d)
	}
}

// hold keeps an event of an unknown subscription for a while.
func (s *Sink) hold(d delivery, from *peer) {
	s.counters.unknown.Add(1)
	if d.bytes > maxHeldBytes {
		return
	}
	now := s.cfg.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = slices.DeleteFunc(s.held, func(h heldEvent) bool { return h.until.Before(now) })
	if len(s.held) == maxHeld {
		s.held = slices.Delete(s.held, 0, 1)
	}
	s.held = append(s.held, heldEvent{d, from, now.Add(holdTime)})
}

// own gives a subscription to a keeper, with the events that overtook it.
func (s *Sink) own(id string, k *Keeper) {
	now := s.cfg.Clock.Now()
	var early []heldEvent
	s.mu.Lock()
	s.owners[id] = append(without(s.owners[id], k), k)
	s.held = slices.DeleteFunc(s.held, func(h heldEvent) bool {
		if h.event.SubscriptionID != id {
			return false
		}
		early = append(early, h)
		return true
	})
	s.mu.Unlock()
	for _, h := range early {
		if !h.until.Before(now) && h.from.of(k) {
			s.counters.unknown.Add(-1)
			k.hear(h.delivery)
		}
	}
}

// disown takes a subscription from its keeper.
func (s *Sink) disown(id string, k *Keeper) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owners[id] = without(s.owners[id], k); len(s.owners[id]) == 0 {
		delete(s.owners, id)
	}
}

// owned reports whether a keeper of the Konnektor at the address has the
// subscription. Another Konnektor may have one of the same ID.
func (s *Sink) owned(id, address string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.owners[id], func(k *Keeper) bool { return k.client.Address() == address })
}
