package mgmttest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/libkonnektor/libkonnektor/konnektor/konnektortest"
)

// Call is a request on its way to an operation.
type Call struct {
	*Request
	HTTP *http.Request
	// Args are the parts of the path that the pattern of the operation leaves
	// open.
	Args []string
	// Undone says that the operation answers as usual and changes nothing.
	Undone bool
	// Gone is closed when the client has gone or the box closes.
	Gone <-chan struct{}
}

// Answer is what an operation answers.
type Answer struct {
	Status int // 0 ends the connection without an answer
	Header http.Header
	Body   []byte
	// Then runs when the answer has been sent, or lost.
	Then func()
}

// Handler is the interface of a vendor.
type Handler interface {
	// Recognise says which operation a request asks for, "" for none, and the
	// parts of its path that are open.
	Recognise(method, path string) (operation string, args []string)
	// Answer does what a request asks for. It may be called by several requests
	// at once.
	Answer(c *Call) Answer
}

// Options say what server to start.
type Options struct {
	Clock   *Clock // must not be nil
	Seed    uint64
	Account Account
	Handler Handler
	Listen  string // loopback address; "" means a free port
	Name    string // common name of the certificate
}

// Server is the management port of a simulated box. Its methods are safe for
// concurrent use.
type Server struct {
	clock   *Clock
	seed    uint64
	handler Handler
	gate    *konnektortest.Gate
	server  *http.Server
	address string
	name    string
	serving sync.WaitGroup
	closed  chan struct{}
	once    sync.Once

	mu           sync.Mutex
	certificate  tls.Certificate
	account      Account
	sessions     map[string]*session
	wrong        int
	counters     Counters
	requests     []Request
	parallel     int
	planned      []*planned
	lost         int
	stuck        *Stuck
	stuckCount   int
	stuckSince   time.Time
	blockedUntil time.Time
	blockHang    time.Duration
}

// Start starts a server. The caller closes it.
func Start(o Options) (*Server, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	s.run()
	return s, nil
}

// newServer makes a server whose port is taken and that answers nothing before
// run.
func newServer(o Options) (*Server, error) {
	if o.Clock == nil || o.Handler == nil {
		return nil, errors.New("mgmttest: start: no clock or no handler")
	}
	o.Account.LockAfter = or(o.Account.LockAfter, 3)
	o.Account.Idle = or(o.Account.Idle, 15*time.Minute)
	s := &Server{
		clock: o.Clock, seed: o.Seed, handler: o.Handler, account: o.Account, closed: make(chan struct{}),
		sessions: map[string]*session{}, counters: Counters{ByOperation: map[string]int{}}, name: o.Name,
	}
	if err := s.RenewCertificate(); err != nil {
		return nil, err
	}
	if err := s.listen(or(o.Listen, "127.0.0.1:0")); err != nil {
		return nil, err
	}
	return s, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (s *Server) listen(address string) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("mgmttest: listen: only a loopback address is allowed, not %s", strconv.Quote(address))
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("mgmttest: listen: %w", err)
	}
	s.address, s.gate = l.Addr().String(), konnektortest.NewGate(l)
	s.server = &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 30 * time.Second, ReadTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return nil
}

// run answers requests from now on.
func (s *Server) run() {
	secure := tls.NewListener(s.gate, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		SessionTicketsDisabled: true, // a pin is checked at every handshake
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.counters.Handshakes++
			c := s.certificate
			return &c, nil
		},
	})
	s.serving.Go(func() { _ = s.server.Serve(secure) })
}

// Close ends all connections and stops. It may be called more than once and
// always returns nil.
func (s *Server) Close() error {
	s.once.Do(func() {
		close(s.closed)
		_ = s.server.Close()
		_ = s.gate.Close() // that of a server that never ran
		s.serving.Wait()
	})
	return nil
}

// Seed is for what the box does by chance.
func (s *Server) Seed() uint64 { return s.seed }

// URL is the base address, https.
func (s *Server) URL() string { return "https://" + s.address }

// Certificate is what the port shows, DER.
func (s *Server) Certificate() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.certificate.Certificate[0]
}

// Fingerprint is the SHA-256 of the certificate, in hex.
func (s *Server) Fingerprint() string {
	sum := sha256.Sum256(s.Certificate())
	return hex.EncodeToString(sum[:])
}

// Shut takes the port off the network or brings it back: while it is shut,
// connections end at once.
func (s *Server) Shut(shut bool) { s.gate.Shut(shut) }

// maxBody is more than any request of the interfaces has: a trust list has less
// than a megabyte.
const maxBody = 8 << 20

// serve is the root of the port.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		hangUp(w)
		return
	}
	operation, args := s.handler.Recognise(r.Method, r.URL.Path)
	c := &Call{HTTP: r, Args: args, Gone: s.gone(r), Request: &Request{
		Operation: operation, Method: r.Method, Path: r.URL.RequestURI(),
		Header: r.Header.Clone(), Body: body, At: s.clock.Now(),
	}}
	d := s.begin(c)
	if d.Before != nil {
		d.Before()
	}
	answer, sent := s.perform(c, d)
	if d.After != nil {
		d.After()
	}
	s.end(c, answer.Status, sent && !d.Drop)
	if sent && !d.Drop {
		send(w, answer, d.Half)
	} else {
		hangUp(w)
	}
	if answer.Then != nil {
		answer.Then()
	}
}

// gone is closed when nobody waits for the answer.
func (s *Server) gone(r *http.Request) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	}()
	return gone
}

func (s *Server) begin(c *Call) Disturbance {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters.ByOperation[c.Operation]++
	s.parallel++
	s.counters.Parallel = max(s.counters.Parallel, s.parallel)
	return s.disturbance(c.Operation, c.At)
}

// perform gives the answer; sent is false when the client waits no longer.
func (s *Server) perform(c *Call, d Disturbance) (answer Answer, sent bool) {
	if d.Hang {
		<-c.Gone
		return Answer{}, false
	}
	if d.Delay > 0 {
		over, stop := s.clock.After(d.Delay)
		defer stop()
		select {
		case <-over:
		case <-c.Gone:
			return Answer{}, false
		}
	}
	switch {
	case d.Status != 0:
		return Answer{Status: d.Status, Body: []byte(d.Body)}, true
	case d.Drop && d.Undone:
		return Answer{}, false
	case c.Operation == "":
		c.Complaint = "the interface has no such request"
		return Answer{Status: http.StatusNotFound}, true
	}
	c.Undone = d.Undone
	answer = s.handler.Answer(c)
	c.Effect = !d.Undone && answer.Status < 400
	return answer, answer.Status != 0
}

func (s *Server) end(c *Call, status int, sent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parallel--
	if sent {
		c.Status = status
	}
	if c.Complaint != "" {
		s.counters.Refused++
	}
	s.requests = append(s.requests, *c.Request)
}
